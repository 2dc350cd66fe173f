"""Pipelines whose kernels change: unknown ones get weights of the right shape, and new ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.gradients import KernelGradient
from filterkit.learning.sought import Sharing, is_unknown
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Bank, Pipeline, walk
from filterkit.steps.step import Rendering, Shape, Step

Vector = NDArray[np.float64]


class Weights(NamedTuple):
    """Hold what is learned of one convolution: (maps, channels, rows, columns), and a bias."""

    kernel: Vector
    bias: float


def assigned(step: Step, shape: Shape, outputs: int, asked: str) -> Step:
    """Give every unknown kernel weights of zero, in the shape that the channels ask for.

    Where several channels come in and `outputs` are wanted in the end, weights are shared as in a
    lone kernel. Raises ExamplesError, UsageError.
    """
    if isinstance(step, Pipeline):
        steps = []
        for one in step.steps:
            steps.append(assigned(one, shape, outputs, asked))
            shape = steps[-1].shape(shape)
        return Pipeline(steps, step.render, step.name)
    if isinstance(step, Bank):
        return Bank(assigned(one, shape, outputs, asked) for one in step.operands)
    if not isinstance(step, Convolve) or not is_unknown(step):
        return step
    size = (step.kernel.rows, step.kernel.columns)
    if step.fusion is not None:
        return replace(step, kernel=Kernel(np.zeros(size)), render=Rendering("clip"))
    sharing = Sharing.of(asked if shape.channels > 1 else "", shape.channels, outputs)
    groups = [np.zeros((sharing.features * size[0] * size[1], group[0][1].stop - group[0][1].start))
              for group in sharing.groups()]  # fmt: skip
    weights = sharing.weights(groups, size)
    return replace(step, kernel=Kernel(weights), fusion=sharing.fusion, render=Rendering("clip"))


@dataclass(frozen=True)
class Model:
    """See a step as a function of its unknown weights and biases, all in one row of numbers.

    `places` are those of its convolutions, in the order of `walk`, that are learned.
    """

    step: Step
    places: tuple[int, ...]

    @classmethod
    def of(cls, unknown: Step, shape: Shape, outputs: int, asked: str) -> "Model":
        """Give the unknown kernels of a step room for their weights."""
        convolutions = [one for one in walk(unknown) if isinstance(one, Convolve)]
        places = tuple(at for at, one in enumerate(convolutions) if is_unknown(one))
        return cls(assigned(unknown, shape, outputs, asked), places)

    @cached_property
    def learned(self) -> list[Convolve]:
        """List the convolutions that are learned."""
        found = [one for one in walk(self.step) if isinstance(one, Convolve)]
        return [found[at] for at in self.places]

    @cached_property
    def are_weights(self) -> Vector:
        """Mark with 1 the numbers that are weights, with 0 those that are biases."""
        return self.packed([Weights(np.ones(one.kernel.weights.shape), 0) for one in self.learned])

    def packed(self, parts: Sequence[Weights]) -> Vector:
        """Put weights and biases in a row."""
        return np.concatenate([np.append(one.kernel.ravel(), one.bias) for one in parts])

    def unpacked(self, flat: Vector) -> list[Weights]:
        """Give each kernel its weights and its bias."""
        found, at = [], 0
        for one in self.learned:
            size = one.kernel.weights.size
            kernel = flat[at : at + size].reshape(one.kernel.weights.shape)
            found.append(Weights(kernel, float(flat[at + size])))
            at += size + 1
        return found

    def with_numbers(self, flat: Vector) -> Step:
        """Give the step with these weights and biases."""
        return _replaced(
            self.step, count(), dict(zip(self.places, self.unpacked(flat), strict=True))
        )

    def gradient(self, found: Sequence[KernelGradient]) -> Vector:
        """Put gradients in a row; weights are those behind the division."""
        return self.packed([
            Weights(np.asarray(found[at].weights, np.float64) * one.divide, found[at].bias)
            for at, one in zip(self.places, self.learned, strict=True)
        ])  # fmt: skip


def _replaced(step: Step, number: Iterator[int], weights: dict[int, Weights]) -> Step:
    """Put weights into convolutions by their numbers."""
    if isinstance(step, Pipeline):
        steps = [_replaced(one, number, weights) for one in step.steps]
        return Pipeline(steps, step.render, step.name)
    if isinstance(step, Bank):
        return Bank([_replaced(one, number, weights) for one in step.operands])
    if not isinstance(step, Convolve):
        return step
    at = next(number)
    if at not in weights:
        return step
    kernel, bias = weights[at]
    return replace(step, kernel=Kernel(kernel * step.divide), bias=bias)
