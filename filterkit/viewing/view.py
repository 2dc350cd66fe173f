"""Pictures on the screen: numbers where they can be read, else the picture, and what it is."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.job import content_of, read
from filterkit.pictures.codecs import FORMATS
from filterkit.pictures.picture import Picture
from filterkit.viewing.blocks import drawn
from filterkit.viewing.grid import LARGE, Grid, lines_of, seen, texts_of
from filterkit.viewing.ink import NONE, painted
from filterkit.viewing.protocols import LETTER
from filterkit.viewing.room import Look, Room, Seen, Tile
from filterkit.viewing.shades import Shades, Size
from filterkit.viewing.stages import COLOURS

MOST = 16
"""Maps of one file that are shown."""


class Part(NamedTuple):
    """Hold what is shown as one picture (rows, columns, 1 or 3), and what it is of the whole."""

    name: str
    image: NDArray[Any]
    alpha: NDArray[Any] | None = None


class Words(NamedTuple):
    """Hold what is said of a picture, and how many columns the words may fill."""

    name: str
    about: str
    columns: int
    foot: tuple[str, ...] = ()


def look(job: Look) -> Seen:
    """Read an input, and make of it what is to be seen."""
    told = job.source.numbers is None
    content = content_of(job.source, job.reading) if told else None
    picture = read(job.source, job.reading, content)
    frames = FORMATS[picture.format].codec.size(content).all_frames if content else 1
    number = 1 if job.reading.frames == "first" else job.reading.frames
    more = [f"frame {number}/{frames}"] if frames > 1 else []
    hidden = picture.channels - MOST
    notes = [f"{MOST} of its {picture.channels} maps are shown."] if hidden > 0 else []
    name = job.source.label
    tiles = tiles_of(picture, name, job.room, more)
    return Seen(tuple(tiles), tuple(f"{name}: {note}" for note in (*picture.notes, *notes)))


def tiles_of(picture: Picture, name: str, room: Room, more: Sequence[str] = ()) -> list[Tile]:
    """Draw the first frame of a picture: in numbers if they are few enough to be read."""
    if max(picture.rows, picture.columns) <= LARGE:
        tiles = list(_in_numbers(picture, name, room, more))
        if max(tile.width for tile in tiles) <= room.columns:
            return tiles
    return list(_drawn(picture, name, room, more))


def _in_numbers(picture: Picture, name: str, room: Room, more: Sequence[str]) -> Iterator[Tile]:
    """Put the numbers of each channel into cells of their colours."""
    size = Size(picture.rows, picture.columns)
    shades = Shades.of(picture.pixels[0], size)
    draw = shades.signs if shades.signed else shades.greys
    parts = _channels(picture)
    for part in parts:
        papers = np.broadcast_to(draw(part.image, size), (*size[:2], 3))
        grid = Grid("", texts_of(part.image[..., 0]), papers, np.zeros(size[:2], np.uint8))
        words = Words(name, _about(picture, part, more), room.share(len(parts)))
        yield _tile(words, room.colours, lines_of(grid, room.colours))


def _channels(picture: Picture) -> list[Part]:
    """Take a picture apart, its opacity too."""
    names = [f"map {number}/{picture.channels}" for number in range(1, picture.channels + 1)]
    names = {1: [""], 3: [*COLOURS]}.get(picture.channels, names)
    numbers = picture.pixels[0]
    parts = [Part(name, numbers[..., [at]]) for at, name in enumerate(names[:MOST])]
    alpha = [Part("alpha", picture.alpha[0, ..., None])] if picture.alpha is not None else []
    return parts + alpha


def _pictures(picture: Picture) -> list[Part]:
    """Take a picture as a whole, unless its channels are maps or numbers of both signs."""
    if picture.channels in (1, 3) and picture.pixels[0].min() >= 0:
        return [Part("", picture.pixels[0], None if picture.alpha is None else picture.alpha[0])]
    return _channels(replace(picture, alpha=None))


def _about(picture: Picture, part: Part, more: Sequence[str]) -> str:
    """Say of what size and kind a picture is, and what is shown of it."""
    kind = "float" if picture.depth == "float" else f"{picture.depth} bit"
    if part.image.shape[2] == 3:
        kind += " colour"
    elif picture.channels == 1 and kind != "float":
        kind += " grey"
    alpha = "" if part.alpha is None else "with alpha"
    told = [f"{picture.rows}x{picture.columns}", kind, part.name, alpha, *more]
    return ", ".join(one for one in told if one)


def _drawn(picture: Picture, name: str, room: Room, more: Sequence[str]) -> Iterator[Tile]:
    """Draw it, or map by map; beneath stands how floating-point numbers are drawn."""
    blocks = room.protocol == "blocks"
    letter = 1 if blocks else LETTER
    parts = _pictures(picture)
    columns = room.share(len(parts))
    size = Size(2 * room.rows * letter, columns * letter, letter)
    shades = Shades.of(picture.pixels[0, ..., :MOST], size)
    coloured = shades.signed and not (blocks and room.colours == NONE)
    for part in parts:
        words = Words(name, _about(picture, part, more), columns)
        if picture.depth == "float":
            words = words._replace(foot=_range(part.image, shades, coloured))
        image = (
            shades.signs(part.image, size)
            if coloured
            else (shades.greys(part.image, size, part.alpha))
        )
        yield _tile(words, room.colours, drawn(image, room.colours) if blocks else image)


def _range(numbers: NDArray[Any], shades: Shades, coloured: bool) -> tuple[str, str]:
    """Say between which numbers a map lies, and how they are drawn."""
    ((lowest, highest),) = texts_of(np.array([[numbers.min(), numbers.max()]]))
    ends = ("blue", "orange") if coloured else ("black", "white")
    drawn = f"{ends[0]} {shades.black:.3g}, {ends[1]} {shades.white:.3g}"
    return f"{lowest} ... {highest}", drawn


def _tile(words: Words, colours: int, body: list[str] | NDArray[np.uint8]) -> Tile:
    """Put words above and beneath letters, or a picture that the terminal will draw."""
    if isinstance(body, list):
        inner, lines, pixels, shape = max(map(seen, body)), body, b"", ()
    else:
        inner, lines, pixels, shape = -(-body.shape[1] // LETTER), [], body.tobytes(), body.shape
    columns = max(inner, words.columns)
    wrapped = partial(textwrap.wrap, width=columns, break_on_hyphens=False)
    head = [_clipped(words.name, columns), *wrapped(words.about)]
    foot = [line for sentence in words.foot for line in wrapped(sentence)]
    width = max(inner, *map(len, head), *map(len, foot))
    head[0] = painted(head[0], colours, bold=True)
    return Tile(width, head, lines, foot, pixels, shape)


def _clipped(name: str, columns: int) -> str:
    """Leave out the middle of a name that is too long."""
    if len(name) <= columns:
        return name
    end = (columns - 1) // 2
    return name[: columns - 1 - end] + "…" + name[len(name) - end :]
