"""A batch is settled before it starts: which pictures are meant, and what their results are called.

Sources are compared with os.walk and pathlib.glob, collisions with a dictionary of lists.
"""

import itertools
import json
import os
import re
import stat
import subprocess
import sys
import textwrap
from collections import defaultdict
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import tifffile
from drawing import noise, stored, write
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from running import PATIENCE, typed

from filterkit.applying.options import Writing
from filterkit.applying.outputs import numbered
from filterkit.applying.template import FIELDS
from filterkit.batching import keys
from filterkit.batching.batch import Batch
from filterkit.batching.finding import MOST_KINDS, Found, Search
from filterkit.batching.journal import NAME, Record, records
from filterkit.batching.keys import folds, natural
from filterkit.batching.listing import MOST_LINE, names_in
from filterkit.batching.plan import MOST_UNWRITABLE, Plan
from filterkit.errors import (
    NoSuchInputError,
    OutputCollisionError,
    OutputExistsError,
    UnreadableInputError,
    UsageError,
)
from filterkit.pictures.files import read_bytes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this")


def touch(*names):
    """Make empty files, and the folders that they lie in."""
    for name in map(Path, names):
        name.parent.mkdir(parents=True, exist_ok=True)
        name.touch()


def draw(*names):
    """Make small pictures, each another one."""
    for seed, name in enumerate(map(Path, names)):
        name.parent.mkdir(parents=True, exist_ok=True)
        write(name, noise(4, 5, seed=seed))


def places(*sources, out="out", **options):
    """The places of what is found, sorted."""
    return sorted(str(one.place) for one in Search(Path(out), **options).through(sources))


def listed(*names, out="out", **options):
    return [str(one.place) for one in Search(Path(out), **options).listed(names)]


def passed(*sources, **options):
    """What is passed over, by kind."""
    search = Search(Path("out"), **options)
    for _ in search.through(sources):
        pass
    return dict(search.passed)


def tree(folder="."):
    """All that lies below a folder, with contents; links are told and not followed."""
    found = {}
    for path in Path(folder).rglob("*"):
        name = os.fsencode(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = path.read_bytes() if path.is_file() else stat.S_IFMT(path.stat().st_mode)
    return found


def dry(filterkit, *arguments):
    """The names that a dry run tells, sorted."""
    ended = filterkit("batch", "blur", *arguments, "-n")
    assert ended.code == 0, ended.err
    return sorted(ended.lines)


# Folders, files, patterns


LETTERS = st.text("ab1é\n", min_size=1, max_size=2)
ENDING = {
    ".png": True, ".JPG": True, ".Tiff": True, ".psd": True, ".jxl": True,
    ".txt": False, "": False, ".npy": False, ".CSV": False, ".png~": False,
}  # fmt: skip
FILES = st.builds(
    lambda folders, dot, stem, ending: "/".join([*folders, dot + stem + ending]),
    st.lists(st.builds(str.__add__, st.sampled_from(["", "", ".", "d."]), LETTERS), max_size=3),
    st.sampled_from(["", "", "", "."]), LETTERS, st.sampled_from(list(ENDING)),
)  # fmt: skip


def planted(names):
    """Make a tree of files as far as no name is a file and a folder at once; give the files."""
    made = []
    for name in dict.fromkeys(names):
        try:
            touch(name)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
        if os.path.isfile(name):
            made.append(name)
    return made


@given(st.lists(FILES, max_size=12))
def test_of_a_folder_all_pictures_are_found_that_a_plain_walk_finds(names):
    with TemporaryDirectory() as folder, chdir(folder):
        os.mkdir("in")
        planted(f"in/{name}" for name in names)
        expected = []
        for here, folders, files in os.walk("in"):
            folders[:] = [one for one in folders if one[0] != "."]
            for name in files:
                ending = re.search(r".(\.[^.]*)?$", name, re.DOTALL)[1] or ""
                if name[0] != "." and ENDING[ending]:
                    expected.append(os.path.relpath(os.path.join(here, name), "in"))
        found = list(Search(Path("out")).through(["in"]))
        assert sorted(str(one.place) for one in found) == sorted(expected)
        assert all(one.path == Path("in") / one.place and one.path.is_file() for one in found)


PARTS = st.sampled_from(["*", "?", "**", "a*", "*b", "[ab]", "[!a]", "a", "b", "*.png", "?.png"])


@given(
    st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join), max_size=8),
    st.lists(PARTS, min_size=1, max_size=4),
)
@example(["a", "a/b"], ["**"])
@example(["a/b/a"], ["**", "**", "a"])
def test_a_pattern_names_what_a_glob_names_and_all_in_its_folders(names, parts):
    assume(any(re.search(r"[*?\[]", part) for part in parts))
    with TemporaryDirectory() as folder, chdir(folder):
        os.mkdir("in")
        planted(f"in/{name}.png" for name in names)
        pattern = "/".join(parts)
        named = list(Path("in").glob(pattern))
        below = [one for place in named if place.is_dir() for one in place.rglob("*.png")]
        expected = {one for one in [*named, *below] if one.is_file()}
        fixed = list(itertools.takewhile(lambda part: not re.search(r"[*?\[]", part), parts))
        base = Path("in", *fixed)
        if not base.is_dir():
            with pytest.raises(NoSuchInputError, match="there is no folder"):
                places(f"in/{pattern}")
            return
        found = list(Search(Path("out")).through([f"in/{pattern}"]))
        assert sorted(one.path for one in found) == sorted(expected)
        assert all(one.place == one.path.relative_to(base) for one in found)


def test_a_pattern_looks_into_no_folder_that_cannot_hold_what_it_names(workplace, monkeypatch):
    touch("in/a.png", "in/b/c.png", "in/deep/d/e/f.png", "in/x.txt")
    seen, scan = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: seen.append(str(path)) or scan(path))
    assert places("in/*.png") == ["a.png"]
    assert seen == ["in"]
    assert places("in/b*/*.png") == ["b/c.png"]
    assert seen == ["in", "in", "in/b"]
    assert passed("in/*.png") == {}


def test_case_does_not_matter_in_patterns(workplace):
    touch("in/A.JPG", "in/b.jpg", "in/Sub/c.Jpg")
    assert places("in/*.jpg") == ["A.JPG", "b.jpg"]
    assert places("in/sub/*.jpg".replace("sub", "s*")) == ["Sub/c.Jpg"]
    assert places("in", include=["*.JPG"]) == ["A.JPG", "Sub/c.Jpg", "b.jpg"]
    assert places("in", exclude=["SUB"]) == ["A.JPG", "b.jpg"]


def test_a_file_with_the_letters_of_a_pattern_in_its_name_is_that_file(workplace):
    touch("a[1].png", "a1.png", "*.png")
    assert places("a[1].png") == ["a[1].png"]
    assert places("*.png") == ["*.png"]
    assert places("a[1]*") == ["a1.png"]


