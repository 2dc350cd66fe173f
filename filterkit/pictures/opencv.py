"""The one door to OpenCV's codecs: bytes in, RGB(A) out, and no failure that goes unnoticed.

OpenCV fails in three ways (None, an exception, a log line) and knows colours as BGR. It never
gets a file name: one that is not UTF-8 kills the process.
"""

from threading import Lock
from typing import TYPE_CHECKING, Any

from filterkit.errors import TooLargeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SIDE = 2**20
MOST_PIXELS = 2**30
"""OpenCV's own limits, which it reads from the environment when it is first imported."""


def decoded(content: bytes, rows: int, columns: int) -> "NDArray[Any] | None":
    """Give the stored pixels (rows, columns, channels), RGB(A).

    None where OpenCV fails or finds another size than the header's; raises TooLargeError above
    its limits.
    """
    import cv2
    import numpy as np

    if max(rows, columns) > MOST_SIDE or rows * columns > MOST_PIXELS:
        raise TooLargeError(
            f"{rows}x{columns} pixels are more than OpenCV reads: {MOST_SIDE} rows or columns and "
            f"{MOST_PIXELS} pixels."
        )
    with _silence:
        try:
            pixels: NDArray[Any] | None = cv2.imdecode(
                np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED
            )
        except cv2.error as error:
            _raise_if_memory(error)
            return None
    if pixels is None or pixels.shape[:2] != (rows, columns):
        return None
    return swapped(pixels.reshape(rows, columns, -1))


def encoded(ending: str, pixels: "NDArray[Any]", settings: list[int]) -> bytes | None:
    """Give the file of pixels (rows, columns, channels), RGB(A), or None where OpenCV fails."""
    import cv2

    with _silence:
        try:
            done, content = cv2.imencode(ending, swapped(pixels), settings)
        except cv2.error as error:
            _raise_if_memory(error)
            return None
    return content.tobytes() if done else None


def swapped(pixels: "NDArray[Any]") -> "NDArray[Any]":
    """Turn RGB(A) into BGR(A) or back; fewer channels stay as they are."""
    import cv2
    import numpy as np

    channels = pixels.shape[2]
    if channels not in (3, 4):
        return np.ascontiguousarray(pixels)
    if str(pixels.dtype) not in ("uint8", "uint16", "float32"):
        return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][:channels]])
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA)


def _raise_if_memory(error: Any) -> None:
    import cv2

    if getattr(error, "code", None) == cv2.Error.StsNoMem:
        raise MemoryError from error


class _Silence:
    """Keep OpenCV's log off stderr while any thread is inside, and then as it was."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._level = 0

    def __enter__(self) -> None:
        import cv2.utils.logging as log

        with self._lock:
            if self._inside == 0:
                self._level = log.setLogLevel(log.LOG_LEVEL_SILENT)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        import cv2.utils.logging as log

        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                log.setLogLevel(self._level)


_silence = _Silence()
