"""Animated PNG: every frame is decoded as a plain PNG of its own, and packed like one.

Which chunks belong to which frame is told here, so that no decoder ever sees those of animations:
broken ones crash OpenCV.
"""

import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from math import ceil
from typing import NamedTuple

from filterkit.pictures import png
from filterkit.pictures.frames import CLEAR, KEEP, RESTORE, Frame, changes, shown, timing
from filterkit.pictures.picture import Animation, Picture
from filterkit.pictures.png.chunks import SIGNATURE, Chunk, chunk, damaged
from filterkit.pictures.png.metadata import metadata_chunks, metadata_of
from filterkit.pictures.png.packing import packed

LEFT_OUT = "its default picture, which is no part of the animation, was left out."
LEFT = (KEEP, CLEAR, RESTORE)
"""What becomes of a frame's place, by the number that fcTL has for it."""

CONTROL = struct.Struct(">IIIIIHHBB")
USUAL_PARTS = 100
"""Parts of a second that a delay counts in where it says 0."""

MOST = 65535
"""A delay is a fraction of seconds whose two numbers have 16 bits."""


class Stored(NamedTuple):
    """Hold a frame as it is stored: its fcTL, and its packed pixels."""

    rows: int
    columns: int
    row: int
    column: int
    delay: Fraction
    left: str
    over: bool
    data: list[bytes]


def decode(found: list[Chunk], frame: int | None) -> Picture:
    """Decode all frames of an animation's chunks, or the one of that number."""
    size = png.size_of(found)
    stored = _stored(found)
    if len(stored) != size.frames:
        raise damaged(f"frames: {size.frames} claimed, {len(stored)} found")
    pixels, alpha = shown(size, _frames(stored, found), frame)
    animation = None
    if frame is None and size.frames > 1:
        control = next(chunk.body for chunk in found if chunk.kind == b"acTL")
        loops = int.from_bytes(control[4:], "big")
        animation = Animation(tuple(float(one.delay * 1000) for one in stored), loops)
    kinds = [chunk.kind for chunk in found]
    notes = (LEFT_OUT,) if kinds.index(b"IDAT") < kinds.index(b"fcTL") else ()
    return Picture(pixels, alpha, "png", metadata_of(found), notes, animation)


def _stored(found: list[Chunk]) -> list[Stored]:
    """Tell which chunks belong to which frame. Raises UnreadableInputError for a broken chain."""
    header = png.header_of(found)
    if all(chunk.kind != b"IDAT" for chunk in found):
        raise damaged("it has no default picture")
    frames: list[Stored] = []
    number = 0
    for one in found:
        if one.kind in (b"fcTL", b"fdAT"):
            if one.body[:4] != number.to_bytes(4, "big"):
                raise damaged("a part of its animation is missing")
            number += 1
        if one.kind == b"fcTL":
            frames.append(_control(one.body, header))
        elif one.kind == b"IDAT" and frames:
            frames[-1].data.append(one.body)
        elif one.kind == b"fdAT" and frames:
            frames[-1].data.append(one.body[4:])
    if not all(frame.data for frame in frames):
        raise damaged("a frame of its animation has no pixels")
    return frames


def _control(body: bytes, header: png.Header) -> Stored:
    """Read fcTL: where a frame lies, how long it is shown, and what becomes of it."""
    if len(body) != CONTROL.size:
        raise damaged("a frame of its animation is cut off")
    _, columns, rows, column, row, above, below, left, over = CONTROL.unpack(body)
    if not columns or not rows or left >= len(LEFT) or over > 1:
        raise damaged("a frame of its animation is of no known kind")
    if row + rows > header.rows or column + columns > header.columns:
        raise damaged("a frame of its animation lies beyond its edge")
    delay = Fraction(above, below or USUAL_PARTS)
    return Stored(rows, columns, row, column, delay, LEFT[left], over == 1, [])


def _frames(stored: list[Stored], found: list[Chunk]) -> Iterator[Frame]:
    """Decode frame after frame, each as a PNG of its own size."""
    import numpy as np

    header, kind = png.header_of(found), found[0].body[8:]
    shared = b"".join(one.stored for one in found if one.kind in (b"PLTE", b"tRNS"))
    end = chunk(b"IEND", b"")
    for one in stored:
        begin = chunk(b"IHDR", struct.pack(">II", one.columns, one.rows) + kind)
        data = b"".join(chunk(b"IDAT", part) for part in one.data)
        own = header._replace(rows=one.rows, columns=one.columns)
        pixels, alpha = png.samples(SIGNATURE + begin + shared + data + end, own, found)
        if alpha is None:
            alpha = np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)
        yield Frame(np.dstack([pixels, alpha]), one.row, one.column, one.over, one.left)


def encode(picture: Picture) -> bytes:
    """Encode the frames of uint8 or uint16 as an animation."""
    plan = timing(picture)
    header, parts, numbers = b"", [], count()
    for frame, delay in zip(changes(picture), plan.delays, strict=True):
        parts.append(_placed(next(numbers), frame, delay))
        data = packed(frame.stacked)
        if header:
            parts += [chunk(b"fdAT", struct.pack(">I", next(numbers)) + part) for part in data]
        else:
            header = png.header_chunk(frame.stacked)
            parts += [chunk(b"IDAT", part) for part in data]
    control = chunk(b"acTL", struct.pack(">II", picture.frames, plan.loops))
    beginning = SIGNATURE + header + control + metadata_chunks(picture.metadata)
    return b"".join([beginning, *parts, chunk(b"IEND", b"")])


def _placed(number: int, frame: Frame, delay: float) -> bytes:
    """Write fcTL for a frame that replaces what is there, and stays."""
    rows, columns = frame.stacked.shape[:2]
    place = (columns, rows, frame.column, frame.row)
    return chunk(b"fcTL", CONTROL.pack(number, *place, *_parts(delay), LEFT.index(KEEP), 0))


def _parts(delay: float) -> tuple[int, int]:
    """Give milliseconds as the nearest fraction of seconds."""
    if delay <= MOST and float(delay).is_integer():  # both parts fit as they are
        return Fraction(int(delay), 1000).as_integer_ratio()
    seconds = min(Fraction(delay / 1000), Fraction(MOST))
    return seconds.limit_denominator(MOST // (ceil(seconds) or 1)).as_integer_ratio()