def test_a_folder_that_a_pattern_names_is_taken_as_a_whole(workplace):
    touch("in/2024/a.png", "in/2024/x/b.png", "in/2023/c.png", "in/20.png")
    assert places("in/2024*") == ["2024/a.png", "2024/x/b.png"]
    assert places("in/20*") == ["20.png", "2023/c.png", "2024/a.png", "2024/x/b.png"]


def test_what_the_shell_expands_keeps_the_tree_that_the_pattern_has(workplace):
    touch("in/a.png", "in/b/c.png", "in/b/d/e.png")
    expanded = [f"in/{name}" for name in sorted(os.listdir("in"))]
    assert places(*expanded) == places("in/*") == places("in")


def test_several_folders_get_a_folder_each_by_the_name_that_was_given(workplace):
    touch("disk1/DCIM/a.png", "disk2/DCIM/a.png", "here/a.png")
    os.symlink("disk1/DCIM", "one")
    os.symlink("disk2/DCIM", "two")
    assert places("one", "two/", "here/../here") == ["here/a.png", "one/a.png", "two/a.png"]
    assert places("one") == ["a.png"]
    os.chdir("here")
    assert places(".", "../one") == ["here/a.png", "one/a.png"]


def test_patterns_of_names_count_from_the_folder_that_was_given(workplace):
    touch("one/raw/a.png", "one/b.png", "two/raw/c.png")
    assert places("one", "two", exclude=["raw/*"]) == ["one/b.png"]
    assert places("one", "two", include=["raw/*"]) == ["one/raw/a.png", "two/raw/c.png"]


def test_the_same_file_by_several_names_counts_once(filterkit, workplace):
    touch("in/a.png", "in/b/c.png")
    spellings = ["in/a.png", "./in/a.png", "in/b/../a.png", workplace / "in/a.png", "in/a.png"]
    assert dry(filterkit, *spellings, "-o", "out") == ["out/a.png"]
    assert dry(filterkit, "in", "in/", workplace / "in", "-o", "out") == [
        "out/in/a.png", "out/in/b/c.png",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["nosuch", "nosuch.png", "no/such", "nosuch/*.png", "a" * 5000])
def test_a_source_that_is_not_there_is_told_at_once(filterkit, workplace, name):
    draw("in/a.png")
    ended = filterkit("batch", "blur", "in", name, "-o", "out")
    assert (ended.code, ended.out) == (3, b"")
    assert ended.err.startswith(f"filterkit: {name}: ")
    assert "there is no folder" in ended.err or "no such file or folder" in ended.err
    assert not os.path.exists("out")


def test_a_pattern_too_long_for_a_name_matches_nothing(filterkit, workplace):
    touch("a.png")
    ended = filterkit("batch", "blur", "a" * 300 + "*", "-o", "out")
    assert (ended.code, ended.out) == (4, b"")


def test_nothing_matched_is_code_4_with_what_was_passed_over(filterkit, workplace):
    touch("in/a.txt", "in/b.txt", "in/.c.png", "in/README")
    ended = filterkit("batch", "blur", "in", "-o", "out")
    assert (ended.code, ended.out) == (4, b"")
    for kind in ("2 .txt", "1 hidden", "1 without an ending"):
        assert kind in ended.err
    assert not os.path.exists("out")


# Include, exclude, kinds


def test_include_and_exclude_compare_the_name_and_the_place(workplace):
    touch("in/a.png", "in/b.jpg", "in/2024/a.png", "in/2024/raw/c.png", "in/raw/d.png")
    assert places("in", include=["a.*"]) == ["2024/a.png", "a.png"]
    assert places("in", include=["2024/*"]) == ["2024/a.png", "2024/raw/c.png"]
    assert places("in", include=["*.jpg", "RAW/*"]) == ["b.jpg", "raw/d.png"]
    assert places("in", exclude=["raw"]) == ["2024/a.png", "a.png", "b.jpg"]
    assert places("in", exclude=["2024/raw", "*.jpg"]) == ["2024/a.png", "a.png", "raw/d.png"]
    assert places("in", include=["*.png"], exclude=["2*"]) == ["a.png", "raw/d.png"]
    assert places("in", exclude=["?"]) == places("in")


def test_a_folder_that_is_excluded_is_not_looked_into(workplace, monkeypatch):
    touch("in/a.png", "in/raw/deep/b.png")
    seen, scan = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: seen.append(str(path)) or scan(path))
    assert places("in", exclude=["raw"]) == ["a.png"]
    assert seen == ["in"]


def test_files_that_are_named_or_listed_are_excluded_too(workplace):
    touch("in/a.png", "in/b.tif", "in/raw/c.png")
    assert places("in/a.png", "in/b.tif", exclude=["*.tif"]) == ["a.png"]
    names = ["in/a.png", "in/b.tif", "in/raw/c.png"]
    assert listed(*names, exclude=["*.tif", "raw"]) == ["in/a.png"]
    assert listed(*names, include=["*/raw/*"]) == ["in/raw/c.png"]
    assert passed("in/a.png", "in/b.tif", exclude=["*.tif"]) == {"excluded": 1}


def test_what_is_passed_over_is_counted_by_kind(workplace):
    touch("in/a.png", "in/b.txt", "in/c.TXT", "in/d", "in/.e.png", "in/.f/g.png", "in/h.png")
    os.symlink("a.png", "in/link.png")
    os.mkfifo("in/pipe.png")
    assert passed("in", exclude=["h*"]) == {
        ".txt": 2, "without an ending": 1, "hidden": 2, "links": 1, "pipes and devices": 1,
        "excluded": 1,
    }  # fmt: skip
    assert passed("in", include=["h*"])["not included"] == 4


def test_any_number_of_endings_is_counted_in_bounded_room(workplace):
    touch(*(f"in/log.{number}" for number in range(3 * MOST_KINDS)))
    counted = passed("in")
    assert len(counted) == MOST_KINDS + 1
    assert counted["others"] == 2 * MOST_KINDS


@pytest.mark.parametrize("ending", ["npy", "csv", "npz", "dat"])
def test_numbers_are_taken_only_where_their_ending_is_asked_for(workplace, ending):
    touch(f"in/a.{ending}", "in/b.png", "in/c/d.png")
    assert places("in") == places("in/*") == places("in/**") == ["b.png", "c/d.png"]
    assert places("in", include=["*", "*.*"]) == ["b.png", "c/d.png"]
    assert places("in", include=["a*", "b*"]) == ["b.png"]
    assert places(f"in/*.{ending}") == places(f"in/**/*.{ending.upper()}") == [f"a.{ending}"]
    assert places("in", include=[f"*.{ending}", "b.png"]) == [f"a.{ending}", "b.png"]
    assert places(f"in/a.{ending}") == [f"a.{ending}"]
    assert places(f"in/[a].{ending}", "in") == sorted([f"a.{ending}", "in/b.png", "in/c/d.png"])
    assert listed(f"in/a.{ending}") == [f"in/a.{ending}"]


