"""The Fourier way: a large kernel is laid on tiles by multiplying their transforms with its own.

What it costs hardly depends on the size of the kernel. Sums of whole numbers are rounded to the
whole numbers that they are.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.columns import MOST_CHANNELS
from filterkit.engine.scale import FLOAT32_WHOLE
from filterkit.engine.transforms import Pair, kernel_transform, size_for

Block = NDArray[Any]
Tiles = list[tuple[Block, Block]]
"""Numbers, and where their sums belong."""

SPAN = 128
"""Rows and columns of a transform at the least; three channels of it stay in cache."""

HIGH, WIDE = 4, 6
"""Kernels that fit below and beside each other into a transform, so that few sums are thrown away.
At 63x63, 4 and 4 took 8 to 17 % longer; 6 and 6 took longer too, and asks for higher bands."""

HALF_STEP = 2.0**-24
"""The error of one rounding to float32, in units of the number."""


class Cut(NamedTuple):
    """Hold how one axis is cut into tiles: where they begin, their sums, numbers and transform."""

    starts: list[int]
    sums: int
    numbers: int
    size: int

    @classmethod
    def of(cls, length: int, taps: int, kernels: int, share: int = 1) -> "Cut":
        """Cut so many sums into a multiple of `share` tiles of one size, which may overlap."""
        count = share * -(-length // (share * sums_in_tile(taps, kernels)))
        step = -(-length // count)
        starts = [min(at * step, length - step) for at in range(count)]
        return cls(starts, step, step + taps - 1, size_for(step + taps - 1))


def sums_in_tile(taps: int, kernels: int) -> int:
    """Give how many sums a tile has along an axis where the kernel has so many weights."""
    return size_for(max(SPAN, kernels * taps)) - taps + 1


class Precision(NamedTuple):
    """Hold the type of the transforms, and into multiples of what numbers are split, or 0."""

    dtype: "np.dtype[Any]"
    base: float = 0.0

    @classmethod
    def of(cls, weights: Block, largest: float | None) -> "Precision":
        """Choose what tells neighbouring whole sums apart, in float32 if that is possible.

        Multiples of a base and what is left are both small: of 16 bit, 182 at the most.
        """
        if largest is None:
            return cls(weights.dtype)
        bound, float32 = error(weights), np.dtype(np.float32)
        if bound * largest < 0.5:
            return cls(float32)
        base = float(np.ceil(np.sqrt(2 * largest)))
        if bound * (base / 2 + 1) < 0.5 and largest < FLOAT32_WHOLE / 2:
            return cls(float32, base)
        return cls(np.dtype(np.float64))

    @property
    def cost(self) -> float:
        """Say how much longer it takes than float32 without a split."""
        return 2.5 if self.base else 1.0 if self.dtype == np.float32 else 3.0

    def split(self, numbers: Block) -> tuple[Block, Block]:
        """Give how often the base is in whole numbers, rounded, and what is left."""
        left = numbers.astype(np.float32)
        times = left * np.float32(1 / self.base)
        np.rint(times, out=times)
        left -= times * np.float32(self.base)
        return times, left

    def joined(self, times: Block, left: Block) -> Block:
        """Join the sums of both parts, in float64: float32 need not hold the multiples."""
        sums = times.astype(np.float64)
        sums *= self.base
        sums += left
        return sums


def error(weights: Block) -> float:
    """Bound the error of a sum computed in float32, in units of the largest number.

    The roundings of a transform add up as independent errors do. What was measured stayed below
    0.7 of it: white, noise, edges, waves and single pixels under kernels of all sorts.
    """
    weights = weights.astype(np.float64)
    norms = float(np.abs(weights).sum() + np.linalg.norm(weights))
    size = float(np.prod([size_for(max(SPAN, WIDE * taps)) for taps in weights.shape]))
    return 4 * HALF_STEP * norms * float(np.sqrt(np.log2(size)))


class Fourier:
    """Lay a kernel on padded blocks, shapes as for the direct way.

    `largest` bounds whole numbers; it is None for others, whose sums stay as they come.
    """

    def __init__(self, weights: Block, largest: float | None) -> None:
        self.weights, self.whole = weights, largest is not None
        self.precision = Precision.of(weights, largest)
        self.rows = sums_in_tile(len(weights), HIGH)
        self._transforms: dict[tuple[int, int], Block] = {}

    def correlate(self, block: Block, rows: int, columns: int) -> Block:
        """Lay it on a block (rows + height - 1, columns + width - 1, channels)."""
        channels = block.shape[2]
        if channels > MOST_CHANNELS:
            parts = np.array_split(block, -(-channels // MOST_CHANNELS), axis=2)
            return np.concatenate([self.correlate(part, rows, columns) for part in parts], axis=2)
        split = self.precision.base > 0
        down = Cut.of(rows, self.weights.shape[0], HIGH)
        across = Cut.of(columns, self.weights.shape[1], WIDE, share=1 if split else 2)
        kernel = self._transform((down.size, across.size))
        result = np.empty((rows, columns, channels), block.dtype if split else self.precision.dtype)
        tiles = [
            (block[top : top + down.numbers, left : left + across.numbers],
             result[top : top + down.sums, left : left + across.sums])
            for top in down.starts for left in across.starts
        ]  # fmt: skip
        if split:
            self._lay_in_parts(Pair(kernel, channels, self.whole), tiles)
        else:
            self._lay_by_twos(Pair(kernel, channels, self.whole), tiles)
        return result.astype(block.dtype, copy=False)

    def _lay_by_twos(self, pair: Pair, tiles: Tiles) -> None:
        """Lay the kernel on two tiles at a time."""
        dtype = self.precision.dtype
        for (one, its), (other, others) in zip(tiles[::2], tiles[1::2], strict=True):
            pair.lay(
                (one.astype(dtype, copy=False), other.astype(dtype, copy=False)), (its, others)
            )

    def _lay_in_parts(self, pair: Pair, tiles: Tiles) -> None:
        """Lay the kernel on the two parts of each tile."""
        times, left = (np.empty(tiles[0][1].shape, self.precision.dtype) for _ in range(2))
        for numbers, sums in tiles:
            pair.lay(self.precision.split(numbers), (times, left))
            sums[...] = self.precision.joined(times, left)

    def _transform(self, size: tuple[int, int]) -> Block:
        """Give the kernel's transform for a size of tiles; two threads may make the same."""
        if size not in self._transforms:
            dtype = self.precision.dtype
            self._transforms[size] = kernel_transform(self.weights, size, dtype)
        return self._transforms[size]
