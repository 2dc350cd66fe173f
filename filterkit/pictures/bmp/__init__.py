"""BMP: read and written by hand, for it is hardly packed, and libraries differ on what it means.

OpenCV takes palettes of OS/2 for greys, 5 bits for 8, and channels where the masks say otherwise;
Pillow knows few masks and rounds 5 bits down.
"""

import struct
from typing import TYPE_CHECKING, Any

from filterkit.errors import CannotHoldError
from filterkit.pictures.bmp.header import (
    FILE_HEAD,
    INCH,
    INFO,
    MASKED,
    MASKS,
    PLAIN,
    RLE4,
    RLE8,
    Header,
    damaged,
    header_of,
    lowest,
)
from filterkit.pictures.bmp.runs import indices
from filterkit.pictures.levels import scaled
from filterkit.pictures.picture import Metadata, Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

V4 = 108
"""Bytes of the header that tells of alpha; in shorter ones some programs do not look for it."""

ALPHA = 0xFF000000
SRGB = b"BGRs"
MOST_BYTES = 2**32 - 1


def size(content: bytes) -> Size:
    """Read rows and columns from the header, and from the palette whether all is grey."""
    header = header_of(content)
    return Size(1, header.rows, header.columns, 1 if header.is_grey else 3)


def decode(content: bytes) -> Picture:
    """Decode the pixels, one channel where a palette is all of grey."""
    header = header_of(content)
    if header.packing in (RLE8, RLE4):
        pixels, alpha = _painted(indices(content, header), header), None
    else:
        pixels, alpha = _plain(content, header)
    profile = content[header.profile] if header.profile else None
    metadata = Metadata(icc=profile or None, dpi=header.dpi)
    return Picture(pixels[None], None if alpha is None else alpha[None], "bmp", metadata)


def _plain(content: bytes, header: Header) -> "tuple[NDArray[Any], NDArray[Any] | None]":
    """Read pixels that stand there as they are, lowest row first unless told otherwise."""
    import numpy as np

    wide = (header.bits * header.columns + 31) // 32 * 4
    stored = content[header.pixels : header.pixels + wide * header.rows]
    if len(stored) < wide * header.rows:
        raise damaged(f"{wide * header.rows} bytes of pixels are announced")
    lines = np.frombuffer(stored, np.uint8).reshape(header.rows, wide)
    lines = lines if header.downwards else lines[::-1]
    if header.bits <= 8:
        return _painted(_indices(lines, header), header), None
    if header.bits == 24:
        pixels = lines[:, : 3 * header.columns].reshape(header.rows, header.columns, 3)
        return np.ascontiguousarray(pixels[..., ::-1]), None
    numbers = np.ascontiguousarray(lines).view(f"<u{header.bits // 8}")
    return _masked(numbers[:, : header.columns], header.masks)


def _indices(lines: "NDArray[Any]", header: Header) -> "NDArray[Any]":
    """Unpack indices of a palette, the first one from the highest bits of a byte."""
    import numpy as np

    shifts = np.arange(8 - header.bits, -1, -header.bits, dtype=np.uint8)
    parts: NDArray[Any] = lines[..., None] >> shifts & (2**header.bits - 1)
    return parts.reshape(header.rows, -1)[:, : header.columns]


def _painted(indices: "NDArray[Any]", header: Header) -> "NDArray[Any]":
    """Look indices up; what is in no palette is black."""
    import numpy as np

    colours = np.zeros((256, 3), np.uint8)
    colours[: len(header.palette)] = header.palette
    made: NDArray[Any] = (colours[:, :1] if header.is_grey else colours)[indices]
    return made


def _masked(
    numbers: "NDArray[Any]", masks: tuple[int, int, int, int]
) -> "tuple[NDArray[Any], NDArray[Any] | None]":
    """Part pixels into colours and alpha, all of 8 bits, or of 16 where one has more than 8."""
    import numpy as np

    dtype = "uint8" if all(mask >> lowest(mask) <= 255 for mask in masks) else "uint16"

    def channel(mask: int) -> "NDArray[Any]":
        if not mask:
            return np.zeros(numbers.shape, dtype)
        return scaled((numbers & mask) >> lowest(mask), mask >> lowest(mask), dtype)

    *colours, alpha = masks
    pixels = np.stack([channel(mask) for mask in colours], axis=2)
    return pixels, channel(alpha) if alpha else None


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode one frame of uint8: grey by a palette of all greys, or 24 or 32 bits a pixel."""
    import numpy as np

    stacked = picture.stacked()
    order = {1: [0], 2: [0, 0, 0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[stacked.shape[2]]
    lines = stacked[::-1, :, order].reshape(picture.rows, -1)
    lines = np.pad(lines, ((0, 0), (0, -lines.shape[1] % 4)))
    bits = 8 * len(order)
    palette = np.repeat(np.arange(256, dtype=np.uint8), 4) if bits == 8 else lines[:0]
    if bits == 8:
        palette[3::4] = 0
    head = _head(picture, bits, lines.size, palette.size)
    return head + palette.tobytes() + lines.tobytes()


def _head(picture: Picture, bits: int, length: int, palette: int) -> bytes:
    """Write the headers: the usual one, or where there is alpha one that tells of it."""
    own = V4 if picture.alpha is not None else INFO
    begin = FILE_HEAD + own + palette
    if begin + length > MOST_BYTES:
        raise CannotHoldError(f"BMP holds 4 GiB, not {begin + length} bytes.", "--format png")
    dots = (round(one / INCH) for one in picture.metadata.dpi or (0, 0))
    head = struct.pack("<2sIII", b"BM", begin + length, 0, begin)
    head += struct.pack("<IiiHH", own, picture.columns, picture.rows, 1, bits)
    packing = PLAIN if own == INFO else MASKED
    head += struct.pack("<IIiiII", packing, length, *dots, palette // 4, 0)
    if own == V4:
        head += struct.pack("<4I4s48x", *MASKS[32][:3], ALPHA, SRGB)
    return head
