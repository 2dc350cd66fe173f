"""The Fourier way alone: tiles, precision, and the bound of its error."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from filterkit.engine import ways
from filterkit.engine.bands import Run, band_height
from filterkit.engine.fourier import HIGH, SPAN, WIDE, Cut, Fourier, Precision, error
from filterkit.engine.transforms import Pair, as_complex, kernel_transform, size_for, transform
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.pool import Pool


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(params=[True, False], ids=["Intel's transforms", "SciPy's transforms"])
def library(request):
    """Each library of transforms in turn, as far as OpenCV has Intel's."""
    before = cv2.ipp.useIPP()
    cv2.ipp.setUseIPP(request.param and before)
    yield request.param
    cv2.ipp.setUseIPP(before)


def sums_of(block, weights):
    """The sums of whole numbers, exactly."""
    block, weights = block.astype(np.int64), weights.astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(block, weights.shape, axis=(0, 1))
    return np.einsum("rckij,ij->rck", windows, weights)


@given(st.integers(1, 5000))
def test_a_transform_has_the_least_fast_size(length):
    fast = [factor << power for power in range(14) for factor in (1, 3)]
    assert size_for(length) == min(size for size in fast if size >= length)


@given(st.integers(1, 9000), st.integers(1, 200), st.sampled_from([HIGH, WIDE]),
       st.sampled_from([1, 2]))  # fmt: skip
def test_tiles_cover_an_axis_and_no_window_wraps_around(length, taps, kernels, share):
    cut = Cut.of(length, taps, kernels, share)
    assert len(cut.starts) % share == 0
    assert cut.starts[0] == 0
    assert cut.starts[-1] + cut.sums == length
    assert all(b - a <= cut.sums for a, b in zip(cut.starts, cut.starts[1:], strict=False))
    assert cut.size >= cut.numbers == cut.sums + taps - 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_transform_and_its_inverse_are_those_of_numpy(rng, library, dtype):
    plane = rng.random((24, 64, 2)).astype(dtype)
    before = as_complex(plane).copy()
    transform(plane)
    np.testing.assert_allclose(as_complex(plane), np.fft.fft2(before), rtol=0, atol=1e-3)
    transform(plane, inverse=True)
    np.testing.assert_allclose(as_complex(plane), before, rtol=0, atol=1e-6)


