"""OpenCV's own threads are at rest while ours work on the bands."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

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
