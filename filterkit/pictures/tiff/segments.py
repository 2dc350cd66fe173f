"""The segments of a TIFF's page, strips or tiles, and what is packed in them.

Deflate and LZMA are unpacked here, where damage shows: their checksums are looked at, and what
unpacks to more than there is room for is refused. The rest is the work of libtiff, which comes
with Pillow; it refuses LZW and PackBits whose pixels come out missing, and of damaged fax and JPEG
it only says something on stderr.
"""

import lzma
import zlib
from typing import TYPE_CHECKING, Any

from filterkit.pictures import opencv
from filterkit.pictures.directory import Block, DamagedError, Directory, turned
from filterkit.pictures.tiff import libtiff
from filterkit.pictures.tiff.kinds import DEFLATE, FAX, JPEG, LZMA, NONE, WEBP
from filterkit.pictures.tiff.layout import YCBCR, Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

Segments = list[bytes]

PLACES, LENGTHS, TILE_PLACES, TILE_LENGTHS = 273, 279, 324, 325
REVERSED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))
"""Each byte with its bits in the other order."""


def knows_pixels(layout: Layout) -> bool:
    """Tell whether its way of packing knows pixels; the others know bytes."""
    return layout.compression in (JPEG, WEBP, *FAX) or layout.photometric == YCBCR


def segments_of(block: Block, page: Directory, layout: Layout) -> list[Segments]:
    """Give the segments of each plane. Raises DamagedError where one ends early."""
    entries = page.entries
    tiled = TILE_PLACES in entries
    places = block.numbers(entries.get(TILE_PLACES if tiled else PLACES))
    lengths = block.numbers(entries.get(TILE_LENGTHS if tiled else LENGTHS))
    if layout.compression == NONE and (not lengths or lengths == (0,)):
        lengths = (layout.stacked_rows * layout.row_bytes,) * len(places)  # some leave it out
    each = layout.across * layout.down
    if min(len(places), len(lengths)) < each * layout.planes:
        raise DamagedError("its pixels end early")
    pairs = list(zip(places, lengths, strict=False))[: each * layout.planes]
    found = [_segment(block, place, length, layout) for place, length in pairs]
    return [found[plane * each : (plane + 1) * each] for plane in range(layout.planes)]


def _segment(block: Block, place: int, length: int, layout: Layout) -> bytes:
    if not length or place + length > len(block.content):
        raise DamagedError("its pixels end early")
    content = bytes(block.content[place : place + length])
    reversed_bits = layout.reversed_bits and layout.compression not in (JPEG, WEBP)
    return content.translate(REVERSED) if reversed_bits else content


def lines_of(segments: Segments, layout: Layout) -> "NDArray[Any]":
    """Unpack a plane to (stacked rows, bytes of a row)."""
    import numpy as np

    if layout.compression in (NONE, LZMA, *DEFLATE):
        content = b"".join(_unpacked(segment, at, layout) for at, segment in enumerate(segments))
        return np.frombuffer(content, np.uint8).reshape(-1, layout.row_bytes)
    return libtiff.lines(segments, layout)


def _unpacked(segment: bytes, at: int, layout: Layout) -> bytes:
    """Unpack one segment, all of it; the last strip may hold rows beyond the picture's end."""
    most = layout.segment_rows * layout.row_bytes
    wanted = min(most, (layout.stacked_rows - at * layout.segment_rows) * layout.row_bytes)
    content = segment
    if layout.compression != NONE:
        content = _checked(segment, layout.compression, most)
    if len(content) < wanted:
        raise DamagedError("its pixels end early")
    return content[:wanted]


def _checked(segment: bytes, compression: int, most: int) -> bytes:
    unpacking: Any
    try:
        if compression == LZMA:
            unpacking = lzma.LZMADecompressor()
            content: bytes = unpacking.decompress(segment, most + 1)
        else:
            unpacking = zlib.decompressobj()
            content = unpacking.decompress(segment, most + 1)
    except (zlib.error, lzma.LZMAError) as error:
        raise DamagedError("its pixels cannot be unpacked") from error
    if len(content) > most:
        raise DamagedError("its pixels unpack to more than there are")
    if not unpacking.eof:
        raise DamagedError("its pixels end early")
    return content


def pixels_of(block: Block, page: Directory, segments: Segments, layout: Layout) -> "NDArray[Any]":
    """Unpack a plane to (stacked rows, columns, samples) of bytes; YCbCr becomes RGB."""
    import numpy as np

    if layout.compression != WEBP:
        told = block.fields(page, libtiff.UNPACKING)
        if block.order == ">":
            told = turned(told)
        if layout.compression == NONE:  # Pillow gives libtiff only what is packed
            segments = [zlib.compress(segment, 0) for segment in segments]
        return libtiff.pixels(segments, layout, told)
    rows, columns = layout.segment_rows, layout.segment_columns
    parts = []
    for at, segment in enumerate(segments):
        part = opencv.decoded(segment, min(rows, layout.stacked_rows - at * rows), columns)
        if part is None or part.shape[2] < layout.samples:
            raise DamagedError("its pixels cannot be unpacked")
        parts.append(part[..., : layout.samples])
    return np.concatenate(parts)
