"""What went wrong when strangers tried filterkit, each thing once."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from drawing import ramp, write

from filterkit import Bank, Pipeline, apply, parse, read_picture, write_picture
from filterkit.errors import (
    FilterError,
    FilterFileError,
    SettingError,
    UnsupportedInputError,
)


def test_an_array_file_is_a_filter_and_no_picture(filterkit, workplace):
    np.save("k.npy", np.arange(9.0).reshape(3, 3))
    write(workplace / "a.png", ramp())
    assert filterkit("apply", "./k.npy", "a.png").code == 0
    assert "0 1 2" in filterkit("show", "./k.npy").out.decode()
    missing = filterkit("apply", "./nope.npy", "a.png")
    assert missing.code == 2
    assert "no such file" in missing.err


def test_tables_and_arrays_in_ones_own_folder_have_names_too(filterkit, workplace, monkeypatch):
    own = workplace / "own"
    own.mkdir()
    np.save(own / "kern.npy", np.eye(3))
    (own / "Ümlaut.csv").write_text("1 0\n0 1\n")
    monkeypatch.setenv("FILTERKIT_KERNELS", str(own))
    assert parse("kern").steps[0].kernel.rows == 3
    assert parse("ümlaut").steps[0].kernel.rows == 2


@pytest.mark.parametrize("names", [["bad"], ["aa", "bb"]])
def test_files_that_name_each_other_in_a_circle_are_an_error(workplace, names):
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        (workplace / f"{name}.toml").write_text(f'steps = "./{following}.toml"\n')
    with pytest.raises(FilterFileError, match="is made of itself: "):
        parse(f"./{names[0]}.toml")


@pytest.mark.parametrize("text", ["edge:padding=100000000", "edge:dilation=100000"])
def test_sizes_beyond_all_reason_are_refused(text):
    with pytest.raises((SettingError, FilterError), match="is 4096 or less"):
        parse(text)


def test_numbers_that_are_none_are_refused_in_every_format(workplace):
    tifffile.imwrite("nan.tif", np.array([[1, np.nan], [np.inf, 0]], np.float32))
    with pytest.raises(UnsupportedInputError, match="2 of its 4 numbers are NaN or infinite"):
        read_picture("nan.tif")


def test_a_description_of_another_layout_does_not_go_along(filterkit, workplace):
    tifffile.imwrite("a.tif", np.zeros((8, 9, 3), np.uint8), photometric="rgb")
    assert filterkit("apply", "sobel-x", "a.tif", "-o", "b.tif").code == 0
    with tifffile.TiffFile("b.tif") as written:
        assert "shape" not in (written.pages[0].description or "")


def test_a_folder_can_be_done_again_where_results_lie_beside_their_pictures(filterkit, workplace):
    write(workplace / "a.png", ramp())
    assert filterkit("apply", "blur", "a.png").code == 0
    both = ("apply", "blur", "a.png", "a.blur.png")
    refused = filterkit(*both)
    assert refused.code == 5
    assert "a.blur.png is an original, and would become the result of another." in refused.err
    again = filterkit(*both, "--on-exists", "skip")
    assert again.code == 0
    assert again.out.split() == [b"a.blur.png", b"a.blur.blur.png"]
    assert filterkit(*both, "--on-exists", "number").code == 0
    assert (workplace / "a.blur-2.png").exists()


def test_a_picture_keeps_its_format_in_place(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "blur", "a.png", "--in-place", "--format", "jpeg")
    assert ended.code == 2
    assert "would be jpeg under the same name" in ended.err


def test_a_long_vector_is_no_picture(filterkit, workplace):
    write(workplace / "a.png", ramp(200, 300))
    ended = filterkit("apply", "flatten", "a.png", "-o", "b.png")
    assert ended.code == 2
    assert "a vector of 60000 numbers is no picture." in ended.err


def test_show_knows_steps_and_lays_the_kernel_as_it_is_laid(filterkit, workplace):
    assert filterkit("show", "relu").out.startswith(b"relu: v, and 0 below 0")
    assert "4 3\n  2 1" in filterkit("show", "[1 2; 3 4]:flip=true").out.decode()


@pytest.mark.parametrize(
    "call",
    [
        lambda: Pipeline("edge"),
        lambda: Pipeline(["edge"]),
        lambda: Bank(["edge"]),
        lambda: write_picture(np.zeros((1, 2, 2, 1)), "w.png"),
        lambda: write_picture("w.png", "p"),
        lambda: read_picture(None),
        lambda: read_picture(np.zeros(3)),
        lambda: apply("photo.jpg", "edge"),
    ],
)
def test_the_wrong_kind_of_argument_names_the_right_call(call):
    with pytest.raises(TypeError, match=r"filterkit\.|Pipeline\.parse"):
        call()


def test_json_speaks_of_what_went_wrong_before_the_first_picture(filterkit, workplace):
    ended = filterkit("apply", "egde", "a.png", "--json")
    told = json.loads(ended.out)
    assert ended.code == 2
    assert told["summary"] == {"done": 0, "skipped": 0, "failed": 0, "exit": 2}
    assert (told["schema"], told["code"]) == (1, "unknown-name")


@pytest.mark.parametrize(
    "words, expected",
    [
        (["apply", "sobel-"], "plain,sobel-x\nplain,sobel-y\n"),
        (["apply", "edge", "pho"], "file,pho\n"),
        (["apply", "edge", "sample:z"], "plain,sample:zero\n"),
        (["apply", "edge", "--border", "w"], "plain,wrap\n"),
        (["apply", "edge", "-o", "out"], "file,out\n"),
        (["apply", "./min"], "file,./min\n"),
    ],
)
def test_the_shell_completes_files_as_well_as_our_words(words, expected):
    from click.shell_completion import BashComplete

    from filterkit.cli.group import group

    *before, incomplete = words
    complete = BashComplete(group(), {}, "filterkit", "_FILTERKIT_COMPLETE")
    items = complete.get_completions(before, incomplete)
    assert "".join(f"{complete.format_completion(one)}\n" for one in items) == expected


def test_a_help_text_loads_nothing_that_only_filters_need():
    command = [sys.executable, "-X", "importtime", "-m", "filterkit", "--help"]
    ended = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "filterkit.cli.group" in ended.stderr
    for needless in ("filterkit.filters", "filterkit.steps", "tomllib", "numpy", "cv2"):
        assert needless not in ended.stderr
