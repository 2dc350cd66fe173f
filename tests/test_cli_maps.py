"""filterkit maps: a sheet, files, arrays, a table or the screen, and what it answers."""

import json

import numpy as np
import pytest
from drawing import noise, stored, write
from running import assert_done, assert_ended, typed

import filterkit as library
from filterkit.viewing.maps_sheet import WIDEST

CHAPTER = "stroke-right:padding=valid & stroke-left:padding=valid | relu | max-pool:2,stride=1"

TABLE = """\
step                                        map                         size  lowest  highest   mean
0 picture                                                               5x5        0        1   0.32
1 stroke-right:padding=valid & stroke-lef…  stroke-right:padding=valid  3x3        0        3  1.111
                                            stroke-left:padding=valid   3x3        0        3  1.111
2 relu                                      stroke-right:padding=valid  3x3        0        3  1.111
                                            stroke-left:padding=valid   3x3        0        3  1.111
3 max-pool:2,stride=1                       stroke-right:padding=valid  2x2        2        3    2.5
                                            stroke-left:padding=valid   2x2        2        3    2.5
"""

SOFT = noise(20, 30) // 16 + 100
"""A picture whose edges are not beyond white."""


@pytest.fixture
def place(workplace):
    """Pictures: a.png in colour, veiled.png with alpha, deep.png of 16 bit, moving.gif."""
    write(workplace / "a.png", SOFT)
    write(workplace / "veiled.png", noise(20, 30, 4) // 16 + 100)
    write(workplace / "deep.png", noise(20, 30, 1, "uint16"))
    frames = np.stack([noise(10, 12, 1, seed=seed) for seed in range(3)])
    library.write_picture(
        library.Picture(frames, animation=library.Animation((100.0,) * 3)), workplace / "moving.gif"
    )
    return workplace


def test_in_a_pipe_the_maps_are_listed(filterkit, place):
    ended = filterkit("maps", CHAPTER, "sample:zero")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.decode() == TABLE


def test_a_sheet_is_a_picture_of_the_format_that_is_named(filterkit, place):
    assert_done(filterkit("maps", "edge | relu", "a.png", "-o", "new/sheet.png"), "new/sheet.png")
    sheet = stored(place / "new" / "sheet.png")
    assert sheet.shape[1] <= WIDEST and sheet.shape[2] == 3
    assert_done(filterkit("maps", "edge | relu", "a.png", "-o", "sheet.webp"), "sheet.webp")
    assert (place / "sheet.webp").read_bytes()[8:12] == b"WEBP"


def test_a_folder_gets_a_file_for_each_map_and_the_last_is_what_apply_writes(filterkit, place):
    for name in ("a.png", "deep.png"):
        ended = filterkit("maps", "gaussian:1 | sobel", name, "-o", f"{name}.maps/")
        names = ["0-picture", "1-gaussian-1", "2-sobel-x", "2-sobel-y", "3-fuse-l2"]
        assert_done(ended, *(f"{name}.maps/{one}.png" for one in names))
        assert filterkit("apply", "gaussian:1 | sobel", name, "-o", f"{name}.out.png").code == 0
        last = stored(place / f"{name}.maps" / "3-fuse-l2.png")
        np.testing.assert_array_equal(last, stored(place / f"{name}.out.png"))
        first = stored(place / f"{name}.maps" / "0-picture.png")
        np.testing.assert_array_equal(first, stored(place / name))


def test_a_folder_that_is_there_needs_no_slash(filterkit, place):
    (place / "maps").mkdir()
    assert_done(
        filterkit("maps", "edge", "a.png", "-o", "maps"), "maps/0-picture.png", "maps/1-edge.png"
    )


def test_a_template_names_the_files(filterkit, place):
    ended = filterkit("maps", "sobel-x & sobel-y", "a.png", "-o", "{stem}/{step}_{map}{ext}")
    assert_done(ended, "a/0-picture_1.png", "a/1_sobel-x.png", "a/1_sobel-y.png")
    ended = filterkit("maps", "edge | relu", "a.png", "-o", "{step}.npy")
    assert_done(ended, "0-picture.npy", "1-edge.npy", "2-relu.npy")
    numbers = library.apply(SOFT, "edge", render=None)[..., 0]
    np.testing.assert_array_equal(stored(place / "1-edge.npy"), numbers)


def test_a_name_for_each_step_shows_its_maps_together(filterkit, place):
    ended = filterkit("maps", "sobel-x & sobel-y", "a.png", "-o", "{step}.npy")
    assert_done(ended, "0-picture.npy", "1-sobel-x-sobel-y.npy")
    assert stored(place / "1-sobel-x-sobel-y.npy").shape == (20, 30, 2)


def test_names_that_fall_together_are_numbered(filterkit, place):
    ended = filterkit("maps", "edge | relu", "a.png", "-o", "{map}.png")
    assert_done(ended, "1.png", "1-2.png", "1-3.png")


def test_arrays_hold_the_raw_numbers_that_apply_gives(filterkit, place):
    assert_done(filterkit("maps", "gaussian:1 | sobel", "a.png", "-o", "maps.npz"), "maps.npz")
    maps = np.load(place / "maps.npz")
    assert maps.files == ["0-picture", "1-gaussian-1", "2-sobel-x", "2-sobel-y", "3-fuse-l2"]
    image = SOFT
    np.testing.assert_array_equal(maps["0-picture"], np.float32(image / np.float32(255)))
    for name, text in (
        ("1-gaussian-1", "gaussian:1"), ("2-sobel-y", "gaussian:1 | sobel-y"),
        ("3-fuse-l2", "gaussian:1 | sobel"),
    ):  # fmt: skip
        expected = library.apply(image, text, render=None).squeeze()
        np.testing.assert_array_equal(maps[name], expected)
        assert maps[name].dtype == np.float32


def test_options_of_apply_fill_in_the_filter(filterkit, place):
    ended = filterkit(
        "maps",
        "edge",
        "a.png",
        "--stride",
        "2",
        "--activation",
        "relu",
        "--pool",
        "max:2",
        "--json",
    )
    told = json.loads(ended.out)
    assert told["filter"] == "edge:stride=2 | relu | max-pool:2"
    assert [one["step"] for one in told["steps"]] == [
        "picture", "edge:stride=2", "relu", "max-pool:2",
    ]  # fmt: skip
    assert [(one["rows"], one["columns"]) for one in told["steps"]] == [
        (20, 30), (10, 15), (10, 15), (5, 7),
    ]  # fmt: skip
    assert told["schema"] == 1 and told["written"] == []


def test_an_object_tells_what_was_written_too(filterkit, place):
    told = json.loads(filterkit("maps", "edge", "a.png", "-o", "s.png", "--json").out)
    assert told["written"] == ["s.png"] and len(told["steps"]) == 2


def test_the_terminal_shows_numbers_and_colours(place):
    ended = typed("maps", "[-1 1]:padding=valid", "[0 1 0]", terminals=("stdout",),
                  env={"COLORTERM": "truecolor", "TERM": "xterm", "NO_COLOR": ""})  # fmt: skip
    assert ended.code == 0
    screen = ended.out.decode()
    assert "\033[" in screen and "48;2;33;102;172" in screen, "blue for the lowest"
    ended = typed("maps", "[-1 1]:padding=valid", "[0 1 0]", "--color=never", terminals=("stdout",))
    assert "\033" not in ended.out.decode()
    assert "  1  -1 " in ended.out.decode()


def test_colours_can_be_asked_for_in_a_pipe(filterkit, place):
    assert b"\033[" in filterkit("maps", "edge", "a.png", "--color", "always").out


def test_nothing_is_replaced_unless_asked(filterkit, place):
    (place / "s.png").write_bytes(b"mine")
    assert_ended(
        filterkit("maps", "edge", "missing.png", "-o", "s.png"), 5,
        "s.png exists; nothing was written.",
        "add -f to replace it, --on-exists number to keep both",
    )  # fmt: skip
    assert (place / "s.png").read_bytes() == b"mine"
    assert_done(filterkit("maps", "edge", "a.png", "-o", "s.png", "--on-exists=skip"), "s.png")
    assert (place / "s.png").read_bytes() == b"mine"
    assert_done(filterkit("maps", "edge", "a.png", "-o", "s.png", "--on-exists=number"), "s-2.png")
    assert_done(filterkit("maps", "edge", "a.png", "-o", "s.png", "-f"), "s.png")
    assert stored(place / "s.png").shape[2] == 3


def test_one_map_that_exists_stops_all_of_them(filterkit, place):
    (place / "maps").mkdir()
    (place / "maps" / "1-edge.png").write_bytes(b"mine")
    ended = filterkit("maps", "edge", "a.png", "-o", "maps/")
    assert ended.code == 5 and "maps/1-edge.png exists" in ended.err
    assert [path.name for path in (place / "maps").iterdir()] == ["1-edge.png"]
    assert filterkit("maps", "edge", "a.png", "-o", "maps/", "-f").code == 0


def test_the_original_is_never_written_to(filterkit, place):
    before = (place / "a.png").read_bytes()
    assert_ended(
        filterkit("maps", "edge", "a.png", "-o", "a.png", "-f"), 5, "a.png is the original.",
        "another -o",
    )  # fmt: skip
    assert filterkit("maps", "edge", "a.png", "-o", "{stem}.png", "-f").code == 5
    write(place / "1-edge.png", noise(9, 9))
    ended = filterkit("maps", "edge", "1-edge.png", "-o", "./", "-f")
    assert ended.code == 5 and "is an original" in ended.err
    assert (place / "a.png").read_bytes() == before


@pytest.mark.parametrize(
    "output, sentence, advice",
    [
        ("x", "is x a folder or a file?", "-o x/ or -o x.png"),
        ("x.npy", "-o names a picture, an .npz or a folder, not x.npy.", "-o x.npz"),
        ("x.html", "-o names a picture, an .npz or a folder, not x.html.", "-o x.png"),
        ("{step}.xyz", "-o names a picture, not {step}.xyz.", "-o {step}.png"),
        ("{foo}.png", "-o knows no {foo}.", "one of {stem} {step} {map} {ext}"),
        ("-", "maps writes files, not a pipe.", "-o sheet.png, or --json"),
    ],
)
def test_an_output_that_cannot_be_meant_is_answered(filterkit, place, output, sentence, advice):
    assert_ended(filterkit("maps", "edge", "a.png", "-o", output), 2, sentence, advice)


def test_mistakes_in_filter_and_picture_are_answered(filterkit, place):
    assert_ended(
        filterkit("maps", "egde", "a.png"), 2, "there is no filter 'egde'; the nearest is edge.",
        "filterkit list",
    )  # fmt: skip
    assert filterkit("maps", "edge", "b.png").code == 3
    (place / "cut.png").write_bytes((place / "a.png").read_bytes()[:99])
    assert filterkit("maps", "edge", "cut.png").code == 3
    assert_ended(
        filterkit("maps", "max-pool:50", "a.png", "-o", "maps/"), 3,
        "max-pool:50: 20x30 pixels (rows x columns) are fewer than its window of 50x50.",
        "max-pool:50,padding=same, a smaller window, or a larger picture",
    )  # fmt: skip
    assert filterkit("maps", "edge", "a.png", "--color", "pink").code == 2


def test_transparency_is_said_to_be_left_out(filterkit, place):
    ended = filterkit("maps", "edge", "veiled.png", "-o", "maps/")
    assert ended.err == "filterkit: veiled.png: transparency is no feature map: it is left out.\n"
    assert stored(place / "maps" / "1-edge.png").ndim == 2
    assert filterkit("maps", "edge", "veiled.png", "-o", "more/", "-q") == (0, b"", "")


def test_what_is_cut_is_said_of_the_step(filterkit, place):
    write(place / "wild.png", noise(20, 30))
    ended = filterkit("maps", "edge", "wild.png", "-o", "maps/")
    assert "wild.png: 1-edge: 81 % of the values are beyond white.\n" in ended.err


def test_of_an_animation_the_first_frame_is_shown(filterkit, place):
    filterkit("maps", "edge", "moving.gif", "-o", "maps.npz")
    first = noise(10, 12, 1, seed=0)
    expected = library.apply(first, "edge", render=None)[..., 0]
    np.testing.assert_array_equal(np.load(place / "maps.npz")["1-edge"], expected)


def test_a_picture_can_come_through_a_pipe(place):
    ended = typed("maps", "edge", "-", "--json", stdin=(place / "a.png").read_bytes(), cwd=place)
    assert ended.code == 0 and len(json.loads(ended.out)["steps"]) == 2
