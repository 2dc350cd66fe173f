"""A file is written whole or not at all, and over another one only if asked."""

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from filterkit.errors import DiskError, OutputExistsError, UnwritableError
from filterkit.pictures.names import escaped, reason_of
from filterkit.pictures.parts import part_of, sweep

MOST_NAME = 255
"""Bytes of a file's name that every common file system allows."""

REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or another -o"),
    errno.EDQUOT: ("the quota of the disk is used up", "free some space, or another -o"),
    errno.EFBIG: ("a file may not become so large here", "another -o"),
    errno.EROFS: ("that disk is read-only", "another -o, such as -o ./"),
    errno.EACCES: ("that folder cannot be written to", "another -o, such as -o ./"),
    errno.EPERM: ("that is not permitted", "another -o, such as -o ./"),
    errno.ENOENT: ("there is no such folder", "create it, or another -o"),
    errno.ENOTDIR: ("a part of that path is no folder", "another -o"),
    errno.EISDIR: ("that is a folder", "-o FOLDER/FILE"),
    errno.ENAMETOOLONG: ("that name is too long", "a shorter -o"),
    errno.EIO: ("the disk reports an error", "another -o"),
    errno.ENXIO: ("nothing reads at its other end", "start its reader first"),
    errno.EPIPE: ("the reader went away", ""),
    errno.EBADF: ("it is not open for writing", "another -o"),
}
"""Why a write fails, in words, and what to do."""

NO_LINKS = {
    errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS,
    errno.EMLINK, errno.EXDEV,
}  # fmt: skip
"""What file systems answer that know no hard links, or no more of them."""

DISK_TROUBLE = {errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS}

DEVICES = Path("/dev")
STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def write_bytes(path: Path, content: bytes, replace: bool) -> None:
    """Write a file whole or not at all, over an existing one only if `replace` is true.

    A regular or absent target gets a temporary file of the same folder, flushed to the disk,
    under its name; a symlink is replaced, not followed. Devices and pipes are written directly.
    Raises OutputExistsError or UnwritableError.
    """
    try:
        if is_stream(path):
            if path.is_block_device() and not replace:  # a disk holds something
                raise exists(path)
            _write_directly(path, content)
            return
        old = _standing(path)
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if old is not None and not replace:
            raise exists(path)
        _write_whole(path, content, replace, old)
    except FileExistsError as error:
        raise exists(path) from error
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from error


def is_stream(path: Path) -> bool:
    """Tell whether a path names no file but a device, a pipe or what is open already.

    A link to one is a link, unless the system itself laid it into /dev.
    """
    if descriptor(path) is not None:
        return True
    try:
        mode = path.stat(follow_symlinks=path.parent == DEVICES).st_mode
    except (OSError, ValueError):
        return False
    return any(told(mode) for told in (stat.S_ISCHR, stat.S_ISBLK, stat.S_ISFIFO, stat.S_ISSOCK))


def descriptor(path: Path) -> int | None:
    """Give the number of the open file that /dev/stdout, /dev/fd/3 and their like stand for."""
    found = re.fullmatch(r"/(?:dev/fd|proc/self/fd)/(\d{1,9})", str(path))
    return int(found[1]) if found else STREAMS.get(str(path))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing. Raises UnwritableError."""
    try:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            flush_folder(one.parent)
    except (OSError, ValueError) as error:
        raise unwritable(folder, error) from error


def _write_directly(path: Path, content: bytes) -> None:
    """Write to a device or a pipe; what is open already goes on where it stands.

    Opened anew, a file behind >> would lose what it holds.
    """
    number = descriptor(path)
    handle = os.open(path, os.O_WRONLY | _BINARY) if number is None else os.dup(number)
    with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
        if file.isatty():
            raise UnwritableError(
                f"{escaped(path)} is a terminal; a picture's bytes are not written to one.",
                "-o FILE",
            )
        file.write(content)


def _standing(path: Path) -> os.stat_result | None:
    """Tell what stands there, a symlink not followed; None where nothing does."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _write_whole(path: Path, content: bytes, replace: bool, old: os.stat_result | None) -> None:
    sweep(path.parent.absolute())
    part = part_of(path)
    try:
        _write_part(part, content, old if old and stat.S_ISREG(old.st_mode) else None)
        if replace:
            part.replace(path)
        else:
            _move_onto_nothing(part, path)
        flush_folder(path.parent)
    finally:
        with suppress(OSError):  # it has its name, or was never there; else it is swept one day
            part.unlink()


def _write_part(part: Path, content: bytes, old: os.stat_result | None) -> None:
    """Write a new file and have it on the disk, before any name stands or falls with it."""
    # Never, not even for a moment, may more people open it than the file it replaces.
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o666
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
        if old is not None:
            _take_after(handle, old)
        file.write(content)
        file.flush()
        os.fsync(handle)
        if os.fstat(handle).st_size != len(content):
            raise OSError(errno.EIO, "the file is shorter than what was written")


def _take_after(handle: int, old: os.stat_result) -> None:
    """Give a new file the owner, group and mode of the one it replaces, as far as one may.

    Access lists and extended attributes are not carried over.
    """
    if not hasattr(os, "fchown"):
        return
    new = os.fstat(handle)
    mode = stat.S_IMODE(old.st_mode) & 0o777
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        for owner in (old.st_uid, -1):
            with suppress(OSError):
                os.fchown(handle, owner, old.st_gid)
                break
        else:  # what that group was allowed is not for ours
            mode = mode & 0o707 | (mode & 0o007) << 3
    if stat.S_IMODE(os.fstat(handle).st_mode) != mode:  # some disks know one mode only
        os.fchmod(handle, mode)


def _move_onto_nothing(part: Path, path: Path) -> None:
    """Give a file its name unless another has it: of two that try at once, one wins."""
    try:
        os.link(part, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # Where there are no links, creating the name alone reserves it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666))
        try:
            part.replace(path)
        except OSError:
            path.unlink()
            raise


def flush_folder(folder: Path) -> None:
    """Make a new name last through a power cut, where a folder can be flushed."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno in DISK_TROUBLE:
            raise


def exists(path: Path) -> OutputExistsError:
    """Say that an output is there already."""
    return OutputExistsError(
        f"{escaped(path)} exists; nothing was written.",
        "add -f to replace it, --on-exists number to keep both",
    )


def unwritable(path: Path, error: Exception) -> UnwritableError:
    """Say why something could not be written."""
    code = error.errno if isinstance(error, OSError) else None
    reason, advice = REASONS.get(code or 0, (reason_of(error), ""))
    kind = DiskError if code in DISK_TROUBLE else UnwritableError
    return kind(f"{escaped(path)} could not be written: {reason}.", advice)
