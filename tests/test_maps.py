"""Every layer is what its step makes, the last one what apply makes; colours and words fit them."""

import numpy as np
import pytest
from drawing import noise
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import naive
from strategies import fits, pictures, pipelines

from filterkit import Picture, apply, parse
from filterkit.steps.step import Rendering, Shape
from filterkit.viewing.feature_maps import Layer, Map
from filterkit.viewing.maps import beginning, layers
from filterkit.viewing.maps import layers_of as stages_of
from filterkit.viewing.maps_files import arrays, named
from filterkit.viewing.maps_sheet import MOST, WIDEST, facts, picture, sheet, side_of
from filterkit.viewing.maps_text import drawn, objects, table


def layers_of(text, image):
    return list(layers(parse(text), Picture(image[None])))


def whole(layer, part="numbers"):
    """All maps of a layer behind each other, as they come out of the step."""
    stacked = np.concatenate([getattr(one, part) for one in layer.maps], axis=2)
    return stacked.reshape(layer.shape.rows, layer.shape.columns, layer.shape.channels)


@settings(max_examples=50)
@given(st.data())
def test_the_last_layer_is_what_apply_makes_to_the_bit(data):
    channels = data.draw(st.sampled_from([1, 3]))
    image = data.draw(pictures(channels))
    step = data.draw(pipelines(channels))
    fits(step, image.shape)
    with np.errstate(all="ignore"):
        *_, last = layers(step, Picture(image[None]))
        np.testing.assert_array_equal(whole(last), apply(image, step, render=None))
        np.testing.assert_array_equal(whole(last, "pixels"), apply(image, step))


@settings(max_examples=50)
@given(st.data())
def test_every_layer_is_what_naive_loops_make_of_the_one_before(data):
    channels = data.draw(st.sampled_from([1, 3]))
    image = data.draw(pictures(channels)) / 255
    step = data.draw(pipelines(channels))
    fits(step, image.shape)
    members = [image]
    with np.errstate(all="ignore"):
        first, *found = layers(step, Picture(image[None]))
        np.testing.assert_array_equal(whole(first), image)
        assert len(found) == len(step.steps)
        for one, layer in zip(step.steps, found, strict=True):
            members = naive(one, members)
            expected = np.concatenate(members, axis=2)
            bounded = np.abs(expected) < 1e6
            result = whole(layer)
            assert result.shape == expected.shape
            np.testing.assert_allclose(result[bounded], expected[bounded], rtol=1e-6, atol=1e-7)
            assert layer.step == str(one)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("edge | relu", ["edge", "relu"]),
        ("sobel-x & sobel-y | fuse:l2", ["sobel-x & sobel-y", "fuse:l2"]),
        ("gaussian:2 | sobel", ["gaussian:2", "sobel-x & sobel-y", "fuse:l2"]),
        (
            "edge & (gaussian:2 | sobel) | fuse:max",
            ["gaussian:2", "sobel-x & sobel-y", "edge & (gaussian:2 | sobel)", "fuse:max"],
        ),
    ],
)
def test_a_bank_is_one_layer_and_what_is_inside_its_operands_stands_before_it(text, expected):
    step = parse(text)
    found = stages_of(step, Shape.of(20, 30, 3))
    assert [one.title for one in found] == ["picture", *expected]
    assert beginning(found[-1]) == step


def test_a_layer_within_a_composed_filter_says_so():
    found = layers_of("gaussian:2 | sobel", noise())
    assert [one.within for one in found] == ["", "", "sobel", "sobel"]
    assert found[2].heading == "2 sobel-x & sobel-y (in sobel)"


def test_the_chapters_layer_has_the_chapters_numbers():
    zero = np.array([[0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1], [0, 1, 0, 1, 0],
                     [0, 0, 1, 0, 0]], np.uint8)[..., None] * 255  # fmt: skip
    found = layers_of(
        "stroke-right:padding=valid & stroke-left:padding=valid | max-pool:2,stride=1", zero
    )
    right, left = found[1].maps
    assert right.numbers[..., 0].tolist() == [[3, 0, 1], [0, 2, 0], [1, 0, 3]]
    assert left.numbers[..., 0].tolist() == [[1, 0, 3], [0, 2, 0], [3, 0, 1]]
    assert [one.numbers.ravel().tolist() for one in found[2].maps] == [[3, 2, 2, 3], [2, 3, 3, 2]]
    assert found[1].size == "2 maps of 3x3"


