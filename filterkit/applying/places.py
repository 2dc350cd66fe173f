"""Whether a result may stand where it is named: names, folders, open files, originals."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filterkit.errors import OutputIsInputError, UnwritableError
from filterkit.pictures.names import escaped, reason_of
from filterkit.pictures.writing import MOST_NAME, descriptor

Identity = tuple[int, int]
"""A file's disk and number on it."""


@contextmanager
def told(output: str | None) -> Iterator[None]:
    """Turn what the system says of a name, too long or not to be looked at, into our words."""
    try:
        yield
    except OSError as error:
        where = escaped(error.filename or output or "the output")
        reason = reason_of(error).lower()
        raise UnwritableError(f"{where} could not be written: {reason}.", "another -o") from error


def check_name(path: Path) -> None:
    """Refuse a name that no common file system takes."""
    size = len(os.fsencode(path.name))
    if size > MOST_NAME:
        raise UnwritableError(
            f"{escaped(path)}: that name has {size} bytes, and {MOST_NAME} is the most.",
            "a shorter one with -o",
        )


def check_open(path: Path) -> None:
    """Refuse /dev/fd/N where nobody gave us an N; pipes of our own are not handed down."""
    number = descriptor(path)
    try:
        given = number is None or os.get_inheritable(number)
    except OSError:
        given = False
    if not given:
        raise UnwritableError(f"{escaped(path)} is not open.", "another -o")


def check_folder(folder: Path, given: bool) -> None:
    """Refuse a folder that cannot be written to; a missing one is made later."""
    there = next(one for one in (folder, *folder.parents) if one.exists() or one == one.parent)
    if not there.is_dir():
        raise UnwritableError(f"{escaped(there)} is a file, and a folder was needed.")
    if not os.access(there, os.W_OK | os.X_OK):
        if given:
            raise UnwritableError(f"{escaped(there)}: that folder cannot be written to.")
        raise UnwritableError(
            f"{escaped(there)}: that folder cannot be written to, "
            "and results go beside the picture.",
            "-o ./",
        )


def identity(path: Path) -> Identity | None:
    """Give what is the same for all names of one file; None where there is none."""
    try:
        told = path.stat()
    except (OSError, ValueError):
        return None
    return told.st_dev, told.st_ino


def refuse_original(path: Path, originals: Collection[Identity | None]) -> None:
    """Refuse a result that would stand where one of the inputs stands."""
    there = identity(path)
    if there is not None and there in originals:
        raise OutputIsInputError(
            f"{escaped(path)} is an original, and would become the result of another.",
            "-o FOLDER/, or --on-exists skip",
        )
