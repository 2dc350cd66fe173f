"""What `filterkit batch` says: every mistake, the help, results, failures, reports, the end."""

import json
import os
import re
import signal
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from drawing import noise, ramp, write
from hypothesis import given
from hypothesis import strategies as st
from running import (
    COMMAND,
    PATIENCE,
    assert_ended,
    assert_nothing_left,
    begun,
    linux,
    typed,
)

from filterkit.batching.report import MOST_REASONS, SHOWN, Reasons
from filterkit.cli import progress
from filterkit.cli.complaints import HABITS

WHERE = "where should the results go?"
TORN = "the matrix '[-1' is never closed: the shell split it at the spaces."

MISTAKES = {
    "nothing at all": (
        [], 2,
        "which filter, and which pictures?", "filterkit batch edge photos/ -o photos.edge/",
    ),
    "no pictures": (
        ["edge"], 2, "which pictures?", "filterkit batch edge photos/ -o photos.edge/",
    ),
    "no place for the results": (
        ["edge", "photos"], 2, WHERE, "filterkit batch edge photos -o photos.edge/",
    ),
    "no place, and a filter that is no name": (
        ["gaussian:2 | edge", "photos"], 2,
        WHERE, 'filterkit batch "gaussian:2 | edge" photos -o results/',
    ),
    "no place, and several sources": (
        ["edge", "photos", "more"], 2, WHERE, "filterkit batch edge photos more -o results.edge/",
    ),
    "no place, and a list": (
        ["edge", "--files-from", "list"], 2, WHERE,
        "filterkit batch edge --files-from list -o results.edge/",
    ),
    "a pattern behind a folder, and no place": (
        ["edge", "photos", "*.gif"], 2,
        WHERE, 'filterkit batch edge photos "*.gif" -o results.edge/',
    ),
    "the results as a last word": (
        ["edge", "photos", "sharp/"], 2,
        "sharp/ does not exist; the folder of the results is named with -o.",
        "filterkit batch edge photos -o sharp/",
    ),
    "stdout": (
        ["edge", "photos", "-o", "-"], 2,
        "a batch writes files, not a pipe.", "filterkit batch edge photos -o photos.edge/",
    ),
    "a file for the results": (
        ["edge", "photos", "-o", "img.png"], 5,
        "img.png is a file, and a folder was needed.", "another -o",
    ),
    "the folder of the originals": (
        ["edge", "photos", "-o", "photos"], 5,
        "photos holds the originals, and the results would lie among them.",
        "-o photos.results/",
    ),
    "a folder where the filter belongs": (
        ["photos", "edge"], 2,
        "photos stands where the filter belongs.", "filterkit batch edge photos -o photos.edge/",
    ),
    "a folder alone": (
        ["photos"], 2,
        "photos stands where the filter belongs.", "filterkit batch edge photos -o photos.edge/",
    ),
    "a picture where the filter belongs": (
        ["img.png", "sharpen"], 2,
        "img.png stands where the filter belongs.",
        "filterkit batch sharpen img.png -o results.sharpen/",
    ),
    "a picture alone": (
        ["img.png"], 2,
        "which filter? img.png is a picture.", "filterkit batch edge img.png -o results.edge/",
    ),
    "a misspelt filter": (
        ["egde", "photos", "-o", "out"], 2,
        "there is no filter 'egde'; the nearest is edge.", "filterkit list",
    ),
    "a matrix that the shell split": (
        ["[-1", "0", "1]", "photos", "-o", "out"], 2,
        TORN, 'filterkit batch "[-1 0 1; ...]" FOLDER -o FOLDER',
    ),
    "a matrix without brackets": (
        ["-1,0,1", "photos", "-o", "out"], 2,
        "a matrix stands in brackets and quotes.", 'filterkit batch "[-1 0 1]" photos -o out',
    ),
    "an empty filter": (
        ["", "photos", "-o", "out"], 2, "the filter is empty.\n   \n  ^", "edge",
    ),
    "a pipe": (
        ["edge", "-", "-o", "out"], 2, "batch takes folders and files, no pipe.",
        "--files-from - for a list of names, or filterkit apply for a picture",
    ),
    "an empty word": (
        ["edge", "", "-o", "out"], 2,
        "a SOURCE is empty: there is nothing between the quotes.", "",
    ),
    "an empty option": (
        ["edge", "photos", "-o", ""], 2, "--output is given without a value.", "",
    ),
    "an empty pattern": (
        ["edge", "photos", "-o", "out", "--include", ""], 2,
        "--include is given without a value.", "",
    ),
    "a sample": (
        ["edge", "sample:photo", "-o", "out"], 2,
        "batch takes folders and files, and sample:photo is neither.",
        "filterkit apply edge sample:photo",
    ),
    "numbers written out": (
        ["edge", "[0 1; 1 0]", "-o", "out"], 2,
        "batch takes folders and files, and [0 1; 1 0] is neither.",
        'filterkit apply edge "[0 1; 1 0]"',
    ),
    "a source that is not there": (
        ["edge", "photso", "-o", "out"], 3,
        "photso: no such file or folder; in that folder there is photos.", "",
    ),
    "a list that is not there": (
        ["edge", "--files-from", "lst", "-o", "out"], 3,
        "--files-from lst: no such file or directory.", "",
    ),
    "a name with an unknown field": (
        ["edge", "photos", "-o", "out", "--name", "{parent}.png"], 2,
        "--name knows no {parent}.", "one of {stem} {filter} {map} {frame} {ext}",
    ),
    "a name that leads out": (
        ["edge", "photos", "-o", "out", "--name", "../{stem}{ext}"], 2,
        "--name ../{stem}{ext} leads out of the folder of the results.",
        "a name below it, such as {filter}/{stem}{ext}",
    ),
    "no jobs": (
        ["edge", "photos", "-o", "out", "--jobs", "0"], 2, "jobs is 1 or more, not 0.", "",
    ),
    "jobs in words": (
        ["edge", "photos", "-o", "out", "--jobs", "all"], 2,
        "jobs is a whole number, not 'all'.", "",
    ),
    "time that is none": (
        ["edge", "photos", "-o", "out", "--timeout", "0"], 2, "timeout is above 0, not 0.", "",
    ),
    "force, and something else": (
        ["edge", "photos", "-o", "out", "-f", "--on-exists", "skip"], 2,
        "-f and --on-exists say different things.", "one of the two",
    ),
    "a report to stdout": (
        ["edge", "photos", "-o", "out", "--report", "-"], 2,
        "--report takes a file.", "--json prints the same on stdout",
    ),
    "a report nowhere": (
        ["edge", "photos", "-o", "out", "--report", "nowhere/r.jsonl"], 5,
        "nowhere/r.jsonl could not be written: there is no such folder.", "another --report",
    ),
    "a report that is a folder": (
        ["edge", "photos", "-o", "out", "--report", "photos"], 5,
        "photos could not be written: that is a folder.", "another --report",
    ),
    "a report that is a picture": (
        ["edge", "photos", "-o", "out", "--report", "img.png"], 2,
        "img.png is no report, and --report would replace it.", "another name",
    ),
    "in place": (
        ["edge", "photos", "--in-place"], 2,
        "a batch never replaces originals: it has no --in-place.",
        "filterkit apply FILTER PICTURE... --in-place",
    ),
    "another tool's -j": (
        ["edge", "photos", "-o", "out", "-j", "4"], 2,
        "there is no option -j; the nearest is --jobs.", "filterkit batch -h",
    ),
    "another tool's -r": (
        ["-r", "edge", "photos", "-o", "out"], 2,
        "a folder is gone through to its last subfolder, without an option.", "",
    ),
    "a misspelt option": (
        ["edge", "photos", "-o", "out", "--exlude", "x"], 2,
        "there is no option --exlude; the nearest is --exclude.", "filterkit batch -h",
    ),
}  # fmt: skip
"""What is typed behind `filterkit batch`, its exit code, the sentence, and what to try."""


