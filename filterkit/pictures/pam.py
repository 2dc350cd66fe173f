"""PAM: like PGM and PPM, with transparency, and a header of names and numbers."""

import re
from typing import NamedTuple

from filterkit.errors import UnsupportedInputError
from filterkit.pictures.picture import Picture, Size
from filterkit.pictures.pnm import ONLY_FIRST, bytes_of, damaged, levels, refuse, stored_bytes

LINE = re.compile(rb"[ \t]*([A-Z]*)[ \t]*([^\r\n]*?)[ \t]*\r?\n")
MOST_LINES = 1000
KINDS = {
    (b"BLACKANDWHITE", 1): 1, (b"GRAYSCALE", 1): 1, (b"RGB", 3): 3,
    (b"BLACKANDWHITE_ALPHA", 2): 1, (b"GRAYSCALE_ALPHA", 2): 1, (b"RGB_ALPHA", 4): 3,
    (b"", 1): 1, (b"", 2): 1, (b"", 3): 3, (b"", 4): 3,
}  # fmt: skip
"""What pixels are, by name and numbers of a pixel, and how many of these are colours."""


class Header(NamedTuple):
    """Hold what the header tells, and where it ends."""

    rows: int
    columns: int
    depth: int
    most: int
    kind: bytes
    end: int

    @property
    def channels(self) -> int:
        """Count the channels without alpha."""
        return KINDS[self.kind, self.depth]


def header_of(content: bytes) -> Header:
    """Read the lines before the pixels."""
    numbers: dict[bytes, int] = {}
    kinds: list[bytes] = []
    place = 2
    for _ in range(MOST_LINES):
        line = LINE.match(content, place)
        if line is None:
            raise damaged("its header is cut off")
        place, word, value = line.end(), line[1], line[2]
        if word == b"ENDHDR":
            return _header(numbers, b" ".join(kinds), place)
        if word == b"TUPLTYPE":
            kinds.append(value)
        elif word and value.isdigit():
            numbers[word] = int(value[:18])
        elif value and not value.startswith(b"#"):
            raise damaged("its header has a line without a number")
    raise damaged("its header has no end")


def _header(numbers: dict[bytes, int], kind: bytes, end: int) -> Header:
    try:
        rows, columns, depth, most = (
            numbers[word] for word in (b"HEIGHT", b"WIDTH", b"DEPTH", b"MAXVAL")
        )
    except KeyError as error:
        raise damaged(f"its header has no {error.args[0].decode()}") from None
    refuse(rows, columns, most)
    if (kind, depth) not in KINDS:
        what = kind.decode("latin-1") or "unknown kind"
        raise UnsupportedInputError(
            f"a PAM of {what!r} with {depth} numbers a pixel; grey and RGB are read, with "
            "transparency or without."
        )
    return Header(rows, columns, depth, most, kind, end)


def size(content: bytes) -> Size:
    """Read rows and columns from the header."""
    header = header_of(content)
    return Size(1, header.rows, header.columns, header.channels)


def decode(content: bytes) -> Picture:
    """Decode the first picture, scaled so that white is white."""
    header = header_of(content)
    shape = (header.rows, header.columns, header.depth)
    stored, rest = bytes_of(content, header.end, shape, header.most)
    made = levels(stored, header.most)[None]
    alpha = made[..., -1] if header.depth > header.channels else None
    notes = (ONLY_FIRST,) if rest.startswith(b"P7\n") else ()
    return Picture(made[..., : header.channels], alpha, notes=notes)


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode one frame of uint8 or uint16."""
    alpha = picture.alpha is not None
    kind = ("GRAYSCALE" if picture.channels == 1 else "RGB") + ("_ALPHA" if alpha else "")
    head = (
        f"P7\nWIDTH {picture.columns}\nHEIGHT {picture.rows}\nDEPTH {picture.channels + alpha}\n"
        f"MAXVAL {picture.full:.0f}\nTUPLTYPE {kind}\nENDHDR\n"
    )
    return head.encode() + stored_bytes(picture)
