"""The convolution matrix of GIMP, gegl:convolution-matrix: 5x5 numbers with names."""

import re
from collections.abc import Iterator

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, laid_of
from filterkit.filters.tools.numbers import number, quoted
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Tree, pair_text
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

NAME = "a GIMP convolution matrix"
OPERATION = "gegl:convolution-matrix"
COLUMNS, LINES = "abcde", "12345"
"""A letter is a column and a digit a row, although the operation's own labels say otherwise."""

BORDERS = {"clamp": "edge", "loop": "wrap", "none": "zero", "black": "zero"}
"""What it calls borders, and what they are called here; white is none of ours."""

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
COLOURS = ("red", "green", "blue")
SWITCHES = ("normalize", "alpha-weight", "alpha", *COLOURS)
OTHERS = ("divisor", "offset", "border", *SWITCHES)


def read(text: str) -> Tree:
    """Read the operation's properties, what is not given as it has them. Raises FilterError."""
    given = dict(_properties(text))
    truths = {key: _truth(given[key], key) for key in given if key in SWITCHES}
    switched_off = [one for one in COLOURS if not truths.get(one, True)]
    if switched_off:
        raise FilterError(
            f"{NAME} that leaves out {switched_off[0]} is no filter for all channels.",
            f"the same without {switched_off[0]}",
        )
    weights = {"c3": 1.0} | {key: number(given[key], NAME) for key in given if len(key) == 2}
    rows = tuple(tuple(weights.get(letter + digit, 0.0) for letter in COLUMNS) for digit in LINES)
    kernel = _settled(Laid(_trimmed(rows)), given, truths.get("normalize", True))
    return kernel.atom(border=_border(given))


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """Yield the properties; the operation's name may stand before them."""
    for word in text.strip().removeprefix(OPERATION).split():
        key, sign, value = word.partition("=")
        key = key.lower().replace("_", "-")
        if not sign or not (re.fullmatch("[a-e][1-5]", key) or key in OTHERS):
            raise FilterError(
                f"{NAME} has a1=... to e5=... (a letter for the column, a digit for the row), "
                f"{', '.join(OTHERS)}, not '{quoted(word)}'."
            )
        yield key, value.strip("\"'")


def _truth(text: str, key: str) -> bool:
    if text.lower() not in TRUTHS:
        raise FilterError(f"{key} of {NAME} is true or false, not '{quoted(text)}'.")
    return TRUTHS[text.lower()]


def _settled(kernel: Laid, given: dict[str, str], normalize: bool) -> Laid:
    """Set divisor and offset: as given, or with `normalize`, which is its default, as it does."""
    if not normalize:
        divide = number(given.get("divisor", "1"), NAME)
        if not divide:
            raise FilterError(f"the divisor of {NAME} cannot be 0.")
        return Laid(kernel.rows, divide, number(given.get("offset", "0"), NAME))
    total = kernel.total
    return Laid(kernel.rows, abs(total) or 1.0, 0.0 if total > 0 else 1.0 if total < 0 else 0.5)


def _border(given: dict[str, str]) -> str:
    """Give our word for its border: clamp, where it is not said."""
    border = given.get("border", "clamp")
    if border not in BORDERS:
        raise FilterError(
            f"the border of {NAME} is one of {', '.join(BORDERS)} here, not '{quoted(border)}'.",
            "the same without border",
        )
    return BORDERS[border]


def _trimmed(rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """Leave out the outermost rows and columns where they are all zeros, both of a pair."""
    while len(rows) > 1 and not any((*rows[0], *rows[-1])):
        rows = rows[1:-1]
    while len(rows[0]) > 1 and not any(one for row in rows for one in (row[0], row[-1])):
        rows = tuple(row[1:-1] for row in rows)
    return rows


def write(step: Convolve) -> str:
    """Write the operation and its properties, also those whose defaults would change a result."""
    kernel = laid_of(step)[0].odd()
    if max(kernel.size) > len(COLUMNS):
        raise FilterError(
            f"{NAME} has 5x5 weights, not {pair_text(kernel.size)}.",
            "--to gmic, which GIMP has as a plug-in",
        )
    if abs(kernel.bias) > 1:
        raise FilterError(
            f"{NAME} adds from -1 to 1, not {written(kernel.bias)}.", "a bias between the two"
        )
    whole = kernel.odd((5, 5)).rows
    weights = {
        letter + digit: weight
        for digit, row in zip(LINES, whole, strict=True)
        for letter, weight in zip(COLUMNS, row, strict=True)
        if weight or letter + digit == "c3"
    }
    words = [f"{key}={written(weight)}" for key, weight in weights.items()]
    words += [f"divisor={written(kernel.divide)}", f"offset={written(kernel.bias)}"]
    words += ["normalize=false", "alpha-weight=false", "alpha=false"]
    words += [f"border={its}" for its, ours in BORDERS.items() if ours == step.border][:1]
    return " ".join([OPERATION, *words]) + "\n"


TO_LINEAR, BACK = (
    f'gegl:cast-format input-format="{before}" output-format="{after}"'
    for before, after in (("R'G'B'A float", "RGBA float"), ("RGBA float", "R'G'B'A float"))
)
TOOL = Tool(
    "gimp",
    "GIMP, GEGL",
    NAME,
    f"gegl photo.png -o out.png -- {TO_LINEAR} KERNEL {BACK}",
    write,
    read,
    normalises="with `normalize`, its default, and then it adds an offset too",
    holds=frozenset({"bias"}),
    borders=tuple(dict.fromkeys(BORDERS.values())),
)
