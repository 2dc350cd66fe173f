"""The tree of a filter's expression, and the canonical text that reads back as the same tree."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filterkit.settings import Pair, written

if TYPE_CHECKING:
    from fractions import Fraction

FILE_ENDINGS = (".toml", ".npy", ".csv", ".mat", ".txt")
WORD = re.compile(r"[^\s,|&()\[\]\"=]+")
NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NUMERIC = re.compile(rf"{NUMBER}(?:/{NUMBER})?|[0-9]+[xX][0-9]+")
DELIMITERS = ':,|&()[]"'


@dataclass(frozen=True)
class Many:
    """List several values of one setting: a bank with one operand for each."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return "(" + ",".join(value_text(value) for value in self.values) + ")"


@dataclass(frozen=True)
class Setting:
    """Give a value to a key; without a key it is the first setting of its step."""

    key: str
    value: Any
    place: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.key}={value_text(self.value)}" if self.key else value_text(self.value)


@dataclass(frozen=True)
class Matrix:
    """Hold the numbers of a matrix as they are written: nested tuples, fractions kept."""

    numbers: tuple[Any, ...]

    def __str__(self) -> str:
        if isinstance(self.numbers[0][0], tuple):
            return nested_text(self.numbers)
        rows = [" ".join(number_text(number) for number in row) for row in self.numbers]
        return "[" + "; ".join(rows) + "]"


@dataclass(frozen=True)
class Name:
    """Name a step, a catalogue entry or a family."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class File:
    """Name a filter file by its path."""

    path: str

    def __str__(self) -> str:
        plain = looks_like_path(self.path) and not any(c in self.path for c in DELIMITERS)
        return self.path if plain and self.path == self.path.strip() else quoted(self.path)


@dataclass(frozen=True)
class Atom:
    """Stand for one step: what it is, its settings, and where it stands in the text."""

    what: Name | Matrix | File
    settings: tuple[Setting, ...] = ()
    place: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if not self.settings:
            return str(self.what)
        return f"{self.what}:" + ",".join(str(setting) for setting in self.settings)


@dataclass(frozen=True)
class Row:
    """Stand for a pipeline: steps one after the other."""

    parts: tuple["Tree", ...]

    def __str__(self) -> str:
        return " | ".join(f"({p})" if isinstance(p, Row) else str(p) for p in self.parts)


@dataclass(frozen=True)
class Side:
    """Stand for a bank: steps side by side."""

    parts: tuple["Tree", ...]

    def __str__(self) -> str:
        return " & ".join(str(p) if isinstance(p, Atom) else f"({p})" for p in self.parts)


Tree = Atom | Row | Side


def looks_like_path(text: str) -> bool:
    """Tell whether a word names a file: it holds a slash or ends like a filter file."""
    return "/" in text or "\\" in text or text.lower().endswith(FILE_ENDINGS)


def quoted(text: str) -> str:
    """Put a text in double quotes; a quote in it is doubled."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def value_text(value: Any) -> str:
    """Write a setting's value."""
    if isinstance(value, str):
        return value if WORD.fullmatch(value) and not NUMERIC.fullmatch(value) else quoted(value)
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        return pair_text(value)
    return number_text(value) if isinstance(value, (int, float)) else str(value)


def pair_text(pair: Pair) -> str:
    """Write ROWSxCOLUMNS."""
    return f"{pair[0]}x{pair[1]}"


def number_text(number: "float | Fraction") -> str:
    """Write a number so that it reads back equal."""
    if isinstance(number, (int, float)):
        return written(number)
    return f"{number.numerator}/{number.denominator}"


def nested_text(numbers: Any) -> str:
    """Write nested tuples of numbers in brackets with commas."""
    if isinstance(numbers, tuple):
        return "[" + ",".join(nested_text(part) for part in numbers) + "]"
    return number_text(numbers)
