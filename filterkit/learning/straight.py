"""Linear shapes from beginning to end: fitted, rounded, judged, doubted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.separable import share_of_product
from filterkit.learning import borders, doubts, remarks
from filterkit.learning.examples import Example, Reader
from filterkit.learning.judging import Quality, Seen, compared, looks
from filterkit.learning.linear import CLEAN, Fit, fit, in_space
from filterkit.learning.options import Learning
from filterkit.learning.report import Report
from filterkit.learning.snapping import product, snapped
from filterkit.learning.sought import Linear, Sharing
from filterkit.settings import written
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline


@dataclass(frozen=True)
class Straight:
    """Learn a linear shape and gather all there is to say of it."""

    readers: Sequence[Reader]
    linear: Linear
    sharing: Sharing
    how: Learning
    tell: Callable[[str], None]

    def learned(self) -> tuple[Pipeline, Report]:
        """Fit, round if asked, guess the border, judge, and doubt."""
        first = self.readers[0]()
        found = self._fit(first)
        notes = [*first.before.notes, *first.after.notes, *remarks.of_data(found)]
        pipeline, exactly = self._snapped(found)
        if self.how.snap and not exactly:
            notes.append("no whole weights with one divisor up to 1024 lie near: nothing snapped")
        pipeline, border, more = self._bordered(found, pipeline, first)
        seen = looks(pipeline, self.readers)
        quality = Quality.of(seen)
        notes += [*more, *remarks.of_bias(found), *remarks.of_place(found)]
        if found.residual > CLEAN:
            notes += doubts.of_fit(found, first, quality.off)
        return pipeline, self._report(found, quality, seen, border, exactly, notes)

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
        """Put whole weights in the place of fitted ones, where they are asked for and there."""
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
        return in_space(self.linear.whole(step), found.space), _written(laid, exact.divide)

    def _bordered(
        self, found: Fit, pipeline: Pipeline, first: Example
    ) -> tuple[Pipeline, str, list[str]]:
        """Take over the border that the pictures show, unless the shape says one."""
        step = _last(pipeline)
        if self.linear.before is not None or self.linear.unknown.border != "reflect":
            return pipeline, step.border, []
        border = borders.guessed(pipeline, step, first, found.residual)
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
        return Report(
            shape=str(self.linear.whole(self.linear.unknown)),
            sharing=self.sharing.kind,
            space=found.space,
            examples=names,
            optimizer=self.how.optimizer or "nesterov",
            steps=max(one.steps for group in found.groups for one in group.descents),
            losses=tuple(_losses(found)),
            windows=int(sum(one.windows for one in found.gathered.fitted)),
            clipped=found.gathered.dropped / max(found.gathered.seen, 1),
            residual=found.residual,
            psnr=quality.psnr,
            exact=quality.exact,
            within_one=quality.within_one,
            r2=found.explained,
            deviations=found.laid("deviations") * scale,
            condition=max(one.condition for one in found.groups),
            separable=_separable(found.laid("weights")),
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
    return share_of_product(weights[0, 0])


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
