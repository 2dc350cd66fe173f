"""What the screen can show, as the environment tells: a terminal is never asked."""

import os
import shutil
from typing import NamedTuple, TextIO

from filterkit.viewing.ink import ALL, NONE, SOME

WHEN = ("auto", "always", "never")
"""What --color takes."""

KITTY = {"ghostty"}
ITERM = {"iTerm.app", "WezTerm", "mintty"}
"""Values of TERM_PROGRAM whose programs know one of the two ways to show a picture."""


NARROWEST = 20
"""Columns below which nothing could be laid out."""


class Screen(NamedTuple):
    """Say how large it is, in letters, how many colours it has and how it shows pictures.

    `protocol` is kitty, iterm or blocks; `terminal` tells whether it is one at all.
    """

    rows: int
    columns: int
    colours: int
    protocol: str
    terminal: bool


def screen(stream: TextIO | None, color: str = "auto") -> Screen:
    """See what `stream` leads to; `color` is always, never, or auto: only on a terminal."""
    terminal = stream is not None and stream.isatty()
    columns, rows = shutil.get_terminal_size((80, 24))
    columns = max(columns, NARROWEST)
    wanted = color == "always" or (color == "auto" and terminal and not _plain())
    colours = _colours() if wanted else NONE
    protocol = _protocol() if wanted and terminal else "blocks"
    return Screen(rows, columns, colours, protocol, terminal)


def _plain() -> bool:
    """Tell whether colours are unwanted: no-color.org, or a terminal that knows none."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def _colours() -> int:
    many = os.environ.get("COLORTERM", "") in ("truecolor", "24bit") or _protocol() != "blocks"
    return ALL if many else SOME


def _protocol() -> str:
    """Choose how pictures are shown; what a multiplexer would swallow is not tried."""
    if os.environ.get("TMUX") or os.environ.get("STY"):
        return "blocks"
    program = os.environ.get("TERM_PROGRAM", "")
    if os.environ.get("KITTY_WINDOW_ID") or os.environ.get("TERM") == "xterm-kitty":
        return "kitty"
    return "kitty" if program in KITTY else "iterm" if program in ITERM else "blocks"
