"""Pairs of pictures to learn from: read when they are needed, and checked before anything else."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError
from filterkit.pictures.picture import full_of

Image = NDArray[Any]


class Picture(NamedTuple):
    """Hold one picture of a pair, (rows, columns, channels), and what is to be said of it.

    `lossy` names a format that loses some of the numbers, JPEG for example.
    """

    image: Image
    name: str
    lossy: str = ""
    notes: tuple[str, ...] = ()

    @property
    def full(self) -> float:
        """Give the value that is white: 255, 65535 or 1."""
        return full_of(self.image.dtype)

    @property
    def grain(self) -> float:
        """Give one grey level, as a share of white: of floating numbers, one of 8 bits."""
        return 1 / (255 if self.image.dtype.kind == "f" else self.full)

    @property
    def size(self) -> str:
        """Write rows x columns."""
        return f"{self.image.shape[0]}x{self.image.shape[1]}"


class Example(NamedTuple):
    """Hold a picture before and after."""

    before: Picture
    after: Picture

    @property
    def name(self) -> str:
        """Name the pair."""
        return f"{self.before.name} -> {self.after.name}"

    def pattern(self) -> "Example":
        """Give the same with a pixel each: what it is, without what it shows."""
        return Example(*(one._replace(image=one.image[:1, :1].copy()) for one in self))

    @property
    def channels(self) -> tuple[int, int]:
        """Count the channels that go in and come out."""
        return self.before.image.shape[2], self.after.image.shape[2]


class Reader(NamedTuple):
    """Read a pair when it is needed: large ones are not kept, and many are read side by side."""

    name: str
    read: Callable[[], Example]

    @classmethod
    def of(cls, example: Example) -> "Reader":
        """Give the reader of a pair that is there."""
        return cls(example.name, lambda: example)

    def __call__(self) -> Example:
        return self.read()

    def kept(self) -> "Reader":
        """Give one that reads once, and keeps what it read."""
        return self._replace(read=cache(self.read))


def of_arrays(before: Image, after: Image) -> Example:
    """Make an example of two arrays, (rows, columns) or (rows, columns, channels)."""
    pictures = []
    for image, name in ((before, "before"), (after, "after")):
        image = image[..., None] if image.ndim == 2 else image
        pictures.append(Picture(image, name))
    return checked(Example(*pictures))


def checked(example: Example) -> Example:
    """Insist on finite numbers, and see a grey picture that is kept as colour as what it is.

    Raises ExamplesError.
    """
    before, after = example
    for picture in example:
        if picture.image.dtype.kind == "f" and not np.isfinite(picture.image).all():
            raise ExamplesError(
                f"{picture.name} holds numbers that are not finite (NaN or infinity); "
                "learning needs a number everywhere.",
                "replace them, with numpy.nan_to_num for example",
            )
    if after.image.shape[2] == 3 and _is_grey(after.image) and not _is_grey(before.image):
        grey = np.ascontiguousarray(after.image[..., :1])
        note = f"{after.name} is grey, although it is kept in colour: it counts as one channel."
        return Example(before, after._replace(image=grey, notes=(*after.notes, note)))
    return example


def _is_grey(image: Image) -> bool:
    """Tell whether all channels of a picture in colour are the same."""
    if image.shape[2] == 1:
        return False
    # A few rows tell of nearly all pictures that they are not, without a look at the rest.
    sample = image[:: max(len(image) // 16, 1)]
    return bool((sample == sample[..., :1]).all() and (image[..., 1:] == image[..., :1]).all())
