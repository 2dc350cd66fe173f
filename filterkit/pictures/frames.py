"""Moving pictures: frames are laid on a canvas as browsers do it, and parted into what changes.

GIF, APNG and WebP differ in how they store a frame, and in nothing that is done here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from filterkit.pictures.picture import Animation, Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEEP, CLEAR, RESTORE = "keep", "clear", "restore"
"""What becomes of a frame's place after its time: left as it is, transparent, or as before it."""

PAGE_DELAY = 100.0
"""Milliseconds that a page is shown where pages become an animation."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Hold a frame's numbers (rows, columns, channels), alpha the last, and its place.

    `over` blends it over what is there; otherwise it replaces that. What lies beyond the canvas
    is cut off.
    """

    stacked: "NDArray[Any]"
    row: int = 0
    column: int = 0
    over: bool = False
    left: str = KEEP


def shown(
    size: Size, frames: Iterable[Frame], only: int | None
) -> "tuple[NDArray[Any], NDArray[Any] | None]":
    """Give pixels and alpha of all frames as they are seen, or of the one of that number.

    Alpha is None where nothing shows through.
    """
    import numpy as np

    count = size.frames if only is None else 1
    canvas: NDArray[Any] = np.empty(0)
    pixels = alpha = canvas
    for number, frame in enumerate(frames):
        if number == 0:
            dtype, shape = frame.stacked.dtype, (count, size.rows, size.columns)
            canvas = np.zeros((size.rows, size.columns, size.channels + 1), dtype)
            pixels, alpha = np.empty((*shape, size.channels), dtype), np.empty(shape, dtype)
        place, stacked = _place(canvas, frame)
        before = place.copy() if frame.left == RESTORE else 0
        _lay(place, stacked, frame.over)
        if only in (None, number):
            at = number if only is None else 0
            pixels[at], alpha[at] = canvas[..., :-1], canvas[..., -1]
        if number == only:
            break
        if frame.left != KEEP:
            place[...] = before
    opaque = bool((alpha == np.iinfo(alpha.dtype).max).all())
    return pixels, None if opaque else alpha


def _place(canvas: "NDArray[Any]", frame: Frame) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Give the part of the canvas where a frame lies, and the part of the frame that lies there."""
    rows, columns = frame.stacked.shape[:2]
    place = canvas[frame.row : frame.row + rows, frame.column : frame.column + columns]
    return place, frame.stacked[: place.shape[0], : place.shape[1]]


def _lay(place: "NDArray[Any]", stacked: "NDArray[Any]", over: bool) -> None:
    import numpy as np

    if not over:
        place[...] = stacked
        return
    full = np.iinfo(place.dtype).max
    alpha = stacked[..., -1]
    opaque, half = alpha == full, (alpha > 0) & (alpha < full)
    place[opaque] = stacked[opaque]
    if half.any():
        place[half] = _mixed(stacked[half], place[half], full)


def _mixed(above: "NDArray[Any]", below: "NDArray[Any]", full: int) -> "NDArray[Any]":
    """Lay half transparent numbers over others: exact arithmetic, rounded once.

    The formula is that of the PNG specification for alpha that is not premultiplied.
    """
    import numpy as np

    above, below = above.astype(np.int64), below.astype(np.int64)  # three factors of 16 bits fit
    own = above[:, -1:] * full
    rest = (full - above[:, -1:]) * below[:, -1:]
    whole = own + rest
    mixed: NDArray[Any] = (above * own + below * rest + whole // 2) // whole
    mixed[:, -1:] = (whole + full // 2) // full
    return mixed


def changes(picture: Picture, grid: int = 1) -> Iterator[Frame]:
    """Yield the first frame whole, then of each what differs from the frame before.

    It replaces what is there, so that every frame is seen as it is, whatever its transparency.
    Alpha is the last channel if the picture has it.
    """
    before = picture.stacked(0)
    yield Frame(before)
    for number in range(1, picture.frames):
        now = picture.stacked(number)
        yield changed(before, now, grid)
        before = now


def changed(before: "NDArray[Any]", now: "NDArray[Any]", grid: int = 1) -> Frame:
    """Give the box where two frames differ, which begins at multiples of `grid`."""
    differs = (now != before).any(axis=2)
    top, bottom = _span(differs.any(axis=1), grid)
    left, right = _span(differs.any(axis=0), grid)
    return Frame(now[top:bottom, left:right], top, left)


def _span(differs: "NDArray[Any]", grid: int) -> tuple[int, int]:
    """Give the first place that differs, and the one behind the last; one place at least."""
    import numpy as np

    places = np.flatnonzero(differs)
    if not places.size:
        return 0, 1
    return int(places[0]) // grid * grid, int(places[-1]) + 1


def timing(picture: Picture) -> Animation:
    """Give how the frames of a picture follow one another; pages turn one by one, for ever."""
    return picture.animation or Animation((PAGE_DELAY,) * picture.frames)


def ticks(delays: Iterable[float], tick: float) -> list[int]:
    """Give delays in whole ticks of so many milliseconds, so that no frame comes early or late.

    It is the beginnings that are rounded: thirty frames a second stay that in hundredths.
    """
    return [late - early for early, late in pairwise(map(round, _beginnings(delays, tick)))]


def _beginnings(delays: Iterable[float], tick: float) -> Iterator[float]:
    return (time / tick for time in accumulate(delays, initial=0.0))
