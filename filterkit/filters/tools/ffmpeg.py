"""The filter `convolution` of ffmpeg: whole numbers, a factor and a bias for each plane."""

import math
import re
from collections.abc import Iterator

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, Rows, called, laid_of
from filterkit.filters.tools.numbers import number, squared, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tools.whole_numbers import scaled
from filterkit.filters.tree import Row, Tree
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

NAME = "an ffmpeg convolution"
WHITE = 255
"""Biases are in grey levels, of 8 bits."""

SIDES = (3, 5, 7)
LONGEST = 49
"""Weights of a single row or column."""

PLANES = range(3)
"""A plane each for red, green and blue, or the first for grey; transparency stays as it is."""

KEYS = [f"{plane}{key}" for key in ("m", "rdiv", "bias", "mode") for plane in range(4)]
"""The options in the order in which values without a name are taken."""

COARSE = 0.5 / WHITE
"""What the rounding of weights may change in a result."""


def read(text: str) -> Tree:
    """Read a filter graph of convolutions, one after the other. Raises FilterError."""
    graph = re.sub(r"\bformat=[\w|]+\s*(,|$)", "", text.strip().strip('"'))
    parts = re.split(r",(?=\s*convolution\b)", graph)
    steps = tuple(_laid(part.strip()).atom() for part in parts)
    return steps[0] if len(steps) == 1 else Row(steps)


def _laid(text: str) -> Laid:
    """Read one convolution: that of the first plane, with which the others must agree."""
    if not text.startswith("convolution="):
        raise FilterError(f"{NAME} begins with convolution=, not with '{text[:20]}'.")
    given = dict(_options(text.removeprefix("convolution=")))
    first, *others = (
        {key[1:]: value for key, value in given.items() if key[0] == str(plane)} for plane in PLANES
    )
    if any(plane not in (first, {}) for plane in others):
        only = ":".join(f"0{key}={value}" for key, value in first.items())
        raise FilterError(
            f"the planes of {NAME} differ, and a filter here has one kernel for all.",
            f"the first, convolution={only}",
        )
    rows = _rows(first.get("m", ""), first.get("mode", "square"))
    bias = number(first.get("bias", "0"), NAME) / WHITE
    factor = first.get("rdiv", "0")
    above, _, below = factor.partition("/")
    if number(above, NAME) == 0:  # then it divides by the sum, if there is one
        return Laid(rows, math.fsum(map(math.fsum, rows)) or 1.0, bias)
    return Laid(rows, number(below or "1", NAME) / number(above, NAME), bias)


def _options(text: str) -> Iterator[tuple[str, str]]:
    """Yield the options of a filter and what they are set to; none of these needs its quotes."""
    for place, option in enumerate(text.replace("'", "").split(":")):
        named = re.fullmatch(r"\s*(\w+)\s*=(.*)", option, re.DOTALL)
        key = named[1] if named else KEYS[min(place, len(KEYS) - 1)]
        if key not in KEYS:
            raise FilterError(f"{NAME} has no option '{key}'; it has {', '.join(KEYS)}.")
        yield key, (named[2] if named else option).strip()


def _rows(text: str, mode: str) -> Rows:
    """Read the weights of a plane, whole numbers all of them."""
    weights = [number(word, NAME) for word in re.split(r"[\s|]+", text) if word]
    for weight in weights:
        if weight != int(weight):
            raise FilterError(
                f"the weights of {NAME} are whole numbers, not {written(weight)}; ffmpeg would "
                "cut it off at the point.",
                "the weights times 10 or 100, and 0rdiv",
            )
    if mode in ("square", "0"):
        return squared(weights, NAME, SIDES)
    if len(weights) % 2 == 0 or len(weights) > LONGEST:
        raise FilterError(
            f"a row or column of {NAME} has an odd number of weights, at most {LONGEST}, "
            f"not {len(weights)}."
        )
    row = tuple(weights)
    return (row,) if mode in ("row", "1") else tuple((weight,) for weight in row)


def write(step: Convolve) -> str:
    """Write the filter for three planes, two filters where only a blur in two passes fits."""
    kernel = laid_of(step)[0].odd()
    if kernel.bias < 0:
        raise FilterError(
            f"ffmpeg adds no bias below 0, and {called(step)} has {written(kernel.bias)}.",
            "a bias of 0 or more",
        )
    if 1 in kernel.size and 1 < max(kernel.size) <= LONGEST:
        return _written(kernel, "row" if kernel.size[0] == 1 else "column") + "\n"
    try:
        return _written(kernel.square(SIDES), "square") + "\n"
    except StopIteration:
        passes = _passes(kernel)
    return ",".join(_written(one, mode) for one, mode in passes) + "\n"


def _written(kernel: Laid, mode: str) -> str:
    sign = -1 if kernel.divide < 0 else 1
    rows, scale, error = scaled(tuple(tuple(sign * one for one in row) for row in kernel.rows))
    if error / abs(kernel.divide) > COARSE:
        raise FilterError(
            "ffmpeg takes whole numbers, and weights as different in size as these would lose "
            "too much by rounding.",
            "--to vips, or --to gmic",
        )
    weights = words((weight for row in rows for weight in row), " ")
    options = [f"{plane}m='{weights}'" for plane in PLANES]
    options += [f"{plane}rdiv=1/{written(abs(kernel.divide) * scale)}" for plane in PLANES]
    if kernel.bias:
        options += [f"{plane}bias={written(kernel.bias * WHITE)}" for plane in PLANES]
    if mode != "square":
        options += [f"{plane}mode={mode}" for plane in PLANES]
    return "convolution=" + ":".join(options)


def _passes(kernel: Laid) -> Iterator[tuple[Laid, str]]:
    """Take a blur apart into a column and a row, between which nothing is cut off at white."""
    total, rows = kernel.total, kernel.rows
    column = [math.fsum(row) for row in rows]
    row = [math.fsum(weights) for weights in zip(*rows, strict=True)]
    apart = all(
        weight >= 0 and math.isclose(weight * total, down * across, rel_tol=1e-9)
        for weights, down in zip(rows, column, strict=True)
        for weight, across in zip(weights, row, strict=True)
    )
    if not apart or total > kernel.divide * (1 + 1e-9) or max(kernel.size) > LONGEST:
        raise FilterError(
            f"ffmpeg takes kernels up to 7x7, and blurs of one column times one row up to "
            f"{LONGEST}x{LONGEST}, not {'x'.join(map(str, kernel.size))}.",
            "--to vips, or --to imagemagick",
        )
    yield Laid(tuple((weight,) for weight in column), total), "column"
    yield Laid((tuple(row),), kernel.divide, kernel.bias), "row"


def cautions(step: Convolve) -> Iterator[str]:
    """Yield a warning where an old version would give another result."""
    kernel = laid_of(step)[0]
    rows, scale, _ = scaled(kernel.rows)
    total = sum(map(sum, rows))
    if not math.isclose(abs(step.divide) * scale, abs(total) or 1.0, rel_tol=1e-3):
        yield (
            "ffmpeg 5.1 ignores rdiv, and would divide by the sum of the weights where it is not "
            "0; later versions obey."
        )


TOOL = Tool(
    "ffmpeg",
    "ffmpeg",
    NAME,
    'ffmpeg -i photo.png -vf "format=gbrp,KERNEL" out.png',
    write,
    read,
    normalises="without rdiv, by the sum of the weights",
    border="reflect above and left, edge below and right",
    holds=frozenset({"bias"}),
    cautions=cautions,
)