@pytest.fixture
def place(workplace):
    """A folder with pictures, two of them in a folder of a folder."""
    for name in ("img.png", "photos/a.png", "photos/sub/b.png", "photos/sub/c.png", "more/d.png"):
        (workplace / name).parent.mkdir(exist_ok=True, parents=True)
        write(workplace / name, ramp())
    (workplace / "list").write_text("photos/a.png\n")
    return workplace


@pytest.fixture
def spoilt(place):
    """The same with two files that are no pictures and one that ends too early."""
    whole = write(place / "whole.png", noise()).read_bytes()
    (place / "photos" / "cut.png").write_bytes(whole[: len(whole) // 2])
    for name in ("photos/text.png", "photos/sub/text.jpg"):
        (place / name).write_text("this is a text, and long enough to be seen as one")
    return place


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pictures(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.name[0] != "."
    )


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


# Mistakes


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_answered_with_what_to_try_and_nothing_is_written(
    mistake, filterkit, place
):
    arguments, code, sentence, advice = MISTAKES[mistake]
    before = contents(place)
    assert_ended(filterkit("batch", *arguments), code, sentence, advice)
    assert contents(place) == before


@pytest.mark.parametrize(
    "arguments",
    [MISTAKES[key][0] for key in ("no place for the results", "a folder alone", "nothing at all")],
)
def test_the_line_that_is_advised_works(arguments, place):
    advice = typed("batch", *arguments).err.partition("  try: ")[2].strip()
    assert typed(command=["sh", "-c", advice.replace("filterkit", COMMAND, 1)]).code == 0
    assert pictures(place / "photos.edge") == ["a.png", "sub/b.png", "sub/c.png"]


@pytest.mark.parametrize("flag", sorted(HABITS))
def test_what_a_batch_is_said_not_to_have_it_has_not(flag, filterkit):
    assert flag not in re.findall(r"(?<![\w-])--?[\w-]+", filterkit("batch", "-h").out.decode())


def test_apply_leads_a_folder_to_batch_with_the_results_that_were_asked_for(filterkit, place):
    sentence = "photos is a folder; apply takes files."
    advice = "filterkit batch edge photos -o out/"
    assert_ended(filterkit("apply", "edge", "photos/", "-o", "out/"), 2, sentence, advice)


def test_a_list_from_a_terminal_is_not_waited_for(place):
    ended = typed("batch", "edge", "--files-from", "-", "-o", "out", terminals=("stdin",))
    advice = 'find . -name "*.jpg" | filterkit batch edge --files-from - -o results/'
    assert_ended(ended, 2, "--files-from - takes names from a pipe, and there is none.", advice)


def test_where_nothing_is_a_picture_it_says_what_there_is(filterkit, place):
    (place / "texts").mkdir()
    for name in ("a.txt", "b.txt", "README", ".hidden.png"):
        (place / "texts" / name).write_text("")
    sentence = (
        "there are no pictures; 4 others passed over (2 .txt, 1 hidden, 1 without an ending)."
    )
    ended = filterkit("batch", "edge", "texts", "-o", "out")
    assert ended.code == 4
    said = re.fullmatch(r"filterkit: (.*)\n  try: (.*)\n", ended.err)
    assert sorted(re.findall(r"\d+ [\w. ]+", said[1])) == sorted(
        re.findall(r"\d+ [\w. ]+", sentence)
    )
    assert said[2] == '--include "*.txt" takes those'
    assert not (place / "out").exists()


def test_an_empty_folder_has_no_pictures(filterkit, place):
    (place / "empty").mkdir()
    assert_ended(filterkit("batch", "edge", "empty", "-o", "out"), 4, "there are no pictures.")


def test_names_that_collide_are_told_with_a_way_that_works(filterkit, place):
    sources = ("photos/a.png", "more/a.png")
    write(place / "more" / "a.png", noise())
    ended = filterkit("batch", "edge", *sources, "-o", "out")
    advice = (
        "--on-exists number to keep all, or a folder above them as SOURCE, which keeps the tree"
    )
    sentence = "more/a.png and photos/a.png would both become out/a.png; nothing was written."
    assert_ended(ended, 5, sentence, advice)
    assert filterkit("batch", "edge", *sources, "-o", "out", "--on-exists", "number").code == 0
    assert pictures(place / "out") == ["a-2.png", "a.png"]
    assert filterkit("batch", "edge", ".", "-o", "out2", "--exclude", "out").code == 0
    assert {"more/a.png", "photos/a.png"} <= {*pictures(place / "out2")}


# Help


def test_the_help_is_as_agreed(assert_golden):
    ended = typed("batch", "-h")
    assert (ended.code, ended.err) == (0, "")
    assert_golden("batch-help.txt", ended.out.decode())


def test_the_help_has_all_of_apply_but_in_place():
    batch, apply = (
        {*re.findall(r"--[\w-]+", typed(one, "-h").out.decode())} for one in ("batch", "apply")
    )
    assert apply - batch == {"--in-place"}


# Results


def test_each_written_path_is_a_line(filterkit, place):
    ended = filterkit("batch", "edge", "photos", "-o", "out")
    assert (ended.code, ended.err) == (0, "filterkit: 3 done; results in out/.\n")
    assert sorted(ended.lines) == ["out/a.png", "out/sub/b.png", "out/sub/c.png"]


def test_with_null_each_path_ends_in_a_zero_byte(filterkit, place):
    ended = filterkit("batch", "edge", "photos", "-o", "out", "-0")
    assert sorted(ended.out.split(b"\0")) == [b"", b"out/a.png", b"out/sub/b.png", b"out/sub/c.png"]


def test_quiet_says_nothing_at_all_where_nothing_failed(filterkit, place):
    for more in ([], ["--resume"], ["--on-exists", "skip"], ["-n", "--resume"]):
        ended = filterkit("batch", "edge", "photos", "-o", "out", "-q", *more)
        assert (ended.code, ended.out, ended.err) == (0, b"", "")


def test_quiet_tells_of_failures_all_the_same(filterkit, spoilt):
    line = ("batch", "--jobs", "1", "edge", "photos", "-o")
    loud = filterkit(*line, "out")
    quiet = filterkit(*line, "out2", "-q")
    assert (quiet.code, quiet.out) == (1, b"")
    told = loud.err.replace("out", "out2").replace("out2 --resume", "out2 -q --resume")
    assert quiet.err == told


def test_what_is_there_already_counts_as_done(filterkit, place):
    filterkit("batch", "edge", "photos", "-o", "out")
    for more in (["--resume"], ["--on-exists", "skip"]):
        ended = filterkit("batch", "edge", "photos", "-o", "out", *more)
        said = "filterkit: 3 there already; results in out/.\n"
        assert (ended.code, ended.err) == (0, said)
        assert sorted(ended.lines) == ["out/a.png", "out/sub/b.png", "out/sub/c.png"]


def test_what_was_passed_over_is_counted_and_named(filterkit, place):
    (place / "photos" / "a.txt").write_text("")
    ended = filterkit("batch", "edge", "photos", "-o", "out")
    said = "filterkit: 3 done, 1 other passed over (1 .txt); results in out/.\n"
    assert (ended.code, ended.err) == (0, said)
    for number in range(7):
        (place / "photos" / f"a.x{number}").write_text("")
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--resume")
    assert re.search(r"8 others passed over \((1 \.\w+, ){5}3 more\);", ended.err)


def test_verbose_prints_the_filter_with_all_options_in_it(filterkit, place):
    ended = filterkit(
        "batch", "edge", "photos", "-o", "out", "-v", "--stride", "2", "--pool", "max:2"
    )
    assert ended.err.startswith("filterkit: edge:stride=2 | max-pool:2\n")


def test_a_dry_run_prints_the_plan_and_writes_nothing(filterkit, spoilt):
    before = contents(spoilt)
    ended = filterkit("batch", "edge", "photos", "-o", "out", "-n")
    assert (ended.code, ended.err) == (0, "filterkit: 6 pictures in all; nothing was written.\n")
    named = ["a.png", "cut.png", "text.png", "sub/b.png", "sub/c.png", "sub/text.jpg"]
    assert sorted(ended.lines) == sorted(f"out/{name}" for name in named)
    assert contents(spoilt) == before
    assert not (spoilt / "out").exists()
    filterkit("batch", "edge", "photos", "-o", "out")
    done = pictures(spoilt / "out")
    assert {f"out/{name}" for name in done} <= {*ended.lines}


def test_a_dry_run_of_one_picture_speaks_of_one(filterkit, place):
    ended = filterkit("batch", "edge", "img.png", "-o", "out", "-n")
    assert ended.err == "filterkit: 1 picture in all; nothing was written.\n"


def test_a_dry_run_says_what_it_cannot_know(filterkit, place):
    name = "{stem}-{map}-{frame}{ext}"
    ended = filterkit("batch", "edge & blur", "img.png", "-o", "out", "-n", "--name", name)
    assert ended.lines == ["out/img-{map}-{frame}.png"]
    said = "filterkit: what {map} and {frame} will be is known once a picture is read.\n"
    assert ended.err.endswith(said)


def test_notes_are_gathered_by_what_they_say(filterkit, workplace):
    for number in range(5):
        write(workplace / f"{number}.png", noise(channels=4, seed=number))
    ended = filterkit("batch", "gaussian:1", ".", "-o", "out", "--format", "jpeg", "--jobs", "1")
    assert ended.code == 0
    lost = "JPEG holds no transparency: what showed through is --background."
    assert f"filterkit: 0.png, 1.png, 2.png and 2 more: {lost}\n" in ended.err
    assert ended.err.count(lost) == 1
    quiet = filterkit("batch", "gaussian:1", ".", "-o", "o2", "--format", "jpeg", "-q",
                      "--exclude", "out")  # fmt: skip
    assert (quiet.code, quiet.err) == (0, "")


# Failures


def test_failures_stand_below_the_summary_grouped_by_their_reason(filterkit, spoilt):
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--jobs", "1")
    assert ended.code == 1
    assert ended.err == (
        "filterkit: 3 done, 3 failed; results in out/.\n"
        "  try: filterkit batch edge photos -o out --jobs 1 --resume   to try again what failed\n"
        "filterkit: photos/sub/text.jpg, photos/text.png: this is text, no picture.\n"
        "filterkit: photos/cut.png: truncated or corrupt PNG (its 'IDAT' chunk is cut off).\n"
    )


def test_a_reason_comes_with_what_to_do(filterkit, place):
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--max-pixels", "10")
    assert ended.code == 3
    assert ended.err.startswith(
        "filterkit: 3 failed.\n  try: filterkit batch edge photos -o out --max-pixels 10 --resume "
        "  to try again what failed\nfilterkit: "
    )
    assert re.search(r"\n  try: .*--max-pixels.*\n$", ended.err)
    assert ended.err.count("\nfilterkit: ") == 1


def test_a_line_that_the_shell_made_long_is_not_repeated(filterkit, spoilt):
    names = [str(write(spoilt / f"{'long' * 30}{number}.png", ramp())) for number in range(3)]
    ended = filterkit("batch", "edge", *names, "photos/text.png", "-o", "out")
    assert ended.code == 1
    assert "  try: the same line with --resume   to try again what failed\n" in ended.err


def test_resume_stands_before_the_end_of_the_options(filterkit, spoilt):
    ended = filterkit("batch", "-o", "out", "edge", "--", "photos")
    line = "filterkit batch -o out edge --resume -- photos   to try again what failed"
    assert f"  try: {line}\n" in ended.err
    assert filterkit(*line.partition("   ")[0].split()[1:]).code == 1


def test_a_folder_that_cannot_be_read_is_a_failure_of_its_own(place):
    (place / "photos" / "locked").mkdir(mode=0)
    ended = typed("batch", "edge", "photos", "-o", "out", humble=True)
    assert ended.code == 1
    said = "filterkit: photos/locked: this folder cannot be read: permission denied.\n"
    assert said in ended.err
    assert "3 done, 1 failed; results in out/" in ended.err
    dry = typed("batch", "edge", "photos", "-o", "out2", "-n", humble=True)
    (place / "photos" / "locked").chmod(0o700)
    assert (dry.code, len(dry.lines)) == (1, 3)
    assert said in dry.err


# Reasons


def test_thousands_of_failures_of_a_kind_take_a_line_and_no_memory():
    reasons = Reasons()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(1000):
        name = f"photos/{number}.png"
        reasons.add(name, f"{name}: 40x{number} is too large.", "--max-pixels", "too-large")
        other = f"other/{number}/x.png"
        reasons.add(other, f"{other}: word {'x' * number} is new.", "", "unreadable")
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    first, second, *others = reasons
    assert str(first) == (
        "photos/0.png, photos/1.png, photos/2.png and 997 more: 40x0 is too large."
    )
    assert first.advice == "--max-pixels"
    assert str(second).endswith("more: further reasons (unreadable).")
    assert first.count + second.count + sum(one.count for one in others) == 2000
    assert len(others) < MOST_REASONS
    assert taken < 500_000


def test_a_result_s_name_in_a_sentence_does_not_tell_reasons_apart():
    reasons = Reasons()
    for name in ("red", "green", "blue"):
        path = f"photos/{name}.png"
        reasons.add(path, f"out/{name}.png could not be written: permission denied.", "", "output")
    (one,) = reasons
    assert one.count == 3


def test_short_names_leave_the_letters_of_a_sentence_alone():
    reasons = Reasons()
    reasons.add("i", "JPEG holds 8 bit, not 16.")
    reasons.add("i", "i: this is text, no picture.")
    assert {str(one) for one in reasons} == {
        "i: JPEG holds 8 bit, not 16.", "i: this is text, no picture.",
    }  # fmt: skip


WORDS = st.text("ab", min_size=1, max_size=3)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=200))
def test_nobody_is_lost_among_reasons_and_the_commonest_is_first(failures):
    reasons = Reasons()
    for name, sentence in failures:
        reasons.add(f"{name}.png", f"{name}.png: because of {sentence}!", code="input")
    told = [*reasons]
    assert sum(one.count for one in told) == len(failures)
    assert [one.count for one in told] == sorted((one.count for one in told), reverse=True)
    assert all(len(one.names) == min(one.count, SHOWN) for one in told)


