"""Sizes and costs of a filter, step by step, as a network summary lists them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Shape, Step

Seen = tuple[int, int, int, int]
"""What one number sees of the picture, rows and columns, and how far apart neighbours look."""


@dataclass(frozen=True)
class Line:
    """Hold one step's line; `unread` are the rows and columns at the end that no window reaches."""

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
    return [first, *(line for line, _, _ in _lines(step, shape, (1, 1, 1, 1), ""))]


def _lines(step: Step, shape: Shape, seen: Seen, indent: str) -> Iterator[tuple[Line, Shape, Seen]]:
    if isinstance(step, Pipeline):
        for one in step.steps:
            for line, shape_after, seen_after in _lines(one, shape, seen, indent):
                yield line, shape_after, seen_after
            shape, seen = shape_after, seen_after
        return
    if isinstance(step, Bank):
        farthest = seen
        for operand in step.operands:
            for line, _, reached in _lines(operand, shape, seen, indent + "& "):
                yield line, step.shape(shape), reached
            farthest = tuple(map(max, farthest, reached))  # type: ignore[assignment]
        after = step.shape(shape)
        line = _line("side by side", shape, after, farthest, step, indent)
        yield line, after, farthest
        return
    after = step.shape(shape)
    sees = _sees(step, shape, seen)
    yield _line(str(step), shape, after, sees, step, indent), after, sees


def _sees(step: Step, shape: Shape, seen: Seen) -> Seen:
    down, across = step.windows()
    low, high = step.needs(0, 1, shape.rows)
    rows = seen[0] + (high - low - 1) * seen[2]
    columns = seen[1] + (across.extent - 1) * seen[3]
    return rows, columns, seen[2] * down.stride, seen[3] * across.stride


def _line(name: str, before: Shape, after: Shape, seen: Seen, step: Step, indent: str) -> Line:
    down, across = step.windows()
    products = 0
    if isinstance(step, Convolve):
        channels = before.channels if step.kernel.channels == 1 else 1
        products = after.rows * after.columns * step.kernel.weights.size * channels
    return Line(
        indent + name, after.rows, after.columns, after.channels, step.weights(before.channels),
        products, seen[:2], (down.unread(before.rows), across.unread(before.columns)),
    )  # fmt: skip


def table(lines: list[Line]) -> list[str]:
    """Write the lines as a table."""
    rows = [("step", "output", "weights", "multiplications", "sees", "never read")]
    rows.extend(
        (
            line.step,
            f"{line.rows}x{line.columns}x{line.channels}",
            f"{line.weights:,}" if line.weights else "",
            f"{line.multiplications:,}" if line.multiplications else "",
            f"{line.sees[0]}x{line.sees[1]}",
            _unread(line),
        )
        for line in lines
    )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(_cells(row, widths)).rstrip() for row in rows]


def _cells(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for at, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.rjust(width) if at in (2, 3) else text.ljust(width)


def _unread(line: Line) -> str:
    parts = [
        f"{n} {word}" + "s" * (n > 1)
        for n, word in zip(line.unread, ("row", "column"), strict=True)
        if n
    ]
    return ", ".join(parts)
