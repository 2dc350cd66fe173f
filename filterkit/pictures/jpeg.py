"""JPEG: its segments, the metadata in them, and its colours at full or half resolution."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from filterkit.errors import CannotHoldError, UnreadableInputError, UnsupportedInputError
from filterkit.pictures import opencv
from filterkit.pictures.picture import Metadata, Picture, Size
from filterkit.pictures.quality import quality_of

SCAN, END, TABLES = 0xDA, 0xD9, 0xDB
LONE = {0x01, *range(0xD0, 0xD9)}
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
APP1, APP2 = 0xE1, 0xE2
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
ICC = b"ICC_PROFILE\0"
MOST_SIDE = 65535
MOST_BODY = 65533
CMYK = "its CMYK colours were turned into RGB without a profile."

USUAL_QUALITY = 95
FULL_COLOUR_FROM = 90
"""From this quality on colour is stored at full resolution (4:4:4).

Below, as libjpeg does it, one colour serves four pixels: the edges of colour that filters make
would bleed, and who asks for 90 or more does not want that.
"""


class Segment(NamedTuple):
    """A segment's marker and body."""

    marker: int
    body: bytes


class Header(NamedTuple):
    """What the frame's segment says."""

    bits: int
    rows: int
    columns: int
    components: int


def damaged(why: str) -> UnreadableInputError:
    """Give the error of a JPEG that cannot be decoded."""
    return UnreadableInputError(f"truncated or corrupt JPEG ({why}).")


def segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments up to the first scan, over stray bytes as libjpeg goes over them."""
    place = 2
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 4 > len(content):
            raise damaged("it ends before its picture begins")
        marker = content[place + 1]
        if marker in (0, 0xFF) or marker in LONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in (SCAN, END):
            return
        (length,) = struct.unpack_from(">H", content, place + 2)
        if length < 2 or place + 2 + length > len(content):
            raise damaged("one of its segments is cut off")
        yield Segment(marker, content[place + 4 : place + 2 + length])
        place += 2 + length


def _header(found: list[Segment]) -> Header:
    body = next((segment.body for segment in found if segment.marker in FRAMES), b"")
    if len(body) < 6:
        raise damaged("it does not say its size")
    header = Header(*struct.unpack_from(">BHHB", body))
    if not header.rows or not header.columns:
        raise damaged(f"its header says {header.rows}x{header.columns} pixels")
    return header


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = _header(list(segments(content)))
    return Size(1, header.rows, header.columns, 1 if header.components == 1 else 3)


def decode(content: bytes) -> Picture:
    """Decode the stored pixels; CMYK becomes RGB."""
    found = list(segments(content))
    header = _header(found)
    if header.bits != 8:
        raise UnsupportedInputError(f"a JPEG of {header.bits} bits; 8 are read.")
    stored = opencv.decoded(content, header.rows, header.columns)
    if stored is None:
        raise damaged("its pixels cannot be unpacked")
    notes = (CMYK,) if header.components == 4 else ()
    return Picture(stored[None], None, "jpeg", _metadata(found), notes)


def _metadata(found: list[Segment]) -> Metadata:
    blocks = [segment.body for segment in found if segment.marker == APP1]
    exif = next((body[len(EXIF) :] for body in blocks if body.startswith(EXIF)), None)
    tables = next((segment.body for segment in found if segment.marker == TABLES), b"")
    xmp = next((body[len(XMP) :] for body in blocks if body.startswith(XMP)), None)
    return Metadata(_profile(found), exif, xmp, quality_of(tables))


def _profile(found: list[Segment]) -> bytes | None:
    """Join an ICC profile from its numbered parts; None where one is missing."""
    bodies = [
        segment.body[len(ICC) :]
        for segment in found
        if segment.marker == APP2 and segment.body.startswith(ICC)
    ]
    parts = {body[0]: body[2:] for body in bodies if len(body) > 2}
    numbers = sorted(parts)
    whole = numbers == list(range(1, len(parts) + 1)) and all(
        body[1] == len(parts) for body in bodies
    )
    return b"".join(parts[number] for number in numbers) if parts and whole else None


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode one frame of uint8 with its metadata; None where OpenCV fails."""
    import cv2

    if max(picture.rows, picture.columns) > MOST_SIDE:
        raise CannotHoldError(
            f"JPEG holds at most {MOST_SIDE} rows and columns, "
            f"not {picture.rows}x{picture.columns}.",
            "--format png or tiff",
        )
    quality = USUAL_QUALITY if quality is None else quality
    colour = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        if quality >= FULL_COLOUR_FROM
        else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, colour]
    content = opencv.encoded(".jpg", picture.pixels[0], settings)
    if content is None:
        return None
    behind = 2
    if content[2:4] == b"\xff\xe0":  # JFIF wants to be the first
        behind += 2 + int.from_bytes(content[4:6], "big")
    return content[:behind] + _metadata_segments(picture.metadata) + content[behind:]


def _metadata_segments(metadata: Metadata) -> bytes:
    content = b""
    if metadata.exif:
        content += _segment(APP1, EXIF + metadata.exif)
    if metadata.xmp:
        content += _segment(APP1, XMP + metadata.xmp)
    if metadata.icc:
        room = MOST_BODY - len(ICC) - 2
        parts = [metadata.icc[at : at + room] for at in range(0, len(metadata.icc), room)]
        for number, part in enumerate(parts, 1):
            content += _segment(APP2, ICC + bytes([number, len(parts)]) + part)
    return content


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > MOST_BODY:
        raise CannotHoldError(
            f"JPEG holds at most {MOST_BODY} bytes of EXIF or XMP, not {len(body)}.",
            "--metadata icc, or --format png",
        )
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
