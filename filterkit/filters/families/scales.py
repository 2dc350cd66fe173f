"""Kernels that answer to spots and edges of one size: bright in the middle, dark around."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filterkit.filters.families.family import (
    MOST_SIDE,
    SIGMA,
    Family,
    UpTo,
    positives,
    side,
    totalling,
)
from filterkit.filters.families.smoothing import Gaussian
from filterkit.settings import Number, Or, Whole, setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE_OF_TWO = Or(("auto",), UpTo(MOST_SIDE, Whole(3, odd=True)))
"""A single weight cannot cancel."""


@dataclass(frozen=True)
class Log(Family):
    """Take the Laplacian of a Gaussian, signs turned so that its centre is positive.

    (2 - r^2 / sigma^2) exp(-r^2 / (2 sigma^2)), less its mean; the positive weights add up to 1/2.
    """

    sigma: float = setting(1.4, "of the Gaussian, in pixels", SIGMA)
    size: str | int = setting("auto", "side, odd; auto reaches three sigma", SIDE_OF_TWO)

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        half = side(self.size, self.sigma) // 2
        position = (np.arange(-half, half + 1.0) / self.sigma) ** 2
        squared = position[:, None] + position
        hat = (2 - squared) * np.exp(-0.5 * squared)
        return positives(0.5, hat - hat.mean())


@dataclass(frozen=True)
class Dog(Family):
    """Take the difference of two Gaussians, the wider from the narrower."""

    sigma: float = setting(1.0, "of the narrower Gaussian, in pixels", UpTo(166, Number(least=0.3)))
    ratio: float = setting(1.6, "how much wider the other is", UpTo(100, Number(least=1.01)))
    size: str | int = setting("auto", "side, odd; auto reaches three wider sigma", SIDE_OF_TWO)

    def __post_init__(self) -> None:
        super().__post_init__()
        SIGMA.read("sigma times ratio", self.sigma * self.ratio)

    def weights(self) -> "NDArray[np.float64]":
        wider = self.sigma * self.ratio
        size = side(self.size, wider)
        narrow, wide = Gaussian(self.sigma, size), Gaussian(wider, size)
        return totalling(0.0, narrow.weights() - wide.weights())
