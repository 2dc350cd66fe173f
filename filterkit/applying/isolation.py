"""A decoder may crash or hang: the work is done by a child process, and its death is an error.

The parent stays small and loads neither NumPy nor OpenCV. The child is forked first and warms up
while the parent still reads its arguments; it leaves without tearing the interpreter down. Both
together give back more than the fork costs.
"""

import contextlib
import os
import pickle
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

from filterkit.errors import DecoderDiedError, FilterkitError

LENGTH = struct.Struct("<Q")

MOMENT = 200
"""Hundredths of a second."""


class Died(Exception):
    """Tell that the child ended, or was ended, before it answered."""


class Worker:
    """Do jobs in a process of its own: `work` takes a job and gives an answer, both picklable.

    `warm` is called in the child at once, before the first job comes. The child is forked, or a
    fresh interpreter where there is no fork.
    """

    def __init__(
        self, work: Callable[[Any], Any], warm: Callable[[], None], fork: bool = hasattr(os, "fork")
    ) -> None:
        self._busy = False
        if fork:
            self._fork(work, warm)
        else:
            self._start(work, warm)

    def _fork(self, work: Callable[[Any], Any], warm: Callable[[], None]) -> None:
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed by whoever started us
                stream.flush()
        self.process = os.fork()
        if self.process == 0:
            os.close(self._requests)
            os.close(self._answers)
            _serve(work, warm, requests, answers)
        os.close(requests)
        os.close(answers)

    def _start(self, work: Callable[[Any], Any], warm: Callable[[], None]) -> None:
        import subprocess

        command = [sys.executable, "-c", f"import {__name__} as isolation; isolation.serve()"]
        pipe = subprocess.PIPE
        fresh = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)
        assert fresh.stdin and fresh.stdout  # both were asked for
        self._requests = os.dup(fresh.stdin.fileno())
        self._answers = os.dup(fresh.stdout.fileno())
        fresh.stdin.close()
        fresh.stdout.close()
        fresh.returncode = 0  # waited for by `close`, not by subprocess
        self.process = fresh.pid
        _send(self._requests, (work, warm))

    def ask(self, job: Any) -> None:
        """Hand a job over."""
        self._busy = True
        with contextlib.suppress(BrokenPipeError):  # it is dead; `answer` will say so
            _send(self._requests, job)

    def answer(self, timeout: float | None = None) -> Any:
        """Wait for the answer to the job asked first, at most so many seconds. Raises Died."""
        if timeout is not None and not select.select([self._answers], [], [], timeout)[0]:
            self.kill()
            raise Died(f"it took longer than {timeout:g} seconds")
        answer = _receive(self._answers)
        self._busy = False
        if answer is None:
            raise Died(self._last_words())
        if isinstance(answer[0], Exception) and not isinstance(answer[0], FilterkitError):
            raise answer[0]
        return answer[0]

    def _last_words(self) -> str:
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGKILL:
                return "the process that read it was killed, perhaps for want of memory"
            return f"the decoder crashed ({signal.Signals(number).name})"
        return f"the process that read it ended with code {os.WEXITSTATUS(status)}"

    def kill(self) -> None:
        """End the child at once."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)

    def _terminate(self) -> None:
        """Let a child that is at work clear its table first, a moment long."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGTERM)
        for _ in range(MOMENT):
            if os.waitpid(self.process, os.WNOHANG)[0]:
                self.process = 0
                return
            time.sleep(0.01)

    def close(self, wait: bool = True) -> None:
        """End the child; once is enough. Who is about to leave need not wait for its end."""
        if self._requests < 0:
            return
        os.close(self._requests)
        os.close(self._answers)
        self._requests = self._answers = -1
        if self._busy:
            self._terminate()
        self.kill()
        if self.process and wait:
            os.waitpid(self.process, 0)
            self.process = 0


def isolated(
    worker: Callable[[], Worker],
    jobs: Sequence[Any],
    name: Callable[[Any], str],
    timeout: float | None = None,
    leaving: bool = False,
) -> Iterator[Any]:
    """Do jobs one after the other in a child process and yield the answers in order.

    A job whose process dies, or is silent for `timeout` seconds, is answered by DecoderDiedError,
    whose sentence `name` begins; the next one gets a new process. Errors of ours are answers; any
    other exception is raised here as it was there. Who is `leaving` does not wait for the end of
    the last process, which is killed all the same.
    """
    child: Worker | None = None
    try:
        for job in jobs:
            child = child or worker()
            child.ask(job)
            try:
                yield child.answer(timeout)
            except Died as death:
                yield DecoderDiedError(f"{name(job)}: {death}.")
                child.close()
                child = None
    finally:
        if child:
            child.close(wait=not leaving)


def serve() -> NoReturn:
    """Be the child of a parent that could not fork: take work from stdin, answer on stdout."""
    requests, answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    received = _receive(requests)
    if received is None:
        sys.exit(141)
    work, warm = received[0]
    _serve(work, warm, requests, answers)


def _serve(
    work: Callable[[Any], Any], warm: Callable[[], None], requests: int, answers: int
) -> NoReturn:
    """Answer jobs until no more come; never return into the parent's code."""
    code = 70
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        warm()
        while (request := _receive(requests)) is not None:
            _send(answers, _answered(work, *request))
        code = 0
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the parent is gone
        code = 141
    finally:
        os._exit(code)


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    """Leave, and let no second signal disturb what is cleared away on the way."""
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, _unheard)  # with SIG_IGN one that is under way would be a traceback
    raise KeyboardInterrupt


def _unheard(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _answered(work: Callable[[Any], Any], job: Any) -> Any:
    """Give the answer to a job, or the exception, with its traceback as a note."""
    try:
        return work(job)
    except FilterkitError as error:
        return error
    except Exception as error:
        import traceback

        error.add_note(traceback.format_exc())
        with contextlib.suppress(Exception):
            pickle.loads(pickle.dumps(error))
            return error
        unsendable = RuntimeError(f"{type(error).__name__}: {error}")
        unsendable.add_note(traceback.format_exc())
        return unsendable


def _send(pipe: int, content: Any) -> None:
    """Write a message: its length, then itself."""
    message = pickle.dumps((content,))
    view = memoryview(LENGTH.pack(len(message)) + message)
    while view:
        view = view[os.write(pipe, view) :]


def _receive(pipe: int) -> tuple[Any] | None:
    """Read a message, wrapped in a tuple, or None where the other end is closed."""
    head = _read(pipe, LENGTH.size)
    content = head and _read(pipe, LENGTH.unpack(head)[0])
    if not content:
        return None
    message: tuple[Any] = pickle.loads(content)
    return message


def _read(pipe: int, count: int) -> bytes | None:
    parts = []
    while count:
        part = os.read(pipe, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
