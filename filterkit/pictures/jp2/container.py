"""The boxes around a JPEG 2000 codestream: the metadata in them, read and written."""

import struct
from contextlib import suppress
from fractions import Fraction

from filterkit.pictures.boxes import Fields, boxes, find
from filterkit.pictures.directory import DamagedError
from filterkit.pictures.jp2.header import (
    BY_ANY_PROFILE,
    BY_NUMBER,
    BY_PROFILE,
    COLOUR,
    GREY,
    OPACITY,
    SRGB,
    START,
    Header,
    header_of,
)
from filterkit.pictures.jpeg import USUAL_QUALITY
from filterkit.pictures.jpeg.metadata import EXIF as EXIF_PREFIX
from filterkit.pictures.picture import Metadata, Picture
from filterkit.pictures.resolution import Dpi

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
XMP = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
EXIF = b"JpgTiffExif->JP2"
"""What a box of one's own begins with that holds these."""

WHOLE = 0
"""What a channel belongs to that belongs to all colours."""

METRES = Fraction(254, 10_000)
"""An inch."""

THOUSANDS = 3
"""The power of ten of a resolution: so 65535 as its numerator is more than any scanner has."""


def stream_of(content: bytes) -> bytes:
    """Give the bare codestream. It is decoders that tell whether it is whole: some lie there."""
    if content.startswith(START):
        return content
    found = next(box for box in boxes(content) if box.kind == b"jp2c")
    return content[found.start : found.end]


def metadata_of(content: bytes, header: Header) -> Metadata:
    """Read profile, EXIF, XMP and resolution. Raises DamagedError."""
    quality = USUAL_QUALITY if header.lossy else None
    if content.startswith(START):
        return Metadata(quality=quality)
    own: dict[bytes, bytes] = {}
    for box in boxes(content):
        body = content[box.start : box.end]
        if box.kind == b"uuid":
            own.setdefault(body[:16], body[16:])
    exif = own.get(EXIF, b"").removeprefix(EXIF_PREFIX)
    icc = dpi = None
    _, start, end = find(content, (b"jp2h",))
    for box in boxes(content, start, end):
        body = content[box.start : box.end]
        if box.kind == b"colr" and body[:1] in (bytes([BY_PROFILE]), bytes([BY_ANY_PROFILE])):
            icc = icc or body[3:]
        elif box.kind == b"res ":
            dpi = _dpi(content, box.start, box.end)
    return Metadata(icc, exif or None, own.get(XMP) or None, quality, dpi)


def _dpi(content: bytes, start: int, end: int) -> Dpi | None:
    """Read how finely the picture was taken, or else how finely it shall be shown."""
    for kind in (b"resc", b"resd"):
        with suppress(DamagedError, struct.error):
            fields = Fields(content, find(content, (kind,), start, end))
            down, down_of, right, right_of, down_power, right_power = struct.unpack(
                ">4H2b", fields.part(10)
            )
            if down * down_of * right * right_of:
                scales = ((right, right_of, right_power), (down, down_of, down_power))
                across, along = (
                    float(Fraction(above, below) * Fraction(10) ** power * METRES)
                    for above, below, power in scales
                )
                return across, along
    return None


def boxed(stream: bytes, picture: Picture) -> bytes:
    """Put a codestream into boxes that tell its size, colours and metadata."""
    header, metadata = header_of(stream), picture.metadata
    own = [(XMP, metadata.xmp), (EXIF, metadata.exif)]
    return (
        SIGNATURE
        + _box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + _box(b"jp2h", _header(header, picture))
        + b"".join(_box(b"uuid", kind + body) for kind, body in own if body)
        + _box(b"jp2c", stream)
    )


def _box(kind: bytes, body: bytes) -> bytes:
    if len(body) + 8 < 2**32:
        return struct.pack(">I4s", len(body) + 8, kind) + body
    return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body


def _header(header: Header, picture: Picture) -> bytes:
    bits, count = header.components[0].bits, len(header.components)
    size = struct.pack(">IIHBBBB", header.rows, header.columns, count, bits - 1, 7, 0, 0)
    grey = count <= 2
    icc = picture.metadata.icc if grey == (picture.channels == 1) else None
    colours = struct.pack(">BBBI", BY_NUMBER, 0, 0, GREY if grey else SRGB)
    if icc:
        colours = bytes([BY_PROFILE, 0, 0]) + icc
    content = _box(b"ihdr", size) + _box(b"colr", colours)
    if picture.alpha is not None:
        own = [(at, COLOUR, at + 1) for at in range(count - 1)] + [(count - 1, OPACITY, WHOLE)]
        channels = b"".join(struct.pack(">HHH", *one) for one in own)
        content += _box(b"cdef", struct.pack(">H", count) + channels)
    return content + _resolution(picture.metadata.dpi)


def _resolution(dpi: Dpi | None) -> bytes:
    """Write dots per inch as fractions of dots per metre, as far as these go."""
    if dpi is None:
        return b""
    parts = [(Fraction(one) / METRES / 10**THOUSANDS).limit_denominator(2**16 - 1) for one in dpi]
    if not all(0 < part.numerator < 2**16 for part in parts):
        return b""
    across, down = (part.as_integer_ratio() for part in parts)
    body = struct.pack(">4H2b", *down, *across, THOUSANDS, THOUSANDS)
    return _box(b"res ", _box(b"resc", body))
