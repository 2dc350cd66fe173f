"""What this machine gives us to work with: its cores, and work shared among them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

J = TypeVar("J")
T = TypeVar("T")

_limits: list[int] = []


def cores() -> int:
    """Count the cores that this process may use, or was told to use."""
    if _limits:
        return _limits[-1]
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Let this whole process use as many cores as threads meanwhile; None leaves it as it is."""
    _limits.append(threads or cores())
    try:
        yield
    finally:
        _limits.pop()


def in_threads(work: Callable[[J], T], jobs: list[J], threads: int) -> list[T]:
    """Do the jobs and give the answers in order.

    This thread works along with the others. (A pool of concurrent.futures did the same, and
    loading it took longer than filtering a small picture.)
    """
    import threading

    results: dict[int, T] = {}
    failures: dict[int, BaseException] = {}
    left = iter(range(len(jobs)))
    turn = threading.Lock()

    def help_out() -> None:
        while not failures:
            with turn:
                at = next(left, None)
            if at is None:
                return
            try:
                results[at] = work(jobs[at])
            except BaseException as error:
                failures[at] = error

    helpers = [threading.Thread(target=help_out) for _ in range(min(threads, len(jobs)) - 1)]
    for helper in helpers:
        helper.start()
    help_out()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[min(failures)]  # of several always the same, whoever was faster
    return [results[at] for at in range(len(jobs))]
