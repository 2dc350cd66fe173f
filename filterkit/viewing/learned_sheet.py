"""What was learned, as one picture: figures, the curve, the kernels, and what they do."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.report import Comparison, Report
from filterkit.pictures.drawing import BLACK, WHITE, Canvas, Ink, width_of, wrapped
from filterkit.steps.pipeline import Pipeline
from filterkit.viewing.beside import panels
from filterkit.viewing.curve import ROUNDING, Curve
from filterkit.viewing.figures import figures, heading, named, sentences
from filterkit.viewing.heat import DARK, cell_of, heat, shares_of
from filterkit.viewing.matrices import Matrices, Matrix, matrices_of

Block = NDArray[np.uint8]

WIDE, MARGIN, GAP = 1200, 24, 16
LETTERS, SMALL = 17, 14
SOFT, LINE, STRONG = (90, 90, 90), (205, 205, 205), (27, 94, 158)
INNER = WIDE - 2 * MARGIN
CURVE = (70, 14, 500, 260)
"""Left, top, width and height of the curve within its block."""

PICTURE = 400
"""Rows or columns that a large kernel fills."""


def sheet(learned_filter: Pipeline, report: Report) -> Block:
    """Draw it all, 1200 columns wide: (rows, columns, 3)."""
    blocks = [_words(heading(report), 26)]
    if report.notes:
        blocks.append(_notes(report))
    blocks.append(_beside([_figures(report), _curve(report)]))
    for kernel in matrices_of(learned_filter, report):
        blocks.extend(_kernel(kernel))
    for comparison in report.comparisons:
        blocks.append(_words(named(comparison.name), 20))
        blocks.append(_comparison(comparison))
    return _framed(blocks)


def _framed(blocks: list[Block]) -> Block:
    """Put blocks beneath each other on white."""
    high = sum(len(one) + GAP for one in blocks)
    whole = np.full((high + 2 * MARGIN - GAP, WIDE, 3), 255, np.uint8)
    row = MARGIN
    for one in blocks:
        whole[row : row + len(one), MARGIN : MARGIN + one.shape[1]] = one[:, :INNER]
        row += len(one) + GAP
    return whole


def _beside(blocks: list[Block], gap: int = GAP) -> Block:
    """Put blocks beside each other on white, and where they are too wide, beneath."""
    rows: list[list[Block]] = [[]]
    for one in blocks:
        if rows[-1] and sum(b.shape[1] + gap for b in rows[-1]) + one.shape[1] > INNER:
            rows.append([])
        rows[-1].append(one)
    highs = [max(len(one) for one in row) for row in rows]
    whole = np.full((sum(highs) + gap * (len(rows) - 1), INNER, 3), 255, np.uint8)
    top = 0
    for row, high in zip(rows, highs, strict=True):
        left = 0
        for one in row:
            whole[top : top + len(one), left : left + one.shape[1]] = one
            left += one.shape[1] + gap
        top += high + gap
    return whole


def _words(text: str, letters: int, ink: Ink = BLACK, columns: int = INNER) -> Block:
    """Write a text in as many lines as it needs."""
    lines = wrapped(text, letters, columns)
    high = round(1.35 * letters)
    canvas = Canvas(high * len(lines) + 2, columns)
    for at, line in enumerate(lines):
        canvas.text((at * high, 0), line, letters, ink)
    return canvas.image()


def _notes(report: Report) -> Block:
    """Write the sentences there are to say, with a bar beside them."""
    lines = [_words(note, LETTERS, columns=INNER - GAP) for note in sentences(report)]
    written = np.concatenate(lines)
    bar = np.full((len(written), GAP, 3), 255, np.uint8)
    bar[:, :5] = STRONG
    return np.concatenate([bar, written], axis=1)


def _figures(report: Report, columns: int = 540) -> Block:
    """Write the figures one below the other, their names on the left."""
    name = 150
    lines: list[tuple[str, str]] = []
    for figure in figures(report):
        first, *more = wrapped(figure.value, LETTERS, columns - name) or [""]
        lines.extend([(figure.name, first), *(("", line) for line in more[:3])])
    high = round(1.4 * LETTERS)
    canvas = Canvas(high * len(lines), columns)
    for at, (what, value) in enumerate(lines):
        canvas.text((at * high, 0), what, LETTERS, SOFT)
        canvas.text((at * high, name), value, LETTERS)
    return canvas.image()


def _curve(report: Report) -> Block:
    """Draw the loss curve."""
    curve = Curve.of(report.losses)
    left, top, width, height = CURVE
    canvas = Canvas(top + height + 50, left + width + 20)
    for at, text in curve.along:
        column = left + width * at
        canvas.line([(top, column), (top + height, column)], LINE)
        canvas.text((top + height + 6, column), text, SMALL, SOFT, "ma")
    for at, text in curve.up:
        row = top + height * (1 - at)
        canvas.line([(row, left), (row, left + width)], LINE)
        canvas.text((row, left - 8), text, SMALL, SOFT, "rm")
    row = top + height * (1 - curve.rounding)
    canvas.line([(row, left), (row, left + width)], width=2, dash=7)
    canvas.text((row + 3, left + 6), f"rounding {ROUNDING}", SMALL)
    canvas.text(
        (top + height + 26, left + width / 2), "grey levels off, by steps", SMALL, SOFT, "ma"
    )
    places = [(top + height * (1 - one.up), left + width * one.along) for one in curve.points]
    canvas.line(places, STRONG, 3)
    for place in places:
        canvas.dot(place, 4, STRONG)
    return canvas.image()


def _kernel(kernel: Matrices) -> Iterator[Block]:
    """Draw the matrices of a kernel, and say what is done to the sum."""
    yield _words(
        f"{kernel.step.name if kernel.step.origin else 'learned weights'}: orange adds, "
        "blue takes away", 20,
    )  # fmt: skip
    yield _beside([_matrix(one, kernel.largest) for one in kernel.shown])
    hidden = f"{kernel.hidden} more matrices are in the filter file" if kernel.hidden else ""
    for line in (kernel.after, hidden):
        if line:
            yield _words(line, LETTERS)


def _matrix(matrix: Matrix, largest: float) -> Block:
    """Draw a matrix with its numbers in its cells, or with marks where there is no room."""
    columns = matrix.weights.shape[1]
    longest = [width_of(one, SMALL) for row in matrix.numbers for one in row]
    cell = max([30, *(one + 10 for one in longest)])
    numbers = matrix.numbers if cell * columns <= INNER else []
    if not numbers:
        cell = min(cell_of(matrix.weights.shape, PICTURE), max(INNER // columns, 1))
    image = heat(matrix.weights, largest, cell, marks=not numbers)[:, :INNER]
    below = 22 if matrix.name else 0
    canvas = Canvas(len(image) + below, max(image.shape[1], width_of(matrix.name, SMALL)))
    canvas.text((2, 0), matrix.name, SMALL, SOFT)
    canvas.put((below, 0), image)
    shares = np.abs(shares_of(matrix.weights, largest))
    for (row, column), share in np.ndenumerate(shares if numbers else shares[:0]):
        middle = (below + (row + 0.5) * cell, (column + 0.5) * cell)
        canvas.text(middle, numbers[row][column], SMALL, WHITE if share > DARK else BLACK, "mm")
    return canvas.image()


def _comparison(comparison: Comparison) -> Block:
    """Draw before, after, learned and the difference: the middle, or enlarged by a whole number."""
    side = (INNER - 3 * GAP) // 4
    blocks = []
    for name, image, about in panels(comparison):
        words = _words(f"{name}: {about}", SMALL, columns=side)
        part = _fitting(image, side)
        canvas = Canvas(len(part) + 6 + len(words), side)
        canvas.put((0, 0), part)
        canvas.put((len(part) + 6, 0), words)
        blocks.append(canvas.image())
    return _beside(blocks)


def _fitting(image: Block, side: int) -> Block:
    """Enlarge a picture to fill `side` columns, or cut out its middle."""
    times = max(side // max(image.shape[:2]), 1)
    rows, columns = (max((size - side) // 2, 0) for size in image.shape[:2])
    middle = image[rows : rows + side, columns : columns + side]
    return middle.repeat(times, axis=0).repeat(times, axis=1)
