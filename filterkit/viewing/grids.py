"""The grids of an explanation: what lies around a window, the kernel, the products, the result."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.flatten import Flatten
from filterkit.steps.pool import Pool
from filterkit.steps.window import Window as Sliding
from filterkit.steps.window import where
from filterkit.viewing.explaining import is_small, whole
from filterkit.viewing.grid import (
    ADDED,
    BRACKETS,
    CHOSEN,
    LARGE,
    MEANINGS,
    UNREAD,
    WINDOW,
    Grid,
)
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Place, Positions, Window, Worked, ratio, window_at

Flags = NDArray[np.bool_]

MARGIN = 2
"""Rows and columns shown around a window, or around a number of a large result."""

SHOWN_CHANNELS = 4
"""Channels of one step whose windows are shown."""


def legend_of(grids: list[Grid]) -> str:
    """Explain the marks that there are, each by its brackets."""
    there = {int(mark) for grid in grids for mark in grid.marks.flat}
    signs = dict(BRACKETS)
    return " · ".join(
        f"{' '.join(signs[mark])} {meaning}" for mark, meaning in MEANINGS.items()
        if any(one & mark == mark for one in there)
    )  # fmt: skip


def windows_of(stage: Traced, source: Traced, one: Worked) -> list[Window]:
    """Give the windows that are worth a look: those of few channels, or the numbers given alone."""
    given = () if isinstance(stage.step, Flatten) else one.sources
    windows = one.windows or [window_at(stage, source, place, place.channel) for _, place in given]
    return windows[:SHOWN_CHANNELS]


def grids_of(stage: Traced, source: Traced, one: Worked) -> list[Grid]:
    """Show, for each window small enough, what lies around it, the kernel, and the products.

    A kernel that is the same as the one before is not shown again.
    """
    grids: list[Grid] = []
    for window in windows_of(stage, source, one):
        if max(window.values.shape) > LARGE:
            continue
        if window.extent > LARGE:
            grids.append(Grid.of(f"under the window, {source.name_of(window.channel)}".rstrip(", "),
                                 window.values))  # fmt: skip
        else:
            grids.append(around(stage, source, window, one.winner))
        if window.weights is None:
            continue
        kernel = kernel_grid(window)
        if not any(grid.name == kernel.name and grid.texts == kernel.texts for grid in grids):
            grids.append(kernel)
        grids.append(products_grid(source, window))
    return grids


class Axis(NamedTuple):
    """Hold the positions that are shown along one axis, and what is to be said of each."""

    positions: Positions
    real: Positions
    outside: Flags
    under: Flags
    unread: Flags


def around(stage: Traced, source: Traced, window: Window, winner: int | None = None) -> Grid:
    """Show the numbers that a window lies on, all of a small image or those around it."""
    sizes = (source.shape.rows, source.shape.columns)
    taps = (window.rows, window.columns)
    border = stage.step.border
    down, across = (
        _axis(one, under, n, border)
        for one, under, n in zip(stage.step.windows(), taps, sizes, strict=True)
    )
    numbers = source.part(down.real, across.real)[..., window.channel]
    white, units = source.grey(window.channel, numbers), ratio(stage, source)
    if isinstance(stage.step, Pool):
        numbers[down.real < 0] = numbers[:, across.real < 0] = np.nan
    marks = (
        WINDOW * np.logical_and.outer(down.under, across.under)
        + ADDED * np.logical_or.outer(down.outside, across.outside)
        + UNREAD * np.logical_or.outer(down.unread, across.unread)
    ).astype(np.uint8)
    first = int(down.positions[0]), int(across.positions[0])
    if winner is not None:
        row, column = divmod(winner, len(window.columns))
        marks[window.rows[row] - first[0], window.columns[column] - first[1]] |= CHOSEN
    return Grid.of(
        title(source, window.channel), numbers * units, white=white and white * units,
        marks=marks, first=first,
    )  # fmt: skip


def _axis(window: Sliding, taps: Positions, n: int, border: str) -> Axis:
    """See along one axis, of n positions, on which a window lies with its taps."""
    low, high = _span(-window.before, n + window.after, int(taps[0]), int(taps[-1]) + 1)
    positions = np.arange(low, high)
    return Axis(
        positions, where(low, high, n, border), (positions < 0) | (positions >= n),
        np.isin(positions, taps), np.isin(positions, window.unread(n, border)),
    )  # fmt: skip


def _span(low: int, high: int, first: int, last: int) -> tuple[int, int]:
    """Choose the positions to show: all if they are few, else those from first to last and near."""
    if high - low <= LARGE:
        return low, high
    margin = min(MARGIN, max(LARGE - (last - first), 0) // 2)
    return max(low, first - margin), min(high, last + margin)


def title(stage: Traced, channel: int) -> str:
    """Name a stage's numbers with their size."""
    name = "picture" if stage.number == 0 else f"result of {stage.number}"
    if stage.shape.flat:
        return f"{name}, a vector"
    own = f", {stage.name_of(channel)}" if stage.name_of(channel) else ""
    return f"{name}{own}, {stage.shape.rows}x{stage.shape.columns}"


def kernel_grid(window: Window) -> Grid:
    """Show the weights as they lie on the picture."""
    assert window.weights is not None  # asked of kernels only
    rows, columns = window.weights.shape
    return Grid.of(f"kernel, {rows}x{columns}", window.weights)


def products_grid(source: Traced, window: Window) -> Grid:
    """Show value times weight."""
    own = source.name_of(window.channel)
    return Grid.of(f"products, {own}" if own else "products", window.products)


def _vector(stage: Traced, place: Place | None) -> Grid:
    """Show a vector, or of a long one the numbers near a place, in a row."""
    numbers = whole(stage)[0]
    at = place.channel if place else 0
    low, high = (0, numbers.size) if is_small(stage) else _span(0, numbers.size, at, at + 1)
    marks = np.zeros((1, high - low), np.uint8)
    if place is not None:
        marks[0, at - low] = CHOSEN
    return Grid.of(title(stage, 0), numbers[:, low:high], marks=marks, first=(0, low))


def result_grid(stage: Traced, channel: int, place: Place | None = None) -> Grid:
    """Show a stage's numbers, all of a small one or those around a place, which is marked."""
    if stage.shape.flat:
        return _vector(stage, place)
    if is_small(stage):
        first, numbers = (0, 0), whole(stage)[..., channel]
    else:
        assert place is not None  # of a large result only a part is asked for
        spans = [
            _span(0, n, at, at + 1)
            for n, at in zip((stage.shape.rows, stage.shape.columns), place[:2], strict=True)
        ]
        first = (spans[0][0], spans[1][0])
        numbers = stage.part(*(np.arange(*span) for span in spans))[..., channel]
    marks: NDArray[Any] = np.zeros(numbers.shape, np.uint8)
    if place is not None:
        marks[place.row - first[0], place.column - first[1]] = CHOSEN
    white = stage.grey(channel, numbers)
    return Grid.of(title(stage, channel), numbers, white=white, marks=marks, first=first)
