"""What each step means: a view and a sum. Slow, plain, and the oracle for everything faster.

An image is (..., rows, columns, channels) of floating type, full scale 1. Nothing here knows of
bands, threads or pixels.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.pool import Pool
from filterkit.steps.step import Shape, Step
from filterkit.steps.window import Window, where

Image = NDArray[Any]


def define(step: Step, image: Image, shape: Shape | None = None) -> Image:
    """Compute a step as it is defined; `shape` tells the members that come in."""
    if shape is None:
        shape = Shape.of(*image.shape[-3:])
    step.shape(shape)
    if isinstance(step, Pipeline):
        for one in step.steps:
            image, shape = define(one, image, shape), one.shape(shape)
        return image
    if isinstance(step, Bank):
        return np.concatenate([define(one, image, shape) for one in step.operands], axis=-1)
    if isinstance(step, Convolve):
        return convolve(step, image, shape)
    if isinstance(step, Fuse):
        return fuse_members(step.kind, image, shape)
    if isinstance(step, Gray):
        return gray(image, shape)
    return define_map(step, image)


def define_map(step: Step, image: Image) -> Image:
    """Compute a step that treats every map by itself."""
    if isinstance(step, Pool):
        return pool(step, image)
    if isinstance(step, Normalize):
        return normalize(step.kind, image)
    if isinstance(step, Activate):
        return activate(step, image)
    if isinstance(step, Flatten):
        return image.reshape(*image.shape[:-3], 1, 1, -1)
    raise TypeError(f"{type(step).__name__} is no step that has a definition.")


def convolve(step: Convolve, image: Image, shape: Shape) -> Image:
    """Add up weight times view, tap by tap; divide; fuse the channels; add the bias."""
    padded = pad(image, step.windows(), step.border, 0.0)
    return joined(step, products(step, padded, image.shape, shape))


def products(step: Convolve, padded: Image, size: tuple[int, ...], shape: Shape) -> list[Image]:
    """Give each map's sums of a padded image, divided, its channels not yet fused."""
    return [
        tapped(padded[..., span], step.windows(), size, weights) / padded.dtype.type(step.divide)
        for span, weights in laid(step, shape, padded.dtype)
    ]


def laid(step: Convolve, shape: Shape, dtype: "np.dtype[Any]") -> Iterator[tuple[slice, Image]]:
    """Yield, for each map, the channels that it sees and the weights as they lie on them."""
    weights = step.kernel.weights[..., ::-1, ::-1] if step.flip else step.kernel.weights
    for span in shape.spans() if step.kernel.channels == 1 else [slice(None)]:
        for one in weights.astype(dtype):
            yield span, one


def joined(step: Convolve, maps: list[Image]) -> Image:
    """Fuse the channels of each map, put the maps side by side and add the bias."""
    fused = np.concatenate([fuse(step.fused, one) for one in maps], axis=-1)
    result: Image = fused + fused.dtype.type(step.bias)
    return result


def tapped(
    padded: Image, windows: tuple[Window, Window], size: tuple[int, ...], weights: Image
) -> Image:
    """Add up each tap's view of a padded image times its weight, (channels, rows, columns)."""
    by_tap = weights.reshape(len(weights), -1).T
    pairs = zip(by_tap, views(padded, windows, size), strict=True)
    return sum((weight * values for weight, values in pairs), start=np.zeros((), padded.dtype))


def views(padded: Image, windows: tuple[Window, Window], size: tuple[int, ...]) -> Iterator[Image]:
    """Yield what each tap, row by row, sees of an image of that size before it was padded."""
    down, across = windows
    rows, columns = down.output(size[-3]), across.output(size[-2])
    for view in down.views(padded, padded.ndim - 3, rows):
        yield from across.views(view, padded.ndim - 2, columns)


def pad(image: Image, windows: tuple[Window, Window], border: str, empty: float) -> Image:
    """Add the rows and columns that the windows need around an image."""
    for axis, window in zip((image.ndim - 3, image.ndim - 2), windows, strict=True):
        n = image.shape[axis]
        shown = where(*window.needs(0, window.output(n)), n, border)
        image = image.take(shown.clip(0), axis=axis)
        image[(slice(None),) * axis + (shown < 0,)] = empty
    return image


def pool(step: Pool, image: Image) -> Image:
    """Reduce every window to one number; added positions never count."""
    numbers = image**2 if step.kind == "l2" else image
    numbers = pad(numbers, step.windows(), "zero", step.empty)
    join = {"max": np.maximum, "min": np.minimum}.get(step.kind, np.add)
    total: Image = join.reduce([*views(numbers, step.windows(), image.shape)])
    if step.kind == "average":
        total = total / counts(step, image)
    return np.sqrt(total) if step.kind == "l2" else total


