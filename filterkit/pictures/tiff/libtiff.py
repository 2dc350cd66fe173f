"""libtiff, which comes with Pillow, as an unpacker: segments become a small TIFF of their own.

Tiles stand in it one below the other, as strips do. Pillow would change the numbers of many kinds
of pixels (their depth, their order, their transparency); rows of bytes it leaves alone.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from filterkit.pictures.directory import DamagedError, Fields, laid_out, long, long8
from filterkit.pictures.tiff.kinds import DEFLATE, NONE
from filterkit.pictures.tiff.layout import (
    BLACK_IS_ZERO,
    CMYK,
    RGB,
    UNASSOCIATED,
    YCBCR,
    Layout,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS, ROWS, BITS, COMPRESSION, PHOTOMETRIC, PLACES = 256, 257, 258, 259, 262, 273
SAMPLES, SEGMENT_ROWS, LENGTHS, EXTRAS = 277, 278, 279, 338
UNPACKING = {292, 293, 347, 529, 530, 532}
"""What fax, JPEG and YCbCr are unpacked by: options, tables, coefficients, subsampling, range."""


_lifting = Lock()


def lines(segments: list[bytes], layout: Layout) -> "NDArray[Any]":
    """Unpack segments to (stacked rows, bytes of a row)."""
    fields = {
        COLUMNS: long8("<", layout.row_bytes),
        BITS: long("<", 8),
        PHOTOMETRIC: long("<", BLACK_IS_ZERO),
    }
    unpacked = _read(_file(segments, layout, fields))
    if unpacked.shape != (layout.stacked_rows, layout.row_bytes):
        raise DamagedError("its pixels cannot be unpacked")
    return unpacked


def pixels(segments: list[bytes], layout: Layout, told: Fields) -> "NDArray[Any]":
    """Unpack segments to (stacked rows, columns, samples) of bytes; YCbCr becomes RGB.

    `told` are the page's own fields of UNPACKING, with the lowest byte first.
    """
    samples = layout.plane_samples
    colours = {1: BLACK_IS_ZERO, 2: BLACK_IS_ZERO, 3: RGB, 4: RGB}[samples]
    if layout.photometric == YCBCR or (layout.photometric == CMYK and samples == 4):
        colours = layout.photometric
    fields = {
        COLUMNS: long8("<", layout.segment_columns),
        BITS: long("<", *[layout.bits] * samples),
        PHOTOMETRIC: long("<", colours),
        SAMPLES: long("<", samples),
        **told,
    }
    if colours != CMYK and samples in (2, 4):
        fields[EXTRAS] = long("<", UNASSOCIATED)
    unpacked = _read(_file(segments, layout, fields))
    unpacked = unpacked.reshape(*unpacked.shape[:2], -1)
    if unpacked.shape != (layout.stacked_rows, layout.segment_columns, samples):
        raise DamagedError("its pixels cannot be unpacked")
    return unpacked


def _file(segments: list[bytes], layout: Layout, fields: Fields) -> bytes:
    """Write a TIFF of segments: a big one, since there may be any number of bytes.

    The lowest byte comes first: Pillow does not know big ones with the highest.
    """
    content = b"".join(segments)
    content += b"\0" * (len(content) % 2)
    places, place = [], 16
    for segment in segments:
        places.append(place)
        place += len(segment)
    compression = DEFLATE[0] if layout.compression == NONE else layout.compression
    fields |= {
        ROWS: long8("<", layout.stacked_rows),
        COMPRESSION: long("<", compression),
        PLACES: long8("<", *places),
        SEGMENT_ROWS: long8("<", layout.segment_rows),
        LENGTHS: long8("<", *map(len, segments)),
    }
    at = 16 + len(content)
    mark = b"II+\0\x08\0\0\0" + at.to_bytes(8, "little")
    return mark + content + laid_out("<", fields, at, big=True)


def _read(content: bytes) -> "NDArray[Any]":
    import numpy as np
    from PIL.TiffImagePlugin import TiffImageFile

    try:
        with _any_size(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with TiffImageFile(io.BytesIO(content)) as image:
                image.load()
                shown = image.convert("RGB") if image.mode in ("YCbCr", "RGBX") else image
                return np.asarray(shown).astype(np.uint8, copy=False)
    except MemoryError:
        raise
    except Exception as error:  # Pillow names no class of errors for broken files
        raise DamagedError("its pixels cannot be unpacked") from error


@contextmanager
def _any_size() -> Iterator[None]:
    """Lift Pillow's limit meanwhile: it counts bytes here, and ours has been kept already."""
    from PIL import Image

    with _lifting:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before
