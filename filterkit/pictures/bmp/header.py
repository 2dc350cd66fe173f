"""What a BMP says of itself: its size, how pixels are packed, its palette or its masks."""

import struct
from functools import partial
from typing import NamedTuple

from filterkit.errors import UnsupportedInputError
from filterkit.pictures import damage
from filterkit.pictures.resolution import Dpi

damaged = partial(damage.damaged, "BMP")

FILE_HEAD = 14
CORE = 12
"""Bytes of the oldest header, of OS/2, whose sizes have 16 bits and whose colours three bytes."""

INFO, WITH_MASKS, WITH_ALPHA, WITH_PROFILE = 40, 52, 56, 124
OS2 = 64
"""Bytes of the header of OS/2's second version, which numbers packings in its own way."""

PLAIN, RLE8, RLE4, MASKED, MASKED_ALPHA = 0, 1, 2, 3, 6
OTHERS = {4: "JPEG", 5: "PNG", 11: "CMYK", 12: "CMYK", 13: "CMYK"}
BITS = {
    PLAIN: (1, 2, 4, 8, 16, 24, 32), RLE8: (8,), RLE4: (4,), MASKED: (16, 32),
    MASKED_ALPHA: (16, 32),
}  # fmt: skip
MASKS = {
    16: (0x7C00, 0x03E0, 0x001F, 0),
    24: (0xFF0000, 0xFF00, 0xFF, 0),
    32: (0xFF0000, 0xFF00, 0xFF, 0),
}
"""Where red, green, blue and alpha stand in a pixel unless the file tells it."""

EMBEDDED = b"DEBM"
INCH = 0.0254
"""In metres."""


class Header(NamedTuple):
    """Hold what is told; a palette has its colours as red, green, blue."""

    rows: int
    columns: int
    bits: int
    packing: int
    downwards: bool
    pixels: int
    palette: tuple[tuple[int, int, int], ...]
    masks: tuple[int, int, int, int]
    dpi: Dpi | None
    profile: slice | None

    @property
    def is_grey(self) -> bool:
        """Tell whether there is a palette, all of grey."""
        return bool(self.palette) and all(len(set(colour)) == 1 for colour in self.palette)


def header_of(content: bytes) -> Header:
    """Read the headers and the palette."""
    if len(content) < FILE_HEAD + 4:
        raise damaged("its header is cut off")
    pixels, length = struct.unpack_from("<II", content, 10)
    stored = content[FILE_HEAD : FILE_HEAD + length]
    if length < CORE or len(stored) < length:
        raise damaged("its header is cut off")
    if length < 16:
        columns, rows, _, bits = struct.unpack_from("<4H", stored, 4)
        packing = right = down = used = 0
    else:
        columns, rows, _, bits, packing, _, right, down, used = struct.unpack_from(
            "<iiHHIIiiI", stored.ljust(INFO, b"\0"), 4
        )
    if columns <= 0 or rows == 0:
        raise damaged(f"its header says {rows}x{columns} pixels")
    _refuse_kind(length, packing, bits)
    masks, end = _masks(content, length, packing, bits)
    wide = 3 if length < 16 else 4
    if pixels < end:  # some writers leave it out
        pixels = end + (wide * min(used or 2**bits, 2**bits) if bits <= 8 else 0)
    palette = _palette(content[end:pixels], wide, used, bits) if bits <= 8 else ()
    dpi = (right * INCH, down * INCH) if right > 0 and down > 0 else None
    profile = _profile(stored) if length >= WITH_PROFILE else None
    turned = (abs(rows), columns, bits, packing, rows < 0)
    return Header(*turned, pixels, palette, masks, dpi, profile)


def _refuse_kind(length: int, packing: int, bits: int) -> None:
    """Raise UnsupportedInputError for what is not read."""
    if length == OS2 and packing in (3, 4):
        what = "packed as OS/2 has it"
    elif packing in OTHERS:
        what = f"of {OTHERS[packing]}"
    elif packing not in BITS:
        what = f"packed in way {packing}"
    elif bits not in BITS[packing]:
        what = f"of {bits} bits"
    else:
        return
    raise UnsupportedInputError(f"a BMP {what}.", "convert it to PNG first")


def _masks(
    content: bytes, length: int, packing: int, bits: int
) -> tuple[tuple[int, int, int, int], int]:
    """Give where the colours stand in a pixel, and where the headers end."""
    end = FILE_HEAD + length
    if packing not in (MASKED, MASKED_ALPHA):
        return MASKS.get(bits, (0, 0, 0, 0)), end
    count = 4 if packing == MASKED_ALPHA or length >= WITH_ALPHA else 3
    place = FILE_HEAD + INFO
    if length < WITH_MASKS:
        end += 4 * count
    if len(content) < end:
        raise damaged("its header is cut off")
    red, green, blue, alpha = (*struct.unpack_from(f"<{count}I", content, place), 0)[:4]
    for mask in (red, green, blue, alpha):
        most = mask >> lowest(mask)
        if most & (most + 1) or most > 0xFFFF or mask >> bits:
            raise UnsupportedInputError(f"a BMP whose colours stand at the bits {mask:#x}.")
    return (red, green, blue, alpha), end


def lowest(mask: int) -> int:
    """Give the place of the lowest bit that is set."""
    return max((mask & -mask).bit_length() - 1, 0)


def _palette(stored: bytes, wide: int, used: int, bits: int) -> tuple[tuple[int, int, int], ...]:
    """Read the colours of a palette, as many as there is room for."""
    count = min(used or 2**bits, 2**bits, len(stored) // wide)
    if not count:
        raise damaged("it has no palette")
    entries = (stored[at : at + 3] for at in range(0, count * wide, wide))
    return tuple((red, green, blue) for blue, green, red in entries)


def _profile(stored: bytes) -> slice | None:
    """Give where a profile lies in the file."""
    start, length = struct.unpack_from("<II", stored, 112)
    embedded = stored[56:60] == EMBEDDED
    return slice(FILE_HEAD + start, FILE_HEAD + start + length) if embedded else None