# Objects and reports


def test_json_prints_an_object_for_each_picture_and_a_summary(filterkit, spoilt):
    (spoilt / "photos" / "a.txt").write_text("")
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--stride", "2", "--json")
    *told, last = objects(ended.out)
    assert all(one["schema"] == 1 and one["filter"] == "edge:stride=2" for one in told)
    found = {one["input"]: (one["status"], one["outputs"], one.get("code")) for one in told}
    assert found == {
        "photos/a.png": ("done", ["out/a.png"], None),
        "photos/sub/b.png": ("done", ["out/sub/b.png"], None),
        "photos/sub/c.png": ("done", ["out/sub/c.png"], None),
        "photos/cut.png": ("failed", [], "unreadable"),
        "photos/text.png": ("failed", [], "unreadable"),
        "photos/sub/text.jpg": ("failed", [], "unreadable"),
    }
    counts = {"done": 3, "skipped": 0, "failed": 3, "passed_over": {".txt": 1}, "exit": 1}
    assert last == {"schema": 1, "summary": counts}
    again = objects(filterkit("batch", "edge", "photos", "-o", "out", "--stride", "2", "--json",
                              "--resume").out)  # fmt: skip
    statuses = sorted(one["status"] for one in again[:-1])
    assert statuses == ["failed"] * 3 + ["skipped"] * 3


