"""The gains that are told are those of the waves that the engine filters."""

import cmath
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from strategies import convolutions, kernels

from filterkit import Convolve, Kernel, parse
from filterkit.viewing.frequencies import (
    BARRED,
    BARS,
    DIRECTIONS,
    FINE,
    TABLE,
    Response,
    gains,
    responses,
    surface,
)

FREQUENCIES = st.floats(-0.5, 0.5)


def naive_gain(step, maps, channel, down, across):
    """Add the weights up as arrows, one by one."""
    total = 0
    for (row, column), weight in np.ndenumerate(step.kernel.weights[maps, channel]):
        turns = down * row * step.dilation[0] + across * column * step.dilation[1]
        total += weight * cmath.exp(2j * math.pi * turns)
    return abs(total / step.divide)


def response_of(text):
    ((one,),) = responses(parse(text).steps[0])
    return one


def verdicts(text):
    return {name: way.verdict for way in response_of(text).ways() for name in way.names}


@given(convolutions(3), FREQUENCIES, FREQUENCIES)
def test_a_gain_is_the_length_of_a_sum_of_arrows(step, down, across):
    found = gains(step, np.array([[down, across]]))
    for maps, channel, _ in np.ndindex(found.shape):
        expected = naive_gain(step, maps, channel, down, across)
        assert found[maps, channel, 0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(convolutions(1), st.integers(0, 15), st.integers(0, 15))
def test_a_wave_comes_out_of_the_engine_as_large_as_told(step, down, across):
    step = replace(
        step, kernel=Kernel(step.kernel.weights[:1, :1]), stride=1, padding="same", border="wrap",
        fusion="keep", bias=0.0,
    )  # fmt: skip
    row, column = np.indices((16, 16))
    turns = 2 * np.pi * (down * row + across * column) / 16
    cosine, sine = (step(wave(turns)[..., None]) for wave in (np.cos, np.sin))
    expected = gains(step, np.array([[down, across]]) / 16)[0, 0, 0]
    np.testing.assert_allclose(np.hypot(cosine, sine), expected, atol=1e-9)


@pytest.mark.parametrize("weights", [[1, 2, 1], [-1, 0, 1], [3, -1, 4, 1, -5], [0.25]])
def test_a_row_answers_as_a_digital_filter_of_its_weights(weights):
    _, expected = signal.freqz(weights, worN=2 * np.pi * FINE)
    ((row,),), ((column,),) = (
        responses(Convolve(Kernel(matrix)))
        for matrix in ([weights], [[weight] for weight in weights])
    )
    for curve in (row.curves["across"], column.curves["down"]):
        np.testing.assert_allclose(curve, np.abs(expected), atol=1e-12)
    np.testing.assert_allclose(row.curves["down"], abs(sum(weights)), atol=1e-12)


@given(convolutions(1))
def test_the_mean_of_all_squared_gains_is_the_sum_of_the_squared_weights(step):
    side = 33  # frequencies -16/32 ... 16/32, of which the last repeats the first
    plane = surface(step, side)[..., :-1, :-1]
    squares = (step.kernel.weights**2).sum(axis=(-2, -1)) / step.divide**2
    np.testing.assert_allclose((plane**2).mean(axis=(-2, -1)), squares, atol=1e-9)


@given(convolutions(1))
def test_the_curves_are_cuts_through_the_plane(step):
    plane = surface(step, 17)
    ((one, *_), *_) = responses(step)
    for name, (down, across) in DIRECTIONS.items():
        cut = [plane[0, 0, 8 + down * at, 8 + across * at] for at in range(9)]
        np.testing.assert_allclose(one.barred[name], cut, atol=1e-9)


@given(kernels())
def test_rows_and_columns_exchanged_exchange_across_and_down(kernel):
    one, other = (
        responses(Convolve(Kernel(weights)))[0][0].curves
        for weights in (kernel.weights, kernel.weights.swapaxes(-2, -1))
    )
    np.testing.assert_allclose(one["across"], other["down"], atol=1e-9)
    np.testing.assert_allclose(one["falling"], other["falling"], atol=1e-9)


@pytest.mark.parametrize(
    "text, direction, verdict",
    [
        ("identity", "across", "passes all"),
        ("[0 0; 0 0]", "down", "stops all"),
        ("gaussian:2", "across", "passes low, stops middle and high"),
        ("smooth", "falling", "passes low, weakens middle, stops high"),
        ("edge", "down", "stops low, weakens middle, passes high"),
        ("edge:dilation=2", "across", "stops low and high, passes middle"),
        ("edge:dilation=4", "across", "stops low, middle and high, passes what lies between"),
        ("sobel-x", "across", "stops low and high, passes middle"),
        ("sobel-x", "down", "stops all"),
        ("sharpen", "rising", "passes low, strengthens middle and high"),
        ("[1000 2000 1000]", "across", "passes low, weakens middle, stops high"),
        ("[1e-9 1e-9]", "across", "passes low, weakens middle, stops high"),
        ("relief", "rising", "stops all"),
    ],
)
def test_what_becomes_of_waves_is_said_in_words(text, direction, verdict):
    assert verdicts(text)[direction] == verdict


def test_directions_that_are_alike_share_a_line():
    labels = {
        text: [way.label for way in response_of(text).ways()]
        for text in ("identity", "edge", "sobel-x", "emboss", "line:angle=30")
    }
    assert labels == {
        "identity": ["all ways"],
        "edge": ["across, down", "diagonally"],
        "sobel-x": ["across", "down", "diagonally"],
        "emboss": ["across, down", "falling", "rising"],
        "line:angle=30": ["across", "down", "falling", "rising"],
    }


def test_the_table_has_the_gains_of_its_frequencies():
    heads, across, diagonally = (line.split() for line in response_of("laplacian").lines())
    assert heads == ["0", "1/8", "1/4", "3/8", "1/2", "cycles", "a", "pixel"]
    expected = [2 - 2 * math.cos(2 * math.pi * frequency) for frequency in TABLE]
    assert [float(text) for text in across[2:7]] == pytest.approx(expected, abs=0.005)
    assert [float(text) for text in diagonally[1:6]] == pytest.approx(
        [2 * one for one in expected], abs=0.005
    )


def test_bars_grow_with_the_gain_beside_the_largest_of_all():
    bars = response_of("laplacian").lines()[-1].split()[6]
    heights = [BARS.index(bar) for bar in bars]
    assert len(bars) == len(BARRED)
    assert heights == sorted(heights)
    assert (heights[0], heights[-1]) == (0, len(BARS) - 1)
    assert len(set(response_of("[0]").lines()[-1].split()[-3])) == 1


@pytest.mark.parametrize(
    "peak, gain, text",
    [(1, 0.0, "0"), (1, 1e-5, "0.00"), (12, 1.7573, "1.8"), (1, 1 - 1e-15, "1"), (5e4, 12.4, "12")],
)
def test_only_what_is_nothing_is_written_as_0(peak, gain, text):
    one = Response({"across": np.array([0.0, peak])}, True)
    assert one.written(gain) == text
