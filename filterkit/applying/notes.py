"""What is worth saying of a result: values cut off, one colour only, or next to nothing to see."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result
from filterkit.applying.note import Note
from filterkit.pictures.picture import Picture
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import walk
from filterkit.steps.step import Step

MUCH_CUT = 0.20
"""From this share of values beyond white on, something is said."""

ROWS_AT_ONCE = 256
FEW_PIXELS = 64
MANY_PIXELS = 10_000_000


def notes_on(step: Step, picture: Picture, result: Result) -> tuple[Note, ...]:
    """Say what was lost, and hint at what will disappoint."""
    return (
        *(Note(sentence) for sentence in result.notes),
        *_on_values(step, picture, result),
        *_hints(step, picture, result),
    )


def _on_values(step: Step, picture: Picture, result: Result) -> Iterator[Note]:
    if result.run is None:
        return
    pixels, white = result.pixels, _white(result)
    share = _share_of(white, pixels)
    if share > MUCH_CUT and (share := result.run.beyond_white()) > MUCH_CUT:
        sums = _adds_channels(step, picture)
        why = f": sum adds {_count(picture.channels)} channels" if sums else ""
        advice = "--fusion mean, or --render stretch" if sums else "--render stretch"
        yield Note(f"{round(share * 100)} % of the values are beyond white{why}.", advice)
    elif pixels.size > 1 and pixels.min() == pixels.max():
        colour = {0: "black", white: "white"}.get(float(pixels.max()), "one grey")
        yield Note(f"every pixel of the result is {colour}.", "--render stretch, or another filter")


def _share_of(value: float, pixels: NDArray[Any]) -> float:
    """Count a value, some rows at a time, and give its share of all."""
    found = (
        np.count_nonzero(frame[low : low + ROWS_AT_ONCE] == value)
        for frame in pixels
        for low in range(0, len(frame), ROWS_AT_ONCE)
    )
    return sum(found) / pixels.size


def _white(result: Result) -> float:
    return {"uint8": 255.0, "uint16": 65535.0}.get(result.pixels.dtype.name, 1.0)


def _adds_channels(step: Step, picture: Picture) -> bool:
    """Tell whether channels were added up whose values do not cancel."""
    return picture.channels > 1 and any(
        isinstance(one, Convolve) and one.fused == "sum" and not one.kernel.detector
        for one in walk(step)
    )


def _count(number: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(number, str(number))


def _hints(step: Step, picture: Picture, result: Result) -> Iterator[Note]:
    rows, columns = result.pixels.shape[1:3]
    if rows * columns < FEW_PIXELS and result.run is not None:
        size = f"{rows}x{columns}"
        yield Note(f"the result is only {size} pixels.", "-o map.npy keeps its numbers", hint=True)
    kernels = [one.kernel for one in walk(step) if isinstance(one, Convolve)]
    sees = max((max(one.rows, one.columns) for one in kernels), default=0)
    if 1 < sees <= 3 and picture.rows * picture.columns >= MANY_PIXELS:
        megapixels = round(picture.rows * picture.columns / 1e6)
        yield Note(
            f"a {sees}x{sees} kernel sees little of {megapixels} megapixels.",
            '"gaussian:2 | ..." before it, or a larger kernel',
            hint=True,
        )
