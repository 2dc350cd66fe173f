"""Activations: what their functions give, and that those of sRGB's curve undo each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import naive_activate

import filterkit
from filterkit import Picture, parse
from filterkit.applying.filtering import raw, rendered
from filterkit.engine.definition import define
from filterkit.steps.activate import ACTIVATIONS, Activate


def activated(text, *numbers):
    return define(parse(text), np.array(numbers).reshape(1, -1, 1)).ravel()


@given(st.sampled_from(list(ACTIVATIONS)), st.lists(st.floats(-5, 5), min_size=1, max_size=9))
def test_an_activation_is_its_formula(kind, numbers):
    expected = [naive_activate(Activate(kind), v) for v in numbers]
    np.testing.assert_allclose(activated(kind, *numbers), expected, rtol=1e-12, atol=1e-12)


def test_half_of_white_as_stored_is_a_fifth_of_its_light():
    values = activated("to-linear", 0, 0.02, 0.5, 1)
    np.testing.assert_allclose(values, [0, 0.02 / 12.92, 0.21404114048223255, 1], rtol=1e-14)
    np.testing.assert_allclose(activated("to-srgb", 0.21404114048223255, 1), [0.5, 1], rtol=1e-14)


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=9))
def test_the_curve_of_srgb_and_its_inverse_undo_each_other(numbers):
    # the standard's two pieces meet to 3e-8
    np.testing.assert_allclose(activated("to-linear | to-srgb", *numbers), numbers, atol=1e-7)
    np.testing.assert_allclose(activated("to-srgb | to-linear", *numbers), numbers, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_no_pixel_changes_on_the_way_to_light_and_back(dtype):
    pixels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(16, -1)
    np.testing.assert_array_equal(filterkit.apply(pixels, "to-linear | to-srgb"), pixels)


@pytest.mark.parametrize("kind", ["to-linear", "to-srgb"])
def test_the_curve_of_srgb_is_mirrored_below_black_and_goes_on_beyond_white(kind):
    below, dark, bright, beyond = activated(kind, -0.3, 0.3, 1, 3)
    assert below == -dark
    assert beyond > 1.5 * bright


def test_a_blur_of_light_keeps_the_light_of_a_checkerboard():
    board = np.indices((64, 64), np.uint8).sum(axis=0, dtype=np.uint8) % 2 * 255
    result = filterkit.apply(board, "to-linear | gaussian:2 | to-srgb")
    assert (result == 188).all()  # which gives half of the light, where 128 gives a fifth


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_a_picture_with_alpha_takes_every_activation(kind):
    rng = np.random.default_rng(1)
    picture = Picture(
        rng.integers(0, 256, (1, 9, 8, 3), dtype=np.uint8),
        rng.integers(0, 256, (1, 9, 8), dtype=np.uint8),
    )
    step = parse(f"{kind} | gaussian:1 | {kind}")
    assert rendered(step, picture, np.uint8).alpha.shape == (1, 9, 8)
    assert np.isfinite(raw(step, picture).pixels).all()
    if not ACTIVATIONS[kind].homogeneous:  # set aside, since no mixture of colours remains one
        np.testing.assert_array_equal(rendered(step, picture, np.uint8).alpha, picture.alpha)
