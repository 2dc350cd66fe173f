"""How ImageMagick turns a kernel: clockwise, by eighths if it is 3x3, else by quarters.

A weight may be nan, a hole: two kernels with their holes at one place are the same.
"""

import math
from dataclasses import replace

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, Rows, middle

SAME = 1e-12
"""Weights that differ by less are one, to ImageMagick."""

RIM = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
"""The eight weights around the middle of a 3x3 kernel, clockwise."""


def anchored(rows: Rows, anchor: tuple[int, int]) -> Laid:
    """Make a kernel of rows and an anchor, which is not told where it is the middle."""
    laid = Laid(rows)
    return laid if anchor == middle(laid.size) else replace(laid, anchor=anchor)


def rotated(laid: Laid, degrees: float) -> Laid:
    """Turn a kernel clockwise by the multiple of 45 degrees that is nearest, its anchor with it.

    Halfway between two, the smaller angle is taken. Raises FilterError where ImageMagick would
    print a warning and turn less far: by an odd multiple of 45 a kernel that is not 3x3, by
    a quarter of a turn one that is neither square nor a single row or column.
    """
    eighths = math.ceil((degrees % 360 - 22.5) / 45) % 8
    if eighths % 2 and laid.size != (1, 1):
        laid = _eighth(laid)
    if eighths // 2 % 2:
        laid = _quarter(laid)
    return laid.turned() if eighths >= 4 else laid


def expanded(laid: Laid, flag: str) -> tuple[Laid, ...]:
    """Make the list that a flag behind a kernel's size or arguments stands for: @, > or <."""
    return mirrored(laid) if flag == "<" else all_rotations(laid, {"@": 45, ">": 90}[flag])


def all_rotations(laid: Laid, step: int) -> tuple[Laid, ...]:
    """Turn a kernel by `step` degrees, 45 or 90, until it is the first one again."""
    made = [laid]
    while not _same(laid, turned := rotated(made[-1], step)):
        made.append(turned)
    return tuple(made)


def mirrored(laid: Laid) -> tuple[Laid, ...]:
    """Give a kernel turned by 0, 180, 270 and 90 degrees: always four, be they the same or not."""
    return laid, rotated(laid, 180), rotated(laid, 270), rotated(laid, 90)


def _eighth(laid: Laid) -> Laid:
    """Move the weights around the middle one place on."""
    if laid.size != (3, 3):
        rows, columns = laid.size
        raise FilterError(
            f"ImageMagick turns only 3x3 kernels by 45 degrees, and this one is {rows}x{columns}.",
            "a multiple of 90 degrees; for a list, > instead of @",
        )
    moved = [list(row) for row in laid.rows]
    for (row, column), (to_row, to_column) in zip(RIM, RIM[1:] + RIM[:1], strict=True):
        moved[to_row][to_column] = laid.rows[row][column]
    anchor = laid.anchor
    if anchor in RIM:
        anchor = RIM[(RIM.index(anchor) + 1) % len(RIM)]
    return replace(laid, rows=tuple(map(tuple, moved)), anchor=anchor)


def _quarter(laid: Laid) -> Laid:
    """Turn by 90 degrees: the first column becomes the first row, from its end to its beginning."""
    rows, columns = laid.size
    if rows != columns and min(rows, columns) > 1:
        raise FilterError(
            f"ImageMagick turns no {rows}x{columns} kernel by 90 degrees, but only squares, single "
            "rows and single columns.",
            "write the turned kernel out",
        )
    row, column = laid.anchor or middle(laid.size)
    turned = anchored(tuple(zip(*laid.rows[::-1], strict=True)), (column, rows - 1 - row))
    return replace(laid, rows=turned.rows, anchor=turned.anchor)


def _same(one: Laid, other: Laid) -> bool:
    """Tell whether ImageMagick takes two kernels for the same."""
    if one.size != other.size or one.anchor != other.anchor:
        return False
    pairs = zip(sum(one.rows, ()), sum(other.rows, ()), strict=True)
    return all(a == b or abs(a - b) < SAME or (math.isnan(a) and math.isnan(b)) for a, b in pairs)
