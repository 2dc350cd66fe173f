"""A grid of numbers: a picture's, a kernel's or a map's, each in its cell, coloured and marked."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.viewing.heat import diverging, shares_of
from filterkit.viewing.ink import painted

WINDOW, ADDED, CHOSEN, UNREAD = 1, 2, 4, 8
"""Marks of a cell: under the window, added around, what goes on, never read. They may be joined."""

BRACKETS = (
    (CHOSEN, "<>"),
    (WINDOW | ADDED, "{}"),
    (WINDOW, "[]"),
    (ADDED, "()"),
    (UNREAD, "//"),
    (0, "  "),
)
"""How marks are written, the first that fits; so they can be read without colour."""

MEANINGS = {
    WINDOW: "under the window",
    ADDED: "added around",
    WINDOW | ADDED: "both",
    CHOSEN: "what goes on",
    UNREAD: "never read",
}
"""What marks mean, in words."""

LARGE = 16
"""Rows and columns above which numbers are too many to read."""

DIGITS = 4
"""Digits of the largest number, where numbers have fractions that do not end."""

MOST_WHOLE = 9
"""Digits of whole numbers beyond the first DIGITS; larger ones are written with an exponent."""

SOFT = (128, 128, 128)


@dataclass(frozen=True)
class Grid:
    """Hold texts in cells, with the colours of their papers (rows, columns, 3) and their marks.

    `first` are the numbers of the first row and column; without them the grid has no numbering.
    """

    name: str
    texts: list[list[str]]
    papers: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    first: tuple[int, int] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        numbers: NDArray[Any],
        *,
        white: float | None = None,
        marks: NDArray[np.uint8] | None = None,
        first: tuple[int, int] | None = None,
        largest: float = 0.0,
    ) -> "Grid":
        """Make a grid of numbers (rows, columns).

        They are grey, up to `white`, where that is given, else blue below 0 and orange above,
        the deepest at `largest`. What is not a number stands for a place where there is none.
        """
        marks = np.zeros(numbers.shape, np.uint8) if marks is None else marks
        papers = shaded(np.nan_to_num(numbers), white, largest)
        return cls(name, texts_of(numbers), papers, marks, first)

    @property
    def brackets(self) -> list[list[str]]:
        """Give the pair of signs around each cell."""
        return [
            [next(pair for marks, pair in BRACKETS if mark & marks == marks) for mark in row]
            for row in self.marks.tolist()
        ]

    @property
    def inks(self) -> NDArray[np.uint8]:
        """Give what is read well on each paper, black or white, (rows, columns)."""
        light = self.papers @ np.array([2126, 7152, 722])
        return np.where(light < 120 * 10_000, 255, 0).astype(np.uint8)


def shaded(numbers: NDArray[Any], white: float | None, largest: float = 0.0) -> NDArray[np.uint8]:
    """Colour numbers: grey up to `white`, or, without it, blue below 0 and orange above."""
    if white is None:
        return diverging(shares_of(numbers, largest))
    levels = np.rint(np.clip(numbers / white, 0, 1) * 255).astype(np.uint8)
    greys: NDArray[np.uint8] = np.repeat(levels[..., None], 3, axis=-1)
    return greys


def texts_of(numbers: NDArray[Any]) -> list[list[str]]:
    """Write numbers (rows, columns) with as many digits behind the point as the others.

    Those are as few as tell them exactly, or as many as give the largest DIGITS digits.
    """
    places = places_of(numbers)
    return [[written(float(number), places) for number in row] for row in numbers]


def places_of(numbers: NDArray[Any]) -> int:
    """Choose how many digits behind the point the numbers have in common.

    -1 stands for numbers too large or too small to be written so.
    """
    finite = numbers[np.isfinite(numbers)].astype(np.float64)
    largest = float(np.abs(finite).max(initial=0.0))
    if largest == 0:
        return 0
    most = DIGITS - 1 - math.floor(math.log10(largest))
    if not -MOST_WHOLE <= most <= 2 * DIGITS:
        return -1
    exact = [n for n in range(max(most, 0) + 2) if is_exact(finite, n)]
    return exact[0] if exact else max(most, 0)


def is_exact(numbers: NDArray[Any], places: int) -> bool:
    """Tell whether so many digits behind the point are all that numbers have, up to float32."""
    if places < 0:
        return False
    off = np.abs(np.round(numbers, places) - numbers)
    return bool((off <= 1e-6 * 10.0**-places + 1e-7 * np.abs(numbers)).all())


def written(number: float, places: int) -> str:
    """Write a number with so many digits behind the point; 0 has no sign, and none of them."""
    if not math.isfinite(number):
        return "." if math.isnan(number) else f"{number:g}"
    text = f"{number:.{places}f}" if places >= 0 else f"{number:.{DIGITS - 1}g}"
    if number == 0:
        return "0"
    return text if text.strip("-0.") else text.lstrip("-")


def lines_of(grid: Grid, colours: int = 0) -> list[str]:
    """Write a grid in letters, a line a row, beneath the numbers of its columns if it has any."""
    width = max((len(text) for row in grid.texts for text in row), default=0)
    lines = [_numbering(grid, width, colours)] if grid.first is not None else []
    for at, cells in enumerate(_cells(grid, width, colours)):
        lines.append(_row_number(grid, at, colours) + "".join(cells))
    return lines


def _cells(grid: Grid, width: int, colours: int) -> Iterator[list[str]]:
    rows = zip(grid.texts, grid.brackets, grid.papers.tolist(), grid.inks.tolist(), strict=True)
    for texts, brackets, papers, inks in rows:
        yield [
            painted(f"{pair[0]}{text.rjust(width)}{pair[1]}", colours, (ink,) * 3, tuple(paper),
                    bold=pair.strip() != "")
            for text, pair, paper, ink in zip(texts, brackets, papers, inks, strict=True)
        ]  # fmt: skip


def _numbering(grid: Grid, width: int, colours: int) -> str:
    assert grid.first is not None  # the caller has seen it
    columns = range(grid.first[1], grid.first[1] + grid.marks.shape[1])
    indent = " " * len(_row_number(grid, 0, 0))
    return painted(indent + "".join(f" {str(n).rjust(width)} " for n in columns), colours, SOFT)


def _row_number(grid: Grid, at: int, colours: int) -> str:
    if grid.first is None:
        return ""
    ends = (grid.first[0], grid.first[0] + len(grid.texts) - 1)
    width = max(len(str(end)) for end in ends)
    return painted(str(grid.first[0] + at).rjust(width), colours, SOFT) + " "


def beside(
    blocks: Sequence[tuple[str, list[str]]], columns: int, gap: int = 3
) -> Iterator[list[str]]:
    """Lay blocks of lines side by side, each beneath its name, in as many rows as the screen needs.

    Lines may hold colours; their width is what is seen of them.
    """
    row: list[tuple[int, list[str]]] = []
    for name, lines in blocks:
        block = [name, *lines]
        width = max(map(seen, block))
        if row and sum(wide + gap for wide, _ in row) + width > columns:
            yield _joined(row, gap)
            row = []
        row.append((width, block))
    if row:
        yield _joined(row, gap)


def _joined(row: list[tuple[int, list[str]]], gap: int) -> list[str]:
    high = max(len(block) for _, block in row)
    lines = []
    for at in range(high):
        parts = []
        for width, block in row:
            text = block[at] if at < len(block) else ""
            parts.append(text + " " * (width - seen(text)))
        lines.append((" " * gap).join(parts).rstrip())
    return lines


def seen(line: str) -> int:
    """Count the letters of a line that are seen, colours not among them."""
    return len(re.sub(r"\033\[[0-9;]*m", "", line))
