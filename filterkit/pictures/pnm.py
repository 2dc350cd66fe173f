"""PBM, PGM and PPM: a few words, and then numbers as text or as bytes."""

import re
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.pictures import damage
from filterkit.pictures.levels import scaled
from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

damaged = partial(damage.damaged, "PNM")

WORD = re.compile(rb"(?:\s|#[^\r\n]*+)++(\d{1,18})(?!\d)")
"""A number of the header; before it there may be any space, and comments to the ends of lines."""

LAST = re.compile(rb"(?:#[^\r\n]*+)?\s")
"""What divides the header from the pixels: one character, maybe a comment before it."""

COMMENT = re.compile(rb"#[^\r\n]*+")
NO_NUMBER = re.compile(rb"[^\d\s]")
TEXTS = (1, 2, 3)
MOST = 65535
ONLY_FIRST = "only the first of its pictures was read."


class Header(NamedTuple):
    """Hold what the header tells: P's number, the size, the number that is white, and its end."""

    kind: int
    rows: int
    columns: int
    most: int
    end: int

    @property
    def channels(self) -> int:
        """Count the channels."""
        return 3 if self.kind in (3, 6) else 1

    @property
    def bits_alone(self) -> bool:
        """Tell whether there are only black, which is 1, and white."""
        return self.kind in (1, 4)


def header_of(content: bytes) -> Header:
    """Read the words before the pixels."""
    kind = content[1] - ord("0")
    place, numbers = 2, []
    for _ in range(2 if kind in (1, 4) else 3):
        word = WORD.match(content, place)
        if word is None:
            raise damaged("its header is cut off or holds no whole numbers")
        numbers.append(int(word[1]))
        place = word.end()
    last = LAST.match(content, place)
    if last is None:
        raise damaged("its header is cut off")
    columns, rows, most = (*numbers, 1)[:3]
    refuse(rows, columns, most)
    return Header(kind, rows, columns, most, last.end())


def refuse(rows: int, columns: int, most: int) -> None:
    """Raise UnreadableInputError for sizes, and numbers for white, that nothing can have."""
    if not rows or not columns:
        raise damaged(f"its header says {rows}x{columns} pixels")
    if not 0 < most <= MOST:
        raise damaged(f"its header says that {most} is white; 1 to {MOST} can be")


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = header_of(content)
    return Size(1, header.rows, header.columns, header.channels)


def decode(content: bytes) -> Picture:
    """Decode the first picture, scaled so that white is white."""
    import numpy as np

    header = header_of(content)
    shape = (header.rows, header.columns, header.channels)
    if header.kind in TEXTS:
        stored, rest = _from_text(content[header.end :], header)
    elif header.bits_alone:
        wide = (header.columns + 7) // 8
        stored, rest = bytes_of(content, header.end, (header.rows, wide), 255)
        stored = np.unpackbits(stored, axis=1)[:, : header.columns]
    else:
        stored, rest = bytes_of(content, header.end, shape, header.most)
    pixels = levels(stored.reshape(shape), header.most)
    pixels = 255 - pixels if header.bits_alone else pixels
    more = re.match(rb"\s*P[1-7]\s", rest)
    return Picture(pixels[None], None, notes=(ONLY_FIRST,) if more else ())


def levels(stored: "NDArray[Any]", most: int) -> "NDArray[Any]":
    """Scale numbers so that the one that is white becomes white."""
    try:
        return scaled(stored, most)
    except ValueError as error:
        raise damaged(str(error)) from None


def bytes_of(
    content: bytes, place: int, shape: tuple[int, ...], most: int
) -> "tuple[NDArray[Any], bytes]":
    """Read numbers of one byte, or of two where white is above 255, and give what is behind."""
    import numpy as np

    dtype = np.dtype(">u2" if most > 255 else "u1")
    count = prod(shape)
    end = place + count * dtype.itemsize
    if len(content) < end:
        raise damaged(f"{end - place} bytes of pixels are announced")
    stored = np.frombuffer(content, dtype, count, place).reshape(shape)
    return stored, content[end : end + 16]


def _from_text(text: bytes, header: Header) -> "tuple[NDArray[Any], bytes]":
    """Read numbers written with digits, and give what is behind.

    Where the text ends within the last of them nobody can tell.
    """
    import numpy as np

    text = COMMENT.sub(b"", text) if b"#" in text else text
    strange = NO_NUMBER.search(text)
    end = strange.start() if strange else len(text)
    digits = text[:end].strip()
    if header.bits_alone:  # these may stand there without spaces
        stored = np.frombuffer(b"".join(digits.split()), np.uint8) - ord("0")
    else:  # of an empty text NumPy would make one number
        stored = np.fromstring(digits, np.int64, sep=" ") if digits else np.zeros(0, np.int64)
    count = header.rows * header.columns * header.channels
    if len(stored) < count:
        raise damaged(f"{count} numbers are announced, and there are {len(stored)}")
    return stored[:count], text[end : end + 16]


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode one frame of uint8 or uint16, as PGM or PPM by its channels."""
    kind = 5 if picture.channels == 1 else 6
    head = f"P{kind}\n{picture.columns} {picture.rows}\n{picture.full:.0f}\n"
    return head.encode() + stored_bytes(picture)


def stored_bytes(picture: Picture) -> bytes:
    """Give the numbers of a frame, and its alpha, with the highest byte first."""
    stacked = picture.stacked()
    return stacked.astype(stacked.dtype.newbyteorder(">")).tobytes()
