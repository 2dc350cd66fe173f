"""The Python side: the same words, arrays in and arrays out."""

import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawing import noise, ramp, stored, write

import filterkit
from filterkit import (
    Activate,
    Bank,
    Convolve,
    FilterkitError,
    Kernel,
    Picture,
    Pipeline,
    Pool,
    apply,
    read_picture,
    write_picture,
)
from filterkit.errors import CannotHoldError, FilterError, InputError, OutputExistsError, ShapeError

DTYPES = ("uint8", "uint16", "float32", "float64")


# Names


def test_every_public_name_is_there():
    assert sorted(filterkit.__all__) == sorted({*filterkit.__all__})
    for name in filterkit.__all__:
        assert getattr(filterkit, name) is not None
    namespace = {}
    exec("from filterkit import *", namespace)
    assert {*filterkit.__all__} <= {*namespace}


def test_public_names_are_where_the_package_says():
    for name, home in filterkit._HOMES.items():
        assert getattr(importlib.import_module(f"filterkit.{home}"), name) is getattr(
            filterkit, name
        )
    assert {*filterkit._HOMES} | {"__version__"} == {*filterkit.__all__}


def test_a_name_that_there_is_not_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'filterkit' has no attribute 'sharpen'"):
        filterkit.sharpen


@pytest.mark.parametrize(
    "code",
    [
        "import filterkit",
        "from filterkit import Pipeline, Kernel, Convolve, Activate, Pool, FilterkitError",
        "from filterkit import parse; parse('gaussian:2 | relu')",
    ],
)
def test_importing_loads_neither_numpy_nor_opencv(code):
    check = f"{code}; import sys; sys.exit(bool({{'numpy', 'cv2', 'PIL'}} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# apply


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_integers_come_out_as_the_command_writes_them(filterkit, workplace, dtype, channels):
    pixels = noise(channels=channels, dtype=dtype)
    write(workplace / "a.png", pixels)
    for text in ("sobel-x", "gaussian:2", "sharpen | relu", "edge:stride=2 | max-pool:2"):
        assert filterkit("apply", text, "a.png", "-o", "b.png", "-fq").code == 0
        result = apply(pixels, text)
        assert result.dtype == dtype
        np.testing.assert_array_equal(np.squeeze(result), stored(workplace / "b.png"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_come_out_raw_as_float32(dtype):
    image = noise(channels=1, dtype="uint8").astype(dtype) / 255
    result = apply(image, "sobel-x")
    assert result.dtype == np.float32
    assert result.min() < -1 and result.max() > 1
    np.testing.assert_allclose(result, apply(noise(channels=1), "sobel-x", render=None), atol=1e-6)


def test_render_shows_floats_and_none_gives_integers_raw():
    shown = apply(noise(dtype="float32"), "sobel-x", render="signed:0.25")
    assert shown.dtype == np.float32
    assert 0 <= shown.min() < shown.max() <= 1
    raw = apply(noise(), "sobel-x", render=None)
    assert raw.dtype == np.float32 and raw.min() < -1
    expected = np.rint(np.clip(0.5 + 0.25 * raw / 2, 0, 1).astype(np.float64) * 255)
    np.testing.assert_allclose(apply(noise(), "sobel-x", render="signed:0.25"), expected, atol=1)


def test_a_rendering_that_there_is_not_is_a_filter_error():
    with pytest.raises(FilterError, match="render is one of clip, abs, signed, stretch"):
        apply(ramp(), "edge", render="loud")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_channel_axis_comes_out_iff_one_went_in(dtype):
    image = noise(channels=1, dtype=dtype)
    assert apply(image[..., 0], "edge").shape == (20, 30)
    assert apply(image, "edge").shape == (20, 30, 1)
    assert apply(noise(dtype=dtype), "edge").shape == (20, 30, 1)
    assert apply(noise(dtype=dtype), "blur").shape == (20, 30, 3)
    assert apply(image[..., 0], "edge & sobel-x").shape == (20, 30, 2)
    np.testing.assert_array_equal(apply(image[..., 0], "edge"), apply(image, "edge")[..., 0])


def test_channels_are_red_green_and_blue():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    assert (apply(red, "gray") == round(0.2126 * 255)).all()
    assert (apply(red, "[[[1]],[[0]],[[0]]]") == 255).all()


@pytest.mark.parametrize("text", ["gaussian:2", "edge | normalize:zscore", "sobel | max-pool:2"])
def test_a_stack_is_filtered_image_by_image(text):
    stack = np.stack([noise(dtype="float32", seed=seed) for seed in range(6)]).reshape(
        2, 3, 20, 30, 3
    )
    result = apply(stack, text)
    assert result.shape[:2] == (2, 3)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(result[index], apply(stack[index], text))


@pytest.mark.parametrize("channels", [2, 4])
def test_integers_of_two_or_four_channels_end_in_alpha(channels):
    pixels = noise(channels=channels)
    result = apply(pixels, "edge")
    assert result.shape == (20, 30, 2)
    np.testing.assert_array_equal(result[..., -1], pixels[..., -1])
    assert apply(pixels, "blur").shape == (20, 30, channels)
    assert apply(pixels.astype(np.float32), "blur").shape == (20, 30, channels)


def test_a_blurred_cutout_keeps_its_colour():
    pixels = np.zeros((31, 31, 4), np.uint8)
    pixels[8:23, 8:23] = (200, 40, 90, 255)
    result = apply(pixels, "gaussian:2").astype(int)
    rim = (result[..., 3] > 0) & (result[..., 3] < 250)
    assert rim.any() and np.abs(result[rim][:, :3] - (200, 40, 90)).max() <= 1


def test_the_array_that_goes_in_is_left_alone():
    for dtype in DTYPES:
        image = noise(dtype=dtype)
        image.flags.writeable = False
        before = image.copy()
        result = apply(image, "identity")
        np.testing.assert_array_equal(image, before)
        assert not np.shares_memory(result, image)


def test_arrays_of_any_memory_order_are_the_same_picture():
    pixels = noise()
    expected = apply(pixels, "gaussian:2")
    for view in (np.asfortranarray(pixels), pixels[::-1][::-1], pixels[..., ::-1][..., ::-1],
                 pixels.astype(">u1"), pixels[::1, ::1]):  # fmt: skip
        np.testing.assert_array_equal(apply(view, "gaussian:2"), expected)
    mirrored = apply(np.ascontiguousarray(pixels[:, ::-1]), "gaussian:2")
    np.testing.assert_array_equal(apply(pixels[:, ::-1], "gaussian:2"), mirrored)


def test_a_step_is_a_filter_too():
    pixels = noise()
    step = Pipeline.parse("edge:stride=2 | relu")
    np.testing.assert_array_equal(apply(pixels, step), apply(pixels, "edge:stride=2 | relu"))
    np.testing.assert_array_equal(apply(pixels, Activate("relu")), apply(pixels, "relu"))


def test_threads_change_no_bit():
    image = noise(400, 300, dtype="float32")
    results = [apply(image, "gaussian:3 | edge", threads=threads) for threads in (None, 1, 2, 3)]
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: apply("a.png", "edge"), r"filterkit.apply\(filterkit.read_picture\(path\).pixels"),
        (lambda: apply(Path("a.png"), "edge"), r"filterkit.read_picture\(path\)"),
        (lambda: apply("edge", ramp()), r"swapped: filterkit.apply\(array, filter\)"),
        (lambda: apply(Pipeline.parse("edge"), ramp()), "swapped"),
        (lambda: apply(ramp(), 3), r'not int: filterkit.apply\(array, "edge"\)'),
        (lambda: apply(ramp(), ramp()), "a filter is an expression or a step, not ndarray"),
        (lambda: apply(ramp(), Kernel([[1]])), r"not Kernel"),
        (lambda: apply([[1, 2]], "edge"), "an image is a NumPy array, not list"),
        (lambda: apply(None, "edge"), "not NoneType"),
        (lambda: apply(ramp().astype(int), "edge"), "not int64: convert it"),
        (lambda: apply(ramp() > 3, "edge"), "not bool"),
        (lambda: apply(np.zeros(5, np.uint8), "edge"), r"not \(5,\)"),
        (lambda: apply(np.zeros((0, 5), np.uint8), "edge"), r"not empty, not \(0, 5\)"),
        (lambda: Pipeline.parse("edge")(ramp()), r"not uint8: use filterkit.apply"),
        (lambda: Pipeline.parse("edge")("a.png"), r"filterkit.read_picture\(path\)"),
        (lambda: Pipeline.parse("edge")(np.zeros((3, 3), np.float32)), r"add image\[..., None\]"),
        (lambda: Pipeline.parse(3), "a filter is text"),
        (lambda: Pipeline.parse(ramp()), "a filter is text"),
    ],
)  # fmt: skip
def test_what_is_in_the_wrong_place_gets_the_call_that_is_right(call, said):
    with pytest.raises(TypeError, match=said):
        call()


