"""What each step means: a view and a sum. Slow, plain, and the oracle for everything faster.

An image is (..., rows, columns, channels) of floating type, full scale 1. Nothing here knows of
bands, threads or pixels.
"""

from collections.abc import Callable
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
    weights = step.kernel.weights[..., ::-1, ::-1] if step.flip else step.kernel.weights
    groups = shape.spans() if step.kernel.channels == 1 else [slice(None)]
    padded = pad(image, step.windows(), step.border, 0.0)
    maps = []
    for group in groups:
        for one in weights.astype(image.dtype):
            products = tapped(padded[..., group], step.windows(), image.shape, one)
            maps.append(fuse(step.fused, products / image.dtype.type(step.divide)))
    result: Image = np.concatenate(maps, axis=-1) + image.dtype.type(step.bias)
    return result


def tapped(
    padded: Image, windows: tuple[Window, Window], size: tuple[int, ...], weights: Image
) -> Image:
    """Add up each tap's view of a padded image times its weight, (channels, rows, columns)."""
    down, across = windows
    rows, columns = down.output(size[-3]), across.output(size[-2])
    total = np.zeros((*padded.shape[:-3], rows, columns, padded.shape[-1]), padded.dtype)
    for row, view in enumerate(down.views(padded, padded.ndim - 3, rows)):
        for column, values in enumerate(across.views(view, padded.ndim - 2, columns)):
            total += weights[:, row, column] * values
    return total


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
    down, across = step.windows()
    rows, columns = down.output(image.shape[-3]), across.output(image.shape[-2])
    numbers = image**2 if step.kind == "l2" else image
    numbers = pad(numbers, (down, across), "zero", step.empty)
    views = [
        values
        for view in down.views(numbers, image.ndim - 3, rows)
        for values in across.views(view, image.ndim - 2, columns)
    ]
    join = {"max": np.maximum, "min": np.minimum}.get(step.kind, np.add)
    total: Image = join.reduce(views)
    if step.kind == "average":
        counts = np.outer(
            down.counts(0, rows, image.shape[-3]), across.counts(0, columns, image.shape[-2])
        )
        total = total / counts[..., None].astype(image.dtype)
    return np.sqrt(total) if step.kind == "l2" else total


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
    parts = np.broadcast_arrays(*[image[..., span] for span in shape.spans()])
    return fuse(kind, np.stack(parts, axis=-1))[..., 0]


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
    constant = lowest == highest
    scaled = (numbers - shift) / np.where(constant, 1.0, size)
    return np.where(constant, 0.0, scaled).astype(image.dtype)


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
    }
    return functions[step.kind]()