def test_a_file_without_an_ending_is_taken_only_by_its_name(workplace):
    touch("in/COPYRIGHT", "in/a.png", "in/x/scan", "in/y/scan")
    assert places("in/*") == ["a.png"]
    assert places("in/*/scan") == ["x/scan", "y/scan"]
    assert places("in", include=["scan"]) == ["x/scan", "y/scan"]


def test_kinds_of_pictures_that_are_not_read_are_failures_of_one_reason(workplace):
    draw("in/a.png")
    for name in ("b.psd", "c.psd", "d.psb", "e.psd"):
        Path("in", name).write_bytes(b"8BPS\0\1" + bytes(100))
    for name in ("f.jxl", "g.jxl"):
        Path("in", name).write_bytes(b"\xff\x0a" + bytes(100))
    ended = typed("batch", "blur", "in", "-o", "out")
    assert (ended.code, ended.lines) == (1, ["out/a.png"])
    assert len(re.findall("^filterkit: .*JPEG XL", ended.err, re.MULTILINE)) == 1
    assert len(re.findall("^filterkit: .*(?:Photoshop|PSD)", ended.err, re.MULTILINE)) == 1
    assert "and 1 more" in ended.err


# Lists


def test_a_list_gives_each_name_its_place_in_the_tree(workplace):
    names = ["a.png", "b/c.png", "/abs/d.png", "../up.png", "x/../../e.png", "./f.png", "g//h.png"]
    assert listed(*names) == [
        "a.png", "b/c.png", "abs/d.png", "up.png", "x/e.png", "f.png", "g/h.png",
    ]  # fmt: skip


def test_a_list_from_windows_is_read(workplace):
    touch("a.png", "b.png\r")
    Path("list").write_bytes(b"a.png\r\nb.png\r\ngone.png\r\n")
    assert [*names_in("list", b"\n")] == ["a.png", "b.png\r", "gone.png"]


def test_listed_folders_are_passed_over(workplace):
    touch("in/a.png", "in/deep.png/b.png")
    search = Search(Path("out"))
    places = [found.place.as_posix() for found in search.listed(["in", "in/a.png", "in/deep.png"])]
    assert (places, search.passed) == (["in/a.png"], {"folders": 2})


def test_results_of_other_batches_are_no_pictures(filterkit, workplace):
    Path("in").mkdir()
    write(workplace / "in" / "a.png", noise())
    for filter in ("edge", "sharpen", "edge"):
        ended = filterkit("batch", filter, "in", "-o", f"in/{filter}", "--resume")
        assert ended.code == 0
    assert "2 folders of results" in ended.err
    assert {path.as_posix() for path in Path("in").rglob("*.png")} == {
        "in/a.png", "in/edge/a.png", "in/sharpen/a.png",
    }  # fmt: skip
    assert filterkit("batch", "blur", "in/edge", "-o", "out").lines == ["out/a.png"]


@given(st.text("ab./", min_size=1, max_size=12))
def test_no_listed_name_leads_out_of_the_tree(name):
    search = Search(Path("out"))
    found = next(search.listed([name]), None)
    if found is None:
        assert search.passed == {"folders": 1}
        return
    assert ".." not in found.place.parts and not found.place.is_absolute()
    result = Path(os.path.normpath(Batch(None, "blur", Path("out")).path(found)))
    assert result.parts[0] == "out" and len(result.parts) > 1


@given(st.lists(st.binary(min_size=1, max_size=6), max_size=6), st.booleans(), st.booleans())
def test_a_list_is_read_as_it_was_written(names, null, ended):
    end = b"\0" if null else b"\n"
    names = [name.translate(None, b"\0\n\r" if not null else b"\0") for name in names]
    with TemporaryDirectory() as folder:
        path = Path(folder, "list")
        path.write_bytes(end.join(names) + (end if ended else b""))
        read = [os.fsencode(name) for name in names_in(str(path), end)]
    assert read == [name for name in names if name]


@pytest.mark.parametrize("end", [b"\n", b"\0"])
def test_a_list_longer_than_one_reading_keeps_every_name(tmp_path, end):
    names = [b"%d/" % number + b"x" * (number % 700) for number in range(2000)]
    (tmp_path / "list").write_bytes(end.join(names))
    assert list(map(os.fsencode, names_in(str(tmp_path / "list"), end))) == names


def test_a_list_through_a_pipe_or_a_file_is_done_in_whole(workplace):
    draw("a.png", "b c/d.png", "b c/\n.png")
    Path("list").write_text("a.png\nb c/d.png")
    ended = typed("batch", "identity", "--files-from", "list", "-o", "one")
    assert (ended.code, sorted(ended.lines)) == (0, ["one/a.png", "one/b c/d.png"])
    names = b"\0".join([b"a.png", b"b c/d.png", b"b c/\n.png"])
    ended = typed("batch", "identity", "--files-from", "-", "-0", "-o", "two", stdin=names)
    assert (ended.code, ended.out.count(b"\0")) == (0, 3)
    np.testing.assert_array_equal(stored(Path("two/b c/\n.png")), stored(Path("b c/\n.png")))


def test_a_list_and_folders_are_taken_together(filterkit, workplace):
    touch("in/a.png", "x/b.png")
    Path("list").write_text("x/b.png\n")
    assert dry(filterkit, "in", "--files-from", "list", "-o", "out") == [
        "out/a.png", "out/x/b.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "flags", "sentence"),
    [
        (b"a.png\0b.png\0", [], "its names end in zero bytes"),
        (b"a.png\0b.png", [], "its names end in zero bytes"),
        (b"x" * (3 * MOST_LINE), [], "is no list of names"),
        (b"a.png\n" * MOST_LINE, ["-0"], "is no list of names"),
        (b"a.png\nb.png\n", ["-0"], "its names end in newlines"),
    ],
    ids=["zero bytes", "zero bytes, torn", "no list", "many lines", "lines"],
)
def test_what_is_no_list_of_names_is_a_mistake_of_use(
    filterkit, workplace, content, flags, sentence
):
    Path("list").write_bytes(content)
    ended = filterkit("batch", "blur", "--files-from", "list", *flags, "-o", "out")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith("filterkit: --files-from list") and sentence in ended.err
    assert not os.path.exists("out")


@pytest.mark.parametrize("name", ["nosuch", "folder"])
def test_a_list_that_cannot_be_read_is_told(filterkit, workplace, name):
    os.mkdir("folder")
    ended = filterkit("batch", "blur", "--files-from", name, "-o", "out")
    assert ended.code == 3 and ended.err.startswith(f"filterkit: --files-from {name}: ")


