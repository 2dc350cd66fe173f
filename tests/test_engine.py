"""The definition agrees with naive loops, and the fast engine with both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import naive
from strategies import convolutions, fits, pictures, pipelines, pools

from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import walk


def gain_of(step):
    """Bound how much a pipeline enlarges its numbers and with them their rounding."""
    gain = 1.0
    for one in walk(step):
        if isinstance(one, Convolve):
            gain *= max(1.0, 3 * one.kernel.reach / min(abs(one.divide), 1))
        gain *= 16 if type(one).__name__ == "Pool" else 3
    return gain


@given(st.data())
def test_the_definition_of_a_convolution_is_the_naive_loop(data):
    channels = data.draw(st.sampled_from([1, 3]))
    image = data.draw(pictures(channels)) / 255
    step = data.draw(convolutions(channels))
    fits(step, image.shape)
    expected = np.concatenate(naive(step, [image]), axis=2)
    np.testing.assert_allclose(define(step, image), expected, atol=1e-9)


@given(st.data())
def test_the_definition_of_a_pool_is_the_naive_loop(data):
    image = data.draw(pictures()) / 255
    step = data.draw(pools())
    fits(step, image.shape)
    np.testing.assert_allclose(define(step, image), naive(step, [image])[0], atol=1e-12)


@given(st.data())
def test_a_pipeline_with_banks_is_what_naive_loops_make_of_its_members(data):
    channels = data.draw(st.sampled_from([1, 3]))
    image = data.draw(pictures(channels)) / 255
    step = data.draw(pipelines(channels))
    shape = fits(step, image.shape)
    with np.errstate(all="ignore"):
        members = naive(step, [image])
        result = define(step, image)
    assert [member.shape[2] for member in members] == [one.channels for one in shape.members]
    expected = np.concatenate(members, axis=2)
    assert result.shape == expected.shape == (shape.rows, shape.columns, shape.channels)
    bounded = np.abs(expected) < 1e6
    np.testing.assert_allclose(result[bounded], expected[bounded], rtol=1e-6, atol=1e-7)


@settings(max_examples=300)
@given(st.data())
def test_the_engine_equals_the_definition_in_bands_of_any_height(data):
    channels = data.draw(st.sampled_from([1, 3]))
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16]))
    image = data.draw(pictures(channels, dtype))
    step = data.draw(pipelines(channels, normalized=False))
    fits(step, image.shape)
    with np.errstate(all="ignore"):
        expected = define(step, image / np.iinfo(dtype).max)
        whole = Run(step, image, height=1000).numbers()
        banded = Run(step, image, height=data.draw(st.integers(1, 5)), threads=2).numbers()
    np.testing.assert_array_equal(whole, banded)
    size = np.maximum(np.abs(expected), 1)
    assert (np.abs(whole - expected) <= 1e-6 * gain_of(step) * size).all()


@pytest.mark.parametrize("kind", ["zscore", "minmax", "l2"])
def test_a_normalized_stack_is_normalized_image_by_image(kind):
    from filterkit.steps.normalize import Normalize
    from filterkit.steps.pipeline import Pipeline

    images = np.random.default_rng(1).integers(0, 256, (2, 3, 20, 15, 3), dtype=np.uint8)
    step = Pipeline([Convolve([[1, 2, 1]], fusion="keep"), Normalize(kind)])
    result = Run(step, images, height=3, threads=2).numbers()
    for index in np.ndindex(2, 3):
        expected = define(step, images[index] / 255)
        np.testing.assert_allclose(result[index], expected, atol=3e-6)


@given(st.data())
def test_floating_images_keep_their_type(data):
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    image = data.draw(pictures(3, dtype))
    step = data.draw(convolutions(3, whole=False))
    fits(step, image.shape)
    result = Run(step, image).numbers()
    assert result.dtype == dtype
    expected = define(step, image.astype(np.float64))
    tolerance = (1e-5 if dtype == np.float32 else 1e-12) * gain_of(step)
    np.testing.assert_allclose(result, expected, atol=tolerance * max(1, np.abs(expected).max()))
