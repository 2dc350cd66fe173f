"""A pair that no kernel explains is answered with the reason, and what is advised works."""

import cv2
import numpy as np
import pytest
from teaching import filtered, made, texture, weights_of

import filterkit
from filterkit.errors import ExamplesError, FilterError, SettingError, UsageError
from filterkit.learning.doubts import phase_shift
from filterkit.learning.learning import learn

SHARPEN = "[0 -1 0; -1 5 -1; 0 -1 0]"


@pytest.fixture(scope="module")
def image():
    return texture(120, 130)


@pytest.fixture(scope="module")
def sharp(image):
    return made(image, "3x3", SHARPEN, "")


def assert_refused(sentence, advice, before, after, shape="3x3", error=ExamplesError, **how):
    with pytest.raises(error) as raised:
        learn(before, after, shape, **how)
    assert (raised.value.sentence, raised.value.advice) == (sentence, advice)


def test_a_clean_pair_raises_no_doubt(image, sharp):
    assert learn(image, sharp, "3x3").report.notes == ()


def patches_of_colour():
    """Areas of a few colours with sharp edges, and a little noise."""
    smooth = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (120, 130, 3)), (0, 0), 4)
    return np.clip(np.rint(128 + 40 * np.sign(smooth)) + texture(120, 130) / 8 - 16, 0, 255).astype(
        np.uint8
    )


def numbers_in(note):
    return [float(word) for word in note.replace(",", " ").split() if word[0].isdigit()]


@pytest.mark.parametrize("shape", ["auto", "3x3", "5x5"])
@pytest.mark.parametrize("filter", ["median", "curve", "threshold"])
def test_what_is_no_sum_of_products_is_said_to_be_none(filter, shape):
    image = patches_of_colour()
    after = {
        "median": lambda: cv2.medianBlur(image, 3),
        "curve": lambda: np.rint(255 * (image / 255) ** 0.5).astype(np.uint8),
        "threshold": lambda: np.where(image > 128, 200, 60).astype(np.uint8),
    }[filter]()
    report = learn(image, after, shape).report
    (note,) = report.notes
    assert note.startswith("this is not a convolution: the nearest one explains ")
    share, off = numbers_in(note)[:2]
    assert share == pytest.approx(100 * report.r2, abs=3)
    assert off == pytest.approx(report.residual, rel=0.2)


@pytest.mark.parametrize("shape", ["auto", "3x3"])
def test_a_picture_of_one_colour_cannot_tell(shape):
    plain = np.full((60, 70, 3), 90, np.uint8)
    advice = "a photograph with detail, or the chart that learn --probe probe.png writes"
    assert_refused("this picture cannot tell: it is of one colour.", advice, plain, plain, shape)


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("shape", ["auto", "3x3"])
def test_a_result_that_is_black_or_white_cannot_tell(image, shape, value):
    advice = "a photograph with detail, or the chart that learn --probe probe.png writes"
    sentence = "this picture cannot tell: nearly every result is black or white."
    assert_refused(sentence, advice, image, np.full_like(image, value), shape)


def test_of_a_ramp_the_rank_is_told():
    ramp = np.tile(np.arange(200, dtype=np.uint8), (100, 1))
    report = learn(ramp, ramp, "3x3").report
    assert report.notes[0] == (
        "this picture cannot tell all weights: its windows have rank 1 of 9, which leaves 9 of 9 "
        "weights open; those with the smallest squares are given"
    )
    assert report.condition == np.inf


def test_columns_that_are_all_alike_leave_the_rows_of_a_kernel_open():
    stripes = np.tile(texture(1, 120, 1)[0, :, 0], (90, 1))
    report = learn(stripes, filtered(stripes[..., None], "[1 2 1]:divide=4"), "3x3").report
    assert report.notes[0].startswith(
        "this picture cannot tell all weights: its windows have rank 3 of 9, which leaves 9 of 9"
    )


SIZES = {
    "cut by one": (lambda after: after[1:-1, 1:-1], "3x3:padding=valid", "3x3:padding=valid"),
    "cut by two": (lambda after: after[2:-2, 2:-2], "5x5:padding=valid", "5x5:padding=valid"),
    "every other": (lambda after: after[::2, ::2], "5x5:stride=2", "3x3:stride=2"),
    "every third": (lambda after: after[::3, ::3], "5x5:stride=3", "3x3:stride=3"),
    "every other, cut": (
        lambda after: after[1:-1:2, 1:-1:2], "3x3:stride=2,padding=valid",
        "3x3:stride=2,padding=valid",
    ),
}  # fmt: skip
"""What is cut, and the shape that is advised to who asked for `auto`, and for 3x3."""


