"""The command under strace: killed, or answered with an error, at one system call of its work.

The picture comes through a named pipe, so that strace can take hold of the process that is waiting
for it: what is counted from there on is reading, filtering, writing and telling, and nothing else.
"""

import errno
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from running import COMMAND, PATIENCE

PICTURE = "in.png"
"""The named pipe."""


class Traced(NamedTuple):
    """Tell how a command ended, and the system calls of the process that was watched."""

    code: int
    out: bytes
    err: str
    calls: list[str]

    @property
    def counts(self):
        """How often each system call was made."""
        return Counter(name_of(call) for call in self.calls)

    @property
    def injected(self):
        """The calls, with their numbers, that were answered with an error."""
        return [at for at, call in enumerate(self.calls) if "(INJECTED)" in call]


def name_of(call):
    return call.partition("(")[0]


def need_strace():
    """Skip a test where processes cannot be traced."""
    tool = shutil.which("strace")
    if not tool or subprocess.run([tool, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("strace is not here, or may not trace")


def traced(place, content, *arguments, inject="", parent=False):
    """Run `filterkit apply identity in.png ...` in a folder and watch the process that works.

    `inject` is strace's own, such as rename:signal=KILL:when=1; `parent` watches the other process.
    """
    pipe = place / PICTURE
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [COMMAND, "apply", "identity", PICTURE, *arguments], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    writer = _reader_of(pipe)
    watched = process.pid if parent else _child_of(process.pid)
    trace = place.parent / "trace"
    line = ["strace", "-o", str(trace), "-p", str(watched)]
    strace = subprocess.Popen(
        [*line, *(["-e", f"inject={inject}"] if inject else [])], stderr=subprocess.PIPE
    )
    try:
        assert b"attached" in strace.stderr.readline()
        os.set_blocking(writer, True)
        os.write(writer, content)
        os.close(writer)
        out, err = process.communicate(timeout=PATIENCE)
        strace.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        strace.kill()
    calls = [line for line in trace.read_text().splitlines() if re.match(r"\w+\(", line)]
    return Traced(process.returncode, out, err.decode(), calls)


def _reader_of(pipe):
    """Wait until somebody reads from a named pipe, and give its other end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(0.002)
    raise AssertionError("nobody reads")


def _child_of(process):
    (child,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(child)
