"""The text of a filter becomes a tree. Nothing is looked up here, only read.

pipeline = bank { "|" bank }
bank     = step { "&" step }
step     = ( name | matrix | path | "(" pipeline ")" ) [ ":" setting { "," setting } ]
setting  = [ key "=" ] value
value    = number | word | ROWSxCOLUMNS | matrix | "(" value { "," value } ")"
"""

import math
import re
from typing import TYPE_CHECKING, Any

from filterkit.errors import ExpressionError
from filterkit.filters.tree import (
    NUMBER,
    NUMERIC,
    Atom,
    File,
    Many,
    Matrix,
    Name,
    Row,
    Setting,
    Side,
    Tree,
    looks_like_path,
)

if TYPE_CHECKING:
    from fractions import Fraction

DEEPEST = 40
"""Parentheses within parentheses; nobody writes more, and Python's own stack ends later."""

LONGEST = 200_000
"""Characters of an expression."""

MATRIX_ADVICE = '"[-1 0 1]"'


def read(text: str) -> Tree:
    """Read an expression. Raises ExpressionError with the place."""
    if len(text) > LONGEST:
        raise ExpressionError(f"a filter has at most {LONGEST} characters, not {len(text)}.")
    return Reader(text).all()


def read_matrix(text: str) -> Matrix:
    """Read a text that is a matrix and nothing else. Raises ExpressionError."""
    reader = Reader(text)
    matrix = reader.matrix()
    reader.finish()
    return matrix


def read_value(text: str) -> Any:
    """Read a text as the value of a setting: a number, a word, ROWSxCOLUMNS."""
    found = NUMERIC.fullmatch(text.strip())
    return Reader(text).value() if found else text.strip()


