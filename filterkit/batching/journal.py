"""What has been done in a folder of results, so that another run can go on: a line of JSON each.

A picture's line is written before it is begun and another when it is done. So whatever cut a run
short, a result that it left can be told from what somebody else put there. A last line that was
torn is passed over.
"""

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self

from filterkit.errors import InUseError
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import flush_folder, make_folder, unwritable

NAME = ".filterkit-journal.jsonl"
SCHEMA = 1


@dataclass(frozen=True)
class Record:
    """Say what became of a picture: its digest, the recipe, and each file written with its digest.

    `source` and `target` are paths as seen from the folder of the results. There is no `digest`
    for what was begun and not ended, and no output for what was begun in vain.
    """

    source: str
    target: str
    recipe: str = ""
    digest: str = ""
    outputs: tuple[tuple[str, str], ...] = ()


class Journal:
    """Keep the journal of a folder, for one run at a time. Raises InUseError, UnwritableError.

    `there` says whether there was one when this object was made. If there was none, and another
    run has written one meanwhile, what was planned in between is out of date: InUseError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.there = os.path.lexists(self.path)
        self._file = -1

    @property
    def held(self) -> bool:
        """Tell whether it is open, and nobody else's."""
        return self._file >= 0

    def __enter__(self) -> Self:
        make_folder(self.folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        try:
            self._file = os.open(self.path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
            self._lock()
            self._refuse_news()
            self._end_torn_line()
            flush_folder(self.folder)
        except OSError as error:
            self.close()
            raise unwritable(self.path, error) from error
        except InUseError:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # the lines are there; only a power cut could take them
            os.fsync(self._file)
        self.close()

    def close(self) -> None:
        """Leave it to others; once is enough."""
        if self.held:
            os.close(self._file)
            self._file = -1

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows knows no such locks
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(
                f"another run of filterkit writes to {escaped(self.folder)}.",
                "wait for its end, or another -o",
            ) from None
        except OSError as error:  # some network disks know none
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
                raise

    def _refuse_news(self) -> None:
        if not self.there and os.fstat(self._file).st_size:
            raise InUseError(
                f"another run of filterkit wrote to {escaped(self.folder)} meanwhile.",
                "the same with --resume, or another -o",
            )

    def _end_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")

    def begin(self, records: Iterable[Record]) -> None:
        """Have it on the disk that these pictures are begun. Raises UnwritableError."""
        self._write(b"".join(_line(record) for record in records), last=True)

    def end(self, record: Record) -> None:
        """Write what became of a picture. Raises UnwritableError."""
        self._write(_line(record))

    def _write(self, lines: bytes, last: bool = False) -> None:
        view = memoryview(lines)
        try:
            while view:
                view = view[os.write(self._file, view) :]
            if lines and last:
                os.fsync(self._file)
        except OSError as error:
            raise unwritable(self.path, error) from error


def records(folder: Path) -> Iterator[Record]:
    """Yield what a folder's journal tells, the newest of a picture last."""
    absent = FileNotFoundError, NotADirectoryError, PermissionError
    with suppress(*absent), (folder / NAME).open("rb") as file:
        for line in file:
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                yield _record(line)


def _record(line: bytes) -> Record:
    """Read a line. Raises all kinds of errors for one that is torn, or of another version."""
    told: dict[str, Any] = json.loads(line)
    if told["schema"] != SCHEMA:
        raise ValueError("of another version")
    outputs = tuple((name, digest) for name, digest in told["outputs"])
    record = Record(told["source"], told["target"], told["recipe"], told["digest"], outputs)
    for text in (*vars(record).values(), *chain.from_iterable(outputs)):
        if text is not outputs and b"\0" in os.fsencode(text):  # which raises for what is no text
            raise ValueError("no file has such a name")
    if any(Path(os.path.normpath(name)).name in ("", "..") for name, _ in outputs):
        raise ValueError("a folder's name")
    return record


def _line(record: Record) -> bytes:
    return (json.dumps({"schema": SCHEMA, **vars(record)}) + "\n").encode()
