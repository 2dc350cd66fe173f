"""Blocks of a sheet: pictures (rows, columns, 3) of 8 bit, laid beside and beneath each other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.drawing import BLACK, Canvas, Ink, width_of, wrapped
from filterkit.viewing.curve import Tick
from filterkit.viewing.grid import ADDED, CHOSEN, UNREAD, WINDOW, Grid

Block = NDArray[np.uint8]

MARGIN, GAP = 24, 16
LETTERS, SMALL = 17, 14
SOFT = (90, 90, 90)
LEAST_CELL = 30
EDGE, LINE = (190, 190, 190), (205, 205, 205)
PALE = 170
NUMBERING = 22
FRAMES = {WINDOW: ((221, 0, 102), 3), CHOSEN: ((0, 153, 85), 5)}
"""The colour and the width of the frame around a cell that has a mark."""

Box = tuple[int, int, int, int]
"""Left, top, width and height."""


def framed(blocks: Sequence[Block], wide: int) -> Block:
    """Put blocks beneath each other on a white sheet, so many columns wide with its margins."""
    inner = wide - 2 * MARGIN
    return np.pad(
        beneath([one[:, :inner] for one in blocks], inner),
        ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255,
    )  # fmt: skip


def beneath(blocks: Sequence[Block], columns: int, gap: int = GAP) -> Block:
    """Put blocks beneath each other on white."""
    high = sum(len(one) + gap for one in blocks) - gap
    whole = np.full((high, columns, 3), 255, np.uint8)
    row = 0
    for one in blocks:
        whole[row : row + len(one), : one.shape[1]] = one
        row += len(one) + gap
    return whole


def beside(blocks: Sequence[Block], columns: int, gap: int = GAP) -> Block:
    """Put blocks beside each other on white, and where they are too wide, beneath."""
    rows: list[list[Block]] = [[]]
    for one in blocks:
        if rows[-1] and sum(b.shape[1] + gap for b in rows[-1]) + one.shape[1] > columns:
            rows.append([])
        rows[-1].append(one)
    highs = [max(len(one) for one in row) for row in rows]
    whole = np.full((sum(highs) + gap * (len(rows) - 1), columns, 3), 255, np.uint8)
    top = 0
    for row, high in zip(rows, highs, strict=True):
        left = 0
        for one in row:
            whole[top : top + len(one), left : left + one.shape[1]] = one
            left += one.shape[1] + gap
        top += high + gap
    return whole


def words(
    text: str, letters: int, columns: int, ink: Ink = BLACK, most: int | None = None
) -> Block:
    """Write a text in as many lines as it needs, or in the first few of them."""
    lines = wrapped(text, letters, columns)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "..."]
    high = round(1.35 * letters)
    canvas = Canvas(high * len(lines) + 2, columns)
    for at, line in enumerate(lines):
        canvas.text((at * high, 0), line, letters, ink)
    return canvas.image()


def cells(grid: Grid) -> Block:
    """Draw a grid of numbers: each in its cell, on its paper, with its marks and numbering."""
    grid = replace(grid, papers=_papers(grid))
    rows, columns = grid.marks.shape
    longest = max(width_of(one, SMALL) for row in grid.texts for one in row)
    wide, high = max(LEAST_CELL, longest + 10), LEAST_CELL
    top, left = (0, 0) if grid.first is None else (NUMBERING, NUMBERING)
    canvas = Canvas(top + rows * high + 2, left + columns * wide + 2)
    canvas.put((top, left), grid.papers.repeat(high, axis=0).repeat(wide, axis=1))
    for row in range(rows + 1):
        canvas.line([(top + row * high, left), (top + row * high, left + columns * wide)], EDGE)
    for column in range(columns + 1):
        across = left + column * wide
        canvas.line([(top, across), (top + rows * high, across)], EDGE)
    for (row, column), ink in np.ndenumerate(grid.inks):
        middle = (top + (row + 0.5) * high, left + (column + 0.5) * wide)
        level = int(ink)
        canvas.text(middle, grid.texts[row][column], SMALL, (level, level, level), "mm")
    for mark, (colour, width) in FRAMES.items():
        for row, column in np.argwhere(grid.marks & mark):
            place = (top + row * high, left + column * wide)
            canvas.frame(place, (high, wide), colour, width)
    if grid.first is not None:
        _number(canvas, grid, (high, wide))
    return canvas.image()


def _papers(grid: Grid) -> Block:
    """Give the papers, those of positions that are not there or never read paler than others."""
    pale = (grid.marks & (ADDED | UNREAD)) > 0
    halved = (grid.papers.astype(np.uint16) + 2 * PALE) // 3
    return np.where(pale[..., None], halved, grid.papers).astype(np.uint8)


def _number(canvas: Canvas, grid: Grid, cell: tuple[int, int]) -> None:
    """Write the numbers of the rows on the left, and of the columns above."""
    assert grid.first is not None  # the caller has seen it
    rows, columns = grid.marks.shape
    for at in range(rows):
        middle = NUMBERING + (at + 0.5) * cell[0]
        canvas.text((middle, NUMBERING - 5), str(grid.first[0] + at), SMALL - 2, SOFT, "rm")
    for at in range(columns):
        middle = NUMBERING + (at + 0.5) * cell[1]
        canvas.text((NUMBERING - 4, middle), str(grid.first[1] + at), SMALL - 2, SOFT, "ms")


def axes(canvas: Canvas, box: Box, along: Sequence[Tick], up: Sequence[Tick]) -> None:
    """Draw the lines of a diagram within a box, and what is written at them."""
    left, top, width, height = box
    for at, text in along:
        column = left + width * at
        canvas.line([(top, column), (top + height, column)], LINE)
        canvas.text((top + height + 6, column), text, SMALL, SOFT, "ma")
    for at, text in up:
        row = top + height * (1 - at)
        canvas.line([(row, left), (row, left + width)], LINE)
        canvas.text((row, left - 8), text, SMALL, SOFT, "rm")
