"""Symmetries that are told are there, and flip does to a picture what is said of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from filterkit import Convolve, Kernel, parse
from filterkit.viewing.symmetry import FLIP, MOVES, symmetries, told

SMALL = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(-1, 1)
)
PLACES = {
    "mirrored left-right": lambda row, column, rows, columns: (row, columns - 1 - column),
    "mirrored up-down": lambda row, column, rows, columns: (rows - 1 - row, column),
    "turned by half": lambda row, column, rows, columns: (rows - 1 - row, columns - 1 - column),
    "turned by a quarter": lambda row, column, rows, columns: (column, rows - 1 - row),
    "with rows and columns exchanged": lambda row, column, rows, columns: (column, row),
}
"""Where each move takes a weight, as one would do it with scissors."""


def by_hand(weights, name):
    rows, columns = weights.shape
    if rows != columns and name in ("turned by a quarter", "with rows and columns exchanged"):
        return "neither"
    pairs = [
        (weight, weights[PLACES[name](*at, rows, columns)])
        for at, weight in np.ndenumerate(weights)
    ]
    if all(one == other for one, other in pairs):
        return "same"
    return "opposite" if all(one == -other for one, other in pairs) else "neither"


@given(SMALL)
def test_each_symmetry_is_found_weight_by_weight(weights):
    assert symmetries(weights) == {name: by_hand(weights, name) for name in MOVES}


@given(SMALL)
def test_flip_does_what_is_said_of_it(weights):
    image = np.random.default_rng(0).normal(size=(8, 9, 1))
    step = Convolve(Kernel(weights), padding="valid", fusion="keep")
    plain, flipped = step(image), replace(step, flip=True)(image)
    said = told(symmetries(weights))
    assert said.endswith(FLIP["same"]) == np.allclose(plain, flipped)
    if said.endswith(FLIP["opposite"]):
        np.testing.assert_allclose(plain, -flipped, atol=1e-12)
    assert said.endswith(FLIP["neither"]) == (
        not np.allclose(plain, flipped) and not np.allclose(plain, -flipped)
    )


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("edge", "same however it is mirrored or turned, so flip changes nothing"),
        (
            "sobel-x",
            "same when mirrored up-down, sign changes when mirrored left-right, "
            "so flip changes only the sign",
        ),
        ("line:angle=30", "same when turned by half, so flip changes nothing"),
        ("emboss", "same with rows and columns exchanged; flip makes another kernel"),
        ("[1 1]", "same when mirrored left-right or up-down, so flip changes nothing"),
        ("[1 2 3; 4 5 6]", "none; flip makes another kernel"),
        (
            "[1 0 -1; 0 0 0; -1 0 1]",
            "same with rows and columns exchanged, sign changes when mirrored left-right, "
            "mirrored up-down or turned by a quarter, so flip changes nothing",
        ),
        ("[0 1; -1 0]", "sign changes when turned by half or with rows and columns exchanged, "
                        "so flip changes only the sign"),
    ],
)  # fmt: skip
def test_symmetries_are_said_in_a_line(text, sentence):
    assert told(symmetries(parse(text).steps[0].laid)) == sentence


def test_rounding_of_weights_breaks_no_symmetry():
    assert set(symmetries(parse("gaussian:1.7").steps[0].laid).values()) == {"same"}


def test_a_kernel_of_several_matrices_has_the_symmetry_that_all_of_them_have():
    weights = np.array([[[1.0, 2, 1]], [[1.0, 0, -1]]])
    assert symmetries(weights)["mirrored left-right"] == "neither"
    assert symmetries(weights)["mirrored up-down"] == "same"
