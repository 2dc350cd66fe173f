"""JPEG 2000 codestreams of single channels become one: Pillow writes 16 bits only of grey.

In the progression that goes channel by channel the packets of one stand behind those of another,
so nothing is packed anew; OpenCV, which would, fails at fewer than 32 rows or columns.
"""

import struct
from typing import NamedTuple

START, SIZE, TILE, DATA, END = 0xFF4F, 0xFF51, 0xFF90, 0xFF93, 0xFFD9
"""Markers: of the beginning, the segments of size and of a tile's head, its data, the end."""

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
    place = 4 + int.from_bytes(stream[4:6], "big")
    size, begun = stream[4:place], place
    while int.from_bytes(stream[place : place + 2], "big") != TILE:
        place += 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
    return Parts(size, stream[begun:place], stream[place + HEAD.size : -2])
