"""How far a long run is: a bar on a terminal, a line now and then for a log."""

import shutil
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from filterkit.cli.errors import say
from filterkit.pictures.names import escaped

FRAMES = 0.1
"""Seconds between two pictures of the bar."""

LINES = 30.0
"""Seconds between two lines in a log; a run that is shorter has none."""

REMEMBERED = 30.0
"""Seconds over which the rate is taken, if as many pictures ended in them as FEW."""

FEW = 10

ECHO = 2
"""Columns that a terminal writes ^C into, where the bar ends."""

BAR = 20
NAME = 9
"""The least columns in which a part of a name tells anything."""


class Progress:
    """Show how many of `total` pictures are done; `shown` says whether anybody wants to know."""

    def __init__(self, shown: bool) -> None:
        self.watched = shown and sys.stderr is not None and sys.stderr.isatty()
        self.logged = shown and not self.watched
        self._width = 0
        self.begin(0)
        self._last = time.monotonic()

    def begin(self, total: int) -> None:
        """Count the time from now on."""
        self.total = total
        now = time.monotonic()
        self._past, self._skipped = deque([(now, 0)]), 0
        self._last = 0.0 if self.watched else now  # the bar appears at once

    def count(self, found: int) -> None:
        """Show how many pictures have been found so far, if it is time to."""
        if self.watched and self._is_time():
            self._put(_cut(f"looking for pictures: {found}", _columns()))

    def show(self, counts: Mapping[str, int], name: str) -> None:
        """Show how many have ended and what is at work, if it is time to."""
        if not (self.watched or self.logged) or not self._is_time():
            return
        ended = sum(counts.values())
        rate = self._rate(self._last, counts["done"] + counts["failed"], counts["skipped"])
        facts = {
            "failed": f"{counts['failed']} failed" if counts["failed"] else "",
            "rate": _speed(rate) if rate else "",
            "left": f"{_clock((self.total - ended) / rate)} left" if rate else "",
        }
        if self.logged:
            told = [f"{ended} of {self.total} pictures", *filter(None, facts.values())]
            say(", ".join([*told, *([f"at {escaped(name)}"] if name else [])]))
        else:
            filled = BAR * ended // max(self.total, 1)
            bar = f"[{'#' * filled}{'-' * (BAR - filled)}]"
            parts = {"bar": bar, "ended": f"{ended}/{self.total}", **facts}
            self._put(_laid_out(parts, escaped(name), _columns()))

    def _is_time(self) -> bool:
        now = time.monotonic()
        due = now - self._last >= (FRAMES if self.watched else LINES)
        self._last = now if due else self._last
        return due

    def _rate(self, now: float, worked: int, skipped: int) -> float:
        """Give the pictures a second of the last half minute, or of more if few ended in it.

        Those that stay as they are cost no time worth telling; what they took at first is no work.
        """
        if not worked and skipped != self._skipped:
            self._past, self._skipped = deque([(now, 0)]), skipped
        if worked != self._past[-1][1]:
            self._past.append((now, worked))
        while now - self._past[0][0] > REMEMBERED and worked - self._past[0][1] > FEW:
            self._past.popleft()
        since, before = self._past[0]
        return (worked - before) / max(now - since, 1e-6)

    def clear(self) -> None:
        """Take the bar away, so that something else can be said."""
        if self._width:
            self._write("\r" + " " * (self._width + ECHO) + "\r")
            self._width = 0

    def _put(self, line: str) -> None:
        """Write a line over the one that stands there."""
        before, self._width = self._width, _width(line)  # noted first: a signal may cut it short
        back = "" if line else "\r"  # for nothing is left there that `clear` would take away
        self._write("\r" + line + " " * (before - self._width) + back)

    def _write(self, text: str) -> None:
        coding = sys.stderr.encoding or "utf-8"
        with suppress(OSError):  # the terminal is gone
            sys.stderr.write(text.encode(coding, "replace").decode(coding))
            sys.stderr.flush()


def _columns() -> int:
    return max(shutil.get_terminal_size().columns - 1 - ECHO, 0)  # a full row would break


def _speed(rate: float) -> str:
    if rate < 1:
        return f"{60 * rate:.1f}/min"
    return f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s"


def _clock(seconds: float) -> str:
    """Write a time as a clock does: 0:07, 12:34, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _width(text: str) -> int:
    """Count the columns of a text on a terminal: letters of East Asia take two, accents none."""
    return sum(
        0 if unicodedata.combining(one) else 1 + (unicodedata.east_asian_width(one) in "WF")
        for one in text
    )


def _laid_out(parts: Mapping[str, str], name: str, columns: int) -> str:
    """Put the parts side by side and a name behind them; a narrow terminal has the chief ones."""
    shown: dict[str, str] = {}
    for key in ("ended", "failed", "left", "bar", "rate"):
        wanted = {one: parts[one] for one in parts if parts[one] and (one in shown or one == key)}
        if _width("  ".join(wanted.values())) <= columns:
            shown = wanted
    text = "  ".join(shown.values())
    room = columns - _width(text) - 2
    if name and room >= NAME:
        text += "  " + _end_of(name, room)
    return _cut(text, columns)


def _end_of(name: str, room: int) -> str:
    """Shorten a name from its beginning: folders are alike, the ends of names are not."""
    if _width(name) <= room:
        return name
    while _width(name) > room - 3:
        name = name[1:]
    return "..." + name


def _cut(text: str, columns: int) -> str:
    while _width(text) > columns:
        text = text[:-1]
    return text
