"""A plan on any executor, its journal, what a worker does, and the processes of this machine."""

import json
import os
import random
import resource
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from concurrent.futures import ThreadPoolExecutor as Threads
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest
from batches import JOURNAL, Here, batch_over, carried_out, fates, identities, pictures, told, tree
from drawing import noise, png, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import PATIENCE, alive, linux

from filterkit.applying import memory
from filterkit.applying.job import Outcome
from filterkit.applying.options import Reading
from filterkit.batching import local, run
from filterkit.batching.journal import SCHEMA, Journal, Record, records
from filterkit.batching.local import LocalExecutor
from filterkit.batching.plan import Plan
from filterkit.batching.run import PER_JOB, Run
from filterkit.batching.work import Answer, work
from filterkit.errors import (
    DecoderDiedError,
    DecoderHungError,
    DiskError,
    InUseError,
    OutOfMemoryError,
    OutputExistsError,
    UnreadableInputError,
    UnwritableError,
)
from filterkit.pictures import files

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


# Executors of others


class Counting(Executor):
    """Pass calls on to another executor, and count those that are handed over and not ended."""

    def __init__(self, inner):
        self.inner = inner
        self.out = self.most = 0
        self.lock = threading.Lock()

    def submit(self, fn, /, *args):
        with self.lock:
            self.out += 1
            self.most = max(self.most, self.out)
        future = self.inner.submit(fn, *args)
        future.add_done_callback(self.ended)
        return future

    def ended(self, future):
        with self.lock:
            self.out -= 1

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.inner.shutdown(wait, cancel_futures=cancel_futures)


class Waiting(Executor):
    """Call nothing before all that fits is handed over, and then in an order of its own."""

    def __init__(self, picked=-1):
        self.picked = picked
        self.left = []
        self.open = True
        self.thread = threading.Thread(target=self.go_on)
        self.thread.start()

    def submit(self, fn, /, *args):
        self.left.append((future := Future(), fn, args))
        return future

    def go_on(self):
        while self.open:
            time.sleep(0.002)
            while self.left:
                future, fn, args = self.left.pop(self.picked)
                try:
                    future.set_result(fn(*args))
                except Exception as error:
                    future.set_exception(error)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.open = False
        self.thread.join(PATIENCE)


@pytest.fixture
def six(workplace):
    """Six pictures, and the tree of results that is right for them."""
    source = pictures(workplace / "in", 6)
    carried_out(source, workplace / "right")
    return SimpleNamespace(source=source, out=workplace / "out", right=tree(workplace / "right"))


EXECUTORS = {
    "at once": lambda jobs: Here(),
    "threads": lambda jobs: Threads(1),  # one: a picture's messages are heard by its process
    "processes": lambda jobs: ProcessPoolExecutor(jobs, mp_context=get_context("spawn")),
    "in reverse": lambda jobs: Waiting(),
    "our own": LocalExecutor,
}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_run_needs_nothing_but_an_executor(six, executor):
    ended = carried_out(six.source, six.out, EXECUTORS[executor])
    assert {*fates(ended).values()} == {"done"}
    assert tree(six.out) == six.right


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_no_more_is_handed_over_than_runs_and_waits(workplace, jobs):
    source = pictures(workplace / "in", 20)
    made = []

    def executor(jobs):
        made.append(Counting(Waiting()))
        return made[-1]

    carried_out(source, workplace / "out", executor, jobs)
    assert [one.most for one in made] == [PER_JOB * jobs]


def test_pictures_are_handed_over_in_natural_order(workplace):
    source = pictures(workplace / "in", 13)
    ended = carried_out(source, workplace / "out", jobs=1)
    here = [number for number in range(13) if number % 3 != 2]
    below = [number for number in range(13) if number % 3 == 2]
    assert [*ended] == [f"{number}.png" for number in here + below]


class Poisonous(Executor):
    """A pool of processes; of those that get a certain picture, each dies."""

    def __init__(self, jobs, name, log):
        self.inner = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
        self.name, self.log = name, log

    def submit(self, fn, /, task):
        if task.job.source.text.endswith(self.name):
            self.log.append(self.name)
            return self.inner.submit(os._exit, 1)
        return self.inner.submit(fn, task)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.inner.shutdown(wait, cancel_futures=cancel_futures)


