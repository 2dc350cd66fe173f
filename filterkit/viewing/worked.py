"""How one number of a step's result came about: the window, the products, the sum, the winner.

Every number comes from the engine, but the products: those are of what the engine gave and the
weights, and their sum stands beside the engine's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.definition import laid
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank
from filterkit.steps.pool import Pool
from filterkit.steps.window import where
from filterkit.viewing.tracing import Traced

Numbers = NDArray[np.float64]
Positions = NDArray[np.int64]


class Place(NamedTuple):
    """Name a number of a stage's result; rows, columns and channels are counted from 0."""

    row: int
    column: int
    channel: int = 0


@dataclass(frozen=True, eq=False)
class Window:
    """Hold what lies under a window in one channel of the stage before.

    `rows` and `columns` are positions, which may lie outside; `real_rows` and `real_columns` those
    whose numbers they show, -1 where there are none. Kernels have `weights`.
    """

    channel: int
    rows: Positions
    columns: Positions
    real_rows: Positions
    real_columns: Positions
    values: Numbers
    weights: Numbers | None = None

    @property
    def there(self) -> NDArray[np.bool_]:
        """Tell which values are somewhere in the image, (rows, columns)."""
        there: NDArray[np.bool_] = np.logical_and.outer(self.real_rows >= 0, self.real_columns >= 0)
        return there

    @property
    def extent(self) -> int:
        """Count the rows or columns, whichever are more, from the first tap to the last."""
        return int(max(np.ptp(self.rows), np.ptp(self.columns))) + 1

    @property
    def products(self) -> Numbers:
        """Multiply each value with its weight."""
        assert self.weights is not None  # asked of kernels only
        return self.values * self.weights

    def place(self, tap: int) -> Place:
        """Say where the value of a tap, counted row by row, comes from."""
        row, column = divmod(tap, len(self.columns))
        return Place(int(self.real_rows[row]), int(self.real_columns[column]), self.channel)

    def object(self) -> dict[str, Any]:
        """Give it for --json; what a pooling does not count is null."""
        values = self.values.astype(object)
        if self.weights is None:
            values[~self.there] = None
        told: dict[str, Any] = {
            "channel": self.channel,
            "rows": self.rows.tolist(),
            "columns": self.columns.tolist(),
            "values": values.tolist(),
        }
        if self.weights is not None:
            told["weights"] = self.weights.tolist()
            told["products"] = self.products.tolist()
            told["sum"] = float(self.products.sum())
        return told


@dataclass(frozen=True, eq=False)
class Worked:
    """Hold a number of a stage's result and what it was made of.

    `terms` are the numbers that were joined, one a window of a kernel, or those that a fusion or
    an activation was given. `sources` are the places they come from, as (stage, place): what to
    look at next, the most important first. `winner` is the tap of a pooling window that goes on.
    """

    stage: int
    place: Place
    value: float
    terms: list[float]
    sources: list[tuple[int, Place]]
    windows: list[Window] = field(default_factory=list)
    winner: int | None = None
    shift: float = 0.0
    scale: float = 1.0

    def object(self) -> dict[str, Any]:
        """Give it for --json."""
        told: dict[str, Any] = {
            "at": list(self.place),
            "value": self.value,
            "terms": self.terms,
            "windows": [window.object() for window in self.windows],
        }
        if (self.shift, self.scale) != (0.0, 1.0):
            told |= {"shift": self.shift, "scale": self.scale}
        if self.winner is not None:
            window = self.windows[0]
            row, column = divmod(self.winner, len(window.columns))
            told["winner"] = [int(window.rows[row]), int(window.columns[column])]
        return told


def worked(stages: list[Traced], number: int, place: Place) -> Worked:
    """Work out one number of a stage."""
    stage = stages[number]
    value = float(stage.value(place.row, place.column)[place.channel])
    work = WAYS[type(stage.step)]
    return work(stage, [stages[at] for at in stage.inputs], place, value)


