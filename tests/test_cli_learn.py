"""filterkit learn: what it prints, what it writes, and what it answers."""

import json
import re
import shutil

import numpy as np
import pytest
from drawing import stored, write
from PIL import Image
from running import assert_done, assert_ended, typed
from teaching import filtered, made, texture

import filterkit as library

SHARPEN = "[0 -1 0; -1 5 -1; 0 -1 0]"


def sharpened(image):
    return made(image, "3x3", SHARPEN, "")


@pytest.fixture
def place(workplace):
    """A picture a.png, and b.png, the same sharpened; folders before/ and after/ of such pairs."""
    image = texture(60, 70)
    write(workplace / "a.png", image)
    write(workplace / "b.png", sharpened(image))
    for folder in ("before", "after", "empty"):
        (workplace / folder).mkdir()
    for at in range(3):
        image = texture(40, 50, seed=at)
        write(workplace / "before" / f"{at}.png", image)
        write(workplace / "after" / f"{at}.{'tif' if at else 'png'}", sharpened(image))
    return workplace


TABLE = """3x3, learned from a.png → b.png

   0 -1  0
  -1  5 -1
   0 -1  0

  residual  0.000 grey levels  rounding leaves 0.289
  PSNR  no pixel differs
  pixels exact  100 %  when it is applied again
"""


def plain(table):
    """Leave out how wide the columns of the figures are."""
    head, _, figures = table.partition("\n  residual")
    return head + "\n" + re.sub("(?<=[^ \n])  +", "  ", "  residual" + figures)


def test_without_an_output_the_kernel_is_printed_and_how_well_it_fits(filterkit, place):
    before = sorted(place.rglob("*"))
    ended = filterkit("learn", "a.png", "b.png")
    assert (ended.code, ended.err) == (0, "")
    assert plain(ended.out.decode()).startswith(TABLE)
    assert sorted(place.rglob("*")) == before


def test_an_output_is_told_on_stdout_and_the_table_on_stderr(filterkit, place):
    ended = filterkit("learn", "a.png", "b.png", "-o", "new/mine.toml")
    assert (ended.code, ended.lines) == (0, ["new/mine.toml"])
    assert plain(ended.err).startswith(TABLE)


def test_what_was_written_does_the_same_to_other_pictures(filterkit, place):
    filterkit("learn", "a.png", "b.png", "-o", "mine.toml")
    other = texture(50, 60, seed=7)
    write(place / "c.png", other)
    assert_done(filterkit("apply", "./mine.toml", "c.png", "-o", "d.png"), "d.png")
    np.testing.assert_array_equal(stored(place / "d.png"), sharpened(other))
    shown = filterkit("show", "./mine.toml")
    assert shown.code == 0
    assert "a.png -> b.png" in shown.out.decode()


def test_a_file_tells_where_it_comes_from_without_folders(filterkit, place):
    moved = place / "elsewhere"
    moved.mkdir()
    for name in ("a.png", "b.png"):
        shutil.copy(place / name, moved / name)
    filterkit("learn", "a.png", "b.png", "-o", "mine.toml")
    filterkit("learn", moved / "a.png", moved / "b.png", "-o", "other.toml")
    content = (place / "mine.toml").read_text()
    assert 'title = "learned from a.png -> b.png"' in content
    assert str(place) not in content
    assert content == (place / "other.toml").read_text()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_file_is_the_same_for_any_number_of_threads(filterkit, place, threads):
    filterkit("learn", "before", "after", "-o", "first.toml")
    filterkit("learn", "before", "after", "-o", "second.toml", "--threads", threads)
    assert (place / "first.toml").read_bytes() == (place / "second.toml").read_bytes()


def test_quiet_says_nothing_of_the_result(filterkit, place):
    for more in ([], ["-o", "mine.toml"]):
        ended = filterkit("learn", "a.png", "b.png", "-q", *more)
        assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert (place / "mine.toml").exists()