def test_the_call_that_is_named_for_a_path_works(workplace):
    write(workplace / "a.png", noise())
    picture = read_picture("a.png")
    np.testing.assert_array_equal(apply(picture.pixels, "edge")[0], apply(noise(), "edge"))


def test_errors_have_one_root():
    for text in ("egde", "edge |", "edge:stride=0"):
        with pytest.raises(FilterkitError):
            apply(ramp(), text)
    with pytest.raises(ShapeError):
        apply(ramp(), "edge & edge:stride=2")
    with pytest.raises(FilterkitError):
        apply(ramp(2, 2), "box:5,padding=valid")


# Pipelines


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_in_numbers_out_in_their_own_type(dtype):
    image = noise(channels=1, dtype="float64").astype(dtype)
    result = Pipeline.parse("gaussian:1 | edge")(image)
    assert result.dtype == dtype
    assert result.shape == image.shape
    by_hand = Pipeline.parse("edge")(Pipeline.parse("gaussian:1")(image))
    np.testing.assert_allclose(result, by_hand, rtol=1e-5, atol=1e-5)


def test_a_pipeline_can_be_built_of_steps():
    edge = Kernel([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    built = Pipeline([Convolve(edge, stride=2), Activate("relu"), Pool("max", 2)])
    image = noise(dtype="float32")
    np.testing.assert_array_equal(built(image), Pipeline.parse(str(built))(image))
    assert Pipeline.parse(str(built)) == built
    np.testing.assert_array_equal(
        built(image), Pipeline.parse("edge:stride=2 | relu | max-pool:2")(image)
    )


def test_rows_of_rows_are_one_row_and_banks_of_banks_one_bank():
    a, b, c = Activate("relu"), Activate("abs"), Pool("max")
    assert Pipeline([a, Pipeline([b, c])]) == Pipeline([Pipeline([a, b]), c])
    assert Pipeline([a, Pipeline([b, c])]) == Pipeline([a, b, c])
    assert Bank([a, Bank([b, a])]) == Bank([Bank([a, b]), a]) == Bank([a, b, a])


@pytest.mark.parametrize("text", ["sobel:fusion=keep | relu", "edge & gaussian:2 | fuse:max",
                                  "[1/9 2/9]", "line:angle=(0,45)"])  # fmt: skip
def test_pipelines_are_values(text):
    one, other = Pipeline.parse(text), Pipeline.parse(text)
    assert one == other and hash(one) == hash(other)
    again = pickle.loads(pickle.dumps(one))
    assert (again, str(again)) == (one, str(one))
    with pytest.raises(AttributeError):
        one.steps = ()


# Kernels


def test_kernels_are_equal_by_shape_and_weights():
    assert (
        Kernel([[1, 2], [3, 4]])
        == Kernel(((1, 2), (3, 4)))
        == Kernel(np.array([[1.0, 2.0], [3.0, 4.0]]))
    )
    assert hash(Kernel([[1, 2]])) == hash(Kernel(np.array([[1, 2]], np.int8)))
    assert Kernel([[1, 2]]) != Kernel([[1], [2]])
    assert Kernel([[1, 2]]) != Kernel([[1, 3]])
    assert Kernel([[0.0]]) == Kernel([[-0.0]]) and hash(Kernel([[0.0]])) == hash(Kernel([[-0.0]]))
    assert Kernel([[1]]) != [[1]]
    assert len({Kernel([[1, 2]]), Kernel([[1, 2]]), Kernel([[2, 1]])}) == 2


def test_kernels_survive_a_pickle_and_are_read_only():
    weights = np.arange(12.0).reshape(2, 2, 3)
    kernel = Kernel(weights)
    again = pickle.loads(pickle.dumps(kernel))
    assert again == kernel and again.weights.dtype == np.float64
    weights[:] = 9
    assert again == kernel, "the kernel shares its weights with the array it was made of"
    with pytest.raises(ValueError, match="read-only"):
        kernel.weights[0] = 1
    formula = Pipeline.parse("gaussian:2").steps[0].kernel
    assert pickle.loads(pickle.dumps(formula)) == formula


@pytest.mark.parametrize(
    "weights",
    [
        [[1, 2], [3]],
        [[1], 2],
        [[float("nan")]],
        [[float("inf")]],
        [["a"]],
        [[None]],
        [[1j]],
        [[True]],
        [],
        [[]],
        [1, 2],
        3,
        "edge",
        None,
        np.array([[np.nan]]),
        np.zeros((0, 3)),
        np.zeros((1, 1, 1, 1, 1)),
        np.zeros((2000, 2000)),
        [[10**400]],
    ],
    ids=repr,
)
def test_what_is_no_kernel_is_refused(weights):
    with pytest.raises(FilterError, match="kernel"):
        Kernel(weights)


def test_kernels_know_what_they_are():
    kernel = Kernel(np.ones((2, 3, 4, 5)))
    assert (kernel.maps, kernel.channels, kernel.rows, kernel.columns) == (2, 3, 4, 5)
    assert kernel.total == 120 and kernel.reach == 60
    assert Kernel([[-1, 1]]).detector and not Kernel([[1, 1]]).detector
    assert Kernel([[1, 2]]).integral and not Kernel([[0.5]]).integral
    assert str(Kernel([[-1, 0.5], [0, 2]])) == "[-1 0.5; 0 2]"
    assert repr(Kernel([[1]])) == "Kernel([1])"


# Pictures


@pytest.mark.parametrize(("name", "dtype"), [("a.png", "uint8"), ("a.png", "uint16"),
                                            ("a.tif", "uint16"), ("a.tif", "float32")])  # fmt: skip
@pytest.mark.parametrize("as_path", [str, Path])
def test_pictures_come_back_as_they_were_written(workplace, name, dtype, as_path):
    pixels = noise(dtype=dtype)
    write_picture(Picture(pixels[None]), as_path(name))
    np.testing.assert_array_equal(stored(workplace / name), pixels)
    picture = read_picture(as_path(name))
    assert picture.pixels.dtype == dtype
    np.testing.assert_array_equal(picture.pixels[0], pixels)
    write_picture(picture, as_path("b" + name))
    np.testing.assert_array_equal(read_picture(as_path("b" + name)).pixels, picture.pixels)


def test_a_file_is_replaced_only_where_that_is_said(workplace):
    write_picture(Picture(ramp()[None]), "a.png")
    before = (workplace / "a.png").read_bytes()
    with pytest.raises(OutputExistsError):
        write_picture(Picture(noise()[None]), "a.png")
    assert (workplace / "a.png").read_bytes() == before
    write_picture(Picture(noise()[None]), "a.png", replace=True)
    np.testing.assert_array_equal(stored(workplace / "a.png"), noise())
    assert [path.name for path in workplace.iterdir()] == ["a.png"]


def test_the_ending_or_the_format_says_what_is_written(workplace):
    with pytest.raises(CannotHoldError, match="its ending names no format"):
        write_picture(Picture(ramp()[None]), "a.xyz")
    write_picture(Picture(ramp()[None]), "a.xyz", format="png")
    np.testing.assert_array_equal(read_picture("a.xyz").pixels[0, ..., 0], ramp()[..., 0])
    with pytest.raises(CannotHoldError):
        write_picture(Picture(noise(dtype="uint16")[None]), "a.jpg")


def test_what_is_no_picture_is_an_input_error(workplace):
    (workplace / "text.png").write_text("hello")
    for name in ("text.png", "none.png", "."):
        with pytest.raises(InputError):
            read_picture(name)
    write(workplace / "a.png", ramp())
    with pytest.raises(InputError, match="more than the limit of 599"):
        read_picture("a.png", max_pixels=599)


# The example of the chapter


CONVOLVED = [[3, 0, 1], [0, 2, 0], [1, 0, 3]]
STROKE = "stroke-right:padding=valid"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STROKE, CONVOLVED),
        (f"{STROKE} | relu", CONVOLVED),
        (f"{STROKE} | max-pool:2,stride=1", [[3, 2], [2, 3]]),
        (f"{STROKE} | relu | max-pool:2,stride=1 | flatten", [3, 2, 2, 3]),
        (f"{STROKE} | max-pool:2,stride=1 | flatten", [3, 2, 2, 3]),
    ],
)
def test_the_example_of_the_chapter_comes_out_to_the_number(filterkit, workplace, text, expected):
    assert filterkit("apply", text, "sample:zero", "-o", "out.npy") == (0, b"out.npy\n", "")
    result = np.load("out.npy")
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, expected)
    zero = stored(Path(filterkit("apply", "identity", "sample:zero").lines[0]))
    assert zero.shape == (5, 5) and {*zero.ravel()} == {0, 255}
    np.testing.assert_array_equal(apply(zero, text, render=None), expected)
    image = (zero / 255)[..., None]
    np.testing.assert_array_equal(np.squeeze(Pipeline.parse(text)(image)), expected)
    numbers = "[" + "; ".join(" ".join(str(one // 255) for one in row) for row in zero) + "]"
    assert filterkit("apply", text, numbers, "-o", "again.npy").code == 0
    np.testing.assert_array_equal(np.load("again.npy"), expected)
