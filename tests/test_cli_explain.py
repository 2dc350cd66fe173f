"""filterkit explain: what it prints, what it writes, and what it answers."""

import json
import os
import pty
import re
import select
import subprocess
import time

import numpy as np
import pytest
from drawing import write
from running import COMMAND, PATIENCE, assert_done, assert_ended, typed

import filterkit as library

CHAPTER = "stroke-right:padding=valid | max-pool:2,stride=1"


@pytest.fixture
def place(workplace):
    """A small photograph a.png, in colour."""
    write(workplace / "a.png", np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
    return workplace


def test_the_chapter_is_explained_without_any_file(filterkit, place):
    ended = filterkit("explain", CHAPTER)
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[-1] == "Row by row: 3, 2, 2, 3."
    assert ended.lines[2].startswith("On sample:zero, 5x5x1, where 1 is white.")
    assert "\033" not in ended.out.decode()


def test_flags_fill_in_what_the_filter_leaves_open(filterkit, place):
    flags = filterkit("explain", "stroke-right", "--padding", "valid", "--pool", "max:2,stride=1")
    assert flags.out == filterkit("explain", CHAPTER).out


def test_a_place_is_followed_back_to_the_picture(filterkit, place):
    ended = filterkit("explain", "blur & edge | fuse:max", "a.png", "--at", "7,9,2", "--json")
    assert ended.code == 0
    told = json.loads(ended.out)
    image = library.read_picture("a.png").pixels[0]
    expected = library.apply(image / 255.0, "blur & edge | fuse:max")[7, 9, 2] * 255
    (last,) = told["steps"][-1]["worked"]
    assert last["at"] == [7, 9, 2]
    assert last["value"] == pytest.approx(float(expected), rel=1e-5)
    window = told["steps"][1]["worked"][0]["windows"][0]
    assert window["values"] == image[5:10, 7:12, 2].astype(float).tolist()


def test_numbers_written_out_are_a_picture(filterkit, place):
    ended = filterkit("explain", "average-pool:2", "[1 2; 3 4]")
    assert "  row 0, column 0:  (1 + 2 + 3 + 4) / 4 = 2.5" in ended.lines


def test_a_page_and_a_film_are_written_and_told(filterkit, place):
    ended = filterkit("explain", CHAPTER, "--html", "new/a.html", "--gif", "a.gif")
    assert_done(ended, "new/a.html", "a.gif")
    page = (place / "new" / "a.html").read_text()
    assert "Row by row: 3, 2, 2, 3." in page
    assert not re.search(r"(src|href)=.(?!data:)|@import|https?:", page)
    assert library.read_picture("a.gif").frames == 9 + 4


def test_the_film_of_a_5x5_picture_is_small(filterkit, place):
    assert_done(filterkit("explain", "edge", "--gif", "a.gif"), "a.gif")
    assert library.read_picture("a.gif").frames == 25
    assert os.path.getsize("a.gif") < 200_000


def test_markdown_has_a_heading_for_each_step(filterkit, place):
    lines = filterkit("explain", CHAPTER, "--markdown").lines
    assert [line for line in lines if line.startswith("## ")] == [
        "## 1. stroke-right:padding=valid", "## 2. max-pool:2,stride=1", "## The result",
    ]  # fmt: skip
    assert lines.count("```text") == lines.count("```")


def test_what_is_there_is_not_replaced_unless_asked(filterkit, place):
    (place / "a.html").write_text("mine")
    ended = filterkit("explain", "edge", "--html", "a.html")
    assert_ended(ended, 5, "a.html exists; nothing was written.", "add -f to replace it")
    assert (place / "a.html").read_text() == "mine"
    assert_done(filterkit("explain", "edge", "--html", "a.html", "-f"), "a.html")


@pytest.mark.parametrize(
    "words, sentence, advice",
    [
        (["edge", "--at", "9,9"], "there is no row 9: the result is 5x5x1, counted from 0.",
         "--at 4,4"),
        (["edge", "--at", "9"], "--at takes ROW,COLUMN or ROW,COLUMN,MAP, counted from 0, not 9.",
         "--at 0,0"),
        (["edge", "--html", "page"], "--html names a file that ends in .html, not page.",
         "--html page.html"),
        (["edge", "--gif", "x.png"], "--gif names a file that ends in .gif, not x.png.",
         "--gif x.gif"),
        (["edge", "a.png", "--gif", "x.gif"],
         "a film shows whole pictures, of up to 16x16 pixels.",
         "a picture of up to 12x12 pixels, such as sample:zero"),
        (["edge", "[" + "0 " * 16 + "".join("; " + "0 " * 16 for _ in range(15)) + "]",
          "--gif", "x.gif"],
         "a film shows every window, and there are 256; 200 are the most.",
         "a picture of up to 12x12 pixels, such as sample:zero"),
        (["a.png"], "which filter? a.png is a picture.", "filterkit explain edge a.png"),
        (["a.png", "edge"], "a.png stands where the filter belongs.",
         "filterkit explain edge a.png"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_answered(filterkit, place, words, sentence, advice):
    assert_ended(filterkit("explain", *words), 2, sentence, advice)


def test_transparency_and_further_frames_are_told_to_be_left_aside(filterkit, workplace):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
    alpha = np.zeros((2, 9, 9), np.uint8)
    alpha[:, :4] = 255
    moving = library.Picture(pixels, alpha, animation=library.Animation((100.0, 100.0)))
    library.write_picture(moving, "a.png")
    ended = filterkit("explain", "edge", "a.png")
    assert ended.code == 0
    assert "filterkit: a.png: its transparency is left aside." in ended.err
    assert "filterkit: a.png: the first of its 2 frames is explained." in ended.err


def test_a_picture_comes_through_a_pipe(place):
    piped = typed("explain", "edge", stdin=(place / "a.png").read_bytes())
    assert piped.out.decode().splitlines()[2].startswith("On stdin, 40x50x3")


def test_nothing_is_too_narrow_too_poor_or_too_large_to_be_told(place):
    for environment in ({"COLUMNS": "2"}, {"PYTHONIOENCODING": "latin-1"}):
        assert typed("explain", "gaussian:1", "a.png", env=environment).code == 0
    np.save("huge.npy", np.float32([[1e30, 2], [3, 4]]))
    ended = typed("explain", "square", "huge.npy", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out, parse_constant=pytest.fail)["steps"][1]["numbers"][0][0] == [None]


def test_an_original_is_not_replaced(filterkit, place):
    moving = library.Picture(np.zeros((1, 4, 4, 1), np.uint8))
    library.write_picture(moving, "a.gif")
    ended = filterkit("explain", "edge", "a.gif", "--gif", "a.gif", "-f")
    assert_ended(ended, 5, "a.gif is the original.", "another name")


def test_a_picture_that_cannot_be_read_is_told(filterkit, place):
    (place / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert filterkit("explain", "edge", "b.png").code == 3


def test_colours_are_for_terminals(place):
    environment = {"TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "80"}
    seen = typed("explain", "edge", terminals=("stdout",), env=environment)
    assert "\033[" in seen.out.decode()
    for words in (["--color", "never"], []):
        plain = {**environment, "NO_COLOR": "" if words else "1"}
        seen = typed("explain", "edge", *words, terminals=("stdout",), env=plain)
        assert "\033[" not in seen.out.decode()
    assert b"\033[" in typed("explain", "edge", "--color", "always", env=environment).out


def test_without_a_terminal_a_walk_is_told_at_once(filterkit, place):
    assert filterkit("explain", CHAPTER, "--step").out == filterkit("explain", CHAPTER).out


def test_keys_walk_from_window_to_window():
    from filterkit.cli.walking import Walk
    from filterkit.viewing.explaining import Explanation

    image = np.arange(20.0).reshape(4, 5, 1)
    path = Walk(Explanation(library.parse("[1 1]:padding=valid | relu"), image))
    places = [path.place(at) for at in range(path.ends[-1])]
    assert len(set(places)) == len(places) == 16 + 16
    assert places[1] == (0, (0, 1, 0))
    assert path.place(path.beginning(1)) == (1, (0, 0, 0))
    assert path.beginning(-1) == 0
    assert path.beginning(7) == path.beginning(1)
    assert "row 0, column 1:  1 + 2 = 3" in path.text(1, 24, 80, 0)
    assert "1 of 32" in path.text(0, 24, 80, 0)


def test_a_walk_takes_keys_and_leaves_the_terminal_as_it_was(tmp_path):
    ours, theirs = pty.openpty()
    process = begun_on(theirs, "explain", "edge", "--step")
    seen = read_until(ours, b"1 of 25")
    os.write(ours, b" ")
    seen += read_until(ours, b"2 of 25")
    os.write(ours, b"q")
    assert process.wait(60) == 0
    seen += read_until(ours, b"\033[?1049l")
    os.close(ours)
    os.close(theirs)
    assert seen.startswith(b"\033[?1049h")


def begun_on(terminal, *arguments):
    return subprocess.Popen(
        [COMMAND, *arguments], stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip


def read_until(terminal, end):
    seen, late = b"", time.monotonic() + PATIENCE
    while end not in seen and time.monotonic() < late:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 1 << 16)
    assert end in seen, seen
    return seen
