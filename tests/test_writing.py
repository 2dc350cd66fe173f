"""Whatever happens amid writing, a file is the old one or the new one, and nothing else is lost."""

import errno
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from drawing import decoded, noise, png, ramp, stored, write
from hypothesis import example, given
from hypothesis import strategies as st
from running import COMMAND, PATIENCE, assert_done, assert_ended, typed
from tracing import name_of, need_strace, traced

from filterkit.applying import job
from filterkit.applying.template import FIELDS, Template
from filterkit.errors import OutputExistsError, UnwritableError
from filterkit.pictures import writing
from filterkit.pictures.formats import WRITTEN
from filterkit.pictures.parts import OLD, PART, part_of, sweep
from filterkit.pictures.writing import make_folder, write_bytes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="this is about POSIX")

AS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not AS_ROOT, reason="only root may do this")
NOBODY = 65534


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def leftovers(folder):
    return [name for name in names(folder) if ".part" in name]


def content_of(path):
    """The bytes of a file, or None where there is none."""
    return path.read_bytes() if path.exists() else None


def in_its_own_process(code, **options):
    """Run some code that may end its process."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True,
        timeout=PATIENCE, **options,
    )  # fmt: skip


def bash(line, cwd):
    return typed("-c", line.replace("FK", COMMAND), command=["bash"], cwd=cwd)


def raising(code):
    def fail(*_, **__):
        raise OSError(code, os.strerror(code))

    return fail


# Killed


CALLS = {"open": "os", "fsync": "os", "fstat": "os", "link": "os", "replace": "Path"}
NAMING = {"link", "replace"}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("call", "old"),
    [(call, old) for call in CALLS for old in (b"old", None) if (call, old) != ("link", b"old")],
)
def test_a_kill_around_any_step_leaves_the_old_file_or_the_new(tmp_path, call, old, moment):
    path = tmp_path / "a.png"
    if old:
        path.write_bytes(old)
    ended = in_its_own_process(f"""
        import os, signal
        from pathlib import Path
        from filterkit.pictures.files import write_bytes
        done = {CALLS[call]}.{call}
        def deadly(*arguments, **options):
            if "{moment}" == "after":
                done(*arguments, **options)
            os.kill(os.getpid(), signal.SIGKILL)
        {CALLS[call]}.{call} = deadly
        write_bytes(Path({str(path)!r}), b"new" * 1000, replace={call != "link"})
    """)
    assert ended.returncode == -signal.SIGKILL
    named = call in NAMING and moment == "after"
    assert content_of(path) == (b"new" * 1000 if named else old)
    assert all(PART.fullmatch(name) for name in names(tmp_path) if name != "a.png")


SLOW_DISK = """
import os, time
flush = os.fsync
def fsync(handle):
    time.sleep(0.05)
    flush(handle)
    time.sleep(0.05)
