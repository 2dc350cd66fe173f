"""How a result follows its image and its kernels: the backward pass of every step.

A step is computed as it is defined, and what it gives besides is a function that carries a
gradient back: from one with respect to the result to those with respect to the image and to every
kernel (reverse accumulation of vector-Jacobian products).

Where several numbers are the largest or smallest, the first of them gets all the gradient. At a
corner a function has the slope from below (relu at 0 has none); abs and every root have none at 0.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.definition import (
    activate,
    counts,
    define,
    joined,
    laid,
    pad,
    products,
    stacked,
    statistics,
    views,
)
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
Carry = Callable[[Image], Image]
"""Carry a gradient with respect to a result back to one with respect to its image."""


class KernelGradient(NamedTuple):
    """Say how a number follows a convolution's own weights, undivided and unflipped, and bias."""

    weights: Image
    bias: float


class Gradients(NamedTuple):
    """Say how a number follows an image, and each kernel in the order of steps.pipeline.walk."""

    image: Image
    kernels: list[KernelGradient]


Back = Callable[[Image], Gradients]
"""Carry a gradient with respect to a result back to image and kernels."""


def traced(step: Step, image: Image, shape: Shape | None = None) -> tuple[Image, Back]:
    """Compute a step as definition.define does, and give the way back for gradients.

    The gradient that goes back has the shape and type of the result, and those that come out have
    the image's type. `back` changes nothing and may be called again with another gradient.
    """
    if shape is None:
        shape = Shape.of(*image.shape[-3:])
    step.shape(shape)
    if isinstance(step, Pipeline):
        return _traced_pipeline(step, image, shape)
    if isinstance(step, Bank):
        return _traced_bank(step, image, shape)
    if isinstance(step, Convolve):
        return _traced_convolve(step, image, shape)
    result = define(step, image, shape)
    carry = _carry(step, image, shape, result)
    return result, lambda upstream: Gradients(carry(upstream), [])


def _traced_pipeline(step: Pipeline, image: Image, shape: Shape) -> tuple[Image, Back]:
    backs: list[Back] = []
    for one in step.steps:
        image, back = traced(one, image, shape)
        shape = one.shape(shape)
        backs.append(back)

    def back_all(upstream: Image) -> Gradients:
        kernels: list[KernelGradient] = []
        for back in reversed(backs):
            upstream, found = back(upstream)
            kernels = found + kernels
        return Gradients(upstream, kernels)

    return image, back_all


def _traced_bank(step: Bank, image: Image, shape: Shape) -> tuple[Image, Back]:
    results, backs = zip(*[traced(one, image, shape) for one in step.operands], strict=True)

    def back_all(upstream: Image) -> Gradients:
        parts = _split(upstream, [result.shape[-1] for result in results])
        found = [back(part) for back, part in zip(backs, parts, strict=True)]
        kernels = [kernel for one in found for kernel in one.kernels]
        return Gradients(reduce(np.add, [one.image for one in found]), kernels)

    return np.concatenate(results, axis=-1), back_all


def _split(image: Image, widths: list[int]) -> list[Image]:
    """Cut an image into neighbours of so many channels."""
    return np.split(image, np.cumsum(widths)[:-1], axis=-1)


def _traced_convolve(step: Convolve, image: Image, shape: Shape) -> tuple[Image, Back]:
    windows, size = step.windows(), image.shape
    padded = pad(image, windows, step.border, 0.0)
    maps = products(step, padded, size, shape)
    widths = [one.shape[-1] if step.fused == "keep" else 1 for one in maps]

    def back(upstream: Image) -> Gradients:
        gradient = np.zeros_like(padded)
        found = []
        parts = zip(laid(step, shape, image.dtype), maps, _split(upstream, widths), strict=True)
        for (span, weights), sums, part in parts:
            part = _unfuse(step.fused, sums, part) / image.dtype.type(step.divide)
            _untap(gradient[..., span], windows, size, weights, part)
            found.append(_weigh(padded[..., span], windows, size, weights.shape, part))
        total = np.array(found).reshape(-1, *step.kernel.weights.shape).sum(axis=0)
        total = total[..., ::-1, ::-1] if step.flip else total
        bias = float(upstream.sum(dtype=np.float64))
        image_gradient = _unpad(gradient, size, windows, step.border)
        return Gradients(image_gradient, [KernelGradient(total, bias)])

    return joined(step, maps), back


