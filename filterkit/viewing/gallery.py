"""The whole catalogue over one picture: what every filter makes of it, and what it is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

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

SIDE = 320
"""Rows and columns of a picture that is shown whole; a larger one is reduced."""

PART = 120
"""Rows of the part that is shown pixel by pixel."""

WHITE = (255, 255, 255)


class Views(NamedTuple):
    """Hold a picture reduced to SIDE, and a part pixel by pixel; a small one needs no part."""

    whole: Image
    part: Image | None = None

    @classmethod
    def of(cls, result: Result, place: tuple[float, float]) -> "Views":
        """Show a result, and the part at a place; of several members a sheet."""
        members = [(name, _image(one)) for name, one in members_of(result)]
        if len(members) > 1:
            return cls(sheet([(name, _reduced(image)) for name, image in members]))
        image = members[0][1]
        return cls(_reduced(image), None if _is_small(image) else _part(image, place))


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
    place = busiest(_image(_untouched(picture)))
    for group, file in grouped():
        unseen = Shown(file.name, group, file, meaning_of(file))
        try:
            yield _seen(unseen, picture, place, threads)
        except FilterkitError as error:
            yield replace(unseen, reason=error.sentence)


def _seen(
    unseen: Shown, picture: Picture, place: tuple[float, float], threads: int | None
) -> Shown:
    """Run one filter, as `filterkit apply` does, and tell of it."""
    step = parse(unseen.name)
    result = rendered(step, picture, np.uint8, threads)
    notes = [note.sentence for note in notes_on(step, picture, result) if not note.hint]
    return replace(
        unseen,
        kernels=tuple(one for one in walk(step) if isinstance(one, Convolve)),
        views=Views.of(result, place),
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
    result = _untouched(picture)
    return Views.of(result, busiest(_image(result)))


def _untouched(picture: Picture) -> Result:
    return rendered(parse("identity"), picture, np.uint8)


def _image(result: Result) -> Image:
    """Give a picture, over white where it is transparent, its first map where it is no colour."""
    pixels = result.pixels if result.alpha is None else over(result, WHITE)
    return np.asarray(pixels[0] if pixels.shape[-1] in (1, 3) else pixels[0, ..., :1], np.uint8)


def _is_small(image: Image) -> bool:
    """Tell whether a picture is shown as it is."""
    return bool(max(image.shape[:2]) <= SIDE)


def _reduced(image: Image) -> Image:
    """Bring a picture to SIDE, unless it is small."""
    return image if _is_small(image) else fitted(image, SIDE, SIDE)


def busiest(image: Image) -> tuple[float, float]:
    """Find where neighbouring pixels differ most, as shares of rows and columns.

    It is the first row and column of a part, among parts half of which lies in the next.
    """
    grey = image[..., image.shape[2] // 2].astype(np.int16)  # green, of a colour
    change = np.zeros(grey.shape, np.int64)
    change[1:] += np.abs(np.diff(grey, axis=0))
    change[:, 1:] += np.abs(np.diff(grey, axis=1))
    places = [
        range(0, max(size - part, 0) + 1, part // 2)
        for size, part in zip(grey.shape, (PART, SIDE), strict=True)
    ]
    sums = {
        (row, column): int(change[row : row + PART, column : column + SIDE].sum())
        for row in places[0]
        for column in places[1]
    }
    row, column = max(sums, key=lambda place: sums[place])
    return row / grey.shape[0], column / grey.shape[1]


def _part(image: Image, place: tuple[float, float]) -> Image:
    """Cut a part out of a picture, which may be of another size than the one it was found in."""
    row, column = (
        max(min(round(share * size), size - part), 0)
        for share, size, part in zip(place, image.shape, (PART, SIDE), strict=False)
    )
    return np.ascontiguousarray(image[row : row + PART, column : column + SIDE])
