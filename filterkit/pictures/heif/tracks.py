"""Tracks: how an AVIF animation tells its frames, how long each is shown, and how often all."""

import struct
from collections.abc import Iterator
from itertools import chain, islice, repeat

from filterkit.pictures.boxes import Box, Fields, boxes, find
from filterkit.pictures.directory import DamagedError
from filterkit.pictures.heif.header import Header, av1_samples, is_full_range, refuse_empty

SAMPLE_ENTRY = 78
"""Bytes that describe the pictures of a track, before the boxes that describe them further."""

REPEATED = 1
"""The flag of a list of edits that is gone through again."""

DATED = {b"mvhd": 24, b"tkhd": 28, b"mdhd": 0}
"""Boxes that tell when they were made, and where in them stands how long all lasts."""

ENDLESS = 2**64 - 1
"""A length that means for ever."""


def is_animation(content: bytes) -> bool:
    """Tell whether a file is an animation in the first place."""
    return content[8:12] == b"avis"


def header_of(content: bytes) -> Header:
    """Read what is told of an animation. Raises DamagedError."""
    track = _track(content)
    columns, rows, length, endless = _head(content, track)
    samples = find(content, (b"mdia", b"minf", b"stbl"), track.start, track.end)
    *_, frames = Fields(content, find(content, (b"stsz",), *samples[1:])).numbers(4, 3)
    kinds = find(content, (b"stsd",), *samples[1:])
    entry = next(boxes(content, kinds.start + 8, kinds.end), kinds)
    inside = (entry.start + SAMPLE_ENTRY, entry.end)
    bits, channels = av1_samples(Fields(content, find(content, (b"av1C",), *inside)))
    colours = (Fields(content, box) for box in boxes(content, *inside) if box.kind == b"colr")
    whole = any(map(is_full_range, colours))
    refuse_empty(rows, columns)
    if not frames:
        raise DamagedError("its animation has no frames")
    loops = _loops(content, track, None if length == endless else length)
    return Header(frames, rows, columns, channels, bits, full_range=whole, loops=loops)


def _track(content: bytes) -> Box:
    """Give the first track of pictures; one of transparency is called otherwise."""
    movie = find(content, (b"moov",))
    for box in boxes(content, movie.start, movie.end):
        if box.kind == b"trak":
            handler = find(content, (b"mdia", b"hdlr"), box.start, box.end)
            if Fields(content, handler).part(12)[8:] == b"pict":
                return box
    raise DamagedError("it has no track of pictures")


def _head(content: bytes, track: Box) -> tuple[int, int, int, int]:
    """Give columns, rows, the length, and the length that means for ever."""
    fields = Fields(content, find(content, (b"tkhd",), track.start, track.end))
    wide = 8 if fields.number(4) >> 24 else 4
    fields.part(2 * wide + 8)
    length = fields.number(wide)
    fields.part(52)
    columns, rows = fields.numbers(4, 2)
    return columns >> 16, rows >> 16, length, 256**wide - 1


def _loops(content: bytes, track: Box, length: int | None) -> int:
    """Give how often an animation is played; for ever, 0, also where that is not told."""
    if all(box.kind != b"edts" for box in boxes(content, track.start, track.end)):
        return 0
    repeated, once = _edits(content, track)
    if not repeated:
        return 1
    return -(-length // once) if length and once else 0


def _edits(content: bytes, track: Box) -> tuple[bool, int]:
    """Give whether a track is gone through again, and how long it lasts once."""
    fields = Fields(content, find(content, (b"edts", b"elst"), track.start, track.end))
    told, _ = fields.numbers(4, 2)
    return bool(told & REPEATED), fields.number(8 if told >> 24 else 4)


def delays_of(content: bytes, frames: int) -> tuple[float, ...]:
    """Give the milliseconds that each frame is shown. Raises DamagedError."""
    media = find(content, (b"mdia",), *_track(content)[1:])
    fields = Fields(content, find(content, (b"mdhd",), *media[1:]))
    fields.part(16 if fields.number(4) >> 24 else 8)
    scale = fields.number(4)
    fields = Fields(content, find(content, (b"minf", b"stbl", b"stts"), *media[1:]))
    _, count = fields.numbers(4, 2)
    runs = (fields.numbers(4, 2) for _ in range(count))
    ticks = chain.from_iterable(repeat(length, times) for times, length in runs)
    delays = tuple(1000 * length / scale for length in islice(ticks, frames) if scale)
    if len(delays) != frames:
        raise DamagedError("it does not say how long its frames are shown")
    return delays


def timed(content: bytes, loops: int) -> bytes:
    """Make an animation of libavif's say how often it is played, and not when it was made.

    The same pictures give the same bytes.
    """
    made = bytearray(content)
    movie = find(content, (b"moov",))
    _, once = _edits(content, _track(content))
    length = struct.pack(">Q", loops * once if loops else ENDLESS)
    for box in _inside(content, movie):
        if box.kind not in DATED or content[box.start] != 1:  # all of libavif's are of version 1
            continue
        made[box.start + 4 : box.start + 20] = bytes(16)
        if place := DATED[box.kind]:
            made[box.start + place : box.start + place + 8] = length
    return bytes(made)


def _inside(content: bytes, box: Box) -> Iterator[Box]:
    """Yield the boxes in a box, and those in the ones that are boxes of boxes."""
    for one in boxes(content, box.start, box.end):
        yield one
        if one.kind in (b"trak", b"mdia"):
            yield from _inside(content, one)
