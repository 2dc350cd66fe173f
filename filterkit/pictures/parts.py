"""Files that are still being written: how they are called, and what a power cut left of them."""

import errno
import os
import re
import sys
import time
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

MOST_STEM = 60
"""Bytes of the target's name; with what follows far below what any file system allows."""

PART = re.compile(r"\..*\.filterkit-(\d{1,9})-[0-9a-f]{8}\.part", re.DOTALL)

OLD = 3600.0
"""Seconds. Other machines and containers may share a folder, and whether a writer of theirs still
lives cannot be seen from here; none of them writes nothing for an hour."""

MOST_ENTRIES = 10_000
"""Entries of a folder that are looked at: some milliseconds."""


def part_of(path: Path) -> Path:
    """Name the file, in the same folder, that is renamed to `path` when it is whole."""
    coding = sys.getfilesystemencoding()
    stem = path.name.encode(coding, "ignore")[:MOST_STEM].decode(coding, "ignore")
    return path.with_name(f".{stem}.filterkit-{os.getpid()}-{os.urandom(4).hex()}.part")


@cache  # once a process is enough
def sweep(folder: Path) -> None:
    """Remove the parts that dead writers left in a folder long ago, and nothing else."""
    clear(folder, OLD)


def clear(folder: Path, age: float = 0.0) -> None:
    """Remove the parts of dead writers that are so many seconds old.

    Without an age only for who knows that no other machine writes there.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            found = PART.fullmatch(entry.name)
            if found and not _lives(int(found[1])):
                with suppress(OSError):  # another process swept it, or it is not ours to remove
                    told = entry.stat(follow_symlinks=False)
                    if entry.is_file(follow_symlinks=False) and time.time() - told.st_mtime >= age:
                        os.unlink(entry.path)  # noqa: PTH108 - it is a DirEntry's


def _lives(process: int) -> bool:
    """Tell whether a process of this machine runs; one that is dead and not buried does not."""
    if os.name != "posix":  # asking would end it; a file that is open cannot be removed there
        return False
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno != errno.ESRCH  # else it is somebody else's
    try:
        told = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:  # not Linux, or it has just ended
        return True
    return told.rpartition(b")")[2].split()[0] not in (b"Z", b"X")  # in a container nobody buries
