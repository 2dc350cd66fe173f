"""How the pixels of one page of a TIFF lie in the file."""

from dataclasses import dataclass

from filterkit.pictures.directory import Block, DamagedError, Directory

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 5, 6, 8, 9
STORED = {
    WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3, CIELAB: 3, ICCLAB: 3
}  # fmt: skip
"""The kinds of colours that are read, and how many numbers of a pixel make its colour."""

UNSIGNED, SIGNED, FLOATING, UNDEFINED = 1, 2, 3, 4
TYPES = {
    **{(UNSIGNED, bits): "uint8" for bits in range(1, 9)},
    **{(UNSIGNED, bits): "uint16" for bits in range(9, 17)},
    (UNSIGNED, 24): "float32", (UNSIGNED, 32): "float64", (UNSIGNED, 64): "float64",
    (SIGNED, 8): "float32", (SIGNED, 16): "float32",
    (SIGNED, 32): "float64", (SIGNED, 64): "float64",
    (FLOATING, 16): "float32", (FLOATING, 24): "float32",
    (FLOATING, 32): "float32", (FLOATING, 64): "float64",
}  # fmt: skip
"""Kinds of numbers with their bits, and the type in which a picture holds each exactly."""

ASSOCIATED, UNASSOCIATED = 1, 2
CONTIGUOUS = 1
COLOUR_MAP = 320
LARGEST_TILE = 4096
"""A tile may be so much larger than a picture: small pictures come in large tiles."""

MOST_NUMBERS = 3 * 65536
"""The largest colour map has so many, and no tag that says how pixels lie has more."""


@dataclass(frozen=True)
class Layout:
    """Say how the pixels of a page lie in the file.

    They lie in segments, strips or tiles, of `segment_rows` times `segment_columns`; where planar,
    each holds one of the `samples` of a pixel. `bits` and `numbers` are 0 where samples differ in
    them. `deep_map` tells that a palette's colours have 16 bits, `other_inks` that what looks like
    CMYK is not.
    """

    rows: int
    columns: int
    samples: int
    bits: int
    numbers: int
    photometric: int
    planar: bool
    compression: int
    predictor: int
    reversed_bits: bool
    extras: tuple[int, ...]
    tiled: bool
    segment_rows: int
    segment_columns: int
    deep_map: bool
    other_inks: bool

    @property
    def channels(self) -> int:
        """Count the channels of the picture that it becomes."""
        return 1 if self.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO) else 3

    @property
    def dtype(self) -> str | None:
        """Give the type of the picture that it becomes; None where that is not read."""
        if self.photometric == PALETTE:
            return "uint16" if self.deep_map else "uint8"
        return TYPES.get((self.numbers, self.bits))

    @property
    def alpha(self) -> int | None:
        """Give the place of the transparency among a pixel's numbers."""
        for place, kind in enumerate(self.extras):
            if kind in (ASSOCIATED, UNASSOCIATED):
                return STORED.get(self.photometric, 3) + place
        return None

    @property
    def planes(self) -> int:
        """Count the planes that lie behind one another."""
        return self.samples if self.planar else 1

    @property
    def plane_samples(self) -> int:
        """Count the numbers that a pixel has within a plane."""
        return 1 if self.planar else self.samples

    @property
    def across(self) -> int:
        """Count the segments that lie side by side."""
        return -(-self.columns // self.segment_columns)

    @property
    def down(self) -> int:
        """Count the segments from top to bottom."""
        return -(-self.rows // self.segment_rows)

    @property
    def stacked_rows(self) -> int:
        """Count the rows of a plane's segments, one below the other; only tiles are all whole."""
        return self.across * self.down * self.segment_rows if self.tiled else self.rows

    @property
    def row_bytes(self) -> int:
        """Count the bytes of a segment's row."""
        return -(-self.segment_columns * self.plane_samples * self.bits // 8)


def layout_of(block: Block, page: Directory) -> Layout:
    """Read a page's layout. Raises DamagedError where no picture could lie so."""
    told = Told(block, page)
    rows, columns = told.one(257), told.one(256)
    if not rows or not columns:
        raise DamagedError(f"its header says {rows}x{columns} pixels")
    photometric, samples = told.one(262, BLACK_IS_ZERO), told.one(277, 1)
    if not samples:
        raise DamagedError("a pixel has no numbers")
    tiled = 322 in page.entries
    segment_rows, segment_columns = (
        (told.one(323), told.one(322)) if tiled else (min(told.one(278, rows), rows), columns)
    )
    _check_segments(rows, columns, segment_rows, segment_columns)
    extras = told.several(338)
    extras += (0,) * (samples - STORED.get(photometric, 3) - len(extras))
    numbers = told.same(339, UNSIGNED, samples)
    return Layout(
        rows, columns, samples, told.same(258, 1, samples),
        UNSIGNED if numbers == UNDEFINED else numbers, photometric,
        told.one(284, CONTIGUOUS) != CONTIGUOUS and samples > 1, told.one(259, 1),
        told.one(317, 1), told.one(266, 1) == 2, extras,
        tiled, segment_rows, segment_columns, colour_map(told)[1],
        photometric == CMYK and told.one(332, 1) != 1,
    )  # fmt: skip


def _check_segments(rows: int, columns: int, segment_rows: int, segment_columns: int) -> None:
    if not segment_rows or not segment_columns:
        raise DamagedError(f"its strips or tiles have {segment_rows}x{segment_columns} pixels")
    if segment_rows > max(rows, LARGEST_TILE) or segment_columns > max(columns, LARGEST_TILE):
        raise DamagedError(f"its tiles are {segment_rows}x{segment_columns} of {rows}x{columns}")


class Told:
    """Read what a directory tells in whole numbers."""

    def __init__(self, block: Block, page: Directory) -> None:
        self.block = block
        self.page = page

    def several(self, tag: int) -> tuple[int, ...]:
        """Give the numbers of a tag, or none."""
        entry = self.page.entries.get(tag)
        if entry is not None and entry.count > MOST_NUMBERS:
            raise DamagedError(f"tag {tag} claims {entry.count} numbers")
        return self.block.numbers(entry)

    def one(self, tag: int, usual: int = 0) -> int:
        """Give the first number of a tag, or what is usual."""
        return (self.several(tag) or (usual,))[0]

    def same(self, tag: int, usual: int, samples: int) -> int:
        """Give the number that a tag tells of each sample, or 0 where they differ."""
        found = set(self.several(tag)[:samples] or (usual,))
        return found.pop() if len(found) == 1 else 0


def colour_map(told: Told) -> tuple[tuple[int, ...], bool]:
    """Give a palette's red, green and blue numbers, and whether they have 16 bits.

    Programs with 8 bits write them as they are, or shifted, or times 257.
    """
    levels = told.several(COLOUR_MAP)
    if not any(level > 255 for level in levels):
        return levels, False
    if all(level % 257 == 0 for level in levels) or all(level % 256 == 0 for level in levels):
        return tuple(level >> 8 for level in levels), False
    return levels, True
