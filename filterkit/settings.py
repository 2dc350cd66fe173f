"""A setting is declared once, as the field of its step; everything else is read from there.

The Python signature, the expression's `key=value`, the command's flags and the reference
page all come from the field that `setting()` makes. What values a setting can have is its
*kind*: it reads what was given, from Python or from text, and writes the canonical text.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from filterkit.errors import SettingError

Pair = tuple[int, int]


class Kind:
    """Say which values a setting takes."""

    @property
    def metavar(self) -> str:
        """Name the values in a help text."""
        return "VALUE"

    def read(self, name: str, value: Any) -> Any:
        """Give the canonical value, or raise SettingError with what would be right."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """Give the text that `read` takes back."""
        return written(value)


@dataclass(eq=False, repr=False)
class Whole(Kind):
    """A whole number, `least` or more, at most `most`; odd if asked."""

    least: int = 1
    odd: bool = False
    most: float = math.inf

    @property
    def metavar(self) -> str:
        return "N"

    def read(self, name: str, value: Any) -> int:
        if not is_finite(value) or value != int(value):
            raise SettingError(f"{name} is a whole number, not {shown(value)}.")
        if value < self.least:
            raise SettingError(f"{name} is {self.least} or more, not {shown(value)}.")
        if value > self.most:
            raise SettingError(f"{name} is {written(self.most)} or less, not {shown(value)}.")
        if self.odd and value % 2 == 0:
            raise SettingError(f"{name} is an odd number, not {shown(value)}.")
        return int(value)


@dataclass(eq=False, repr=False)
class Number(Kind):
    """A finite number, `least` or more, or strictly above `above`."""

    least: float = -math.inf
    above: float = -math.inf
    nonzero: bool = False

    @property
    def metavar(self) -> str:
        return "NUMBER"

    def read(self, name: str, value: Any) -> float:
        if not is_finite(value):
            raise SettingError(f"{name} is a finite number, not {shown(value)}.")
        if value < self.least:
            raise SettingError(f"{name} is {written(self.least)} or more, not {shown(value)}.")
        if value <= self.above:
            raise SettingError(f"{name} is above {written(self.above)}, not {shown(value)}.")
        if self.nonzero and value == 0:
            raise SettingError(f"{name} cannot be 0.")
        return float(value)


@dataclass(eq=False, repr=False)
class Rows(Kind):
    """A pair ROWSxCOLUMNS of whole numbers; one number stands for both."""

    least: int = 1
    most: float = math.inf

    @property
    def metavar(self) -> str:
        return "N|ROWSxCOLUMNS"

    def read(self, name: str, value: Any) -> Pair:
        pair = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
        whole = Whole(self.least, most=self.most)
        return whole.read(name, pair[0]), whole.read(name, pair[1])


@dataclass(eq=False, repr=False)
class Choice(Kind):
    """One of a few words; `called` maps other tools' words to ours, `drawn` recalls a meaning."""

    words: tuple[str, ...]
    called: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)

    @property
    def metavar(self) -> str:
        return "|".join(self.words)

    def read(self, name: str, value: Any) -> str:
        word = str(value).lower().replace("_", "-")
        if word in self.words:
            return word
        if word in self.called:
            ours = self.called[word]
            meaning = f": {self.drawn[ours]}" if ours in self.drawn else ""
            raise SettingError(f"'{value}' is called {ours} here{meaning}.")
        raise SettingError(f"{name} is one of {', '.join(self.words)}, not {shown(value)}.")


@dataclass(eq=False, repr=False)
class Truth(Kind):
    """true or false."""

    @property
    def metavar(self) -> str:
        return ""

    def read(self, name: str, value: Any) -> bool:
        answers = {"true": True, "yes": True, "false": False, "no": False}
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in answers:
            return answers[value.lower()]
        raise SettingError(f"{name} is true or false, not {shown(value)}.")


@dataclass(eq=False, repr=False)
class Or(Kind):
    """A word of a few, or else a value of another kind."""

    words: tuple[str, ...]
    other: Kind

    @property
    def metavar(self) -> str:
        return "|".join([*self.words, self.other.metavar])

    def read(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            if value.lower() in self.words:
                return value.lower()
            choices = ", ".join([*self.words, f"or {self.other.metavar}"])
            raise SettingError(f"{name} is {choices}, not {shown(value)}.")
        return self.other.read(name, value)


@dataclass(eq=False, repr=False)
class Optional(Kind):
    """A value of another kind, or nothing."""

    other: Kind

    @property
    def metavar(self) -> str:
        return self.other.metavar

    def read(self, name: str, value: Any) -> Any:
        return None if value is None else self.other.read(name, value)

    def write(self, value: Any) -> str:
        return self.other.write(value)


def setting(default: Any, help: str, kind: Kind, otherwise: str = "") -> Any:
    """Declare a setting: a dataclass field that knows its default, its help and its kind.

    `otherwise` says in a help text what holds while it is not given, where that is not the default.
    """
    return field(default=default, metadata={"help": help, "kind": kind, "otherwise": otherwise})


def read_settings(owner: Any) -> None:
    """Replace each setting of a frozen dataclass by its canonical value; for __post_init__."""
    for name, kind in kinds(type(owner)).items():
        object.__setattr__(owner, name, kind.read(name, getattr(owner, name)))


def kinds(owner: type) -> dict[str, Kind]:
    """Map the names of the settings of a dataclass to their kinds, in the order declared."""
    return {one.name: one.metadata["kind"] for one in fields(owner) if "kind" in one.metadata}


def defaults(owner: type) -> dict[str, Any]:
    """Map the names of the settings of a dataclass to their defaults."""
    known = kinds(owner)
    return {
        one.name: one.default
        for one in fields(owner)
        if one.name in known and one.default is not MISSING
    }


def given(owner: Any, unless: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the settings, as text, in which `owner` differs from the values of `unless`."""
    for name, kind in kinds(type(owner)).items():
        value = getattr(owner, name)
        if value != unless.get(name):
            yield name, kind.write(value)


def is_finite(value: Any) -> bool:
    """Tell whether a value is a number (true and false are none) that a float can hold."""
    try:
        return not isinstance(value, bool) and math.isfinite(value)
    except (TypeError, OverflowError):
        return False


def written(value: Any) -> str:
    """Write a value as the expression has it: 2, 0.5, 3x5, true, word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        whole = is_finite(value) and value == int(value) and abs(value) < 1e15
        return str(int(value)) if whole else repr(float(value))
    if isinstance(value, tuple):
        row, column = value
        return written(row) if row == column else f"{row}x{column}"
    return str(value)


def shown(value: Any) -> str:
    """Show a wrong value in a message: a number bare, anything else in quotes."""
    if is_finite(value):
        return written(value)
    if isinstance(value, tuple) and len(value) == 2:
        return f"{value[0]}x{value[1]}"
    return f"'{value}'"
