"""Ten thousand pictures need no more memory than a hundred, and no more open files."""

import time
from pathlib import Path
from typing import NamedTuple

import pytest
from batches import identities, told
from drawing import noise, write
from running import PATIENCE, alive, begun, linux, typed

from filterkit.batching.journal import NAME as JOURNAL

MIB = 2**20
FLAT = 20 * MIB
FILES = 30
"""Files that a process holds open at most; of its own there are about ten."""

ALL = pytest.param(10_000, marks=pytest.mark.slow)
MANY = [400, ALL]

pytestmark = linux


class Sample(NamedTuple):
    """Hold what all processes of a run used at a moment."""

    processes: int
    memory: int
    files: int


@pytest.fixture(scope="module", params=MANY)
def run(request, tmp_path_factory):
    """A run over so many small pictures, PNG and JPEG by turns: its folders, and samples of it."""
    folder = tmp_path_factory.mktemp("scale")
    source, results = drawn(folder / "in", request.param), folder / "out"
    samples = watched("batch", "edge", source, "-o", results, "-q", "--jobs", "2")
    return request.param, source, results, samples


def drawn(folder, count):
    """Write so many pictures, a hundred to a folder; a hundred different ones, again and again."""
    folder.mkdir()
    names = [f"{number}.{('png', 'jpg')[number % 2]}" for number in range(100)]
    files = [write(folder / name, noise(24, 32, seed=at)) for at, name in enumerate(names)]
    contents = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    for number in range(count):
        place = folder / str(number // 100)
        place.mkdir(exist_ok=True)
        (place / names[number % 100]).write_bytes(contents[number % 100])
    return folder


def watched(*arguments):
    """Run the command and look at its processes until it ends, well."""
    process = begun(*arguments)
    samples, end = [], time.monotonic() + 20 * PATIENCE
    while process.poll() is None:
        assert time.monotonic() < end, "it hangs"
        sample = sampled(process.pid)
        samples += [sample] if sample else []
        time.sleep(0.02)
    assert (process.returncode, *process.communicate()) == (0, b"", b"")
    return samples


def sampled(group):
    """Add up what the processes of a group use, pages that they share once; None as one ends."""
    try:
        processes = [Path("/proc", str(number)) for number in alive(group)]
        told = [(process / "smaps_rollup").read_text().split() for process in processes]
        memory = [1024 * int(words[words.index("Pss:") + 1]) for words in told]
        files = [sum(1 for _ in (process / "fd").iterdir()) for process in processes]
    except (OSError, ValueError):
        return None
    return Sample(len(processes), sum(memory), max(files, default=0))


@pytest.mark.parametrize("run", [ALL], indirect=True)
def test_memory_is_flat_once_some_hundred_pictures_are_done(run):
    _, _, _, samples = run
    whole = [sample.memory for sample in samples if sample.processes == 3]
    warmed = whole[len(whole) // 4 :]
    earlier, later = warmed[: len(warmed) // 2], warmed[len(warmed) // 2 :]
    assert len(earlier) > 5
    assert max(later) - min(earlier) <= FLAT


def test_no_process_gathers_open_files(run):
    _, _, _, samples = run
    assert max(sample.files for sample in samples) <= FILES


def test_the_journal_has_two_lines_a_picture_and_none_grows(run):
    count, _, results, _ = run
    lines = told(results)
    assert len(lines) == 2 * count
    assert len({line["source"] for line in lines if line["digest"]}) == count
    lengths = [len(line) for line in (results / JOURNAL).read_bytes().splitlines()]
    assert max(lengths) <= max(lengths[:200]) + 20  # a number in a name has more digits


def test_a_finished_run_that_is_resumed_writes_nothing(run):
    count, source, results, _ = run
    before, journal = identities(results), (results / JOURNAL).read_bytes()
    assert len(before) == count
    ended = typed("batch", "edge", source, "-o", results, "--resume")
    assert ended.code == 0
    assert f"{count} there already" in ended.err
    assert identities(results) == before
    assert (results / JOURNAL).read_bytes() == journal
