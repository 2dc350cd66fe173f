"""A pipeline runs over a picture band of rows by band, on every core.

The file's pixels become numbers in the first node of a band and pixels again behind the last, so
neither exists at full size as floating numbers, and what lies between stays in cache. The heights
of the bands follow from picture and pipeline, never from the number of cores, so that the result
does not either.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.graph import Graph
from filterkit.engine.render import Look, pixels
from filterkit.engine.rows import Settled, evaluate
from filterkit.engine.scale import Scale
from filterkit.engine.statistics import Statistics
from filterkit.engine.threads import in_threads
from filterkit.machine import cores
from filterkit.steps.normalize import Normalize
from filterkit.steps.step import Shape, Step

BAND_VALUES = 1 << 18
"""Values a band has at its widest. From 32 to 1,000 rows of a large picture the speed was flat."""

TALL_VALUES = 1 << 22
"""Values a band has at the most where a step asks for many rows."""

THREAD_VALUES = 1 << 20
"""Values of a picture that make one more thread worth its start."""

Image = NDArray[Any]
T = TypeVar("T")
Band = tuple[int, int, int]
"""A frame, and the first and the last row + 1."""


class Tally(NamedTuple):
    """Count what rendering did: values, those beyond white, and the darkest and brightest."""

    values: int
    beyond_white: int
    darkest: float
    brightest: float


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
        self.threads = threads or min(cores(), 1 + image.size // THREAD_VALUES)
        self.height = height
        self.settled: Settled = {}
        self._settle()

    @property
    def shape(self) -> Shape:
        """Give the shape of the result, its members named and rendered."""
        return self.graph.shape

    def numbers(self) -> Image:
        """Give the raw numbers, full scale 1, floating."""
        scale = self.graph.nodes[self.graph.end].scale
        result = self._empty(scale.dtype)

        def finish(block: Image, band: Band) -> None:
            result[band[0], band[1] : band[2]] = scale.units(block)

        self._each_band(self.graph.end, finish)
        return result.reshape(*self.image.shape[:-3], *result.shape[1:])

    def pixels(self, dtype: Any) -> tuple[Image, Tally]:
        """Give the rendered pixels and a tally of what was cut."""
        dtype = np.dtype(dtype)
        result, looks = self._empty(dtype), self._looks()
        full = self.graph.nodes[self.graph.end].scale.full

        def finish(block: Image, band: Band) -> tuple[int, float, float]:
            shown, beyond = pixels(block, looks, full, dtype)
            result[band[0], band[1] : band[2]] = shown
            return beyond, float(shown.min()), float(shown.max())

        beyond, darkest, brightest = zip(*self._each_band(self.graph.end, finish), strict=True)
        tally = Tally(result.size, sum(beyond), min(darkest), max(brightest))
        return result.reshape(*self.image.shape[:-3], *result.shape[1:]), tally

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
        parts = self._each_band(self.graph.end, lambda block, band: Statistics.of(block))
        whole = reduce(Statistics.joined, parts)
        return [
            look._replace(
                range=(float(whole.lowest[look.span].min()), float(whole.highest[look.span].max()))
            )
            for look in looks
        ]

    def _settle(self) -> None:
        """Gather what each normalisation needs to know, of each frame by itself.

        What stands before it is run for the statistics here, and again for the result.
        """
        for at, node in enumerate(self.graph.nodes):
            if isinstance(node.step, Normalize):
                gathered: dict[int, list[Statistics]] = {}
                for frame, part in self._each_band(node.inputs[0], _measured):
                    gathered.setdefault(frame, []).append(part)
                for frame, parts in gathered.items():
                    whole = reduce(Statistics.joined, parts)
                    self.settled[frame, at] = whole.shift_and_scale(node.step.kind)

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
            block = evaluate(self.graph, end, self.stack[band[0]], band, self.settled)
            return finish(block, band)

        return in_threads(work, bands, self.threads)


def _measured(block: Image, band: Band) -> tuple[int, Statistics]:
    return band[0], Statistics.of(block)


def band_height(graph: Graph, end: int) -> int:
    """Choose how many rows of node `end` make a band: cached, and few rows computed twice.

    About BAND_VALUES values where the pipeline is widest, yet at least three times as many rows
    as neighbouring bands both need, and as many as its nodes ask for up to TALL_VALUES.
    """
    rows = graph.nodes[end].shape.rows
    if rows <= 1:
        return 1
    nodes = [graph.nodes[at] for at in graph.upstream(end)]
    shapes = [node.shape for node in nodes]
    asked = max(node.rows * rows / node.shape.rows if node.rows > 1 else 0 for node in nodes)
    widest = max(shape.rows * shape.columns * shape.channels / rows for shape in shapes)
    first = graph.reach(end, 1)
    each = max(graph.reach(end, 2) - first, 1)
    halo = max(first - each, 0) / each
    return max(int(BAND_VALUES / widest), int(min(asked, TALL_VALUES / widest)), int(3 * halo), 4)
