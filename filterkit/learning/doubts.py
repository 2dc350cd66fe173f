"""What may be wrong with a pair, or with the idea of a convolution: each doubt is one sentence.

A fit that is worse than rounding has a reason. The usual ones are tried on the middle of the
pictures: they are shifted, swapped, filtered in linear light or by a larger kernel, packed by
JPEG, noisy, or what was done to them is no sum of products.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError
from filterkit.learning.examples import Example, Reader
from filterkit.learning.judging import Seen, look, middle
from filterkit.learning.linear import CLEAN, Fit, fit
from filterkit.learning.options import Learning
from filterkit.learning.sought import Linear, Sharing

Image = NDArray[Any]

BETTER = 0.7
"""Residual, as a share of the fit's, at which another explanation is believed."""

STRUCTURED = 0.15
"""Correlation of a residual with its neighbour, or with contrast, that noise hardly has."""

LARGER = 4
"""Rows and columns that are added to see whether a larger kernel explains more."""

SAMPLE = 1 << 19
"""Windows on which explanations are tried."""

FARTHEST = 256
"""Rows and columns of a shift that is looked for."""


def small(example: Example, linear: Linear) -> Example:
    """Give the middle of a pair, to try things on."""
    whole = linear.whole(linear.unknown)
    return middle(whole, example, SAMPLE)


def refit(found: Fit, example: Example, linear: Linear | None = None, space: str = "") -> Fit:
    """Fit once more, to the middle of one pair, with something changed."""
    inputs, outputs = example.channels
    sharing = Sharing.of(
        found.sharing.kind if found.sharing.kind in ("per-channel", "mix") else "", inputs, outputs
    )
    how = Learning(optimizer="exact")
    return fit([Reader.of(example)], linear or found.linear, sharing, how, space or found.space)


def is_linear_light(found: Fit, example: Example) -> bool:
    """Tell whether a fit in linear light comes much nearer to what is stored."""
    part = small(example, found.linear)
    stored, light = (refit(found, part, space=space).pipeline for space in ("srgb", "linear"))
    errors = [float(np.mean(np.square(look(one, part).difference))) for one in (stored, light)]
    return errors[1] < BETTER**2 * errors[0]


def of_fit(found: Fit, example: Example, off: float) -> Iterator[str]:
    """Say why a fit is worse than rounding; `off` is how far it is, in grey levels.

    Raises ExamplesError for a pair that is shifted.
    """
    part = small(example, found.linear)
    here = refit(found, part)
    if here.residual <= CLEAN:
        return
    shift = shift_of(found, part, here.residual)
    if shift is not None:
        raise ExamplesError(
            f"after lies {_rows(shift[0], 'row')} {'below' if shift[0] >= 0 else 'above'} and "
            f"{_rows(shift[1], 'column')} {'right' if shift[1] >= 0 else 'left'} of before.",
            "cut both to what they have in common",
        )
    if is_swapped(found, part, here.residual):
        yield (
            "the other way round one kernel explains the pair much better: "
            "are before and after swapped?"
        )
        return
    larger = tuple(size + LARGER for size in found.linear.size)
    wide = refit(found, part, found.linear.sized((larger[0], larger[1])))
    if wide.residual < BETTER * here.residual:
        yield (
            f"{larger[0]}x{larger[1]} weights explain more: {wide.residual:.2f} grey levels off "
            f"instead of {here.residual:.2f}"
        )
        return
    yield from _noise(here, part, off)


def _noise(found: Fit, part: Example, off: float) -> Iterator[str]:
    """Say what the rest is: of a lossy format, noise, or the work of another filter."""
    lossy = [f"{one.name} is {one.lossy}" for one in part if one.lossy]
    share = 1 - sum(map(_lost, found.groups)) / len(found.groups)
    if lossy:
        yield f"{' and '.join(lossy)}: the residual of {off:.2f} grey levels is its noise"
    elif is_structured(look(found.pipeline, part), part):
        yield (
            f"this is not a convolution: the nearest one explains {100 * share:.2f} % and is "
            f"{off:.2f} grey levels off, where the picture has detail most (a median, a threshold, "
            "a curve of tones?)"
        )
    else:
        yield f"there is noise of {off:.2f} grey levels, which no kernel explains"


