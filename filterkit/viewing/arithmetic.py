"""One number worked out in writing: the products added up, what is done to the sum, the size."""

from collections.abc import Iterator, Sequence

import numpy as np

from filterkit.settings import written as plain
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import Pool
from filterkit.steps.step import Step
from filterkit.steps.window import ONE, Window
from filterkit.viewing.grid import is_exact, places_of, written
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import Worked

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
        kind = "mean" if step.kind == "average" else step.kind
        return [_line(joined(kind, one.terms), one.terms, one.value)]
    if isinstance(step, Activate):
        return [_line(_activated(step, one.terms), one.terms, one.value)]
    if isinstance(step, Normalize):
        return [_normalized(step, one)]
    if isinstance(step, Fuse) and step.kind != "keep":
        return [_line(joined(step.kind, one.terms), one.terms, one.value)]
    if isinstance(step, Gray) and len(one.terms) == 3:
        return [_gray(one)]
    if isinstance(step, Flatten):
        row, column, channel = one.sources[0][1]
        named = f", {name}" if (name := source.names[channel]) else ""
        return [f"{stage.names[one.place.channel]} is that of row {row}, column {column}{named}"]
    return [_line(_each(one.terms), one.terms, one.value)]


def _convolution(stage: Traced, source: Traced, step: Convolve, one: Worked) -> Iterator[str]:
    """Write a line a window, one for the fusion, one for the bias, each with its name."""
    several = len(one.windows) > 1
    fuses = several or step.fused == "l2"  # which takes the sign of a single one
    bias = step.bias * stage.white
    names = [source.names[window.channel] if several else "sum" for window in one.windows]
    width = max(map(len, names))
    for name, window, term in zip(names, one.windows, one.terms, strict=True):
        products = [float(product) for product in window.products.flat if product]
        added = added_up(products) if len(products) <= MOST_TERMS else (
            f"the sum of {len(products)} products"
        )  # fmt: skip
        if step.divide != 1:
            added = f"({added}) / {plain(step.divide)}" if len(products) > 1 else (
                f"{added} / {plain(step.divide)}"
            )  # fmt: skip
        end = not fuses and not bias
        value = one.value if end else term
        yield (f"{name:{width}}  " if fuses else "") + _line(added, products, value)
    if fuses:
        total = one.value if not bias else one.value - bias
        yield f"{step.fused:{width}}  " + _line(joined(step.fused, one.terms), one.terms, total)
    if bias:
        terms = [one.value - bias, bias]
        yield (f"{'bias':{width}}  " if fuses else "") + _line(added_up(terms), terms, one.value)


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


def _activated(step: Activate, terms: Sequence[float]) -> str:
    value = "" if step.value is None else f", {plain(step.value)}"
    return f"{step.kind}({_each(terms)}{value})"


def _normalized(step: Normalize, one: Worked) -> str:
    (before,) = one.terms
    if one.scale == 0:
        return f"every number of the map is {_each([before])}: it becomes 0"
    size = 1 / one.scale
    shift = f"({_each([before])} - {_bracketed(_each([one.shift]))})" if one.shift else (
        _each([before])
    )  # fmt: skip
    return _line(f"{shift} / {_each([size])}", [before, one.shift, size], one.value)


def _gray(one: Worked) -> str:
    shares = [f"{weight / Gray.DIVIDE:.4f}" for weight in Gray.WEIGHTS]
    terms = " + ".join(
        f"{share} * {term}" for share, term in zip(shares, _each_of(one.terms), strict=True)
    )
    return _line(terms, one.terms, one.value)


def added_up(terms: Sequence[float]) -> str:
    """Write a sum, a negative number as one that is taken away; of nothing it is 0."""
    texts = _each_of(terms)
    parts = [f"- {text[1:]}" if text.startswith("-") else f"+ {text}" for text in texts[1:]]
    return " ".join([*texts[:1], *parts]) or "0"


def _each(terms: Sequence[float]) -> str:
    return ", ".join(_each_of(terms))


def _each_of(terms: Sequence[float]) -> list[str]:
    """Write numbers with as many digits behind the point as they have in common."""
    places = places_of(np.array(terms, np.float64))
    return [written(one, places) for one in terms]


def _line(left: str, terms: Sequence[float], value: float) -> str:
    """Put the result behind what makes it, with the sign that says whether digits are left out."""
    numbers = np.array([*terms, value], np.float64)
    exact = all(is_exact(part, places_of(part)) for part in (numbers[:-1], numbers[-1:]))
    result = written(value, places_of(numbers[-1:]))
    if left == result:
        return result
    return f"{left} {'=' if exact else '≈'} {result}"


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


def _size(window: Window, n: int) -> str:
    added = f"{n} + {window.before} + {window.after}"
    reach = f"{window.dilation} * ({window.size} - 1)"
    return f"floor(({added} - {reach} - 1) / {window.stride}) + 1 = {window.output(n)}"