def test_json_of_a_dry_run_tells_what_is_planned(filterkit, place):
    *told, last = objects(filterkit("batch", "edge", "photos", "-o", "out", "--json", "-n").out)
    assert {one["status"] for one in told} == {"planned"}
    assert {one["input"]: one["outputs"] for one in told} == {
        "photos/a.png": ["out/a.png"],
        "photos/sub/b.png": ["out/sub/b.png"],
        "photos/sub/c.png": ["out/sub/c.png"],
    }
    counts = {"done": 0, "planned": 3, "skipped": 0, "failed": 0, "passed_over": {}, "exit": 0}
    assert last["summary"] == counts


def test_json_tells_all_that_stands_in_the_way(filterkit, place):
    filterkit("batch", "edge", "photos", "-o", "out")
    arguments = ("photos/a.png", "img.png", "-o", "out", "--name", "a.png")
    ended = filterkit("batch", "edge", *arguments, "--json")
    *told, last = objects(ended.out)
    assert {one["code"] for one in told} == {"collision", "exists"}
    assert (ended.code, last["summary"]["exit"]) == (5, 5)
    assert ended.err.count("filterkit: ") == 2


@pytest.mark.parametrize(
    ("arguments", "code", "exit"),
    [
        (["edge", "nothing", "-o", "out"], "no-such-file", 3),
        (["edge", "texts", "-o", "out"], "nothing-matched", 4),
        (["edge", "photos"], "usage", 2),
        (["egde", "photos", "-o", "out"], "unknown-name", 2),
    ],
)
def test_what_comes_to_nothing_has_an_object_too(arguments, code, exit, filterkit, place):
    (place / "texts").mkdir()
    ended = filterkit("batch", *arguments, "--json")
    (told,) = objects(ended.out)
    assert (ended.code, told["code"], told["summary"]["exit"]) == (exit, code, exit)


