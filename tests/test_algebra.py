"""Steps that change places change no result."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fits, pictures, pools

from filterkit.engine.algebra import simplified
from filterkit.engine.bands import Run
from filterkit.engine.definition import define
from filterkit.filters.meaning import parse
from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.pool import Pool


@pytest.mark.parametrize(
    ("written", "computed"),
    [
        ("edge | relu | max-pool:2", "edge | max-pool:2 | relu"),
        ("edge | relu | min-pool:2 | max-pool:3", "edge | min-pool:2 | max-pool:3 | relu"),
        ("relu | tanh | max-pool:2", "max-pool:2 | relu | tanh"),
        ("edge | leaky-relu:0.1 | max-pool:2", "edge | max-pool:2 | leaky-relu:0.1"),
        ("gaussian:2 | edge", "gaussian:2,fusion=sum | edge"),
        ("blur | gaussian:2 | edge", "blur:fusion=sum | gaussian:2,fusion=sum | edge"),
        ("blur | edge & sobel-x | fuse:l2", "blur:fusion=sum | edge & sobel-x | fuse:l2"),
    ],
)
def test_steps_change_places_where_they_commute(written, computed):
    assert simplified(parse(written)) == parse(computed)


@pytest.mark.parametrize(
    "text",
    [
        "edge | abs | max-pool:2",  # the largest may have been the lowest
        "edge | leaky-relu:-0.1 | max-pool:2",
        "edge | elu:-1 | max-pool:2",
        "edge | relu | average-pool:2",
        "gaussian:2 | edge:fusion=mean",  # which divides by the number of channels
        "gaussian:2 | edge:fusion=keep",
        "gaussian:2,bias=0.1 | edge",  # added once a channel
        "gaussian:2 | (edge & sharpen)",  # sharpen keeps the colours
        "gaussian:2 | relu | edge",
    ],
)
def test_steps_that_do_not_commute_stay(text):
    assert simplified(parse(text)) == parse(text)


@given(st.data())
def test_pooling_before_a_rising_activation_is_pooling_behind_it(data):
    pool = data.draw(pools())
    pool = Pool(data.draw(st.sampled_from(["max", "min"])), pool.size, pool.stride, pool.padding)
    kind = data.draw(st.sampled_from(list(ACTIVATIONS)))
    step = Pipeline([Activate(kind), pool])
    image = data.draw(pictures(dtype=np.float64))
    fits(step, image.shape)
    np.testing.assert_allclose(Run(step, image).numbers(), define(step, image), rtol=1e-12)


SUMMING = ("edge", "sobel", "sobel-x & laplacian", "edge | relu")
KEEPING = ("blur", "gaussian:1", "sharpen:stride=2", "[1 2 1]:divide=4,border=zero", "box:3 | blur")


@given(st.data())
def test_channels_summed_before_a_shared_kernel_are_those_summed_behind_it(data):
    text = f"{data.draw(st.sampled_from(KEEPING))} | ({data.draw(st.sampled_from(SUMMING))})"
    step = parse(text)
    assert simplified(step) != step
    image = data.draw(pictures(3))
    fits(step, image.shape)
    result = Run(step, image, height=data.draw(st.integers(1, 20))).numbers()
    np.testing.assert_allclose(result, define(step, image / 255), atol=2e-4)


def test_names_and_renderings_are_those_of_the_pipeline_as_written():
    image = np.zeros((8, 8, 3), np.uint8)
    step = parse("gaussian:2 | edge | relu | max-pool:2")
    run = Run(step, image)
    assert run.shape.members == step.shape(run.graph.nodes[0].shape).members
