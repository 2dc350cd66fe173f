"""What a HEIF says of its main picture before it is decoded: size, crop, turn, metadata."""

import struct
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures.boxes import Fields, find
from filterkit.pictures.directory import DamagedError
from filterkit.pictures.heif.items import XMP, Items
from filterkit.pictures.jpeg import USUAL_QUALITY
from filterkit.pictures.jpeg.metadata import EXIF as EXIF_PREFIX
from filterkit.pictures.metadata import mended_exif, upright
from filterkit.pictures.picture import Metadata, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROTATED = (1, 8, 3, 6)
"""EXIF's numbers for a picture that must be turned 0, 1, 2, 3 quarters to the left."""

MIRRORED = ((4, 5, 2, 7), (2, 7, 4, 5))
"""The same where after that top and bottom, or left and right, are exchanged."""


class Crop(NamedTuple):
    """Say which part of the stored picture is shown."""

    row: int
    column: int
    rows: int
    columns: int


class Header(NamedTuple):
    """Hold what is told of the main picture: its stored size, and how it is shown.

    `turn` is a number of EXIF's orientation; `full_range` tells that brightness is known to have
    no head or foot room; `loops` says how often an animation is played.
    """

    frames: int
    rows: int
    columns: int
    channels: int
    bits: int
    crop: Crop | None = None
    turn: int = 1
    premultiplied: bool = False
    full_range: bool = False
    loops: int = 0

    @property
    def size(self) -> Size:
        """Give the size as it is shown."""
        rows, columns = self.crop[2:] if self.crop else (self.rows, self.columns)
        rows, columns = (columns, rows) if self.turn >= 5 else (rows, columns)
        return Size(self.frames, rows, columns, self.channels)


def items_of(content: bytes) -> Items:
    """Read the items of a file. Raises DamagedError."""
    return Items(content, find(content, (b"meta",)))


def header_of(items: Items) -> Header:
    """Read what is told of the main picture. Raises DamagedError."""
    number = items.primary
    sizes = items.properties(number, b"ispe")
    if not sizes:
        raise DamagedError("it does not say its size")
    _, columns, rows = sizes[0].numbers(4, 3)
    refuse_empty(rows, columns)
    bits, channels = _samples(items)
    premultiplied = bool(items.belonging(b"prem", number))
    crop = next((_crop(one, rows, columns) for one in items.properties(number, b"clap")), None)
    whole = any(map(is_full_range, items.properties(number, b"colr")))
    return Header(1, rows, columns, channels, bits, crop, _turn(items), premultiplied, whole)


def is_full_range(told: Fields) -> bool:
    """Tell whether a description of colours says that all numbers are used."""
    stored = told.rest()
    return stored[:4] == b"nclx" and stored[10:11] >= b"\x80"


def refuse_empty(rows: int, columns: int) -> None:
    """Raise DamagedError where there is no pixel."""
    if not rows or not columns:
        raise DamagedError(f"its header says {rows}x{columns} pixels")


def _turn(items: Items) -> int:
    """Give how the stored picture is turned: rotated, then mirrored."""
    quarters, axis = (
        next((one.number(1) for one in items.properties(items.primary, kind)), None)
        for kind in (b"irot", b"imir")
    )
    quarters = (quarters or 0) & 3
    return ROTATED[quarters] if axis is None else MIRRORED[axis & 1][quarters]


def _crop(fields: Fields, rows: int, columns: int) -> Crop | None:
    """Read which part is shown: its size, and how far its middle lies from the middle.

    Parts of pixels are left out; None where that is no part of the picture.
    """
    numbers = struct.unpack(">IIIIiIiI", fields.part(32))
    if 0 in numbers[1::2]:
        return None
    wide, high, right, down = (Fraction(*numbers[at : at + 2]) for at in (0, 2, 4, 6))
    places = (down + (rows - high) / 2, right + (columns - wide) / 2)
    crop = Crop(*map(floor, (*places, high, wide)))
    inside = crop.row + crop.rows <= rows and crop.column + crop.columns <= columns
    return crop if inside and min(places) >= 0 and crop.rows and crop.columns else None


def _samples(items: Items) -> tuple[int, int]:
    """Give bits and channels; a picture made of others may leave it to these to tell."""
    for number in (items.primary, *items.belonging(b"dimg", items.primary)):
        for told in items.properties(number, b"pixi"):
            _, count = told.number(4), told.number(1)
            if count:
                return max(told.numbers(1, count)), 1 if count == 1 else 3
        for kind, read in CONFIGURATIONS.items():
            for told in items.properties(number, kind):
                return read(told)
    return 8, 3


def av1_samples(fields: Fields) -> tuple[int, int]:
    """Give bits and channels from what an AV1 decoder is told."""
    flags = fields.part(4)[2]
    bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    return bits, 1 if flags & 0x10 else 3


def _hevc_samples(fields: Fields) -> tuple[int, int]:
    told = fields.part(18)
    return (told[17] & 7) + 8, 3 if told[16] & 3 else 1


CONFIGURATIONS = {b"av1C": av1_samples, b"hvcC": _hevc_samples}
"""Who reads what a decoder is told."""


def metadata_of(items: Items, size: Size) -> Metadata:
    """Read the profile, EXIF and XMP of the main picture. Raises DamagedError.

    EXIF is made to say that the picture stands upright: in these files only the properties of the
    picture turn it, and EXIF may or may not repeat them.
    """
    exif, xmp = b"", b""
    for number, item in items.items.items():
        if item.kind == b"Exif" and not exif:
            stored = items.data(number)
            exif = stored[4 + int.from_bytes(stored[:4], "big") :].removeprefix(EXIF_PREFIX)
        if item.type == XMP and not xmp:
            xmp = items.data(number)
    profiles = (one.rest() for one in items.properties(items.primary, b"colr"))
    icc = next((one[4:] for one in profiles if one[:4] in (b"prof", b"rICC")), None)
    exif = mended_exif(exif, size.rows, size.columns) or exif
    return Metadata(icc, exif or None, xmp or None, USUAL_QUALITY)


def shown(stored: "NDArray[Any]", header: Header) -> "NDArray[Any]":
    """Give the part that is shown of (frames, rows, columns, ...), upright."""
    if header.crop:
        row, column, rows, columns = header.crop
        stored = stored[:, row : row + rows, column : column + columns]
    return upright(stored, header.turn)
