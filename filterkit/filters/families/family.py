"""What kernels by formula have in common: limits, angles, and sums that come out exactly."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filterkit.errors import SettingError
from filterkit.settings import Kind, Number, Or, Whole, read_settings, shown, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SIDE = 999
"""The largest odd side whose square is within the weights that a kernel may have."""


class Family:
    """Make a kernel from a few numbers, each declared with `setting`.

    A frozen dataclass; its first setting is the one that a bare value sets.
    """

    def __post_init__(self) -> None:
        read_settings(self)

    def weights(self) -> "NDArray[np.float64]":
        """Give the weights, (rows, columns): integers where the formula allows."""
        raise NotImplementedError

    @property
    def divisor(self) -> float:
        """Give the number that the sum of products is divided by."""
        return 1.0


@dataclass(frozen=True)
class UpTo(Kind):
    """A value of another kind, `most` or less; of a pair, each number of it."""

    most: float
    other: Kind
    advice: str = ""

    @property
    def metavar(self) -> str:
        return self.other.metavar

    def read(self, name: str, value: Any) -> Any:
        canonical = self.other.read(name, value)
        if max(canonical if isinstance(canonical, tuple) else (canonical,)) > self.most:
            raise SettingError(
                f"{name} is {written(self.most)} or less, not {shown(value)}.", self.advice
            )
        return canonical


SIGMA = UpTo(166, Number(least=0.1))
SIDE = UpTo(MOST_SIDE, Whole(1, odd=True))
AUTO_SIDE = Or(("auto",), SIDE)


def side(size: str | int, sigma: float) -> int:
    """Give the side that was asked for; `auto` reaches three sigma to either side."""
    return 2 * math.ceil(3 * sigma) + 1 if isinstance(size, str) else size


def direction(angle: float) -> tuple[float, float]:
    """Give cosine and sine of an angle in degrees, exact at every quarter turn."""
    quarters, rest = divmod(angle % 360, 90)
    cosine, sine = math.cos(math.radians(rest)), math.sin(math.radians(rest))
    if rest == 45:
        cosine = sine = math.sqrt(0.5)
    for _ in range(int(quarters)):
        cosine, sine = -sine, cosine
    return cosine, sine


def turned(
    half_rows: int, half_columns: int, angle: float
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Give each weight's distance from the centre, along and across a line at `angle`.

    Degrees anticlockwise from a rightward horizontal as seen on the screen, whose rows grow
    downward: 45 is `/`. Both are (2 * half_rows + 1, 2 * half_columns + 1), in pixels.
    """
    import numpy as np

    row = np.arange(-half_rows, half_rows + 1.0)[:, None]
    column = np.arange(-half_columns, half_columns + 1.0)[None, :]
    cosine, sine = direction(angle)
    return column * cosine - row * sine, column * sine + row * cosine


def bar(distance: "NDArray[np.float64]", width: float) -> "NDArray[np.float64]":
    """Give 1 inside a bar of that width around zero and 0 outside, with edges one pixel soft."""
    import numpy as np

    return np.clip((width + 1) / 2 - np.abs(distance), 0.0, 1.0)


def within(radius: float, half: int) -> "NDArray[np.float64]":
    """Give 1 where the distance from the centre is at most the radius, else 0."""
    import numpy as np

    position = np.arange(-half, half + 1.0)
    return (position[:, None] ** 2 + position**2 <= radius**2).astype(np.float64)


def totalling(total: float, weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Make the weights add up to exactly `total`, in whichever order they are added.

    All are rounded to multiples of one power of two, so fine that no sum of them is rounded
    again; the centre takes up what is then missing.
    """
    import numpy as np

    reach = max(float(np.abs(weights).sum()), abs(total))
    grain = 2.0 ** (math.ceil(math.log2(reach)) - 50)
    weights = np.rint(weights / grain) * grain
    weights[weights.shape[0] // 2, weights.shape[1] // 2] += total - weights.sum()
    return weights


def positives(total: float, weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Scale weights that cancel so that the positive ones add up to `total`; they cancel to 0."""
    import numpy as np

    return totalling(0.0, weights * (total / np.maximum(weights, 0).sum()))
