"""What decoders say on stderr is heard, and becomes notes of the picture.

libjpeg, libpng, libtiff and others write their warnings to file descriptor 2, whatever their
caller wishes. There they would stand between our own sentences, without a file's name; and of a
damaged JPEG they are all that tells of the damage. Sound pictures make none of them speak: of 585
published ones that can be read, decoders complained of 24 JPEGs, all of them broken on purpose. So
whatever is said counts as damage, but not that nothing is said as soundness.
"""

import contextlib
import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator

from filterkit.pictures import opencv
from filterkit.pictures.names import escaped

MOST_LINES = 3
LONGEST_LINE = 160

PIPE = 2**16
"""Bytes that are read of what was written; a pipe seldom holds more."""

COUNTING = (UserWarning, RuntimeWarning)
"""The kinds of Python's warnings that tell of a picture, and not of how a library is called."""

PREFIX = re.compile(r"^lib\w+ (warning|error): |^\[ *\w+:\d+@[\d.]+\] global grfmt_\S+ \w+ ")
"""What stands before a message of libpng, and in OpenCV's log before one of its decoders."""

OTHER_LOG = re.compile(r"^\[ *\w+:\d+@[\d.]+\] global ")
"""What OpenCV's log says of anything else: of a thread that could not be started, say."""


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """Gather what is said while the context lasts; the list holds it afterwards.

    Only for a process that does nothing else: file descriptor 2 belongs to all of its threads.
    """
    said: list[str] = []
    with _python_heard() as spoken, opencv.listening(), _stderr_heard() as written:
        yield said
    said += _lines([*written, *spoken])


@contextlib.contextmanager
def _stderr_heard() -> Iterator[list[str]]:
    """Let file descriptor 2 be a pipe, which is read afterwards; what does not fit is lost."""
    written: list[str] = []
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    os.set_blocking(theirs, False)
    before = os.dup(2)
    os.dup2(theirs, 2)
    os.close(theirs)
    try:
        yield written
    finally:
        os.dup2(before, 2)
        os.close(before)
        with open(ours, "rb", buffering=0) as pipe:  # noqa: PTH123 - it is open already
            written += (pipe.read(PIPE) or b"").decode(errors="replace").splitlines()


@contextlib.contextmanager
def _python_heard() -> Iterator[list[str]]:
    """Gather Python's warnings, and what is written to its own stderr, as loggers do."""
    spoken: list[str] = []
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stderr(io.StringIO()) as logged,
    ):
        warnings.simplefilter("always")
        yield spoken
    spoken += logged.getvalue().splitlines()
    spoken += (str(one.message) for one in warned if issubclass(one.category, COUNTING))


def _lines(said: Iterable[str]) -> list[str]:
    """Give each different line once, a few of them, without what it is adorned with."""
    plain = (PREFIX.sub("", line).strip() for line in said)
    different = dict.fromkeys(line for line in plain if line and not OTHER_LOG.match(line))
    return [escaped(line[:LONGEST_LINE]).rstrip(".") for line in different][:MOST_LINES]
