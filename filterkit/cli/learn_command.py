"""filterkit learn: pictures before and after become a filter."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.cli.completing import complete_input
from filterkit.cli.errors import say
from filterkit.cli.given import options_of, threads_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import warm
from filterkit.cli.options import INPUT, MESSAGES, OUTPUT, flag_of
from filterkit.cli.words import shell
from filterkit.errors import (
    FilterkitError,
    OutputExistsError,
    UnreadableInputError,
    UsageError,
)
from filterkit.filters.expression import read
from filterkit.filters.meaning import look_up
from filterkit.learning.options import AUTO, Learning
from filterkit.machine import limited
from filterkit.pictures.files import write_bytes
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder

if TYPE_CHECKING:
    from filterkit.learning.learning import Learned
    from filterkit.learning.pairs import Pairs

SHAPE, DESCENT = "Filter", "Descent"

INTRO = """
  Learn the filter that turns one picture into another, from examples.
  BEFORE, AFTER  two pictures, or two folders with pictures of equal names

Examples:
  filterkit learn photo.png edited.png              prints the kernel, and how well it fits
  filterkit learn photo.png edited.png -o mine.toml
  filterkit apply ./mine.toml other.png             does the same to another picture
  filterkit learn before/ after/ --filter "7x7 | relu" --report report.html
  filterkit learn --probe probe.png                 a chart to run through an editor
