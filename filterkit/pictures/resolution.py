"""Dots per inch, as EXIF tells them, and brought to what the rest of a file says."""

import struct

from filterkit.pictures.directory import WHOLE, Block, DamagedError, Directory, Entry

ACROSS, DOWN, UNIT = 282, 283, 296
RATIONAL = 5
INCH = 2
CENTIMETRE = 2.54
METRE = 0.0254
UNITS = {INCH: 1.0, 3: CENTIMETRE}
"""EXIF's units, and how many of each are an inch."""

ROUNDED = 0.5
"""So much whole numbers per inch differ from what they stand for; that is no contradiction."""

FINEST = 10_000
"""The largest denominator that dots per inch are written with."""

LEAST, MOST = 0.01, 100_000.0
"""Dots per inch beyond these are nonsense, and some formats could not even write them."""

Dpi = tuple[float, float]


def dpi_of(exif: bytes | None) -> Dpi | None:
    """Give the dots per inch along a row and down a column, where EXIF tells both."""
    try:
        block = Block(exif or b"")
        return told(block, block.directory(block.first))
    except DamagedError:
        return None


def sensible(dpi: Dpi | None) -> Dpi | None:
    """Give dots per inch that can be meant, or none."""
    return dpi if dpi and all(LEAST <= one <= MOST for one in dpi) else None


def told(block: Block, directory: Directory) -> Dpi | None:
    """Give the dots per inch of one directory."""
    entries = directory.entries
    try:
        across, down = (_fraction(block, entries.get(tag)) for tag in (ACROSS, DOWN))
        unit = block.numbers(entries[UNIT]) if UNIT in entries else (INCH,)
    except DamagedError:
        return None
    if not across or not down or len(unit) != 1 or unit[0] not in UNITS:
        return None
    return across * UNITS[unit[0]], down * UNITS[unit[0]]


def _fraction(block: Block, entry: Entry | None) -> float | None:
    if entry is None or entry.kind != RATIONAL or entry.count != 1:
        return None
    above, below = struct.unpack(f"{block.order}II", block.value(entry))
    return above / below if below else None


def set_dpi(block: Block, directory: Directory, dpi: Dpi) -> None:
    """Make a directory that tells other dots per inch tell these."""
    now = told(block, directory)
    if now is None or all(abs(one - two) <= ROUNDED for one, two in zip(now, dpi, strict=True)):
        return
    from fractions import Fraction  # few pictures need it, and it costs 2 ms

    content = block.content
    assert isinstance(content, bytearray)
    for tag, one in zip((ACROSS, DOWN), dpi, strict=True):
        parts = Fraction(one).limit_denominator(FINEST).as_integer_ratio()
        struct.pack_into(f"{block.order}II", content, directory.entries[tag].place, *parts)
    if UNIT in directory.entries:
        entry = directory.entries[UNIT]
        content[entry.place : entry.place + 4] = _inch(block, entry)


def _inch(block: Block, entry: Entry) -> bytes:
    return struct.pack(f"{block.order}{WHOLE[entry.kind]}", INCH).ljust(4, b"\0")[:4]


def of_metre(across: int, down: int) -> Dpi | None:
    """Give the dots per inch that whole dots per metre, as in PNG and BMP, stand for.

    A whole number per inch that is written with the same dots per metre is what was meant: 2835
    are 72, not 72.009.
    """
    if across <= 0 or down <= 0:
        return None
    exact = (across * METRE, down * METRE)
    whole = (float(round(exact[0])), float(round(exact[1])))
    return whole if per_metre(whole) == (across, down) else exact


def per_metre(dpi: Dpi) -> tuple[int, int]:
    """Give dots per metre, rounded."""
    return round(dpi[0] / METRE), round(dpi[1] / METRE)
