"""Whole batches under attack: workers die, hang and starve, signals come, disks fill.

The slow ones tell their figures: pytest -m slow -s tests/test_batch_faults.py
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from batches import JOURNAL, clean, environment, identities, pictures, told, tree
from drawing import noise, write
from running import COMMAND, PATIENCE, alive, linux, typed
from running import begun as begun_by
from tracing import need_strace

pytestmark = [
    linux,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this is about POSIX"),
]

POISON = 13
"""Rows of the pictures whose decoding goes wrong."""

DECODING = """
import os, signal, sys, time
import filterkit.pictures.opencv as opencv
decode = opencv.decoded
def decoded(content, rows, columns, colourful=False):
    with open({log!r}, "a") as log:
        log.write(f"{{rows}} {{os.getpid()}}\\n")
    if rows == 13:
        {fate}
    {always}
    return decode(content, rows, columns)
opencv.decoded = decoded
"""
"""What happens where a picture is decoded; which, and by whom, is written down."""


def decoding(place, fate="pass", always="pass", *more):
    """Give an environment in which decoding a poisonous picture, or any, does something first."""
    code = DECODING.format(log=str(place / "log"), fate=fate, always=always)
    return environment(place / "patch", code, *more)


def log_of(place):
    """The processes that decoded each height of picture."""
    found = {}
    for line in (place / "log").read_text().splitlines():
        rows, process = map(int, line.split())
        found.setdefault(rows, []).append(process)
    return found


@pytest.fixture
def source(workplace):
    """Eight pictures, the fourth of them poisonous."""
    source = pictures(workplace / "in", 8)
    write(source / "3.png", noise(POISON, 16, seed=3))
    return source


@pytest.fixture
def right(source):
    """What an undisturbed run makes of them."""
    return clean(source)


def without(right, *names):
    return {name: content for name, content in right.items() if name not in names}


def resumed(source="in", out="out", *options):
    """Go on with a run, and insist that it ends well."""
    ended = typed("batch", "blur", source, "-o", out, "--resume", "-q", *options)
    assert (ended.code, ended.err) == (0, "")


def usual(*few, of):
    """Give all of these as parameters, of which but a few belong to the usual run."""
    return [one if one in few else pytest.param(one, marks=pytest.mark.slow) for one in of]


@pytest.fixture(autouse=True)
def processes():
    """The processes that a test begins; none outlives it."""
    yield (made := PROCESSES)
    for process in made:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    made.clear()


PROCESSES = []


def begun(*arguments, **options):
    """Begin a command in a group of its own."""
    PROCESSES.append(begun_by(*arguments, **options))
    return PROCESSES[-1]


# Workers that die

KILL = "os.kill(os.getpid(), signal.{})"
FATES = {
    "a crash": (KILL.format("SIGSEGV"), "crashed", "the decoder crashed (SIGSEGV)."),
    "a kill": (KILL.format("SIGKILL"), "crashed", "was killed, perhaps for want of memory."),
    "an end": ("os._exit(7)", "crashed", "the process that read it ended with code 7."),
    "an exit": ("sys.exit(7)", "crashed", "the process that read it ended with code 70."),
    "a stop": (KILL.format("SIGSTOP"), "timeout", "it took longer than 1.5 seconds."),
    "no end": ("while True: pass", "timeout", "it took longer than 1.5 seconds."),
    "no memory": ("raise MemoryError", "out-of-memory", "pixels need more memory than there is."),
}


@pytest.mark.parametrize("fate", usual("a crash", "no memory", of=FATES))
def test_a_picture_that_harms_its_process_costs_itself_and_is_tried_twice(
    source, right, tmp_path, fate
):
    code, kind, said = FATES[fate]
    env = decoding(tmp_path, code)
    ended = typed(
        "batch", "blur", "in", "-o", "out", "--json", "--timeout", "1.5", "--jobs=2", env=env
    )  # fmt: skip
    assert ended.code == 1
    failed = [one for one in map(json.loads, ended.lines) if one.get("status") == "failed"]
    assert [(one["input"], one["code"]) for one in failed] == [("in/3.png", kind)]
    assert said in ended.err
    assert tree(Path("out")) == without(right, "3.png")
    processes = log_of(tmp_path)[POISON]
    assert len(processes) == len({*processes}) == 2, "alone, in a fresh process"
    resumed()
    assert tree(Path("out")) == right


def test_where_every_picture_harms_its_process_all_are_told(workplace, tmp_path):
    pictures(workplace / "in", 3, rows=POISON)
    env = decoding(tmp_path, KILL.format("SIGSEGV"))
    ended = typed("batch", "blur", "in", "-o", "out", env=env)
    assert ended.code == 3
    assert "3 failed" in ended.err
    assert len(log_of(tmp_path)[POISON]) == 6


def test_a_picture_that_fails_for_want_of_memory_among_others_has_all_of_it_alone(
    source, right, tmp_path
):
    """With four at a time each has 60 MB, which is not enough; one alone has 240 MB."""
    hunger = "import numpy; numpy.ones(120_000_000, 'uint8')"
    poor = "import filterkit.applying.memory as memory\nmemory.available = lambda: 240_000_000"
    env = decoding(tmp_path, hunger, "pass", poor)
    ended = typed("batch", "blur", "in", "-o", "out", "-q", "--jobs=4", env=env)
    assert (ended.code, ended.err) == (0, "")
    assert tree(Path("out")) == right
    assert len({*log_of(tmp_path)[POISON]}) == 2


def test_a_bug_costs_one_picture_and_is_shown_where_asked_for(source, right, tmp_path):
    env = decoding(tmp_path, "raise ZeroDivisionError('by zero')")
    ended = typed("batch", "blur", "in", "-o", "out", env=env)
    assert ended.code == 1
    assert "in/3.png: this is a bug in filterkit: ZeroDivisionError: by zero." in ended.err
    assert "--debug" in ended.err and "Traceback" not in ended.err
    assert tree(Path("out")) == without(right, "3.png")
    ended = typed("batch", "blur", "in", "-o", "again", "--debug", env=env)
    assert ended.code == 1 and "Traceback" in ended.err and 'sitecustomize.py", line' in ended.err


def test_many_bugs_need_no_more_processes_than_one(workplace, tmp_path):
    pictures(workplace / "in", 40, rows=POISON)
    env = decoding(tmp_path, "raise ZeroDivisionError('by zero')")
    assert typed("batch", "blur", "in", "-o", "out", "--jobs=2", env=env).code == 70
    assert len({*log_of(tmp_path)[POISON]}) <= 2


@pytest.mark.parametrize("fate", ["os._exit(7)", "raise ZeroDivisionError"])
def test_who_asks_for_it_has_nothing_more_handed_over_after_a_failure(workplace, tmp_path, fate):
    pictures(workplace / "in", 40)
    write(workplace / "in" / "3.png", noise(POISON))
    env = decoding(tmp_path, fate)
    ended = typed("batch", "blur", "in", "-o", "out", "--jobs=1", "--fail-fast", env=env)
    assert ended.code == 1
    assert "1 failed" in ended.err and "--resume" in ended.err
    lost = fate.startswith("os")  # which is known to fail only after the second try, at the end
    assert len(tree(Path("out"))) == 39 if lost else 2 <= len(tree(Path("out"))) <= 4
    assert len(log_of(tmp_path)[12]) == len(tree(Path("out")))


def test_a_published_picture_that_crashed_decoders_costs_only_itself(source, right):
    crashing = Path(__file__).resolve().parents[2] / "shared/corpora/apng-crash/broken-frame.png"
    if not crashing.exists():
        pytest.skip("the corpora are not here")
    shutil.copy(crashing, source)
    ended = typed("batch", "blur", "in", "-o", "out")
    assert ended.code == 1
    assert tree(Path("out")) == right
    assert "in/broken-frame.png: " in ended.err and "8 done, 1 failed" in ended.err


# Determinism, and what goes on beside a run


@pytest.mark.parametrize("jobs", usual("5", of=["1", "2", "5"]))
def test_the_bytes_are_the_same_for_any_number_of_jobs(workplace, jobs):
    filter = "gaussian:3 | normalize:zscore | max-pool:2"
    source = pictures(workplace / "in", 6, rows=300, columns=200)
    assert clean(source, filter, "--jobs", jobs) == clean(source, filter, "--threads", "3")


LATE = """
import os
from filterkit.batching.journal import Journal
enter = Journal.__enter__
def entered(self):
    os.unlink("in/3.png")
    os.truncate("in/4.png", 40)
    return enter(self)
