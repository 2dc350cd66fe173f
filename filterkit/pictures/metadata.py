"""What a file knew besides pixels: which of it still holds for a result, and how it is mended.

An EXIF block is mended where it stands, byte for byte: the maker's notes in it point to places
of the block, and a block written anew would break them.
"""

import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filterkit.pictures.directory import LONG, SHORT, Block, DamagedError, Directory, Entry
from filterkit.pictures.picture import Metadata
from filterkit.pictures.resolution import Dpi, dpi_of, sensible, set_dpi

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIENTATION = 274
EXIF_DIRECTORY, GPS_DIRECTORY = 34665, 34853
SIZE_TAGS = {256: "columns", 257: "rows", 40962: "columns", 40963: "rows"}
THUMBNAIL_TAGS = ((513, 514), (273, 279))
"""Place and length of a thumbnail's bytes, as a JPEG or as plain strips."""

SPACES = {1: b"GRAY", 3: b"RGB "}
"""The colour space that a profile for so many channels has in bytes 16 … 20."""


def kept(
    metadata: Metadata, keep: str, channels_changed: bool, rows: int, columns: int
) -> Metadata:
    """Give what still holds for a result of that size: `keep` is keep, icc or strip.

    A profile for grey or for RGB goes when the picture became the other of the two.
    """
    if keep == "strip":
        return Metadata()
    icc = None if channels_changed else metadata.icc
    if keep == "icc":
        return Metadata(icc=icc)
    return mended(replace(metadata, icc=icc), rows, columns)


def mended(metadata: Metadata, rows: int, columns: int) -> Metadata:
    """Make EXIF and XMP those of an upright picture of that size; damaged EXIF goes.

    EXIF tells the dots per inch where the file does not, and else the same as the file.
    """
    dpi = sensible(metadata.dpi) or sensible(dpi_of(metadata.exif))
    exif = mended_exif(metadata.exif, rows, columns, dpi) if metadata.exif else None
    xmp = mended_xmp(metadata.xmp) if metadata.xmp else None
    return replace(metadata, exif=exif, xmp=xmp, dpi=dpi)


def profile_fits(icc: bytes, channels: int) -> bool:
    """Tell whether an ICC profile is one for so many channels."""
    return icc[16:20] == SPACES.get(channels)


def orientation(exif: bytes | None) -> int:
    """Give the EXIF orientation, 1 … 8; 1, upright, where none is told."""
    try:
        block = Block(exif or b"")
        told = block.numbers(block.directory(block.first).entries.get(ORIENTATION))
    except DamagedError:
        return 1
    return told[0] if told and 1 <= told[0] <= 8 else 1


def upright(stored: "NDArray[Any]", orientation: int) -> "NDArray[Any]":
    """Turn (frames, rows, columns, …) as an EXIF orientation says, so that up is up."""
    import numpy as np

    if orientation >= 5:
        stored = stored.swapaxes(1, 2)
    if orientation in (3, 4, 7, 8):
        stored = stored[:, ::-1]
    if orientation in (2, 3, 6, 7):
        stored = stored[:, :, ::-1]
    return np.ascontiguousarray(stored)


def mended_exif(exif: bytes, rows: int, columns: int, dpi: Dpi | None = None) -> bytes | None:
    """Make an EXIF block one of an upright picture of that size, or None where it is damaged.

    The thumbnail goes: it shows the picture before the filter.
    """
    content = bytearray(exif)
    sizes = {"rows": rows, "columns": columns}
    try:
        block = Block(content)
        main = block.directory(block.first)
        for directory in _with_inner(block, main):
            for tag, entry in directory.entries.items():
                if tag in SIZE_TAGS:
                    _set(block, entry, sizes[SIZE_TAGS[tag]])
                elif tag == ORIENTATION:
                    _set(block, entry, 1)
        if dpi:
            set_dpi(block, main, dpi)
        _drop_thumbnail(block, main)
    except DamagedError:
        return None
    return bytes(content)


def _with_inner(block: Block, main: Directory) -> list[Directory]:
    places = block.numbers(main.entries.get(EXIF_DIRECTORY))
    return [main, *(block.directory(place) for place in places[:1])]


def _set(block: Block, entry: Entry, value: int) -> None:
    """Write one whole number over a value of the block."""
    content = block.content
    assert isinstance(content, bytearray)
    if entry.kind not in (SHORT, LONG) or entry.count != 1 or block.big:
        return
    kind = SHORT if value <= 65535 else LONG
    number = struct.pack(f"{block.order}{'H' if kind == SHORT else 'I'}", value)
    struct.pack_into(f"{block.order}H", content, entry.at + 2, kind)
    content[entry.place : entry.place + 4] = number.ljust(4, b"\0")


def _drop_thumbnail(block: Block, main: Directory) -> None:
    content = block.content
    assert isinstance(content, bytearray)
    if not main.next:
        return
    try:
        thumbnail = block.directory(main.next)
        parts = [
            part
            for at, length in THUMBNAIL_TAGS
            for part in zip(
                block.numbers(thumbnail.entries.get(at)),
                block.numbers(thumbnail.entries.get(length)),
                strict=False,
            )
        ]
    except DamagedError:
        parts = []  # nothing shows a thumbnail whose directory cannot be read
    content[main.next_at : main.next_at + (8 if block.big else 4)] = bytes(8 if block.big else 4)
    for place, length in parts:
        if place + length >= len(content):
            del content[place:]
        else:
            content[place : place + length] = bytes(length)


def mended_xmp(xmp: bytes) -> bytes:
    """Make XMP one of an upright picture, without thumbnails and without a further part.

    Orientation stands in it as an attribute or as an element; both mean the pixels.
    """
    xmp = re.sub(rb"(tiff:Orientation\s*=\s*[\"'])[2-8]([\"'])", rb"\g<1>1\2", xmp)
    xmp = re.sub(rb"(<tiff:Orientation>\s*)[2-8](\s*</)", rb"\g<1>1\2", xmp)
    xmp = re.sub(rb"\s?xmpNote:HasExtendedXMP\s*=\s*[\"']\w*[\"']", b"", xmp)
    for name in (b"xmp:Thumbnails", b"xap:Thumbnails", b"xmpNote:HasExtendedXMP"):
        xmp = _without(xmp, b"<%b>" % name, b"</%b>" % name)
    return xmp


def _without(text: bytes, opening: bytes, closing: bytes) -> bytes:
    """Leave out every part from an opening to its closing; a pattern would take square time."""
    parts, at = [], 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start)) >= 0:
        parts.append(text[at:start])
        at = end + len(closing)
    return b"".join(parts) + text[at:]
