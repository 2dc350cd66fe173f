"""Steps say what they do: settings, sizes, members, how results are shown, and their own text."""

import numpy as np
import pytest

from filterkit import (
    Activate,
    Bank,
    Convolve,
    Flatten,
    Fuse,
    Gray,
    Kernel,
    Normalize,
    Pipeline,
    Pool,
    parse,
)
from filterkit.errors import (
    ChannelsError,
    FilterError,
    SettingError,
    ShapeError,
    TooSmallError,
)
from filterkit.steps.step import Rendering, Shape

COLOUR = Shape.of(20, 30, 3)
EDGE = Convolve(Kernel([[-1, 2, -1]]))
BLUR = Convolve(Kernel([[1, 2, 1]]), divide=4)


def shown(text):
    """Tell how each member of a filter's result is rendered."""
    return [str(member.render) for member in parse(text).shape(COLOUR).members]


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"stride": 0}, "stride is 1 or more, not 0."),
        ({"stride": 1.5}, "stride is a whole number, not 1.5."),
        ({"stride": "fast"}, "stride is a whole number, not 'fast'."),
        ({"dilation": (1, 0)}, "dilation is 1 or more, not 0."),
        ({"padding": -1}, "padding is 0 or more, not -1."),
        ({"padding": "half"}, "padding is same, valid, or N, not 'half'."),
        ({"border": "mirror"}, "'mirror' is called reflect here: c b | a b c | b a."),
        (
            {"border": "round"},
            "border is one of reflect, zero, edge, symmetric, wrap, not 'round'.",
        ),
        ({"fusion": "avg"}, "fusion is one of sum, mean, max, min, product, l2, keep, not 'avg'."),
        ({"divide": 0}, "divide cannot be 0."),
        ({"bias": float("nan")}, "bias is a finite number, not 'nan'."),
        ({"bias": 10**400}, "bias is a finite number, not"),
        ({"flip": 1}, "flip is true or false, not 1."),
        ({"render": "loud"}, "render is one of clip, abs, signed, stretch, not 'loud'."),
        ({"render": "abs:much"}, "the gain of render is a number, not 'much'."),
        ({"render": "abs:0"}, "gain is above 0, not 0."),
        (
            {"render": "stretch:2"},
            "render stretch has no gain; it takes the lowest and the highest.",
        ),
    ],
)
def test_a_wrong_setting_of_a_convolution_says_what_would_be_right(settings, message):
    with pytest.raises(SettingError) as raised:
        Convolve(Kernel([[1]]), **settings)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Activate("softmax"), "kind is one of relu, leaky-relu, "),
        (lambda: Activate("relu", 2), "relu has no value to set."),
        (lambda: Pool("median"), "kind is one of max, average, sum, min, l2, not 'median'."),
        (lambda: Pool("max", 2, padding=2), "the padding of a pooling window is smaller than the "),
        (lambda: Normalize("batch"), "kind is one of zscore, minmax, l2, not 'batch'."),
        (lambda: Fuse("xor"), "kind is one of sum, mean, max, min, product, l2, keep, not 'xor'."),
        (lambda: Bank([]), "a bank has at least one operand."),
        (lambda: Pipeline([]), "a pipeline has at least one step."),
        (lambda: Kernel([[1, 2], [3]]), "the rows of a kernel are numbers, equally many in each."),
        (lambda: Kernel([[1, float("inf")]]), "every weight of a kernel is a finite number, not"),
        (lambda: Kernel(np.array([[np.nan]])), "every weight of a kernel is a finite number."),
        (lambda: Kernel(np.array([["a"]])), "the rows of a kernel are numbers"),
        (lambda: Kernel([1, 2]), "a kernel is (rows, columns), "),
        (lambda: Kernel([[]]), "a kernel is (rows, columns), "),
        (lambda: Kernel(np.zeros((1001, 1000))), "a kernel has at most 1000000 weights"),
    ],
)
def test_a_wrong_step_says_what_would_be_right(make, message):
    with pytest.raises(FilterError) as raised:
        make()
    assert str(raised.value).startswith(message)


