"""What a step does, in words."""

from collections.abc import Iterator

from filterkit.settings import written as plain
from filterkit.steps.activate import ACTIVATIONS, Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.normalize import Normalize
from filterkit.steps.pipeline import Bank
from filterkit.steps.pool import POOLS, Pool
from filterkit.viewing.tracing import Traced
from filterkit.viewing.worked import ratio

BORDERS = {
    "reflect": "what is there mirrored at the outermost pixel",
    "symmetric": "what is there mirrored at the rim",
    "edge": "the outermost pixel again and again",
    "wrap": "what is there at the other side",
    "zero": "0",
}
"""What added positions hold."""

FUSIONS = {
    "sum": "added up",
    "mean": "replaced by their mean",
    "max": "replaced by the largest",
    "min": "replaced by the smallest",
    "product": "multiplied",
    "l2": "replaced by the square root of the sum of their squares",
    "keep": "kept apart",
}
"""What becomes of several numbers of one place."""

STATISTICS = {
    "zscore": "its mean is taken away, and the rest is divided by the standard deviation",
    "minmax": "its lowest number becomes 0 and its highest 1",
    "l2": "it is divided by the square root of its sum of squares",
}


def sentences(stage: Traced, source: Traced) -> Iterator[str]:
    """Say what a step does to what comes in."""
    step = stage.step
    if isinstance(step, Convolve):
        yield from _convolution(step, source)
    elif isinstance(step, Pool):
        yield from _pooling(step)
    elif isinstance(step, Activate):
        value = "" if step.value is None else f"; value is {plain(step.value)}"
        yield f"Every number v by itself: {ACTIVATIONS[step.kind].formula}{value}."
    elif isinstance(step, Normalize):
        yield f"Every map by itself: {STATISTICS[step.kind]}."
    elif isinstance(step, Fuse):
        what = "members" if len(source.shape.members) > 1 else "channels"
        yield f"Place by place, the numbers of the {what} are {FUSIONS[step.kind]}."
    elif isinstance(step, Gray):
        yield "Red, green and blue become one brightness."
    elif isinstance(step, Flatten):
        yield "All numbers in one vector: row by row, column by column, a place's maps together."
    elif isinstance(step, Bank):
        yield "The results lie side by side, each a map or a member of its own."
    if ratio(stage, source) != 1:
        yield f"For this, numbers are divided by {source.white:g}: from here on 1 is white."


def _convolution(step: Convolve, source: Traced) -> Iterator[str]:
    kernel = step.kernel
    stride = "" if step.stride == (1, 1) else f" in steps of {plain(step.stride)}"
    yield (
        f"The kernel, {kernel.rows}x{kernel.columns}, slides over the picture{stride}. Under it, "
        "each number is multiplied with the weight that lies on it, and the products are added up"
        + (f"; the sum is divided by {plain(step.divide)}." if step.divide != 1 else ".")
    )
    if step.dilation != (1, 1):
        yield f"Its weights lie {plain(step.dilation)} apart."
    if step.flip:
        yield "It is turned by half a turn first."
    if any(window.before or window.after for window in step.windows()):
        yield f"What is added around the picture holds {BORDERS[step.border]}."
    if source.shape.channels > 1:
        yield f"The channels' sums are {FUSIONS[step.fused]}."
    if step.bias:
        yield f"Then {plain(step.bias)} of white is added."


def _pooling(step: Pool) -> Iterator[str]:
    stride = step.stride or step.size
    apart = "side by side" if stride == step.size else f"{plain(stride)} apart"
    rows, columns = step.size
    yield f"Of each window of {rows}x{columns} numbers the {POOLS[step.kind]} goes on."
    yield f"Windows lie {apart}."
    if step.padding != "valid":
        yield "What is added around does not count."