def test_a_pool_that_breaks_costs_the_picture_that_broke_it_and_no_other(six):
    tried = []
    ended = carried_out(six.source, six.out, lambda jobs: Poisonous(jobs, "4.png", tried))
    assert fates(ended) == {f"{n}.png": "crashed" if n == 4 else "done" for n in range(6)}
    assert ended["4.png"].error.sentence == (
        f"{six.source}/4.png: whoever was to do it is gone (BrokenProcessPool)."
    )
    del six.right["4.png"]
    assert tree(six.out) == six.right
    assert len(tried) == 2


FATES = {
    "done": None,
    "stale": None,
    "died": DecoderDiedError("it died"),
    "hung": DecoderHungError("it took longer than 1 seconds"),
    "oom": OutOfMemoryError("no more."),
    "broken": BrokenExecutor("gone"),
    "cancelled": None,
    "refused": RuntimeError("cannot schedule new futures after shutdown"),
    "refused as broken": BrokenExecutor("gone"),
    "unreadable": UnreadableInputError("no picture."),
    "exists": OutputExistsError("exists."),
    "unwritable": UnwritableError("not there."),
    "bug": ZeroDivisionError("division by zero"),
    "exit": SystemExit(3),
    "interrupt": KeyboardInterrupt(),
}
ARE_LOST = {
    "died": "crashed", "hung": "timeout", "oom": "out-of-memory", "broken": "crashed",
    "cancelled": "crashed", "refused": "crashed", "refused as broken": "crashed",
}  # fmt: skip
FAIL = {
    **ARE_LOST, "unreadable": "unreadable", "exists": "exists", "unwritable": "unwritable",
    "bug": "error", "exit": "error", "interrupt": "error",
}  # fmt: skip


class Fateful(Executor):
    """Answer each call as was decreed for the picture, in any order, and write all of it down."""

    def __init__(self, jobs, fates, log, order):
        self.jobs, self.fates, self.log, self.order = jobs, fates, log, order
        self.held, self.turn = [], threading.Lock()

    def submit(self, fn, /, task):
        assert fn is work
        name = Path(task.job.source.text).name
        fate = self.fates[name].pop(0) if self.fates[name] else "done"
        self.log.append((name, self.jobs, fate, task.past))
        if fate.startswith("refused"):
            raise FATES[fate]
        self.held.append((future := Future(), name, fate))
        assert len(self.held) <= self.jobs * PER_JOB
        threading.Timer(0.001, self.go_on).start()
        return future

    def go_on(self):
        with self.turn:
            self.order.shuffle(self.held)
            while self.held:
                self.answer(*self.held.pop())

    def answer(self, future, name, fate):
        if fate == "cancelled":
            future.cancel()
            future.set_running_or_notify_cancel()
        elif FATES[fate] is not None:
            future.set_exception(FATES[fate])
        else:
            outcome = None if fate == "stale" else Outcome((Path(name),))
            future.set_result(Answer(outcome, "recipe", "digest", ((name, "digest"),)))

    def shutdown(self, wait=True, *, cancel_futures=False):
        assert not self.held


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    decreed=st.lists(st.lists(st.sampled_from([*FATES]), max_size=4), min_size=1, max_size=12),
    jobs=st.integers(1, 4),
    seed=st.integers(0, 2**16),
)
def test_whatever_happens_each_picture_is_answered_once_and_lost_ones_tried_once_more(
    tmp_path_factory, decreed, jobs, seed
):
    # Out of date is told once: then the task comes back with a past that is begun.
    decreed = [[*ones[:1], *(one for one in ones[1:] if one != "stale")] for ones in decreed]
    place = tmp_path_factory.mktemp("fates")
    (place / "in").mkdir()
    names = [f"{number}.png" for number in range(len(decreed))]
    for name in names:
        (place / "in" / name).touch()
    log, order = [], random.Random(seed)
    left = {name: [*ones] for name, ones in zip(names, decreed, strict=True)}
    ended = carried_out(
        place / "in", place / "out", lambda jobs: Fateful(jobs, left, log, order), jobs
    )
    assert {*ended} == {*names}
    for name, ones in zip(names, decreed, strict=True):
        expected = [*ones, *["done"] * 3]
        tries = expected[:1] if expected[0] != "stale" else expected[:2]
        if tries[-1] in ARE_LOST:
            tries.append(expected[len(tries)])
        assert [one[2] for one in log if one[0] == name] == tries
        error = ended[name].error
        assert (error.code if error else None) == FAIL.get(tries[-1])
    alone = [at for at, one in enumerate(log) if one[3] is not None and one[2] != "stale"]
    retried = [
        at for at in alone if any(one[0] == log[at][0] and one[2] in ARE_LOST for one in log[:at])
    ]
    assert retried == [*range(len(log) - len(retried), len(log))], "at the end"
    assert all(log[at][1] == 1 for at in retried), "and alone"
    assert_journal_agrees(place, ended)


