"""A decoder that crashes, hangs, talks or wants too much memory costs one picture, and no more."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from drawing import noise, ramp, write
from running import (
    PATIENCE,
    alive,
    assert_ended,
    assert_nothing_left,
    begun,
    linux,
    patched,
    reader_of,
    typed,
)

from filterkit import read_picture
from filterkit.applying import memory
from filterkit.applying.chatter import heard
from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.job import read as read_source
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.errors import (
    DecoderDiedError,
    DecoderHungError,
    ExpressionError,
    UnreadableInputError,
)
from filterkit.filters.expression import read
from filterkit.pictures import opencv

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this is about POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # threads of other tests
]


@pytest.fixture(params=[True, False], ids=["forked", "fresh"])
def worker(request):
    """Make a worker with a function that a fresh interpreter can import too."""
    made = []

    def make(work, warm=dict):
        made.append(Worker(work, warm, fork=request.param))
        return made[-1]

    yield make
    for one in made:
        one.close()


# The process that does the work, by itself


def test_a_worker_answers_in_order(worker):
    one = worker(abs)
    for job in (-3, 2.5, -(10**50)):
        one.ask(job)
        assert one.answer() == abs(job)


def test_a_large_answer_comes_whole(worker):
    one = worker(bytes)
    one.ask(5_000_000)
    assert one.answer() == bytes(5_000_000)


def test_a_large_answer_is_not_held_twice():
    count = 200_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one = Worker(bytes, dict)
    one.ask(count)
    assert len(one.answer()) == count
    one.close()
    scale = 1 if sys.platform == "darwin" else 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * scale
    assert grown < 1.5 * count


def test_our_errors_are_answers_and_others_are_raised(worker):
    one = worker(read)
    one.ask("edge |")
    error = one.answer()
    assert isinstance(error, ExpressionError)
    assert (error.expression, error.place) == ("edge |", 6)
    one.ask(None)
    with pytest.raises(TypeError) as caught:
        one.answer()
    assert any("Traceback" in note for note in caught.value.__notes__)


def test_what_fails_before_the_first_job_is_told_as_its_answer(worker):
    one = worker(abs, os.getpgid)  # which wants an argument
    one.ask(1)
    with pytest.raises(TypeError, match="argument"):
        one.answer()


def test_a_death_is_the_answer_and_the_next_job_gets_a_new_process(worker):
    jobs = [0, 7, 0]
    answers = list(isolated(lambda: worker(os._exit), jobs, lambda job: f"job {job}"))
    assert [type(one) for one in answers] == [DecoderDiedError] * 3
    assert [one.sentence for one in answers] == [
        f"job {job}: the process that read it ended with code {job}." for job in jobs
    ]


def test_work_that_takes_too_long_is_ended(worker):
    jobs = [0, 10 * PATIENCE, 0]
    answers = list(isolated(lambda: worker(time.sleep), jobs, str, timeout=1.5))
    assert [type(one) for one in answers] == [type(None), DecoderHungError, type(None)]
    assert answers[1].sentence == f"{jobs[1]}: it took longer than 1.5 seconds."


def test_a_worker_that_is_closed_is_gone(worker):
    one = worker(abs)
    process = one.process
    one.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    one.close()


def test_a_signal_without_a_name_is_told_by_its_number():
    one = Worker(signal.raise_signal, dict)
    one.ask(signal.SIGRTMIN + 1)
    with pytest.raises(DecoderDiedError, match=rf"crashed \(signal {signal.SIGRTMIN + 1}\)"):
        one.answer()
    one.close()


def test_a_crash_leaves_no_core_behind(worker):
    one = worker(resource.getrlimit)
    one.ask(resource.RLIMIT_CORE)
    assert one.answer() == (0, 0)


WATCHED = """
import os, sys
leave = os._exit
def _exit(code):
    with open(f"loaded-by-{os.getpid()}", "w") as file:
        file.write(" ".join(sys.modules))
    leave(code)
