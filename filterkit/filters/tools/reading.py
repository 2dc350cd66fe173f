"""A kernel of another tool, as a text or in a file, becomes a filter like any other."""

import re
from pathlib import Path

from filterkit.errors import FilterError, FilterFileError
from filterkit.filters.formats.weights import MOST_BYTES, place, read_text
from filterkit.filters.meaning import made
from filterkit.filters.tools.known import tool
from filterkit.filters.tools.numbers import quoted
from filterkit.filters.tree import FILE_ENDINGS, Atom, File, Tree
from filterkit.steps.pipeline import Pipeline

LONGEST_PATH = 1000
"""Letters of a path; longer texts are kernels."""


def read_kernel(text: str, format: str) -> Pipeline:
    """Make a pipeline of another tool's kernel, such as "Sobel:45" of "imagemagick".

    `text` may also be the path of a file that holds it. A list of kernels becomes a bank. Raises
    FilterError, and UsageError for a format that is not read.
    """
    return made(foreign(text, format))


def foreign(text: str, name: str) -> Tree:
    """Read what a tool calls a kernel, or the file that holds it. Raises FilterError."""
    known = tool(name, read=True)
    text = text.removeprefix("\ufeff")  # a mark that some editors put in front
    if len(text) > MOST_BYTES:
        raise FilterError(f"a kernel has at most {MOST_BYTES} letters, not {len(text)}.")
    path = Path(text.strip().removeprefix("@"))
    if known.ending in FILE_ENDINGS and path.suffix.lower() == known.ending:
        return Atom(File(str(path)))
    if known.read is None:
        shown = quoted(text)
        raise FilterError(f"{known.kernel} is a file that ends in {known.ending}, not '{shown}'.")
    if not _names_file(text, path):
        return known.read(text)
    try:
        return known.read(_content(path))
    except FilterFileError:
        raise
    except FilterError as error:
        raise FilterFileError(f"{place(path)}: {error.sentence}", error.advice) from None


def _names_file(text: str, path: Path) -> bool:
    """Tell whether a text is the path of a file; a bare word may be the name of a kernel."""
    if len(text) > LONGEST_PATH or re.search(r"""[,;:=()'"\n]""", text) or text.isalpha():
        return False
    letters = re.search("[A-Za-z]", text)
    if text.startswith("@") or ("/" in text and letters):
        return True
    if re.search(r"[A-Za-z_][\w-]*\.[A-Za-z]\w{0,4}$", text):
        return True
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a NUL
        return False


def _content(path: Path) -> str:
    """Read a small file, or what comes through a pipe that has a name."""
    try:
        path = path.expanduser()
        if not (path.is_fifo() or path.is_char_device()):
            return read_text(path)
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES).decode("utf-8-sig", "replace")
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or of ~nobody
        raise FilterFileError(f"{quoted(str(path))}: there can be no such file.") from None
