"""The columns that a step's windows read: a block has its rows already, its columns come here."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from filterkit.steps.step import Step
from filterkit.steps.window import where

Block = NDArray[Any]


class Columns:
    """Add to blocks of n columns those that the windows of a step need."""

    def __init__(self, step: Step, n: int, empty: float = 0.0) -> None:
        self.window = step.windows()[1]
        self.count = self.window.output(n)
        low, high = self.window.needs(0, self.count)
        self.shown = where(low, high, n, step.border)
        self.empty = empty
        inside = slice(max(low, 0), min(high, n))
        self.inside = inside if inside.start < inside.stop else slice(0, 0)
        self.before = self.inside.start - low if self.inside.stop else len(self.shown)
        self.after = self.before + self.inside.stop - self.inside.start

    def padded(self, block: Block, dtype: Any) -> Block:
        """Convert to a floating type and add the columns, in one copy or none."""
        if self.before == 0 and self.after == len(self.shown):
            return block[:, self.inside].astype(dtype, copy=False)
        numbers = np.empty((len(block), len(self.shown), block.shape[2]), dtype)
        numbers[:, self.before : self.after] = block[:, self.inside]
        for outside in (slice(0, self.before), slice(self.after, None)):
            numbers[:, outside] = block[:, self.shown[outside].clip(0)]
        numbers[:, self.shown < 0] = self.empty
        return numbers


MOST_CHANNELS = 128
"""What OpenCV takes at the least, from version 5 on."""


def every(across: int, block: Block) -> Block:
    """Give the columns that are so far apart.

    OpenCV picks them as channels of wider pixels, in a third of the time of NumPy, which copies
    item by item.
    """
    if across == 1:
        return block
    rows, columns, channels = block.shape
    if across * channels > MOST_CHANNELS:
        return np.ascontiguousarray(block[:, ::across])
    picked = np.empty((rows, (columns - 1) // across + 1, channels), block.dtype)
    wide = block[:, : (picked.shape[1] - 1) * across].reshape(rows, -1, across * channels)
    if wide.size:
        same = np.repeat(np.arange(channels, dtype=np.int32), 2)
        cv2.mixChannels([wide], [picked[:, :-1]], same.tolist())
    picked[:, -1] = block[:, (picked.shape[1] - 1) * across]
    return picked
