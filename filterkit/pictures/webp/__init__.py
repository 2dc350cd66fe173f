"""WebP: stills and animations, packed with losses or without, and the metadata around them.

A frame of an animation is a picture of its own; so it is decoded, and encoded, as one.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures import opencv
from filterkit.pictures.frames import CLEAR, KEEP, Frame, changes, shown, ticks, timing
from filterkit.pictures.jpeg import USUAL_QUALITY
from filterkit.pictures.picture import Animation, Metadata, Picture, Size
from filterkit.pictures.webp.riff import Chunk, chunk, chunks, damaged, file_of, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXTENDED, ANIMATION, FRAME = b"VP8X", b"ANIM", b"ANMF"
LOSSY, LOSSLESS, ALPHA = b"VP8 ", b"VP8L", b"ALPH"
ICC, EXIF, XMP = b"ICCP", b"EXIF", b"XMP "
FLAGS = {ICC: 32, ALPHA: 16, EXIF: 8, XMP: 4, ANIMATION: 2}
"""What VP8X says that there is."""

CLEARED, REPLACING = 1, 2
"""Flags of a frame: its place becomes transparent after its time; it is not blended."""

EXIF_PREFIX = b"Exif\0\0"
"""Belongs before the block in JPEG, and stands there in some WebP files too."""

GRID = 2
"""Frames lie at even rows and columns."""

MOST_LOOPS = 2**16 - 1
LONGEST = 2**24 - 1


class Stored(NamedTuple):
    """Hold a frame as it is stored: its place, milliseconds, flags, and packed pixels."""

    row: int
    column: int
    rows: int
    columns: int
    delay: int
    flags: int
    found: list[Chunk]


def size(content: bytes) -> Size:
    """Read rows, columns and frames from the heads of the chunks."""
    return _size(list(chunks(content)))


def _size(found: list[Chunk]) -> Size:
    if not found or found[0].kind != EXTENDED:
        return Size(1, *_picture_size(_picture(found)), 3)
    head = found[0].body
    if len(head) < 10:
        raise damaged("its header is cut off")
    frames = sum(one.kind == FRAME for one in found) if head[0] & FLAGS[ANIMATION] else 1
    if not frames:
        raise damaged("its animation has no frames")
    return Size(frames, _whole(head[7:10]) + 1, _whole(head[4:7]) + 1, 3)


def _whole(stored: bytes) -> int:
    return int.from_bytes(stored, "little")


def _picture(found: list[Chunk]) -> Chunk:
    picture = next((one for one in found if one.kind in (LOSSY, LOSSLESS)), None)
    if picture is None:
        raise damaged("it has no pixels")
    return picture


def _picture_size(picture: Chunk) -> tuple[int, int]:
    """Read rows and columns from the head of packed pixels."""
    kind, body = picture
    rows = columns = 0
    if kind == LOSSY and body[3:6] == b"\x9d\x01\x2a" and len(body) >= 10:
        rows, columns = _whole(body[8:10]) & 0x3FFF, _whole(body[6:8]) & 0x3FFF
    elif kind == LOSSLESS and body[:1] == b"\x2f" and len(body) >= 5:
        sides = _whole(body[1:5])
        rows, columns = (sides >> 14 & 0x3FFF) + 1, (sides & 0x3FFF) + 1
    if not rows or not columns:
        raise damaged("its pixels have no beginning")
    return rows, columns


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Decode all frames, or the one of that number."""
    found = list(chunks(content))
    size, animation = _size(found), None
    if found[0].kind == EXTENDED and found[0].body[0] & FLAGS[ANIMATION]:
        stored = [_stored(one.body, size) for one in found if one.kind == FRAME]
        pixels, alpha = shown(size, map(_frame, stored), frame)
        lossy = any(_picture(one.found).kind == LOSSY for one in stored)
        if frame is None and len(stored) > 1:
            animation = Animation(tuple(float(one.delay) for one in stored), _loops(found))
    else:
        stacked = _unpacked(found, size.rows, size.columns)[None]
        pixels = stacked[..., :3]
        alpha = stacked[..., 3] if stacked.shape[3] == 4 else None
        lossy = _picture(found).kind == LOSSY
    return Picture(pixels, alpha, "webp", _metadata(found, lossy), animation=animation)


def _stored(body: bytes, canvas: Size) -> Stored:
    """Read ANMF: where a frame lies, how long it is shown, and what becomes of it."""
    if len(body) < 16:
        raise damaged("a frame of its animation is cut off")
    column, row, columns, rows, delay = (_whole(body[at : at + 3]) for at in range(0, 15, 3))
    found = list(within(body, 16, len(body)))
    stored = Stored(GRID * row, GRID * column, rows + 1, columns + 1, delay, body[15], found)
    if stored.row + stored.rows > canvas.rows or stored.column + stored.columns > canvas.columns:
        raise damaged("a frame of its animation lies beyond its edge")
    return stored