@settings(max_examples=50)
@given(st.data())
def test_every_map_has_a_name_of_its_own_and_its_numbers_are_those_of_its_layer(data):
    image = data.draw(pictures(3))
    step = data.draw(pipelines(3))
    fits(step, image.shape)
    source = Picture(image[None])
    with np.errstate(all="ignore"):
        stored = arrays(step, source)
        found = list(layers(step, source))
    names = [one.name for one in named(step, source)]
    assert [*stored] == names and len({*names}) == len(names)
    for layer in found:
        own = [stored[name] for name in names if name.partition("-")[0] == str(layer.number)]
        together = np.concatenate([one.reshape(*one.shape[:2], -1) for one in own], axis=2)
        np.testing.assert_array_equal(together, whole(layer).astype(np.float32))


def test_names_can_be_read_and_are_short():
    source = Picture(noise()[None])
    text = "sobel-x & [1 2 3; 4 5 6; 7 8 9; 1 2 3; 4 5 6; 7 8 9; 1 2 3; 4 5 6]:fusion=sum | relu"
    names = [one.name for one in named(parse(text), source)]
    assert names[:2] == ["0-picture", "1-sobel-x"]
    assert names[3] == "2-relu-sobel-x"
    assert max(map(len, names)) <= 60
    twelve = [one.name for one in named(parse(" | ".join(["relu"] * 12)), source)]
    assert twelve[:2] == ["00-picture", "01-relu"]
    twins = [one.name for one in named(parse("edge & edge"), source)]
    assert twins == ["0-picture", "1-edge", "1-edge-2"]


def test_colours_that_have_no_sign_stay_together_and_others_are_shown_channel_by_channel():
    kept, parted = layers_of("blur | high-pass", noise())[1:]
    assert [one.name for one in kept.maps] == [""]
    assert kept.size == "3 maps of 20x30, shown in colour"
    assert [one.name for one in parted.maps] == ["red", "green", "blue"]
    np.testing.assert_array_equal(whole(parted), apply(noise(), "blur | high-pass", render=None))


def layer(numbers, render, white=1.0):
    numbers = np.asarray(numbers, float)[..., None]
    pixels = np.clip(np.rint(255 * numbers / white), 0, 255).astype(np.uint8)
    one = Map("", numbers, pixels, Rendering(*render))
    return Layer(1, "edge", "", Shape.of(*numbers.shape), [one])


@pytest.mark.parametrize("render", [("abs",), ("signed",), ("stretch",), ("clip",)])
def test_signs_are_shown_as_two_colours_and_zero_is_white(render):
    signed = layer([[-2, 0, 1]], render)
    ((below, nothing, above),) = signed.coloured(signed.maps[0]).astype(int).tolist()
    assert below[2] > below[0] and above[0] > above[2]
    assert nothing == [255, 255, 255]
    assert sum(below) < sum(above), "the larger number is darker"
    assert signed.legend(signed.maps[0]) == "orange above 0, blue below, deepest at ±2"


def test_a_little_below_zero_is_cut_where_it_would_be_cut():
    image = layer([[-0.05, 0.5, 1]], ("clip",))
    assert image.coloured(image.maps[0])[..., 0].tolist() == [[0, 128, 255]]
    assert image.legend(image.maps[0]) == "0 is black, 1 white"


@pytest.mark.parametrize(
    "render, told",
    [
        (("clip", 2.0), "0 is black, 0.5 white"),
        (("abs", 0.5), "0 is black, ±2 white"),
        (("signed", 4.0), "0 is grey, 0.25 white, -0.25 black"),
        (("stretch",), "the lowest black, the highest white"),
    ],
)
def test_a_rendering_is_told_in_words(render, told):
    plain = layer([[0, 1]], render)
    assert plain.legend(plain.maps[0]) == told


def test_maps_that_are_rendered_alike_share_the_scale_of_their_colours():
    found = layers_of(
        "[-1 1]:padding=valid & [-4 4]:padding=valid", np.eye(3, dtype=np.uint8)[..., None]
    )
    weak, strong = (one.render for one in found[1].maps)
    assert weak == strong
    assert found[1].deepest == {weak: pytest.approx(4 / 255)}


def test_few_extreme_numbers_do_not_make_the_others_pale():
    numbers = np.tile([-1.0, 1.0], (40, 20))
    numbers[0, 0] = 1000
    signed = layer(numbers, ("abs",))
    assert signed.deepest[Rendering("abs")] == 1
    assert signed.legend(signed.maps[0]).endswith("deepest at ±1 and beyond")