os.fsync = fsync
"""


def killed_at_random(place, rest, longest, amid_writing):
    """Kill all processes of a command at some moment; tell whether it was amid writing."""
    process = subprocess.Popen(
        [COMMAND, "apply", "identity", "a.png", "-o", "out.png", "-f"], cwd=place,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(place.parent)} if amid_writing else None,
    )  # fmt: skip
    if amid_writing:
        while not leftovers(place) and process.poll() is None:
            time.sleep(0.001)
        time.sleep(rest.uniform(0, 0.15))
    else:
        time.sleep(rest.uniform(0, longest))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    left = leftovers(place)
    for name in left:
        assert PART.fullmatch(name)
        (place / name).unlink()
    return bool(left)


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_kills_at_random_times_never_tear_a_file(tmp_path, kills, record_property):
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "sitecustomize.py").write_text(SLOW_DISK)
    write(place / "a.png", noise(200, 200))
    began = time.monotonic()
    assert typed("apply", "identity", "a.png", "-o", "new.png", cwd=place).code == 0
    longest = 1.2 * (time.monotonic() - began)
    path, new, old = place / "out.png", (place / "new.png").read_bytes(), b"old" * 1000
    found = {"old": 0, "new": 0, "amid writing": 0}
    for seed in range(kills):
        before = old if seed % 2 else None
        path.unlink(missing_ok=True)
        if before:
            path.write_bytes(before)
        amid_writing = killed_at_random(place, random.Random(seed), longest, seed % 4 < 2)
        assert content_of(path) in (before, new), "the file is torn"
        found["new" if content_of(path) == new else "old"] += 1
        found["amid writing"] += amid_writing
    record_property("found", found)


VARIANTS = {
    "over an old file": (b"old" * 1000, ["-o", "out.png", "-f"]),
    "where there is none, with -f": (None, ["-o", "out.png", "-f"]),
    "where there is none": (None, ["-o", "out.png"]),
}


class Bench:
    """A folder in which the command is run, watched, again and again."""

    def __init__(self, tmp_path, variant):
        self.place = tmp_path / "place"
        self.place.mkdir()
        self.path = self.place / "out.png"
        self.old, self.arguments = VARIANTS[variant]
        self.content = png(noise())
        self.clean = self.run()
        assert (self.clean.code, self.clean.err) == (0, "")
        self.new = self.path.read_bytes()
        np.testing.assert_array_equal(decoded(self.new), noise())

    def run(self, **options):
        for left in self.place.iterdir():
            left.unlink()
        if self.old:
            self.path.write_bytes(self.old)
        return traced(self.place, self.content, *self.arguments, **options)

    @property
    def now(self):
        return content_of(self.path)


@pytest.mark.slow
@pytest.mark.parametrize("parent", [False, True], ids=["the worker", "the parent"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_kill_at_any_system_call_leaves_the_old_file_or_the_new(
    tmp_path, variant, parent, record_property
):
    need_strace()
    bench = Bench(tmp_path, variant)
    counts = bench.run(parent=parent).counts
    found = {"old": 0, "new": 0, "with a part": 0}
    for call in counts:
        for number in itertools.count(1):
            ended = bench.run(inject=f"{call}:signal=KILL:when={number}", parent=parent)
            if ended.code == 0 and number > counts[call]:
                break
            assert bench.now in (bench.old, bench.new), f"torn by a kill at {call} {number}"
            assert set(names(bench.place)) - {"in.png", "out.png"} == set(leftovers(bench.place))
            found["new" if bench.now == bench.new else "old"] += 1
            found["with a part"] += bool(leftovers(bench.place))
    record_property("found", found)
    assert parent or found["with a part"] >= 5
    assert found["old"] + found["new"] >= sum(counts.values())


# Errors


STEPS = {
    "open": (os, "open"),
    "write": (writing, "open"),
    "fsync": (os, "fsync"),
    "naming": (Path, "replace"),
    "naming onto nothing": (os, "link"),
}
TROUBLES = {
    errno.EIO: "the disk reports an error",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EROFS: "that disk is read-only",
}


class TakesNothing:
    """A file that cannot be written to."""

    def __init__(self, code):
        self.write = raising(code)

    def __call__(self, handle, mode):
        self.handle = handle
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.handle)


@pytest.mark.parametrize("code", TROUBLES, ids=errno.errorcode.get)
@pytest.mark.parametrize("step", STEPS)
def test_an_error_at_any_step_is_told_and_leaves_all_as_it_was(
    filterkit, workplace, monkeypatch, step, code
):
    write(workplace / "a.png", ramp())
    old = None if step == "naming onto nothing" else b"old"
    if old:
        (workplace / "out.png").write_bytes(old)
    before = names(workplace)
    flags = ["-f"] if old else []
    fail = TakesNothing(code) if step == "write" else raising(code)
    monkeypatch.setattr(*STEPS[step], fail, raising=False)
    ended = filterkit("apply", "identity", "a.png", "-o", "out.png", *flags)
    monkeypatch.undo()
    advice = writing.REASONS[code][1]
    assert_ended(ended, 5, f"out.png could not be written: {TROUBLES[code]}.", advice)
    assert names(workplace) == before
    assert content_of(workplace / "out.png") == old


def test_a_disk_that_cannot_make_a_name_last_says_so(tmp_path, monkeypatch):
    flush, flushed = os.fsync, []

    def fail_for_folders(handle):
        flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        if flushed[-1]:
            raise OSError(errno.EIO, "Input/output error")
        flush(handle)

    monkeypatch.setattr(os, "fsync", fail_for_folders)
    with pytest.raises(UnwritableError, match="the disk reports an error"):
        write_bytes(tmp_path / "a.png", b"new", replace=True)
    assert flushed == [False, True]
    assert names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_a_folder_that_cannot_be_flushed_is_no_error(tmp_path, monkeypatch, code):
    flush = os.fsync

    def refuse_folders(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        flush(handle)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_bytes(tmp_path / "a.png", b"new", replace=True)
    assert (tmp_path / "a.png").read_bytes() == b"new"


@pytest.mark.slow
@pytest.mark.parametrize("code", TROUBLES, ids=errno.errorcode.get)
@pytest.mark.parametrize("variant", VARIANTS)
def test_an_error_at_any_system_call_leaves_the_old_file_or_the_new(
    tmp_path, variant, code, record_property
):
    need_strace()
    bench = Bench(tmp_path, variant)
    found = {"told": 0, "of no account": 0}
    for call, number in points_of_writing(bench.clean.calls):
        error = errno.errorcode[code]
        ended = bench.run(inject=f"{call}:error={error}:when={number}")
        assert [name_of(ended.calls[at]) for at in ended.injected] == [call]
        assert (bench.now, ended.code) in allowed(bench, ended), f"{error} at {call} {number}"
        removal_failed = call == "unlink" and "-f" not in bench.arguments
        assert len(leftovers(bench.place)) == removal_failed
        sentence = f"filterkit: out.png could not be written: {TROUBLES[code]}.\n"
        assert ended.err.startswith(sentence) if ended.code else ended.err == ""
        found["told" if ended.code else "of no account"] += 1
    record_property("found", found)
    assert found["told"] >= 5


def points_of_writing(calls):
    """Yield the system calls from the first look at the target to the removal of the part."""
    counts, begun = {}, False
    for call in calls:
        name = name_of(call)
        counts[name] = counts.get(name, 0) + 1
        begun = begun or '"out.png"' in call
        if begun and name not in ("getpid", "getrandom", "getcwd", "mmap", "munmap", "brk"):
            yield name, counts[name]
        if name == "unlink":
            return


def allowed(bench, ended):
    """The contents and exit codes that may follow an error: told or made good, and never torn."""
    (at,) = ended.injected
    named = any(call.startswith(("rename", "link")) for call in ended.calls[:at])
    return [(bench.new, 0), (bench.new if named else bench.old, 5)]


MARKS = {
    r"openat\(.*\.part": "the part is opened",
    r"write\(": "written",
    r"fsync\(": "flushed",
    r"(rename|link)(at)?\(.*out\.png": "named",
    r'openat\(AT_FDCWD, "\.", O_RDONLY\|O_CLOEXEC\)': "the folder is opened",
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_is_on_the_disk_before_it_has_its_name_and_that_before_it_is_told(tmp_path, variant):
    need_strace()
    calls = Bench(tmp_path, variant).clean.calls
    order = [mark for call in calls for sign, mark in MARKS.items() if re.match(sign, call)]
    assert order[order.index("the part is opened") :] == [
        "the part is opened", "written", "flushed", "named",
        "the folder is opened", "flushed", "written",
    ]  # fmt: skip


# A disk that fills up


@contextmanager
def files_at_most(size):
    """Let no file become larger than some bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_shells_limit_on_files_is_an_error_and_no_death(workplace):
    write(workplace / "a.png", noise(100, 100))
    ended = bash("ulimit -f 1; FK apply identity a.png -o out.png", workplace)
    sentence = "out.png could not be written: a file may not become so large here."
    assert_ended(ended, 5, sentence, "another -o")
    ended = bash("ulimit -f 1; FK apply identity a.png -o - > out.png", workplace)
    assert_ended(ended, 5, "stdout could not be written: file too large.")


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("format", WRITTEN)
def test_a_file_that_may_not_grow_leaves_the_old_one(filterkit, workplace, format, exists):
    line, path = ready(workplace, format, exists)
    with files_at_most(500):
        ended = filterkit(*line)
    sentence = f"{path} could not be written: a file may not become so large here."
    assert_ended(ended, 5, sentence, "another -o")
    assert names(workplace) == ["a.png", *([path.name] if exists else [])]
    assert content_of(path) == (b"old" if exists else None)
    assert filterkit(*line).code == 0
    assert len(path.read_bytes()) > 500


