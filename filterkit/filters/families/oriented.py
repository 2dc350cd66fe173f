"""Kernels that answer to one direction: to a line, or to stripes."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filterkit.errors import SettingError
from filterkit.filters.families.family import (
    MOST_SIDE,
    Family,
    UpTo,
    bar,
    direction,
    positives,
    turned,
    within,
)
from filterkit.settings import Choice, Number, Or, Whole, setting, written

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Line(Family):
    """Answer to a line through the centre that differs from what lies on both sides of it.

    A bar with a flank of equal width on each side, all with soft edges, inside the disk as wide
    as `size`: so a line is equally long at every angle. Positive weights add up to 6, as in the
    masks of 3x3; `size=3` at 0 and 90 degrees gives these.
    """

    angle: float = setting(0.0, "of the line, degrees anticlockwise; 45 is /", Number())
    size: int = setting(7, "side, odd", UpTo(MOST_SIDE, Whole(3, odd=True)))
    width: float = setting(1.0, "of the line, in pixels", Number(least=1))
    polarity: str = setting("bright", "the line against its sides", Choice(("bright", "dark")))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width > self.size / 2:
            raise SettingError(
                f"width is half of size={self.size} or less, not {written(self.width)}.",
                "a larger size: three times the width shows the line and both its sides",
            )

    def weights(self) -> "NDArray[np.float64]":
        half = self.size // 2
        disk = within(self.size / 2, half)
        _, across = turned(half, half, self.angle)
        line = disk * bar(across, self.width)
        sides = disk * (bar(across - self.width, self.width) + bar(across + self.width, self.width))
        weights = positives(6.0, line / line.sum() - sides / sides.sum())
        return weights if self.polarity == "bright" else -weights


@dataclass(frozen=True)
class Gabor(Family):
    """Answer to stripes: a wave under a bell curve, less so much of the curve that it cancels.

    `angle` is that of the stripes. With phase 0 a bright stripe lies on the centre, with 90 an
    edge. The curve's deviation is sigma across the stripes and sigma / aspect along them; auto is
    0.56 wavelengths, one octave of bandwidth (N. Petkov, P. Kruizinga, 1997, Biological
    Cybernetics 76, pp. 83-96). The positive weights add up to 1.
    """

    wavelength: float = setting(
        8.0, "from stripe to stripe, in pixels", UpTo(MOST_SIDE, Number(least=2))
    )
    angle: float = setting(0.0, "of the stripes, degrees anticlockwise; 45 is /", Number())
    sigma: str | float = setting(
        "auto", "of the bell curve across the stripes", Or(("auto",), UpTo(166, Number(least=1)))
    )
    aspect: float = setting(0.5, "width of the curve by its length", UpTo(2, Number(least=0.1)))
    phase: float = setting(0.0, "degrees; 0 answers to stripes, 90 to edges", Number())

    def __post_init__(self) -> None:
        super().__post_init__()
        rows, columns = (2 * half + 1 for half in self._halves)
        if max(rows, columns) > MOST_SIDE:
            raise SettingError(
                f"these settings make a kernel of {rows}x{columns}; {MOST_SIDE} rows and columns "
                "are the most.",
                "a shorter wavelength, a smaller sigma, or an aspect nearer to 1",
            )

    @property
    def _deviation(self) -> float:
        return 0.56 * self.wavelength if isinstance(self.sigma, str) else self.sigma

    @property
    def _halves(self) -> tuple[int, int]:
        """Reach three deviations in each direction: the box around an ellipse."""
        cosine, sine = direction(self.angle)
        reach = 3 * self._deviation
        return (
            math.ceil(reach * math.hypot(cosine, sine / self.aspect)),
            math.ceil(reach * math.hypot(sine, cosine / self.aspect)),
        )

    def weights(self) -> "NDArray[np.float64]":
        import numpy as np

        along, across = turned(*self._halves, self.angle)
        squared = across**2 + (self.aspect * along) ** 2
        curve = np.exp(-0.5 * squared / self._deviation**2)
        wave = np.cos(2 * np.pi * across / self.wavelength + np.radians(self.phase % 360))
        mean = (curve * wave).sum() / curve.sum()
        return positives(1.0, curve * (wave - mean))
