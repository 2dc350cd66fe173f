"""The filter `convolution` of ffmpeg: whole numbers, a factor and a bias for each plane."""

import math
import re
from collections.abc import Iterable, Iterator

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import WHITE, Laid, Rows, called, laid_of
from filterkit.filters.tools.numbers import number, quoted, squared, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tools.whole_numbers import in_whole_numbers
from filterkit.filters.tree import Row, Tree, pair_text
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

NAME = "an ffmpeg convolution"
SIDES = (3, 5, 7)
LONGEST_ROW = 49
"""Weights of a single row or column."""

PLANES = range(3)
"""A plane each for red, green and blue, or the first for grey; transparency stays as it is."""

KEYS = [f"{plane}{key}" for key in ("m", "rdiv", "bias", "mode") for plane in range(4)]
"""The options in the order in which values without a name are taken."""

MODES = {"square": "square", "row": "row", "column": "column", "0": "square", "1": "row",
         "2": "column"}  # fmt: skip
FORMAT = re.compile(r"format=([\w|]+)\s*,")

COARSE = 0.5 / WHITE
"""What the rounding of weights may change in a result."""


def read(text: str) -> Tree:
    """Read a filter graph of convolutions, one after the other. Raises FilterError."""
    graph = text.replace('"', "").strip()
    found = FORMAT.match(graph)
    planes = 1 if found and found[1].startswith("gray") else len(PLANES)
    parts = re.split(r",(?=\s*convolution\b)", graph[found.end() :] if found else graph)
    steps = tuple(_laid(part.strip(), planes).atom() for part in parts)
    return steps[0] if len(steps) == 1 else Row(steps)


def _laid(text: str, planes: int) -> Laid:
    """Read one convolution; so many planes must have the same. Raises FilterError."""
    if not text.startswith("convolution="):
        raise FilterError(f"{NAME} begins with convolution=, not with '{quoted(text)}'.")
    options = dict(_options(text.removeprefix("convolution=")))
    given = [
        {key[1:]: value for key, value in options.items() if key[0] == str(plane)}
        for plane in PLANES[:planes]
    ]
    first = next(filter(None, given), {})
    if any(plane != first for plane in given):
        only = ":".join(f"0{key}='{value}'" for key, value in first.items())
        raise FilterError(
            f"the planes of {NAME} differ (one without a matrix stays as it is), and a filter here "
            "has one kernel for all.",
            f'--from ffmpeg "format=gray,convolution={only}"',
        )
    rows = _rows(first.get("m", ""), first.get("mode", "square"))
    return Laid(rows, _divisor(rows, first), _least(first, "bias") / WHITE)


def _divisor(rows: Rows, plane: dict[str, str]) -> float:
    """Read rdiv, a number or a fraction; without one, the sum of the weights divides."""
    above, _, below = (plane.get("rdiv") or "0").partition("/")
    factor = _least({"rdiv": above}, "rdiv")
    if factor == 0:
        return math.fsum(map(math.fsum, rows)) or 1.0
    return (_least({"rdiv": below}, "rdiv") if below else 1.0) / factor


def _least(plane: dict[str, str], key: str) -> float:
    """Read a number that is 0 or more."""
    value = number(plane.get(key) or "0", NAME)
    if value < 0:
        raise FilterError(f"{key} of {NAME} is 0 or more, not {written(value)}.")
    return value


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
    weights = [_weight(word) for word in re.split(r"[\s|]+", text) if word]
    if mode not in MODES:
        raise FilterError(f"the mode of {NAME} is square, row or column, not '{quoted(mode)}'.")
    if MODES[mode] == "square":
        return squared(weights, NAME, SIDES)
    if len(weights) % 2 == 0 or len(weights) > LONGEST_ROW:
        raise FilterError(
            f"a row or column of {NAME} has an odd number of weights, at most {LONGEST_ROW}, "
            f"not {len(weights)}."
        )
    return (tuple(weights),) if MODES[mode] == "row" else tuple((weight,) for weight in weights)


