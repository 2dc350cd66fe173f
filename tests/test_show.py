"""What show says of a filter: in letters, in colours, as an object and as a picture."""

import json
import re

import numpy as np
import pytest
from drawing import stored
from running import assert_ended, typed

from filterkit import Kernel, parse
from filterkit.filters.catalogue import readable
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import walk
from filterkit.viewing.filter_sheet import INKS, MOST, sheet
from filterkit.viewing.heat import diverging
from filterkit.viewing.ink import ALL
from filterkit.viewing.kernels import Facts, aligned, matrix_lines

ESCAPE = re.compile(r"\033\[[0-9;]*m")
OLD_KEYS = {
    "expression", "weights", "divide", "bias", "sum", "gain", "rank", "separable", "detector",
    "fusion", "render", "border", "way",
}  # fmt: skip


def facts_of(text):
    return [Facts.of(one) for one in walk(parse(text)) if isinstance(one, Convolve)]


def text_of(ended):
    assert (ended.code, ended.err) == (0, "")
    return ended.out.decode()


def has(image, colour):
    return bool((image == colour).all(axis=-1).any())


def test_a_pipe_gets_no_colours_unless_asked(filterkit):
    plain = text_of(filterkit("show", "sobel-x"))
    assert plain == text_of(filterkit("show", "sobel-x", "--color", "never"))
    assert "\033" not in plain
    coloured = text_of(filterkit("show", "sobel-x", "--color", "always"))
    assert "\033[" in coloured
    assert ESCAPE.sub("", coloured).split() == plain.split()


def test_a_terminal_gets_the_matrix_as_a_heat_map():
    env = {"COLORTERM": "truecolor", "TERM": "xterm", "NO_COLOR": ""}
    ended = typed("show", "[-2 0 4]", terminals=("stdout",), env=env)
    (line,) = (line for line in ended.out.decode().splitlines() if "\033" in line)
    papers = diverging(np.array([-0.5, 0, 1])).tolist()
    expected = "".join(
        f"\033[38;2;{ink};{ink};{ink};48;2;{red};{green};{blue}m{text.rjust(3)} \033[0m"
        for text, ink, (red, green, blue) in zip(["-2", "0", "4"], (0, 0, 255), papers, strict=True)
    )
    assert line == f"  {expected}"
    plain = typed("show", "[-2 0 4]", terminals=("stdout",), env=env | {"NO_COLOR": "1"})
    assert "\033" not in plain.out.decode()


def test_the_sign_of_a_divisor_counts_in_colours_and_not_in_numbers():
    line, divisor = matrix_lines(parse("[1 -1]:divide=-2").steps[0], ALL)
    blue, orange = diverging(np.array([-1.0, 1.0])).tolist()
    assert [ESCAPE.sub("", line).split(), divisor] == [["1", "-1"], "  / -2"]
    found = re.findall(r"48;2;(\d+);(\d+);(\d+)", line)
    assert [[int(level) for level in paper] for paper in found] == [blue, orange]


