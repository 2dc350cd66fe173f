"""Bytes to pictures and back: what comes out is a Picture or one of our errors.

The kind is told by content, never by name, and the size is held against the limit before a
pixel is decoded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from filterkit.errors import (
    CannotHoldError,
    FilterkitError,
    OutOfMemoryError,
    TooLargeError,
    UnsupportedInputError,
    UnwritableError,
)
from filterkit.pictures.formats import FORMATS, WRITTEN, Format, format_of_ending, sniff
from filterkit.pictures.kinds import format_of
from filterkit.pictures.metadata import mended, orientation, profile_fits, upright
from filterkit.pictures.picture import Picture, Size

__all__ = [
    "FORMATS",
    "MOST_FRAMES",
    "MOST_PIXELS",
    "Format",
    "decode",
    "encode",
    "format_of_ending",
    "size_of",
    "sniff",
]

MOST_PIXELS = 268_435_456
"""16384 x 16384: above every camera, and below what a few gigabytes hold."""

MOST_FRAMES = 10_000
"""A quarter of an hour at twelve frames a second."""

MISFIT = "its colour profile is for other colours and was left out."
DAMAGED_EXIF = "its EXIF block is damaged and was left out."


def size_of(content: bytes, where: str = "the picture") -> tuple[int, int]:
    """Read rows and columns, as they are stored, from the header. Raises InputError."""
    with about(where):
        size = format_of(content).codec.size(content)
    return size.rows, size.columns


def decode(
    content: bytes, where: str, max_pixels: int = MOST_PIXELS, frames: str | int = "all"
) -> Picture:
    """Decode a file's bytes, upright: all frames, the "first", or the one of a number from 1 on.

    `where` begins the sentence of every InputError.
    """
    with about(where):
        kind = format_of(content)
        size, frame = size_within(kind, content, max_pixels, frames)
        try:
            several = frame is not None and kind.frames
            picture = kind.codec.decode(content, frame) if several else kind.codec.decode(content)
            further = tuple(_finished(page, kind) for page in picture.further)
            return replace(_finished(picture, kind), further=further)
        except MemoryError:
            raise OutOfMemoryError(f"{size} pixels need more memory than there is.") from None


def size_within(
    kind: Format, content: bytes, max_pixels: int, frames: str | int
) -> tuple[Size, int | None]:
    """Read the size of all frames, and which one is wanted, from 0 on (None: all of them).

    Raises TooLargeError where what is wanted is beyond a limit.
    """
    size = kind.codec.size(content)
    frame = _chosen(size, frames)
    _limit(size if frame is None else size.only(frame), max_pixels)
    return size, frame


def _chosen(size: Size, frames: str | int) -> int | None:
    """Give the number from 0 on of the one frame that is wanted, or None where all are."""
    if frames == "all":
        return None
    number = 1 if frames == "first" else int(frames)
    if number > size.all_frames:
        raise UnsupportedInputError(
            f"there is no frame {number}; there are {size.all_frames}.", "--frames first"
        )
    return number - 1


def _finished(page: Picture, kind: Format) -> Picture:
    _refuse_nan(page)
    return _turned(replace(page, format=kind.name))


def _refuse_nan(picture: Picture) -> None:
    """Refuse numbers that no filter could make anything of."""
    import numpy as np

    numbers = picture.pixels
    wrong = int(numbers.size - np.isfinite(numbers).sum()) if numbers.dtype.kind == "f" else 0
    if wrong:
        raise UnsupportedInputError(
            f"{wrong} of its {numbers.size} numbers are NaN or infinite.", "numpy.nan_to_num(array)"
        )


@contextmanager
def about(where: str) -> Iterator[None]:
    """Begin the sentence of every error with the name of the file."""
    try:
        yield
    except FilterkitError as error:
        raise type(error)(f"{where}: {error.sentence}", error.advice) from error


def _limit(size: Size, max_pixels: int) -> None:
    if size.all_frames > MOST_FRAMES:
        raise TooLargeError(
            f"{size.all_frames} frames are more than the limit of {MOST_FRAMES}.", "--frames first"
        )
    if size.pixels > max_pixels:
        raise TooLargeError(
            f"{size} pixels are more than the limit of {max_pixels}.",
            f"--max-pixels {size.pixels}",
        )


def _turned(picture: Picture) -> Picture:
    """Turn a picture upright, and let its metadata tell of it as it is now."""
    metadata, notes = picture.metadata, picture.notes
    turn = orientation(metadata.exif)
    pixels, alpha = picture.pixels, picture.alpha
    if turn != 1:
        pixels = upright(pixels, turn)
        alpha = None if alpha is None else upright(alpha, turn)
    if metadata.icc and not profile_fits(metadata.icc, pixels.shape[3]):
        metadata = replace(metadata, icc=None)
        notes += (MISFIT,)
    now = mended(metadata, *pixels.shape[1:3])
    if metadata.exif and not now.exif:
        notes += (DAMAGED_EXIF,)
    return replace(picture, pixels=pixels, alpha=alpha, metadata=now, notes=notes)


def encode(picture: Picture, format: str, quality: int | None = None) -> bytes:
    """Encode a picture exactly as it is; CannotHoldError where the format cannot hold it.

    Metadata is written where the format has a place for it, and never says that the picture is
    turned; `quality` counts for what is packed with losses. Where a format knows only colour, grey
    is written as three equal channels.
    """
    kind = WRITTEN[format]
    pages = [_suited(page, kind) for page in (picture, *picture.further)]
    if sum(page.frames for page in pages) > 1 and not kind.frames:
        raise CannotHoldError(
            f"{kind.title} holds one frame, not {picture.all_frames}.",
            _holders(lambda one: one.frames),
        )
    if len(pages) > 1 and kind.animated:
        raise CannotHoldError(
            f"{kind.title} holds frames of one size and kind, and these pages differ.",
            "-o {stem}-{frame}{ext}, or --frames first",
        )
    content = kind.codec.encode(replace(pages[0], further=tuple(pages[1:])), quality)
    if content is None or size_of(content) != (picture.rows, picture.columns):
        raise UnwritableError(f"the result could not be encoded as {kind.title}.")
    return content


def _suited(page: Picture, kind: Format) -> Picture:
    """Give a page as a format takes it, with its metadata in order."""
    pixels, metadata = page.pixels, mended(page.metadata, page.rows, page.columns)
    if page.channels == 1 and kind.channels == (3,):
        pixels = pixels.repeat(3, axis=3)
        metadata = replace(metadata, icc=None)  # it is for grey
    page = replace(page, pixels=pixels, metadata=metadata)
    _refuse(page, kind)
    return page


def _refuse(picture: Picture, kind: Format) -> None:
    """Raise CannotHoldError for what would be lost."""
    if picture.depth not in kind.depths:
        what = "floating-point numbers" if picture.depth == "float" else f"{picture.depth} bits"
        holders = _holders(lambda one: picture.depth in one.depths)
        raise CannotHoldError(f"{kind.title} holds no {what}.", f"{holders}, or --depth 8")
    if picture.alpha is not None and not kind.alpha:
        advice = f"{_holders(lambda one: one.alpha)}, or --background white"
        raise CannotHoldError(f"{kind.title} holds no transparency.", advice)
    if kind.channels == (1,) and picture.channels == 3:
        colourful = _holders(lambda one: 3 in one.channels and picture.depth in one.depths)
        raise CannotHoldError(
            f"{kind.title} holds grey and no colour.", f'"... | gray", or {colourful}'
        )
    if kind.channels and picture.channels not in kind.channels:
        raise CannotHoldError(
            f"{kind.title} holds {' or '.join(map(str, kind.channels))} channels, "
            f"not {picture.channels}.",
            _holders(lambda one: not one.channels),
        )
    if kind.side and max(picture.rows, picture.columns) > kind.side:
        raise CannotHoldError(
            f"{kind.title} holds at most {kind.side} rows and columns, "
            f"not {picture.rows}x{picture.columns}.",
            "--format png or tiff",
        )


def _holders(suits: Callable[[Format], bool]) -> str:
    """Name the formats that would do, at most three."""
    names = [one.name for one in WRITTEN.values() if suits(one)]
    return "--format " + " or ".join(names[:3])
