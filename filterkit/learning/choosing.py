"""The size of a kernel, when nobody knows it: the smallest that explains the pictures."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.descent import LEAST
from filterkit.learning.examples import Example, Reader
from filterkit.learning.linear import ROUNDING, Fit, fit
from filterkit.learning.moments import Moments
from filterkit.learning.options import Learning
from filterkit.learning.solving import Normal
from filterkit.learning.sought import LARGEST, MOST_FEATURES, Linear, Sharing, read_shape

Size = tuple[int, int]

ENOUGH = 1 << 20
"""Windows from which a size is chosen; all of them are used to find its weights."""

WORSE = 1.002
"""Mean squared error, as a share of the best size's, that a smaller kernel may have."""

CHANCE = 4.0
"""Times by which few windows let it have more than that: so far weights of no use may help."""

FEWEST = 4
"""Windows for each weight, at the least, with which many weights are believed."""


def chosen(
    readers: Sequence[Reader], sharing: Sharing, how: Learning, first: Example
) -> Linear:  # fmt: skip
    """Choose the size of a lone kernel by the sums of one large kernel, gathered once.

    Every smaller kernel's sums are among them. All are judged by strips that are held out.
    """
    largest = largest_of(first.after.image.shape, sharing.features)
    linear = Linear.of(read_shape(f"{largest}x{largest}"))
    assert linear is not None
    every = max(first.after.image.size * len(readers) // ENOUGH, 1)
    exact = Learning(optimizer="exact", l2=how.l2)
    found = fit(
        readers, linear, sharing, exact, how.space if how.space != "auto" else "srgb", every
    )
    return linear.sized(smallest(found))


def largest_of(shape: tuple[int, ...], features: int) -> int:
    """Give the rows and columns that sums are gathered for: the windows have to tell so many."""
    largest = LARGEST
    while largest > 3:
        weights = features * largest**2
        windows = max(shape[0] - largest, 0) * max(shape[1] - largest, 0)
        if weights <= MOST_FEATURES and windows >= FEWEST * weights:
            break
        largest -= 2
    return largest


def smallest(found: Fit) -> Size:
    """Find the smallest odd size whose error on held-out windows is nearly the best one's."""
    rows, columns = found.linear.size
    sizes = [(row, column) for row in range(1, rows + 1, 2) for column in range(1, columns + 1, 2)]
    errors = {size: error_of(found, size) for size in sizes}
    level = (ROUNDING * found.grain * found.full[1]) ** 2
    allowed = max(WORSE, 1 + chance_of(found)) * max(min(errors.values()), level / 4)
    return min(
        (size for size in sizes if errors[size] <= allowed),
        key=lambda size: (size[0] * size[1], errors[size]),
    )


def chance_of(found: Fit) -> float:
    """Give the share by which weights of no use may make the error on few windows smaller."""
    fitted, held_out = found.gathered.fitted[0], found.gathered.held_out[0]
    return CHANCE * math.sqrt(fitted.taps / max(fitted.windows * held_out.windows, 1))


def error_of(found: Fit, size: Size) -> float:
    """Give the mean squared error of a smaller kernel on held-out windows."""
    kept = taps_of(found.linear.size, size, found.sharing.features)
    pairs = zip(found.gathered.fitted, found.gathered.held_out, strict=True)
    return float(np.mean([error for one in pairs for error in map(float, _errors(*one, kept))]))


def _errors(fitted: Moments, held_out: Moments, kept: NDArray[np.intp]) -> NDArray[np.float64]:
    normal = Normal.of(fitted.of_taps(kept))
    weights = np.asarray(np.linalg.lstsq(normal.covariance, normal.cross, rcond=LEAST)[0], float)
    judged = Normal.of(held_out.of_taps(kept)) if held_out.windows else normal
    return judged.errors(weights, normal.bias(weights))


def taps_of(whole: Size, size: Size, features: int) -> NDArray[np.intp]:
    """List the taps of a smaller kernel in the middle of a larger one."""
    at = np.arange(features * whole[0] * whole[1]).reshape(features, *whole)
    top, left = (
        (large - 1) // 2 - (small - 1) // 2 for large, small in zip(whole, size, strict=True)
    )
    inner: NDArray[np.intp] = at[:, top : top + size[0], left : left + size[1]].ravel()
    return inner
