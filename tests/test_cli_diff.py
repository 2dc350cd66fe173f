"""filterkit diff: its verdict, its table, its heat map, and what it answers to mistakes."""

import json
import os
import shutil

import numpy as np
import pytest
from drawing import noise, stored, write
from running import assert_ended, typed


def changed(image):
    image = image.copy()
    image[3, 4, 1] ^= 8
    image[10, 20] ^= 1
    return image


@pytest.fixture
def place(workplace):
    """Pictures: a.png, same.png of equal pixels, b.png with two of 600 changed, small.png."""
    image = noise()
    write(workplace / "a.png", image)
    write(workplace / "same.png", image, compress_level=1)
    write(workplace / "b.png", changed(image))
    write(workplace / "small.png", image[:9])
    (workplace / "cut.png").write_bytes((workplace / "a.png").read_bytes()[:700])
    (workplace / "photos").mkdir()
    return workplace


def test_equal_pictures_end_with_0_whatever_their_files_hold(filterkit, place):
    assert (place / "a.png").read_bytes() != (place / "same.png").read_bytes()
    ended = filterkit("diff", "a.png", "same.png")
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines == [
        "a.png and same.png are equal", "", "  size  20x30", "  kind  8-bit colour",
    ]  # fmt: skip


def test_different_pictures_end_with_1_and_the_figures(filterkit, place):
    ended = filterkit("diff", "a.png", "b.png")
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines[0] == "a.png and b.png differ"
    assert "2 of 600 differ" in ended.lines[4]
    assert "row 3, column 4, green" in ended.lines[5]
    starts = [line.split("  ")[1] for line in ended.lines[2:]]
    assert starts[-5:] == [
        "largest difference",
        "mean difference",
        "root mean square",
        "PSNR",
        "SSIM",
    ]


def test_pictures_of_two_sizes_differ_in_a_line(filterkit, place):
    ended = filterkit("diff", "a.png", "small.png")
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines == ["a.png and small.png differ in size: 20x30 and 9x30"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["a.png", "same.png"], 0), (["a.png", "b.png"], 1), (["a.png", "small.png"], 1),
        (["a.png", "b.png", "--tolerance", "8"], 0), (["a.png", "b.png", "--tolerance", "7"], 1),
        (["a.png", "nothing.png"], 2), (["cut.png", "a.png"], 2), (["a.png", "photos"], 2),
        (["a.png"], 2), (["a.png", "same.png", "--colour"], 2), (["a.png", "-o"], 2),
        (["a.png", "same.png", "--max-pixels", "10"], 2),
    ],
)  # fmt: skip
def test_the_exit_code_is_that_of_cmp_where_nothing_but_trouble_is_said(
    filterkit, place, words, code
):
    ended = filterkit("diff", "-q", *words)
    assert (ended.code, ended.out, bool(ended.err)) == (code, b"", code == 2)


def test_the_table_counts_what_is_within_the_tolerance(filterkit, place):
    ended = filterkit("diff", "a.png", "b.png", "--tolerance", "8")
    assert ended.code == 0
    assert ended.lines[0] == "a.png and b.png are equal within 8 grey levels of 255"
    ended = filterkit("diff", "a.png", "b.png", "--tolerance", "7")
    assert ended.code == 1
    assert ended.lines[5].endswith("1 are farther off than 7")


def test_a_pipe_a_sample_and_a_matrix_are_pictures(place):
    content = (place / "b.png").read_bytes()
    ended = typed("diff", "a.png", "-", cwd=place, stdin=content)
    assert ended.code == 1
    assert ended.lines[0] == "a.png and stdin differ"
    assert typed("diff", "-", "b.png", "-q", cwd=place, stdin=content).code == 0
    assert typed("diff", "sample:photo", "sample:photo", "-q", cwd=place).code == 0
    np.save(place / "matrix.npy", np.array([[0, 1], [0.5, 0]], np.float32))
    assert typed("diff", "[0 1; 0.5 0]", "matrix.npy", "-q", cwd=place).code == 0


def test_a_different_depth_is_told_and_compared_as_fractions(filterkit, place):
    write(place / "deep.png", noise().astype(np.uint16) * 257)
    ended = filterkit("diff", "a.png", "deep.png")
    assert ended.code == 0
    assert ended.lines[-1] == (
        "  kind  8-bit colour and 16-bit colour  compared as fractions of white"
    )


def test_the_object_has_the_figures_of_the_table(filterkit, place):
    ended = filterkit("diff", "a.png", "b.png", "--json", "-q", "-o", "heat.png")
    (line,) = ended.lines
    answer = json.loads(line, parse_constant=pytest.fail)
    assert ended.code == 1
    assert (answer["schema"], answer["equal"], answer["written"]) == (1, False, ["heat.png"])
    assert (answer["where"]["row"], answer["where"]["column"]) == (3, 4)
    assert (answer["pixels"], answer["pixels_equal"], answer["largest"]) == (600, 598, 8)
    assert "misfit" not in answer
    assert [one["name"] for one in answer["pictures"]] == ["a.png", "b.png"]
    assert 0.9 < answer["ssim"] < 1


