"""The window on its way, as a moving picture: a frame for each place where it stops."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from filterkit.errors import UsageError
from filterkit.pictures.picture import Animation, Picture
from filterkit.steps.window import ONE
from filterkit.viewing.explaining import Explanation, is_small
from filterkit.viewing.grid import Grid
from filterkit.viewing.grids import grids_of, result_grid
from filterkit.viewing.layout import (
    GAP,
    LETTERS,
    MARGIN,
    SMALL,
    SOFT,
    Block,
    beneath,
    beside,
    cells,
    framed,
    words,
)
from filterkit.viewing.telling import heading, worked_lines
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Place, Worked, worked

MOST_FRAMES = 200
"""Places of windows that are filmed."""

WIDE = 900
"""Columns of the film at the most, its margins not counted."""

LEAST = 560
"""Columns of the film at the least, so that sums have room."""

TINT = 17
"""Levels between the colours that are left: a GIF has 256, and should not have to choose others."""

DELAY, LAST = 700.0, 2500.0
"""Milliseconds that a frame is shown, and the last of each step."""


def film(explanation: Explanation) -> Picture:
    """Film every window of every step, row by row. Raises UsageError where they are too many."""
    stages = [one for one in explanation.stages[1:] if not (one.is_bank or one.shape.flat)]
    _check(explanation, stages)
    frames: list[Block] = []
    delays: list[float] = []
    for stage in stages:
        frames += list(_frames(explanation, stage))
        delays += [DELAY] * (len(frames) - len(delays) - 1) + [LAST]
    high, wide = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    pixels = np.full((len(frames), high, wide, 3), 255, np.uint8)
    for place, one in zip(pixels, frames, strict=True):
        place[: one.shape[0], : one.shape[1]] = one // TINT * TINT
    return Picture(pixels, animation=Animation(tuple(delays)))


def _check(explanation: Explanation, stages: list[Traced]) -> None:
    if all(stage.step.windows() == (ONE, ONE) for stage in stages):
        raise UsageError("no window slides in that filter: there is nothing to film.")
    sources = [explanation.stages[stage.inputs[0]] for stage in stages]
    count = sum(stage.shape.rows * stage.shape.columns * stage.shape.channels for stage in stages)
    small = "a picture of up to 12x12 pixels, such as sample:zero"
    if not all(map(is_small, [*stages, *sources])):
        raise UsageError("a film shows whole pictures, of up to 16x16 pixels.", small)
    if count > MOST_FRAMES:
        raise UsageError(
            f"a film shows every window, and there are {count:,}; {MOST_FRAMES} are the most.",
            small,
        )


def _frames(explanation: Explanation, stage: Traced) -> Iterator[Block]:
    """Yield a frame a window, the result growing; a step without windows is shown at once."""
    if stage.step.windows() == (ONE, ONE):
        last = Place(stage.shape.rows - 1, stage.shape.columns - 1)
        yield frame(explanation, stage, worked(explanation.stages, stage.number, last))
        return
    for channel in range(stage.shape.channels):
        for row, column in np.ndindex(stage.shape.rows, stage.shape.columns):
            place = Place(row, column, channel)
            yield frame(explanation, stage, worked(explanation.stages, stage.number, place))


def frame(explanation: Explanation, stage: Traced, one: Worked) -> Block:
    """Draw what is under one window, what is made of it, and the result as far as it is known."""
    source = explanation.stages[stage.inputs[0]]
    grids = [*grids_of(stage, source, one), _so_far(stage, one.place)]
    blocks = [_titled(grid) for grid in grids]
    wide = max(min(max(_width(blocks), LEAST), WIDE), *(one.shape[1] for one in blocks))
    lines = worked_lines(stage, source, one)
    body = [
        words(heading(stage), LETTERS, wide),
        beside(blocks, wide),
        *(words(line, SMALL, wide) for line in lines),
    ]
    return framed([beneath(body, wide, GAP // 2)], wide + 2 * MARGIN)


def _width(blocks: list[Block]) -> int:
    return sum(int(block.shape[1]) + GAP for block in blocks) - GAP


def _titled(grid: Grid) -> Block:
    image = cells(grid)
    title = words(grid.name, SMALL, max(image.shape[1], 150), SOFT)
    return beneath([title, image], max(title.shape[1], image.shape[1]), 4)


def _so_far(stage: Traced, place: Place) -> Grid:
    """Give the result with what is not yet known left empty."""
    grid = result_grid(stage, place.channel, place)
    known = place.row * stage.shape.columns + place.column
    later = np.arange(grid.marks.size).reshape(grid.marks.shape) > known
    texts = [
        ["" if empty else text for text, empty in zip(*row, strict=True)]
        for row in zip(grid.texts, later.tolist(), strict=True)
    ]
    papers = np.where(later[..., None], np.uint8(255), grid.papers)
    return replace(grid, texts=texts, papers=papers)
