"""Numbers become pixels: cut, magnitudes, signed around grey, or stretched; rounded once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from filterkit.steps.step import Rendering

Range = tuple[float, float]


class Look(NamedTuple):
    """Say which channels are shown how; `range` is the lowest and highest, for a stretch."""

    span: slice
    render: Rendering
    range: Range | None = None


def show(
    numbers: NDArray[Any],
    looks: Sequence[Look],
    full: float,
    pixels: NDArray[Any],
    rounded: bool = False,
) -> None:
    """Turn numbers, in units where white is `full`, into `pixels`, which are overwritten.

    Integer pixels are rounded half to even; floating ones are 0 ... 1. `rounded` says that the
    numbers are of no exact value, so that another rounding in float32 spoils nothing.
    """
    whole = pixels.dtype.kind == "u"
    white = float(np.iinfo(pixels.dtype).max) if whole else 1.0
    float32 = numbers.dtype == np.float32 and (white == full or rounded)
    for look in looks:
        part = numbers[..., look.span]
        if part.dtype == pixels.dtype and whole and look.render == Rendering():
            pixels[..., look.span] = part  # they are what they will be
        elif pixels.dtype == np.uint8 and float32 and look.range is None:
            of_8_bit(part, look.render, white / full, pixels[..., look.span])
        else:
            bright = np.clip(brightness(part, look, full, white), 0, white)
            pixels[..., look.span] = np.rint(bright) if whole else bright


def of_8_bit(
    numbers: NDArray[np.float32], render: Rendering, units: float, pixels: NDArray[Any]
) -> None:
    """Multiply, take the magnitude, round half to even and cut, in one pass of OpenCV.

    A second pass before it cuts what would be turned round, or not fit into 32 bits. Both
    together take a quarter of the time of NumPy's own passes.
    """
    gain, grey = render.gain * units, 0.0
    if render.kind == "signed":  # multiplied first: some processors would round once, some twice
        numbers, gain, grey = numbers * np.float32(gain / 2), 1.0, 127.5
    beyond = 256 / gain
    lowest = -beyond if render.kind == "abs" else -grey / gain
    cut = np.clip(numbers, np.float32(lowest), np.float32(beyond)).reshape(len(numbers), -1)
    if pixels.flags.c_contiguous:
        cv2.convertScaleAbs(cut, dst=pixels.reshape(cut.shape), alpha=gain, beta=grey)
    else:  # one member of several
        pixels[:] = cv2.convertScaleAbs(cut, alpha=gain, beta=grey).reshape(pixels.shape)


def brightness(numbers: NDArray[Any], look: Look, full: float, white: float) -> NDArray[Any]:
    """Turn numbers, in units where white is `full`, into brightness up to `white` and beyond.

    Units that are equal are left alone: whole numbers stay what they are.
    """
    kind, gain = look.render.kind, look.render.gain
    if kind == "stretch" and look.range is not None:
        low, high = look.range
        stretched: NDArray[Any] = (numbers.astype(np.float64) - low) * white / (high - low or 1.0)
        return stretched
    if numbers.dtype.kind != "f":
        numbers = numbers.astype(np.float32)
    if white != full:  # in float64, so that the one rounding is that to a pixel
        numbers = numbers.astype(np.float64) * white / full
    if gain != 1:
        numbers = numbers * numbers.dtype.type(gain)
    if kind == "signed":
        numbers = 0.5 * (numbers + numbers.dtype.type(white))
    return np.abs(numbers) if kind == "abs" else numbers
