"""The separable way: a kernel that is a column times a row needs k + k products, not k * k."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Factors = tuple[NDArray[np.float64], NDArray[np.float64]]


def factors(weights: NDArray[np.float64]) -> Factors | None:
    """Give the column and the row whose outer product a matrix is, or None.

    Whole numbers have whole factors, so that sums of whole pixels stay exact; others are
    reproduced within 1e-15 of the largest weight.
    """
    row, column = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    largest = weights[row, column]
    if largest == 0:
        return None
    if (weights == np.rint(weights)).all():
        across = weights[row] / math.gcd(*(int(abs(w)) for w in weights[row]))
        down = weights[:, column] / across[column]
        exact = (np.outer(down, across) == weights).all() and (down == np.rint(down)).all()
        return (down, across) if exact else None
    across, down = weights[row], weights[:, column] / largest
    error = np.abs(np.outer(down, across) - weights).max()
    return (down, across) if error <= 1e-15 * abs(largest) else None


def share_of_product(weights: NDArray[np.float64]) -> float:
    """Give the share of a matrix's squares that the nearest product of a column and a row has."""
    squares = np.square(np.linalg.svd(weights, compute_uv=False))
    return float(squares[0] / max(squares.sum(), 1e-300))


def correlate(
    block: NDArray[Any], down: NDArray[Any], across: NDArray[Any], rows: int, columns: int
) -> NDArray[Any]:
    """Lay a column and then a row on a padded block; shapes as for the direct way."""
    middle = (len(across) // 2, len(down) // 2)
    result = cv2.sepFilter2D(
        block, -1, across, down, anchor=middle, borderType=cv2.BORDER_CONSTANT
    ).reshape(*block.shape[:2], -1)
    return result[middle[1] : middle[1] + rows, middle[0] : middle[0] + columns]
