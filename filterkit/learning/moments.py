"""One pass over the pixels: all that gradient descent on a linear kernel ever needs of them.

The mean squared error of a linear kernel is a quadratic function of its weights. Its coefficients
are sums, over all windows, of products of two pixels of a window, or of a pixel and what should
come out. Gathered once, they serve any number of steps, every smaller kernel, and other machines:
sums of sums. (Schleich, Olteanu, Ciucanu, "Learning linear regression models over factorized
joins", SIGMOD 2016, do so in a database.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.threads import BLAS
from filterkit.machine import in_threads
from filterkit.steps.window import Window

Image = NDArray[Any]
Table = NDArray[np.float64]
Run = tuple[int, int]
Channels = tuple[slice, slice]

STRIP_WINDOWS = 1 << 14
"""Windows that are laid out at once, 1.6 MB with 25 taps: fewer make more calls than work."""

EXACT = 1024
"""Products of two bytes around 128 that float32 adds up without an error: 1024 * 2^14 = 2^24."""

HELD_OUT = 10
"""Of so many strips one is held out: no weight is fitted to it."""

FEW = 40
"""Lines of a matrix up to which BLAS multiplies short runs in half of the time that it takes where
it notices that both factors are the same: 27 lines and 8192 windows 145 us, against 320."""

JOBS = 64
STRIPS = 8
"""Parts of a picture that are summed by themselves, whatever the number of threads, and the strips
that each has at the least: it begins with fresh memory."""


class Moments(NamedTuple):
    """Sums of products, in a square table: the taps of a window, the number 1, and the targets."""

    table: Table
    taps: int

    @property
    def windows(self) -> float:
        """Count the windows."""
        return float(self.table[self.taps, self.taps])

    def joined(self, other: "Moments") -> "Moments":
        """Add the sums of other windows."""
        return self._replace(table=self.table + other.table)

    def of_taps(self, kept: NDArray[np.intp]) -> "Moments":
        """Give the sums of a smaller kernel: some of the taps, and everything else."""
        rest = np.arange(self.taps, len(self.table))
        at = np.concatenate([kept, rest])
        return Moments(self.table[np.ix_(at, at)], len(kept))


class Gathered(NamedTuple):
    """Hold the sums of each group of weights, for fitting and held out, and what was passed over.

    `dropped` counts results at or beyond black and white, of `seen` in all.
    """

    fitted: tuple[Moments, ...]
    held_out: tuple[Moments, ...]
    dropped: int
    seen: int

    def joined(self, other: "Gathered") -> "Gathered":
        """Add the sums of another pass."""
        fitted, held_out = (
            tuple(mine.joined(theirs) for mine, theirs in zip(ours, others, strict=True))
            for ours, others in ((self.fitted, other.fitted), (self.held_out, other.held_out))
        )
        return Gathered(
            fitted, held_out, self.dropped + other.dropped, self.seen + other.seen
        )  # fmt: skip


@dataclass(frozen=True)
class Pass:
    """Go over one pair: `before` and `after`, in units in which white is `full`, of each its own.

    `rows` and `columns` are the results that depend on no border. `groups` are the channels that
    share weights. Results at or beyond the `limits` at which a picture was cut tell nothing: they
    are passed over, or, once there is a `guess` (weights and bias of each group), those are whose
    guess lies there; so are results that are no numbers. `every` takes one strip of so many.
    """

    before: Image
    after: Image
    full: tuple[float, float]
    windows: tuple[Window, Window]
    rows: Run
    columns: Run
    groups: Sequence[Sequence[Channels]]
    limits: tuple[float, float] | None = None
    guess: Sequence[tuple[Table, Table]] | None = None
    every: int = 1

    @property
    def taps(self) -> int:
        """Count the taps of a window in one channel."""
        return self.windows[0].size * self.windows[1].size

    @property
    def number(self) -> "np.dtype[Any]":
        """Give the type of the numbers: float32 where it adds up bytes exactly."""
        bytes_only = self.before.dtype == self.after.dtype == np.uint8
        return np.dtype(np.float32 if bytes_only else np.float64)

    def gathered(self, threads: int) -> Gathered:
        """Gather all sums. They are the same for any number of threads."""
        wide = max(self.columns[1] - self.columns[0], 0)
        high = max(min(STRIP_WINDOWS // max(wide, 1), (self.rows[1] - self.rows[0]) // 20), 1)
        strips = [
            (low, min(low + high, self.rows[1]))
            for low in range(*self.rows, high * self.every)
        ] if wide else []  # fmt: skip
        each = max(-(-len(strips) // JOBS), STRIPS)
        jobs = [range(low, min(low + each, len(strips))) for low in range(0, len(strips), each)]
        with BLAS.limited(1):
            parts = in_threads(lambda job: self._job(strips, job), jobs, threads)
        return reduce(Gathered.joined, parts, self._nothing())

    def _nothing(self) -> Gathered:
        tables = []
        for group in self.groups:
            inputs, outputs = (one.stop - one.start for one in group[0])
            taps = inputs * self.taps
            tables.append(Moments(np.zeros((taps + 1 + outputs,) * 2), taps))
        return Gathered(tuple(tables), tuple(tables), 0, 0)

    def _job(self, strips: list[Run], job: range) -> Gathered:
        """Sum some neighbouring strips."""
        total = self._nothing()
        laid = Laid(self, (strips[job[0]][0], strips[job[-1]][1]), strips[0][1] - strips[0][0])
        tables = [[one.table.copy() for one in both] for both in (total.fitted, total.held_out)]
        dropped = seen = 0
        for at, group in enumerate(self.groups):
            for channels in group:
                laid.take(*channels)
                for number in job:
                    guess = self.guess[at] if self.guess else None
                    count, out = laid.strip(strips[number], guess)
                    tables[number % HELD_OUT == HELD_OUT - 1][at] += laid.products(count)
                    dropped += out
                    seen += count * (channels[1].stop - channels[1].start)
        fitted, held_out = (
            tuple(one._replace(table=table) for one, table in zip(total.fitted, both, strict=True))
            for both in tables
        )
        return Gathered(fitted, held_out, dropped, seen)


class Laid:
    """Lay out the windows of some rows as a matrix: a row for each tap, for 1, for each target.

    Numbers are taken from the middle grey, so that their sums stay small; a bias makes up for it.
    """

    def __init__(self, given: Pass, rows: Run, high: int) -> None:
        self.given, self.rows = given, rows
        self.middle = tuple(map(middle_of, given.full))
        wide = given.columns[1] - given.columns[0]
        self.room = -(-(high * wide) // EXACT) * EXACT
        self.matrix = np.zeros((0, self.room), given.number)
        self.blank = self.matrix

    def take(self, inputs: slice, outputs: slice) -> None:
        """Take some channels' rows out of the pictures, as numbers."""
        given = self.given
        needs = [
            window.needs(*run)
            for window, run in zip(given.windows, (self.rows, given.columns), strict=True)
        ]
        rows, columns = (slice(*run) for run in needs)
        self.seen = seen_by(
            given.windows, self._numbers(given.before[rows, columns, inputs], self.middle[0])
        )
        shown = given.after[slice(*self.rows), slice(*given.columns), outputs]
        self.targets = self._numbers(shown, self.middle[1])
        lines = len(self.seen) * given.taps + 1 + len(self.targets)
        if len(self.matrix) != lines:
            several = lines + 4 - lines % 4  # fours take four fifths of the time
            self.blank = np.zeros((1 + several, self.room), given.number)
            self.matrix = self.blank[1 : 1 + lines]

    def _numbers(self, image: Image, middle: float) -> Image:
        planes = np.empty((image.shape[2], *image.shape[:2]), self.given.number)
        for plane, channel in zip(planes, range(image.shape[2]), strict=True):
            np.subtract(image[..., channel], middle, out=plane, dtype=planes.dtype)
        return planes

    def strip(self, run: Run, guess: tuple[Table, Table] | None) -> tuple[int, int]:
        """Lay out the windows of some rows of results; count them, and the targets dropped."""
        high, wide = run[1] - run[0], self.targets.shape[2]
        count = high * wide
        first = run[0] - self.rows[0]
        seen = self.seen[..., first : first + high, :]
        line = len(self.matrix) - 1 - len(self.targets)
        np.copyto(self.matrix[:line, :count].reshape(seen.shape), seen)
        self.matrix[line, :count] = 1
        targets = self.targets[:, first : first + high].reshape(-1, count)
        self.matrix[line + 1 :, :count] = targets
        self.matrix[:, count:] = 0
        return count, self._dropped(count, line, guess)

    def _dropped(self, count: int, taps: int, guess: tuple[Table, Table] | None) -> int:
        """Blank the windows whose result was cut at black or white, and count the results cut."""
        limits = self.given.limits
        targets = self.matrix[taps + 1 :, :count]
        if limits is None and self.given.after.dtype.kind != "f":
            return 0
        cut = np.isnan(targets) if self.given.after.dtype.kind == "f" else np.zeros((), bool)
        if limits is not None:
            low, high = (limit - self.middle[1] for limit in limits)
            if guess is None:
                cut = cut | (targets <= low) | (targets >= high)
            else:
                weights, bias = (part.astype(self.matrix.dtype) for part in guess)
                numbers = weights.T @ self.matrix[:taps, :count] + bias[:, None]
                cut = cut | (numbers < low) | (numbers > high)
        where = np.flatnonzero(cut.any(axis=0))
        if len(where):
            self.matrix[:, where] = 0
        return int(np.count_nonzero(cut))

    def products(self, count: int) -> Table:
        """Multiply all lines with each other: bytes exactly, in runs that float32 holds."""
        lines = len(self.matrix)
        if lines > FEW:
            first = second = self.matrix
        else:  # shifted by a blank line, the one factor is not the other as far as BLAS can see
            first, second = self.blank[:-1], self.blank[1:]
        runs, others = (
            one.reshape(len(one), -1, EXACT)[:, : -(-count // EXACT)].transpose(1, 0, 2)
            for one in (first, second)
        )
        added: Table = np.matmul(runs, others.transpose(0, 2, 1)).sum(axis=0, dtype=np.float64)
        return added if lines > FEW else added[1 : 1 + lines, :lines]


def middle_of(full: float) -> float:
    """Give the grey that numbers are taken from; floating ones, in which white is 1, from none."""
    return 0.0 if full == 1 else (full + 1) / 2


def seen_by(windows: tuple[Window, Window], planes: Image) -> Image:
    """View what each tap sees in every window: (channels, taps, taps, windows, windows)."""
    down, across = windows
    slid = np.lib.stride_tricks.sliding_window_view(
        planes, (down.extent, across.extent), axis=(1, 2)
    )
    apart = slid[:, :: down.stride, :: across.stride, :: down.dilation, :: across.dilation]
    return apart.transpose(0, 3, 4, 1, 2)