def test_listed_files_that_are_not_there_fail_and_the_rest_is_done(workplace):
    draw("a.png")
    ended = typed("batch", "blur", "--files-from", "-", "-o", "out", stdin=b"nosuch.png\na.png")
    assert (ended.code, ended.lines) == (1, ["out/a.png"])
    assert "nosuch.png: no such file." in ended.err


def test_a_list_that_names_results_does_not_read_them_back(workplace):
    touch("in/a.png", "in/out/a.png", "out2/b.png", "outer.png")
    search = Search(Path("in/out"))
    names = ["in/a.png", "in/out/a.png", "./in//out/a.png", "in/x/../out/a.png", "out2/b.png",
             str(Path("in/out/a.png").absolute()), "in/outer.png"]  # fmt: skip
    assert [str(one.path) for one in search.listed(names)] == [
        "in/a.png", "out2/b.png", "in/outer.png",
    ]  # fmt: skip
    assert dict(search.passed) == {"results": 4}


# Links, pipes, permission


@pytest.fixture
def linked(workplace):
    """A folder with a link to a file, to a folder, to itself, to nothing, and round in a ring."""
    touch("in/a.png", "in/b/c.png", "far/d.png", "far/e/f.png")
    os.symlink("../far/d.png", "in/file.png")
    os.symlink("../far", "in/folder")
    os.symlink("../..", "in/b/ring")
    os.symlink("itself.png", "in/itself.png")
    os.symlink("nothing.png", "in/dangling.png")
    os.symlink("/dev/null", "in/null.png")
    return workplace


def test_links_are_not_followed_and_counted(linked):
    assert places("in") == ["a.png", "b/c.png"]
    assert passed("in") == {"links": 6}


def test_links_are_followed_where_that_is_asked_and_no_folder_twice(linked):
    found = list(Search(Path("out"), follow_links=True).through(["in"]))
    paths = [os.path.realpath(one.path) for one in found]
    expected = ["far/d.png", "far/d.png", "far/e/f.png", "in/a.png", "in/b/c.png"]
    folders = [os.path.realpath(one.path.parent) for one in found]
    assert sorted(paths) == sorted(os.path.realpath(one) for one in expected)
    assert len({(folder, one.path.name) for folder, one in zip(folders, found, strict=True)}) == 5
    counted = passed("in", follow_links=True)
    assert (counted["broken links"], counted["pipes and devices"]) == (2, 1)


def test_links_that_are_named_are_followed(linked):
    assert places("in/file.png") == ["file.png"]
    assert places("in/folder") == ["d.png", "e/f.png"]
    assert places("in/f*.png") == []


def swapped_file():
    os.rename("in/sub/a.png", "in/sub/old.png")
    os.symlink(os.path.abspath("secret/a.png"), "in/sub/a.png")


def swapped_folder():
    os.rename("in/sub", "in/old")
    os.symlink("../secret", "in/sub")


@pytest.mark.parametrize("swap", [swapped_file, swapped_folder])
def test_what_is_swapped_for_a_link_after_the_search_is_not_followed(workplace, swap):
    draw("in/sub/a.png", "secret/a.png")
    (found,) = Search(Path("out")).through(["in"])
    (named,) = Search(Path("out")).through(["in/sub/a.png"])
    own, secret = Path("in/sub/a.png").read_bytes(), Path("secret/a.png").read_bytes()
    assert read_bytes(found.path, root=found.root) == own
    swap()
    with pytest.raises(UnreadableInputError, match="has become a link"):
        read_bytes(found.path, root=found.root)
    assert read_bytes(named.path, root=named.root) == secret, "a file that is named is followed"


