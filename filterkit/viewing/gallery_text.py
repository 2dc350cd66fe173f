"""The catalogue over one picture in letters: drawn in a terminal, or as a table."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from filterkit.viewing.blocks import picture_lines
from filterkit.viewing.gallery import Shown
from filterkit.viewing.grid import beside
from filterkit.viewing.ink import painted

WIDE, HIGH = 24, 12
"""Letters of a result."""


def drawn(shown: Iterable[Shown], columns: int, colours: int) -> Iterator[str]:
    """Draw the results side by side, one group beneath the other."""
    for group, ones in groupby(shown, key=lambda one: one.group):
        yield painted(group, colours, bold=True)
        blocks, unfit = [], []
        for one in ones:
            if one.views is None:
                unfit.append(f"{one.name}: {one.reason}")
            else:
                lines = picture_lines(one.views.whole, HIGH, WIDE, colours)
                blocks.append((one.name[:WIDE], lines))
        for row in beside(blocks, columns):
            yield from row
            yield ""
        yield from unfit


def table(shown: Iterable[Shown]) -> list[str]:
    """Write a line for each filter: its name, the size of what it makes, how bright that is."""
    rows = [("filter", "result", "mean", "")]
    for one in shown:
        mean = f"{one.mean:.3f}" if one.views else ""
        rows.append((one.name, one.size, mean, one.reason or one.file.title))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def objects(shown: Iterable[Shown]) -> list[dict[str, Any]]:
    """Give the filters for --json."""
    return [
        {
            "name": one.name,
            "group": one.group,
            "title": one.file.title,
            "result": one.size,
            "mean": one.mean if one.views else None,
            "notes": [*one.notes, *([one.reason] if one.reason else [])],
        }
        for one in shown
    ]
