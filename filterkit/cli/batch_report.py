"""What a batch tells: paths or objects on stdout as they come, and at the end how it went."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filterkit.applying.note import Note
from filterkit.applying.sources import Source
from filterkit.batching.plan import Plan
from filterkit.batching.report import Reasons
from filterkit.batching.run import Ended
from filterkit.cli.errors import exit_code, say
from filterkit.cli.progress import Progress
from filterkit.cli.report import Report, object_line
from filterkit.cli.report_file import ReportFile
from filterkit.cli.words import shell
from filterkit.errors import FilterkitError, UnwritableError
from filterkit.pictures.names import escaped

MOST_KINDS = 5
"""Kinds of what was passed over that a message tells apart."""

LONG = 200
"""Letters above which a line that was typed is not repeated: the shell has written most of it."""

SINGULARS = {
    "links": "link",
    "broken links": "broken link",
    "folders": "folder",
    "pipes and devices": "pipe or device",
    "folders of results": "folder of results",
}

STOPS = {
    "interrupted": "interrupted",
    "terminated": "terminated",
    "hangup": "the terminal is gone",
    "failure": "stopped",
}
"""Why not all was done, as objects name it, and in words."""


class BatchReport(Report):
    """Tell of each picture as it ends, where that is asked for, and gather why others failed.

    Raises UsageError, UnwritableError for the file of --report.
    """

    def __init__(self, given: dict[str, Any], filter: str) -> None:
        self.file = ReportFile(Path(given["report"])) if given["report"] else None
        super().__init__(given, filter)
        self.folder = given["output"].rstrip("/") + "/"
        self.debug = bool(given["debug"])
        self.passed: Counter[str] = Counter()
        self.failures, self.notes = Reasons(), Reasons()
        self.progress = Progress(not self.quiet)
        self.expected, self.resumes = False, bool(given["resume"])
        self.early: Sequence[FilterkitError] = ()
        self.stopped, self.code = "", 0

    def expect(self, total: int, passed: Counter[str], failures: Sequence[FilterkitError]) -> None:
        """Take note of how many pictures there are, and what was passed over or failed so far."""
        self.expected, self.passed, self.early = True, passed, failures
        self.progress.begin(total + len(failures))

    def begin(self) -> None:
        """Begin to tell of a run: the plan is sound, and an earlier report is out of date."""
        if self.file is not None:
            self.file.begin()
        if self._shares_terminal() and self.progress.total > 1:
            self.mute = self.mute or not self.json  # the bar would stand amid the paths
        self._tell_early()

    def _tell_early(self) -> None:
        for error in self.early:
            self.failed(Source(error.sentence.partition(": ")[0]), error)

    def tell(self, ended: Ended | None, current: str) -> None:
        """Tell of a picture that ended, or of none."""
        if ended is not None:
            if self._shares_terminal() and not self.mute:
                self.progress.clear()
            source = ended.planned.found.source
            if ended.outcome is not None:
                self.done(source, ended.outcome)
            elif ended.error is not None:
                self.failed(source, ended.error)
        self.progress.show(self.counts, current)

    def _shares_terminal(self) -> bool:
        return self.progress.watched and sys.stdout is not None and sys.stdout.isatty()

    def broken(self, error: FilterkitError) -> None:
        """Tell of a failure that is no picture's."""
        self.count(error)
        self.failures.add("", error.sentence, error.advice, error.code)

    def refused(self, problems: Sequence[FilterkitError]) -> int:
        """Tell of all that stands in the way of the plan, and give the exit code."""
        self.progress.clear()
        for error in problems:
            self._print(code=error.code, message=error.sentence)
            say(error.sentence, error.advice)
        self._tell_early()
        self._say_failures()
        self._print(summary={**self.counts, "exit": exit_code(problems[0])})
        return exit_code(problems[0])

    def planned(self, plan: Plan, unknown: Sequence[str]) -> int:
        """Print what would be written, and write nothing."""
        self.progress.clear()
        self._tell_early()
        for one in plan:
            stays = one.there and plan.on_exists == "skip"
            self.counts["skipped" if stays else "done"] += 1
            self._object(one.found.source, "skipped" if stays else "planned", [str(one.target)])
            if not (self.json or self.quiet):
                self._path(str(one.target))
        if not self.quiet:
            pictures = "1 picture" if len(plan) == 1 else f"{len(plan)} pictures"
            say(f"{pictures} in all{self._passed('; ')}; nothing was written.")
            if unknown:
                fields = " and ".join(f"{{{one}}}" for one in unknown)
                say(f"what {fields} will be is known once a picture is read.")
            if self.resumes:
                say("with --resume what is up to date stays, which is known once it is read.")
        self._say_failures()
        planned = {"done": 0, "planned": self.counts["done"]}
        self._print(summary={**self._summary(), **planned})
        return self.exit_code()

    def _note(self, source: Source, notes: Sequence[Note]) -> None:
        for note in notes:
            if not note.hint:
                self.notes.add(source.label, note.sentence, note.advice, "note")

    def _reason(self, source: Source, error: FilterkitError) -> None:
        advice = error.advice
        if error.code == "unsupported" and source.path is not None and source.path.suffix:
            advice = f'--exclude "*{escaped(source.path.suffix)}" leaves such files out'
        self.failures.add(source.label, error.sentence, advice, error.code)
        if self.debug and error.__cause__ is not None:
            self.progress.clear()
            say("\n".join([str(error), *getattr(error.__cause__, "__notes__", ())]))

    def _print(self, **content: Any) -> None:
        self._filed(**content)
        super()._print(**content)

    def _filed(self, **content: Any) -> None:
        """Put an object into the file of --report; one that takes no more costs no picture."""
        file = self.file
        try:
            if file is not None:
                file.write(object_line(**content))
        except UnwritableError as error:
            self.file = None
            self.broken(error)

    def stop(self, why: str, code: int = 0) -> None:
        """Take note of why not all was done, and of the exit code if that follows from it."""
        self.stopped, self.code = why, code

    def end(self) -> int:
        """Say what became of all, and why some failed, and give the exit code."""
        self.progress.clear()
        self._filed(summary=self._summary())
        super()._print(summary=self._summary())
        code = self.code or self.exit_code()
        if not self.quiet or code or self.stopped:
            say(f"{self._counted()}.", self._resuming())
            self._say_failures()
        if not self.quiet:
            for reason in self.notes:
                say(str(reason), reason.advice)
        return code

    def _summary(self) -> dict[str, Any]:
        more = {"stopped": self.stopped} if self.stopped else {}
        code = self.code or self.exit_code()
        return {**self.counts, "passed_over": dict(self.passed), **more, "exit": code}

    def _say_failures(self) -> None:
        for reason in self.failures:
            say(str(reason), reason.advice)

    def _counted(self) -> str:
        if not self.expected:
            return f"{STOPS[self.stopped]} while looking for pictures; nothing was written"
        names = {"done": "done", "skipped": "there already", "failed": "failed"}
        counts = [f"{self.counts[key]} {name}" for key, name in names.items() if self.counts[key]]
        left = self.progress.total - sum(self.counts.values())
        text = ", ".join([*counts, *([f"{left} left"] if left else [])]) + self._passed()
        if self.stopped:
            return f"{STOPS[self.stopped]}: {text}"
        some = self.counts["done"] or self.counts["skipped"]
        return f"{text}; results in {escaped(self.folder)}" if some else text

    def _passed(self, before: str = ", ") -> str:
        return f"{before}{passed_over(self.passed)}" if self.passed else ""

    def _resuming(self) -> str:
        """Give the line that goes on, where something is left to be done."""
        if not self.expected or not (self.counts["failed"] or self.stopped):
            return ""
        words = [shell(word) for word in sys.argv[1:]]
        if "--resume" not in words:
            words.insert(words.index("--") if "--" in words else len(words), "--resume")
        line = " ".join(["filterkit", *words])
        what = "to go on" if self.stopped else "to try again what failed"
        return f"{line if len(line) <= LONG else 'the same line with --resume'}   {what}"


def passed_over(passed: Counter[str]) -> str:
    """Tell how much was passed over, and its kinds, the commonest first."""
    told = [
        f"{count} {SINGULARS.get(kind, kind) if count == 1 else kind}"
        for kind, count in passed.most_common(MOST_KINDS)
    ]
    rest = passed.total() - sum(count for _, count in passed.most_common(MOST_KINDS))
    kinds = ", ".join(told + ([f"{rest} more"] if rest else []))
    return f"{passed.total()} other{'s' if passed.total() > 1 else ''} passed over ({kinds})"
