"""Which way a kernel is laid on a picture, and why. Each way equals the definition."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine import direct, separable
from filterkit.engine.fourier import Fourier
from filterkit.steps.convolve import Convolve

Block = NDArray[Any]


class Way(NamedTuple):
    """Lay one matrix on a padded block: `correlate(block, rows, columns)`."""

    name: str
    why: str
    correlate: Callable[[Block, int, int], Block]


FOURIER_TAPS = 160
"""Products from which on transforms are faster: 5.6 ns a value, and as many with 13x13 products."""


def ways(step: Convolve, dtype: Any, largest: float | None = None) -> list[list[Way]]:
    """Choose a way for each map and channel of a convolution, to compute in `dtype`.

    `largest` bounds the numbers if they are whole.
    """
    whole = largest if step.kernel.integral else None
    dilation, dtype = step.dilation, np.dtype(dtype)
    return [[choose(one, dilation, dtype, whole) for one in row] for row in step.laid]


def choose(
    weights: NDArray[np.float64],
    dilation: tuple[int, int],
    dtype: Any,
    largest: float | None = None,
) -> Way:
    """Choose the way for one matrix.

    Separable where the matrix is a column times a row and has more than twice as many weights
    as the two together: at 3x3 one pass of nine products is faster than two of three. Fourier for
    others of many weights. `largest` bounds the numbers if all is whole.
    """
    rows, columns = weights.shape
    if weights.size > 2 * (rows + columns):
        found = separable.factors(weights)
        if found is not None:
            down, across = (
                spread(part[:, None], (by, 1))[:, 0].astype(dtype)
                for part, by in zip(found, dilation, strict=True)
            )
            return Way(
                "separable",
                f"a column times a row: {rows} + {columns} products, not {rows * columns}",
                lambda block, high, wide: separable.correlate(block, down, across, high, wide),
            )
    laid, products = spread(weights, dilation).astype(dtype), np.count_nonzero(weights)
    if products >= FOURIER_TAPS:
        return Way(
            "Fourier",
            f"{products} products cost more than transforms",
            Fourier(laid, largest).correlate,
        )
    return Way(
        "direct",
        f"{products} products",
        lambda block, high, wide: direct.correlate(block, laid, high, wide),
    )


def spread(weights: NDArray[np.float64], dilation: tuple[int, int]) -> NDArray[np.float64]:
    """Put the weights of a matrix `dilation` apart, with zeros between."""
    down, across = dilation
    rows, columns = weights.shape
    result = np.zeros(((rows - 1) * down + 1, (columns - 1) * across + 1))
    result[::down, ::across] = weights
    return result
