"""How much of a screen each picture has, and which of them share a row of it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from filterkit.applying.options import Reading
from filterkit.applying.sources import Source

GAP = 3
"""Letters between two pictures."""

LEAST = 24
"""Letters across which a photograph can still be made out."""


class Room(NamedTuple):
    """Say what a screen can show; `columns` are its own, `rows` what one picture may fill of it.

    `pictures` are as many as shall be seen. `protocol` is kitty, iterm or blocks; `tmux` stands
    between us and a terminal that knows the other two.
    """

    rows: int
    columns: int
    pictures: int
    colours: int
    protocol: str = "blocks"
    tmux: bool = False

    def share(self, parts: int = 1) -> int:
        """Give the columns that one picture may fill, or each of its parts.

        All rows have about as many, no more than can be made out.
        """
        count = parts * self.pictures
        most = max((self.columns + GAP) // (LEAST + GAP), 1)
        across = math.ceil(count / math.ceil(count / most))
        return (self.columns + GAP) // across - GAP


class Look(NamedTuple):
    """Ask for what is to be seen of one input."""

    source: Source
    reading: Reading
    room: Room


class Tile(NamedTuple):
    """Hold a picture as it will be shown, so many letters wide, with what is said of it.

    `lines` are letters; a picture that the terminal draws has `pixels` instead, of a `shape`
    (rows, columns, 1 or 3).
    """

    width: int
    head: list[str]
    lines: list[str]
    foot: list[str]
    pixels: bytes = b""
    shape: tuple[int, ...] = ()


def fit(row: Sequence[Tile], columns: int) -> bool:
    """Tell whether tiles fit beside each other: letters with letters, drawn pictures with drawn."""
    taken = sum(tile.width + GAP for tile in row) - GAP
    return taken <= columns and len({bool(tile.shape) for tile in row}) == 1


class Seen(NamedTuple):
    """Hold the tiles of one input, and what else is to be said, a sentence each."""

    tiles: tuple[Tile, ...]
    notes: tuple[str, ...] = ()


class Row(NamedTuple):
    """Ask for tiles to be laid side by side."""

    tiles: tuple[Tile, ...]
    room: Room