def test_json_is_one_object(filterkit, place):
    ended = filterkit("learn", "a.png", "b.png", "--json", "-o", "mine.toml")
    assert (ended.code, ended.err) == (0, "")
    (line,) = ended.out.decode().splitlines()
    told = json.loads(line)
    assert told["schema"] == 1
    assert told["written"] == ["mine.toml"]
    assert (told["shape"], told["sharing"], told["space"]) == ("3x3", "shared", "srgb")
    assert (told["exact"], told["psnr"], told["border"]) == (1, None, "reflect")
    assert told["examples"] == ["a.png -> b.png"]
    assert np.shape(told["deviations"]) == (3, 3)
    assert all(len(one) == 2 for one in told["losses"])
    image = texture(30, 30, seed=5)
    np.testing.assert_array_equal(library.apply(image, told["filter"]), sharpened(image))


def test_json_holds_no_number_that_json_does_not_know(filterkit, place):
    ramp = np.tile(np.arange(200, dtype=np.uint8), (100, 1))[..., None]
    write(place / "ramp.png", ramp)
    ended = filterkit("learn", "ramp.png", "ramp.png", "--filter", "3x3", "--json")

    def refuse(word):
        raise AssertionError(word)

    told = json.loads(ended.out, parse_constant=refuse)
    assert told["condition"] is None
    assert "rank 1 of 9" in told["notes"][0]


def test_an_error_in_json_is_an_object_too(filterkit, place):
    write(place / "small.png", texture(9, 9))
    ended = filterkit("learn", "a.png", "small.png", "--json")
    assert ended.code == 3
    assert json.loads(ended.out)["code"] == "examples"


def test_progress_is_told_where_it_is_asked_for(filterkit, place):
    quiet = typed("learn", "a.png", "b.png")
    assert quiet.err == ""
    told = typed("learn", "a.png", "b.png", "-v")
    assert told.err.startswith("  the size is 3x3\n  step 0: ")
    assert told.out == quiet.out
    assert typed("learn", "a.png", "b.png", "-v", "-q").err == ""


def test_progress_is_told_at_a_terminal(filterkit, place):
    ended = typed("learn", "a.png", "b.png", terminals=("stderr",))
    assert ended.err.startswith("  the size is 3x3\n  step 0: ")


def test_doubts_are_said_on_stderr(filterkit, place):
    write(place / "soft.png", filtered(texture(60, 70), "gaussian:2"))
    ended = filterkit("learn", "a.png", "soft.png", "--filter", "3x3")
    assert ended.code == 0
    assert ended.err.startswith("filterkit: 7x7 weights explain more: ")


def test_the_choices_of_learning_are_flags(filterkit, place):
    flags = "--filter 3x3 --per-channel --constrain symmetric --optimizer gd --steps 7 --l2 0.001"
    flags = [*flags.split(), "--space", "srgb", "--seed", "3", "--json"]
    told = json.loads(filterkit("learn", "a.png", "b.png", *flags).out)
    assert (told["sharing"], told["optimizer"], told["steps"]) == ("per-channel", "gd", 7)
    mixed = filterkit("learn", "a.png", "b.png", "--filter", "3x3", "--mix", "--snap", "--json")
    assert json.loads(mixed.out)["exactly"] == "whole weights / 1"


def test_a_checkpoint_is_written_and_gone_on_from(filterkit, place):
    line = ["learn", "a.png", "b.png", "--filter", "3x3 | sigmoid", "--steps", "100", "--json"]
    whole = filterkit(*line)
    kept = filterkit(*line, "--checkpoint", "kept.ckpt")
    assert (place / "kept.ckpt").exists()
    assert filterkit(*line, "--checkpoint", "kept.ckpt", "--resume").out == kept.out == whole.out
    other = filterkit(*line, "--checkpoint", "kept.ckpt", "--resume", "--seed", "1")
    sentence = "kept.ckpt is a checkpoint of another shape, seed or set of pictures."
    assert other.err == (
        f"filterkit: {sentence}\n  try: without --resume, or with what it was begun with\n"
    )
    assert other.code == 2


def test_folders_are_paired_by_names_whatever_the_ending(filterkit, place):
    ended = filterkit("learn", "before", "after", "--json")
    assert json.loads(ended.out)["examples"] == [
        "0.png -> 0.png", "1.png -> 1.tif", "2.png -> 2.tif",
    ]  # fmt: skip
    assert ended.err == ""
    table = filterkit("learn", "before", "after").out.decode()
    assert table.startswith("3x3, learned from 0.png → 0.png and 2 more pairs\n")


