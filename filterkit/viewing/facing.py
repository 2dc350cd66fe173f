"""Two frames of one size, held against each other number by number."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.machine import cores, in_threads
from filterkit.pictures.picture import Picture
from filterkit.viewing.heat import diverging
from filterkit.viewing.stages import COLOURS

Image = NDArray[np.float64]
Band = tuple[int, int]

WINDOW = 7
"""Rows and columns that SSIM looks at, as scikit-image has it; fewer in a small picture."""

AT_ONCE = 1 << 18
"""Numbers of a band of rows: what is computed of them stays in the cache."""

FAINTEST = 0.15
"""How deep the colour of the smallest difference is, so that white is for equal pixels alone."""

VAST = np.errstate(over="ignore", invalid="ignore")
"""Numbers of 1e300 may be compared; what is infinite then is told as not known."""


class Place(NamedTuple):
    """Say where two pictures differ, and what each has there; rows and columns begin with 0."""

    row: int
    column: int
    channel: str
    first: float
    second: float


@dataclass(frozen=True)
class Sums:
    """Hold what is known of the differences in a part of two pictures; parts add up."""

    pixels: int = 0
    numbers: int = 0
    equal: int = 0
    within: int = 0
    absolute: float = 0.0
    squares: float = 0.0
    largest: float = 0.0
    where: Place | None = None

    def __add__(self, other: "Sums") -> "Sums":
        most = other if other.largest > self.largest else self
        return Sums(
            self.pixels + other.pixels, self.numbers + other.numbers, self.equal + other.equal,
            self.within + other.within, self.absolute + other.absolute,
            self.squares + other.squares, most.largest, most.where,
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """Give the mean of the absolute differences."""
        return self.absolute / self.numbers

    @property
    def rms(self) -> float:
        """Give the root of the mean of the squared differences."""
        return math.sqrt(self.squares / self.numbers)


@dataclass(frozen=True)
class Facing:
    """Hold a frame of each picture, and what `white` is in their common unit.

    Grey stands for three equal channels. If either has alpha it is the last channel of both, and
    where the other has none, that is opaque.
    """

    first: Picture
    second: Picture
    white: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Give rows, columns and channels."""
        return self.first.rows, self.first.columns, self._colours + self._has_alpha

    @property
    def _colours(self) -> int:
        return max(self.first.channels, self.second.channels)

    @property
    def _has_alpha(self) -> bool:
        return self.first.alpha is not None or self.second.alpha is not None

    def bands(self, halo: int = 0) -> list[Band]:
        """Part the rows, `halo` of them above and below left out: where bands begin and end."""
        rows, columns, channels = self.shape
        high = max(AT_ONCE // (columns * channels), 8 * halo, 1)
        inner = range(halo, rows - halo, high)
        return [(low, min(low + high, rows - halo)) for low in inner]

    def numbers(self, band: Band) -> tuple[Image, Image]:
        """Give some rows of both, (rows, columns, channels), in their common unit."""
        return self._numbers(self.first, *band), self._numbers(self.second, *band)

    def _numbers(self, page: Picture, low: int, high: int) -> Image:
        """Give some rows of one; beside floating-point numbers whole ones become such, rounded."""
        dtype = np.result_type(self.first.pixels, self.second.pixels)
        dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
        numbers: NDArray[Any] = np.empty((high - low, *self.shape[1:]), dtype)
        numbers[..., : self._colours] = page.pixels[0, low:high]
        if self._has_alpha:
            numbers[..., -1] = page.full if page.alpha is None else page.alpha[0, low:high]
        if page.full != self.white:
            numbers /= dtype.type(page.full / self.white)
        return numbers.astype(np.float64, copy=False)

    @VAST
    def sums(self, band: Band, tolerance: float) -> Sums:
        """Compare some rows; pixels count as within the tolerance if all their channels are."""
        first, second = self.numbers(band)
        off = np.abs(second - first)
        far = reduce(np.maximum, np.moveaxis(off, -1, 0))
        row, column = map(int, np.unravel_index(far.argmax(), far.shape))
        channel = int(off[row, column].argmax())
        at = (row, column, channel)
        most = float(off[at])
        where = (band[0] + row, column, self.name_of(channel), float(first[at]), float(second[at]))
        return Sums(
            far.size, off.size, int(np.count_nonzero(far == 0)),
            int(np.count_nonzero(far <= tolerance)), float(off.sum()), float(np.square(off).sum()),
            most, Place(*where) if most else None,
        )  # fmt: skip

    def name_of(self, channel: int) -> str:
        """Name a channel."""
        if channel == self._colours:
            return "alpha"
        names = {1: ("grey",), 3: COLOURS}.get(self._colours)
        return names[channel] if names else f"channel {channel}"

    def similarity(self) -> float | None:
        """Give the mean SSIM of all channels, or None where the picture is too small for it.

        The mean of scikit-image leaves out pixels whose window is not whole. So that of a band
        with as many rows around it is the mean of the band.
        """
        rows, columns, _ = self.shape
        window = min(WINDOW, (min(rows, columns) - 1) // 2 * 2 + 1)
        halo = window // 2
        if not halo:
            return None
        import skimage.metrics  # a fifth of a second

        compare: Callable[..., float] = skimage.metrics.structural_similarity

        @VAST
        def similar(band: Band) -> float:
            numbers = self.numbers((band[0] - halo, band[1] + halo))
            mean = compare(*numbers, win_size=window, data_range=self.white, channel_axis=-1)
            return float(mean) * (band[1] - band[0])

        return sum(in_threads(similar, self.bands(halo), cores())) / (rows - 2 * halo)

    @VAST
    def heat(self, largest: float, tolerance: float) -> NDArray[np.uint8]:
        """Draw second less first, (rows, columns, 3): orange brighter, blue darker, white equal.

        A pixel shows the channel that differs most. The colour is as deep as the square root of
        its share of `largest`, so that small differences are seen beside large ones.
        """
        drawn = np.full((*self.shape[:2], 3), 255, np.uint8)
        for band in self.bands():
            first, second = self.numbers(band)
            off = np.moveaxis(second - first, -1, 0)
            most = reduce(lambda one, other: np.where(abs(other) > abs(one), other, one), off)
            depth = np.maximum(np.sqrt(np.abs(most) / (largest or 1.0)), FAINTEST)
            depth[np.abs(most) <= tolerance] = 0
            drawn[slice(*band)] = diverging(np.copysign(depth, most))
        return drawn
