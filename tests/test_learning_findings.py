"""What nobody says is found: the size, whole weights, the border, a bias, linear light."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from teaching import ODD, divided, filtered, made, texture, weights_of

import filterkit
from filterkit.learning.learning import learn
from filterkit.learning.snapping import product, snapped


@pytest.mark.parametrize("matrix", [
    ODD, "[1 2 3 2 1]", "[1; -2; 4]", "[1 0 0 0 2; 0 0 0 0 0; 1 0 3 0 1; 0 0 0 0 0; 0 2 0 0 -1]",
])  # fmt: skip
def test_auto_finds_the_size(matrix):
    image = texture(150, 160, 1)
    pipeline, report = learn(image, made(image, "", matrix), "auto")
    wanted = divided(matrix, 8)
    assert report.shape == "{}x{}".format(*wanted.shape[2:])
    np.testing.assert_allclose(weights_of(pipeline), wanted, atol=3e-3)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_fractions_of_one_divisor_are_found_behind_errors(seed, divide):
    random = np.random.default_rng(seed)
    whole = random.integers(-20, 21, 9)
    whole[4] = 1 + 2 * divide
    weights, deviations = whole / divide + random.normal(0, 1e-5, 9), np.full(9, 1e-5)

    def explains(fractions):  # as pictures do: a weight far beside the fitted one is seen
        return np.abs(fractions - weights).max() < 20 * 1e-5

    found = snapped(weights, deviations, explains)
    assert found is not None
    np.testing.assert_array_equal(found.weights / found.divide, whole / divide)


@pytest.mark.parametrize("taps", [4, 9, 25])
@pytest.mark.parametrize("deviation", [1e-2, 1e-3, 1e-5, 0])
def test_weights_of_no_meaning_are_not_taken_for_fractions(taps, deviation):
    random = np.random.default_rng(taps)
    deviations = np.full(taps, deviation)
    found = [snapped(random.uniform(-1, 1, taps), deviations) for _ in range(20)]
    assert found == [None] * 20


def test_fractions_that_do_not_explain_the_pictures_are_not_taken():
    weights, sure = np.array([1.0, 2, 1]) / 4, np.full(3, 1e-6)
    assert snapped(weights, sure).divide == 4
    assert snapped(weights, sure, lambda one: False) is None


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5),
       st.lists(st.integers(-9, 9), min_size=1, max_size=5))  # fmt: skip
def test_a_column_times_a_row_is_seen_as_such(column, row):
    whole = np.outer(column, row).astype(float)
    found = product(whole)
    assert (found is None) == (not whole.any())
    if found:
        np.testing.assert_array_equal(np.outer(*found), whole)
        assert all((one == np.rint(one)).all() for one in found)


SNAPPED = {
    "[1 4 6 4 1; 4 16 24 16 4; 6 24 36 24 6; 4 16 24 16 4; 1 4 6 4 1]:divide=256":
        "[1 4 6 4 1]T [1 4 6 4 1] / 256",
    "[1 1 1; 1 1 1; 1 1 1]:divide=9": "[1 1 1]T [1 1 1] / 9",
    "[0 -1 0; -1 5 -1; 0 -1 0]:divide=1": "[0 -1 0; -1 5 -1; 0 -1 0]",
    "[1 2 0; 0 3 -1; 1 0 2]:divide=17": "[1 2 0; 0 3 -1; 1 0 2] / 17",
    "[1 2 3 2 1]:divide=9": "[1 2 3 2 1] / 9",
}  # fmt: skip


@pytest.mark.parametrize("expression", SNAPPED)
def test_snap_finds_the_fractions_that_bytes_hide(expression):
    image = texture(120, 130)
    after = filtered(image, f"{expression},fusion=keep")
    size = "{}x{}".format(*filterkit.parse(expression).steps[0].kernel.weights.shape[2:])
    pipeline, report = learn(image, after, size, snap=True)
    assert report.exactly == SNAPPED[expression]
    step = pipeline.steps[0]
    true = filterkit.parse(expression).steps[0]
    assert step.kernel.integral
    np.testing.assert_array_equal(step.kernel.weights, true.kernel.weights)
    assert step.divide == true.divide
    assert np.abs(filterkit.apply(image, pipeline).astype(int) - after).max() <= 1


def test_nothing_is_snapped_where_nothing_lies_near():
    image = texture(120, 130, 1)
    _, report = learn(image, filtered(image, "gaussian:1.1"), "5x5", snap=True)
    assert report.exactly == ""
    sentence = "no whole weights with one divisor up to 1024 lie near: nothing snapped"
    assert sentence in report.notes


@pytest.mark.parametrize("shape", ["5x5", "1x5", "5x1", "5x5:stride=2", "4x5:dilation=2"])
@pytest.mark.parametrize("border", ["reflect", "zero", "edge", "symmetric", "wrap"])
def test_the_border_is_guessed(border, shape):
    image = texture(90, 92, 1, contrast=1)
    size = [int(n) for n in shape.partition(":")[0].split("x")]
    kernel = np.random.default_rng(3).integers(1, 6, size)
    matrix = "[" + "; ".join(" ".join(map(str, row)) for row in kernel) + "]"
    after = made(image, shape, matrix, f"divide={kernel.sum()},border={border}")
    pipeline, report = learn(image, after, shape)
    assert report.border == border
    assert f"border={border}" in str(pipeline) or border == "reflect"
    off = np.abs(filterkit.apply(image, pipeline).astype(int) - after)
    assert off.max() <= 1


def test_a_border_that_is_said_is_not_guessed():
    image = texture(60, 60, 1)
    _, report = learn(image, made(image, "3x3", more="divide=8,border=wrap"), "3x3:border=edge")
    assert report.border == "edge"


def framed(image, frame):
    after = made(image, "3x3")
    result = frame.copy()
    result[1:-1, 1:-1] = after[1:-1, 1:-1]
    return result


def test_a_border_left_as_it_is_is_said():
    image = texture(60, 62)
    _, report = learn(image, framed(image, image), "3x3")
    assert report.border == "left as it is"
    assert report.notes == ("the outermost pixels came out as they went in, unfiltered",)


def test_a_border_of_another_kind_is_said():
    image = texture(60, 62)
    _, report = learn(image, framed(image, texture(60, 62, seed=9)), "3x3")
    assert report.border == "unknown"
    assert report.notes == ("no border that filterkit knows explains the outermost pixels",)


@pytest.mark.parametrize("shape", ["3x3:padding=valid", "1x1", "3x3:stride=9"])
def test_no_border_is_guessed_where_none_shows(shape):
    image = texture(60, 62)
    matrix = "[0.75]" if shape == "1x1" else ODD
    _, report = learn(image, made(image, shape, matrix), shape)
    assert report.border in ("", "reflect")


@pytest.mark.parametrize("bias", [0.1, -0.05])
def test_a_bias_is_found(bias):
    image = texture(60, 70, 1)
    after = made(image, "3x3", more=f"divide=17,bias={bias}")
    pipeline, report = learn(image, after, "3x3")
    assert pipeline.steps[0].bias == pytest.approx(bias, abs=1e-3)
    assert report.notes == ()


def test_fractions_that_are_cut_off_are_said():
    image = texture(80, 90)
    after = made(image, "3x3", more="divide=17", rounding=np.floor)
    pipeline, report = learn(image, after, "3x3")
    assert pipeline.steps[0].bias * 255 == pytest.approx(-0.5, abs=0.1)
    sentence = "fractions were cut off, not rounded; the bias of half a grey level does the same"
    assert report.notes == (sentence,)
    assert np.abs(filterkit.apply(image, pipeline).astype(int) - after).max() <= 1


@pytest.mark.parametrize("space", ["auto", "linear"])
def test_linear_light_is_found(space):
    image = texture(90, 100, 1, contrast=1)
    after = filtered(image, "to-linear | gaussian:1,size=5 | to-srgb")
    pipeline, report = learn(image, after, "5x5", space=space)
    assert report.space == "linear"
    assert str(pipeline).startswith("to-linear | ")
    assert str(pipeline).endswith(" | to-srgb")
    assert np.abs(filterkit.apply(image, pipeline).astype(int) - after).max() <= 1


@pytest.mark.parametrize("divide", [1, 2, 9])
def test_snapping_takes_the_place_of_a_division_that_the_shape_asks_for(divide):
    image = np.random.default_rng(3).integers(60, 200, (80, 90), dtype=np.uint8)
    after = filterkit.apply(image, "[0 -1 0; -1 5 -1; 0 -1 0]")
    pipeline, report = learn(image, after, f"3x3:divide={divide}", snap=True)
    assert report.exactly == "[0 -1 0; -1 5 -1; 0 -1 0]"
    np.testing.assert_array_equal(filterkit.apply(image, pipeline)[1:-1, 1:-1], after[1:-1, 1:-1])
