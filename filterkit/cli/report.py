"""What a command tells: paths or objects on stdout, sentences on stderr, and its exit code."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from filterkit.applying.job import Outcome
from filterkit.applying.note import Note
from filterkit.applying.outputs import Target
from filterkit.applying.sources import Source
from filterkit.cli.errors import exit_code, say
from filterkit.errors import FilterkitError, UnwritableError

SCHEMA = 1


class Report:
    """Tell of each input as it is done, and of all at the end."""

    def __init__(self, given: dict[str, Any], filter: str) -> None:
        self.json = bool(given["json"])
        self.quiet = bool(given["quiet"])
        self.mute = sys.stdout is None  # closed by whoever started us
        self.end_of_path = b"\0" if given["null"] else b"\n"
        self.codes: dict[int, int] = {}
        self.counts = {"done": 0, "skipped": 0, "failed": 0}
        self.filter = filter
        self.verbose = bool(given["verbose"])
        if self.verbose:
            say(filter)

    def plan(self, sources: Sequence[Source], settled: Sequence[Target]) -> int:
        """Print what would be written, and write nothing."""
        for source, target in zip(sources, settled, strict=True):
            path = str(target.path or "-")
            status = "skipped" if target.skip else "planned"
            self._object(source, status, [path])
            if not (self.json or self.quiet):
                self._path(path)
            for note in target.notes if not self.quiet else ():
                say(f"{source.label}: {note}")
            if target.template and not self.quiet:
                fields = " and ".join(f"{{{one}}}" for one in target.template.unknown)
                say(f"{source.label}: what {fields} will be is known once it is read.")
        return 0

    def done(self, source: Source, outcome: Outcome) -> None:
        """Tell of a result: its paths on stdout, or itself; its notes on stderr."""
        status = "skipped" if outcome.skipped else "done"
        self.counts[status] += 1
        for way in outcome.ways if self.verbose else ():
            say(f"{source.label}: {way}.")
        paths = [str(path) for path in outcome.written]
        if outcome.content is not None:
            print_bytes(outcome.content)
            self._note(source, outcome.notes)
            return
        notes = [note.sentence for note in outcome.notes if not note.hint]
        self._object(source, status, paths, notes=notes)
        if not (self.json or self.quiet):
            for path in paths:
                self._path(path)
        self._note(source, outcome.notes)

    def _note(self, source: Source, notes: Sequence[Note]) -> None:
        for note in notes:
            if not self.quiet and (not note.hint or _is_watched()):
                say(f"{source.label}: {note.sentence}", note.advice)

    def failed(self, source: Source, error: FilterkitError) -> None:
        """Tell of an input that failed; the others go on."""
        self.counts["failed"] += 1
        self.count(error)
        self._object(source, "failed", [], code=error.code, message=error.sentence)
        self._reason(source, error)

    def count(self, error: FilterkitError) -> None:
        """Let an error count for the exit code."""
        code = exit_code(error)
        self.codes[code] = self.codes.get(code, 0) + 1

    def _reason(self, source: Source, error: FilterkitError) -> None:
        say(str(error), error.advice)

    def end(self) -> int:
        """Print the summary where objects are asked for, and give the exit code."""
        code = self.exit_code()
        self._print(summary={**self.counts, "exit": code})
        return code

    def exit_code(self) -> int:
        """Give the code of a run that ended like this one."""
        return code_of(self.codes, bool(self.counts["done"] + self.counts["skipped"]))

    def _object(self, source: Source, status: str, outputs: list[str], **more: Any) -> None:
        told = {"input": source.text, "filter": self.filter, "status": status, "outputs": outputs}
        self._print(**told, **more)

    def _print(self, **content: Any) -> None:
        if self.json and not self.mute:
            print_object(**content)

    def _path(self, path: str) -> None:
        if not self.mute:
            print_bytes(os.fsencode(path) + self.end_of_path)


def code_of(failures: Mapping[int, int], some_done: bool) -> int:
    """Give 0 for all done, 5 where one was not written, 1 for some, else why all failed.

    `failures` counts those of each exit code.
    """
    if not failures:
        return 0
    if 5 in failures:
        return 5
    if some_done:
        return 1
    return next(iter(failures)) if len(failures) == 1 else 3


def print_object(**content: Any) -> None:
    """Print an object of --json, a line on stdout."""
    print_bytes(object_line(**content))


def print_text(text: str) -> None:
    """Print; what the encoding of stdout does not have becomes a question mark."""
    try:
        click.echo(text, nl=False, color=True)  # colours are in it only where they are wanted
    except UnicodeEncodeError as error:
        plain = text.encode(error.encoding, "replace").decode(error.encoding)
        click.echo(plain, nl=False, color=True)


def object_line(**content: Any) -> bytes:
    """Give an object of --json as a line."""
    import json

    content = {"schema": SCHEMA, **content}
    try:
        text = json.dumps(content, allow_nan=False)
    except ValueError:  # JSON has no word for what is not finite
        text = json.dumps(_finite(content))
    return f"{text}\n".encode()


def _finite(value: Any) -> Any:
    """Put null in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_bytes(content: bytes) -> None:
    """Write bytes to stdout, all of them, also where PYTHONUNBUFFERED leaves that to us."""
    if sys.stdout is None:
        raise UnwritableError("stdout is closed.", "-o FILE")
    view = memoryview(content)
    while view:
        view = view[sys.stdout.buffer.write(view) :]
    sys.stdout.buffer.flush()


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
