"""How a TIFF is written: tifffile writes the pages, packed with deflate, with their metadata."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from filterkit.pictures.picture import Picture
from filterkit.pictures.tiff.exif import write_exif

if TYPE_CHECKING:
    import tifffile
    from numpy.typing import NDArray

XMP, BYTES = 700, 1
MOST_BYTES = 2**32 - 2**24
"""What a TIFF holds whose places have 32 bits, less some room for its directories."""

PER_PAGE = 4096
"""More than the bytes of a page's directory."""

LEVEL = 3
"""Of zlib: a photograph of 8 bits is 2 % larger than at level 6, in less than half the time."""


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode all frames and further pages, each with its metadata."""
    import tifffile

    pages = (picture, *picture.further)
    first = next((page.metadata.exif for page in pages if page.metadata.exif), b"")
    # Its values are copied as they are: the maker's notes may have its order.
    order: Literal["<", ">"] = ">" if first.startswith(b"MM") else "<"
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, bigtiff=_is_big(pages), byteorder=order) as file:
        for page in pages:
            _write(file, page)
    blocks, number = {}, 0
    for page in pages:
        if page.metadata.exif:
            blocks[number] = page.metadata.exif
        number += page.frames
    if not blocks:
        return stream.getvalue()
    content = bytearray(stream.getbuffer())
    write_exif(content, blocks)
    return bytes(content)


def _is_big(pages: Sequence[Picture]) -> bool:
    """Tell whether places may need 64 bits."""
    count = 0
    for page in pages:
        metadata = page.metadata
        told = sum(len(block or b"") for block in (metadata.icc, metadata.exif, metadata.xmp))
        alpha = 0 if page.alpha is None else page.alpha.nbytes
        count += page.pixels.nbytes + alpha + (told + PER_PAGE) * page.frames
    return count > MOST_BYTES


def _write(file: "tifffile.TiffWriter", page: Picture) -> None:
    """Write the frames of one picture; the first tells of all.

    Floating-point numbers stay unpacked: results are so close to noise that deflate takes fifteen
    times as long and leaves nine tenths, and the predictor that would help is one that tifffile
    cannot read by itself.
    """
    metadata = page.metadata
    channels = page.channels + (page.alpha is not None)
    whole = page.pixels.dtype.kind == "u"
    shape = (page.frames, page.rows, page.columns, channels)
    file.write(
        (_frame(page, frame) for frame in range(page.frames)),
        shape=shape if channels > 1 else shape[:3],
        dtype=page.pixels.dtype,
        photometric="minisblack" if page.channels == 1 else "rgb",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if page.alpha is not None else None,
        compression="zlib" if whole else None,
        compressionargs={"level": LEVEL} if whole else None,
        predictor=whole,
        resolution=metadata.dpi,
        resolutionunit="inch" if metadata.dpi else None,
        iccprofile=metadata.icc,
        extratags=[(XMP, BYTES, len(metadata.xmp), metadata.xmp, True)] if metadata.xmp else None,
        metadata=None,
        software=False,
        contiguous=False,
    )


def _frame(page: Picture, frame: int) -> "NDArray[Any]":
    stacked = page.stacked(frame)
    return stacked[..., 0] if stacked.shape[2] == 1 else stacked