def test_two_tiles_do_not_mix(rng, library):
    """Not even channel by channel, nor with what the memory held before."""
    weights = rng.integers(-3, 9, (7, 5)).astype(np.float32)
    pair = Pair(kernel_transform(weights, (64, 96), np.float32), 3, whole=True)
    for rows, columns in ((64, 96), (30, 41)):
        tiles = [rng.integers(0, 256, (rows, columns, 3)).astype(np.float32) for _ in range(2)]
        sums = [np.empty((rows - 6, columns - 4, 3), np.float32) for _ in range(2)]
        pair.lay(tuple(tiles), tuple(sums))
        for tile, its_sums in zip(tiles, sums, strict=True):
            np.testing.assert_array_equal(its_sums, sums_of(tile, weights))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whole_sums_are_exact_at_every_precision(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    high, wide = (data.draw(st.integers(1, 40)) for _ in range(2))
    rows, columns = data.draw(st.integers(1, 150)), data.draw(st.integers(1, 300))
    most = data.draw(st.sampled_from([1, 9, 5000]))
    largest = data.draw(st.sampled_from([255, 65535, 10**7]))
    weights = rng.integers(-most, most + 1, (high, wide)).astype(np.float64)
    low = data.draw(st.sampled_from([0, -largest]))
    block = rng.integers(low, largest + 1, (rows + high - 1, columns + wide - 1, 2))
    result = Fourier(weights, largest).correlate(block.astype(np.float64), rows, columns)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(result, sums_of(block, weights))


def test_precision_is_as_low_as_it_can_be():
    ones = np.ones((15, 15))
    assert Precision.of(ones, 255) == (np.float32, 0)
    assert Precision.of(ones, 65535) == (np.float32, 363)
    assert Precision.of(1e4 * ones, 65535) == (np.float64, 0)
    assert Precision.of(ones, None) == (np.float64, 0)
    assert Precision.of(ones.astype(np.float32), None) == (np.float32, 0)


@given(st.integers(1, 2**22), st.integers(0, 2**32))
def test_a_split_number_has_two_small_parts(largest, seed):
    numbers = np.random.default_rng(seed).integers(-largest, largest + 1, 50).astype(float)
    precision = Precision(np.dtype(np.float32), float(np.ceil(np.sqrt(2 * largest))))
    times, left = precision.split(numbers)
    assert max(np.abs(times).max(), np.abs(left).max()) <= precision.base / 2 + 1
    np.testing.assert_array_equal(precision.joined(times, left), numbers)


def hard_pictures(rng, rows, columns, weights):
    """Pictures whose errors are large, 0 or 1: flat, edges, noise, waves, points, the kernel."""
    row, column = np.mgrid[:rows, :columns]
    spectrum = np.abs(np.fft.rfft2(weights, s=(rows, columns)))
    down, across = np.unravel_index(spectrum.argmax(), spectrum.shape)
    high, wide = weights.shape
    yield np.ones((rows, columns))
    yield column // 7 % 2
    yield (column // 40 + row // 31) % 2
    yield column > columns // 2
    yield (row < rows // 2) & (column < columns // 2)
    yield rng.integers(0, 2, (rows, columns))
    yield rng.random((rows, columns)) < 0.01
    yield (row == rows // 2) & (column == columns // 2)
    yield np.tile(weights > 0, (rows // high + 1, columns // wide + 1))[:rows, :columns]
    yield np.cos(2 * np.pi * (down * row / rows + across * column / columns)) > 0
    yield np.rint(255 * (1 + np.sin(2 * np.pi * 17 * column / columns)) / 2) / 255


def hard_kernels(rng, size):
    """Kernels of whole weights: of both signs, of one, with one large weight, a disc."""
    row, column = np.mgrid[:size, :size] - size // 2
    yield rng.integers(-1, 4, (size, size))
    yield rng.integers(-9, 10, (size, size))
    yield rng.integers(0, 10, (size, size))
    yield 500 * ((row == 0) & (column == 0)) + rng.integers(0, 2, (size, size))
    yield row**2 + column**2 <= (size // 2) ** 2
    yield 1 + (rng.random((size, size)) < 0.1)


@pytest.mark.parametrize("size", [5, 13, 31, 63])
@pytest.mark.parametrize("low", [0, -128])
def test_the_error_stays_below_its_bound(rng, library, size, low):
    span = size_for(max(SPAN, HIGH * size))
    shape = (span - size + 1, span - size + 1, 1)
    for weights in hard_kernels(rng, size):
        weights = weights.astype(float)
        pair = Pair(kernel_transform(weights, (span, span), np.float32), 1, whole=False)
        for picture in hard_pictures(rng, span, span, weights):
            numbers = (255 * picture + low).astype(np.float32)[..., None]
            sums = np.empty(shape, np.float32), np.empty(shape, np.float32)
            pair.lay((numbers, numbers[::-1].copy()), sums)
            exact = fftconvolve(numbers[..., 0].astype(float), weights[::-1, ::-1], mode="valid")
            bound = error(weights) * np.abs(numbers).max()
            assert np.abs(sums[0][..., 0] - np.rint(exact)).max() <= 0.75 * bound


def test_more_channels_than_a_matrix_of_opencv_holds(rng):
    block = rng.integers(0, 256, (30, 30, 300)).astype(np.float32)
    weights = rng.integers(-3, 9, (11, 11)).astype(np.float32)
    result = Fourier(weights, 255).correlate(block, 20, 20)
    np.testing.assert_array_equal(result, sums_of(block, weights))


def test_bands_are_as_high_as_a_tile_asks_for(rng):
    step = Convolve(Kernel(rng.integers(-1, 4, (15, 15)).tolist()), fusion="keep")
    run = Run(step, np.zeros((1000, 6000, 3), np.uint8))
    assert band_height(run.graph, run.graph.end) == SPAN - 15 + 1
    pooled = Run(Pipeline((step, Pool("max", (2, 2), (2, 2)))), run.image)
    assert band_height(pooled.graph, pooled.graph.end) == (SPAN - 15 + 1) // 2
    wide = Run(step, np.zeros((200, 100_000, 3), np.uint8))  # where that would be much memory
    assert band_height(wide.graph, wide.graph.end) == 42


@pytest.mark.parametrize("fusion, largest", [("keep", 255), ("max", 255), ("sum", 3 * 255)])
def test_numbers_are_bounded_by_what_the_kernel_is_laid_on(rng, monkeypatch, fusion, largest):
    """It is laid on the sum of the channels only where that is what is asked for."""
    seen = []
    monkeypatch.setattr(ways, "Fourier", lambda *given: seen.append(given[1]) or Fourier(*given))
    kernel = Kernel(rng.integers(0, 5, (31, 31)).tolist())
    Run(Convolve(kernel, fusion=fusion), np.zeros((40, 40, 3), np.uint8))
    assert seen == [largest]


def test_only_a_mean_divides_by_the_number_of_channels():
    """So that 16 bit stays in float32 as long as a quotient rounds to the right pixel."""
    picture = np.zeros((40, 40, 3), np.uint16)
    for fusion, dtype in (("keep", np.float32), ("mean", np.float64)):
        step = Convolve(Kernel([[100, 0, 0, 1]]), divide=101, fusion=fusion)
        assert Run(step, picture).graph.nodes[1].scale.dtype == dtype