def test_pictures_without_a_partner_are_said(filterkit, place):
    for name in ("x", "y"):
        write(place / "before" / f"{name}.png", texture(20, 20))
    (place / "before" / "notes.txt").write_text("no picture")
    (place / "before" / ".hidden.png").write_text("no picture")
    ended = filterkit("learn", "before", "after", "-o", "mine.toml")
    assert ended.err.endswith("filterkit: 2 pictures have no partner: x, y.\n")
    (place / "before" / "y.png").unlink()
    ended = filterkit("learn", "before", "after", "-q")
    assert ended.err == "filterkit: 1 picture has no partner: x.\n"


def test_the_probe_is_a_chart_that_tells_every_kernel(filterkit, place):
    assert_done(filterkit("learn", "--probe", "probe.png"), "probe.png")
    chart = stored(place / "probe.png")
    assert (chart.shape, chart.dtype) == ((512, 512, 3), np.uint8)
    write(place / "after.png", library.apply(chart, "sobel-x:fusion=keep,render=clip"))
    told = json.loads(filterkit("learn", "probe.png", "after.png", "--json").out)
    assert told["shape"] == "3x3"
    assert told["condition"] < 50
    kernel = library.parse(told["filter"]).steps[0].kernel.weights[0, 0]
    wanted = library.parse("sobel-x").steps[0]
    np.testing.assert_allclose(kernel, wanted.kernel.weights[0, 0] / wanted.divide, atol=1e-5)


