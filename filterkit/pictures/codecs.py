"""Bytes to pictures and back: what comes out is a Picture or one of our errors.

The kind is told by content, never by name, and the size is held against the limit before a
pixel is decoded.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from filterkit.errors import (
    CannotHoldError,
    ExtraMissingError,
    FilterkitError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
    UnwritableError,
)
from filterkit.pictures.formats import (
    BEGINNING,
    FORMATS,
    UNREAD,
    Format,
    Unread,
    format_of_ending,
    sniff,
)
from filterkit.pictures.metadata import mended, orientation, profile_fits, upright
from filterkit.pictures.picture import Picture, Size

__all__ = [
    "FORMATS",
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


MISFIT = "its colour profile is for other colours and was left out."
DAMAGED_EXIF = "its EXIF block is damaged and was left out."

MANGLED = re.compile(
    # A picture's first letters, behind a byte that no text of ours begins with: PNG's 0x89, or
    # what cutting to 7 bits, or writing as UTF-8 or UTF-16, makes of it; and the same for JPEG.
    rb"[\x80-\xff\t].{0,7}?P\0?N\0?G\0?[\r\n]|[\x80-\xff].{5,60}?(J\0?F\0?I\0?F|E\0?x\0?i\0?f)\0",
    re.DOTALL,
)


def size_of(content: bytes, where: str = "the picture") -> tuple[int, int]:
    """Read rows and columns, as they are stored, from the header. Raises InputError."""
    with _about(where):
        size = _format_of(content).codec.size(content)
    return size.rows, size.columns


def decode(content: bytes, where: str, max_pixels: int = MOST_PIXELS) -> Picture:
    """Decode a file's bytes, upright. `where` begins the sentence of every InputError."""
    with _about(where):
        kind = _format_of(content)
        size = kind.codec.size(content)
        _limit(size, max_pixels)
        try:
            picture = replace(kind.codec.decode(content), format=kind.name)
            _refuse_nan(picture)
            return _turned(picture)
        except MemoryError:
            raise TooLargeError(
                f"{size.rows}x{size.columns} pixels need more memory than there is."
            ) from None


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
def _about(where: str) -> Iterator[None]:
    """Begin the sentence of every error with the name of the file."""
    try:
        yield
    except FilterkitError as error:
        raise type(error)(f"{where}: {error.sentence}", error.advice) from error


def _format_of(content: bytes) -> Format:
    name = sniff(content)
    if name in FORMATS:
        return FORMATS[name]
    if name is not None:
        raise _unread(UNREAD[name])
    if not content:
        raise UnreadableInputError("the file is empty.")
    if MANGLED.match(content[:BEGINNING]):
        raise UnreadableInputError(
            "the shell changed the bytes as if they were text.", "give files: INPUT and -o FILE"
        )
    if _is_text(content[:BEGINNING]):
        raise UnreadableInputError("this is text, no picture.")
    raise UnreadableInputError(
        "no picture of a kind that filterkit knows.", "filterkit list formats"
    )


def _unread(kind: Unread) -> FilterkitError:
    if kind.extra:
        return ExtraMissingError(
            f"reading {kind.title} needs the extra '{kind.extra}'.",
            f'pip install ".[{kind.extra}]"',
        )
    titles = ", ".join(one.title for one in FORMATS.values())
    return UnsupportedInputError(
        f"this is {kind.title}, which this version does not read.", f"convert it to one of {titles}"
    )


def _is_text(beginning: bytes) -> bool:
    """Tell whether bytes are text: UTF-8, if need be cut in a letter, without control bytes."""
    if re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", beginning):
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _limit(size: Size, max_pixels: int) -> None:
    if size.pixels > max_pixels:
        frames = f"{size.frames} frames of " if size.frames > 1 else ""
        raise TooLargeError(
            f"{frames}{size.rows}x{size.columns} pixels are more than the limit of {max_pixels}.",
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
    turned; `quality` counts for JPEG.
    """
    kind = FORMATS[format]
    _refuse(picture, kind)
    metadata = mended(picture.metadata, picture.rows, picture.columns)
    content = kind.codec.encode(replace(picture, metadata=metadata), quality)
    if content is None or size_of(content) != (picture.rows, picture.columns):
        raise UnwritableError(f"the result could not be encoded as {kind.title}.")
    return content


def _refuse(picture: Picture, kind: Format) -> None:
    """Raise CannotHoldError for what would be lost."""
    if picture.depth not in kind.depths:
        what = "floating-point numbers" if picture.depth == "float" else f"{picture.depth} bits"
        holders = _holders(lambda one: picture.depth in one.depths)
        raise CannotHoldError(f"{kind.title} holds no {what}.", f"{holders}, or --depth 8")
    if picture.alpha is not None and not kind.alpha:
        advice = f"{_holders(lambda one: one.alpha)}, or --background white"
        raise CannotHoldError(f"{kind.title} holds no transparency.", advice)
    if kind.channels and picture.channels not in kind.channels:
        raise CannotHoldError(
            f"{kind.title} holds {' or '.join(map(str, kind.channels))} channels, "
            f"not {picture.channels}.",
            _holders(lambda one: not one.channels),
        )
    if picture.frames != 1 and not kind.frames:
        raise CannotHoldError(
            f"{kind.title} holds one frame, not {picture.frames}.", _holders(lambda one: one.frames)
        )


def _holders(suits: Callable[[Format], bool]) -> str:
    return "--format " + " or ".join(one.name for one in FORMATS.values() if suits(one))
