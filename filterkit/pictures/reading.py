"""How many bytes are read: what a picture may have follows from the pixels that it claims.

A pipe may never end, and a file may be gigabytes of nothing. So the first bytes must be those of a
picture that is read; beyond FREE its header must tell the size, which is held against the limits
at once, and allows so many bytes and no more.
"""

import io
import os
import stat

from filterkit.errors import TooLargeError, UnreadableInputError
from filterkit.pictures.codecs import MOST_PIXELS, size_within
from filterkit.pictures.formats import BEGINNING, FORMATS, Format, sniff
from filterkit.pictures.picture import Size

FREE = 64 * 2**20
"""Bytes that any picture may have."""

PER_PIXEL = 32
"""Further bytes for each pixel: four numbers of 64 bits, which no format needs more than."""

MOST_OF_A_PIPE = 2 * FREE
MOST_OF_A_FILE = 2**32
"""Bytes that are read where the size stands behind the pixels."""

PART = 2**20
"""Bytes that are asked for at once."""


def read_within(handle: int, max_pixels: int = MOST_PIXELS, frames: str | int = "all") -> bytes:
    """Read an open file or pipe to its end, or as far as shows that it is no picture.

    Raises TooLargeError for one beyond the limits, UnreadableInputError for one that is damaged,
    OSError; the sentences name no file.
    """
    stream = io.BytesIO()  # grows in place, and gives its bytes without a copy
    ended = _fill(stream, handle, BEGINNING)
    kind = FORMATS.get(sniff(stream.getvalue()) or "")
    if ended or kind is None:
        return stream.getvalue()
    allowed = FREE
    while not _fill(stream, handle, allowed + 1):
        allowed = _allowed(kind, stream.getvalue(), _length(handle), max_pixels, frames)
    return stream.getvalue()


def _fill(stream: io.BytesIO, handle: int, count: int) -> bool:
    """Read until there are so many bytes, and tell whether the end came first."""
    while (missing := count - stream.tell()) > 0:
        part = os.read(handle, min(missing, PART))
        if not part:
            return True
        stream.write(part)
    return False


def _length(handle: int) -> int | None:
    """Give the bytes of a file, or None for what is none."""
    status = os.fstat(handle)
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _allowed(
    kind: Format, beginning: bytes, length: int | None, max_pixels: int, frames: str | int
) -> int:
    """Give the bytes that a picture may have, or refuse one that has more."""
    so_far = max(len(beginning), length or 0)
    size = _told(kind, beginning, max_pixels, frames)
    if size is None:
        most = MOST_OF_A_PIPE if length is None else MOST_OF_A_FILE
        if so_far > most:
            raise TooLargeError(
                f"it has more than {most // 2**20} MiB without telling its size.",
                "give a file" if length is None else "",
            )
        return most
    most = FREE + PER_PIXEL * min(size.pixels, max_pixels)
    if so_far > most:
        raise TooLargeError(f"it has more bytes than its {size} pixels can need.")
    return most


def _told(kind: Format, beginning: bytes, max_pixels: int, frames: str | int) -> Size | None:
    """Read the size from the beginning; None where it can still come."""
    if kind.counted:
        return None
    try:
        return size_within(kind, beginning, max_pixels, frames)[0]
    except UnreadableInputError:
        if kind.late:
            return None
        raise
