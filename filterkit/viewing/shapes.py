"""Sizes and costs of a filter, step by step, as a network summary lists them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Shape, Step

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
    first = Line("picture", shape.rows, shape.columns, shape.channels, 0, 0, (1, 1), (0, 0))
    step.shape(shape)
    whole = (shape.rows, shape.columns)
    lines = [line for line, _, _ in _lines(step, shape, (1, 1, 1, 1), "")]
    return [first, *(replace(one, sees=_within(one.sees, whole)) for one in lines)]


def _within(sees: tuple[int, int], whole: tuple[int, int]) -> tuple[int, int]:
    """Cut what is seen to the picture: no number sees more than all of it."""
    return min(sees[0], whole[0]), min(sees[1], whole[1])


def _lines(step: Step, shape: Shape, seen: Seen, indent: str) -> Iterator[tuple[Line, Shape, Seen]]:
    """Yield each step's line, with the shape and what is seen behind it.

    The steps of a bank's operand begin with &, those that follow within it with |.
    """
    if isinstance(step, Pipeline):
        for one in step.steps:
            for line, shape_after, seen_after in _lines(one, shape, seen, indent):
                yield line, shape_after, seen_after
            shape, seen = shape_after, seen_after
            indent = indent[:-2] + "| " if indent.endswith("& ") else indent
        return
    if isinstance(step, Bank):
        reached = []
        for operand in step.operands:
            for line, after, there in _lines(operand, shape, seen, indent + "& "):
                yield line, after, there
            reached.append(there)
        after = step.shape(shape)
        rows, columns, down, across = (max(each) for each in zip(*reached, strict=True))
        farthest = (rows, columns, down, across)
        yield _line("side by side", shape, after, farthest, step, indent), after, farthest
        return
    after = step.shape(shape)
    sees = _sees(step, shape, seen)
    yield _line(str(step), shape, after, sees, step, indent), after, sees


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


def _line(name: str, before: Shape, after: Shape, seen: Seen, step: Step, indent: str) -> Line:
    down, across = step.windows()
    products = 0
    if isinstance(step, Convolve):
        channels = before.channels if step.kernel.channels == 1 else 1
        products = after.rows * after.columns * step.kernel.weights.size * channels
    unread = (
        len(down.unread(before.rows, step.border)),
        len(across.unread(before.columns, step.border)),
    )
    return Line(
        indent + name, after.rows, after.columns, after.channels, step.weights(before.channels),
        products, seen[:2], unread,
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
