"""The page and the sheet of what was learned show the numbers of the report, and no others."""

import html
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from pages import Checker

from filterkit import Convolve, Kernel, Pipeline, apply, parse
from filterkit.learning.learning import learn
from filterkit.learning.report import Comparison, Report
from filterkit.viewing.beside import panels
from filterkit.viewing.curve import FLOOR, Curve, svg
from filterkit.viewing.figures import share
from filterkit.viewing.heat import heat
from filterkit.viewing.learned_page import page, sheet
from filterkit.viewing.matrices import matrices_of

RANDOM = np.random.default_rng(0)
BEFORE = RANDOM.integers(0, 256, (40, 50, 3), dtype=np.uint8)
AFTER = RANDOM.integers(0, 256, (40, 50, 3), dtype=np.uint8)

FULL = Report(
    shape="3x3", sharing="shared", space="srgb", examples=("a.png -> b.png", "c.png -> d.png"),
    optimizer="nesterov", steps=1234, losses=((0, 51.5), (1, 4.75), (10, 0.5), (1234, 0.0)),
    windows=56789, clipped=0.0125, residual=0.281, psnr=51.23, exact=0.98765, within_one=0.99999999,
    r2=0.9987, condition=123456.0, separable=0.875, border="wrap", exactly="[1 2 1]T [1 2 1] / 16",
    notes=("there is noise of 0.31 grey levels, which no kernel explains",),
    comparisons=(Comparison("a.png -> b.png", BEFORE, AFTER, AFTER),),
)  # fmt: skip
BARE = replace(
    FULL, losses=((0, 0.0),), psnr=math.inf, r2=math.nan, condition=None, separable=None, border="",
    exactly="", notes=(), comparisons=(),
)  # fmt: skip
WILD = replace(
    BARE, losses=((0, math.inf), (3, 2.0), (5, math.nan)), residual=math.nan, psnr=math.nan,
    r2=-math.inf, clipped=math.nan, condition=math.inf, deviations=np.full((1, 1, 3, 3), np.inf),
)  # fmt: skip
REPORTS = {"full": FULL, "bare": BARE, "wild": WILD, "none": replace(BARE, losses=())}
SHAPES = [(1, 1, 1, 1), (1, 1, 3, 3), (3, 3, 5, 5), (1, 1, 25, 25), (1, 1, 1, 400), (1, 1, 7, 1)]


def filter_of(shape):
    return Pipeline([Convolve(Kernel(np.random.default_rng(1).normal(size=shape)))])


def words(content):
    return " ".join(Checker(content).words)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_whole_fetches_nothing_and_shows_only_numbers(shape, name):
    content = page(filter_of(shape), REPORTS[name])
    checked = Checker(content)
    checked.assert_fetches_nothing()
    assert "url(" not in content and "@import" not in content
    told = [*checked.words, *(v for _, key, v in checked.given if key in ("alt", "aria-label"))]
    assert not re.search(r"\b(nan|inf|infinity|None)\b", " ".join(told), re.IGNORECASE)
    assert not re.search(r'="-?(nan|inf)', content)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", REPORTS)
def test_a_sheet_is_as_wide_as_promised(shape, name):
    image = sheet(filter_of(shape), REPORTS[name])
    assert image.dtype == np.uint8
    assert image.shape[1:] == (1200, 3)
    assert (image[:, -8:] == 255).all()


def test_the_figures_are_those_of_the_report():
    told = words(page(filter_of((1, 1, 3, 3)), FULL))
    for text in (
        "0.281 grey levels", "0.289", "51.2 dB", "98.765 %", "above 99.9999 %", "99.87 %",
        "1,234 steps of nesterov", "56,789", "1.25 %", "123,000", "87.5 %", "wrap", "srgb",
        "[1 2 1]T [1 2 1] / 16", "There is noise of 0.31 grey levels", "a.png → b.png and 1 more",
    ):  # fmt: skip
        assert text in told, text


def test_no_difference_is_said_in_words():
    assert "no pixel differs" in words(page(filter_of((1, 1, 1, 1)), BARE))


def test_a_share_is_never_rounded_to_all_or_none():
    assert share(1.0) == "100 %"
    assert share(0.0) == "0 %"
    assert share(1 - 1e-12) == "above 99.9999 %"
    assert share(1e-12) == "below 0.0001 %"
    assert share(-0.5) == "-50 %"


def test_the_curve_has_every_loss():
    drawn = svg(Curve.of(FULL.losses))
    assert drawn.count("<circle") == len(FULL.losses)
    for steps, loss in FULL.losses:
        assert f"step {steps:,}: {loss:.4g} grey levels" in drawn


@pytest.mark.parametrize(
    "losses", [(), ((0, 0.0),), ((7, 1e9),), ((0, 1e-30), (10**6, 0.0)), FULL.losses], ids=str
)
def test_the_curve_stays_within_its_frame(losses):
    curve = Curve.of(losses)
    places = [at for one in curve.points for at in (one.along, one.up)]
    ticks = [one.at for one in (*curve.along, *curve.up)]
    assert all(0 <= at <= 1 for at in (*places, *ticks, curve.rounding))
    assert len({one.text for one in curve.up}) == len(curve.up) >= 2


def test_a_loss_of_nothing_lies_at_the_foot_of_the_curve():
    curve = Curve.of(((0, 1.0), (1, 0.0)))
    assert curve.points[-1].up == 0
    assert curve.up[0].text == f"0…{FLOOR:g}"


