"""The grids of an explanation: what lies around a window, the kernel, the products, the result."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.flatten import Flatten
from filterkit.steps.pool import Pool
from filterkit.steps.window import where
from filterkit.viewing.explaining import is_small, whole
from filterkit.viewing.grid import ADDED, CHOSEN, LARGE, UNREAD, WINDOW, Grid
from filterkit.viewing.stages import Stage
from filterkit.viewing.worked import Place, Window, Worked, ratio, window_at

MARGIN = 2
"""Rows and columns shown around a window, or around a number of a large result."""

SHOWN_CHANNELS = 4
"""Channels of one step whose windows are shown."""

LEGENDS = (
    (WINDOW, "[ ] under the window"),
    (ADDED, "( ) added around"),
    (WINDOW | ADDED, "{ } both"),
    (CHOSEN, "< > what goes on"),
    (UNREAD, "/ / never read"),
)
"""What the marks of a grid mean."""


def legend_of(grids: list[Grid]) -> str:
    """Explain the marks that there are."""
    there = {int(mark) for grid in grids for mark in grid.marks.flat}
    single = {WINDOW, ADDED, CHOSEN, UNREAD}
    said = [
        text for mark, text in LEGENDS
        if any(one & mark if mark in single else one & mark == mark for one in there)
    ]  # fmt: skip
    return " · ".join(said)


def windows_of(stage: Stage, source: Stage, one: Worked) -> list[Window]:
    """Give the windows that are worth a look: those of few channels, or the numbers given alone."""
    given = () if isinstance(stage.step, Flatten) else one.sources
    windows = one.windows or [window_at(stage, source, place, place.channel) for _, place in given]
    return windows[:SHOWN_CHANNELS]


def grids_of(stage: Stage, source: Stage, one: Worked) -> list[Grid]:
    """Show, for each window small enough, what lies around it, the kernel, and the products.

    A kernel that is the same as the one before is not shown again.
    """
    grids: list[Grid] = []
    for window in windows_of(stage, source, one):
        if max(window.values.shape) > LARGE:
            continue
        grids.append(around(stage, source, window, one.winner))
        if window.weights is None:
            continue
        kernel = kernel_grid(window)
        if not any(grid.name == kernel.name and grid.texts == kernel.texts for grid in grids):
            grids.append(kernel)
        grids.append(products_grid(source, window))
    return grids


def around(stage: Stage, source: Stage, window: Window, winner: int | None = None) -> Grid:
    """Show the numbers that a window lies on, all of a small image or those around it."""
    step, shape = stage.step, source.shape
    positions, shown, unread = [], [], []
    for one, taps, n in zip(
        step.windows(), (window.rows, window.columns), (shape.rows, shape.columns), strict=True
    ):
        low, high = _span(-one.before, n + one.after, int(taps[0]), int(taps[-1]) + 1)
        positions.append(np.arange(low, high))
        shown.append(where(low, high, n, step.border))
        unread.append(np.isin(positions[-1], one.unread(n, step.border)))
    numbers = source.part(*shown)[..., window.channel] * ratio(stage, source)
    if isinstance(step, Pool):
        numbers[(shown[0] < 0), :] = numbers[:, (shown[1] < 0)] = np.nan
    added = np.logical_or.outer(
        *(
            (at < 0) | (at >= n)
            for at, n in zip(positions, (shape.rows, shape.columns), strict=True)
        )
    )
    under = np.logical_and.outer(
        np.isin(positions[0], window.rows), np.isin(positions[1], window.columns)
    )
    marks = WINDOW * under + ADDED * added + UNREAD * np.logical_or.outer(*unread)
    if winner is not None:
        row, column = divmod(winner, len(window.columns))
        marks[window.rows[row] - positions[0][0], window.columns[column] - positions[1][0]] |= (
            CHOSEN
        )
    white = stage.white if source.number == 0 else None
    first = int(positions[0][0]), int(positions[1][0])
    return Grid.of(
        title(source, window.channel),
        numbers,
        white=white,
        marks=marks.astype(np.uint8),
        first=first,
    )


def _span(low: int, high: int, first: int, last: int) -> tuple[int, int]:
    """Choose the positions to show: all if they are few, else those from first to last and near."""
    if high - low <= LARGE:
        return low, high
    margin = min(MARGIN, max(LARGE - (last - first), 0) // 2)
    return max(low, first - margin), min(high, last + margin)


def title(stage: Stage, channel: int) -> str:
    """Name a stage's numbers with their size."""
    name = "picture" if stage.number == 0 else f"result of {stage.number}"
    own = f", {stage.names[channel]}" if stage.names[channel] else ""
    return f"{name}{own}, {stage.shape.rows}x{stage.shape.columns}"


def kernel_grid(window: Window) -> Grid:
    """Show the weights as they lie on the picture."""
    assert window.weights is not None  # asked of kernels only
    rows, columns = window.weights.shape
    return Grid.of(f"kernel, {rows}x{columns}", window.weights)


def products_grid(source: Stage, window: Window) -> Grid:
    """Show value times weight."""
    own = source.names[window.channel]
    return Grid.of(f"products, {own}" if own else "products", window.products)


def result_grid(stage: Stage, channel: int, place: Place | None = None) -> Grid:
    """Show a stage's numbers, all of a small one or those around a place, which is marked."""
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
    return Grid.of(title(stage, channel), numbers, marks=marks, first=first)
