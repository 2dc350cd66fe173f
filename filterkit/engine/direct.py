"""The direct way: every weight is multiplied with every pixel, by OpenCV's filter2D."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

FOURIER_AREA = {np.dtype(np.float32): 130, np.dtype(np.float64): 50}
"""From this area on filter2D turns to a Fourier transform by itself; its result would then be
inexact and depend on the height of the band. Measured with OpenCV 5.0: first inexact sums at
12x12 for float32 and 8x8 for float64."""


Correlate = Callable[[NDArray[Any], int, int], NDArray[Any]]


class Piece(NamedTuple):
    """Hold a part of a kernel and where it stands in it."""

    row: int
    column: int
    weights: NDArray[Any]


def pieces(weights: NDArray[Any]) -> Iterator[Piece]:
    """Cut a kernel into parts below the area at which filter2D would leave the direct way.

    Rows and columns of zeros around a part are left out: a dilated kernel costs no more than
    its taps.
    """
    limit = FOURIER_AREA[weights.dtype] - 1
    width = min(weights.shape[1], limit)
    height = max(limit // width, 1)
    for row in range(0, weights.shape[0], height):
        for column in range(0, weights.shape[1], width):
            part = weights[row : row + height, column : column + width]
            rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
            if len(rows):
                part = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                yield Piece(row + int(rows[0]), column + int(columns[0]), part)


def laying(weights: NDArray[Any]) -> Correlate:
    """Give what lays a kernel on a padded block (rows + height - 1, columns + width - 1, channels).

    Block and weights have the same floating type, which the result (rows, columns, channels)
    keeps; or the block is of uint8, the weights are whole, and the sums become int16.
    """
    parts = list(pieces(weights))

    def correlate(block: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
        depth = cv2.CV_16S if block.dtype == np.uint8 else -1
        total: NDArray[Any] | None = None
        for row, column, part in parts:
            high, wide = part.shape
            view = block[row : row + rows + high - 1, column : column + columns + wide - 1]
            sums = cv2.filter2D(
                view, depth, part, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT
            ).reshape(*view.shape[:2], -1)[:rows, :columns]
            total = sums if total is None else np.add(total, sums, out=total)
        if total is None:
            return np.zeros((rows, columns, block.shape[2]), weights.dtype)
        return total

    return correlate
