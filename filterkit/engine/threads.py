"""Threads of our own work on the bands; those of OpenCV and BLAS are at rest meanwhile."""

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
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
    with resting_opencv:
        for helper in helpers:
            helper.start()
        help_out()
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
    return [results[at] for at in range(len(jobs))]


class Resting:
    """Keep a library to one thread for all runs that are under way at once.

    `rest` sets it to one thread and gives what sets it back.
    """

    def __init__(self, rest: Callable[[], Callable[[], object]]) -> None:
        self.rest = rest
        self.lock = threading.Lock()
        self.users = 0

    def __enter__(self) -> None:
        with self.lock:
            if self.users == 0:
                self.wake = self.rest()
            self.users += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.users -= 1
            if self.users == 0:
                self.wake()


def _rest_opencv() -> Callable[[], object]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    return lambda: cv2.setNumThreads(before)


OPENBLAS_NAMES = (
    "scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_", "openblas_{}_num_threads"
)  # fmt: skip
"""In NumPy's own wheels, and where NumPy is linked with the system's OpenBLAS."""


@cache
def blas_threads() -> tuple[Callable[[], int], Callable[[int], object]] | None:
    """Find what gets and what sets the number of BLAS threads, among all that NumPy is linked with.

    None where that is no OpenBLAS, or the system does not look it up (Windows): results are the
    same, and matrix products then take up to twice as long. (threadpoolctl, which knows more
    libraries, lets nobody but the first thread that asked ever set the number again.)
    """
    linked = ctypes.CDLL(import_module("numpy._core._multiarray_umath").__file__)
    for name in OPENBLAS_NAMES:
        if hasattr(linked, name.format("get")):
            return getattr(linked, name.format("get")), getattr(linked, name.format("set"))
    return None


def _rest_blas() -> Callable[[], object]:
    found = blas_threads()
    if found is None:
        return lambda: None
    count, change = found
    before = count()
    change(1)
    return lambda: change(before)


resting_opencv = Resting(_rest_opencv)
resting_blas = Resting(_rest_blas)
