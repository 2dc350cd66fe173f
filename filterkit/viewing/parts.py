"""What an explanation is made of, before it is drawn: words, grids of numbers, tables, pictures.

One row of parts is told in a terminal, as a page and as Markdown.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.viewing.grid import Grid


class Heading(NamedTuple):
    """Begin a part of the explanation; level 1 is its title."""

    level: int
    text: str


class Words(NamedTuple):
    """Hold a paragraph."""

    text: str


class Lines(NamedTuple):
    """Hold lines of arithmetic, whose columns are aligned."""

    lines: tuple[str, ...]


class Table(NamedTuple):
    """Hold rows of cells, the heads first; `right` are the columns of numbers."""

    rows: list[tuple[str, ...]]
    right: tuple[int, ...] = ()


class Grids(NamedTuple):
    """Hold grids that belong beside each other, and what their marks mean."""

    grids: tuple[Grid, ...]
    legend: str = ""


class Shown(NamedTuple):
    """Hold a picture (rows, columns, 1 or 3) of 8 bit, its name, and what is to be seen in it.

    Numbers that stand beside it tell the same where it is `besides`.
    """

    name: str
    image: NDArray[np.uint8]
    about: str
    besides: bool = False


Part = Heading | Words | Lines | Table | Grids | Shown