def test_a_report_has_the_lines_of_json(filterkit, spoilt):
    lines = [
        filterkit("batch", "edge", "photos", "-o", name, "--json", *more).out.splitlines()
        for name, more in (("out", []), ("out", ["--resume", "--report", "report.jsonl"]))
    ]
    report = (spoilt / "report.jsonl").read_bytes().splitlines()
    assert report == lines[1]
    assert len(report) == len(lines[0]) == 7


def test_a_report_is_replaced_by_the_next(filterkit, place):
    (place / "empty.jsonl").touch()
    for sources, expected in ((["photos", "more"], 5), (["photos"], 4)):
        for name in ("report.jsonl", "empty.jsonl"):
            filterkit("batch", "edge", *sources, "-o", "out", "-f", "--report", name)
            assert len(objects((place / name).read_text())) == expected


@pytest.mark.parametrize(
    ("arguments", "code"), [(["photos"], 5), (["photos", "-n", "-f"], 0), (["nothing"], 3)]
)
def test_what_came_to_no_run_leaves_an_earlier_report_alone(arguments, code, filterkit, place):
    filterkit("batch", "edge", "photos", "-o", "out", "--report", "report.jsonl")
    report = (place / "report.jsonl").read_bytes()
    for name in ("report.jsonl", "new.jsonl"):
        ended = filterkit("batch", "edge", *arguments, "-o", "out", "--report", name)
        assert ended.code == code
    assert (place / "report.jsonl").read_bytes() == report
    assert not (place / "new.jsonl").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"important",
        b'{"schema": 1, "entries": []}\n',
        b'{"schema": 1, "source": "../a.png", "target": "a.png"}\n',
        b'{"input": "a.png"}\n',
        b"\n",
    ],
)
def test_no_other_file_is_replaced_by_a_report(content, filterkit, place):
    (place / "notes").write_bytes(content)
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--report", "notes")
    sentence = "notes is no report, and --report would replace it."
    assert_ended(ended, 2, sentence, "another name")
    assert (place / "notes").read_bytes() == content
    assert not (place / "out").exists()


