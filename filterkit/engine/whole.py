"""Pixels of 8 bit become pixels of 8 bit in one call of OpenCV, over the whole picture at once.

Where a filter is one kernel, and what it makes is shown as it is, nothing need be floating but
the sums inside of OpenCV: it reads bytes, rounds once and writes bytes. A 3x3 kernel takes half
of the time of bands, which turn bytes into numbers and back; a box a third.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from filterkit.engine import separable
from filterkit.engine.direct import FOURIER_AREA
from filterkit.engine.graph import Graph
from filterkit.engine.ways import spread
from filterkit.steps.convolve import Convolve
from filterkit.steps.step import Rendering, Shape

Image = NDArray[Any]
Call = Callable[[Image], Image]

BORDERS = {
    "reflect": cv2.BORDER_REFLECT_101,
    "symmetric": cv2.BORDER_REFLECT,
    "edge": cv2.BORDER_REPLICATE,
    "zero": cv2.BORDER_CONSTANT,
}
"""How OpenCV calls what it knows."""

PRODUCTS = 36
"""Up to so many products filter2D on bytes is faster: from 7x7 on, where bytes become float32
before, each is multiplied in half of the time."""


class Whole(NamedTuple):
    """Filter a whole frame: `filtered(pixels)`, both (rows, columns, channels) of 8 bit."""

    name: str
    why: str
    filtered: Call


def whole(graph: Graph) -> Whole | None:
    """Choose a call that does all of a pipeline on pixels of 8 bit, or None: bands must do it."""
    picture, last = graph.nodes[0], graph.nodes[graph.end]
    step = last.step
    if last.inputs != (0,) or not isinstance(step, Convolve) or not _is_plain(step, picture.shape):
        return None
    if any(member.render != Rendering() for member in graph.shape.members):
        return None
    laid = spread(step.laid[0, 0], step.dilation)
    rows, columns = laid.shape
    down, across = step.windows()
    settings = {"anchor": (across.before, down.before), "borderType": BORDERS[step.border]}
    products, divide = int(np.count_nonzero(laid)), abs(step.divide)
    if laid.size % 2 and laid.size > 1 and (laid == divide / laid.size).all():
        return Whole(
            "box",
            f"the mean of {rows}x{columns} pixels",
            _call(cv2.blur, (columns, rows), settings),
        )
    if not rounds_right(step, products):
        return None
    found = separable.factors(laid) if min(rows, columns) > 1 else None
    if found is not None:
        # Twice the one and half of the other: of weights that add up to 1, some versions of OpenCV
        # keep 8 bits only.
        column, row = found[0] * (2 / divide), found[1] / 2
        why = f"a column times a row: {rows} + {columns} products, not {products}"
        return Whole("separable", why, _call(cv2.sepFilter2D, -1, row, column, settings))
    if products > PRODUCTS or laid.size >= FOURIER_AREA[np.dtype(np.float32)]:
        return None
    return Whole("direct", f"{products} products", _call(cv2.filter2D, -1, laid / divide, settings))


def _call(function: Any, *given: Any) -> Call:
    *arguments, settings = given

    def filtered(frame: Image) -> Image:
        result: Image = function(frame, *arguments, **settings)
        return result.reshape(frame.shape)

    return filtered


def _is_plain(step: Convolve, shape: Shape) -> bool:
    """Tell whether every channel becomes one of the same size, and nothing is added."""
    return (
        step.kernel.channels == step.kernel.maps == 1
        and (step.fused == "keep" or all(member.channels == 1 for member in shape.members))
        and step.stride == (1, 1)
        and step.padding == "same"
        and step.border in BORDERS
        and step.bias == 0
        and shape.channels <= 4  # what every function of OpenCV takes
    )


def rounds_right(step: Convolve, products: int) -> bool:
    """Tell whether float32 sums of weights that are divided beforehand round to the right pixels.

    A whole sum lies midway between two pixels after the division, or at least 1 / (2 * divide)
    beside that. Powers of two divide without an error. For other even divisors errors would choose
    between two pixels equally near, for odd ones they must stay below that distance, by half at
    the least. Of weights that are not whole no more is promised than float32 keeps.
    """
    if not step.kernel.integral:
        return True
    divide, brightest = abs(step.divide), 255 * step.kernel.reach
    if math.frexp(divide)[0] == 0.5:
        return brightest < 2**24
    error = (products + 2) * brightest * 2**-24  # in units of the undivided sum
    return divide % 2 == 1 and error < 1 / 4
