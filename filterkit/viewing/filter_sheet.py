"""A filter as one picture: its kernels with their numbers, and what they do to waves."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from filterkit.pictures.drawing import Canvas, Ink, width_of
from filterkit.viewing.curve import Tick
from filterkit.viewing.frequencies import FINE, TABLE, Numbers, Response, fraction, surface
from filterkit.viewing.grid import Grid
from filterkit.viewing.heat import cell_of, diverging, heat, shares_of
from filterkit.viewing.kernels import Facts
from filterkit.viewing.layout import (
    EDGE,
    GAP,
    LETTERS,
    MARGIN,
    SMALL,
    SOFT,
    Block,
    Box,
    axes,
    beneath,
    beside,
    cells,
    framed,
    words,
)
from filterkit.viewing.matrices import Matrix, matrices

WIDE = 1200
INNER = WIDE - 2 * MARGIN

PICTURE = 400
"""Rows or columns that a large kernel fills."""

MOST = 12
"""Matrices of one kernel that are drawn."""

INKS: tuple[Ink, ...] = ((27, 94, 158), (179, 88, 6), (0, 121, 107), (136, 14, 79))
"""Colours of curves, one for each way a wave can run."""

PLANE: Box = (70, 30, 260, 260)
"""Where the gains of all waves are drawn, within their block."""

SIDE = 65
"""Frequencies along each side of it."""

CURVES: Box = (56, 30, 330, 260)
"""Where the gains of waves that run in a few directions are drawn."""


def sheet(title: str, about: str, facts: Sequence[Facts], source: str) -> Block:
    """Draw it all, 1200 columns wide: (rows, columns, 3)."""
    blocks = [words(title, 26, INNER)]
    blocks += [words(about, LETTERS, INNER)] if about else []
    for one in facts:
        heading = str(one.step) if len(facts) > 1 else ""
        blocks += [words(heading, 20, INNER)] if heading and len(heading) < 200 else []
        blocks.extend(_kernel(one))
    blocks += [words(f"Source: {source}", SMALL, INNER, SOFT)] if source else []
    return framed(blocks, WIDE)


def _kernel(facts: Facts) -> Iterator[Block]:
    """Draw the matrices of a kernel, each with what it does to waves, and say the rest."""
    kernel = matrices(facts.step)
    planes = surface(facts.step, SIDE).reshape(-1, SIDE, SIDE)
    responses = [one for maps in facts.responses for one in maps]
    for matrix, plane, response in list(zip(kernel.shown, planes, responses, strict=False))[:MOST]:
        block = matrix_block(matrix, kernel.largest, INNER)
        drawn = [_plane(plane), _curves(response)]
        waves = beside(drawn, sum(one.shape[1] for one in drawn) + 2 * GAP, 2 * GAP)
        yield beside([block, waves], INNER, 2 * GAP)
    hidden = len(responses) - MOST
    more = [f"{hidden} more matrices are not drawn"] if hidden > 0 else []
    lines = [line.strip() for line in facts.said()]
    lines += ["orange adds, blue takes away", *more, *([kernel.after] if kernel.after else [])]
    yield beneath([words(line, LETTERS, INNER) for line in lines], INNER, 2)


def matrix_block(matrix: Matrix, largest: float, columns: int) -> Block:
    """Draw a matrix with its numbers in its cells, or with marks where there is no room."""
    image = _numbers(matrix, largest) if matrix.numbers else None
    if image is None or image.shape[1] > columns:
        wide = matrix.weights.shape[1]
        cell = min(cell_of(matrix.weights.shape, PICTURE), max(columns // wide, 1))
        image = heat(matrix.weights, largest, cell)[:, :columns]
    below = 22 if matrix.name else 0
    canvas = Canvas(len(image) + below, max(image.shape[1], width_of(matrix.name, SMALL)))
    canvas.text((2, 0), matrix.name, SMALL, SOFT)
    canvas.put((below, 0), image)
    return canvas.image()


def _numbers(matrix: Matrix, largest: float) -> Block:
    marks = np.zeros(matrix.weights.shape, np.uint8)
    return cells(Grid("", matrix.numbers, diverging(shares_of(matrix.weights, largest)), marks))


def _plane(gains: Numbers) -> Block:
    """Draw the gain of every wave, an even grey in the middle."""
    left, top, width, height = PLANE
    canvas = Canvas(top + height + 50, left + width + 20)
    most = float(gains.max())
    canvas.text((0, left), f"gain of every wave, deepest at {most:.3g}", SMALL, SOFT)
    ends = [Tick(0, "-1/2"), Tick(0.5, "0"), Tick(1, "1/2")]
    axes(canvas, PLANE, ends, [Tick(1 - one.at, one.text) for one in ends])
    image = diverging(shares_of(gains)).repeat(width // SIDE, axis=0).repeat(width // SIDE, axis=1)
    canvas.put((top, left), image)
    bottom, right = top + height, left + width
    canvas.line([(top, left), (top, right), (bottom, right), (bottom, left), (top, left)], EDGE)
    canvas.text((bottom + 26, left + width / 2), "cycles a pixel across", SMALL, SOFT, "ma")
    canvas.text((top + height / 4, left - 8), "down", SMALL, SOFT, "rm")
    return canvas.image()


def _curves(response: Response) -> Block:
    """Draw the gains of waves that run across, down and between, and say what they amount to."""
    left, top, width, height = CURVES
    ways = list(response.ways())
    told = [f"{one.label}: {one.verdict}" for one in ways]
    columns = max(left + width, *(width_of(text, SMALL) + 40 for text in told)) + 20
    canvas = Canvas(top + height + 54 + 20 * len(ways), columns)
    canvas.text((0, left), "gain of waves that run", SMALL, SOFT)
    up = _ticks(response.peak)
    most = up[-1]
    places = [Tick(float(one) / 0.5, fraction(float(one))) for one in TABLE]
    axes(canvas, CURVES, places, [Tick(one / most, f"{one:.3g}") for one in up])
    canvas.text((top + height + 26, left + width / 2), "cycles a pixel", SMALL, SOFT, "ma")
    along = left + width * FINE / 0.5
    for at, (one, ink) in enumerate(zip(ways, INKS, strict=False)):
        rows = top + height * (1 - one.gains / most)
        canvas.line([*zip(rows.tolist(), along.tolist(), strict=True)], ink, 5 - at)
        row = top + height + 54 + 20 * at
        canvas.line([(row + 8, 0), (row + 8, 28)], ink, 5 - at)
        canvas.text((row, 38), told[at], SMALL)
    return canvas.image()


def _ticks(most: float) -> list[float]:
    """Give a few round numbers from 0 to one that is not below the most."""
    power = 10.0 ** math.floor(math.log10(most or 1.0))
    step = next(one * power for one in (0.2, 0.5, 1, 2) if 5 * one * power >= most)
    return [step * at for at in range(math.ceil(most / step - 1e-9) + 1 or 1)] if most else [0, 1]
