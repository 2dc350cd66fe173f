"""ImageMagick's named kernels have the numbers that ImageMagick prints for them.

`pytest tests/test_imagemagick_named.py --regenerate` asks ImageMagick anew, where it is there.
"""

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterkit.errors import FilterError, SettingError, UnknownNameError
from filterkit.filters.tools.imagemagick.named import DISTANCES, KERNELS, PATTERNS, named
from filterkit.filters.tools.imagemagick.rotating import all_rotations, expanded, rotated
from filterkit.filters.tools.laid import Laid, middle

GOLDEN = Path(__file__).parent / "golden" / "imagemagick-kernels.txt"
BLOCKS = GOLDEN.read_text(encoding="utf-8").split("\n\n")
ASKED = [block.splitlines()[0] for block in BLOCKS]
"""What was asked of ImageMagick: names, and matrices to be turned. To ask more, write a line and
an empty line into the golden file, and regenerate it."""


def tool():
    """Find ImageMagick, or nothing: Windows has a convert of its own."""
    for name in ("magick", "convert"):
        if shutil.which(name):
            ran = subprocess.run([name, "-version"], capture_output=True, text=True)
            if "ImageMagick" in ran.stdout:
                return name
    return None


TOOL = tool()
beside_imagemagick = pytest.mark.skipif(TOOL is None, reason="ImageMagick is not installed")