def counts(step: Pool, image: Image) -> Image:
    """Count the positions of the image in every window, (rows, columns, 1)."""
    down, across = (
        window.counts(0, window.output(n), n)
        for window, n in zip(step.windows(), image.shape[-3:-1], strict=True)
    )
    return np.outer(down, across)[..., None].astype(image.dtype)


def fuse(kind: str, channels: Image, axis: int = -1) -> Image:
    """Join the channels (the last axis, or another) into one; `keep` leaves them alone."""
    if kind == "keep":
        return channels
    if kind == "l2":
        squares: Image = np.square(channels).sum(axis=axis, keepdims=True)
        return np.sqrt(squares)
    join = {"sum": "sum", "mean": "mean", "max": "max", "min": "min", "product": "prod"}[kind]
    joined: Image = getattr(channels, join)(axis=axis, keepdims=True)
    return joined


def fuse_members(kind: str, image: Image, shape: Shape) -> Image:
    """Join the members of a bank channel by channel, or the channels of a single member."""
    if kind == "keep" or len(shape.members) == 1:
        return fuse(kind, image)
    return fuse(kind, stacked(image, shape))[..., 0]


def stacked(image: Image, shape: Shape) -> Image:
    """Lay members over each other, (..., channels, members); one map goes with every channel."""
    return np.stack(np.broadcast_arrays(*[image[..., span] for span in shape.spans()]), axis=-1)


def gray(image: Image, shape: Shape) -> Image:
    """Turn each member of three channels into one of brightness."""
    weights = np.array(Gray.WEIGHTS, image.dtype)
    parts = [image[..., span] for span in shape.spans()]
    joined = [
        part if part.shape[-1] == 1 else (part * weights).sum(axis=-1, keepdims=True) / Gray.DIVIDE
        for part in parts
    ]
    return np.concatenate(joined, axis=-1).astype(image.dtype, copy=False)


def normalize(kind: str, image: Image) -> Image:
    """Shift and scale every map by its own statistics; a constant map becomes 0."""
    numbers = image.astype(np.float64)
    shift, size = statistics(kind, numbers)
    return ((numbers - shift) / size).astype(image.dtype)


def statistics(kind: str, numbers: Image) -> tuple[Image, Image]:
    """Give each map's shift and size; the size of a constant map is infinite."""
    lowest = numbers.min(axis=(-3, -2), keepdims=True)
    highest = numbers.max(axis=(-3, -2), keepdims=True)
    if kind == "zscore":
        shift = numbers.mean(axis=(-3, -2), keepdims=True)
        size = numbers.std(axis=(-3, -2), keepdims=True)
    elif kind == "minmax":
        shift, size = lowest, highest - lowest
    else:
        shift = np.zeros_like(lowest)
        size = np.sqrt(np.square(numbers).sum(axis=(-3, -2), keepdims=True))
    return shift, np.where(lowest == highest, np.inf, size)


def activate(step: Activate, numbers: Image) -> Image:
    """Put every number through the function."""
    value = numbers.dtype.type(0.0 if step.value is None else step.value)

    def above() -> Image:
        return np.maximum(numbers, 0)

    def below() -> Image:
        return np.minimum(numbers, 0)

    functions: dict[str, Callable[[], Image]] = {
        "relu": above,
        "leaky-relu": lambda: above() + value * below(),
        "elu": lambda: above() + value * np.expm1(below()),
        "sigmoid": lambda: 0.5 + 0.5 * np.tanh(0.5 * numbers),  # e^-v could overflow
        "tanh": lambda: np.tanh(numbers),
        "softplus": lambda: np.logaddexp(numbers, 0).astype(numbers.dtype),
        "abs": lambda: np.abs(numbers),
        "square": lambda: np.square(numbers),
        "threshold": lambda: (numbers > value).astype(numbers.dtype),
        "clip": lambda: np.minimum(above(), value),
        "to-linear": lambda: to_linear(numbers),
        "to-srgb": lambda: to_srgb(numbers),
    }
    return functions[step.kind]()


def to_linear(numbers: Image) -> Image:
    """Undo the curve of sRGB, IEC 61966-2-1 (1999); it goes on beyond 1, and mirrored below 0."""
    size = np.abs(numbers)
    curve = ((size + 0.055) / 1.055) ** 2.4
    return np.copysign(np.where(size <= 0.04045, size / 12.92, curve), numbers)


def to_srgb(numbers: Image) -> Image:
    """Lay the curve of sRGB on linear light: the way back."""
    size = np.abs(numbers)
    curve = 1.055 * size ** (1 / 2.4) - 0.055
    return np.copysign(np.where(size <= 0.0031308, 12.92 * size, curve), numbers)
