"""The codestream of a JPEG 2000: whether it is whole, and several made one.

Decoders pass over missing parts. And Pillow writes 16 bits only of grey, OpenCV none with fewer
than 32 rows or columns. But in the progression that goes channel by channel, the packets of one
channel stand behind those of another, so codestreams of single channels can be joined as they are.
"""

import struct
from typing import NamedTuple

from filterkit.pictures.directory import DamagedError
from filterkit.pictures.jp2.header import ALONE, SIZE, TILE

START, DATA, END = 0xFF4F, 0xFF93, 0xFFD9
"""Markers of the beginning, of a tile's data, and of the end."""

FIXED = 38
"""Bytes of the segment of the size before those of each channel, its length among them."""

COUNT_AT = 36
HEAD = struct.Struct(">HHHIBBH")
"""A tile's head: marker, length, number, bytes with this head, two counts, and DATA."""


class Parts(NamedTuple):
    """Hold the segment of the size, the other segments, and the packets of the only tile."""

    size: bytes
    others: bytes
    packets: bytes


def refuse_cut(stream: bytes) -> None:
    """Raise DamagedError where parts of tiles are missing, or the end."""
    place = _head_end(stream)
    while _number(stream, place) == TILE:
        (length,) = struct.unpack(">I", stream[place + 6 : place + 10].rjust(4, b"\0"))
        if not length:  # up to the end
            place = max(len(stream) - 2, place + HEAD.size)
        elif length < HEAD.size:
            raise DamagedError("a part of its codestream has no right length")
        else:
            place += length
    if _number(stream, place) != END:
        raise DamagedError("its codestream is cut off")


def _head_end(stream: bytes) -> int:
    """Give the place of the first tile's head."""
    place = 2
    while (marker := _number(stream, place)) not in (TILE, 0):
        place += 2 if marker in ALONE else 2 + _number(stream, place + 2)
    return place


def _number(stream: bytes, place: int) -> int:
    return int.from_bytes(stream[place : place + 2], "big")


def joined(streams: list[bytes]) -> bytes:
    """Make one codestream of those of its channels, which are of one size and kind."""
    parts = [_parts(stream) for stream in streams]
    first = parts[0]
    channels = b"".join(part.size[FIXED:] for part in parts)
    size = struct.pack(">H", FIXED + len(channels)) + first.size[2:COUNT_AT]
    size += struct.pack(">H", len(parts)) + channels
    packets = b"".join(part.packets for part in parts)
    head = HEAD.pack(TILE, 10, 0, HEAD.size + len(packets), 0, 1, DATA)
    marked = struct.pack(">HH", START, SIZE) + size + first.others
    return marked + head + packets + struct.pack(">H", END)


def _parts(stream: bytes) -> Parts:
    """Part a codestream of one tile, as Pillow writes it."""
    behind, place = 4 + _number(stream, 4), _head_end(stream)
    return Parts(stream[4:behind], stream[behind:place], stream[place + HEAD.size : -2])