def ready(folder, format, exists):
    """Lay a picture ready, and perhaps the file that its result would replace."""
    write(folder / "a.png", noise(100, 100, channels=1))
    path = folder / f"out{WRITTEN[format].endings[0]}"
    if exists:
        path.write_bytes(b"old")
    return ["apply", "identity", folder / "a.png", "-o", path, "-f", "-q"], path


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory):
    """A disk of 256 KiB."""
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if not AS_ROOT or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("format", WRITTEN)
def test_a_full_disk_leaves_the_old_file(filterkit, workplace, small_disk, format, exists):
    for left in small_disk.iterdir():
        left.unlink()
    write(workplace / "a.png", noise(400, 400, channels=3))
    path = small_disk / f"out{WRITTEN[format].endings[0]}"
    if exists:
        path.write_bytes(b"old")
    with (small_disk / "others").open("wb", buffering=0) as others:
        while os.statvfs(small_disk).f_bavail > 1:
            others.write(bytes(4096))
    before = names(small_disk)
    fusion = "fuse:mean" if WRITTEN[format].channels == (1,) else "identity"
    line = ["apply", fusion, "a.png", "-o", path, "-f", "-q"]
    ended = filterkit(*line)
    sentence = f"{path} could not be written: the disk is full."
    assert_ended(ended, 5, sentence, "free some space, or another -o")
    assert names(small_disk) == before
    assert content_of(path) == (b"old" if exists else None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_is_exit_5(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "identity", "a.png", "-o", "/dev/full")
    sentence = "/dev/full could not be written: the disk is full."
    assert_ended(ended, 5, sentence, "free some space, or another -o")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_folder_that_cannot_be_made_is_exit_5(filterkit, workplace, monkeypatch):
    write(workplace / "a.png", ramp())
    monkeypatch.setattr(Path, "mkdir", raising(errno.ENOSPC))
    ended = filterkit("apply", "identity", "a.png", "-o", "new/out.png")
    sentence = "new could not be written: the disk is full."
    assert_ended(ended, 5, sentence, "free some space, or another -o")


# What a power cut left


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def part(folder, process, age=OLD + 60, name="a.png"):
    path = folder / f".{name}.filterkit-{process}-0123abcd.part"
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_the_next_write_sweeps_what_a_power_cut_left(tmp_path, dead):
    part(tmp_path, dead)
    part(tmp_path, dead, name="b.png")
    part(tmp_path, dead, name="new\nline")
    write_bytes(tmp_path / "c.png", b"new", replace=False)
    assert names(tmp_path) == ["c.png"]


def test_what_is_being_written_is_never_swept(tmp_path, dead):
    kept = {part(tmp_path, os.getpid()), part(tmp_path, 1), part(tmp_path, dead, age=OLD - 60)}
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == kept


def test_somebody_elses_process_lives_too(tmp_path, dead, monkeypatch):
    kill = os.kill

    def humble(process, number):
        if process == 1:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        kill(process, number)

    kept = {part(tmp_path, 1, name=f"{number}.png") for number in range(10)}
    for number in range(10):
        part(tmp_path, dead, name=f"{number}.png")
    monkeypatch.setattr(os, "kill", humble)
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == kept


@pytest.mark.parametrize(
    "name",
    [
        "a.png.filterkit-{}-0123abcd.part",  # not hidden
        ".a.png.filterkit-{}-0123abcd.part.png",
        ".a.png.filterkit-{}-0123abc.part",
        ".a.png.filterkit-{}-0123ABCD.part",
        ".a.png.filterkit-x{}-0123abcd.part",
        ".a.png-{}-0123abcd.part",
        ".a.png.part",
        "a.png",
    ],
)
def test_nothing_else_is_swept(tmp_path, dead, name):
    path = tmp_path / name.format(dead)
    path.write_bytes(b"mine")
    os.utime(path, (0, 0))
    sweep(tmp_path)
    assert path.read_bytes() == b"mine"


def test_links_and_folders_of_such_a_name_stay_and_are_not_followed(tmp_path, dead):
    original = tmp_path / "original"
    original.mkdir()
    (original / "mine").write_bytes(b"mine")
    os.utime(original / "mine", (0, 0))
    for name, to in (("file", original / "mine"), ("folder", original), ("nowhere", "nowhere")):
        link = tmp_path / f".{name}.filterkit-{dead}-0123abcd.part"
        link.symlink_to(to)
        os.utime(link, (0, 0), follow_symlinks=False)
    (tmp_path / f".real.filterkit-{dead}-0123abcd.part").mkdir()
    before = names(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == before
    assert names(original) == ["mine"]


def test_a_folder_is_swept_once_a_process(tmp_path, monkeypatch):
    looked, scan = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: looked.append(folder) or scan(folder))
    for number in range(3):
        write_bytes(tmp_path / f"{number}.png", b"new", replace=False)
    assert looked == [tmp_path]


def test_two_that_sweep_at_once_do_not_disturb_each_other(tmp_path, dead, monkeypatch):
    part(tmp_path, dead)
    part(tmp_path, dead, name="b.png")
    unlink = os.unlink

    def unlink_too_late(path):
        unlink(path)
        unlink(path)

    monkeypatch.setattr(os, "unlink", unlink_too_late)
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_looked_through_is_written_to_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "scandir", raising(errno.EACCES))
    write_bytes(tmp_path / "a.png", b"new", replace=False)
    assert names(tmp_path) == ["a.png"]


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=300))
@example("ä" * 127)
@example("a" + "画" * 80)
@example("\udce9" * 200)
def test_every_part_is_known_again_and_its_name_is_short(name):
    made = part_of(Path("folder") / f"x{name}")
    assert made.parent == Path("folder")
    assert PART.fullmatch(made.name)[1] == str(os.getpid())
    assert len(os.fsencode(made.name)) <= 143, "some file systems that encrypt allow no more"


