"""Blurring what is partly transparent: colours are weighted by how much of them there is.

A colour under alpha 0 must not bleed into its neighbours, so colour runs premultiplied, alpha is
filtered as one more channel, and the colour is divided by it at the end. Alpha is divided by the
sum of the weights instead of the kernel's own divisor, so that it stays a share.
"""

from dataclasses import dataclass, replace

import numpy as np

from filterkit.engine.convolving import Convolving
from filterkit.engine.fusing import Block
from filterkit.engine.scale import Scale
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.pool import Pool
from filterkit.steps.step import Member, Rendering, Shape, Step
from filterkit.steps.window import Window


def can_cover(step: Step) -> bool:
    """Tell whether a step gives every pixel a mixture of its neighbours' own colours."""
    if isinstance(step, Pipeline):
        return all(can_cover(one) for one in step.steps)
    if isinstance(step, Convolve):
        return step.kernel.channels == step.kernel.maps == 1 and (
            step.fused == "keep" and not step.kernel.detector
        )
    if isinstance(step, Pool):
        return step.kind in ("max", "min", "average")
    return isinstance(step, Activate) and step.homogeneous


def covered(step: Step) -> Pipeline:
    """Give the pipeline that does to colour and alpha together what `step` does to colour."""
    steps = step.steps if isinstance(step, Pipeline) else (step,)
    render = step.render if isinstance(step, Pipeline) else None
    return Pipeline([Premultiply(), *(_covered(one) for one in steps), Unpremultiply(render)])


def _covered(step: Step) -> Step:
    if isinstance(step, Pipeline):
        return Pipeline([_covered(one) for one in step.steps])
    return CoveredConvolve(step) if isinstance(step, Convolve) else step


def shape_with_alpha(rows: int, columns: int, channels: int) -> Shape:
    """Give the shape of a picture whose last channel is its alpha."""
    return Shape(rows, columns, (Member("", channels), Member("alpha", 1)))


@dataclass(frozen=True)
class Premultiply(Step):
    """Multiply the colours by alpha, the last channel."""

    def compute(self, block: Block, scale: Scale) -> Block:
        """Give colour * alpha and alpha, in the scale's units."""
        numbers = scale.numbers(block).copy()
        numbers[..., :-1] *= numbers[..., -1:] / scale.dtype.type(scale.full)
        return numbers


@dataclass(frozen=True)
class Unpremultiply(Step):
    """Divide the colours by alpha, the last channel; where there is none they become 0."""

    render: Rendering | None = None

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        colours = [one._replace(render=self.render or one.render) for one in members[:-1]]
        return (*colours, members[-1]._replace(render=Rendering()))

    def compute(self, block: Block, scale: Scale) -> Block:
        """Give colour and alpha, in the scale's units."""
        share = block[..., -1:] / scale.dtype.type(scale.full)
        visible = share > 0
        colours = np.where(visible, block[..., :-1] / np.where(visible, share, 1), 0)
        return np.concatenate([colours, block[..., -1:]], axis=-1)


@dataclass(frozen=True)
class CoveredConvolve(Step):
    """Convolve premultiplied colours and their alpha."""

    convolve: Convolve

    @property
    def border(self) -> str:
        return self.convolve.border

    def windows(self) -> tuple[Window, Window]:
        return self.convolve.windows()

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        return self.convolve.members(members)


class CoveredConvolving:
    """Convolve blocks of rows of one premultiplied picture."""

    def __init__(self, step: CoveredConvolve, shape: Shape, scale: Scale) -> None:
        self.step = step.convolve
        self.sums = Convolving(replace(step.convolve, divide=1.0, bias=0.0), shape, scale)
        self.scale = self.sums.scale.grown(1.0, whole=False)
        self.rows, self.told = self.sums.rows, self.sums.told

    def __call__(self, block: Block, low: int, high: int) -> Block:
        """Give the output rows low … high-1: colours biased by their share, and alpha."""
        sums = self.sums(block, low, high)
        colours, alpha = sums[..., :-1], sums[..., -1:]
        alpha /= alpha.dtype.type(self.step.kernel.total)
        colours /= colours.dtype.type(self.step.divide)
        colours += colours.dtype.type(self.step.bias) * alpha
        return sums
