"""Exact weights behind the fitted ones: whole numbers and one divisor, if that is no accident."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

LARGEST_DIVISOR = 1024
ACCIDENT = 1e-3
"""Chance that weights of no meaning lie so near to fractions of one of the divisors."""

SURE = 1e-7
"""Weights are not known better than that, however small their standard errors."""


class Snapped(NamedTuple):
    """Hold whole weights and their divisor."""

    weights: Matrix
    divide: int


def snapped(
    weights: Matrix, deviations: Matrix, explains: Callable[[Matrix], bool] = lambda weights: True
) -> Snapped | None:
    """Find the divisor with which all weights are whole numbers, or None.

    The fractions still have to explain the pictures. Of several divisors that is taken which
    weights of no meaning would come so near to least likely, and none where that is no rarity. (How
    many standard errors they are off tells little: neighbouring pixels are rounded alike, and the
    weights of a binomial kernel were found 12 of them beside the true ones.)
    """
    sure = np.maximum(deviations, SURE * float(np.abs(weights).max()))
    best, least = None, ACCIDENT / LARGEST_DIVISOR
    for divide in range(1, LARGEST_DIVISOR + 1):
        whole = np.rint(weights * divide)
        far = np.abs(weights - whole / divide)
        if not whole.any():
            continue
        chance = accident(np.minimum(2 * divide * np.maximum(far, sure), 1))
        if chance < least and explains(whole / divide):
            best, least = Snapped(whole, divide), chance
    return best


def accident(shares: Matrix) -> float:
    """Give the chance that as many numbers between 0 and 1 have so small a product.

    Fisher, Statistical Methods for Research Workers, 4th edition, 1932, section 21.1: the sum of
    their logarithms follows a gamma distribution.
    """
    from scipy.special import gammaincc

    return float(gammaincc(shares.size, -np.log(shares).sum()))


def product(weights: Matrix) -> tuple[Matrix, Matrix] | None:
    """Write a matrix of whole numbers as a column times a row of whole numbers, or give None."""
    if np.linalg.matrix_rank(weights) != 1:
        return None
    row = weights[np.abs(weights).sum(axis=1).argmax()]
    row = row / math.gcd(*(int(abs(weight)) for weight in row))
    at = int(np.abs(row).argmax())
    column = weights[:, at] / row[at]
    if (column != np.rint(column)).any() or (np.outer(column, row) != weights).any():
        return None
    return column, row
