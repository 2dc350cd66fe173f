"""A large PNG becomes pixels band by band: one is inflated while OpenCV undoes another's filters.

OpenCV gets each band as a PNG of its own that is stored and not deflated. Alone it takes twice as
long: its zlib is slower than ISA-L, and it does one after the other.
"""

import zlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from filterkit.errors import UnreadableInputError
from filterkit.machine import cores, in_threads
from filterkit.pictures import opencv
from filterkit.pictures.png.chunks import NEEDED, SIGNATURE, Chunk, chunk, damaged
from filterkit.pictures.png.packing import SUB

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANNELS = {0: 1, 2: 3, 6: 4}
"""Of the colour types that OpenCV gives as they are: grey, RGB, and RGB with alpha."""

BAND = 2**21
"""Bytes in a band. What has no more is as fast the other way."""

PIECE = 2**16
"""Bytes that are inflated at a time, so that what comes of them stays small."""


def unpacked(found: list[Chunk]) -> "NDArray[Any] | None":
    """Unpack a large picture (rows, columns, channels), RGB(A), from its chunks.

    None where it is small, of an unusual kind, or not right to the last bit: what is wrong then,
    or what can be read all the same, is for OpenCV to say, who gets it whole.
    """
    import numpy as np
    from isal import isal_zlib

    header = found[0].body
    columns, rows = (int.from_bytes(header[at : at + 4], "big") for at in (0, 4))
    bits, colour, interlace = header[8], header[9], header[12]
    data = [one.body for one in found if one.kind == b"IDAT"]
    kinds = [one.kind for one in found if one.kind in NEEDED]
    plain = kinds == [b"IHDR", *[b"IDAT"] * len(data), b"IEND"]
    if not plain or interlace or bits < 8 or colour not in CHANNELS:
        return None
    line = 1 + columns * CHANNELS[colour] * bits // 8
    height = max(1, BAND // line)
    if rows <= height or not opencv.reads(rows, columns):
        return None
    image = np.empty((rows, columns, CHANNELS[colour]), f"u{bits // 8}")
    bands = _inflated(data, line * height, line * rows)
    try:
        _fill(image, bands, header)
    except (isal_zlib.error, UnreadableInputError):  # type: ignore[misc]  # a class, not typed so
        return None
    return image


def _inflated(data: list[bytes], size: int, whole: int) -> Iterator[bytes | bytearray]:
    """Yield the bytes of a stream, so many at a time. Raises an error unless it has `whole`."""
    from isal import isal_zlib

    stream, waiting = isal_zlib.decompressobj(), bytearray()
    left = whole
    for piece in _pieces(data):
        more = stream.decompress(piece, left + 1)
        left -= len(more)
        if left < 0 or stream.unused_data:
            raise damaged("its stream is too long")
        waiting += more
        while len(waiting) >= size:
            yield waiting[:size]
            del waiting[:size]
    if left or not stream.eof:
        raise damaged("its stream is too short")
    yield waiting


def _pieces(data: list[bytes]) -> Iterator[bytes]:
    for body in data:
        for at in range(0, len(body), PIECE):
            yield body[at : at + PIECE]


def _fill(image: "NDArray[Any]", bands: Iterator[bytes | bytearray], header: bytes) -> None:
    """Put band after band into the image, each while the next is inflated."""
    low, threads = 0, min(cores(), 2)
    band = next(bands)
    while band:
        jobs = [partial(next, bands, b""), partial(_unfilter, band, image, low, header)]
        low += len(band) // (1 + image[0].nbytes)
        band, _ = in_threads(lambda job: job(), jobs, threads)


def _unfilter(band: bytes | bytearray, image: "NDArray[Any]", low: int, header: bytes) -> bytes:
    """Undo the filters of a band, which may need the row above it, and put it where it belongs."""
    line, high = image[0], low + len(band) // (1 + image[0].nbytes)
    first = low
    if low and band[0] > SUB:
        first = low - 1
        band = b"\0" + image[first].astype(line.dtype.newbyteorder(">")).tobytes() + band
    rows = high - first
    begin = chunk(b"IHDR", header[:4] + rows.to_bytes(4, "big") + header[8:])
    data = chunk(b"IDAT", zlib.compress(band, 0))
    content = b"".join([SIGNATURE, begin, data, chunk(b"IEND", b"")])
    colourful = line.shape[1:] == (3,) and line.itemsize == 1
    pixels = opencv.decoded(content, rows, len(line), colourful)
    if pixels is None or pixels.dtype != image.dtype or pixels.shape[2:] != line.shape[1:]:
        raise damaged("a band cannot be unpacked")
    image[low:high] = pixels[low - first :]
    return b""