Journal.__enter__ = entered
"""


def test_what_vanishes_or_is_cut_after_the_plan_fails_alone(source, right, tmp_path):
    env = environment(tmp_path / "patch", LATE)
    ended = typed("batch", "blur", "in", "-o", "out", "--json", env=env)
    assert ended.code == 1
    objects = map(json.loads, ended.lines)
    failed = {one["input"]: one["code"] for one in objects if one.get("status") == "failed"}
    assert failed == {"in/3.png": "no-such-file", "in/4.png": "unreadable"}
    assert tree(Path("out")) == without(right, "3.png", "4.png")


SLOW = "time.sleep(0.3)"


def a_run(place, *options, out="out", **env):
    """Begin a slow run, and wait until it has made something."""
    process = begun(
        "batch", "blur", "in", "-o", out, "--jobs=2", *options,
        env={**os.environ, **decoding(place, always=SLOW), **env},
    )  # fmt: skip
    assert process.stdout.readline()
    return process


def test_a_second_run_into_a_folder_is_refused_and_does_no_harm(source, right, tmp_path):
    Path("wait").touch()
    env = decoding(tmp_path, always="while os.path.exists('wait'): time.sleep(0.01)")
    process = begun("batch", "blur", "in", "-o", "out", env={**os.environ, **env})
    waited_for(lambda: (tmp_path / "log").exists() and log_of(tmp_path))
    for options in ([], ["--resume"], ["-f"]):
        ended = typed("batch", "edge", "in", "-o", "out", "--json", *options)
        assert ended.code == 5
        assert ended.err.startswith("filterkit: another run of filterkit writes to out.\n")
        assert '"in-use"' in ended.out.decode()
    Path("wait").unlink()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert tree(Path("out")) == right


def assert_two_at_once_do_no_harm(right, rounds):
    """Begin two runs at the same instant, so many times; give how often each pair of codes was."""
    ends = Counter()
    for number in range(rounds):
        options = ["--resume"] if number % 2 else []
        line = ["batch", "blur", "in", "-o", f"out{number}", *options]
        both = [begun(*line) for _ in range(2)]
        said = [one.communicate(timeout=PATIENCE)[1].decode() for one in both]
        codes = tuple(sorted(one.returncode for one in both))
        assert codes in ([(0, 5), (0, 0)] if options else [(0, 5)]), said
        assert not any("Traceback" in one or "bug" in one for one in said), said
        assert tree(Path(f"out{number}")) == right
        before = identities(Path(f"out{number}"))
        resumed(out=f"out{number}")
        assert identities(Path(f"out{number}")) == before
        ends[codes] += 1
    return ends


def test_of_two_runs_that_begin_at_once_one_does_all(source, right):
    assert_two_at_once_do_no_harm(right, 2)


@pytest.mark.slow
def test_of_two_runs_that_begin_at_once_one_does_all_many_times(source, right):
    print(assert_two_at_once_do_no_harm(right, 100))  # noqa: T201


def test_nothing_listens_and_nothing_is_sent(source, tmp_path):
    need_strace()
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-e", "trace=%network", "-o", str(trace), COMMAND]
    ended = typed("batch", "blur", "in", "-o", "out", "--jobs=3", command=strace)
    assert ended.code == 0
    calls = [line for line in trace.read_text().splitlines() if re.search(r" \w+\(", line)]
    assert calls == []


# Going on


def test_going_on_is_harmless_on_a_fresh_folder_and_on_a_finished_one(source, right):
    resumed()
    assert tree(Path("out")) == right
    before = identities(Path("out"))
    lines = (Path("out") / JOURNAL).read_bytes()
    ended = typed("batch", "blur", "in", "-o", "out", "--resume")
    assert ended.code == 0 and "8 there already" in ended.err
    assert identities(Path("out")) == before
    assert (Path("out") / JOURNAL).read_bytes() == lines


FILTER = 'schema = 1\ntitle = "Mine"\nweights = [[1, {}], [2, 1]]\ndivide = 5\n'


def test_another_weight_under_the_same_name_makes_all_anew(source, workplace):
    mine = workplace / "mine.toml"
    for weight in (1, 3):
        mine.write_text(FILTER.format(weight))
        ended = typed("batch", "./mine.toml", "in", "-o", "out", "--resume")
        assert (ended.code, "8 done" in ended.err) == (0, True)
    assert tree(Path("out")) == clean(source, "./mine.toml")
    ended = typed("batch", "./mine.toml", "in", "-o", "out", "--resume")
    assert "8 there already" in ended.err


@pytest.mark.parametrize(
    ("options", "anew"),
    [
        (["--quality", "50"], True),
        (["--max-pixels", "9999", "--jobs", "1", "--threads", "1", "--name", "{stem}{ext}"], False),
    ],
)
def test_what_decides_a_result_makes_all_anew_and_nothing_else_does(source, options, anew):
    resumed()
    ended = typed("batch", "blur", "in", "-o", "out", "--resume", *options)
    assert (ended.code, f"8 {'done' if anew else 'there already'}" in ended.err) == (0, True)
    assert tree(Path("out")) == clean(source, "blur", *options)


def test_what_somebody_changed_is_left_alone_and_told(source, right):
    resumed()
    Path("out/4.png").write_bytes(b"mine")
    ended = typed("batch", "blur", "in", "-o", "out", "--resume")
    assert ended.code == 5
    assert "out/4.png was changed after an earlier run wrote it; it stays as it is." in ended.err
    assert Path("out/4.png").read_bytes() == b"mine"
    resumed("in", "out", "-f")
    assert tree(Path("out")) == right


def test_the_same_names_of_another_folder_overwrite_nothing(source, right, workplace):
    resumed()
    pictures(workplace / "others", 8, rows=20)
    ended = typed("batch", "blur", "others", "-o", "out", "--resume")
    assert ended.code == 5 and "already there" in ended.err
    assert tree(Path("out")) == right


def test_a_journal_of_garbage_or_of_a_later_version_claims_nothing(source, right):
    resumed()
    lines = (Path("out") / JOURNAL).read_bytes()
    later = lines.replace(b'"schema": 1', b'"schema": 2')
    for content in (b"\x00\xff\n" * 50, later, b""):
        (Path("out") / JOURNAL).write_bytes(content)
        ended = typed("batch", "blur", "in", "-o", "out", "--resume")
        assert ended.code == 5 and "already there" in ended.err
    (Path("out") / JOURNAL).write_bytes(later + b"garbage\n" + lines + b'{"schema": 1, "sou')
    before = identities(Path("out"))
    resumed()
    assert identities(Path("out")) == before


AMID_TELLING = """
import filterkit.batching.work as work, time
run = work.run
def ran(*arguments):
    outcome = run(*arguments)
    time.sleep(1000)
    return outcome
