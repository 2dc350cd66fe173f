"""What is done to one picture of many, wherever that happens: on this machine or on another.

The picture's digest decides. If an earlier run made the same of the same bytes, and its results
are untouched, they stay. Nothing here knows of other pictures, or writes the journal.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from filterkit import __version__
from filterkit.applying.job import Job, Outcome, content_of, run
from filterkit.applying.job import warm as warm_job
from filterkit.applying.options import Reading, Writing
from filterkit.batching.journal import Record
from filterkit.errors import OutputExistsError, UnreadableInputError
from filterkit.pictures import opencv
from filterkit.pictures.names import escaped
from filterkit.pictures.parts import clear
from filterkit.pictures.writing import make_folder
from filterkit.steps.step import Step

DECIDES_NO_PIXEL = {"max_pixels", "on_exists"}
"""Options that say whether a result is made, and not which."""


class Task(NamedTuple):
    """Hold a job, the template of its result's name, and what an earlier run did.

    In the `folder` of the results the paths of records begin.
    """

    job: Job
    name: str
    past: Record | None
    folder: Path


@dataclass(frozen=True)
class Answer:
    """Tell what became of a task: its outcome, and what the journal is to know of it.

    Without an outcome nothing was done: what an earlier run made is out of date, and is made anew
    when the task comes back with a past that is begun.
    """

    outcome: Outcome | None
    recipe: str = ""
    digest: str = ""
    outputs: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=1)
def recipe_of(filter: Step, name: str, reading: Reading, writing: Writing) -> str:
    """Give what decides a result besides the picture, in a few letters."""
    options = {**vars(reading), **vars(writing)}
    told = {key: value for key, value in options.items() if key not in DECIDES_NO_PIXEL}
    # repr() holds every weight; the text of a filter only names its file.
    text = repr((__version__, opencv.version(), str(filter), filter, name, sorted(told.items())))
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def work(task: Task) -> Answer:
    """Do a task, unless it is done. Raises FilterkitError."""
    job, past, folder = task.job, task.past, _folder(task.job)
    if job.source.path is not None and job.source.path.is_fifo():  # it might never end
        raise UnreadableInputError(
            f"{job.source.label} is a pipe, which a batch does not read.", "filterkit apply"
        )
    content = content_of(job.source, job.reading)
    digest = sha256(content).hexdigest()
    recipe = recipe_of(job.filter, task.name, job.reading, job.writing)
    if past is not None and past.digest:
        same = (past.digest, past.recipe) == (digest, recipe)
        return _judged([(task.folder / name, told) for name, told in past.outputs], same, job)
    if past is not None:  # begun, and cut short: what stands there is ours
        clear(folder)
        job = _replacing(job)
    if job.target.template is None:
        make_folder(folder)
    outcome = run(job, content)
    written = ((os.path.relpath(path, task.folder), _digest_of(path)) for path in outcome.written)
    return Answer(outcome, recipe, digest, tuple(written))


def _judged(outputs: Sequence[tuple[Path, str]], same: bool, job: Job) -> Answer:
    """Keep what an earlier run wrote if it is still right, and whatever somebody has changed."""
    there = [(path, told) for path, told in outputs if os.path.lexists(path)]
    changed = [path for path, told in there if _digest_of(path) != told]
    on_exists = job.writing.on_exists
    if changed and on_exists in ("error", "number"):
        raise OutputExistsError(
            f"{escaped(changed[0])} was changed after an earlier run wrote it; it stays as it is.",
            "move it away" + (", or add -f to replace it" if on_exists == "error" else ""),
        )
    keeps = on_exists == "skip" if changed else same and len(there) == len(outputs)
    return Answer(Outcome(tuple(path for path, _ in there), skipped=True) if keeps else None)


def _folder(job: Job) -> Path:
    assert job.target.path is not None  # a batch writes files
    return job.target.path.parent


def _replacing(job: Job) -> Job:
    writing = replace(job.writing, on_exists="overwrite")
    return job._replace(target=replace(job.target, replace=True), writing=writing)


def _digest_of(path: Path) -> str:
    """Give a file's digest, or nothing where there is none to read."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def warm() -> None:
    """Load what every task needs."""
    warm_job()
