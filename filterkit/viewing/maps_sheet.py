"""Feature maps as one picture: a row for each step, its maps side by side as a layer is drawn.

On the left of each row its maps are sketched one behind the other, as the tensor they make.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from filterkit.pictures.drawing import BLACK, WHITE, Canvas, width_of
from filterkit.viewing.feature_maps import Layer, Map
from filterkit.viewing.layout import (
    EDGE,
    GAP,
    MARGIN,
    SMALL,
    SOFT,
    Block,
    beneath,
    beside,
    cells,
    framed,
    words,
)

MOST = 64
"""Maps of one layer that are drawn."""

WIDEST, NARROWEST = 1600, 640
"""Columns of a sheet."""

SKETCH = 130
"""Columns of the sketch of a layer."""

OUTSIDE = 2 * MARGIN + SKETCH + GAP
INNER = WIDEST - OUTSIDE
"""Columns that are left for the maps."""

SIDE = (180, 480)
"""The least and the most that a picture's longer side is drawn."""

STEP, DEPTH, SKETCHED = 7, 5, 64
"""Of a sketch: how far one map lies behind the other, how many are drawn, and how large."""

LABEL, LINES = 240, 2
"""Columns to which the words on a map of numbers may go beyond it, and lines of words."""

THIN = 12
"""Rows of a vector that is drawn as a picture."""


class Row(NamedTuple):
    """Hold what is drawn of a layer, and nothing of its size."""

    sketch: Block
    heading: str
    facts: str
    tiles: list[Block]


def sheet(title: str, layers: Iterable[Layer]) -> Block:
    """Draw all layers: (rows, columns, 3), as wide as they need and WIDEST at the most."""
    rows: list[Row] = []
    largest = 0
    for layer in layers:
        largest = largest or max(layer.shape.rows, layer.shape.columns)
        rows.append(Row(sketch(layer, largest), layer.heading, facts(layer), tiles(layer)))
    inner = max(NARROWEST - OUTSIDE, *(row_width(row.tiles) for row in rows))
    blocks = [words(title, 26, SKETCH + GAP + inner, most=3)]
    for row in rows:
        told = [words(row.heading, 20, inner, most=2), words(row.facts, SMALL, inner, SOFT)]
        body = beneath([*told, beside(row.tiles, inner)], inner, 4)
        blocks.append(beside([row.sketch, body], SKETCH + GAP + inner))
    return framed(blocks, OUTSIDE + inner)


def row_width(drawn: list[Block]) -> int:
    """Count the columns of as many blocks as fit beside each other."""
    wide = 0
    for one in drawn:
        if wide and wide + GAP + one.shape[1] > INNER:
            break
        wide += (GAP if wide else 0) + one.shape[1]
    return max([wide, *(int(one.shape[1]) for one in drawn)])


def facts(layer: Layer) -> str:
    """Say how many maps there are, how large they are drawn, and what their colours mean."""
    hidden = len(layer.maps) - MOST
    more = [f"{hidden} more are not drawn"] if hidden > 0 else []
    legend = layer.legends if len(layer.legends) == 1 else []
    return " · ".join([layer.size, *drawn_how(layer), *legend, *more])


def drawn_how(layer: Layer) -> list[str]:
    """Say how large pictures are drawn; numbers in cells speak for themselves."""
    if all(one.readable for one in layer.maps) or layer.shape.flat:
        return []
    share = side_of(layer) / max(layer.shape.rows, layer.shape.columns)
    if share >= 1:
        return [f"drawn {math.floor(share)} times as large"] if share >= 2 else []
    return [f"drawn at {100 * share:.0f} %"]


def side_of(layer: Layer) -> int:
    """Choose how large pictures are drawn: the more of them, the smaller, enlarged evenly."""
    least, most = SIDE
    side = min(max(INNER // len(layer.maps) - GAP, least), most)
    longest = max(layer.maps[0].numbers.shape[:2])
    return max(side // longest, 1) * longest if longest <= side else side


def tiles(layer: Layer) -> list[Block]:
    """Draw the maps of a layer, each with its name and its figures."""
    side = side_of(layer)
    return [tile(one, layer, side) for one in layer.maps[:MOST]]


def tile(one: Map, layer: Layer, side: int) -> Block:
    """Draw a map: numbers in cells if it is small, else a picture; its name above, facts below."""
    image = cells(layer.grid(one)) if one.readable else picture(one, layer, side)
    told = [one.told, *([layer.legend(one)] if len(layer.legends) > 1 else [])]
    longest = max(width_of(text, SMALL) for text in (one.name, *told))
    columns = max(image.shape[1], min(longest, LABEL if one.readable else side))
    above = [words(one.name, SMALL, columns, most=LINES)] if one.name else []
    below = [words(text, SMALL, columns, SOFT, LINES) for text in told]
    return beneath([*above, image, *below], columns, 2)


def picture(one: Map, layer: Layer, side: int) -> Block:
    """Draw a map as a picture with a thin line around it."""
    image = layer.coloured(one, (side, side))
    if layer.shape.flat:
        image = image.repeat(max(THIN // len(image), 1), axis=0)
    canvas = Canvas(len(image) + 2, image.shape[1] + 2)
    canvas.put((1, 1), image)
    bottom, right = len(image) + 1, image.shape[1] + 1
    canvas.line([(0, 0), (0, right), (bottom, right), (bottom, 0), (0, 0)], EDGE)
    return canvas.image()


def sketch(layer: Layer, largest: int) -> Block:
    """Sketch the maps as stacked windows, beside a picture of that side, and write their size.

    Only a few of many are drawn.
    """
    rows, columns = (
        round(min(max(SKETCHED * size / largest, 4), 1.2 * SKETCHED))
        for size in (layer.shape.rows, layer.shape.columns)
    )
    count = min(layer.shape.channels, DEPTH)
    behind = (count - 1) * STEP
    canvas = Canvas(rows + behind + 30, SKETCH)
    for at in range(count):
        top, left = at * STEP, behind - at * STEP
        window = np.full((rows, columns, 1), WHITE[0], np.uint8)
        canvas.put((top, left), window)
        corners = [(0, 0), (0, columns), (rows, columns), (rows, 0), (0, 0)]
        canvas.line([(top + row, left + column) for row, column in corners], BLACK)
    canvas.text((rows + behind + 8, 0), layer.shape.size, SMALL, SOFT)
    return canvas.image()
