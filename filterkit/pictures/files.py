"""Files as bytes: read whole, written whole or not at all."""

import os
import stat
from pathlib import Path

from filterkit.errors import NoSuchInputError, TooLargeError, UnreadableInputError
from filterkit.pictures.names import escaped, reason_of
from filterkit.pictures.writing import write_bytes

__all__ = ["escaped", "read_bytes", "write_bytes"]


def read_bytes(path: Path, limit: int | None = None) -> bytes:
    """Read a regular file or a pipe to its end, at most `limit` bytes. Raises InputError."""
    where = escaped(path)
    try:
        with path.open("rb") as file:
            _refuse_kind(os.fstat(file.fileno()).st_mode, where)
            content = file.read() if limit is None else file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoSuchInputError(f"{where}: no such file{_near(path)}.") from error
    except IsADirectoryError as error:
        raise _folder(where) from error
    except PermissionError as error:
        raise UnreadableInputError(
            f"{where}: this file may not be read.", "ask for permission, or copy it"
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableInputError(f"{where}: reading failed: {reason_of(error)}.") from error
    if limit is not None and len(content) > limit:
        raise TooLargeError(f"{where}: the file has more than the limit of {limit} bytes.")
    return content


def _folder(where: str) -> UnreadableInputError:
    return UnreadableInputError(f"{where} is a folder, no picture.", "the files in it")


def _refuse_kind(mode: int, where: str) -> None:
    """Refuse what never ends or is no stream of bytes."""
    if stat.S_ISDIR(mode):
        raise _folder(where)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
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
