"""Before, after, learned and the difference, side by side."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.report import Comparison

GREY = 128
STRONGEST = 32
"""The gain that shows a single grey level plainly."""


class Panel(NamedTuple):
    """Hold a picture (rows, columns, 1 or 3) of 8 bit, its name, and what is to be said of it."""

    name: str
    image: NDArray[np.uint8]
    about: str


def panels(comparison: Comparison) -> list[Panel]:
    """Lay out a comparison."""
    before, after, learned = (
        _shown(image) for image in (comparison.before, comparison.after, comparison.learned)
    )
    difference, about = _difference(learned, after)
    return [
        Panel("before", before, "what went in"),
        Panel("after", after, "what should come out"),
        Panel("learned", learned, "what the learned filter makes of before"),
        Panel("difference", difference, about),
    ]


def _shown(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Give the colours of a picture, or its first channel where they are none."""
    image = image[..., None] if image.ndim == 2 else image
    return np.asarray(image if image.shape[2] == 3 else image[..., :1], np.uint8)


def _difference(
    learned: NDArray[np.uint8], after: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], str]:
    """Draw learned less after around mid-grey, with a gain that cuts one pixel in 200 at most."""
    off = learned.astype(np.int16) - after
    if not off.any():
        return np.full(off.shape, GREY, np.uint8), "no pixel differs here"
    usual = max(float(np.quantile(np.abs(off), 0.995)), 1.0)
    gain = min(2 ** math.floor(math.log2((GREY - 1) / usual)), STRONGEST)
    drawn = np.clip(GREY + gain * off.astype(np.int32), 0, 255).astype(np.uint8)
    most = int(np.abs(off).max())
    levels = "grey level" if most == 1 else "grey levels"
    return drawn, f"x{gain}: learned less after, grey where equal; {most} {levels} at the most"
