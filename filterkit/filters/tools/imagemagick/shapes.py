"""Kernels that are shapes: one weight, the scale, on every pixel of the shape and 0 elsewhere."""

from collections.abc import Callable

from filterkit.errors import SettingError
from filterkit.filters.tools.imagemagick.rotating import anchored
from filterkit.filters.tools.imagemagick.sizes import check, half_of
from filterkit.filters.tools.laid import Laid, middle
from filterkit.settings import written

LEAST_DISK = 0.4
"""A disk of a smaller radius is the one that ImageMagick makes without any."""


def unity(scale: float) -> Laid:
    """Give a single weight."""
    return Laid(((scale,),))


def diamond(radius: float, scale: float) -> Laid:
    """Fill what is within `radius` steps along rows and columns."""
    half = half_of(radius) or 1
    return _filled(half, scale, lambda row, column: abs(row) + abs(column) <= half)


def square(radius: float, scale: float) -> Laid:
    """Fill a square; half a pixel more of radius makes an even number of rows and columns."""
    whole = int(radius) or 1
    side = 2 * whole + 1 + int(radius - whole >= 0.5)
    check(side, side, f"a radius of {written(radius)}")
    return Laid(((scale,) * side,) * side)


def octagon(radius: float, scale: float) -> Laid:
    """Fill a square without its four corners."""
    half = half_of(radius) or 2
    most = half + half // 2
    return _filled(half, scale, lambda row, column: abs(row) + abs(column) <= most)


def disk(radius: float, scale: float) -> Laid:
    """Fill what is within `radius` of the middle; without any, within 4.3.

    A radius of 3.5 makes 7x7 weights, as in ImageMagick 7. Some builds of 6 make 8x8 of it and
    leave the last of them unset, and do so with any shape whose radius has a fraction.
    """
    half, most = (half_of(radius), int(radius * radius)) if radius >= LEAST_DISK else (4, 18)
    return _filled(half, scale, lambda row, column: row * row + column * column <= most)


def plus(radius: float, scale: float) -> Laid:
    """Fill the middle row and the middle column."""
    return _filled(half_of(radius) or 2, scale, lambda row, column: row == 0 or column == 0)


def cross(radius: float, scale: float) -> Laid:
    """Fill both diagonals."""
    return _filled(half_of(radius) or 2, scale, lambda row, column: abs(row) == abs(column))


def ring(one: float, other: float, scale: float) -> Laid:
    """Fill what is farther than the one radius and not farther than the other."""
    if scale != int(scale):
        raise SettingError(f"the scale of Ring is a whole number, not {written(scale)}.")
    inner, outer = sorted((one, other))
    half, least, most = half_of(outer), int(inner * inner), int(outer * outer)
    if most == 0:
        half, least, most = 3, 7, 11

    def belongs(row: int, column: int) -> bool:
        return least < row * row + column * column <= most

    if not any(belongs(row, column) for row in range(half + 1) for column in range(half + 1)):
        raise SettingError(
            f"no pixel lies between the radii {written(one)} and {written(other)} of Ring.",
            "radii that are farther apart",
        )
    return _filled(half, scale, belongs)


def rectangle(
    columns: float | None, rows: float | None, column: float | None, row: float | None
) -> Laid:
    """Fill a rectangle, whose anchor may be anywhere in it; without sizes it is 3x3."""
    across = rows if columns is None else columns
    across = int(across) if across and across >= 1 else 3
    down = int(rows) if rows and rows >= 1 else across
    check(down, across, f"a rectangle of {written(across)} columns and {written(down)} rows")
    anchor = middle((down, across))
    anchor = (
        anchor[0] if row is None else int(row),
        anchor[1] if column is None else int(column),
    )
    if anchor[0] >= down or anchor[1] >= across:
        raise SettingError(
            f"the origin +{written(anchor[1])}+{written(anchor[0])} of Rectangle lies outside its "
            f"{across} columns and {down} rows.",
            f"+{across - 1}+{down - 1} at most",
        )
    return anchored(((1.0,) * across,) * down, anchor)


def _filled(half: int, scale: float, belongs: Callable[[int, int], bool]) -> Laid:
    """Put the scale wherever a place belongs to the shape, counted from the middle."""
    places = range(-half, half + 1)
    return Laid(
        tuple(tuple(scale if belongs(row, column) else 0.0 for column in places) for row in places)
    )
