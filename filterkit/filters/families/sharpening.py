"""Kernels that sharpen or light from the side: they add up to one, so brightness stays."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from filterkit.filters.families.family import AUTO_SIDE, SIDE, SIGMA, Family, UpTo, totalling
from filterkit.filters.families.smoothing import Gaussian
from filterkit.settings import Number, setting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FACTOR = UpTo(100, Number(least=0))


@dataclass(frozen=True)
class Unsharp(Family):
    """Add to the picture `amount` times what a Gaussian takes away from it."""

    sigma: float = setting(1.0, "of the Gaussian, in pixels", SIGMA)
    amount: float = setting(1.0, "how much is added; 0 changes nothing", FACTOR)
    size: str | int = setting("auto", "side, odd; auto reaches three sigma", AUTO_SIDE)

    def weights(self) -> "NDArray[np.float64]":
        weights = -self.amount * Gaussian(self.sigma, self.size).weights()
        weights[weights.shape[0] // 2, weights.shape[1] // 2] += 1 + self.amount
        return totalling(1.0, weights)


@dataclass(frozen=True)
class HighBoost(Family):
    """Add to the picture `boost` times its difference from the mean of a square.

    Gonzalez and Woods: f + k (f - mean), unsharp masking at k = 1 and high-boost filtering
    above, which adds up to one. (Their first editions have A f - mean, which adds up to A - 1
    and so changes the brightness.) The weights are whole numbers; of `boost`, six decimals count.
    """

    boost: float = setting(1.5, "how much is added; 0 changes nothing", FACTOR)
    size: int = setting(3, "side of the square, odd", SIDE)

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        share, middle = self._share, self.size // 2
        weights = np.full((self.size, self.size), -share.numerator, dtype=np.float64)
        weights[middle, middle] += (share.numerator + share.denominator) * self.size**2
        return weights

    @property
    def divisor(self) -> float:
        return float(self._share.denominator * self.size**2)

    @property
    def _share(self) -> Fraction:
        return Fraction(str(self.boost)).limit_denominator(1_000_000)


@dataclass(frozen=True)
class Emboss(Family):
    """Light the picture from the side as if its brightness were height, and keep its colours.

    At 135 degrees the matrix is [-2 -1 0; -1 1 1; 0 1 2]. At other angles the eight neighbours
    are turned around the centre: each weight grows evenly from -2, towards the light, to 2.
    """

    angle: float = setting(135.0, "where the light comes from; 135 is the upper left", Number())

    RING = ((1, 2), (0, 2), (0, 1), (0, 0))
    """Row and column of the neighbours at 0, 45, 90 and 135 degrees."""

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        weights = np.zeros((3, 3))
        weights[1, 1] = 1
        for place, (row, column) in enumerate(self.RING):
            turn = (self.angle - 45 * place) % 360
            weight = min(turn, 360 - turn) / 45 - 2
            weights[row, column] = weight
            weights[2 - row, 2 - column] = -weight
        return weights + 0.0  # no negative zeros
