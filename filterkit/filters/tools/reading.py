"""A kernel of another tool, as a text or in a file, becomes a filter like any other."""

import re
from pathlib import Path

from filterkit.errors import FilterError
from filterkit.filters.formats.weights import printable, read_text
from filterkit.filters.meaning import made
from filterkit.filters.tools.known import tool
from filterkit.filters.tree import FILE_ENDINGS, Atom, File, Tree
from filterkit.steps.pipeline import Pipeline

FILE = re.compile(r"[\w./~ -]*[A-Za-z_][\w-]*\.[A-Za-z]\w{0,4}")
"""What can hardly be anything but the name of a file."""


def foreign(text: str, name: str) -> Tree:
    """Read what a tool calls a kernel, or the file that holds it. Raises FilterError."""
    known = tool(name, read=True)
    text = text.removeprefix("\ufeff")  # a mark that some editors put in front
    path = Path(text.strip().removeprefix("@"))
    if known.ending in FILE_ENDINGS and path.suffix.lower() == known.ending:
        return Atom(File(str(path)))
    if known.read is None:
        shown = printable(text)
        raise FilterError(f"{known.kernel} is a file that ends in {known.ending}, not '{shown}'.")
    if _is_file(path) or FILE.fullmatch(text):
        return known.read(read_text(path))
    return known.read(text)


def read_kernel(text: str, format: str) -> Pipeline:
    """Make a pipeline of another tool's kernel, such as "Sobel:45" of "imagemagick".

    `text` may also be the path of a file that holds it. A list of kernels becomes a bank. Raises
    FilterError, and UsageError for a format that is not read.
    """
    return made(foreign(text, format))


def _is_file(path: Path) -> bool:
    """Tell whether there is such a file; a long text is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
