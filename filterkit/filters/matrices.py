"""Reading a matrix: [a b; c d], or [[a,b],[c,d]] to any depth that a kernel has."""

import re
from typing import TYPE_CHECKING, Any

from filterkit.filters.scanner import Scanner
from filterkit.filters.tree import NUMBER, Matrix
from filterkit.steps.kernel import shape_of

if TYPE_CHECKING:
    from fractions import Fraction


class MatrixReader(Scanner):
    """Read a matrix where the text stands at its bracket."""

    def matrix(self) -> Matrix:
        """Read [a b; c d] or [[a,b],[c,d]], the latter to any depth up to four."""
        self.space()
        place = self.at
        self.at += 1
        self.space()
        if self.text[self.at : self.at + 1] != "[":
            return Matrix(self.even(self.rows(place), place))
        self.at = place
        numbers = self.nested(place, 1)
        if not isinstance(numbers[0], tuple):
            numbers = (numbers,)
        return Matrix(self.even(numbers, place))

    def rows(self, place: int) -> tuple[Any, ...]:
        """Read rows of numbers, semicolons or ends of lines between, up to the closing bracket."""
        rows: list[list[Any]] = [[]]
        while not self.takes("]"):
            if self.takes(";"):
                rows.append([])
            elif not self.takes(","):
                if self.line_ended() and rows[-1]:
                    rows.append([])
                rows[-1].append(self.entry(place))
        if len(rows) > 1 and not rows[-1]:
            rows.pop()
        return tuple(tuple(row) for row in rows)

    def line_ended(self) -> bool:
        """Tell whether there is an end of a line in the white space just skipped."""
        before = self.text[: self.at]
        return "\n" in before[len(before.rstrip()) :]

    def entry(self, place: int) -> "float | Fraction":
        """Read one number of a matrix."""
        found = re.compile(rf"{NUMBER}(?:/{NUMBER})?(?![\w.])").match(self.text, self.at)
        if not found:
            if self.at >= len(self.text):
                begun = " ".join(self.text[place : place + 20].split())
                raise self.error(f"the matrix '{begun}' is never closed.", place)
            raise self.error(f"expected a number in the matrix, not '{self.glimpse()}'.")
        start, self.at = self.at, found.end()
        return self.number(found.group(), start)

    def nested(self, place: int, depth: int) -> tuple[Any, ...]:
        """Read a bracketed list, with commas between, of lists or of numbers."""
        if depth > 4:
            raise self.error("a matrix goes at most four brackets deep.")
        self.at += 1
        parts: list[Any] = []
        while not self.takes("]"):
            if parts and not self.takes(","):
                self.entry_or_end(place)
            self.space()
            opens = self.text[self.at : self.at + 1] == "["
            parts.append(self.nested(place, depth + 1) if opens else self.entry(place))
        return tuple(parts)

    def entry_or_end(self, place: int) -> None:
        """Complain of a missing comma, or of the missing bracket where the text ends."""
        if self.at >= len(self.text):
            self.entry(place)
        raise self.error(f"expected , or ] in the matrix, not '{self.glimpse()}'.")

    def even(self, numbers: tuple[Any, ...], place: int) -> tuple[Any, ...]:
        """Insist that rows have equally many numbers and that there are some."""
        shape = shape_of(numbers)
        if shape is None:
            lengths = ", ".join(str(len(row)) for row in numbers if isinstance(row, tuple))
            raise self.error(f"the rows of a matrix are equally long, not {lengths}.", place)
        if 0 in shape:
            raise self.error("the matrix is empty.", place)
        return numbers
