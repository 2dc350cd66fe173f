"""The child's part of filterkit learn: it learns, and draws what is to be written."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.applying.options import Reading
from filterkit.errors import UnreadableInputError
from filterkit.learning.options import Learning
from filterkit.learning.pairs import Pairs
from filterkit.machine import limited

if TYPE_CHECKING:
    from filterkit.learning.learning import Learned


class LearnJob(NamedTuple):
    """Name the pairs, what is looked for in them, and how."""

    pairs: Pairs
    filter: str
    how: Learning
    reading: Reading
    threads: int | None
    checkpoint: Path | None
    resume: bool
    tell: bool
    output: Path | None = None
    report: Path | None = None


class Answer(NamedTuple):
    """Hold what is told of a filter that was learned, and the files that are to be written."""

    lines: list[str]
    object: dict[str, Any]
    notes: tuple[str, ...]
    files: list[tuple[Path, bytes]]


def work(job: LearnJob) -> Answer:
    """Learn and draw."""
    from filterkit.learning.filing import filed
    from filterkit.viewing.learned import learned_lines

    found = _learned(job)
    files = []
    if job.output:
        files.append((job.output, filed(found.filter, found.report, job.output).encode()))
    if job.report:
        files.append((job.report, _drawn(found, job)))
    lines = learned_lines(found.filter, found.report)
    object = {"schema": 1, "filter": str(found.filter), **found.report.object()}
    return Answer(lines, object, found.report.notes, files)


def _learned(job: LearnJob) -> "Learned":
    """Learn, and hear what the decoders say meanwhile."""
    from filterkit.applying.chatter import heard
    from filterkit.learning.checkpoint import Checkpoint
    from filterkit.learning.learning import learned
    from filterkit.learning.reading import reader_of

    readers = [reader_of(pair, job.reading) for pair in job.pairs.found]
    kept = Checkpoint(job.checkpoint, job.resume) if job.checkpoint else None
    with open(os.dup(2), "w") as screen, limited(job.threads):  # noqa: PTH123 - open already

        def tell(line: str) -> None:
            if job.tell:
                print(f"  {line}", file=screen, flush=True)

        with heard() as said:
            found = learned(readers, job.filter, job.how, tell, kept)
    if said and job.reading.strict:
        raise UnreadableInputError(
            f"{label_of(job)}: damaged: {said[0]}.", "without --strict, for what can be read of it"
        )
    warned = tuple(f"a decoder warned: {line}" for line in said)
    return found._replace(report=replace(found.report, notes=(*warned, *found.report.notes)))


def _drawn(found: "Learned", job: LearnJob) -> bytes:
    """Draw the report: a page, or a picture."""
    from filterkit.viewing.learned_page import page, sheet

    if job.report and job.report.suffix == ".html":
        return page(found.filter, found.report, str(job.output or "./mine.toml")).encode()
    from filterkit.pictures.codecs import encode
    from filterkit.pictures.picture import Picture

    return encode(Picture(sheet(found.filter, found.report)[None]), "png", None)


def label_of(job: LearnJob) -> str:
    """Name a job in messages."""
    first, second = job.pairs.found[0]
    return f"{first.label} and {second.label}"
