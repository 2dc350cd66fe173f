"""Descent on sums is descent on pixels, and ends where least squares lie."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from teaching import filtered, listed, texture

from filterkit.learning.choosing import taps_of
from filterkit.learning.descent import WAYS, Quadratic, descend, step_of, undetermined
from filterkit.learning.learning import learn
from filterkit.learning.moments import Moments
from filterkit.learning.options import Learning
from filterkit.learning.solving import Normal, bound, solved
from filterkit.steps.window import Window

SIZE = (3, 3)
BYTES = (255.0, 255.0)


def rows_of(image, size=SIZE):
    """The windows of a grey picture, one a row, and the places of their results."""
    both = tuple(Window.of(n, 1, "same") for n in size)
    found = listed(image, both)
    taps = [[image[row, column, 0] for row in rows for column in columns]
            for _, rows, columns in found]  # fmt: skip
    return np.array(taps, float), [place for place, _, _ in found]


@pytest.fixture(scope="module")
def data():
    """Windows and results of a noisy pair, one a row, the means taken out of both."""
    before = texture(24, 26, 1)
    after = filtered(before, "[1 2 3; 0 5 0; -1 0 1]:divide=11")[..., 0].astype(float)
    after += np.random.default_rng(5).normal(0, 3, after.shape)
    windows, places = rows_of(before)
    results = np.array([after[place] for place in places])
    return windows - windows.mean(axis=0), results - results.mean()


def moments_of(windows, results):
    """The sums of windows and of results, (windows, outputs), that are there as rows."""
    lines = np.column_stack([windows, np.ones(len(windows)), results])
    return Moments(lines.T @ lines, windows.shape[1])


def by_sums(data, **how):
    """Solve for the weights by descent on the sums."""
    sums = moments_of(*data)
    nothing = Moments(np.zeros_like(sums.table), sums.taps)
    found = solved(sums, nothing, SIZE, BYTES, Learning(**how))
    return found.weights[:, 0], found


def quadratic(windows, results):
    """The function that the sums of all windows give."""
    normal = Normal.of(moments_of(windows, results))
    return Quadratic(normal.covariance, normal.cross[:, 0], float(normal.variance[0]))


def full_batch(windows, results, rate, pace=False):
    """Descend over all pixels, at every step; `pace` with Nesterov's momentum and restarts."""
    weights = ahead = np.zeros(windows.shape[1])
    momentum = 1.0
    while True:
        gradient = 2 / len(windows) * windows.T @ (windows @ ahead - results)
        further = ahead - rate * gradient
        if pace and gradient @ (further - weights) > 0:
            momentum = 1.0
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2 if pace else 1.0
        share = (momentum - 1) / after if pace else 0.0
        ahead = further + share * (further - weights)
        weights, momentum = further, after
        yield weights


@pytest.mark.parametrize("optimizer", ["gd", "nesterov"])
def test_descent_on_the_sums_takes_the_steps_of_descent_over_the_pixels(data, optimizer):
    function = quadratic(*data)
    rate = step_of(function.curvature)
    both = zip(
        WAYS[optimizer](function), full_batch(*data, rate, optimizer == "nesterov"), strict=False
    )
    for mine, theirs in itertools.islice(both, 300):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)


@given(st.integers(1, 12), st.integers(0, 10**6))
def test_a_step_is_never_longer_than_what_leads_downhill(size, seed):
    factor = np.random.default_rng(seed).normal(size=(size, size))
    curvature = factor @ factor.T
    # A step of 1 / the largest curvature of the function, twice that of the matrix, still does.
    assert step_of(curvature) < 1 / np.linalg.eigvalsh(curvature)[-1]


