"""JPEG: which kinds of it are read, and its colours at full or half resolution."""

import struct
from typing import NamedTuple

from filterkit.errors import TooLargeError, UnsupportedInputError
from filterkit.pictures import opencv
from filterkit.pictures.jpeg.metadata import metadata_of, notes_of, with_metadata
from filterkit.pictures.jpeg.segments import (
    END,
    HEIGHT,
    Segment,
    damaged,
    has_more_scans,
    segments,
)
from filterkit.pictures.picture import Picture, Size

LOSSLESS, LOSSLESS_ARITHMETIC = 0xC3, 0xCB
HIERARCHICAL = {0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF}
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
COMPONENTS = (1, 3, 4)
MOST_SCANS = 500
"""A progressive JPEG has about ten; each goes over the whole picture, and may be a few bytes."""

CMYK = "its CMYK colours were turned into RGB without a profile."

USUAL_QUALITY = 95
FULL_COLOUR_FROM = 90
"""From this quality on colour is stored at full resolution (4:4:4).

Below, as libjpeg does it, one colour serves four pixels: the edges of colour that filters make
would bleed, and who asks for 90 or more does not want that.
"""


class Header(NamedTuple):
    """What the frame's segment says, and its marker, which tells how pixels are packed."""

    marker: int
    bits: int
    rows: int
    columns: int
    components: int


def _header(content: bytes, found: list[Segment]) -> Header:
    frame = next((one for one in found if one.marker in FRAMES), None)
    if frame is None or len(frame.body) < 6:
        raise damaged("it does not say its size")
    header = Header(frame.marker, *struct.unpack_from(">BHHB", frame.body))
    if not header.rows and bytes([0xFF, HEIGHT, 0, 4]) in content:
        raise UnsupportedInputError("a JPEG that tells its height only behind its pixels.")
    if not header.rows or not header.columns:
        raise damaged(f"its header says {header.rows}x{header.columns} pixels")
    return header


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = _header(content, list(segments(content)))
    return Size(1, header.rows, header.columns, 1 if header.components == 1 else 3)


def decode(content: bytes) -> Picture:
    """Decode the stored pixels; CMYK becomes RGB."""
    found = list(segments(content))
    header = _header(content, found)
    _refuse_kind(header)
    if has_more_scans(content, found, MOST_SCANS):
        raise TooLargeError(f"a JPEG of more than {MOST_SCANS} scans.")
    stored = opencv.decoded(content, header.rows, header.columns, header.components == 3)
    if stored is None:
        whole = content.rstrip(b"\0").endswith(bytes([0xFF, END]))
        raise damaged("its pixels cannot be unpacked" if whole else "its end is missing")
    notes = (*((CMYK,) if header.components == 4 else ()), *notes_of(content, found))
    return Picture(stored[None], None, "jpeg", metadata_of(found), notes)


def _refuse_kind(header: Header) -> None:
    """Refuse what no decoder of ours reads."""
    lossless = "lossless " if header.marker in (LOSSLESS, LOSSLESS_ARITHMETIC) else ""
    if header.marker in HIERARCHICAL:
        raise UnsupportedInputError("a hierarchical JPEG, which is not read.")
    if header.marker == LOSSLESS_ARITHMETIC:
        raise UnsupportedInputError("a lossless JPEG with arithmetic coding, which is not read.")
    if header.bits != 8:
        raise UnsupportedInputError(f"a {lossless}JPEG of {header.bits} bits; 8 are read.")
    if header.components not in COMPONENTS:
        raise UnsupportedInputError(
            f"a JPEG of {header.components} components; {', '.join(map(str, COMPONENTS))} are read."
        )


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode one frame of uint8 with its metadata; None where OpenCV fails."""
    import cv2

    quality = USUAL_QUALITY if quality is None else quality
    colour = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
        if quality >= FULL_COLOUR_FROM
        else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, colour]
    content = opencv.encoded(".jpg", picture.pixels[0], settings)
    return None if content is None else with_metadata(content, picture.metadata)
