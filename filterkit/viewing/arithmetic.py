"""One number worked out in writing: the products added up, what is done to the sum, the size."""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from filterkit.engine.definition import activate
from filterkit.settings import written as plain
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import Pool
from filterkit.steps.step import Step
from filterkit.steps.window import ONE
from filterkit.steps.window import Window as Sliding
from filterkit.viewing.grid import is_exact, places_of, written
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Window, Worked

MOST_TERMS = 30
"""Products that are written out; of more only the sum is told."""

SIZE = "size = floor((n + before + after - dilation * (k - 1) - 1) / stride) + 1"
"""How many windows fit along one axis: n positions, k taps."""

JOINS = {
    "sum": "{}",
    "mean": "({}) / {n}",
    "max": "max({})",
    "min": "min({})",
    "product": "{}",
    "l2": "sqrt({})",
}
"""How several numbers that become one are written."""


def sums(stage: Traced, source: Traced, one: Worked) -> list[str]:
    """Write down how a number came about, a line for each thing that is done."""
    step = stage.step
    if isinstance(step, Convolve):
        return [*_convolution(stage, source, step, one)]
    if isinstance(step, Pool):
        return [_joined(step.kind, one.terms, one.value)]
    if isinstance(step, Activate):
        return [_activated(step, one)]
    if isinstance(step, Normalize):
        return [_normalized(step, one)]
    if isinstance(step, Fuse) and step.kind != "keep":
        return [_joined(step.kind, one.terms, one.value)]
    if isinstance(step, Gray) and len(one.terms) == 3:
        return [_gray(one)]
    if isinstance(step, Flatten):
        row, column, channel = one.sources[0][1]
        named = f", {name}" if (name := source.name_of(channel)) else ""
        return [f"{stage.name_of(one.place.channel)} is that of row {row}, column {column}{named}"]
    return [_line(_each(one.terms), one.terms, one.value, added)]


def _convolution(stage: Traced, source: Traced, step: Convolve, one: Worked) -> Iterator[str]:
    """Write a line a window, one for the fusion, one for the bias, each with its name."""
    several = len(one.windows) > 1
    fuses = several or step.fused == "l2"  # which takes the sign of a single one
    bias = step.bias * stage.white
    names = [source.name_of(window.channel) if several else "sum" for window in one.windows]
    width = max(map(len, [*names, step.fused, "bias"])) + 2 if fuses else 0
    for name, window, term in zip(names, one.windows, one.terms, strict=True):
        value = term if fuses or bias else one.value
        yield f"{name:{width}}"[:width] + _added(step, window, value)
    total = MAKES[step.fused](one.terms) if fuses else one.terms[0]
    if fuses:
        yield f"{step.fused:{width}}" + _joined(step.fused, one.terms, total)
    if bias:
        terms = [total, bias]
        yield f"{'bias':{width}}"[:width] + _line(added_up(terms), terms, one.value, added)


def _added(step: Convolve, window: Window, value: float) -> str:
    """Write the products of a window added up, and divided."""
    products = [float(product) for product in window.products.flat if product]
    many = len(products) > MOST_TERMS
    text = f"the sum of {len(products)} products" if many else added_up(products)
    if step.divide != 1:
        divide = _bracketed(plain(step.divide))
        text = f"({text}) / {divide}" if len(products) > 1 else f"{text} / {divide}"
    return _line(text, products, value, lambda terms: added(terms) / step.divide)


def added(terms: Sequence[float]) -> float:
    """Add numbers up, without an error but that of the last digit."""
    return math.fsum(terms)


def _joined(kind: str, terms: Sequence[float], value: float) -> str:
    """Write what becomes of several numbers, of a window or of a place."""
    kind = "mean" if kind == "average" else kind
    return _line(joined(kind, terms), terms, value, MAKES[kind])


MAKES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": added,
    "mean": lambda terms: added(terms) / len(terms),
    "max": max,
    "min": min,
    "product": math.prod,
    "l2": lambda terms: math.sqrt(added([term * term for term in terms])),
}
"""The same once more in plain numbers, to see whether the digits that are written are all."""


