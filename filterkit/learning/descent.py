"""Gradient descent on a quadratic function: the mean squared error of a linear kernel.

Each step costs one product of a small matrix with a vector, and the iterates are those of descent
over all the pixels at once.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.options import MOST_STEPS

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

CHECKED = 16
"""Steps from one look at the gradient to the next: the look costs half a step."""

CLOSE = 1e-13
"""The gradient's length, as a share of that at the beginning, at which descent ends."""

LEAST = 1e-10
"""Curvature, as a share of the largest, below which a direction counts as not seen at all."""


class Quadratic(NamedTuple):
    """Hold the function w' curvature w - 2 w' slope + rest."""

    curvature: Matrix
    slope: Vector
    rest: float

    def value(self, weights: Vector) -> float:
        """Give the function's value, 0 or more."""
        return max(float(weights @ (self.curvature @ weights - 2 * self.slope) + self.rest), 0.0)

    def gradient(self, weights: Vector) -> Vector:
        """Give the direction of steepest ascent."""
        return 2 * (self.curvature @ weights - self.slope)

    def within(self, basis: Matrix, origin: Vector) -> "Quadratic":
        """Give the same function of the coordinates in a basis, from an origin on."""
        return Quadratic(
            basis.T @ self.curvature @ basis,
            basis.T @ (self.slope - self.curvature @ origin),
            self.value(origin),
        )


class Descent(NamedTuple):
    """Tell where a descent ended, after how many steps, and its losses on the way."""

    weights: Vector
    steps: int
    losses: tuple[tuple[int, float], ...]
    ended: bool


def descend(function: Quadratic, optimizer: str, most_steps: int = MOST_STEPS) -> Descent:
    """Descend from zero until the gradient is CLOSE to none, or the steps are used up.

    The losses are those after 0, 1, 2, 4, 8 ... steps and at the end.
    """
    weights = np.zeros_like(function.slope)
    losses = [(0, function.value(weights))]
    close = CLOSE * norm(function.gradient(weights))
    steps, ended = 0, close == 0
    for weights in () if ended else WAYS[optimizer](function):
        steps += 1
        if steps & (steps - 1) == 0:
            losses.append((steps, function.value(weights)))
        if steps % CHECKED == 0 or optimizer == "exact":
            ended = optimizer == "exact" or norm(function.gradient(weights)) <= close
        if ended or steps >= most_steps:
            break
    if losses[-1][0] != steps:
        losses.append((steps, function.value(weights)))
    return Descent(weights, steps, tuple(losses), ended)


def norm(vector: Vector) -> float:
    """Give the length of a vector."""
    return math.sqrt(float(vector @ vector))


def gd(function: Quadratic) -> Iterator[Vector]:
    """Step against the gradient, by 1 / the largest curvature."""
    weights, rate = np.zeros_like(function.slope), step_of(function.curvature)
    while True:
        weights = weights - rate * function.gradient(weights)
        yield weights


def nesterov(function: Quadratic) -> Iterator[Vector]:
    """Step on from where the last step leads (Nesterov, Soviet Mathematics Doklady 27, 1983).

    Momentum that would lead uphill is dropped (O'Donoghue & Candes, Foundations of Computational
    Mathematics 15, 2015), so that the smallest curvature need not be known.
    """
    weights = ahead = np.zeros_like(function.slope)
    pull, push = (2 * step_of(function.curvature) * one for one in function[:2])
    pace = 1.0
    while True:
        step = push - pull @ ahead
        further = ahead + step
        moved = further - weights
        if step @ moved < 0:
            pace = 1.0
        faster = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        ahead = further + (pace - 1) / faster * moved
        weights, pace = further, faster
        yield weights


def adam(function: Quadratic) -> Iterator[Vector]:
    """Scale each weight's step by its own gradients (Kingma & Ba, ICLR 2015).

    The rate begins at a tenth of the largest weight that one step of `gd` would make, and
    falls with the number of steps, so that it comes to rest.
    """
    weights = mean = square = np.zeros_like(function.slope)
    rate = 0.1 * step_of(function.curvature) * float(np.abs(function.gradient(weights)).max())
    steps = 0
    while True:
        steps += 1
        gradient = function.gradient(weights)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        unbiased = mean / (1 - 0.9**steps)
        spread = np.sqrt(square / (1 - 0.999**steps))
        falling = rate / np.sqrt(1 + steps / 1000)
        weights = weights - falling * unbiased / np.maximum(spread, 1e-300)
        yield weights


def exact(function: Quadratic) -> Iterator[Vector]:
    """Go to the lowest point at once; where several are lowest, to the one with least weights."""
    yield np.asarray(np.linalg.lstsq(function.curvature, function.slope, rcond=LEAST)[0], float)


WAYS: dict[str, Callable[[Quadratic], Iterator[Vector]]] = {
    "nesterov": nesterov, "gd": gd, "adam": adam, "exact": exact,
}  # fmt: skip


def step_of(curvature: Matrix) -> float:
    """Give the longest step that surely leads downhill, 1 / (2 * the largest curvature)."""
    return 0.5 / largest(curvature)


def largest(curvature: Matrix) -> float:
    """Find the largest curvature by power iteration, a thousandth too high for safety."""
    direction = np.ones(len(curvature)) + 1e-3 * np.arange(len(curvature))
    for _ in range(100):
        direction = curvature @ direction
        length = float(np.linalg.norm(direction))
        if length == 0:
            return 1.0
        direction /= length
    return float(direction @ curvature @ direction) * 1.001


def undetermined(curvature: Matrix) -> tuple[int, float, NDArray[np.bool_]]:
    """Give the rank of a curvature, its condition, and the weights that are left open.

    A weight is open if it has a share in directions along which the function does not change.
    """
    values, vectors = np.linalg.eigh(curvature)
    seen = values > LEAST * max(float(values[-1]), 0.0)
    if not seen.any():
        return 0, np.inf, np.ones(len(curvature), bool)
    condition = float(values[-1] / values[seen][0]) if seen.all() else np.inf
    shares = np.square(vectors[:, ~seen]).sum(axis=1)
    return int(np.count_nonzero(seen)), condition, shares > 1e-3
