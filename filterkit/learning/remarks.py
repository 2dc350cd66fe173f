"""What is worth a sentence in every fit: what the windows leave open, its bias and its place."""

from collections.abc import Iterator

import numpy as np

from filterkit.errors import ExamplesError
from filterkit.learning.linear import CLEAN, Fit

TRUNCATED = 0.1
"""Grey levels around half a one below, at which a bias means that fractions are cut off."""

APART = 0.1
"""Grey levels by which the biases of channels may differ."""

BESIDE = 0.75
"""Rows or columns that the weights may lie beside the middle."""


def of_data(found: Fit) -> Iterator[str]:
    """Say what the windows leave open. Raises ExamplesError where they tell nothing at all."""
    weights = sum(one.weights.size for one in found.groups)
    if found.gathered.seen == 0:
        raise ExamplesError(
            "the pictures are smaller than the kernel: no window lies within them.",
            "larger pictures, or a smaller kernel",
        )
    if not any(one.rank for one in found.groups):
        clipped = found.gathered.dropped > found.gathered.seen / 2
        raise ExamplesError(
            "this picture cannot tell: "
            + ("nearly every result is black or white." if clipped else "it is of one colour."),
            "a photograph with detail, or the chart that learn --probe probe.png writes",
        )
    unsure = sum(int(one.open_taps.sum()) * one.weights.shape[1] for one in found.groups)
    if unsure:
        rank = found.groups[0].rank
        yield (
            f"this picture cannot tell all weights: its windows have rank {rank} of "
            f"{len(found.groups[0].weights)}, which leaves {unsure} of {weights} weights open; "
            "those with the smallest squares are given"
        )


def of_bias(found: Fit) -> Iterator[str]:
    """Say what a bias means, and where channels would need different ones."""
    biases = found.biases / found.grain
    if found.residual <= CLEAN and abs(float(biases.mean()) + 0.5) < TRUNCATED:
        yield "fractions were cut off, not rounded; the bias of half a grey level does the same"
    if float(np.ptp(biases)) > APART:
        several = ", ".join(f"{one:+.2f}" for one in biases)
        yield f"the channels would need biases of {several} grey levels; their mean is taken"


def of_place(found: Fit) -> Iterator[str]:
    """Say so where the weights lie beside the middle of the kernel."""
    weights = np.square(found.laid("weights")).sum(axis=(0, 1))
    total = float(weights.sum()) or 1.0
    down, across = (
        float(weights.sum(axis=1 - axis) @ np.arange(size)) / total - (size - 1) // 2
        for axis, size in enumerate(weights.shape)
    )
    if max(abs(down), abs(across)) > BESIDE and weights.any():
        yield (
            f"the weights lie {down:+.1f} rows and {across:+.1f} columns beside the middle: after "
            "is shifted, or the kernel is meant to be so"
        )
