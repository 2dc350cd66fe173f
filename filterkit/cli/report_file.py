"""The file of --report: an object a line, and never a file that is anything else."""

import errno
import os
import re
from pathlib import Path

from filterkit.errors import UnwritableError, UsageError
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import unwritable

BEGINNING = re.compile(rb'\{"schema": \d+, "(input|summary)": ')
"""How every report begins; a journal, and what others wrote, begin otherwise."""


class ReportFile:
    """Write lines into a file, each at once, so that a report can be read while it grows.

    An earlier report is replaced when this one is begun, any other file is left alone; what is no
    file, such as a pipe, is written to as it is. Raises UsageError, UnwritableError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        try:
            if path.is_file():
                self._check()
            elif path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            elif not os.access(path.parent, os.W_OK | os.X_OK):
                path.parent.stat()  # raises where there is none
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise self._failed(error) from error

    def _check(self) -> None:
        with self.path.open("r+b") as file:
            beginning = file.read(64)
        if beginning and not BEGINNING.match(beginning):
            raise UsageError(
                f"{escaped(self.path)} is no report, and --report would replace it.",
                "another name",
            )

    def begin(self) -> None:
        """Open it, and empty it of an earlier report."""
        there = self.path.exists() and not self.path.is_file()
        kind = os.O_WRONLY if there else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        try:
            self._file = os.open(self.path, kind, 0o666)
        except OSError as error:
            raise self._failed(error) from error

    def write(self, line: bytes) -> None:
        """Write a line, once it is begun. Raises UnwritableError."""
        view = memoryview(line if self._file >= 0 else b"")
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> UnwritableError:
        return UnwritableError(unwritable(self.path, error).sentence, "another --report")
