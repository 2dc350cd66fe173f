"""Which border a program assumed: the outermost rows tell, once the kernel is known."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.learning.examples import Example
from filterkit.learning.sought import within
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.window import DRAWN

Image = NDArray[Any]

LEFT_AS_IT_IS = "left as it is"
UNKNOWN = "unknown"

NOISY = 1.0
CLEARLY = 0.8
"""Grey levels of a fit from which on a border has to be clearly better than others: its error is at
most that share of the error of the middle one of five."""

FAR = 4.0
"""Grey levels, root mean square, besides twice the fit's own, up to which a border is believed."""


def guessed(pipeline: Pipeline, step: Convolve, example: Example, residual: float = 0) -> str:
    """Guess the border of a pipeline's one kernel: a word of DRAWN, or that it is none of them.

    The answer is "" where the picture does not tell: no window reaches outside, or it is small.
    """
    axis = 0 if step.windows()[0].before else 1
    before, after = (
        np.moveaxis(picture.image, axis, 0) for picture in (example.before, example.after)
    )
    window = step.windows()[axis]
    low, high = within(window, (0, len(before)))
    reach = -(-2 * (window.extent + window.before) // window.stride) * window.stride
    if step.padding == "valid" or not 0 < low < high or len(before) < 4 * reach:
        return ""
    if before.shape == after.shape and _is_left(before, after, low, high):
        return LEFT_AS_IT_IS
    last = (len(before) - reach) // window.stride * window.stride
    ends = np.moveaxis(np.concatenate([before[:reach], before[last:]]), 0, axis)
    shown = np.concatenate([after[:low], after[high:]]).astype(np.float64)
    errors = {}
    for border in DRAWN:
        steps = [replace(one, border=border) if one is step else one for one in pipeline.steps]
        made = _made(Pipeline(steps, pipeline.render), ends, after.dtype)
        made = np.moveaxis(made, axis, 0)
        made = np.concatenate([made[:low], made[len(made) - (len(after) - high) :]])
        errors[border] = float(np.sqrt(np.mean(np.square(made - shown))))
    best = min(errors, key=lambda border: errors[border])
    level = example.after.grain * example.after.full
    if residual > NOISY and errors[best] > CLEARLY * float(np.median(list(errors.values()))):
        return ""
    return best if errors[best] <= (FAR + 2 * residual) * level else UNKNOWN


def _is_left(before: Image, after: Image, low: int, high: int) -> bool:
    """Tell whether the outermost pixels came out as they went in."""
    return bool((before[:low] == after[:low]).all() and (before[high:] == after[high:]).all())


def _made(pipeline: Pipeline, image: Image, dtype: "np.dtype[Any]") -> Image:
    """Apply a filter to pixels, or to floating numbers, as the other picture is."""
    run = Run(pipeline, np.ascontiguousarray(image))
    return run.pixels(dtype) if dtype.kind == "u" else run.numbers()
