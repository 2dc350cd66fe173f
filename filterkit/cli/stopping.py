"""Signals that ask for an end: the first one lets a batch end well, the second ends it at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hangup"}


class Stopped(BaseException):
    """A signal asks for the end; nothing but the end of the batch catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.why = SIGNALS[signal.Signals(number).name]


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the signals that ask for an end into Stopped; the second one ends everything at once.

    A signal that is ignored, as behind nohup, stays so.
    """
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {
        number: signal.signal(number, _stop)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, _leave)
    raise Stopped(number)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    os._exit(128 + number)  # the processes see it and end by themselves
