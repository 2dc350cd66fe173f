"""The kernels of GraphicsMagick: the weights of a square in a row; it divides by their sum."""

import re

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, called, laid_of
from filterkit.filters.tools.numbers import number, squared, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Tree
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

NAME = "a GraphicsMagick kernel"
TINY = 1e-6
"""A sum below this share of the weights is none; so much two divisors may differ."""

LONGEST = 1024
"""Letters that it takes as an option."""

DIGITS = (12, 9, 7, 6)
"""Significant digits of weights that would be too long otherwise."""


def read(text: str) -> Tree:
    """Read weights with commas or blanks between; what they add up to is the divisor."""
    weights = [number(word, NAME) for word in re.split(r"[\s,]+", text.strip(" \t\r\n,"))]
    rows = squared(weights, NAME)
    if len(rows) % 2 == 0:
        raise FilterError(f"{NAME} has an odd number of rows, not {len(rows)}.")
    kernel = Laid(rows)
    return Laid(rows, kernel.total if abs(kernel.total) > 1e-12 else 1.0).atom()


def write(step: Convolve) -> str:
    """Write the weights row by row. Raises FilterError where dividing by their sum would differ."""
    kernel = laid_of(step)[0].square()
    total, rows = kernel.total, kernel.rows
    if abs(total) <= TINY * sum(abs(weight) for row in rows for weight in row):
        rows = kernel.divided()
    elif abs(total / kernel.divide - 1) > TINY:
        raise FilterError(
            f"GraphicsMagick divides by the sum of the weights, {written(total)}, "
            f"and {called(step)} by {written(kernel.divide)}.",
            f"the same with divide={written(total)}, or --to imagemagick",
        )
    return _short([weight for row in rows for weight in row]) + "\n"


def _short(weights: list[float]) -> str:
    """Write weights with as many digits as there is room for."""
    texts = [words(weights, ",")]
    texts += [words((float(f"{one:.{digits}g}") for one in weights), ",") for digits in DIGITS]
    try:
        return next(text for text in texts if len(text) <= LONGEST)
    except StopIteration:
        raise FilterError(
            f"GraphicsMagick takes {LONGEST} letters, too few for {len(weights)} weights.",
            "--to imagemagick, or --to vips",
        ) from None


TOOL = Tool(
    "graphicsmagick",
    "GraphicsMagick",
    NAME,
    'gm convert photo.png -convolve "KERNEL" out.png',
    write,
    read,
    normalises="by the sum of the weights",
)