def assert_journal_agrees(place, ended):
    """Insist that the journal knows what was done, and claims nothing that was not."""
    last = {Path(one["target"]).name: one for one in told(place / "out")}
    for name, one in ended.items():
        if one.error is None:
            assert last[name]["digest"] == "digest"
        else:
            assert last[name]["digest"] == ""


def test_a_picture_that_fails_leaves_no_claim_to_its_results_place(six):
    """Who puts a file of his own there meanwhile finds it as it was, also after --resume."""
    (six.source / "1.png").write_bytes(b"no picture")
    assert fates(carried_out(six.source, six.out))["1.png"] == "unreadable"
    (six.out / "1.png").write_bytes(b"mine")
    write(six.source / "1.png", noise())
    with pytest.raises(OutputExistsError):
        carried_out(six.source, six.out, resume=True)
    assert (six.out / "1.png").read_bytes() == b"mine"


class Disturbing(Here):
    """Do something before a certain call."""

    def __init__(self, name, disturb):
        self.name, self.disturb = name, disturb

    def submit(self, fn, /, task):
        if task.job.source.text.endswith(self.name):
            self.disturb()
        return super().submit(fn, task)


def test_a_file_that_somebody_puts_there_during_the_run_stays_for_good(six):
    def disturb():
        (six.out / "4.png").write_bytes(b"mine")

    ended = carried_out(six.source, six.out, lambda jobs: Disturbing("4.png", disturb))
    assert fates(ended)["4.png"] == "exists"
    with pytest.raises(OutputExistsError):
        carried_out(six.source, six.out, resume=True)
    assert (six.out / "4.png").read_bytes() == b"mine"


# Stopping


def failing(name, error):
    """Make an executor that answers one picture with an error."""

    class Failing(Here):
        def submit(self, fn, /, task):
            if not task.job.source.text.endswith(name):
                return super().submit(fn, task)
            future = Future()
            future.set_exception(error)
            return future

    return lambda jobs: Failing()


def test_who_asks_for_it_has_nothing_more_begun_after_a_failure(workplace):
    source = pictures(workplace / "in", 30)
    executor = failing("3.png", UnreadableInputError("3.png: no."))
    ended = carried_out(source, workplace / "out", executor, jobs=1, fail_fast=True)
    handed = {"0.png": "done", "1.png": "done", "3.png": "unreadable", "4.png": "done"}
    assert [*fates(ended).items()] == [*handed.items()]
    assert len(carried_out(source, workplace / "all", executor, jobs=1)) == 30


def test_a_full_disk_stops_a_run_whoever_finds_it(workplace):
    source = pictures(workplace / "in", 30)
    full = DiskError("the disk is full.")
    ended = carried_out(source, workplace / "out", failing("4.png", full), jobs=1)
    assert len(ended) == 4
    assert ended["4.png"].error is full


def test_a_lost_picture_is_not_tried_again_once_the_run_is_stopped(workplace):
    source = pictures(workplace / "in", 30)

    class Both(Here):
        def submit(self, fn, /, task):
            future = Future()
            lost = task.job.source.text.endswith("0.png")
            future.set_exception(DecoderDiedError("it died") if lost else DiskError("full."))
            return future

    ended = carried_out(source, workplace / "out", lambda jobs: Both(), jobs=1)
    assert "0.png" not in ended and {*fates(ended).values()} == {"disk"}
    assert len(ended) <= PER_JOB


def test_a_journal_that_cannot_be_written_ends_the_run_and_its_executor(six, monkeypatch):
    made = []

    class Watched(Here):
        def shutdown(self, wait=True, *, cancel_futures=False):
            made.append((wait, cancel_futures))

    def fail(*_):
        raise DiskError("the disk is full.")

    monkeypatch.setattr(Journal, "end", fail)
    with pytest.raises(DiskError):
        carried_out(six.source, six.out, lambda jobs: Watched())
    assert made == [(False, True)]


def test_whoever_stops_looking_stops_the_run(six):
    shut = []

    class Watched(Here):
        def shutdown(self, wait=True, *, cancel_futures=False):
            shut.append(wait)

    with Journal(six.out) as journal:
        batch, plan = batch_over(six.source, six.out)
        going = iter(Run(plan, journal, lambda one, _: batch.task(one, 1), lambda _: Watched(), 1))
        next(going)
        going.close()
    assert shut == [False]
    assert len(tree(six.out)) <= PER_JOB


