"""A kernel as a picture: orange adds, blue takes away, white does nothing."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.fitting import fitted

NEGATIVE, POSITIVE = (33, 102, 172), (179, 88, 6)
"""Two colours equally dark, which the colour-blind tell apart."""

DARK = 0.85
"""Share of the largest weight above which white marks are read more easily than black ones."""

LEAST = 9
"""Pixels of a cell in which a mark can be read."""

EDGE = 190


def heat(
    weights: NDArray[np.float64], largest: float = 0.0, cell: int = 24, marks: bool = True
) -> NDArray[np.uint8]:
    """Draw a matrix, each weight `cell` pixels wide and high: (rows, columns, 3).

    The colours are as strong as the weights are beside `largest`, the matrix's own unless it is
    given. `marks` are + and -, so that the signs can be read without colour.
    """
    shares = shares_of(weights, largest)
    picture: NDArray[np.uint8] = diverging(shares).repeat(cell, axis=0).repeat(cell, axis=1)
    if cell < LEAST:
        return picture
    cells = picture.reshape(weights.shape[0], cell, weights.shape[1], cell, 3)
    cells[:, -1] = cells[:, :, :, -1] = EDGE
    picture[0] = picture[:, 0] = EDGE
    if marks:
        _mark(cells, shares)
    return picture


def diverging(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colour shares, -1 ... 1: blue below 0, white at 0, orange above, (..., 3)."""
    ends = np.where(shares[..., None] < 0, NEGATIVE, POSITIVE)
    colours = 255 + (ends - 255) * np.abs(shares)[..., None]
    levels: NDArray[np.uint8] = np.rint(colours).astype(np.uint8)
    return levels


def reduced(numbers: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    """Scale numbers of both signs (rows, columns) to what fits, down by the mean.

    Where many share a place, those of the stronger sign alone are averaged: of both together
    nothing would be left of fine lines.
    """
    above, below = (
        fitted(np.maximum(end, 0)[..., None], rows, columns)[..., 0].astype(np.float64)
        for end in (numbers, -numbers)
    )
    return np.where(above >= below, above, -below)


def cell_of(shape: tuple[int, ...], side: int) -> int:
    """Give the pixels of a cell with which a matrix covers about a square of `side`."""
    return max(round(side / math.sqrt(shape[0] * shape[1])), 1)


def shares_of(weights: NDArray[np.float64], largest: float = 0.0) -> NDArray[np.float64]:
    """Give weights as shares, -1 ... 1, of the largest."""
    most = largest or float(np.abs(weights).max())
    shares: NDArray[np.float64] = np.clip(weights / (most or 1.0), -1, 1)
    return shares


def _mark(cells: NDArray[np.uint8], shares: NDArray[np.float64]) -> None:
    """Draw a bar across every cell that is not white, and one down where the weight is positive."""
    size = cells.shape[1]
    long = slice(size // 2 - size // 6, size // 2 + size // 6 + 1)
    thick = slice(size // 2 - size // 24, size // 2 + size // 24 + 1)
    ink = np.where(np.abs(shares) > DARK, 255, 0)[:, None, :, None, None]
    seen = (np.abs(shares) > 0.004)[:, None, :, None, None]
    adds = (shares > 0)[:, None, :, None, None]
    bars: list[tuple[slice, slice, NDArray[Any]]] = [
        (thick, long, seen), (long, thick, seen & adds),
    ]  # fmt: skip
    for down, across, where in bars:
        bar = cells[:, down, :, across]
        bar[...] = np.where(where, ink, bar)
