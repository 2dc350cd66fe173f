"""Whichever way a kernel is laid on a picture, the result is the definition's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import convolutions, fits, pictures

from filterkit.engine import ways
from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.engine.fourier import SPAN
from filterkit.engine.render import Look, show
from filterkit.engine.ways import FOURIER_TAPS, choose
from filterkit.filters.meaning import parse
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.step import Rendering


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def exact(step, image):
    """The definition on the file's own whole numbers, all of which float64 holds."""
    return define(step, image.astype(np.float64))


def whole_kernel(rng, rows, columns, most=9):
    return Kernel(rng.integers(-most, most + 1, (rows, columns)).tolist())


def test_a_large_kernel_goes_the_fourier_way_and_one_that_is_a_product_does_not(rng):
    large = rng.normal(size=(13, 13))
    assert large.size >= FOURIER_TAPS > large[:9, :9].size
    assert choose(large, np.float32).name == "Fourier"
    assert choose(large, np.float32, windows=2).name == "direct"  # half of them are not wanted
    assert choose(np.outer(large[0], large[1]), np.float32).name == "separable"
    assert choose(large[:9, :9], np.float32).name == "direct"
    few = np.zeros((99, 99))
    few[::49, ::49] = 1, 2, 3  # a hundred times as large, and nine products
    assert choose(few + np.diag(few.diagonal()), np.float32).name == "direct"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whole_kernels_on_whole_pixels_are_exact_whatever_the_way(data):
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows, columns = (data.draw(st.integers(13, 40)) for _ in range(2))
    step = Convolve(
        whole_kernel(rng, rows, columns, data.draw(st.sampled_from([1, 9, 500]))),
        stride=data.draw(st.integers(1, 3)), border=data.draw(st.sampled_from(["reflect", "zero"])),
        fusion=data.draw(st.sampled_from(["keep", "sum"])),
    )  # fmt: skip
    size = data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90)), 3
    image = rng.integers(0, np.iinfo(dtype).max + 1, size, dtype=dtype)
    result = Run(step, image, height=data.draw(st.integers(1, 60))).numbers()
    expected = exact(step, image).astype(result.dtype) / result.dtype.type(np.iinfo(dtype).max)
    np.testing.assert_array_equal(result, expected)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_fourier_way_is_the_definition_for_kernels_of_every_size_too(data):
    channels = data.draw(st.sampled_from([1, 3]))
    image = data.draw(pictures(channels, np.uint8))
    step = data.draw(convolutions(channels))
    fits(step, image.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "FOURIER_TAPS", 1)
        result = Run(step, image, height=data.draw(st.integers(1, 9))).numbers()
    with np.errstate(all="ignore"):
        expected = define(step, image / 255)
    gain = max(1.0, step.kernel.reach / min(abs(step.divide), 1.0))
    power = 3 if step.fused == "product" else 1
    tolerance = 1e-6 * (channels * gain) ** power * np.maximum(np.abs(expected), 1)
    assert (np.abs(result - expected) <= tolerance).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_with_a_stride_only_what_falls_away_is_missing(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    rows, columns = (data.draw(st.integers(1, 15)) for _ in range(2))
    stride = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    dilation = data.draw(st.integers(1, 2)), data.draw(st.integers(1, 2))
    kernel = whole_kernel(rng, rows, columns)
    picture = rng.integers(0, 256, (data.draw(st.integers(30, 60)), 45, 3), dtype=np.uint8)
    dense = Convolve(kernel, padding="valid", dilation=dilation, fusion="keep")
    strided = Convolve(kernel, padding="valid", dilation=dilation, fusion="keep", stride=stride)
    expected = Run(dense, picture).numbers()[:: stride[0], :: stride[1]]
    result = Run(strided, picture, height=data.draw(st.integers(1, 60))).numbers()
    np.testing.assert_array_equal(result, expected)


def spike(rng, size):
    weights = 1e-6 * rng.normal(size=(size, size))
    weights[0, size // 2] = 1
    return weights


def positive(rng, size):
    return rng.random((size, size))


def mixed(rng, size):
    return rng.normal(size=(size, size))


@pytest.mark.parametrize("size", [13, 31, 63])
@pytest.mark.parametrize("weights", [spike, positive, mixed])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_worst_pictures_are_as_near_as_promised(rng, size, weights, dtype):
    full = np.iinfo(dtype).max
    picture = np.full((150, 8 * SPAN, 3), full, dtype)
    picture[..., 1] = np.arange(8 * SPAN) // 7 % 2 * full
    picture[..., 2] = rng.integers(0, full + 1, picture.shape[:2])
    step = Convolve(weights(rng, size).tolist(), fusion="keep")
    result = Run(step, picture).numbers()
    error = np.abs(result - define(step, picture / full)).max()
    assert error <= 1e-6 * max(1, step.kernel.reach)


def test_the_number_of_threads_changes_no_byte_of_the_fourier_way(rng):
    picture = rng.integers(0, 256, (400, 333, 3), dtype=np.uint8)
    step = Convolve(mixed(rng, 17).tolist(), fusion="keep")
    one, two, five = (Run(step, picture, threads=count).numbers() for count in (1, 2, 5))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, five)


@settings(deadline=None)
@given(
    st.sampled_from([np.uint8, np.uint16]),
    st.sampled_from([np.float32, np.float64]),
    st.lists(
        st.one_of(st.integers(-600, 600).map(lambda n: n / 2), st.floats(-1e5, 1e5, width=32),
                  st.sampled_from([2.0**31, -2.0**31, 1e12, -1e12, 1e30, -1e30, np.inf, -np.inf])),
        min_size=1, max_size=40,
    ),
)  # fmt: skip
def test_pixels_are_cut_and_rounded_half_to_even_however_large_numbers_are(depth, dtype, values):
    numbers = np.array(values, dtype).reshape(1, -1, 1)
    white = np.iinfo(depth).max
    shown = np.empty(numbers.shape, depth)
    show(numbers, [Look(slice(None), Rendering())], white, shown)
    expected = [int(np.rint(min(max(value, 0), white))) for value in numbers.ravel().tolist()]
    assert shown.ravel().tolist() == expected


@pytest.mark.parametrize("size", [3, 9, 15])
def test_more_channels_than_opencv_takes_are_laid_in_turn(rng, size):
    image = rng.random((20, 20, 300))
    step = Convolve(rng.normal(size=(size, size)).tolist(), fusion="keep")
    np.testing.assert_allclose(Run(step, image).numbers(), define(step, image), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sharpen", ("sharpen: direct in one call on bytes, 5 products",)),
        ("sharpen | relu", ("sharpen: direct, 5 products",)),
        ("relu | max-pool:2", ()),
        ("box:9,bias=0.1",
         ("box:9,bias=0.1: separable, a column times a row: 9 + 9 products, not 81",)),
    ],
)  # fmt: skip
def test_it_is_told_which_way_each_kernel_takes_and_why(text, told):
    assert Run(parse(text), np.zeros((9, 9, 3), np.uint8)).told(np.uint8) == told


def test_many_maps_are_told_to_be_one_product(rng):
    step = Convolve(Kernel(rng.normal(size=(96, 3, 5, 5))))
    (told,) = Run(step, np.zeros((9, 9, 3), np.uint8)).told()
    assert told.endswith(": matrix, 96 maps are one product with all windows")
