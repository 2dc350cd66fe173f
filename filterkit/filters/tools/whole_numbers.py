"""Weights as whole numbers and a divisor, for tools that know no others."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from filterkit.filters.tools.laid import WHITE, Laid

ROOM = {16: 2**31 // 2**16 - 1, 8: 2**31 // 2**8 - 1}
"""What absolute weights may add up to, so that sums of samples of so many bits fit into 32."""

FINE = 0.25 / WHITE
"""What all roundings together may change in a result, before weights grow too large for 16 bits."""


class Whole(NamedTuple):
    """Hold whole weights, what their sum is divided by, and what rounding may change in a result.

    The `error` is a share of white.
    """

    rows: tuple[tuple[int, ...], ...]
    divisor: float
    error: float

    @property
    def bits(self) -> int:
        """Tell how deep pictures may be: 16 or 8 bits."""
        reach = sum(abs(weight) for row in self.rows for weight in row)
        return 16 if reach <= ROOM[16] else 8


def in_whole_numbers(kernel: Laid) -> Whole:
    """Multiply weights and divisor so that the weights become whole: exactly, if possible."""
    sign, divide = math.copysign(1, kernel.divide), abs(kernel.divide)
    kernel = Laid(tuple(tuple(sign * one for one in row) for row in kernel.rows), divide)
    candidates = list(_candidates(kernel))
    return next((one for one in candidates if one.error <= FINE), candidates[-1])


def _candidates(kernel: Laid) -> Iterator[Whole]:
    """Yield whole weights, ever larger ones, as far as there is room."""
    flat = [weight for row in kernel.rows for weight in row]
    reach = math.fsum(map(abs, flat)) or 1.0
    if common := _common(flat, ROOM[8] / reach):
        yield _rounded(kernel, common)
    for most in ROOM.values():
        scale = min((most - len(flat)) / reach, 1e100)
        if kernel.divide * scale > 1000:  # then a whole divisor is as good, and easier to read
            scale = math.floor(kernel.divide * scale) / kernel.divide
        yield _rounded(kernel, scale)


def _common(weights: list[float], most: float) -> int:
    """Give what makes all weights whole, if there is such a number up to `most`, or 0."""
    common = 1
    for weight in weights:
        common = math.lcm(common, Fraction(weight).limit_denominator(10_000).denominator)
        if common > most:
            return 0
    return common if all(one * common == round(one * common) for one in weights) else 0


def _rounded(kernel: Laid, scale: float) -> Whole:
    rows = tuple(tuple(round(weight * scale) for weight in row) for row in kernel.rows)
    divisor = float(f"{kernel.divide * scale:.12g}")
    lost = (
        abs(weight / kernel.divide - number / divisor)
        for weights, numbers in zip(kernel.rows, rows, strict=True)
        for weight, number in zip(weights, numbers, strict=True)
    )
    return Whole(rows, divisor, math.fsum(lost))
