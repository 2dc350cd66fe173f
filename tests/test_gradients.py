"""Gradients: what goes back through every step is what central differences and PyTorch find."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import convolutions, fits, pipelines, pools

from filterkit import parse
from filterkit.engine.definition import define
from filterkit.engine.gradients import traced
from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.convolve import FUSIONS, Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.kernel import Kernel
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline, walk
from filterkit.steps.pool import Pool

GENERATORS = st.integers(0, 2**32 - 1).map(np.random.default_rng)
SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 6), st.integers(1, 6))
NEAR = 1e-5


def apart(rng, shape):
    """Make an image of numbers of both signs, any two of them apart, and none near a corner."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) + rng.uniform(0.3, 0.7, count)) * 3.1 / count - 1.52).reshape(
        shape
    )


def moved(step, move):
    """Give the step with the weights and bias of every convolution changed by `move`, in order."""
    if isinstance(step, Pipeline):
        return replace(step, steps=[moved(one, move) for one in step.steps])
    if isinstance(step, Bank):
        return Bank([moved(one, move) for one in step.operands])
    if not isinstance(step, Convolve):
        return step
    weights, bias = move(step.kernel.weights, step.bias)
    return replace(step, kernel=Kernel(weights), bias=bias)


def unlike(step, rng):
    """Give the step with weights of which no two, nor sums of them, are alike."""
    return moved(step, lambda weights, bias: (rng.normal(size=weights.shape), rng.normal()))


def along(step, image, upstream, directions, by):
    """Weigh the result that image and kernels moved along their directions would have."""
    pairs = iter(directions[1])

    def move(weights, bias):
        turn = next(pairs)
        return weights + by * turn[0], bias + by * turn[1]

    result = define(moved(step, move), image + by * directions[0])
    return float((result * upstream).sum())


def difference(step, image, upstream, directions):
    """Give the central difference; pass over examples where a corner or a pole is near."""
    near, far = (
        (
            along(step, image, upstream, directions, by)
            - along(step, image, upstream, directions, -by)
        )
        / (2 * by)
        for by in (NEAR, 2 * NEAR)
    )
    assume(abs(near - far) <= 1e-5 * max(1, abs(near)))
    return near


def check_gradients(step, image, rng):
    """Compare the gradients of a random number made of the result with central differences."""
    result, back = traced(step, image)
    upstream = rng.normal(size=result.shape)
    found = back(upstream)
    assert found.image.shape == image.shape
    kernels = [one for one in walk(step) if isinstance(one, Convolve)]
    assert [one.weights.shape for one in found.kernels] == [k.kernel.weights.shape for k in kernels]
    turn = rng.normal(size=image.shape)
    still = [(np.zeros_like(one.weights), 0.0) for one in found.kernels]
    expected = difference(step, image, upstream, (turn, still))
    tolerance = {"rtol": 2e-5, "atol": 2e-5}
    np.testing.assert_allclose((found.image * turn).sum(), expected, **tolerance)
    turns = [(rng.normal(size=one.weights.shape), rng.normal()) for one in found.kernels]
    if turns:
        expected = difference(step, image, upstream, (np.zeros_like(image), turns))
        total = sum(
            (one.weights * weights).sum() + one.bias * bias
            for one, (weights, bias) in zip(found.kernels, turns, strict=True)
        )
        np.testing.assert_allclose(total, expected, **tolerance)


@settings(max_examples=150)
@given(st.data(), GENERATORS, SHAPES)
def test_gradients_of_a_convolution_are_its_central_differences(data, rng, shape):
    channels = data.draw(st.sampled_from([1, 3]))
    step = unlike(data.draw(convolutions(channels)), rng)
    fits(step, (*shape[1:], channels))
    check_gradients(step, apart(rng, (*shape, channels)), rng)


@given(st.data(), GENERATORS)
def test_gradients_go_back_through_every_fusion_to_every_map_and_member(data, rng):
    shared = Convolve(np.ones((2, 1, 2, 2)), fusion=data.draw(st.sampled_from(FUSIONS)), divide=-2)
    apiece = Convolve(np.ones((3, 2, 3, 1)), fusion=data.draw(st.sampled_from(FUSIONS)), flip=True)
    bank = Bank([Convolve([[1]], fusion="keep"), Convolve([[1, 1]], fusion="sum")])
    step = Pipeline([bank, Fuse("keep"), shared])
    check_gradients(unlike(step, rng), apart(rng, (2, 4, 5, 3)), rng)
    check_gradients(unlike(apiece, rng), apart(rng, (2, 4, 5, 2)), rng)


@given(st.data(), GENERATORS, SHAPES)
def test_gradients_of_a_pool_are_its_central_differences(data, rng, shape):
    step = data.draw(pools())
    fits(step, (*shape[1:], 2))
    check_gradients(step, apart(rng, (*shape, 2)), rng)


@pytest.mark.parametrize("kind", ACTIVATIONS)
@settings(max_examples=10)
@given(rng=GENERATORS)
def test_gradients_of_an_activation_are_its_central_differences(kind, rng):
    check_gradients(Activate(kind), apart(rng, (5, 7, 2)), rng)
    if ACTIVATIONS[kind].value is not None:
        check_gradients(Activate(kind, 0.7), apart(rng, (5, 7, 2)), rng)


