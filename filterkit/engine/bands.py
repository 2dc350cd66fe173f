"""A pipeline runs over a picture band of rows by band, on every core.

The file's pixels become numbers in the first node of a band and pixels again behind the last, so
neither exists at full size as floating numbers, and what lies between stays in cache. The heights
of the bands follow from picture and pipeline, never from the number of cores, so that the result
does not either.
"""

import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import reduce
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.graph import Graph
from filterkit.engine.render import Look, brightness, show
from filterkit.engine.rows import Settled, evaluate
from filterkit.engine.scale import Scale
from filterkit.engine.statistics import Statistics
from filterkit.engine.threads import BLAS, OPENCV
from filterkit.engine.whole import whole
from filterkit.machine import cores, in_threads
from filterkit.steps.normalize import Normalize
from filterkit.steps.step import Shape, Step

BAND_BYTES = 1 << 22
"""What a band takes at its widest: 58 rows of 6,000 colours as float32. Fewer rows make more of
them computed twice, and more of them leave the cache."""

TALL_BYTES = 1 << 24
"""What a band takes at the most where a step asks for many rows."""

THREAD_VALUES = 1 << 20
"""Values of a picture that make one more thread worth its start."""

KEPT_VALUES = 1 << 28
"""Values of a map, 1 GiB, that are kept between the two passes of a normalisation."""

BAND_PRODUCTS = 1 << 25
"""Products of matrices in a band, so that a small picture of many maps makes several bands."""

THREAD_PRODUCTS = 1 << 25
"""Products of matrices that make one more thread worth its start: about half a millisecond."""

Image = NDArray[Any]
T = TypeVar("T")
Band = tuple[int, int, int]
"""A frame, and the first and the last row + 1."""


