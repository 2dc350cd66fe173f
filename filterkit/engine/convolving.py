"""A convolution made ready for one picture: its ways chosen, its number type settled."""

from collections.abc import Iterator

import numpy as np

from filterkit.engine.columns import Columns, every
from filterkit.engine.fusing import Block, channels_of, join
from filterkit.engine.scale import Scale
from filterkit.engine.ways import Way, ways
from filterkit.steps.convolve import Convolve
from filterkit.steps.step import Shape


class Convolving:
    """Convolve blocks of rows of one picture; `scale` then describes the result.

    The order is that of exact arithmetic: undivided weights on native numbers, fused, one true
    division (a mean's included), and the bias at the end.
    """

    def __init__(self, step: Convolve, shape: Shape, scale: Scale) -> None:
        self.step = step
        self.groups = shape.spans() if step.kernel.channels == 1 else (slice(None),)
        widest = max(len(range(*span.indices(shape.channels))) for span in self.groups)
        gain = step.kernel.reach * (widest if step.fused in ("sum", "mean") else 1)
        self.source = scale.holding(gain, step.divide * (widest if step.fused == "mean" else 1))
        self.adds_first = step.kernel.channels == 1 and step.fused in ("sum", "mean")
        largest = self.source.peak * (widest if self.adds_first else 1)
        whole = self.source.whole and step.homogeneous
        self.ways = ways(step, self.source.dtype, largest if whole else None)
        stays_whole = step.kernel.integral and abs(step.divide) == 1 and step.bias == 0
        self.scale = self.source.grown(gain, stays_whole and step.fused not in ("mean", "l2"))
        if not step.homogeneous:
            self.scale = self.source.unit()
        self.bias = self.source.dtype.type(step.bias * self.scale.full)
        self.columns = Columns(step, shape.columns)
        self.rows = max(way.rows for chosen in self.ways for way in chosen)

    def __call__(self, block: Block, low: int, high: int) -> Block:
        """Give the output rows low … high-1 of the rows that they need."""
        numbers = self.columns.padded(block, self.source.dtype)
        if not self.step.homogeneous:
            numbers = self.source.units(numbers)
        results = [
            result
            for span in self.groups
            for result in self._maps(np.ascontiguousarray(numbers[..., span]), high - low)
        ]
        return results[0] if len(results) == 1 else np.concatenate(results, axis=-1)

    def _maps(self, numbers: Block, rows: int) -> Iterator[Block]:
        """Yield the feature maps of one member, or of all channels where each has weights."""
        channels = numbers.shape[-1]
        if self.adds_first:  # the kernel is shared
            numbers = join("sum", channels_of(numbers))
        for chosen in self.ways:
            yield self._fused(list(self._correlated(chosen, numbers, rows)), channels)

    def _correlated(self, chosen: list[Way], numbers: Block, rows: int) -> Iterator[Block]:
        """Yield the undivided sums, together under a shared kernel, else channel by channel."""
        parts = [numbers] if len(chosen) == 1 else channels_of(numbers)
        across = self.step.stride[1]
        for way, part in zip(chosen, parts, strict=True):
            wide = (self.columns.count - 1) * across + 1
            yield every(across, way.correlate(np.ascontiguousarray(part), rows, wide))

    def _fused(self, parts: list[Block], channels: int) -> Block:
        """Fuse, divide and add the bias."""
        fused, divide = self.step.fused, self.source.dtype.type(abs(self.step.divide))
        if fused == "product":
            parts, divide = [part / divide for part in parts], divide.dtype.type(1)
        if fused == "keep":
            result = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        else:
            split = [channel for part in parts for channel in channels_of(part)]
            result = join(fused, split)
        if fused == "mean":
            divide *= channels
        if divide != 1:
            result = np.divide(result, divide, out=result)
        return np.add(result, self.bias, out=result) if self.bias else result