def _untap(
    gradient: Image,
    windows: tuple[Window, Window],
    size: tuple[int, ...],
    weights: Image,
    upstream: Image,
) -> None:
    """Add to the gradient of a padded image what each tap's view contributed."""
    by_tap = weights.reshape(len(weights), -1).T
    for weight, view in zip(by_tap, views(gradient, windows, size), strict=True):
        view += weight * upstream


def _weigh(
    padded: Image,
    windows: tuple[Window, Window],
    size: tuple[int, ...],
    shape: tuple[int, ...],
    upstream: Image,
) -> Image:
    """Give the gradient of weights of that shape, (channels, rows, columns).

    BLAS adds up the products of 64 images of 20x20 RGB pixels in 40 us; einsum took 130.
    """
    ones = np.ones(upstream[..., 0].size, upstream.dtype)
    found = [
        ones @ (values * upstream).reshape(len(ones), -1) for values in views(padded, windows, size)
    ]
    by_channel = np.array(found).T
    return (by_channel if shape[0] > 1 else by_channel.sum(axis=0)).reshape(shape)


def _unpad(
    gradient: Image, size: tuple[int, ...], windows: tuple[Window, Window], border: str
) -> Image:
    """Add the gradient of every added row and column to that of the one that it shows."""
    for axis, window in zip((-3, -2), windows, strict=True):
        n = size[axis]
        low, high = window.needs(0, window.output(n))
        inside = min(max(high, 0), n)
        kept = np.zeros((*gradient.shape[:axis], n, *gradient.shape[axis + 1 :]), gradient.dtype)
        lines, kept_lines = np.moveaxis(gradient, axis, 0), np.moveaxis(kept, axis, 0)
        kept_lines[:inside] = lines[-low : inside - low]
        for position, shown in zip(range(low, high), where(low, high, n, border), strict=True):
            if shown >= 0 and not 0 <= position < n:
                kept_lines[shown] += lines[position - low]
        gradient = kept
    return gradient


def _unfuse(kind: str, channels: Image, upstream: Image) -> Image:
    """Carry the gradient of fused channels, the last axis, back to each of them."""
    if kind in ("keep", "sum", "mean"):
        share = upstream / upstream.dtype.type(channels.shape[-1]) if kind == "mean" else upstream
        return np.broadcast_to(share, channels.shape).copy()  # each pass over it is faster then
    if kind in ("max", "min"):
        first = channels.argmax(axis=-1) if kind == "max" else channels.argmin(axis=-1)
        gradient = np.zeros_like(channels)
        np.put_along_axis(gradient, first[..., None], upstream, axis=-1)
        return gradient
    if kind == "product":
        return upstream * _product_of_others(channels)
    size = np.sqrt(np.square(channels).sum(axis=-1, keepdims=True))
    slopes: Image = upstream * (channels / np.where(size > 0, size, 1))
    return slopes


