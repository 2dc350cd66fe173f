"""Where a window lies in a large picture, and what lies under a large window, as pictures."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from filterkit.viewing.grid import shaded
from filterkit.viewing.grids import title
from filterkit.viewing.parts import Shown
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Window, ratio

ROWS, COLUMNS = 60, 90
"""Rows and columns that are shown around a window, fewer than twice its own not."""

FRAME = (230, 30, 30)


def surroundings(stage: Traced, source: Traced, window: Window) -> Shown:
    """Show the numbers around a window as a picture, with a frame around the window."""
    spans = [
        _span(int(taps[0]), int(taps[-1]) + 1, n, most)
        for taps, n, most in zip(
            (window.rows, window.columns), (source.shape.rows, source.shape.columns),
            (ROWS, COLUMNS), strict=True,
        )
    ]  # fmt: skip
    numbers = source.part(*(np.arange(*span) for span in spans))[..., window.channel]
    image = shaded(numbers, source.grey(window.channel, numbers))
    _frame(image, window, (spans[0][0], spans[1][0]))
    (top, bottom), (left, right) = spans
    about = f"rows {top} to {bottom - 1}, columns {left} to {right - 1}; the window is framed" + (
        "" if ratio(stage, source) == 1 else f"; {source.white:g} is white"
    )
    return Shown(title(source, window.channel), image, about, besides=True)


def _span(first: int, last: int, n: int, most: int) -> tuple[int, int]:
    """Choose so many positions, of n, with the window in their middle."""
    most = min(max(most, 2 * (last - first)), n)
    low = min(max((first + last - most) // 2, 0), n - most)
    return low, low + most


def _frame(image: NDArray[np.uint8], window: Window, first: tuple[int, int]) -> None:
    """Draw a frame around the window, as far as it lies within the image."""
    top, bottom = (int(window.rows[at]) - first[0] + off for at, off in ((0, -1), (-1, 1)))
    left, right = (int(window.columns[at]) - first[1] + off for at, off in ((0, -1), (-1, 1)))
    rows, columns = image.shape[:2]
    down = slice(max(top, 0), max(bottom + 1, 0))
    across = slice(max(left, 0), max(right + 1, 0))
    for row in {top, bottom} & {*range(rows)}:
        image[row, across] = FRAME
    for column in {left, right} & {*range(columns)}:
        image[down, column] = FRAME


def pictures_of(source: Traced, window: Window) -> Iterator[Shown]:
    """Show what lies under a window too large for numbers, and what is made of it."""
    rows, columns = window.values.shape
    size = f"{rows}x{columns}"
    white = source.grey(window.channel, window.values)
    yield Shown(
        f"under the window, {size}", shaded(window.values, white), title(source, window.channel)
    )
    if window.weights is not None:
        about = "orange adds, blue takes away"
        yield Shown(f"kernel, {size}", shaded(window.weights, None), about)
        yield Shown(f"products, {size}", shaded(window.products, None), about)