@pytest.mark.parametrize(("optimizer", "near"), [
    ("exact", 1e-10), ("nesterov", 1e-10), ("gd", 1e-10), ("adam", 1e-4),
])  # fmt: skip
def test_every_optimizer_comes_to_the_least_squares_solution(data, optimizer, near):
    wanted = np.linalg.lstsq(*data, rcond=None)[0]
    weights, found = by_sums(data, optimizer=optimizer)
    np.testing.assert_allclose(weights, wanted, rtol=0, atol=near)
    np.testing.assert_allclose(
        found.mean_squares[0], np.mean((data[0] @ wanted - data[1]) ** 2), rtol=1e-6
    )


def test_the_standard_errors_are_those_of_least_squares(data):
    windows, results = data
    _, found = by_sums(data, optimizer="exact")
    wanted = np.linalg.lstsq(*data, rcond=None)[0]
    variance = np.mean((windows @ wanted - results) ** 2)
    covariance = variance * np.linalg.inv(windows.T @ windows)
    np.testing.assert_allclose(found.deviations[:, 0], np.sqrt(np.diag(covariance)), rtol=1e-6)


def flat_windows(rank):
    """Windows of 9 taps that lie in a space of few dimensions."""
    random = np.random.default_rng(rank)
    windows = random.normal(0, 20, (400, rank)) @ random.normal(size=(rank, 9))
    windows -= windows.mean(axis=0)
    results = windows @ random.normal(size=9)
    return windows, results


@pytest.mark.parametrize("optimizer", ["exact", "gd", "nesterov"])
@pytest.mark.parametrize("rank", [1, 4, 8])
def test_of_several_solutions_that_with_least_weights_is_given(rank, optimizer):
    windows, results = flat_windows(rank)
    weights, found = by_sums((windows, results), optimizer=optimizer)
    np.testing.assert_allclose(weights, np.linalg.pinv(windows) @ results, rtol=0, atol=1e-6)
    assert found.rank == rank
    assert found.condition == np.inf


@given(st.integers(1, 8), st.integers(0, 10**6))
def test_rank_and_open_weights_are_counted(size, seed):
    random = np.random.default_rng(seed)
    seen = random.random(size) < 0.6
    curvature = np.diag(np.where(seen, random.uniform(1, 1000, size), 0))
    rank, condition, open_taps = undetermined(curvature)
    assert rank == seen.sum()
    np.testing.assert_array_equal(open_taps, ~seen)
    values = np.diag(curvature)
    if seen.all():
        assert condition == pytest.approx(values.max() / values.min())
    else:
        assert condition == np.inf


def test_two_taps_that_see_the_same_are_both_open():
    curvature = np.array([[4.0, 4, 0], [4, 4, 0], [0, 0, 9]])
    rank, _, open_taps = undetermined(curvature)
    assert rank == 2
    assert open_taps.tolist() == [True, True, False]


@settings(max_examples=25)
@given(st.integers(2, 9), st.integers(0, 10**6), st.integers(0, 300))
def test_the_loss_of_gradient_descent_never_rises(size, seed, steps):
    random = np.random.default_rng(seed)
    windows = random.normal(size=(60, size)) * 10.0 ** random.uniform(-2, 2, size)
    windows -= windows.mean(axis=0)
    results = random.normal(size=60)
    losses = descend(quadratic(windows, results - results.mean()), "gd", steps + 1).losses
    values = [loss for _, loss in losses]
    assert [at for at, _ in losses] == sorted({at for at, _ in losses})
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in itertools.pairwise(values))


def constrained(windows, results, conditions, totals, l2=0.0):
    """Least squares under linear conditions, by the multipliers of Lagrange."""
    curvature = windows.T @ windows / len(windows) + l2 * np.eye(windows.shape[1])
    slope = windows.T @ results / len(windows)
    zeros = np.zeros((len(conditions), len(conditions)))
    system = np.block([[curvature, conditions.T], [conditions, zeros]])
    return np.linalg.lstsq(system, np.concatenate([slope, totals]), rcond=None)[0][
        : windows.shape[1]
    ]


