"""Sizes and costs of a filter, step by step, as a network summary lists them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.normalize import Normalize
from filterkit.steps.step import Shape, Step
from filterkit.viewing.stages import PICTURE, Stage, stages

Seen = tuple[int, int, int, int]
"""What one number sees of the picture, rows and columns, and how far apart neighbours look."""


RIGHT = (2, 3)
"""Columns of the table that hold numbers."""


@dataclass(frozen=True)
class Line:
    """Hold one step's line; `unread` counts the rows and columns that no window reads."""

    step: str
    rows: int
    columns: int
    channels: int
    weights: int
    multiplications: int
    sees: tuple[int, int]
    unread: tuple[int, int]

    def object(self) -> dict[str, Any]:
        """Give it for --json."""
        return asdict(self)


def summary(step: Step, shape: Shape) -> list[Line]:
    """List the steps with the sizes they make of a picture."""
    every = stages(step, shape)
    lines = [Line(PICTURE, shape.rows, shape.columns, shape.channels, 0, 0, (1, 1), (0, 0))]
    seen: list[Seen] = [(1, 1, 1, 1)]
    for stage in every[1:]:
        reached = [seen[at] for at in stage.inputs]
        before = every[stage.inputs[0]].shape
        if stage.is_bank:
            rows, columns, down, across = (max(each) for each in zip(*reached, strict=True))
            seen.append((rows, columns, down, across))
        else:
            seen.append(_sees(stage.step, before, reached[0]))
        lines.append(_line(stage, before, _within(seen[-1], shape)))
    return lines


def _within(seen: Seen, whole: Shape) -> tuple[int, int]:
    """Cut what is seen to the picture: no number sees more than all of it."""
    return min(seen[0], whole.rows), min(seen[1], whole.columns)


def _sees(step: Step, shape: Shape, seen: Seen) -> Seen:
    """Add a step's windows to what is seen; some steps see all there is."""
    down, across = step.windows()
    rows, columns = down.extent, across.extent
    if isinstance(step, (Flatten, Normalize)):
        rows, columns = shape.rows, shape.columns
    return (
        seen[0] + (rows - 1) * seen[2],
        seen[1] + (columns - 1) * seen[3],
        seen[2] * down.stride,
        seen[3] * across.stride,
    )


def _line(stage: Stage, before: Shape, sees: tuple[int, int]) -> Line:
    step, after = stage.step, stage.shape
    name = "side by side" if stage.is_bank else stage.title
    products = 0
    if isinstance(step, Convolve):
        channels = before.channels if step.kernel.channels == 1 else 1
        products = after.rows * after.columns * step.kernel.weights.size * channels
    sizes = (before.rows, before.columns)
    rows, columns = (
        len(window.unread(n, step.border)) for window, n in zip(step.windows(), sizes, strict=True)
    )
    return Line(
        stage.mark + name, after.rows, after.columns, after.channels,
        0 if stage.is_bank else step.weights(before.channels), products, sees, (rows, columns),
    )  # fmt: skip


def table(lines: list[Line]) -> list[str]:
    """Write the lines as a table, and beneath it the sums where several steps have weights."""
    rows = cells(lines)
    if sum(line.weights > 0 for line in lines) > 1:
        weights, multiplications = (f"{count:,}" for count in total(lines).values())
        rows.append(("total", "", weights, multiplications, "", ""))
    return columns(rows, RIGHT)


def total(lines: list[Line]) -> dict[str, int]:
    """Add up what all steps cost."""
    return {
        key: sum(getattr(line, key) for line in lines) for key in ("weights", "multiplications")
    }


def cells(lines: list[Line]) -> list[tuple[str, ...]]:
    """Write the cells of a table, its heads first."""
    heads = ("step", "output", "weights", "multiplications", "sees", "never read")
    return [heads, *(
        (
            line.step,
            f"{line.rows}x{line.columns}x{line.channels}",
            f"{line.weights:,}" if line.weights else "",
            f"{line.multiplications:,}" if line.multiplications else "",
            f"{line.sees[0]}x{line.sees[1]}",
            _unread(line),
        )
        for line in lines
    )]  # fmt: skip


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Write rows of cells so that columns are aligned, those of numbers on the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(
        text.rjust(width) if at in right else text.ljust(width)
        for at, (text, width) in enumerate(zip(row, widths, strict=True))
    ).rstrip() for row in rows]  # fmt: skip


def _unread(line: Line) -> str:
    parts = [
        f"{n} {word}" + "s" * (n > 1)
        for n, word in zip(line.unread, ("row", "column"), strict=True)
        if n
    ]
    return ", ".join(parts)
