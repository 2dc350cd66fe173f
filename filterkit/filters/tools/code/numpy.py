"""Code for NumPy: windows of the padded image, times the kernel, added up."""

from filterkit.filters.tools.code.text import COMMAND, added, array, divided, every, heading
from filterkit.filters.tools.laid import laid_weights
from filterkit.filters.tools.tool import Tool
from filterkit.steps.convolve import Convolve
from filterkit.steps.window import DRAWN

MODES = {one: one for one in DRAWN} | {"zero": "constant"}
FUSED = {
    "keep": "maps.reshape(*maps.shape[:2], -1)",
    "l2": "np.sqrt((maps**2).sum(axis=3))",
    "product": "maps.prod(axis=3)",
} | {kind: f"maps.{kind}(axis=3)" for kind in ("sum", "mean", "max", "min")}
"""How maps of (rows, columns, maps, channels) become (rows, columns, maps)."""


def write(step: Convolve) -> str:
    """Write a function of an array (rows, columns, channels)."""
    weights = laid_weights(step)
    alike = weights.shape[1] == 1
    added_around = ", ".join(f"({one.before}, {one.after})" for one in step.windows())
    return f'''{heading(step, "arrays (rows, columns[, channels]), 1 is white.")}
import numpy as np

KERNELS = np.array({array((weights[:, 0] if alike else weights).tolist())}, float)


def filtered(image):
    """Give the feature maps, (rows, columns, maps)."""
    image = np.atleast_3d(np.asarray(image, float))
    padded = np.pad(image, ({added_around}, (0, 0)), mode="{MODES[step.border]}")
    size = KERNELS.shape[-2:]
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(0, 1)){every(step)}
    maps = np.einsum("rcnij,{"mij" if alike else "mnij"}->rcmn", windows, KERNELS){divided(step)}
    return {FUSED[step.fused]}{added(step)}
'''


TOOL = Tool(
    "numpy",
    "NumPy",
    "a function with NumPy",
    COMMAND,
    write,
    border="any",
    ending=".py",
    holds=frozenset({"stride", "padding", "fusion", "bias", "maps", "channels"}),
    borders=tuple(DRAWN),
)
