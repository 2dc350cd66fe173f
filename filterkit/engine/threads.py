"""Threads of our own work on the bands; OpenCV's are at rest meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import cv2

J = TypeVar("J")
T = TypeVar("T")


def in_threads(work: Callable[[J], T], jobs: list[J], threads: int) -> list[T]:
    """Do the jobs, OpenCV's own threads at rest, and give the answers in order.

    This thread works along with the others. (A pool of concurrent.futures did the same, and
    loading it took longer than filtering a small picture.)
    """
    results: dict[int, T] = {}
    failures: list[BaseException] = []
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
                failures.append(error)

    helpers = [threading.Thread(target=help_out) for _ in range(min(threads, len(jobs)) - 1)]
    with opencv_threads(1):
        for helper in helpers:
            helper.start()
        help_out()
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
    return [results[at] for at in range(len(jobs))]


_resting = threading.Lock(), [0, 0]


@contextmanager
def opencv_threads(count: int) -> Iterator[None]:
    """Keep OpenCV to so many threads meanwhile: of runs at once, as many as the first one asks."""
    lock, state = _resting
    with lock:
        if state[0] == 0:
            state[1] = cv2.getNumThreads()
            cv2.setNumThreads(count)
        state[0] += 1
    try:
        yield
    finally:
        with lock:
            state[0] -= 1
            if state[0] == 0:
                cv2.setNumThreads(state[1])
