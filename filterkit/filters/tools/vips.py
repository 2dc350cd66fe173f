"""The matrix files of libvips: a line with the size, a divisor and an offset, then the rows."""

from collections.abc import Iterator

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import WHITE, Laid, check_size, laid_of
from filterkit.filters.tools.numbers import number, whole, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Tree
from filterkit.steps.convolve import Convolve

NAME = "a libvips matrix"


def read(text: str) -> Tree:
    """Read a matrix file. Raises FilterError."""
    return laid(text).atom()


def laid(text: str) -> Laid:
    """Read a matrix file as a kernel. Raises FilterError.

    Of an even number of rows or columns the second of the two in the middle is the anchor.
    """
    lines = [line.split() for line in text.splitlines()]
    columns, rows, divide, offset = _header(lines[0] if lines else [])
    matrix = tuple(_row(lines, line, columns) for line in range(1, rows + 1))
    return Laid(matrix, divide, offset / WHITE, (rows // 2, columns // 2))


def _header(given: list[str]) -> tuple[int, int, float, float]:
    """Read columns, rows, divisor and offset."""
    if not 2 <= len(given) <= 4:
        raise FilterError(
            f"{NAME} begins with a line of columns, rows, divisor and offset: 3 3 1 0."
        )
    columns, rows = (whole(word, f"line 1 of {NAME}") for word in given[:2])
    check_size(rows, columns)
    numbers = [number(word, f"line 1 of {NAME}") for word in given[2:]]
    divide = numbers[0] if numbers else 1.0
    if not divide:
        raise FilterError(f"the divisor of {NAME} cannot be 0.")
    return columns, rows, divide, numbers[1] if len(numbers) > 1 else 0.0


def _row(lines: list[list[str]], line: int, columns: int) -> tuple[float, ...]:
    """Read a row; as libvips does, what stands behind its last number is passed over."""
    given = lines[line] if line < len(lines) else []
    if len(given) < columns:
        where = f"line {line + 1} of {NAME}"
        raise FilterError(f"{where} has {columns} weights or more, not {len(given)}.")
    return tuple(number(word, f"line {line + 1} of {NAME}") for word in given[:columns])


def write(step: Convolve) -> str:
    """Write a matrix file; libvips 8.14 reads none whose first line has the size alone."""
    kernel = laid_of(step)[0].odd()
    rows, columns = kernel.size
    head = words((columns, rows, kernel.divide, kernel.bias * WHITE), " ")
    return "".join(f"{line}\n" for line in (head, *(words(row, " ") for row in kernel.rows)))


def cautions(step: Convolve) -> Iterator[str]:
    """Yield what an offset is meant for."""
    if step.bias:
        yield "the offset is for pictures of 8 bits; for 16 it is 257 times as much."


TOOL = Tool(
    "vips",
    "libvips",
    NAME,
    "vips conv photo.png out.png FILE",
    write,
    read,
    ending=".mat",
    cautions=cautions,
    holds=frozenset({"bias"}),
)
