"""The Fourier way: a large kernel is laid on tiles by multiplying their transforms with its own.

What it costs hardly depends on the size of the kernel. Sums of whole numbers are rounded to the
whole numbers that they are.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPAN = 512
"""Columns that a tile has at the least; with 256 it took a tenth longer, 1,024 gained nothing."""

KERNELS = 8
"""Kernels that fit side by side into a tile, so that few of its columns are computed twice."""

HALF_STEP = 2.0**-24
"""The error of one rounding to float32, in units of the number."""


class Fourier:
    """Lay a kernel on padded blocks, shapes as for the direct way.

    `largest` bounds whole numbers; it is None for others, whose sums stay as they come. On whole
    ones float64 is computed where float32 could not tell neighbouring sums apart.
    """

    def __init__(self, weights: NDArray[Any], largest: float | None) -> None:
        self.weights, self.largest = weights, largest
        self._transforms: dict[tuple[int, int, str], NDArray[Any]] = {}

    def correlate(self, block: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
        """Lay it on a block (rows + height - 1, columns + width - 1, channels)."""
        from scipy.fft import irfft2, next_fast_len, rfft2  # 20 ms to load

        high, wide = self.weights.shape
        count = -(-columns // max(SPAN, KERNELS * wide))
        step = -(-columns // count)
        size = next_fast_len(rows + high - 1, real=True), next_fast_len(step + wide - 1, real=True)
        dtype = self._dtype(block.dtype, size)
        transform = self._transform(size, dtype)
        result = np.empty((rows, columns, block.shape[2]), block.dtype)
        for left in range(0, columns, step):
            tile = block[:, left : left + step + wide - 1].astype(dtype)
            spectrum = rfft2(tile, s=size, axes=(0, 1))
            spectrum *= transform[..., None]
            sums = irfft2(spectrum, s=size, axes=(0, 1))
            result[:, left : left + step] = sums[:rows, : min(step, columns - left)]
        return result if self.largest is None else np.rint(result, out=result)

    def _dtype(self, dtype: Any, size: tuple[int, int]) -> Any:
        """Choose the type that tells whole sums apart on tiles of such a size.

        The roundings of a transform add up as independent errors do. What was measured, on white,
        noise and edges, stayed below 0.4 of this.
        """
        norm = float(np.linalg.norm(self.weights.astype(np.float64)))
        tile = float(size[0] * size[1])
        error = HALF_STEP * (self.largest or 0.0) * norm * float(np.sqrt(tile * np.log2(tile)))
        return dtype if error < 0.5 else np.dtype(np.float64)

    def _transform(self, size: tuple[int, int], dtype: Any) -> NDArray[Any]:
        """Give the kernel's transform for a size of tiles; two threads may make the same."""
        key = (*size, str(dtype))
        if key not in self._transforms:
            from scipy.fft import rfft2

            made = np.conj(rfft2(self.weights.astype(np.float64), s=size))
            self._transforms[key] = made.astype(np.complex64 if dtype == np.float32 else made.dtype)
        return self._transforms[key]
