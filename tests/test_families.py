"""Kernels by formula keep what they promise, for every setting that is allowed."""

import cv2
import numpy as np
import pytest
import skimage.morphology
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from filterkit.errors import SettingError
from filterkit.filters.families import FAMILIES, MOST_SIDE
from filterkit.filters.families.laws import VECTORS
from filterkit.settings import defaults, kinds
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import MOST_WEIGHTS

SIDES = st.integers(0, 20).map(lambda half: 2 * half + 1)
SIDES_OF_TWO = st.integers(1, 20).map(lambda half: 2 * half + 1)
ANGLES = st.floats(-1e6, 1e6) | st.integers(-8, 8).map(lambda eighth: 45.0 * eighth)
SIGMAS = st.floats(0.1, 12)
FACTORS = st.floats(0, 100)


def auto_or(values):
    return st.just("auto") | values


LEGAL = {
    "box": {"size": st.tuples(st.integers(1, 40), st.integers(1, 40))},
    "gaussian": {"sigma": SIGMAS, "size": auto_or(SIDES)},
    "binomial": {"size": st.integers(1, 19)},
    "disk": {"radius": st.floats(0, 40)},
    "motion": {"length": st.floats(1, 60), "angle": ANGLES},
    "log": {"sigma": SIGMAS, "size": auto_or(SIDES_OF_TWO)},
    "dog": {
        "sigma": st.floats(0.3, 6),
        "ratio": st.floats(1.01, 4),
        "size": auto_or(SIDES_OF_TWO),
    },
    "unsharp": {"sigma": SIGMAS, "amount": FACTORS, "size": auto_or(SIDES)},
    "high-boost": {"boost": FACTORS, "size": SIDES},
    "emboss": {"angle": ANGLES},
    "line": {
        "angle": ANGLES,
        "size": SIDES_OF_TWO,
        "width": st.floats(1, 1.5),
        "polarity": st.sampled_from(["bright", "dark"]),
    },
    "gabor": {
        "wavelength": st.floats(2, 20),
        "angle": ANGLES,
        "sigma": auto_or(st.floats(1, 6)),
        "aspect": st.floats(0.2, 2),
        "phase": ANGLES,
    },
    "laws": {
        "mask": st.sampled_from([a + b for a in VECTORS for b in VECTORS if a[1] == b[1]]),
    },
}


def a_family(name):
    return st.fixed_dictionaries(LEGAL[name]).map(lambda given: FAMILIES[name](**given))


def some(*names):
    return st.sampled_from(names).flatmap(a_family)


def make(name, **given):
    return FAMILIES[name](**given).weights()


def test_the_legal_settings_above_are_all_the_settings():
    assert {name: list(kinds(family)) for name, family in FAMILIES.items()} == {
        name: list(legal) for name, legal in LEGAL.items()
    }


@pytest.mark.parametrize("name", FAMILIES)
def test_no_setting_has_the_name_of_a_setting_of_convolve(name):
    assert not kinds(FAMILIES[name]).keys() & {*kinds(Convolve), "kernel"}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_default_is_its_own_canonical_value(name):
    family = FAMILIES[name]
    assert {key: getattr(family(), key) for key in kinds(family)} == defaults(family)


@settings(deadline=None)
@given(some(*FAMILIES))
def test_weights_are_finite_and_not_too_many(family):
    weights = family.weights()
    assert weights.dtype == np.float64 and weights.ndim == 2
    assert np.isfinite(weights).all() and weights.any()
    assert max(weights.shape) <= MOST_SIDE and MOST_SIDE**2 <= MOST_WEIGHTS


@settings(deadline=None)
@given(some("box", "binomial", "disk", "motion", "high-boost", "unsharp", "emboss"))
def test_what_keeps_brightness_adds_up_to_its_divisor(family):
    assert family.weights().sum() == pytest.approx(family.divisor, rel=1e-14)


@settings(deadline=None)
@given(some("gaussian"))
def test_a_gaussian_adds_up_to_one(gaussian):
    assert gaussian.weights().sum() == pytest.approx(1, abs=1e-14)


