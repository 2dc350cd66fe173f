"""The matrices of a filter's kernels, as they are laid on a picture, with what is known of each."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.learning.report import Report
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.viewing.kernels import cells, named_matrices, short

LARGE = 15
"""Rows and columns above which a matrix is shown as a picture only."""

MOST = 48
"""Matrices of one kernel that are shown."""


class Matrix(NamedTuple):
    """Hold one matrix; `name` says of which map and channel, where there are several.

    `numbers` are the weights as texts, none where they are too many to read.
    """

    name: str
    weights: NDArray[np.float64]
    numbers: list[list[str]]
    deviations: NDArray[np.float64] | None

    @property
    def errors(self) -> list[list[str]]:
        """Write the standard errors, nothing where there is none."""
        if self.deviations is None:
            return [[""] * self.weights.shape[1]] * self.weights.shape[0]
        return [
            [f"±{error:.1g}" if np.isfinite(error) else "" for error in row]
            for row in self.deviations
        ]

    @property
    def told(self) -> str:
        """Say in words what a picture of it shows."""
        rows, columns = self.weights.shape
        ends = []
        for which, at in (("largest", self.weights.argmax()), ("smallest", self.weights.argmin())):
            row, column = divmod(int(at), columns)
            ends.append(
                f"{which} {self.weights[row, column]:.4g} in row {row + 1}, column {column + 1}"
            )
        return f"{rows}x{columns} weights; {ends[0]}; {ends[1]}"


@dataclass(frozen=True)
class Matrices:
    """Hold what there is to show of one convolution; `hidden` counts what is too much."""

    step: Convolve
    shown: list[Matrix]
    hidden: int

    @property
    def largest(self) -> float:
        """Give the largest absolute weight, which all are coloured beside."""
        return max(float(np.abs(one.weights).max()) for one in self.shown)

    @property
    def after(self) -> str:
        """Say what happens to the sum of products."""
        step = self.step
        divided = (
            f"the sum is divided by {short(abs(step.divide))}" if abs(step.divide) != 1 else ""
        )
        added = f"{255 * step.bias:+.3g} grey levels of 255 are added" if step.bias else ""
        return ", then ".join(part for part in (divided, added) if part)


def matrices_of(filter: Pipeline, report: Report) -> list[Matrices]:
    """List the convolutions of a filter; the last that fits them has the standard errors."""
    steps = [one for one in walk(filter) if isinstance(one, Convolve)]
    errors = report.deviations
    fits = [
        at for at, one in enumerate(steps)
        if errors is not None and one.kernel.weights.shape == errors.shape
    ]  # fmt: skip
    return [
        matrices(one, errors if at in fits[-1:] else None, report.sharing == "per-channel")
        for at, one in enumerate(steps)
    ]


def matrices(
    step: Convolve, errors: NDArray[np.float64] | None = None, apart: bool = False
) -> Matrices:
    """Take a kernel apart; `errors` are those of weights already divided.

    Where the channels stay `apart`, the matrices between two of them, zero by meaning, are left
    out.
    """
    kernel = step.kernel
    numbers, found = _numbers(step), []
    for name, (maps, channel) in named_matrices(kernel):
        if apart and kernel.maps == kernel.channels and maps != channel:
            continue
        own = None if errors is None else errors[maps, channel] * abs(step.divide)
        found.append(Matrix(name, step.laid[maps, channel], numbers[maps][channel], own))
    return Matrices(step, found[:MOST], len(found[MOST:]))


def _numbers(step: Convolve) -> list[list[list[list[str]]]]:
    """Write the weights of all maps and channels with as many digits, very large ones not."""
    laid = step.laid
    maps, channels, rows, columns = laid.shape
    if max(rows, columns) > LARGE:
        return [[[]] * channels] * maps
    texts = cells(laid.reshape(-1, columns))
    matrices = [texts[at : at + rows] for at in range(0, len(texts), rows)]
    return [matrices[at : at + channels] for at in range(0, len(matrices), channels)]