@pytest.mark.parametrize(
    "text, columns, told",
    [("gaussian:2", 80, "--color never"), ("disk:20", 80, "--json"), ("disk:20", 30, "too large")],
)
def test_where_numbers_have_no_room_their_colours_are_shown_and_it_is_said(text, columns, told):
    step = parse(text).steps[0]
    lines = [ESCAPE.sub("", line) for line in matrix_lines(step, ALL, columns)]
    assert told in lines[-1]
    drawn = [line for line in lines if "▀" in line]
    if told == "too large":
        assert drawn == []
        return
    assert {len(line) - 2 for line in drawn} == {step.kernel.columns}
    assert len(drawn) == -(-step.kernel.rows // 2)
    assert "0.0" in "".join(matrix_lines(parse("gaussian:2").steps[0], ALL, 200))


def test_a_kernel_higher_than_the_screen_is_wide_is_not_drawn():
    (line,) = matrix_lines(Convolve(Kernel(np.ones((100, 1)))), ALL, 80)
    assert "100x1: too large" in line


def test_no_weight_is_written_as_less_than_nothing():
    assert aligned(np.array([[-0.00001, 0.5123]])) == ["  0.0000 0.5123"]
    assert not re.search(r"-0\.?0*\b(?![.\d])", "\n".join(matrix_lines(parse("log").steps[0])))


@pytest.mark.parametrize("text", ["edge", "emboss", "log", "[1 2 3; 4 5 6; 7 8 10]"])
def test_how_near_a_column_times_a_row_comes_is_a_share_of_the_squares(text):
    (facts,) = facts_of(text)
    weights = facts.step.kernel.weights[0, 0]
    squared = np.linalg.eigvalsh(weights @ weights.T)
    share = 100 * squared[-1] / np.trace(weights @ weights.T)
    (said,) = re.findall(
        r"rank (\d+) \((?:over )?(\d+) % is a column times a row", facts.lines()[0]
    )
    assert int(said[0]) == np.linalg.matrix_rank(weights)
    assert int(said[1]) <= share < int(said[1]) + 1 or (int(said[1]) == 99 <= share)


def test_every_filter_of_the_catalogue_has_its_symmetry_and_its_waves_told():
    for file in readable():
        for facts in facts_of(file.name):
            text = "\n".join(facts.lines())
            assert "symmetry" in text
            assert ("cycles a pixel" in text) == facts.alone, file.name
            assert not re.search(r"\b(nan|inf)\b", text)


def test_the_object_has_symmetry_and_gains_beside_what_it_had(filterkit):
    told = json.loads(text_of(filterkit("show", "sobel-x", "--json")))
    assert (told["schema"], told["written"]) == (1, [])
    (kernel,) = told["kernels"]
    assert kernel.keys() >= OLD_KEYS
    assert kernel["symmetry"]["mirrored left-right"] == "opposite"
    response = kernel["response"]
    assert response["frequencies"] == [at / 16 for at in range(9)]
    expected = 8 * np.sin(2 * np.pi * np.array(response["frequencies"]))
    np.testing.assert_allclose(response["across"], expected, atol=1e-12)
    assert response["down"] == [0] * 9


def test_the_object_of_several_matrices_has_gains_for_each(filterkit):
    told = json.loads(text_of(filterkit("show", "red-green-edge", "--json")))
    gains = np.array(told["kernels"][0]["response"]["down"])
    assert gains.shape == (3, 9)
    np.testing.assert_allclose(gains[0], gains[1])
    assert not gains[2].any()


def test_a_picture_of_all_of_it_is_written_once(filterkit, workplace):
    ended = filterkit("show", "sobel", "-o", "new/sobel.png")
    assert (ended.code, ended.err, ended.lines) == (0, "", ["new/sobel.png"])
    image = stored(workplace / "new/sobel.png")
    assert image.shape[1:] == (1200, 3)
    before = (workplace / "new/sobel.png").read_bytes()
    assert_ended(
        filterkit("show", "edge", "-o", "new/sobel.png"), 5,
        "new/sobel.png exists; nothing was written.", "add -f to replace it",
    )  # fmt: skip
    assert (workplace / "new/sobel.png").read_bytes() == before
    told = json.loads(text_of(filterkit("show", "edge", "-fo", "new/sobel.png", "--json")))
    assert told["written"] == ["new/sobel.png"]
    assert (workplace / "new/sobel.png").read_bytes() != before


@pytest.mark.parametrize("ending", ["jpg", "tif", "webp", "gif", "ppm"])
def test_the_picture_may_have_any_format_that_is_written(filterkit, workplace, ending):
    assert filterkit("show", "edge", "-o", f"edge.{ending}").code == 0
    assert (workplace / f"edge.{ending}").stat().st_size > 1000


@pytest.mark.parametrize(
    "arguments, sentence, advice",
    [
        (
            ["edge", "-o", "edge.zip"],
            "-o names a picture, and edge.zip has the ending of none that can be written.",
            "-o edge.png",
        ),
        (
            ["max-pool:2", "-o", "pool.png"],
            "max-pool:2 has no kernel to draw.",
            "filterkit show max-pool:2",
        ),
        (
            ["edge", "--color", "red"],
            "invalid value for '--color': 'red' is not one of 'auto', 'always', 'never'.",
            "filterkit show -h",
        ),
    ],
)
def test_what_cannot_be_drawn_is_answered(filterkit, workplace, arguments, sentence, advice):
    assert_ended(filterkit("show", *arguments), 2, sentence, advice)
    assert list(workplace.iterdir()) == []


def test_what_an_encoding_does_not_have_is_a_question_mark(workplace):
    ended = typed("show", "edge", env={"PYTHONIOENCODING": "latin-1"})
    assert (ended.code, ended.err) == (0, "")
    assert "cycles a pixel" in ended.out.decode("latin-1")


def test_a_sheet_has_the_colours_of_the_weights_and_of_the_curves():
    image = sheet("", "", facts_of("sobel-x"), "")
    for colour in (*diverging(np.array([-1, -0.5, 0, 0.5, 1])), *INKS[:3]):
        assert has(image, colour)
    assert not has(image, INKS[3])
    assert has(sheet("", "", facts_of("line:angle=30"), ""), INKS[3])


def test_each_kernel_has_its_own_block():
    one, two = (len(sheet("a", "", facts_of(text), "")) for text in ("edge", "edge | edge"))
    assert 1.8 * one < two < 2.2 * one


@pytest.mark.parametrize(
    "weights",
    [
        np.zeros((2, 2)), np.full((1, 2), 1e-12), 1e9 * np.eye(3), np.ones((1, 400)),
        np.ones((70, 1)), np.random.default_rng(0).normal(size=(MOST, 3, 3, 3)),
    ],
    ids=lambda weights: "x".join(map(str, weights.shape)),
)  # fmt: skip
def test_kernels_of_any_size_are_drawn(weights):
    image = sheet("name", "about", [Facts.of(Convolve(Kernel(weights)))], "source")
    assert image.shape[1:] == (1200, 3)
    assert (image[:, -8:] == 255).all()
    assert len(image) < 8000
