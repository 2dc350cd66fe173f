"""The quality that a JPEG was written with, as its quantisation table betrays it."""

import struct
from functools import cache, lru_cache

LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""The table that libjpeg scales by its quality: ITU-T T.81, table K.1."""

ZIGZAG = sorted(
    ((row, column) for row in range(8) for column in range(8)),
    key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]),
)
"""The order in which a file lists a table: diagonal by diagonal, up and down in turn."""

NEAR = 0.05
"""A table is near a scaled one if they differ by this part of their sum."""


@lru_cache(maxsize=64)  # pictures of one origin have the same tables
def quality_of(tables: bytes) -> int | None:
    """Find the quality whose luminance table is the file's, or else is nearest and near.

    `tables` is the body of a file's first segment of quantisation tables; luminance comes first.
    """
    wide = bool(tables) and tables[0] >> 4 != 0
    if len(tables) < (129 if wide else 65):
        return None
    table = struct.unpack_from(">64H" if wide else ">64B", tables, 1)
    distances = {quality: _distance(table, scaled(quality)) for quality in range(1, 101)}
    nearest = min(distances, key=lambda quality: distances[quality])
    return nearest if distances[nearest] <= NEAR * sum(table) else None


def _distance(table: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(one - two) for one, two in zip(table, other, strict=True))


@cache  # all hundred take a millisecond, as long as the rest of a small picture
def scaled(quality: int) -> tuple[int, ...]:
    """Give the luminance table of a quality as libjpeg makes it, in the file's zigzag order."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return tuple(
        min(max((LUMINANCE[row][column] * scale + 50) // 100, 1), 255) for row, column in ZIGZAG
    )
