"""What was learned, as one picture: figures, the curve, the kernels, and what they do."""

from collections.abc import Iterator

import numpy as np

from filterkit.learning.report import Comparison, Report
from filterkit.pictures.drawing import Canvas, wrapped
from filterkit.steps.pipeline import Pipeline
from filterkit.viewing.beside import panels
from filterkit.viewing.curve import ROUNDING, Curve
from filterkit.viewing.figures import figures, heading, named, sentences
from filterkit.viewing.filter_sheet import matrix_block
from filterkit.viewing.layout import (
    GAP,
    LETTERS,
    MARGIN,
    SMALL,
    SOFT,
    Block,
    axes,
    beside,
    framed,
    words,
)
from filterkit.viewing.matrices import Matrices, matrices_of

WIDE = 1200
STRONG = (27, 94, 158)
INNER = WIDE - 2 * MARGIN
CURVE = (70, 14, 500, 260)
"""Left, top, width and height of the curve within its block."""


def sheet(learned_filter: Pipeline, report: Report) -> Block:
    """Draw it all, 1200 columns wide: (rows, columns, 3)."""
    blocks = [words(heading(report), 26, INNER)]
    if report.notes:
        blocks.append(_notes(report))
    blocks.append(beside([_figures(report), _curve(report)], INNER))
    for kernel in matrices_of(learned_filter, report):
        blocks.extend(_kernel(kernel))
    for comparison in report.comparisons:
        blocks.append(words(named(comparison.name), 20, INNER))
        blocks.append(_comparison(comparison))
    return framed(blocks, WIDE)


def _notes(report: Report) -> Block:
    """Write the sentences there are to say, with a bar beside them."""
    lines = [words(note, LETTERS, INNER - GAP) for note in sentences(report)]
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
    axes(canvas, CURVE, curve.along, curve.up)
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
    yield words(
        f"{kernel.step.name if kernel.step.origin else 'learned weights'}: orange adds, "
        "blue takes away", 20, INNER,
    )  # fmt: skip
    yield beside([matrix_block(one, kernel.largest, INNER) for one in kernel.shown], INNER)
    hidden = f"{kernel.hidden} more matrices are in the filter file" if kernel.hidden else ""
    for line in (kernel.after, hidden):
        if line:
            yield words(line, LETTERS, INNER)


def _comparison(comparison: Comparison) -> Block:
    """Draw before, after, learned and the difference: the middle, or enlarged by a whole number."""
    side = (INNER - 3 * GAP) // 4
    blocks = []
    for name, image, about in panels(comparison):
        about_it = words(f"{name}: {about}", SMALL, side)
        part = _fitting(image, side)
        canvas = Canvas(len(part) + 6 + len(about_it), side)
        canvas.put((0, 0), part)
        canvas.put((len(part) + 6, 0), about_it)
        blocks.append(canvas.image())
    return beside(blocks, INNER)


def _fitting(image: Block, side: int) -> Block:
    """Enlarge a picture to fill `side` columns, or cut out its middle."""
    times = max(side // max(image.shape[:2]), 1)
    rows, columns = (max((size - side) // 2, 0) for size in image.shape[:2])
    middle = image[rows : rows + side, columns : columns + side]
    return middle.repeat(times, axis=0).repeat(times, axis=1)
