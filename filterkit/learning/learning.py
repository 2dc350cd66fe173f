"""Show a picture before and after, and get the filter that turns the one into the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.learning import borders, doubts
from filterkit.learning.checkpoint import Checkpoint
from filterkit.learning.choosing import chosen
from filterkit.learning.examples import Example, Reader, of_arrays
from filterkit.learning.judging import Quality, Seen, compared, look
from filterkit.learning.linear import CLEAN, Fit, fit, in_space
from filterkit.learning.nonlinear import trained
from filterkit.learning.options import AUTO, Learning
from filterkit.learning.report import Report
from filterkit.learning.sizes import insist
from filterkit.learning.snapping import product, snapped
from filterkit.learning.sought import Linear, Sharing, read_shape
from filterkit.settings import written
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.step import Shape

Image = NDArray[Any]
Told = Callable[[str], None]

JUDGED = 4
"""Pairs that what was learned is applied to again, the first of them."""

TRUNCATED = 0.1
"""Grey levels around half a one below, at which a bias means that fractions are cut off."""


class Learned(NamedTuple):
    """Hold the filter that was learned, and what is known of it."""

    filter: Pipeline
    report: Report


def learn(
    before: Image | Sequence[Image], after: Image | Sequence[Image], filter: str = AUTO, **how: Any
) -> Learned:
    """Learn the filter that turns pictures into others, from examples.

    `before` and `after` are images, (rows, columns) or (rows, columns, channels), or lists of as
    many. `filter` is a pipeline in which some kernels are unknown, "5x5" or "gaussian:1 | 3x3", or
    "auto"; `how` are the settings of `Learning`. Raises ExamplesError where the pictures cannot
    tell, SettingError, FilterError.
    """
    both = [one if isinstance(one, (list, tuple)) else [one] for one in (before, after)]
    for one in (*both[0], *both[1]):
        if not isinstance(one, np.ndarray):
            raise TypeError(
                f"learn takes arrays, or lists of arrays, not {type(one).__name__}: "
                "filterkit.read_picture(path).pixels[0] is one."
            )
    if len(both[0]) != len(both[1]) or not both[0]:
        raise TypeError(f"each image before has one after: {len(both[0])} and {len(both[1])} came.")
    examples = [of_arrays(*pair) for pair in zip(*both, strict=True)]
    return learned([Reader.of(one) for one in examples], filter, Learning(**how))


def learned(
    readers: Sequence[Reader], filter: str, how: Learning, tell: Told = lambda line: None,
    checkpoint: Checkpoint | None = None,
) -> Learned:  # fmt: skip
    """Learn a filter from pairs that are read when they are needed.

    `tell` hears of the progress; `checkpoint` keeps that of a shape that is not linear.
    """
    readers = [readers[0].kept()] if len(readers) == 1 else list(readers)
    first = readers[0]()
    shape = None if filter == AUTO else read_shape(filter)
    linear = None if shape is None else Linear.of(shape)
    insist(shape or read_shape("1x1"), first)
    if shape is not None and linear is None:
        return Learned(*trained(readers, shape, how, tell, checkpoint))
    sharing = Sharing.of(how.share or "", _channels(linear, first), first.channels[1])
    if linear is None:
        linear = chosen(readers, sharing, how, first.after.image.size * len(readers))
        tell("the size is {}x{}".format(*linear.size))
    return Straight(readers, linear, sharing, how, tell).learned()


def _channels(linear: Linear | None, example: Example) -> int:
    """Count the channels that go into the unknown kernel."""
    shape = Shape.of(*example.before.image.shape)
    return (linear.before.shape(shape) if linear and linear.before else shape).channels


@dataclass(frozen=True)
class Straight:
    """Learn a linear shape and gather all there is to say of it."""

    readers: Sequence[Reader]
    linear: Linear
    sharing: Sharing
    how: Learning
    tell: Told

    def learned(self) -> Learned:
        """Fit, round if asked, guess the border, judge, and doubt."""
        first = self.readers[0]()
        found = self._fit(first)
        notes = [*first.before.notes, *first.after.notes, *doubts.of_data(found)]
        pipeline, exactly = self._snapped(found)
        if self.how.snap and not exactly:
            notes.append("no whole weights with one divisor up to 1024 lie near: nothing snapped")
        pipeline, border, more = self._bordered(found, pipeline, first)
        seen = [look(pipeline, reader()) for reader in self.readers[:JUDGED]]
        quality = Quality.of(seen)
        notes += [*more, *_of_bias(found), *_of_place(found)]
        if found.residual > CLEAN:
            notes += doubts.of_fit(found, first, quality.off)
        return Learned(pipeline, self._report(found, quality, seen, border, exactly, notes))

    def _fit(self, first: Example) -> Fit:
        """Fit in the space that was asked for, or in the one that explains more."""
        space = "srgb" if self.how.space == "auto" else self.how.space
        found = fit(self.readers, self.linear, self.sharing, self.how, space)
        may = self.how.space == "auto" and first.after.image.dtype.kind == "u"
        if may and found.residual > CLEAN and doubts.is_linear_light(found, first):
            found = fit(self.readers, self.linear, self.sharing, self.how, "linear")
        for steps, off in _losses(found):
            self.tell(f"step {steps}: {off:.4f} grey levels")
        return found

    def _snapped(self, found: Fit) -> tuple[Pipeline, str]:
        """Put whole weights in the place of fitted ones, where they were asked for and are there."""
        if not self.how.snap:
            return found.pipeline, ""
        scale = found.full[0] / found.full[1]
        weights, deviations = (
            np.concatenate([getattr(one, key).ravel() for one in found.groups]) * scale
            for key in ("weights", "deviations")
        )
        exact = snapped(weights, deviations, lambda one: found.explains(found.split(one / scale)))
        if exact is None:
            return found.pipeline, ""
        whole = found.split(exact.weights)
        based = found.with_weights([one / exact.divide / scale for one in whole])
        bias = _last(based).bias
        laid = self.sharing.weights(whole, self.linear.size)
        step = self.linear.step(laid, bias, self.sharing, exact.divide)
        step = replace(step, divide=float(exact.divide))
        return in_space(self.linear.whole(step), found.space), _written(laid, exact.divide)

    def _bordered(
        self, found: Fit, pipeline: Pipeline, first: Example
    ) -> tuple[Pipeline, str, list[str]]:
        """Take over the border that the pictures show, unless the shape says one."""
        step = _last(pipeline)
        if self.linear.before is not None or self.linear.unknown.border != "reflect":
            return pipeline, step.border, []
        border = borders.guessed(pipeline, step, first)
        if border in ("", step.border):
            return pipeline, border, []
        if border == borders.LEFT_AS_IT_IS:
            return pipeline, border, ["the outermost pixels came out as they went in, unfiltered"]
        if border == borders.UNKNOWN:
            return (
                pipeline,
                border,
                ["no border that filterkit knows explains the outermost pixels"],
            )
        steps = [replace(one, border=border) if one is step else one for one in pipeline.steps]
        return Pipeline(steps, pipeline.render), border, []

    def _report(
        self, found: Fit, quality: Quality, seen: list[Seen], border: str, exactly: str,
        notes: list[str],
    ) -> Report:  # fmt: skip
        names = tuple(reader.name for reader in self.readers)
        scale = found.full[0] / found.full[1]
        deviations = self.sharing.weights(
            [one.deviations for one in found.groups], found.linear.size
        )
        weights = self.sharing.weights([one.weights for one in found.groups], found.linear.size)
        lost = np.mean(
            [(one.held_out.sum() / max(one.variance.sum(), 1e-300)) for one in found.groups]
        )
        return Report(
            shape=str(self.linear.whole(self.linear.unknown)),
            sharing=self.sharing.kind,
            space=found.space,
            examples=names,
            optimizer=self.how.optimizer or "nesterov",
            steps=max(one.steps for group in found.groups for one in group.descents),
            losses=tuple(_losses(found)),
            windows=int(sum(one.count for one in found.gathered.fitted)),
            clipped=found.gathered.dropped / max(found.gathered.seen, 1),
            residual=found.residual,
            psnr=quality.psnr,
            exact=quality.exact,
            within_one=quality.within_one,
            r2=float(1 - lost),
            deviations=deviations * scale,
            condition=max(one.condition for one in found.groups),
            separable=_separable(weights),
            border=border,
            exactly=exactly,
            notes=tuple(notes),
            comparisons=(compared(names[0], seen[0]),),
        )


def _last(pipeline: Pipeline) -> Convolve:
    """Give the convolution that was learned: the last one."""
    return [one for one in pipeline.steps if isinstance(one, Convolve)][-1]


def _losses(found: Fit) -> list[tuple[int, float]]:
    """Add up the losses of all outputs, in grey levels, after the same numbers of steps."""
    descents = [one for group in found.groups for one in group.descents]
    at = sorted({steps for one in descents for steps, _ in one.losses})
    total = []
    for steps in at:
        values = [next(v for s, v in reversed(one.losses) if s <= steps) for one in descents]
        total.append((steps, float(np.sqrt(np.mean(values)) / found.full[1] / found.grain)))
    return total


def _separable(weights: NDArray[np.float64]) -> float | None:
    """Give the share of a matrix's squares that a column times a row has."""
    if weights.shape[:2] != (1, 1) or 1 in weights.shape[2:]:
        return None
    squares = np.square(np.linalg.svd(weights[0, 0], compute_uv=False))
    return float(squares[0] / max(squares.sum(), 1e-300))


