"""Filter files: a matrix, a family or a composition, with what a reader should know of it."""

from pathlib import Path

from filterkit.errors import FilterError, FilterFileError
from filterkit.filters.formats.file import GROUPS, FilterFile
from filterkit.filters.formats.reading import Reader
from filterkit.filters.formats.tables import read_settings, read_table
from filterkit.filters.formats.weights import place, printable, read_npy, read_text
from filterkit.filters.formats.writing import dump
from filterkit.filters.tree import FILE_ENDINGS as ENDINGS

__all__ = ["ENDINGS", "GROUPS", "FilterFile", "dump", "heading", "load", "printable"]


def load(path: Path) -> FilterFile:
    """Read a filter file (.toml) or a bare matrix (.npy, .csv, .txt, .mat).

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
    if ending not in ENDINGS:
        known = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise FilterFileError(f"{place(path)}: a filter file ends in {known}, not '{ending}'.")
    if not whole:
        return FilterFile(path.stem, path)
    if ending == ".npy":
        return FilterFile(path.stem, path, weights=read_npy(path))
    text = read_text(path)
    if ending == ".mat":
        return _of_vips(path, text)
    return FilterFile(
        path.stem, path, weights=read_table(path, text), settings=read_settings(path, text)
    )


def _of_vips(path: Path, text: str) -> FilterFile:
    """Read a matrix file of libvips."""
    from filterkit.filters.tools.vips import laid  # seldom needed, and a start counts milliseconds

    try:
        kernel = laid(text)
    except FilterError as error:
        raise FilterFileError(f"{place(path)}: {error.sentence}", error.advice) from None
    settings = {"divide": kernel.divide, "bias": kernel.bias}
    weights = [list(row) for row in kernel.centred().rows]
    return FilterFile(path.stem, path, weights=weights, settings=settings)