def _product_of_others(channels: Image) -> Image:
    """Multiply, for each channel, all the others; without a division, since one may be 0."""
    one = np.ones_like(channels[..., :1])
    before = np.cumprod(np.concatenate([one, channels[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, channels[..., :0:-1]], axis=-1), axis=-1)
    others: Image = before * after[..., ::-1]
    return others


def _carry(step: Step, image: Image, shape: Shape, result: Image) -> Carry:
    """Give the way back of a step without a kernel."""
    if isinstance(step, Fuse):
        return lambda upstream: _back_from_fuse(step.kind, image, shape, upstream)
    if isinstance(step, Gray):
        return lambda upstream: _back_from_gray(shape, upstream)
    if isinstance(step, Pool):
        return lambda upstream: _back_from_pool(step, image, result, upstream)
    if isinstance(step, Normalize):
        return lambda upstream: _back_from_normalize(step.kind, image, upstream)
    if isinstance(step, Activate):
        return lambda upstream: upstream * _slope(step, image, result)
    if isinstance(step, Flatten):
        return lambda upstream: upstream.reshape(image.shape)
    raise TypeError(f"{type(step).__name__} is no step that has a gradient.")


def _back_from_fuse(kind: str, image: Image, shape: Shape, upstream: Image) -> Image:
    if kind == "keep" or len(shape.members) == 1:
        return _unfuse(kind, image, upstream)
    stack = _unfuse(kind, stacked(image, shape), upstream[..., None])
    parts = [
        stack[..., at] if member.channels > 1 else stack[..., at].sum(axis=-1, keepdims=True)
        for at, member in enumerate(shape.members)
    ]
    return np.concatenate(parts, axis=-1)


def _back_from_gray(shape: Shape, upstream: Image) -> Image:
    shares = np.array(Gray.WEIGHTS, upstream.dtype) / upstream.dtype.type(Gray.DIVIDE)
    parts = [
        part if member.channels == 1 else part * shares
        for part, member in zip(
            _split(upstream, [1] * len(shape.members)), shape.members, strict=True
        )
    ]
    return np.concatenate(parts, axis=-1)


def _back_from_pool(step: Pool, image: Image, result: Image, upstream: Image) -> Image:
    windows = step.windows()
    padded = pad(image, windows, "zero", step.empty)
    gradient = np.zeros_like(padded)
    pairs = zip(
        views(padded, windows, image.shape), views(gradient, windows, image.shape), strict=True
    )
    if step.kind == "average":
        upstream = upstream / counts(step, image)
    elif step.kind == "l2":
        upstream = upstream / np.where(result > 0, result, 1)
    left = np.ones(result.shape, bool)  # windows whose winner has not come yet
    for values, view in pairs:
        if step.kind in ("max", "min"):
            won = left & (values == result)
            left &= ~won
            view += upstream * won
        else:
            view += upstream * values if step.kind == "l2" else upstream
    return _unpad(gradient, image.shape, windows, "zero")


def _back_from_normalize(kind: str, image: Image, upstream: Image) -> Image:
    """Carry back through the numbers and through the statistics, which follow them too."""
    shift, size = statistics(kind, image.astype(np.float64))
    scaled = (image - shift) / size
    pixels = scaled.reshape(*image.shape[:-3], -1, image.shape[-1])
    slopes = upstream.astype(np.float64).reshape(pixels.shape)
    if kind == "minmax":
        slopes = _without_extremes(pixels, slopes)
    elif kind == "zscore":
        along = pixels * (slopes * pixels).mean(axis=-2, keepdims=True)
        slopes = slopes - slopes.mean(axis=-2, keepdims=True) - along
    else:
        slopes = slopes - pixels * (slopes * pixels).sum(axis=-2, keepdims=True)
    return (slopes.reshape(image.shape) / size).astype(image.dtype)


def _without_extremes(pixels: Image, slopes: Image) -> Image:
    """Take from the lowest and highest of (..., pixels, channels) what all others follow them."""
    changed = slopes.copy()
    for at, share in (
        (pixels.argmin(axis=-2, keepdims=True), slopes * (1 - pixels)),
        (pixels.argmax(axis=-2, keepdims=True), slopes * pixels),
    ):
        left = np.take_along_axis(changed, at, -2) - share.sum(axis=-2, keepdims=True)
        np.put_along_axis(changed, at, left, -2)
    return changed


def _slope(step: Activate, numbers: Image, result: Image) -> Image:
    """Give the derivative of an activation at every number, whose results are known."""
    one = numbers.dtype.type(1)
    value = numbers.dtype.type(0.0 if step.value is None else step.value)
    slopes: dict[str, Callable[[], Image]] = {
        "relu": lambda: numbers > 0,
        "leaky-relu": lambda: np.where(numbers > 0, one, value),
        "elu": lambda: np.where(numbers > 0, one, value * np.exp(np.minimum(numbers, 0))),
        "sigmoid": lambda: result * (1 - result),
        "tanh": lambda: 1 - np.square(result),
        "softplus": lambda: activate(Activate("sigmoid"), numbers),
        "abs": lambda: np.sign(numbers),
        "square": lambda: 2 * numbers,
        "threshold": lambda: np.zeros_like(numbers),
        "clip": lambda: (numbers > 0) & (numbers <= value),
        "to-linear": lambda: _slope_to_linear(np.abs(numbers)),
        "to-srgb": lambda: _slope_to_srgb(np.abs(numbers)),
    }
    return slopes[step.kind]()


def _slope_to_linear(size: Image) -> Image:
    curve = 2.4 / 1.055 * ((size + 0.055) / 1.055) ** 1.4
    return np.where(size <= 0.04045, size.dtype.type(1 / 12.92), curve)


def _slope_to_srgb(size: Image) -> Image:
    curve = 1.055 / 2.4 * np.maximum(size, 0.0031308) ** (1 / 2.4 - 1)
    return np.where(size <= 0.0031308, size.dtype.type(12.92), curve)
