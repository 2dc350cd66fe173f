"""However pooling is computed, it is the definition: exact on pixels, and never of added ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import fits, pools

from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.steps.pool import POOLS, Pool

PIXELS = st.sampled_from([np.dtype(np.uint8), np.dtype(np.uint16)])
FLOATS = st.sampled_from([np.dtype(np.float32), np.dtype(np.float64)])


@st.composite
def pictures_to_pool(draw, dtypes):
    """Pictures of one pixel and more, of as many channels as a colour, a sheet or a bank has."""
    dtype = draw(dtypes)
    shape = (
        draw(st.integers(1, 14)),
        draw(st.integers(1, 14)),
        draw(st.sampled_from([1, 3, 4, 7])),
    )
    if dtype.kind == "u":
        return draw(hnp.arrays(dtype, shape, elements=st.integers(0, np.iinfo(dtype).max)))
    return draw(hnp.arrays(dtype, shape, elements=st.floats(-2, 2, width=32)))


def run(data, step, image):
    """Run a step in bands of some height on some threads."""
    return Run(
        step, image, height=data.draw(st.integers(1, 20)), threads=data.draw(st.integers(1, 3))
    )


def halves_to_even(sums, counts):
    """Divide whole numbers and round, in whole numbers only."""
    whole, rest = np.divmod(sums, counts)
    return whole + ((2 * rest > counts) | ((2 * rest == counts) & (whole % 2 == 1)))


@settings(max_examples=300)
@given(st.data())
def test_largest_smallest_and_summed_pixels_are_exact(data):
    image, step = data.draw(pictures_to_pool(PIXELS)), data.draw(pools())
    step = Pool(
        data.draw(st.sampled_from(["max", "min", "sum"])), step.size, step.stride, step.padding
    )
    fits(step, image.shape)
    result, full = run(data, step, image).numbers(), np.iinfo(image.dtype).max
    expected = define(step, image.astype(np.float64)).astype(result.dtype)
    np.testing.assert_array_equal(result, expected / result.dtype.type(full))


@settings(max_examples=200)
@given(st.data())
def test_averaged_pixels_are_rounded_once_and_half_to_even(data):
    image, step = data.draw(pictures_to_pool(PIXELS)), data.draw(pools())
    fits(step, image.shape)
    sums, counts = (
        define(Pool("sum", step.size, step.stride, step.padding), numbers).astype(np.int64)
        for numbers in (image.astype(np.float64), np.ones(image.shape))
    )
    step = Pool("average", step.size, step.stride, step.padding)
    result = run(data, step, image).pixels(image.dtype)
    np.testing.assert_array_equal(result, halves_to_even(sums, counts))


@settings(max_examples=200)
@given(st.data())
def test_l2_of_pixels_is_the_definition(data):
    image, step = data.draw(pictures_to_pool(PIXELS)), data.draw(pools())
    step = Pool("l2", step.size, step.stride, step.padding)
    fits(step, image.shape)
    expected = define(step, image / np.iinfo(image.dtype).max)
    np.testing.assert_allclose(run(data, step, image).numbers(), expected, rtol=1e-6)


@settings(max_examples=300)
@given(st.data())
def test_floating_numbers_keep_their_type_and_the_definition(data):
    image, step = data.draw(pictures_to_pool(FLOATS)), data.draw(pools())
    fits(step, image.shape)
    result, expected = run(data, step, image).numbers(), define(step, image.astype(np.float64))
    assert result.dtype == image.dtype
    if step.kind in ("max", "min"):
        np.testing.assert_array_equal(result, expected)
    else:
        weights = 1 if step.kind == "average" else step.size[0] * step.size[1]
        full = 2 * (1e-6 if image.dtype == np.float32 else 1e-12)
        np.testing.assert_allclose(result, expected, rtol=0, atol=full * weights)


@settings(max_examples=200)
@given(st.data())
def test_bands_and_threads_change_no_bit(data):
    image = data.draw(pictures_to_pool(st.one_of(PIXELS, FLOATS)))
    step = data.draw(pools())
    fits(step, image.shape)
    whole = Run(step, image, height=1000, threads=1)
    banded = run(data, step, image)
    assert banded.numbers().tobytes() == whole.numbers().tobytes()
    assert banded.pixels(np.uint8).tobytes() == whole.pixels(np.uint8).tobytes()


@pytest.mark.parametrize("size", [(1, 257), (1, 258), (257, 257)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_sums_of_white_never_overflow(size, dtype):
    white = np.full((260, 260, 1), np.iinfo(dtype).max, dtype)
    taps = size[0] * size[1]
    assert (Run(Pool("sum", size, (1, 1)), white).numbers() == taps).all()
    assert (Run(Pool("average", size, (1, 1)), white).numbers() == 1).all()


@pytest.mark.parametrize("kind", ["max", "min", "average"])
@pytest.mark.parametrize("value", [0, 7, 255])
@pytest.mark.parametrize("stride", [1, 2])
def test_added_pixels_count_in_no_pool_of_an_even_picture(kind, value, stride):
    even = np.full((9, 8, 3), value, np.uint8)
    result = Run(Pool(kind, (3, 3), (stride, stride), 2), even).pixels(np.uint8)
    assert (result == value).all()


def test_largest_of_negative_numbers_is_negative_at_the_edges_too():
    image = np.full((4, 4, 1), -0.5, np.float32)
    assert (Run(Pool("max", (3, 3), (2, 2), 1), image).numbers() == -0.5).all()


@pytest.mark.parametrize("kind", list(POOLS))
@pytest.mark.parametrize("size", [(1, 1), (1, 3), (3, 1)])
def test_pooling_leaves_its_input_alone(kind, size):
    image = np.random.default_rng(0).normal(size=(5, 6, 3))
    before = image.copy()
    Run(Pool(kind, size, (1, 1)), image).numbers()
    np.testing.assert_array_equal(image, before)
