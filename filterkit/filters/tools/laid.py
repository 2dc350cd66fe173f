"""A kernel between two tools: the matrix as it lies on the picture, and what becomes of the sum.

Every reader of another tool's text gives these, and every writer takes them, so that flipping,
anchors and divisors are each settled in one place.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from filterkit.errors import FilterError
from filterkit.filters.tree import Atom, Matrix, Setting, Side, Tree
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import MOST_WEIGHTS
from filterkit.steps.step import Step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORT = 60
"""Letters of a filter in a message."""

WHITE = 255
"""Offsets and biases of other tools are in grey levels, of 8 bits."""

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Laid:
    """Say what one kernel does to a window: sum(weights * v) / divide + bias, where white is 1.

    `rows` lie on the picture as they are printed, never flipped. `anchor` is the row and the
    column, from 0, of the weight that lies on the pixel which the result replaces; None is the
    middle, and of an even number of rows or columns the first of the two in the middle.
    """

    rows: Rows
    divide: float = 1.0
    bias: float = 0.0
    anchor: tuple[int, int] | None = None

    @property
    def total(self) -> float:
        """Add up all weights."""
        return math.fsum(map(math.fsum, self.rows))

    @property
    def size(self) -> tuple[int, int]:
        """Count its rows and its columns."""
        return len(self.rows), len(self.rows[0])

    def turned(self) -> "Laid":
        """Turn the matrix by half a turn, the anchor with it."""
        rows = tuple(row[::-1] for row in self.rows[::-1])
        row, column = self.anchor or middle(self.size)
        anchor = (self.size[0] - 1 - row, self.size[1] - 1 - column)
        return replace(self, rows=rows, anchor=None if anchor == middle(self.size) else anchor)

    def centred(self) -> "Laid":
        """Add rows and columns of zeros until the anchor is in the middle."""
        if self.anchor is None:
            return self
        down, across = (
            _missing(size, place) for size, place in zip(self.size, self.anchor, strict=True)
        )
        return replace(self, rows=_within(self.rows, down, across), anchor=None)

    def odd(self, least: tuple[int, int] = (1, 1)) -> "Laid":
        """Add rows and columns of zeros until both are odd in number, and `least` or more."""
        laid = self.centred()
        down, across = (
            (1 - size % 2 + more, more)
            for size, wanted in zip(laid.size, least, strict=True)
            for more in [max(0, wanted - size) // 2]
        )
        return replace(laid, rows=_within(laid.rows, down, across))

    def square(self, sides: Sequence[int] = ()) -> "Laid":
        """Add rows and columns of zeros until it is a square, of the next of `sides` if given."""
        kernel = self.odd()
        side = max(kernel.size)
        side = next(one for one in sides if one >= side) if sides else side
        return kernel.odd((side, side))

    def divided(self) -> Rows:
        """Give the weights with the divisor in them, for those who have no place for one."""
        return tuple(tuple(weight / self.divide for weight in row) for row in self.rows)

    def atom(self, border: str = "") -> Atom:
        """Write it as a step of an expression, anchor and all."""
        settings: dict[str, Any] = {"border": border} if border else {}
        if self.divide != 1:
            settings["divide"] = self.divide
        if self.bias:
            settings["bias"] = self.bias
        given = tuple(Setting(key, value) for key, value in settings.items())
        return Atom(Matrix(self.centred().rows), given)


def side_by_side(kernels: Iterable[Laid]) -> Tree:
    """Write a list of kernels as a bank, and a single one as itself."""
    parts = tuple(one.atom() for one in kernels)
    return parts[0] if len(parts) == 1 else Side(parts)


def check_size(rows: int, columns: int) -> None:
    """Refuse a kernel with too many weights, before it is made."""
    if rows * columns > MOST_WEIGHTS:
        raise FilterError(f"a kernel has at most {MOST_WEIGHTS} weights, not {rows * columns}.")


def check_count(kernels: Sequence[Laid]) -> None:
    """Refuse a list of kernels with more weights in all than one kernel may have."""
    count = sum(rows * columns for rows, columns in (kernel.size for kernel in kernels))
    if count > MOST_WEIGHTS:
        raise FilterError(f"kernels have at most {MOST_WEIGHTS} weights in all, not {count}.")


def laid_weights(step: Convolve) -> "NDArray[np.float64]":
    """Give the weights as they lie on the picture: turned and spread as the step says.

    The shape is (maps, channels, rows, columns).
    """
    import numpy as np

    weights = step.kernel.weights[..., ::-1, ::-1] if step.flip else step.kernel.weights
    down, across = (window.extent for window in step.windows())
    if (count := weights[..., 0, 0].size * down * across) > MOST_WEIGHTS:
        raise FilterError(
            f"spread by its dilation the kernel has {count} weights, more than {MOST_WEIGHTS}.",
            "a smaller dilation",
        )
    spread = np.zeros((*weights.shape[:2], down, across))
    spread[..., :: step.dilation[0], :: step.dilation[1]] = weights
    return spread


def laid_of(step: Convolve) -> tuple[Laid, ...]:
    """Give the kernels of a convolution that has one matrix for every channel, one for each map."""
    matrices = laid_weights(step)[:, 0].tolist()
    return tuple(Laid(tuple(map(tuple, rows)), step.divide, step.bias) for rows in matrices)


def called(step: Step) -> str:
    """Call a filter by its text in a message, where that is short."""
    return str(step) if len(str(step)) <= SHORT else "this filter"


def middle(size: tuple[int, int]) -> tuple[int, int]:
    """Give the row and the column of the weight that lies on the pixel of the result."""
    return (size[0] - 1) // 2, (size[1] - 1) // 2


def _missing(size: int, place: int) -> tuple[int, int]:
    """Count the positions to be added in front and behind, so that `place` is in the middle."""
    return max(0, size - 2 - 2 * place), max(0, 2 * place + 1 - size)


def _within(rows: Rows, down: tuple[int, int], across: tuple[int, int]) -> Rows:
    """Put zeros around a matrix: so many rows above and below, columns in front and behind."""
    check_size(len(rows) + sum(down), len(rows[0]) + sum(across))
    wide = [(0.0,) * across[0] + row + (0.0,) * across[1] for row in rows]
    empty = (0.0,) * (len(wide[0]))
    return (empty,) * down[0] + tuple(wide) + (empty,) * down[1]