# Names


ODD_NAMES = [
    b"new\nline.png",
    b"tab\t.png",
    b"\x1b[31mred.png",
    b"-dash.png",
    b"--.png",
    "😀 größe 画像.png".encode(),
    b"  spaces  .png",
    "\u202egnp.exe\u2066.png".encode(),
    b"caf\xe9.png",
    b"\xff\xfe.png",
    b"'\"$(touch hacked)`;&|*?[a].png",
    b"{1}{map}{stem}.png",
    b"%s\\n.png",
    b"...png",
    b"a" * 230 + b".png",
]
LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C.UTF-8"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
]


@pytest.fixture
def oddly_named(workplace):
    """Pictures whose names are all that a file system allows."""
    content = png(ramp())
    for name in ODD_NAMES:
        Path(os.fsdecode(name)).write_bytes(content)
    return workplace


@pytest.mark.parametrize("locale", LOCALES, ids=" ".join)
def test_every_name_that_a_file_can_have_works_and_comes_out_as_it_went_in(oddly_named, locale):
    inputs = [os.fsdecode(name) for name in ODD_NAMES]
    results = [name[:-4] + b".identity.png" for name in ODD_NAMES]
    ended = typed("apply", "identity", "-0", "--", *inputs, env=locale)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split(b"\0") == [*results, b""]
    assert set(os.listdir(b".")) == {*ODD_NAMES, *results}
    for result in results:
        content = Path(os.fsdecode(result)).read_bytes()
        np.testing.assert_array_equal(decoded(content), ramp()[..., 0])


def test_objects_hold_every_name(oddly_named):
    inputs = [os.fsdecode(name) for name in ODD_NAMES]
    ended = typed("apply", "identity", "--json", "--", *inputs, env=LOCALES[-1])
    told = [json.loads(line) for line in ended.out.splitlines()]
    assert [os.fsencode(one["input"]) for one in told[:-1]] == ODD_NAMES
    assert [one["status"] for one in told[:-1]] == ["done"] * len(ODD_NAMES)