def test_weights_and_standard_errors_are_in_the_page():
    step = parse("[-1.5 2 0.2512]").steps[0]
    report = replace(BARE, deviations=np.array([[[[0.5, 0.03, 0.004]]]]))
    content = page(Pipeline([step]), report)
    for weight, error in (("-1.500", "±0.5"), ("2.000", "±0.03"), ("0.251", "±0.004")):
        assert (
            f'<td title="standard error {error[1:]}">{weight}<small>{error}</small></td>' in content
        )


def test_standard_errors_are_as_large_as_the_weights_that_are_divided_afterwards():
    step = Convolve(Kernel([[1, 2, 1]]), divide=-4)
    report = replace(BARE, deviations=np.full((1, 1, 1, 3), 0.01))
    ((matrix,),) = (one.shown for one in matrices_of(Pipeline([step]), report))
    assert matrix.numbers == [["-1", "-2", "-1"]]
    assert matrix.errors == [["±0.04"] * 3]
    assert "the sum is divided by 4" in words(page(Pipeline([step]), report))


def test_only_the_last_kernel_that_fits_them_has_the_standard_errors():
    two = Pipeline([Convolve(Kernel([[1, 2, 3]])), Convolve(Kernel([[3, 2, 1]]))])
    first, last = matrices_of(two, replace(BARE, deviations=np.ones((1, 1, 1, 3))))
    assert first.shown[0].deviations is None
    assert last.shown[0].deviations is not None


def test_every_map_and_channel_has_its_heading_and_zeros_by_meaning_have_none():
    filter = filter_of((3, 3, 5, 5))
    told = words(page(filter, FULL))
    for name in ("map 1, channel 1", "map 2, channel 3", "map 3, channel 3"):
        assert name in told
    told = words(page(filter, replace(FULL, sharing="per-channel")))
    assert "map 2, channel 2" in told
    assert "map 2, channel 3" not in told


def test_a_very_large_kernel_is_only_a_picture_that_is_told_in_words():
    checked = Checker(page(filter_of((1, 1, 25, 25)), BARE))
    assert ("table", "class", "matrix") not in checked.given
    assert any(
        key == "alt" and value.startswith("25x25 weights") for _, key, value in checked.given
    )


def test_colours_are_symmetric_round_zero_and_signs_are_marked():
    image = heat(np.array([[-1.0, 0.0, 1.0]]), cell=24).astype(int)
    minus, zero, plus = (image[1:23, at + 1 : at + 23] for at in (0, 24, 48))
    assert (zero == 255).all()
    brightness = [one[1, 1] @ (0.2126, 0.7152, 0.0722) for one in (minus, plus)]
    assert abs(brightness[0] - brightness[1]) < 10
    assert (minus == 255).all(axis=2).sum() < (plus == 255).all(axis=2).sum()
    assert (heat(np.zeros((2, 2)), cell=4) == 255).all()


def test_the_difference_is_mid_grey_where_nothing_differs_and_says_its_gain():
    learned = AFTER.copy()
    learned[0, 0] = np.where(AFTER[0, 0] < 255, AFTER[0, 0] + 1, 254)
    *_, difference = panels(Comparison("", BEFORE, AFTER, learned))
    assert (difference.image[1:] == 128).all()
    assert set(difference.image[0, 0]) <= {96, 160}
    assert difference.about.startswith("x32: ")
    assert "1 grey level at the most" in difference.about
    *_, difference = panels(Comparison("", BEFORE, AFTER, AFTER))
    assert (difference.image == 128).all()
    assert difference.about == "no pixel differs here"


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_pictures_of_any_channels_and_of_two_sizes_are_shown(channels):
    small = RANDOM.integers(0, 256, (9, 11, channels), dtype=np.uint8)
    report = replace(FULL, comparisons=(Comparison("one", BEFORE, small, small[::-1]),))
    assert page(filter_of((1, 1, 3, 3)), report).count("data:image/png") == 5
    assert sheet(filter_of((1, 1, 3, 3)), report).shape[1] == 1200


def test_names_cannot_break_the_page_and_the_command_can_be_pasted():
    evil = "<script>alert(1)</script>\udcff\n.png -> b.png"
    report = replace(FULL, examples=(evil,), comparisons=(Comparison(evil, AFTER, AFTER, AFTER),))
    content = page(filter_of((1, 1, 1, 1)), report, "./it's mine.toml")
    assert "script" not in Checker(content).tags
    content.encode()
    (command,) = (one for one in html.unescape(content).split("<code>") if "photo.png" in one)
    assert command.startswith("""filterkit apply './it'"'"'s mine.toml' photo.png""")
    assert "filterkit apply ./mine.toml photo.png" in page(filter_of((1, 1, 1, 1)), report)
    assert sheet(filter_of((1, 1, 1, 1)), report).shape[1] == 1200


def test_what_a_real_fit_found_is_in_its_page():
    found = learn(BEFORE, apply(BEFORE, "sharpen"), "3x3", optimizer="exact")
    told = words(page(*found))
    for row in (["0", "-1", "0"], ["-1", "5", "-1"]):
        assert " ".join(row) in re.sub(r"\s*±\S+", "", told)
    assert f"{found.report.windows:,}" in told
    assert sheet(*found).shape[1] == 1200


@pytest.mark.parametrize("weights", [np.zeros((3, 3)), np.full((2, 2), 1e-12), np.eye(3) * 1e9])
def test_weights_of_any_size_are_drawn(weights):
    filter = Pipeline([Convolve(Kernel(weights), bias=-0.5)])
    Checker(page(filter, FULL))
    assert sheet(filter, FULL).shape[1] == 1200
