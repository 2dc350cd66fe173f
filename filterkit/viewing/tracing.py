"""A filter taken apart over one image: the numbers between its steps.

They are those of the engine: each stage is computed as the filter that ends there, for the rows
that are asked for and no others.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.rows import merged
from filterkit.pictures.picture import full_of
from filterkit.steps.step import Shape, Step
from filterkit.viewing.stages import Stage, stages

Image = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Traced(Stage):
    """Hold a stage and the picture, (rows, columns, channels), that its numbers are made of."""

    image: Image

    @cached_property
    def run(self) -> Run:
        """Make the engine ready; nothing but a normalisation computes more than it is asked for."""
        assert self.upto is not None  # the picture needs none
        return Run(self.upto, self.image)

    @property
    def white(self) -> float:
        """Give the number that stands for white here: 255, 65535 or 1."""
        return full_of(self.image.dtype) if self.upto is None else self.run.full

    def part(self, rows: "NDArray[np.int64]", columns: "NDArray[np.int64]") -> Image:
        """Give the numbers at some rows and columns, of all channels; 0 where one of them is -1."""
        found = np.zeros((len(rows), len(columns), self.shape.channels))
        for low, high in merged((row, row + 1) for row in {*rows[rows >= 0].tolist()}):
            block = np.asarray(self._rows(low, high), np.float64)
            for at, row in enumerate(rows.tolist()):
                if low <= row < high:
                    found[at] = block[row - low].take(columns.clip(0), axis=0)
        found[:, columns < 0] = 0
        return found

    def _rows(self, low: int, high: int) -> Image:
        return self.image[low:high] if self.upto is None else self.run.rows(low, high)

    def value(self, row: int, column: int) -> Image:
        """Give the numbers of all channels at one place."""
        found: Image = self.part(np.array([row]), np.array([column]))[0, 0]
        return found

    def statistics(self, channel: int) -> tuple[float, float]:
        """Give what a normalisation takes away from a channel, and multiplies the rest with."""
        shift, scale = self.run.settled[0, self.run.graph.end]
        return float(shift[channel]), float(scale[channel])

    def grey(self, channel: int, numbers: "NDArray[np.float64]") -> float | None:
        """Give what is white in some numbers of a channel, None where they are no shades of grey.

        Those lie from 0 to white, and are a picture's own or shown as they are.
        """
        members = zip(self.shape.spans(), self.shape.members, strict=True)
        kind = next(one.render.kind for span, one in members if channel < span.stop)
        known = numbers[np.isfinite(numbers)]
        inside = known.min(initial=0.0) >= 0 and known.max(initial=0.0) <= self.white
        return self.white if kind == "clip" and inside else None


def traced(step: Step, image: Image) -> list[Traced]:
    """Take a filter apart. Raises TooSmallError and its like where it does not fit."""
    return [Traced(**vars(one), image=image) for one in stages(step, Shape.of(*image.shape))]
