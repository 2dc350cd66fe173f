"""The sums of one pass are those of plain loops over windows listed one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from teaching import listed, naive_sums, texture

from filterkit.learning.choosing import taps_of
from filterkit.learning.examples import Reader, of_arrays
from filterkit.learning.linear import fit
from filterkit.learning.moments import Gathered, Pass
from filterkit.learning.options import Learning
from filterkit.learning.sought import Linear, Sharing, read_shape, within
from filterkit.pictures.picture import full_of
from filterkit.steps.window import Window

SHARED, SUMMED = Sharing.of("", 3, 3), Sharing.of("", 3, 1)
EACH, MIX = "per-channel", "mix"


@st.composite
def windows(draw):
    """Two windows with every setting at work."""
    padding = draw(st.sampled_from(["same", "valid", 0, 1, 3]))
    size, stride, dilation = st.integers(1, 4), st.integers(1, 3), st.integers(1, 2)
    return tuple(
        Window.of(draw(size), draw(stride), padding, draw(dilation)) for _ in range(2)
    )  # fmt: skip


@st.composite
def sharings(draw):
    inputs = draw(st.integers(1, 3))
    asked = draw(st.sampled_from(["", EACH, MIX]))
    outputs = draw(st.integers(1, 3)) if asked == MIX else draw(st.sampled_from([1, inputs]))
    assume(asked != EACH or inputs == outputs)
    return Sharing.of(asked, inputs, outputs)


def numbers(random, shape, dtype):
    if np.dtype(dtype).kind == "f":
        return random.uniform(-1, 2, shape).astype(dtype)
    return random.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def passed(windows, sharing, seed=0, dtypes=(np.uint8, np.uint8), size=(11, 12), **more):
    """Make a pass over random pixels."""
    random = np.random.default_rng(seed)
    before = numbers(random, (*size, sharing.inputs), dtypes[0])
    made = [one.output(n) for one, n in zip(windows, size, strict=True)]
    after = numbers(random, (*made, sharing.outputs), dtypes[1])
    runs = [within(one, (0, n)) for one, n in zip(windows, size, strict=True)]
    full = full_of(before.dtype), full_of(after.dtype)
    return Pass(before, after, full, windows, *runs, sharing.groups(), **more)


def tables(gathered):
    """The sums of all windows, fitted and held out."""
    return [
        mine.table + theirs.table
        for mine, theirs in zip(gathered.fitted, gathered.held_out, strict=True)
    ]


def assert_sums(one, told=lambda targets, taps, at: True, exactly=True):
    expected = naive_sums(one.before, one.after, one.windows, one.groups, told)
    for made, wanted in zip(tables(one.gathered(1)), expected, strict=True):
        if exactly:
            np.testing.assert_array_equal(made, wanted)
        else:
            np.testing.assert_allclose(made, wanted, 1e-12, 1e-12 * np.abs(wanted).max())


def assert_same(first, second):
    """Insist on the same sums, bit for bit."""
    assert (first.dropped, first.seen) == (second.dropped, second.seen)
    for one, other in zip(
        (*first.fitted, *first.held_out), (*second.fitted, *second.held_out), strict=True
    ):
        assert one.table.tobytes() == other.table.tobytes()


@settings(max_examples=40)
@given(windows(), sharings(), st.integers(0, 99))
def test_the_sums_of_bytes_are_those_of_every_window_exactly(windows, sharing, seed):
    assert_sums(passed(windows, sharing, seed))


@settings(max_examples=25)
@given(windows(), sharings(), st.sampled_from([np.uint16, np.float32, np.float64]),
       st.sampled_from([np.uint8, np.uint16, np.float32]))  # fmt: skip
def test_the_sums_of_other_numbers_are_those_of_every_window(windows, sharing, first, second):
    assert_sums(passed(windows, sharing, 1, (first, second)), exactly=False)


@settings(max_examples=20)
@given(windows(), sharings(), st.integers(0, 99))
def test_results_at_black_or_white_are_passed_over(windows, sharing, seed):
    one = passed(windows, sharing, seed, limits=(0.0, 255.0))
    after = np.where(one.after < 60, 0, np.where(one.after > 200, 255, one.after))
    one = replace(one, after=after.astype(np.uint8))
    assert_sums(one, lambda targets, taps, at: (abs(targets + 0.5) < 127.5).all())
    rows, columns = (slice(*run) for run in (one.rows, one.columns))
    cut = np.count_nonzero((after == 0)[rows, columns] | (after == 255)[rows, columns])
    assert one.gathered(1).dropped == cut


@settings(max_examples=20)
@given(windows(), sharings(), st.integers(0, 99))
def test_with_a_guess_those_results_are_passed_over_that_it_puts_beyond_the_limits(
    windows, sharing, seed
):
    random = np.random.default_rng(seed)
    one = passed(windows, sharing, seed, limits=(0.0, 255.0))
    guess = []
    for group in one.groups:
        inputs, outputs = (part.stop - part.start for part in group[0])
        # Eighths: float32 adds their products up exactly, as the loops do.
        weights = random.integers(-6, 7, (inputs * one.taps, outputs)) / 8
        guess.append((weights, random.integers(-9, 9, outputs) / 8))

    def told(targets, taps, at):
        made = taps @ guess[at][0] + guess[at][1]
        return ((made >= -128) & (made <= 127)).all()

    assert_sums(replace(one, guess=guess), told)


@settings(max_examples=15)
@given(windows(), sharings(), st.integers(0, 99))
def test_windows_whose_result_is_no_number_are_passed_over(windows, sharing, seed):
    one = passed(windows, sharing, seed, (np.float32, np.float32))
    one.after[np.random.default_rng(seed).random(one.after.shape) < 0.2] = np.nan
    assert_sums(one, lambda targets, taps, at: not np.isnan(targets).any(), exactly=False)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("sharing", [SHARED, Sharing.of(EACH, 3, 3), SUMMED], ids=str)
def test_the_sums_are_the_same_for_any_number_of_threads(dtype, sharing):
    both = (Window.of(3, 1, "same"), Window.of(3, 2, "same"))
    one = passed(both, sharing, 2, (dtype, dtype), size=(150, 160))
    first = one.gathered(1)
    for threads in (2, 3, 8):
        assert_same(one.gathered(threads), first)


def test_the_sums_of_two_pictures_are_the_sum_of_their_sums():
    linear, how = Linear.of(read_shape("3x3")), Learning(optimizer="exact")
    pairs = [of_arrays(texture(seed=at), texture(seed=at + 9)) for at in range(2)]
    readers = [Reader.of(one) for one in pairs]
    apart = [fit([one], linear, SHARED, how).gathered for one in readers]
    together = fit(readers, linear, SHARED, how).gathered
    assert_same(together, Gathered.joined(*apart))
    assert_same(together, fit(readers[::-1], linear, SHARED, how).gathered)


@settings(max_examples=15)
@given(st.integers(1, 5), st.integers(1, 5), sharings())
def test_a_smaller_kernels_sums_are_among_those_of_a_larger_one(rows, columns, sharing):
    large = (Window.of(5, 1, "same"), Window.of(6, 1, "same"))
    one = passed(large, sharing, 3)
    kept = taps_of((5, 6), (rows, columns), sharing.features)
    inner = tuple(Window.of(n, 1, "same") for n in (rows, columns))
    smaller = replace(one, windows=inner).gathered(1)
    for made, wanted in zip(one.gathered(1).fitted, smaller.fitted, strict=True):
        np.testing.assert_array_equal(made.of_taps(kept).table, wanted.table)


@pytest.mark.parametrize("every", [1, 3])
def test_held_out_strips_and_fitted_ones_are_disjoint_and_together_all(every):
    both = (Window.of(3, 1, "same"), Window.of(3, 1, "same"))
    one = passed(both, Sharing.of("", 1, 1), 4, size=(130, 9), every=every)
    fitted, held_out = [], []
    for row in range(*one.rows):
        shown = np.full_like(one.after, 128)
        shown[row] = 129  # a target of 1 in this row, of 0 elsewhere
        sums = replace(one, after=shown).gathered(1)
        for found, moments in ((fitted, sums.fitted[0]), (held_out, sums.held_out[0])):
            count = moments.table[-1, -1]
            assert count in (0, one.columns[1] - one.columns[0])
            found.extend([row] * bool(count))
    assert not {*fitted} & {*held_out}
    every_row = {*range(*one.rows)}
    assert {*fitted, *held_out} <= every_row
    share = len({*fitted, *held_out}) / len(every_row)
    assert share == pytest.approx(1 / every, abs=0.05)
    if every == 1:
        assert {*fitted, *held_out} == every_row
        assert len(held_out) / len(every_row) == pytest.approx(0.1, abs=0.02)


@given(windows(), st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_results_within_are_those_whose_window_lies_within(windows, size):
    places = [place for place, *_ in listed(np.empty(size), windows)]
    rows, columns = (within(one, (0, n)) for one, n in zip(windows, size, strict=True))
    inside = [(row, column) for row in range(*rows) for column in range(*columns)]
    assert inside == places
