"""Files as bytes: read whole, written whole or not at all."""

import errno
import os
import stat
from functools import partial
from pathlib import Path

from filterkit.errors import NoSuchInputError, UnreadableInputError
from filterkit.pictures.codecs import MOST_PIXELS, about
from filterkit.pictures.names import escaped, reason_of
from filterkit.pictures.reading import read_within
from filterkit.pictures.writing import write_bytes

__all__ = ["escaped", "read_bytes", "read_stdin", "write_bytes"]

STDIN = 0

BELOW = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether the system opens a file in an open folder, so that no link can slip in between."""


_PLAIN = os.O_NOFOLLOW | os.O_NONBLOCK if BELOW else 0
"""How nothing but a folder or a file is opened: no link, and no pipe that would be waited for."""


def read_bytes(
    path: Path, max_pixels: int = MOST_PIXELS, frames: str | int = "all", root: Path | None = None
) -> bytes:
    """Read a picture's file or named pipe, as far as the limits allow. Raises InputError.

    A pipe that nobody writes to is waited for, as every tool waits. Below a folder `root` no link
    is followed.
    """
    where = escaped(path)
    opener = partial(_opened_below, root) if root and BELOW else None
    try:
        with open(path, "rb", opener=opener) as file:
            _refuse_kind(os.fstat(file.fileno()).st_mode, where)
            with about(where):
                return _read_at_rest(file.fileno(), max_pixels, frames)
    except (FileNotFoundError, NotADirectoryError) as error:
        if path.is_symlink():
            raise NoSuchInputError(f"{where} is a link that leads nowhere.") from error
        raise NoSuchInputError(f"{where}: no such file{near(path)}.") from error
    except IsADirectoryError as error:
        raise UnreadableInputError(
            f"{where} is a folder, no picture.", "the files in it"
        ) from error
    except PermissionError as error:
        raise UnreadableInputError(
            f"{where}: this file may not be read.", "ask for permission, or copy it"
        ) from error
    except (OSError, ValueError) as error:
        if root and isinstance(error, OSError) and error.errno == errno.ELOOP:
            raise UnreadableInputError(
                f"{where} has become a link, or lies behind one, since it was found.",
                "--follow-links, if that is meant",
            ) from error
        if path.is_socket():
            raise UnreadableInputError(f"{where} is a socket, no picture.") from error
        raise UnreadableInputError(f"{where}: reading failed: {reason_of(error)}.") from error


def _opened_below(root: Path, path: str, flags: int) -> int:
    """Open a file folder by folder: a link among them, or at the end, is an OSError (ELOOP)."""
    *folders, name = Path(path).relative_to(root).parts
    above = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | _PLAIN, dir_fd=above)
            os.close(above)
            above = below
        return os.open(name, flags | _PLAIN, dir_fd=above)
    finally:
        os.close(above)


def _read_at_rest(handle: int, max_pixels: int, frames: str | int) -> bytes:
    """Read an open file; if somebody writes to it meanwhile, once more from the beginning."""
    for _ in range(2):
        before = os.fstat(handle)
        content = read_within(handle, max_pixels, frames)
        after = os.fstat(handle)
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return content
        if not stat.S_ISREG(after.st_mode):  # a pipe has no state of rest
            return content
        os.lseek(handle, 0, os.SEEK_SET)
    raise UnreadableInputError("it is being written to.", "once more when that is done")


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


def near(path: Path) -> str:
    """Name what lies in that folder and has the nearest name, as the end of a sentence."""
    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return ""
    from difflib import get_close_matches  # only a mistake needs it

    nearest = get_close_matches(path.name, names, n=1)
    return f"; in that folder there is {escaped(nearest[0])}" if nearest else ""