def _lost(group: Any) -> float:
    return float(np.mean(group.held_out / np.maximum(group.variance, 1e-300)))


def is_structured(seen: Seen, part: Example) -> bool:
    """Tell whether a residual follows its neighbours, or the contrast of the picture."""
    white = 1 if seen.after.dtype.kind == "f" else np.iinfo(seen.after.dtype).max
    rest = (seen.after / white - seen.raw)[..., 0].astype(np.float64)
    rest -= rest.mean()
    inside = (seen.raw[..., 0] > 0) & (seen.raw[..., 0] < 1)
    rest = np.where(inside, rest, 0.0)
    power = float(np.mean(rest**2)) or 1.0
    beside = [float(np.mean(rest[1:] * rest[:-1])), float(np.mean(rest[:, 1:] * rest[:, :-1]))]
    if max(map(abs, beside)) > STRUCTURED * power:
        return True
    down, across = np.gradient(seen.raw[..., 0].astype(np.float64))
    contrast = np.hypot(down, across)[inside]
    return bool(np.corrcoef(contrast, np.abs(rest[inside]))[0, 1] > STRUCTURED)


def is_swapped(found: Fit, part: Example, residual: float) -> bool:
    """Tell whether after becomes before by one kernel, to a grey level or so."""
    if part.before.image.shape != part.after.image.shape or found.linear.before is not None:
        return False
    other = refit(found, Example(part.after, part.before))
    return bool(other.residual < min(BETTER * residual, 3 * CLEAN))


def shift_of(found: Fit, part: Example, residual: float) -> tuple[int, int] | None:
    """Find the rows and columns by which after is shifted, if a fit without them is much better."""
    if part.before.image.shape != part.after.image.shape:
        return None
    down, across = phase_shift(part.before.image, part.after.image)
    if (down, across) == (0, 0) or max(abs(down), abs(across)) > FARTHEST:
        return None
    other = refit(found, together(part, down, across))
    return (down, across) if other.residual < BETTER * residual else None


def together(part: Example, down: int, across: int) -> Example:
    """Cut a pair to what it has in common where after is shifted."""
    rows, columns = part.before.image.shape[:2]
    cut = []
    for sign in (1, -1):
        top, left = max(-sign * down, 0), max(-sign * across, 0)
        cut.append((slice(top, top + rows - abs(down)), slice(left, left + columns - abs(across))))
    before, after = part
    return Example(
        replace_image(before, before.image[cut[0]]), replace_image(after, after.image[cut[1]])
    )


def replace_image(picture: Any, image: Image) -> Any:
    """Give the same picture with other pixels."""
    return picture._replace(image=np.ascontiguousarray(image))


def phase_shift(before: Image, after: Image) -> tuple[int, int]:
    """Find the shift by phase correlation (Kuglin & Hines, Cybernetics and Society, 1975)."""
    from scipy import fft

    spectra = []
    for image in (before, after):
        grey = image.mean(axis=2, dtype=np.float32)
        grey -= grey.mean()
        window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
        spectra.append(fft.rfft2(grey * window.astype(np.float32)))
    cross = spectra[1] * np.conj(spectra[0])
    peaks = fft.irfft2(cross / np.maximum(np.abs(cross), 1e-9), before.shape[:2])
    row, column = np.unravel_index(int(peaks.argmax()), peaks.shape)
    rows, columns = peaks.shape
    return (int(row) + rows // 2) % rows - rows // 2, (int(column) + columns // 2) % columns - (
        columns // 2
    )


def _rows(count: int, word: str) -> str:
    return f"{abs(count)} {word}{'s' * (abs(count) != 1)}"