@as_root
def test_pipes_and_devices_in_a_folder_are_passed_over(workplace):
    draw("in/a.png")
    os.mkfifo("in/pipe.png")
    os.mknod("in/zero.png", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    ended = typed("batch", "blur", "in", "-o", "out")
    assert (ended.code, ended.lines) == (0, ["out/a.png"])
    assert "2 pipes and devices" in ended.err


@pytest.mark.parametrize("alone", [False, True])
def test_a_folder_that_cannot_be_read_is_one_failure_and_the_rest_is_done(workplace, alone):
    draw("in/a.png", "in/locked/b.png", "in/locked/c.png")
    os.chmod("in/locked", 0)
    try:
        ended = typed("batch", "blur", "in/locked" if alone else "in", "-o", "out", humble=True)
    finally:
        os.chmod("in/locked", 0o755)
    assert (ended.code, ended.lines) == ((3, []) if alone else (1, ["out/a.png"]))
    assert "1 failed" in ended.err
    assert "in/locked: this folder cannot be read: permission denied." in ended.err


# Where the results go


def test_a_folder_of_results_amid_the_sources_is_never_read_back(filterkit, workplace):
    draw("in/a.png", "in/b/c.png")
    first = dry(filterkit, "in", "-o", "in/out")
    assert first == ["in/out/a.png", "in/out/b/c.png"]
    done = typed("batch", "blur", "in", "-o", "in/out")
    assert (done.code, sorted(done.lines)) == (0, first)
    again = filterkit("batch", "blur", "in", "-o", "in/out", "-n", "--on-exists", "skip")
    assert (again.code, sorted(again.lines)) == (0, first)
    assert "results" in again.err
    os.symlink("out", "in/zlink")
    touch("in/out/more/d.png")
    assert places("in", out="in/out", follow_links=True) == ["a.png", "b/c.png"]
    assert places("in/**/*.png", out="in/zlink", follow_links=True) == ["a.png", "b/c.png"]


@pytest.mark.parametrize("source", ["in", "in/", ".", "in/*.png", "link"])
def test_results_are_not_laid_among_the_originals(filterkit, workplace, source):
    draw("in/a.png")
    os.symlink("in", "link")
    out = "." if source == "." else "in"
    for name in ("{stem}{ext}", "{stem}.{filter}{ext}"):
        ended = filterkit("batch", "blur", source, "-o", out, "--name", name)
        assert (ended.code, ended.out) == (5, b"")
        assert "holds the originals, and the results would lie among them." in ended.err
    assert set(tree()) == {b"in", b"link", b"in/a.png"}


ODD = [
    b"a\nb.png", b"tab\t.png", b"\x1b[31mred.png", b"-dash.png", "\N{PILE OF POO}.png".encode(),
    b"  spaces  .png", b"caf\xe9.png", b"\xff\xfe.png", b"x" * 251 + b".png", b"y" * 250 + b".png",
    "é".encode() * 125 + b".png", b"{stem}{x}.png", b"[0 1].png", b"sample:photo.png", b"-.png",
    b"quote'\".png", b"back\\slash.png", b"\xe2\x80\xae.png", b"a;b|c&$HOME`.png", b"...png",
    b"dir {map}\n\xe9/x.png",
]  # fmt: skip


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_odd_names_come_out_byte_for_byte(workplace, locale):
    source, name = workplace / "source.png", b"in/"
    write(source, noise(4, 5))
    for odd in ODD:
        os.makedirs(os.path.dirname(name + odd), exist_ok=True)
        Path(os.fsdecode(name + odd)).write_bytes(source.read_bytes())
    env = {"LANG": locale, "LC_ALL": locale, "PYTHONUTF8": ""}
    ended = typed("batch", "identity", "in", "-o", "out", "-0", env=env)
    visible = {one for one in ODD if not one.startswith(b".")}
    assert ended.code == 0, ended.err
    assert set(ended.out.split(b"\0")) == {b"out/" + one for one in visible} | {b""}
    files = {name for name, content in tree("out").items() if isinstance(content, bytes)}
    assert files == visible | {os.fsencode(NAME)}
    told = list(records(Path("out")))
    assert {os.fsencode(one.outputs[0][0]) for one in told if one.digest} == visible
    assert {os.fsencode(one.source) for one in told} == {b"../in/" + one for one in visible}
    again = typed("batch", "identity", "in", "-o", "out", "--resume", "--json", env=env)
    objects = [json.loads(line) for line in again.out.splitlines()]
    assert again.code == 0
    assert objects[-1]["summary"]["skipped"] == len(visible)
    inputs = {os.fsencode(one["input"]).removeprefix(b"./") for one in objects[:-1]}
    assert inputs == {b"in/" + one for one in visible}
    assert not re.search(r"[^\n -~]", ended.err + again.err)


def test_what_looks_like_stdin_or_a_sample_is_a_file():
    for name in ("-", "sample:photo"):
        (found,) = Search(Path("out")).listed([name])
        assert found.source.path == Path(name)
        assert found.source.stem == name


# Order


@given(st.text("ab-", max_size=3), st.integers(0, 10**20), st.integers(0, 10**20), st.text("b."))
def test_numbers_in_names_count_as_numbers(before, one, other, after):
    keys = [natural(Path(f"x{before}{number}{after}y")) for number in (one, other)]
    assert (keys[0] < keys[1]) == (one < other)


@given(st.lists(st.lists(st.text("a10.", min_size=1, max_size=4), min_size=1, max_size=3)))
@example([["a1", "z"], ["a01", "b"], ["a1", "a"]])
@example([["a", "5"], ["a", "x"], ["a b", "5"], ["a", "10"]])
def test_what_lies_in_one_folder_comes_side_by_side(places):
    paths = {Path(*place) for place in places} - {Path()}
    order = sorted(paths, key=natural)
    assert len({natural(path) for path in paths}) == len(paths)
    for folder in {path.parent for path in paths}:
        inside = [folder in (path, *path.parents) for path in order]
        assert len([key for key, _ in itertools.groupby(inside) if key]) == 1


def test_numbers_and_letters_have_one_order_at_every_depth():
    names = ["x.png", "5.png", "10.png", "a.png"]
    above = [path.name for path in sorted(map(Path, names), key=natural)]
    assert above == ["5.png", "10.png", "a.png", "x.png"]
    below = sorted((Path("f", name) for name in names), key=natural)
    assert [path.name for path in below] == above


def test_a_dry_run_tells_results_in_natural_order(filterkit, workplace):
    touch("in/img10.png", "in/img9.png", "in/b/2.png", "in/b/10.png", "in/b/1.png", "in/img.png")
    ended = filterkit("batch", "blur", "in", "-o", "out", "-n")
    assert ended.lines == [
        "out/b/1.png", "out/b/2.png", "out/b/10.png", "out/img.png", "out/img9.png",
        "out/img10.png",
    ]  # fmt: skip


# Problems


PAIRS = st.lists(st.tuples(st.text("abAB", min_size=1, max_size=1), st.text("xyzXé", max_size=2)))


@pytest.mark.parametrize("folding", [False, True])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=PAIRS)
def test_collisions_are_those_that_a_dictionary_of_lists_finds(tmp_path, folding, pairs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "folds", lambda folder: folding)
        plan = Plan(tmp_path / "nosuch", "error")
    expected, fold = defaultdict(set), (str.casefold if folding else str)
    for source, target in pairs:
        path = Path("/nosuch", source)
        plan.add(Found(path, Path("place")), tmp_path / "nosuch" / f"t{target}.png")
        expected[fold(f"t{target}.png")].add((source, f"t{target}.png"))
    groups = [several for several in expected.values() if len(several) > 1]
    problems = [*plan.problems()]
    assert len(plan) == sum(map(len, expected.values()))
    assert [type(one) for one in problems] == [OutputCollisionError] * bool(groups)
    if groups:
        more = re.search(r"and (\d+) more", problems[0].sentence)
        assert (int(more[1]) if more else 0) == len(groups) - 1


def test_whether_a_disk_folds_cases_is_seen_by_what_lies_there(tmp_path):
    assert not folds(tmp_path / "nosuch" / "deeper")
    (tmp_path / "1").touch()
    (tmp_path / "a.png").touch()
    assert not folds(tmp_path)
    (tmp_path / "A.PNG").touch()
    assert not folds(tmp_path), "both are there, and differ"
    (tmp_path / "A.PNG").unlink()
    os.link(tmp_path / "a.png", tmp_path / "A.PNG")  # as a disk that folds cases has it
    assert folds(tmp_path)
    assert folds(tmp_path / "nosuch" / "deeper")


def test_on_a_disk_that_folds_cases_names_fall_together(filterkit, workplace, monkeypatch):
    touch("in/A.png", "in/a.png")
    assert dry(filterkit, "in", "-o", "out") == ["out/A.png", "out/a.png"]
    monkeypatch.setattr(keys, "folds", lambda folder: True)
    ended = filterkit("batch", "blur", "in", "-o", "out", "-n")
    assert ended.code == 5 and "in/A.png and in/a.png would both become out/" in ended.err


@pytest.mark.parametrize(
    ("names", "flags", "told"),
    [
        (["a.png", "a.jpg"], ["--format", "webp"], "a.webp"),
        (["a.png", "b.png"], ["--name", "{filter}{ext}"], "blur.png"),
        (["x/a.png", "y/a.png"], ["--name", "../{stem}{ext}"], ""),
        (["a.jxl", "a.psd"], [], "a.png"),
    ],
)
def test_two_results_of_one_name_are_refused(filterkit, workplace, names, flags, told):
    touch(*(f"in/{name}" for name in names))
    ended = filterkit("batch", "blur", "in", "-o", "out", *flags)
    if not told:
        assert ended.code == 2 and "leads out of the folder of the results" in ended.err
    else:
        assert ended.code == 5 and f"would both become out/{told}" in ended.err
    assert set(os.listdir()) == {"in"}


