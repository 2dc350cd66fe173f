"""A decoder may crash or hang: the work is done by a child process, and its death is an error.

The parent stays small and loads neither NumPy nor OpenCV. The child is forked first and warms up
while the parent still reads its arguments; it leaves without tearing the interpreter down. Both
together give back more than the fork costs.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from filterkit.applying.serving import ENDING, MOMENT, Ends, serve
from filterkit.errors import DecoderDiedError, DecoderHungError, FilterkitError


class Worker:
    """Do jobs in a process of its own: `work` takes a job and gives an answer, both picklable.

    `warm` is called in the child at once, before the first job comes. The child is forked, or a
    fresh interpreter where there is no fork; the standard streams are the parent's. It is `busy`
    while it owes an answer, and for ever if it died or was not understood.
    """

    def __init__(
        self, work: Callable[[Any], Any], warm: Callable[[], None], fork: bool = hasattr(os, "fork")
    ) -> None:
        self.busy = False
        answers, requests = os.pipe(), os.pipe()
        self._ends, theirs = Ends(answers[0], requests[1]), (requests[0], answers[1])
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed by whoever started us
                stream.flush()
        self.process = _forked(work, warm, theirs) if fork else _begun(theirs)
        for end in theirs:
            os.close(end)
        if not fork:
            self._ends.send((work, warm))

    def ask(self, job: Any) -> None:
        """Hand a job over."""
        self.busy = True
        with contextlib.suppress(BrokenPipeError):  # it is dead; `answer` will say so
            self._ends.send(job)

    def answer(self, timeout: float | None = None) -> Any:
        """Wait for the answer to the job asked first, at most so many seconds.

        Raises DecoderDiedError or DecoderHungError, whose sentences still lack a beginning.
        """
        if timeout is not None and not select.select([self._ends.incoming], [], [], timeout)[0]:
            self._end()
            raise DecoderHungError(f"it took longer than {timeout:g} seconds")
        answer = self._ends.receive()
        if answer is None:
            raise DecoderDiedError(self._last_words())
        self.busy = False
        if isinstance(answer[0], Exception) and not isinstance(answer[0], FilterkitError):
            raise answer[0]
        return answer[0]

    def _last_words(self) -> str:
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        if not os.WIFSIGNALED(status):
            return f"the process that read it ended with code {os.WEXITSTATUS(status)}"
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL:
            return "the process that read it was killed, perhaps for want of memory"
        names = {one.value: one.name for one in signal.Signals}
        return f"the decoder crashed ({names.get(number, f'signal {number}')})"

    def _end(self) -> None:
        """Let a child that is at work clear its table first, a moment long; then kill it."""
        if self.busy:
            self._signal(signal.SIGTERM)
            end = time.monotonic() + MOMENT
            while self.process and time.monotonic() < end:
                if os.waitpid(self.process, os.WNOHANG)[0]:
                    self.process = 0
                time.sleep(0.01)
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, number)

    def dismiss(self) -> None:
        """Let the child clear its table and end, while another thread may wait for its answer."""
        self._ends.hang_up()

    def kill(self) -> None:
        """End the child at once, while another thread may wait for its answer."""
        self._signal(signal.SIGKILL)

    def close(self, wait: bool = True) -> None:
        """End the child; once is enough. Who is about to leave need not wait for its end."""
        self._ends.close()
        self._end()
        if self.process and wait:
            os.waitpid(self.process, 0)
            self.process = 0


def _forked(work: Callable[[Any], Any], warm: Callable[[], None], ends: tuple[int, int]) -> int:
    """Fork; a signal waits until the child has its own answer to it, and not its parent's."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    process = os.fork()
    if process == 0:
        serve(work, warm, Ends(*ends))
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return process


def _begun(ends: tuple[int, int]) -> int:
    """Begin a fresh interpreter, which looks for modules where this one does and nowhere else."""
    import subprocess

    code = (
        f"import sys; sys.path[:] = {sys.path}\nfrom {serve.__module__} import begin; begin{ends}"
    )
    child = subprocess.Popen([sys.executable, "-c", code], pass_fds=ends)
    child.returncode = 0  # waited for by `close`, not by subprocess
    return child.pid


def isolated(
    worker: Callable[[], Worker],
    jobs: Iterable[Any],
    name: Callable[[Any], str],
    timeout: float | None = None,
    leaving: bool = False,
) -> Iterator[Any]:
    """Do jobs one after the other in a child process and yield the answers in order.

    The next job is asked for when an answer has been taken, so it may follow from it.
    A job whose process dies is answered by DecoderDiedError, one that takes longer than `timeout`
    seconds by DecoderHungError; `name` begins their sentences, and the next job gets a new process.
    Errors of ours are answers; any other exception is raised here as it was there. Who is
    `leaving` does not wait for the end of the last process, which is killed all the same.
    """
    child: Worker | None = None
    try:
        for job in jobs:
            child = child or worker()
            child.ask(job)
            try:
                yield child.answer(timeout)
            except (DecoderDiedError, DecoderHungError) as death:
                yield type(death)(f"{name(job)}: {death}.")
                child.close()
                child = None
    finally:
        if child:
            child.close(wait=not leaving)
