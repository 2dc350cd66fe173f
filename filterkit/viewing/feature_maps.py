"""A feature map and a layer of them: numbers, what is to be said of them, and their colours."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.fitting import fitted
from filterkit.steps.step import Rendering, Shape
from filterkit.viewing.grid import LARGE, Grid, places_of, texts_of, written
from filterkit.viewing.heat import diverging, reduced, shares_of

MUCH_BELOW = 0.1
"""Share of all magnitudes that is below 0 in a map whose signs matter although it would be cut."""

FEW = 0.01
"""Share of a large map's numbers that may all have the deepest colour."""


@dataclass(frozen=True, eq=False)
class Map:
    """Hold a map, or three of them that make a colour: (rows, columns, channels), full scale 1.

    `pixels` are of 8 bit, as `filterkit apply` renders them. A map that is alone in its layer has
    no name.
    """

    name: str
    numbers: NDArray[Any]
    pixels: NDArray[np.uint8]
    render: Rendering

    @cached_property
    def signed(self) -> bool:
        """Tell whether there are numbers below 0 that would not simply be cut."""
        below = -float(self.numbers[self.numbers < 0].sum(dtype=np.float64))
        if self.render.kind != "clip":
            return below > 0
        whole = float(np.abs(self.numbers).sum(dtype=np.float64))
        return self.numbers.shape[2] == 1 and below > MUCH_BELOW * whole

    @property
    def readable(self) -> bool:
        """Tell whether it is small enough to be shown by its numbers."""
        rows, columns, channels = self.numbers.shape
        return bool(channels == 1 and max(rows, columns) <= LARGE)

    @cached_property
    def figures(self) -> dict[str, float]:
        """Give the lowest number, the highest, and the mean."""
        numbers = self.numbers
        return {
            "lowest": float(numbers.min()),
            "highest": float(numbers.max()),
            "mean": float(numbers.mean(dtype=np.float64)),
        }

    @property
    def told(self) -> str:
        """Write the figures, none of them with more digits than the largest allows."""
        return " · ".join(f"{name} {text}" for name, text in self.texts.items())

    @property
    def texts(self) -> dict[str, str]:
        """Write each figure, without zeros that say nothing."""
        places = places_of(np.array([*self.figures.values()]))
        return {name: _plainly(number, places) for name, number in self.figures.items()}


def _plainly(number: float, places: int) -> str:
    text = written(number, places)
    return (text.rstrip("0").rstrip(".") or "0") if "." in text and "e" not in text else text


@dataclass(frozen=True)
class Layer:
    """Hold what one step makes; it is the layer of that `number`, the picture being 0."""

    number: int
    step: str
    within: str
    shape: Shape
    maps: list[Map]

    @property
    def heading(self) -> str:
        """Name it by its number, its step, and the filter that this is a step of."""
        return f"{self.number} {self.step}" + (f" (in {self.within})" if self.within else "")

    @property
    def size(self) -> str:
        """Say how many maps of which size there are."""
        shape = self.shape
        if shape.flat:
            return f"a vector of {shape.channels} number{'s' * (shape.channels > 1)}"
        several = "s" if shape.channels > 1 else ""
        colour = ", shown in colour" if any(one.numbers.shape[2] == 3 for one in self.maps) else ""
        return f"{shape.channels} map{several} of {shape.rows}x{shape.columns}{colour}"

    @cached_property
    def deepest(self) -> dict[Rendering, float]:
        """Give the size of number that has the deepest colour where signs are shown.

        It is one for all maps that are rendered alike, so that they can be compared: the largest of
        numbers that can be read, and in pictures one that few are beyond.
        """
        signed = [one for one in self.maps if one.signed]
        return {
            render: max(_large(one) for one in signed if one.render == render)
            for render in {one.render for one in signed}
        }

    @cached_property
    def legends(self) -> list[str]:
        """Say what the colours of all maps mean; one sentence if it is the same for each."""
        return [*dict.fromkeys(map(self.legend, self.maps))]

    def legend(self, one: Map) -> str:
        """Say what the colours of a map mean."""
        if one.signed:
            beyond = "" if one.readable else " and beyond"
            return f"orange above 0, blue below, deepest at ±{self.deepest[one.render]:.3g}{beyond}"
        white = f"{1 / one.render.gain:.3g}"
        return {
            "clip": f"0 is black, {white} white",
            "abs": f"0 is black, ±{white} white",
            "signed": f"0 is grey, {white} white, -{white} black",
            "stretch": "the lowest black, the highest white",
        }[one.render.kind]

    def coloured(self, one: Map, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Colour a map by its signs, or as it is rendered: (rows, columns, 3).

        `size` are rows and columns that it is brought to, as it fits.
        """
        rows, columns = size or one.numbers.shape[:2]
        if one.signed:
            numbers = reduced(np.nan_to_num(one.numbers[..., 0]), rows, columns)
            return diverging(shares_of(numbers, self.deepest[one.render]))
        pixels = fitted(one.pixels, rows, columns)
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))

    def grid(self, one: Map) -> Grid:
        """Give the numbers of a map in cells, each on its colour."""
        marks = np.zeros(one.numbers.shape[:2], np.uint8)
        return Grid(one.name, texts_of(one.numbers[..., 0]), self.coloured(one), marks)


def _large(one: Map) -> float:
    """Give the largest magnitude, or without a few that are larger than almost all."""
    sizes = np.abs(one.numbers[np.isfinite(one.numbers)])
    usual = float(np.quantile(sizes, 1 - FEW)) if sizes.size and not one.readable else 0.0
    return usual or float(sizes.max(initial=0.0))
