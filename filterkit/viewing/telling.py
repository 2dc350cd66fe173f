"""What an explanation tells, part by part, as a page of a textbook would: see `told`."""

from collections.abc import Iterator

import numpy as np

from filterkit.steps.pipeline import Bank
from filterkit.viewing.arithmetic import size_lines, sums
from filterkit.viewing.explaining import ALL_WINDOWS, Explanation, is_small
from filterkit.viewing.grid import LARGE, texts_of
from filterkit.viewing.grids import SHOWN_CHANNELS, grids_of, legend_of, result_grid, windows_of
from filterkit.viewing.parts import Grids, Heading, Lines, Part, Table, Words
from filterkit.viewing.sentences import sentences
from filterkit.viewing.shapes import RIGHT, cells
from filterkit.viewing.surroundings import pictures_of, surroundings
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Place, Worked, worked

NAMED = 6
"""Rows or columns that are named one by one where no window reads them."""


def told(explanation: Explanation) -> list[Part]:
    """Tell all of it."""
    return [
        *beginning(explanation),
        *(part for stage in explanation.stages[1:] for part in told_step(explanation, stage)),
        *ending(explanation),
    ]


def beginning(explanation: Explanation) -> Iterator[Part]:
    """Say what is explained, and list the steps."""
    picture, at = explanation.stages[0], explanation.at
    yield Heading(1, str(explanation.filter))
    yield Words(
        f"On {explanation.label}, {picture.shape.size}, where {picture.white:g} is white. "
        f"Of the result, {place_of(explanation.result, at)} is followed back to the picture"
        + ("" if explanation.given else "; --at ROW,COLUMN follows another number")
        + ". Rows and columns are counted from 0."
    )
    yield Table(cells(explanation.lines), RIGHT)


def told_step(explanation: Explanation, stage: Traced) -> Iterator[Part]:
    """Tell a step, and the numbers of it that are followed."""
    source = explanation.stages[stage.inputs[0]]
    found = explanation.worked.get(stage.number, [])
    yield Heading(2, heading(stage))
    yield Words(" ".join(sentences(stage, source)))
    every = bool(found) and explanation.given is None and _few(stage)
    yield from told_numbers(stage, source, found, apart=not every)
    if every:
        yield Lines(tuple(_every_window(explanation, stage, source)))
    lines = [*size_lines(stage.step, source), *_unread(stage, source)]
    if lines:
        yield Lines(tuple(lines))


def told_numbers(
    stage: Traced, source: Traced, found: list[Worked], apart: bool = True
) -> Iterator[Part]:
    """Show how some numbers of a step came about, and, `apart`, work them out in writing."""
    if not found or isinstance(stage.step, Bank):
        return
    yield from _looked_at(stage, source, found[0])
    for one in found if apart else ():
        yield Lines(tuple(worked_lines(stage, source, one)))


def worked_lines(stage: Traced, source: Traced, one: Worked) -> list[str]:
    """Write down how one number came about, behind its place or, in several lines, beneath it."""
    first, *more = sums(stage, source, one)
    where = f"{place_of(stage, one.place)}:"
    return [where, *(f"  {line}" for line in (first, *more))] if more else [f"{where}  {first}"]


def told_place(explanation: Explanation, stage: Traced, place: Place) -> list[Part]:
    """Tell how one number of a step came about, and no more."""
    source = explanation.stages[stage.inputs[0]]
    found = [worked(explanation.stages, stage.number, place)]
    return [Heading(2, heading(stage)), *told_numbers(stage, source, found)]


def ending(explanation: Explanation) -> Iterator[Part]:
    """Tell the result."""
    stage, at = explanation.result, explanation.at
    yield Heading(2, "The result")
    if not is_small(stage):
        ((text,),) = texts_of(np.array([[stage.value(at.row, at.column)[at.channel]]]))
        yield Words(f"{stage.shape.size} numbers, of which {place_of(stage, at)} is {text}.")
        return
    channels = 1 if stage.shape.flat else stage.shape.channels
    grids = [result_grid(stage, channel) for channel in range(channels)]
    yield Grids(tuple(grids))
    for channel, grid in enumerate(grids):
        name = "" if stage.shape.flat else stage.name_of(channel)
        if len(grid.texts) * len(grid.texts[0]) > ALL_WINDOWS:
            continue
        numbers = ", ".join(text for row in grid.texts for text in row)
        order = "The vector" if stage.shape.flat else "Row by row"
        yield Words(f"{name}, row by row: {numbers}." if name else f"{order}: {numbers}.")


def heading(stage: Traced) -> str:
    """Give a step its number, and say which step feeds it where it is not the one before."""
    if isinstance(stage.step, Bank):
        return f"{stage.number}. side by side: results of " + ", ".join(map(str, stage.inputs))
    fed = "" if stage.inputs == (stage.number - 1,) else (
        f", on {'the picture' if stage.inputs == (0,) else f'the result of {stage.inputs[0]}'}"
    )  # fmt: skip
    return f"{stage.number}. {stage.step}{fed}"


def place_of(stage: Traced, place: Place) -> str:
    """Name a place: row 0, column 2, green."""
    own = stage.name_of(place.channel)
    return f"row {place.row}, column {place.column}{f', {own}' if own else ''}"


def _looked_at(stage: Traced, source: Traced, one: Worked) -> Iterator[Part]:
    """Show the numbers that a result is made of, and the result among its neighbours."""
    for number, window in enumerate(windows_of(stage, source, one)):
        if number == 0 and not is_small(source):  # in other channels it lies at the same place
            yield surroundings(stage, source, window)
        if max(window.values.shape) > LARGE:
            yield from pictures_of(source, window)
    count = len(one.windows or one.sources)
    if count > SHOWN_CHANNELS:
        yield Words(f"{SHOWN_CHANNELS} of {count} channels are shown.")
    grids = [*grids_of(stage, source, one), result_grid(stage, one.place.channel, one.place)]
    yield Grids(tuple(grids), legend_of(grids))


def _few(stage: Traced) -> bool:
    """Tell whether all windows can be worked out one by one without tiring anybody."""
    shape = stage.shape
    return 1 < shape.rows * shape.columns <= ALL_WINDOWS and shape.channels == 1 and any(
        window.size > 1 for window in stage.step.windows()
    )  # fmt: skip


def _every_window(explanation: Explanation, stage: Traced, source: Traced) -> Iterator[str]:
    yield "every window:"
    for one in explanation.every(stage):
        yield from (f"  {line}" for line in worked_lines(stage, source, one))


def _unread(stage: Traced, source: Traced) -> Iterator[str]:
    """Name the rows and columns that no window reads."""
    sizes = (source.shape.rows, source.shape.columns)
    for window, n, word in zip(stage.step.windows(), sizes, ("row", "column"), strict=True):
        unread = window.unread(n, stage.step.border).tolist()
        if not unread:
            continue
        names = ", ".join(map(str, unread[:NAMED])) + (", ..." if len(unread) > NAMED else "")
        yield f"never read: {word}{'s' * (len(unread) > 1)} {names}"