work.run = ran
"""
AMID_WRITING = """
import os, sys, time
flush = os.fsync
def fsync(handle):
    if ".part" in os.readlink(f"/proc/self/fd/{handle}"):
        time.sleep(1000)
    flush(handle)
os.fsync = fsync
"""


def waited_for(condition):
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)


def wait_for_the_end(process):
    waited_for(lambda: not alive(process.pid))


def test_what_was_written_and_not_told_is_ours_after_a_kill(source, right, tmp_path):
    env = {**os.environ, **environment(tmp_path / "patch", AMID_TELLING)}
    process = begun("batch", "blur", "in", "-o", "out", "--jobs=2", env=env)
    waited_for(lambda: {one.name for one in Path("out").glob("*.p*")} == {"0.png", "1.png"})
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert {*tree(Path("out")).items()} < {*right.items()}
    resumed()
    assert tree(Path("out")) == right


@pytest.mark.parametrize("kill", [os.killpg, os.kill], ids=["the group", "the parent"])
def test_half_written_files_that_a_kill_left_go_when_the_run_goes_on(source, right, tmp_path, kill):
    env = {**os.environ, **environment(tmp_path / "patch", AMID_WRITING)}
    process = begun("batch", "blur", "in", "-o", "out", "--jobs=2", env=env)
    waited_for(lambda: len(tree(Path("out"))) == 2)
    assert all(name.endswith(".part") for name in tree(Path("out")))
    kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    wait_for_the_end(process)
    assert len(tree(Path("out"))) == (2 if kill is os.killpg else 0), "who may, clears its table"
    resumed()
    assert tree(Path("out")) == right


# Signals

ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def assert_well_ended(process, out, code):
    """Insist that a run that was interrupted left nothing but whole results, and said so."""
    said = process.communicate(timeout=PATIENCE)[1].decode()
    assert process.returncode == code, said
    wait_for_the_end(process)
    assert [name for name in tree(out) if ".part" in name] == []
    assert told(out)
    assert " left" in said and "--resume" in said and "to go on" in said, said
    assert "Traceback" not in said


ENDINGS = [f"{number.name} to {whom}" for number in ENDS for whom in ("the parent", "the group")]


@pytest.mark.parametrize(
    "ending",
    usual("SIGINT to the group", "SIGTERM to the parent", "SIGHUP to the group", of=ENDINGS),
)
def test_a_signal_ends_a_run_well(source, right, tmp_path, ending):
    number = signal.Signals[ending.split()[0]]
    to = os.killpg if "group" in ending else os.kill
    process = a_run(tmp_path)
    to(process.pid, number)
    assert_well_ended(process, Path("out"), ENDS[number])
    made = tree(Path("out"))
    assert {*made.items()} < {*right.items()}
    done = {
        Path("out", name) for one in told(Path("out")) for name, digest in one["outputs"] if digest
    }
    before = identities(Path("out"))
    resumed()
    assert tree(Path("out")) == right
    after = identities(Path("out"))
    assert done and all(before[path] == after[path] for path in done), "done once is done"


def test_a_signal_amid_writing_leaves_no_half_a_file(source, tmp_path):
    env = {**os.environ, **environment(tmp_path / "patch", AMID_WRITING)}
    process = begun("batch", "blur", "in", "-o", "out", "--jobs=2", env=env)
    waited_for(lambda: len(tree(Path("out"))) == 2)
    os.killpg(process.pid, signal.SIGHUP)
    assert_well_ended(process, Path("out"), 129)


DEAF = "[signal.signal(one, lambda *_: None) for one in (2, 15, 1)]; time.sleep(1000)"


def test_a_second_signal_ends_all_at_once(source, tmp_path):
    process = begun(
        "batch", "blur", "in", "-o", "out", "--jobs=2",
        env={**os.environ, **decoding(tmp_path, always=DEAF)},
    )  # fmt: skip
    waited_for(lambda: (tmp_path / "log").exists() and len(log_of(tmp_path)) == 1)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(0.3)  # the first one waits a moment for the deaf
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, b"")
    wait_for_the_end(process)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_that_is_ignored_stays_so(source, right, tmp_path, number):
    """As behind nohup, or in the background of a script."""
    trap = f"trap '' {number.value}; exec \"$@\""
    process = subprocess.Popen(
        ["sh", "-c", trap, "sh", COMMAND, "batch", "blur", "in", "-o", "out", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, **decoding(tmp_path, always="time.sleep(0.1)")},
    )  # fmt: skip
    assert process.stdout.readline()
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert tree(Path("out")) == right
    assert sum(map(len, log_of(tmp_path).values())) == 8, "no process was lost to it"


@pytest.mark.parametrize("kill", [os.kill, os.killpg], ids=["the parent", "the group"])
def test_after_a_kill_the_processes_end_and_the_next_run_goes_on(source, right, tmp_path, kill):
    process = a_run(tmp_path)
    kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    end = time.monotonic() + 5
    while alive(process.pid):
        assert time.monotonic() < end
        time.sleep(0.01)
    resumed()
    assert tree(Path("out")) == right


# Full disks


@pytest.fixture
def small_disk(workplace):
    """A disk of 1 MiB, at "disk"."""
    place = workplace / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.getuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_stops_a_run_that_goes_on_when_there_is_room(workplace, small_disk):
    source = pictures(workplace / "in", 30, rows=100, columns=200)
    right = clean(source)
    assert sum(map(len, right.values())) > 1_100_000
    ended = typed("batch", "blur", "in", "-o", "disk/out")
    assert ended.code == 5
    assert "could not be written: the disk is full." in ended.err
    assert "free some space" in ended.err and "--resume" in ended.err
    made = tree(small_disk / "out")
    assert 0 < len(made) < 30 and {*made.items()} < {*right.items()}
    ended = typed("batch", "blur", "in", "-o", "disk/out", "--resume")
    assert ended.code == 5 and "the disk is full." in ended.err
    subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    resumed(out="disk/out")
    assert tree(small_disk / "out") == right


# For hours


def kill_a_child(process, dice):
    """Kill one of the processes that work for another, if there is one."""
    children = [one for one in alive(process.pid) if one != process.pid]
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(dice.choice(children), signal.SIGKILL)
            return 1
    return 0


@pytest.mark.slow
def test_workers_that_are_killed_all_the_time_cost_nothing_that_cannot_be_made_up_for(
    workplace, tmp_path
):
    source = pictures(workplace / "in", 500, rows=120, columns=160)
    right = clean(source)
    env = {**os.environ, **decoding(tmp_path, always="time.sleep(0.08)")}
    process = begun("batch", "blur", "in", "-o", "out", "-q", "--jobs=2", env=env)
    dice, kills = random.Random(0), 0
    while process.poll() is None:
        time.sleep(0.5)
        kills += kill_a_child(process, dice)
    said = process.communicate()[1].decode()
    made = tree(Path("out"))
    wrong = [name for name, content in made.items() if content != right.get(name)]
    print(f"{kills} kills, {500 - len(made)} failed, {len(wrong)} wrong: {said[:300]}")  # noqa: T201
    assert wrong == []
    assert process.returncode == (0 if len(made) == 500 else 1)
    assert kills > 20 and len(made) >= 500 - kills
    resumed()
    assert tree(Path("out")) == right


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_interrupted_twenty_times_ends_as_if_it_never_was(workplace, tmp_path, seed):
    source = pictures(workplace / "in", 300, rows=60, columns=80)
    right = clean(source)
    dice = random.Random(seed)
    env = {**os.environ, **decoding(tmp_path, always="time.sleep(0.1)")}
    signals, seen, torn = [*ENDS, signal.SIGKILL], Counter(), 0
    for _ in range(20):
        process = begun("batch", "blur", "in", "-o", "out", "--jobs=2", "--resume", env=env)
        time.sleep(dice.uniform(0.05, 1.2))
        number, to = dice.choice(signals), dice.choice([os.kill, os.killpg])
        with contextlib.suppress(ProcessLookupError):
            to(process.pid, number)
        said = process.communicate(timeout=PATIENCE)[1].decode()
        wait_for_the_end(process)
        seen[number.name, process.returncode] += 1
        if process.returncode in ENDS.values() and "to go on" in said:
            assert_whole_after(number, Path("out"))
        made = tree(Path("out"))
        whole = {name: content for name, content in made.items() if ".part" not in name}
        torn += sum(content != right[name] for name, content in whole.items())
    resumed()
    print(f"{dict(seen)}, {torn} torn, {len(right) - len(tree(Path('out')))} lost")  # noqa: T201
    assert torn == 0
    assert tree(Path("out")) == right


def assert_whole_after(number, out):
    """Insist that a run that could still do something left a whole journal."""
    if number != signal.SIGKILL:
        assert told(out)
