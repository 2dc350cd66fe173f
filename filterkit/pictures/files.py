"""Files as bytes: read whole, written whole or not at all."""

import os
import stat
from pathlib import Path

from filterkit.errors import NoSuchInputError, UnreadableInputError
from filterkit.pictures.codecs import MOST_PIXELS, about
from filterkit.pictures.names import escaped, reason_of
from filterkit.pictures.reading import read_within
from filterkit.pictures.writing import write_bytes

__all__ = ["escaped", "read_bytes", "read_stdin", "write_bytes"]

STDIN = 0


def read_bytes(path: Path, max_pixels: int = MOST_PIXELS, frames: str | int = "all") -> bytes:
    """Read a picture's file or named pipe, as far as the limits allow. Raises InputError.

    A pipe that nobody writes to is waited for, as every tool waits.
    """
    where = escaped(path)
    try:
        with path.open("rb") as file:
            _refuse_kind(os.fstat(file.fileno()).st_mode, where)
            with about(where):
                return read_within(file.fileno(), max_pixels, frames)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoSuchInputError(f"{where}: no such file{_near(path)}.") from error
    except IsADirectoryError as error:
        raise UnreadableInputError(
            f"{where} is a folder, no picture.", "the files in it"
        ) from error
    except PermissionError as error:
        raise UnreadableInputError(
            f"{where}: this file may not be read.", "ask for permission, or copy it"
        ) from error
    except (OSError, ValueError) as error:
        if path.is_socket():
            raise UnreadableInputError(f"{where} is a socket, no picture.") from error
        raise UnreadableInputError(f"{where}: reading failed: {reason_of(error)}.") from error


def read_stdin(max_pixels: int = MOST_PIXELS, frames: str | int = "all") -> bytes:
    """Read a picture from stdin, as far as the limits allow. Raises InputError."""
    try:
        with about("stdin"):
            content = read_within(STDIN, max_pixels, frames)
    except OSError as error:
        raise UnreadableInputError(f"stdin: reading failed: {reason_of(error)}.") from error
    if not content:
        raise UnreadableInputError(
            "nothing came through the pipe; the command before it failed or printed nothing."
        )
    return content


def _refuse_kind(mode: int, where: str) -> None:
    """Refuse what never ends."""
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise UnreadableInputError(f"{where} is a device, no picture.")


def _near(path: Path) -> str:
    """Name the file of that folder whose name is nearest."""
    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return ""
    from difflib import get_close_matches  # only a mistake needs it

    nearest = get_close_matches(path.name, names, n=1)
    return f"; in that folder there is {escaped(nearest[0])}" if nearest else ""