def test_the_journal_is_not_taken_for_a_report(filterkit, place):
    filterkit("batch", "edge", "photos", "-o", "out")
    journal = place / "out" / ".filterkit-journal.jsonl"
    before = journal.read_bytes()
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--resume", "--report", journal)
    assert ended.code == 2
    assert journal.read_bytes() == before


def test_a_report_may_be_a_pipe(place):
    shell = f'{COMMAND} batch edge photos -o out -q --report >(cat >&2); wait "$!"'
    ended = typed(command=["bash", "-c", shell])
    assert [one.get("status") for one in objects(ended.err)] == ["done"] * 3 + [None]


def test_a_report_that_takes_no_more_costs_no_picture(filterkit, place):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--report", "/dev/full")
    assert ended.code == 5
    assert pictures(place / "out") == ["a.png", "sub/b.png", "sub/c.png"]
    assert ended.err.endswith(
        "filterkit: /dev/full could not be written: the disk is full.\n  try: another --report\n"
    )


def test_a_report_is_written_while_the_batch_runs(place):
    fifo = place / "fifo"
    os.mkfifo(fifo)
    process = begun("batch", "edge", "photos", "--files-from", fifo, "-o", "out",
                    "--report", "report.jsonl", cwd=place)  # fmt: skip
    with fifo.open("wb"):
        pass
    process.stdout.readline()
    assert objects((place / "report.jsonl").read_text())[0]["status"] == "done"
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


