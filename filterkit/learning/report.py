"""What is known of a fit when it is done: numbers to judge it by, and sentences."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]


class Comparison(NamedTuple):
    """Hold parts of a pair to look at, pixels of 8 bit: before, after, and what was learned."""

    name: str
    before: Image
    after: Image
    learned: Image


@dataclass(frozen=True)
class Report:
    """Tell how a filter was learned, and how well it does.

    `losses` are (steps, grey levels off, root mean square) on the way. `residual` is that of the
    fit, before rounding; 0.289 is what rounding to whole grey levels leaves. `psnr` (dB), `exact`
    and `within_one` (shares) are those of the pixels when the filter is applied again. `r2` is the
    share of the variance that is explained in windows held out. `deviations` are standard errors
    of the weights, in the weights' own shape. `separable` is the share of the weights' squares
    that a column times a row has. `exactly` is what --snap found.
    """

    shape: str
    sharing: str
    space: str
    examples: tuple[str, ...]
    optimizer: str
    steps: int
    losses: tuple[tuple[int, float], ...]
    windows: int
    clipped: float
    residual: float
    psnr: float
    exact: float
    within_one: float
    r2: float
    deviations: NDArray[np.float64] | None = None
    condition: float | None = None
    separable: float | None = None
    border: str = ""
    exactly: str = ""
    notes: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    def object(self) -> dict[str, Any]:
        """Give it for --json."""
        kept = {
            key: value for key, value in vars(self).items()
            if key not in ("comparisons", "deviations", "losses")
        }  # fmt: skip
        finite = {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in kept.items()
        }
        deviations = None if self.deviations is None else self.deviations.squeeze().tolist()
        return {
            **finite, "examples": list(self.examples), "notes": list(self.notes),
            "deviations": deviations, "losses": [list(one) for one in self.losses],
        }  # fmt: skip
