"""filterkit batch: a filter over many pictures, in bulk, unattended."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import click

from filterkit.applying.isolation import Worker
from filterkit.applying.naming import slug
from filterkit.applying.options import Reading, Writing
from filterkit.batching.batch import NAME, Batch
from filterkit.batching.finding import Search
from filterkit.batching.journal import Journal, records
from filterkit.batching.listing import names_in
from filterkit.batching.local import LocalExecutor
from filterkit.batching.options import Running
from filterkit.batching.plan import Plan, Planned
from filterkit.batching.run import Run
from filterkit.batching.work import Task
from filterkit.cli.batch_report import BatchReport, passed_over
from filterkit.cli.completing import complete_filter, complete_input
from filterkit.cli.given import filter_of, options_of, threads_of, timeout_of
from filterkit.cli.help import Command
from filterkit.cli.mistakes import check_sources
from filterkit.cli.options import (
    GROUPS,
    filter_options,
    message_options,
    output_options,
    reading_options,
    run_options,
    source_options,
    writing_options,
)
from filterkit.cli.stopping import Stopped, stoppable
from filterkit.errors import DiskError, FilterkitError, NothingMatchedError
from filterkit.filters.meaning import made
from filterkit.machine import cores

INTRO = """
  Run a filter over many pictures, on every core. Originals are never touched.
  FILTER  edge · gaussian:sigma=2 · ./mine.toml · "gaussian | edge".  All: filterkit list
  SOURCE  a folder and all below it, a file, or a pattern in quotes: "scans/**/*.tif"

Examples:
  filterkit batch sharpen photos/ -o sharp/         photos/a/b.jpg becomes sharp/a/b.jpg
  filterkit batch sharpen photos/ -o sharp/ --resume   goes on, and does what is new
  filterkit batch "gaussian:2 | edge" photos/ -o lines/ --format png --exclude "raw/*"
  find . -name "*.jpg" -print0 | filterkit batch emboss --files-from - -0 -o embossed/
"""

TIMEOUT = 600.0
"""Seconds that a picture may take: nobody looks on who could see that it hangs."""


@click.pass_obj
def batch(
    workers: list[Worker], /, filter: str | None, sources: tuple[str, ...], **given: Any
) -> int:
    """Plan everything first; then carry it out, whatever happens to single pictures."""
    check_sources(filter, sources, given)
    assert filter is not None  # check_sources has insisted
    tree, _ = filter_of(filter, given)
    reading, writing = options_of(Reading, given), options_of(Writing, given)
    shown = given["render"] and f"render-{writing.render}"
    called, folder = slug(tree, shown or ""), Path(given["output"])
    whole = Batch(made(tree), called, folder, given["name"] or NAME, reading, writing)
    running, executor = options_of(Running, given), _executor(given, workers)
    report = BatchReport(given, str(tree))
    with stoppable(), ExitStack() as held:
        try:
            journal = Journal(folder)
            if journal.there and not given["dry_run"]:
                held.enter_context(journal)  # before it is read; a new one waits for a sound plan
            plan = _planned(whole, sources, given, report)
            problems = [*plan.problems()]
            if problems or given["dry_run"]:
                return report.refused(problems) if problems else report.planned(plan, whole.unknown)
            if not journal.held:
                held.enter_context(journal)
            report.begin()
            jobs = min(running.jobs or cores(), len(plan)) or 1
            task = partial(_task, whole, threads_of(given))
            return _done(Run(plan, journal, task, executor, jobs, running.fail_fast), report)
        except Stopped as stop:
            report.stop(stop.why, 128 + stop.number)
            return report.end()
        except FilterkitError:
            report.progress.clear()
            raise


def _planned(
    whole: Batch, sources: tuple[str, ...], given: dict[str, Any], report: BatchReport
) -> Plan:
    """Find all pictures and name their results. Raises FilterkitError."""
    search = Search(whole.folder, given["include"], given["exclude"], given["follow_links"])
    past = records(whole.folder) if given["resume"] else None
    plan = Plan(whole.folder, whole.writing.on_exists, past)
    end = b"\0" if given["null"] else b"\n"
    listed = search.listed(names_in(given["files_from"], end)) if given["files_from"] else ()
    for number, found in enumerate(chain(search.through(sources), listed), 1):
        plan.add(found, whole.path(found))
        report.progress.count(number)
    if not (len(plan) or search.failures):
        raise _nothing(search.passed)
    report.expect(len(plan), search.passed, search.failures)
    return plan


def _nothing(passed: Counter[str]) -> NothingMatchedError:
    """Say that there is no picture, and what would take most of what there is."""
    others = f"; {passed_over(passed)}" if passed else ""
    ending = next((kind for kind, _ in passed.most_common() if kind.startswith(".")), "")
    advice = f'--include "*{ending}" takes those' if ending else ""
    if passed["not included"]:
        advice = "another --include, or none"
    elif passed["links"] and not ending:
        advice = "--follow-links takes what links lead to"
    return NothingMatchedError(f"there are no pictures{others}.", advice)


def _executor(given: dict[str, Any], workers: list[Worker]) -> Callable[[int], LocalExecutor]:
    """Make what does so many tasks at a time; the first time, with the processes there are."""
    timeout = timeout_of(given) or TIMEOUT

    def executor(jobs: int) -> LocalExecutor:
        ready, workers[:] = workers[:jobs], []
        return LocalExecutor(jobs, timeout, ready)

    return executor


def _task(whole: Batch, threads: int | None, planned: Planned, jobs: int) -> Task:
    """Make the task of a picture: all jobs together have as many threads as there are cores."""
    return whole.task(planned, threads or max(1, cores() // jobs))


def _done(run: Run, report: BatchReport) -> int:
    """Carry a plan out, and tell of each picture as it ends."""
    try:
        with closing(iter(run)) as going:
            for ended in going:
                report.tell(ended, str(run.current.found.path) if run.current else "")
    except DiskError as error:  # of the journal
        report.broken(error)
        report.stop("failure")
    if run.stopped is not None:
        report.stop("failure")
    return report.end()


command = Command(
    "batch",
    callback=batch,
    intro=INTRO,
    groups=GROUPS,
    params=[
        click.Argument(
            ["filter"], required=False, shell_complete=complete_filter, metavar="FILTER"
        ),
        click.Argument(["sources"], nargs=-1, metavar="SOURCE...", shell_complete=complete_input),
        *source_options(),
        *filter_options(),
        *output_options(NAME, apart=True),
        *writing_options("in_place"),
        *run_options(),
        *reading_options(f"{TIMEOUT:g}", "all cores, shared"),
        *message_options(),
    ],
)