@pytest.mark.parametrize("shape", ["auto", "3x3"])
@pytest.mark.parametrize("what", SIZES)
def test_for_another_size_a_shape_is_advised_that_works(image, sharp, what, shape):
    cut, *advices = SIZES[what]
    advice = advices[shape != "auto"]
    after = np.ascontiguousarray(cut(sharp))
    sentence = (
        f"before is 120x130 pixels (rows x columns), after {after.shape[0]}x{after.shape[1]}; "
        f"{shape} would make 120x130."
    )
    assert_refused(sentence, f"--filter {advice}", image, after, shape)
    pipeline, report = learn(image, after, advice)
    assert report.residual < 0.01
    weights = weights_of(pipeline)[0, 0]
    inner = weights if len(weights) == 3 else weights[1:-1, 1:-1]
    np.testing.assert_allclose(inner, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], atol=1e-4)


def test_sizes_that_no_shape_makes_are_refused(image, sharp):
    sentence = "before is 120x130 pixels (rows x columns), after {}; 3x3 would make 120x130."
    assert_refused(sentence.format("77x50"), "pictures of one size", image, sharp[:77, :50])
    swapped = "the two the other way round, if they are swapped"
    assert_refused(
        "before is 60x65 pixels (rows x columns), after 120x130; 3x3 would make 60x65.", swapped,
        sharp[::2, ::2], image,
    )  # fmt: skip


def test_a_swapped_pair_is_recognized(image):
    notes = learn(filtered(image, "gaussian:0.8,size=5"), image, "5x5").report.notes
    sentence = "the other way round one kernel explains the pair much better: are the two swapped?"
    assert notes == (sentence,)


SHIFTS = {
    (9, 4): "9 rows above and 4 columns left of",
    (-9, 4): "9 rows below and 4 columns left of",
    (9, -4): "9 rows above and 4 columns right of",
    (-7, -12): "7 rows below and 12 columns right of",
    (1, 0): "1 row above of",
    (0, -1): "1 column right of",
    (2, 0): "2 rows above of",
}


def moved(image, sharp, shift):
    """Cut a pair so that what `sharp` shows lies farther up and to the left than in `image`."""
    cut = []
    for one, sign in ((image, 1), (sharp, -1)):
        down, across = (sign * by for by in shift)
        rows = slice(max(-down, 0), len(one) - max(down, 0))
        columns = slice(max(-across, 0), one.shape[1] - max(across, 0))
        cut.append(np.ascontiguousarray(one[rows, columns]))
    return cut


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shifted_pair_is_refused_with_its_shift(image, sharp, shift):
    before, after = moved(image, sharp, shift)
    room = f"{3 + 2 * abs(shift[0])}x{3 + 2 * abs(shift[1])}"
    advice = "cut both to what they have in common"
    if max(map(abs, shift)) <= 6:
        advice += f", or --filter {room}, which has room for it"
    assert_refused(f"after is shifted: it lies {SHIFTS[shift]} before.", advice, before, after)
    if max(map(abs, shift)) <= 6:
        pipeline, report = learn(before, after, room)
        assert report.residual < 0.01
        down, across = (by + abs(by) for by in shift)
        np.testing.assert_allclose(
            weights_of(pipeline)[0, 0, down : down + 3, across : across + 3],
            [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], atol=1e-4,
        )  # fmt: skip


@pytest.mark.parametrize("shift", [(0, 0), (5, -3), (-30, 11)])
def test_phase_correlation_finds_how_far_a_picture_was_rolled(image, shift):
    assert phase_shift(image, np.roll(image, shift, (0, 1))) == shift


def test_weights_beside_the_middle_are_said(image):
    after = made(image, "", "[0 0 0 0 1]", "")
    (note,) = learn(image, after, "1x5").report.notes
    assert note == (
        "the weights lie +0.0 rows and +2.0 columns beside the middle: after is shifted, or the "
        "kernel is meant to be so"
    )


@pytest.mark.parametrize("strength", [2, 5])
def test_noise_is_called_noise_and_measured(image, sharp, strength):
    noise = np.random.default_rng(0).normal(0, strength, image.shape)
    after = np.clip(np.rint(sharp + noise), 0, 255).astype(np.uint8)
    (note,) = learn(image, after, "3x3").report.notes
    assert note.startswith("there is noise of ")
    assert numbers_in(note)[0] == pytest.approx(strength, rel=0.1)


def test_a_larger_kernel_that_explains_more_is_named_and_does(image):
    after = filtered(image, "gaussian:1.5")
    report = learn(image, after, "5x5").report
    (note,) = report.notes
    assert note.startswith("9x9 weights explain more: ")
    better, here = numbers_in(note.partition(":")[2])
    assert report.residual == pytest.approx(here, abs=0.06)
    assert learn(image, after, "9x9").report.residual == pytest.approx(better, abs=0.06)


def test_channels_that_were_permuted_are_explained_by_mix(image, sharp):
    after = np.ascontiguousarray(sharp[..., ::-1])
    (note,) = learn(image, after, "3x3").report.notes
    assert note.startswith("--mix explains more: 0.00 grey levels off instead of ")
    assert learn(image, after, "3x3", share="mix").report.exact == 1


