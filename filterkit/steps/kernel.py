"""The kernel: a small matrix of weights that is laid over each window of a picture."""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from filterkit.errors import FilterError
from filterkit.settings import is_finite, shown, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_WEIGHTS = 1_000_000
"""Far above any kernel that slides over a picture in reasonable time."""

TOO_MUCH = "the weights add up to more than a number can hold."


class Formula(Protocol):
    """Make weights when they are wanted."""

    def weights(self) -> "NDArray[np.float64]":
        """Give the weights, (rows, columns)."""


class Kernel:
    """Hold the weights as they are laid on the picture, never flipped.

    `weights` is (rows, columns), (channels, rows, columns) for one kernel per channel, or
    (maps, channels, rows, columns) for several feature maps, or a formula that makes them. Nested
    lists stay what they are, and no NumPy is loaded, until a number of them is wanted. Kernels
    are equal when shape and weights are. Raises FilterError when rows are ragged, a weight is not
    finite, or there are none or too many.
    """

    def __init__(self, weights: Any) -> None:
        if isinstance(weights, (list, tuple)):
            _check(shape_of(weights))
            weights = _frozen(weights)
            _check_reach(reach_of(weights))
        elif not callable(getattr(weights, "weights", None)):
            weights = _array(weights)
        self._given = weights

    @cached_property
    def weights(self) -> "NDArray[np.float64]":
        """Give the weights, (maps, channels, rows, columns), read-only."""
        given = self._given
        return _array(given.weights() if callable(getattr(given, "weights", None)) else given)

    def __reduce__(self) -> tuple[type["Kernel"], tuple[Any]]:
        return Kernel, (self._given,)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kernel):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @cached_property
    def _identity(self) -> tuple[tuple[int, ...], bytes]:
        return self.weights.shape, self.weights.tobytes()

    @property
    def maps(self) -> int:
        """Count the feature maps it makes."""
        return int(self.weights.shape[0])

    @property
    def channels(self) -> int:
        """Count the channels it has weights for; 1 means one matrix for every channel."""
        return int(self.weights.shape[1])

    @property
    def rows(self) -> int:
        """Count its rows."""
        return int(self.weights.shape[2])

    @property
    def columns(self) -> int:
        """Count its columns."""
        return int(self.weights.shape[3])

    @cached_property
    def total(self) -> float:
        """Add up all weights."""
        return float(self.weights.sum())

    @cached_property
    def reach(self) -> float:
        """Add up the weights' absolute values, for the map where that is most."""
        import numpy as np

        return float(np.abs(self.weights).sum(axis=(1, 2, 3)).max())

    @cached_property
    def detector(self) -> bool:
        """Tell whether the weights of every map cancel: |sum| at most 1e-6 of the sum of |w|."""
        import numpy as np

        sums = np.abs(self.weights.sum(axis=(1, 2, 3)))
        return bool((sums <= 1e-6 * np.abs(self.weights).sum(axis=(1, 2, 3))).all())

    @cached_property
    def integral(self) -> bool:
        """Tell whether all weights are whole numbers."""
        import numpy as np

        return bool((self.weights == np.rint(self.weights)).all())

    def __repr__(self) -> str:
        return f"Kernel({self})"

    def __str__(self) -> str:
        weights = self.weights
        if self.maps == 1 and self.channels == 1:
            rows = [" ".join(written(float(w)) for w in row) for row in weights[0, 0]]
            return "[" + "; ".join(rows) + "]"
        return nested(weights[0] if self.maps == 1 else weights)

    def _repr_html_(self) -> str:
        """Show the weights in a notebook, each on the colour of its share."""
        import filterkit  # the package's front door: a kernel need not know who draws it

        return filterkit.notebook_html(self)


class Unknown(Kernel):
    """Stand for a kernel of which only the size is known, ROWSxCOLUMNS: it is to be learned."""

    def __init__(self, rows: int, columns: int) -> None:
        _check((rows, columns))
        self.size = (rows, columns)
        super().__init__([[0.0] * columns] * rows)

    def __reduce__(self) -> tuple[type["Kernel"], tuple[Any, ...]]:
        return Unknown, self.size

    def __str__(self) -> str:
        return "{}x{}".format(*self.size)


def _check(shape: tuple[int, ...] | None) -> None:
    """Raise FilterError for a shape that no kernel can have; None stands for ragged rows."""
    if shape is None:
        raise FilterError("the rows of a kernel are numbers, equally many in each.")
    if not 2 <= len(shape) <= 4 or 0 in shape:
        raise FilterError(
            "a kernel is (rows, columns), (channels, rows, columns) or (maps, channels, rows, "
            f"columns) and not empty; this one is {shape}."
        )
    if math.prod(shape) > MOST_WEIGHTS:
        raise FilterError(f"a kernel has at most {MOST_WEIGHTS} weights, not {math.prod(shape)}.")


def _check_reach(reach: float) -> None:
    if not math.isfinite(reach):
        raise FilterError(TOO_MUCH)


def reach_of(weights: Any) -> float:
    """Add up the absolute values of nested lists of numbers."""
    if isinstance(weights, (list, tuple)):
        return sum(map(reach_of, weights))
    return abs(float(weights))


def shape_of(weights: Any) -> tuple[int, ...] | None:
    """Give the shape of nested lists, or None where they are ragged."""
    if not isinstance(weights, (list, tuple)):
        return ()
    shapes = {shape_of(part) for part in weights}
    if len(shapes) > 1 or None in shapes:
        return None
    (inner,) = shapes or {()}
    return None if inner is None else (len(weights), *inner)


def _frozen(weights: Any) -> Any:
    """Copy nested lists to tuples of finite floats."""
    if isinstance(weights, (list, tuple)):
        return tuple(_frozen(part) for part in weights)
    if not is_finite(weights):
        raise FilterError(f"every weight of a kernel is a finite number, not {shown(weights)}.")
    return float(weights)


def _array(weights: Any) -> "NDArray[np.float64]":
    """Check weights and give them with four axes, read-only, without negative zeros."""
    import numpy as np

    try:
        array = np.array(weights, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise FilterError("the rows of a kernel are numbers, equally many in each.") from None
    _check(array.shape)
    if not np.isfinite(array).all():
        raise FilterError("every weight of a kernel is a finite number.")
    with np.errstate(over="ignore"):
        _check_reach(float(np.abs(array).sum()))
    array = array.reshape((1,) * (4 - array.ndim) + array.shape) + 0.0
    array.flags.writeable = False
    return array


def nested(weights: "NDArray[Any]") -> str:
    """Write an array of any depth in brackets with commas."""
    if weights.ndim == 0:
        return written(float(weights))
    return "[" + ",".join(nested(part) for part in weights) + "]"
