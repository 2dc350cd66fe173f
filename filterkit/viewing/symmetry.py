"""Which mirrors and turns leave a kernel as it is, and which only change its signs."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]

SAME, OPPOSITE, NEITHER = "same", "opposite", "neither"

MOVES: dict[str, Callable[[Weights], NDArray[Any]]] = {
    "mirrored left-right": lambda weights: weights[..., ::-1],
    "mirrored up-down": lambda weights: weights[..., ::-1, :],
    "turned by half": lambda weights: weights[..., ::-1, ::-1],
    "turned by a quarter": lambda weights: np.rot90(weights, axes=(-2, -1)),
    "with rows and columns exchanged": lambda weights: weights.swapaxes(-2, -1),
}
"""Each way to move a matrix (..., rows, columns)."""

LEFT_RIGHT, UP_DOWN, HALF, QUARTER, EXCHANGED = MOVES

FLIP = {
    SAME: "flip changes nothing",
    OPPOSITE: "flip changes only the sign",
    NEITHER: "flip makes another kernel",
}
"""What true convolution, which turns a kernel by half, does to it."""

NEAR = 1e-9
"""Share of the largest weight by which two may differ and count as equal."""


def symmetries(weights: Weights) -> dict[str, str]:
    """Tell of each move whether the matrices (..., rows, columns) stay the same, or change sign."""
    return {name: _kept(weights, move(weights)) for name, move in MOVES.items()}


def _kept(weights: Weights, moved: NDArray[Any]) -> str:
    near = NEAR * float(np.abs(weights).max())
    if moved.shape != weights.shape:
        return NEITHER
    if (np.abs(moved - weights) <= near).all():
        return SAME
    return OPPOSITE if (np.abs(moved + weights) <= near).all() else NEITHER


def told(found: Mapping[str, str]) -> str:
    """Say it in a line; what follows from the rest is left out."""
    flip = FLIP[found[HALF]]
    if set(found.values()) == {SAME}:
        return f"same however it is mirrored or turned, so {flip}"
    mirrors = NEITHER not in (found[LEFT_RIGHT], found[UP_DOWN])
    implied = {HALF} if mirrors or found[QUARTER] != NEITHER else set()
    kept = {
        kind: [name for name in found if found[name] == kind and name not in implied]
        for kind in (SAME, OPPOSITE)
    }
    parts = [f"same {_when(kept[SAME])}"] if kept[SAME] else []
    parts += [f"sign changes {_when(kept[OPPOSITE])}"] if kept[OPPOSITE] else []
    sure = found[HALF] != NEITHER
    return f"{', '.join(parts) or 'none'}{', so' if sure else ';'} {flip}"


def _when(names: list[str]) -> str:
    """Join moves: when mirrored left-right or up-down."""
    first, *others = names
    first = first if first.startswith("with") else f"when {first}"
    return listed([first, *others], "or").replace("right or mirrored", "right or")


def listed(words: list[str], last: str) -> str:
    """Join words: a, b and c."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else end