def test_channels_with_kernels_of_their_own_are_explained_by_per_channel(image, sharp):
    after = np.dstack([sharp[..., 0], image[..., 1], filtered(image[..., 2:], "box:3x3")])
    (note,) = learn(image, after, "3x3").report.notes
    assert note.startswith("--per-channel explains more: ")
    assert learn(image, after, "3x3", share="per-channel").report.notes == ()


def test_channels_that_need_different_biases_are_said():
    image = texture(60, 70, contrast=0.3)
    after = made(image, "3x3", SHARPEN, "") + np.array([0, 8, 4], np.uint8)
    report = learn(image, after, "3x3", share="per-channel").report
    assert report.notes[-1] == (
        "the channels would need biases of +0.00, +8.00, +4.00 grey levels; their mean is taken"
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["before", "after"])
def test_numbers_that_are_none_are_refused(value, name):
    pair = {"before": np.zeros((20, 20), np.float32), "after": np.zeros((20, 20), np.float32)}
    pair[name][3, 4] = value
    assert_refused(
        f"{name} holds numbers that are not finite (NaN or infinity); learning needs a number "
        "everywhere.",
        "replace them, with numpy.nan_to_num for example", pair["before"], pair["after"],
    )  # fmt: skip


def test_pictures_smaller_than_the_kernel_are_refused(image):
    small = image[:4, :4]
    sentence = "the pictures are smaller than the kernel: no window lies within them."
    assert_refused(sentence, "larger pictures, or a smaller kernel", small, small, "11x11")
    assert_refused(
        "before: 11x11:padding=valid: 4x4 pixels (rows x columns) are fewer than its window of "
        "11x11.",
        "11x11, a smaller window, or a larger picture", small, small, "11x11:padding=valid",
    )  # fmt: skip


@pytest.mark.parametrize("side", [10, 14, 20, 30])
def test_few_windows_neither_choose_a_larger_kernel_nor_call_for_one(side):
    small = texture(side, side, 1)
    assert learn(small, made(small, "3x3"), "auto").report.shape == "3x3"
    notes = learn(small, cv2.medianBlur(small[..., 0], 3), "3x3").report.notes
    assert not any("weights explain more" in note for note in notes)


def test_grey_that_is_kept_in_colour_counts_as_one_channel(image):
    grey = filtered(image, "gray | gaussian:0.8,size=3")
    pipeline, report = learn(image, np.repeat(grey, 3, 2), "3x3")
    note = "after is grey, although it is kept in colour: it counts as one channel."
    assert report.notes[0] == note
    assert report.sharing == "summed"
    assert np.abs(filterkit.apply(image, pipeline).astype(int) - grey)[2:-2, 2:-2].max() <= 1


def test_grey_that_was_grey_before_stays_as_it_is(image):
    grey = np.repeat(image[..., :1], 3, 2)
    report = learn(grey, made(grey, "3x3", SHARPEN, ""), "3x3").report
    assert (report.sharing, report.notes) == ("shared", ())


def test_channels_that_do_not_fit_are_refused(image, sharp):
    advice = "--mix, which makes every channel of all"
    cannot = "come out; one kernel, or one for each channel, cannot do that."
    assert_refused(f"1 channel goes in and 3 {cannot}", advice, image[..., :1], sharp)
    assert_refused(
        f"3 channels go in and 2 {cannot}", advice, image, sharp[..., :2], share="per-channel"
    )
    assert learn(image[..., :1], sharp, "3x3", share="mix").report.sharing == "mix"


def test_pairs_of_different_kinds_are_refused(image, sharp):
    kinds = "all pairs have one kind of pixels: before has 3 channels of uint8, before "
    assert_refused(
        f"{kinds}1 channel of uint8.", "", [image, image[..., :1]], [sharp, sharp[..., :1]]
    )
    wide = image * np.uint16(257)
    assert_refused(f"{kinds}3 channels of uint16.", "", [image, wide], [sharp, sharp])


def test_lists_of_different_lengths_are_refused(image):
    with pytest.raises(TypeError, match="each image before has one after: 2 and 1 came"):
        learn([image, image], [image])
    with pytest.raises(TypeError, match="learn takes arrays, or lists of arrays, not str"):
        learn("a.png", "b.png")


def test_an_optimizer_that_a_shape_does_not_have_is_refused(image):
    assert_refused(
        "3x3 is linear, and sgd is for shapes that are not.",
        "--optimizer nesterov or gd or adam or exact", image, image, optimizer="sgd",
        error=UsageError,
    )  # fmt: skip
    assert_refused(
        "3x3 | abs is not linear, and gd is for shapes that are linear.",
        "--optimizer adam or sgd", image, image, "3x3 | abs", optimizer="gd", error=UsageError,
    )  # fmt: skip


def test_a_shape_without_an_unknown_kernel_has_nothing_to_learn(image):
    assert_refused(
        "there is nothing to learn in 'edge': no kernel in it is unknown.",
        '5x5, or "gaussian:1 | 3x3", or auto', image, image, "edge", error=FilterError,
    )  # fmt: skip


def test_a_setting_that_cannot_be_is_refused(image):
    with pytest.raises(SettingError):
        learn(image, image, "3x3", l2=-1)