@pytest.mark.parametrize("locale", LOCALES, ids=" ".join)
def test_messages_hold_no_tricks(oddly_named, locale):
    inputs = [os.fsdecode(name) for name in ODD_NAMES]
    for name in inputs:
        Path(name).write_bytes(b"no picture")
    ended = typed("apply", "identity", "--", *inputs, env=locale)
    assert ended.code == 3
    lines = ended.err.splitlines()
    assert len(lines) == len(inputs)
    for line in lines:
        assert line.startswith("filterkit: ") and line.endswith(": this is text, no picture.")
        assert line.isprintable() and not {"\u202e", "\u2066"} & set(line)


def test_a_name_that_would_become_too_long_is_refused_before_all_is_read(filterkit, workplace):
    name = "a" * 240 + ".png"
    write(workplace / name, ramp())
    ended = filterkit("apply", "gaussian:2", name)
    result = "a" * 240 + ".gaussian-2.png"
    sentence = f"{result}: that name has 255 bytes"
    assert len(result) == 255 and ended.code == 0, sentence
    ended = filterkit("apply", "gaussian:2.5", name)
    result = "a" * 240 + ".gaussian-2.5.png"
    sentence = f"{result}: that name has 257 bytes, and 255 is the most."
    assert_ended(ended, 5, sentence, "a shorter one with -o")
    assert_done(filterkit("apply", "gaussian:2.5", name, "-o", "short.png"), "short.png")


def test_a_name_of_a_map_that_would_become_too_long_is_refused_too(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "edge & sharpen", "a.png", "-o", "a" * 246 + "{map}.png")
    assert ended.code == 5
    assert "sharpen.png: that name has 257 bytes, and 255 is the most." in ended.err
    assert names(workplace) == ["a.png"]


def test_a_path_longer_than_the_system_allows_is_an_error(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "blur", "a.png", "-o", "a/" * 3000 + "b.png")
    assert ended.code == 5 and ended.err.endswith(" could not be written: file name too long.\n"
                                                  "  try: another -o\n")  # fmt: skip
    assert names(workplace) == ["a.png"]


COMPONENTS = st.lists(
    st.one_of(
        st.sampled_from(["{" + field + "}" for field in FIELDS]),
        st.sampled_from([".", "..", "-", "a", "{other}", "{", "}", " "]),
    ),
    min_size=1,
    max_size=4,
).map("".join)
VALUES = st.one_of(
    st.sampled_from(["", ".", "..", "...", "a", "../..", "/", "/etc/passwd", "{ext}", "{map}"]),
    st.text(st.characters(exclude_characters="\0"), max_size=5),
)


@given(
    st.lists(COMPONENTS.filter(lambda one: one not in (".", "..")), min_size=1, max_size=4),
    st.fixed_dictionaries({}, optional={field: VALUES for field in FIELDS}),
)
def test_no_value_leads_out_of_the_folder_that_a_template_names(components, values):
    pattern = "/".join(components)
    made = Template(pattern, values).expand()
    assert made.count("/") == pattern.count("/")
    assert os.path.normpath(f"/base/{made}").startswith("/base/")
    assert len(os.path.normpath(f"/base/{made}").split("/")) == len(components) + 2
    split = dict(itertools.islice(values.items(), 2))
    rest = {key: value for key, value in values.items() if key not in split}
    assert Template(pattern, split).expand(**rest) == made


def test_a_name_made_of_dots_stays_in_the_folder(filterkit, workplace):
    write(workplace / "a.png", ramp()).rename(workplace / "...png")
    assert_done(filterkit("apply", "blur", "...png", "-o", "out/{stem}/x.png"), "out/_../x.png")
    assert names(workplace) == ["...png", "out"]


def test_braces_in_the_name_of_a_picture_are_no_fields_of_the_template_either(filterkit, workplace):
    write(workplace / "a.png", ramp()).rename(workplace / "a{map}.png")
    assert_done(filterkit("apply", "blur", "a{map}.png"), "a{map}.blur.png")
    ended = filterkit("apply", "edge & blur", "a{map}.png", "-o", "{stem}-{map}{ext}")
    assert_done(ended, "a{map}-edge.png", "a{map}-blur.png")


def test_folders_that_maps_name_are_made(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "edge & blur", "a.png", "-o", "out/{map}/{stem}{ext}")
    assert_done(ended, "out/edge/a.png", "out/blur/a.png")
    assert names(workplace / "out") == ["blur", "edge"]


# Targets


def test_a_link_is_replaced_and_that_is_said(filterkit, workplace):
    write(workplace / "a.png", ramp())
    (workplace / "old.png").write_bytes(b"old")
    for name, to in (("link.png", "old.png"), ("dangling.png", "nowhere.png")):
        (workplace / name).symlink_to(to)
        assert filterkit("apply", "blur", "a.png", "-o", name).code == 5
        assert (workplace / name).is_symlink()
        ended = filterkit("apply", "blur", "a.png", "-o", name, "-f")
        assert (ended.code, ended.lines) == (0, [name])
        assert ended.err == f"filterkit: a.png: {name} was a link; what it led to is unchanged.\n"
        assert not (workplace / name).is_symlink()
    assert (workplace / "old.png").read_bytes() == b"old"
    assert not (workplace / "nowhere.png").exists()


