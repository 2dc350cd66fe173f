"""Kernels that smooth: their weights are positive and average a neighbourhood."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filterkit.filters.families.family import (
    AUTO_SIDE,
    MOST_SIDE,
    SIGMA,
    Family,
    UpTo,
    bar,
    side,
    turned,
    within,
)
from filterkit.settings import Number, Pair, Rows, Whole, setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Box(Family):
    """Average a rectangle: every weight is one."""

    size: Pair = setting((3, 3), "rows and columns", UpTo(MOST_SIDE, Rows()))

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        return np.ones(self.size)

    @property
    def divisor(self) -> float:
        return float(self.size[0] * self.size[1])


@dataclass(frozen=True)
class Gaussian(Family):
    """Average with the bell curve exp(-r^2 / (2 sigma^2)), sampled at the pixels' centres."""

    sigma: float = setting(1.0, "standard deviation, in pixels", SIGMA)
    size: str | int = setting("auto", "side, odd; auto reaches three sigma", AUTO_SIDE)

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        half = side(self.size, self.sigma) // 2
        curve = np.exp(-0.5 * (np.arange(-half, half + 1.0) / self.sigma) ** 2)
        curve /= curve.sum()
        return np.outer(curve, curve)


@dataclass(frozen=True)
class Binomial(Family):
    """Average with a row of Pascal's triangle times itself: a bell curve in whole numbers.

    Its standard deviation is sqrt(size - 1) / 2 pixels. Up to size 19 the sum of products over a
    picture of 16 bit stays below 2^53, so that it is exact.
    """

    size: int = setting(5, "side", UpTo(19, Whole(1), advice="gaussian, for a wider one"))

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        n = self.size - 1
        pascal = np.array([math.comb(n, k) for k in range(self.size)], dtype=np.float64)
        return np.outer(pascal, pascal)

    @property
    def divisor(self) -> float:
        return 4.0 ** (self.size - 1)


@dataclass(frozen=True)
class Disk(Family):
    """Average a disk, as a lens out of focus does: ones where the distance is small enough.

    A pixel belongs to it when its centre is at most radius + 1/2 away, so that the disk is as
    wide as the 2 * radius + 1 pixels of its middle row; without the half, single pixels would
    stick out in the four directions.
    """

    radius: float = setting(3.0, "in pixels", UpTo(MOST_SIDE // 2, Number(least=0)))

    def weights(self) -> "NDArray[np.float64]":
        return within(self.radius + 0.5, half=int(self.radius + 0.5))

    @property
    def divisor(self) -> float:
        return float(self.weights().sum())


@dataclass(frozen=True)
class Motion(Family):
    """Average along a line through the centre, as a camera does that moves while it exposes.

    The line is one pixel wide and its edges are soft. Rows and columns of zeros are left out.
    """

    length: float = setting(9.0, "in pixels", UpTo(MOST_SIDE - 1, Number(least=1)))
    angle: float = setting(0.0, "degrees anticlockwise, 0 is horizontal", Number())

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        half = min(math.ceil(self.length / 2) + 1, MOST_SIDE // 2)
        along, across = turned(half, half, self.angle)
        line = bar(along, self.length) * bar(across, 1)
        rows, columns = (np.flatnonzero(line.any(axis=axis)) for axis in (1, 0))
        return line[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    @property
    def divisor(self) -> float:
        return float(self.weights().sum())
