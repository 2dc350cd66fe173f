"""The file of --report: an object a line, and never a file that is anything else."""

import os
import re
import stat
from pathlib import Path

from filterkit.errors import UnwritableError, UsageError
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import unwritable

BEGINNING = re.compile(rb'\{"schema": \d+, "(input|summary)": ')
"""How every report begins; a journal, and what others wrote, begin otherwise."""


class ReportFile:
    """Write lines into a file, each at once, so that a report can be read while it grows.

    A report that is there is replaced, any other file is left alone; what is no file, such as a
    pipe, is written to as it is. Raises UsageError, UnwritableError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            there = path.exists() and not path.is_file()
            kind = os.O_WRONLY if there else os.O_RDWR | os.O_CREAT
            self._file = os.open(path, kind | os.O_CLOEXEC, 0o666)
            if stat.S_ISREG(os.fstat(self._file).st_mode):
                self._replace()
        except OSError as error:
            raise self._failed(error) from error

    def _replace(self) -> None:
        beginning = os.pread(self._file, 64, 0)
        if beginning and not BEGINNING.match(beginning):
            os.close(self._file)
            raise UsageError(
                f"{escaped(self.path)} is no report, and --report would replace it.",
                "another name",
            )
        os.ftruncate(self._file, 0)

    def write(self, line: bytes) -> None:
        """Write a line. Raises UnwritableError."""
        view = memoryview(line)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> UnwritableError:
        return UnwritableError(unwritable(self.path, error).sentence, "another --report")

    def close(self) -> None:
        """Close it."""
        os.close(self._file)
