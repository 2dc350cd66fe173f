"""AVIF: stills and animations of 8 bits by Pillow, of 10 and 12 by OpenCV; both use libavif.

Neither turns or crops a picture as the file says, and Pillow knows 8 bits only; so what a file
says of its picture is read by ourselves. OpenCV refuses files that do not say their bits twice.
"""

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filterkit.errors import TooLargeError
from filterkit.pictures import opencv
from filterkit.pictures.boxes import boxes, refuse_cut
from filterkit.pictures.colour_spaces import STRAIGHTENED
from filterkit.pictures.damage import by_pillow, checked, damaged
from filterkit.pictures.frames import ticks, timing
from filterkit.pictures.heif import header as heif
from filterkit.pictures.heif import tracks
from filterkit.pictures.heif.header import Header, shown
from filterkit.pictures.jpeg import FULL_COLOUR_FROM, USUAL_QUALITY
from filterkit.pictures.levels import scaled
from filterkit.pictures.picture import Animation, Metadata, Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE = "AVIF"
MOST_SIDE = 2**15
"""Rows and columns that libavif reads."""

BITS = 12
"""What 16 bits are packed as: the most that AV1 has."""

EMPTY = b"II*\0\x08\0\0\0" + bytes(6)
"""An EXIF block that says nothing.

Pillow writes one anew that tells an orientation, which breaks the maker's notes; so it gets this
one, as long as the real one, which then takes its place.
"""

LOSSLESS = 100
"""At this quality nothing is lost but what lies beyond the bits."""


def size(content: bytes) -> Size:
    """Read rows, columns and frames, as they are shown, from the boxes."""
    with checked(TITLE):
        return _header(content).size


def _header(content: bytes) -> Header:
    if tracks.is_animation(content):
        return tracks.header_of(content)
    return heif.header_of(heif.items_of(content))


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Decode all frames, or the one of that number, cropped and upright as the file says."""
    animation = None
    with checked(TITLE):
        header = _header(content)
        if max(header.rows, header.columns) > MOST_SIDE:
            raise TooLargeError(f"AVIF is read up to {MOST_SIDE} rows and columns.")
        refuse_cut(content)
        metadata = _metadata(content, header)
        if frame is None and header.frames > 1:
            animation = Animation(tracks.delays_of(content, header.frames), header.loops)
    count = header.frames if frame is None else 1
    stored, notes = _stored(content, frame or 0, header._replace(frames=count))
    stored = shown(stored, header)
    pixels = stored[..., : header.channels]
    alpha = stored[..., -1] if stored.shape[3] in (2, 4) else None
    notes += (STRAIGHTENED,) if header.premultiplied and alpha is not None else ()
    return Picture(pixels, alpha, "avif", metadata, notes, animation)


def _metadata(content: bytes, header: Header) -> Metadata:
    if all(box.kind != b"meta" for box in boxes(content)):
        return Metadata()  # of an animation
    items = heif.items_of(content)
    items.refuse_missing()
    return heif.metadata_of(items, header.size)


def _stored(content: bytes, first: int, header: Header) -> "tuple[NDArray[Any], tuple[str, ...]]":
    """Decode `header.frames` frames from a number on, at the full depth if that is possible."""
    size = Size(*header[:4])
    # OpenCV gives bare brightness where there is no colour.
    if header.bits > 8 and (header.channels > 1 or header.full_range):
        stored = opencv.decoded_frames(content, first, size)
        if stored is not None:
            try:
                return scaled(stored, 2**header.bits - 1), ()
            except ValueError as error:
                raise damaged(TITLE, str(error)) from None
    notes = (f"its {header.bits} bits were read as 8.",) if header.bits > 8 else ()
    return _by_pillow(content, first, size), notes


def _by_pillow(content: bytes, first: int, size: Size) -> "NDArray[Any]":
    """Decode frames of 8 bits."""
    import numpy as np
    from PIL.AvifImagePlugin import AvifImageFile

    with by_pillow(TITLE), AvifImageFile(io.BytesIO(content)) as image:
        if image.size != (size.columns, size.rows) or image.n_frames < first + size.frames:
            raise damaged(TITLE, "its header says another size")
        frames = []
        for number in range(first, first + size.frames):
            image.seek(number)
            frames.append(np.array(image))
    return np.stack(frames).reshape(*size[:3], -1)


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode frames of 8 bits, or of 16 as 12; None where that fails.

    What has 16 bits comes in full colour without loss, or in half. An animation of 16 bits has
    no metadata.
    """
    quality = USUAL_QUALITY if quality is None else quality
    moving = picture.frames > 1
    if picture.depth == "8" and (moving or picture.channels == 1 or quality < LOSSLESS):
        content = _pillow_made(picture, quality)
    else:
        content = _opencv_made(picture, quality)
    return tracks.timed(content, timing(picture).loops) if content and moving else content


def _frame(picture: Picture, number: int) -> "NDArray[Any]":
    """Give a frame with its alpha; beside that, grey is three channels."""
    import numpy as np

    stacked = picture.stacked(number)
    return stacked[..., [0, 0, 0, 1]] if stacked.shape[2] == 2 else np.ascontiguousarray(stacked)


def _delays(picture: Picture) -> list[int]:
    return ticks(timing(picture).delays, 1)


def _opencv_made(picture: Picture, quality: int) -> bytes | None:
    """Encode what has 16 bits, or may lose nothing."""
    import cv2
    import numpy as np

    # Of colours it keeps all at the highest quality, and below that a quarter.
    quality = LOSSLESS if quality >= FULL_COLOUR_FROM else quality
    settings = [cv2.IMWRITE_AVIF_QUALITY, quality]
    frames = [_frame(picture, number) for number in range(picture.frames)]
    if picture.depth == "16":
        settings += [cv2.IMWRITE_AVIF_DEPTH, BITS]
        levels = np.rint(np.arange(65536) * (2**BITS - 1) / 65535).astype(np.uint16)
        frames = [levels[frame] for frame in frames]
    if picture.frames > 1:
        return opencv.encoded_frames(".avif", np.stack(frames), _delays(picture), settings)
    metadata = picture.metadata
    if picture.channels == 1 and frames[0].shape[2] > 1:
        metadata = replace(metadata, icc=None)  # it is one for grey
    return opencv.encoded_with(".avif", frames[0], settings, metadata)


def _pillow_made(picture: Picture, quality: int) -> bytes | None:
    """Encode what has 8 bits."""
    from PIL import Image

    stacked = (_frame(picture, number) for number in range(picture.frames))
    frames = [Image.fromarray(one if one.shape[2] > 1 else one[..., 0]) for one in stacked]
    metadata = picture.metadata
    colour = "4:4:4" if quality >= FULL_COLOUR_FROM else "4:2:0"
    settings: dict[str, Any] = {"subsampling": colour if picture.channels == 3 else "4:0:0"}
    if picture.frames > 1:
        settings |= {"save_all": True, "append_images": frames[1:], "duration": _delays(picture)}
    exif = metadata.exif or b""
    placeholder = EMPTY.ljust(len(exif), b".") if exif else b""
    blocks = {"icc_profile": metadata.icc, "exif": placeholder, "xmp": metadata.xmp}
    settings |= {name: block for name, block in blocks.items() if block}
    stream = io.BytesIO()
    try:
        frames[0].save(stream, "AVIF", quality=quality, **settings)
    except (OSError, RuntimeError, ValueError):  # what Pillow raises where libavif fails
        return None
    content = stream.getvalue()
    if placeholder not in content:
        return None
    return content.replace(placeholder, exif) if exif else content