def joined(kind: str, terms: Sequence[float]) -> str:
    """Write numbers that become one: max(3, 0, 0, 2)."""
    if len(terms) > MOST_TERMS:
        return f"{kind} of {len(terms)} numbers"
    if kind == "l2":
        inner = " + ".join(f"{_bracketed(one)}^2" for one in _each_of(terms))
    elif kind == "product":
        inner = " * ".join(map(_bracketed, _each_of(terms)))
    elif kind in ("max", "min"):
        inner = _each(terms)
    else:
        inner = added_up(terms)
    return JOINS[kind].format(inner, n=len(terms))


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _activated(step: Activate, one: Worked) -> str:
    value = "" if step.value is None else f", {plain(step.value)}"

    def make(terms: Sequence[float]) -> float:
        return float(activate(step, np.array(terms, np.float64))[0])

    return _line(f"{step.kind}({_each(one.terms)}{value})", one.terms, one.value, make)


def _normalized(step: Normalize, one: Worked) -> str:
    (before,) = one.terms
    if one.scale == 0:
        return f"every number of the map is {_each([before])}: it becomes 0"
    size = 1 / one.scale
    first, shift = _each_of([before, one.shift])
    text = first if shift.strip("-0.") == "" else f"({first} - {_bracketed(shift)})"
    text = f"{text} / {_each([size])}"
    return _line(
        text, [before, one.shift, size], one.value,
        lambda terms: (terms[0] - terms[1]) / terms[2],
    )  # fmt: skip


def _gray(one: Worked) -> str:
    weights = [weight / Gray.DIVIDE for weight in Gray.WEIGHTS]
    text = " + ".join(
        f"{weight:.4f} * {term}" for weight, term in zip(weights, _each_of(one.terms), strict=True)
    )
    return _line(
        text, one.terms, one.value,
        lambda terms: added([w * t for w, t in zip(weights, terms, strict=True)]),
    )  # fmt: skip


def added_up(terms: Sequence[float]) -> str:
    """Write a sum, a negative number as one that is taken away; of nothing it is 0."""
    texts = _each_of(terms)
    parts = [f"- {text[1:]}" if text.startswith("-") else f"+ {text}" for text in texts[1:]]
    return " ".join([*texts[:1], *parts]) or "0"


def _each(terms: Sequence[float]) -> str:
    return ", ".join(_each_of(terms))


def _each_of(terms: Sequence[float]) -> list[str]:
    """Write numbers with as many digits behind the point as they have in common."""
    places = _places(np.array(terms, np.float64))
    return [written(one, places) for one in terms]


def _places(numbers: NDArray[np.float64]) -> int:
    """Choose digits behind the point, one more where they are not all, so that sums come out."""
    places = places_of(numbers)
    return places if places < 0 or is_exact(numbers, places) else places + 1


def _line(
    left: str, terms: Sequence[float], value: float, make: Callable[[Sequence[float]], float]
) -> str:
    """Put the result behind what makes it, with = if all digits are written, else with a wave.

    `make` computes the result once more, of the terms as they are written.
    """
    numbers = np.array(terms, np.float64)
    places, shown = _places(numbers), places_of(np.array([value]))
    exact = is_exact(numbers, places)
    if exact:
        made = make([round(term, places) for term in terms])
        exact = (
            abs(round(made, shown) - made) <= 1e-12 * max(1.0, abs(made))
            and written(made, shown) == written(value, shown)
        )  # fmt: skip
    elif 0 <= places < shown:
        shown = places
    result = written(value, shown)
    return result if left == result else f"{left} {'=' if exact else '≈'} {result}"


def size_lines(step: Step, source: Traced) -> list[str]:
    """Put the numbers into the formula of the size, a line for both axes if they are alike."""
    windows, shape = step.windows(), source.shape
    if windows == (ONE, ONE):
        return []
    rows, columns = (
        _size(window, n) for window, n in zip(windows, (shape.rows, shape.columns), strict=True)
    )
    if rows == columns:
        return [SIZE, f"rows and columns: {rows}"]
    return [SIZE, f"rows:    {rows}", f"columns: {columns}"]


def _size(window: Sliding, n: int) -> str:
    added = f"{n} + {window.before} + {window.after}"
    reach = f"{window.dilation} * ({window.size} - 1)"
    return f"floor(({added} - {reach} - 1) / {window.stride}) + 1 = {window.output(n)}"
