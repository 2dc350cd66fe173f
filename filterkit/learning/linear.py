"""Linear shapes: one pass over the pixels, then descent; clipped results are left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.definition import activate
from filterkit.learning.examples import Example, Picture, Reader
from filterkit.learning.moments import Gathered, Moments, Pass, middle_of
from filterkit.learning.options import Learning
from filterkit.learning.sizes import insist
from filterkit.learning.solving import Normal, Solved, solved
from filterkit.learning.sought import Linear, Sharing, inside
from filterkit.machine import cores, in_threads
from filterkit.pictures.picture import full_of
from filterkit.steps.activate import Activate
from filterkit.steps.pipeline import Pipeline

Image = NDArray[Any]

ROUNDING = 1 / np.sqrt(12)
"""Grey levels that rounding is off by, root mean square."""

CLEAN = 1.1 * ROUNDING
"""Grey levels of residual up to which a fit is as good as rounding lets it be."""

MOST_PASSES = 15
"""Passes that leave out what is guessed to be clipped."""

GUESSED_PAIRS = 4
GUESSED = 4_000_000_000
"""Pairs that such a pass goes over, the first of them, and its products, about: half a second."""

SETTLED = 1e-4
"""Change of the weights, as a share of the largest, at which guessing ends."""


class Prepared(NamedTuple):
    """Hold a pair as numbers of one unit each, in which white is `full`."""

    before: Image
    after: Image
    full: tuple[float, float]


@dataclass(frozen=True)
class Fit:
    """Hold what was found: the weights of each group, and the sums they come from."""

    linear: Linear
    sharing: Sharing
    space: str
    full: tuple[float, float]
    grain: float
    gathered: Gathered
    groups: tuple[Solved, ...]
    passes: int = 1

    @property
    def pipeline(self) -> Pipeline:
        """Give the pipeline with the weights in it."""
        return self.with_weights([one.weights for one in self.groups])

    @property
    def biases(self) -> NDArray[np.float64]:
        """Give the bias of each output, white is 1; those that mean nothing are 0."""
        return np.concatenate([self._bias(one) for one in self.groups])

    def _bias(self, one: Solved) -> NDArray[np.float64]:
        taken = [*map(middle_of, self.full)]
        bias = (one.bias + taken[1] - taken[0] * one.weights.sum(axis=0)) / self.full[1]
        return np.where(np.abs(bias) < self.grain / 100, 0.0, bias)

    def with_weights(self, found: list[NDArray[np.float64]]) -> Pipeline:
        """Give the pipeline with other weights, and the one bias that fits all outputs best."""
        weights = self.sharing.weights(found, self.linear.size) * (self.full[0] / self.full[1])
        groups = zip(self.groups, self.gathered.fitted, found, strict=True)
        moved = replace(self, groups=tuple(rebased(*one) for one in groups))
        digits = 7 if self.full[1] == 255 else 9
        bias = float(rounded(np.mean(moved.biases, keepdims=True), digits)[0])
        step = self.linear.step(rounded(weights, digits), bias, self.sharing)
        return in_space(self.linear.whole(step), self.space)

    def split(self, flat: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Give each group its own of all weights in a row."""
        ends = np.cumsum([one.weights.size for one in self.groups])[:-1]
        parts = zip(np.split(flat, ends), self.groups, strict=True)
        return [part.reshape(one.weights.shape) for part, one in parts]

    def explains(self, found: list[NDArray[np.float64]]) -> bool:
        """Tell whether other weights come as near to the pictures, or as near as rounding allows.

        Fitted weights may come nearer than rounding, where neighbouring pixels are rounded alike.
        """
        level = (1.05 * ROUNDING * self.grain * self.full[1]) ** 2
        for one, moments, weights in zip(self.groups, self.gathered.fitted, found, strict=True):
            normal = Normal.of(moments)
            errors = normal.errors(weights, normal.bias(weights))
            if (errors > np.maximum(1.01 * one.mean_squares, level)).any():
                return False
        return True

    def laid(self, what: str) -> NDArray[np.float64]:
        """Lay out what is known of all weights, or themselves, as a kernel's: see Solved."""
        return self.sharing.weights([getattr(one, what) for one in self.groups], self.linear.size)

    @property
    def explained(self) -> float:
        """Give the share of the variance of windows held out that is explained."""
        lost = [one.held_out.sum() / max(one.variance.sum(), 1e-300) for one in self.groups]
        return float(1 - np.mean(lost))

    @property
    def guess(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Give weights and biases as a pass takes them, to guess what is clipped."""
        return [(one.weights, one.bias) for one in self.groups]

    def change(self, before: "Fit") -> float:
        """Give the largest change of a weight, as a share of the largest weight."""
        return max(
            float(np.abs(new.weights - old.weights).max() / (np.abs(new.weights).max() or 1))
            for new, old in zip(self.groups, before.groups, strict=True)
        )

    @property
    def residual(self) -> float:
        """Give the root mean squared error of what was fitted, in grey levels."""
        mean = np.mean(np.concatenate([one.mean_squares for one in self.groups]))
        return float(np.sqrt(mean) / self.full[1] / self.grain)


def rebased(group: Solved, moments: Moments, weights: NDArray[np.float64]) -> Solved:
    """Give a group other weights, and the bias that belongs to them."""
    return group._replace(weights=weights, bias=Normal.of(moments).bias(weights))


def rounded(numbers: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Round to so many digits of the largest number: no pixel notices, and machines agree."""
    largest = float(np.abs(numbers).max())
    return np.round(numbers, digits - 1 - math.floor(math.log10(largest))) if largest else numbers


def in_space(pipeline: Pipeline, space: str) -> Pipeline:
    """Put a pipeline between the steps to linear light and back, where it works there."""
    if space != "linear":
        return pipeline
    return Pipeline([Activate("to-linear"), *pipeline.steps, Activate("to-srgb")])


def fit(
    readers: Sequence[Reader], linear: Linear, sharing: Sharing, how: Learning, space: str = "srgb",
    every: int = 1,
) -> Fit:  # fmt: skip
    """Fit a linear shape to all pairs. Each is read once, unless clipping hides behind noise.

    Then what is guessed to be clipped is left out: on a part of the windows until the guess
    settles, and once on all of them.
    """
    readers = [readers[0].kept()] if len(readers) == 1 else readers
    pattern = readers[0]().pattern()
    fits = Fitting(readers, pattern, linear, sharing, how, space, every)
    found = fits.solved(fits.gathered(None))
    if not found.gathered.dropped or found.residual <= CLEAN:
        return found
    costs = found.gathered.seen * (sharing.features * linear.taps + 2) ** 2
    thin = replace(
        fits, readers=readers[:GUESSED_PAIRS], every=every * max(costs // GUESSED, 1),
        how=replace(how, optimizer="exact"),
    )  # fmt: skip
    while found.passes < MOST_PASSES:
        better = thin.solved(thin.gathered(found.guess))
        change = better.change(found)
        found = replace(better, passes=found.passes + 1)
        if change < SETTLED:
            break
    return replace(fits.solved(fits.gathered(found.guess)), passes=found.passes + 1)


@dataclass(frozen=True)
class Fitting:
    """Gather the sums of all pairs, and solve them; each has to be of the kind of the `pattern`."""

    readers: Sequence[Reader]
    pattern: Example
    linear: Linear
    sharing: Sharing
    how: Learning
    space: str
    every: int

    def gathered(self, guess: Any) -> Gathered:
        """Go over all pairs, several at once where there are several."""
        at_once = min(cores(), len(self.readers))
        each = max(cores() // at_once, 1)
        parts = in_threads(
            lambda reader: self.passed(reader(), guess).gathered(each), list(self.readers), at_once
        )
        return reduce(Gathered.joined, parts)

    def passed(self, example: Example, guess: Any) -> Pass:
        """Make the pass over one pair."""
        before = self.linear.before.steps if self.linear.before else ()
        whole = Pipeline([*before, self.linear.unknown])
        insist(whole, example, self.pattern)
        ready = prepared(example, self.linear, self.space)
        rows, columns = (
            inside(whole, (0, example.before.image.shape[axis]), axis) for axis in (0, 1)
        )
        return Pass(
            ready.before, ready.after, ready.full, self.linear.unknown.windows(), rows, columns,
            self.sharing.groups(), self._limits(example.after, ready.full[1]), guess, self.every,
        )  # fmt: skip

    def _limits(self, after: Picture, full: float) -> tuple[float, float] | None:
        """Give what a picture was cut at, in units in which white is `full`."""
        if after.image.dtype.kind == "u":
            return 0.0, full
        return (0.0, np.inf) if self.linear.cut else None

    def solved(self, gathered: Gathered) -> Fit:
        """Descend on the sums of each group."""
        example = self.pattern
        full = prepared_full(example, self.linear, self.space)
        groups = tuple(
            solved(fitted, held_out, self.linear.size, full, self.how)
            for fitted, held_out in zip(gathered.fitted, gathered.held_out, strict=True)
        )
        return Fit(
            self.linear, self.sharing, self.space, full, example.after.grain, gathered, groups
        )  # fmt: skip


def prepared(example: Example, linear: Linear, space: str) -> Prepared:
    """Bring a pair to where the unknown kernel works: into its space, behind the steps before."""
    before, after = (in_light(picture, space) for picture in example)
    if linear.before is not None:
        before = Run(linear.before, before).numbers()
    return Prepared(before, after, (full_of(before.dtype), full_of(after.dtype)))


def prepared_full(example: Example, linear: Linear, space: str) -> tuple[float, float]:
    """Give what white is in a pair that is prepared."""
    before = 1.0 if linear.before is not None or space == "linear" else example.before.full
    return before, 1.0 if space == "linear" else example.after.full


def in_light(picture: Picture, space: str) -> Image:
    """Give a picture's numbers as they are stored, or in linear light."""
    if space != "linear":
        return picture.image
    if picture.image.dtype.kind == "f":
        return activate(Activate("to-linear"), picture.image)
    levels = np.arange(int(picture.full) + 1, dtype=np.float64) / picture.full
    table: Image = activate(Activate("to-linear"), levels).astype(np.float32)
    return table[picture.image]
