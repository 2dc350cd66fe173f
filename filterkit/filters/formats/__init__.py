"""Filter files: a matrix, a family or a composition, with what a reader should know of it."""

from pathlib import Path

from filterkit.errors import FilterFileError
from filterkit.filters.formats.file import GROUPS, FilterFile
from filterkit.filters.formats.reading import Reader
from filterkit.filters.formats.weights import place, printable, read_npy, read_table, read_text
from filterkit.filters.formats.writing import dump

__all__ = ["GROUPS", "FilterFile", "dump", "heading", "load", "printable"]


def load(path: Path) -> FilterFile:
    """Read a filter file (.toml) or a bare matrix (.npy, .csv, .txt).

    Raises FilterFileError with the file, the line where that is known, and what would be right.
    """
    return _load(path, whole=True)


def heading(path: Path) -> FilterFile:
    """Read a filter file as `load` does, except weights that lie in a file of numbers."""
    return _load(path, whole=False)


def _load(path: Path, whole: bool) -> FilterFile:
    ending = path.suffix.lower()
    if ending == ".toml":
        return Reader(path, read_text(path), whole).file()
    if ending not in (".npy", ".csv", ".txt"):
        raise FilterFileError(
            f"{place(path)}: a filter file ends in .toml, .npy, .csv or .txt, not '{ending}'."
        )
    read = read_npy if ending == ".npy" else read_table
    return FilterFile(path.stem, path, weights=read(path) if whole else None)