class Reader:
    """Read an expression from left to right, one character of foresight."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def all(self) -> Tree:
        """Read the whole text as one pipeline."""
        tree = self.pipeline()
        self.finish()
        return tree

    def finish(self) -> None:
        """Insist that the text ends here."""
        self.space()
        if self.at < len(self.text):
            wrong = self.text[self.at]
            if wrong == ")":
                raise self.error("this parenthesis was never opened.")
            raise self.error(f"expected | or & between two steps, before '{self.glimpse()}'.")

    def error(self, sentence: str, place: int | None = None, advice: str = "") -> ExpressionError:
        """Make an error at a place, by default this one."""
        return ExpressionError(
            sentence, advice, self.text or " ", self.at if place is None else place
        )

    def glimpse(self) -> str:
        """Give the next word or sign, for a message."""
        found = re.match(r"[^\s,|&()\[\]:]{1,30}|.", self.text[self.at :], re.DOTALL)
        return found.group() if found else ""

    def space(self) -> None:
        """Skip white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def takes(self, sign: str) -> bool:
        """Skip white space and, where it comes next, a sign."""
        self.space()
        if self.text[self.at : self.at + 1] != sign:
            return False
        self.at += 1
        return True

    def pipeline(self) -> Tree:
        """Read banks in a row."""
        parts = [self.bank()]
        while self.takes("|"):
            parts.append(self.bank())
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def bank(self) -> Tree:
        """Read steps side by side."""
        parts = [self.step()]
        while self.takes("&"):
            parts.append(self.step())
        return parts[0] if len(parts) == 1 else Side(tuple(parts))

    def step(self) -> Tree:
        """Read one step, or a pipeline in parentheses."""
        self.space()
        place = self.at
        if self.takes("("):
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.error(f"parentheses go at most {DEEPEST} deep.", place)
            inside = self.pipeline()
            if not self.takes(")"):
                self.unclosed("parenthesis", place)
            self.depth -= 1
            return inside
        what = self.what()
        return Atom(what, self.settings() if self.takes(":") else (), place)

    def unclosed(self, thing: str, place: int) -> None:
        """Complain of what is still open where something else came, or the end."""
        if self.at < len(self.text):
            raise self.error(f"expected | or & or a closing {thing}, not '{self.glimpse()}'.")
        raise self.error(f"the {thing} opened here is never closed.", place)

    def what(self) -> Name | Matrix | File:
        """Read a name, a matrix or a path."""
        self.space()
        place = self.at
        if self.text[place : place + 1] == "[":
            return self.matrix()
        if self.text[place : place + 1] == '"':
            return File(self.quoted())
        word = re.compile(r"[^:,|&()\[\]\"]*").match(self.text, place)
        word_text = word.group().rstrip() if word else ""
        if looks_like_path(word_text):
            self.at = place + len(word_text)
            return File(word_text)
        return self.name(place)

    def name(self, place: int) -> Name:
        """Read a name: letters, digits, hyphens; case and underscores do not matter."""
        found = re.compile(r"[^\W\d][\w.-]*|[0-9]+[xX][0-9]+(?![\w.])").match(self.text, place)
        if found:
            self.at = found.end()
            name = found.group().lower().replace("_", "-")
            return Name("gray" if name == "grey" else name)
        if re.compile(NUMBER).match(self.text, place):
            raise self.error("a matrix stands in brackets and quotes.", place, MATRIX_ADVICE)
        if place >= len(self.text):
            if not self.text.strip():
                raise self.error("the filter is empty.", 0, "edge")
            raise self.error("expected a step here, and the filter ends.", place)
        raise self.error(f"expected a step, not '{self.glimpse()}'.", place)

    def quoted(self) -> str:
        """Read a text in double quotes; a doubled quote stands for one."""
        found = re.compile(r'"((?:[^"]|"")*)"').match(self.text, self.at)
        if not found:
            raise self.error("the quotation mark here is never closed.")
        if not found.group(1):
            raise self.error("there is nothing between the quotation marks.")
        self.at = found.end()
        return found.group(1).replace('""', '"')

    def settings(self) -> tuple[Setting, ...]:
        """Read settings, with commas between."""
        settings = [self.setting(first=True)]
        while self.takes(","):
            settings.append(self.setting(first=False))
        seen: set[str] = set()
        for setting in settings:
            if setting.key in seen:
                raise self.error(f"{setting.key} is set twice.", setting.place)
            seen.add(setting.key)
        return tuple(settings)

    def setting(self, first: bool) -> Setting:
        """Read key=value, or, in the first place, a value alone."""
        self.space()
        place = self.at
        found = re.compile(r"([^\W\d][\w-]*)\s*=").match(self.text, place)
        if found:
            self.at = found.end()
            return Setting(found.group(1).lower().replace("_", "-"), self.value(), place)
        if not first:
            raise self.error(f"expected key=value, not '{self.glimpse()}'.", place)
        return Setting("", self.value(), place)

    def value(self) -> Any:
        """Read a number, a word, ROWSxCOLUMNS, a matrix, or a list of values."""
        self.space()
        if self.text[self.at : self.at + 1] == "[":
            return self.matrix()
        if self.text[self.at : self.at + 1] == '"':
            return self.quoted()
        if self.text[self.at : self.at + 1] == "(":
            return self.many()
        found = re.compile(r"[^\s,|&()\[\]\"=]+").match(self.text, self.at)
        if not found:
            raise self.error(
                f"expected a value, not '{self.glimpse()}'."
                if self.at < len(self.text)
                else "expected a value here, and the filter ends."
            )
        place, self.at = self.at, found.end()
        return self.word_or_number(found.group(), place)

    def many(self) -> Many:
        """Read a list of values in parentheses."""
        place = self.at
        self.takes("(")
        values = [self.value()]
        while self.takes(","):
            values.append(self.value())
        if not self.takes(")"):
            if self.at < len(self.text):
                raise self.error(f"expected , or ) in a list, not '{self.glimpse()}'.")
            self.unclosed("parenthesis", place)
        if any(isinstance(value, Many) for value in values):
            raise self.error("a list holds values, not lists.", place)
        return Many(tuple(values))

    def word_or_number(self, word: str, place: int) -> Any:
        """Make a value of a word: an int, a float, a pair, or the word itself."""
        if not NUMERIC.fullmatch(word):
            return word
        if "x" in word.lower():
            row, column = (self.whole(part, place) for part in word.lower().split("x"))
            return (row, column)
        number = self.number(word, place)
        return number if isinstance(number, (int, float)) else float(number)

    def whole(self, digits: str, place: int) -> int:
        """Make a whole number of digits, within reason."""
        if len(digits) > 15:
            raise self.error("that number is too large.", place)
        return int(digits)

    def number(self, word: str, place: int) -> "float | Fraction":
        """Make a number of a word that looks like one: an int, a float or a fraction."""
        if "/" in word:
            above, below = (self.number(part, place) for part in word.split("/"))
            if below == 0:
                raise self.error("a fraction cannot be divided by 0.", place)
            if isinstance(above, int) and isinstance(below, int):
                from fractions import Fraction

                fraction = Fraction(above, below)
                return fraction if fraction.denominator > 1 else fraction.numerator
            return above / below
        if re.fullmatch(r"[+-]?[0-9]{1,15}", word):
            return int(word)
        number = float(word)
        if not math.isfinite(number):
            raise self.error("that number is too large.", place)
        return int(number) if number == int(number) and abs(number) < 1e15 else number

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
        """Read rows of numbers, semicolons between, up to the closing bracket."""
        rows: list[list[Any]] = [[]]
        while not self.takes("]"):
            if self.takes(";"):
                rows.append([])
            elif not self.takes(","):
                rows[-1].append(self.entry(place))
        if len(rows) > 1 and not rows[-1]:
            rows.pop()
        return tuple(tuple(row) for row in rows)

    def entry(self, place: int) -> "float | Fraction":
        """Read one number of a matrix."""
        found = re.compile(rf"{NUMBER}(?:/{NUMBER})?(?![\w.])").match(self.text, self.at)
        if not found:
            if self.at >= len(self.text):
                begun = self.text[place : place + 20].strip()
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
        shape = _shape(numbers)
        if shape is None:
            lengths = ", ".join(str(len(row)) for row in numbers if isinstance(row, tuple))
            raise self.error(f"the rows of a matrix are equally long, not {lengths}.", place)
        if 0 in shape:
            raise self.error("the matrix is empty.", place)
        return numbers


def _shape(numbers: Any) -> tuple[int, ...] | None:
    """Give the shape of nested tuples, or None where they are ragged."""
    if not isinstance(numbers, tuple):
        return ()
    shapes = {_shape(part) for part in numbers}
    if len(shapes) > 1 or None in shapes:
        return None
    (inner,) = shapes or {()}
    return None if inner is None else (len(numbers), *inner)