@pytest.mark.parametrize("to", ["fifo", "/dev/null", "/dev/fd/9"])
def test_a_link_to_a_pipe_or_device_is_a_link_too(filterkit, workplace, to):
    write(workplace / "a.png", ramp())
    os.mkfifo("fifo")
    (workplace / "link.png").symlink_to(to)
    assert filterkit("apply", "identity", "a.png", "-o", "link.png").code == 5
    assert filterkit("apply", "identity", "a.png", "-o", "link.png", "-f").code == 0
    assert not (workplace / "link.png").is_symlink()
    np.testing.assert_array_equal(stored(workplace / "link.png"), ramp()[..., 0])


def test_a_link_to_nowhere_is_there_where_results_are_numbered(filterkit, workplace):
    write(workplace / "a.png", ramp())
    (workplace / "b.png").symlink_to("nowhere.png")
    (workplace / "b-2.png").symlink_to("nowhere.png")
    ended = filterkit("apply", "blur", "a.png", "-o", "b.png", "--on-exists", "number")
    assert_done(ended, "b-3.png")


def test_in_place_says_so_where_it_replaces_a_link(filterkit, workplace):
    write(workplace / "a.png", ramp())
    (workplace / "link.png").symlink_to("a.png")
    ended = filterkit("apply", "[1/2]", "link.png", "--in-place")
    sentence = "link.png: link.png was a link; what it led to is unchanged."
    assert (ended.code, ended.err) == (0, f"filterkit: {sentence}\n")
    np.testing.assert_array_equal(stored(workplace / "a.png"), ramp()[..., 0])


@pytest.mark.parametrize("kind", ["fifo", "/dev/null"])
def test_only_files_are_replaced_in_place(filterkit, workplace, kind):
    if kind == "fifo":
        os.mkfifo(kind)
    ended = filterkit("apply", "blur", kind, "--in-place")
    assert_ended(ended, 2, f"{kind} is no file that could be replaced.", "-o FILE")


def test_one_picture_under_two_names_is_not_replaced_twice(filterkit, workplace):
    (workplace / "sub").mkdir()
    write(workplace / "a.png", ramp())
    (workplace / "link").symlink_to(".")
    for other in ("sub/../a.png", "link/a.png", str(workplace / "a.png")):
        ended = filterkit("apply", "[1/2]", "a.png", other, "--in-place")
        assert ended.code == 5 and "would both become" in ended.err
    np.testing.assert_array_equal(stored(workplace / "a.png"), ramp()[..., 0])


def test_what_appears_after_the_plan_is_replaced_only_if_asked(filterkit, workplace, monkeypatch):
    write(workplace / "a.png", ramp())
    read = job.read

    def slow(*arguments):
        (workplace / "out.png").write_bytes(b"new by another")
        return read(*arguments)

    monkeypatch.setattr(job, "read", slow)
    ended = filterkit("apply", "identity", "a.png", "-o", "out.png")
    assert ended.code == 5 and "out.png exists; nothing was written." in ended.err
    assert (workplace / "out.png").read_bytes() == b"new by another"
    (workplace / "out.png").unlink()
    assert_done(filterkit("apply", "identity", "a.png", "-o", "out.png", "-f"), "out.png")


def test_a_folder_that_disappears_is_told(filterkit, workplace, monkeypatch):
    write(workplace / "a.png", ramp())
    read = job.read

    def slow(*arguments):
        shutil.rmtree(workplace / "out")
        return read(*arguments)

    monkeypatch.setattr(job, "read", slow)
    ended = filterkit("apply", "identity", "a.png", "-o", "out/b.png")
    sentence = "out/b.png could not be written: there is no such folder."
    assert_ended(ended, 5, sentence, "create it, or another -o")


def test_a_named_pipe_waits_for_its_reader_and_stays_one(workplace):
    write(workplace / "a.png", ramp())
    os.mkfifo("fifo")
    process = subprocess.Popen(
        [COMMAND, "apply", "identity", "a.png", "-o", "fifo"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    content = Path("fifo").read_bytes()
    assert process.communicate(timeout=PATIENCE) == (b"fifo\n", b"")
    np.testing.assert_array_equal(decoded(content), ramp()[..., 0])
    assert stat.S_ISFIFO(os.stat("fifo").st_mode)
    assert names(workplace) == ["a.png", "fifo"]


def test_a_reader_that_goes_away_is_told(workplace):
    write(workplace / "a.png", noise(200, 200))
    os.mkfifo("fifo")
    reader = threading.Thread(target=lambda: os.close(os.open("fifo", os.O_RDONLY)))
    reader.start()
    ended = typed("apply", "identity", "a.png", "-o", "fifo")
    reader.join()
    assert_ended(ended, 5, "fifo could not be written: the reader went away.")
    assert stat.S_ISFIFO(os.stat("fifo").st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "-"])
def test_stdout_by_any_name_is_the_stdout_that_was_given(workplace, name):
    write(workplace / "a.png", ramp())
    line = f"echo before > all; FK apply identity a.png -o {name} >> all; echo after >> all"
    ended = bash(line, workplace)
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    before, _, rest = (workplace / "all").read_bytes().partition(b"\n")
    assert (before, rest[-6:]) == (b"before", b"after\n")
    np.testing.assert_array_equal(decoded(rest[:-6]), ramp()[..., 0])
    closed = bash(f"FK apply identity a.png -o {name} >&-", workplace)
    assert_ended(closed, 5, "stdout is closed; the picture has no way out.", "-o FILE")


def test_what_the_shell_opened_is_gone_on_with(workplace):
    write(workplace / "a.png", ramp())
    ended = bash("echo before > log; FK apply identity a.png -o /dev/fd/9 9>> log", workplace)
    assert (ended.code, ended.out, ended.err) == (0, b"/dev/fd/9\n", "")
    before, _, rest = (workplace / "log").read_bytes().partition(b"\n")
    assert before == b"before"
    np.testing.assert_array_equal(decoded(rest), ramp()[..., 0])


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 999999999])
def test_what_nobody_opened_is_an_error_and_never_a_pipe_of_our_own(workplace, number):
    write(workplace / "a.png", ramp())
    ended = bash(f"FK apply identity a.png -o /dev/fd/{number} {number}>&-" if number < 9 else
                 f"FK apply identity a.png -o /dev/fd/{number}", workplace)  # fmt: skip
    assert (ended.code, ended.out) == (5, b"")
    if number != 2:
        assert ended.err == f"filterkit: /dev/fd/{number} is not open.\n  try: another -o\n"


