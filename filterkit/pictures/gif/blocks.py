"""The blocks that a GIF is made of: its screen, its frames, and what stands between them."""

import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from filterkit.pictures import damage

damaged = partial(damage.damaged, "GIF")

EXTENSION, IMAGE, TRAILER = b"!", b",", b";"
CONTROL, APPLICATION = b"!\xf9", b"!\xff"
SCREEN = struct.Struct("<6sHHBBB")
DESCRIPTOR = struct.Struct("<HHHHB")
HAS_TABLE, INTERLACED = 0x80, 0x40
MOST_PART = 255

MOST_BLOCKS = 100_000
"""Blocks that are looked at: ten for each of as many frames as are read."""


class Block(NamedTuple):
    """Hold a block: its label, of two bytes where it is an extension, and its data.

    Data comes in parts of at most 255 bytes, each behind its length; an empty one ends it. An
    image's begins with the length of its first codes; it has a descriptor, and perhaps a palette.
    """

    label: bytes
    data: bytes
    descriptor: bytes = b""
    table: bytes = b""


def screen(content: bytes) -> tuple[int, int, bytes]:
    """Read rows and columns of the whole, and the palette of frames that have none."""
    if len(content) < SCREEN.size:
        raise damaged("it ends in its header")
    _, columns, rows, flags, _, _ = SCREEN.unpack_from(content)
    return rows, columns, _table(content, SCREEN.size, flags)


def _table(content: bytes, place: int, flags: int) -> bytes:
    """Read a palette, three bytes a colour, where there is one."""
    length = 3 * (2 << (flags & 7)) if flags & HAS_TABLE else 0
    if place + length > len(content):
        raise damaged("a palette is cut off")
    return content[place : place + length]


def blocks(content: bytes) -> Iterator[Block]:
    """Yield the blocks, the trailer last unless the file ends before it.

    Raises UnreadableInputError where a block is cut off or unknown.
    """
    place, count = SCREEN.size + len(screen(content)[2]), 0
    while (kind := content[place : place + 1]) in (EXTENSION, IMAGE) and kind:
        label, descriptor, table = kind, b"", b""
        if kind == EXTENSION:
            start = place + 2
            label = content[place:start]
        else:
            start = place + 1 + DESCRIPTOR.size
            descriptor = content[place + 1 : start]
            table = _table(content, start, descriptor[-1] if descriptor else 0)
            start += len(table)
        place = _end(content, start + len(descriptor[:1]))
        yield Block(label, content[start:place], descriptor, table)
        count += 1
        if count > MOST_BLOCKS:
            raise damaged(f"it has more than {MOST_BLOCKS} blocks")
    if kind == TRAILER:
        yield Block(TRAILER, b"")
    elif kind:
        raise damaged("a block is of no known kind")


def _end(content: bytes, place: int) -> int:
    """Give the place behind the data that begins here."""
    while place < len(content):
        length = content[place]
        place += 1 + length
        if not length:
            return place
    raise damaged("a block is cut off")


def joined(data: bytes) -> bytes:
    """Join the parts of a block's data."""
    parts, place = [], 0
    while length := data[place]:
        parts.append(data[place + 1 : place + 1 + length])
        place += 1 + length
    return b"".join(parts)


def parted(content: bytes) -> bytes:
    """Write data in parts."""
    steps = range(0, len(content), MOST_PART)
    parts = (content[at : at + MOST_PART] for at in steps)
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def table_flags(table: bytes) -> int:
    """Give the flags that say how long a palette is; 0 says that there is none."""
    bits = max((len(table) // 3 - 1).bit_length(), 1)
    return HAS_TABLE | bits - 1 if table else 0


def padded(table: bytes) -> bytes:
    """Write a palette, whose number of colours is a power of two."""
    return table.ljust(3 * (2 << (table_flags(table) & 7)), b"\0") if table else b""


def header(rows: int, columns: int, table: bytes) -> bytes:
    """Write what a file begins with, and the palette of frames that have none."""
    return SCREEN.pack(b"GIF89a", columns, rows, table_flags(table), 0, 0) + padded(table)
