"""The code that is exported runs, without filterkit, and gives what filterkit gives."""

import numpy as np
import pytest
from drawing import noise
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from strategies import convolutions

import filterkit
from filterkit.applying.array import run
from filterkit.errors import FilterError
from filterkit.filters.tools.known import HOMES, READ, tool
from filterkit.filters.tools.writing import exported
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline

IMAGE = noise(30, 34, dtype="float64")
"""Larger than any padding, so that every library can reflect it."""


def filtered(step, name):
    """Run the code that is exported, and give its function."""
    code = exported(step, tool(name)).content.decode()
    assert "filterkit" not in code
    places = {}
    exec(compile(code, "kernel.py", "exec"), places)
    return places["filtered"]


def assert_equal(found, step):
    expected = run(step, IMAGE)
    reach = step.kernel.reach / abs(step.divide) + abs(step.bias)
    most = max(1, reach**3 if step.fused == "product" else reach)
    np.testing.assert_allclose(found, expected, atol=1e-5 * most, rtol=1e-5)


@settings(max_examples=150)
@given(convolutions(3) | convolutions(3, whole=False))
def test_numpy_gives_the_same_for_every_convolution(step):
    assert_equal(filtered(step, "numpy")(IMAGE), step)


@settings(max_examples=60)
@given(convolutions(3) | convolutions(3, whole=False))
def test_pytorch_gives_the_same_or_says_what_it_lacks(step):
    torch = pytest.importorskip("torch")
    try:
        function = filtered(step, "pytorch")
    except FilterError as error:
        assert step.border == "symmetric" or (step.kernel.channels > 1 and step.fused != "sum")
        assert "PyTorch" in str(error)
        return
    maps = function(torch.from_numpy(IMAGE).permute(2, 0, 1)[None])
    assert_equal(maps[0].permute(1, 2, 0).numpy(), step)


@settings(max_examples=60)
@given(convolutions(1, fusions=["keep"]), st.sampled_from(["scipy", "opencv"]))
def test_scipy_and_opencv_give_the_same_or_say_what_they_lack(step, name):
    if step.fused != "keep" or step.kernel.maps > 1:
        step = Convolve(step.kernel.weights[0], **{
            key: getattr(step, key) for key in ("stride", "border", "divide", "bias", "flip")
        }, fusion="keep")  # fmt: skip
    try:
        function = filtered(step, name)
    except FilterError:
        assert step.padding != "same" or (name == "opencv" and step.border == "wrap")
        return
    assert_equal(function(IMAGE), step)


@settings(max_examples=60)
@given(convolutions(1))
def test_pillow_gives_the_same_within_a_level(step):
    picture = noise(30, 34)
    weights = step.kernel.weights[0, 0][:3, :5]
    step = Convolve(weights, divide=step.divide, bias=step.bias, flip=step.flip, fusion="keep")
    result = filtered(step, "pillow")(Image.fromarray(picture))
    expected = filterkit.apply(picture, Pipeline([step]), render="clip")
    inside = (slice(4, -4),) * 2
    assert np.abs(np.asarray(result).astype(int) - expected)[inside].max() <= 1


def test_pillow_has_no_kernels_above_5x5():
    with pytest.raises(FilterError, match="3x3 or 5x5 weights, not 7x7"):
        filtered(filterkit.parse("box:7"), "pillow")


def test_numpy_and_pytorch_take_a_bank_as_several_maps():
    bank = filterkit.parse("line:angle=(0,45,90) & [1 2; 3 4]:fusion=sum")
    expected = run(bank, IMAGE)
    np.testing.assert_allclose(filtered(bank, "numpy")(IMAGE), expected, atol=1e-9)
    torch = pytest.importorskip("torch")
    maps = filtered(bank, "pytorch")(torch.from_numpy(IMAGE).permute(2, 0, 1)[None])
    np.testing.assert_allclose(maps[0].permute(1, 2, 0), expected, atol=1e-9)


@pytest.mark.parametrize("name", ["numpy", "scipy", "opencv"])
def test_a_grey_picture_of_bytes_may_be_given(name):
    grey = noise(20, 20, 1)[..., 0]
    found = np.squeeze(filtered(filterkit.parse("sobel-x"), name)(grey))
    expected = 255 * run(filterkit.parse("sobel-x"), grey[..., None] / 255.0)
    np.testing.assert_allclose(found, expected[..., 0], atol=1e-3)


def test_a_tensor_of_bytes_may_be_given():
    torch = pytest.importorskip("torch")
    grey = noise(20, 20, 1)
    maps = filtered(filterkit.parse("[0.25 0.5 0.25]"), "pytorch")(
        torch.from_numpy(grey)[None, None, :, :, 0]
    )
    expected = 255 * run(filterkit.parse("[0.25 0.5 0.25]"), grey / 255.0)
    np.testing.assert_allclose(maps[0, 0], expected[..., 0], atol=1e-3)


@pytest.mark.parametrize("name", [name for name in HOMES if name not in READ])
def test_a_name_with_quotes_and_ends_of_lines_stays_in_its_docstring(name):
    if name == "pytorch":
        pytest.importorskip("torch")
    step = filterkit.parse("[1 2\n3 4]:fusion=keep")
    assert callable(filtered(step, name))
    assert exported(step, tool(name)).content.decode().startswith('"""[1 2; 3 4]:fusion=keep: ')
