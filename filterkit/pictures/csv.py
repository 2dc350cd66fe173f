"""CSV: a row of numbers a line; what stands there is what is computed with."""

import io
from collections.abc import Iterator
from itertools import islice
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
    """Hold a text, how many rows and columns it has, and what divides the fields of a row."""

    text: bytes
    separator: bytes | None
    rows: int
    columns: int


def damaged(why: str) -> UnreadableInputError:
    """Give the error of a text that is no table of numbers."""
    return UnreadableInputError(f"no CSV of numbers alone, or a cut one ({why}).")


def _table(content: bytes) -> Table:
    """Part a text into lines that have equally many fields."""
    text = content.removeprefix(MARK).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    at, first = next(_lines(text), (0, b""))
    if not at:
        raise damaged("it has no numbers")
    separator = next((one for one in SEPARATORS if one in first), None)
    rows, columns = 0, _count(first, separator)
    for number, line in _lines(text):
        rows += 1
        if (count := _count(line, separator)) != columns:
            raise damaged(f"line {at} has {columns} numbers, and line {number} has {count}")
    return Table(text, separator, rows, columns)


def _lines(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, each with its number; a list would be far larger."""
    for number, line in enumerate(io.BytesIO(text), 1):
        if line.strip():
            yield number, line.rstrip(b"\n")


def _count(line: bytes, separator: bytes | None) -> int:
    return line.count(separator) + 1 if separator else len(line.split())


def size(content: bytes) -> Size:
    """Count rows and columns."""
    table = _table(content)
    return Size(1, table.rows, table.columns, 1)


def decode(content: bytes) -> Picture:
    """Read numbers as they are: 1 is white.

    Where semicolons or tabs divide them, and there is no point, a comma is a decimal one.
    """
    import numpy as np

    table = _table(content)
    comma = table.separator in (b";", b"\t") and b"." not in content and b"," in content
    allowed = NUMBERS + b" \t" + (table.separator or b"") + (b"," if comma else b"")
    numbers = np.empty((table.rows, table.columns))
    for row, (at, line) in enumerate(_lines(table.text)):
        fields = (line.replace(b",", b".") if comma else line).split(table.separator)
        try:
            if line.translate(None, allowed):
                raise ValueError
            numbers[row] = [float(field) for field in fields]
        except ValueError:
            raise damaged(f"in line {at}, {_wrong(fields)} is no number") from None
    beyond = np.flatnonzero(~np.isfinite(numbers).all(axis=1))
    if beyond.size:
        at, _ = next(islice(_lines(table.text), int(beyond[0]), None))
        raise damaged(f"a number in line {at} is too large")
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