os._exit = _exit
"""


@linux
def test_who_waits_for_a_picture_loads_neither_numpy_nor_opencv(workplace, tmp_path):
    write(workplace / "a.png", ramp())
    env = {**os.environ, **patched(tmp_path, WATCHED)}
    process = begun("apply", "blur", "a.png", env=env)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out == b"a.blur.png\n"
    loaded = Path(f"loaded-by-{process.pid}").read_text().split()
    assert "filterkit.cli.report" in loaded
    assert not {"numpy", "cv2", "PIL"} & {*loaded}


@pytest.mark.parametrize(
    "arguments", [["apply", "edge", "a.png", "-q"], ["shape", "edge", "a.png"]]
)
def test_all_is_the_same_where_processes_cannot_be_forked(workplace, tmp_path, arguments):
    write(workplace / "a.png", ramp())
    forked = typed(*arguments, *(["-o", "forked.png"] if "apply" in arguments else []))
    fresh = typed(
        *arguments, *(["-o", "fresh.png"] if "apply" in arguments else []),
        env=patched(tmp_path, NO_FORK),
    )  # fmt: skip
    assert fresh == forked and fresh.code == 0
    if "apply" in arguments:
        assert (workplace / "fresh.png").read_bytes() == (workplace / "forked.png").read_bytes()


# Decoders that die

NO_FORK = """
import os
del os.fork
"""

FATEFUL = """
import os, signal, sys, time
import filterkit.pictures.opencv as opencv
decode = opencv.decoded
def fate():
    {fate}
def decoded(content, rows, columns, colourful=False):
    if rows == 13:
        fate()
    return decode(content, rows, columns)