@settings(deadline=None)
@given(some("unsharp", "high-boost", "box", "binomial", "disk"))
def test_what_can_add_up_exactly_does(family):
    assert family.weights().sum() == family.divisor


@settings(deadline=None)
@given(some("log", "dog", "line", "gabor"))
def test_detectors_cancel_exactly_in_any_order(family):
    weights = family.weights().ravel()
    assert weights.sum() == 0
    assert sum(np.random.default_rng(7).permutation(weights)) == 0


@settings(deadline=None)
@given(some("box", "gaussian", "binomial", "disk", "motion", "log", "dog", "unsharp", "line"))
def test_half_a_turn_changes_no_bit(family):
    weights = family.weights()
    np.testing.assert_array_equal(weights, weights[::-1, ::-1])


@settings(deadline=None)
@given(some("gaussian", "binomial", "disk", "log", "dog", "unsharp", "high-boost"))
def test_what_is_alike_in_all_directions_is_symmetric_to_the_bit(family):
    weights = family.weights()
    np.testing.assert_array_equal(weights, weights.T)
    np.testing.assert_array_equal(weights, weights[::-1])


@settings(deadline=None)
@given(some("box", "gaussian", "binomial", "disk", "motion"))
def test_a_mean_has_no_negative_weight(family):
    assert (family.weights() >= 0).all()


@settings(deadline=None)
@given(some("box", "binomial", "disk", "high-boost", "laws"))
def test_weights_that_can_be_whole_numbers_are(family):
    weights = family.weights()
    np.testing.assert_array_equal(weights, np.rint(weights))
    assert np.abs(weights).sum() < 2**53


@settings(deadline=None)
@given(some("line"), some("gabor"), some("log"))
def test_positive_weights_add_up_to_what_is_promised(line, gabor, log):
    for family, total in ((line, 6), (gabor, 1), (log, 0.5)):
        weights = family.weights()
        assert weights[weights > 0].sum() == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("size", [1, 3, 5, 7, 31])
@pytest.mark.parametrize("sigma", [0.5, 1, 1.4, 5])
def test_a_gaussian_is_that_of_opencv(size, sigma):
    # OpenCV fits sizes up to 9 to integers only where sigma is not given.
    curve = cv2.getGaussianKernel(size, sigma)
    np.testing.assert_allclose(
        make("gaussian", sigma=sigma, size=size), curve @ curve.T, atol=1e-15
    )


def test_a_gaussian_of_automatic_size_reaches_three_sigma():
    assert [make("gaussian", sigma=sigma).shape for sigma in (0.3, 1, 1.4, 2)] == [
        (3, 3),
        (7, 7),
        (11, 11),
        (13, 13),
    ]