def _of_bias(found: Fit) -> list[str]:
    """Say what a bias means, and where channels would need different ones."""
    biases = found.biases / found.grain
    notes = []
    if found.residual <= CLEAN and abs(float(biases.mean()) + 0.5) < TRUNCATED:
        notes.append(
            "fractions were cut off, not rounded: the bias of half a grey level does it too"
        )
    if float(np.ptp(biases)) > 0.1:
        several = ", ".join(f"{one:+.2f}" for one in biases)
        notes.append(
            f"the channels would need biases of {several} grey levels; their mean is taken"
        )
    return notes


def _of_place(found: Fit) -> list[str]:
    """Say so where the weights lie beside the middle of the kernel."""
    weights = np.square(
        self_weights := found.sharing.weights(
            [one.weights for one in found.groups], found.linear.size
        )
    ).sum(axis=(0, 1))
    total = float(self_weights.sum()) if False else float(weights.sum())
    if total == 0:
        return []
    centre = [
        float((weights.sum(axis=1 - axis) * np.arange(size)).sum() / total) - (size - 1) // 2
        for axis, size in enumerate(found.linear.size)
    ]
    if max(map(abs, centre)) < 0.75:
        return []
    return [
        f"the weights lie {centre[0]:+.1f} rows and {centre[1]:+.1f} columns beside the middle: "
        "after is shifted, or the kernel is meant to be so"
    ]


def _written(weights: NDArray[np.float64], divide: int) -> str:
    """Write whole weights shortly: as a column times a row where they are that."""
    if weights.shape[:2] != (1, 1):
        return f"whole weights / {divide}"
    found = product(weights[0, 0]) if 1 not in weights.shape[2:] else None
    if found is None:
        rows = "; ".join(" ".join(written(float(w)) for w in row) for row in weights[0, 0])
        text = f"[{rows}]"
    else:
        column, row = ("[" + " ".join(written(float(w)) for w in one) + "]" for one in found)
        text = f"{column}T {row}"
    return text if divide == 1 else f"{text} / {divide}"
