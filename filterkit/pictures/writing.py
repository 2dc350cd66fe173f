"""A file is written whole or not at all, and over another one only if asked."""

import errno
import os
import stat
from pathlib import Path

from filterkit.errors import OutputExistsError, UnwritableError
from filterkit.pictures.names import escaped, reason_of

MOST_NAME = 255
"""Bytes of a file's name that every common file system allows."""

REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or another -o"),
    errno.EDQUOT: ("the quota of the disk is used up", "free some space, or another -o"),
    errno.EFBIG: ("a file may not become so large here", "another -o"),
    errno.EROFS: ("that disk is read-only", "another -o, such as -o ./"),
    errno.EACCES: ("that folder cannot be written to", "another -o, such as -o ./"),
    errno.EPERM: ("that folder cannot be written to", "another -o, such as -o ./"),
    errno.ENOENT: ("there is no such folder", "create it, or another -o"),
    errno.ENOTDIR: ("a part of that path is no folder", "another -o"),
    errno.EISDIR: ("that is a folder", "-o FOLDER/FILE"),
    errno.ENAMETOOLONG: ("that name is too long", "a shorter -o"),
    errno.EIO: ("the disk reports an error", "another -o"),
    errno.ENXIO: ("nothing reads from that pipe", "start its reader first"),
    errno.EPIPE: ("the reader went away", ""),
}
"""Why a write fails, in words, and what to do."""

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def write_bytes(path: Path, content: bytes, replace: bool) -> None:
    """Write a file whole or not at all, over an existing one only if `replace` is true.

    A regular or absent target gets a temporary file of the same folder, flushed to the disk,
    under its name; a symlink is replaced, not followed. Devices and pipes are written directly.
    Raises OutputExistsError or UnwritableError.
    """
    try:
        mode = _mode(path)
        if mode is not None and _is_stream(path):
            path.write_bytes(content)
            return
        if mode is not None and stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is not None and not replace:
            raise _exists(path)
        _write_whole(path, content, replace, mode)
    except FileExistsError as error:
        raise _exists(path) from error
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def _mode(path: Path) -> int | None:
    """Give the mode of what stands there, a symlink not followed; None where nothing does."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _is_stream(path: Path) -> bool:
    """Tell whether a path leads, also through symlinks such as /dev/stdout, to no file."""
    folder = path.parent.resolve()
    if path.is_symlink() and (folder == Path("/dev") or folder.match("/proc/*/fd")):
        return True  # even one to a file: nobody wants /dev/stdout itself to be replaced
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return any(told(mode) for told in (stat.S_ISCHR, stat.S_ISBLK, stat.S_ISFIFO, stat.S_ISSOCK))


def _write_whole(path: Path, content: bytes, replace: bool, mode: int | None) -> None:
    temporary = path.with_name(_temporary_name(path.name))
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
            if mode is not None and stat.S_ISREG(mode) and hasattr(os, "fchmod"):
                os.fchmod(handle, stat.S_IMODE(mode))
            file.write(content)
            file.flush()
            os.fsync(handle)
            if os.fstat(handle).st_size != len(content):
                raise OSError(errno.EIO, "the file is shorter than what was written")
        if replace:
            temporary.replace(path)
        else:
            _move_onto_nothing(temporary, path)
        _flush_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary_name(name: str) -> str:
    """Name a temporary file after its target, within what a file system allows."""
    behind = f".filterkit-{os.getpid()}-{os.urandom(4).hex()}.part"
    stem = os.fsencode(name)[: MOST_NAME - len(behind) - 1]
    return "." + stem.decode("utf-8", "ignore") + behind


def _move_onto_nothing(temporary: Path, path: Path) -> None:
    """Give a file its name unless another has it: of two that try at once, one wins."""
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # Where there are no links, creating the name alone reserves it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY))
        temporary.replace(path)


def _flush_folder(folder: Path) -> None:
    """Make a new name last through a power cut, where a folder can be flushed."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(
        f"{escaped(path)} exists; nothing was written.",
        "add -f to replace it, --on-exists number to keep both",
    )


def _unwritable(path: Path, error: Exception) -> UnwritableError:
    code = error.errno if isinstance(error, OSError) else None
    reason, advice = REASONS.get(code or 0, (reason_of(error), ""))
    return UnwritableError(f"{escaped(path)} could not be written: {reason}.", advice)
