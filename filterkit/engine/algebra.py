"""What gives the same result for less work: steps change places where they commute.

Shapes, names and renderings are those of the pipeline as it was written; only what is computed
is put in another order.
"""

from dataclasses import replace
from itertools import pairwise
from typing import TypeGuard

from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.pool import Pool
from filterkit.steps.step import Step

RISING = ("relu", "sigmoid", "tanh", "softplus", "threshold", "clip", "to-linear", "to-srgb")
"""Activations that never fall: the function of the largest number is the largest function."""


def simplified(step: Step) -> Step:
    """Give a step with the same result, up to rounding."""
    if isinstance(step, Bank):
        return Bank([simplified(one) for one in step.operands])
    if not isinstance(step, Pipeline):
        return step
    steps = _pooled_early([simplified(one) for one in step.steps])
    return Pipeline(_channels_summed_early(steps), step.render, step.name)


def _pooled_early(steps: list[Step]) -> list[Step]:
    """Put what picks the largest or smallest number before an activation that keeps their order.

    `edge | relu | max-pool:2` activates a quarter of the numbers.
    """
    for at, (one, pool) in enumerate(pairwise(steps)):
        picks = isinstance(pool, Pool) and pool.kind in ("max", "min")
        if picks and isinstance(one, Activate) and _rises(one):
            return _pooled_early([*steps[:at], pool, one, *steps[at + 2 :]])
    return steps


def _rises(step: Activate) -> bool:
    if step.kind in ("leaky-relu", "elu"):
        return (step.value or 0.0) >= 0
    return step.kind in RISING


def _channels_summed_early(steps: list[Step]) -> list[Step]:
    """Sum the channels before a kernel that treats them alike, if the next step sums them anyway.

    `gaussian:2 | sobel` blurs one map, not three.
    """
    for at in range(len(steps) - 2, -1, -1):
        one, following = steps[at], steps[at + 1]
        if _shared(one) and one.fused == "keep" and not one.bias and _sums(following):
            steps = [*steps[:at], replace(one, fusion="sum"), *steps[at + 1 :]]
    return steps


def _sums(step: Step) -> bool:
    """Tell whether a step, and every branch of it, sees nothing but the sum of the channels."""
    if isinstance(step, Bank):
        return all(_sums(one) for one in step.operands)
    if isinstance(step, Pipeline):
        return _sums(step.steps[0])
    return _shared(step) and step.fused == "sum"


def _shared(step: Step) -> TypeGuard[Convolve]:
    """Tell whether a step lays one kernel on every channel and makes one map of each."""
    return isinstance(step, Convolve) and step.kernel.channels == step.kernel.maps == 1
