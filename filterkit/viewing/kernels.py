"""What there is to say of a kernel: its matrix, its sum, its gain, its rank, its waves."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.separable import factors, share_of_product
from filterkit.settings import written
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.viewing.blocks import drawn
from filterkit.viewing.frequencies import BARRED, Response, responses
from filterkit.viewing.grid import Grid, lines_of
from filterkit.viewing.heat import diverging, shares_of
from filterkit.viewing.symmetry import symmetries, told

LARGE = 25
"""Rows and columns above which a matrix is not written in letters."""


@dataclass(frozen=True)
class Facts:
    """Hold what a convolution's kernel amounts to; `factors` are its column and its row."""

    step: Convolve
    total: float
    gain: float
    rank: int
    factors: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    way: str

    @cached_property
    def symmetry(self) -> dict[str, str]:
        """Tell of mirrors and turns what they leave as it is."""
        return symmetries(self.step.laid)

    @cached_property
    def responses(self) -> list[list[Response]]:
        """Give what becomes of waves, for each map and channel."""
        return responses(self.step)

    @property
    def alone(self) -> bool:
        """Tell whether there is one matrix, and not one for each map or channel."""
        return self.step.kernel.maps == self.step.kernel.channels == 1

    @classmethod
    def of(cls, step: Convolve) -> "Facts":
        """Work out the facts; sum and gain are those after the division."""
        kernel, divide = step.kernel, step.divide
        matrix = kernel.weights.reshape(-1, kernel.columns)
        alone = kernel.maps == kernel.channels == 1
        return cls(
            step,
            kernel.total / divide,
            kernel.reach / abs(divide),
            int(np.linalg.matrix_rank(matrix)),
            factors(kernel.weights[0, 0]) if alone else None,
            way_of(step),
        )

    def lines(self) -> list[str]:
        """Say them in a few lines, waves in a table of letters."""
        waves = self.responses[0][0].lines() if self.alone else []
        return [*self.said(), *(f"  {line}" for line in waves)]

    def said(self) -> list[str]:
        """Say all but what becomes of waves."""
        step, kernel = self.step, self.step.kernel
        size = f"{kernel.rows}x{kernel.columns}"
        detector = " (a detector)" if kernel.detector else ""
        first = [f"size {size}", f"sum {short(self.total)}{detector}", f"gain {short(self.gain)}"]
        if self.alone:
            first.append(f"rank {self.rank}{self._separable()}")
        fused = "channels stay apart" if step.fused == "keep" else f"channels: {step.fused}"
        second = [fused, self._shown(), f"border {step.border}"]
        if step.bias:
            second.append(f"bias {short(step.bias)}")
        return [
            "  " + " · ".join(first),
            "  " + " · ".join(second),
            f"  computed on 8 bit: {self.way}",
            f"  symmetry{'' if self.alone else ' of each matrix'}: {told(self.symmetry)}",
        ]

    def _shown(self) -> str:
        if self.step.render:
            return f"shown as {self.step.render}"
        return "shown as abs" if self.step.kernel.detector else "shown as what comes in"

    def _separable(self) -> str:
        if self.rank > 1:
            share = math.floor(100 * share_of_product(self.step.kernel.weights[0, 0]))
            return f" ({'over ' * (share > 98)}{min(share, 99)} % is a column times a row)"
        if self.factors is None or 1 in (self.step.kernel.rows, self.step.kernel.columns):
            return ""
        down, across = ("[" + " ".join(short(float(w)) for w in one) + "]" for one in self.factors)
        whole = f": column {down} times row {across}"
        return whole if len(whole) < 60 else ": a column times a row"

    def object(self) -> dict[str, Any]:
        """Give them for --json."""
        step, kernel = self.step, self.step.kernel
        return {
            "expression": str(step),
            "weights": squeezed(kernel.weights).tolist(),
            "divide": step.divide,
            "bias": step.bias,
            "sum": self.total,
            "gain": self.gain,
            "rank": self.rank,
            "separable": self.factors is not None,
            "detector": kernel.detector,
            "fusion": step.fused,
            "render": str(step.render) if step.render else None,
            "border": step.border,
            "way": self.way,
            "symmetry": self.symmetry,
            "response": self._response(),
        }

    def _response(self) -> dict[str, Any]:
        """Give gains by direction and frequency, of each matrix where there are several."""
        found = self.responses
        return {"frequencies": BARRED.tolist()} | {
            name: squeezed(np.array([[one.barred[name] for one in row] for row in found])).tolist()
            for name in found[0][0].curves
        }


