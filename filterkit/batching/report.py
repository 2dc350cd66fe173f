"""What was said of many pictures, gathered by its reason.

A million failures of one kind are told in one sentence with a few names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

SHOWN = 3
"""How many names stand with a reason; the others are counted."""

MOST_REASONS = 30
"""Reasons that are told apart; what comes later is gathered under its code."""


@dataclass
class Reason:
    """Hold a reason, what to do, and whom it befell."""

    sentence: str
    advice: str
    names: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, name: str) -> None:
        """Count one more, and keep the first names."""
        self.count += 1
        if len(self.names) < SHOWN:
            self.names.append(name)

    def __str__(self) -> str:
        more = f" and {self.count - len(self.names)} more" if self.count > len(self.names) else ""
        whom = ", ".join(name for name in self.names if name)
        return f"{whom}{more}: {self.sentence}" if whom else self.sentence


class Reasons:
    """Gather sentences about pictures; those that differ in numbers or the name only are one."""

    def __init__(self) -> None:
        self._reasons: dict[str, Reason] = {}

    def add(self, name: str, sentence: str, advice: str = "", code: str = "") -> None:
        """Add what was said of a picture, or with no name of no picture."""
        plain = sentence.removeprefix(f"{name}: ")
        key = re.sub("[0-9]+", "0", _without(name, plain))
        if key not in self._reasons and len(self._reasons) >= MOST_REASONS:
            key, plain, advice = code, f"further reasons ({code}).", "--report FILE tells them all"
        self._reasons.setdefault(key, Reason(plain, advice)).add(name)

    def __iter__(self) -> Iterator[Reason]:
        return iter(sorted(self._reasons.values(), key=lambda one: -one.count))


def _without(name: str, sentence: str) -> str:
    """Put * for a picture's own name in a sentence, such as that of its result."""
    last = name.rpartition("/")[2]  # a Path would keep its parts in memory for longer
    stem = last.rpartition(".")[0] or last
    text, *rest = sentence.split(stem) if stem else [sentence]
    for part in rest:
        is_word = not (text[-1:].isalnum() or part[:1].isalnum())
        text += ("*" if is_word else stem) + part
    return text
