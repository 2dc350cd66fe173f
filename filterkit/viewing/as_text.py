"""Parts of an explanation as lines for a terminal."""

import textwrap
from collections.abc import Iterator, Sequence

from filterkit.viewing.blocks import picture_lines
from filterkit.viewing.grid import beside, lines_of
from filterkit.viewing.ink import painted
from filterkit.viewing.parts import Grids, Heading, Lines, Part, Shown, Table, Words
from filterkit.viewing.shapes import columns as aligned

ROWS = 30
"""Lines that a picture takes at the most."""

WIDEST = 100
"""Letters of a line of prose that are still read with ease."""


def text(parts: Sequence[Part], columns: int = 80, colours: int = 0) -> list[str]:
    """Write parts for a screen of so many letters and colours."""
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Shown) and part.besides and not colours:
            continue
        lines.extend(_written(part, columns, colours))
        lines.append("")
    return lines[:-1]


def _written(part: Part, columns: int, colours: int) -> Iterator[str]:
    if isinstance(part, Heading):
        yield from (painted(line, colours, bold=True) for line in textwrap.wrap(part.text, columns))
    elif isinstance(part, Words):
        yield from textwrap.wrap(part.text, min(columns, WIDEST))
    elif isinstance(part, Lines):
        yield from (line for one in part.lines for line in _folded(one, columns))
    elif isinstance(part, Table):
        yield from (f"  {line}" for line in aligned(part.rows, part.right))
    elif isinstance(part, Grids):
        yield from _grids(part, columns, colours)
    else:
        yield from _picture(part, columns, colours)


def _grids(part: Grids, columns: int, colours: int) -> Iterator[str]:
    blocks = [(grid.name, lines_of(grid, colours)) for grid in part.grids]
    for at, lines in enumerate(beside(blocks, columns - 2)):
        yield from ([""] if at else [])
        yield from (f"  {line}".rstrip() for line in lines)
    yield from textwrap.wrap(part.legend, columns, initial_indent="  ", subsequent_indent="  ")


def _picture(part: Shown, columns: int, colours: int) -> Iterator[str]:
    """Draw a picture where there are colours; plain letters would tell too little."""
    if not colours:
        yield f"  ({part.name}: shown in colour, and on a page)"
        return
    yield from textwrap.wrap(
        f"{part.name}: {part.about}", columns, initial_indent="  ", subsequent_indent="  "
    )
    yield from (f"  {line}" for line in picture_lines(part.image, ROWS, columns - 2, colours))


def _folded(line: str, columns: int) -> list[str]:
    """Break a line between terms, the rest further in."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(
        line, columns - 2, initial_indent="  ", subsequent_indent=indent, drop_whitespace=True,
        break_long_words=False, break_on_hyphens=False,
    ) if len(line) > columns - 2 else ["  " + line]  # fmt: skip
