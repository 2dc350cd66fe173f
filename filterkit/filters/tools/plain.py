"""Kernels as tables, arrays and filter files: what every program can read."""

import io
from pathlib import Path

from filterkit.filters.catalogue import file_of, is_shipped
from filterkit.filters.expression import read, read_value
from filterkit.filters.formats import dump, printable
from filterkit.filters.formats.file import SETTINGS
from filterkit.filters.formats.filing import file_of_step
from filterkit.filters.formats.tables import read_settings, read_table
from filterkit.filters.tools.laid import laid_weights
from filterkit.filters.tools.numbers import words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Atom, Matrix, Setting, Tree
from filterkit.settings import defaults, given, kinds
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.step import Step
from filterkit.steps.window import DRAWN

APPLIED = "filterkit apply FILE photo.png -o out.png"

TABLE = Path("the table")
"""What a table without a file is called in a message."""

FILE = Path("the filter.toml")
"""Where a filter file would be; its stem is what a message calls it."""


def read_csv(text: str) -> Tree:
    """Read rows of numbers, and the comments that set something. Raises FilterFileError."""
    rows = tuple(map(tuple, read_table(TABLE, text)))
    known = kinds(Convolve)
    settings = tuple(
        Setting(key, read_value(known[key].write(value)))
        for key, value in read_settings(TABLE, text).items()
    )
    return Atom(Matrix(rows), settings)


def write_csv(step: Convolve) -> str:
    """Write the weights with commas between, below a comment with everything that is set."""
    settings = " ".join(f"{key}={text}" for key, text in given(step, defaults(Convolve)))
    rows = (words(row, ",") for row in step.kernel.weights[0, 0].tolist())
    return "".join(f"{line}\n" for line in ([f"# {settings}"] if settings else []) + [*rows])


def write_npy(step: Convolve) -> bytes:
    """Write the weights, the divisor in them, with the axes that are longer than 1 in front."""
    import numpy as np

    weights = laid_weights(step) / step.divide
    while len(weights) == 1 and weights.ndim > 2:
        weights = weights[0]
    stream = io.BytesIO()
    np.save(stream, weights, allow_pickle=False)
    return stream.getvalue()


def write_toml(step: Step) -> str:
    """Write a filter file; of a filter that has a file it keeps title, source and group."""
    tree = read(name) if (name := _name(step)) else None
    file = file_of(tree) if tree else None
    if file is None or not isinstance(tree, Atom):
        return dump(file_of_step(step, FILE))
    if file.steps and not tree.settings and is_shipped(tree):
        return dump(file)
    settings = ",".join(map(str, tree.settings))
    title = ", ".join(one for one in (file.title or printable(file.name), settings) if one)
    about = {"title": title, "about": file.about, "group": file.group, "source": file.source}
    return dump(file_of_step(step, FILE, **about))


def _name(step: Step) -> str:
    """Give the text that means a step, where that is the name of a filter or of a file."""
    if isinstance(step, Pipeline) and len(step.steps) == 1 and not step.name:
        return _name(step.steps[0])
    if isinstance(step, Convolve):
        return str(step) if step.origin is not None else ""
    return step.name if isinstance(step, Pipeline) else ""


CSV = Tool(
    "csv",
    "CSV",
    "a table of numbers",
    APPLIED,
    write_csv,
    read_csv,
    border="any",
    ending=".csv",
    holds=frozenset(SETTINGS),
    borders=tuple(DRAWN),
)
NPY = Tool(
    "npy",
    "NumPy array",
    "an array of weights",
    APPLIED,
    write_npy,
    border="any",
    ending=".npy",
    holds=frozenset({"maps", "channels"}),
)
TOML = Tool(
    "toml",
    "filter file",
    "a filter file",
    APPLIED,
    write_toml,
    border="any",
    ending=".toml",
    holds=frozenset({*SETTINGS, "maps", "channels", "steps"}),
    borders=tuple(DRAWN),
)
