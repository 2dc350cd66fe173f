"""A walk through an explanation with the keys, a window at a time."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING

from filterkit.cli.screen import screen

if TYPE_CHECKING:
    from filterkit.viewing.explaining import Explanation
    from filterkit.viewing.worked import Place

KEYS = {
    " ": 1, "n": 1, "\033[C": 1, "\033OC": 1, "\r": 1, "\n": 1,
    "b": -1, "p": -1, "\033[D": -1, "\033OD": -1, "\x7f": -1,
}  # fmt: skip
"""Keys that lead to the next window, or back."""

STEPS = {"\033[B": 1, "\033OB": 1, "\033[A": -1, "\033OA": -1}
"""Keys that lead to the next step, or back."""

END = {"q", "\033", "\x04", ""}

ENTER, LEAVE, CLEAR = "\033[?1049h", "\033[?1049l", "\033[H\033[2J"
"""What a terminal takes for: another screen, back to the one before, empty."""


class Walk:
    """Number all windows of all steps, one after the other."""

    def __init__(self, explanation: "Explanation") -> None:
        self.explanation = explanation
        self.stages = [one for one in explanation.stages[1:] if not one.is_bank]
        sizes = (one.shape.rows * one.shape.columns * one.shape.channels for one in self.stages)
        self.ends = [*accumulate(sizes)]

    def place(self, at: int) -> "tuple[int, Place]":
        """Give the step of a window, counted from 0, and its place there."""
        from filterkit.viewing.worked import Place

        step = next(number for number, end in enumerate(self.ends) if at < end)
        at -= self.ends[step - 1] if step else 0
        shape = self.stages[step].shape
        channel, at = divmod(at, shape.rows * shape.columns)
        return step, Place(*divmod(at, shape.columns), channel)

    def beginning(self, step: int) -> int:
        """Give the window of a step to begin with, of the first or the last where there is none.

        It is that of the number that is followed, where one was asked for or the picture is large.
        """
        from filterkit.viewing.explaining import is_small

        step = min(max(step, 0), len(self.stages) - 1)
        first = self.ends[step - 1] if step else 0
        stage = self.stages[step]
        found = self.explanation.worked.get(stage.number)
        if not found or (self.explanation.given is None and is_small(stage)):
            return first
        row, column, channel = found[0].place
        return first + (channel * stage.shape.rows + row) * stage.shape.columns + column

    def text(self, at: int, rows: int, columns: int, colours: int) -> str:
        """Write what is to be seen at a window, as far as there is room."""
        from filterkit.viewing.as_text import text
        from filterkit.viewing.telling import told_place

        step, place = self.place(at)
        parts = told_place(self.explanation, self.stages[step], place)
        lines = text([one for one in parts if not getattr(one, "besides", False)], columns, colours)
        if len(lines) > rows - 2:
            lines = [*lines[: rows - 6], "...", *lines[-3:]]
        keys = "space, arrows: windows and steps · q: end"
        return "\n".join([*lines, "", f"{at + 1:,} of {self.ends[-1]:,} · {keys}"])


def walk(explanation: "Explanation", color: str) -> None:
    """Show one window after the other, as the keys ask."""
    path = Walk(explanation)
    at = path.beginning(0)
    with _keys() as keys:
        _show(path, at, color)
        for key in keys:
            if key in END:
                return
            if key in STEPS:
                at = path.beginning(path.place(at)[0] + STEPS[key])
            at = min(max(at + KEYS.get(key, 0), 0), path.ends[-1] - 1)
            _show(path, at, color)


def _show(path: Walk, at: int, color: str) -> None:
    seen = screen(sys.stdout, color)
    sys.stdout.write(CLEAR + path.text(at, seen.rows, seen.columns, seen.colours))
    sys.stdout.flush()


@contextmanager
def _keys() -> Iterator[Iterator[str]]:
    """Take keys as they are pressed, on a screen of our own; both end as they were before."""
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    sys.stdout.write(ENTER)
    try:
        yield _pressed(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        sys.stdout.write(LEAVE)
        sys.stdout.flush()


def _pressed(terminal: int) -> Iterator[str]:
    """Yield keys, several where they came at once; an end of input is one that ends the walk."""
    while True:
        text = os.read(terminal, 64).decode(errors="replace")
        yield from re.findall("\033[\\[O].|(?s:.)", text) or [""]
