"""Kernels that ImageMagick computes: bell curves and what is made of them, whole or halved."""

import math

from filterkit.errors import SettingError
from filterkit.filters.tools.imagemagick.rotating import anchored, rotated
from filterkit.filters.tools.imagemagick.sizes import check, half_of
from filterkit.filters.tools.laid import Laid, Rows
from filterkit.settings import written

NOTHING = 1e-12
"""A sigma not above this is none, and a weight below it is 0, to ImageMagick."""

FAINTEST = 1 / 65535
"""A kernel of automatic size ends before weights below one level of 16 bit.

So it is in the usual build, Q16. ImageMagick built for 8 bit makes smaller kernels.
"""

MOST_BINOMIAL = 8
"""Beyond this radius ImageMagick's whole numbers overflow, and its kernel is none."""


def gaussian(radius: float, sigma: float) -> Laid:
    """Average with the bell curve exp(-r^2 / (2 sigma^2)), sampled at the pixels' centres."""
    return Laid(_normalized(_bell(_half(radius, sigma), sigma)))


def difference_of_gaussians(radius: float, sigma: float, other: float) -> Laid:
    """Subtract a second bell curve from the first, both of volume 1; then let the two cancel."""
    half = _half(radius, max(sigma, other))
    pairs = zip(_bell(half, sigma), _bell(half, other), strict=True)
    return Laid(_normalized([[a - b for a, b in zip(*rows, strict=True)] for rows in pairs]))


def laplacian_of_gaussian(radius: float, sigma: float) -> Laid:
    """Give (1 - R) exp(-R) with R = r^2 / (2 sigma^2): the Laplacian of a bell curve, negated."""
    half = _half(radius, sigma)
    if sigma <= NOTHING:
        return Laid(_normalized(_bell(half, sigma)))
    curve = _curve(half, sigma)
    across = [u * u / (2 * sigma * sigma) for u in range(-half, half + 1)]
    peak = 1 / (math.pi * sigma * sigma * sigma * sigma)
    return Laid(
        _normalized(
            [
                [(1 - r - s) * a * b * peak for s, b in zip(across, curve, strict=True)]
                for r, a in zip(across, curve, strict=True)
            ]
        )
    )


def blur(radius: float, sigma: float, angle: float) -> Laid:
    """Average along a row with a bell curve: each weight the sum of three thirds of its pixel."""
    half = _reach(radius, sigma, 1) if radius < 1 else int(radius)
    check(1, 2 * half + 1, f"a radius of {written(radius)}")
    peak = 1 / (math.sqrt(2 * math.pi) * 3 * sigma) if sigma > NOTHING else 1.0
    row = [peak * _thirds(u, sigma, (-1, 0, 1)) for u in range(-half, half + 1)]
    return rotated(Laid(_normalized([row])), angle)


def comet(width: float, sigma: float, angle: float) -> Laid:
    """Average along half a bell curve that begins at the anchor, as a tail behind each pixel."""
    count = _reach(width, sigma, 1) + 1 if width < 1 else int(width)
    check(1, count, f"a width of {written(width)}")
    row = [_thirds(u, sigma, (0, 1, 2)) for u in range(count)]
    total = sum(row)
    return rotated(anchored((tuple(weight / total for weight in row),), (0, 0)), angle)


def binomial(radius: float) -> Laid:
    """Give a row of Pascal's triangle times itself, in whole numbers: 4^(2 radius) in sum."""
    half = max(1, int(radius))
    if half > MOST_BINOMIAL:
        raise SettingError(
            f"the radius of Binomial is {MOST_BINOMIAL} or less, not {written(radius)}: "
            "ImageMagick's own numbers overflow beyond.",
            "Gaussian, with the root of half the radius for sigma",
        )
    row = [math.comb(2 * half, u) for u in range(2 * half + 1)]
    return Laid(tuple(tuple(float(a * b) for b in row) for a in row))


def _half(radius: float, sigma: float) -> int:
    """Count the weights to each side of the middle of a square kernel."""
    return half_of(radius) if radius >= 1 else _reach(radius, sigma, 2)


def _reach(radius: float, sigma: float, dimensions: int) -> int:
    """Count the weights to each side that a radius below 1 leaves: 1, or of 0 all that are seen.

    The outermost weight in the middle row is the last that is not below FAINTEST, measured with
    the kernel cut off behind the one that is. A square grows no further than to half 127.
    """
    if radius > NOTHING or sigma <= NOTHING:
        return 1
    half, total = 1, 1 + 2 * _height(1, sigma)
    while True:
        next_one = _height(half + 1, sigma)
        total += 2 * next_one
        if next_one / total**dimensions < FAINTEST:
            return half
        half += 1


def _height(distance: float, sigma: float) -> float:
    """Give the height of a bell curve that is 1 at its middle; without sigma it is only there."""
    if sigma <= NOTHING:
        return float(distance == 0)
    return math.exp(-distance * distance / (2 * sigma * sigma))


def _thirds(place: int, sigma: float, thirds: tuple[int, ...]) -> float:
    """Add up a bell curve at three places, in thirds of a pixel from a whole one."""
    if sigma <= NOTHING:
        return _height(place, sigma)
    return sum(_height(place + third / 3, sigma) for third in thirds)


def _curve(half: int, sigma: float) -> list[float]:
    return [_height(u, sigma) for u in range(-half, half + 1)]


def _bell(half: int, sigma: float) -> list[list[float]]:
    """Sample a bell curve of volume 1; without sigma it is 1 in the middle and 0 around it."""
    peak = 1 / (2 * math.pi * sigma * sigma) if sigma > NOTHING else 1.0
    curve = _curve(half, sigma)
    return [[a * b * peak for b in curve] for a in curve]


def _normalized(rows: list[list[float]]) -> Rows:
    """Scale positive weights to a sum of 1 and negative ones to -1, each where there are any."""
    rows = [[weight if abs(weight) >= NOTHING else 0.0 for weight in row] for row in rows]
    if not any(map(any, rows)):
        raise SettingError(
            "every weight of this kernel is 0 in ImageMagick.",
            "a smaller sigma, or two of them that differ",
        )
    above = sum(weight for row in rows for weight in row if weight > 0) or 1.0
    below = -sum(weight for row in rows for weight in row if weight < 0) or 1.0
    return tuple(tuple(w / (above if w > 0 else below) for w in row) for row in rows)
