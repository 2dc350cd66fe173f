"""What descent makes smaller where a shape is not linear: the squared error over some patches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.gradients import traced
from filterkit.learning.model import Model
from filterkit.learning.patches import Batch, Patches

Vector = NDArray[np.float64]

TINY = 1e-3
"""Change of the weights, as a share of their size, by which curvature is felt."""


@dataclass(frozen=True)
class Objective:
    """Give loss and gradient of the numbers that are descended on.

    `coordinates` make a model's weights and biases of them. `limits` are what the pictures were cut
    at, or None: a result beyond one of them is right where the picture shows the limit.
    """

    model: Model
    patches: Patches
    limits: tuple[float, float] | None
    coordinates: NDArray[np.float64]
    l2: float = 0.0

    def weights(self, numbers: Vector) -> Vector:
        """Give weights and biases, in a row."""
        return self.coordinates @ numbers

    def numbers(self, weights: Vector) -> Vector:
        """Give the numbers that stand for weights and biases."""
        return np.asarray(np.linalg.solve(self.coordinates, weights), np.float64)

    def loss(self, numbers: Vector, batch: Batch) -> float:
        """Give the mean squared error over some patches."""
        return self._traced(numbers, batch, False)[0]

    def gradient(self, numbers: Vector, batch: Batch) -> Vector:
        """Give the gradient of the mean squared error, and of the penalty."""
        return self._traced(numbers, batch, True)[1]

    def _traced(self, numbers: Vector, batch: Batch, backward: bool) -> tuple[float, Vector]:
        weights = self.weights(numbers)
        result, back = traced(self.model.with_numbers(weights), batch.before)
        rows, columns = slice(*batch.rows), slice(*batch.columns)
        off = self._off(result[:, rows, columns], batch.after)
        loss = float(np.mean(np.square(off, dtype=np.float64)))
        if not backward:
            return loss, numbers
        upstream = np.zeros_like(result)
        upstream[:, rows, columns] = off * (2 / off.size)
        gradient = self.model.gradient(back(upstream).kernels)
        gradient += 2 * self.l2 * weights * self.model.are_weights
        return loss, self.coordinates.T @ gradient

    def _off(self, result: Vector, wanted: Vector) -> Vector:
        """Give the errors, none where both lie at or beyond the same limit."""
        off: Vector = result - wanted
        if self.limits is not None:
            low, high = self.limits
            off[(wanted <= low) & (result <= low)] = 0
            off[(wanted >= high) & (result >= high)] = 0
        return off

    def curvature(self, numbers: Vector, batch: Batch) -> float:
        """Find the largest curvature by power iteration on differences of gradients."""
        here = self.gradient(numbers, batch)
        tiny = TINY * size_of(numbers)
        direction, length = np.ones_like(numbers) / np.sqrt(len(numbers)), 1.0
        for _ in range(20):
            change = (self.gradient(numbers + tiny * direction, batch) - here) / tiny
            length = float(np.linalg.norm(change)) or 1.0
            direction = change / length
        return length


def size_of(numbers: Vector) -> float:
    """Give the size of numbers, root mean square; that of zeros is taken for 1/100."""
    return float(np.sqrt(np.mean(np.square(numbers)))) or 0.01