def test_a_picture_smaller_than_the_window_is_named_with_both_sizes():
    with pytest.raises(TooSmallError, match=r"2x2 pixels .* fewer than its window of 3x3"):
        parse("edge:padding=valid").shape(Shape.of(2, 2, 1))


def test_members_of_different_sizes_are_refused_before_a_pixel_is_read():
    with pytest.raises(ShapeError, match="edge makes 20x30 and sobel-x:stride=2 10x15"):
        parse("edge & sobel-x:stride=2").shape(COLOUR)


def test_weights_per_channel_want_as_many_channels():
    with pytest.raises(
        ChannelsError, match="red-green-edge has weights for 3 channels, and 1 come"
    ):
        parse("red-green-edge").shape(Shape.of(9, 9, 1))


def test_fuse_refuses_members_that_do_not_match():
    two = Convolve(Kernel(np.ones((2, 5, 1, 1))), fusion="sum")
    shape = Pipeline([Bank([Convolve(Kernel([[1]]), fusion="keep"), two])])
    with pytest.raises(ChannelsError):
        shape.shape(COLOUR)
    with pytest.raises(ShapeError, match="gray takes 1 or 3 channels, not 2"):
        Gray().shape(Shape.of(5, 5, 2))


@pytest.mark.parametrize(
    "text, channels",
    [
        ("edge", [1]),
        ("blur", [3]),
        ("sobel:fusion=keep", [3]),
        ("sobel", [1]),
        ("edge & sharpen", [1, 3]),
        ("(edge & sharpen) | blur", [1, 3]),
        ("(edge & sharpen) | sobel-x", [1, 1]),
        ("edge & sharpen | fuse:sum", [3]),
        ("sharpen | fuse:mean", [1]),
        ("gray", [1]),
        ("line:angle=(0,45,90,135)", [1, 1, 1, 1]),
        ("line:angle=(0,45,90,135) | fuse:max", [1]),
        ("red-green-edge:fusion=keep", [3]),
        ("red-green-edge:fusion=product", [1]),
    ],
)
def test_every_result_is_a_row_of_members(text, channels):
    assert [member.channels for member in parse(text).shape(COLOUR).members] == channels


def test_the_members_of_a_bank_are_named_by_their_operands():
    members = parse("edge & gaussian:2 & (blur | edge)").shape(COLOUR).members
    assert [member.name for member in members] == ["edge", "gaussian:2", "blur | edge"]


def test_as_many_maps_as_a_picture_has_channels_make_a_picture():
    turn = Convolve(Kernel(np.ones((3, 3, 1, 1))))
    assert [member.channels for member in turn.shape(COLOUR).members] == [3]
    four = Convolve(Kernel(np.ones((4, 3, 1, 1))))
    assert [member.channels for member in four.shape(COLOUR).members] == [1, 1, 1, 1]
    deeper = Convolve(Kernel(np.ones((2, 4, 1, 1))))
    assert [member.channels for member in Pipeline([four, deeper]).shape(COLOUR).members] == [1, 1]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("[1 -1]", ["abs"]),
        ("[1 1]", ["clip"]),
        ("edge", ["abs"]),
        ("sobel", ["clip:0.5"]),
        ("sobel-x | relu", ["clip:0.5"]),
        ("sobel-x | tanh", ["signed:0.5"]),
        ("sobel-x | max-pool:2", ["abs:0.5"]),
        ("sobel-x | to-srgb", ["abs:0.5"]),
        ("to-linear | gaussian:2 | to-srgb", ["clip"]),
        ("sobel | to-srgb", ["clip:0.5"]),
        ("sobel-x | gaussian", ["abs:0.5"]),
        ("sobel-x | normalize:zscore", ["signed:0.5"]),
        ("sobel-x | normalize:minmax", ["clip:0.5"]),
        ("edge & sharpen", ["abs", "clip"]),
        ("stroke-right | relu", ["stretch"]),
        ("edge | threshold:0.2", ["clip"]),
        ("kirsch", ["abs:0.125"]),
        ("sobel:render=signed:0.25", ["signed:0.25"]),
        ("sobel-x:render=signed:0.25 | max-pool", ["signed:0.25"]),
        ("gaussian | edge", ["abs"]),
    ],
)
def test_rendering_flows_like_a_shape(text, expected):
    assert shown(text) == expected


