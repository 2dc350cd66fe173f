"""The whole catalogue over one picture: what every filter makes of it, and what it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result, rendered
from filterkit.applying.notes import notes_on
from filterkit.applying.paging import members_of
from filterkit.applying.results import over
from filterkit.errors import FilterkitError
from filterkit.filters.catalogue import grouped
from filterkit.filters.families import FAMILIES
from filterkit.filters.formats import FilterFile
from filterkit.filters.meaning import parse
from filterkit.pictures.fitting import fitted
from filterkit.pictures.picture import Picture
from filterkit.pictures.sheet import sheet
from filterkit.settings import kinds, written
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import walk

Image = NDArray[np.uint8]

SIDE = 340
"""Rows and columns of a picture that is shown whole; a larger one is reduced."""

PART = 120
"""Rows of the part that is shown pixel by pixel."""

WHITE = (255, 255, 255)


@dataclass(frozen=True, eq=False)
class Views:
    """Hold a picture reduced to SIDE, and its middle, pixel by pixel; a small one needs no part."""

    whole: Image
    part: Image | None = None

    @classmethod
    def of(cls, result: Result) -> "Views":
        """Show a result; of several members a sheet."""
        members = [(name, _image(one)) for name, one in members_of(result)]
        if len(members) > 1:
            return cls(sheet([(name, reduced(image)) for name, image in members]))
        image = members[0][1]
        return cls(reduced(image), None if is_small(image) else middle(image))


@dataclass(frozen=True, eq=False)
class Shown:
    """Hold a filter of the catalogue, and what it makes of the picture, or why it makes nothing.

    `meaning` is the expression that a composed filter or a family stands for.
    """

    name: str
    group: str
    file: FilterFile
    meaning: str
    kernels: tuple[Convolve, ...] = ()
    views: Views | None = None
    size: str = ""
    mean: float = 0.0
    notes: tuple[str, ...] = ()
    reason: str = ""


def gallery(picture: Picture, threads: int | None = None) -> Iterator[Shown]:
    """Run every filter over the picture at its full size, one group after the other."""
    for group, file in grouped():
        unseen = Shown(file.name, group, file, meaning_of(file))
        try:
            yield _seen(unseen, picture, threads)
        except FilterkitError as error:
            yield replace(unseen, reason=error.sentence)


def _seen(unseen: Shown, picture: Picture, threads: int | None) -> Shown:
    """Run one filter, as `filterkit apply` does, and tell of it."""
    step = parse(unseen.name)
    result = rendered(step, picture, np.uint8, threads)
    notes = [note.sentence for note in notes_on(step, picture, result) if not note.hint]
    return replace(
        unseen,
        kernels=tuple(one for one in walk(step) if isinstance(one, Convolve)),
        views=Views.of(result),
        size=result.shape.size,
        mean=float(result.pixels.mean(dtype=np.float64)) / 255,
        notes=tuple(notes),
    )


def meaning_of(file: FilterFile) -> str:
    """Give the expression that a filter stands for: its steps, or its family with all settings."""
    if not file.family:
        return file.steps
    family = FAMILIES[file.family](**file.family_settings)
    settings = (f"{key}={written(getattr(family, key))}" for key in kinds(type(family)))
    return f"{file.family}:{','.join(settings)}"


def original(picture: Picture) -> Views:
    """Show the picture itself."""
    return Views.of(rendered(parse("identity"), picture, np.uint8))


def _image(result: Result) -> Image:
    """Give the first frame, over white where it is transparent, grey where it is no colour."""
    pixels = result.pixels if result.alpha is None else over(result, WHITE)
    return np.asarray(pixels[0] if pixels.shape[-1] in (1, 3) else pixels[0, ..., :1], np.uint8)


def is_small(image: Image) -> bool:
    """Tell whether a picture is shown as it is."""
    return bool(max(image.shape[:2]) <= SIDE)


def reduced(image: Image) -> Image:
    """Bring a picture to SIDE, unless it is small."""
    return image if is_small(image) else fitted(image, SIDE, SIDE)


def middle(image: Image) -> Image:
    """Cut out the middle."""
    row, column = max(len(image) - PART, 0) // 2, max(image.shape[1] - SIDE, 0) // 2
    return np.ascontiguousarray(image[row : row + PART, column : column + SIDE])
