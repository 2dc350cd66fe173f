"""What is written for a tool is read back as the same kernel; what cannot be is refused."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import kernels

import filterkit
from filterkit.errors import FilterError, UsageError
from filterkit.filters.catalogue import files, readable
from filterkit.filters.meaning import made, parse
from filterkit.filters.tools.known import HOMES, READ, tool
from filterkit.filters.tools.laid import Laid, laid_of, middle
from filterkit.filters.tools.reading import foreign
from filterkit.filters.tools.writing import exported
from filterkit.filters.tree import Side
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Shape

ROUND_TRIPS = {
    "asymmetric": "[1 2 3; 4 -5 6; -7 2 -4]:divide=2",
    "even, 2x4": "[1 2 3 -3; 4 -5 -3 2]",
    "sums to 0": "[-1 0 1; -2 0 2; -1 0 1]",
    "negative sum": "[-1 -2 -1; 0 1 0; 0 0 1]:divide=-2",
    "a row": "[1 4 6 4 1]:divide=16",
    "a column": "[1; 2; 1]:divide=4",
    "1e-7": "[-0.0000001 0.25 0.3333333333333333; 0 1.5 0; 0 0 -1]:divide=1.0833332333333332",
    "fractions": "[1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9]",
}
"""Kernels whose weights add up to the divisor or to 0, so that every tool can hold them."""


def there_and_back(step, name, folder):
    """Export a step, put it into a file, and read that."""
    known = tool(name)
    path = folder / f"kernel{known.ending or '.txt'}"
    path.write_bytes(exported(step, known).content)
    return made(foreign(str(path), name))


def effective(step):
    """The weights with their divisor, without rows and columns of zeros around, and the bias."""
    (convolve,) = step.steps
    kernel = laid_of(convolve)[0].odd((13, 13))
    return np.array(kernel.divided()), kernel.bias


def assert_same(step, other, tolerance=1e-9):
    (weights, bias), (others, other_bias) = effective(step), effective(other)
    np.testing.assert_allclose(others, weights, atol=tolerance * np.abs(weights).sum() + 1e-15)
    assert other_bias == pytest.approx(bias, abs=1e-12)


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("kernel", ROUND_TRIPS)
def test_what_is_exported_comes_back(name, kernel, tmp_path):
    step = parse(ROUND_TRIPS[kernel])
    rounded = name == "ffmpeg" and kernel == "1e-7"
    assert_same(step, there_and_back(step, name, tmp_path), 1e-4 if rounded else 1e-9)


@pytest.mark.parametrize("name", READ)
@settings(max_examples=40)
@given(kernels(), st.sampled_from([1.0, 9.0, -3.0, 0.5]), st.sampled_from([0, 0.25, -0.5]))
def test_any_kernel_comes_back_or_is_refused(tmp_path_factory, name, kernel, divide, bias):
    step = Pipeline([Convolve(kernel.weights[:1], divide=divide, bias=bias)])
    try:
        back = there_and_back(step, name, tmp_path_factory.mktemp("back"))
    except FilterError as error:
        assert error.advice
        assert bias or name == "graphicsmagick"
        return
    assert_same(step, back, 1e-5)


@pytest.mark.parametrize("name", ["imagemagick", "npy", "toml"])
def test_several_kernels_come_back_side_by_side(name, tmp_path):
    bank = parse("[1 2 3; 4 5 6; 7 8 9] & [0 1 0; 1 -4 1; 0 1 0]:divide=2")
    back = there_and_back(bank, name, tmp_path)
    image = np.random.default_rng(0).random((9, 8, 1))
    np.testing.assert_allclose(back(image), bank(image), atol=1e-12)


@pytest.mark.parametrize("text", [
    '3 1 1 0\r\n1 2 3\r\n', "\ufeff3 1 1 0\n1 2 3\n", "3 1\n1 2 3", "3\t1\t1\n1\t2\t3\n\n",
])  # fmt: skip
def test_line_ends_and_marks_of_other_systems_are_read(text, tmp_path):
    path = tmp_path / "kernel.mat"
    path.write_bytes(text.encode())
    assert str(made(foreign(text, "vips"))) == "[1 2 3]"
    np.testing.assert_array_equal(parse(f'"{path}"').steps[0].kernel.weights[0, 0], [[1, 2, 3]])


@pytest.mark.parametrize("text", [
    "# divide=4 bias=0.5 border=zero\r\n1;2;1\r\n", "1\t2\t1\n#divide=4  bias=.5 border=zero",
    "# divide = 4, border=zero\n1,2,1 # Bias: 0.5",
    "# normalised: divide=4 # bias=0.5\n1,2,1\n# border=zero",
])  # fmt: skip
def test_a_table_may_set_what_a_convolution_has(text, tmp_path):
    path = tmp_path / "kernel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    expected = parse("[1 2 1]:divide=4,bias=0.5,border=zero").steps[0]
    assert parse(str(path)).steps[0] == expected
    assert made(foreign(text, "csv")).steps[0] == expected


@pytest.mark.parametrize(
    "comment", ["# made with sigma=2", "# sigma=2", "# ", "# divided by 3", "# border: as you like"]
)
def test_other_comments_of_a_table_are_talk(comment, tmp_path):
    path = tmp_path / "kernel.csv"
    path.write_text(f"{comment}\n1,2,1\n")
    assert parse(str(path)).steps[0] == parse("[1 2 1]").steps[0]


def test_everything_that_is_set_comes_back_from_a_table_and_a_filter_file(tmp_path):
    step = parse(
        "[1 2; 3 4]:stride=2x3,padding=valid,border=wrap,dilation=2,fusion=max,divide=3,bias=-0.5,"
        "flip=true,render=signed:0.5"
    )
    for name in ("csv", "toml"):
        assert there_and_back(step, name, tmp_path).steps[0] == step.steps[0]


def test_kernels_with_weights_per_channel_fit_into_arrays_and_filter_files(tmp_path):
    step = parse("[[[1,2],[3,4]],[[5,6],[7,8]]]")
    for name in ("npy", "toml"):
        assert there_and_back(step, name, tmp_path).steps[0].kernel == step.steps[0].kernel


@pytest.mark.parametrize("name", ["edge", "gaussian:sigma=2", "sobel", "kirsch", "emboss",
                                  "gaussian:2 | edge | relu", "[1 2; 3 4] & edge",
                                  "sobel:stride=2"])  # fmt: skip
def test_any_filter_fits_into_a_filter_file(name, tmp_path):
    step = parse(name)
    back = there_and_back(step, "toml", tmp_path)
    image = np.random.default_rng(0).random((19, 18, 3))
    np.testing.assert_array_equal(back(image), step(image))


def test_a_filter_file_keeps_what_the_catalogue_says():
    text = exported(parse("sobel-x"), tool("toml")).content.decode()
    assert 'title = "Sobel, change along a row"' in text
    assert 'source = "I. Sobel' in text
    assert "title" not in exported(parse("[1 2]"), tool("toml")).content.decode()
    text = exported(parse("gaussian:sigma=2"), tool("toml")).content.decode()
    assert 'title = "Gaussian blur, sigma=2"' in text


def test_a_filter_file_keeps_what_another_file_says(tmp_path):
    path = tmp_path / "my own, edge.toml"
    path.write_text('title = "mine"\nsource = "me"\nweights = [[1, -1]]\n')
    text = exported(parse(f'"{path}"'), tool("toml")).content.decode()
    assert 'title = "mine"' in text and 'source = "me"' in text


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_an_anchor_is_expressed_by_rows_and_columns_of_zeros(rows, columns, data):
    anchor = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    weights = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    laid = Laid(tuple(map(tuple, weights.tolist())), anchor=anchor)
    for centred in (laid.centred(), laid.odd(), laid.odd((9, 9))):
        row, column = middle(centred.size)
        assert centred.rows[row][column] == weights[anchor]
        assert sum(map(np.count_nonzero, centred.rows)) == weights.size
    turned = np.array(laid.turned().rows)
    np.testing.assert_array_equal(turned, weights[::-1, ::-1])
    assert turned[laid.turned().anchor or middle(laid.size)] == weights[anchor]


def test_an_origin_of_imagemagick_moves_the_result():
    image = np.random.default_rng(0).random((9, 9, 1))
    moved = made(foreign("3x1+0+0: 0,0,1", "imagemagick"))(image)
    np.testing.assert_array_equal(moved[:, :-2], image[:, 2:])


def test_an_even_matrix_of_libvips_has_its_anchor_behind_the_middle():
    assert str(made(foreign("2 1 1 0\n1 2", "vips"))) == "[1 2 0]"
    assert str(made(foreign("1 4\n1\n2\n3\n4", "vips"))) == "[1; 2; 3; 4; 0]"


def test_a_hole_weighs_nothing():
    assert str(made(foreign("3: -,1,nan 1,NaN,1 -,1,-", "imagemagick"))) == "[0 1 0; 1 0 1; 0 1 0]"


def test_a_list_is_a_bank_and_a_flag_all_rotations():
    assert isinstance(foreign("Sobel;Roberts", "imagemagick"), Side)
    lists = {"Sobel:@": 8, "3>: 1,0,0 0,0,0 0,0,0": 4, "3@: 1,2,3 4,5,6 7,8,9": 8,
             "; Unity ; Sobel:<;": 5}  # fmt: skip
    for text, count in lists.items():
        (bank,) = made(foreign(text, "imagemagick")).steps
        assert isinstance(bank, Bank) and len(bank.operands) == count


@pytest.mark.parametrize("name", HOMES)
def test_every_filter_of_the_catalogue_is_written_or_refused(name):
    written = 0
    for file in readable():
        try:
            written += bool(exported(parse(file.name), tool(name)).content)
        except FilterError as error:
            assert error.advice
    assert written >= (18 if name != "toml" else len(files()))


def test_a_texts_border_is_ours_and_back(tmp_path):
    for ours in ("edge", "wrap", "zero"):
        step = parse(f"[1 2 3]:border={ours}")
        assert there_and_back(step, "gimp", tmp_path).steps[0].border == ours
    assert "border" not in exported(parse("[1 2 3]"), tool("gimp")).content.decode()
    assert str(made(foreign("c3=1 normalize=false", "gimp"))) == "[1]:border=edge"


@pytest.mark.parametrize("text", ["gaussian:2", "gaussian:2,bias=0.25", "box:size=9,divide=90",
                                  "box:size=9,divide=-81,bias=1", "binomial:size=15"])  # fmt: skip
def test_a_blur_in_two_passes_is_the_blur(text, tmp_path):
    step = parse(text)
    passes = there_and_back(step, "ffmpeg", tmp_path)
    assert len(passes.steps) == 2
    image = np.random.default_rng(0).random((40, 41, 1))
    np.testing.assert_allclose(passes(image), step(image), atol=1e-3)


@pytest.mark.parametrize("text", ["box:size=9,divide=40", "unsharp:sigma=2", "[" + "0 " * 81 + "]",
                                  "disk:radius=5", "lobes below 0"])  # fmt: skip
def test_no_two_passes_are_written_that_would_differ(text):
    if text.startswith("[0"):
        text = "[" + ";".join([" ".join("0" * 9)] * 9) + "]"
    if text == "lobes below 0":
        lobes = np.array([-1, 0, 0, 0, 3, 0, 0, 0, -1])
        text = str(Kernel(np.outer(lobes, lobes)))
    with pytest.raises(FilterError, match="up to 7x7"):
        exported(parse(text), tool("ffmpeg"))


@pytest.mark.parametrize("text", ["gaussian:8", "gaussian:1", "unsharp", "log:1.4", "[1e-300]",
                                  "[1 2 1]:divide=1e-12", "[1 2 1]:divide=1e60", "[0 0 0]",
                                  "line:angle=45", "[1 2 1]:divide=-4,bias=1"])  # fmt: skip
def test_whole_numbers_have_room_and_are_near(text):
    try:
        content, notes = exported(parse(text), tool("ffmpeg"))
    except FilterError as error:
        assert "32 bits" in str(error) or "up to 7x7" in str(error)
        return
    for weights in re.findall("0m='([^']*)'", content.decode()):
        reach = sum(abs(int(weight)) for weight in weights.split())
        deep = any("8 bits" in note for note in notes)
        assert reach < (2**31 / 2**8 if deep else 2**31 / 2**16)


def test_an_old_ffmpeg_would_lose_the_sign():
    for text in ("[1 2 1; 2 4 2; 1 2 1]:divide=-16,bias=1", "[-1 -2 -1]:divide=4,bias=1"):
        assert any("5.1" in note for note in exported(parse(text), tool("ffmpeg")).notes)


@pytest.mark.parametrize("text", ["log:1.3", "log:1.2", "[1 -1 1e-7;0 0 0;0 0 0]",
                                  "[333333.3 -111111.1 -111111.1;-111111.1 0 0;0 0 0]"
                                  ])  # fmt: skip
def test_the_weights_of_a_detector_add_up_to_nothing_for_graphicsmagick(text):
    content = exported(parse(text), tool("graphicsmagick")).content.decode()
    total = 0.0
    for word in content.split(","):
        total += float(word)
    assert abs(total) <= 1e-12
    assert len(content) <= 1025


@pytest.mark.parametrize("text", ["2x2: 1,2 3,4", "3x3+0+0: 1,2,3 4,5,6 7,8,9", "4x2+3+0: 1,2,3,4 "
                                  "5,6,7,8", "Comet:0x1"])  # fmt: skip
def test_a_turned_kernel_keeps_its_anchor(text):
    impulse = np.zeros((15, 15, 1))
    impulse[7, 7] = 1
    step = made(foreign(text, "imagemagick"))
    (laid,) = laid_of(step.steps[0])
    assert [size % 2 for size in laid.size] == [1, 1]
    turned = Pipeline([Convolve(laid.rows, flip=True)])
    rows, columns = laid.size
    top, left = 7 - rows // 2, 7 - columns // 2
    np.testing.assert_allclose(
        turned(impulse)[top : top + rows, left : left + columns, 0], np.array(laid.rows)
    )


def test_a_rendering_of_a_pipeline_goes_where_renderings_go(tmp_path):
    for steps in ("[-1 0 1]", "[-1 0 1] & [1 2]"):
        path = tmp_path / "mine.toml"
        path.write_text(f'steps = "{steps}"\nrender = "signed:0.5"\n')
        step = parse(str(path))
        shape = Shape.of(9, 9, 1)
        for name in ("toml", "csv") if "&" not in steps else ("toml",):
            shown = [
                one.render for one in there_and_back(step, name, tmp_path).shape(shape).members
            ]
            assert shown == [one.render for one in step.shape(shape).members]


def test_a_filter_file_needs_no_other_file(tmp_path):
    (tmp_path / "a.csv").write_text("1,2,1\n")
    (tmp_path / "p.toml").write_text('steps = "./a.csv | relu"\n')
    for text in (f"{tmp_path}/a.csv | relu", f"{tmp_path}/p.toml", f"{tmp_path}/p.toml | edge"):
        content = exported(parse(text), tool("toml")).content.decode()
        assert ".csv" not in content and ".toml" not in content
        again = tmp_path / "elsewhere"
        again.mkdir(exist_ok=True)
        (again / "x.toml").write_text(content)
        image = np.random.default_rng(0).random((9, 9, 1))
        np.testing.assert_array_equal(parse(f"{again}/x.toml")(image), parse(text)(image))


def test_kernels_per_channel_are_not_joined():
    with pytest.raises(FilterError, match="differ in more than their weights"):
        exported(parse("[[[1]],[[2]]] & [[[3]],[[4]]]"), tool("npy"))
    with pytest.raises(FilterError, match="is more than kernels"):
        exported(parse("sobel & prewitt"), tool("npy"))


LARGE = {
    "1" * 40_000 + "x": "imagemagick", "a" * 100_000: "gmic", "Sobel" + " " * 50_000 + "@@": "im",
    "3x3" + " " * 50_000 + "x:": "im", "1 " * 300_000: "gmic", "Disk:300;" * 60: "im",
    "999x999+0+0: " + "1 " * 998_001: "im", "x" * 2_000_000: "vips", "," * 100_000: "gm",
    "convolution=" + ":" * 100_000: "ffmpeg", "a1=" * 100_000: "gimp", ";" * 500_000: "im",
}  # fmt: skip


@pytest.mark.parametrize("text", LARGE, ids=lambda text: text[:8].strip())
def test_a_text_of_any_size_is_answered_at_once_and_shortly(text):
    with pytest.raises(FilterError) as mistake:
        made(foreign(text, LARGE[text]))
    assert len(mistake.value.sentence) < 300


def test_a_number_of_many_digits_is_answered_at_once():
    with pytest.raises(FilterError):
        parse(f"[1 {'1' * 100_000}x]")


def test_what_is_too_large_when_spread_is_refused():
    with pytest.raises(FilterError, match="spread by its dilation the kernel has"):
        exported(parse("box:size=9,dilation=4000"), tool("npy"))


def test_weights_without_a_finite_quotient_are_refused():
    for name in HOMES:
        if name not in ("csv", "toml"):
            with pytest.raises(FilterError, match="more than a number can hold"):
                exported(parse("[1e300 2]:divide=1e-300"), tool(name))


REFUSALS = {
    "stride": (
        "edge:stride=2", "vips",
        "a libvips matrix holds no stride, and edge:stride=2 has stride=2.",
        'filterkit export "edge" --to vips, and take every so many rows and columns of the result',
    ),
    "padding": (
        "edge:padding=valid", "gmic",
        "a G'MIC kernel holds no padding, and edge:padding=valid has padding=valid.",
        'filterkit export "edge" --to gmic, and pad the picture, or cut the result, as you need it',
    ),
    "bias": (
        "[1 2]:bias=0.5", "imagemagick",
        "an ImageMagick kernel holds no bias, and [1 2]:bias=0.5 has bias=0.5.",
        'filterkit export "[1 2]" --to imagemagick, and add the bias to the result',
    ),
    "a negative bias": (
        "[1 2]:bias=-0.5", "ffmpeg", "ffmpeg adds no bias below 0, and [1 2]:bias=-0.5 has -0.5.",
        "a bias of 0 or more",
    ),
    "a large offset": (
        "[1 2]:bias=1.5", "gimp", "a GIMP convolution matrix adds from -1 to 1, not 1.5.",
        "a bias between the two",
    ),
    "a border": (
        "edge:border=symmetric", "pytorch",
        "a function with PyTorch has no border symmetric; it has reflect, edge, wrap, zero.",
        'filterkit export "edge" --to pytorch',
    ),
    "a pipeline": (
        "edge | relu", "vips",
        "edge | relu is more than one kernel, and a libvips matrix holds one.",
        'filterkit export "edge" --to vips; or all of it --to toml',
    ),
    "a composed filter": (
        "sobel", "npy",
        "sobel is more than kernels (sobel-x & sobel-y | fuse:l2), and an array of weights holds "
        "nothing else.",
        'filterkit export "sobel-x & sobel-y" --to npy; or all of it --to toml',
    ),
    "a bank": (
        "edge & [1 2]", "gimp",
        "edge & [1 2] is more than one kernel, and a GIMP convolution matrix holds one.",
        'filterkit export "edge" --to gimp; or all of it --to toml',
    ),
    "kernels that differ in more": (
        "edge & edge:stride=2", "numpy",
        "the kernels of edge & edge:stride=2 differ in more than their weights, and those of a "
        "function with NumPy may not.",
        "filterkit export one of them --to numpy; or all of it --to toml",
    ),
    "no kernel": ("relu", "csv", "relu has no kernel to export.",
                  "a filter with one, such as sharpen"),
    "channels": (
        "[[[1,2]],[[3,4]]]", "vips",
        "a libvips matrix is one matrix, and [[[1,2]],[[3,4]]] has 2, one a channel.",
        "--to npy, which holds all of them, or one channel at a time",
    ),
    "maps": (
        "[[[[1,2]]],[[[3,4]]]]", "gmic",
        "a G'MIC kernel is one matrix, and [[[[1,2]]],[[[3,4]]]] has 2, one a map.",
        "--to npy, which holds all of them, or one map at a time",
    ),
    "another divisor": (
        "[1 2 1]:divide=8", "graphicsmagick",
        "GraphicsMagick divides by the sum of the weights, 4, and [1 2 1]:divide=8 by 8.",
        "the same with divide=4, or --to imagemagick",
    ),
    "too many letters": (
        "gaussian:3", "graphicsmagick",
        "GraphicsMagick takes 1024 letters, too few for 361 weights.",
        "--to imagemagick, or --to vips",
    ),
    "too large for GIMP": (
        "box:7", "gimp", "a GIMP convolution matrix has 5x5 weights, not 7x7.",
        "--to gmic, which GIMP has as a plug-in",
    ),
    "too large for ffmpeg": (
        "log:3", "ffmpeg",
        "ffmpeg takes kernels up to 7x7, and up to 49x49 those that are a column times a row, have "
        "no weights below 0 and add up to the divisor or less; this one is 19x19.",
        "--to vips, or --to imagemagick",
    ),
    "weights too unlike for ffmpeg": (
        "[100000 0.1 -100000.2 0.07 0.3]:divide=0.001", "ffmpeg",
        "ffmpeg takes whole numbers and a factor of 32 bits, in which these weights would lose too "
        "much.",
        "--to vips, or --to gmic",
    ),
    "channels that PyTorch would add": (
        "[[[1,2]],[[3,4]]]:fusion=max", "pytorch",
        "PyTorch adds up channels that have weights of their own, and fusion=max does not.",
        "fusion=sum, or --to numpy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_a_tool_cannot_hold_is_refused_with_what_it_can(case):
    text, name, sentence, advice = REFUSALS[case]
    with pytest.raises(FilterError) as refused:
        exported(parse(text), tool(name))
    assert (refused.value.sentence, refused.value.advice) == (sentence, advice)


NOTES = {
    "a border": ("edge:border=zero", "vips",
                 "a libvips matrix says nothing of borders, and this filter has zero."),
    "a fusion": ("edge:fusion=max", "imagemagick",
                 "an ImageMagick kernel says nothing of fusion, and this filter has max."),
    "rounding": ("gaussian:1", "ffmpeg",
                 "the weights of an ffmpeg convolution were rounded: a result differs by 0.08 "
                 "grey levels at most."),
    "an old ffmpeg": ("[1 2 1]", "ffmpeg",
                      "ffmpeg 5.1 ignores rdiv, and would divide by the sum of the weights where "
                      "it is not 0; later versions obey."),
    "a list": ("edge & laplacian", "imagemagick",
               "ImageMagick runs the kernels of a list one behind the other; "
               "-define morphology:compose=Lighten shows the largest of their results, Plus the "
               "sum."),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTES)
def test_what_a_kernel_does_not_say_is_told(case):
    text, name, note = NOTES[case]
    assert exported(parse(text), tool(name)).notes == (note,)


@pytest.mark.parametrize("name", HOMES)
def test_nothing_is_told_of_a_kernel_that_says_all(name):
    assert exported(parse("[1 2 1; 2 4 2; 1 2 1]:divide=16"), tool(name)).notes == ()


MISTAKES = {
    "imagemagick": {
        "": "an ImageMagick kernel has a name, or weights: 3x3: 0,1,0 1,1,1 0,1,0.",
        "3x3: 1,2,3": "an ImageMagick kernel of 3x3 has 9 weights, not 3.",
        "3x3: a,1,1 1,1,1 1,1,1": "expected a number in an ImageMagick kernel, not 'a'.",
        "3x3: - - - - - - - - -": "an ImageMagick kernel has nothing but holes.",
        "3y3: 1": "an ImageMagick kernel begins with its size, 3x3: or 4x2+1+0:, not '3y3: 1'.",
        "0: 1": "expected a whole number from 1 to 1000000 in an ImageMagick kernel, not '0'.",
        "9999x9999: 1": "a kernel has at most 1000000 weights, not 99980001.",
        "2x1+2+0: 1,2": "the origin of an ImageMagick kernel, +2+0, is outside its 2x1 weights; it "
                        "counts columns and rows from 0.",
        "1 2 3": "the weights of an ImageMagick kernel fill a square (9, 25, 49, ...), not 3.",
        "Sobel?": "an ImageMagick kernel is a name and its numbers, Gaussian:0x2, not 'Sobel?'.",
        "Sobel:a": "the numbers of an ImageMagick kernel stand behind its name, 0x2 or 0,2, not "
                   "'a'.",
        "3x3: 1e999 1 1 1 1 1 1 1 1": "1e999 in an ImageMagick kernel is more than a number can "
                                      "hold.",
    },
    "graphicsmagick": {
        "1,2,1,2": "a GraphicsMagick kernel has an odd number of rows, not 2.",
        "1,2": "the weights of a GraphicsMagick kernel fill a square (9, 25, 49, ...), not 2.",
        "": "expected a number in a GraphicsMagick kernel, not ''.",
    },
    "vips": {
        "": "a libvips matrix begins with a line of columns, rows, divisor and offset: 3 3 1 0.",
        "1 2 3 4 5": "a libvips matrix begins with a line of columns, rows, divisor and offset: "
                     "3 3 1 0.",
        "2.5 1\n1 2": "expected a whole number from 1 to 1000000 in line 1 of a libvips matrix, "
                      "not '2.5'.",
        "9999 9999\n1": "a kernel has at most 1000000 weights, not 99980001.",
        "2 1 0\n1 2": "the divisor of a libvips matrix cannot be 0.",
        "2 2\n1 2\n3": "line 3 of a libvips matrix has 2 weights or more, not 1.",
        "2 2\n1 2": "line 3 of a libvips matrix has 2 weights or more, not 0.",
        "2 1\n1 b": "expected a number in line 2 of a libvips matrix, not 'b'.",
    },
    "ffmpeg": {
        "sobel": "an ffmpeg convolution begins with convolution=, not with 'sobel'.",
        "format=gray,convolution=0m=1 2":
            "the weights of an ffmpeg convolution fill a square (9, 25, 49), not 2.",
        "format=gray,convolution=0m=1 2:0mode=row":
            "a row or column of an ffmpeg convolution has an odd number of weights, at most 49, "
            "not 2.",
        "format=gray,convolution=0m=0.5 1 1 1 1 1 1 1 1":
            "the weights of an ffmpeg convolution are whole numbers below 2147483648, not 0.5; "
            "ffmpeg would cut it off.",
        "format=gray,convolution=0m=1 2 3:0mode=round":
            "the mode of an ffmpeg convolution is square, row or column, not 'round'.",
        "format=gray,convolution=0m=1 2 3:0mode=row:0rdiv=-1":
            "rdiv of an ffmpeg convolution is 0 or more, not -1.",
        "format=gray,convolution=0m=1 2 3:0mode=row:0bias=-5":
            "bias of an ffmpeg convolution is 0 or more, not -5.",
        "convolution=0m=1 2 3:0mode=row":
            "the planes of an ffmpeg convolution differ (one without a matrix stays as it is), and "
            "a filter here has one kernel for all.",
        "convolution=0m=1 1 1 1 1 1 1 1 1:1m=2 2 2 2 2 2 2 2 2":
            "the planes of an ffmpeg convolution differ (one without a matrix stays as it is), and "
            "a filter here has one kernel for all.",
        "convolution=scale=2": "an ffmpeg convolution has no option 'scale'; it has 0m, 1m, 2m, "
                               "3m, 0rdiv, 1rdiv, 2rdiv, 3rdiv, 0bias, 1bias, 2bias, 3bias, 0mode, "
                               "1mode, 2mode, 3mode.",
    },
    "gimp": {
        "f1=2": "a GIMP convolution matrix has a1=... to e5=... (a letter for the column, a digit "
                "for the row), divisor, offset, border, normalize, alpha-weight, alpha, red, "
                "green, blue, not 'f1=2'.",
        "a1=b": "expected a number in a GIMP convolution matrix, not 'b'.",
        "red=false": "a GIMP convolution matrix that leaves out red is no filter for all channels.",
        "divisor=0 normalize=false": "the divisor of a GIMP convolution matrix cannot be 0.",
        "normalize=perhaps": "normalize of a GIMP convolution matrix is true or false, not "
                             "'perhaps'.",
        "alpha=perhaps": "alpha of a GIMP convolution matrix is true or false, not 'perhaps'.",
        "border=white": "the border of a GIMP convolution matrix is one of clamp, loop, none, "
                        "black here, not 'white'.",
    },
    "gmic": {
        "": "a G'MIC kernel stands in parentheses: (1,2,1;2,4,2;1,2,1).",
        "(1,2;3)": "the rows of a G'MIC kernel are equally long, not 2, 1.",
        "(1,2/3,4)": "a G'MIC kernel with several slices is no matrix, and '/' separates them.",
        "(1^2)": "a G'MIC kernel with several channels is no matrix, and '^' separates them.",
        "(1,x)": "expected a number in a G'MIC kernel, not 'x'.",
    },
    "csv": {
        "1,2\n3": "the table, line 2: row 2 is 1 weight, but row 1 is 2 weights.",
        "# divide=4 bia=3\n1": "the table, line 1: a table has no setting 'bia'; it has stride, "
                               "padding, border, dilation, fusion, divide, bias, flip, render.",
        "# divide=0\n1": "the table, line 1: divide cannot be 0.",
    },
    "npy": {"kernel": "an array of weights is a file that ends in .npy, not 'kernel'."},
    "toml": {"kernel": "a filter file is a file that ends in .toml, not 'kernel'."},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in MISTAKES.items() for text in texts]
)
def test_a_mistake_in_a_text_is_answered_in_a_sentence(name, text):
    with pytest.raises(FilterError) as mistake:
        foreign(text, name)
    assert mistake.value.sentence == MISTAKES[name][text]


@pytest.mark.parametrize("name", [name for name in READ if name not in ("npy", "toml")])
@given(st.text(max_size=60) | st.text("0123456789.-+e,;:x ()'=|\n@<>nab", max_size=80))
def test_any_text_is_read_or_answered(name, text):
    try:
        step = made(foreign(text, name))
    except FilterError as error:
        assert error.sentence.endswith(".")
        return
    assert filterkit.parse(str(step)) == step


@pytest.mark.parametrize(("word", "name"), [("GM", "graphicsmagick"), ("libvips", "vips"),
                                            ("gegl", "gimp"), ("torch", "pytorch")])  # fmt: skip
def test_a_tool_is_known_by_its_other_names_too(word, name):
    assert tool(word).name == name


def test_an_unknown_tool_is_answered_with_all_there_are():
    with pytest.raises(
        UsageError, match=re.escape(f"there is no format 'x'; there are {', '.join(HOMES)}.")
    ):
        tool("x")
    with pytest.raises(UsageError, match="opencv is code, and only written; there are imagemagick"):
        tool("opencv", read=True)


def test_a_file_that_is_not_there_is_missed():
    with pytest.raises(FilterError, match=r"kernel\.txt: no such file"):
        foreign("kernel.txt", "imagemagick")


@pytest.mark.parametrize(
    "text", ["@" + "9" * 300, "@~nobody-at-all/x", "@a\0b", "~nobody-at-all/x.txt"]
)
def test_a_path_that_can_be_none_is_answered(text):
    with pytest.raises(FilterError, match=r"no such file|cannot be read"):
        foreign(text, "gmic")


def test_a_file_may_be_named_as_imagemagick_does(tmp_path):
    path = tmp_path / "kernel.txt"
    path.write_text("3x1:\n  1, 2, 3\n")
    assert str(made(foreign(f"@{path}", "imagemagick"))) == "[1 2 3]"


def test_a_file_of_matlab_is_told_from_one_of_libvips(tmp_path):
    path = tmp_path / "kernel.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(range(256)))
    with pytest.raises(FilterError, match=r"kernel.mat: this is a file of MATLAB"):
        parse(str(path))