def mirrors(size):
    """The conditions that each weight equals its mirror images."""
    at = np.arange(size[0] * size[1]).reshape(size)
    rows = []
    for mirrored in (at[::-1], at[:, ::-1]):
        for one, other in zip(at.ravel(), mirrored.ravel(), strict=True):
            if one < other:
                rows.append(np.eye(at.size)[one] - np.eye(at.size)[other])
    return np.array(rows)


CONDITIONS = {
    "zero-sum": (np.ones((1, 9)), [0.0]),
    "sum-one": (np.ones((1, 9)), [1.0]),
    "symmetric": (mirrors(SIZE), np.zeros(len(mirrors(SIZE)))),
}


@pytest.mark.parametrize("optimizer", ["exact", "gd", "nesterov"])
@pytest.mark.parametrize("constraint", CONDITIONS)
def test_constrained_weights_are_those_of_lagrange(data, constraint, optimizer):
    conditions, totals = CONDITIONS[constraint]
    weights, _ = by_sums(data, constrain=constraint, optimizer=optimizer)
    np.testing.assert_allclose(conditions @ weights, totals, rtol=0, atol=1e-12)
    wanted = constrained(*data, conditions, totals)
    np.testing.assert_allclose(weights, wanted, rtol=0, atol=1e-9)


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.sampled_from([*CONDITIONS]))
def test_what_a_constraint_allows_has_an_orthonormal_basis(rows, columns, channels, constraint):
    taps = rows * columns * channels
    basis, origin = bound(constraint, taps, (rows, columns), (255.0, 65535.0))
    np.testing.assert_allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-12)
    np.testing.assert_allclose(basis.T @ origin, 0, atol=1e-9)
    symmetric = -(-rows // 2) * -(-columns // 2) * channels
    assert basis.shape[1] == (symmetric if constraint == "symmetric" else taps - 1)
    weights = origin + basis @ np.random.default_rng(0).normal(size=basis.shape[1])
    if constraint == "symmetric":
        laid = weights.reshape(channels, rows, columns)
        np.testing.assert_allclose(laid, laid[:, ::-1], atol=1e-12)
        np.testing.assert_allclose(laid, laid[..., ::-1], atol=1e-12)
    else:
        total = 65535 / 255 if constraint == "sum-one" else 0
        assert weights.sum() == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("constraint", [None, *CONDITIONS])
def test_a_penalty_makes_ridge_regression_of_it(data, constraint):
    conditions, totals = CONDITIONS.get(constraint, (np.zeros((0, 9)), np.zeros(0)))
    weights, _ = by_sums(data, l2=0.01, constrain=constraint, optimizer="exact")
    wanted = constrained(*data, conditions, totals, 0.01 * 255**2)
    np.testing.assert_allclose(weights, wanted, rtol=0, atol=1e-10)


def test_the_penalty_and_sum_one_mean_the_same_for_bytes_and_16_bit():
    before = texture(40, 40, 1)
    after = filtered(before, "gaussian:1")
    both = [
        learn(before, after, "3x3", l2=1e-3, constrain="sum-one", optimizer="exact"),
        learn(before * np.uint16(257), after * np.uint16(257), "3x3", l2=1e-3,
              constrain="sum-one", optimizer="exact"),
        learn(before, after * np.uint16(257), "3x3", l2=1e-3,
              constrain="sum-one", optimizer="exact"),
    ]  # fmt: skip
    found = [one.filter.steps[0].kernel.weights for one in both]
    np.testing.assert_allclose(found[0].sum(), 1, atol=1e-6)
    for one in found[1:]:
        np.testing.assert_allclose(one, found[0], rtol=0, atol=1e-6)


def test_steps_are_as_many_as_asked_at_the_most():
    before = texture(30, 30, 1)
    report = learn(before, filtered(before, "sharpen"), "3x3", steps=5, optimizer="gd").report
    assert report.steps == 5
    assert [at for at, _ in report.losses] == [0, 1, 2, 4, 5]


def test_the_middle_taps_of_a_larger_kernel_are_the_smaller_one():
    assert taps_of((3, 5), (1, 3), 2).tolist() == [6, 7, 8, 21, 22, 23]
