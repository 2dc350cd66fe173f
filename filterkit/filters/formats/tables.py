"""Matrices as tables of text: rows of numbers, and perhaps a comment that sets something."""

import math
import re
from pathlib import Path
from typing import Any

from filterkit.errors import FilterFileError, SettingError
from filterkit.filters.expression import read_value
from filterkit.filters.formats.file import SETTINGS
from filterkit.filters.formats.weights import Weights, WeightsError, check_weights, place
from filterkit.filters.tree import NUMBER
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve

SETTING = re.compile(
    rf"\b({'|'.join(SETTINGS)})\s*(?:=\s*([^\s,;]+)|:\s*({NUMBER})(?![\w.]))", re.IGNORECASE
)
"""A word that is set in a comment; with a colon it takes a number."""


def read_table(path: Path, text: str) -> Weights:
    """Read rows of numbers: `,` `;` tab or space between them, # begins a comment."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    numbers = [number for number, line in enumerate(lines, start=1) if line]
    if not numbers:
        raise FilterFileError(f"{place(path)}: there is no row of numbers in it.")
    try:
        rows = [_row(lines[number - 1], row) for row, number in enumerate(numbers)]
        check_weights(rows)
    except WeightsError as error:
        line = numbers[error.index[0]] if error.index else None
        raise FilterFileError(f"{place(path, line)}: {error.sentence}") from None
    return rows


def _row(cells: str, row: int) -> list[float]:
    if ";" in cells and "," in cells:
        sentence = "either , or ; stands between the weights, and decimals have a point."
        raise WeightsError(sentence, (row,))
    return [_number(cell, row) for cell in re.split(r"\s*[;,]\s*|\s+", cells)]


def _number(cell: str, row: int) -> float:
    above, _, below = cell.partition("/")
    if not all(re.fullmatch(NUMBER, part) for part in (above, below or "1")) or cell.endswith("/"):
        raise WeightsError(f"a weight is a number, 2, -0.5 or 1/9, not '{cell}'.", (row,))
    divisor = float(below or 1)
    number = float(above) / divisor if divisor else math.inf
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def read_settings(path: Path, text: str) -> dict[str, Any]:
    """Read what comments set: `# divide=16 bias=0.5`, words of Convolve, wherever they stand.

    Where a comment is nothing but settings, all of them must be known.
    """
    found: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        comment = line.partition("#")[2]
        pairs = {one[1].lower(): one[2] or one[3] for one in SETTING.finditer(comment)}
        words = re.split(r"[\s,;]+", comment.strip())
        if pairs and all(re.fullmatch(r"[a-z]+=\S+", word) for word in words):
            pairs = dict(word.split("=", 1) for word in words)
        try:
            found |= {key: _setting(key, value) for key, value in pairs.items()}
        except SettingError as error:
            sentence = f"{place(path, number)}: {error.sentence}"
            raise FilterFileError(sentence, error.advice) from None
    return found


def _setting(key: str, value: str) -> Any:
    if key not in SETTINGS:
        raise SettingError(f"a table has no setting '{key}'; it has {', '.join(SETTINGS)}.")
    return kinds(Convolve)[key].read(key, read_value(value))
