"""A filter taken apart: its steps one by one, each fed by those before it, over one image.

The numbers between the steps are those of the engine: each stage is computed as the filter that
ends there, for the rows that are asked for and no others.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.rows import merged
from filterkit.pictures.picture import full_of
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Shape, Step

Image = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Stage:
    """Hold a step, the numbers of the stages that feed it, and the filter that ends with it.

    Stage 0 is the picture itself. A bank feeds on its operands' last stages. `image` is (rows,
    columns, channels) of the picture.
    """

    number: int
    step: Step
    inputs: tuple[int, ...]
    upto: Pipeline | None
    shape: Shape
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

        Those are a picture's own, and such as are shown as they are, from 0 to white.
        """
        if self.upto is None:
            return self.white
        members = zip(self.shape.spans(), self.shape.members, strict=True)
        kind = next(one.render.kind for span, one in members if channel < span.stop)
        known = numbers[np.isfinite(numbers)]
        inside = known.min(initial=0.0) >= 0 and known.max(initial=0.0) <= self.white
        return self.white if kind == "clip" and inside else None

    @cached_property
    def names(self) -> list[str]:
        """Name the channels: red, green and blue, or their members and numbers."""
        if self.shape.flat:
            return [f"number {n}" for n in range(self.shape.channels)]
        names: list[str] = []
        for member in self.shape.members:
            own = ["red", "green", "blue"] if member.channels == 3 else (
                [str(n + 1) for n in range(member.channels)] if member.channels > 1 else [""]
            )  # fmt: skip
            names.extend(" ".join(part for part in (member.name, one) if part) for one in own)
        return names


def stages(step: Step, image: Image) -> list[Stage]:
    """Take a filter apart. Raises TooSmallError and its like where it does not fit."""
    shape = Shape.of(*image.shape)
    found = [Stage(0, Step(), (), None, shape, image)]
    _add(step, [], found, 0)
    return found


def _add(step: Step, before: list[Step], found: list[Stage], source: int) -> int:
    """Put the stages of a step behind stage `source`; give the number of the last."""
    if isinstance(step, Pipeline):
        for at, one in enumerate(step.steps):
            source = _add(one, [*before, *step.steps[:at]], found, source)
        return source
    inputs: tuple[int, ...] = (source,)
    if isinstance(step, Bank):
        inputs = tuple(_add(one, before, found, source) for one in step.operands)
    shape = step.shape(found[source].shape)
    upto = Pipeline([*before, step])
    found.append(Stage(len(found), step, inputs, upto, shape, found[0].image))
    return len(found) - 1
