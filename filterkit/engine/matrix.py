"""The matrix way: windows become the rows of a matrix, multiplied with all maps' weights at once.

One product serves every channel and every map, so that each window is read once, not once for
each map.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.ways import FOURIER_TAPS
from filterkit.steps.convolve import Convolve

Block = NDArray[Any]

CHUNK_VALUES = 1 << 18
"""Numbers in the matrix of windows: it stays in cache."""

LEAST_WINDOWS = 128
"""Windows that make a product worth its call, however many taps they have."""

LEAST_TOGETHER = 24
"""Neighbouring values of a window that make copying window by window faster than tap by tap.

At 3x3 with one channel that took 2.5 ns a value, against 0.14; at 3x3 with 16 channels 0.2, 0.7.
"""

RUN_TAPS = 64
"""Products that are added up one after another; runs are then added in pairs.

Equal weights on an even picture round the same way at every step: 363 in one run were wrong by
5e-6 of full scale in float32, in runs of 64 by 9e-7.
"""


def is_faster(step: Convolve) -> bool:
    """Tell whether one product of matrices is faster than correlating map by map.

    Laying out the windows takes as long as correlating 9 maps, and multiplying an eighth of
    correlating; a map costs 8 products besides its own; a stride leaves fewer windows to lay out
    and multiply. Measured with 1 to 96 channels, that is from 4 maps on at 1x1, 6 at 3x3, 8 at
    5x5, 10 at 11x11 and, with a stride of 2 or more, from 4 on up to 11x11. (Of fewer than 4 maps
    BLAS makes products with vectors, which add up in another order for every height of a band.)
    """
    kernel, (down, across) = step.kernel, step.stride
    if kernel.maps < 4 or step.fused not in ("sum", "mean"):
        return False
    taps = kernel.rows * kernel.columns
    one_map = min(taps, FOURIER_TAPS) + 8
    return kernel.maps * down * across * one_map >= (9 + kernel.maps / 8) * taps


class Matrix:
    """Lay all maps of a step on a padded block, the channels summed: `correlate(block, ...)`."""

    def __init__(self, step: Convolve, dtype: Any) -> None:
        self.windows = step.windows()
        taps_first = step.laid.transpose(2, 3, 1, 0)
        self.maps = taps_first.shape[-1]
        self.weights = np.ascontiguousarray(taps_first.reshape(-1, self.maps), dtype)
        across = self.windows[1]
        together = (across.size if across.dilation == 1 else 1) * step.kernel.channels
        self.by_window = together >= LEAST_TOGETHER
        self.most = max(CHUNK_VALUES // max(self.weights.shape), LEAST_WINDOWS)

    def correlate(self, block: Block, rows: int, columns: int) -> Block:
        """Give the undivided sums, (rows, columns, maps), a stride apart in both directions."""
        seen = self._seen(block)[:rows, :columns]
        result = np.empty((rows, columns, self.maps), self.weights.dtype)
        matrix, sums = self._scratch(min(rows * columns, self.most))
        for part in self._parts(rows, columns):
            out = result[part].reshape(-1, self.maps)
            multiply(self._laid_out(seen[part], matrix), self.weights, [out, *sums[:, : len(out)]])
        return result

    def _scratch(self, count: int) -> tuple[Block, Block]:
        """Make room for so many windows, and for the sums that wait at each level of pairs.

        Fresh memory for each product took as long as the product.
        """
        taps = len(self.weights)
        levels = (-(-taps // RUN_TAPS) - 1).bit_length()
        dtype = self.weights.dtype
        return np.empty(count * taps, dtype), np.empty((levels, count, self.maps), dtype)

    def _laid_out(self, seen: Block, room: Block) -> Block:
        """Copy what the taps see into `room`, and give it as a matrix (windows, taps)."""
        room = room[: seen.size]
        if self.by_window:
            np.copyto(room.reshape(seen.shape), seen)
            return room.reshape(-1, len(self.weights))
        seen = seen.transpose(2, 3, 4, 0, 1)
        np.copyto(room.reshape(seen.shape), seen)
        return room.reshape(len(self.weights), -1).T

    def _seen(self, block: Block) -> Block:
        """View what every tap sees: (rows, columns, kernel rows, kernel columns, channels)."""
        down, across = self.windows
        slid = np.lib.stride_tricks.sliding_window_view(
            block, (down.extent, across.extent), axis=(0, 1)
        )
        apart = slid[:: down.stride, :: across.stride, :, :: down.dilation, :: across.dilation]
        return apart.transpose(0, 1, 3, 4, 2)

    def _parts(self, rows: int, columns: int) -> Iterator[tuple[slice, slice]]:
        """Cut the windows into parts of about CHUNK_VALUES numbers: rows, or pieces of one row."""
        high, wide = max(self.most // columns, 1), min(self.most, columns)
        for row in range(0, rows, high):
            for column in range(0, columns, wide):
                yield slice(row, row + high), slice(column, column + wide)


def multiply(matrix: Block, weights: Block, sums: Sequence[Block]) -> None:
    """Put the product of two matrices into the first of `sums`; the others are scratch space."""
    taps = len(weights)
    if taps <= RUN_TAPS:
        np.matmul(matrix, weights, out=sums[0])
        return
    half = -(-taps // (2 * RUN_TAPS)) * RUN_TAPS
    multiply(matrix[:, :half], weights[:half], sums)
    multiply(matrix[:, half:], weights[half:], sums[1:])
    np.add(sums[0], sums[1], out=sums[0])
