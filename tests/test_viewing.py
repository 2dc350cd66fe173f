"""What show and shape tell is what the steps are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import convolutions, fits, pools

from filterkit import Convolve, Kernel, Pipeline, parse
from filterkit.engine.definition import define
from filterkit.steps.step import Shape
from filterkit.viewing.kernels import Facts, aligned, matrix_lines, short
from filterkit.viewing.shapes import summary, table, total


def line_of(text, name, size=(20, 30, 3)):
    return next(line for line in summary(parse(text), Shape.of(*size)) if line.step == name)


@given(st.data())
def test_the_receptive_field_is_what_a_single_number_depends_on(data):
    steps = data.draw(st.lists(st.one_of(convolutions(1), pools()), min_size=1, max_size=3))
    image = np.random.default_rng(0).random((24, 26, 1))
    fits(Pipeline(steps), image.shape)
    ones = Pipeline([_positive(step) for step in steps])
    line = summary(ones, Shape.of(*image.shape))[-1]
    middle = tuple(side // 2 for side in define(ones, image).shape[:2])
    changed = _pixels_that_matter(ones, image, middle)
    assert changed[0] <= line.sees[0]
    assert changed[1] <= line.sees[1]


def _positive(step):
    """Give the step with all weights one and maxima as sums, so that every pixel counts."""
    if not isinstance(step, Convolve):
        return type(step)("sum", step.size, step.stride, step.padding)
    weights = np.ones(step.kernel.weights.shape)
    return Convolve(
        Kernel(weights[:1, :1]), step.stride, step.padding, "zero", step.dilation, "keep"
    )


def _pixels_that_matter(step, image, at):
    """Count the rows and columns between the first and the last pixel that a result depends on."""
    matters = np.zeros(image.shape[:2], bool)
    before = define(step, image)[at]
    for row, column in np.ndindex(matters.shape):
        nudged = image.copy()
        nudged[row, column] += 1
        matters[row, column] = (define(step, nudged)[at] != before).any()
    return [
        int(np.ptp(np.flatnonzero(matters.any(axis=axis)))) + 1 if matters.any() else 0
        for axis in (1, 0)
    ]


def test_costs_are_counted_by_hand():
    line = line_of("edge:stride=2", "edge:stride=2")
    assert (line.rows, line.columns, line.channels) == (10, 15, 1)
    assert (line.weights, line.multiplications) == (9, 10 * 15 * 9 * 3)
    assert line_of("red-green-edge", "red-green-edge").multiplications == 20 * 30 * 27


def test_the_costs_of_several_steps_are_added_up():
    lines = summary(parse("sobel-x & sobel-y | fuse:l2"), Shape.of(20, 30, 3))
    assert total(lines) == {"weights": 18, "multiplications": 2 * 20 * 30 * 9 * 3}
    assert table(lines)[-1].split() == ["total", "18", "32,400"]
    for text in ("edge", "edge | relu", "relu | max-pool:2"):
        assert "total" not in table(summary(parse(text), Shape.of(9, 9, 1)))[-1]


def test_rows_and_columns_that_no_window_reaches_are_told():
    assert line_of("max-pool:3", "max-pool:3").unread == (2, 0)
    assert "2 rows" in table(summary(parse("max-pool:3"), Shape.of(20, 30, 1)))[-1]
    assert line_of("max-pool:7", "max-pool:7").unread == (6, 2)


@pytest.mark.parametrize("text", ["normalize:minmax", "flatten"])
def test_some_steps_see_all_there_is(text):
    assert summary(parse(text), Shape.of(5, 7, 1))[-1].sees == (5, 7)


def test_the_steps_within_an_operand_are_set_apart():
    names = [line.step for line in summary(parse("edge & (blur | sobel-x)"), Shape.of(9, 9, 1))]
    assert names == ["picture", "& edge", "& blur", "| sobel-x", "side by side"]


def test_facts_are_those_after_the_division():
    facts = Facts.of(parse("smooth").steps[0])
    assert (facts.total, facts.gain, facts.rank) == (1, 1, 1)
    down, across = facts.factors
    np.testing.assert_array_equal(np.outer(down, across), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert any("sum 1 " in line for line in facts.lines())


def test_the_object_of_a_kernel_holds_its_numbers():
    told = Facts.of(parse("sobel-x").steps[0]).object()
    assert told["weights"] == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert (told["sum"], told["detector"], told["separable"]) == (0, True, True)


@pytest.mark.parametrize(
    "number, text",
    [(2.0, "2"), (1 / 9, "1/9"), (-0.5, "-1/2"), (1 - 1e-12, "1"), (0.123456, "0.1235")],
)
def test_numbers_are_written_shortly(number, text):
    assert short(number) == text


def test_a_matrix_is_written_in_columns():
    assert aligned(np.array([[-1.0, 10], [0.5, 0]])) == ["   -1  10", "  1/2   0"]
    assert aligned(np.array([[0.123456, 12]])) == ["   0.12 12.00"]
    assert "too large" in matrix_lines(parse("disk:20").steps[0])[0]
    assert "channel 2" in "\n".join(matrix_lines(parse("red-green-edge").steps[0]))
