"""Two pictures are held against each other: the figures are those of the plain formulas."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from filterkit import Animation, Picture, write_picture
from filterkit.viewing import facing
from filterkit.viewing.comparing import compared, differ, heat_map
from filterkit.viewing.difference import difference_lines, heat_lines
from filterkit.viewing.heat import NEGATIVE, POSITIVE

FULL = {"uint8": 255, "uint16": 65535, "float32": 1.0, "float64": 1.0}
NAMES = ("a.png", "b.png")


def picture(pixels, alpha=None):
    return Picture(pixels[None], None if alpha is None else alpha[None])


def noise(rows=40, columns=50, channels=3, dtype="uint8", seed=0):
    numbers = np.random.default_rng(seed).random((rows, columns, channels))
    return (numbers * FULL[dtype]).astype(dtype)


def near(image, most=9, seed=1):
    """The same picture with some of its pixels changed, the others equal."""
    rng = np.random.default_rng(seed)
    changed = rng.random(image.shape[:2])[..., None] < 0.5
    off = rng.integers(-most, most + 1, image.shape) * (1 if image.dtype.kind == "u" else 1 / 255)
    both = np.clip(image + off * changed, 0, FULL[str(image.dtype)])
    return both.astype(image.dtype)


def difference(first, second, tolerance=0.0):
    return compared(picture(first), picture(second), NAMES, tolerance)


def told(found):
    """The figures of a table, with single spaces."""
    return [re.sub("  +", " ", line.strip()) for line in difference_lines(found)]


small = st.sampled_from(["uint8", "uint16"]).flatmap(
    lambda dtype: st.tuples(
        *[
            arrays(dtype, (5, 6, 3), elements=st.integers(0, FULL[dtype]) | st.integers(0, 2))
            for _ in range(2)
        ]
    )
)


@given(small, st.integers(0, 3))
def test_the_figures_are_those_of_naive_loops(pair, tolerance):
    first, second = pair
    found = difference(first, second, tolerance)
    numbers, equal, within, largest = [], 0, 0, (0, None)
    for row in range(5):
        for column in range(6):
            offs = [
                abs(int(second[row, column, at]) - int(first[row, column, at])) for at in range(3)
            ]
            equal += max(offs) == 0
            within += max(offs) <= tolerance
            numbers += offs
            largest = max(largest, (max(offs), (row, column)), key=lambda one: one[0])
    sums = found.sums
    assert (sums.pixels, sums.equal, sums.within) == (30, equal, within)
    assert sums.largest == largest[0]
    assert (sums.where and (sums.where.row, sums.where.column)) == largest[1]
    assert sums.mean == pytest.approx(sum(numbers) / 90)
    assert sums.rms == pytest.approx((sum(off**2 for off in numbers) / 90) ** 0.5)
    assert found.equal is (within == 30)
    assert found.equal is not differ(picture(first), picture(second), tolerance)


@pytest.mark.parametrize("dtype", FULL)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(40, 50), (3, 90), (5, 5), (200, 7), (6, 6)])
def test_psnr_and_ssim_are_those_of_scikit_image_on_whole_arrays(
    monkeypatch, dtype, channels, shape
):
    monkeypatch.setattr(facing, "AT_ONCE", 2000)  # so that there are several bands
    first = noise(*shape, channels, dtype)
    second = near(first, 900 if dtype == "uint16" else 9)
    found = difference(first, second)
    side = min(*shape, 7)
    expected = structural_similarity(
        first.astype(float), second.astype(float), win_size=side - 1 + side % 2,
        data_range=FULL[dtype], channel_axis=-1,
    )  # fmt: skip
    assert found.ssim == pytest.approx(expected, abs=1e-6)
    psnr = peak_signal_noise_ratio(first, second, data_range=FULL[dtype])
    assert found.psnr == pytest.approx(psnr, abs=1e-6)


def test_bands_do_not_change_a_figure(monkeypatch):
    first = noise(90, 30)
    whole = difference(first, near(first))
    monkeypatch.setattr(facing, "AT_ONCE", 500)
    parts = difference(first, near(first))
    assert parts.sums == whole.sums
    assert parts.ssim == pytest.approx(whole.ssim, abs=1e-9)


@pytest.mark.skipif(not shutil.which("compare"), reason="ImageMagick is not installed")
@pytest.mark.parametrize(
    ("metric", "figure"),
    [("AE", lambda sums: sums.pixels - sums.equal), ("PAE", lambda sums: sums.largest * 257),
     ("MAE", lambda sums: sums.mean * 257), ("RMSE", lambda sums: sums.rms * 257)],
)  # fmt: skip
def test_imagemagick_finds_the_same(tmp_path, metric, figure):
    first = noise()
    for name, pixels in zip(NAMES, (first, near(first)), strict=True):
        write_picture(picture(pixels), tmp_path / name)
    answer = subprocess.run(
        ["compare", "-metric", metric, *NAMES, "null:"], cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    theirs = float(answer.stderr.split()[0])
    assert figure(difference(first, near(first)).sums) == pytest.approx(theirs, rel=1e-4)


@given(small)
def test_figures_are_the_same_from_either_side(pair):
    one, other = difference(*pair), difference(*pair[::-1])
    for figure in ("equal", "pixels", "largest", "mean", "rms"):
        assert getattr(one.sums, figure) == getattr(other.sums, figure)
    assert one.ssim == pytest.approx(other.ssim)
    assert one.psnr == other.psnr


@given(small)
def test_a_picture_is_equal_to_itself(pair):
    found = difference(pair[0], pair[0].copy())
    assert found.equal
    assert (found.sums.largest, found.sums.where, found.ssim) == (0, None, 1)
    assert told(found)[:3] == ["a.png and b.png are equal", "", "size 5x6"]
    assert len(told(found)) == 4


@given(small, st.integers(0, 65535), st.integers(0, 65535))
def test_more_tolerance_never_finds_more_differences(pair, one, other):
    less, more = sorted((one, other))
    assert difference(*pair, less).sums.within <= difference(*pair, more).sums.within
    assert difference(*pair, difference(*pair).sums.largest).equal


@settings(max_examples=30)
@given(st.integers(0, 39), st.integers(0, 49), st.integers(0, 2), st.integers(1, 200))
def test_the_largest_difference_is_found_where_it_is(row, column, channel, off):
    first = np.full((40, 50, 3), 20, np.uint8)
    second = first.copy()
    second[-1, -1] += 1
    second[row, column, channel] = 20 + off
    where = difference(first, second).sums.where
    expected = (row, column, channel) if off > 1 else min((row, column, channel), (39, 49, 0))
    assert (where.row, where.column) == expected[:2]
    assert where.channel == ("red", "green", "blue")[expected[2]]
    assert (where.first, where.second) == (20, 20 + off)


@given(arrays("uint8", (4, 5, 3)))
def test_8_bit_are_equal_to_the_same_fractions_in_16_bit_and_to_nothing_beside_them(image):
    deep = image.astype(np.uint16) * 257
    assert difference(image, deep).equal
    assert difference(image, deep).white == 1
    deep[2, 2, 1] ^= 1
    found = difference(image, deep)
    assert not found.equal
    assert found.sums.largest == pytest.approx(1 / 65535)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_whole_numbers_are_equal_to_the_nearest_floating_point_ones(dtype, real):
    levels = np.arange(FULL[dtype] + 1).astype(dtype).reshape(-1, 16, 1)
    fractions = levels.astype(real) / np.dtype(real).type(FULL[dtype])
    assert difference(levels, fractions).equal
    fractions[3, 3] = np.nextafter(fractions[3, 3], 2)
    assert difference(fractions, levels).sums.equal == levels.size - 1


def test_a_tolerance_between_depths_is_a_part_of_white():
    black, grey = np.zeros((8, 8, 1), np.uint8), np.full((8, 8, 1), 6553, np.uint16)
    assert difference(black, grey, 0.1).equal
    assert not difference(black, grey, 0.0999).equal


def test_grey_is_equal_to_three_equal_channels():
    grey = noise(channels=1)
    colour = grey.repeat(3, axis=2)
    found = difference(grey, colour)
    assert found.equal
    assert told(found)[3] == "kind 8-bit grey and 8-bit colour"
    colour[0, 0, 2] ^= 1
    assert difference(grey, colour).sums.where.channel == "blue"


def test_alpha_is_a_channel_and_none_is_opaque():
    image = noise()
    alpha = np.full(image.shape[:2], 255, np.uint8)
    plain, opaque = picture(image), picture(image, alpha)
    assert compared(plain, opaque, NAMES).equal
    pierced = alpha.copy()
    pierced[3, 4] = 55
    found = compared(plain, picture(image, pierced), NAMES)
    assert found.sums.equal == image.shape[0] * image.shape[1] - 1
    assert found.sums.where == (3, 4, "alpha", 255, 55)
    assert found.sums.mean == pytest.approx(200 / (image.shape[0] * image.shape[1] * 4))
    assert "8-bit colour with transparency" in told(found)[3]
    deep = picture(image.astype(np.uint16) * 257, alpha.astype(np.uint16) * 257)
    assert compared(plain, deep, NAMES).equal


def test_what_is_invisible_differs_all_the_same():
    nothing = np.zeros((9, 9), np.uint8)
    one, other = (picture(noise(9, 9, seed=seed), nothing) for seed in (0, 1))
    assert not compared(one, other, NAMES).equal


def test_all_frames_are_compared_and_the_worst_is_told():
    frames = np.stack([noise(seed=seed) for seed in range(3)])
    other = frames.copy()
    other[1, 2, 3, 0] ^= 4
    other[2, 5, 6, 1] ^= 64
    found = compared(Picture(frames), Picture(other), NAMES)
    assert found.worst == 2
    assert found.sums.pixels - found.sums.equal == 2
    assert "3 frames of 40x50" in told(found)[2]
    assert ", frame 3, " not in told(found)[5]
    assert "frame 3, row 5, column 6, green" in told(found)[5]
    alone = compared(picture(frames[2]), picture(other[2]), NAMES)
    np.testing.assert_array_equal(
        heat_map(Picture(frames), Picture(other), found),
        heat_map(picture(frames[2]), picture(other[2]), alone),
    )
    ssim = [difference(one, two).ssim for one, two in zip(frames, other, strict=True)]
    assert found.ssim == pytest.approx(sum(ssim) / 3)


def test_what_is_no_pixel_is_not_compared():
    frames = np.stack([noise(), noise(seed=2)])
    slow = Picture(frames, animation=Animation((500.0, 20.0)))
    assert compared(Picture(frames), slow, NAMES).equal


def test_pages_of_several_sizes_are_compared_one_by_one():
    first, second = picture(noise()), picture(noise(10, 20))
    document = Picture(first.pixels, further=(second,))
    changed = second.pixels.copy()
    changed[0, 1, 2] = 255 - changed[0, 1, 2]
    assert compared(document, document, NAMES).equal
    found = compared(document, Picture(first.pixels, further=(Picture(changed),)), NAMES)
    assert (found.worst, found.sums.pixels - found.sums.equal) == (1, 1)


MISFITS = {
    "differ in size: 40x50 and 50x40": (picture(noise()), picture(noise(50, 40))),
    "differ in frames: 1 and 2": (picture(noise()), Picture(np.stack([noise(), noise()]))),
    "differ in channels: 3 and 5": (picture(noise()), picture(noise(channels=5))),
    "differ in size: 40x50 and 10x20, frame 2": (
        Picture(np.stack([noise(), noise()])),
        Picture(noise()[None], further=(picture(noise(10, 20)),)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", MISFITS)
def test_what_does_not_fit_is_told_and_has_no_figures(sentence):
    found = compared(*MISFITS[sentence], NAMES)
    assert differ(*MISFITS[sentence])
    assert not found.equal
    assert difference_lines(found) == [f"a.png and b.png {sentence}"]
    assert found.object()["misfit"] == sentence
    assert "psnr" not in found.object()


def test_a_picture_too_small_for_ssim_has_none():
    found = difference(noise(2, 30), noise(2, 30, seed=1))
    assert found.ssim is None
    assert told(found)[-1].startswith("SSIM too small for it")
    assert difference(noise(2, 30), noise(2, 30)).ssim == 1


def test_numbers_beyond_all_measure_are_null_in_the_object_and_no_warning_comes():
    vast = np.full((20, 20, 1), 1e308)
    found = difference(vast, -vast)
    answer = json.loads(json.dumps(found.object(), allow_nan=False))
    assert answer["largest"] is answer["rms"] is answer["psnr"] is None
    assert "PSNR not known" in told(found)
    assert heat_map(picture(vast), picture(-vast), found).shape == (20, 20, 3)


def test_the_table_says_what_there_is():
    first = np.full((10, 10, 1), 100, np.uint8)
    second = first.copy()
    second[2, 7] = 103
    second[5, 5] = 99
    assert told(difference(first, second, 1))[:9] == [
        "a.png and b.png differ",
        "",
        "size 10x10",
        "kind 8-bit grey",
        "pixels equal 98 % 2 of 100 differ",
        "within tolerance 99 % 1 are farther off than 1",
        "largest difference 3 grey levels of 255 row 2, column 7, grey: 100 → 103",
        "mean difference 0.04 grey levels",
        "root mean square 0.316 grey levels",
    ]
    assert told(difference(first, second, 3))[0] == (
        "a.png and b.png are equal within 3 grey levels of 255"
    )


def test_the_heat_map_has_a_colour_for_each_sign_and_white_for_equal_pixels_alone():
    first = np.full((10, 10, 3), 100, np.uint8)
    second = first.copy()
    second[0, 0, 1] = 200
    second[0, 1] = (0, 100, 130)
    second[0, 2] = (99, 100, 100)
    second[0, 3] = (100, 125, 100)
    found = difference(first, second)
    drawn = heat_map(picture(first), picture(second), found)
    assert drawn.shape == first.shape
    assert tuple(drawn[0, 0]) == POSITIVE
    assert tuple(drawn[0, 1]) == NEGATIVE
    half = 255 + (np.array(POSITIVE) - 255) / 2
    assert np.abs(drawn[0, 3] - half).max() <= 1
    white = (drawn == 255).all(axis=2)
    np.testing.assert_array_equal(white, (first == second).all(axis=2))
    assert heat_lines(found, "heat.png")[1] == (
        "the deepest colour is 100 grey levels of 255, half as deep is 25"
    )
    tolerant = heat_map(picture(first), picture(second), difference(first, second, 25))
    assert (tolerant != 255).any(axis=2).sum() == 2


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_the_smallest_difference_is_seen_beside_the_largest(dtype):
    first = np.zeros((4, 4, 1), dtype)
    second = first.copy()
    second[0, 0], second[3, 3] = FULL[dtype], 1e-4 if dtype == "float32" else 1
    drawn = heat_map(picture(first), picture(second), difference(first, second))
    assert (drawn != 255).any(axis=2).sum() == 2


def test_equal_pictures_have_a_white_heat_map():
    found = difference(noise(), noise())
    assert (heat_map(picture(noise()), picture(noise()), found) == 255).all()
    assert heat_lines(found, "heat.png") == ["heat.png: all white, for the two are equal"]