def test_files_of_several_folders_that_fall_together_are_refused(filterkit, workplace):
    touch("x/a.png", "y/a.png", "x/b.png", "y/b.png", "z.png")
    ended = filterkit("batch", "blur", "x/a.png", "y/a.png", "x/b.png", "y/b.png", "z.png",
                      "-o", "out")  # fmt: skip
    assert ended.code == 5
    assert "x/a.png and y/a.png would both become out/a.png, and 1 more" in ended.err


def test_a_result_and_a_folder_of_one_name_are_refused(filterkit, workplace):
    touch("in/a.jpg", "in/a.png/b.jpg", "in/c.jpg")
    ended = filterkit("batch", "blur", "in", "-o", "out", "--name", "{stem}.png")
    assert ended.code == 5
    assert "folder of the same name as out/a.png." in ended.err
    assert set(os.listdir()) == {"in"}


def link_to(make):
    def stand(original, result):
        result.parent.mkdir(parents=True, exist_ok=True)
        make(original.absolute(), result)

    return stand


SAME = {"hard link": link_to(os.link), "symlink": link_to(os.symlink)}


@pytest.mark.parametrize("on_exists", ["error", "overwrite"])
@pytest.mark.parametrize("kind", [*SAME, "path", "spelling", "other picture"])
def test_a_result_that_is_an_original_is_refused(filterkit, workplace, kind, on_exists):
    draw("in/a.png", "in/b.jpg", "in/sub/c.png")
    flags, sources = ["-o", "out"], ["in"]
    if kind in SAME:
        SAME[kind](Path("in/a.png"), Path("out/a.png"))
    elif kind == "path":
        flags, sources = ["-o", "in"], ["in/a.png"]
    elif kind == "spelling":
        os.symlink("in", "out")
        flags, sources = ["-o", "in/sub/.."], ["out/a.png"]
    else:
        os.rename("in/sub/c.png", "in/aa.png")
        flags, sources = (
            ["-o", "in", "--name", "{stem}{stem}{ext}"],
            ["in/a.png", "in/sub/../aa.png"],
        )
    before = tree()
    ended = filterkit("batch", "blur", *sources, *flags, "--on-exists", on_exists)
    assert (ended.code, ended.out) == (5, b"")
    assert "would be written over: that is an original." in ended.err
    assert "already there" not in ended.err
    assert tree() == before


def test_all_that_stands_in_the_way_is_told_in_one_run_and_nothing_is_done(workplace):
    touch("in/a.png", "in/a.jpg", "in/there.png", "in/folder.png", "in/locked/l.png",
          "in/deep/x.png", "in/same.png", f"in/{'n' * 248}.jpg", "out/there.webp")  # fmt: skip
    os.makedirs("out/folder.webp")
    os.makedirs("out/locked")
    os.link("in/same.png", "out/same.webp")
    touch("out/deep")
    os.chmod("out/locked", 0o555)
    for path in Path("in").rglob("*.*"):
        if path.is_file():
            path.chmod(0)
    before = sorted(tree("out"))
    try:
        ended = typed("batch", "blur", "in", "-o", "out", "--format", "webp", "--name",
                      "{stem}{ext}", "--json", humble=True)  # fmt: skip
    finally:
        os.chmod("out/locked", 0o755)
    objects = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == objects[-1]["summary"]["exit"] == 5
    assert sorted(one["code"] for one in objects[:-1]) == [
        "collision", "exists", "output-is-input", "unwritable", "unwritable", "unwritable",
    ]  # fmt: skip
    for words in (
        "a.jpg and in/a.png would both become out/a.webp",
        "out/same.webp would be written over: that is an original",
        "out/locked: that folder cannot be written to",
        "out/deep is a file, and a folder was needed",
        "out/folder.webp is a folder",
        "already there: out/folder.webp, out/there.webp; nothing was written",
    ):
        assert words in ended.err, words
    assert sorted(tree("out")) == before


def test_a_name_too_long_for_a_file_is_told_before_anything_is_done(filterkit, workplace):
    touch(f"in/{'n' * 250}.png")
    assert dry(filterkit, "in", "-o", "out") == [f"out/{'n' * 250}.png"]
    ended = filterkit("batch", "blur", "in", "-o", "out", "--name", "{stem}.{filter}{ext}")
    assert ended.code == 5 and "that name has 259 bytes, and 255 is the most" in ended.err
    for folder, code in ("{stem}{filter}x", 0), ("{stem}{filter}xx", 5):
        ended = filterkit("batch", "blur", "in", "-o", "out", "--name", folder + "/x{ext}", "-n")
        assert ended.code == code and ("that name has 256 bytes" in ended.err) == bool(code)
    assert set(os.listdir()) == {"in"}


def test_of_very_many_places_that_cannot_be_written_to_only_some_are_told(tmp_path):
    plan = Plan(tmp_path, "error")
    for number in range(3 * MOST_UNWRITABLE):
        touch(tmp_path / f"{number}.file")
        for name in "ab":
            source = Path(f"/nosuch/{name}{number}")
            plan.add(Found(source, Path(source.name)), tmp_path / f"{number}.file" / f"{name}.png")
    told = [str(one) for one in plan.problems()]
    assert len(told) == MOST_UNWRITABLE + 1
    assert told[0] == f"{tmp_path}/0.file is a file, and a folder was needed."
    assert told[-1] == "further results cannot be written either."


def test_nothing_is_handed_over_while_anything_stands_in_the_way(filterkit, workplace, monkeypatch):
    from filterkit.cli import batch_command

    touch("in/a.png", "in/a.jpg")
    monkeypatch.setattr(batch_command, "LocalExecutor", lambda *_: pytest.fail("it was begun"))
    before = tree()
    for flags in (["--format", "webp"], ["-n"]):
        filterkit("batch", "blur", "in", "-o", "out", *flags)
    assert tree() == before


@pytest.mark.parametrize("out", ["locked", "locked/x/y"])
@pytest.mark.parametrize("mode", [0, 0o555, 0o444])
def test_a_folder_of_results_that_cannot_be_written_to_is_told(workplace, out, mode):
    draw("in/a.png", "in/b/c.png")
    os.mkdir("locked")
    os.chmod("locked", mode)
    try:
        for flags in ([], ["--resume"], ["-n"]):
            ended = typed("batch", "blur", "in", "-o", out, *flags, humble=True)
            assert (ended.code, ended.out) == (5, b"")
            assert ended.err.startswith("filterkit: locked")
            assert ended.err.count("that folder cannot be written to.") == 1
    finally:
        os.chmod("locked", 0o755)
    assert os.listdir("locked") == []


# What is there already


def test_results_that_are_there_are_told_and_stay(filterkit, workplace):
    touch(*(f"in/{number}.png" for number in range(1, 7)))
    touch(*(f"out/{number}.png" for number in range(1, 6)))
    ended = filterkit("batch", "blur", "in", "-o", "out")
    assert (ended.code, ended.out) == (5, b"")
    assert "already there: out/1.png, out/2.png, out/3.png and 2 more; nothing" in ended.err
    assert sorted(tree("out").values()) == [b""] * 5