def test_while_nothing_ends_the_one_who_looks_on_hears_of_it(six, monkeypatch):
    monkeypatch.setattr(run, "TICK", 0.001)

    class Slow(Threads):
        def submit(self, fn, /, *args):
            return super().submit(lambda: (time.sleep(0.05), fn(*args))[1])

    with Journal(six.out) as journal:
        batch, plan = batch_over(six.source, six.out)
        going = Run(plan, journal, lambda one, _: batch.task(one, 1), lambda _: Slow(1), 1)
        assert [going.current for ended in going if ended is None]
        assert going.current is None


# What a worker does


def task_of(six, **options):
    """The task of the first picture, as it is handed over."""
    batch, plan = batch_over(six.source, six.out, **options)
    return batch.task(next(iter(plan)), 1)


def test_a_task_that_is_done_twice_makes_the_same_bytes(six):
    begun = Record("../in/0.png", "0.png", outputs=(("0.png", ""),))
    first = work(task_of(six)._replace(past=begun))
    before = tree(six.out)
    assert work(task_of(six, on_exists="overwrite")._replace(past=begun)) == first
    assert tree(six.out) == before


def test_two_that_do_the_same_task_at_once_leave_a_whole_result(six):
    begun = Record("../in/0.png", "0.png", outputs=(("0.png", ""),))
    task = task_of(six)._replace(past=begun)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        answers = [*pool.map(work, [task] * 40)]
    assert len({*answers}) == 1
    assert tree(six.out) == {"0.png": six.right["0.png"]}


def test_a_task_done_a_second_time_without_a_past_overwrites_nothing(six):
    task = task_of(six)
    work(task)
    (six.out / "0.png").write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        work(task)
    assert (six.out / "0.png").read_bytes() == b"mine"


def test_the_digests_of_an_answer_are_those_of_the_files(six):
    from hashlib import sha256

    answer = work(task_of(six))
    assert answer.digest == sha256((six.source / "0.png").read_bytes()).hexdigest()
    assert answer.outputs == (("0.png", sha256(six.right["0.png"]).hexdigest()),)
    assert work(task_of(six, on_exists="overwrite")).recipe == answer.recipe


@pytest.mark.parametrize(
    "options",
    [
        {"filter": "blur | edge"}, {"quality": 50}, {"format": "png"}, {"name": "a/{stem}{ext}"},
        {"render": "abs"}, {"depth": "16"}, {"background": "black"},
        {"reading": Reading(metadata="strip")}, {"reading": Reading(frames="first")},
    ],
    ids=str,
)  # fmt: skip
def test_whatever_decides_a_result_is_part_of_its_recipe(six, options):
    first = work(task_of(six))
    assert work(task_of(six, on_exists="overwrite", **options)).recipe != first.recipe


def test_what_decides_no_pixel_is_no_part_of_the_recipe(six):
    first = work(task_of(six))
    more = work(task_of(six, on_exists="overwrite", reading=Reading(max_pixels=10**6)))
    assert more.recipe == first.recipe


def test_a_single_weight_of_a_large_kernel_is_part_of_the_recipe(six):
    import numpy as np

    kernel = np.ones((45, 45))
    np.save("big.npy", kernel)
    first = work(task_of(six, filter="./big.npy"))
    kernel[22, 22] = 1.0000001
    np.save("big.npy", kernel)
    second = work(task_of(six, filter="./big.npy", on_exists="overwrite"))
    assert second.recipe != first.recipe


def growing(monkeypatch, path, often):
    """Have a file grow so many times, each time while it is read."""
    left = [often]
    plain = files.read_within

    def read_within(*arguments):
        content = plain(*arguments)
        if left[0]:
            left[0] -= 1
            with path.open("ab") as file:
                file.write(b"more")
        return content

    monkeypatch.setattr(files, "read_within", read_within)


def test_a_file_that_grows_while_it_is_read_is_read_once_more(six, monkeypatch):
    from hashlib import sha256

    growing(monkeypatch, six.source / "0.png", 1)
    assert {*fates(carried_out(six.source, six.out)).values()} == {"done"}
    assert tree(six.out) == six.right
    digest = sha256((six.source / "0.png").read_bytes()).hexdigest()
    assert digest in [one["digest"] for one in told(six.out)]


