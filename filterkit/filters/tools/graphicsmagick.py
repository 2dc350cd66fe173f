"""The kernels of GraphicsMagick: the weights of a square in a row; it divides by their sum."""

import math
import re

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, called, laid_of
from filterkit.filters.tools.numbers import number, squared, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Tree
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

NAME = "a GraphicsMagick kernel"
MOST_LETTERS = 1024
"""Letters that it takes as an option."""

DIGITS = (17, 12, 9, 7, 6)
"""Significant digits of weights: as many as there is room for."""

NOTHING = 1e-12
"""A sum of weights below this is none to GraphicsMagick."""

ALIKE = 1e-6
"""So much, as a share, two divisors may differ, and the sum of a detector's weights from 0."""


def read(text: str) -> Tree:
    """Read weights with commas or blanks between; what they add up to is the divisor."""
    weights = [number(word, NAME) for word in re.split(r"[\s,]+", text.strip(" \t\r\n,"))]
    rows = squared(weights, NAME)
    if len(rows) % 2 == 0:
        raise FilterError(f"{NAME} has an odd number of rows, not {len(rows)}.")
    total = sum(weights)
    return Laid(rows, total if abs(total) > NOTHING else 1.0).atom()


def write(step: Convolve) -> str:
    """Write the weights row by row. Raises FilterError where dividing by their sum would differ."""
    kernel = laid_of(step)[0].square()
    weights = [weight / kernel.divide for row in kernel.rows for weight in row]
    total = math.fsum(weights)
    detector = abs(total) <= ALIKE * math.fsum(map(abs, weights))
    if not detector and abs(total - 1) > ALIKE:
        raise FilterError(
            f"GraphicsMagick divides by the sum of the weights, {kernel.total:.9g}, "
            f"and {called(step)} by {written(kernel.divide)}.",
            f"the same with divide={kernel.total:.9g}, or --to imagemagick",
        )
    if not detector:
        weights = [weight for row in kernel.rows for weight in row]
    texts = (words(_rounded(weights, digits, detector), ",") for digits in DIGITS)
    found = next((text for text in texts if len(text) <= MOST_LETTERS), None)
    if found is None:
        raise FilterError(
            f"GraphicsMagick takes {MOST_LETTERS} letters, too few for {len(weights)} weights.",
            "--to imagemagick, or --to vips",
        )
    return f"{found}\n"


def _rounded(weights: list[float], digits: int, detector: bool) -> list[float]:
    """Round weights to so many digits; a detector's still add up to 0, from first to last."""
    rounded = [float(f"{weight:.{digits}g}") for weight in weights]
    return [*rounded[:-1], -sum(rounded[:-1]) + 0.0] if detector else rounded


TOOL = Tool(
    "graphicsmagick",
    "GraphicsMagick",
    NAME,
    'gm convert photo.png -convolve "KERNEL" out.png',
    write,
    read,
    normalises="by the sum of the weights",
)
