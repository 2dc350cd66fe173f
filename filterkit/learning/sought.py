"""What is looked for: a pipeline with unknown kernels, and how channels share their weights."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError, FilterError, UsageError
from filterkit.filters.expression import read
from filterkit.filters.meaning import made
from filterkit.learning.options import SHARES
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.fuse import Fuse
from filterkit.steps.kernel import Kernel, Unknown
from filterkit.steps.pipeline import Bank, Pipeline, walk
from filterkit.steps.step import Rendering, Step
from filterkit.steps.window import Window

LARGEST = 11
"""Rows and columns of the kernel that `auto` begins with."""

MOST_FEATURES = 400
"""Weights of one output that `auto` begins with at the most: 400 cost 160,000 sums a window."""


def read_shape(text: str) -> Pipeline:
    """Read a pipeline with unknown kernels, `5x5 | relu`. Raises FilterError."""
    shape = made(read(text), text, unknown=True)
    if not any(is_unknown(step) for step in walk(shape)):
        raise FilterError(
            f"there is nothing to learn in '{text}': no kernel in it is unknown.",
            '5x5, or "gaussian:1 | 3x3", or auto',
        )
    return shape


def is_unknown(step: Step) -> bool:
    """Tell whether a step is a convolution whose kernel is to be learned."""
    return isinstance(step, Convolve) and isinstance(step.kernel, Unknown)


@dataclass(frozen=True)
class Sharing:
    """Say which weights serve which of the channels that go in (`inputs`) and come out (`outputs`).

    shared       one kernel for every channel, each by itself
    summed       a kernel for each channel, added up to one map, as the chapter has it
    per-channel  a kernel for each channel, each by itself
    mix          every output adds up a kernel for each input
    """

    kind: str
    inputs: int
    outputs: int

    @classmethod
    def of(cls, asked: str, inputs: int, outputs: int) -> "Sharing":
        """Choose how weights are shared; `asked` is "", per-channel or mix.

        Raises UsageError, or ExamplesError where the numbers of channels do not fit.
        """
        if asked not in ("", *SHARES):
            raise UsageError(f"weights are shared by {' or '.join(SHARES)}, not '{asked}'.")
        if asked == "mix":
            return cls("mix", inputs, outputs)
        if inputs == outputs:
            return cls(asked or "shared", inputs, outputs)
        if outputs == 1:
            return cls("summed", inputs, outputs)
        raise ExamplesError(
            f"{inputs} channel{'s go' if inputs > 1 else ' goes'} in and {outputs} come out; one "
            "kernel, or one for each channel, cannot do that.",
            "--mix, which makes every channel of all",
        )

    def groups(self) -> list[list[tuple[slice, slice]]]:
        """List what has weights of its own, each with its channels in and out."""
        alone = [(slice(at, at + 1), slice(at, at + 1)) for at in range(self.outputs)]
        if self.kind == "shared":
            return [alone]
        if self.kind == "per-channel":
            return [[one] for one in alone]
        return [[(slice(0, self.inputs), slice(0, self.outputs))]]

    @property
    def features(self) -> int:
        """Count the channels that one output has weights for."""
        return self.inputs if self.kind in ("summed", "mix") else 1

    def weights(self, found: list[NDArray[np.float64]], size: tuple[int, int]) -> NDArray[Any]:
        """Lay out what was found for each group, (weights, outputs), as a kernel's weights."""
        laid = [one.T.reshape(one.shape[1], self.features, *size) for one in found]
        if self.kind != "per-channel":
            return laid[0]
        weights = np.zeros((self.outputs, self.inputs, *size))
        for at, one in enumerate(laid):
            weights[at, at] = one[0, 0]
        return weights

    @property
    def fusion(self) -> str:
        """Give the fusion of the convolution that has such weights."""
        return "keep" if self.kind == "shared" else "sum"


@dataclass(frozen=True)
class Linear:
    """A shape whose result is linear in its one unknown kernel.

    `before` are the steps in front of it, None where there are none. Nothing follows, but for a
    relu (`cut`): it cuts at black, as every picture is cut.
    """

    before: Pipeline | None
    unknown: Convolve
    cut: bool = False

    @classmethod
    def of(cls, shape: Pipeline) -> "Linear | None":
        """See a shape as a linear one, or give None."""
        *first, last = shape.steps
        cut = first and last == Activate("relu")
        if cut:
            *first, last = first
        if not isinstance(last, Convolve) or not is_unknown(last):
            return None
        if any(is_unknown(one) for step in first for one in walk(step)):
            return None
        if last.fusion not in (None, "keep", "sum", "mean"):
            return None
        if last.fusion in ("sum", "mean"):  # one kernel for all channels: they may be joined first
            first.append(Fuse(last.fusion))
        return cls(Pipeline(first) if first else None, last, bool(cut))

    @property
    def size(self) -> tuple[int, int]:
        """Give the rows and columns of the kernel."""
        return self.unknown.kernel.rows, self.unknown.kernel.columns

    @property
    def taps(self) -> int:
        """Count the weights of a channel."""
        return self.size[0] * self.size[1]

    def sized(self, size: tuple[int, int]) -> "Linear":
        """Give the same shape with a kernel of another size."""
        return replace(self, unknown=replace(self.unknown, kernel=Unknown(*size)))

    def step(
        self, weights: NDArray[Any], bias: float, sharing: Sharing, divide: float | None = None
    ) -> Convolve:
        """Give the convolution with weights as they lie on the picture.

        They are divided by `divide`; where there is none, they are what is left of the division
        that the shape asks for.
        """
        given = self.unknown
        weights = weights[..., ::-1, ::-1] if given.flip else weights
        if divide is None:
            weights, divide = weights * given.divide, given.divide
        return replace(
            given, kernel=Kernel(weights), divide=divide, bias=bias,
            fusion=given.fusion or sharing.fusion, render=Rendering("clip"),
        )  # fmt: skip

    def whole(self, step: Convolve) -> Pipeline:
        """Give the pipeline that ends with a step in the place of the unknown one."""
        first = list(self.before.steps) if self.before else []
        if first and self.unknown.fusion in ("sum", "mean"):
            first.pop()
        return Pipeline([*first, step, *([Activate("relu")] if self.cut else [])])


def inside(step: Step, run: tuple[int, int], axis: int) -> tuple[int, int]:
    """Give the results of a step, first and last + 1, whose windows lie within a run of positions.

    They do not depend on any border. `axis` is 0 for rows, 1 for columns.
    """
    if isinstance(step, Pipeline):
        for one in step.steps:
            run = inside(one, run, axis)
        return run
    if isinstance(step, Bank):
        runs = [inside(one, run, axis) for one in step.operands]
        return max(low for low, _ in runs), min(high for _, high in runs)
    return within(step.windows()[axis], run)


def within(window: Window, run: tuple[int, int]) -> tuple[int, int]:
    """Give the windows, first and last + 1, that lie within a run of positions."""
    low, high = run
    first = -(-(low + window.before) // window.stride)
    last = (high + window.before - window.extent) // window.stride
    return first, last + 1
