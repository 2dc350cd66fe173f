"""Pooling the fast way: first along the rows, then along the columns, view by view."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.columns import Columns
from filterkit.engine.scale import Scale
from filterkit.steps.pool import Pool
from filterkit.steps.step import Shape


class Pooling:
    """Pool blocks of rows of one picture; `scale` then describes the result."""

    def __init__(self, step: Pool, shape: Shape, scale: Scale) -> None:
        self.step = step
        self.rows, self.width = shape.rows, shape.columns
        gain = 1.0 if step.kind in ("max", "min") else float(step.size[0] * step.size[1])
        self.source = scale.holding(gain)
        self.scale = self.source.grown(gain, step.kind in ("max", "min", "sum"))
        self.columns = Columns(step, shape.columns)

    def __call__(self, block: NDArray[Any], low: int, high: int) -> NDArray[Any]:
        """Give the output rows low … high-1 of the rows that they need."""
        kind, (down, across) = self.step.kind, self.step.windows()
        numbers = self.columns.padded(block, self.source.dtype)
        if kind == "l2":
            numbers = np.square(numbers)
        join = {"max": np.maximum, "min": np.minimum}.get(kind, np.add)
        for axis, window, count in ((0, down, high - low), (1, across, self.columns.count)):
            views = window.views(numbers, axis, count)
            total = next(views).copy()
            for view in views:
                join(total, view, out=total)
            numbers = total
        if kind == "average":
            numbers /= self._counts(low, high).astype(numbers.dtype)
        return np.sqrt(numbers, out=numbers) if kind == "l2" else numbers

    def _counts(self, low: int, high: int) -> NDArray[Any]:
        """Count the real numbers in each window, (rows, columns, 1)."""
        down, across = self.step.windows()
        rows = down.counts(low, high, self.rows)
        return np.outer(rows, across.counts(0, self.columns.count, self.width))[..., None]
