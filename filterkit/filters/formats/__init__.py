"""Filter files: a matrix, a family or a composition, with what a reader should know of it."""

from pathlib import Path

from filterkit.errors import FilterError, FilterFileError
from filterkit.filters.formats.file import GROUPS, FilterFile
from filterkit.filters.formats.reading import Reader
from filterkit.filters.formats.tables import read_settings, read_table
from filterkit.filters.formats.weights import (
    MOST_BYTES,
    place,
    printable,
    read_bytes,
    read_npy,
    read_text,
)
from filterkit.filters.formats.writing import dump
from filterkit.filters.tree import FILE_ENDINGS as ENDINGS

__all__ = ["ENDINGS", "GROUPS", "FilterFile", "dump", "heading", "load", "printable"]

OF_MATLAB = (b"MATLAB", b"\x89HDF")
"""How files of MATLAB begin, whose ending is .mat too."""


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
    if ending == ".mat":
        return _of_vips(path)
    text = read_text(path)
    return FilterFile(
        path.stem, path, weights=read_table(path, text), settings=read_settings(path, text)
    )


def _of_vips(path: Path) -> FilterFile:
    """Read a matrix file of libvips, and tell one of MATLAB from it."""
    if read_bytes(path, MOST_BYTES).startswith(OF_MATLAB):
        raise FilterFileError(
            f"{place(path)}: this is a file of MATLAB, and a .mat file here is a libvips matrix.",
            "the kernel as .npy or .csv",
        )
    from filterkit.filters.tools.vips import laid  # seldom needed, and a start counts milliseconds

    try:
        kernel = laid(read_text(path))
    except FilterError as error:
        raise FilterFileError(f"{place(path)}: {error.sentence}", error.advice) from None
    settings = {"divide": kernel.divide, "bias": kernel.bias}
    weights = [list(row) for row in kernel.centred().rows]
    return FilterFile(path.stem, path, weights=weights, settings=settings)
