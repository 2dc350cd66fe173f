"""The chunks that a PNG is made of, read with their lengths and checksums held to account."""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from filterkit.pictures import damage

damaged = partial(damage.damaged, "PNG")

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
"""The chunks that make the pixels of a still picture."""
MOVING = (b"acTL", b"fcTL", b"fdAT")
"""The chunks that make it move. A wrong checksum in any others spoils only these."""

MOST_CHUNKS = 500_000
"""Chunks that are looked at: enough for four gigabytes in the usual parts of 8 KiB."""


class Chunk(NamedTuple):
    """A chunk's kind, and all of its bytes as a view; `whole` tells whether its checksum holds."""

    kind: bytes
    stored: memoryview
    whole: bool

    @property
    def body(self) -> bytes:
        """Give the bytes between its head and its checksum."""
        return bytes(self.stored[8:-4])


def chunks(content: bytes, before: bytes | None = None) -> Iterator[Chunk]:
    """Yield the chunks up to the end, or to the first of a kind, which is not looked into.

    Raises UnreadableInputError where one is cut or broken.
    """
    place, view = len(SIGNATURE), memoryview(content)
    for _ in range(MOST_CHUNKS):
        if place + 12 > len(content):
            raise damaged("it has no end")
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind == before:
            return
        if not kind.isalpha():  # zeros without end would be as many empty chunks
            raise damaged("where a chunk should begin there is none")
        end = place + 12 + length
        if end > len(content):
            raise damaged(f"its {kind.decode('latin-1')!r} chunk is cut off")
        checksum = int.from_bytes(content[end - 4 : end], "big")
        whole = zlib.crc32(view[place + 4 : end - 4]) == checksum
        if not whole and kind in NEEDED + MOVING:
            raise damaged(f"the checksum of its {kind.decode()} chunk is wrong")
        yield Chunk(kind, view[place:end], whole)
        if kind == b"IEND":
            return
        place = end
    raise damaged(f"it has more than {MOST_CHUNKS} chunks")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk."""
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join([len(body).to_bytes(4, "big"), kind, body, checksum.to_bytes(4, "big")])
