"""Which way a kernel is laid on a picture, and why. Each way equals the definition."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine import direct, separable
from filterkit.engine.fourier import Fourier
from filterkit.steps.convolve import Convolve

Block = NDArray[Any]
Laid = NDArray[np.float64]
"""A matrix as it is laid on the picture, with zeros where a dilation leaves out."""


class Way(NamedTuple):
    """Lay one matrix on a padded block: `correlate(block, rows, columns)`.

    The result has so many rows, a stride apart, and columns without one. It takes the least time
    with `rows` of them, and hardly more with fewer unless that is said.
    """

    name: str
    why: str
    correlate: Callable[[Block, int, int], Block]
    rows: int = 1


FOURIER_TAPS = 100
"""Products from which on transforms of float32 are faster than products in float32.

Nanoseconds a value, with 40, 72, 100 and 137 products: 2.7, 4.4, 6.0 and 7.5; transforms 4.2 to
4.7; where numbers are split 11 to 12. Products in float64: 9.8, 15, 22 and 27, transforms 11 to 12.
"""

FLOAT64_COST = 4
"""Times that products in float64 take as long as in float32."""


def ways(step: Convolve, dtype: Any, largest: float | None = None) -> list[list[Way]]:
    """Choose a way for each map and channel of a convolution, to compute in `dtype`.

    `largest` bounds the numbers if they are whole.
    """
    whole = largest if step.kernel.integral else None
    down, dtype = step.stride[0], np.dtype(dtype)
    return [
        [strided(spread(one, step.dilation), down, dtype, whole) for one in row]
        for row in step.laid
    ]


def strided(laid: Laid, down: int, dtype: Any, largest: float | None = None) -> Way:
    """Choose the way for one matrix whose windows are `down` rows apart.

    Each phase of the rows, that is every `down`-th row of the matrix and of the block, is a
    matrix on a smaller block, without a stride: rows that fall away are never computed. On 24
    megapixels with a stride of 2 that takes half of the time. (Transforms give all rows at once.)
    """
    whole = choose(laid, dtype, largest, down)
    if down == 1:
        return whole
    if whole.name == "Fourier":
        return whole._replace(
            correlate=lambda block, rows, columns: whole.correlate(
                block, (rows - 1) * down + 1, columns
            )[::down],
            rows=whole.rows // down,
        )
    phases = [(at, laid[at::down]) for at in range(min(down, len(laid)))]
    parts = [
        (at, len(part), choose(part, dtype, largest))
        for at, part in phases
        if at == 0 or part.any()  # a dilation may leave nothing but zeros
    ]

    def correlate(block: Block, rows: int, columns: int) -> Block:
        sums = (
            way.correlate(block[at::down][: rows + high - 1], rows, columns)
            for at, high, way in parts
        )
        total = next(sums)
        for part in sums:
            total = np.add(total, part, out=total)
        return total

    return whole._replace(correlate=correlate)


def choose(laid: Laid, dtype: Any, largest: float | None = None, stride: int = 1) -> Way:
    """Choose the way for one matrix.

    Separable where the matrix is a column times a row and has more than twice as many weights
    as the two together: at 3x3 one pass of nine products is faster than two of three. Fourier for
    others of many weights, and of more where it gives `stride` rows for each that is wanted.
    `largest` bounds the numbers if all is whole.
    """
    rows, columns = laid.shape
    products = np.count_nonzero(laid)
    found = separable.factors(laid) if products > 2 * (rows + columns) else None
    if found is not None:
        down, across = (part.astype(dtype) for part in found)
        return Way(
            "separable",
            f"a column times a row: {rows} + {columns} products, not {products}",
            lambda block, high, wide: separable.correlate(block, down, across, high, wide),
        )
    weights = laid.astype(dtype)
    fourier = Fourier(weights, largest)
    each = 1 if weights.dtype == np.float32 else FLOAT64_COST
    if products * each >= FOURIER_TAPS * fourier.precision.cost * stride:
        why = f"{products} products cost more than transforms"
        return Way("Fourier", why, fourier.correlate, fourier.rows)
    return Way(
        "direct",
        f"{products} products",
        lambda block, high, wide: direct.correlate(block, weights, high, wide),
    )


def spread(weights: NDArray[np.float64], dilation: tuple[int, int]) -> NDArray[np.float64]:
    """Put the weights of a matrix `dilation` apart, with zeros between."""
    down, across = dilation
    rows, columns = weights.shape
    result = np.zeros(((rows - 1) * down + 1, (columns - 1) * across + 1))
    result[::down, ::across] = weights
    return result
