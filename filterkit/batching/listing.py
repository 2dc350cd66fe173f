"""Names of files in a list: a line each, or each with a zero byte at its end."""

import os
from collections.abc import Iterator
from functools import partial

from filterkit.errors import NoSuchInputError, UsageError
from filterkit.pictures.names import escaped, reason_of

MOST_LINE = 2**16
"""Bytes of a name in a list; what is longer is no list of names. Systems take 4096."""


def names_in(listing: str, end: bytes) -> Iterator[str]:
    """Yield the names of a list, each with such an end; - is stdin. Raises NoSuchInputError."""
    handle = 0 if listing == "-" else _list(listing)
    rest, alone = b"", True
    try:
        for part in iter(partial(os.read, handle, MOST_LINE), b""):
            *whole, rest = (rest + part).split(end)
            alone = alone and not whole
            yield from (_name(name, listing, end) for name in whole if name)
            if len(rest) > MOST_LINE:
                _name(rest, listing, end)
    except OSError as error:
        raise _unreadable(listing, error) from error
    finally:
        if handle:
            os.close(handle)
    if rest:
        if alone and b"\n" in rest and not os.path.lexists(rest):
            where = f"--files-from {escaped(listing)}"
            raise UsageError(f"{where}: its names end in newlines, no zero bytes.", "without -0")
        yield _name(rest, listing, end)


def _name(name: bytes, listing: str, end: bytes) -> str:
    """Read a name of a list. Raises UsageError for what can be none."""
    where = f"--files-from {escaped(listing)}"
    if b"\0" in name:
        raise UsageError(f"{where}: its names end in zero bytes.", "-0 beside it")
    if end == b"\n" and name.endswith(b"\r") and not os.path.lexists(name):
        name = name[:-1]  # a list from Windows
    if len(name) > MOST_LINE:
        raise UsageError(f"{where} is no list of names.", "a name a line; with -0, a zero byte")
    return os.fsdecode(name)


def _list(name: str) -> int:
    try:
        return os.open(name, os.O_RDONLY)
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(listing: str, error: OSError) -> NoSuchInputError:
    return NoSuchInputError(f"--files-from {escaped(listing)}: {reason_of(error).lower()}.")