opencv.decoded = decoded
"""
"""What becomes of every process that decodes a picture of 13 rows."""

KILL = "os.kill(os.getpid(), signal.{})"
DEATHS = {
    "SIGSEGV": (KILL.format("SIGSEGV"), "the decoder crashed (SIGSEGV)."),
    "SIGABRT": (KILL.format("SIGABRT"), "the decoder crashed (SIGABRT)."),
    "SIGBUS": (KILL.format("SIGBUS"), "the decoder crashed (SIGBUS)."),
    "SIGKILL": (
        KILL.format("SIGKILL"), "the process that read it was killed, perhaps for want of memory.",
    ),
    "exit": ("os._exit(9)", "the process that read it ended with code 9."),
}  # fmt: skip


@pytest.fixture
def three(workplace):
    """Three pictures, the middle one of 13 rows."""
    for name, rows in (("a.png", 20), ("bad.png", 13), ("c.png", 20)):
        write(workplace / name, ramp(rows))
    return workplace


def assert_only_the_second_fails(code, said, env):
    """Insist on the sentence and code of the second of three pictures, and on the other two."""
    ended = typed("apply", "blur", "a.png", "bad.png", "c.png", "--json", env=env)
    assert ended.code == 1
    assert ended.err.splitlines()[0] == f"filterkit: bad.png: {said}"
    told = [json.loads(line) for line in ended.lines]
    assert [one.get("code") for one in told] == [None, code, None, None]
    assert Path("a.blur.png").exists() and Path("c.blur.png").exists()


@pytest.mark.parametrize("death", DEATHS)
def test_a_decoder_that_dies_takes_only_its_picture_along(three, tmp_path, death):
    fate, said = DEATHS[death]
    assert_only_the_second_fails("crashed", said, patched(tmp_path, FATEFUL.format(fate=fate)))


def test_so_it_is_where_processes_cannot_be_forked(three, tmp_path):
    fate, said = DEATHS["SIGSEGV"]
    env = patched(tmp_path, FATEFUL.format(fate=fate) + NO_FORK)
    assert_only_the_second_fails("crashed", said, env)


def test_where_the_only_picture_kills_its_decoder_the_exit_code_is_3(three, tmp_path):
    fate, said = DEATHS["SIGSEGV"]
    ended = typed("apply", "blur", "bad.png", env=patched(tmp_path, FATEFUL.format(fate=fate)))
    assert_ended(ended, 3, f"bad.png: {said}")


# Decoders that hang

DEAF = "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}); "
FOR_EVER = "open('begun', 'w').close(); time.sleep(1000)"


def test_a_decoder_that_hangs_is_ended_and_the_next_picture_has_its_turn(three, tmp_path):
    env = patched(tmp_path, FATEFUL.format(fate=FOR_EVER))
    ended = typed("apply", "blur", "bad.png", "c.png", "--timeout", "3", env=env)
    assert (ended.code, ended.lines) == (1, ["c.blur.png"])
    assert ended.err == "filterkit: bad.png: it took longer than 3 seconds.\n"


@linux
@pytest.mark.parametrize("fate", [FOR_EVER, DEAF + FOR_EVER], ids=["gently", "by force"])
def test_what_is_ended_is_gone_and_has_a_code_of_its_own(three, tmp_path, fate):
    env = {**os.environ, **patched(tmp_path, FATEFUL.format(fate=fate))}
    process = begun("apply", "blur", "bad.png", "--timeout", "0.5", "--json", env=env)
    out, err = process.communicate(timeout=PATIENCE)
    assert err == b"filterkit: bad.png: it took longer than 0.5 seconds.\n"
    assert (process.returncode, json.loads(out.splitlines()[0])["code"]) == (3, "timeout")
    assert_nothing_left(process.pid, three)


def test_a_pipe_that_nobody_writes_to_is_waited_for_no_longer_than_asked(workplace):
    os.mkfifo("fifo.png")
    ended = typed("apply", "blur", "fifo.png", "--timeout", "0.5")
    assert_ended(ended, 3, "fifo.png: it took longer than 0.5 seconds.")


SLOW_DISK = """
import os, time
os.fsync = lambda handle: time.sleep(1000)
"""


def test_a_time_out_amid_writing_leaves_no_half_a_file(workplace, tmp_path):
    write(workplace / "a.png", ramp())
    (workplace / "out").mkdir()
    env = patched(tmp_path, SLOW_DISK)
    ended = typed("apply", "blur", "a.png", "-o", "out/", "--timeout", "1.5", env=env)
    assert_ended(ended, 3, "a.png: it took longer than 1.5 seconds.")
    assert os.listdir("out") == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("0", "timeout is above 0, not 0."),
        ("-1", "timeout is above 0, not -1."),
        ("soon", "timeout is a finite number, not 'soon'."),
    ],
)
def test_a_time_that_cannot_be_is_refused(filterkit, workplace, given, sentence):
    write(workplace / "a.png", ramp())
    assert_ended(filterkit("apply", "blur", "a.png", f"--timeout={given}"), 2, sentence)


# A parent that dies


@linux
@pytest.mark.parametrize("fate", [FOR_EVER, DEAF + FOR_EVER], ids=["gently", "by force"])
def test_a_job_does_not_outlive_a_parent_that_is_killed(three, tmp_path, fate):
    env = {**os.environ, **patched(tmp_path, FATEFUL.format(fate=fate))}
    process = begun("apply", "blur", "bad.png", env=env)
    end = time.monotonic() + PATIENCE
    while not Path("begun").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert Path("begun").exists() and len(alive(process.pid)) == 2
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert_nothing_left(process.pid, three)


@linux
def test_who_waits_for_a_pipe_does_not_outlive_a_killed_parent_either(workplace):
    os.mkfifo("slow.png")
    process = begun("apply", "blur", "slow.png")
    writer = reader_of("slow.png")
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert_nothing_left(process.pid, workplace)
    os.close(writer)


# Memory

POOR = """
import filterkit.applying.memory as memory
memory.available = lambda: {}
"""


@linux
def test_a_picture_that_needs_too_much_memory_costs_only_itself(workplace, tmp_path):
    write(workplace / "a.png", ramp())
    write(workplace / "bad.png", np.zeros((8000, 9000, 1), np.uint8))
    write(workplace / "c.png", ramp())
    said = "8000x9000 pixels need more memory than there is."
    assert_only_the_second_fails(
        "out-of-memory", said, env=patched(tmp_path, POOR.format(5 * 10**7))
    )


@linux
@pytest.mark.parametrize("filter", ["gaussian:20", "normalize:zscore", "conv:kernel=[1 0; 0 -1]"])
def test_a_filter_that_needs_too_much_memory_says_so_too(workplace, tmp_path, filter):
    write(workplace / "a.png", np.zeros((6000, 8000, 1), np.uint8))
    env = patched(tmp_path, POOR.format(25 * 10**7))
    sentence = "a.png: this needs more memory than there is."
    ended = typed("apply", filter, "a.png", "-o", "out.npy", env=env)
    assert_ended(ended, 3, sentence, "a smaller picture")


@pytest.mark.parametrize(
    "failure",
    [
        MemoryError("no more"),
        RuntimeError("can't start new thread"),
        opencv_error := "cv2",
    ],
    ids=str,
)
def test_want_of_memory_is_known_whoever_feels_it(failure):
    import cv2

    if failure == opencv_error:
        failure = cv2.error("Failed to allocate 1 bytes")
        failure.code = cv2.Error.StsNoMem
    assert opencv.ran_out(failure)
    assert not opencv.ran_out(RuntimeError("something else"))
    assert not opencv.ran_out(cv2.error("something else"))


GROUPS_OF_TODAY = {
    "meminfo": "MemTotal: 900 kB\nMemAvailable:     500 kB\nSwapFree:        100 kB\n",
    "cgroup": "0::/a/b\n",
    "groups/a/b/memory.max": "max\n",
    "groups/a/b/memory.current": "100\n",
    "groups/a/memory.max": "400000\n",
    "groups/a/memory.current": "150000\n",
    "groups/a/memory.stat": "anon 1\ninactive_file 50000\n",
}
GROUPS_OF_YESTERDAY = {
    "meminfo": "MemAvailable:     500 kB\nSwapFree:        100 kB\n",
    "cgroup": "3:cpu:/x\n2:memory:/c\n",
    "groups/memory/c/memory.limit_in_bytes": "200000\n",
    "groups/memory/c/memory.usage_in_bytes": "60000\n",
    "groups/memory/c/memory.stat": "inactive_file 1\ntotal_inactive_file 10000\n",
    "groups/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "groups/memory/memory.usage_in_bytes": "70000\n",
}
FREE = {"meminfo": GROUPS_OF_TODAY["meminfo"], "cgroup": "0::/\n"}


@pytest.mark.parametrize(
    ("files", "left"),
    [(GROUPS_OF_TODAY, 300_000), (GROUPS_OF_YESTERDAY, 150_000), (FREE, 614_400), ({}, None)],
    ids=["groups of today", "groups of yesterday", "no group", "another system"],
)
def test_what_is_left_is_the_least_of_machine_and_groups(tmp_path, monkeypatch, files, left):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "OWN_GROUPS", tmp_path / "cgroup")
    assert memory.available() == left


def test_a_limit_that_is_there_already_is_not_raised():
    code = (
        "import resource; from filterkit.applying import memory\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (300_000_000, resource.RLIM_INFINITY))\n"
        "memory.available = lambda: 10**12\n"
        "memory.limit(); print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    )
    ended = typed("-c", code, command=[sys.executable])
    assert (ended.out, ended.err) == (b"300000000\n", "")


# What decoders say


@pytest.fixture
def rotten(workplace):
    """A JPEG with some of its bytes changed, of which libjpeg makes a picture and complains."""
    content = bytearray(write(workplace / "sound.jpg", noise(200, 300)).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    path = workplace / "rotten.jpg"
    path.write_bytes(content)
    return path


def test_what_a_decoder_says_becomes_a_note_of_its_picture(rotten):
    ended = typed("apply", "blur", "sound.jpg", "rotten.jpg")
    assert (ended.code, ended.lines) == (0, ["sound.blur.jpg", "rotten.blur.jpg"])
    assert ended.err.startswith("filterkit: rotten.jpg: the decoder warned: Corrupt JPEG data: ")
    assert ended.err.count("\n") == 1
    told = [json.loads(line) for line in typed("apply", "blur", "rotten.jpg", "--json", "-f").lines]
    assert told[0]["notes"] == [ended.err.removeprefix("filterkit: rotten.jpg: ").rstrip("\n")]


def test_a_damaged_picture_is_a_failure_where_that_is_asked_for(rotten):
    ended = typed("apply", "blur", "sound.jpg", "rotten.jpg", "--strict")
    assert (ended.code, ended.lines) == (1, ["sound.blur.jpg"])
    assert ended.err.startswith("filterkit: rotten.jpg is damaged: Corrupt JPEG data: ")
    assert "try: without --strict" in ended.err


def test_nothing_native_is_heard_where_quiet_is_asked_for(rotten):
    ended = typed("apply", "blur", "rotten.jpg", "-q")
    assert (ended.code, ended.out, ended.err) == (0, b"", "")


def test_a_program_that_reads_a_picture_keeps_its_stderr(rotten, capfd):
    read_picture(rotten)
    assert "Corrupt JPEG data" in capfd.readouterr().err
    read_source(Source("rotten.jpg"), Reading())
    assert capfd.readouterr().err == ""
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (b"", []),
        (b"one.\ntwo\none.\n\n", ["one", "two"]),
        (b"libpng warning: bad thing\n", ["bad thing"]),
        (b"a\nb\nc\nd\n", ["a", "b", "c"]),
        (b"\x1b[2J\xff\n", [r"\x1b[2J�"]),
        (b"x" * 1000, ["x" * 160]),
        (
            b"[ERROR:0@0.228] global grfmt_tiff.cpp:117 TIFF_Error Using code not yet in table\n"
            b"[ERROR:0@0.3] global parallel_impl.cpp:240 WorkerThread 0: Can't spawn thread\n",
            ["Using code not yet in table"],
        ),
    ],
)
def test_a_few_lines_are_heard_once_each_and_without_tricks(written, lines):
    with heard() as said:
        os.write(2, written)
    assert said == lines


def test_a_decoder_that_never_stops_talking_is_not_held_up():
    with heard() as said, contextlib.suppress(BlockingIOError):
        while True:
            os.write(2, b"more\n" * 1024)
    assert said[0] == "more"


def test_pythons_own_warnings_and_logs_are_heard_too(capfd):
    import logging

    with heard() as said:
        logging.getLogger("tifffile").error("no such tag")
        sys.stderr.write("spoken\n")
        warnings.warn("a picture's fault", stacklevel=1)
        warnings.warn("a caller's fault", DeprecationWarning, stacklevel=1)
    assert "spoken" in said
    assert "a picture's fault" in said
    assert "a caller's fault" not in said
    assert capfd.readouterr().err == ""


def test_an_exception_puts_stderr_back(capfd):
    with pytest.raises(UnreadableInputError), heard():
        raise UnreadableInputError("no.")
    os.write(2, b"here")
    assert capfd.readouterr().err == "here"


def test_valid_pictures_are_read_without_a_word():
    """Published valid pictures, and our own samples."""
    root = Path(__file__).resolve().parents[1]
    paths = [*(root / "samples").glob("*.*g")]
    published = root.parent / "shared" / "corpora"
    paths += (path for path in (published / "pngsuite" / "files").glob("[!x]*.png"))
    paths += (published / "exif-orientation").rglob("*.jpg")
    assert paths
    for path in paths:
        notes = read_source(Source(str(path)), Reading()).notes
        assert [note for note in notes if "warned" in note] == [], path


# Modules that lie in wait

LURKING = ("cv2", "numpy", "filterkit", "png", "PIL", "click", "sitecustomize", "pickle")


@pytest.mark.parametrize("forks", [True, False], ids=["forked", "fresh"])
def test_modules_in_the_current_folder_are_not_imported(workplace, tmp_path, forks):
    write(workplace / "a.png", ramp())
    for name in LURKING:
        (workplace / f"{name}.py").write_text("open('canary', 'w')")
    env = {} if forks else patched(tmp_path, NO_FORK)
    ended = typed("apply", "blur", "a.png", env=env)
    assert (ended.code, ended.err) == (0, "")
    assert not Path("canary").exists()


def test_with_dash_P_the_module_imports_nothing_from_the_current_folder_either(workplace):
    write(workplace / "a.png", ramp())
    for name in LURKING:
        (workplace / f"{name}.py").write_text("open('canary', 'w')")
    python = [sys.executable, "-P", "-m", "filterkit"]
    ended = typed("apply", "blur", "a.png", command=python)
    assert (ended.code, ended.err) == (0, "")
    assert not Path("canary").exists()


@linux
def test_memory_that_is_kept_is_not_handed_out_anew():
    code = """
        import ctypes, resource, sys
        import numpy as np
        from filterkit.applying import memory
        if not hasattr(ctypes.CDLL(None), "mallopt"):
            sys.exit("no mallopt")
        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(8):
                np.zeros(2**23, np.uint8)[::4096] = 1
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        plain = faults()
        memory.keep()
        np.zeros(2**23, np.uint8)
        print(plain, faults())
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip
    if "no mallopt" in ended.stderr:
        pytest.skip("this C library cannot be asked to keep memory")
    plain, kept = map(int, ended.stdout.split())
    assert kept < plain / 4