def test_what_is_open_for_reading_only_and_what_nobody_reads_from_are_told(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = bash("FK apply identity a.png -o /dev/fd/9 9< a.png", workplace)
    sentence = "/dev/fd/9 could not be written: it is not open for writing."
    assert_ended(ended, 5, sentence, "another -o")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("x.png")
        ended = filterkit("apply", "identity", "a.png", "-o", "x.png", "-f")
    sentence = "x.png could not be written: nothing reads at its other end."
    assert_ended(ended, 5, sentence, "start its reader first")
    assert stat.S_ISSOCK(os.stat("x.png").st_mode)


def test_the_shells_substitution_of_processes_works(workplace):
    write(workplace / "a.png", ramp())
    ended = bash("FK apply identity a.png -o >(cat > got.png) | cat; wait", workplace)
    assert ended.err == ""
    np.testing.assert_array_equal(stored(workplace / "got.png"), ramp()[..., 0])


def test_a_terminal_by_name_gets_no_picture_either(workplace):
    write(workplace / "a.png", ramp())
    line = f"{COMMAND} apply identity a.png -o /dev/tty"
    if not shutil.which("script"):
        pytest.skip("script is not here")
    ended = typed("-qec", line, "/dev/null", command=["script"], cwd=workplace)
    assert ended.code == 5
    assert b"/dev/tty is a terminal; a picture's bytes are not written to one." in ended.out
    assert b"PNG\r\n" not in ended.out and b"IHDR" not in ended.out


def test_a_device_needs_no_folder_that_can_be_written_to(filterkit, workplace, monkeypatch):
    write(workplace / "a.png", ramp())
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert_done(filterkit("apply", "identity", "a.png", "-o", "/dev/null"), "/dev/null")


def test_a_disk_as_a_whole_is_overwritten_only_if_asked(filterkit, workplace, monkeypatch):
    write(workplace / "a.png", ramp())
    monkeypatch.setattr(Path, "is_block_device", lambda path: path == Path("/dev/null"))
    ended = filterkit("apply", "identity", "a.png", "-o", "/dev/null")
    assert ended.code == 5 and "/dev/null exists; nothing was written." in ended.err
    with pytest.raises(OutputExistsError):
        write_bytes(Path("/dev/null"), b"", replace=False)
    assert_done(filterkit("apply", "identity", "a.png", "-o", "/dev/null", "-f"), "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_is_no_file(filterkit, workplace):
    write(workplace / "a.png", ramp())
    (workplace / "a.blur.png").mkdir()
    ended = filterkit("apply", "blur", "a.png", "-f")
    assert_ended(ended, 5, "a.blur.png is a folder.", "-o a.blur.png/")


def test_a_read_only_folder_is_told_in_place_too(workplace):
    write(workplace / "a.png", ramp())
    workplace.chmod(0o555)
    try:
        ended = typed("apply", "blur", "a.png", "--in-place", cwd=workplace, humble=True)
    finally:
        workplace.chmod(0o755)
    assert_ended(ended, 5, ".: that folder cannot be written to.")


def test_the_advice_for_a_read_only_folder_is_a_line_that_works(tmp_path, workplace):
    folder = tmp_path / "a folder of $HOME"
    folder.mkdir()
    write(folder / "img.png", ramp())
    folder.chmod(0o555)
    ended = typed("apply", "gaussian:2 | edge", folder / "img.png", humble=True)
    advice = ended.err.splitlines()[1].removeprefix("  try: ")
    words = bash("printf '%s\\0' " + advice, workplace).out.decode().split("\0")
    line = ["filterkit", "apply", "gaussian:2 | edge", str(folder / "img.png"), "-o", "./", ""]
    assert words == line
    done = bash(advice.replace("filterkit", "FK", 1), workplace)
    assert (done.code, done.err) == (0, "")
    assert names(workplace) == ["img.gaussian-2_edge.png"]


@as_root
def test_somebody_elses_file_in_a_sticky_folder_stays(tmp_path, workplace):
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not here")
    write(workplace / "a.png", ramp())
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "out.png").write_bytes(b"old")
    for path in (folder, folder / "out.png"):
        os.chown(path, NOBODY, NOBODY)
    folder.chmod(0o1777)
    humble = ["setpriv", "--bounding-set=-fowner,-dac_override,-chown", COMMAND]
    ended = typed("apply", "blur", "a.png", "-o", folder / "out.png", "-f", command=humble)
    sentence = f"{folder}/out.png could not be written: that is not permitted."
    assert_ended(ended, 5, sentence, "another -o, such as -o ./")
    assert names(folder) == ["out.png"]
    assert (folder / "out.png").read_bytes() == b"old"


@as_root
def test_the_owner_of_a_replaced_file_is_kept(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o640)
    write_bytes(path, b"new", replace=True)
    told = path.stat()
    assert (told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode)) == (NOBODY, NOBODY, 0o640)


