"""CSV: a row of numbers a line; what stands there is what is computed with."""

from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import CannotHoldError, UnreadableInputError
from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK = b"\xef\xbb\xbf"
"""What some programs put before text to say that it is UTF-8."""

SEPARATORS = (b";", b"\t", b",")
"""The first of these in the first line divides numbers; without one, blanks do."""

NUMBERS = b"0123456789+-.eE"
LONGEST_SHOWN = 20


class Table(NamedTuple):
    """Hold the lines that are not empty, each with its number, and what divides their fields."""

    lines: list[tuple[int, bytes]]
    separator: bytes | None
    columns: int


def damaged(why: str) -> UnreadableInputError:
    """Give the error of a text that is no table of numbers."""
    return UnreadableInputError(f"no CSV of numbers alone, or a cut one ({why}).")


def _table(content: bytes) -> Table:
    """Part a text into lines that have equally many fields."""
    text = content.removeprefix(MARK)
    lines = [(at, line) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise damaged("it has no numbers")
    at, first = lines[0]
    separator = next((one for one in SEPARATORS if one in first), None)
    table = Table(lines, separator, _count(first, separator))
    for number, line in lines:
        if (count := _count(line, separator)) != table.columns:
            raise damaged(f"line {at} has {table.columns} numbers, and line {number} has {count}")
    return table


def _count(line: bytes, separator: bytes | None) -> int:
    return line.count(separator) + 1 if separator else len(line.split())


def size(content: bytes) -> Size:
    """Count rows and columns."""
    table = _table(content)
    return Size(1, len(table.lines), table.columns, 1)


def decode(content: bytes) -> Picture:
    """Read numbers as they are: 1 is white.

    Where semicolons or tabs divide them, and there is no point, a comma is a decimal one.
    """
    import numpy as np

    table = _table(content)
    comma = table.separator in (b";", b"\t") and b"." not in content and b"," in content
    allowed = NUMBERS + b" \t" + (table.separator or b"") + (b"," if comma else b"")
    numbers = np.empty((len(table.lines), table.columns))
    for row, (at, line) in enumerate(table.lines):
        fields = (line.replace(b",", b".") if comma else line).split(table.separator)
        try:
            if line.translate(None, allowed):
                raise ValueError
            numbers[row] = [float(field) for field in fields]
        except ValueError:
            raise damaged(f"in line {at}, {_wrong(fields)} is no number") from None
    beyond = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
    if beyond.size:
        raise damaged(f"a number in line {table.lines[beyond[0]][0]} is too large")
    return Picture(numbers[None, ..., None], None, "csv")


def _wrong(fields: list[bytes]) -> str:
    """Show the first field that is no number."""
    for field in fields:
        try:
            float(field)
        except ValueError:
            break
        if field.translate(None, NUMBERS + b" \t"):
            break
    return repr(field.strip().decode("latin-1")[:LONGEST_SHOWN])


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Write the numbers of one channel."""
    return encode_array(picture.pixels[0, ..., 0])


def encode_array(array: "NDArray[Any]") -> bytes:
    """Write an array (rows, columns), or a vector as one row.

    Each number is the shortest that is read back as the same one of its type.
    """
    import numpy as np

    if array.ndim > 2:
        raise CannotHoldError(
            f"CSV holds one map, a row a line, and this is {'x'.join(map(str, array.shape))}.",
            '"... | gray", -o {stem}-{map}.csv for a bank, or --format npy',
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise CannotHoldError("CSV holds no NaN and nothing infinite.", "--format npy")
    rows = np.atleast_2d(array)
    if array.dtype.kind == "f" and array.dtype != np.float64:
        rows = rows.astype("U")
    return "".join(",".join(map(str, row.tolist())) + "\n" for row in rows).encode()
