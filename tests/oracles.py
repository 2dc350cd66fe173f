"""Naive loops: every step once more, written as one would explain it, slow and independent.

A result is a list of members, each (rows, columns, channels) in float64.
"""

import math

import numpy as np

from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.pool import Pool

PAD_MODES = {
    "reflect": "reflect",
    "symmetric": "symmetric",
    "edge": "edge",
    "wrap": "wrap",
    "zero": "constant",
}


def naive(step, members):
    """Run a step over members by plain loops."""
    if isinstance(step, Pipeline):
        for one in step.steps:
            members = naive(one, members)
        return members
    if isinstance(step, Bank):
        return [result for one in step.operands for result in naive(one, members)]
    if isinstance(step, Convolve):
        return naive_convolve(step, members)
    if isinstance(step, Pool):
        return [naive_pool(step, member) for member in members]
    if isinstance(step, Fuse):
        return naive_fuse(step, members)
    if isinstance(step, Gray):
        return [naive_gray(member) for member in members]
    if isinstance(step, Activate):
        return [np.vectorize(lambda v: naive_activate(step, v))(member) for member in members]
    if isinstance(step, Normalize):
        return [naive_normalize(step, member) for member in members]
    if isinstance(step, Flatten):
        return [np.concatenate(members, axis=2).reshape(1, 1, -1)]
    raise TypeError(step)


def output_size(n, before, after, size, stride, dilation):
    return (n + before + after - dilation * (size - 1) - 1) // stride + 1


def paddings(padding, size, dilation=1):
    reach = dilation * (size - 1)
    if padding == "same":
        return reach // 2, reach - reach // 2
    return (0, 0) if padding == "valid" else (padding, padding)


def naive_convolve(step, members):
    if step.kernel.channels > 1:
        return naive_maps(step, np.concatenate(members, axis=2))
    return [result for member in members for result in naive_maps(step, member)]


def naive_maps(step, image):
    """Convolve one member; kernels with weights per channel see all channels as one member."""
    weights = step.kernel.weights
    if step.flip:
        weights = weights[:, :, ::-1, ::-1]
    rows, columns = weights.shape[2:]
    down = paddings(step.padding, rows, step.dilation[0])
    across = paddings(step.padding, columns, step.dilation[1])
    padded = np.pad(image, (down, across, (0, 0)), PAD_MODES[step.border])
    high = output_size(image.shape[0], *down, rows, step.stride[0], step.dilation[0])
    wide = output_size(image.shape[1], *across, columns, step.stride[1], step.dilation[1])
    results = []
    for one in weights:
        sums = np.zeros((high, wide, image.shape[2]))
        for r in range(high):
            for c in range(wide):
                for channel in range(image.shape[2]):
                    kernel = one[channel % len(one)]
                    total = 0.0
                    for i in range(rows):
                        for j in range(columns):
                            row = r * step.stride[0] + i * step.dilation[0]
                            column = c * step.stride[1] + j * step.dilation[1]
                            total += kernel[i, j] * padded[row, column, channel]
                    sums[r, c, channel] = total / step.divide
        results.append(naive_join(step.fused, sums) + step.bias)
    single = len(results) > 1 and len(results) == step.kernel.channels == image.shape[2]
    if single and step.fused != "keep" and getattr(step, "one_member", True):
        return [np.concatenate(results, axis=2)]
    return results


def naive_join(kind, image):
    if kind == "keep":
        return image
    ways = {
        "sum": sum,
        "mean": lambda values: sum(values) / len(values),
        "max": max,
        "min": min,
        "product": math.prod,
        "l2": lambda values: math.sqrt(sum(v * v for v in values)),
    }
    return np.apply_along_axis(lambda values: [ways[kind](list(values))], 2, image)


def naive_fuse(step, members):
    if step.kind == "keep":
        return members
    if len(members) == 1:
        return [naive_join(step.kind, members[0])]
    channels = max(member.shape[2] for member in members)
    joined = []
    for channel in range(channels):
        stack = [member[..., channel if member.shape[2] > 1 else 0] for member in members]
        joined.append(naive_join(step.kind, np.stack(stack, axis=2)))
    return [np.concatenate(joined, axis=2)]


def naive_gray(member):
    if member.shape[2] == 1:
        return member
    red, green, blue = (member[..., channel] for channel in range(3))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue)[..., None]


def naive_pool(step, image):
    stride = step.stride or step.size
    down, across = (paddings(step.padding, size) for size in step.size)
    high = output_size(image.shape[0], *down, step.size[0], stride[0], 1)
    wide = output_size(image.shape[1], *across, step.size[1], stride[1], 1)
    result = np.zeros((high, wide, image.shape[2]))
    for r in range(high):
        for c in range(wide):
            top, left = r * stride[0] - down[0], c * stride[1] - across[0]
            window = image[
                max(top, 0) : max(top + step.size[0], 0), max(left, 0) : max(left + step.size[1], 0)
            ]
            for channel in range(image.shape[2]):
                result[r, c, channel] = naive_pooled(step.kind, window[..., channel].ravel())
    return result


def naive_pooled(kind, values):
    values = [float(v) for v in values]
    if kind in ("max", "min"):
        return max(values) if kind == "max" else min(values)
    if kind == "l2":
        return math.sqrt(sum(v * v for v in values))
    return sum(values) / (len(values) if kind == "average" else 1)


def naive_activate(step, v):
    value = step.value
    return {
        "relu": lambda: max(v, 0.0),
        "leaky-relu": lambda: v if v > 0 else value * v,
        "elu": lambda: v if v > 0 else value * math.expm1(v),
        "sigmoid": lambda: 1 / (1 + math.exp(-v)) if v > -700 else 0.0,
        "tanh": lambda: math.tanh(v),
        "softplus": lambda: max(v, 0.0) + math.log1p(math.exp(-abs(v))),
        "abs": lambda: abs(v),
        "square": lambda: v * v,
        "threshold": lambda: 1.0 if v > value else 0.0,
        "clip": lambda: min(max(v, 0.0), value),
        "to-linear": lambda: math.copysign(naive_to_linear(abs(v)), v),
        "to-srgb": lambda: math.copysign(naive_to_srgb(abs(v)), v),
    }[step.kind]()


def naive_to_linear(v):
    return v / 12.92 if v <= 0.04045 else math.pow((v + 0.055) / 1.055, 2.4)


def naive_to_srgb(v):
    return 12.92 * v if v <= 0.0031308 else 1.055 * math.pow(v, 1 / 2.4) - 0.055


def naive_normalize(step, member):
    result = np.zeros_like(member)
    for channel in range(member.shape[2]):
        values = member[..., channel]
        low, high = values.min(), values.max()
        if low == high:
            continue
        if step.kind == "minmax":
            result[..., channel] = (values - low) / (high - low)
        elif step.kind == "zscore":
            mean = values.sum() / values.size
            result[..., channel] = (values - mean) / math.sqrt(((values - mean) ** 2).mean())
        else:
            result[..., channel] = values / math.sqrt((values**2).sum())
    return result
