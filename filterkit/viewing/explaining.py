"""An explanation: what is told of a filter, step by step, and of one number of its result."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import UsageError
from filterkit.steps.step import Shape, Step
from filterkit.viewing.grid import LARGE
from filterkit.viewing.shapes import Line, summary
from filterkit.viewing.tracing import Traced, traced
from filterkit.viewing.worked import Place, Worked, followed, worked

ALL_WINDOWS = 25
"""Windows that are worked out one by one, where a result has no more."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Explain a filter over an image (rows, columns, channels), most of all one number.

    `label` names the image. `at` is a place in the result: where its first map is largest or, of a
    large result, the middle, unless given. Raises TooSmallError and its like where the filter
    does not fit, and UsageError where `at` lies outside.
    """

    filter: Step
    image: NDArray[Any]
    label: str = "picture"
    given: Place | None = None

    @cached_property
    def stages(self) -> list[Traced]:
        """Take the filter apart."""
        return traced(self.filter, self.image)

    @property
    def result(self) -> Traced:
        """Give the last stage."""
        return self.stages[-1]

    @cached_property
    def lines(self) -> list[Line]:
        """List what each step makes and costs, the picture first."""
        return summary(self.filter, Shape.of(*self.image.shape))

    @cached_property
    def at(self) -> Place:
        """Give the place of the number that is followed back to the picture."""
        shape = self.result.shape
        if self.given is None:
            if not is_small(self.result):
                return Place(shape.rows // 2, shape.columns // 2)
            numbers = np.abs(whole(self.result)[..., 0])
            return Place(*map(int, np.unravel_index(numbers.argmax(), numbers.shape)))
        for at, most, word in zip(
            self.given, (shape.rows, shape.columns, shape.channels), ("row", "column", "map"),
            strict=True,
        ):  # fmt: skip
            if not 0 <= at < most:
                raise UsageError(
                    f"there is no {word} {at}: the result is {shape.size}, counted from 0.",
                    f"--at {min(self.given[0], shape.rows - 1)},"
                    f"{min(self.given[1], shape.columns - 1)}",
                )
        return self.given

    @cached_property
    def worked(self) -> dict[int, list[Worked]]:
        """Work out the number, and those that matter most to it, by stage."""
        places = [self.at]
        if self.given is None and self.result.is_bank:
            spans = self.result.shape.spans()
            places = [self.at._replace(channel=span.start) for span in spans]
        return followed(self.stages, len(self.stages) - 1, places)

    def every(self, stage: Traced) -> Iterator[Worked]:
        """Work out all numbers of a stage that makes one map, row by row."""
        for row in range(stage.shape.rows):
            for column in range(stage.shape.columns):
                yield worked(self.stages, stage.number, Place(row, column))

    def object(self) -> dict[str, Any]:
        """Give it for --json."""
        return {
            "schema": 1,
            "filter": str(self.filter),
            "input": self.label,
            "at": list(self.at),
            "steps": [self._step(stage) for stage in self.stages],
        }

    def _step(self, stage: Traced) -> dict[str, Any]:
        told = {**self.lines[stage.number].object(), "white": stage.white}
        told["from"] = list(stage.inputs)
        told["worked"] = [one.object() for one in self.worked.get(stage.number, [])]
        if is_small(stage):
            told["numbers"] = whole(stage).tolist()
        return told


VECTOR = 64
"""Numbers of a vector that can be read."""


def is_small(stage: Traced) -> bool:
    """Tell whether all numbers of a stage can be read."""
    if stage.shape.flat:
        return stage.shape.channels <= VECTOR
    return max(stage.shape.rows, stage.shape.columns) <= LARGE and stage.shape.channels <= LARGE


def whole(stage: Traced) -> NDArray[np.float64]:
    """Give all numbers of a stage, (rows, columns, channels)."""
    found: NDArray[np.float64] = stage.part(
        np.arange(stage.shape.rows), np.arange(stage.shape.columns)
    )
    return found
