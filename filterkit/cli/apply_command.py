"""filterkit apply: a filter over picture files, in order, in one process."""

import sys
from typing import Any

import click

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.job import Job, Outcome
from filterkit.applying.naming import slug
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target, targets
from filterkit.applying.sources import Source
from filterkit.cli.completing import complete_filter, complete_input
from filterkit.cli.given import filter_of, options_of, threads_of, timeout_of
from filterkit.cli.help import Command
from filterkit.cli.main import run_job, warm
from filterkit.cli.mistakes import check_inputs
from filterkit.cli.options import (
    GROUPS,
    filter_options,
    message_options,
    output_options,
    reading_options,
    writing_options,
)
from filterkit.cli.piped import await_picture
from filterkit.cli.report import Report
from filterkit.errors import UnwritableError, UsageError
from filterkit.filters.meaning import made
from filterkit.pictures.formats import FORMATS, format_of_ending
from filterkit.pictures.writing import make_folder

INTRO = """
  Run a filter over pictures. Originals are never touched.
  FILTER  edge · gaussian:sigma=2 · ./mine.toml · "[-1 0 1; -2 0 2; -1 0 1]"
          · "gaussian | edge" (quote what has spaces or |).  All: filterkit list
  INPUT   picture files; - is a pipe; sample:NAME is built in; "[0 1 0; 1 0 1]" is a picture too

Examples:
  filterkit apply edge photo.jpg                    writes photo.edge.jpg
  filterkit apply edge photo.jpg --stride 2 --activation relu --pool max:2
  filterkit apply "gaussian:2 | edge" *.png -o lines/
  curl -s URL | filterkit apply emboss > out.png
"""


@click.pass_obj
def apply(
    workers: list[Worker], /, filter: str | None, inputs: tuple[str, ...], **given: Any
) -> int:
    """Settle everything first; then do one picture after the other."""
    check_inputs(filter, inputs, given)
    assert filter is not None  # check_inputs has insisted
    tree, _ = filter_of(filter, given)
    step = made(tree)
    reading, writing = options_of(Reading, given), options_of(Writing, given)
    threads, timeout = threads_of(given), timeout_of(given)
    sources = [Source.of(text) for text in inputs or ("-",)]
    shown = given["render"] and f"render-{writing.render}"
    settled = targets(sources, given["output"], slug(tree, shown or ""), writing)
    report = Report(given, str(tree))
    if given["dry_run"]:
        return report.plan(sources, settled)
    _check_stdout(settled[0], given["json"])
    _check_terminal(sources[0], settled[0])
    jobs = [
        Job(source, target, step, reading, writing, threads)
        for source, target in zip(sources, settled, strict=True)
    ]
    _make_folders(settled)
    if any(source.text == "-" for source in sources):
        await_picture(given["quiet"])
    return _done(jobs, workers, timeout, report)


def _done(jobs: list[Job], ready: list[Worker], timeout: float | None, report: Report) -> int:
    """Do the jobs in a child process, and tell of each as it is done."""

    def fresh() -> Worker:
        return ready.pop() if ready else Worker(run_job, warm)

    answers = isolated(fresh, jobs, _label, timeout, leaving=True)
    for job, answer in zip(jobs, answers, strict=True):
        if isinstance(answer, Outcome):
            report.done(job.source, answer)
        else:
            report.failed(job.source, answer)
    return report.end()


def _check_stdout(target: Target, as_objects: bool) -> None:
    """Insist that a picture has stdout for itself, where it is to go there."""
    if target.path is None and sys.stdout is None:
        raise UnwritableError("stdout is closed; the picture has no way out.", "-o FILE")
    if target.path is None and as_objects:
        raise UsageError("stdout carries the picture, and --json needs it too.", "-o FILE")


def _check_terminal(source: Source, target: Target) -> None:
    """Refuse to write a picture's bytes to a terminal."""
    if target.path is None and sys.stdout.isatty():
        kind = FORMATS.get(target.format or format_of_ending(source.ending) or "")
        title = kind.title if kind else "a picture's"
        raise UsageError(
            f"{title} bytes are not written to a terminal.",
            "add -o FILE, or pipe into: filterkit view -",
        )


def _label(job: Job) -> str:
    return job.source.label


def _make_folders(settled: list[Target]) -> None:
    for target in settled:
        if target.path is not None and target.template is None:
            make_folder(target.path.parent)


command = Command(
    "apply",
    callback=apply,
    intro=INTRO,
    groups=GROUPS,
    params=[
        click.Argument(
            ["filter"], required=False, shell_complete=complete_filter, metavar="FILTER"
        ),
        click.Argument(["inputs"], nargs=-1, metavar="[INPUT]...", shell_complete=complete_input),
        *filter_options(),
        *output_options(),
        *writing_options(),
        *reading_options(),
        *message_options(),
    ],
)
