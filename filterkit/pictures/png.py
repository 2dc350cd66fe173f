"""PNG: its pixels and metadata; grey with transparency, which OpenCV cannot write, by hand."""

import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures import opencv
from filterkit.pictures.picture import Metadata, Picture, Size
from filterkit.pictures.png_chunks import NEEDED, SIGNATURE, Chunk, chunk, chunks, damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

ANIMATED = "only the default picture of the animation was read."
GREY, PALETTE, GREY_ALPHA = 0, 3, 4
CHANNELS = {GREY: 1, 2: 3, PALETTE: 3, GREY_ALPHA: 1, 6: 3}
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    2: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    6: (8, 16),
}
XMP = b"XML:com.adobe.xmp"
MOST_METADATA = 64 * 2**20
"""A profile unpacked may have so many bytes; real ones have a few thousand."""

LEVEL = 3
"""Of zlib, for grey with alpha, which OpenCV does not write. OpenCV's own setting is left alone: a
photograph of 8 bits becomes 9 % larger than at its level 3, edges not at all, in a third of the
time."""


class Header(NamedTuple):
    """What IHDR says."""

    columns: int
    rows: int
    bits: int
    colour: int


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = _header(next(chunks(content)))
    return Size(1, header.rows, header.columns, CHANNELS[header.colour])


def _header(chunk: Chunk) -> Header:
    if chunk.kind != b"IHDR" or len(chunk.body) != 13:
        raise damaged("it does not begin with IHDR")
    columns, rows, bits, colour, packing, filtering, interlace = struct.unpack(
        ">IIBBBBB", chunk.body
    )
    if not columns or not rows:
        raise damaged(f"its header says {rows}x{columns} pixels")
    if bits not in DEPTHS.get(colour, ()):
        raise damaged(f"its header says {bits} bits of colour type {colour}")
    if packing or filtering or interlace > 1:
        raise damaged("its header says an unknown way of packing")
    return Header(columns, rows, bits, colour)


def decode(content: bytes) -> Picture:
    """Decode the stored pixels.

    OpenCV gets the chunks that make the pixels and no others: those of animations crash it, and
    the rest can only make it talk.
    """
    found = list(chunks(content))
    header = _header(found[0])
    plain = SIGNATURE + b"".join(chunk.stored for chunk in found if chunk.kind in NEEDED)
    stored = opencv.decoded(plain, header.rows, header.columns)
    if stored is None:
        raise damaged("its pixels cannot be unpacked")
    transparent = next((chunk.body for chunk in found if chunk.kind == b"tRNS"), None)
    pixels, alpha = _split(stored, header, transparent)
    notes = (ANIMATED,) if any(chunk.kind == b"acTL" for chunk in found) else ()
    metadata = _metadata([chunk for chunk in found if chunk.whole])
    return Picture(pixels[None], None if alpha is None else alpha[None], "png", metadata, notes)


def _split(
    stored: "NDArray[Any]", header: Header, transparent: bytes | None
) -> "tuple[NDArray[Any], NDArray[Any] | None]":
    """Part OpenCV's channels into pixels and alpha."""
    import numpy as np

    channels = CHANNELS[header.colour]
    if stored.shape[2] in (2, 4):
        return np.ascontiguousarray(stored[..., :channels]), np.ascontiguousarray(stored[..., -1])
    if header.colour == GREY and transparent is not None and len(transparent) >= 2:
        most = 2**header.bits - 1
        full = 65535 if header.bits == 16 else 255
        level = (int.from_bytes(transparent[:2], "big") & most) * full // most
        shown = stored[..., 0] != level
        return stored, (shown * full).astype(stored.dtype)
    return stored, None


def _metadata(found: list[Chunk]) -> Metadata:
    bodies = {chunk.kind: chunk.body for chunk in reversed(found)}
    icc = None
    if b"iCCP" in bodies:
        _, _, packed = bodies[b"iCCP"].partition(b"\0")
        icc = _unpacked(packed[1:])
    texts = (chunk.body for chunk in found if chunk.kind == b"iTXt")
    xmp = next((_text(body) for body in texts if body.startswith(XMP + b"\0")), None)
    return Metadata(icc, bodies.get(b"eXIf"), xmp)


def _text(body: bytes) -> bytes | None:
    """Give the text of an iTXt chunk: keyword 0 packed method language 0 translation 0 text."""
    _, _, rest = body.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return None
    return _unpacked(parts[2]) if rest[0] else parts[2]


def _unpacked(packed: bytes) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, MOST_METADATA)
    except zlib.error:
        return None
    return content if unpacking.eof else None


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode one frame of uint8 or uint16 with its metadata; None where OpenCV fails."""
    if picture.alpha is not None and picture.channels == 1:
        content: bytes | None = _grey_alpha(picture.stacked())
    else:
        content = opencv.encoded(".png", picture.stacked(), [])
    if content is None:
        return None
    behind = len(SIGNATURE) + 25  # IHDR has 13 bytes, a chunk 12 more
    return content[:behind] + _metadata_chunks(picture.metadata) + content[behind:]


def _grey_alpha(stacked: "NDArray[Any]") -> bytes:
    """Write grey and alpha, which OpenCV cannot and Pillow can at 8 bits only."""
    import numpy as np

    rows, columns, _ = stacked.shape
    bits = stacked.itemsize * 8
    big = stacked.astype(stacked.dtype.newbyteorder(">"), copy=False)
    samples = np.ascontiguousarray(big).view(np.uint8).reshape(rows, -1)
    lines = np.empty((rows, samples.shape[1] + 1), np.uint8)
    lines[:, 0] = 2  # each row is kept as its difference from the row above
    lines[0, 1:] = samples[0]
    np.subtract(samples[1:], samples[:-1], out=lines[1:, 1:])
    header = struct.pack(">IIBBBBB", columns, rows, bits, GREY_ALPHA, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), LEVEL)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _metadata_chunks(metadata: Metadata) -> bytes:
    content = b""
    if metadata.icc:
        content += chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc))
    if metadata.exif:
        content += chunk(b"eXIf", metadata.exif)
    if metadata.xmp:
        content += chunk(b"iTXt", XMP + b"\0\0\0\0\0" + metadata.xmp)
    return content
