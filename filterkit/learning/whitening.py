"""Coordinates in which descent is easy: neighbouring pixels are alike, and here they are not.

The windows of a photograph differ a hundred thousand times more along some directions than along
others, and gradient descent needs as many steps to notice the latter. Weights of the kernels that
see the pictures themselves are therefore written as sums of directions in which windows vary
equally much (LeCun, Bottou, Orr, Mueller, "Efficient BackProp", 1998, section 4.3).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.definition import pad
from filterkit.learning.model import Model
from filterkit.learning.moments import seen_by
from filterkit.learning.patches import Patches
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step

Matrix = NDArray[np.float64]

LOOKED_AT = 256
"""Patches whose windows are looked at."""

LEAST = 1e-6
"""Variance, as a share of the largest, that a direction is taken to have at the least."""


def coordinates(model: Model, patches: Patches) -> Matrix:
    """Give the matrix that makes weights and biases, in a row, of the numbers to descend on."""
    first = list(_first(model.step))
    images = patches.batch(patches.fitted[:LOOKED_AT]).before
    blocks = [_block(step, images, any(step is one for one in first)) for step in model.learned]
    size = sum(map(len, blocks))
    whole, at = np.zeros((size, size)), 0
    for block in blocks:
        whole[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return whole


def _first(step: Step) -> Iterator[Convolve]:
    """Yield the convolutions that see the image itself."""
    if isinstance(step, Bank):
        for one in step.operands:
            yield from _first(one)
    elif isinstance(step, Pipeline):
        yield from _first(step.steps[0])
    elif isinstance(step, Convolve):
        yield step


def _block(step: Convolve, images: NDArray[np.float32], sees_it: bool) -> Matrix:
    """Give the part of one kernel and its bias."""
    maps, taps = step.kernel.maps, step.kernel.weights[0].size
    block = np.eye(maps * taps + 1)
    if not sees_it:
        return block
    windows = _windows(step, images)
    mean = windows.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(windows, rowvar=False).reshape(taps, taps))
    spread = np.sqrt(np.maximum(values, LEAST * values[-1]) + 1e-12)
    white = vectors / spread @ vectors.T
    for at in range(maps):
        part = slice(at * taps, (at + 1) * taps)
        block[part, part] = white
        if maps == 1:  # one bias makes up for the mean of one map
            block[-1, part] = -mean @ white
    return block


def _windows(step: Convolve, images: NDArray[np.float32]) -> Matrix:
    """Lay out windows in rows, of every channel or of all together, as the kernel sees them."""
    padded = pad(images.astype(np.float64), step.windows(), step.border, 0.0)
    seen = np.stack([seen_by(step.windows(), one.transpose(2, 0, 1)) for one in padded])
    if step.kernel.channels == 1:
        seen = seen.transpose(0, 1, 4, 5, 2, 3)
    else:
        seen = seen.transpose(0, 4, 5, 1, 2, 3)
    taps = step.kernel.weights[0].size
    return seen.reshape(-1, taps)[:: max(seen.size // taps // 200_000, 1)]
