"""Code for PyTorch: torch.nn.functional.conv2d, which correlates as networks do."""

from filterkit.errors import FilterError
from filterkit.filters.tools.code.text import COMMAND, added, array, divided, heading
from filterkit.filters.tools.laid import laid_weights
from filterkit.filters.tools.tool import Tool
from filterkit.steps.convolve import Convolve

MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular", "zero": "constant"}
"""There is no symmetric border."""

FUSED = {
    "keep": "maps.flatten(1, 2)",
    "l2": "(maps**2).sum(2).sqrt()",
    "product": "maps.prod(2)",
    "max": "maps.amax(2)",
    "min": "maps.amin(2)",
} | {kind: f"maps.{kind}(2)" for kind in ("sum", "mean")}
"""How maps of (images, maps, channels, rows, columns) become (images, maps, rows, columns)."""

ALIKE = """    count, channels = images.shape[:2]
    alone = padded.reshape(count * channels, 1, *padded.shape[2:])
    maps = functional.conv2d(alone, KERNELS.to(images), stride={stride})
    maps = maps.unflatten(0, (count, channels)).transpose(1, 2){divided}
    return {fused}{added}
"""
OWN = """    return functional.conv2d(padded, KERNELS.to(images), stride={stride}){divided}{added}
"""


def write(step: Convolve) -> str:
    """Write a function of a tensor (images, channels, rows, columns)."""
    weights = laid_weights(step)
    if step.kernel.channels > 1 and step.fused != "sum":
        raise FilterError(
            f"PyTorch adds up channels that have weights of their own, and fusion={step.fused} "
            "does not.",
            "fusion=sum, or --to numpy",
        )
    down, across = step.windows()
    last = (ALIKE if weights.shape[1] == 1 else OWN).format(
        stride=step.stride, divided=divided(step), added=added(step), fused=FUSED[step.fused]
    )
    sides = (across.before, across.after, down.before, down.after)
    return f'''{heading(step, "tensors (images, channels, rows, columns), 1 is white.")}
import torch
from torch.nn import functional

KERNELS = torch.tensor({array(weights.tolist())}, dtype=torch.float64)


def filtered(images):
    """Give the feature maps, (images, maps, rows, columns)."""
    images = images if images.is_floating_point() else images.float()
    padded = functional.pad(images, {sides}, mode="{MODES[step.border]}")
{last}'''


TOOL = Tool(
    "pytorch",
    "PyTorch",
    "a function with PyTorch",
    COMMAND,
    write,
    border="any but symmetric; by itself zero",
    ending=".py",
    holds=frozenset({"stride", "padding", "fusion", "bias", "maps", "channels"}),
    borders=tuple(MODES),
)
