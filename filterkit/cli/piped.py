"""A picture through standard input: whether one can come, and what is said while it does not."""

import os
import select
import stat
import sys

from filterkit.cli.errors import say
from filterkit.errors import UsageError

WAITS = 1.0
"""Seconds without a byte after which somebody may wonder what filterkit is waiting for."""


def is_piped() -> bool:
    """Tell whether stdin is a pipe or a file: a terminal and the null device are none."""
    if sys.stdin is None:
        return False
    kind = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stat.S_ISREG(kind)


def await_picture(quiet: bool = False) -> None:
    """Say, after a while without a byte, what is being waited for; the child reads it."""
    if sys.stdin is None:
        raise UsageError("stdin is closed; no picture can come from there.", "a file as INPUT")
    pipe = sys.stdin.fileno()
    patient = quiet or not stat.S_ISFIFO(os.fstat(pipe).st_mode)
    if not patient and not select.select([pipe], [], [], WAITS)[0]:
        say("waiting for a picture on stdin")
