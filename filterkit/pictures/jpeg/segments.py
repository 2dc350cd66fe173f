"""JPEG's segments: those before the first scan, and what lies behind the picture."""

import re
import struct
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from filterkit.errors import CannotHoldError
from filterkit.pictures import damage

damaged = partial(damage.damaged, "JPEG")

SCAN, END, TABLES, HEIGHT = 0xDA, 0xD9, 0xDB, 0xDC
MARKER = re.compile(rb"\xff[^\0\x01\xd0-\xd8\xff]")
"""What ends a scan's data, or is followed by a segment; in the data 0 follows every 0xFF."""

MOST_BODY = 65533

MOST_SEGMENTS = 100_000
"""Segments before the picture that are looked at; a hundred are many."""


class Segment(NamedTuple):
    """A segment's marker and body, and the place in the file behind it."""

    marker: int
    body: bytes
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the first scan, over stray bytes as libjpeg goes over them."""
    end = 2
    for _ in range(MOST_SEGMENTS):
        mark = MARKER.search(content, end)
        if mark is None or mark.end() + 2 > len(content):
            raise damaged("it ends before its picture begins")
        marker, place = mark.group()[1], mark.end()
        if marker in (SCAN, END):
            return
        (length,) = struct.unpack_from(">H", content, place)
        end = place + length
        if length < 2 or end > len(content):
            raise damaged("one of its segments is cut off")
        yield Segment(marker, content[place + 2 : end], end)
    raise damaged(f"{MOST_SEGMENTS} segments stand before its picture")


def behind(content: bytes, found: list[Segment]) -> bytes:
    """Give what follows the picture whose segments before the first scan were found."""
    end = next((place for marker, place in _marks(content, found) if marker == END), None)
    return b"" if end is None else content[end:]


def has_more_scans(content: bytes, found: list[Segment], most: int) -> bool:
    """Tell whether the picture has more scans than so many."""
    if content.count(bytes([0xFF, SCAN])) <= most:  # bytes of other things may look like a scan
        return False
    scans = (place for marker, place in _marks(content, found) if marker == SCAN)
    return next(islice(scans, most, None), None) is not None


def _marks(content: bytes, found: list[Segment]) -> Iterator[tuple[int, int]]:
    """Yield each marker from the first scan to the picture's end, and the place behind it."""
    place = found[-1].end if found else 2
    while mark := MARKER.search(content, place):
        marker = mark.group()[1]
        yield marker, mark.end()
        if marker == END:
            return
        place = mark.end() + int.from_bytes(content[mark.end() : mark.end() + 2], "big")


def segment(marker: int, body: bytes) -> bytes:
    """Write a segment."""
    if len(body) > MOST_BODY:
        raise CannotHoldError(
            f"JPEG holds at most {MOST_BODY} bytes of EXIF or XMP, not {len(body)}.",
            "--metadata icc, or --format png",
        )
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
