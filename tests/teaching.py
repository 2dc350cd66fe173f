"""Pictures to learn from, and what learning gathers of them, written as plain loops."""

import cv2
import numpy as np
from oracles import naive

import filterkit


def texture(rows=60, columns=70, channels=3, seed=0, contrast=0.5):
    """Noise of 8 bit, smoothed a little, around the middle grey: sharpening clips none of it."""
    noise = np.random.default_rng(seed).uniform(-128, 127, (rows, columns, channels))
    smooth = cv2.GaussianBlur(noise, (0, 0), 0.6).reshape(noise.shape)
    return np.clip(np.rint(128 + contrast * smooth), 0, 255).astype(np.uint8)


ODD = "[1 2 0; 0 3 -1; 1 0 2]"


def filtered(image, filter, dtype=None, rounding=np.rint):
    """Filter an image by the naive loops, and round as programs do; white stays white."""
    full = 1.0 if image.dtype.kind == "f" else float(np.iinfo(image.dtype).max)
    step = filterkit.parse(filter) if isinstance(filter, str) else filter
    (numbers,) = naive(step, [image / full])
    dtype = np.dtype(dtype or image.dtype)
    if dtype.kind == "f":
        return numbers.astype(dtype)
    most = np.iinfo(dtype).max
    return np.clip(rounding(numbers * most), 0, most).astype(dtype)


def made(image, shape, matrix=ODD, more="divide=8", **options):
    """Do to an image what a shape does with a matrix in the place of its unknown kernel."""
    *first, last = shape.split(" | ")
    known = ",".join(["fusion=keep", *last.split(":")[1:], *([more] if more else [])])
    return filtered(image, " | ".join([*first, f"{matrix}:{known}"]), **options)


def divided(matrix, by=8):
    """The weights of a matrix that is divided."""
    return filterkit.parse(matrix).steps[0].kernel.weights / by


def weights_of(pipeline):
    """The weights of the last convolution, divided, as they lie in its kernel."""
    step = [one for one in pipeline.steps if isinstance(one, filterkit.Convolve)][-1]
    return step.kernel.weights / step.divide


def listed(before, windows):
    """List every window that lies within a picture: (place of its result, rows, columns)."""
    found = []
    for row in range(windows[0].output(before.shape[0])):
        for column in range(windows[1].output(before.shape[1])):
            taps = [
                [at * one.stride - one.before + tap * one.dilation for tap in range(one.size)]
                for at, one in zip((row, column), windows, strict=True)
            ]
            if all(
                0 <= tap < size
                for one, size in zip(taps, before.shape, strict=False)
                for tap in one
            ):
                found.append(((row, column), *taps))
    return found


def middle_of(image):
    """The number that sums are taken from: the middle grey of whole numbers."""
    return 0.0 if image.dtype.kind == "f" else (int(np.iinfo(image.dtype).max) + 1) / 2


def naive_sums(before, after, windows, groups, told=lambda targets, taps, at: True):
    """Add up the products of taps, 1 and targets of every window, for each group of channels.

    `told` says whether a window tells anything, by its centred targets and taps, and its group.
    """
    tables = []
    for at, group in enumerate(groups):
        inputs, outputs = (one.stop - one.start for one in group[0])
        taps = windows[0].size * windows[1].size
        table = np.zeros((inputs * taps + 1 + outputs,) * 2)
        for channels in group:
            for place, rows, columns in listed(before, windows):
                seen = [
                    float(before[row, column, channel]) - middle_of(before)
                    for channel in range(channels[0].start, channels[0].stop)
                    for row in rows
                    for column in columns
                ]
                targets = after[place][channels[1]].astype(float) - middle_of(after)
                if told(targets, np.array(seen), at):
                    line = np.array([*seen, 1.0, *targets])
                    table += np.outer(line, line)
        tables.append(table)
    return tables
