"""The kernel: a small matrix of weights that is laid over each window of a picture."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from filterkit.errors import FilterError
from filterkit.settings import written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_WEIGHTS = 1_000_000
"""Far above any kernel that slides over a picture in reasonable time."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """Hold the weights as they are laid on the picture, never flipped.

    `weights` is (rows, columns), (channels, rows, columns) for one kernel per channel, or
    (maps, channels, rows, columns) for several feature maps; it is kept read-only, float64, in
    the last form. Kernels are equal when shape and weights are. Raises FilterError when rows
    are ragged, a weight is not finite, or there are none or too many.
    """

    weights: "NDArray[np.float64]"

    def __init__(self, weights: Any) -> None:
        import numpy as np

        try:
            array = np.array(weights, dtype=np.float64)
        except (ValueError, TypeError, OverflowError):
            raise FilterError("the rows of a kernel are numbers, equally many in each.") from None
        if not 2 <= array.ndim <= 4 or array.size == 0:
            raise FilterError(
                "a kernel is (rows, columns), (channels, rows, columns) or (maps, channels, rows, "
                f"columns) and not empty; this one is {array.shape}."
            )
        if array.size > MOST_WEIGHTS:
            raise FilterError(f"a kernel has at most {MOST_WEIGHTS} weights, not {array.size}.")
        if not np.isfinite(array).all():
            raise FilterError("every weight of a kernel is a finite number.")
        array = array.reshape((1,) * (4 - array.ndim) + array.shape) + 0.0  # no negative zeros
        array.flags.writeable = False
        object.__setattr__(self, "weights", array)

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

    def __str__(self) -> str:
        weights = self.weights
        if self.maps == 1 and self.channels == 1:
            rows = [" ".join(written(float(w)) for w in row) for row in weights[0, 0]]
            return "[" + "; ".join(rows) + "]"
        return nested(weights[0] if self.maps == 1 else weights)


def nested(weights: "NDArray[Any]") -> str:
    """Write an array of any depth in brackets with commas."""
    if weights.ndim == 0:
        return written(float(weights))
    return "[" + ",".join(nested(part) for part in weights) + "]"
