"""Matrices of weights from files: read as plain data, checked before anything large is made."""

import ast
import io
import math
import operator
import re
from pathlib import Path
from typing import Any, BinaryIO, Literal

from filterkit.errors import FilterFileError
from filterkit.settings import is_finite, shown
from filterkit.steps.kernel import MOST_WEIGHTS, TOO_MUCH, reach_of

Weights = list[Any]
"""Numbers in lists, nested two to four deep: ([maps,] [channels,] rows, columns)."""

REAL = re.compile(r"[<>|=](?:[iu][1248]|f[248])")
MOST_BYTES = 2**20
MOST_BYTES_OF_HEADER = 10_000
MOST_BYTES_OF_NPY = 16 * MOST_WEIGHTS + 2**16
DEPTHS = "(rows, columns), (channels, rows, columns) or (maps, channels, rows, columns)"


class WeightsError(Exception):
    """The weights are wrong at `index`, counted from 0; it never leaves this package."""

    def __init__(self, sentence: str, index: tuple[int, ...] = ()) -> None:
        super().__init__(sentence, index)
        self.sentence = sentence
        self.index = index


def check_weights(weights: Any) -> None:
    """Raise WeightsError unless they are finite numbers in lists that fit together."""
    shape = _shape(weights, ())
    if not 2 <= len(shape) <= 4:
        raise WeightsError(f"weights are {DEPTHS}: a matrix is [[1, 2], [3, 4]].")
    if math.prod(shape) > MOST_WEIGHTS:
        raise WeightsError(f"a kernel has at most {MOST_WEIGHTS} weights, not {math.prod(shape)}.")
    if not math.isfinite(reach_of(weights)):
        raise WeightsError(TOO_MUCH)


def _shape(part: Any, index: tuple[int, ...]) -> tuple[int, ...]:
    if not isinstance(part, list):
        if not is_finite(part):
            raise WeightsError(f"a weight is a finite number, not {shown(part)}.", index)
        return ()
    if not part or len(index) > 3:
        raise WeightsError(f"weights are {DEPTHS}, and none of them empty.", index)
    shapes = [_shape(one, (*index, place)) for place, one in enumerate(part)]
    for place, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise WeightsError(
                f"row {place + 1} is {_size(shape)}, but row 1 is {_size(shapes[0])}.",
                (*index, place),
            )
    return (len(part), *shapes[0])


def _size(shape: tuple[int, ...]) -> str:
    if len(shape) > 1:
        return "x".join(map(str, shape))
    return f"{shape[0]} weight{'s' * (shape[0] > 1)}" if shape else "a single number"


def place(path: Path, line: int | None = None) -> str:
    """Name a file, and a line of it, for a message."""
    name = printable(path.name)
    return name if line is None else f"{name}, line {line}"


def printable(text: str) -> str:
    """Write what a terminal would obey, or could not show, as a program would write it."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def read_bytes(path: Path, most: int) -> bytes:
    """Read a small regular file, or raise FilterFileError."""
    try:
        if not path.is_file():
            what = "no such file"
            if path.exists():
                what = "that is a folder" if path.is_dir() else "that is no regular file"
            raise FilterFileError(f"{place(path)}: {what}.")
        if path.stat().st_size > most:
            raise FilterFileError(
                f"{place(path)}: a filter file has {most} bytes or less, "
                f"this one has {path.stat().st_size}.",
                "a .npy file, for many weights",
            )
        return path.read_bytes()
    except OSError as error:
        raise FilterFileError(f"{place(path)}: it cannot be read ({error.strerror}).") from error


def read_text(path: Path) -> str:
    """Read a small text file, or raise FilterFileError."""
    content = read_bytes(path, MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FilterFileError(f"{place(path, line)}: this is not UTF-8 text.") from None


def read_npy(path: Path) -> Weights:
    """Read an array of real numbers from a .npy file; objects are refused before any is made."""
    stream = io.BytesIO(read_bytes(path, MOST_BYTES_OF_NPY))
    try:
        return _array(stream)
    except (ValueError, TypeError, LookupError, SyntaxError, RecursionError, MemoryError):
        raise FilterFileError(f"{place(path)}: this is no whole .npy file.") from None
    except WeightsError as error:
        raise FilterFileError(f"{place(path)}: {error.sentence}") from None


def _array(stream: BinaryIO) -> Weights:
    import numpy as np

    kind, order, shape = _header(stream)
    if not isinstance(kind, str) or not REAL.fullmatch(kind):
        raise WeightsError(f"weights are real numbers, not {kind!r}.")
    if not 2 <= len(shape) <= 4 or min(shape) < 1:
        raise WeightsError(f"weights are {DEPTHS}, not {shape}.")
    if math.prod(shape) > MOST_WEIGHTS:
        raise WeightsError(f"a kernel has at most {MOST_WEIGHTS} weights, not {math.prod(shape)}.")
    array = np.frombuffer(stream.read(math.prod(shape) * int(kind[2:])), dtype=kind)
    array = array.reshape(shape, order=order)
    with np.errstate(over="ignore", invalid="ignore"):
        reach = np.abs(array.astype(np.float64)).sum()
    if not np.isfinite(reach):
        raise WeightsError("every weight is a finite number, and so is the sum of all.")
    weights: Weights = array.tolist()
    return weights


def _header(stream: BinaryIO) -> tuple[Any, Literal["C", "F"], tuple[int, ...]]:
    """Read what NumPy's format says of the array: kind of number, order, shape.

    NumPy's own reader would tokenize a broken header as Python 2, and warn or fail in its way.
    """
    start = stream.read(8)
    if start[:6] != b"\x93NUMPY":
        raise ValueError("no .npy file")
    length = int.from_bytes(stream.read(2 if start[6] == 1 else 4), "little")
    if length > MOST_BYTES_OF_HEADER:
        raise ValueError("no header is as long as that")
    header = ast.literal_eval(stream.read(length).decode("latin-1").strip())
    shape = tuple(operator.index(length) for length in header["shape"])
    return header["descr"], "F" if header["fortran_order"] else "C", shape
