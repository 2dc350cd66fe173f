"""filterkit learn: pictures before and after become a filter."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.cli.completing import complete_input
from filterkit.cli.errors import say
from filterkit.cli.given import check_free, options_of, threads_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.learning import Answer, LearnJob, label_of
from filterkit.cli.main import run_learning, warm_learning
from filterkit.cli.options import INPUT, MESSAGES, OUTPUT, flag_of
from filterkit.cli.words import shell
from filterkit.errors import FilterkitError, UsageError
from filterkit.filters.expression import read
from filterkit.filters.meaning import look_up
from filterkit.learning.options import AUTO, Learning
from filterkit.learning.pairs import pairs_of
from filterkit.pictures.files import write_bytes
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder

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


@click.pass_obj
def learn(workers: list[Worker], /, before: str | None, after: str | None, **given: Any) -> int:
    """Settle everything first; then learn, in a process of its own, and tell."""
    if given["probe"]:
        return _probe(Path(given["probe"]), before, given)
    if before is None or after is None:
        raise UsageError(
            "learn needs a picture, and the same picture after the filter.",
            "filterkit learn photo.png edited.png",
        )
    job = _job(before, after, given)

    def ready() -> Worker:
        return workers.pop() if workers else Worker(run_learning, warm_learning)

    (answer,) = isolated(ready, [job], label_of, leaving=True)
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
    checkpoint = _path(given["checkpoint"])
    if given["resume"] and checkpoint is None:
        raise UsageError("--resume goes on from a checkpoint; which?", "--checkpoint FILE --resume")
    if given["filter"] != AUTO:
        look_up(read(given["filter"]), given["filter"], unknown=True)
    tell = not given["quiet"] and (given["verbose"] or sys.stderr.isatty())
    reading = replace(options_of(Reading, given), frames="first")
    return LearnJob(
        pairs_of(before, after), given["filter"], how, reading, threads_of(given), checkpoint,
        given["resume"], tell, _path(given["output"]), _path(given["report"]),
    )  # fmt: skip


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _check_outputs(given: dict[str, Any]) -> None:
    """Refuse, before anything is learned, what could not be written in the end."""
    for key, endings in (("output", (".toml",)), ("report", (".html", ".png"))):
        path = _path(given[key])
        if path is None:
            continue
        if path.suffix not in endings:
            flag = "-o" if key == "output" else "--report"
            wanted = " or ".join(endings)
            raise UsageError(
                f"{flag} names a file that ends in {wanted}, not {escaped(path)}.",
                f"{flag} {shell(str(path.with_suffix(endings[0])))}",
            )
        check_free(path, given["force"])


def _told(answer: Answer, job: LearnJob, given: dict[str, Any]) -> int:
    """Write what was asked for, and tell the rest."""
    for path, content in answer.files:
        make_folder(path.parent)
        write_bytes(path, content, replace=given["force"])
    if given["json"]:
        written = [str(path) for path, _ in answer.files]
        click.echo(json.dumps({**answer.object, "written": written}))
        return 0
    if not given["quiet"]:
        click.echo("\n".join(answer.lines), err=bool(answer.files))
        for path, _ in answer.files:
            click.echo(escaped(path))
    _note(answer, job)
    return 0


def _note(answer: Answer, job: LearnJob) -> None:
    """Say on stderr what should be known of the result."""
    alone = job.pairs.alone
    if alone:
        names = ", ".join(escaped(name) for name in alone[:3]) + (", ..." if len(alone) > 3 else "")
        say(f"{len(alone)} picture{'s have' if len(alone) > 1 else ' has'} no partner: {names}.")
    for note in answer.notes:
        say(note if note.endswith(".") else f"{note}.")


def _probe(path: Path, before: str | None, given: dict[str, Any]) -> int:
    """Write the chart."""
    from filterkit.applying.files import write_picture
    from filterkit.learning.probe import chart
    from filterkit.pictures.picture import Picture

    if before is not None:
        raise UsageError("--probe writes a chart, and learns nothing yet.", "no pictures beside it")
    check_free(path, given["force"])
    write_picture(Picture(chart()), path, replace=given["force"])
    click.echo(escaped(path))
    return 0


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
