"""Show a picture before and after, and get the filter that turns the one into the other."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.threads import BLAS
from filterkit.errors import UsageError
from filterkit.learning.checkpoint import Checkpoint
from filterkit.learning.choosing import chosen
from filterkit.learning.descent import WAYS
from filterkit.learning.examples import Example, Reader, of_arrays
from filterkit.learning.nonlinear import trained
from filterkit.learning.options import AUTO, TRAINED_BY, Learning
from filterkit.learning.report import Report
from filterkit.learning.sizes import insist
from filterkit.learning.sought import Linear, Sharing, read_shape
from filterkit.learning.straight import Straight
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.step import Shape

Image = NDArray[Any]


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
    readers: Sequence[Reader], filter: str, how: Learning,
    tell: Callable[[str], None] = lambda line: None,
    checkpoint: Checkpoint | None = None,
) -> Learned:  # fmt: skip
    """Learn a filter from pairs that are read when they are needed.

    `tell` hears of the progress; `checkpoint` keeps that of a shape that is not linear.
    """
    # The matrices are small: with several threads BLAS took twelve times as long for them.
    with BLAS.limited(1):
        return _learned(readers, filter, how, tell, checkpoint)


def _learned(
    readers: Sequence[Reader], filter: str, how: Learning, tell: Callable[[str], None],
    checkpoint: Checkpoint | None,
) -> Learned:  # fmt: skip
    """Learn a filter, straight where it is linear."""
    readers = [readers[0].kept()] if len(readers) == 1 else list(readers)
    first = readers[0]()
    shape = None if filter == AUTO else read_shape(filter)
    linear = None if shape is None else Linear.of(shape)
    _insist_on_optimizer(how.optimizer, filter, shape is None or linear is not None)
    insist(shape or read_shape("1x1"), first, name=filter)
    if shape is not None and linear is None:
        return Learned(*trained(readers, shape, how, tell, checkpoint))
    sharing = Sharing.of(how.share or "", _channels(linear, first), first.channels[1])
    if linear is None:
        linear = chosen(readers, sharing, how, first)
        tell("the size is {}x{}".format(*linear.size))
    return Learned(*Straight(readers, linear, sharing, how, tell).learned())


def _insist_on_optimizer(optimizer: str | None, filter: str, is_linear: bool) -> None:
    """Raise UsageError for a way of descent that a shape does not have."""
    ways = tuple(WAYS) if is_linear else TRAINED_BY
    if optimizer not in (None, *ways):
        kind = "linear" if is_linear else "not linear"
        raise UsageError(
            f"{filter} is {kind}, and {optimizer} is for shapes that are "
            f"{'not' if is_linear else 'linear'}.",
            f"--optimizer {' or '.join(ways)}",
        )


def _channels(linear: Linear | None, example: Example) -> int:
    """Count the channels that go into the unknown kernel."""
    shape = Shape.of(*example.before.image.shape)
    return (linear.before.shape(shape) if linear and linear.before else shape).channels
