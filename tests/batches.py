"""Folders of pictures, batches over them, and what became of them."""

import json
import os
import shutil
from concurrent.futures import Executor, Future
from pathlib import Path

from drawing import noise, write
from running import typed

from filterkit.applying.options import Reading, Writing
from filterkit.batching.batch import NAME, Batch
from filterkit.batching.finding import Search
from filterkit.batching.journal import NAME as JOURNAL
from filterkit.batching.journal import Journal, records
from filterkit.batching.plan import Plan
from filterkit.batching.run import Run
from filterkit.filters.expression import read
from filterkit.filters.meaning import made


def pictures(folder, count, rows=12, columns=16):
    """Write so many different pictures, every third of them one folder further down."""
    for number in range(count):
        place = folder / "more" if number % 3 == 2 else folder
        place.mkdir(parents=True, exist_ok=True)
        write(place / f"{number}.png", noise(rows, columns, seed=number))
    return folder


def tree(folder):
    """The bytes of each file below a folder, of half-written ones too, without the journal."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != JOURNAL)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def clean(source, filter="blur", *options):
    """The tree of results that an undisturbed run makes, in a folder that is gone afterwards."""
    key = filter, options, frozenset(tree(source).items())
    if key not in _CLEAN:
        folder = source.absolute().parent / "clean-run"
        ended = typed("batch", filter, source, "-o", folder, "-q", *options)
        assert (ended.code, ended.err) == (0, "")
        _CLEAN[key] = tree(folder)
        shutil.rmtree(folder)
    return _CLEAN[key]


_CLEAN = {}


def told(folder):
    """The journal's lines, each of them whole."""
    content = (folder / JOURNAL).read_bytes()
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def identities(folder):
    """What changes if a file is written anew, with whatever bytes."""
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != JOURNAL
    }


class Here(Executor):
    """Call functions at once, in this thread."""

    def submit(self, fn, /, *args):
        future = Future()
        try:
            future.set_result(fn(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def batch_over(source, folder, filter="blur", resume=False, name=NAME, reading=None, **writing):
    """Plan a batch, insist that nothing is in its way, and give it with its plan."""
    writing = Writing(**writing)
    batch = Batch(made(read(filter)), "slug", folder, name, reading or Reading(), writing)
    plan = Plan(folder, writing.on_exists, records(folder) if resume else ())
    for found in Search(folder).through([str(source)]):
        plan.add(found, batch.path(found))
    for problem in plan.problems():
        raise problem
    return batch, plan


def carried_out(source, folder, executor=lambda jobs: Here(), jobs=2, fail_fast=False, **options):
    """Run a batch to its end and give what became of each picture, by its file's name."""
    with Journal(folder) as journal:
        batch, plan = batch_over(source, folder, **options)
        run = Run(plan, journal, lambda one, _: batch.task(one, 1), executor, jobs, fail_fast)
        ended = [one for one in run if one is not None]
    names = [one.planned.found.path.name for one in ended]
    assert len({*names}) == len(names), "answered twice"
    return dict(zip(names, ended, strict=True))


def fates(ended):
    """What became of each picture, in a word."""
    return {
        name: one.error.code if one.error else "skipped" if one.outcome.skipped else "done"
        for name, one in ended.items()
    }


def environment(folder, *code):
    """Give the environment in which every Python process runs some code first."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text("\n".join(code))
    return {"PYTHONPATH": os.fspath(Path(folder).absolute())}