def test_results_that_are_there_are_kept_replaced_or_numbered_as_asked(workplace):
    draw("in/a.png", "in/b.png")
    fresh = typed("batch", "blur", "in", "-o", "fresh")
    assert fresh.code == 0
    new = {name: Path("fresh", name).read_bytes() for name in ("a.png", "b.png")}
    expected = {
        "skip": {"a.png": b"old", "b.png": new["b.png"]},
        "overwrite": new,
        "number": {"a.png": b"old", "a-2.png": b"old", "a-3.png": new["a.png"],
                   "b.png": new["b.png"]},
    }  # fmt: skip
    for on_exists, files in expected.items():
        out = Path(on_exists)
        out.mkdir()
        (out / "a.png").write_bytes(b"old")
        if on_exists == "number":
            (out / "a-2.png").write_bytes(b"old")
        dry_run = typed("batch", "blur", "in", "-o", out, "--on-exists", on_exists, "-n")
        ended = typed("batch", "blur", "in", "-o", out, "--on-exists", on_exists)
        assert (dry_run.code, ended.code) == (0, 0)
        assert sorted(dry_run.lines) == sorted(ended.lines)
        left = {path.name: path.read_bytes() for path in out.glob("*.png")}
        assert left == files


def test_results_of_one_name_are_numbered_where_that_is_asked(filterkit, workplace):
    touch("in/a.png", "in/a.jpg", "in/b/a.png", "out/a-3.webp")
    flags = ["--name", "{stem}.webp", "--on-exists", "number"]
    assert dry(filterkit, "in", "-o", "out", *flags) == [
        "out/a-2.webp", "out/a.webp", "out/b/a.webp",
    ]  # fmt: skip
    touch("in/a.tif", "in/a.bmp")
    assert dry(filterkit, "in", "-o", "out", *flags)[:4] == [
        "out/a-2.webp", "out/a-4.webp", "out/a-5.webp", "out/a.webp",
    ]  # fmt: skip


def test_numbers_are_given_in_natural_order_whatever_the_order_of_the_disk(tmp_path):
    out = tmp_path / "out"
    plan = Plan(out, "number")
    for name in ("a10", "a2", "a1"):
        plan.add(Found(Path(f"/nosuch/{name}"), Path(name)), out / "a.png")
    assert not [*plan.problems()]
    given = [(str(one.found.place), one.target.name) for one in plan]
    assert given == [("a1", "a.png"), ("a2", "a-2.png"), ("a10", "a-3.png")]


def test_many_results_of_one_name_are_numbered_without_trying_every_number(tmp_path, monkeypatch):
    count, asked, lexists = 300, [], os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: asked.append(path) or lexists(path))
    plan = Plan(tmp_path / "out", "number")
    for number in range(count):
        plan.add(Found(Path(f"/nosuch/{number}"), Path(f"{number}")), tmp_path / "out" / "a.png")
    beside = itertools.islice(numbered(tmp_path / "out" / "a.png"), count - 1)
    assert [one.target for one in plan] == [tmp_path / "out" / "a.png", *beside]
    assert len(asked) < 4 * count


def test_a_number_that_an_earlier_run_gave_stays_with_its_picture(tmp_path):
    out = tmp_path / "out"
    past = [Record("../y/a.png", "a.png", outputs=(("a-2.png", ""),))]
    plan = Plan(out, "number", past)
    touch(tmp_path / "x/a.png", tmp_path / "y/a.png", tmp_path / "z/a.png", out / "a.png")
    for name in "zyx":
        plan.add(Found(tmp_path / name / "a.png", Path(name, "a.png")), out / "a.png")
    named = {one.found.path.parent.name: one.target.name for one in plan}
    assert named == {"x": "a-3.png", "y": "a-2.png", "z": "a-4.png"}
    assert list(plan.problems()) == []


def test_what_was_begun_in_vain_gives_no_claim_to_what_stands_there(tmp_path):
    out = tmp_path / "out"
    touch(tmp_path / "a.png", out / "a.png")
    begun = Record("../a.png", "a.png", outputs=(("a.png", ""),))
    for past, expected in (
        ([], [OutputExistsError]),
        ([begun], []),
        ([begun, Record("../a.png", "a.png")], [OutputExistsError]),
        ([begun, Record("../a.png", "a.png"), begun], []),
    ):
        plan = Plan(out, "error", past)
        plan.add(Found(tmp_path / "a.png", Path("a.png")), out / "a.png")
        assert [type(one) for one in plan.problems()] == expected


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.text("01", max_size=2)),
        max_size=8,
    )
)
def test_of_what_earlier_runs_did_the_last_word_counts(told):
    past = [Record(f"../{one}", other, "r", digest, ((other, ""),)) for one, other, digest in told]
    plan = Plan(Path("/nosuch/out"), "error", past)
    last = {(record.source, record.target): record for record in past}
    for source, wanted in itertools.product("abc", "xy"):
        plan.add(Found(Path("/nosuch", source), Path(source)), Path("/nosuch/out", wanted))
    found = {(one.found.path.name, one.wanted.name): one.past for one in plan}
    assert found == {
        (source, wanted): last.get((f"../{source}", wanted))
        for source, wanted in itertools.product("abc", "xy")
    }
    assert all(plan.record_of(one).outputs == ((one.wanted.name, ""),) for one in plan)


def test_a_dry_run_prints_the_plan_and_writes_nothing(filterkit, workplace):
    touch("in/a.png", "in/b/c.jpg", "in/d.txt")
    before = tree()
    ended = filterkit("batch", "blur", "in", "-o", "out/deep", "-n")
    assert (ended.code, ended.lines) == (0, ["out/deep/a.png", "out/deep/b/c.jpg"])
    assert "nothing was written" in ended.err
    objects = filterkit("batch", "blur", "in", "-o", "out/deep", "-n", "--json").out.splitlines()
    assert [json.loads(line).get("status") for line in objects[:2]] == ["planned"] * 2
    quiet = filterkit("batch", "blur", "in", "-o", "out/deep", "-n", "-q")
    assert quiet == (0, b"", "")
    assert tree() == before


# Names


