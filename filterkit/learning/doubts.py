"""What may be wrong with a pair, or with the idea of a convolution: each doubt is one sentence.

A fit that is worse than rounding has a reason. The usual ones are tried on the middle of the
pictures: they are shifted, swapped, filtered in linear light or by a larger kernel, packed by
JPEG, noisy, or what was done to them is no sum of products.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.errors import ExamplesError
from filterkit.learning.choosing import FEWEST
from filterkit.learning.examples import Example, Reader
from filterkit.learning.judging import Seen, look, middle
from filterkit.learning.linear import CLEAN, Fit, fit
from filterkit.learning.options import SHARES, Learning
from filterkit.learning.sought import Linear, Sharing
from filterkit.pictures.picture import full_of

Image = NDArray[Any]

BETTER = 0.7
"""Residual, as a share of the fit's, at which another explanation is believed."""

MIXED = 0.4
"""The same for more weights: every filter that is no convolution is explained better by more."""

STRUCTURED = 0.15
"""Correlation of a residual with its neighbour, or with contrast, that noise hardly has."""

TONES = 64
BY_TONE = 0.05
"""Shades that results are sorted into, and the share of the residual's squares that their means
explain, from which on it follows brightness."""

LARGER = 4
"""Rows and columns that are added to see whether a larger kernel explains more."""

SAMPLE = 1 << 19
"""Windows on which explanations are tried."""

UNSEEN = 0.2
"""Grey levels, root mean square, between the rounded pixels that need no explanation."""

TRIED = 1_000_000_000
"""Products that trying takes, about, for each pass."""

COARSE = 0.5
"""Grey levels off up to which a program may have rounded on the way."""

FARTHEST = 256
"""Rows and columns of a shift that is looked for."""


def small(example: Example, linear: Linear) -> Example:
    """Give the middle of a pair, to try things on."""
    whole = linear.whole(linear.unknown)
    return middle(whole, example, SAMPLE)


