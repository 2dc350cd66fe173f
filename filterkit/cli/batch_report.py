"""What a batch tells: paths or objects on stdout as they come, and at the end how it went."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from filterkit.applying.note import Note
from filterkit.applying.sources import Source
from filterkit.batching.plan import Plan
from filterkit.batching.report import Reasons
from filterkit.batching.run import Ended
from filterkit.cli.errors import say
from filterkit.cli.mistakes import shell
from filterkit.cli.progress import Progress
from filterkit.cli.report import Report, object_line
from filterkit.errors import FilterkitError, UsageError
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import unwritable

MOST_KINDS = 5
"""Kinds of what was passed over that a message tells apart."""

BEGINNING = b'{"schema": '
"""How every report begins, so that nothing else is taken for one and written over."""


class BatchReport(Report):
    """Tell of each picture as it ends, where that is asked for, and gather why others failed."""

    def __init__(self, given: dict[str, Any], filter: str, folder: Path) -> None:
        super().__init__(given, filter)
        self.folder = folder
        self.debug = bool(given["debug"])
        self.passed: Counter[str] = Counter()
        self.failures, self.notes = Reasons(), Reasons()
        self.progress = Progress(0, not self.quiet)
        self.stopped = ""
        self.file = _opened(Path(given["report"])) if given["report"] else None

    def expect(self, total: int, passed: Counter[str], failures: Sequence[FilterkitError]) -> None:
        """Take note of how many pictures there are, and what was passed over or failed so far."""
        self.passed = passed
        self.progress.total = total + len(failures)
        for error in failures:
            self.broken(error)
        if self.progress.watched and sys.stdout is not None and sys.stdout.isatty() and total > 1:
            self.mute = self.mute or not self.json  # the bar would stand amid the paths

    def tell(self, ended: Ended | None, current: str) -> None:
        """Tell of a picture that ended, or of none."""
        if ended is not None:
            source = ended.planned.found.source
            if ended.outcome is not None:
                self.done(source, ended.outcome)
            elif ended.error is not None:
                self.failed(source, ended.error)
        self.progress.show(self.counts, current)

    def broken(self, error: FilterkitError) -> None:
        """Tell of a failure that is no picture's."""
        self.failed(Source(error.sentence.partition(": ")[0]), error)

    def refused(self, problems: Sequence[FilterkitError]) -> int:
        """Tell of all that stands in the way of the plan, and give the exit code."""
        self.progress.clear()
        for error in problems:
            self._print(code=error.code, message=error.sentence)
            say(error.sentence, error.advice)
        self._print(summary={**self.counts, "exit": 5})
        return 5

    def planned(self, plan: Plan) -> int:
        """Print what would be written, and write nothing."""
        self.progress.clear()
        for one in plan:
            stays = one.there and plan.on_exists == "skip"
            self.counts["skipped" if stays else "done"] += 1
            self._object(one.found.source, "skipped" if stays else "planned", [str(one.target)])
            if not (self.json or self.quiet):
                self._path(str(one.target))
        passed = f"; passed over: {kinds(self.passed)}" if self.passed else ""
        if not self.quiet:
            say(f"{len(plan)} pictures in all{passed}; nothing was written.")
        return self.exit_code()

    def _note(self, source: Source, notes: Sequence[Note]) -> None:
        for note in notes:
            if not note.hint:
                self.notes.add(source.label, note.sentence, note.advice, "note")

    def _reason(self, source: Source, error: FilterkitError) -> None:
        self.failures.add(source.label, error.sentence, error.advice, error.code)
        if self.debug and error.__cause__ is not None:
            self.progress.clear()
            say("\n".join([str(error), *getattr(error.__cause__, "__notes__", ())]))

    def _print(self, **content: Any) -> None:
        super()._print(**content)
        if self.file is not None:
            try:
                self.file.write(object_line(**content))
            except OSError as error:
                raise unwritable(Path(self.file.name), error) from error

    def stop(self, why: str) -> None:
        """Take note of why not all was done."""
        self.stopped = why

    def end(self) -> int:
        """Say what became of all, and why some failed, and give the exit code."""
        self.progress.clear()
        code = self.exit_code()
        more: dict[str, Any] = {"stopped": self.stopped} if self.stopped else {}
        self._print(summary={**self.counts, "passed_over": dict(self.passed), "exit": code, **more})
        if self.file is not None:
            self.file.close()
        if not self.quiet or code or self.stopped:
            self._summarise()
        return code

    def _summarise(self) -> None:
        say(f"{self._counted()}.", self._resuming())
        for reason in self.failures:
            say(str(reason), reason.advice)
        for reason in self.notes if not self.quiet else ():
            say(str(reason), reason.advice)

    def _counted(self) -> str:
        names = {"done": "done", "skipped": "there already", "failed": "failed"}
        counts = [f"{self.counts[key]} {name}" for key, name in names.items() if self.counts[key]]
        left = self.progress.total - sum(self.counts.values())
        counts += [f"{left} left"] if left else []
        passed = [f"{sum(self.passed.values())} passed over ({kinds(self.passed)})"]
        text = ", ".join(counts + (passed if self.passed else []))
        return f"{self.stopped}: {text}" if self.stopped else f"{text}; results in {self._place()}"

    def _place(self) -> str:
        return escaped(self.folder) + "/"

    def _resuming(self) -> str:
        """Give the line that goes on, where something is left to be done."""
        if not (self.counts["failed"] or self.stopped):
            return ""
        words = [shell(word) for word in sys.argv[1:]]
        if "--resume" not in words:
            words.insert(1, "--resume")
        what = "to go on" if self.stopped else "to try again what failed"
        return f"{' '.join(['filterkit', *words])}   {what}"


def kinds(passed: Counter[str]) -> str:
    """Name the kinds of what was passed over, the commonest first."""
    told = [f"{count} {kind}" for kind, count in passed.most_common(MOST_KINDS)]
    rest = sum(passed.values()) - sum(count for _, count in passed.most_common(MOST_KINDS))
    return ", ".join(told + ([f"{rest} more"] if rest else []))


def _opened(path: Path) -> IO[bytes]:
    """Open the file of --report, anew if it is one already. Raises UsageError, UnwritableError."""
    try:
        file = path.open("a+b")
        file.seek(0)
        if file.read(len(BEGINNING)) not in (b"", BEGINNING):
            raise UsageError(
                f"{escaped(path)} is no report, and --report would replace it.", "another name"
            )
        file.truncate(0)
    except OSError as error:
        raise unwritable(path, error) from error
    return file
