"""A filter on an array: the same pipeline as on a file."""

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result, raw, rendered
from filterkit.engine.bands import Run
from filterkit.filters.meaning import parse
from filterkit.pictures.picture import FULL, Picture
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.step import RenderingKind, Step


class AsTheType(Enum):
    """Stand for the default of `render`: integers are rendered, floating numbers stay raw."""

    AS_THE_TYPE = "as the array's type asks"


def apply(
    array: NDArray[Any],
    filter: str | Step,
    *,
    render: str | AsTheType | None = AsTheType.AS_THE_TYPE,
    threads: int | None = None,
) -> NDArray[Any]:
    """Run a filter over an image, as `filterkit apply` does over a file.

    `array` is (rows, columns) or (..., rows, columns, channels), RGB; `filter` an expression such
    as "edge | relu", or a step. Arrays of uint8 or uint16 are rendered and keep their type; a
    second or fourth channel of theirs is alpha, which raw numbers come without. Floating arrays,
    full scale 1, give raw float32 numbers. `render` ("abs:0.5") shows otherwise, and None gives
    raw numbers. A channel axis comes out iff one went in, or the result has several channels.
    Raises TypeError for what is no array.
    """
    check(array, filter)
    step = parse(filter) if isinstance(filter, str) else filter
    picture = picture_of(array)
    if isinstance(render, str):
        step = Pipeline([step], RenderingKind().read("render", render))
    elif render is None or array.dtype.kind == "f":
        numbers = replace(raw(step, picture, threads), alpha=None)
        return _shaped(numbers, array).astype(np.float32, copy=False)
    dtype = array.dtype if array.dtype.kind == "u" else np.dtype(np.float32)
    return _shaped(rendered(step, picture, dtype, threads), array)


def run(step: Step, image: NDArray[Any]) -> NDArray[Any]:
    """Compute a step over an image (..., rows, columns, channels): numbers in, numbers out.

    Full scale is 1, and the result has the image's own floating type. Raises TypeError for
    integers, whose full scale only `apply` knows.
    """
    _check_array(image)
    if image.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"a step takes float32 or float64 numbers, full scale 1, not {image.dtype}: "
            f"use filterkit.apply(array, filter) for pixels."
        )
    if image.ndim < 3:
        raise TypeError(
            f"an image is (..., rows, columns, channels), not {image.shape}: add image[..., None]."
        )
    return Run(step, image).numbers()


def check(array: object, filter: object) -> None:
    """Insist on an image and a filter, in this order. Raises TypeError with the right call."""
    if isinstance(array, (str, Path, Step)) and isinstance(filter, np.ndarray):
        raise TypeError("array and filter are swapped: filterkit.apply(array, filter).")
    _check_array(array)
    if not isinstance(filter, (str, Step)):
        raise TypeError(
            f"a filter is an expression or a step, not {type(filter).__name__}: "
            'filterkit.apply(array, "edge").'
        )


def _check_array(array: object) -> None:
    """Insist on an array that can be an image; a path gets the call that opens it."""
    if isinstance(array, (str, Path)):
        raise TypeError(
            f"an array belongs where {str(array)!r} stands: "
            "filterkit.apply(filterkit.read_picture(path).pixels, filter)."
        )
    if not isinstance(array, np.ndarray):
        raise TypeError(f"an image is a NumPy array, not {type(array).__name__}.")
    if array.dtype.name not in FULL:
        raise TypeError(
            f"an image is one of {', '.join(FULL)}, not {array.dtype}: "
            "convert it, with full scale 255, 65535 or 1."
        )
    if array.ndim < 2 or array.size == 0:
        raise TypeError(
            f"an image is (rows, columns) or (..., rows, columns, channels) and not empty, "
            f"not {array.shape}."
        )


def picture_of(array: NDArray[Any]) -> Picture:
    """See an array as a picture; of integers, a second or fourth channel is alpha."""
    image = array[..., None] if array.ndim == 2 else array
    stack = image.reshape(-1, *image.shape[-3:])
    if array.dtype.kind == "u" and stack.shape[-1] in (2, 4):
        return Picture(stack[..., :-1], stack[..., -1])
    return Picture(stack)


def _shaped(result: Result, array: NDArray[Any]) -> NDArray[Any]:
    """Give a result the axes that its array had."""
    pixels = result.pixels
    if result.alpha is not None:
        pixels = np.concatenate([pixels, result.alpha[..., None]], axis=-1)
    if result.shape.flat:
        return pixels.reshape(*array.shape[:-3], -1)
    pixels = pixels.reshape(*array.shape[:-3], *pixels.shape[1:])
    return pixels[..., 0] if array.ndim == 2 and pixels.shape[-1] == 1 else pixels
