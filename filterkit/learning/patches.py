"""Small squares of the pictures, for descent that cannot look at all of them at every step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError
from filterkit.learning.judging import stride_of
from filterkit.learning.moments import HELD_OUT
from filterkit.learning.sought import inside
from filterkit.steps.flatten import Flatten
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import walk
from filterkit.steps.step import Step

Image = NDArray[Any]

SIDE = 24
"""Rows and columns of the results of a patch, about."""

MOST_WHOLE = 1 << 20
"""Pixels of a picture that is looked at as a whole, where a step asks for that."""


class Batch(NamedTuple):
    """Hold patches (patches, rows, columns, channels), and the results that no border touches."""

    before: Image
    after: Image
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True)
class Patches:
    """Cut pairs, of full scale 1, into a grid of patches whose results do not overlap."""

    pairs: Sequence[tuple[Image, Image]]
    side: tuple[int, int]
    stride: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    fitted: tuple[tuple[int, int, int], ...]
    held_out: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, pairs: Sequence[tuple[Image, Image]], step: Step) -> "Patches":
        """Lay the grid for a step. Raises ExamplesError where the pictures are too small."""
        stride = stride_of(step)
        if any(isinstance(one, (Normalize, Flatten)) for one in walk(step)):
            return cls._whole(pairs, stride)
        side = stride * math.ceil(SIDE / stride)
        while _count(step, side) < SIDE // 2:
            side += stride
        runs = inside(step, (0, side), 0), inside(step, (0, side), 1)
        apart = [(run[1] - run[0]) * stride for run in runs]
        places = [
            (at, row, column)
            for at, (before, _) in enumerate(pairs)
            for row in range(0, before.shape[0] - side + 1, apart[0])
            for column in range(0, before.shape[1] - side + 1, apart[1])
        ]
        if len(places) < 2:
            raise ExamplesError(
                f"the pictures are too small: learning needs two patches of {side}x{side} pixels.",
                "larger pictures, or more of them",
            )
        return cls(pairs, (side, side), stride, *runs, *_parted(places))

    @classmethod
    def _whole(cls, pairs: Sequence[tuple[Image, Image]], stride: int) -> "Patches":
        """Take every picture as one patch, as steps ask for that look at whole maps."""
        rows, columns = pairs[0][0].shape[:2]
        if any(before.shape[:2] != (rows, columns) for before, _ in pairs):
            raise ExamplesError("this shape looks at whole maps: all pictures need one size.")
        if rows * columns > MOST_WHOLE:
            raise ExamplesError(
                f"this shape looks at whole maps; {rows}x{columns} pixels are too many for that.",
                "pictures of 1024x1024 pixels or less",
            )
        places = [(at, 0, 0) for at in range(len(pairs))]
        after = pairs[0][1].shape
        return cls(pairs, (rows, columns), stride, (0, after[0]), (0, after[1]), *_parted(places))

    def batch(self, places: Sequence[tuple[int, int, int]]) -> Batch:
        """Put patches together."""
        before, after = [], []
        for at, row, column in places:
            high, wide = self.side
            before.append(self.pairs[at][0][row : row + high, column : column + wide])
            top, left = row // self.stride, column // self.stride
            after.append(
                self.pairs[at][1][
                    top + self.rows[0] : top + self.rows[1],
                    left + self.columns[0] : left + self.columns[1],
                ]
            )
        return Batch(np.stack(before), np.stack(after), self.rows, self.columns)


def _parted(places: list[tuple[int, int, int]]) -> tuple[Any, Any]:
    """Part places into those that are fitted, and those held out; of few, all are both."""
    held_out = tuple(places[HELD_OUT - 1 :: HELD_OUT]) or tuple(places)
    fitted = tuple(one for at, one in enumerate(places) if at % HELD_OUT != HELD_OUT - 1)
    return fitted, held_out


def _count(step: Step, side: int) -> int:
    """Count the results of a patch along its shorter side."""
    runs = (inside(step, (0, side), axis) for axis in (0, 1))
    return min(high - low for low, high in runs)
