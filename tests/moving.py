"""Moving pictures for tests, and how others see the files that hold them."""

import io

import cv2
import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from filterkit.pictures.picture import Animation, Picture


@st.composite
def movies(draw, dtypes=("uint8",), channels=(1, 3), alphas=(None, "half"), levels=None):
    """Draw frames of which each changes a box of the one before, or nothing at all.

    An alpha is "half" transparent anywhere, or "all" or nothing; `levels` are the numbers that a
    channel has.
    """
    dtype, depth = draw(st.sampled_from(dtypes)), draw(st.sampled_from(channels))
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    kind = draw(st.sampled_from(alphas))
    frames = [_noise(random, (rows, columns, depth + 1), dtype, levels)]
    for _ in range(draw(st.integers(0, 4))):
        frame = frames[-1].copy()
        box = tuple(slice(*sorted(random.integers(0, side + 1, 2))) for side in (rows, columns))
        frame[box] = _noise(random, frame[box].shape, dtype, levels)
        frames.append(frame)
    stack = np.stack(frames)
    alpha = None
    if kind is not None:
        full = np.iinfo(dtype).max
        alpha = stack[..., -1] if kind == "half" else np.where(stack[..., -1] > full // 2, full, 0)
        alpha = alpha.astype(dtype)
    delays = draw(st.lists(st.integers(0, 300), min_size=len(stack), max_size=len(stack)))
    plan = Animation(tuple(10.0 * delay for delay in delays), draw(st.integers(0, 3)))
    return Picture(stack[..., :-1].copy(), alpha, animation=plan if len(stack) > 1 else None)


def _noise(random, shape, dtype, levels):
    full = np.iinfo(dtype).max
    levels = levels or full + 1
    return (random.integers(0, levels, shape) * (full // (levels - 1))).astype(dtype)


def rgba(picture):
    """Give a picture of 8 bits as all frames (frames, rows, columns, 4)."""
    pixels = np.broadcast_to(picture.pixels, (*picture.pixels.shape[:3], 3))
    alpha = np.full(pixels.shape[:3], 255, np.uint8) if picture.alpha is None else picture.alpha
    return np.concatenate([pixels, alpha[..., None]], axis=3)


def seen(stacked):
    """Make pixels that nobody sees, since they are transparent, black."""
    return stacked * (stacked[..., 3:] > 0)


def by_pillow(content):
    """Give all frames of a file (frames, rows, columns, 4), and their delays, as Pillow sees it."""
    with Image.open(io.BytesIO(content)) as image:
        frames = [
            (np.asarray(frame.convert("RGBA")), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]
    return np.stack([frame for frame, _ in frames]), [delay for _, delay in frames]


def by_opencv(content):
    """Give all frames, how often they are played, and their delays, as OpenCV sees them."""
    done, animation = cv2.imdecodeanimation(np.frombuffer(content, np.uint8))
    assert done
    kinds = {3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
    frames = [cv2.cvtColor(frame, kinds[frame.shape[2]]) for frame in animation.frames]
    return np.stack(frames), animation.loop_count, list(animation.durations)
