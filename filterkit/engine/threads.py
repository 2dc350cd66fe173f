"""The threads of OpenCV and of BLAS, which are at rest while ours work on the bands."""

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module

import cv2


class Library:
    """Limit a library's threads for all runs that are under way at once.

    `change` sets their number and gives what it was before; None where nobody can say. Of runs
    at once the first one's number holds.
    """

    def __init__(self, change: Callable[[int], int | None]) -> None:
        self.change = change
        self.lock = threading.Lock()
        self.users = 0
        self.before: int | None = None

    @contextmanager
    def limited(self, threads: int) -> Iterator[None]:
        """Let it have so many threads meanwhile."""
        with self.lock:
            if self.users == 0:
                self.before = self.change(threads)
            self.users += 1
        try:
            yield
        finally:
            with self.lock:
                self.users -= 1
                if self.users == 0 and self.before is not None:
                    self.change(self.before)


def _change_opencv(threads: int) -> int:
    before = cv2.getNumThreads()
    if threads != before:  # else they would end, and others begin: a millisecond
        cv2.setNumThreads(threads)
    return before


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


def _change_blas(threads: int) -> int | None:
    found = blas_threads()
    if found is None:
        return None
    count, change = found
    before = count()
    change(threads)
    return before


OPENCV = Library(_change_opencv)
BLAS = Library(_change_blas)
