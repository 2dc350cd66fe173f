"""What a convolution is: correlation, borders, sizes, and integers that stay exact."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from strategies import kernels, pictures

import filterkit
from filterkit.engine.bands import Run
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel

SCIPY_MODES = {
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "wrap": "wrap",
    "zero": "constant",
}
ASYMMETRIC = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 13.0]])


def convolved(image, weights, **settings):
    """Convolve one map in float64 and give it without its channel axis."""
    step = Convolve(Kernel(weights), **{"fusion": "keep", **settings})
    return step(np.asarray(image, np.float64)[..., None])[..., 0]


def test_an_impulse_prints_the_kernel_turned_as_correlation_does():
    impulse = np.zeros((5, 5))
    impulse[2, 2] = 1
    weights = np.arange(1.0, 10).reshape(3, 3)
    np.testing.assert_array_equal(convolved(impulse, weights)[1:4, 1:4], weights[::-1, ::-1])
    np.testing.assert_array_equal(convolved(impulse, weights, flip=True)[1:4, 1:4], weights)


@pytest.mark.parametrize("border", SCIPY_MODES)
@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_odd_and_even_kernels_equal_scipys_correlation(border, rows, columns):
    image = np.random.default_rng(3).random((7, 9))
    weights = ASYMMETRIC[:rows, :columns]
    origin = [-1 if side % 2 == 0 else 0 for side in weights.shape]
    expected = ndimage.correlate(image, weights, mode=SCIPY_MODES[border], origin=origin)
    np.testing.assert_allclose(convolved(image, weights, border=border), expected, rtol=1e-12)


@pytest.mark.parametrize("border", SCIPY_MODES)
def test_powers_of_two_name_the_pixels_of_every_window(border):
    """Each result, in base 2, lists which of the nine pixels were white."""
    rng = np.random.default_rng(5)
    image = (rng.random((6, 7)) < 0.5).astype(np.float64)
    weights = 2.0 ** np.arange(9).reshape(3, 3)
    padded = np.pad(image, 1, {"zero": "constant"}.get(border, border))
    for (row, column), value in np.ndenumerate(convolved(image, weights, border=border)):
        bits = [int(value) >> bit & 1 for bit in range(9)]
        assert bits == list(padded[row : row + 3, column : column + 3].ravel())


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("border", SCIPY_MODES)
def test_pictures_smaller_than_the_kernel_have_a_border_too(shape, border):
    image = np.random.default_rng(7).integers(0, 256, (*shape, 1), dtype=np.uint8)
    weights = np.arange(35.0).reshape(5, 7)
    step = Convolve(Kernel(weights), border=border, fusion="keep")
    mode = {"zero": "constant"}.get(border, border)
    padded = np.pad(image[..., 0].astype(float), ((2, 2), (3, 3)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 7))
    expected = (windows * weights).sum(axis=(2, 3)) / 255
    np.testing.assert_allclose(Run(step, image).numbers()[..., 0], expected, rtol=1e-6)


@given(
    n=st.integers(1, 60), size=st.integers(1, 9), stride=st.integers(1, 7),
    dilation=st.integers(1, 4),
)  # fmt: skip
def test_same_padding_gives_ceil_n_by_stride_with_every_stride(n, size, stride, dilation):
    step = Convolve(Kernel(np.ones((size, 1))), stride=(stride, 1), dilation=(dilation, 1))
    assert step.windows()[0].output(n) == -(-n // stride)


def half_to_even(value: Fraction) -> int:
    return round(value)  # Python rounds fractions exactly, half to even


def exactly(image, kernel, divide, fused):
    """Correlate by Python's integers: fused sums or each channel, divided and rounded once."""
    rows, columns = kernel.shape
    top, left = (rows - 1) // 2, (columns - 1) // 2
    pads = ((top, rows - 1 - top), (left, columns - 1 - left), (0, 0))
    padded = np.pad(image.astype(object), pads, "reflect")
    white = int(np.iinfo(image.dtype).max)
    height, width, channels = image.shape
    result = np.empty((height, width, 1 if fused == "sum" else channels), image.dtype)
    for row in range(height):
        for column in range(width):
            window = padded[row : row + rows, column : column + columns]
            sums = [
                sum(
                    int(w) * int(v)
                    for w, v in zip(kernel.ravel(), window[..., c].ravel(), strict=True)
                )
                for c in range(channels)
            ]
            for at, total in enumerate([sum(sums)] if fused == "sum" else sums):
                value = half_to_even(Fraction(total, divide))
                result[row, column, at] = min(max(value, 0), white)
    return result


