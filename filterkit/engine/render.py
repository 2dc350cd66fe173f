"""Numbers become pixels: cut, magnitudes, signed around grey, or stretched; rounded once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.step import Rendering

Range = tuple[float, float]


class Look(NamedTuple):
    """Say which channels are shown how; `range` is the lowest and highest, for a stretch."""

    span: slice
    render: Rendering
    range: Range | None = None


def pixels(
    numbers: NDArray[Any], looks: Sequence[Look], full: float, dtype: "np.dtype[Any]"
) -> tuple[NDArray[Any], int]:
    """Turn numbers, in units where white is `full`, into pixels; count those beyond white.

    Integer pixels are rounded half to even; floating ones are 0 ... 1.
    """
    white = float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0
    result = np.empty(numbers.shape, dtype)
    beyond = 0
    for look in looks:
        bright = brightness(numbers[..., look.span], look, full, white)
        beyond += int(np.count_nonzero(bright > white))
        bright = np.clip(bright, 0, white)
        result[..., look.span] = np.rint(bright) if dtype.kind == "u" else bright
    return result, beyond


def brightness(numbers: NDArray[Any], look: Look, full: float, white: float) -> NDArray[Any]:
    """Turn numbers, in units where white is `full`, into brightness up to `white` and beyond.

    Units that are equal are left alone: whole numbers stay what they are.
    """
    kind, gain = look.render.kind, look.render.gain
    if kind == "stretch" and look.range is not None:
        low, high = look.range
        stretched: NDArray[Any] = (numbers.astype(np.float64) - low) * white / (high - low or 1.0)
        return stretched
    if white != full:  # in float64, so that the one rounding is that to a pixel
        numbers = numbers.astype(np.float64) * white / full
    if gain != 1:
        numbers = numbers * numbers.dtype.type(gain)
    if kind == "signed":
        numbers = 0.5 * (numbers + numbers.dtype.type(white))
    return np.abs(numbers) if kind == "abs" else numbers
