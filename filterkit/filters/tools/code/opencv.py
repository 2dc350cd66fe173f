"""Code for OpenCV: cv2.filter2D, which correlates each channel."""

from filterkit.filters.tools.code.text import COMMAND, array, every, heading
from filterkit.filters.tools.laid import laid_of
from filterkit.filters.tools.tool import Tool
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

BORDERS = {
    "reflect": "cv2.BORDER_REFLECT_101",
    "symmetric": "cv2.BORDER_REFLECT",
    "edge": "cv2.BORDER_REPLICATE",
    "zero": "cv2.BORDER_CONSTANT",
}
"""filter2D does not wrap around."""


def write(step: Convolve) -> str:
    """Write a function of an array (rows, columns) or (rows, columns, channels)."""
    kernel = laid_of(step)[0].odd()
    divided = "" if kernel.divide == 1 else f" / {written(kernel.divide)}"
    delta = f", delta={written(kernel.bias)}" if kernel.bias else ""
    border = BORDERS[step.border]
    return f'''{heading(step, "arrays (rows, columns[, channels]), 1 is white.")}
import cv2
import numpy as np

KERNEL = np.array({array([list(row) for row in kernel.rows])}, float){divided}


def filtered(image):
    """Give the feature map of every channel."""
    image = np.asarray(image, np.float32)
    maps = cv2.filter2D(image, -1, KERNEL{delta}, borderType={border})
    return maps{every(step)}
'''


TOOL = Tool(
    "opencv",
    "OpenCV",
    "a function with OpenCV",
    COMMAND,
    write,
    border="reflect; edge, symmetric, zero",
    ending=".py",
    holds=frozenset({"stride", "bias"}),
    borders=tuple(BORDERS),
)
