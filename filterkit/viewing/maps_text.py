"""Feature maps in letters: a table of them, or drawn in a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from filterkit.viewing.blocks import picture_lines
from filterkit.viewing.feature_maps import Layer, Map
from filterkit.viewing.grid import beside, lines_of
from filterkit.viewing.ink import NONE, painted

HEADS = ("step", "map", "size", "lowest", "highest", "mean")
LONGEST = 40
"""Letters of a step or a map's name in the table."""

MOST = 64
"""Maps of a layer that are drawn."""

NARROW, WIDE = 20, 60
"""Letters that a picture is wide."""


def table(layers: Iterable[Layer]) -> list[str]:
    """Write a line for each map: its step, name, size and figures."""
    rows = [HEADS, *(row for layer in layers for row in _rows(layer))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    return [
        "  ".join(
            text.ljust(width) if at < 3 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _rows(layer: Layer) -> Iterator[tuple[str, ...]]:
    step = f"{layer.number} {_cut(layer.step)}"
    for one in layer.maps:
        size = "x".join(str(side) for side in one.numbers.shape).removesuffix("x1")
        yield (step, _cut(one.name), size, *one.texts.values())
        step = ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def objects(layers: Iterable[Layer]) -> list[dict[str, Any]]:
    """Give the layers for --json."""
    return [
        {
            "step": layer.step,
            "within": layer.within,
            "rows": layer.shape.rows,
            "columns": layer.shape.columns,
            "channels": layer.shape.channels,
            "maps": [
                {
                    "name": one.name,
                    "channels": one.numbers.shape[2],
                    "render": str(one.render),
                    **one.figures,
                }
                for one in layer.maps
            ],
        }
        for layer in layers
    ]


def drawn(layers: Iterable[Layer], rows: int, columns: int, colours: int) -> Iterator[str]:
    """Draw the layers on a screen of so many letters, one beneath the other."""
    for layer in layers:
        yield painted(layer.heading, colours, bold=True)
        hidden = len(layer.maps) - MOST
        legend = layer.legends if len(layer.legends) == 1 and colours != NONE else []
        more = [f"{hidden} more are not drawn"] if hidden > 0 else []
        yield " · ".join([layer.size, *legend, *more])
        blocks = [_block(one, layer, rows, columns, colours) for one in layer.maps[:MOST]]
        if len(blocks) == 1 and not blocks[0][0]:
            yield from blocks[0][1]
        else:
            yield from (line for row in beside(blocks, columns) for line in row)
        yield ""


def _block(one: Map, layer: Layer, rows: int, columns: int, colours: int) -> tuple[str, list[str]]:
    """Draw a map: numbers in cells if it is small, else a picture; its figures beneath."""
    wide = min(max(columns // len(layer.maps) - 3, NARROW), WIDE, columns)
    if one.readable:
        lines = lines_of(layer.grid(one), colours)
    else:
        high = max(rows - 5, 5)
        image = layer.coloured(one, (2 * high, wide)) if colours != NONE else one.pixels
        lines = picture_lines(image, high, wide, colours)
    legend = [layer.legend(one)] if len(layer.legends) > 1 and colours != NONE else []
    return _cut(one.name), [*lines, one.told, *legend]
