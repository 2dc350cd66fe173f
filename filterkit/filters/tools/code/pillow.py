"""Code for Pillow: ImageFilter.Kernel, whose rows go from the bottom to the top."""

from filterkit.errors import FilterError
from filterkit.filters.tools.code.text import COMMAND, heading
from filterkit.filters.tools.laid import WHITE, laid_of
from filterkit.filters.tools.numbers import words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import pair_text
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

SIDES = (3, 5)


def write(step: Convolve) -> str:
    """Write a function of a picture of Pillow, grey or RGB."""
    kernel = laid_of(step)[0].odd()
    if max(kernel.size) > SIDES[-1]:
        raise FilterError(
            f"a kernel of Pillow has 3x3 or 5x5 weights, not {pair_text(kernel.size)}.",
            "--to scipy, or --to opencv",
        )
    kernel = kernel.square(SIDES)
    rows = "\n".join(f"    {words(row, ', ')}," for row in kernel.rows[::-1])
    settled = f"scale={written(kernel.divide)}, offset={written(kernel.bias * WHITE)}"
    return f'''{heading(step, "pictures of 8 bits, grey (L) or RGB.")}
from PIL import ImageFilter

WEIGHTS = [  # row by row from the bottom to the top, as Pillow takes them
{rows}
]
KERNEL = ImageFilter.Kernel({kernel.size}, WEIGHTS, {settled})


def filtered(picture):
    """Give the picture filtered; Pillow leaves its border as it was."""
    return picture.filter(KERNEL)
'''


TOOL = Tool(
    "pillow",
    "Pillow",
    "a kernel of Pillow",
    COMMAND,
    write,
    flips="top and bottom",
    normalises="without scale, by the sum of the weights",
    border="left as it was",
    ending=".py",
    holds=frozenset({"bias"}),
)
