"""Strides: what falls away is never computed.

The windows of a strided kernel fall into phases: the rows p, p + stride, p + 2 stride ... of the
kernel meet just those rows of the picture, without a stride. So each phase is a small kernel on
a small picture, and their sums are added up.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.columns import every

Block = NDArray[Any]
Laid = NDArray[np.float64]
Correlate = Callable[[Block, int, int], Block]

COLUMNS_FIRST = 40
"""Products from which on columns are parted into phases too, before anything is multiplied: to
part them costs as much as about ten products a pixel. With fewer, whole rows are computed and
columns dropped at the end."""


class Phase(NamedTuple):
    """Hold what one phase of rows and columns does, and how large its kernel is."""

    row: int
    column: int
    size: tuple[int, int]
    correlate: Correlate


def strided(
    laid: Laid, stride: tuple[int, int], dtype: Any, way: Callable[[Laid], Correlate]
) -> Correlate:
    """Lay a matrix on windows that are `stride` rows and columns apart; `way` lays each phase.

    Pixels become numbers of `dtype` when their columns are parted.
    """
    down, across = stride
    early = int(np.count_nonzero(laid)) >= COLUMNS_FIRST
    apart = across if early else 1
    phases = list(phases_of(laid, down, apart, way))

    def correlate(block: Block, rows: int, columns: int) -> Block:
        wide = columns if early else (columns - 1) * across + 1
        picked = {
            at: every(apart, block[:, at:]).astype(dtype, copy=False)
            for at in {phase.column for phase in phases}
        }
        sums = (
            correlate(picked[column][row::down][: rows + high - 1, : wide + width - 1], rows, wide)
            for row, column, (high, width), correlate in phases
        )
        total = next(sums)
        for part in sums:
            total = np.add(total, part, out=total)
        return total if early else every(across, total)

    return correlate


def phases_of(
    laid: Laid, down: int, across: int, way: Callable[[Laid], Correlate]
) -> Iterator[Phase]:
    """Yield the phases of a matrix, but for those of zeros alone, which a dilation may leave."""
    for column in range(min(across, laid.shape[1])):
        for row in range(min(down, laid.shape[0])):
            part = laid[row::down, column::across]
            if part.any() or not laid.any():
                yield Phase(row, column, part.shape, way(part))


def dropping(stride: tuple[int, int], dtype: Any, correlate: Correlate) -> Correlate:
    """Compute every window, and drop rows and columns then: transforms give all at once."""
    down, across = stride

    def strided(block: Block, rows: int, columns: int) -> Block:
        numbers = block.astype(dtype, copy=False)
        dense = correlate(numbers, (rows - 1) * down + 1, (columns - 1) * across + 1)
        return every(across, dense[::down])

    return strided
