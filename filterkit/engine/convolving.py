"""A convolution made ready for one picture: its ways chosen, its number type settled."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from filterkit.engine.columns import MOST_CHANNELS, Columns
from filterkit.engine.fusing import Block, channels_of, join, summed
from filterkit.engine.matrix import Matrix, is_faster
from filterkit.engine.scale import Scale
from filterkit.engine.ways import Way, fits_16_bit, ways
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
        self.matrix = Matrix(step, self.source.dtype) if is_faster(step) else None
        self.ways: list[list[Way]] = []
        if self.matrix is None:
            dtype = np.dtype(np.uint8) if fits_16_bit(step, scale) else self.source.dtype
            self.ways = ways(step, dtype, largest if whole else None)
        self.told = self._told()
        stays_whole = step.kernel.integral and abs(step.divide) == 1 and step.bias == 0
        self.scale = self.source.grown(gain, stays_whole and step.fused not in ("mean", "l2"))
        if not step.homogeneous:
            self.scale = self.source.unit()
        self.bias = self.source.dtype.type(step.bias * self.scale.full)
        self.columns = Columns(step, shape.columns)
        self.rows = max((way.rows for chosen in self.ways for way in chosen), default=1)

    def _told(self) -> tuple[str, ...]:
        """Name each way that is taken, and why."""
        if self.matrix:
            return (f"matrix, {self.matrix.maps} maps are one product with all windows",)
        told = [f"{way.name}, {way.why}" for chosen in self.ways for way in chosen]
        return tuple(dict.fromkeys(told))

    def __call__(self, block: Block, low: int, high: int) -> Block:
        """Give the output rows low … high-1 of the rows that they need."""
        results = [
            result for span in self.groups for result in self._maps(block[..., span], high - low)
        ]
        return results[0] if len(results) == 1 else np.concatenate(results, axis=-1)

    def _maps(self, block: Block, rows: int) -> Iterator[Block]:
        """Yield the feature maps of one member, or of all channels where each has weights."""
        channels = block.shape[-1]
        if self.adds_first:  # the kernel is shared
            block = summed(block)
        numbers = np.ascontiguousarray(self.columns.padded(block, self._taken(block)))
        if not self.step.homogeneous:
            numbers = self.source.units(numbers)
        if self.matrix:
            sums = self.matrix.correlate(numbers, rows, self.columns.count)
            yield self._divided(sums, channels)
        for chosen in self.ways:
            yield self._fused(list(self._correlated(chosen, numbers, rows)), channels)

    def _taken(self, block: Block) -> "np.dtype[Any]":
        """Say in which type the ways take a block: those of strides turn pixels into numbers."""
        strided = self.ways and self.step.stride != (1, 1) and self.step.homogeneous
        return block.dtype if strided and block.itemsize <= 2 else self.source.dtype

    def _correlated(self, chosen: list[Way], numbers: Block, rows: int) -> Iterator[Block]:
        """Yield the undivided sums, together under a shared kernel, else channel by channel."""
        parts = [numbers] if len(chosen) == 1 else channels_of(numbers)
        for way, part in zip(chosen, parts, strict=True):
            laid = [
                way.correlate(np.ascontiguousarray(some), rows, self.columns.count)
                for some in np.split(part, range(MOST_CHANNELS, part.shape[2], MOST_CHANNELS), 2)
            ]
            yield laid[0] if len(laid) == 1 else np.concatenate(laid, axis=2)

    def _fused(self, parts: list[Block], channels: int) -> Block:
        """Fuse, divide and add the bias."""
        fused = self.step.fused
        if fused == "product":
            divide = self.source.dtype.type(abs(self.step.divide))
            parts = [part / divide for part in parts]
        if fused == "keep":
            result = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        else:
            split = [channel for part in parts for channel in channels_of(part)]
            result = join(fused, split)
        return self._divided(result, channels)

    def _divided(self, result: Block, channels: int) -> Block:
        """Divide, once for a mean too, and add the bias."""
        fused = self.step.fused
        divide = self.source.dtype.type(1 if fused == "product" else abs(self.step.divide))
        if fused == "mean":
            divide *= channels
        if result.dtype != self.source.dtype:  # sums of 16 bit
            result = np.divide(result, divide, dtype=self.source.dtype)
        elif divide != 1:
            result = np.divide(result, divide, out=result)
        return np.add(result, self.bias, out=result) if self.bias else result
