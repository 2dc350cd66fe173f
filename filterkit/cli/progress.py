"""How far a long run is: a bar on a terminal, a line now and then for a log."""

import shutil
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Mapping

from filterkit.cli.errors import say
from filterkit.pictures.names import escaped

FRAMES = 0.1
"""Seconds between two pictures of the bar."""

LINES = 30.0
"""Seconds between two lines in a log; a run that is shorter has none."""

REMEMBERED = 30.0
"""Seconds over which the rate is taken."""

BAR = 20


class Progress:
    """Show how many of `total` pictures are done; `shown` says whether anybody wants to know."""

    def __init__(self, total: int, shown: bool) -> None:
        self.total = total
        self.watched = shown and sys.stderr is not None and sys.stderr.isatty()
        self.logged = shown and not self.watched
        self._last = self._begun = time.monotonic()
        self._past = deque([(self._begun, 0)])
        self._width = 0

    def show(self, counts: Mapping[str, int], name: str) -> None:
        """Show it, if it is time to."""
        now = time.monotonic()
        if now - self._last < (FRAMES if self.watched else LINES):
            return
        self._last = now
        rate = self._rate(now, counts["done"] + counts["failed"])
        if self.watched:
            self._draw(counts, rate, escaped(name))
        elif self.logged:
            say(
                ", ".join(
                    [f"{sum(counts.values())} of {self.total} pictures", *self._facts(counts, rate)]
                )
            )

    def count(self, found: int) -> None:
        """Show how many pictures have been found so far, if it is time to."""
        now = time.monotonic()
        if self.watched and now - self._last > FRAMES:
            self._last = now
            line = f"looking for pictures: {found}"
            self._write("\r" + line)
            self._width = len(line)

    def _rate(self, now: float, worked: int) -> float:
        """Give the pictures a second of the last half minute; those that stay cost nothing."""
        self._past.append((now, worked))
        while len(self._past) > 2 and now - self._past[1][0] > REMEMBERED:
            self._past.popleft()
        since, before = self._past[0]
        return (worked - before) / max(now - since, 1e-6)

    def _facts(self, counts: Mapping[str, int], rate: float) -> list[str]:
        facts = [f"{counts['failed']} failed"] if counts["failed"] else []
        if rate > 0:
            left = (self.total - sum(counts.values())) / rate
            facts += [f"{rate:.1f}/s" if rate < 100 else f"{rate:.0f}/s", f"{_clock(left)} left"]
        return facts

    def _draw(self, counts: Mapping[str, int], rate: float, name: str) -> None:
        ended = sum(counts.values())
        filled = BAR * ended // max(self.total, 1)
        bar = "#" * filled + "-" * (BAR - filled)
        facts = "  ".join([f"{ended}/{self.total}", *self._facts(counts, rate)])
        columns = shutil.get_terminal_size().columns - 1
        line = _shortened(f"[{bar}] {facts}  ", name, columns)
        self._write("\r" + line + " " * (self._width - _width(line)))
        self._width = _width(line)

    def clear(self) -> None:
        """Take the bar away, so that something else can be said."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        coding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(text.encode(coding, "replace").decode(coding))
        sys.stderr.flush()


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


def _shortened(facts: str, name: str, columns: int) -> str:
    """Put a name behind the facts, its end rather than its beginning where there is no room."""
    room = columns - _width(facts)
    if _width(name) > room:
        name = "..." + name if room > 8 else ""
        while _width(name) > room and name:
            name = "..." + name[4:]
    text = (facts + name).rstrip()
    while _width(text) > columns:
        text = text[:-1]
    return text