def test_a_file_that_never_comes_to_rest_fails_and_no_other(six, monkeypatch):
    growing(monkeypatch, six.source / "0.png", 2)
    ended = carried_out(six.source, six.out)
    assert fates(ended) == {f"{n}.png": "done" if n else "unreadable" for n in range(6)}
    assert ended["0.png"].error.sentence == f"{six.source}/0.png: it is being written to."


@pytest.mark.parametrize("fate", ["no-such-file", "unreadable", "done"])
def test_a_file_that_vanishes_or_changes_before_its_turn_concerns_itself_only(six, fate):
    path = six.source / "4.png"

    def disturb():
        {
            "no-such-file": path.unlink,
            "unreadable": lambda: os.truncate(path, 50),
            "done": lambda: path.write_bytes(png(noise(seed=99))),
        }[fate]()

    ended = carried_out(six.source, six.out, lambda jobs: Disturbing("4.png", disturb))
    assert fates(ended) == {f"{n}.png": fate if n == 4 else "done" for n in range(6)}
    assert {**tree(six.out), "4.png": b""} == {**six.right, "4.png": b""}
    assert ("4.png" in tree(six.out)) == (fate == "done")


# The journal

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1)
NAMES = TEXTS.filter(lambda text: Path(os.path.normpath(text)).name not in ("", ".."))
RECORDS = st.builds(
    Record, TEXTS, TEXTS, TEXTS, TEXTS, st.lists(st.tuples(NAMES, TEXTS)).map(tuple)
)


@given(st.lists(RECORDS))
def test_what_a_journal_is_told_it_tells(tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder) as journal:
        journal.begin(told[:2])
        for record in told[2:]:
            journal.end(record)
    assert [*records(folder)] == told


def test_names_that_are_no_text_come_back_byte_by_byte(tmp_path):
    name = os.fsdecode(b"caf\xe9\n.png")
    with Journal(tmp_path) as journal:
        journal.end(Record(name, name, outputs=((name, ""),)))
    (record,) = records(tmp_path)
    assert os.fsencode(record.source) == b"caf\xe9\n.png"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.fixed_dictionaries(
    {}, optional={
        "schema": st.sampled_from([SCHEMA, SCHEMA, 2, "1"]), "source": JSON | TEXTS,
        "target": JSON | TEXTS, "recipe": JSON | TEXTS, "digest": JSON | TEXTS,
        "outputs": JSON | st.lists(st.lists(JSON | st.text(), min_size=2, max_size=2)),
    },
)  # fmt: skip
GARBAGE = st.binary() | (JSON | FIELDS).map(lambda told: json.dumps(told).encode())


@settings(deadline=None)
@given(st.lists(GARBAGE), st.sampled_from(["number", "error"]))
def test_what_is_no_record_is_passed_over_and_harms_no_plan(tmp_path_factory, lines, on_exists):
    folder = tmp_path_factory.mktemp("journal")
    good = Record("a.png", "b.png", "recipe", "digest", (("b.png", "digest"),))
    (folder / JOURNAL).write_bytes(b"\n".join(lines) + b"\n")
    with Journal(folder) as journal:
        journal.end(good)
    found = [*records(folder)]
    assert found[-1] == good
    plan = Plan(folder, on_exists, found)
    for record in found:
        assert all(isinstance(text, str) for text in (record.source, *sum(record.outputs, ())))
    assert len(plan) == 0


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000, b"5", b"null", b'"text"', b"[]", b"{}", b"\xff\xfe", b"\0" * 10,
        b'{"schema": 2, "source": "a", "target": "a", "recipe": "", "digest": "", "outputs": []}',
        b'{"schema": 1, "source": "\\ud800", "target": "a", "recipe": "", "digest": "", '
        b'"outputs": []}',
        b'{"schema": 1, "source": "a", "target": "a", "recipe": "", "digest": "", '
        b'"outputs": [["a/..", ""]]}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_record_is_passed_over(tmp_path, line):
    good = Record("a", "a", outputs=(("a", ""),))
    (tmp_path / JOURNAL).write_bytes(line + b"\n")
    with Journal(tmp_path) as journal:
        journal.end(good)
    assert [*records(tmp_path)] == [good]


def test_a_journal_that_is_cut_anywhere_loses_at_most_the_record_that_was_cut(tmp_path):
    kept = [Record(str(n), str(n), "r", "d", ((str(n), "d"),)) for n in range(4)]
    with Journal(tmp_path) as journal:
        journal.begin(kept)
    whole = (tmp_path / JOURNAL).read_bytes()
    for length in range(len(whole)):
        (tmp_path / JOURNAL).write_bytes(whole[:length])
        lines = whole[: length + 1].count(b"\n")  # the last one needs no end
        assert [*records(tmp_path)] == kept[:lines]
        with Journal(tmp_path) as journal:
            journal.end(kept[0])
        assert [*records(tmp_path)] == [*kept[:lines], kept[0]]


