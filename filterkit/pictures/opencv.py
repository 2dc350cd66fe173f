"""The one door to OpenCV's codecs: bytes in, RGB(A) out, and no failure that goes unnoticed.

OpenCV fails in three ways (None, an exception, a log line) and knows colours as BGR. It never
gets a file name: one that is not UTF-8 kills the process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from filterkit.errors import TooLargeError
from filterkit.pictures.picture import Metadata, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SIDE = 2**20
MOST_PIXELS = 2**30
"""OpenCV's own limits, which it reads from the environment when it is first imported."""


def version() -> str:
    """Give the version of OpenCV."""
    import cv2

    told: str = cv2.__version__
    return told


def decoded(
    content: bytes, rows: int, columns: int, colourful: bool = False
) -> "NDArray[Any] | None":
    """Give the stored pixels (rows, columns, channels), RGB(A).

    None where OpenCV fails or finds another size than the header's; raises TooLargeError above
    its limits. What is known to be `colourful`, three channels of 8 bits, comes as RGB at once: to
    turn a JPEG of 8 megapixels round afterwards takes a sixth of its decoding.
    """
    import cv2
    import numpy as np

    if max(rows, columns) > MOST_SIDE or rows * columns > MOST_PIXELS:
        raise TooLargeError(
            f"{rows}x{columns} pixels are more than OpenCV reads: {MOST_SIDE} rows or columns and "
            f"{MOST_PIXELS} pixels."
        )
    flags = cv2.IMREAD_UNCHANGED
    if colourful:
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    with _silence:
        try:
            pixels: NDArray[Any] | None = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
        except cv2.error as error:
            _raise_if_memory(error)
            return None
    if pixels is None or pixels.shape[:2] != (rows, columns):
        return None
    pixels = pixels.reshape(rows, columns, -1)
    return pixels if colourful else swapped(pixels)


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


def decoded_frames(content: bytes, first: int, size: Size) -> "NDArray[Any] | None":
    """Give `size.frames` frames from a number on: (frames, rows, columns, channels), RGB(A).

    None where OpenCV fails or finds others.
    """
    import cv2
    import numpy as np

    stored, span = np.frombuffer(content, np.uint8), (first, first + size.frames)
    with _silence:
        try:
            _, frames = cv2.imdecodemulti(stored, cv2.IMREAD_UNCHANGED, range=span)
        except cv2.error as error:
            _raise_if_memory(error)
            return None
    shapes = [frame.shape[:2] for frame in frames]
    if shapes != [(size.rows, size.columns)] * size.frames:
        return None
    return np.stack([swapped(frame.reshape(*frame.shape[:2], -1)) for frame in frames])


def encoded_with(
    ending: str, pixels: "NDArray[Any]", settings: list[int], metadata: Metadata
) -> bytes | None:
    """Give the file of pixels with their profile, EXIF and XMP, or None where OpenCV fails."""
    import cv2
    import numpy as np

    known = {
        cv2.IMAGE_METADATA_ICCP: metadata.icc,
        cv2.IMAGE_METADATA_EXIF: metadata.exif,
        cv2.IMAGE_METADATA_XMP: metadata.xmp,
    }
    blocks = {kind: np.frombuffer(block, np.uint8) for kind, block in known.items() if block}
    with _silence:
        try:
            done, content = cv2.imencodeWithMetadata(
                ending, swapped(pixels), list(blocks), list(blocks.values()), settings
            )
        except cv2.error as error:
            _raise_if_memory(error)
            return None
    return content.tobytes() if done else None


def encoded_frames(
    ending: str, pixels: "NDArray[Any]", delays: list[int], settings: list[int]
) -> bytes | None:
    """Give the animation of (frames, rows, columns, channels), delays in ms; None where it fails.

    It is played for ever.
    """
    import cv2

    animation = cv2.Animation()
    animation.frames = [swapped(frame) for frame in pixels]
    animation.durations = delays
    with _silence:
        try:
            done, content = cv2.imencodeanimation(ending, animation, settings)
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
    if ran_out(error):
        raise MemoryError from error


def ran_out(error: Exception) -> bool:
    """Tell whether an exception, of OpenCV's or any other, means that there was no more memory."""
    import cv2

    if isinstance(error, cv2.error):
        return getattr(error, "code", None) == cv2.Error.StsNoMem or "bad_alloc" in str(error)
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)


@contextmanager
def listening() -> Iterator[None]:
    """Let OpenCV write to stderr what it calls an error, while somebody reads it there."""
    _silence.listens = True
    try:
        yield
    finally:
        _silence.listens = False


class _Silence:
    """Keep OpenCV's log off stderr while any thread is inside, and then as it was.

    Where somebody listens its errors may be heard, but never its warnings: they tell of valid
    pictures.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._level = 0
        self.listens = False

    def __enter__(self) -> None:
        import cv2.utils.logging as log

        with self._lock:
            if self._inside == 0:
                level = log.LOG_LEVEL_ERROR if self.listens else log.LOG_LEVEL_SILENT
                self._level = log.setLogLevel(level)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        import cv2.utils.logging as log

        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                log.setLogLevel(self._level)


_silence = _Silence()