# The end of a run


@linux
def test_an_interruption_says_how_far_it_got_and_how_to_go_on(workplace):
    (workplace / "photos").mkdir()
    first = write(workplace / "photos" / "0.png", noise(200, 300))
    for number in range(1, 200):
        os.link(first, workplace / "photos" / f"{number}.png")
    arguments = ["batch", "gaussian:3 | edge", "photos", "-o", "out", "--jobs", "1"]
    process = begun(*arguments, "--report", "report.jsonl", cwd=workplace)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    said = re.fullmatch(
        r"filterkit: interrupted: (\d+) done, (\d+) left\.\n  try: (.*)   to go on\n", err.decode()
    )
    done, left = map(int, said.groups()[:2])
    assert (process.returncode, done + left, done) == (130, 200, out.count(b"\n") + 1)
    assert said[3] == (
        'filterkit batch "gaussian:3 | edge" photos -o out --jobs 1 --report report.jsonl --resume'
    )
    last = objects((workplace / "report.jsonl").read_text())[-1]["summary"]
    assert (last["stopped"], last["exit"], last["done"]) == ("interrupted", 130, done)
    assert_nothing_left(process.pid, workplace / "out")
    again = typed("batch", "-q", *arguments[1:], "--resume", "--json")
    summary = objects(again.out)[-1]["summary"]
    assert (again.code, summary["skipped"] >= done) == (0, True)
    assert summary["done"] + summary["skipped"] == 200


@linux
@pytest.mark.parametrize(
    ("number", "word"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "terminated"),
        (signal.SIGHUP, "the terminal is gone"),
    ],
)
def test_an_interruption_before_the_plan_is_known_says_so(number, word, place):
    fifo = place / "fifo"
    os.mkfifo(fifo)
    process = begun("batch", "edge", "--files-from", fifo, "-o", "out", "--json", cwd=place)
    with fifo.open("wb"):  # it is there, and waits for names
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert err.decode() == (f"filterkit: {word} while looking for pictures; nothing was written.\n")
    assert process.returncode == 128 + number
    assert objects(out)[-1]["summary"]["exit"] == 128 + number
    assert not (place / "out").exists()


def test_fail_fast_says_that_it_stopped_and_how_to_go_on(filterkit, spoilt):
    ended = filterkit(
        "batch", "edge", "photos/text.png", "photos", "-o", "out", "--fail-fast", "--jobs", "1",
        "--json",
    )  # fmt: skip
    assert ended.code in (1, 3)
    assert re.match(
        r"filterkit: stopped: .*\d+ failed, \d+ left\.\n  try: .* to go on\n", ended.err
    )
    summary = objects(ended.out)[-1]["summary"]
    assert (summary["stopped"], summary["exit"]) == ("failure", ended.code)


def test_a_reader_that_goes_away_ends_it_quietly(workplace):
    for number in range(30):
        write(workplace / f"{number}.png", ramp())
    shell = f"{COMMAND} batch edge . -o out | head -1 >&2; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode in (0, 141)  # it may have been faster than head
    assert b"Traceback" not in done.stderr


# Progress in a real run; the bar itself is in test_progress.py


def rows_of(screen):
    """What stood on the rows of a terminal, one after the other."""
    return [part for line in screen.split("\n") for part in line.split("\r")]


@pytest.mark.parametrize("columns", [20, 80])
def test_on_a_terminal_there_is_a_bar_which_is_gone_at_the_end(columns, place):
    for name in ("\x1b[31mred.png", "写真写真写真写真.png", "\udcff\n.png"):
        os.link(place / "img.png", place / "photos" / name)
    env = {"COLUMNS": str(columns), "PYTHONUTF8": "1"}
    ended = typed("batch", "edge", "photos", "-o", "out", terminals=("stderr",), env=env)
    assert ended.code == 0
    bars, _, rest = ended.err.rpartition("\r")
    assert rest == "filterkit: 6 done; results in out/.\n"
    shown = rows_of(bars)
    assert any("/6" in one for one in shown)
    assert "\x1b" not in bars and "\n" not in bars
    assert max(map(progress._width, shown)) < columns
    assert set(shown[-1]) == {" "}


def test_paths_are_not_printed_amid_the_bar(place):
    ended = typed("batch", "edge", "photos", "-o", "out", terminals=("stdout", "stderr"))
    assert ended.out.decode().rpartition("\r")[2] == "filterkit: 3 done; results in out/.\n"
    assert b"out/a.png" not in ended.out