MISTAKES = {
    "no pictures": (
        [], 2, "learn needs a picture, and the same picture after the filter.",
        "filterkit learn photo.png edited.png",
    ),
    "one picture": (
        ["a.png"], 2, "learn needs a picture, and the same picture after the filter.",
        "filterkit learn photo.png edited.png",
    ),
    "two ways to share": (
        ["a.png", "b.png", "--per-channel", "--mix"], 2,
        "--per-channel and --mix say different things.", "one of the two",
    ),
    "a filter without an unknown": (
        ["a.png", "b.png", "--filter", "edge"], 2,
        "there is nothing to learn in 'edge': no kernel in it is unknown.",
        '5x5, or "gaussian:1 | 3x3", or auto',
    ),
    "a misspelt filter": (
        ["a.png", "b.png", "--filter", "3x3 | rleu"], 2,
        "there is no filter 'rleu'; the nearest is relu.\n  3x3 | rleu\n        ^",
        "filterkit list",
    ),
    "a misspelt setting": (
        ["a.png", "b.png", "--filter", "3x3:srtide=2"], 2,
        "3x3 has no setting 'srtide'; it has stride, padding, border, dilation, fusion, divide, "
        "bias, flip, render.\n  3x3:srtide=2\n      ^", "",
    ),
    "another optimizer": (
        ["a.png", "b.png", "--optimizer", "newton"], 2,
        "optimizer is one of nesterov, gd, adam, exact, sgd, not 'newton'.", "",
    ),
    "an optimizer for other shapes": (
        ["a.png", "b.png", "--filter", "3x3", "--optimizer", "sgd"], 2,
        "3x3 is linear, and sgd is for shapes that are not.",
        "--optimizer nesterov or gd or adam or exact",
    ),
    "another constraint": (
        ["a.png", "b.png", "--constrain", "even"], 2,
        "constrain is one of symmetric, zero-sum, sum-one, not 'even'.", "",
    ),
    "no steps": (["a.png", "b.png", "--steps", "0"], 2, "steps is 1 or more, not 0.", ""),
    "a reward": (["a.png", "b.png", "--l2", "-1"], 2, "l2 is 0 or more, not -1.", ""),
    "resumed from nothing": (
        ["a.png", "b.png", "--resume"], 2, "--resume goes on from a checkpoint; which?",
        "--checkpoint FILE --resume",
    ),
    "a folder and a picture": (
        ["before", "b.png"], 2,
        "before is a folder and b.png is none; two pictures or two folders belong together.", "",
    ),
    "a picture and a folder": (
        ["a.png", "after"], 2,
        "after is a folder and a.png is none; two pictures or two folders belong together.", "",
    ),
    "folders without pairs": (
        ["before", "empty"], 4, "no picture in before has the name of one in empty.",
        "equal names in both folders; endings may differ",
    ),
    "no such picture": (["a.png", "z.bmp"], 3, "z.bmp: no such file.", ""),
    "a text": (["a.png", "text.txt"], 3, "text.txt: this is text, no picture.", ""),
    "an output that is no filter file": (
        ["a.png", "b.png", "-o", "mine.txt"], 2,
        "-o names a file that ends in .toml, not mine.txt.", "-o mine.toml",
    ),
    "a report of another kind": (
        ["a.png", "b.png", "--report", "my report.pdf"], 2,
        "--report names a file that ends in .html or .png, not my report.pdf.",
        '--report "my report.html"',
    ),
    "an output that is there": (
        ["a.png", "b.png", "-o", "there.toml"], 5, "there.toml exists; nothing was written.",
        "add -f to replace it",
    ),
    "a report that is there": (
        ["a.png", "b.png", "--report", "there.html"], 5, "there.html exists; nothing was written.",
        "add -f to replace it",
    ),
    "a chart that is there": (
        ["--probe", "a.png"], 5, "a.png exists; nothing was written.", "add -f to replace it",
    ),
    "a chart and pictures": (
        ["a.png", "b.png", "--probe", "probe.png"], 2,
        "--probe writes a chart, and learns nothing yet.", "no pictures beside it",
    ),
    "too many pixels": (
        ["a.png", "b.png", "--max-pixels", "100"], 3,
        "a.png: 60x70 pixels are more than the limit of 100.", "--max-pixels 4200",
    ),
    "a file that is no checkpoint": (
        ["a.png", "b.png", "--filter", "3x3 | abs", "--checkpoint", "text.txt", "--resume"], 2,
        "text.txt is no checkpoint.", "without --resume",
    ),
}  # fmt: skip
"""What is typed, its exit code, the sentence, and what to try."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_likely_mistake_is_answered_with_what_to_try(filterkit, place, mistake):
    arguments, code, sentence, advice = MISTAKES[mistake]
    for name in ("text.txt", "there.toml", "there.html"):
        (place / name).write_text("this is text\n" * 9)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    assert_ended(filterkit("learn", *arguments), code, sentence, advice)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_force_replaces_what_is_there(filterkit, place):
    (place / "mine.toml").write_text("old")
    assert filterkit("learn", "a.png", "b.png", "-o", "mine.toml", "-f").code == 0
    assert "learned from" in (place / "mine.toml").read_text()
    assert_done(filterkit("learn", "--probe", "b.png", "-f"), "b.png")


@pytest.mark.parametrize("more", [[], ["--strict"]])
def test_a_picture_that_is_cut_short_is_refused(filterkit, place, more):
    Image.fromarray(texture(60, 70)).save(place / "a.jpg", quality=95)
    for name, sentence in (
        ("a.jpg", "a.jpg: truncated or corrupt JPEG (its end is missing)."),
        ("b.png", "b.png: truncated or corrupt PNG (its 'IDAT' chunk is cut off)."),
    ):
        content = (place / name).read_bytes()
        (place / name).write_bytes(content[: len(content) // 2])
        assert_ended(filterkit("learn", "a.png", name, "--filter", "3x3", *more), 3, sentence)


def test_transparency_is_left_aside_and_said(filterkit, place):
    opaque = np.dstack([texture(60, 70), np.full((60, 70), 200, np.uint8)])
    write(place / "alpha.png", opaque)
    ended = filterkit("learn", "alpha.png", "b.png")
    assert ended.code == 0
    assert "filterkit: alpha.png has transparency, which is left aside.\n" in ended.err


def test_the_help_is_as_agreed(assert_golden):
    ended = typed("learn", "-h")
    assert (ended.code, ended.err) == (0, "")
    assert_golden("learn-help.txt", ended.out.decode())
