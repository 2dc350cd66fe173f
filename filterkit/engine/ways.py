"""Which way a kernel is laid on a picture, and why. Each way equals the definition."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine import direct, separable
from filterkit.engine.fourier import Fourier
from filterkit.engine.scale import Scale
from filterkit.engine.strides import dropping, strided
from filterkit.steps.convolve import Convolve

Block = NDArray[Any]
Laid = NDArray[np.float64]
"""A matrix as it is laid on the picture, with zeros where a dilation leaves out."""


class Way(NamedTuple):
    """Lay one matrix on a padded block: `correlate(block, rows, columns)` of the result.

    It takes the least time with `rows` of them, and hardly more with fewer unless that is said.
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

    `largest` bounds the numbers if they are whole. Of uint8, sums become int16.
    """
    whole, dtype = largest if step.kernel.integral else None, np.dtype(dtype)
    return [
        [way(spread(one, step.dilation), step.stride, dtype, whole) for one in row]
        for row in step.laid
    ]


NARROW_PRODUCTS = 25


def fits_16_bit(step: Convolve, scale: Scale) -> bool:
    """Tell whether bytes are multiplied and added up in 16 bit, and not in float32.

    Up to 5x5, and where a stride leaves few sums to convert: then it takes two thirds of the time.
    """
    return (
        scale.pixels
        and scale.peak * step.kernel.reach < 2**15
        and step.kernel.integral
        and step.kernel.weights.size <= NARROW_PRODUCTS
        and step.fused == "keep"
        and step.stride != (1, 1)
    )


def way(
    laid: Laid, stride: tuple[int, int], dtype: "np.dtype[Any]", largest: float | None = None
) -> Way:
    """Choose the way for one matrix whose windows are `stride` rows and columns apart."""
    down, across = stride
    dense = choose(laid, dtype, largest, down * across)
    if stride == (1, 1):
        return dense
    if dense.name == "Fourier":
        correlate = dropping(stride, dtype, dense.correlate)
        return dense._replace(correlate=correlate, rows=dense.rows // down)
    correlate = strided(laid, stride, dtype, lambda part: choose(part, dtype, largest).correlate)
    return dense._replace(correlate=correlate)


def choose(laid: Laid, dtype: Any, largest: float | None = None, windows: int = 1) -> Way:
    """Choose the way for one matrix.

    Separable where the matrix is a column times a row and has more than twice as many weights
    as the two together: at 3x3 one pass of nine products is faster than two of three. Fourier for
    others of many weights, and of more where a stride wants but one of so many `windows`.
    `largest` bounds the numbers if all is whole.
    """
    rows, columns = laid.shape
    products = np.count_nonzero(laid)
    if dtype == np.uint8:
        return Way("direct", f"{products} products", direct.laying(laid.astype(np.float32)))
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
    if products * each >= FOURIER_TAPS * fourier.precision.cost * windows:
        why = f"{products} products cost more than transforms"
        return Way("Fourier", why, fourier.correlate, fourier.rows)
    return Way("direct", f"{products} products", direct.laying(weights))


def spread(weights: NDArray[np.float64], dilation: tuple[int, int]) -> NDArray[np.float64]:
    """Put the weights of a matrix `dilation` apart, with zeros between."""
    down, across = dilation
    rows, columns = weights.shape
    result = np.zeros(((rows - 1) * down + 1, (columns - 1) * across + 1))
    result[::down, ::across] = weights
    return result
