"""EXIF in TIFF: there it is no block but a part of the file's own directories."""

import struct
from contextlib import suppress

from filterkit.pictures.directory import LONG8, Block, DamagedError, Directory, Fields, nested
from filterkit.pictures.metadata import EXIF_DIRECTORY, GPS_DIRECTORY, ORIENTATION

INTEROPERABILITY = 40965
"""Points to a further directory, of no use to anyone."""

DESCRIPTION = 270
LAYOUTS = (b'{"shape"', b"ImageJ=", b"<?xml")
"""Descriptions by which programs tell themselves a file's layout; it is another one now."""

ABOUT = {269, 270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 33432, *range(40091, 40096)}
"""Tags that tell of the picture and not of how its pixels lie: title, camera, dots per inch …"""


def exif_of(block: Block, page: Directory) -> bytes | None:
    """Make an EXIF block of what a page tells of its picture."""
    main = _about(block, page, ABOUT | {ORIENTATION})
    inner = _inner(block, page)
    if not main and not inner:
        return None
    body, place = nested(block.order, main, inner, 8)
    mark = b"II" if block.order == "<" else b"MM"
    return mark + struct.pack(f"{block.order}HI", 42, place) + body


def with_exif(content: bytes, exif: bytes) -> bytes:
    """Write a TIFF's first directory anew, behind the rest, with what an EXIF block tells.

    tifffile writes no directory that another one points to.
    """
    told = Block(exif)
    main = told.directory(told.first)
    about, inner = _about(told, main, ABOUT), _inner(told, main)
    block = Block(content)
    fields = block.fields(block.directory(block.first)) | about
    content += b"\0" * (len(content) % 2)
    body, place = nested(block.order, fields, inner, len(content))
    return content[:4] + struct.pack(f"{block.order}I", place) + content[8:] + body


def _inner(block: Block, page: Directory) -> dict[int, Fields]:
    """Read the directories of the camera and of the place; a damaged one is left out."""
    found = {}
    for tag in (EXIF_DIRECTORY, GPS_DIRECTORY):
        for place in block.numbers(page.entries.get(tag))[:1]:
            with suppress(DamagedError):
                found[tag] = _about(block, block.directory(place), None)
    return found


def _about(block: Block, directory: Directory, wanted: set[int] | None) -> Fields:
    return {
        tag: field
        for tag, field in block.fields(directory).items()
        if tag != INTEROPERABILITY
        and field[0] != LONG8
        and (wanted is None or tag in wanted)
        and not (tag == DESCRIPTION and field[-1].startswith(LAYOUTS))
    }
