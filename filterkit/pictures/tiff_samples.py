"""The samples of a TIFF, by whoever decodes them exactly.

OpenCV decodes most. What it would change (it premultiplies 8-bit alpha, leaves out the alpha of
grey, mixes up 16-bit planes) or refuses goes to tifffile. Pillow gets what needs a codec that
tifffile lacks, at 8 bits, where OpenCV passes over the errors of LZW in silence. Damage inside
PackBits and JPEG none of them notices.
"""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filterkit.pictures import opencv
from filterkit.pictures.tiff_layout import (
    CONTIGUOUS,
    PALETTE,
    TYPES,
    WHITE_IS_ZERO,
    YCBCR,
    Layout,
    damaged,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def samples_of(content: bytes, layout: Layout) -> "tuple[NDArray[Any], bool]":
    """Give (rows, columns, samples), black 0, and whether transparency is straight already."""
    shape = (layout.rows, layout.columns)
    stored = opencv.decoded(content, *shape) if layout.suits_opencv else None
    if stored is not None:
        inverted = layout.photometric == WHITE_IS_ZERO and layout.bits > 8
        return ~stored if inverted else stored, False
    stored = _by_tifffile(content, layout)
    if stored is not None and stored.shape[:2] == shape:
        return stored, False
    stored = _by_pillow(content) if layout.bits <= 8 else None
    if stored is not None and stored.shape[:2] == shape:
        return stored, True
    raise damaged("its pixels cannot be unpacked, or are packed in a way that is not read")


def _by_tifffile(content: bytes, layout: Layout) -> "NDArray[Any] | None":
    """Decode what is stored as plain samples; None where that fails."""
    if (layout.numbers, layout.bits) not in TYPES or layout.photometric in (PALETTE, YCBCR):
        return None
    import numpy as np
    import tifffile

    with _quiet():
        try:
            with tifffile.TiffFile(io.BytesIO(content)) as file:
                stored = file.pages[0].asarray()
        except Exception:  # it names no class of errors for broken files, and raises a dozen
            return None
    if layout.planar != CONTIGUOUS and layout.samples > 1:
        stored = np.moveaxis(stored, 0, -1)
    stored = np.ascontiguousarray(stored.reshape(*stored.shape[:2], -1))
    dtype = "float32" if stored.dtype == np.float16 else stored.dtype.newbyteorder("=")
    stored = stored.astype(dtype, copy=False)
    if layout.photometric == WHITE_IS_ZERO:
        stored[..., 0] = ~stored[..., 0]
    return stored


def _by_pillow(content: bytes) -> "NDArray[Any] | None":
    """Decode what comes with up to 8 bits; None where that fails."""
    import numpy as np
    from PIL.TiffImagePlugin import TiffImageFile

    straight = {"1": "L", "P": "RGB", "La": "LA", "RGBa": "RGBA", "YCbCr": "RGB", "RGBX": "RGB"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with TiffImageFile(io.BytesIO(content)) as image:  # Image.open has its own limit
                image.load()
                stored = np.asarray(image.convert(straight.get(image.mode, image.mode)))
    except Exception:  # Pillow too raises whatever its readers happen to meet
        return None
    stored = stored.reshape(*stored.shape[:2], -1)
    return stored if stored.dtype == np.uint8 else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tifffile's log off stderr."""
    log = logging.getLogger("tifffile")
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before
