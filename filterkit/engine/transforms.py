"""Fourier transforms of tiles, two in one: a kernel is laid on both at once.

As a kernel is real, the sums of one tile come out as the real part and those of the other as the
imaginary part.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Block = NDArray[Any]

COMPLEX = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}


def size_for(length: int) -> int:
    """Give the least power of two, or three times one, that is not below a length.

    Multiples of 5 took up to half as long again.
    """
    power = 1 << (length - 1).bit_length()
    return power // 4 * 3 if power // 4 * 3 >= length else power


def transform(plane: Block, inverse: bool = False) -> None:
    """Transform a complex plane (rows, columns, 2) in place.

    By Intel's library where OpenCV has it: 0.9 ns a number, SciPy 2.1, OpenCV without it 5 to 10.
    """
    if cv2.ipp.useIPP():
        cv2.dft(plane, dst=plane, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE if inverse else 0)
        return
    from scipy.fft import fft2, ifft2  # 20 ms to load

    numbers = as_complex(plane)
    numbers[...] = (ifft2 if inverse else fft2)(numbers, overwrite_x=True)


def as_complex(plane: Block) -> Block:
    """View pairs of numbers (..., 2) as complex ones."""
    return plane.view(COMPLEX[plane.dtype])[..., 0]


def kernel_transform(weights: Block, size: tuple[int, int], dtype: Any) -> Block:
    """Give what the transforms of tiles are multiplied by to lay a kernel on them."""
    laid = np.zeros((*size, 2))
    laid[: weights.shape[0], : weights.shape[1], 0] = weights
    transform(laid)
    return np.conj(as_complex(laid)).astype(COMPLEX[np.dtype(dtype)])


class Pair:
    """Lay a kernel, given by its transform, on two tiles at once, and round what is whole."""

    def __init__(self, kernel: Block, channels: int, whole: bool) -> None:
        self.kernel, self.whole = kernel, whole
        self.planes = [np.empty((*kernel.shape, 2), kernel.real.dtype) for _ in range(channels)]
        self.places = [(tile * channels + at, 2 * at + tile)
                       for at in range(channels) for tile in (0, 1)]  # fmt: skip

    def lay(self, tiles: tuple[Block, Block], sums: tuple[Block, Block]) -> None:
        """Lay it on two tiles and put their sums where they belong, all of the planes' type."""
        rows, columns = tiles[0].shape[:2]
        there = [at for place in self.places for at in place]
        cv2.mixChannels(tiles, [plane[:rows, :columns] for plane in self.planes], there)
        for plane in self.planes:
            plane[rows:] = 0
            plane[:rows, columns:] = 0
            self._convolve(plane)
        rows, columns = sums[0].shape[:2]
        back = [at for place in self.places for at in reversed(place)]
        cv2.mixChannels([plane[:rows, :columns] for plane in self.planes], sums, back)

    def _convolve(self, plane: Block) -> None:
        transform(plane)
        numbers = as_complex(plane)
        numbers *= self.kernel
        transform(plane, inverse=True)
        if self.whole:
            np.rint(plane, out=plane)
