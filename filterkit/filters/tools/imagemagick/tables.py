"""Kernels that ImageMagick keeps as tables: Laplacians, compass masks, the set of Frei and Chen."""

import math
from collections.abc import Collection

from filterkit.errors import SettingError
from filterkit.filters.tools.imagemagick.rotating import rotated
from filterkit.filters.tools.laid import Laid, Rows
from filterkit.settings import written


def _rows(text: str, factor: float = 1.0) -> Rows:
    """Read a table, rows between semicolons; r is the root of 2."""
    words = {"r": math.sqrt(2), "-r": -math.sqrt(2)}
    return tuple(
        tuple(factor * (words[word] if word in words else float(word)) for word in row.split())
        for row in text.split(";")
    )


def _folded(text: str) -> Rows:
    """Read the upper half of a table with its middle row: the lower is its mirror image."""
    upper = _rows(text)
    return upper + upper[-2::-1]


LAPLACIANS = {
    0: _folded("-1 -1 -1; -1 8 -1"),
    1: _folded("0 -1 0; -1 4 -1"),
    2: _folded("-2 1 -2; 1 4 1"),
    3: _folded("1 -2 1; -2 4 -2"),
    5: _folded("-4 -1 0 -1 -4; -1 2 3 2 -1; 0 3 4 3 0"),
    7: _folded(
        "-10 -5 -2 -1 -2 -5 -10; -5 0 3 4 3 0 -5; -2 3 6 7 6 3 -2; -1 4 7 8 7 4 -1",
    ),
    15: _folded("0 0 -1 0 0; 0 -1 -2 -1 0; -1 -2 16 -2 -1"),
    19: _folded(
        "0 -1 -1 -2 -2 -2 -1 -1 0; -1 -2 -4 -5 -5 -5 -4 -2 -1; -1 -4 -5 -3 0 -3 -5 -4 -1;"
        "-2 -5 -3 12 24 12 -3 -5 -2; -2 -5 0 24 40 24 0 -5 -2",
    ),
}
"""By their kind: 0 and 1 of eight and of four neighbours, 15 and 19 of a Gaussian, sigma 1.4."""

COMPASS = {
    "Sobel": _rows("1 0 -1; 2 0 -2; 1 0 -1"),
    "Roberts": _rows("0 0 0; 1 -1 0; 0 0 0"),
    "Prewitt": _rows("1 0 -1; 1 0 -1; 1 0 -1"),
    "Compass": _rows("1 1 -1; 1 -2 -1; 1 1 -1"),
    "Kirsch": _rows("5 -3 -3; 5 0 -3; 5 -3 -3"),
}
"""Differences along a row, bright on the left is positive; the other directions are turned."""

EDGE = "1 0 -1; r 0 -r; 1 0 -1"
HALF_ROOT = 0.5 * math.sqrt(2)
"""What ImageMagick multiplies the first four by; Frei and Chen divide by 2 sqrt(2), half of it."""

FREI_CHEN = {
    0: _rows(EDGE),
    1: _rows(EDGE, HALF_ROOT),
    2: _rows("1 r 0; r 0 -r; 0 -r -1", HALF_ROOT),
    11: _rows(EDGE, HALF_ROOT),
    12: _rows("1 r 1; 0 0 0; 1 r 1", HALF_ROOT),  # Frei and Chen: the last row negative
    13: _rows("r -1 0; -1 0 1; 0 1 -r", HALF_ROOT),
    14: _rows("0 1 -r; -1 0 1; r -1 0", HALF_ROOT),
    15: _rows("0 -1 0; 1 0 1; 0 -1 0", 1 / 2),
    16: _rows("1 0 -1; 0 0 0; -1 0 1", 1 / 2),
    17: _rows("1 -2 1; -2 4 -2; -1 -2 1", 1 / 6),  # Frei and Chen: 1 in all four corners
    18: _rows("-2 1 -2; 1 4 1; -2 1 -2", 1 / 6),
    19: _rows("1 1 1; 1 1 1; 1 1 1", 1 / 3),
}
"""As ImageMagick has them, its slips included: a kernel of its does here what it does there."""

WHOLE_SET = 10
"""The kind of FreiChen that stands for the nine from 11 to 19."""

BEYOND_KINDS = 30
"""A larger first number of FreiChen, or one below its negative, is an angle for kind 0."""


def laplacian(kind: float) -> Laid:
    """Give a discrete Laplacian: minus the sum of the second differences, in some weighting."""
    return Laid(LAPLACIANS[_kind("Laplacian", kind, LAPLACIANS)])


def compass(name: str, angle: float) -> Laid:
    """Give a difference across an edge, turned to the direction that is asked for."""
    return rotated(Laid(COMPASS[name]), angle)


def frei_chen(kind: float, angle: float) -> tuple[Laid, ...]:
    """Give one of Frei and Chen's orthogonal set of edges, lines and mean, or all nine."""
    if abs(kind) > BEYOND_KINDS and angle == 0:
        kind, angle = 0, kind
    which = _kind("FreiChen", kind, (*FREI_CHEN, WHOLE_SET))
    kinds = range(11, 20) if which == WHOLE_SET else (which,)
    return tuple(rotated(Laid(FREI_CHEN[one]), angle) for one in kinds)


def _kind(name: str, kind: float, known: Collection[int]) -> int:
    """Insist on a kind that there is; ImageMagick takes 0 for any other."""
    if kind not in known:
        kinds = ", ".join(map(str, sorted(known)))
        raise SettingError(f"{name} comes in the kinds {kinds}, not {written(kind)}.")
    return int(kind)
