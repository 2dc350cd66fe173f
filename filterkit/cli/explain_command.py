"""filterkit explain: the arithmetic of a filter, window by window, number by number."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_filter, complete_input
from filterkit.cli.errors import say
from filterkit.cli.explaining import Answer, ExplainJob, explanation_of
from filterkit.cli.given import check_free, filter_of, options_of
from filterkit.cli.help import Command, Option, help_option
from filterkit.cli.main import run_explaining, warm_explaining
from filterkit.cli.mistakes import check_filter
from filterkit.cli.options import FILTER, INPUT, MESSAGES, OUTPUT, color_option, filter_options
from filterkit.cli.piped import is_piped
from filterkit.cli.report import print_object, print_text
from filterkit.cli.screen import screen
from filterkit.cli.words import shell
from filterkit.errors import FilterkitError, UsageError
from filterkit.filters.meaning import look_up, made
from filterkit.pictures.files import write_bytes
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import make_folder

LOOK = "Look"
USUAL = "sample:zero"

INTRO = """
  Explain FILTER number by number: window, products, sum, size, what is pooled.
  INPUT   a picture; - is a pipe; "[0 1 0; 1 0 1]" is one too; else the digit sample:zero

Examples:
  filterkit explain "stroke-right:padding=valid | max-pool:2,stride=1"
  filterkit explain edge --stride 2 --padding valid
  filterkit explain "gaussian:1 | edge" photo.jpg --at 120,80
  filterkit explain max-pool:3 "[1 2 3; 4 5 6; 7 8 9]" --html page.html --gif film.gif
"""


@click.pass_obj
def explain(workers: list[Worker], /, filter: str, input: str | None, **given: Any) -> int:
    """Settle everything first; then read and explain, in a process that may die of it."""
    check_filter("explain", filter, (input,) if input else ())
    job = _job(filter, input or ("-" if is_piped() else USUAL), given)

    def ready() -> Worker:
        return workers.pop() if workers else Worker(run_explaining, warm_explaining)

    (answer,) = isolated(ready, [job], lambda job: job.source.label, leaving=True)
    if isinstance(answer, FilterkitError):
        raise answer
    return _told(answer, job, given)


def _job(filter: str, input: str, given: dict[str, Any]) -> ExplainJob:
    """Settle what is explained and in which forms, or answer what cannot be meant."""
    tree, text = filter_of(filter, given)
    look_up(tree, text)
    source = Source.of(input)
    html, gif = (_output(key, given, source) for key in ("html", "gif"))
    seen = screen(sys.stdout, given["color"])
    form = "json" if given["json"] else "markdown" if given["markdown"] else (
        "" if html or gif else "image" if _walks(given) else "text"
    )  # fmt: skip
    reading = options_of(Reading, {**given, "frames": "first"})
    return ExplainJob(
        made(tree, text), source, reading, _at(given["at"]), form, seen.columns,
        seen.colours, html, gif,
    )  # fmt: skip


def _walks(given: dict[str, Any]) -> bool:
    """Tell whether there is a terminal to walk in; else everything is told."""
    streams = (sys.stdin, sys.stdout)
    terminal = all(stream is not None and stream.isatty() for stream in streams)
    able = os.environ.get("TERM") != "dumb" and find_spec("termios") is not None
    return bool(given["step"]) and terminal and able


def _at(text: str | None) -> tuple[int, int, int] | None:
    """Read a place: ROW,COLUMN or ROW,COLUMN,MAP."""
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) not in (2, 3) or not all(part.strip().isdecimal() for part in parts):
        raise UsageError(
            f"--at takes ROW,COLUMN or ROW,COLUMN,MAP, counted from 0, not {escaped(text)}.",
            "--at 0,0",
        )
    row, column, channel, *_ = *map(int, parts), 0
    return row, column, channel


def _output(key: str, given: dict[str, Any], source: Source) -> Path | None:
    """Name a file that is to be written, and refuse what could not be."""
    if not given[key]:
        return None
    path = Path(given[key])
    if path.suffix.lower() != f".{key}":
        raise UsageError(
            f"--{key} names a file that ends in .{key}, not {escaped(path)}.",
            f"--{key} {shell(str(path.with_suffix(f'.{key}')))}",
        )
    check_free(path, given["force"], source.path)
    return path


def _told(answer: Answer, job: ExplainJob, given: dict[str, Any]) -> int:
    """Write what was asked for, and tell the rest."""
    for path, content in answer.files:
        make_folder(path.parent)
        write_bytes(path, content, replace=given["force"])
    if job.form == "json":
        written = [str(path) for path, _ in answer.files]
        print_object(**answer.object, written=written)
    elif answer.image is not None:
        from filterkit.cli.walking import walk

        walk(explanation_of(job, answer.image), given["color"])
    elif answer.text:
        print_text(answer.text)
    else:
        for path, _ in answer.files:
            click.echo(escaped(path))
    for note in answer.notes:
        say(f"{job.source.label}: {note}")
    return 0


def _options() -> Iterator[Option]:
    yield Option(["--at"], group=LOOK, metavar="ROW,COLUMN[,MAP]",
                 help="follow one number of the result back",
                 shown="the largest, or the middle", below=True)  # fmt: skip
    yield Option(["--step"], group=LOOK, is_flag=True, help="walk with the keys, on a terminal")
    yield from filter_options()
    yield Option(["--html"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="a page of its own")  # fmt: skip
    yield Option(["--gif"], group=OUTPUT, metavar="FILE", shell_complete=complete_input,
                 help="a film: the window at every place")  # fmt: skip
    yield Option(["--markdown"], group=OUTPUT, is_flag=True, help="for notes and lessons")
    yield Option(["-f", "--force"], group=OUTPUT, is_flag=True, help="replace what is there")
    yield color_option()
    yield Option(["--max-pixels"], group=INPUT, metavar="N", help="refuse larger pictures")
    yield Option(["--json"], group=MESSAGES, is_flag=True, beside=True)
    yield Option(["--debug"], group=MESSAGES, is_flag=True, beside=True, last=True)
    yield help_option(MESSAGES)


command = Command(
    "explain",
    callback=explain,
    intro=INTRO,
    groups=(LOOK, FILTER, OUTPUT, INPUT, MESSAGES),
    params=[
        click.Argument(["filter"], metavar="FILTER", shell_complete=complete_filter),
        click.Argument(["input"], required=False, metavar="[INPUT]", shell_complete=complete_input),
        *_options(),
    ],
)
