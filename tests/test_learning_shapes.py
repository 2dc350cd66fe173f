"""Kernels that naive loops applied are found again, whatever the shape."""

import numpy as np
import pytest
from teaching import ODD, divided, filtered, made, texture, weights_of

import filterkit
from filterkit.learning.learning import learn

OTHER = "[-1 0 2; 1 2 1; 0 1 0]"
SETTINGS = {
    "3x3": ODD,
    "1x1": "[0.5]",
    "1x5": "[1 -1 3 0 2]",
    "4x1": "[1; 2; -3; 4]",
    "2x2": "[1 -2; 3 1]",
    "2x3": "[1 -2 2; 3 1 -1]",
    "4x4": "[1 0 2 -1; 0 3 1 1; -2 1 1 0; 1 0 0 1]",
    "3x3:stride=2": ODD,
    "3x3:stride=2x3": ODD,
    "2x4:stride=4x2": "[1 0 -1 2; 0 1 3 -1]",
    "3x3:dilation=2": ODD,
    "3x3:dilation=1x3,stride=2": ODD,
    "3x3:padding=valid": ODD,
    "3x3:padding=2": ODD,
    "3x3:padding=4,stride=3": ODD,
    "3x3:flip=true": ODD,
    "3x3:border=wrap": ODD,
    "gaussian:1 | 3x3": ODD,
    "max-pool:2 | 3x3": ODD,
}


@pytest.mark.parametrize("shape", SETTINGS)
def test_a_kernel_is_found_whatever_the_windows(shape):
    image = texture(64, 66, 1)
    after = made(image, shape, SETTINGS[shape], "divide=4", dtype=np.float64)
    pipeline, report = learn(image, after, shape)
    np.testing.assert_allclose(weights_of(pipeline), divided(SETTINGS[shape], 4), atol=1e-6)
    assert report.residual < 1e-4
    np.testing.assert_allclose(
        filterkit.apply(image / 255, pipeline)[8:-12, 8:-12], after[8:-12, 8:-12], atol=1e-5
    )


@pytest.mark.parametrize("first", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("second", ["uint8", "uint16", "float32", "float64"])
def test_a_kernel_is_found_whatever_the_numbers(first, second):
    image = texture(50, 60)
    image = image * np.uint16(257) if first == "uint16" else image
    image = (image / 255).astype(first) if first[0] == "f" else image
    pipeline, report = learn(image, made(image, "3x3", dtype=second), "3x3")
    near = 2e-3 if second == "uint8" else 2e-5  # rounding hides the rest
    np.testing.assert_allclose(weights_of(pipeline), divided(ODD, 8), atol=near)
    assert report.sharing == "shared"


@pytest.mark.parametrize("optimizer", ["nesterov", "gd", "exact", "adam"])
def test_whole_weights_are_found_exactly_from_bytes(optimizer):
    image = texture(50, 60)
    after = made(image, "3x3", "[0 -1 0; -1 5 -1; 0 -1 0]", "")
    pipeline, report = learn(image, after, "3x3", optimizer=optimizer)
    near = 1e-3 if optimizer == "adam" else 1e-6
    np.testing.assert_allclose(
        weights_of(pipeline)[0, 0], [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], atol=near
    )
    assert report.exact == 1
    assert report.psnr == np.inf
    np.testing.assert_array_equal(filterkit.apply(image, pipeline), after)


def channels_by(image, *expressions):
    return np.dstack([
        filtered(image[..., at : at + 1], one, dtype=np.float64)
        for at, one in enumerate(expressions)
    ])  # fmt: skip


def test_a_kernel_for_each_channel_is_found():
    image = texture(40, 44)
    wanted = [f"{ODD}:fusion=keep,divide=4", f"{OTHER}:fusion=keep", "[0 0 0; 0 1 0; 0 0 0]"]
    after = channels_by(image, *wanted)
    pipeline, report = learn(image, after, "3x3", share="per-channel")
    weights = weights_of(pipeline)
    for at, one in enumerate([divided(ODD, 4), divided(OTHER, 1), divided(wanted[2], 1)]):
        np.testing.assert_allclose(weights[at, at], one[0, 0], atol=1e-6)
    off_diagonal = weights[~np.eye(3, dtype=bool)]
    assert not off_diagonal.any()
    assert report.sharing == "per-channel"
    np.testing.assert_allclose(filterkit.apply(image / 255, pipeline), after, atol=1e-5)


def test_a_kernel_for_each_channel_is_found_where_they_are_added_up():
    image = texture(40, 44)
    each = np.random.default_rng(1).integers(-3, 4, (1, 3, 3, 3))
    after = filtered(image, filterkit.Convolve(each), dtype=np.float64)
    pipeline, report = learn(image, after, "3x3")
    np.testing.assert_allclose(weights_of(pipeline), each, atol=1e-6)
    assert report.sharing == "summed"


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 3), (1, 3), (3, 1)])
def test_every_channel_is_found_from_all(inputs, outputs):
    image = texture(40, 44, inputs)
    each = np.random.default_rng(2).integers(-3, 4, (outputs, inputs, 3, 3))
    steps = [filterkit.Convolve(one[None], fusion="sum") for one in each]
    after = np.dstack([filtered(image, one, dtype=np.float64) for one in steps])
    pipeline, report = learn(image, after, "3x3", share="mix")
    np.testing.assert_allclose(weights_of(pipeline), each, atol=1e-6)
    assert report.sharing == "mix"
    np.testing.assert_allclose(filterkit.apply(image / 255, pipeline), after, atol=1e-5)


@pytest.mark.parametrize("fusion", ["sum", "mean"])
def test_one_kernel_is_found_where_channels_are_joined(fusion):
    image = texture(40, 44)
    after = filtered(image, f"{ODD}:fusion={fusion},divide=9", dtype=np.float64)
    pipeline, _ = learn(image, after, f"3x3:fusion={fusion}")
    np.testing.assert_allclose(weights_of(pipeline), divided(ODD, 9), atol=1e-6)
    np.testing.assert_allclose(filterkit.apply(image / 255, pipeline), after, atol=1e-5)


def test_a_kernel_is_found_from_what_is_not_clipped():
    image = texture(60, 70, contrast=1)
    after = made(image, "3x3", "[-1 0 1; -2 1 2; -1 0 1]", "")
    assert ((after == 0) | (after == 255)).mean() > 0.3
    for shape in ("3x3", "3x3 | relu"):
        pipeline, report = learn(image, after, shape)
        np.testing.assert_allclose(
            weights_of(pipeline)[0, 0], [[-1, 0, 1], [-2, 1, 2], [-1, 0, 1]], atol=1e-5
        )
        assert report.clipped == pytest.approx(
            ((after == 0) | (after == 255))[1:-1, 1:-1].mean(), abs=1e-9
        )
        assert str(pipeline).endswith("| relu") == shape.endswith("relu")
