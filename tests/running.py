"""The command, run as users run it: in this process, or as one of its own with pipes and terminals.

InProcess   fast: no fork, no start; the job is done here, and stdin is the null device
typed       a real process of the installed command; stdin, stdout, stderr pipes or terminals
begun       the same, not waited for
"""

import contextlib
import ctypes
import errno
import io
import os
import pty
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from filterkit.cli import main
from filterkit.errors import FilterkitError

COMMAND = str(Path(sys.executable).parent / "filterkit")
PATIENCE = 60
"""Seconds after which a process of ours is taken to hang; no test waits for them."""

NOT_FORKED = ("diff", "explain", "gallery", "learn", "maps", "shape", "view")
"""Commands whose process is begun late: OpenCV cannot be forked once its threads have begun."""

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


class Ended(NamedTuple):
    """Tell how a command ended: its exit code, and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self):
        """The paths on stdout."""
        return self.out.decode().splitlines()


class Here:
    """Stand in for the process that does a job, and do it here."""

    def __init__(self, work=main.run_job, warm=None):
        self.work = work

    def ask(self, job):
        self.job = job

    def answer(self, timeout=None):
        try:
            return self.work(self.job)
        except FilterkitError as error:
            return error

    def close(self, wait=True):
        pass


class InProcess:
    """Call the command within this process."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments):
        arguments = [str(one) for one in arguments]
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
        with self.monkeypatch.context() as patch, open(os.devnull) as null:
            patch.setattr(sys, "argv", ["filterkit", *arguments])
            patch.setattr(sys, "stdin", null)
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            if arguments[:1] and arguments[0] in NOT_FORKED:
                patch.setattr(f"filterkit.cli.{arguments[0]}_command.Worker", Here)
            code = main._run(arguments, [Here()] if arguments[:1] == ["apply"] else [])
        for stream in (out, err):
            stream.flush()
        return Ended(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def typed(
    *arguments, cwd=".", stdin=None, terminals=(), env=None, command=(COMMAND,), humble=False
):
    """Run the installed command; `stdin` is bytes through a pipe, None the null device.

    `terminals` names the streams that are a terminal: "stdin" "stdout" "stderr"; what is written
    to one comes back with its line ends made plain. `humble` lets permissions count for root too.
    """
    ours, theirs = pty.openpty() if terminals else (None, None)
    pipe = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
    process = subprocess.Popen(
        [*command, *(os.fspath(one) for one in arguments)], cwd=cwd,
        preexec_fn=_without_privilege if humble and os.getuid() == 0 else None,
        stdin=theirs if "stdin" in terminals else pipe,
        stdout=theirs if "stdout" in terminals else subprocess.PIPE,
        stderr=theirs if "stderr" in terminals else subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    screen = b""
    if terminals:
        os.close(theirs)
        shown = []
        reader = threading.Thread(target=_watch, args=(ours, shown))
        reader.start()
    try:
        out, err = process.communicate(stdin, timeout=PATIENCE)
    finally:
        process.kill()
        if terminals:
            reader.join(PATIENCE)
            os.close(ours)
            screen = b"".join(shown).replace(b"\r\n", b"\n")
    out = screen if "stdout" in terminals else out
    err = screen if "stderr" in terminals else err
    return Ended(process.returncode, out or b"", (err or b"").decode())


def begun(*arguments, **options):
    """Begin a command in a group of its own."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True, **options,
    )  # fmt: skip


def patched(folder, code):
    """Give the environment in which every Python process runs some code first."""
    (folder / "sitecustomize.py").write_text(code)
    return before_all_others(folder)


def before_all_others(folder):
    """Give the environment in which a folder's modules are found before all others."""
    others = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([others] if others else [])])}


def reader_of(fifo):
    """Wait until somebody reads from a named pipe, and give its other end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(0.01)
    raise AssertionError("nobody reads")


def alive(group):
    """The processes of a group that are not dead already."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(its_group) == group and state not in "ZX":
                    found.append(int(entry.name))
    return found


def assert_nothing_left(group, folder):
    """Insist that all processes of a group end, and that no half-written file stays."""
    end = time.monotonic() + PATIENCE
    while alive(group) and time.monotonic() < end:
        time.sleep(0.01)
    assert alive(group) == []
    assert [path.name for path in folder.iterdir() if ".part" in path.name] == []


def _without_privilege():
    """Give up the rights to write and to read where permissions forbid it, which root has."""
    drop_from_bounding_set, dac_override, dac_read_search = 24, 1, 2
    for right in (dac_override, dac_read_search):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, right, 0, 0, 0)


def _watch(terminal, shown):
    """Collect what is written to a terminal until nobody holds it any more."""
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        while True:
            if not select.select([terminal], [], [], PATIENCE)[0]:
                return
            part = os.read(terminal, 1 << 16)
            if not part:
                return
            shown.append(part)


def assert_ended(ended, code, sentence, advice=""):
    """Insist on an exit code, a sentence, and what to try."""
    expected = f"filterkit: {sentence}\n" + (f"  try: {advice}\n" if advice else "")
    assert ended.err == expected
    assert ended.code == code
    assert ended.out == b""


def assert_done(ended, *paths):
    """Insist that all went well, silently, and that these paths were told."""
    assert ended.err == ""
    assert ended.code == 0
    assert ended.lines == [str(path) for path in paths]