def test_objects_stand_on_rows_of_their_own_where_there_is_a_bar(place):
    ended = typed("batch", "edge", "photos", "-o", "out", "--json", terminals=("stdout", "stderr"))
    lines = [line.rpartition("\r")[2] for line in ended.out.decode().split("\n")]
    assert [json.loads(one).get("status") for one in lines[:-2]] == ["done"] * 3 + [None]


@pytest.mark.parametrize("more", [["-q"], ["-n"]])
def test_who_wants_no_bar_has_none(more, place):
    ended = typed("batch", "edge", "photos", "-o", "out", *more, terminals=("stderr",))
    assert "[" not in ended.err
    assert "\r" not in ended.err.replace("\r\n", "")


def test_without_a_terminal_there_is_no_bar_but_a_line_now_and_then(filterkit, place, monkeypatch):
    assert "\r" not in filterkit("batch", "edge", "photos", "-o", "out").err
    monkeypatch.setattr(progress, "LINES", 0.0)
    lines = filterkit("batch", "edge", "photos", "-o", "out2").err.splitlines()
    assert lines[-1] == "filterkit: 3 done; results in out2/."
    told = [line for line in lines[:-1] if re.match(r"filterkit: [1-3] of 3 pictures", line)]
    assert len(told) == len(lines) - 1 >= 3
    assert re.fullmatch(r"filterkit: 3 of 3 pictures, [\d.]+/(s|min), 0:00 left", told[-1])


def test_a_program_of_another_language_can_read_all_of_stdout(place):
    os.link(place / "img.png", place / "photos" / "\udcff\x1b\n.png")
    ended = typed("batch", "edge", "photos", "-o", "out", "--json", "-q", env={"LC_ALL": "C"})
    (odd,) = (one for one in objects(ended.out) if "\n" in one.get("input", ""))
    assert Path(os.fsdecode(odd["outputs"][0])).exists()
    zero = typed("batch", "edge", "photos", "-o", "out", "--resume", "-0")
    assert os.fsencode("out/\udcff\x1b\n.png") in zero.out.split(b"\0")


# What a newcomer met


def test_a_pipe_that_is_named_is_refused_at_once(filterkit, place):
    os.mkfifo(place / "photos" / "pipe.png")
    ended = filterkit("batch", "edge", "photos/a.png", "photos/pipe.png", "-o", "out")
    assert ended.code == 1
    assert "photos/pipe.png is a pipe, which a batch does not read." in ended.err


def test_a_link_that_leads_nowhere_is_called_so(filterkit, place):
    (place / "gone.png").symlink_to("nowhere.png")
    ended = filterkit("batch", "edge", "photos/a.png", "gone.png", "-o", "out")
    assert (ended.code, "gone.png is a link that leads nowhere." in ended.err) == (1, True)


def test_kinds_that_are_not_read_can_be_left_out_as_advised(filterkit, place):
    (place / "photos" / "layers.psd").write_bytes(b"8BPS\0\1" + bytes(20))
    ended = filterkit("batch", "edge", "photos", "-o", "out")
    assert ended.code == 1
    assert '--exclude "*.psd" leaves such files out' in ended.err
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--resume", "--exclude", "*.psd")
    assert ended.code == 0


def test_who_resumes_already_is_not_told_to(filterkit, place):
    assert filterkit("batch", "edge", "photos", "-o", "out").code == 0
    (place / "out" / ".filterkit-journal.jsonl").unlink()
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--resume")
    assert ended.code == 5
    assert "already there, and not in the journal of an earlier run: out/a.png" in ended.err
    assert "--resume" not in ended.err.partition("try:")[2]


def test_a_folder_that_looks_like_an_option_is_named_so_that_it_works(filterkit, place):
    (place / "photos").rename(place / "-dash")
    ended = filterkit("batch", "edge", "-dash", "-o", "out")
    advice = "filterkit batch edge ./-dash -o out"
    sentence = "'-dash' was read as an option, and there is a file of that name."
    assert_ended(ended, 2, sentence, advice)
    assert filterkit(*advice.split()[1:]).code == 0
    ended = filterkit("batch", "edge", "--", "-dash")
    assert "filterkit batch edge ./-dash -o" in ended.err


def test_a_dry_run_that_resumes_says_what_it_cannot_know(filterkit, place):
    ended = filterkit("batch", "edge", "photos", "-o", "out", "--resume", "-n")
    assert "with --resume what is up to date stays, which is known once it is read." in ended.err


def test_a_dry_run_prints_the_plan_on_a_terminal_too(place):
    ended = typed("batch", "edge", "photos", "-o", "out", "-n", cwd=place,
                  terminals=("stdout", "stderr"))  # fmt: skip
    assert "out/a.png\n" in ended.out.decode()
