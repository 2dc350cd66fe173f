"""Numbers become what is seen of them: greys and colours, or blue and orange where signs matter."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.fitting import dimmed, fitted
from filterkit.pictures.picture import full_of
from filterkit.viewing.heat import diverging, reduced, shares_of

CHECKS = (102, 153)
"""Two greys, in squares, that stand behind what is transparent."""

USUAL = 0.99
"""Share of the pixels that are not cut."""


class Size(NamedTuple):
    """Say how many rows and columns there is room for, and how many of them a letter is wide."""

    rows: int
    columns: int
    letter: int = 1


class Shades(NamedTuple):
    """Say which numbers are black and white.

    `signed` ones lie around 0, which is white between blue and orange, and mid-grey without them.
    """

    black: float
    white: float
    signed: bool = False

    @classmethod
    def of(cls, numbers: NDArray[Any], size: Size) -> "Shades":
        """Choose them for (rows, columns, channels), as large as there is room for.

        White is the full scale. Floating-point numbers may go beyond: then black is the lowest, and
        white, or the strongest colour of `signed` ones, what one pixel in a hundred reaches. A few
        strong edges would else leave all others pale.
        """
        if numbers.dtype.kind != "f":
            return cls(0, full_of(numbers.dtype))
        lowest, highest = float(numbers.min()), float(numbers.max())
        if lowest >= 0 and highest <= 1:
            return cls(0, 1)
        strengths = fitted(np.abs(numbers), *size[:2])
        usual = float(np.quantile(strengths, USUAL, method="higher"))
        strong = usual or float(strengths.max()) or max(-lowest, highest)
        if lowest < 0:
            return cls(-strong, strong, signed=True)
        white = max(strong, 1.0)
        return cls(lowest if lowest < white else 0, white)

    def greys(
        self, image: NDArray[Any], size: Size, alpha: NDArray[Any] | None = None
    ) -> NDArray[np.uint8]:
        """Draw (rows, columns, 1 or 3) in greys or its colours, as large as there is room for."""
        share: Any = 1.0
        if alpha is not None:
            image = dimmed(image, alpha)
            share = fitted(alpha[..., None], *size[:2]) / full_of(alpha.dtype)
        small = fitted(image, *size[:2]).astype(np.float64)
        unit = max(abs(self.black), self.white)  # numbers may be as large or small as they can be
        black = self.black / unit
        levels = (small / unit - black * share) / (self.white / unit - black) * 255
        if alpha is not None:
            levels = levels + (1 - share) * _checks(levels.shape, 2 * size.letter)
        drawn: NDArray[np.uint8] = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
        return drawn

    def signs(self, image: NDArray[Any], size: Size) -> NDArray[np.uint8]:
        """Draw (rows, columns, 1) in blue and orange: (rows, columns, 3)."""
        return diverging(shares_of(reduced(image[..., 0], *size[:2]), self.white))


def _checks(shape: tuple[int, ...], side: int) -> NDArray[Any]:
    """Draw squares of two greys, (rows, columns, 1)."""
    row, column = np.ogrid[: shape[0], : shape[1]]
    squares: NDArray[Any] = np.array(CHECKS)[(row // side + column // side) % 2]
    return squares[..., None]
