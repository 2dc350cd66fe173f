"""EXIF in TIFF: there it is no block but a part of the file's own directories."""

import struct
from collections.abc import Mapping
from contextlib import suppress

from filterkit.pictures.directory import (
    WIDE,
    Block,
    DamagedError,
    Directory,
    Fields,
    nested,
    turned,
)
from filterkit.pictures.metadata import EXIF_DIRECTORY, GPS_DIRECTORY, ORIENTATION
from filterkit.pictures.resolution import ACROSS, DOWN, UNIT
from filterkit.pictures.resolution import told as dpi_told

INTEROPERABILITY = 40965
"""Points to a further directory, of no use to anyone."""

DESCRIPTION = 270
LAYOUTS = (b'{"shape"', b"ImageJ=", b"<?xml")
"""Descriptions by which programs tell themselves a file's layout; it is another one now."""

RESOLUTION = {ACROSS, DOWN, UNIT}
ABOUT = {269, 270, 271, 272, *RESOLUTION, 305, 306, 315, 316, 33432, *range(40091, 40096)}
"""Tags that tell of the picture and not of how its pixels lie: title, camera, dots per inch …"""


def exif_of(block: Block, page: Directory) -> bytes | None:
    """Make an EXIF block of what a page tells of its picture."""
    main = about(block, page, ABOUT | {ORIENTATION})
    inner = _inner(block, page)
    if not main and not inner:
        return None
    body, place = nested(block.order, main, inner, 8)
    mark = b"II" if block.order == "<" else b"MM"
    return mark + struct.pack(f"{block.order}HI", 42, place) + body


def about(block: Block, directory: Directory, wanted: set[int] | None) -> Fields:
    """Read the fields that an EXIF block can hold, all or those that are wanted."""
    return {
        tag: field
        for tag, field in block.fields(directory, wanted).items()
        if tag != INTEROPERABILITY
        and field[0] not in WIDE
        and not (tag == DESCRIPTION and field[-1].startswith(LAYOUTS))
    }


def _inner(block: Block, page: Directory) -> dict[int, Fields]:
    """Read the directories of the camera and of the place; a damaged one is left out."""
    found = {}
    for tag in (EXIF_DIRECTORY, GPS_DIRECTORY):
        with suppress(DamagedError):
            for place in block.numbers(page.entries.get(tag))[:1]:
                found[tag] = about(block, block.directory(place), None)
    return found


def is_whole(block: Block, page: Directory) -> bool:
    """Tell whether all that a page tells, camera and place too, lies within the file."""
    if not block.is_whole(page):
        return False
    try:
        places = [
            place
            for tag in (EXIF_DIRECTORY, GPS_DIRECTORY)
            for place in block.numbers(page.entries.get(tag))[:1]
        ]
        return all(block.is_whole(block.directory(place)) for place in places)
    except DamagedError:
        return False


def write_exif(content: bytearray, blocks: Mapping[int, bytes]) -> None:
    """Write anew, behind the rest, the directories of pages that have an EXIF block to tell.

    tifffile writes no directory that another one points to. Dots per inch that a page tells
    already stay.
    """
    block = Block(content)
    pages, place = [], block.first
    while place:
        pages.append((place, block.directory(place)))
        place = pages[-1][1].next
    following = 0
    for number in reversed(range(len(pages))):
        place, page = pages[number]
        if number in blocks:
            content += b"\0" * (len(content) % 2)
            wanted = ABOUT - RESOLUTION if dpi_told(block, page) else ABOUT
            told, inner = _told(blocks[number], block.order, wanted)
            fields = block.fields(page) | told
            body, place = nested(block.order, fields, inner, len(content), block.big, following)
            content += body
        elif page.next != following:
            block.point(page.next_at, following)
        following = place
    block.point(8 if block.big else 4, following)


def _told(exif: bytes, order: str, wanted: set[int]) -> tuple[Fields, dict[int, Fields]]:
    """Read what an EXIF block tells, in a byte order."""
    block = Block(exif)
    main = block.directory(block.first)
    fields, inner = about(block, main, wanted), _inner(block, main)
    if block.order == order:
        return fields, inner
    return turned(fields), {tag: turned(one) for tag, one in inner.items()}
