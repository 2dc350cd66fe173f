"""One call of OpenCV over the whole picture gives the pixels of the definition."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import fits, pictures

from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.engine.whole import BORDERS
from filterkit.filters.meaning import parse
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.step import Rendering

DIVISORS = [1, 2, 3, 6, 9, 16, 25, 108, 125, 256, -4, -7, 0.5]


def chosen(text, channels=3):
    run = Run(parse(text), np.zeros((8, 8, channels), np.uint8))
    return run.whole.name if run.whole else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("box:5", "box"),
        ("box:4", "separable"),  # its divisor is a power of two
        ("box:6", None),  # an even divisor: two pixels may be equally near
        ("gaussian:2", "separable"),
        ("sharpen", "direct"),
        ("identity", "direct"),
        ("sharpen:stride=2", None),
        ("sharpen:border=wrap", None),
        ("sharpen:padding=valid", None),
        ("sharpen:bias=0.1", None),
        ("sharpen:render=abs", None),
        ("sharpen:fusion=sum", None),
        ("edge", None),  # its channels are summed, its magnitudes shown
        ("sharpen | relu", None),
        ("sharpen & blur", None),
        ("[1 2 1; 2 5 2; 1 2 3]:divide=6", None),
        ("[1 2 1; 2 5 2; 1 2 3]:divide=19", "direct"),
    ],
)
def test_a_lone_kernel_whose_result_is_shown_as_it_is_takes_one_call(text, name):
    assert chosen(text) == name


def test_a_detector_of_a_grey_picture_takes_one_call_where_it_is_cut():
    assert chosen("laplacian:render=clip", channels=1) == "direct"
    assert chosen("laplacian:render=clip", channels=3) is None


def halves_to_even(sums, divide):
    """Divide whole numbers by a number that is whole, or one half, and round, exactly."""
    sums, divide = (2 * sums, 1) if divide == 0.5 else (sums * int(np.sign(divide)), abs(divide))
    whole, rest = np.divmod(sums, divide)
    return whole + ((2 * rest > divide) | ((2 * rest == divide) & (whole % 2 == 1)))


@st.composite
def plain_steps(draw, elements, most=9):
    """Convolutions that one call could do."""
    size = draw(st.integers(1, most)), draw(st.integers(1, most))
    if draw(st.booleans()):
        weights = draw(hnp.arrays(np.float64, size, elements=elements))
    else:
        column, row = (draw(hnp.arrays(np.float64, n, elements=elements)) for n in size)
        weights = np.outer(column, row)
    return Convolve(
        Kernel(weights), fusion="keep", render=Rendering(),
        border=draw(st.sampled_from([*BORDERS])),
        divide=draw(st.sampled_from([*DIVISORS, max(float(np.abs(weights).sum()), 1)])),
        dilation=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))), flip=draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=400)
@given(st.data())
def test_whole_kernels_are_exact(data):
    step = data.draw(plain_steps(st.integers(-9, 9).map(float)))
    image = data.draw(pictures(data.draw(st.sampled_from([1, 3, 4])), most=14))
    run = Run(step, image)
    assume(run.whole is not None)
    undivided = Convolve(
        step.kernel, fusion="keep", border=step.border, dilation=step.dilation, flip=step.flip
    )
    sums = define(undivided, image.astype(np.float64)).astype(np.int64)
    expected = halves_to_even(sums, step.divide).clip(0, 255)
    np.testing.assert_array_equal(run.pixels(np.uint8), expected)


@settings(max_examples=200)
@given(st.data())
def test_other_kernels_round_what_the_definition_gives_within_a_millionth(data):
    step = data.draw(plain_steps(st.floats(-1, 1, width=32)))
    image = data.draw(pictures(3, most=14))
    fits(step, image.shape)
    run = Run(step, image)
    assume(run.whole is not None)
    error = 255e-6 * max(1.0, step.kernel.reach / abs(step.divide))
    exact = 255 * define(step, image / 255)
    result = run.pixels(np.uint8)
    assert (result >= np.rint(exact - error).clip(0, 255)).all()
    assert (result <= np.rint(exact + error).clip(0, 255)).all()


@pytest.mark.parametrize("size", [3, 9, 31, 63, 127])
def test_a_box_is_exact_at_every_size(size):
    rng = np.random.default_rng(size)
    image = rng.integers(0, 256, (140, 150, 1), dtype=np.uint8)
    image[:70] = rng.integers(250, 256, (70, 150, 1))
    sums = define(Convolve(np.ones((size, size)).tolist()), image.astype(np.float64))
    expected = halves_to_even(sums.astype(np.int64), size * size)
    np.testing.assert_array_equal(Run(parse(f"box:{size}"), image).pixels(np.uint8), expected)


@pytest.mark.parametrize("text", ["gaussian:3", "box:9", "sharpen"])
def test_the_number_of_threads_changes_no_byte_of_one_call(text):
    images = np.random.default_rng(0).integers(0, 256, (2, 300, 400, 3), dtype=np.uint8)
    one, two, five = (Run(parse(text), images, threads=n).pixels(np.uint8) for n in (1, 2, 5))
    assert one.tobytes() == two.tobytes() == five.tobytes()
