"""A kernel between two tools: the matrix as it lies on the picture, and what becomes of the sum.

Every reader of another tool's text gives these, and every writer takes them, so that flipping,
anchors and divisors are each settled in one place.
"""

from dataclasses import dataclass

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
    def size(self) -> tuple[int, int]:
        """Count its rows and its columns."""
        return len(self.rows), len(self.rows[0])

    def turned(self) -> "Laid":
        """Turn the matrix by half a turn, the anchor with it."""
        rows = tuple(row[::-1] for row in self.rows[::-1])
        row, column = self.anchor or middle(self.size)
        anchor = (self.size[0] - 1 - row, self.size[1] - 1 - column)
        return Laid(rows, self.divide, self.bias, None if anchor == middle(self.size) else anchor)

    def centred(self) -> "Laid":
        """Add rows and columns of zeros until the anchor is in the middle."""
        if self.anchor is None:
            return self
        down, across = (
            _missing(size, place) for size, place in zip(self.size, self.anchor, strict=True)
        )
        return Laid(_within(self.rows, down, across), self.divide, self.bias)

    def odd(self, least: tuple[int, int] = (1, 1)) -> "Laid":
        """Add rows and columns of zeros until both are odd in number, and `least` or more."""
        laid = self.centred()
        down, across = (
            (1 - size % 2 + more, more)
            for size, wanted in zip(laid.size, least, strict=True)
            for more in [max(0, wanted - size) // 2]
        )
        return Laid(_within(laid.rows, down, across), laid.divide, laid.bias)


def middle(size: tuple[int, int]) -> tuple[int, int]:
    """Give the row and the column of the weight that lies on the pixel of the result."""
    return (size[0] - 1) // 2, (size[1] - 1) // 2


def _missing(size: int, place: int) -> tuple[int, int]:
    """Count the positions to be added in front and behind, so that `place` is in the middle."""
    return max(0, size - 2 - 2 * place), max(0, 2 * place + 1 - size)


def _within(rows: Rows, down: tuple[int, int], across: tuple[int, int]) -> Rows:
    """Put zeros around a matrix: so many rows above and below, columns in front and behind."""
    wide = [(0.0,) * across[0] + row + (0.0,) * across[1] for row in rows]
    empty = (0.0,) * (len(wide[0]))
    return (empty,) * down[0] + tuple(wide) + (empty,) * down[1]
