"""Shapes that are not linear: gradient, coordinates, descent and its checkpoint."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from teaching import filtered, listed, texture, weights_of

import filterkit
from filterkit.errors import ExamplesError, UsageError
from filterkit.learning import training
from filterkit.learning.checkpoint import Checkpoint
from filterkit.learning.examples import Reader, of_arrays
from filterkit.learning.learning import learn, learned
from filterkit.learning.model import Model
from filterkit.learning.nonlinear import random_starts
from filterkit.learning.objective import Objective
from filterkit.learning.options import Learning
from filterkit.learning.patches import Patches
from filterkit.learning.sought import read_shape
from filterkit.learning.whitening import LEAST, coordinates
from filterkit.steps.step import Shape

SHARPEN = "[0 -1 0; -1 5 -1; 0 -1 0]"
SHAPES = [
    "3x3 | sigmoid",
    "3x3 | relu | 3x3",
    "3x3 & 2x3 | fuse:l2",
    "3x3:stride=2 | tanh | max-pool:2",
    "1x3:divide=3 | softplus | 3x1:bias=0.5 | elu",
    "gaussian:1 & 3x3 | fuse:max",
    "3x3:dilation=2,flip=true | square",
]


def objective(shape, channels=1, limits=(0.0, 1.0), l2=0.0, seed=0, share=""):
    """An objective for pictures of noise, in white coordinates, and numbers to stand at."""
    step = read_shape(shape)
    before = (texture(110, 120, channels, seed) / 255).astype(np.float32)
    made = step.shape(Shape.of(*before.shape))
    random = np.random.default_rng(seed)
    after = random.choice([0.0, 0.3, 0.6, 1.0], (made.rows, made.columns, channels))
    model = Model.of(step, Shape.of(*before.shape), channels, share)
    patches = Patches.of([(before, after.astype(np.float32))], model.step)
    one = Objective(model, patches, limits, coordinates(model, patches), l2)
    return one, random_starts(one, Learning(seed=seed))[0]


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("limits", [None, (0.0, 1.0)])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_is_that_of_central_differences(shape, limits, l2):
    one, numbers = objective(shape, limits=limits, l2=l2)
    batch = one.patches.batch(one.patches.fitted[:2])
    batch = batch._replace(before=batch.before.astype(np.float64))

    def penalized(numbers):
        weights = one.weights(numbers)
        parts = one.model.unpacked(weights)
        penalty = sum(float(np.square(part.kernel).sum()) for part in parts)
        return one.loss(numbers, batch) + l2 * penalty

    gradient = one.gradient(numbers, batch)
    tiny = 1e-5 * np.abs(numbers).max()
    for at in range(len(numbers)):
        aside = tiny * np.eye(len(numbers))[at]
        slope = (penalized(numbers + aside) - penalized(numbers - aside)) / (2 * tiny)
        assert gradient[at] == pytest.approx(slope, rel=1e-3, abs=1e-5 * np.abs(gradient).max())


def test_beyond_a_limit_that_the_picture_shows_nothing_is_wrong():
    one, _ = objective("3x3")
    batch = one.patches.batch(one.patches.fitted[:2])
    weights = np.zeros(10)
    weights[-1] = 5.0  # the bias: every result is far above white
    white = batch._replace(after=np.ones_like(batch.after))
    assert one.loss(one.numbers(weights), white) == 0
    assert not one.gradient(one.numbers(weights), white).any()
    grey = batch._replace(after=np.full_like(batch.after, 0.75))
    assert one.loss(one.numbers(weights), grey) == pytest.approx(4.25**2)
    free = replace(one, limits=None)
    assert free.loss(one.numbers(weights), white) == pytest.approx(16)


@pytest.mark.parametrize("shape", SHAPES)
def test_weights_and_the_numbers_for_them_are_two_ways_to_say_one_thing(shape):
    one, numbers = objective(shape, channels=3)
    np.testing.assert_allclose(one.numbers(one.weights(numbers)), numbers, atol=1e-6)
    parts = one.model.unpacked(one.weights(numbers))
    np.testing.assert_array_equal(one.model.packed(parts), one.weights(numbers))
    step = one.model.with_numbers(one.weights(numbers))
    for made, part in zip(Model(step, one.model.places).learned, parts, strict=True):
        np.testing.assert_allclose(made.kernel.weights / made.divide, part.kernel, rtol=1e-12)
        assert made.bias == part.bias


def windows_of(one):
    """The windows of all patches that were looked at, one a row."""
    batch = one.patches.batch(one.patches.fitted[:256])
    (step,) = one.model.learned
    rows = []
    for image in batch.before.astype(np.float64):
        for _, down, across in listed(image, step.windows()):
            rows.append(image[np.ix_(down, across)][..., 0].ravel())
    return np.array(rows)


@pytest.mark.parametrize("shape", ["3x3 | sigmoid", "2x4 | tanh", "3x3:dilation=2 | relu"])
def test_in_their_coordinates_windows_vary_equally_much_in_all_directions(shape):
    one, _ = objective(shape)
    taps = one.model.learned[0].kernel.weights.size
    white = one.coordinates[:taps, :taps]
    seen = windows_of(one) @ white
    # Windows at the border of a patch are looked at too, which listed ones leave out.
    np.testing.assert_allclose(np.cov(seen, rowvar=False), np.eye(taps), atol=0.15)
    # The bias makes up for the mean: no number but its own moves what comes out on the whole.
    means = windows_of(one).mean(axis=0) @ white + one.coordinates[-1, :taps]
    np.testing.assert_allclose(means, 0, atol=0.05)


def test_a_direction_that_windows_hardly_have_is_not_blown_up():
    step = read_shape("3x3 | relu")
    ramp = np.tile(np.linspace(0, 1, 90, dtype=np.float32), (80, 1))[..., None]
    model = Model.of(step, Shape.of(*ramp.shape), 1, "")
    patches = Patches.of([(ramp, ramp)], model.step)
    values = np.linalg.eigvalsh(coordinates(model, patches)[:9, :9])
    assert values.max() / values.min() <= 1.001 / np.sqrt(LEAST)


RECOVERED = {
    "3x3 | sigmoid": (f"{SHARPEN} | sigmoid", 100, 0.02),
    "3x3 | tanh": ("[1 2 1; 0 0 0; -1 1 0]:bias=0.4 | tanh", 200, 0.02),
    "3x3 | relu | max-pool:2": (f"{SHARPEN} | relu | max-pool:2", 300, 0.001),
    "max-pool:2 | 3x3 | sigmoid": (f"max-pool:2 | {SHARPEN} | sigmoid", 150, 0.05),
}


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("shape", RECOVERED)
def test_a_kernel_is_found_behind_what_is_not_linear(shape, optimizer):
    expression, steps, near = RECOVERED[shape]
    image = texture(120, 130, 1)
    after = filtered(image, expression)
    pipeline, report = learn(image, after, shape, steps=steps, optimizer=optimizer)
    truth = weights_of(filterkit.parse(expression))
    np.testing.assert_allclose(weights_of(pipeline), truth, atol=near)
    assert report.optimizer == optimizer
    assert np.abs(filterkit.apply(image, pipeline).astype(int) - after)[2:-2, 2:-2].max() <= 1


def test_a_kernel_is_found_behind_its_magnitude():
    image = (texture(120, 130, 1) / 255).astype(np.float32)
    after = filtered(image, "[-1 0 1; -2 0 2; -1 0 1] | abs")
    pipeline, report = learn(image, after, "3x3 | abs", steps=400)
    weights = weights_of(pipeline)[0, 0]
    wanted = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    np.testing.assert_allclose(np.sign(weights[0, 2]) * weights, wanted, atol=1e-3)
    assert report.residual < 0.05


@pytest.mark.parametrize("shape", ["3x3 | relu | 3x3", "3x3 & 3x3 | fuse:l2", "3x3 | normalize"])
def test_descent_makes_the_error_smaller(shape):
    image = texture(100, 100, 1)
    made = {
        "3x3 | relu | 3x3": f"{SHARPEN}:bias=-0.4 | relu | [1 2 1; 2 4 2; 1 2 1]:divide=16",
        "3x3 & 3x3 | fuse:l2": "[-1 0 1]:divide=4 & [-1; 0; 1]:divide=4 | fuse:l2",
        "3x3 | normalize": f"{SHARPEN} | normalize:minmax",
    }[shape]
    after = filtered(image, made)
    shape = shape.replace("normalize", "normalize:minmax")
    report = learn(image, after, shape, steps=200).report
    losses = [loss for _, loss in report.losses]
    assert min(losses) < 0.8 * losses[0]
    assert report.residual == pytest.approx(min(losses))
    assert [at for at, _ in report.losses][:3] == [0, 50, 100]


@pytest.mark.parametrize("constraint", ["symmetric", "zero-sum", "sum-one"])
def test_constraints_hold_where_the_shape_is_not_linear(constraint):
    image = texture(100, 100, 1)
    after = filtered(image, "[1 2 0; 0 3 -1; 1 0 2]:divide=8 | sigmoid")
    pipeline, _ = learn(image, after, "3x3 | sigmoid", constrain=constraint, steps=60)
    weights = weights_of(pipeline)[0, 0]
    if constraint == "symmetric":
        np.testing.assert_allclose(weights, weights[::-1], atol=1e-8)
        np.testing.assert_allclose(weights, weights[:, ::-1], atol=1e-8)
    else:
        assert weights.sum() == pytest.approx(float(constraint == "sum-one"), abs=1e-7)


def readers(seed=0):
    image = texture(90, 90, 1, seed)
    return [Reader.of(of_arrays(image, filtered(image, f"{SHARPEN} | relu | max-pool:2")))]


POOLED = "3x3 | relu | max-pool:2"


def run(steps=120, seed=0, checkpoint=None, pairs=None, shape=POOLED, **how):
    found = learned(
        pairs or readers(), shape, Learning(steps=steps, seed=seed, **how), checkpoint=checkpoint
    )
    return str(found.filter), found.report.losses


def test_the_same_seed_gives_the_same_and_another_gives_another():
    first = run()
    assert run() == first
    assert run(seed=1)[0] != first[0]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(("shape", "looks"), [(POOLED, 13), ("3x3:stride=2 | sigmoid", 2)])
def test_a_descent_that_is_resumed_ends_as_if_it_had_never_been_interrupted(
    tmp_path, optimizer, shape, looks
):
    path = tmp_path / "kept.ckpt"
    heard = itertools.count()

    def interrupt(line):
        if next(heard) == looks:
            raise Interrupted

    how = {"steps": 200, "optimizer": optimizer}
    with pytest.raises(Interrupted):
        learned(readers(), shape, Learning(**how), interrupt, Checkpoint(path))
    assert path.exists()
    resumed = run(checkpoint=Checkpoint(path, resume=True), shape=shape, **how)
    assert resumed == run(shape=shape, **how)


def test_without_a_file_resuming_begins_at_the_beginning(tmp_path):
    assert run(checkpoint=Checkpoint(tmp_path / "none", resume=True)) == run()


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    path = tmp_path / "kept.ckpt"
    first = run(100, checkpoint=Checkpoint(path))
    kept = Checkpoint(path, resume=True)
    others = (
        {"steps": 100, "seed": 1},
        {"steps": 160},
        {"steps": 100, "optimizer": "sgd"},
        {"steps": 100, "pairs": readers() * 2},
        {"steps": 100, "pairs": readers(seed=5)},
        {"steps": 100, "l2": 0.5},
        {"steps": 100, "constrain": "symmetric"},
        {"steps": 100, "shape": "3x3 | relu | average-pool:2"},
    )
    for other in others:
        with pytest.raises(UsageError) as raised:
            run(checkpoint=kept, **other)
        assert str(raised.value) == (
            f"{path} is a checkpoint of another shape, seed or set of pictures."
        )
        assert raised.value.advice == "without --resume, or with what it was begun with"
    assert run(100, checkpoint=kept)[1] == first[1]


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\3\4 no zip", "npz", "npy"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "kept.npz"
    if content == "npz":
        np.savez(path, numbers=np.zeros(3))
    elif content == "npy":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is no checkpoint") as raised:
        run(checkpoint=Checkpoint(path, resume=True))
    assert raised.value.advice == "without --resume"
    assert path.read_bytes() == before


@pytest.mark.parametrize("cut", [0.3, 0.9, 0.999])
def test_a_checkpoint_that_is_cut_short_is_refused(tmp_path, cut):
    path = tmp_path / "kept.ckpt"
    run(10, checkpoint=Checkpoint(path))
    content = path.read_bytes()
    path.write_bytes(content[: int(cut * len(content))])
    with pytest.raises(UsageError, match="is no checkpoint"):
        run(10, checkpoint=Checkpoint(path, resume=True))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_descent_that_diverges_ends_in_a_sentence(monkeypatch, optimizer):
    monkeypatch.setattr(training, "ADAM_RATE", 1e9)
    monkeypatch.setattr(Objective, "curvature", lambda *given: 1e-9)
    image = texture(90, 90, 1)
    with pytest.raises(ExamplesError, match="the descent diverged after") as raised:
        learn(image, filtered(image, f"{SHARPEN} | abs"), "3x3 | abs", optimizer=optimizer)
    other = {"adam": "sgd", "sgd": "adam"}[optimizer]
    assert raised.value.advice == f"--optimizer {other}, or --l2 0.001"


def test_pictures_with_room_for_one_patch_are_too_small():
    small = texture(26, 30, 1)
    with pytest.raises(ExamplesError) as raised:
        learn(small, small, "3x3 | sigmoid")
    assert str(raised.value) == (
        "the pictures are too small: learning needs two patches of 24x24 pixels."
    )
    assert raised.value.advice == "larger pictures, or more of them"


def test_whole_maps_need_pictures_of_one_size():
    pictures = [texture(40, 40, 1), texture(40, 41, 1)]
    with pytest.raises(ExamplesError, match="looks at whole maps: all pictures need one size"):
        learn(pictures, pictures, "3x3 | normalize:minmax")


def test_patches_do_not_overlap_and_show_what_belongs_together():
    image = np.arange(150 * 160, dtype=np.float32).reshape(150, 160, 1)
    step = filterkit.parse("[0 0 0; 0 1 0; 0 0 0]:stride=2 | relu")
    patches = Patches.of([(image, image[::2, ::2])], step)
    places = [*patches.fitted, *patches.held_out]
    batch = patches.batch(places)
    rows, columns = slice(*batch.rows), slice(*batch.columns)
    np.testing.assert_array_equal(batch.before[:, ::2, ::2][:, rows, columns], batch.after)
    assert len(np.unique(batch.after)) == batch.after.size
    assert not {*patches.fitted} & {*patches.held_out}
