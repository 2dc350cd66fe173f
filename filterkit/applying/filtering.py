"""A pipeline runs over one picture, and its transparency is cared for.

Alpha is decided once for the whole pipeline, outside the steps. Where every pixel becomes a
mixture of its neighbours' own colours, colour runs premultiplied and alpha is filtered as one more
channel. Everywhere else alpha is set aside and comes back if rows and columns are unchanged and
one member results.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.coverage import can_cover, covered, shape_with_alpha
from filterkit.pictures.picture import Picture
from filterkit.steps.pipeline import walk
from filterkit.steps.step import Shape, Step

LOST_ALPHA = "the transparency is lost: it does not fit the result."


@dataclass(frozen=True, eq=False)
class Result:
    """Hold what a pipeline made of a picture: pixels or raw numbers, with their members.

    `pixels` is (frames, rows, columns, channels), `alpha` (frames, rows, columns) of the same type.
    `run` is what rendered them, for questions about what was cut; raw numbers have none. `ways`
    say how kernels were laid.
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    shape: Shape
    run: Run | None = None
    ways: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def rendered(step: Step, picture: Picture, dtype: Any, threads: int | None = None) -> Result:
    """Run a pipeline and render the result as pixels of a type."""
    if mixes(step, picture):
        run = _covered_run(step, picture, threads)
        pixels = run.pixels(dtype)
        shape, ways = _without_alpha(run.shape), run.told(dtype)
        return Result(pixels[..., :-1], pixels[..., -1], shape, run, ways)
    run = Run(step, picture.pixels, threads=threads)
    pixels = run.pixels(dtype)
    alpha, notes = _returned_alpha(picture, run.shape, np.dtype(dtype))
    return Result(pixels, alpha, run.shape, run, run.told(dtype), notes)


def raw(step: Step, picture: Picture, threads: int | None = None) -> Result:
    """Run a pipeline and give its numbers, and alpha with them, full scale 1, floating."""
    if mixes(step, picture):
        run = _covered_run(step, picture, threads)
        numbers = run.numbers()
        shape = _without_alpha(run.shape)
        return Result(numbers[..., :-1], numbers[..., -1], shape, ways=run.told())
    run = Run(step, picture.pixels, threads=threads)
    numbers = run.numbers()
    alpha, notes = _returned_alpha(picture, run.shape, numbers.dtype)
    return Result(numbers, alpha, run.shape, None, run.told(), notes)


def mixes(step: Step, picture: Picture) -> bool:
    """Tell whether colours must be weighted by their alpha."""
    return (
        picture.alpha is not None
        and bool((picture.alpha != picture.full).any())
        and can_cover(step)
        and any(window.size > 1 for one in walk(step) for window in one.windows())
    )


def _covered_run(step: Step, picture: Picture, threads: int | None) -> Run:
    assert picture.alpha is not None  # `mixes` has seen it
    stacked = np.concatenate([picture.pixels, picture.alpha[..., None]], axis=-1)
    shape = shape_with_alpha(picture.rows, picture.columns, picture.channels)
    return Run(covered(step), stacked, shape, threads)


def _without_alpha(shape: Shape) -> Shape:
    return replace(shape, members=shape.members[:-1])


def _returned_alpha(
    picture: Picture, shape: Shape, dtype: "np.dtype[Any]"
) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """Give back the alpha that was set aside, in another depth if need be, or say it is lost."""
    alpha = picture.alpha
    if alpha is None:
        return None, ()
    white = np.iinfo(dtype).max if dtype.kind == "u" else 1.0
    if len(shape.members) == 1 and not shape.flat:
        if (shape.rows, shape.columns) == (picture.rows, picture.columns):
            if alpha.dtype != dtype:
                alpha = alpha.astype(np.float64) * white / picture.full
                alpha = np.rint(alpha) if dtype.kind == "u" else alpha
            return alpha.astype(dtype, copy=False), ()
        if (alpha == picture.full).all():
            return np.full((picture.frames, shape.rows, shape.columns), white, dtype), ()
    return None, () if (alpha == picture.full).all() else (LOST_ALPHA,)