def test_a_binomial_is_pascals_triangle():
    np.testing.assert_array_equal(make("binomial", size=3), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    np.testing.assert_array_equal(make("binomial", size=2), [[1, 1], [1, 1]])
    np.testing.assert_array_equal(make("binomial", size=7)[0], [1, 6, 15, 20, 15, 6, 1])
    assert FAMILIES["binomial"](size=7).divisor == 2**12


@pytest.mark.parametrize("radius", range(12))
def test_a_disk_is_the_round_one_of_scikit_image(radius):
    disk = skimage.morphology.disk(radius, strict_radius=False)
    np.testing.assert_array_equal(make("disk", radius=radius), disk)


@pytest.mark.parametrize("length", [1, 5, 9])
def test_upright_motion_is_a_row_or_a_column_of_ones(length):
    np.testing.assert_array_equal(make("motion", length=length), np.ones((1, length)))
    np.testing.assert_array_equal(make("motion", length=length, angle=90), np.ones((length, 1)))


def test_motion_at_45_degrees_lies_on_a_slash():
    weights = make("motion", length=9, angle=45)
    slash = np.diag(weights[::-1])
    assert slash[1:-1].min() > 0.7 and slash.sum() > 0.5 * weights.sum()
    assert not np.diag(weights)[:4].any()


@settings(deadline=None)
@given(some("motion"))
def test_motion_has_no_rows_or_columns_to_spare(motion):
    weights = motion.weights()
    assert weights[0].any() and weights[-1].any()
    assert weights[:, 0].any() and weights[:, -1].any()


@pytest.mark.parametrize("name", ["log", "dog"])
def test_log_and_dog_are_bright_in_the_middle_as_edge_is(name):
    weights = make(name)
    middle = len(weights) // 2
    assert weights[middle, middle] == weights.max() > 0


@pytest.mark.parametrize("sigma", [1.4, 2, 3])
def test_log_is_that_of_scipy_with_signs_turned(sigma):
    size = 8 * int(np.ceil(sigma)) + 1
    impulse = np.zeros((size, size))
    impulse[size // 2, size // 2] = 1
    scipy = -ndimage.gaussian_laplace(impulse, sigma, mode="constant", truncate=8)
    ours = make("log", sigma=sigma, size=size)
    np.testing.assert_allclose(ours / ours.max(), scipy / scipy.max(), atol=0.03)


def test_dog_is_the_difference_of_two_gaussians():
    expected = make("gaussian", sigma=2, size=21) - make("gaussian", sigma=3, size=21)
    np.testing.assert_allclose(make("dog", sigma=2, ratio=1.5, size=21), expected, atol=1e-14)


def test_unsharp_adds_what_a_gaussian_takes_away():
    picture = np.random.default_rng(1).random((30, 30))
    blurred = ndimage.correlate(picture, make("gaussian", sigma=2))
    sharp = ndimage.correlate(picture, make("unsharp", sigma=2, amount=0.7))
    np.testing.assert_allclose(sharp, picture + 0.7 * (picture - blurred), atol=1e-12)


def test_unsharp_by_nothing_is_the_identity():
    weights = make("unsharp", amount=0)
    assert weights.sum() == weights.max() == 1


def test_high_boost_adds_the_difference_from_the_mean():
    picture = np.random.default_rng(2).random((30, 30))
    family = FAMILIES["high-boost"](boost=1.7, size=5)
    boosted = ndimage.correlate(picture, family.weights()) / family.divisor
    mean = ndimage.uniform_filter(picture, 5)
    np.testing.assert_allclose(boosted, picture + 1.7 * (picture - mean), atol=1e-12)


def test_high_boost_by_one_is_unsharp_masking_with_a_box():
    family = FAMILIES["high-boost"](boost=1)
    np.testing.assert_array_equal(family.weights(), [[-1, -1, -1], [-1, 17, -1], [-1, -1, -1]])
    assert family.divisor == 9


def test_emboss_lit_from_the_upper_left_is_the_classical_matrix():
    np.testing.assert_array_equal(make("emboss"), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])


@pytest.mark.parametrize("quarters", range(-4, 5))
def test_emboss_turns_with_the_light(quarters):
    turned = make("emboss", angle=135 + 90 * quarters)
    np.testing.assert_array_equal(turned, np.rot90(make("emboss"), quarters))


def test_emboss_lit_from_above_darkens_a_rise_towards_the_light():
    np.testing.assert_array_equal(make("emboss", angle=90), [[-1, -2, -1], [0, 1, 0], [1, 2, 1]])


def test_emboss_between_two_neighbours_takes_the_middle_of_both():
    middle = (make("emboss", angle=90) + make("emboss", angle=135)) / 2
    np.testing.assert_allclose(make("emboss", angle=112.5), middle)


def drawn(angle, size=41, wave=None):
    """Draw a bright line, or stripes, at an angle on the screen, rows growing downward."""
    row, column = np.mgrid[:size, :size] - size // 2
    radians = np.radians(angle)
    across = column * np.sin(radians) + row * np.cos(radians)
    if wave is None:
        return np.clip(1 - np.abs(across), 0, 1)
    return (1 + np.cos(2 * np.pi * across / wave)) / 2


def answer(weights, picture):
    """Give the answer in the middle of the picture."""
    rows, columns = (size // 2 for size in weights.shape)
    middle = len(picture) // 2
    window = picture[middle - rows : middle + rows + 1, middle - columns : middle + columns + 1]
    return (weights * window).sum()


def test_line_at_45_degrees_answers_to_a_slash():
    slash = np.fliplr(np.eye(41))  # from the lower left to the upper right
    answers = {angle: answer(make("line", angle=angle), slash) for angle in range(0, 180, 15)}
    assert max(answers, key=answers.get) == 45
    assert answers[45] > 3 * abs(answers[135])


def test_gabor_at_45_degrees_answers_to_slashes():
    row, column = np.mgrid[:81, :81] - 40
    slashes = (1 + np.cos(2 * np.pi * (row + column) / (8 * np.sqrt(2)))) / 2
    answers = {angle: answer(make("gabor", angle=angle), slashes) for angle in range(0, 180, 15)}
    assert max(answers, key=answers.get) == 45


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_a_line_is_answered_most_by_its_own_angle(angle):
    answers = {a: answer(make("line", angle=a), drawn(angle)) for a in range(0, 180, 15)}
    assert max(answers, key=answers.get) == angle


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_stripes_are_answered_most_by_their_own_angle(angle):
    stripes = drawn(angle, size=81, wave=8)
    answers = {a: answer(make("gabor", angle=a), stripes) for a in range(0, 180, 15)}
    assert max(answers, key=answers.get) == angle


def test_stripes_are_answered_most_by_their_own_wavelength():
    stripes = drawn(30, size=151, wave=8)
    answers = {
        wavelength: answer(make("gabor", angle=30, wavelength=wavelength), stripes)
        for wavelength in (4, 6, 8, 11, 16)
    }
    assert max(answers, key=answers.get) == 8


@pytest.mark.parametrize("angle", [0, 20, 45, 90])
def test_a_dark_line_is_answered_by_dark_polarity(angle):
    dark = 1 - drawn(angle)
    assert answer(make("line", angle=angle, polarity="dark"), dark) > 2
    assert answer(make("line", angle=angle), dark) < -2


def test_the_smallest_upright_lines_are_the_classical_masks():
    horizontal = [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]
    np.testing.assert_array_equal(make("line", size=3), horizontal)
    np.testing.assert_array_equal(make("line", size=3, angle=90), np.transpose(horizontal))


@pytest.mark.parametrize("name", ["line", "gabor", "motion"])
def test_a_quarter_turn_turns_every_bit(name):
    np.testing.assert_array_equal(make(name, angle=120), np.rot90(make(name, angle=30)))
    np.testing.assert_array_equal(make(name, angle=390), make(name, angle=30))


def test_a_wide_line_is_answered_most_by_its_own_width():
    picture = np.zeros((41, 41))
    picture[19:22] = 1
    answers = {width: answer(make("line", size=15, width=width), picture) for width in (1, 3, 7)}
    assert max(answers, key=answers.get) == 3


@pytest.mark.parametrize("angle", [0, 30, 77])
def test_gabor_is_that_of_opencv_less_its_mean(angle):
    sigma, wavelength, aspect = 3.0, 6.0, 0.5
    ours = make("gabor", wavelength=wavelength, angle=angle, sigma=sigma, aspect=aspect)
    theta = np.radians(90 - angle)  # OpenCV's angle is that of the wave, ours of the stripes
    size = ours.shape[::-1]
    wave = cv2.getGaborKernel(size, sigma, theta, wavelength, aspect, psi=0)
    curve = cv2.getGaborKernel(size, sigma, theta, 1e12, aspect, psi=0)
    theirs = wave - curve * wave.sum() / curve.sum()
    np.testing.assert_allclose(ours, theirs / theirs[theirs > 0].sum(), atol=1e-12)


def test_gabor_with_phase_90_answers_to_an_edge_and_not_to_a_line():
    picture = np.zeros((81, 81))
    picture[41:] = 1
    assert abs(answer(make("gabor", phase=90), picture)) > 0.3
    assert abs(answer(make("gabor", phase=90), drawn(0, 81))) < 1e-9


def test_laws_first_vector_goes_down_and_the_second_across():
    weights = make("laws", mask="E5L5")
    np.testing.assert_array_equal(weights[:, 0], [-1, -2, 0, 2, 1])
    np.testing.assert_array_equal(weights[-1], [1, 4, 6, 4, 1])


def test_laws_three_are_the_building_blocks_of_five():
    np.testing.assert_array_equal(np.convolve(VECTORS["l3"], VECTORS["l3"]), VECTORS["l5"])
    np.testing.assert_array_equal(np.convolve(VECTORS["l3"], VECTORS["e3"]), VECTORS["e5"])
    np.testing.assert_array_equal(np.convolve(VECTORS["l3"], VECTORS["s3"]), VECTORS["s5"])
    np.testing.assert_array_equal(
        np.convolve(VECTORS["e3"], VECTORS["s3"]), -np.array(VECTORS["w5"])
    )
    np.testing.assert_array_equal(np.convolve(VECTORS["s3"], VECTORS["s3"]), VECTORS["r5"])


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(
        [
            ("box", {"size": MOST_SIDE}),
            ("gaussian", {"sigma": 166}),
            ("disk", {"radius": 499}),
            ("motion", {"length": 998, "angle": 0.05}),
            ("log", {"sigma": 166}),
            ("dog", {"sigma": 82, "ratio": 2}),
            ("line", {"size": MOST_SIDE, "angle": 33}),
            ("gabor", {"wavelength": 140, "angle": 45}),
        ]
    )
)
def test_the_largest_kernels_are_made_within_the_limit(largest):
    name, given = largest
    weights = make(name, **given)
    assert max(weights.shape) <= MOST_SIDE and np.isfinite(weights).all()


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("box", {"size": 0}, "size is 1 or more, not 0"),
        ("box", {"size": (3, 1001)}, "size is 999 or less, not 3x1001"),
        ("gaussian", {"sigma": 0}, r"sigma is 0\.1 or more, not 0"),
        ("gaussian", {"sigma": 167}, "sigma is 166 or less, not 167"),
        ("gaussian", {"size": 4}, "size is an odd number, not 4"),
        ("gaussian", {"size": "big"}, "size is auto, or N, not 'big'"),
        ("gaussian", {"sigma": float("nan")}, "sigma is a finite number"),
        ("binomial", {"size": 20}, "size is 19 or less, not 20"),
        ("disk", {"radius": 500}, "radius is 499 or less, not 500"),
        ("disk", {"radius": -1}, "radius is 0 or more, not -1"),
        ("motion", {"length": 999}, "length is 998 or less, not 999"),
        ("motion", {"angle": float("inf")}, "angle is a finite number"),
        ("log", {"size": 1}, "size is 3 or more, not 1"),
        ("dog", {"ratio": 1}, r"ratio is 1\.01 or more, not 1"),
        ("dog", {"sigma": 100, "ratio": 2}, "sigma times ratio is 166 or less, not 200"),
        ("unsharp", {"amount": -1}, "amount is 0 or more, not -1"),
        ("high-boost", {"boost": 101}, "boost is 100 or less, not 101"),
        ("line", {"size": 2}, "size is 3 or more, not 2"),
        ("line", {"width": 4}, "width is half of size=7 or less, not 4"),
        ("line", {"polarity": "grey"}, "polarity is one of bright, dark, not 'grey'"),
        ("gabor", {"wavelength": 1}, "wavelength is 2 or more, not 1"),
        ("gabor", {"wavelength": 400}, "these settings make a kernel of 1347x2691; 999 rows"),
        ("laws", {"mask": "x5y5"}, "mask is two of l5, .* as in l5e5, not 'x5y5'"),
        ("laws", {"mask": "l3e5"}, "mask is two of l5, .* not 'l3e5'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name, given, message):
    with pytest.raises(SettingError, match=message):
        FAMILIES[name](**given)
