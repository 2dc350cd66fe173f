"""Transparency: colours under it do not bleed, detectors leave it alone, nothing is lost unsaid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from filterkit import Convolve, Kernel, Picture, parse
from filterkit.applying.filtering import raw, rendered
from filterkit.engine.definition import define


def cut_out(dtype=np.uint8):
    """A disk of one colour with a soft rim; what lies under alpha 0 is loud green."""
    full = np.iinfo(dtype).max
    row, column = np.mgrid[-20:21, -20:21]
    share = np.clip((14 - np.hypot(row, column)) / 4, 0, 1)
    alpha = np.rint(share * full).astype(dtype)
    colour = np.where(alpha[..., None] > 0, [200, 40, 90], [0, 255, 0]) * (full // 255)
    return Picture(colour.astype(dtype)[None], alpha[None])


@pytest.mark.parametrize("text", ["gaussian:2", "blur", "disk | smooth", "motion:9", "max-pool:3"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_blurred_cut_out_has_no_fringe(text, dtype):
    result = rendered(parse(text), cut_out(dtype), dtype)
    visible = result.alpha[0] > 0
    full = np.iinfo(dtype).max
    assert visible.any()
    error = np.abs(result.pixels[0][visible].astype(int) - np.array([200, 40, 90]) * (full // 255))
    assert error.max() <= full // 255


def test_alpha_itself_is_blurred_like_any_channel():
    picture = cut_out()
    result = rendered(parse("gaussian:2"), picture, np.uint8)
    alone = rendered(parse("gaussian:2"), Picture(picture.alpha[..., None]), np.uint8)
    np.testing.assert_array_equal(result.alpha, alone.pixels[..., 0])


@pytest.mark.parametrize(
    "text", ["edge", "sobel", "sobel-x | relu", "sobel:fusion=keep", "identity"]
)
def test_detectors_and_one_tap_kernels_leave_alpha_alone(text):
    picture = cut_out()
    result = rendered(parse(text), picture, np.uint8)
    np.testing.assert_array_equal(result.alpha, picture.alpha)


def test_identity_keeps_even_the_colours_that_nobody_sees():
    picture = cut_out()
    np.testing.assert_array_equal(
        rendered(parse("identity"), picture, np.uint8).pixels, picture.pixels
    )


def test_opaque_pictures_are_filtered_as_if_there_were_no_alpha():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (1, 12, 13, 3), dtype=np.uint8)
    opaque = Picture(pixels, np.full((1, 12, 13), 255, np.uint8))
    result = rendered(parse("gaussian:stride=2"), opaque, np.uint8)
    plain = rendered(parse("gaussian:stride=2"), Picture(pixels), np.uint8)
    np.testing.assert_array_equal(result.pixels, plain.pixels)
    assert (result.alpha == 255).all()
    assert result.alpha.shape == (1, 6, 7)


@pytest.mark.parametrize("text", ["edge:stride=2", "edge & sobel", "edge:padding=valid"])
def test_alpha_that_fits_no_longer_is_dropped_and_said(text):
    result = rendered(parse(text), cut_out(), np.uint8)
    assert result.alpha is None
    assert result.notes == ("the transparency is lost: it does not fit the result.",)


def test_the_depth_of_alpha_follows_that_of_the_result():
    result = rendered(parse("edge"), cut_out(), np.uint16)
    np.testing.assert_array_equal(result.alpha, cut_out().alpha.astype(np.uint16) * 257)


@given(st.data())
def test_covered_colour_is_the_mean_weighted_by_alpha_and_kernel(data):
    elements = st.integers(0, 255)
    pixels = data.draw(hnp.arrays(np.uint8, (1, 5, 6, 2), elements=elements))
    alpha = data.draw(hnp.arrays(np.uint8, (1, 5, 6), elements=elements))
    weights = data.draw(hnp.arrays(np.int64, (3, 2), elements=st.integers(1, 5)))
    divide = data.draw(st.sampled_from([1, 3, 7]))
    bias = data.draw(st.sampled_from([0.0, 0.25]))
    if (alpha == 255).all():
        return
    step = Convolve(Kernel(weights), divide=divide, bias=bias)
    result = raw(step, Picture(pixels, alpha))
    share = alpha[0, ..., None] / 255
    plain = Convolve(Kernel(weights), fusion="keep")
    colour = define(plain, pixels[0] / 255 * share)
    covered = define(plain, share)
    visible = covered[..., 0] > 0
    expected = colour / np.where(covered > 0, covered, 1) * weights.sum() / divide + bias
    np.testing.assert_allclose(result.pixels[0][visible], expected[visible], rtol=2e-5)
    assert (result.pixels[0][~visible] == 0).all()


def test_a_gain_makes_colours_brighter_and_leaves_alpha_a_share():
    picture = cut_out()
    result = raw(Convolve(Kernel([[1, 1]])), picture)
    single = raw(Convolve(Kernel([[1, 1]]), divide=2), picture)
    np.testing.assert_allclose(result.pixels, 2 * single.pixels, rtol=1e-6)


def test_raw_numbers_bring_alpha_as_a_share():
    picture = cut_out()
    for text in ("edge", "gaussian:2"):
        shown = rendered(parse(text), picture, np.uint8).alpha
        np.testing.assert_allclose(raw(parse(text), picture).alpha, shown / 255, atol=0.5 / 255)
