"""Flattening: the maps become one vector, ready for a fully connected layer."""

from dataclasses import dataclass

from filterkit.steps.step import Member, Shape, Step


@dataclass(frozen=True)
class Flatten(Step):
    """Lay all numbers out in one vector, in the order rows, columns, maps.

    The vector is an image of one row and one column with a channel a number: a fully connected
    layer is a 1x1 convolution of it.
    """

    def needs(self, low: int, high: int, rows: int) -> tuple[int, int]:
        return 0, rows

    def shape(self, shape: Shape) -> Shape:
        count = shape.rows * shape.columns * shape.channels
        render = shape.members[0].render
        return Shape(1, 1, (Member("", count, render),), flat=True)

    def __str__(self) -> str:
        return "flatten"