@as_root
def test_what_a_group_was_allowed_is_not_for_another_group(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o664)
    monkeypatch.setattr(os, "fchown", raising(errno.EPERM))
    write_bytes(path, b"new", replace=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.read_bytes() == b"new"


@as_root
def test_the_group_is_kept_where_the_owner_cannot_be(tmp_path, monkeypatch):
    path, chown = tmp_path / "a.png", os.fchown
    path.write_bytes(b"old")
    os.chown(path, NOBODY, NOBODY)
    path.chmod(0o664)

    def only_groups(handle, owner, group):
        if owner != -1:
            raise OSError(errno.EPERM, "Operation not permitted")
        chown(handle, owner, group)

    monkeypatch.setattr(os, "fchown", only_groups)
    write_bytes(path, b"new", replace=True)
    told = path.stat()
    assert (told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode)) == (0, NOBODY, 0o664)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o666, 0o755])
def test_nobody_may_read_the_new_file_who_might_not_read_the_old(tmp_path, monkeypatch, mode):
    path, seen, opened = tmp_path / "a.png", [], os.open
    path.write_bytes(b"old")
    path.chmod(mode)

    def watched(name, flags, *rest):
        handle = opened(name, flags, *rest)
        if ".part" in str(name):
            seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return handle

    monkeypatch.setattr(os, "open", watched)
    write_bytes(path, b"new", replace=True)
    assert len(seen) == 1 and seen[0] & ~mode == 0
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("code", sorted(writing.NO_LINKS), ids=errno.errorcode.get)
def test_a_failure_where_there_are_no_links_leaves_no_empty_file(tmp_path, monkeypatch, code):
    monkeypatch.setattr(os, "link", raising(code))
    monkeypatch.setattr(Path, "replace", raising(errno.EIO))
    with pytest.raises(UnwritableError, match="the disk reports an error"):
        write_bytes(tmp_path / "a.png", b"new", replace=False)
    assert names(tmp_path) == []


def test_folders_that_are_made_last_through_a_power_cut_too(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(writing, "flush_folder", flushed.append)
    make_folder(tmp_path / "a" / "b")
    assert flushed == [tmp_path, tmp_path / "a"]
    make_folder(tmp_path / "a" / "b")
    assert len(flushed) == 2


# Many at once


RACE = """
import json, multiprocessing, os, sys
from pathlib import Path
from filterkit.errors import OutputExistsError
from filterkit.pictures.files import write_bytes

def write(number, barrier, won):
    os.chdir(sys.argv[3])
    for turn in range(int(sys.argv[2])):
        barrier.wait()
        try:
            write_bytes(Path(f"{turn}.png"), bytes([number]) * 300_000, replace=sys.argv[4] == "-f")
            won.put((turn, number))
        except OutputExistsError:
            pass

if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    count = int(sys.argv[1])
    barrier, won = fork.Barrier(count), fork.SimpleQueue()
    writers = [fork.Process(target=write, args=(n, barrier, won)) for n in range(count)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    winners = []
    while not won.empty():
        winners.append(won.get())
    print(json.dumps(winners))
"""


@pytest.mark.parametrize("force", ["", "-f"], ids=["unforced", "forced"])
@pytest.mark.parametrize(
    ("writers", "turns"), [(4, 10), pytest.param(8, 100, marks=pytest.mark.slow)]
)
def test_of_many_processes_one_wins_and_the_file_is_whole(tmp_path, writers, turns, force):
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "race.py").write_text(RACE)
    line = [sys.executable, "race.py", str(writers), str(turns), str(place), force]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=10 * PATIENCE)
    assert done.returncode == 0, done.stderr
    won = json.loads(done.stdout)
    assert names(place) == sorted(f"{turn}.png" for turn in range(turns))
    for turn in range(turns):
        content = (place / f"{turn}.png").read_bytes()
        winners = [number for one, number in won if one == turn]
        assert len(winners) == (writers if force else 1)
        assert content in [bytes([number]) * 300_000 for number in winners]


# The plan


def test_a_dry_run_says_which_fields_are_filled_in_later(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "edge & blur", "a.png", "-o", "{stem}-{map}{ext}", "-n")
    assert (ended.code, ended.lines) == (0, ["a-{map}.png"])
    assert ended.err == "filterkit: a.png: what {map} will be is known once it is read.\n"
    quiet = filterkit("apply", "edge & blur", "a.png", "-o", "{map}-{frame}.png", "-n", "-q")
    assert quiet == (0, b"", "")