@settings(max_examples=150)
@given(st.data())
def test_integer_kernels_equal_exact_integer_arithmetic(data):
    dtype = data.draw(st.sampled_from([np.uint8, np.uint16]))
    image = data.draw(pictures(data.draw(st.sampled_from([1, 3])), dtype, most=6))
    largest = data.draw(st.sampled_from([4, 300, 70_000]))
    shape = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    weights = np.array(
        data.draw(st.lists(st.integers(-largest, largest), min_size=9, max_size=9))
    ).reshape(3, 3)[: shape[0], : shape[1]]
    divide = data.draw(st.one_of(st.integers(1, 16), st.sampled_from([9, 25, 256, 65_536])))
    fused = data.draw(st.sampled_from(["keep", "sum"]))
    step = Convolve(Kernel(weights), divide=divide, fusion=fused, render="clip")
    result = Run(step, image).pixels(dtype)
    np.testing.assert_array_equal(result, exactly(image, weights, divide, fused))


@pytest.mark.parametrize("name, divide", [("smooth", 16), ("blur", 25), ("box:3", 9)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_blurs_round_their_ties_half_to_even(name, divide, dtype):
    step = filterkit.parse(name).steps[0]
    weights = step.kernel.weights[0, 0]
    assert step.divide == divide
    rng = np.random.default_rng(11)
    image = rng.integers(0, np.iinfo(dtype).max + 1, (40, 30, 1), dtype=dtype)
    result = Run(step, image).pixels(dtype)
    np.testing.assert_array_equal(result, exactly(image, weights.astype(int), divide, "keep"))


@pytest.mark.parametrize("size", [12, 15, 31])
def test_large_integer_kernels_stay_exact_where_opencv_would_turn_to_fourier(size):
    rng = np.random.default_rng(13)
    weights = rng.integers(-3, 4, (size, size))
    image = rng.integers(0, 256, (24, 20, 1), dtype=np.uint8)
    step = Convolve(Kernel(weights), fusion="keep", divide=7, render="clip")
    result = Run(step, image).pixels(np.uint8)
    padded = np.pad(image[..., 0].astype(np.int64), ((size - 1) // 2, size // 2), "reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    sums = (windows * weights).sum(axis=(2, 3))
    expected = np.clip([[round(Fraction(int(s), 7)) for s in row] for row in sums], 0, 255)
    np.testing.assert_array_equal(result[..., 0], expected)


@given(st.data())
def test_any_number_of_threads_gives_the_same_bytes(data):
    kernel = data.draw(kernels(whole=False))
    image = np.random.default_rng(17).integers(0, 256, (37, 23, 3), dtype=np.uint8)
    step = Convolve(kernel, fusion="keep")
    runs = [Run(step, image, threads=n, height=4).numbers() for n in (1, 2, 5)]
    assert runs[0].tobytes() == runs[1].tobytes() == runs[2].tobytes()


def test_bands_of_a_photograph_change_not_a_byte():
    image = np.random.default_rng(19).integers(0, 256, (700, 500, 3), dtype=np.uint8)
    step = filterkit.parse("gaussian:2 | sobel & edge | fuse:max | max-pool:3,stride=2")
    whole = Run(step, image, height=10_000).pixels(np.uint8)
    for height in (1, 7, 64):
        banded = Run(step, image, height=height, threads=2).pixels(np.uint8)
        np.testing.assert_array_equal(banded, whole)


def test_a_stride_keeps_every_nth_result():
    # whole numbers, whose sums are the same in whatever order they are added
    image = np.random.default_rng(23).integers(0, 256, (13, 17)).astype(np.float64)
    dense = convolved(image, ASYMMETRIC)
    np.testing.assert_array_equal(convolved(image, ASYMMETRIC, stride=(3, 2)), dense[::3, ::2])


def test_a_dilated_kernel_is_the_kernel_with_zeros_between():
    image = np.random.default_rng(29).random((13, 17))
    spread = np.zeros((5, 10))
    spread[::2, ::3] = ASYMMETRIC
    np.testing.assert_allclose(
        convolved(image, ASYMMETRIC, dilation=(2, 3), padding="valid"),
        convolved(image, spread, padding="valid"),
    )


def test_the_division_commutes_with_every_fusion_but_the_product():
    image = np.random.default_rng(31).random((6, 7, 3))
    for fusion in ("sum", "mean", "max", "min", "l2", "keep"):
        whole = Convolve(Kernel([[1, 2]]), fusion=fusion)(image) / 4
        divided = Convolve(Kernel([[1, 2]]), fusion=fusion, divide=4)(image)
        np.testing.assert_allclose(divided, whole, rtol=1e-12)
    product = Convolve(Kernel([[1, 2]]), fusion="product", divide=4)(image)
    np.testing.assert_allclose(product, Convolve(Kernel([[1, 2]]), fusion="product")(image) / 64)