class Run:
    """Run a step over a stack of images (..., rows, columns, channels) of one shape."""

    def __init__(
        self,
        step: Step,
        image: Image,
        shape: Shape | None = None,
        threads: int | None = None,
        height: int | None = None,
    ) -> None:
        self.image = image
        self.stack = image.reshape(-1, *image.shape[-3:])
        self.graph = Graph(step, shape or Shape.of(*image.shape[-3:]), Scale.of(image))
        self.products = len(self.stack) * self.graph.products
        worth = image.size // THREAD_VALUES + self.products // THREAD_PRODUCTS
        self.threads = threads or min(cores(), 1 + worth)
        self.height = height
        self.settled: Settled = {}
        self.whole = whole(self.graph) if self.stack.dtype == np.uint8 else None
        self.given: dict[int, Image] = {0: self.stack}
        self._settle()

    @property
    def shape(self) -> Shape:
        """Give the shape of the result, its members named and rendered."""
        return self.graph.shape

    def told(self, dtype: Any = None) -> tuple[str, ...]:
        """Say how each kernel is laid and why, for pixels of a type or else for numbers."""
        if dtype is not None and np.dtype(dtype) == np.uint8 and self.whole is not None:
            step = self.graph.nodes[self.graph.end].step
            return (f"{step}: {self.whole.name} in one call on bytes, {self.whole.why}",)
        nodes = [self.graph.nodes[at] for at in sorted(self.graph.upstream(self.graph.end))]
        return tuple(f"{node.step}: {line}" for node in nodes for line in node.told)

    def numbers(self) -> Image:
        """Give the raw numbers, full scale 1, floating."""
        scale = self.graph.nodes[self.graph.end].scale
        result = self._empty(scale.dtype)

        def finish(block: Image, band: Band) -> None:
            np.divide(block, scale.full, out=result[band[0], band[1] : band[2]], dtype=scale.dtype)

        self._each_band(self.graph.end, finish)
        return result.reshape(*self.image.shape[:-3], *result.shape[1:])

    def pixels(self, dtype: Any) -> Image:
        """Give the rendered pixels."""
        dtype = np.dtype(dtype)
        if dtype == np.uint8 and self.whole is not None:
            with OPENCV.limited(self.threads):
                frames = [self.whole.filtered(frame) for frame in self.stack]
            filtered = frames[0] if len(frames) == 1 else np.stack(frames)
            return filtered.reshape(self.image.shape)
        result, looks = self._empty(dtype), self._looks()
        full = self.graph.nodes[self.graph.end].scale.full
        rounded = full == 1 and self.stack.dtype.kind == "u"  # divided by white on the way

        def finish(block: Image, band: Band) -> None:
            show(block, looks, full, result[band[0], band[1] : band[2]], rounded)

        self._each_band(self.graph.end, finish)
        return result.reshape(*self.image.shape[:-3], *result.shape[1:])

    @property
    def full(self) -> float:
        """Give the number that stands for white in what `rows` gives."""
        return self.graph.nodes[self.graph.end].scale.full

    def rows(self, low: int, high: int) -> Image:
        """Compute rows low … high-1 of the first image's result, in units where white is `full`."""
        given = {at: whole[0] for at, whole in self.given.items()}
        with OPENCV.limited(1):
            return evaluate(self.graph, self.graph.end, given, (0, low, high), self.settled)

    def beyond_white(self) -> float:
        """Give the share of the values that rendering cuts at white; they are computed again."""
        looks, full = self._looks(), self.graph.nodes[self.graph.end].scale.full

        def count(block: Image, band: Band) -> int:
            return sum(
                int(np.count_nonzero(brightness(block[..., look.span], look, full, full) > full))
                for look in looks
            )

        shape = self.graph.shape
        values = len(self.stack) * shape.rows * shape.columns * shape.channels
        return sum(self._each_band(self.graph.end, count)) / values

    def _empty(self, dtype: Any) -> Image:
        shape = self.graph.shape
        return np.empty((len(self.stack), shape.rows, shape.columns, shape.channels), dtype)

    def _looks(self) -> list[Look]:
        """Say how each member is shown; a stretch needs the range over all frames first."""
        members = self.graph.shape.members
        looks = [
            Look(span, member.render)
            for span, member in zip(self.graph.shape.spans(), members, strict=True)
        ]
        if all(look.render.kind != "stretch" for look in looks):
            return looks
        parts = self._each_band(
            self.graph.end, lambda block, band: Statistics.of(block, range_only=True)
        )
        whole = reduce(Statistics.joined, parts)
        return [
            look._replace(
                range=(float(whole.lowest[look.span].min()), float(whole.highest[look.span].max()))
            )
            for look in looks
        ]

    def _settle(self) -> None:
        """Gather what each normalisation needs to know, of each frame by itself."""
        for at, node in enumerate(self.graph.nodes):
            if isinstance(node.step, Normalize):
                gathered: dict[int, list[Statistics]] = {}
                for frame, part in self._measured(node.inputs[0], node.step.kind == "minmax"):
                    gathered.setdefault(frame, []).append(part)
                for frame, parts in gathered.items():
                    whole = reduce(Statistics.joined, parts)
                    self.settled[frame, at] = whole.shift_and_scale(node.step.kind)

    def _measured(self, at: int, range_only: bool) -> list[tuple[int, Statistics]]:
        """Measure the result of node `at` and keep it, or compute it once more for what follows.

        Keeping it took two thirds of the time, and the memory of one map of floating numbers.
        """
        node = self.graph.nodes[at]
        size = (len(self.stack), node.shape.rows, node.shape.columns, node.shape.channels)
        kept = None
        if at not in self.given and math.prod(size) <= KEPT_VALUES:
            kept = np.empty(size, node.scale.dtype)

        def finish(block: Image, band: Band) -> tuple[int, Statistics]:
            if kept is not None:
                kept[band[0], band[1] : band[2]] = block
            return band[0], Statistics.of(block, range_only)

        measured = self._each_band(at, finish)
        if kept is not None:
            self.given[at] = kept
            used = self.graph.upstream(self.graph.end, self.given)
            self.given = {at: whole for at, whole in self.given.items() if at in used}
        return measured

    def _each_band(self, end: int, finish: Callable[[Image, Band], T]) -> list[T]:
        """Compute the bands of node `end`, finish each, and give the answers in fixed order."""
        rows = self.graph.nodes[end].shape.rows
        height = self.height or band_height(self.graph, end)
        bands = [
            (frame, low, min(low + height, rows))
            for frame in range(len(self.stack))
            for low in range(0, rows, height)
        ]

        def work(band: Band) -> T:
            given = {at: whole[band[0]] for at, whole in self.given.items()}
            block = evaluate(self.graph, end, given, band, self.settled)
            return finish(block, band)

        with OPENCV.limited(1), BLAS.limited(1) if self.products else nullcontext():
            return in_threads(work, bands, self.threads)


def band_height(graph: Graph, end: int) -> int:
    """Choose how many rows of node `end` make a band: cached, and few rows computed twice.

    About BAND_BYTES where the pipeline is widest, or BAND_PRODUCTS in even bands, yet at
    least three times as many rows as neighbouring bands both need, and as many as its nodes ask
    for up to TALL_BYTES.
    """
    rows = graph.nodes[end].shape.rows
    if rows <= 1:
        return 1
    nodes = [graph.nodes[at] for at in graph.upstream(end)]
    asked = max(node.rows * rows / node.shape.rows if node.rows > 1 else 0 for node in nodes)
    widest = max(
        node.shape.rows * node.shape.columns * node.shape.channels * node.scale.itemsize
        for node in nodes
    )
    first = graph.reach(end, 1)
    each = max(graph.reach(end, 2) - first, 1)
    halo = max(first - each, 0) / each
    even = -(-rows // (1 + graph.products // BAND_PRODUCTS))
    tall = int(min(asked, TALL_BYTES * rows / widest))
    return max(min(BAND_BYTES * rows // widest, even), tall, int(3 * halo), 4)