def test_where_there_is_no_journal_there_are_no_records(tmp_path):
    assert [*records(tmp_path)] == [*records(tmp_path / "missing")] == []


def test_a_folder_that_another_run_writes_to_is_refused(tmp_path):
    with Journal(tmp_path) as first:
        second = Journal(tmp_path)
        with pytest.raises(InUseError, match="another run of filterkit writes to"), second:
            pass
        assert first.held and not second.held
    with Journal(tmp_path):
        pass


def test_a_journal_that_was_written_between_planning_and_running_is_refused(tmp_path):
    late = Journal(tmp_path)
    with Journal(tmp_path) as other:
        other.begin([Record("a", "a", outputs=(("a", ""),))])
    with pytest.raises(InUseError, match=r"wrote to .* meanwhile"), late:
        pass
    assert not late.held
    with Journal(tmp_path):
        pass


def test_a_journal_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / JOURNAL).symlink_to("mine")
    with pytest.raises(UnwritableError), Journal(tmp_path):
        pass
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_journal_on_a_full_disk_says_so(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Journal(tmp_path) as journal:
        journal.close()
        journal._file = os.open("/dev/full", os.O_WRONLY)
        with pytest.raises(DiskError, match="the disk is full"):
            journal.end(Record("a", "a"))


# Going on


def test_all_that_is_done_is_not_even_written_anew(six):
    carried_out(six.source, six.out)
    before = identities(six.out)
    assert {*fates(carried_out(six.source, six.out, resume=True)).values()} == {"skipped"}
    assert identities(six.out) == before


def test_a_journal_cut_at_any_byte_of_its_last_two_records_leads_to_the_same_tree(workplace):
    source = pictures(workplace / "in", 2)
    out = workplace / "out"
    carried_out(source, out)
    right, whole = tree(out), (out / JOURNAL).read_bytes()
    *_, before_last, last = whole.splitlines(keepends=True)
    for length in range(len(whole) - len(before_last) - len(last), len(whole)):
        (out / JOURNAL).write_bytes(whole[:length])
        ended = fates(carried_out(source, out, resume=True))
        assert {*ended.values()} <= {"done", "skipped"}
        known = whole[: length + 1].count(b"\n") - 2  # two are begun, and the last needs no end
        assert [*ended.values()].count("done") == 2 - known
        assert tree(out) == right


def test_what_changed_is_done_anew_and_nothing_else(six):
    carried_out(six.source, six.out)
    write(six.source / "1.png", noise(seed=99))
    os.utime(six.source / "0.png", (1, 1))  # touched, and the same
    ended = fates(carried_out(six.source, six.out, resume=True))
    assert ended == {f"{n}.png": "done" if n == 1 else "skipped" for n in range(6)}
    carried_out(six.source, six.out.with_name("anew"))
    assert tree(six.out) == tree(six.out.with_name("anew"))


@pytest.mark.parametrize(
    "change",
    [{"filter": "edge"}, {"render": "abs"}, {"depth": "16"}, {"reading": Reading(metadata="icc")}],
    ids=str,
)
def test_another_recipe_makes_all_anew(six, change):
    carried_out(six.source, six.out)
    ended = carried_out(six.source, six.out, resume=True, **change)
    assert {*fates(ended).values()} == {"done"}
    carried_out(six.source, six.out.with_name("anew"), **change)
    assert tree(six.out) == tree(six.out.with_name("anew"))


def test_what_somebody_took_away_is_made_again(six):
    carried_out(six.source, six.out)
    (six.out / "0.png").unlink()
    ended = fates(carried_out(six.source, six.out, resume=True))
    assert ended == {f"{n}.png": "skipped" if n else "done" for n in range(6)}
    assert tree(six.out) == six.right


@pytest.mark.parametrize(
    ("on_exists", "fate", "stays"),
    [("error", "exists", True), ("number", "exists", True), ("skip", "skipped", True),
     ("overwrite", "done", False)],
)  # fmt: skip
def test_what_somebody_changed_stays_unless_it_shall_be_replaced(six, on_exists, fate, stays):
    carried_out(six.source, six.out)
    (six.out / "0.png").write_bytes(b"mine")
    for _ in range(2):
        ended = carried_out(six.source, six.out, resume=True, on_exists=on_exists)
        assert fates(ended)["0.png"] == (fate if stays or _ == 0 else "skipped")
        assert {*fates(ended).values()} <= {fate, "skipped"}
    assert (six.out / "0.png").read_bytes() == (b"mine" if stays else six.right["0.png"])
    if fate == "exists":
        assert ended["0.png"].error.sentence == (
            f"{six.out}/0.png was changed after an earlier run wrote it; it stays as it is."
        )


def test_what_somebody_changed_stays_also_where_the_process_that_judges_it_dies(six):
    carried_out(six.source, six.out)
    (six.out / "0.png").write_bytes(b"mine")
    deaths = [DecoderDiedError("it was killed")]

    class Dying(Here):
        def submit(self, fn, /, task):
            if not (deaths and task.job.source.text.endswith("/0.png")):
                return super().submit(fn, task)
            future = Future()
            future.set_exception(deaths.pop())
            return future

    ended = carried_out(six.source, six.out, lambda jobs: Dying(), resume=True)
    assert not deaths
    assert fates(ended)["0.png"] == "exists"
    assert (six.out / "0.png").read_bytes() == b"mine"


def test_numbered_results_keep_their_numbers(six):
    six.out.mkdir()
    (six.out / "0.png").write_bytes(b"mine")
    carried_out(six.source, six.out, on_exists="number")
    before = identities(six.out)
    assert {*tree(six.out)} == {*six.right, "0-2.png"}
    ended = carried_out(six.source, six.out, on_exists="number", resume=True)
    assert {*fates(ended).values()} == {"skipped"}
    assert identities(six.out) == before
    (six.out / "0-2.png").unlink()
    carried_out(six.source, six.out, on_exists="number", resume=True)
    assert tree(six.out) == {**six.right, "0.png": b"mine", "0-2.png": six.right["0.png"]}


def test_results_that_are_kept_become_none_of_ours(six):
    six.out.mkdir()
    (six.out / "0.png").write_bytes(b"mine")
    for resume in (False, True, True):
        ended = fates(carried_out(six.source, six.out, on_exists="skip", resume=resume))
        assert ended["0.png"] == "skipped"
    assert tree(six.out) == {**six.right, "0.png": b"mine"}
    with pytest.raises(OutputExistsError):
        carried_out(six.source, six.out, resume=True)


def test_another_folder_with_the_same_names_is_refused(six, workplace):
    carried_out(six.source, six.out)
    other = pictures(workplace / "other", 3, rows=20)
    before = tree(six.out)
    with pytest.raises(OutputExistsError, match="already there"):
        carried_out(other, six.out, resume=True)
    assert tree(six.out) == before


def test_a_tree_that_was_moved_with_its_results_is_known_again(six, workplace):
    carried_out(six.source, six.out)
    moved = workplace / "moved"
    moved.mkdir()
    six.source.rename(moved / "in")
    six.out.rename(moved / "out")
    ended = carried_out(moved / "in", moved / "out", resume=True)
    assert {*fates(ended).values()} == {"skipped"}


def test_several_files_of_one_picture_are_kept_or_made_anew_together(six):
    given = {"filter": "edge & sharpen", "name": "{stem}-{map}{ext}"}
    carried_out(six.source, six.out, **given)
    right = tree(six.out)
    assert len(right) == 12
    assert {*fates(carried_out(six.source, six.out, resume=True, **given)).values()} == {"skipped"}
    (six.out / "0-edge.png").unlink()
    ended = fates(carried_out(six.source, six.out, resume=True, **given))
    assert [name for name, fate in ended.items() if fate == "done"] == ["0.png"]
    assert tree(six.out) == right


# The executor of this machine


@pytest.fixture
def executor(monkeypatch):
    """Make executors of processes that load nothing beforehand."""
    monkeypatch.setattr(local, "warm", int)
    made = []

    def make(jobs, timeout=None):
        made.append(LocalExecutor(jobs, timeout))
        return made[-1]

    yield make
    for one in made:
        one.shutdown(wait=False)


def test_calls_are_answered_by_other_processes(executor):
    one = executor(2)
    assert [one.submit(divmod, n, 7).result(PATIENCE) for n in range(20)] == [
        divmod(n, 7) for n in range(20)
    ]
    assert one.submit(os.getpid).result(PATIENCE) != os.getpid()
    with pytest.raises(TypeError, match="by their places"):
        one.submit(int, "11", base=2)


def test_errors_are_raised_as_they_were_there(executor):
    one = executor(1)
    before = one.submit(os.getpid).result(PATIENCE)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as caught:
            one.submit(divmod, 1, 0).result(PATIENCE)
        assert any("Traceback" in note for note in caught.value.__notes__)
    assert one.submit(os.getpid).result(PATIENCE) == before, "none of them ended its process"


def test_what_cannot_be_sent_costs_only_itself(executor):
    one = executor(1)
    with pytest.raises(Exception, match="pickle"):
        one.submit(lambda: 0).result(PATIENCE)
    assert one.submit(abs, -1).result(PATIENCE) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((os._exit, 9), "ended with code 9"),
        ((signal.raise_signal, signal.SIGSEGV), "crashed .SIGSEGV."),
        ((signal.raise_signal, signal.SIGKILL), "was killed"),
        ((signal.raise_signal, signal.SIGINT), "ended with code 130"),
    ],
    ids=["exit", "crash", "kill", "interrupt"],
)
def test_a_call_whose_process_dies_raises_and_the_next_gets_a_fresh_one(executor, call, said):
    one = executor(1)
    before = one.submit(os.getpid).result(PATIENCE)
    with pytest.raises(DecoderDiedError, match=said):
        one.submit(*call).result(PATIENCE)
    after = one.submit(os.getpid).result(PATIENCE)
    assert after != before
    assert not process_exists(before)


