"""What there is to say of a kernel: its matrix, its sum, its gain, its rank."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.bands import Run
from filterkit.engine.separable import factors
from filterkit.settings import written
from filterkit.steps.convolve import Convolve


@dataclass(frozen=True)
class Facts:
    """Hold what a convolution's kernel amounts to; `factors` are its column and its row."""

    step: Convolve
    total: float
    gain: float
    rank: int
    factors: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    way: str

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
        """Say them in a few lines."""
        step, kernel = self.step, self.step.kernel
        size = f"{kernel.rows}x{kernel.columns}"
        detector = " (a detector)" if kernel.detector else ""
        first = [f"size {size}", f"sum {short(self.total)}{detector}", f"gain {short(self.gain)}"]
        if kernel.channels == kernel.maps == 1:
            first.append(f"rank {self.rank}{self._separable()}")
        fused = "channels stay apart" if step.fused == "keep" else f"channels: {step.fused}"
        second = [fused, self._shown(), f"border {step.border}"]
        if step.bias:
            second.append(f"bias {short(step.bias)}")
        return [
            "  " + " · ".join(first),
            "  " + " · ".join(second),
            f"  computed on 8 bit: {self.way}",
        ]

    def _shown(self) -> str:
        if self.step.render:
            return f"shown as {self.step.render}"
        return "shown as abs" if self.step.kernel.detector else "shown as what comes in"

    def _separable(self) -> str:
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
            "weights": kernel.weights.squeeze(axis=tuple(
                axis for axis in (0, 1) if kernel.weights.shape[axis] == 1
            )).tolist(),
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
        }  # fmt: skip


def way_of(step: Convolve) -> str:
    """Say how the kernel is laid on a picture of 8 bit in colour, and why."""
    down, across = step.windows()
    channels = step.kernel.channels if step.kernel.channels > 1 else 3
    picture = np.broadcast_to(np.uint8(0), (down.extent, across.extent, channels))
    return Run(step, picture).told(np.uint8)[0].removeprefix(f"{step}: ")


def matrix_lines(step: Convolve, most: int = 25) -> list[str]:
    """Write the matrix aligned, with its divisor; a very large one only by its size."""
    kernel = step.kernel
    if max(kernel.rows, kernel.columns) > most:
        return [f"  ({kernel.rows}x{kernel.columns}: too large to print; --json has the numbers)"]
    lines: list[str] = []
    laid = kernel.weights[..., ::-1, ::-1] if step.flip else kernel.weights
    for number, maps in enumerate(laid, 1):
        for channel, weights in enumerate(maps, 1):
            if kernel.channels > 1 or kernel.maps > 1:
                of_map = f"map {number}, " if kernel.maps > 1 else ""
                lines.append(f"  {of_map}channel {channel}")
            lines.extend(aligned(weights))
    if step.divide != 1:
        lines.append(f"  / {short(step.divide)}")
    return lines


def aligned(weights: NDArray[np.float64]) -> list[str]:
    """Write numbers in columns: whole numbers and small fractions exactly, others rounded alike."""
    texts = [[short(float(weight)) for weight in row] for row in weights]
    if any("." in text or "e" in text for row in texts for text in row):
        digits = max(0, 3 - math.floor(math.log10(np.abs(weights).max())))
        texts = [[f"{weight:.{digits}f}" for weight in row] for row in weights]
    width = max(len(text) for row in texts for text in row)
    return ["  " + " ".join(text.rjust(width) for text in row) for row in texts]


def short(number: float) -> str:
    """Write a number shortly: whole, as a small fraction, or with four digits."""
    if abs(number - round(number)) < 1e-9:
        return written(round(number))
    fraction = Fraction(number).limit_denominator(100)
    if abs(float(fraction) - number) < 1e-12 and fraction.denominator <= 64:
        return f"{fraction.numerator}/{fraction.denominator}"
    return f"{number:.4g}"
