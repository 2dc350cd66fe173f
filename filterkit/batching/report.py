"""What became of many pictures: counted, and what went wrong gathered by its reason.

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
        self.count += 1
        if len(self.names) < SHOWN:
            self.names.append(name)

    def __str__(self) -> str:
        more = f" and {self.count - len(self.names)} more" if self.count > len(self.names) else ""
        return f"{', '.join(self.names)}{more}: {self.sentence}"


class Reasons:
    """Gather sentences about pictures; those that differ in their numbers only are one reason."""

    def __init__(self) -> None:
        self._reasons: dict[str, Reason] = {}

    def add(self, name: str, sentence: str, advice: str = "", code: str = "") -> None:
        """Add what was said of a picture; `name` is left out of the sentence."""
        plain = sentence.replace(name, "", 1).removeprefix(": ") if name in sentence else sentence
        key = re.sub("[0-9]+", "0", plain.strip())
        if key not in self._reasons and len(self._reasons) >= MOST_REASONS:
            key, plain, advice = code, f"further reasons ({code}).", "--report FILE tells them all"
        self._reasons.setdefault(key, Reason(plain.strip(), advice)).add(name)

    def __iter__(self) -> Iterator[Reason]:
        return iter(sorted(self._reasons.values(), key=lambda one: -one.count))
