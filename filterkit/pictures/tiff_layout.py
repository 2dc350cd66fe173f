"""How the pixels of a TIFF's first page lie in the file, and which ways are read."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from filterkit.errors import UnreadableInputError, UnsupportedInputError
from filterkit.pictures.directory import Block, DamagedError, Directory

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6
KINDS = {
    4: "mask",
    5: "CMYK",
    8: "Lab",
    9: "Lab",
    10: "Lab",
    32803: "raw camera",
    32844: "LogLuv",
    32845: "LogLuv",
}
CONTIGUOUS = 1
NO_COMPRESSION = 1
DEFLATE = (8, 32946)
TYPES = {(1, 8), (1, 16), (3, 16), (3, 32), (3, 64)}
"""Kinds of numbers, with their bits, that are read: unsigned 1, floating-point 3."""

NUMBERS = {1: "unsigned integers", 2: "signed integers", 3: "floating-point numbers"}


@dataclass(frozen=True)
class Layout:
    """Say how the pixels of the first page lie in the file."""

    rows: int
    columns: int
    samples: int
    bits: int
    numbers: int
    photometric: int
    planar: int
    compression: int
    extras: tuple[int, ...]
    more_pages: bool

    @property
    def channels(self) -> int:
        """Count the channels of the picture it becomes."""
        return 1 if self.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO) else 3

    @property
    def opaque_bytes(self) -> bool:
        """Tell whether it has up to 8 bits and nothing beside grey or colour."""
        return self.bits <= 8 and not self.extras

    @property
    def suits_opencv(self) -> bool:
        """Tell whether OpenCV gives exactly its pixels, if it gives any."""
        if self.bits <= 8:
            # Palettes of fewer bits come as grey, and Pillow reads all that have so few.
            return (
                self.bits == 8
                and self.opaque_bytes
                and self.compression in (NO_COMPRESSION, *DEFLATE)
            )
        known = (self.numbers, self.bits) != (3, 16) and self.planar == CONTIGUOUS
        return known and (self.channels, self.samples) in ((1, 1), (3, 3), (3, 4))


def damaged(why: str) -> UnreadableInputError:
    """Give the error of a TIFF that cannot be decoded."""
    return UnreadableInputError(f"truncated or corrupt TIFF ({why}).")


def layout_of(block: Block, page: Directory) -> Layout:
    """Read a page's layout."""

    def told(tag: int, usual: int = 0) -> int:
        return (block.numbers(page.entries.get(tag)) or (usual,))[0]

    samples = told(277, 1)
    bits = set(block.numbers(page.entries.get(258)) or (1,))
    if len(bits) > 1:
        raise UnsupportedInputError("a TIFF whose channels differ in their bits.")
    photometric = told(262, BLACK_IS_ZERO)
    colours = 1 if photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, PALETTE) else 3
    extras = block.numbers(page.entries.get(338))
    extras += (0,) * (samples - colours - len(extras))
    layout = Layout(
        told(257), told(256), samples, bits.pop(), told(339, 1), photometric, told(284, 1),
        told(259, NO_COMPRESSION), extras, page.next != 0,
    )  # fmt: skip
    if not layout.rows or not layout.columns:
        raise damaged(f"its header says {layout.rows}x{layout.columns} pixels")
    return layout


def refuse_kind(layout: Layout) -> None:
    """Refuse what would not be a picture of 8, 16 or floating-point bits."""
    if layout.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR):
        kind = KINDS.get(layout.photometric, f"type {layout.photometric}")
        raise UnsupportedInputError(
            f"a TIFF of kind {kind}; grey, RGB and palettes are read.", "convert it to RGB first"
        )
    small = layout.numbers == 1 and layout.bits in (1, 2, 4) and layout.samples == 1
    if (layout.numbers, layout.bits) not in TYPES and not small:
        numbers = NUMBERS.get(layout.numbers, "numbers of unknown kind")
        raise UnsupportedInputError(
            f"a TIFF of {layout.bits}-bit {numbers}; unsigned integers of 8 and 16 bits "
            "and floating-point numbers are read.",
            "convert it to 16 bits or to floating point first",
        )
    inverted = layout.photometric == WHITE_IS_ZERO and layout.numbers == 3
    if inverted or (layout.photometric in (PALETTE, YCBCR) and not layout.opaque_bytes):
        raise UnsupportedInputError(
            f"a TIFF of {layout.bits} bits whose colours are coded in a way that is not read."
        )


def refuse_cut(block: Block, page: Directory, layout: Layout) -> None:
    """Refuse pixels that end early or are packed wrongly: decoders fill what is missing.

    Deflate has checksums, which not every decoder looks at, and can pack anything into nothing.
    """
    for place, length in _segments(block, page):
        if place + length > len(block.content):
            raise DamagedError("its pixels end early")
        if layout.compression in DEFLATE:
            unpacking = zlib.decompressobj()
            try:
                unpacking.decompress(
                    block.content[place : place + length], _room(block, page, layout)
                )
            except zlib.error as error:
                raise DamagedError("its pixels cannot be unpacked") from error
            if unpacking.unconsumed_tail:
                raise DamagedError("its pixels unpack to more than there are")
            if not unpacking.eof:
                raise DamagedError("its pixels end early")


def _segments(block: Block, page: Directory) -> Iterator[tuple[int, int]]:
    """Yield place and length of each strip or tile."""
    for places, lengths in ((273, 279), (324, 325)):
        yield from zip(
            block.numbers(page.entries.get(places)),
            block.numbers(page.entries.get(lengths)),
            strict=False,
        )


def _room(block: Block, page: Directory, layout: Layout) -> int:
    """Count the bytes that a strip or tile can have, unpacked, and a few to see the end."""
    rows, width = (
        (block.numbers(page.entries.get(tag)) or (usual,))[0]
        for tag, usual in ((323, layout.rows), (322, layout.columns))
    )
    return rows * width * layout.samples * max(layout.bits, 8) // 8 + 16