@settings(max_examples=50)
@given(st.data())
def test_a_sheet_can_be_drawn_of_everything_and_is_not_too_wide(data):
    channels = data.draw(st.sampled_from([1, 3]))
    dtype = data.draw(st.sampled_from([np.uint8, np.float32]))
    image = data.draw(pictures(channels, dtype, most=20))
    step = data.draw(pipelines(channels))
    fits(step, image.shape)
    with np.errstate(all="ignore"):
        source = Picture(image[None])
        result = sheet("a title", layers(step, source))
        lines = table(layers(step, source))
        letters = list(drawn(layers(step, source), 24, 80, 0))
    assert result.dtype == np.uint8 and result.shape[2] == 3
    assert result.shape[1] <= WIDEST
    for edge in (result[:8], result[-8:], result[:, :8], result[:, -8:]):
        assert (edge == 255).all()
    assert len(lines) == 1 + sum(len(one.maps) for one in layers(step, source))
    assert not any("\033" in line for line in letters)


def test_small_pictures_are_enlarged_by_whole_numbers():
    image = noise(20, 30)
    layer = layers_of("relu", image)[1]
    drawn_large = picture(layer.maps[0], layer, side_of(layer))[1:-1, 1:-1]
    times = len(drawn_large) // 20
    assert times > 1
    np.testing.assert_array_equal(drawn_large, image.repeat(times, 0).repeat(times, 1))
    assert f"drawn {times} times as large" in facts(layer)


def test_large_pictures_are_reduced_and_it_is_said_by_how_much():
    layer = layers_of("relu", noise(900, 1200))[1]
    high, wide = np.array(picture(layer.maps[0], layer, side_of(layer)).shape[:2]) - 2
    assert (high, wide) == (360, 480)
    assert "3 maps of 900x1200" in facts(layer) and "drawn at 40 %" in facts(layer)


def test_of_many_maps_the_first_are_drawn_and_the_others_counted():
    text = f"line:angle=({','.join(map(str, range(MOST + 5)))})"
    found = layers_of(text, noise(20, 20, 1))
    few = sheet("", found[:1] + layers_of("line:angle=(0,1,2)", noise(20, 20, 1))[1:])
    assert len(sheet("", found)) > len(few)
    told = "\n".join(drawn(found, 24, 80, 0))
    assert "5 more are not drawn" in told
    assert "angle=63" in told and "angle=64" not in told.replace(found[1].heading, "")


def test_a_vector_is_one_row():
    found = layers_of("edge | flatten", noise(3, 4))[-1]
    assert found.size == "a vector of 12 numbers"
    assert found.maps[0].numbers.shape == (1, 12, 1)
    assert len(sheet("", [found])) < 300


def test_the_table_and_the_object_hold_the_figures():
    image = noise(5, 4, 1)
    numbers = apply(image, "sobel-x", render=None).astype(float)
    one = objects(layers_of("sobel-x", image))[1]
    assert one["step"] == "sobel-x" and (one["rows"], one["columns"]) == (5, 4)
    (only,) = one["maps"]
    assert only["lowest"] == numbers.min() and only["highest"] == numbers.max()
    assert only["mean"] == pytest.approx(numbers.mean())
    assert only["render"] == "abs:0.5"
    line = table(layers_of("sobel-x", image))[2]
    assert line.startswith("1 sobel-x") and "5x4" in line


def test_in_letters_small_maps_are_numbers_and_large_ones_pictures():
    small = list(drawn(layers_of("[1]", np.array([[[255], [0]]], np.uint8)), 24, 80, 0))
    assert " 1  0 " in small
    large = list(drawn(layers_of("edge", noise(40, 60)), 24, 80, 256))
    assert any("▀" in line for line in large)


def test_a_picture_with_alpha_gives_the_maps_of_the_whole_filter():
    pixels = noise(12, 14, 4)
    source = Picture(pixels[None, ..., :3], pixels[None, ..., 3])
    blurred = list(layers(parse("blur"), source))[-1]
    np.testing.assert_array_equal(whole(blurred, "pixels"), apply(pixels, "blur")[..., :3])
    _, first, last = layers(parse("blur | edge"), source)
    np.testing.assert_array_equal(whole(first, "pixels"), apply(pixels[..., :3], "blur"))
    np.testing.assert_array_equal(whole(last), apply(pixels, "blur | edge", render=None))
