"""Kernel strings of ImageMagick: names, or a size and then weights; a list has semicolons."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from filterkit.errors import FilterError
from filterkit.filters.tools.imagemagick.named import named
from filterkit.filters.tools.imagemagick.rotating import anchored, expanded
from filterkit.filters.tools.laid import (
    Laid,
    Rows,
    check_count,
    check_size,
    laid_of,
    middle,
    side_by_side,
)
from filterkit.filters.tools.numbers import number, quoted, squared, whole, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import NUMBER, Tree
from filterkit.steps.convolve import Convolve

NAME = "an ImageMagick kernel"
ARRAY = re.compile(r"(\d+)(?:x(\d+))?(?:\+(\d+)\+(\d+))?\s*+([@<>]?)\s*+:(.*)", re.DOTALL)
NAMED = re.compile(r"([A-Za-z]\w*+)(?:[\s:,]([^@<>]*+))?([@<>]?)\s*+$", re.DOTALL)
HOLES = ("-", "nan")
"""What stands where a kernel has a hole: nothing is multiplied there."""


def read(text: str) -> Tree:
    """Read a kernel or a list of them, which becomes a bank. Raises FilterError.

    Zeros make the rows and the columns odd in number, so that a turned kernel, as Convolve has it,
    keeps its anchor too.
    """
    kernels: list[Laid] = []
    for part in text.strip().strip("'\"").split(";"):
        kernels += [kernel.odd() for kernel in _kernels(part.strip())] if part.strip() else []
        check_count(kernels)
    if not kernels:
        raise FilterError(f"{NAME} has a name, or weights: 3x3: 0,1,0 1,1,1 0,1,0.")
    return side_by_side(kernels)


def _kernels(part: str) -> Sequence[Laid]:
    """Give what one part of a list means; with @ > < it means all rotations."""
    if re.match(r"(?!nan\b)[A-Za-z]", part, re.IGNORECASE):
        found = NAMED.match(part)
        if not found:
            raise FilterError(
                f"{NAME} is a name and its numbers, Gaussian:0x2, not '{quoted(part)}'."
            )
        return named(found[1], _arguments(found[2] or ""), found[3])
    kernel, flag = _array(part) if ":" in part else (Laid(squared(_weights(part), NAME)), "")
    return [_filled(one) for one in (expanded(kernel, flag) if flag else (kernel,))]


def _filled(kernel: Laid) -> Laid:
    """Put 0 into the holes, where nothing is multiplied."""
    rows = tuple(tuple(0.0 if math.isnan(one) else one for one in row) for row in kernel.rows)
    return replace(kernel, rows=rows)


def _arguments(text: str) -> list[float | None]:
    """Read the numbers behind a name: 45, or 0x2, or 0,2, or 0x2+45+1; a gap is None."""
    numbers: list[float | None] = [None] if text.lstrip().lower().startswith("x") else []
    rest = re.sub(NUMBER, "", text)
    if rest.strip(" \t\r\n,xX"):
        raise FilterError(
            f"the numbers of {NAME} stand behind its name, 0x2 or 0,2, not '{quoted(text)}'."
        )
    return [*numbers, *(number(found[0], NAME) for found in re.finditer(NUMBER, text))]


def _array(part: str) -> tuple[Laid, str]:
    """Read a size, perhaps an origin, and weights."""
    found = ARRAY.match(part)
    if not found:
        raise FilterError(f"{NAME} begins with its size, 3x3: or 4x2+1+0:, not '{quoted(part)}'.")
    columns = whole(found[1], NAME)
    rows = whole(found[2] or found[1], NAME)
    check_size(rows, columns)
    weights = _weights(found[6])
    if len(weights) != rows * columns:
        raise FilterError(
            f"{NAME} of {columns}x{rows} has {rows * columns} weights, not {len(weights)}."
        )
    matrix = tuple(weights[start : start + columns] for start in range(0, len(weights), columns))
    anchor = (int(found[4]), int(found[3])) if found[3] else None
    if anchor and (anchor[0] >= rows or anchor[1] >= columns):
        raise FilterError(
            f"the origin of {NAME}, +{found[3]}+{found[4]}, is outside its {columns}x{rows} weights"
            "; it counts columns and rows from 0."
        )
    return anchored(matrix, anchor or middle((rows, columns))), found[5]


def _weights(text: str) -> tuple[float, ...]:
    """Read weights with commas or blanks between; a hole is nan."""
    given = [word for word in re.split(r"[\s,]+", text.replace("'", "")) if word]
    if given and all(word.lower() in HOLES for word in given):
        raise FilterError(f"{NAME} has nothing but holes.", "a 0 where nothing is to count")
    return tuple(math.nan if word.lower() in HOLES else number(word, NAME) for word in given)


def write(step: Convolve) -> str:
    """Write kernels as they lie on the picture, their divisors in them."""
    return ";".join(_string(kernel.divided()) for kernel in laid_of(step)) + "\n"


def _string(rows: Rows) -> str:
    return f"{len(rows[0])}x{len(rows)}: " + " ".join(words(row, ",") for row in rows)


def cautions(step: Convolve) -> Iterator[str]:
    """Yield what becomes of a list."""
    if step.kernel.maps > 1:
        yield (
            "ImageMagick runs the kernels of a list one behind the other; "
            "-define morphology:compose=Lighten shows the largest of their results, Plus the sum."
        )


TOOL = Tool(
    "imagemagick",
    "ImageMagick",
    NAME,
    'magick photo.png -channel RGB -morphology Correlate "KERNEL" out.png',
    write,
    read,
    flips="`Convolve` does, `Correlate` does not",
    normalises="`-convolve` by the sum, `-morphology` not",
    holds=frozenset({"maps"}),
    cautions=cautions,
)
