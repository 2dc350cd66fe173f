"""PFM: floating-point numbers of 32 bits, the lowest row first."""

import re
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import CannotHoldError
from filterkit.pictures import damage
from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

damaged = partial(damage.damaged, "PFM")

HEAD = re.compile(
    rb"P([Ff])\s++(\d{1,18})\s++(\d{1,18})\s++([-+]?\d*+\.?\d*+(?:[eE][-+]?\d{1,4})?)\s"
)
MOST_HEAD = 1024


class Header(NamedTuple):
    """Hold what the header tells, and where it ends; a scale below 0 means low bytes first."""

    rows: int
    columns: int
    channels: int
    scale: float
    end: int


def header_of(content: bytes) -> Header:
    """Read the words before the pixels."""
    found = HEAD.match(content[:MOST_HEAD])
    if found is None:
        raise damaged("its header is cut off, or is none")
    kind, columns, rows, text = found.groups()
    try:
        scale = float(text)
    except ValueError:
        scale = 0.0
    if not isfinite(scale) or not scale:
        raise damaged("its scale is no number, or 0")
    if not int(rows) or not int(columns):
        raise damaged(f"its header says {int(rows)}x{int(columns)} pixels")
    return Header(int(rows), int(columns), 3 if kind == b"F" else 1, scale, found.end())


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = header_of(content)
    return Size(1, header.rows, header.columns, header.channels)


def decode(content: bytes) -> Picture:
    """Decode numbers as they are.

    The size of the scale is left alone: of the programs that know it, some multiply by it, some
    divide, and some leave it alone too.
    """
    import numpy as np

    header = header_of(content)
    shape = (header.rows, header.columns, header.channels)
    count = header.rows * header.columns * header.channels
    if len(content) < header.end + 4 * count:
        raise damaged(f"{4 * count} bytes of pixels are announced")
    stored = np.frombuffer(content, "<f4" if header.scale < 0 else ">f4", count, header.end)
    pixels = stored.reshape(shape)[::-1].astype(np.float32)
    scale = abs(header.scale)
    notes = () if scale == 1 else (f"its scale of {scale:g} was not applied to its numbers.",)
    return Picture(pixels[None], None, "pfm", notes=notes)


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode one frame in 32 bits."""
    pixels = single(picture, "PFM")[::-1]
    kind = "Pf" if picture.channels == 1 else "PF"
    head = f"{kind}\n{picture.columns} {picture.rows}\n-1.0\n"
    return head.encode() + pixels.astype("<f4").tobytes()


def single(picture: Picture, title: str) -> "NDArray[Any]":
    """Give a frame's numbers in 32 bits; CannotHoldError for those that are too large."""
    import numpy as np

    with np.errstate(over="ignore"):
        pixels: NDArray[Any] = picture.pixels[0].astype(np.float32)
    if not np.isfinite(pixels).all():
        most = np.finfo(np.float32).max
        raise CannotHoldError(f"{title} holds numbers up to {most:.1e}.", "--format npy or tiff")
    return pixels
