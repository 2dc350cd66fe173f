"""PNG: its pixels and metadata, unpacked by OpenCV and packed by `packing`.

What moves is `animation`'s, which is not loaded for a still picture.
"""

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures import opencv
from filterkit.pictures.picture import Picture, Size
from filterkit.pictures.png.chunks import NEEDED, SIGNATURE, Chunk, chunk, chunks, damaged
from filterkit.pictures.png.metadata import metadata_chunks, metadata_of
from filterkit.pictures.png.packing import packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY, RGB, PALETTE, GREY_ALPHA = 0, 2, 3, 4
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 3, GREY_ALPHA: 1, 6: 3}
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    6: (8, 16),
}
COLOURS = (None, GREY, GREY_ALPHA, RGB, 6)
"""The colour type that has so many channels, alpha among them."""


class Header(NamedTuple):
    """What IHDR says."""

    columns: int
    rows: int
    bits: int
    colour: int


def size(content: bytes) -> Size:
    """Read rows, columns and frames from what stands before the pixels."""
    return size_of(list(chunks(content, before=b"IDAT")))


def size_of(found: list[Chunk]) -> Size:
    """Read the size from chunks."""
    header = header_of(found)
    frames = frames_claimed(found) or 1
    return Size(frames, header.rows, header.columns, CHANNELS[header.colour])


def header_of(found: list[Chunk]) -> Header:
    """Read IHDR, which is the first chunk."""
    if not found or found[0].kind != b"IHDR" or len(found[0].body) != 13:
        raise damaged("it does not begin with IHDR")
    columns, rows, bits, colour, packing, filtering, interlace = struct.unpack(
        ">IIBBBBB", found[0].body
    )
    if not columns or not rows:
        raise damaged(f"its header says {rows}x{columns} pixels")
    if bits not in DEPTHS.get(colour, ()):
        raise damaged(f"its header says {bits} bits of colour type {colour}")
    if packing or filtering or interlace > 1:
        raise damaged("its header says an unknown way of packing")
    return Header(columns, rows, bits, colour)


def frames_claimed(found: list[Chunk]) -> int | None:
    """Give the number of frames that acTL claims, or None for a still picture.

    Behind the first pixels it would count for nothing.
    """
    for one in found:
        if one.kind == b"IDAT":
            break
        if one.kind == b"acTL":
            frames = int.from_bytes(one.body[:4], "big")
            if len(one.body) != 8 or not frames:
                raise damaged("its animation claims no frames")
            return frames
    return None


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Decode the stored pixels, of an animation all frames or the one of that number."""
    found = list(chunks(content))
    if frames_claimed(found) is not None:
        from filterkit.pictures.png import animation

        return animation.decode(found, frame)
    header = header_of(found)
    needed = [chunk.stored for chunk in found if chunk.kind in NEEDED]
    size = len(SIGNATURE) + sum(map(len, needed))
    plain = content if size == len(content) else b"".join([SIGNATURE, *needed])
    pixels, alpha = samples(plain, header, found)
    return Picture(pixels[None], None if alpha is None else alpha[None], "png", metadata_of(found))


def samples(
    plain: bytes, header: Header, found: list[Chunk]
) -> "tuple[NDArray[Any], NDArray[Any] | None]":
    """Decode pixels and alpha of one frame.

    OpenCV gets `plain`, a file of the chunks that make these pixels and no others: those of
    animations crash it, and the rest can only make it talk.
    """
    transparent = next((chunk.body for chunk in found if chunk.kind == b"tRNS"), None)
    colourful = header.colour == RGB and header.bits == 8 and transparent is None
    stored = opencv.decoded(plain, header.rows, header.columns, colourful)
    if stored is None:
        raise damaged("its pixels cannot be unpacked")
    return _split(stored, header, transparent)


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


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode uint8 or uint16 with its metadata."""
    if picture.frames > 1:
        from filterkit.pictures.png import animation

        return animation.encode(picture)
    image = picture.stacked()
    data = [chunk(b"IDAT", part) for part in packed(image)]
    beginning = [SIGNATURE, header_chunk(image), metadata_chunks(picture.metadata)]
    return b"".join([*beginning, *data, chunk(b"IEND", b"")])


def header_chunk(image: "NDArray[Any]") -> bytes:
    """Write IHDR of numbers (rows, columns, channels), alpha the last of two or four."""
    rows, columns, channels = image.shape
    numbers = (columns, rows, image.itemsize * 8, COLOURS[channels], 0, 0, 0)
    return chunk(b"IHDR", struct.pack(">IIBBBBB", *numbers))