@pytest.mark.parametrize("kind", ["zscore", "minmax", "l2"])
@settings(max_examples=10)
@given(rng=GENERATORS)
def test_gradients_of_a_normalization_are_its_central_differences(kind, rng):
    check_gradients(Normalize(kind), apart(rng, (2, 4, 5, 3)), rng)


@pytest.mark.parametrize("kind", FUSIONS)
@settings(max_examples=10)
@given(rng=GENERATORS)
def test_gradients_of_a_fusion_reach_members_and_channels(kind, rng):
    check_gradients(Fuse(kind), apart(rng, (2, 4, 5, 3)), rng)
    uneven = Bank([Convolve([[1]], fusion="sum"), Convolve([[1]], fusion="keep"), Activate("tanh")])
    check_gradients(unlike(Pipeline([uneven, Fuse(kind)]), rng), apart(rng, (4, 5, 3)), rng)


@pytest.mark.parametrize("step", [Gray(), Flatten(), Bank([Gray(), Activate("tanh")])], ids=str)
@settings(max_examples=10)
@given(rng=GENERATORS)
def test_gradients_of_the_other_steps_are_their_central_differences(step, rng):
    check_gradients(step, apart(rng, (2, 4, 5, 3)), rng)
    check_gradients(step, apart(rng, (4, 5, 1)), rng)


@settings(max_examples=60)
@given(st.data(), GENERATORS, SHAPES)
def test_gradients_of_a_pipeline_are_its_central_differences(data, rng, shape):
    channels = data.draw(st.sampled_from([1, 3]))
    step = unlike(data.draw(pipelines(channels)), rng)
    fits(step, (*shape[1:], channels))
    with np.errstate(all="ignore"):
        check_gradients(step, apart(rng, (*shape, channels)), rng)


@settings(max_examples=60)
@given(st.data(), GENERATORS, SHAPES)
def test_what_is_traced_is_what_is_defined(data, rng, shape):
    channels = data.draw(st.sampled_from([1, 3]))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    step = data.draw(pipelines(channels))
    fits(step, (*shape[1:], channels))
    image = rng.normal(size=(*shape, channels)).astype(dtype)
    with np.errstate(all="ignore"):
        result, back = traced(step, image)
        found = back(np.ones_like(result))
        np.testing.assert_array_equal(result, define(step, image))
    assert found.image.dtype == dtype
    assert all(one.weights.dtype == dtype for one in found.kernels)


@settings(max_examples=60)
@given(st.data(), GENERATORS, SHAPES)
def test_the_way_back_through_a_linear_step_is_its_adjoint(data, rng, shape):
    linear = st.one_of(
        convolutions(3, fusions=("sum", "mean", "keep")).map(lambda one: replace(one, bias=0.0)),
        pools().map(lambda one: replace(one, kind="average")),
        pools().map(lambda one: replace(one, kind="sum")),
        st.sampled_from([Gray(), Flatten(), Fuse("sum"), Fuse("mean")]),
        st.just(parse("(blur & sobel-x) | fuse:mean | average-pool:2,stride=1,padding=1")),
    )
    step = data.draw(linear)
    fits(step, (*shape[1:], 3))
    image = rng.normal(size=(*shape, 3))
    result, back = traced(step, image)
    upstream = rng.normal(size=result.shape)
    forth, returned = (result * upstream).sum(), (image * back(upstream).image).sum()
    np.testing.assert_allclose(forth, returned, rtol=1e-9, atol=1e-9)


def test_the_first_of_several_largest_numbers_gets_the_gradient():
    image = np.array([[3.0, 3.0], [3.0, 1.0]])[..., None]
    for step in (Pool("max"), Normalize("minmax")):
        _, back = traced(step, image)
        assert np.flatnonzero(back(np.ones_like(define(step, image))).image)[0] == 0
    _, back = traced(Pool("max"), image)
    assert back(np.ones((1, 1, 1))).image.ravel().tolist() == [1, 0, 0, 0]
    _, back = traced(Fuse("min"), np.ones((1, 1, 3)))
    assert back(np.ones((1, 1, 1))).image.ravel().tolist() == [1, 0, 0]


@pytest.mark.parametrize("text", ["normalize:zscore", "normalize:minmax", "normalize:l2"])
def test_a_constant_map_is_normalized_to_0_and_has_no_gradient(text):
    result, back = traced(parse(text), np.full((3, 4, 2), 0.3))
    assert not result.any()
    assert not back(np.ones_like(result)).image.any()


@pytest.mark.parametrize("text", ["l2-pool:2", "fuse:l2", "normalize:l2", "[1 2]:fusion=l2"])
def test_a_root_of_nothing_but_zeros_has_no_gradient(text):
    result, back = traced(parse(text), np.zeros((4, 4, 3)))
    assert not back(np.ones_like(result)).image.any()


