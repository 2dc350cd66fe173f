"""What was learned is applied again, as the command would, and compared with the picture after."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.learning.examples import Example, Reader
from filterkit.learning.report import Comparison
from filterkit.learning.sought import inside
from filterkit.pictures.picture import full_of
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.steps.step import Shape, Step

Image = NDArray[Any]

ENOUGH = 1 << 20
"""Pixels that are looked at."""

SHOWN = 480
"""Rows and columns of a part that is kept, to look at."""

JUDGED = 4
"""Pairs that what was learned is applied to again, the first of them."""


class Seen(NamedTuple):
    """Hold results where no border matters: what came out, and what should have.

    `raw` are the numbers before they are cut and rounded, white is 1. `before` are the pixels that
    lie in their place, where there are equally many.
    """

    before: Image
    after: Image
    learned: Image
    raw: Image
    grain: float

    @property
    def difference(self) -> NDArray[np.float32]:
        """Give how far the learned pixels are off, in grey levels."""
        levels = 1 / self.grain if self.after.dtype.kind == "f" else 1.0
        return np.asarray((self.learned.astype(np.float32) - self.after) * np.float32(levels))


class Quality(NamedTuple):
    """Tell how near the learned filter comes, after rounding: in grey levels, in dB, as shares."""

    off: float
    psnr: float
    exact: float
    within_one: float

    @classmethod
    def of(cls, seen: list[Seen]) -> "Quality":
        """Compare what was seen of some pairs."""
        near = 0.5 if seen[0].after.dtype.kind == "f" else 0.0
        squares = exact = within = 0.0
        for one in seen:
            difference = np.abs(one.difference)
            squares += float(np.square(difference).sum(dtype=np.float64))
            exact += np.count_nonzero(difference <= near)
            within += np.count_nonzero(difference <= 1 + near)
        count = sum(one.after.size for one in seen)
        off = math.sqrt(squares / count)
        psnr = -20 * math.log10(off * seen[0].grain) if off else math.inf
        return cls(off, psnr, exact / count, within / count)


def looks(pipeline: Pipeline, readers: Sequence[Reader]) -> list[Seen]:
    """Look at the first pairs, at ENOUGH pixels in all."""
    judged = readers[:JUDGED]
    return [look(pipeline, reader(), ENOUGH // len(judged)) for reader in judged]


def look(pipeline: Pipeline, example: Example, most: int = ENOUGH) -> Seen:
    """Apply a filter to the middle rows of a pair, as many as make `most` pixels."""
    part = middle(pipeline, example, most)
    before, after = part.before.image, part.after.image
    run = Run(pipeline, before)
    raw = run.numbers()
    learned = run.pixels(after.dtype) if after.dtype.kind == "u" else raw
    rows, columns = (slice(*inside(pipeline, (0, before.shape[axis]), axis)) for axis in (0, 1))
    same = before.shape == after.shape
    return Seen(
        before[rows, columns] if same else before, after[rows, columns], learned[rows, columns],
        raw[rows, columns], example.after.grain,
    )  # fmt: skip


def middle(step: Step, example: Example, most: int) -> Example:
    """Cut the middle rows out of a pair, so that its windows stay what they are.

    Where a normalisation looks at whole maps, the pair is given whole.
    """
    before, after = example.before.image, example.after.image
    stride = stride_of(step)
    high = -(-most // before.shape[1] // stride) * stride
    if high >= len(before) or any(isinstance(one, Normalize) for one in walk(step)):
        return example
    low = (len(before) - high) // 2 // stride * stride
    first = low // stride
    cut = before[low : low + high]
    return Example(
        example.before._replace(image=cut),
        example.after._replace(image=after[first : first + rows_of(step, cut)]),
    )


def stride_of(step: Step) -> int:
    """Multiply the strides down the rows of steps that follow each other."""
    if isinstance(step, Pipeline):
        return int(np.prod([stride_of(one) for one in step.steps]))
    operands = getattr(step, "operands", None)
    return max(map(stride_of, operands)) if operands else step.windows()[0].stride


def rows_of(step: Step, image: Image) -> int:
    """Count the rows that a step makes of an image."""
    return step.shape(Shape.of(*image.shape)).rows


def compared(name: str, seen: Seen) -> Comparison:
    """Keep a part of what was seen, to look at: that in which after has most contrast."""
    rows, columns = seen.after.shape[:2]
    corners = [
        (top, left)
        for top in range(0, max(rows - SHOWN, 0) + 1, SHOWN // 2)
        for left in range(0, max(columns - SHOWN, 0) + 1, SHOWN // 2)
    ]
    top, left = max(corners, key=lambda corner: float(_cut(seen.after, *corner).std()))
    scale = len(seen.before) // rows or 1  # a stride makes after smaller
    parts = (
        _cut(seen.before, top * scale, left * scale),
        _cut(seen.after, top, left),
        _cut(seen.learned, top, left),
    )
    return Comparison(name, *map(_of_8_bit, parts))


def _cut(image: Image, top: int, left: int) -> Image:
    return image[top : top + SHOWN, left : left + SHOWN]


def _of_8_bit(image: Image) -> Image:
    white = full_of(image.dtype)
    shown = np.rint(image.astype(np.float64).clip(0, white) * (255 / white))
    return shown.astype(np.uint8)
