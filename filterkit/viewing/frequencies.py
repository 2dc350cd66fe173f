"""What a kernel does to waves: how much of each it lets through, by their direction and frequency.

A wave of frequency f has f cycles a pixel: 0 is an even grey, 1/2 a stripe a pixel, and finer ones
do not exist. What becomes of it is a wave of the same frequency, larger or smaller by the *gain*,
the absolute value of the sum of w * exp(2 pi i (f_row * row + f_column * column)). Bias, stride
and fusion are left aside.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.viewing.symmetry import listed

Numbers = NDArray[np.float64]

DIRECTIONS = {"across": (0, 1), "down": (1, 0), "falling": (1, 1), "rising": (-1, 1)}
"""Where a wave runs, as its frequency along rows and columns; falling is to the lower right."""

TABLE = np.arange(5) / 8
"""Frequencies whose gains are written down."""

LOW, MIDDLE, HIGH = TABLE[0], TABLE[2], TABLE[4]

FINE = np.arange(129) / 256
"""Frequencies of a curve."""

BARS = "▁▂▃▄▅▆▇█"
BARRED = np.arange(9) / 16
"""Frequencies of a curve in letters."""

STOPS, WEAKENS, PASSES = 0.1, 0.5**0.5, 2**0.5
"""Gains, beside that of an even grey, up to which a wave is stopped, weakened, passed."""

DIGITS = 12
"""Of a gain as a share of the largest that could be: those that every machine finds alike."""


class Way(NamedTuple):
    """Hold directions in which the gains are the same, the gains, and what they amount to."""

    names: tuple[str, ...]
    gains: Numbers
    verdict: str

    @property
    def label(self) -> str:
        """Name the directions."""
        joined = ", ".join(self.names)
        joined = joined.replace("falling, rising", "diagonally")
        return "all ways" if self.names == tuple(DIRECTIONS) else joined


@dataclass(frozen=True)
class Response:
    """Hold the gains of one matrix as `curves`, a direction each, at the frequencies of FINE."""

    curves: dict[str, Numbers]
    detector: bool

    @property
    def peak(self) -> float:
        """Give the largest gain of all curves."""
        return max(float(curve.max()) for curve in self.curves.values())

    @property
    def barred(self) -> dict[str, Numbers]:
        """Give the gains at the frequencies of BARRED only."""
        return {name: curve[_at(BARRED)] for name, curve in self.curves.items()}

    def ways(self) -> Iterator[Way]:
        """Yield the curves, those that are equal together."""
        left = dict(self.curves)
        while left:
            first = next(iter(left.values()))
            near = 1e-9 * self.peak
            same = tuple(name for name, one in left.items() if np.abs(one - first).max() <= near)
            yield Way(same, first, self._verdict(first))
            left = {name: one for name, one in left.items() if name not in same}

    def lines(self) -> list[str]:
        """Write a table: gains, bars, and a few words."""
        ways = list(self.ways())
        rows = [["", *(fraction(one) for one in TABLE), "cycles a pixel"]]
        for one in ways:
            gains = [self.written(float(gain)) for gain in one.gains[_at(TABLE)]]
            rows.append([one.label, *gains, f"{self._bars(one.gains)}  {one.verdict}"])
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
        return [
            f"{row[0]:{widths[0]}}  "
            + "  ".join(text.rjust(wide) for text, wide in zip(row[1:], widths[1:], strict=False))
            + f"  {row[-1]}"
            for row in rows
        ]

    def written(self, gain: float) -> str:
        """Write a gain with as many places as give the peak three digits; 0 is only what is 0."""
        places = max(2 - math.floor(math.log10(self.peak or 1.0)), 0)
        whole = abs(gain - round(gain)) <= 1e-9 * round(gain)
        return f"{gain:.0f}" if whole else f"{gain:.{places}f}"

    def _bars(self, gains: Numbers) -> str:
        shares = gains[_at(BARRED)] / (self.peak or 1.0)
        return "".join(BARS[min(int(8 * share + 1e-9), 7)] for share in shares)

    def _verdict(self, gains: Numbers) -> str:
        """Say what becomes of low, middle and high frequencies, and of a peak between them."""
        most = float(gains.max())
        if most <= STOPS * self.peak or not most:
            return "stops all"
        usual = most if self.detector else float(gains[0])
        verbs: dict[str, list[str]] = {}
        for name, at in (("low", LOW), ("middle", MIDDLE), ("high", HIGH)):
            verbs.setdefault(_verb(float(gains[_at(at)]) / usual), []).append(name)
        highest = _verb(most / usual)
        parts = [f"{verb} {listed(names, 'and')}" for verb, names in verbs.items()]
        if RANK.index(highest) > max(map(RANK.index, verbs)):
            return ", ".join([*parts, f"{highest} what lies between"])
        return f"{next(iter(verbs))} all" if len(verbs) == 1 else ", ".join(parts)


RANK = ("stops", "weakens", "passes", "strengthens")


def _verb(share: float) -> str:
    return RANK[sum(share > limit * (1 + 1e-9) for limit in (STOPS, WEAKENS, PASSES))]


def responses(step: Convolve) -> list[list[Response]]:
    """Give the response of every matrix of a convolution, [map][channel]."""
    kernel = step.kernel
    found = {name: gains(step, np.outer(FINE, direction)) for name, direction in DIRECTIONS.items()}
    return [
        [
            Response(
                {name: curve[maps, channel] for name, curve in found.items()},
                Kernel(kernel.weights[maps, channel]).detector,
            )
            for channel in range(kernel.channels)
        ]
        for maps in range(kernel.maps)
    ]


def gains(step: Convolve, frequencies: Numbers) -> Numbers:
    """Give the gain of every matrix at frequencies (n, 2), along rows and columns.

    The result is (maps, channels, n).
    """
    down, across = _waves(step, frequencies[:, 0], frequencies[:, 1])
    return _magnitudes(step, (down @ step.laid * across).sum(axis=-1))


def surface(step: Convolve, side: int) -> Numbers:
    """Give the gain of every matrix at frequencies -1/2 ... 1/2, (maps, channels, side, side)."""
    frequencies = np.linspace(-0.5, 0.5, side)
    down, across = _waves(step, frequencies, frequencies)
    return _magnitudes(step, down @ step.laid @ across.T)


def _waves(step: Convolve, *frequencies: Numbers) -> list[NDArray[np.complex128]]:
    """Give the waves at the places of the weights, (n, rows) and (n, columns)."""
    sizes = (step.kernel.rows, step.kernel.columns)
    return [
        np.exp(2j * np.pi * each[:, None] * (apart * np.arange(size)))
        for each, size, apart in zip(frequencies, sizes, step.dilation, strict=True)
    ]


def _magnitudes(step: Convolve, sums: NDArray[np.complex128]) -> Numbers:
    most = step.kernel.reach or 1.0
    found: Numbers = np.round(np.abs(sums) / most, DIGITS) * (most / abs(step.divide))
    return found


def _at(frequencies: Numbers | float) -> NDArray[np.intp]:
    """Find frequencies among those of FINE."""
    return np.searchsorted(FINE, frequencies)


def fraction(frequency: float) -> str:
    """Write a frequency as a fraction."""
    down, up = float(frequency).as_integer_ratio()
    return f"{down}/{up}" if up > 1 else str(down)
