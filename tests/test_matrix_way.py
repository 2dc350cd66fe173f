"""Many maps at once are one product of matrices, and still what the definition says."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import PAIRS, fits

from filterkit.engine import bands, matrix
from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.engine.matrix import RUN_TAPS, Matrix, is_faster, multiply
from filterkit.engine.threads import BLAS, blas_threads
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.pool import Pool
from filterkit.steps.window import DRAWN


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def whole(rng, shape):
    return rng.integers(-9, 10, shape)


def broken(rng, shape):
    return rng.normal(size=shape)


@st.composite
def banks(draw, weights=whole):
    """Convolutions of several maps that are one product, and the channels of their picture."""
    channels = draw(st.sampled_from([1, 2, 3, 5]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    shape = (draw(st.integers(4, 9)), draw(st.sampled_from([1, channels])), *size)
    step = Convolve(
        Kernel(weights(rng, shape)),
        stride=draw(PAIRS),
        padding=draw(st.sampled_from(["same", "valid", 0, 1, 7])),
        border=draw(st.sampled_from(list(DRAWN))),
        dilation=draw(PAIRS),
        fusion=draw(st.sampled_from(["sum", "mean"])),
        divide=draw(st.sampled_from([1, 2, -3, 0.5])),
        bias=draw(st.sampled_from([0.0, 0.25])),
        flip=draw(st.booleans()),
    )
    picture = draw(st.integers(1, 30)), draw(st.integers(1, 30)), channels
    fits(step, picture)
    return step, picture, rng


def by_matrix(step, image, most=matrix.CHUNK_VALUES, **settings):
    """Run a step the matrix way, whether or not it is faster, in parts of any size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("filterkit.engine.convolving.is_faster", lambda step: True)
        patch.setattr(matrix, "CHUNK_VALUES", most)
        patch.setattr(matrix, "LEAST_WINDOWS", 1)
        return Run(step, image, **settings).numbers()


HEIGHTS = st.integers(1, 30)
PARTS = st.sampled_from([1, 50, 999, matrix.CHUNK_VALUES])


@settings(max_examples=100, deadline=None)
@given(banks(), HEIGHTS, PARTS, st.sampled_from([np.uint8, np.uint16]))
def test_whole_kernels_on_whole_pixels_are_exact(bank, height, most, dtype):
    step, size, rng = bank
    full = np.iinfo(dtype).max
    image = rng.integers(0, full + 1, size, dtype=dtype)
    result = by_matrix(step, image, most, height=height)
    shared = 1 if step.fused == "sum" else size[2]
    sums = define(with_only_its_sums(step), image.astype(np.float64))  # whole, hence exact
    divided = sums.astype(result.dtype) / result.dtype.type(step.divide * shared)
    divided += result.dtype.type(step.bias * full)
    np.testing.assert_array_equal(result, divided / result.dtype.type(full))


def with_only_its_sums(step):
    settings = {name: getattr(step, name) for name in ("stride", "padding", "border", "dilation")}
    return Convolve(step.kernel, fusion="sum", flip=step.flip, **settings)


@settings(max_examples=100, deadline=None)
@given(banks(broken), HEIGHTS, PARTS, st.sampled_from([np.uint8, np.uint16, np.float32, float]))
def test_it_is_the_definition_for_every_depth(bank, height, most, dtype):
    step, size, rng = bank
    full = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1.0
    image = (rng.random(size) * full).astype(dtype)
    result = by_matrix(step, image, most, height=height)
    expected = define(step, image / full)
    gain = step.kernel.reach * (size[2] if step.kernel.channels == 1 else 1) / abs(step.divide)
    assert full > 1 or result.dtype == dtype
    tolerance = (1e-6 if result.dtype == np.float32 else 1e-13) * max(1.0, gain)
    np.testing.assert_allclose(result, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("shape", [(8, 3, 5, 5), (8, 3, 11, 11), (8, 48, 7, 7)])
@pytest.mark.parametrize("white", [1.0, 0.7, 0.1])
def test_equal_weights_on_an_even_picture_are_as_near_as_promised(shape, white):
    weights = np.ones(shape) * np.linspace(0.5, 1, 8)[:, None, None, None] / np.prod(shape[1:])
    image = np.full((20, 20, shape[1]), white, np.float32)
    step = Convolve(Kernel(weights), fusion="sum")
    assert np.abs(by_matrix(step, image) - define(step, np.float64(image))).max() <= 1e-6


def test_the_number_of_threads_changes_no_byte_of_the_matrix_way(rng):
    picture = rng.random((150, 133, 3), dtype=np.float32)
    step = Convolve(Kernel(broken(rng, (24, 3, 11, 11))), stride=(2, 2))
    assert is_faster(step)
    one, two, five = (Run(step, picture, threads=count).numbers() for count in (1, 2, 5))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one, five)


