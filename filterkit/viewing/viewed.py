"""A picture of any kind as one looks at it: at 8 bit, grey or in colour, and not too large."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.fitting import dimmed, fitted
from filterkit.pictures.picture import Picture, full_of
from filterkit.pictures.sheet import sheet
from filterkit.viewing.feature_maps import FEW
from filterkit.viewing.heat import diverging, shares_of

Image = NDArray[np.uint8]

ROWS, COLUMNS = 1500, 1000
"""Above these a picture is reduced."""

MOST = 48
"""Channels, or maps, that are shown side by side."""


def viewed(picture: Picture) -> tuple[Image, Image | None]:
    """Give the first frame at 8 bit, grey or in colour, and its alpha; of a large one less.

    Numbers of both signs are blue and orange. Maps that make no colour are a sheet without alpha.
    """
    pixels, alpha = picture.pixels[0], None if picture.alpha is None else picture.alpha[0]
    if picture.rows > ROWS or picture.columns > COLUMNS:
        pixels, alpha = _reduced(pixels, alpha)
    if picture.channels == 3:
        maps = [_bytes(pixels, picture.full)]
    else:
        maps = _maps(pixels[..., :MOST], picture.full)
    if len(maps) > 1:
        return sheet([(f"{number}", one) for number, one in enumerate(maps, 1)]), None
    return maps[0], None if alpha is None else _bytes(alpha, picture.full)


def _maps(pixels: NDArray[Any], white: float) -> list[Image]:
    """Draw each channel, (rows, columns, 1 or 3): by its signs where there are numbers below 0."""
    if pixels.dtype.kind == "u" or not (pixels < 0).any():
        levels = _bytes(pixels, white)
        return [levels[..., at : at + 1] for at in range(levels.shape[2])]
    known = np.nan_to_num(pixels.astype(np.float64))
    sizes = np.abs(known)
    largest = float(np.quantile(sizes, 1 - FEW)) or float(sizes.max())
    return [diverging(shares_of(known[..., at], largest)) for at in range(known.shape[2])]


def _reduced(
    pixels: NDArray[Any], alpha: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Scale down by the mean, so that what is invisible does not bleed in."""
    if alpha is None:
        return fitted(pixels, ROWS, COLUMNS), None
    small = fitted(alpha[..., None], ROWS, COLUMNS)
    dim = fitted(dimmed(pixels, alpha), ROWS, COLUMNS)
    white = full_of(alpha.dtype)
    bright = np.minimum(dim * (white / np.maximum(small, 1e-9 * white)), white)
    return bright.astype(pixels.dtype), small[..., 0]


def _bytes(numbers: NDArray[Any], white: float) -> Image:
    """Bring numbers to 8 bit, cut at black and white."""
    shares = np.clip(np.nan_to_num(numbers.astype(np.float64)) / white, 0, 1)
    levels: Image = np.rint(255 * shares).astype(np.uint8)
    return levels