def _frame(stored: Stored) -> Frame:
    """Decode a frame as a picture of its own."""
    import numpy as np

    stacked = _unpacked(stored.found, stored.rows, stored.columns)
    if stacked.shape[2] == 3:
        stacked = np.dstack([stacked, np.full(stacked.shape[:2], 255, np.uint8)])
    left = CLEAR if stored.flags & CLEARED else KEEP
    return Frame(stacked, stored.row, stored.column, not stored.flags & REPLACING, left)


def _unpacked(found: list[Chunk], rows: int, columns: int) -> "NDArray[Any]":
    """Decode pixels (rows, columns, channels) of a size that is known."""
    picture = _picture(found)
    if _picture_size(picture) != (rows, columns):
        raise damaged(f"its header says {rows}x{columns} pixels, and it has others")
    parts = [one for one in found if one.kind == ALPHA and picture.kind == LOSSY][:1]
    plain = _file([*parts, picture], rows, columns, bool(parts))
    stored = opencv.decoded(plain, rows, columns)
    if stored is None:
        raise damaged("its pixels cannot be unpacked")
    return stored


def _loops(found: list[Chunk]) -> int:
    """Read how often all frames are played; for ever where that is not told."""
    return next((_whole(one.body[4:6]) for one in found if one.kind == ANIMATION), 0)


def _metadata(found: list[Chunk], lossy: bool) -> Metadata:
    bodies = {one.kind: one.body for one in reversed(found)}
    exif = bodies.get(EXIF, b"").removeprefix(EXIF_PREFIX)
    quality = USUAL_QUALITY if lossy else None
    return Metadata(bodies.get(ICC), exif or None, bodies.get(XMP), quality)


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode 8-bit frames, without loss unless a quality is given; None where Pillow fails."""
    try:
        moves = picture.frames > 1
        found = list(_moving(picture, quality)) if moves else _packed(picture.stacked(), quality)
    except (OSError, ValueError):  # what Pillow raises where libwebp fails
        return None
    metadata = picture.metadata
    if metadata.icc:
        found.insert(0, Chunk(ICC, metadata.icc))
    further = ((EXIF, metadata.exif), (XMP, metadata.xmp))
    found += [Chunk(kind, body) for kind, body in further if body]
    return _file(found, picture.rows, picture.columns, picture.alpha is not None)


def _moving(picture: Picture, quality: int | None) -> Iterator[Chunk]:
    """Encode an animation: each frame replaces what it changes, and stays."""
    plan = timing(picture)
    yield Chunk(ANIMATION, bytes(4) + _bytes(min(plan.loops, MOST_LOOPS), 2))
    for frame, delay in zip(changes(picture, GRID), ticks(plan.delays, 1), strict=True):
        rows, columns = frame.stacked.shape[:2]
        numbers = (frame.column // GRID, frame.row // GRID, columns - 1, rows - 1)
        head = [_bytes(number, 3) for number in (*numbers, min(delay, LONGEST))]
        packed = _packed(frame.stacked, quality)
        yield Chunk(FRAME, b"".join([*head, bytes([REPLACING]), *(chunk(*one) for one in packed)]))


def _packed(stacked: "NDArray[Any]", quality: int | None) -> list[Chunk]:
    """Encode one picture, and give the chunks of its pixels."""
    from PIL import Image

    stream = io.BytesIO()
    how = {"lossless": True, "exact": True} if quality is None else {"quality": quality}
    Image.fromarray(stacked).save(stream, "WEBP", **how)
    return [one for one in chunks(stream.getvalue()) if one.kind in (ALPHA, LOSSY, LOSSLESS)]


def _file(found: list[Chunk], rows: int, columns: int, alpha: bool) -> bytes:
    """Write a file: of more than one chunk, VP8X says first what there is, and how large."""
    if len(found) > 1:
        kinds = {one.kind for one in found} - {ALPHA}
        flags = sum(FLAGS.get(kind, 0) for kind in kinds) + FLAGS[ALPHA] * alpha
        sides = _bytes(columns - 1, 3) + _bytes(rows - 1, 3)
        found = [Chunk(EXTENDED, bytes([flags, 0, 0, 0]) + sides), *found]
    return file_of(b"WEBP", found)


def _bytes(number: int, length: int) -> bytes:
    return number.to_bytes(length, "little")