def squeezed(numbers: NDArray[Any]) -> NDArray[Any]:
    """Leave out the axes of maps and channels where there is one."""
    return numbers.squeeze(axis=tuple(at for at in (0, 1) if numbers.shape[at] == 1))


def way_of(step: Convolve) -> str:
    """Say how the kernel is laid on a picture of 8 bit in colour, and why."""
    down, across = step.windows()
    channels = step.kernel.channels if step.kernel.channels > 1 else 3
    picture = np.broadcast_to(np.uint8(0), (down.extent, across.extent, channels))
    return Run(step, picture).told(np.uint8)[0].removeprefix(f"{step}: ")


def matrix_lines(step: Convolve, colours: int = 0, columns: int = 80) -> list[str]:
    """Write the matrix aligned, with its divisor; a very large one only by its size.

    With colours each weight has the paper of its share. Where the numbers are wider than the
    screen, there is nothing but the colours, and that is said.
    """
    kernel = step.kernel
    few = max(kernel.rows, kernel.columns) <= LARGE
    if not few and not (colours and max(kernel.rows, kernel.columns) + 2 <= columns):
        return [f"  ({kernel.rows}x{kernel.columns}: too large to print; --json has the numbers)"]
    laid = kernel.weights[..., ::-1, ::-1] if step.flip else kernel.weights
    papers = diverging(shares_of(step.laid))
    texts = {place: cells(laid[place]) for _, place in named_matrices(kernel)}
    width = max(len(text) for matrix in texts.values() for row in matrix for text in row)
    narrow = bool(colours) and not (few and (width + 2) * kernel.columns + 2 <= columns)
    lines: list[str] = []
    for name, place in named_matrices(kernel):
        lines.extend([f"  {name}"] if name else [])
        if narrow:
            lines.extend(f"  {line}" for line in drawn(papers[place], colours))
        elif colours:
            grid = Grid("", texts[place], papers[place], np.zeros(laid.shape[2:], np.uint8))
            lines.extend(f"  {line}" for line in lines_of(grid, colours))
        else:
            lines.extend(_aligned(texts[place]))
    lines.extend([f"  / {short(step.divide)}"] if step.divide != 1 else [])
    where = "--color never prints them" if few else "--json has them"
    return [*lines, f"  (no room for numbers: {where})"] if narrow else lines


def named_matrices(kernel: Kernel) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the place of each matrix, and of which map and channel it is if there are several."""
    for maps, channel in product(range(kernel.maps), range(kernel.channels)):
        parts = [f"map {maps + 1}"] if kernel.maps > 1 else []
        parts += [f"channel {channel + 1}"] if kernel.channels > 1 else []
        yield ", ".join(parts), (maps, channel)


def aligned(weights: NDArray[np.float64]) -> list[str]:
    """Write numbers in columns."""
    return _aligned(cells(weights))


def _aligned(texts: list[list[str]]) -> list[str]:
    width = max(len(text) for row in texts for text in row)
    return ["  " + " ".join(text.rjust(width) for text in row) for row in texts]


def cells(weights: NDArray[np.float64]) -> list[list[str]]:
    """Write numbers: whole ones and small fractions exactly, others rounded alike."""
    texts = [[short(float(weight)) for weight in row] for row in weights]
    if any("." in text or "e" in text for row in texts for text in row):
        digits = max(0, 3 - math.floor(math.log10(np.abs(weights).max())))
        texts = [[f"{weight:.{digits}f}" for weight in row] for row in weights]
    return [[text if text.strip("-0.") else text.lstrip("-") for text in row] for row in texts]


def short(number: float) -> str:
    """Write a number shortly: whole, as a small fraction, or with four digits."""
    if abs(number - round(number)) < 1e-9:
        return written(round(number))
    fraction = Fraction(number).limit_denominator(100)
    if abs(float(fraction) - number) < 1e-12 and fraction.denominator <= 64:
        return f"{fraction.numerator}/{fraction.denominator}"
    return f"{number:.4g}"