@pytest.mark.parametrize(
    "call", [(time.sleep, 10 * PATIENCE), (signal.raise_signal, signal.SIGSTOP)]
)
def test_a_call_that_takes_too_long_is_ended(executor, call):
    one = executor(1, timeout=0.5)
    before = one.submit(os.getpid).result(PATIENCE)
    with pytest.raises(DecoderHungError):
        one.submit(*call).result(PATIENCE)
    assert not process_exists(before)


def process_exists(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_dies_while_it_is_idle_costs_one_call_at_most(executor):
    one = executor(1)
    os.kill(one.submit(os.getpid).result(PATIENCE), signal.SIGKILL)
    with pytest.raises(DecoderDiedError):
        one.submit(abs, -1).result(PATIENCE)
    assert one.submit(abs, -1).result(PATIENCE) == 1


def test_the_processes_share_the_memory_and_one_alone_has_all_of_it(executor, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10**9)

    def limit(jobs):
        return executor(jobs).submit(resource.getrlimit, resource.RLIMIT_DATA).result(PATIENCE)[0]

    own = limit(1) - 10**9
    assert 0 < own < 10**9
    assert abs(limit(4) - own - 10**9 / 4) < 2e7


@pytest.mark.parametrize(
    "call", [(time.sleep, 10 * PATIENCE), (signal.raise_signal, signal.SIGSTOP)]
)
def test_who_does_not_wait_ends_what_runs(executor, call):
    one = executor(2)
    process = one.submit(os.getpid).result(PATIENCE)
    calls = [one.submit(*call) for _ in range(5)]
    one.shutdown(wait=False)
    assert not process_exists(process)
    for future in calls:
        assert future.cancelled() or isinstance(future.exception(PATIENCE), DecoderDiedError)
    one.shutdown(wait=False)


def test_who_waits_has_all_calls_answered_first(executor):
    one = executor(2)
    calls = [one.submit(time.sleep, 0.05) for _ in range(6)]
    process = one.submit(os.getpid)
    one.shutdown()
    assert [future.result(0) for future in calls] == [None] * 6
    assert not process_exists(process.result(0))


def test_who_is_interrupted_amid_a_futures_lock_can_still_end_all(executor):
    one = executor(1)
    process = one.submit(os.getpid).result(PATIENCE)
    future = one.submit(time.sleep, 0.1)

    def interrupted():
        with future._condition:  # as a signal may leave it that comes in wait()
            one.shutdown(wait=False)

    ending = threading.Thread(target=interrupted, daemon=True)
    ending.start()
    ending.join(PATIENCE)
    assert not ending.is_alive()
    assert not process_exists(process)


@linux
def test_no_process_outlives_its_executor(executor):
    before = {*alive(os.getpgid(0))}
    one = executor(3)
    assert len({*alive(os.getpgid(0))} - before) == 3
    with pytest.raises(DecoderDiedError):
        one.submit(os._exit, 1).result(PATIENCE)
    one.submit(abs, 1).result(PATIENCE)
    one.shutdown()
    assert {*alive(os.getpgid(0))} == before
