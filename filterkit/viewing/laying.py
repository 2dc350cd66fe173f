"""Pictures are laid side by side, with the words that go with each above and beneath it."""

from collections.abc import Iterator
from itertools import accumulate

import numpy as np

from filterkit.pictures import png
from filterkit.pictures.picture import Picture
from filterkit.viewing.grid import beside, seen
from filterkit.viewing.protocols import LETTER, PROTOCOLS, through_tmux
from filterkit.viewing.room import GAP, Row


def laid_out(row: Row) -> str:
    """Write a row of tiles, all of which are letters, or pictures for the terminal to draw."""
    high = max(len(tile.head) for tile in row.tiles)
    heads = [tile.head + [""] * (high - len(tile.head)) for tile in row.tiles]
    if not row.tiles[0].shape:
        blocks = [
            [*head, *tile.lines, *tile.foot] for head, tile in zip(heads, row.tiles, strict=True)
        ]
        return "\n".join(_columns(row, blocks))
    feet = [tile.foot for tile in row.tiles]
    return "\n".join([*_columns(row, heads), *_strip(row), *_columns(row, feet)])


def _columns(row: Row, blocks: list[list[str]]) -> list[str]:
    """Lay lines side by side, each block as wide as its tile."""
    filled = []
    for tile, block in zip(row.tiles, blocks, strict=True):
        first, *further = block or [""]
        filled.append((first + " " * (tile.width - seen(first)), further))
    lines = [line for lines in beside(filled, row.room.columns, GAP) for line in lines]
    return lines if any(lines) else []


def _strip(row: Row) -> Iterator[str]:
    """Yield what has the terminal draw the pictures of a row, as one, clear between them."""
    places = list(accumulate((tile.width + GAP for tile in row.tiles), initial=0))
    columns = places[-1] - GAP
    high = max(tile.shape[0] for tile in row.tiles)
    strip = np.zeros((high, columns * LETTER, 4), np.uint8)
    for tile, place in zip(row.tiles, places, strict=False):
        image = np.frombuffer(tile.pixels, np.uint8).reshape(tile.shape)
        spot = strip[: len(image), place * LETTER : place * LETTER + image.shape[1]]
        spot[..., :3], spot[..., 3] = image, 255
    content = png.encode(Picture(strip[None, ..., :3], strip[None, ..., 3]))
    sequences = PROTOCOLS[row.room.protocol](content, columns)
    yield "".join(through_tmux(one) if row.room.tmux else one for one in sequences)
