"""Random steps, pipelines, pictures and expressions for property tests."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from filterkit.errors import ChannelsError, ShapeError, TooSmallError
from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.convolve import FUSIONS, Convolve
from filterkit.steps.fuse import Fuse
from filterkit.steps.kernel import Kernel
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.pool import POOLS, Pool
from filterkit.steps.step import Shape
from filterkit.steps.window import DRAWN

SIZES = st.integers(1, 5)
PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def kernels(draw, channels=1, whole=True):
    """Small kernels of any size, of whole weights unless asked."""
    shape = (draw(st.integers(1, 2)), channels, draw(SIZES), draw(SIZES))
    if whole:
        return Kernel(draw(hnp.arrays(np.int64, shape, elements=st.integers(-4, 4))))
    elements = st.floats(-2, 2, width=32, allow_subnormal=False)
    return Kernel(draw(hnp.arrays(np.float64, shape, elements=elements)))


@st.composite
def convolutions(draw, channels=1, whole=True, fusions=FUSIONS):
    """Convolutions with every setting at work; `channels` is that of the picture."""
    per_channel = channels if draw(st.booleans()) else 1
    return Convolve(
        draw(kernels(per_channel, whole)),
        stride=draw(PAIRS),
        padding=draw(st.sampled_from(["same", "valid", 0, 1, 2, 7])),
        border=draw(st.sampled_from(list(DRAWN))),
        dilation=draw(PAIRS),
        fusion=draw(st.sampled_from([None, *fusions])),
        divide=draw(st.sampled_from([1, 1, 2, 9, -3, 0.5])),
        bias=draw(st.sampled_from([0.0, 0.0, 0.25, -0.5])),
        flip=draw(st.booleans()),
    )


@st.composite
def pools(draw):
    """Pooling windows of any shape, padding smaller than the window."""
    size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = draw(st.sampled_from(["same", "valid", *range(min(size))]))
    stride = draw(st.one_of(st.none(), PAIRS))
    return Pool(draw(st.sampled_from(list(POOLS))), size, stride, padding)


def smooth_activations():
    """Every activation but threshold, whose step would tell two roundings apart."""
    return st.sampled_from([Activate(kind) for kind in ACTIVATIONS if kind != "threshold"])


@st.composite
def pipelines(draw, channels, normalized=True):
    """Two to four steps, a bank perhaps among them, that fit a picture of so many channels."""
    plain = [
        convolutions(1),
        pools(),
        smooth_activations(),
        st.builds(Fuse, st.sampled_from(FUSIONS)),
    ]
    if normalized:
        plain.append(st.builds(Normalize, st.sampled_from(["zscore", "minmax", "l2"])))
    any_step = st.one_of(plain)
    steps = [draw(convolutions(channels))]
    for _ in range(draw(st.integers(0, 3))):
        steps.append(
            draw(st.one_of(any_step, st.builds(Bank, st.lists(any_step, min_size=2, max_size=3))))
        )
    return Pipeline(steps)


def fits(step, shape):
    """Pass over examples in which no window fits or members disagree; give the shape made."""
    try:
        return step.shape(Shape.of(*shape))
    except (TooSmallError, ShapeError, ChannelsError):
        assume(False)


@st.composite
def pictures(draw, channels=None, dtype=np.uint8, most=12):
    """Pictures of a few pixels, down to 1x1."""
    channels = channels or draw(st.sampled_from([1, 1, 3]))
    shape = (draw(st.integers(1, most)), draw(st.integers(1, most)), channels)
    if np.issubdtype(dtype, np.integer):
        return draw(hnp.arrays(dtype, shape, elements=st.integers(0, np.iinfo(dtype).max)))
    return draw(hnp.arrays(dtype, shape, elements=st.floats(-2, 2, width=32)))
