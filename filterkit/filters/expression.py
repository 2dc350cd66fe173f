"""The text of a filter becomes a tree. Nothing is looked up here, only read.

pipeline = bank { "|" bank }
bank     = step { "&" step }
step     = ( name | matrix | path | "(" pipeline ")" ) [ ":" setting { "," setting } ]
setting  = [ key "=" ] value
value    = number | word | ROWSxCOLUMNS | matrix | "(" value { "," value } ")"
"""

import re
from typing import Any

from filterkit.errors import ExpressionError
from filterkit.filters.matrices import MatrixReader
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


class Reader(MatrixReader):
    """Read an expression from left to right, one character of foresight."""

    depth = 0

    def all(self) -> Tree:
        """Read the whole text as one pipeline."""
        tree = self.pipeline()
        self.finish()
        return tree

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