def test_a_render_of_the_pipeline_overrides_every_member():
    step = Pipeline([Bank([EDGE, BLUR])], Rendering("stretch"))
    assert [member.render.kind for member in step.shape(COLOUR).members] == ["stretch", "stretch"]


@pytest.mark.parametrize(
    "text, size",
    [
        ("edge:padding=valid", (18, 28)),
        ("edge:padding=2", (22, 32)),
        ("edge:stride=3", (7, 10)),
        ("edge:stride=3x2,padding=valid", (6, 14)),
        ("edge:dilation=4,padding=valid", (12, 22)),
        ("max-pool", (10, 15)),
        ("max-pool:3", (6, 10)),
        ("max-pool:3,stride=1,padding=1", (20, 30)),
        ("average-pool:2,padding=same,stride=1", (20, 30)),
    ],
)
def test_sizes_follow_the_formula(text, size):
    shape = parse(text).shape(COLOUR)
    assert (shape.rows, shape.columns) == size


def test_flatten_makes_one_vector_in_the_order_rows_columns_maps():
    image = np.arange(12.0).reshape(2, 3, 2)
    vector = Flatten()(image)
    assert vector.shape == (1, 1, 12)
    assert vector.ravel().tolist() == list(range(12))


def test_nested_pipelines_and_banks_are_merged():
    assert Pipeline([EDGE, Pipeline([BLUR, EDGE])]) == Pipeline([EDGE, BLUR, EDGE])
    assert Bank([EDGE, Bank([BLUR, EDGE])]) == Bank([EDGE, BLUR, EDGE])


@pytest.mark.parametrize(
    "step, text",
    [
        (EDGE, "[-1 2 -1]"),
        (
            Convolve(Kernel([[1, 2], [3, 4]]), stride=(2, 1), bias=0.5),
            "[1 2; 3 4]:stride=2x1,bias=0.5",
        ),
        (Activate("leaky-relu", 0.1), "leaky-relu:0.1"),
        (Activate("relu"), "relu"),
        (Pool("max", 2, stride=1), "max-pool:2,stride=1"),
        (Pool("l2", (2, 3)), "l2-pool:2x3"),
        (Normalize("minmax"), "normalize:minmax"),
        (Fuse("l2"), "fuse:l2"),
        (Bank([Pipeline([EDGE, BLUR]), EDGE]), "([-1 2 -1] | [1 2 1]:divide=4) & [-1 2 -1]"),
    ],
)
def test_a_step_prints_as_what_reads_back_equal(step, text):
    assert str(step) == text
    assert parse(text).steps == Pipeline([step]).steps


def test_a_step_that_was_changed_prints_as_what_it_is_now():
    from dataclasses import replace

    (edge,) = parse("edge:stride=2").steps
    assert str(edge) == "edge:stride=2"
    assert str(replace(edge, stride=(3, 3), bias=1.0)) == "edge:stride=3,bias=1"
    assert str(replace(edge, kernel=Kernel([[1, 2]]))) == "[1 2]:stride=2"


def test_a_step_takes_floating_images_only():
    with pytest.raises(TypeError, match="a step takes float32 or float64 numbers"):
        EDGE(np.zeros((5, 5, 1), np.uint8))
    with pytest.raises(TypeError, match="add image"):
        EDGE(np.zeros((5, 5)))


def test_a_stack_is_filtered_image_by_image():
    stack = np.random.default_rng(1).random((2, 3, 8, 9, 3))
    step = parse("gaussian | sobel | max-pool:2")
    result = step(stack)
    assert result.shape == (2, 3, 4, 4, 1)
    np.testing.assert_array_equal(result[1, 2], step(stack[1, 2]))
