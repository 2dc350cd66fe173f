"""Weights as whole numbers and a divisor, for tools that know no others."""

import math
from fractions import Fraction
from typing import NamedTuple

from filterkit.filters.tools.laid import Rows

MOST_REACH = 2**31 // 256
"""What absolute weights may add up to, so that sums of samples of 8 bits fit into 32."""


class Scaled(NamedTuple):
    """Hold whole weights, the number that they were multiplied with, and the largest error.

    `error` is what all roundings together can change in a result, as a share of full scale.
    """

    rows: tuple[tuple[int, ...], ...]
    scale: float
    error: float


def scaled(rows: Rows) -> Scaled:
    """Multiply weights so that they become whole: exactly where that is possible."""
    flat = [weight for row in rows for weight in row]
    reach = math.fsum(map(abs, flat)) or 1.0
    common = math.lcm(*(Fraction(weight).limit_denominator(10_000).denominator for weight in flat))
    exact = all(weight * common == round(weight * common) for weight in flat)
    scale = common if exact and reach * common <= MOST_REACH else (MOST_REACH - len(flat)) / reach
    whole = tuple(tuple(round(weight * scale) for weight in row) for row in rows)
    errors = (
        abs(weight - number / scale)
        for row, numbers in zip(rows, whole, strict=True)
        for weight, number in zip(row, numbers, strict=True)
    )
    return Scaled(whole, scale, math.fsum(errors))
