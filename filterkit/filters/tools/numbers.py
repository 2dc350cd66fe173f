"""Numbers in the texts of other tools: read one by one, with a mistake where one is none."""

import math
import re
from collections.abc import Iterable

from filterkit.errors import FilterError
from filterkit.filters.formats.weights import printable
from filterkit.filters.tools.laid import Rows
from filterkit.filters.tree import NUMBER
from filterkit.settings import written
from filterkit.steps.kernel import MOST_WEIGHTS


def quoted(text: str) -> str:
    """Give what is shown of a text in a message: its beginning, without what moves the cursor."""
    shown = printable(text[:40])
    return f"{shown}..." if len(text) > 40 else shown


def number(word: str, whose: str) -> float:
    """Read a number, or raise FilterError that names what it stands in."""
    if not re.fullmatch(NUMBER, word):
        raise FilterError(f"expected a number in {whose}, not '{quoted(word)}'.")
    value = float(word)
    if not math.isfinite(value):
        raise FilterError(f"{quoted(word)} in {whose} is more than a number can hold.")
    return value


def whole(word: str, whose: str) -> int:
    """Read a number of rows or columns, whole and no more than there may be weights."""
    if not re.fullmatch("[0-9]{1,9}", word) or not 1 <= int(word) <= MOST_WEIGHTS:
        raise FilterError(
            f"expected a whole number from 1 to {MOST_WEIGHTS} in {whose}, not '{quoted(word)}'."
        )
    return int(word)


def even_rows(rows: Iterable[Iterable[float]], whose: str) -> Rows:
    """Insist that rows are equally long and that there are some."""
    found = tuple(tuple(row) for row in rows)
    lengths = [len(row) for row in found]
    if not found or len(set(lengths)) > 1 or not lengths[0]:
        counted = ", ".join(map(str, lengths)) or "none"
        raise FilterError(f"the rows of {whose} are equally long, not {counted}.")
    return found


def squared(weights: Iterable[float], whose: str, sides: Iterable[int] = ()) -> Rows:
    """Make rows of the weights of a square that are written in a row; `sides` may be allowed."""
    flat = tuple(weights)
    side = math.isqrt(len(flat))
    allowed = tuple(sides)
    if not flat or side * side != len(flat) or (allowed and side not in allowed):
        counts = ", ".join(str(one * one) for one in allowed) or "9, 25, 49, ..."
        raise FilterError(f"the weights of {whose} fill a square ({counts}), not {len(flat)}.")
    return tuple(flat[start : start + side] for start in range(0, len(flat), side))


def words(numbers: Iterable[float], between: str) -> str:
    """Write numbers so that they read back equal, something between."""
    return between.join(written(one) for one in numbers)