PIECES = st.sampled_from(
    [*(f"{{{field}}}" for field in FIELDS), ".", "..", "/", "//", "a", "-", " ", "~", "$HOME",
     "{", "}", "{{stem}}", "\\", "\n"]
)  # fmt: skip
STEMS = st.text("ab./{}\\ \n~é\udce9", min_size=1, max_size=6)


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), STEMS, STEMS, STEMS)
@example("{stem}/x{ext}", "...png", "a", "x")
@example("{stem}/{stem}{ext}", "..png", "a", "..")
@example("{map}/{frame}/x{ext}", "a.png", "..", "..")
def test_no_template_leads_out_of_the_folder_of_the_results(name, file, map_name, frame):
    file = file.replace("/", "")
    assume(file not in ("", ".", ".."))
    with TemporaryDirectory() as folder, chdir(folder):
        out = Path("out {stem}")
        try:
            batch = Batch(None, "blur", out, name, writing=Writing(format="png"))
        except UsageError:
            return
        found = Found(Path("in", file), Path("sub {map}", file))
        target = batch.target(found)
        paths = [batch.path(found)]
        if target.template is not None:
            paths.append(Path(target.template.expand(map=map_name, frame=frame)))
        for path in paths:
            real = os.path.realpath(path)
            assert real.startswith(os.path.realpath(out / "sub {map}") + "/")
            assert ".." not in path.parts


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("{foo}{ext}", "--name knows no {foo}."),
        ("{0.__class__}{ext}", "--name knows no {0.__class__}."),
        ("{}", "--name knows no {}."),
        ("../{stem}{ext}", "--name ../{stem}{ext} leads out of the folder of the results."),
        ("a/../../b{ext}", "leads out of the folder of the results."),
        ("/tmp/{stem}{ext}", "leads out of the folder of the results."),
        ("lines/", "--name lines/ names a folder, and no file in it."),
        (".", "--name . names a folder, and no file in it."),
        ("{stem}.psd", ".psd names no format that can be written."),
    ],
)
def test_a_template_that_cannot_be_meant_is_a_mistake_of_use(filterkit, workplace, name, sentence):
    touch("in/a.png")
    ended = filterkit("batch", "blur", "in", "-o", "out", "--name", name)
    assert (ended.code, ended.out) == (2, b"")
    assert sentence in ended.err
    assert set(os.listdir()) == {"in"}


def test_braces_in_the_names_of_folders_and_files_stay_as_they_are(filterkit, workplace):
    touch("in/{stem}/{ext}/{x}.png", "in/{map}.png")
    assert dry(filterkit, "in", "-o", "out{filter}", "--name", "{stem}-{filter}{ext}") == [
        "out{filter}/{map}-blur.png", "out{filter}/{stem}/{ext}/{x}-blur.png",
    ]  # fmt: skip


def test_templates_name_results_within_the_mirrored_tree(filterkit, workplace):
    touch("in/a.png", "in/b/c.JPG")
    for name, names in {
        "{filter}/{stem}{ext}": ["out/b/gaussian-2/c.JPG", "out/gaussian-2/a.png"],
        "{stem}-x.png": ["out/a-x.png", "out/b/c-x.png"],
        "{stem}{stem}{ext}": ["out/aa.png", "out/b/cc.JPG"],
    }.items():
        ended = filterkit("batch", "gaussian:2", "in", "-o", "out", "--name", name, "-n")
        assert (ended.code, sorted(ended.lines)) == (0, names)


def test_maps_and_frames_get_names_of_their_own(workplace):
    draw("in/a.png", "in/b/c.png")
    ended = typed("batch", "blur & sharpen", "in", "-o", "out", "--name", "{stem}-{map}{ext}")
    assert ended.code == 0, ended.err
    assert sorted(ended.lines) == [
        "out/a-blur.png", "out/a-sharpen.png", "out/b/c-blur.png", "out/b/c-sharpen.png",
    ]  # fmt: skip
    frames = [noise(4, 5, seed=seed) for seed in range(3)]
    tifffile.imwrite("film.tif", np.stack(frames), photometric="rgb")
    ended = typed("batch", "identity", "film.tif", "-o", "film", "--name", "{frame}/{stem}.png")
    assert ended.code == 0, ended.err
    assert len(ended.lines) == 3 and all(re.fullmatch(r"film/\d+/film.png", one) for one in
                                         ended.lines)  # fmt: skip
    for path, frame in zip(sorted(ended.lines), frames, strict=True):
        np.testing.assert_array_equal(stored(Path(path)), frame)


def test_the_format_that_is_asked_for_gives_the_ending(filterkit, workplace):
    touch("in/a.png", "in/b.jpeg", "in/c.JPG", "in/d.heic", "in/e")
    assert dry(filterkit, "in", "in/e", "-o", "out", "--format", "jpeg") == [
        "out/e.jpg", "out/in/a.jpg", "out/in/b.jpeg", "out/in/c.JPG", "out/in/d.jpg",
    ]  # fmt: skip
    assert dry(filterkit, "in", "in/e", "-o", "out") == [
        "out/e.png", "out/in/a.png", "out/in/b.jpeg", "out/in/c.JPG", "out/in/d.png",
    ]  # fmt: skip
    for flags in (["--format", "nosuch"], ["--format", "heic"], ["--name", "{stem}.heic"]):
        ended = filterkit("batch", "blur", "in", "-o", "out", *flags)
        assert (ended.code, ended.out) == (2, b"")


# A million


def test_a_disk_without_room_for_the_plan_is_told(tmp_path):
    code = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from filterkit.batching.finding import Found
        from filterkit.batching.plan import Plan
        from filterkit.errors import DiskError

        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
        plan, out = Plan(Path("out"), "error"), Path("out")
        try:
            for number in range(100_000):
                place = Path(f"{number}-{'x' * 200}.png")
                plan.add(Found("in" / place, place), out / place)
        except DiskError as error:
            print(error, error.advice)
    """)
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("the plan cannot be kept in a temporary file: ")


MEASURED = """
import sys, time
from pathlib import Path
from filterkit.batching.batch import Batch
from filterkit.batching.finding import Found
from filterkit.batching.plan import Plan

def most_memory():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

count = int(sys.argv[1])
batch, plan, root = Batch(None, "blur", Path("out")), Plan(Path("out"), "error"), Path("in")
began = time.monotonic()
for number in range(count):
    place = Path(f"{number // 1000}/photo-{number}.png")
    found = Found(root / place, place, root)
    plan.add(found, batch.path(found))
added = time.monotonic()
assert list(plan.problems()) == []
checked = time.monotonic()
assert sum(1 for _ in plan) == len(plan) == count
print(most_memory(), added - began, checked - added, time.monotonic() - checked)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_plan_of_a_million_needs_hardly_more_memory_than_one_of_ten_thousand(
    tmp_path, record_property
):
    told = {}
    for count in (10_000, 1_000_000):
        ended = subprocess.run(
            [sys.executable, "-c", MEASURED, str(count)], cwd=tmp_path, capture_output=True,
            text=True, timeout=20 * PATIENCE, check=True,
        )  # fmt: skip
        told[count], *seconds = map(float, ended.stdout.split())
        record_property(f"{count}: seconds to add, check, go through", seconds)
        record_property(f"{count}: KiB", told[count])
    assert told[1_000_000] - told[10_000] <= 40 * 1024
