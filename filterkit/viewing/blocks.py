"""A picture in letters: half blocks where there are colours, a ramp of signs where there are none.

A letter is two pixels high and one wide, as most terminals draw it.
"""

from collections.abc import Iterator
from itertools import groupby, zip_longest

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.fitting import fitted
from filterkit.steps.fuse import Gray
from filterkit.viewing.ink import NONE, painted

HALF = "▀"
"""The upper half is ink, the lower one paper."""

RAMP = " .:-=+*#@"
"""From dark to bright, as on a dark screen: the more ink, the brighter. Mid-grey is a sign too."""


def picture_lines(image: NDArray[np.uint8], rows: int, columns: int, colours: int) -> list[str]:
    """Draw a picture (rows, columns, 1 or 3) as large as fits into so many letters, a line a row.

    It is scaled down by the mean, and enlarged by whole numbers only.
    """
    return drawn(fitted(image, 2 * rows, columns), colours)


def drawn(image: NDArray[np.uint8], colours: int) -> list[str]:
    """Draw a picture (rows, columns, 1 or 3) pixel by pixel."""
    return list(_half_blocks(image, colours) if colours != NONE else _ramp(image))


def _half_blocks(image: NDArray[np.uint8], colours: int) -> Iterator[str]:
    """Draw two rows a line; an odd row at the end has nothing beneath it."""
    pixels = np.broadcast_to(image, (*image.shape[:2], 3)).tolist()
    rows = [[tuple(pixel) for pixel in row] for row in pixels]
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=[None] * image.shape[1]):
        runs = groupby(zip(upper, lower, strict=True))
        yield "".join(
            painted(HALF * len(list(run)), colours, ink, paper) for (ink, paper), run in runs
        )


def _ramp(image: NDArray[np.uint8]) -> Iterator[str]:
    """Draw the mean brightness of two rows a line."""
    light = image @ (np.array(Gray.WEIGHTS) / Gray.DIVIDE) if image.shape[2] == 3 else image[..., 0]
    light = np.concatenate([light, light[-1:]]) if len(light) % 2 else light
    shares = (light[::2].astype(np.float64) + light[1::2]) / 510
    for row in np.rint(shares * (len(RAMP) - 1)).astype(int):
        yield "".join(RAMP[level] for level in row)
