"""filterkit view, as it is typed: at terminals, in pipes, with what is no picture among them."""

import os
import re
import subprocess

import numpy as np
import pytest
from drawing import noise, png, ramp, write
from PIL import Image
from running import COMMAND, PATIENCE, assert_ended, patched, typed

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this is about POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # threads of other tests
]

PLAIN = {
    name: "" for name in ("NO_COLOR", "KITTY_WINDOW_ID", "TERM_PROGRAM", "TMUX", "STY", "COLORTERM")
} | {"TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
"""A terminal of which nothing is known but its size."""

ASKING = re.compile(r"\033\[[0-9;?>=]*[cn]|\033\[\?[0-9;]*\$p|\033_G[^;]*a=q|\033\][0-9;]*\?")
"""What programs ask a terminal: what it is, where its cursor is, what it knows, its colours."""


@pytest.fixture
def place(workplace):
    """A folder with pictures of several kinds."""
    write(workplace / "photo.png", noise(60, 90))
    write(workplace / "grey.png", ramp(40, 40))
    write(workplace / "tiny.png", np.uint8([[[1], [2]], [[3], [255]]]))
    np.save(workplace / "signed.npy", noise(30, 40, 1, "float32")[..., 0])
    (workplace / "broken.png").write_bytes(png(noise())[:90])
    return workplace


def plain(text):
    return re.sub(r"\033\[[0-9;]*m", "", text)


def looked_at(*arguments, columns=80, env=(), **options):
    """Look at pictures on a terminal, and give what it was sent."""
    there = PLAIN | {"COLUMNS": str(columns)} | dict(env)
    ended = typed("view", *arguments, terminals=("stdout",), env=there, **options)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.decode()


def test_in_a_pipe_a_picture_is_plain_text(place):
    ended = typed("view", "photo.png", env=PLAIN)
    assert (ended.code, ended.err) == (0, "")
    name, about, *lines = ended.lines
    assert (name, about) == ("photo.png", "60x90, 8 bit colour")
    assert len(lines) == 27 and {len(line) for line in lines} == {80}
    assert ended.out.isascii() and b"\033" not in ended.out


def test_a_pipe_gets_colours_where_they_are_asked_for(place):
    ended = typed("view", "photo.png", "--color", "always", env=PLAIN | {"COLORTERM": "truecolor"})
    assert "\033[38;2;" in ended.out.decode() and "▀" in ended.out.decode()


@pytest.mark.parametrize("columns", [80, 140])
def test_pictures_lie_side_by_side_on_a_terminal_and_fit_it(place, columns):
    names = ("photo.png", "grey.png", "signed.npy", "tiny.png")
    told = looked_at(*names, columns=columns, env={"COLORTERM": "truecolor"})
    lines = plain(told).splitlines()
    assert max(map(len, lines)) <= columns
    first = lines[0].split()
    assert first == list(names[: len(first)]) and len(first) >= 2
    assert "blue" in told and "255" in told


def test_without_colours_a_terminal_gets_letters(place):
    assert "\033" not in looked_at("photo.png", env={"NO_COLOR": "1"})
    assert "\033" not in looked_at("photo.png", "--color", "never")


@pytest.mark.parametrize(
    "env, begin",
    [
        ({"KITTY_WINDOW_ID": "1"}, "\033_Ga=T,f=100,"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\033]1337;File=inline=1;"),
        ({"COLORTERM": "truecolor"}, "\033[38;2;"),
        ({}, "\033[38;5;"),
    ],
)
def test_a_terminal_is_told_in_its_own_words_and_never_asked(place, env, begin):
    told = looked_at("photo.png", "grey.png", env=env)
    assert begin in told
    assert not ASKING.search(told)


def test_a_protocol_may_be_chosen_also_inside_tmux(place):
    inside = {"TMUX": "socket,1,0", "COLORTERM": "truecolor"}
    assert "\033[38;2;" in looked_at("photo.png", env=inside)
    assert "\033Ptmux;\033\033_G" in looked_at("photo.png", "--protocol", "kitty", env=inside)
    assert "\033Ptmux;\033\033]1337;" in looked_at("photo.png", "--protocol", "iterm", env=inside)


def test_a_width_may_be_chosen(place):
    ended = typed("view", "photo.png", "--width", "30", env=PLAIN)
    assert {len(line) for line in ended.lines[2:]} == {30}


@pytest.mark.parametrize("given", [["-"], []])
def test_a_picture_may_come_through_a_pipe(place, given):
    ended = typed("view", *given, stdin=(place / "tiny.png").read_bytes(), env=PLAIN)
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines == ["stdin", "2x2, 8 bit grey", "   1    2", "   3  255"]


def test_a_named_picture_leaves_a_pipe_alone_that_never_ends(place):
    process = subprocess.Popen(
        [COMMAND, "view", "tiny.png"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read().startswith(b"tiny.png")
    finally:
        process.kill()
        process.communicate()


def test_numbers_that_are_written_out_are_a_picture(workplace):
    ended = typed("view", "[0 1/2; -1 1]", env=PLAIN)
    assert ended.lines == ["[0 1/2; -1 1]", "2x2, float", "    0   0.5", " -1.0   1.0"]


def test_samples_are_pictures(workplace):
    assert typed("view", "sample:zero", env=PLAIN).lines[1] == "5x5, 8 bit grey"


def test_of_several_frames_one_is_shown_and_all_are_counted(workplace):
    frames = [Image.fromarray(np.full((2, 3), grey, np.uint8)) for grey in (10, 20, 30)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    shown = {"first": "10", "2": "20", "3": "30"}
    for frame, grey in shown.items():
        ended = typed("view", "moving.gif", "--frames", frame, env=PLAIN)
        assert ended.lines[1].endswith(f"frame {1 if frame == 'first' else frame}/3")
        assert set(" ".join(ended.lines[2:]).split()) == {grey}
    ended = typed("view", "moving.gif", "--frames", "4", env=PLAIN)
    assert_ended(ended, 3, "moving.gif: there is no frame 4; there are 3.", "--frames first")


def test_what_is_no_picture_does_not_hide_the_others(place):
    ended = typed("view", "tiny.png", "broken.png", "missing.npy", "grey.png", env=PLAIN)
    assert ended.code == 1
    assert ended.lines[0].split() == ["tiny.png", "grey.png"]
    first, second = ended.err.splitlines()[:2]
    assert first.startswith("filterkit: broken.png: ")
    assert second.startswith("filterkit: missing.npy: no such file")


def test_where_nothing_is_a_picture_the_exit_code_is_3(place):
    ended = typed("view", "broken.png", "missing.png", env=PLAIN)
    assert (ended.code, ended.out) == (3, b"")


DEATH = """
import os, signal
from filterkit.pictures import opencv
decode = opencv.decoded
def decoded(content, rows, columns, colourful=False):
    if rows == 13:
        os.kill(os.getpid(), signal.SIGSEGV)
    return decode(content, rows, columns)
opencv.decoded = decoded
"""


def test_a_decoder_that_dies_takes_only_its_picture_along(place, tmp_path):
    write(place / "bad.png", ramp(13))
    there = PLAIN | patched(tmp_path, DEATH)
    ended = typed("view", "tiny.png", "bad.png", "grey.png", env=there)
    assert ended.code == 1
    assert ended.err == "filterkit: bad.png: the decoder crashed (SIGSEGV).\n"
    assert ended.lines[0].split() == ["tiny.png", "grey.png"]


def test_some_of_many_maps_are_shown_and_that_is_said(workplace):
    np.save("maps.npy", noise(20, 20, 18, "float32"))
    ended = typed("view", "maps.npy", env=PLAIN)
    assert (ended.code, ended.err) == (0, "filterkit: maps.npy: 16 of its 18 maps are shown.\n")
    assert "map 16/18" in ended.out.decode() and "map 17/18" not in ended.out.decode()


def test_colours_of_one_picture_stay_in_one_row_where_they_fit_it(workplace):
    write(workplace / "colour.png", noise(2, 2))
    write(workplace / "other.png", noise(2, 4, 1))
    ended = typed("view", "other.png", "other.png", "colour.png", env=PLAIN)
    rows = [line.split() for line in ended.lines if ".png" in line]
    assert rows == [["other.png"] * 2, ["colour.png"] * 3]


def test_a_name_cannot_play_tricks_on_the_terminal(workplace):
    name = "a\033[31m\nb.png"
    write(workplace / name, np.uint8([[[7]]]))
    ended = typed("view", name, env=PLAIN)
    assert ended.lines == ["a\\x1b[31m\\nb.png", "1x1, 8 bit grey", " 7"]


def test_letters_that_an_encoding_does_not_have_are_no_error(place):
    there = PLAIN | {"PYTHONIOENCODING": "ascii"}
    ended = typed("view", "photo.png", "--color", "always", env=there)
    assert ended.code == 0 and ended.out.isascii()