def printed(texts):
    """Ask ImageMagick what kernels are: a list of (rows, row and column of the origin)."""
    ran = subprocess.run(
        [TOOL, "xc:", "-precision", "17", "-define", "showkernel=1", "-morphology", "Convolve:0",
         " ; ".join(texts), "null:"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    kernels = []
    for line in ran.stderr.splitlines():
        if found := re.search(r'" of size \d+x\d+\+(\d+)\+(\d+) with', line):
            kernels.append(([], (int(found[2]), int(found[1]))))
        elif found := re.match(r" *\d+: (.*)", line):
            kernels[-1][0].append([float(word) for word in found[1].split()])
    return kernels


def asked(text):
    """Read a kernel as ASKED has it, far simpler than ImageMagick does, and make it."""
    name, _, rest = text.partition(":")
    if name[0].isdigit():
        columns, rows, *origin = map(int, re.findall(r"\d+", name))
        numbers = iter([float(one) for one in rest.split(",")])
        laid = Laid(tuple(tuple(next(numbers) for _ in range(columns)) for _ in range(rows)))
        anchor = (origin[1], origin[0]) if origin else middle(laid.size)
        laid = Laid(laid.rows, anchor=None if anchor == middle(laid.size) else anchor)
        return expanded(laid, name[-1])
    flag = rest[-1:] if rest[-1:] in "@><" else ""
    numbers = [float(one) for one in re.findall(r"[+-]?[\d.]+", rest)]
    return named(name, [None, *numbers] if rest.startswith("x") else numbers, flag)


def assert_same(kernels, expected):
    """Insist on equal sizes, origins and weights; a hole counts 0 in a kernel that has no holes."""
    assert [kernel.size for kernel in kernels] == [(len(a), len(a[0])) for a, _ in expected]
    assert [kernel.anchor or middle(kernel.size) for kernel in kernels] == [o for _, o in expected]
    for kernel, (rows, _) in zip(kernels, expected, strict=True):
        ours, theirs = np.array(kernel.rows), np.array(rows)
        if not np.isnan(ours).any():
            theirs = np.nan_to_num(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)


def golden_text():
    """Write down what ImageMagick prints: the argument, then each kernel's size, origin, rows."""
    blocks = []
    for text in ASKED:
        lines = [text]
        for rows, (row, column) in printed([text]):
            lines.append(f"= {len(rows)} rows, {len(rows[0])} columns, origin {row} {column}")
            lines += [" ".join(f"{one:.12g}" for one in weights) for weights in rows]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


@pytest.fixture(scope="module")
def golden(request):
    """What ImageMagick printed for each of ASKED."""
    if request.config.getoption("--regenerate") and TOOL:
        GOLDEN.write_text(golden_text(), encoding="utf-8")
    known = {}
    for block in GOLDEN.read_text(encoding="utf-8").split("\n\n"):
        text, *lines = block.splitlines()
        known[text] = []
        for line in lines:
            if line.startswith("="):
                known[text].append(([], tuple(map(int, line.split()[-2:]))))
            else:
                known[text][-1][0].append([float(word) for word in line.split()])
    return known


def test_every_name_has_been_asked_for():
    names = {text.partition(":")[0].lower() for text in ASKED}
    assert {name.lower() for name in KERNELS} <= names


@pytest.mark.parametrize("text", ASKED)
def test_a_kernel_has_the_numbers_that_imagemagick_printed(text, golden):
    assert_same(asked(text), golden[text])


HUNDREDTHS = st.integers(10, 600).map(lambda hundredths: hundredths / 100)
RADII = st.sampled_from([0, 0, 0.5]) | st.integers(1, 6)
SCALES = st.integers(-3, 3) | st.integers(-300, 300).map(lambda hundredths: hundredths / 100)
ANGLES = st.integers(-800, 800) | st.integers(-40, 40).map(lambda one: 22.5 * one)
QUARTERS = st.integers(-44, 44).flatmap(
    lambda off: st.integers(-9, 9).map(lambda quarters: 90 * quarters + off / 2)
)
SWEPT = {
    "Unity": [SCALES],
    "Gaussian": [RADII, HUNDREDTHS | st.just(0)],
    "DoG": [RADII, HUNDREDTHS, st.just(0) | st.integers(601, 900).map(lambda one: one / 100)],
    "LoG": [RADII, HUNDREDTHS | st.just(0)],
    "Blur": [RADII, HUNDREDTHS | st.just(0), QUARTERS],
    "Comet": [RADII, HUNDREDTHS | st.just(0), QUARTERS],
    "Binomial": [RADII],
    "Laplacian": [st.sampled_from([0, 1, 2, 3, 5, 7, 15, 19])],
    **{name: [ANGLES] for name in ("Sobel", "Roberts", "Prewitt", "Compass", "Kirsch")},
    "FreiChen": [st.sampled_from([0, 1, 2, *range(10, 20)]), ANGLES],
    **{name: [RADII, SCALES] for name in ("Diamond", "Square", "Octagon", "Plus", "Cross")},
    "Disk": [st.sampled_from([0, 0.3]) | st.integers(1, 6), SCALES],
    "Rectangle": [st.integers(0, 7), st.integers(0, 7)],
    "Ring": [st.integers(0, 3), st.integers(4, 7), st.integers(-3, 3)],
}


@st.composite
def asks(draw):
    """The name of a kernel and some or all of the numbers behind it."""
    name = draw(st.sampled_from(list(SWEPT)))
    arguments = [draw(one) for one in SWEPT[name]]
    least = 2 if any(one.needed for one in KERNELS[name].takes) else 0
    return name, arguments[: draw(st.integers(least, len(arguments)))]


def test_the_sweep_below_draws_every_name():
    assert set(SWEPT) == set(KERNELS)


@beside_imagemagick
@settings(max_examples=60)
@given(st.lists(asks(), min_size=1, max_size=15))
def test_any_numbers_behind_any_name_give_what_imagemagick_makes(several):
    texts = [f"{name}:{','.join(map(str, numbers))}" for name, numbers in several]
    ours = [kernel for name, numbers in several for kernel in named(name, numbers)]
    assert_same(ours, printed(texts))


WEIGHTS = st.integers(-9, 9)


@st.composite
def matrices(draw):
    """A matrix that ImageMagick can turn, its origin anywhere, and a flag for its size."""
    side = draw(st.integers(1, 5))
    flag = draw(st.sampled_from("@><" if side in (1, 3) else "><"))
    shapes = [(side, side)] if flag == "@" else [(side, side), (1, side), (side, 1)]
    rows, columns = draw(st.sampled_from(shapes))
    row, column = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
    weights = [draw(WEIGHTS | st.just("nan")) for _ in range(rows * columns - 1)]
    weights = draw(st.permutations([*weights, 1]))  # not holes alone
    return f"{columns}x{rows}+{column}+{row}{flag}:{','.join(map(str, weights))}"


@beside_imagemagick
@settings(max_examples=60)
@given(st.lists(matrices(), min_size=1, max_size=15))
def test_a_matrix_turns_as_imagemagick_turns_it(texts):
    assert_same([kernel for text in texts for kernel in asked(text)], printed(texts))


@given(st.lists(WEIGHTS, min_size=9, max_size=9), st.integers(0, 2), st.integers(0, 2))
def test_eight_eighths_of_a_turn_and_four_quarters_change_nothing(weights, row, column):
    rows = tuple(tuple(map(float, weights[start : start + 3])) for start in (0, 3, 6))
    laid = Laid(rows, anchor=None if (row, column) == (1, 1) else (row, column))
    once = laid
    for _ in range(8):
        once = rotated(once, 45)
    assert once == laid
    assert rotated(rotated(laid, 45), 45) == rotated(laid, 90)
    assert rotated(laid, 180) == laid.turned()
    assert rotated(laid, -90) == rotated(laid, 270) == rotated(rotated(laid, 180), 90)
    np.testing.assert_array_equal(rotated(laid, 90).rows, np.rot90(laid.rows, -1))


def test_a_kernel_of_infinite_weights_comes_back_too():
    rows = ((math.inf, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert len(all_rotations(Laid(rows), 45)) == 8


@pytest.mark.parametrize(
    ("name", "numbers"), [("Disk", [3.5]), ("Diamond", [2.9]), ("Ring", [1, 3.3]), ("Plus", [1.5])]
)
def test_of_a_radius_between_two_the_whole_part_makes_the_size(name, numbers):
    (kernel,) = named(name, numbers)
    assert kernel.size == (2 * int(max(numbers)) + 1,) * 2


def test_a_disk_of_three_and_a_half_is_round():
    assert [sum(row) for row in named("Disk", [3.5])[0].rows] == [3, 5, 7, 7, 7, 5, 3]


def test_the_size_of_a_kernel_is_no_more_than_imagemagick_takes_however_wide_it_is():
    assert named("Gaussian", [0, 9000])[0].size == (255, 255)


def test_hyphens_and_capitals_of_a_name_do_not_matter():
    assert named("FREI-chen", [12]) == named("FreiChen", [12]) == named("frei_chen", [12])


def test_the_nine_of_frei_and_chen_are_those_from_11_to_19():
    assert named("FreiChen", [10]) == sum((named("FreiChen", [one]) for one in range(11, 20)), ())


def test_missing_numbers_are_what_is_said_of_them():
    for name in ("Blur", "Comet", "Gaussian", "LoG", "DoG"):
        assert named(name, [None, 2]) == named(name, [0, 2]) == named(name, [0, 2, None, None])
    assert named("DoG", [0, 2]) == named("DoG", [0, 2, 0])
    assert named("Rectangle", [None, 4]) == named("Rectangle", [4]) == named("Rectangle", [4, 4])


@pytest.mark.parametrize("wrong", [*PATTERNS, *DISTANCES])
def test_what_is_no_sum_of_products_is_told_so(wrong):
    with pytest.raises(FilterError, match="no sum of products") as caught:
        named(wrong.lower(), [])
    assert caught.value.sentence.startswith(wrong)
    assert caught.value.advice


ALL = ", ".join(KERNELS)
MISTAKES = {
    "nearest": (
        ["Gausian", [0, 2]], UnknownNameError,
        "ImageMagick has no kernel 'Gausian'; the nearest is Gaussian.", f"one of {ALL}",
    ),
    "two near": (
        ["Octagonl", []], UnknownNameError,
        "ImageMagick has no kernel 'Octagonl'; the nearest are Octagonal, Octagon.",
        f"one of {ALL}",
    ),
    "none near": (
        ["\x1b[2J", []], UnknownNameError,
        "ImageMagick has no kernel '\\x1b[2J'.", f"one of {ALL}",
    ),
    "pattern": (
        ["Line-Ends", [1]], FilterError,
        "LineEnds is a pattern that is found or missed, with pixels that do not count, and no sum "
        "of products.",
        "filterkit's line, which answers to lines",
    ),
    "distance": (
        ["euclidean", []], FilterError,
        "Euclidean measures distances, of which the least counts, and is no sum of products.",
        "cv2.distanceTransform, in Python",
    ),
    "no sigma": (
        ["Gaussian", [2]], SettingError,
        "Gaussian needs a sigma, its second number; ImageMagick takes 0 instead, which blurs "
        "nothing.",
        "Gaussian:0x2",
    ),
    "sigma below 0": (
        ["LoG", [0, -1.5]], SettingError, "the sigma of LoG is 0 or more, not -1.5.", "",
    ),
    "radius below 0": (
        ["Disk", [-2]], SettingError, "the radius of Disk is 0 or more, not -2.", "",
    ),
    "no number": (
        ["Sobel", [math.nan]], SettingError, "the angle of Sobel is a finite number, not 'nan'.",
        "",
    ),
    "one too many": (
        ["Sobel", [0, 45]], SettingError,
        "Sobel takes angle and no more: 45 would mean nothing.", "Sobel:angle",
    ),
    "kind of Laplacian": (
        ["Laplacian", [4]], SettingError,
        "Laplacian comes in the kinds 0, 1, 2, 3, 5, 7, 15, 19, not 4.", "",
    ),
    "kind of FreiChen": (
        ["FreiChen", [1.5, 45]], SettingError,
        "FreiChen comes in the kinds 0, 1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, not 1.5.", "",
    ),
    "far too wide": (
        ["Disk", [1e300]], SettingError,
        "a radius of 1e+300 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "just too wide": (
        ["Gaussian", [500, 2]], SettingError,
        "a radius of 500 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "square": (
        ["Square", [1.7e308]], SettingError,
        "a radius of 1.7e+308 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "ring": (
        ["Ring", [1, 1e200]], SettingError,
        "a radius of 1e+200 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "row": (
        ["Blur", [500_000, 1]], SettingError,
        "a radius of 500000 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "tail": (
        ["Comet", [1_000_001, 1]], SettingError,
        "a width of 1000001 makes more weights than the 1000000 that a kernel has at most.", "",
    ),
    "rectangle": (
        ["Rectangle", [2000, 1000]], SettingError,
        "a rectangle of 2000 columns and 1000 rows makes more weights than the 1000000 that a "
        "kernel has at most.",
        "",
    ),
    "binomial": (
        ["Binomial", [9]], SettingError,
        "the radius of Binomial is 8 or less, not 9: ImageMagick's own numbers overflow beyond.",
        "Gaussian, with the root of half the radius for sigma",
    ),
    "origin": (
        ["Rectangle", [3, 2, 3, 0]], SettingError,
        "the origin +3+0 of Rectangle lies outside its 3 columns and 2 rows.", "+2+1 at most",
    ),
    "fraction of a ring": (
        ["Ring", [1, 3, 0.5]], SettingError,
        "the scale of Ring is a whole number, not 0.5.", "",
    ),
    "empty ring": (
        ["Ring", [2.4, 2.7]], SettingError,
        "no pixel lies between the radii 2.4 and 2.7 of Ring.", "radii that are farther apart",
    ),
    "wide": (
        ["LoG", [0, 1000]], SettingError,
        "every weight of this kernel is 0 in ImageMagick.",
        "a smaller sigma, or two of them that differ",
    ),
    "two alike": (
        ["DoG", [0, 2, 2]], SettingError,
        "every weight of this kernel is 0 in ImageMagick.",
        "a smaller sigma, or two of them that differ",
    ),
    "wider than numbers": (
        ["Gaussian", [0, 1e300]], SettingError,
        "every weight of this kernel is 0 in ImageMagick.",
        "a smaller sigma, or two of them that differ",
    ),
    "oblique blur": (
        ["Blur", [2, 1, 45]], FilterError,
        "ImageMagick turns only 3x3 kernels by 45 degrees, and this one is 1x5.",
        "a multiple of 90 degrees; for a list, > instead of @",
    ),
    "oblique octagon": (
        ["Octagon", [], "@"], FilterError,
        "ImageMagick turns only 3x3 kernels by 45 degrees, and this one is 5x5.",
        "a multiple of 90 degrees; for a list, > instead of @",
    ),
    "turned rectangle": (
        ["Rectangle", [4, 2], ">"], FilterError,
        "ImageMagick turns no 2x4 kernel by 90 degrees, but only squares, single rows and single "
        "columns.",
        "write the turned kernel out",
    ),
    "turned list": (
        ["FreiChen", [10], ">"], FilterError,
        "> turns no list, and this FreiChen is one of 9 kernels.",
        "FreiChen:11> for the first of them",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told(case):
    given, kind, sentence, advice = MISTAKES[case]
    with pytest.raises(kind) as caught:
        named(*given)
    assert type(caught.value) is kind
    assert (caught.value.sentence, caught.value.advice) == (sentence, advice)


def test_the_largest_that_are_allowed_are_made():
    assert named("Disk", [499])[0].size == (999, 999)
    assert named("Square", [499.5])[0].size == (1000, 1000)
    assert named("Rectangle", [1, 1_000_000])[0].size == (1_000_000, 1)


def test_a_name_becomes_numbers_without_numpy():
    code = (
        "import sys; from filterkit.filters.tools.imagemagick.named import named;"
        "named('Sobel', [45], '@'); named('Gaussian', [0, 2]); assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
