"""How a GIF is written: each frame paints what it changes, in at most 256 colours.

Pillow packs the indices of a frame; what stands around them is put together here.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filterkit.pictures.frames import CLEAR, KEEP, Frame, changed, ticks, timing
from filterkit.pictures.gif.blocks import (
    APPLICATION,
    CONTROL,
    DESCRIPTOR,
    IMAGE,
    TRAILER,
    blocks,
    header,
    padded,
    parted,
    table_flags,
)
from filterkit.pictures.gif.contents import ICC, LOOPING, TICK, XMP, XMP_END
from filterkit.pictures.gif.palette import MOST, Painted, colours_of, filled, paint
from filterkit.pictures.picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_REPEATS = MOST_TICKS = 2**16 - 1
OPAQUE_FROM = 128


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode 8-bit frames; exactly, if their colours are few enough and none half transparent."""
    plain, opaque = _all_or_nothing(picture)
    moves, most = plain.frames > 1, MOST - (plain.alpha is not None)
    common = colours_of(plain.pixels.reshape(-1, plain.columns, plain.channels), most)
    delays = ticks(timing(picture).delays, TICK) if moves else [0]
    images, shared = [], b""
    for frame, delay in zip(_parts(plain), delays, strict=True):
        painted = paint(frame.stacked, plain.channels, common, opaque)
        shared = shared or painted.table
        if moves or painted.transparent is not None:
            images.append(_control(frame, painted, delay))
        images.append(_image(frame, painted, shared))
    beginning = header(plain.rows, plain.columns, shared) + _applications(picture)
    return beginning + b"".join(images) + TRAILER


def _all_or_nothing(picture: Picture) -> tuple[Picture, bool]:
    """Round transparency, and tell whether nothing shows through.

    What moves always has some: where a frame is not painted, the one before stays.
    """
    import numpy as np

    seen = np.ones(picture.pixels.shape[:3], bool)
    if picture.alpha is not None:
        seen = picture.alpha >= OPAQUE_FROM
    opaque = bool(seen.all())
    if opaque and picture.frames == 1:
        return replace(picture, alpha=None), opaque
    alpha = np.where(seen, 255, 0).astype(np.uint8)
    return replace(picture, pixels=filled(picture.pixels, seen), alpha=alpha), opaque


def _parts(picture: Picture) -> Iterator[Frame]:
    """Give the frames as they are painted over one another.

    Nothing becomes transparent by being painted over: before something does, all is taken away.
    """
    before = None
    for number in range(picture.frames):
        now = picture.stacked(number)
        following = picture.stacked(min(number + 1, picture.frames - 1))
        clears = picture.alpha is not None and bool((now[..., -1] > following[..., -1]).any())
        if before is None or clears:
            yield Frame(now, left=CLEAR if clears else KEEP)
        else:
            yield _difference(before, now)
        before = None if clears else now


def _difference(before: "NDArray[Any]", now: "NDArray[Any]") -> Frame:
    """Give the box that differs; what is the same in it is transparent, and so it stays."""
    frame = changed(before, now)
    rows, columns = frame.stacked.shape[:2]
    was = before[frame.row : frame.row + rows, frame.column : frame.column + columns]
    stacked = frame.stacked.copy()
    stacked[(stacked == was).all(axis=2), -1] = 0
    return replace(frame, stacked=stacked)


def _control(frame: Frame, painted: Painted, delay: int) -> bytes:
    flags = (2 if frame.left == CLEAR else 1) << 2 | (painted.transparent is not None)
    numbers = (4, flags, min(delay, MOST_TICKS), painted.transparent or 0, 0)
    return CONTROL + struct.pack("<BBHBB", *numbers)


def _image(frame: Frame, painted: Painted, shared: bytes) -> bytes:
    """Pack a frame, with its palette if it is another than all frames share."""
    from PIL import Image

    rows, columns = painted.indices.shape
    own = b"" if painted.table == shared else painted.table
    place = (frame.column, frame.row, columns, rows, table_flags(own))
    stream = io.BytesIO()
    Image.fromarray(painted.indices).save(stream, "GIF", optimize=False, interlace=False)
    packed = next(block for block in blocks(stream.getvalue()) if block.label == IMAGE)
    return IMAGE + DESCRIPTOR.pack(*place) + padded(own) + packed.data


def _applications(picture: Picture) -> bytes:
    """Write how often all frames are played, unless once, and the metadata."""
    content = b""
    loops, metadata = timing(picture).loops, picture.metadata
    if picture.frames > 1 and loops != 1:
        repeats = min(loops - 1, MOST_REPEATS) if loops else 0
        content += APPLICATION + LOOPING[0] + parted(struct.pack("<BH", 1, repeats))
    if metadata.icc:
        content += APPLICATION + ICC + parted(metadata.icc)
    if metadata.xmp and b"\0" not in metadata.xmp:  # which would end it early
        content += APPLICATION + XMP + metadata.xmp + XMP_END
    return content