def test_a_product_with_a_zero_in_it_keeps_the_gradient_of_the_zero():
    _, back = traced(Fuse("product"), np.array([2.0, 0.0, 5.0]).reshape(1, 1, 3))
    assert back(np.ones((1, 1, 1))).image.ravel().tolist() == [0, 10, 0]


def test_kernels_come_in_the_order_in_which_they_stand():
    step = parse("[1 2 3] & (gray | [1; 2] | relu | [5]) | fuse:sum | [1 1 1 1; 2 2 2 2]")
    result, back = traced(step, np.random.default_rng(1).random((2, 6, 7, 3)))
    found = back(np.ones_like(result)).kernels
    sizes = [one.weights.shape[2:] for one in found]
    assert sizes == [(1, 3), (2, 1), (1, 1), (2, 4)]


def test_an_impulse_in_the_gradient_prints_the_window_it_saw():
    image = np.random.default_rng(11).random((5, 6, 1))
    result, back = traced(Convolve(np.ones((3, 3)), divide=4, fusion="sum"), image)
    upstream = np.zeros_like(result)
    upstream[2, 3] = 1
    (kernel,) = back(upstream).kernels
    np.testing.assert_array_equal(kernel.weights[0, 0], image[1:4, 2:5, 0] / 4)
    assert kernel.bias == 1


def as_torch(torch, image):
    """Turn (images, rows, columns, channels) into PyTorch's order, with gradients."""
    return torch.tensor(np.moveaxis(image, -1, 1).copy(), requires_grad=True)


def compare_with_torch(step, image, function, parameters=()):
    """Compare result and gradients with those of a function of PyTorch."""
    torch = pytest.importorskip("torch")
    result, back = traced(step, image)
    upstream = np.random.default_rng(13).normal(size=result.shape)
    found = back(upstream)
    tensor = as_torch(torch, image)
    other = function(torch.nn.functional, tensor, *parameters)
    np.testing.assert_allclose(np.moveaxis(result, -1, 1), other.detach().numpy(), atol=1e-10)
    other.backward(torch.tensor(np.moveaxis(upstream, -1, 1).copy()))
    np.testing.assert_allclose(np.moveaxis(found.image, -1, 1), tensor.grad.numpy(), atol=1e-10)
    for kernel, weights in zip(found.kernels, parameters, strict=True):
        np.testing.assert_allclose(kernel.weights, weights.grad.numpy(), atol=1e-9)


def layers(rng, *shapes):
    """Make weights and the same for PyTorch."""
    torch = pytest.importorskip("torch")
    weights = [rng.normal(size=shape) for shape in shapes]
    return weights, [torch.tensor(one, requires_grad=True) for one in weights]


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1)])
@pytest.mark.parametrize("padding", [0, 2])
def test_gradients_of_a_convolution_are_those_of_pytorch(stride, dilation, padding):
    rng = np.random.default_rng(17)
    (weights,), parameters = layers(rng, (4, 3, 3, 2))
    step = Convolve(weights, stride=stride, dilation=dilation, padding=padding, border="zero")
    compare_with_torch(
        step,
        rng.normal(size=(2, 9, 8, 3)),
        lambda f, image, own: f.conv2d(image, own, None, stride, padding, dilation),
        parameters,
    )


@pytest.mark.parametrize(
    "text, function",
    [
        ("max-pool:3,stride=2,padding=1", lambda f, image: f.max_pool2d(image, 3, 2, 1)),
        ("average-pool:2", lambda f, image: f.avg_pool2d(image, 2)),
        (
            "average-pool:3,stride=1,padding=1",
            lambda f, image: f.avg_pool2d(image, 3, 1, 1, count_include_pad=False),
        ),
        ("sigmoid", lambda f, image: f.sigmoid(image)),
        ("tanh", lambda f, image: f.tanh(image)),
        ("elu:0.5", lambda f, image: f.elu(image, 0.5)),
        ("softplus", lambda f, image: f.softplus(image)),
        ("leaky-relu:0.1", lambda f, image: f.leaky_relu(image, 0.1)),
    ],
)
def test_gradients_of_pools_and_activations_are_those_of_pytorch(text, function):
    compare_with_torch(parse(text), np.random.default_rng(19).normal(size=(2, 7, 8, 3)), function)


def test_equal_numbers_in_a_window_are_told_apart_as_pytorch_does():
    image = np.random.default_rng(23).integers(0, 3, (4, 8, 8, 2)).astype(np.float64)
    compare_with_torch(parse("max-pool:2"), image, lambda f, image: f.max_pool2d(image, 2))


def test_gradients_of_a_small_network_are_those_of_pytorch():
    rng = np.random.default_rng(29)
    (first, second), parameters = layers(rng, (4, 3, 3, 3), (2, 4, 3, 3))
    step = Pipeline(
        [
            Convolve(first, padding=1, border="zero"),
            Activate("relu"),
            Pool("max", 2),
            Convolve(second, padding="valid"),
        ]
    )
    compare_with_torch(
        step,
        rng.normal(size=(3, 10, 12, 3)),
        lambda f, image, one, two: f.conv2d(
            f.max_pool2d(f.relu(f.conv2d(image, one, padding=1)), 2), two
        ),
        parameters,
    )