def test_the_object_of_equal_pictures_is_valid_too(filterkit, place):
    ended = filterkit("diff", "a.png", "same.png", "--json")
    answer = json.loads(ended.out, parse_constant=pytest.fail)
    assert (answer["equal"], answer["psnr"], answer["where"]) == (True, None, None)


def test_an_error_is_an_object_with_its_exit_code(filterkit, place):
    ended = filterkit("diff", "a.png", "nothing.png", "--json")
    answer = json.loads(ended.out)
    assert (answer["code"], answer["summary"]["exit"], ended.code) == ("no-such-file", 2, 2)


@pytest.mark.parametrize("name", ["heat.png", "new/heat.tif", "{stem}-heat.bmp"])
def test_the_heat_map_lies_on_the_pictures(filterkit, place, name):
    path = place / name.replace("{stem}", "a")
    ended = filterkit("diff", "a.png", "b.png", "-o", name)
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines[-2].startswith(f"{path.relative_to(place)}: orange where b.png is brighter")
    assert "deepest colour is 8 grey levels of 255" in ended.lines[-1]
    drawn = stored(path)
    assert drawn.shape == (20, 30, 3)
    coloured = (drawn != 255).any(axis=2)
    assert sorted(zip(*map(list, np.nonzero(coloured)), strict=True)) == [(3, 4), (10, 20)]


def test_a_heat_map_replaces_a_file_only_if_asked_and_never_a_picture(filterkit, place):
    (place / "heat.png").write_text("mine")
    shutil.copy(place / "b.png", place / "copy.png")
    ended = filterkit("diff", "nothing.png", "b.png", "-o", "heat.png")
    assert_ended(ended, 2, "heat.png exists; nothing was written.", "add -f to replace it")
    assert (place / "heat.png").read_text() == "mine"
    assert filterkit("diff", "a.png", "b.png", "-o", "heat.png", "-f").code == 1
    assert stored(place / "heat.png").shape == (20, 30, 3)
    for name in ("a.png", "b.png"):
        ended = filterkit("diff", "a.png", "b.png", "-fo", name)
        assert_ended(ended, 2, f"{name} is one of the two pictures.", "another -o")
    assert (place / "b.png").read_bytes() == (place / "copy.png").read_bytes()


def test_no_heat_map_is_drawn_of_two_sizes_and_that_is_said(filterkit, place):
    ended = filterkit("diff", "a.png", "small.png", "-o", "heat.png")
    assert ended.code == 1
    assert ended.err == "filterkit: heat.png was not drawn: no pixel lies opposite another.\n"
    assert not (place / "heat.png").exists()


def test_what_a_decoder_had_to_say_is_said_and_left_out_where_quiet(filterkit, place):
    shutil.copy(place / "a.png", place / "odd.jpg")
    ended = filterkit("diff", "a.png", "odd.jpg")
    assert ended.code == 0
    assert ended.err == "filterkit: odd.jpg: it is PNG, although its name ends in .jpg.\n"
    assert filterkit("diff", "a.png", "odd.jpg", "-q").err == ""


def test_quietly_no_scikit_image_is_loaded(place):
    (place / "sitecustomize.py").write_text(
        "import sys\nclass Refusing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'skimage': raise SystemError('loaded')\n"
        "sys.meta_path.insert(0, Refusing())\n"
    )
    env = {"PYTHONPATH": os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")])}
    assert typed("diff", "a.png", "b.png", "-q", cwd=place, env=env).code == 1
    assert typed("diff", "a.png", "same.png", cwd=place, env=env).code == 0
    assert b"SystemError" in typed("diff", "a.png", "b.png", cwd=place, env=env).err.encode()


TWO = "filterkit diff before.png after.png"
MISTAKES = {
    "one picture": (["a.png"], "diff takes two pictures, not 1.", TWO),
    "none": ([], "diff takes two pictures, not none.", TWO),
    "three": (["a.png", "b.png", "a.png"], "diff takes two pictures, not 3.", TWO),
    "two pipes": (["-", "-"], "a pipe holds one picture, and diff takes two.",
                  "a file for one of them"),
    "an empty name": (["a.png", ""],
                      "a picture's name is empty: there is nothing between the quotes.", ""),
    "a folder": (["photos", "a.png"], "photos is a folder; diff takes two pictures.",
                 "filterkit view photos/*"),
    "a filter": (
        ["edge", "a.png"], "edge is a filter; diff takes two pictures.",
        "filterkit show edge",
    ),
    "a torn matrix": (
        ["[0", "1]"], "the matrix '[0' is never closed: the shell split it at the spaces.",
        'filterkit diff "[-1 0 1; ...]" PICTURE',
    ),
    "a misspelt picture": (["a.png", "sama.png"],
                           "sama.png: no such file; in that folder there is same.png.", ""),
    "no tolerance": (["a.png", "b.png", "--tolerance=-1"], "tolerance is 0 or more, not -1.", ""),
    "a pipe for the heat map": (["a.png", "b.png", "-o", "-"],
                                "-o names a picture in colour, not -.", "-o heat.png"),
    "a grey heat map": (["a.png", "b.png", "-o", "heat.pgm"],
                        "-o names a picture in colour, not heat.pgm.", "-o heat.png"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_what_would_be_right(filterkit, place, name):
    words, sentence, advice = MISTAKES[name]
    assert_ended(filterkit("diff", *words), 2, sentence, advice)