def test_a_network_of_banks_is_the_definition_in_the_bands_it_chooses(rng):
    first = Convolve(Kernel(broken(rng, (16, 3, 5, 5))), stride=(2, 2))
    dense = Convolve(Kernel(broken(rng, (7, 16, 1, 1)) / 99), border="zero")
    step = Pipeline([first, Pool("max", (2, 2)), dense])
    assert is_faster(first) and is_faster(dense)
    images = rng.integers(0, 256, (2, 90, 70, 3), dtype=np.uint8)
    result = Run(step, images).numbers()
    np.testing.assert_allclose(result, define(step, images / 255), atol=1e-5)


@pytest.mark.parametrize("taps", [1, RUN_TAPS, RUN_TAPS + 1, 3 * RUN_TAPS, 5 * RUN_TAPS + 1, 999])
def test_every_product_is_added_once(rng, taps):
    step = Convolve(Kernel(whole(rng, (4, taps, 1, 1))))
    matrix_way = Matrix(step, np.float64)
    block = whole(rng, (3, 4, taps)).astype(float)
    result = matrix_way.correlate(block, 3, 4)
    np.testing.assert_array_equal(result, block @ step.laid[..., 0, 0].T)
    sums = np.empty((12, 12, 4))
    multiply(block.reshape(12, taps), matrix_way.weights, sums)
    np.testing.assert_array_equal(sums[0].reshape(3, 4, 4), result)


def test_few_maps_and_channels_that_stay_apart_are_correlated_one_by_one():
    def bank(*shape, **settings):
        return is_faster(Convolve(Kernel(np.ones(shape)), **settings))

    assert bank(96, 3, 11, 11) and bank(4, 3, 11, 11, stride=(2, 2)) and bank(10, 16, 1, 1)
    assert bank(8, 1, 3, 3, fusion="sum") and not bank(8, 1, 3, 3, fusion="keep")
    assert not bank(96, 3, 11, 11, fusion="max")
    assert not bank(1, 3, 3, 3, stride=(4, 4)) and not bank(4, 3, 3, 3)
    assert not bank(32, 1, 63, 63, fusion="sum")  # transforms


def count():
    """The threads of BLAS, or None where they cannot be told."""
    return blas_threads()[0]() if blas_threads() else None


def test_blas_rests_in_the_bands_and_is_as_before_afterwards(rng, monkeypatch):
    before, during = count(), []
    evaluate = bands.evaluate

    def watched(*arguments):
        during.append(count())
        return evaluate(*arguments)

    monkeypatch.setattr(bands, "evaluate", watched)
    picture = rng.random((60, 60, 3), dtype=np.float32)
    Run(Convolve(Kernel(broken(rng, (24, 3, 5, 5)))), picture, threads=2).numbers()
    assert during and set(during) <= {1, None}
    assert count() == before


def test_blas_rests_until_the_last_of_several_runs_is_done():
    before, left = count(), threading.Event()
    inside = threading.Event()

    def other():
        with BLAS.limited(1):
            inside.set()
            left.wait(10)

    thread = threading.Thread(target=other)
    with BLAS.limited(1):
        thread.start()
        inside.wait(10)
    assert count() in (1, None)
    left.set()
    thread.join()
    assert count() == before