def _weight(word: str) -> float:
    """Read a weight as ffmpeg has it: a whole number of 32 bits."""
    weight = number(word, NAME)
    if weight != int(weight) or abs(weight) >= 2**31:
        raise FilterError(
            f"the weights of {NAME} are whole numbers below 2147483648, not {written(weight)}; "
            "ffmpeg would cut it off.",
            "the weights times 10 or 100, and 0rdiv",
        )
    return weight


def write(step: Convolve) -> str:
    """Write the filter for three planes, two filters where only a blur in two passes fits."""
    kernel = laid_of(step)[0].odd()
    if kernel.bias < 0:
        raise FilterError(
            f"ffmpeg adds no bias below 0, and {called(step)} has {written(kernel.bias)}.",
            "a bias of 0 or more",
        )
    return ",".join(_written(one, mode) for one, mode in _parts(kernel)) + "\n"


def _parts(kernel: Laid) -> Iterable[tuple[Laid, str]]:
    """Give the filters, each with its mode: a row, a column, a square, or a column and a row."""
    if 1 in kernel.size and 1 < max(kernel.size) <= LONGEST_ROW:
        return [(kernel, "row" if kernel.size[0] == 1 else "column")]
    if max(kernel.size) <= SIDES[-1]:
        return [(kernel.square(SIDES), "square")]
    return _passes(kernel)


def _written(kernel: Laid, mode: str) -> str:
    """Write one filter, the same for every plane."""
    rows, divisor, error = in_whole_numbers(kernel)
    if error > COARSE or not 1e-37 < 1 / divisor < 2**31:
        raise FilterError(
            "ffmpeg takes whole numbers and a factor of 32 bits, in which these weights would "
            "lose too much.",
            "--to vips, or --to gmic",
        )
    options = {
        "m": "'{}'".format(words((weight for row in rows for weight in row), " ")),
        "rdiv": f"1/{written(divisor)}",
        "bias": written(kernel.bias * WHITE) if kernel.bias else "",
        "mode": mode if mode != "square" else "",
    }
    return "convolution=" + ":".join(
        f"{plane}{key}={value}" for key, value in options.items() if value for plane in PLANES
    )


def _passes(kernel: Laid) -> Iterator[tuple[Laid, str]]:
    """Take a blur apart into a column and a row, between which nothing is cut off at white."""
    total, rows = kernel.total, kernel.rows
    column = [math.fsum(row) for row in rows]
    row = [math.fsum(weights) for weights in zip(*rows, strict=True)]
    apart = total > 0 and all(
        weight >= 0 and math.isclose(weight * total, down * across, rel_tol=1e-9)
        for weights, down in zip(rows, column, strict=True)
        for weight, across in zip(weights, row, strict=True)
    )
    if not apart or total > abs(kernel.divide) * (1 + 1e-9) or max(kernel.size) > LONGEST_ROW:
        raise FilterError(
            f"ffmpeg takes kernels up to 7x7, and up to {LONGEST_ROW}x{LONGEST_ROW} those that are "
            "a column times a row, have no weights below 0 and add up to the divisor or less; "
            f"this one is {pair_text(kernel.size)}.",
            "--to vips, or --to imagemagick",
        )
    yield Laid(tuple((weight,) for weight in column), total), "column"
    yield Laid((tuple(row),), kernel.divide, kernel.bias), "row"


def cautions(step: Convolve) -> Iterator[str]:
    """Yield where an old version, or a deeper picture, would give another result."""
    parts = [in_whole_numbers(kernel) for kernel, _ in _parts(laid_of(step)[0].odd())]
    if min(part.bits for part in parts) < 16:
        yield "these weights are for pictures of 8 bits: ffmpeg's sums run over with deeper ones."
    elif step.bias:
        yield "the bias is for pictures of 8 bits; for 16 it is 257 times as much."
    totals = (sum(map(sum, part.rows)) or 1.0 for part in parts)
    if not all(
        math.isclose(part.divisor, total, rel_tol=1e-3)
        for part, total in zip(parts, totals, strict=True)
    ):
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
