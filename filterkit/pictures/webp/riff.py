"""RIFF: chunks of four letters, a length and a body, as WebP is made of."""

import struct
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from filterkit.pictures import damage

damaged = partial(damage.damaged, "WebP")

HEAD = struct.Struct("<4sI")
MOST_CHUNKS = 100_000
"""Chunks behind one another that are looked at; each frame of an animation is one."""


class Chunk(NamedTuple):
    """Hold a chunk's kind and body."""

    kind: bytes
    body: bytes


def chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a whole file. Raises UnreadableInputError where it is cut."""
    if len(content) < 12:
        raise damaged("it ends in its header")
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content):
        raise damaged(f"it has {len(content)} bytes and claims {end}")
    return within(content, 12, end)


def within(content: bytes, place: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two places; the last byte of padding may be missing."""
    for _ in range(MOST_CHUNKS):
        if place + HEAD.size > end:
            return
        kind, length = HEAD.unpack_from(content, place)
        place += HEAD.size
        if place + length > end:
            raise damaged(f"its {kind.decode('latin-1')!r} chunk is cut off")
        yield Chunk(kind, content[place : place + length])
        place += length + length % 2
    raise damaged(f"it has {MOST_CHUNKS} chunks behind one another, or more")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk, padded to an even length."""
    return HEAD.pack(kind, len(body)) + body + b"\0" * (len(body) % 2)


def file_of(kind: bytes, found: list[Chunk]) -> bytes:
    """Write a file of chunks."""
    return chunk(b"RIFF", kind + b"".join(chunk(*one) for one in found))
