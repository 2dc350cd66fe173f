"""GIF: frames of at most 256 colours, composed as browsers do it; all or no transparency.

Pillow unpacks the indices of a frame; what they mean is told here.
"""

import io
from typing import TYPE_CHECKING, Any

from filterkit.pictures.frames import Frame, shown
from filterkit.pictures.gif.blocks import DESCRIPTOR, IMAGE, INTERLACED, damaged, header
from filterkit.pictures.gif.contents import TICK, Contents, Stored, contents_of
from filterkit.pictures.gif.palette import MOST
from filterkit.pictures.gif.writing import encode
from filterkit.pictures.picture import Animation, Metadata, Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decode", "encode", "size"]

NO_END = "its end is missing; its picture is whole."
MOST_BITS = 8


def size(content: bytes) -> Size:
    """Read rows, columns and frames from the heads of the blocks."""
    return _size(contents_of(content))


def _size(found: Contents) -> Size:
    return Size(len(found.frames), found.rows, found.columns, 1 if found.grey else 3)


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Decode all frames, or the one of that number; grey where all palettes are."""
    found = contents_of(content)
    canvas = _size(found)
    frames = (_frame(*one, canvas) for one in enumerate(found.frames))
    pixels, alpha = shown(canvas, frames, frame)
    animation = None
    if frame is None and canvas.frames > 1:
        animation = Animation(tuple(float(TICK * one.delay) for one in found.frames), found.loops)
    notes = () if found.ended else (NO_END,)
    return Picture(pixels, alpha, "gif", Metadata(found.icc, xmp=found.xmp), notes, animation)


def _frame(number: int, stored: Stored, canvas: Size) -> Frame:
    """Unpack a frame and paint it with its palette. What is in no palette is transparent."""
    import numpy as np

    if stored.rows > canvas.rows or stored.columns > canvas.columns:
        raise damaged(f"frame {number + 1} is larger than the whole")
    table = np.frombuffer(stored.table, np.uint8).reshape(-1, 3)
    colours = np.zeros((MOST, canvas.channels + 1), np.uint8)
    colours[: len(table), :-1] = table[:, : canvas.channels]
    colours[: len(table), -1] = 255
    if stored.transparent is not None:
        colours[stored.transparent, -1] = 0
    over = number > 0  # what is transparent in the first frame keeps its colour, as in a PNG
    return Frame(colours[_indices(stored)], stored.row, stored.column, over, stored.left)


def _indices(stored: Stored) -> "NDArray[Any]":
    """Unpack the indices of a frame: Pillow gets them as a picture of their own, without colours.

    Behind the frame's data there is nothing that Pillow could take for more of it, so what is too
    short is an error there.
    """
    import numpy as np
    from PIL.GifImagePlugin import GifImageFile

    if stored.data[0] > MOST_BITS:
        raise damaged(f"its codes begin with {stored.data[0]} bits")
    place = (0, 0, stored.columns, stored.rows, stored.flags & INTERLACED)
    plain = header(stored.rows, stored.columns, b"") + IMAGE + DESCRIPTOR.pack(*place)
    try:
        with GifImageFile(io.BytesIO(plain + stored.data)) as image:
            image.load()
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError):
        raise damaged("its pixels cannot be unpacked") from None