def refit(
    found: Fit, example: Example, linear: Linear | None = None, space: str = "", share: str = ""
) -> Fit:
    """Fit once more, to the middle of one pair, with something changed: as fast as will do."""
    linear, kept = linear or found.linear, found.sharing.kind
    share = share or (kept if kept in SHARES else "")
    sharing = Sharing.of(share, *example.channels)
    costs = example.after.image.size * (sharing.features * linear.taps) ** 2
    every = max(costs // TRIED, 1)
    how = Learning(optimizer="exact")
    return fit([Reader.of(example)], linear, sharing, how, space or found.space, every)


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
    if here.residual <= CLEAN or off < UNSEEN:
        return
    shift = shift_of(found, part, here.residual)
    if shift is not None:
        raise _shifted(found, shift)
    for explanation in (_swapped, _larger, _mixed):
        sentence = explanation(found, part, here.residual)
        if sentence:
            yield sentence
            return
    yield _noise(here, part, off)


def _shifted(found: Fit, shift: tuple[int, int]) -> ExamplesError:
    """Say by how much the pair is shifted, and what to do."""
    words = [
        f"{abs(count)} {word}{'s' * (abs(count) != 1)} {side[count > 0]}"
        for count, word, side in zip(
            shift, ("row", "column"), (("above", "below"), ("left", "right")), strict=True
        )
        if count
    ]
    room = [size + 2 * abs(count) for size, count in zip(found.linear.size, shift, strict=True)]
    fits = f", or --filter {room[0]}x{room[1]}, which has room for it" * (max(room) <= 15)
    return ExamplesError(
        f"after is shifted: it lies {' and '.join(words)} of before.",
        f"cut both to what they have in common{fits}",
    )


def _swapped(found: Fit, part: Example, residual: float) -> str:
    """Tell whether after becomes before by one kernel, nearly."""
    if part.before.image.shape != part.after.image.shape or found.linear.before is not None:
        return ""
    other = refit(found, Example(part.after, part.before))
    if other.residual > min(BETTER * residual, 3 * CLEAN):
        return ""
    return "the other way round one kernel explains the pair much better: are the two swapped?"


def _larger(found: Fit, part: Example, residual: float) -> str:
    """Tell whether a larger kernel explains more."""
    rows, columns = (size + LARGER for size in found.linear.size)
    other = refit(found, part, found.linear.sized((rows, columns)))
    if other.residual > BETTER * residual or not _is_told(other):
        return ""
    return (
        f"{rows}x{columns} weights explain more: {other.residual:.2f} grey levels off instead of "
        f"{residual:.2f}"
    )


def _is_told(other: Fit) -> bool:
    """Tell whether windows are enough: many weights explain few of them, whatever they show."""
    return all(one.windows >= FEWEST * one.taps for one in other.gathered.fitted)


def _mixed(found: Fit, part: Example, residual: float) -> str:
    """Tell whether channels are mixed, or treated differently."""
    if found.sharing.kind != "shared" or part.channels[0] == 1:
        return ""
    for share in SHARES:
        other = refit(found, part, share=share)
        if other.residual <= MIXED * residual and _is_told(other):
            return (
                f"--{share} explains more: {other.residual:.2f} grey levels off instead of "
                f"{residual:.2f}"
            )
    return ""


def _noise(found: Fit, part: Example, off: float) -> str:
    """Say what the rest is: of a lossy format, noise, or the work of another filter."""
    lossy = [f"{one.name} is {one.lossy}" for one in part if one.lossy]
    if lossy:
        return f"{' and '.join(lossy)}: the residual of {off:.2f} grey levels is its noise"
    seen = look(found.pipeline, part)
    by_tone = follows_tone(seen)
    if off < COARSE and not by_tone:
        return (
            f"{off:.2f} grey levels off is more than rounding leaves: the program rounds on its "
            "way, or reckons with few bits"
        )
    if not by_tone and not follows_detail(seen):
        return f"there is noise of {off:.2f} grey levels, which no kernel explains"
    share = math.floor(1e4 * found.explained) / 1e2  # 100 % would be a lie
    where = "differently for dark and bright (a curve of tones, a threshold?)" if by_tone else (
        "most where there is detail (a median, a limit, a curve of tones?)"
    )  # fmt: skip
    return (
        f"this is not a convolution: the nearest one explains {share:.2f} % and is {off:.2f} grey "
        f"levels off, {where}"
    )


def _rest(seen: Seen) -> tuple[Image, Image, Image]:
    """Give what a fit leaves of the first channel, what it makes, and where that is not cut."""
    made = seen.raw[..., 0].astype(np.float64)
    inside = (made > 0) & (made < 1)
    rest = seen.after[..., 0] / full_of(seen.after.dtype) - made
    return np.where(inside, rest - rest[inside].mean() if inside.any() else 0.0, 0.0), made, inside


def follows_tone(seen: Seen) -> bool:
    """Tell whether a residual is of one sign where results are of one brightness."""
    rest, made, inside = _rest(seen)
    tones = (made[inside] * TONES).astype(np.intp)
    counts = np.bincount(tones, minlength=TONES)
    means = np.bincount(tones, rest[inside], TONES) / np.maximum(counts, 1)
    explained = float((counts * means**2).sum())
    return explained > BY_TONE * float(np.square(rest).sum())


def follows_detail(seen: Seen) -> bool:
    """Tell whether a residual follows its neighbours, or the contrast of the picture."""
    rest, made, inside = _rest(seen)
    power = float(np.mean(rest**2)) or 1.0
    beside = [float(np.mean(rest[1:] * rest[:-1])), float(np.mean(rest[:, 1:] * rest[:, :-1]))]
    if max(map(abs, beside)) > STRUCTURED * power:
        return True
    contrast = np.hypot(*np.gradient(made))[inside]
    return bool(np.corrcoef(contrast, np.abs(rest[inside]))[0, 1] > STRUCTURED)


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
