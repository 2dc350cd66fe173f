"""The executor of one machine: a process for each job at a time, and a thread that waits for it.

What decodes, filters and writes is a process of its own, so that a crash, a hang or want of
memory is an exception of one job. An executor of other machines can stand in its place.
"""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from typing import Any

from filterkit.applying import memory
from filterkit.applying.isolation import Worker
from filterkit.applying.serving import MOMENT
from filterkit.errors import DecoderDiedError, FilterkitError

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class LocalExecutor(Executor):
    """Call functions in processes of their own, so many at a time; all must be picklable.

    A call whose process dies raises DecoderDiedError, one that takes longer than `timeout` seconds
    DecoderHungError, and the next call gets a fresh process. The processes share the memory that
    there is. `ready` are workers that have been begun already, to `called`.
    """

    def __init__(
        self, jobs: int, timeout: float | None = None, ready: Iterable[Worker] = ()
    ) -> None:
        self._jobs, self._timeout = jobs, timeout
        self._idle = list(ready)[:jobs]
        while len(self._idle) < jobs:
            self._idle.append(begun())  # before there are threads, see below
        self._workers = {*self._idle}
        self._turn = threading.Lock()
        self._stopped = False
        self._threads = ThreadPoolExecutor(jobs, "filterkit")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Have a function called. Keyword arguments are not taken."""
        if kwargs:
            raise TypeError("arguments are given by their places here")
        return self._threads.submit(self._called, (fn, args))

    def _called(self, call: Call) -> Any:
        worker = self._taken()
        try:
            worker.ask((self._jobs, call))
            answer = worker.answer(self._timeout)
        finally:
            self._give_back(worker)
        if isinstance(answer, FilterkitError):
            raise answer
        return answer

    def _taken(self) -> Worker:
        """Take a worker that is idle, or begin one in the place of one that died."""
        with self._turn:
            if self._stopped:
                raise DecoderDiedError("it was stopped")
            if self._idle:
                return self._idle.pop()
            worker = begun(fork=False)  # a fork amid threads may inherit a lock that stays locked
            self._workers.add(worker)
            return worker

    def _give_back(self, worker: Worker) -> None:
        """Keep a process that has answered; another is of no more use."""
        if not worker.busy:
            self._idle.append(worker)
            return
        worker.close()
        with self._turn:
            self._workers.discard(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: after their calls, or at once if nobody shall wait for them."""
        if not wait:
            self._stop()
        # A signal may have interrupted our caller while it held the lock of a future, for which a
        # thread then waits for ever: so threads are not waited for (7 of 1000 hung).
        self._threads.shutdown(wait, cancel_futures=cancel_futures or not wait)
        for worker in self._idle:
            worker.close()
        self._idle.clear()
        self._workers.clear()

    def _stop(self) -> None:
        """Let all processes clear their tables and end; who does not in a moment is killed."""
        with self._turn:
            self._stopped = True
        for end in (Worker.dismiss, Worker.kill):
            for worker in [*self._workers]:
                end(worker)
            self._wait_a_moment()

    def _wait_a_moment(self) -> None:
        """Wait until no process is at work: the threads see its end, and give it back."""
        end = time.monotonic() + MOMENT
        while len(self._idle) < len(self._workers) and time.monotonic() < end:
            time.sleep(0.01)


def begun(fork: bool | None = None) -> Worker:
    """Begin a process that does what it is asked."""
    return Worker(called, warm) if fork is None else Worker(called, warm, fork)


def called(request: tuple[int, Call]) -> Any:
    """Call a function, in the child, with its share of the memory."""
    sharers, (function, arguments) = request
    _limit(sharers)
    return function(*arguments)


@cache  # once a process; later there would be less to share
def _limit(sharers: int) -> None:
    memory.limit(sharers)


def warm() -> None:
    """Load what every picture needs, in the child."""
    from filterkit.batching.work import warm

    memory.keep()
    warm()
