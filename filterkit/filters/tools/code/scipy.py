"""Code for SciPy: scipy.ndimage.correlate, channel by channel."""

from filterkit.filters.tools.code.text import COMMAND, added, array, divided, every, heading
from filterkit.filters.tools.laid import laid_of
from filterkit.filters.tools.tool import Tool
from filterkit.steps.convolve import Convolve

MODES = {
    "reflect": "mirror",
    "symmetric": "reflect",
    "edge": "nearest",
    "wrap": "wrap",
    "zero": "constant",
}


def write(step: Convolve) -> str:
    """Write a function of an array (rows, columns, channels)."""
    rows = [list(row) for row in laid_of(step)[0].odd().rows]
    return f'''{heading(step, "arrays (rows, columns[, channels]), 1 is white.")}
import numpy as np
from scipy import ndimage

KERNEL = np.array({array(rows)}, float)


def filtered(image):
    """Give the feature map of every channel; the kernel's third axis keeps channels apart."""
    image = np.atleast_3d(np.asarray(image, float))
    maps = ndimage.correlate(image, KERNEL[:, :, None], mode="{MODES[step.border]}"){every(step)}
    return maps{divided(step)}{added(step)}
'''


TOOL = Tool(
    "scipy",
    "SciPy",
    "a function with SciPy",
    COMMAND,
    write,
    flips="`convolve` does, `correlate` does not",
    border="any; by itself symmetric, which it calls reflect",
    ending=".py",
    holds=frozenset({"stride", "bias"}),
    borders=tuple(MODES),
)