def _convolved(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    step, (source,) = stage.step, sources
    assert isinstance(step, Convolve)  # WAYS has seen it
    channels, weights = _outputs(step, source)[place.channel]
    windows = [
        window_at(stage, source, place, channel, weights[at % len(weights)])
        for at, channel in channels
    ]
    terms = [float(window.products.sum()) / step.divide for window in windows]
    strongest = max(windows, key=lambda window: float(np.abs(window.products).max()))
    size = np.where(strongest.there, np.abs(strongest.products), -1.0)
    tap = int(size.argmax()) if size.max() > 0 else strongest.values.size // 2
    found = [(source.number, strongest.place(tap))] if strongest.there.flat[tap] else []
    return Worked(stage.number, place, value, terms, found, windows)


def _outputs(step: Convolve, source: Traced) -> list[tuple[list[tuple[int, int]], Numbers]]:
    """List, for each channel that comes out, the channels that it sees and the weights for them.

    A channel is given by its place in the member, which says whose weights are its own, and by its
    place among all.
    """
    found: list[tuple[list[tuple[int, int]], Numbers]] = []
    for span, weights in laid(step, source.shape, np.dtype(np.float64)):
        seen = list(enumerate(range(source.shape.channels)[span]))
        apart = [[one] for one in seen] if step.fused == "keep" else [seen]
        found.extend((one, weights) for one in apart)
    return found


def window_at(
    stage: Traced, source: Traced, place: Place, channel: int, weights: Numbers | None = None
) -> Window:
    """Lay the window of a stage's step where it makes one number, in units of the stage's own."""
    step = stage.step
    positions, shown = [], []
    sizes = (source.shape.rows, source.shape.columns)
    for window, at, n in zip(step.windows(), place[:2], sizes, strict=True):
        low, high = window.needs(at, at + 1)
        positions.append(np.arange(low, high)[:: window.dilation])
        shown.append(where(low, high, n, step.border)[:: window.dilation])
    values = source.part(*shown)[..., channel] * ratio(stage, source)
    return Window(channel, positions[0], positions[1], shown[0], shown[1], values, weights)


def ratio(stage: Traced, source: Traced) -> float:
    """Give what numbers are multiplied with before a step that must know what white is."""
    return 1.0 if isinstance(stage.step, Normalize) else stage.white / source.white


def _pooled(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    step, (source,) = stage.step, sources
    assert isinstance(step, Pool)  # WAYS has seen it
    window = window_at(stage, source, place, place.channel)
    there = window.there
    size = {"max": window.values, "min": -window.values}.get(step.kind, np.abs(window.values))
    tap = int(np.where(there, size, -np.inf).argmax())
    terms = [float(one) for one in window.values[there]]
    winner = tap if step.kind in ("max", "min") else None
    found = [(source.number, window.place(tap))]
    return Worked(stage.number, place, value, terms, found, [window], winner)


def _pointwise(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    """Work out what comes of the number at the same place."""
    (source,) = sources
    before = float(source.value(place.row, place.column)[place.channel])
    term = before * ratio(stage, source)
    return Worked(stage.number, place, value, [term], [(source.number, place)])


def _normalized(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    plain = _pointwise(stage, sources, place, value)
    shift, scale = stage.statistics(place.channel)
    return replace(plain, shift=shift, scale=scale)


def _fused(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    """Work out members that are joined channel by channel, or the channels of a single one."""
    step, (source,) = stage.step, sources
    assert isinstance(step, Fuse)  # WAYS has seen it
    spans = source.shape.spans()
    if step.kind == "keep":
        channels = [place.channel]
    elif len(spans) == 1:
        channels = [*range(source.shape.channels)]
    else:
        channels = [
            span.start + (place.channel if span.stop - span.start > 1 else 0) for span in spans
        ]
    numbers = source.value(place.row, place.column) * ratio(stage, source)
    terms = [float(numbers[channel]) for channel in channels]
    weighed = {"max": numbers, "min": -numbers}.get(step.kind, np.abs(numbers))
    first = sorted(channels, key=lambda channel: -float(weighed[channel]))
    found = [(source.number, place._replace(channel=channel)) for channel in first]
    return Worked(stage.number, place, value, terms, found)


def _grayed(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    (source,) = sources
    span = source.shape.spans()[place.channel]  # each member becomes one channel
    channels = range(source.shape.channels)[span]
    numbers = source.value(place.row, place.column)
    found = [(source.number, place._replace(channel=channel)) for channel in channels]
    return Worked(stage.number, place, value, [float(numbers[c]) for c in channels], found)


def _flattened(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    (source,) = sources
    pixel, channel = divmod(place.channel, source.shape.channels)
    row, column = divmod(pixel, source.shape.columns)
    return Worked(
        stage.number, place, value, [value], [(source.number, Place(row, column, channel))]
    )


def _passed(stage: Traced, sources: list[Traced], place: Place, value: float) -> Worked:
    """Find the operand of a bank that a channel comes from."""
    channel = place.channel
    for source in sources:
        if channel < source.shape.channels:
            found = place._replace(channel=channel)
            return Worked(stage.number, place, value, [value], [(source.number, found)])
        channel -= source.shape.channels
    raise IndexError(place)


WAYS: dict[type, Callable[[Traced, list[Traced], Place, float], Worked]] = {
    Convolve: _convolved,
    Pool: _pooled,
    Activate: _pointwise,
    Normalize: _normalized,
    Fuse: _fused,
    Gray: _grayed,
    Flatten: _flattened,
    Bank: _passed,
}
"""How a number of each kind of step is worked out."""


MOST = 4
"""Numbers of one stage that are worked out at once, where a fusion joins many."""


def followed(stages: list[Traced], number: int, places: list[Place]) -> dict[int, list[Worked]]:
    """Work out numbers and, back to the picture, those that matter most to them, by stage."""
    wanted: dict[int, list[Place]] = {number: places}
    found: dict[int, list[Worked]] = {}
    for at in range(number, 0, -1):
        places = list(dict.fromkeys(wanted.get(at, [])))[:MOST]
        if not places:
            continue
        found[at] = [worked(stages, at, one) for one in places]
        for one in found[at]:
            for source, there in one.sources:
                wanted.setdefault(source, []).append(there)
    return dict(sorted(found.items()))