"""


class LearnJob(NamedTuple):
    """Name the pairs, what is looked for in them, and how."""

    pairs: "Pairs"
    filter: str
    how: Learning
    reading: Reading
    threads: int | None
    checkpoint: Path | None
    resume: bool
    tell: bool


def learn(before: str | None, after: str | None, **given: Any) -> int:
    """Settle everything first; then learn, in a process of its own, and tell."""
    if given["probe"]:
        return _probe(Path(given["probe"]), before, given)
    if before is None or after is None:
        raise UsageError(
            "learn needs a picture, and the same picture after the filter.",
            "filterkit learn photo.png edited.png",
        )
    job = _job(before, after, given)
    (answer,) = isolated(lambda: Worker(work, warm), [job], _label, leaving=True)
    if isinstance(answer, FilterkitError):
        raise answer
    return _told(answer, job, given)


def _job(before: str, after: str, given: dict[str, Any]) -> LearnJob:
    """Settle what is to be done, or answer what cannot be meant."""
    share = [word for word in ("per-channel", "mix") if given[word.replace("-", "_")]]
    if len(share) == 2:
        raise UsageError("--per-channel and --mix say different things.", "one of the two")
    how = options_of(Learning, {**given, "share": share[0] if share else None})
    _check_outputs(given)
    checkpoint = Path(given["checkpoint"]) if given["checkpoint"] else None
    if given["resume"] and checkpoint is None:
        raise UsageError("--resume goes on from a checkpoint; which?", "--checkpoint FILE --resume")
    if given["filter"] != AUTO:
        look_up(read(given["filter"]), given["filter"], unknown=True)
    from filterkit.learning.pairs import pairs_of

    tell = not given["quiet"] and (given["verbose"] or sys.stderr.isatty())
    reading = replace(options_of(Reading, given), frames="first")
    return LearnJob(
        pairs_of(before, after), given["filter"], how, reading, threads_of(given), checkpoint,
        given["resume"], tell,
    )  # fmt: skip


def _check_outputs(given: dict[str, Any]) -> None:
    """Refuse, before anything is learned, what could not be written in the end."""
    for key, endings in (("output", (".toml",)), ("report", (".html", ".png"))):
        path = Path(given[key]) if given[key] else None
        if path is None:
            continue
        if path.suffix not in endings:
            flag = "-o" if key == "output" else "--report"
            wanted = " or ".join(endings)
            raise UsageError(
                f"{flag} names a file that ends in {wanted}, not {escaped(path)}.",
                f"{flag} {shell(str(path.with_suffix(endings[0])))}",
            )
        _check_free(path, given)


def _check_free(path: Path, given: dict[str, Any]) -> None:
    """Refuse to replace what is there, unless that is asked for."""
    if path.exists() and not given["force"]:
        raise OutputExistsError(
            f"{escaped(path)} exists; nothing was written.", "add -f to replace it"
        )


def work(job: LearnJob) -> "Learned":
    """Learn, in the child, and hear what the decoders say meanwhile."""
    from filterkit.applying.chatter import heard
    from filterkit.learning.checkpoint import Checkpoint
    from filterkit.learning.learning import learned
    from filterkit.learning.pairs import reader_of

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
            f"{_label(job)}: damaged: {said[0]}.", "without --strict, for what can be read of it"
        )
    warned = tuple(f"a decoder warned: {line}" for line in said)
    return found._replace(report=replace(found.report, notes=(*warned, *found.report.notes)))


def _told(found: "Learned", job: LearnJob, given: dict[str, Any]) -> int:
    """Write what was asked for, and tell the rest."""
    from filterkit.learning.filing import filed
    from filterkit.viewing.learned import learned_lines

    text = filed(found.filter, found.report, Path(given["output"] or "learned.toml"))
    written = []
    if given["output"]:
        written.append((Path(given["output"]), text.encode()))
    if given["report"]:
        written.append((Path(given["report"]), _drawn(found, given)))
    for path, content in written:
        make_folder(path.parent)
        write_bytes(path, content, replace=given["force"])
    if given["json"]:
        object = {"schema": 1, "filter": str(found.filter), **found.report.object()}
        click.echo(json.dumps({**object, "written": [str(path) for path, _ in written]}))
        return 0
    lines = "\n".join(learned_lines(found.filter, found.report))
    if not given["quiet"]:
        click.echo(lines, err=bool(written))
        for path, _ in written:
            click.echo(escaped(path))
    _note(found, job)
    return 0


def _note(found: "Learned", job: LearnJob) -> None:
    """Say on stderr what should be known of the result."""
    alone = job.pairs.alone
    if alone:
        names = ", ".join(escaped(name) for name in alone[:3]) + (", ..." if len(alone) > 3 else "")
        say(f"{len(alone)} picture{'s have' if len(alone) > 1 else ' has'} no partner: {names}.")
    for note in found.report.notes:
        say(note if note.endswith(".") else f"{note}.")


def _drawn(found: "Learned", given: dict[str, Any]) -> bytes:
    """Draw the report: a page, or a picture."""
    from filterkit.viewing.learned_page import page, sheet

    if Path(given["report"]).suffix == ".html":
        return page(found.filter, found.report, given["output"] or "./mine.toml").encode()
    from filterkit.pictures.codecs import encode
    from filterkit.pictures.picture import Picture

    return encode(Picture(sheet(found.filter, found.report)[None]), "png", None)


def _probe(path: Path, before: str | None, given: dict[str, Any]) -> int:
    """Write the chart."""
    from filterkit.applying.files import write_picture
    from filterkit.learning.probe import chart
    from filterkit.pictures.picture import Picture

    if before is not None:
        raise UsageError("--probe writes a chart, and learns nothing yet.", "no pictures beside it")
    _check_free(path, given)
    write_picture(Picture(chart()), path, replace=given["force"])
    click.echo(escaped(path))
    return 0


def _label(job: LearnJob) -> str:
    first, second = job.pairs.found[0]
    return f"{first.label} and {second.label}"


def _options() -> Iterator[Option]:
    yield Option(["--filter"], group=SHAPE, metavar="SHAPE", default=AUTO, shown=AUTO,
                 help='5x5, 7x7:stride=2, "5x5 | relu", "gaussian:1 | 3x3"')  # fmt: skip
    yield Option(["--per-channel"], group=SHAPE, is_flag=True, help="a kernel for each channel")
    yield Option(["--mix"], group=SHAPE, is_flag=True, help="every channel from all channels")
    for key in ("constrain", "l2", "snap", "space"):
        yield flag_of(Learning, key, SHAPE)
    for key in ("optimizer", "steps", "seed"):
        yield flag_of(Learning, key, DESCENT)
    yield Option(["--checkpoint"], group=DESCENT, metavar="FILE", shell_complete=complete_input,
                 help="keeps what is known now and then, where not linear")  # fmt: skip
    yield Option(["--resume"], group=DESCENT, is_flag=True, help="goes on from the checkpoint")
    yield Option(["-o", "--output"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="the filter, mine.toml", shown="printed only")  # fmt: skip
    yield Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there")
    yield Option(["--report"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="curves, numbers and pictures, .html or .png")  # fmt: skip
    yield Option(["--probe"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="writes a chart to run through an editor")  # fmt: skip
    yield flag_of(Reading, "strict", INPUT)
    yield Option(["--max-pixels"], group=INPUT, metavar="N", beside=True)
    yield Option(["--threads"], group=INPUT, metavar="N", shown="all cores", beside=True, last=True)
    for names in (["--json"], ["-q", "--quiet"], ["-v", "--verbose"]):
        yield Option(names, group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "learn",
    callback=learn,
    intro=INTRO,
    groups=(SHAPE, DESCENT, OUTPUT, INPUT, MESSAGES),
    params=[
        click.Argument(["before"], required=False, metavar="BEFORE", shell_complete=complete_input),
        click.Argument(["after"], required=False, metavar="AFTER", shell_complete=complete_input),
        *_options(),
    ],
)
