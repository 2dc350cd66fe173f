"""Kernels of G'MIC: an image written out, columns with commas, rows with semicolons."""

import re

from filterkit.errors import FilterError
from filterkit.filters.tools.laid import Laid, laid_of
from filterkit.filters.tools.numbers import even_rows, number, words
from filterkit.filters.tools.tool import Tool
from filterkit.filters.tree import Tree
from filterkit.steps.convolve import Convolve

NAME = "a G'MIC kernel"


def read(text: str) -> Tree:
    """Read (1,2,1;2,4,2;1,2,1). Raises FilterError."""
    inside = re.fullmatch(r"\(?([^()]*)\)?", text.strip().strip("'\""))
    if not inside or not inside[1].strip():
        raise FilterError(f"{NAME} stands in parentheses: (1,2,1;2,4,2;1,2,1).")
    if found := re.search("[/^]", inside[1]):
        what = "slices" if found[0] == "/" else "channels"
        raise FilterError(
            f"{NAME} with several {what} is no matrix, and '{found[0]}' separates them.",
            "one matrix at a time, with , and ;",
        )
    rows = ([number(word.strip(), NAME) for word in row.split(",")] for row in inside[1].split(";"))
    return Laid(even_rows(rows, NAME)).atom()


def write(step: Convolve) -> str:
    """Write the weights, the divisor in them."""
    rows = laid_of(step)[0].divided()
    return f"({';'.join(words(row, ',') for row in rows)})\n"


TOOL = Tool(
    "gmic",
    "G'MIC",
    NAME,
    'gmic photo.png "KERNEL" correlate[0] [1],1 rm[1] round cut 0,255 output out.png',
    write,
    read,
    flips="`convolve` does, `correlate` does not",
    border="edge; `0` for `1` behind the comma is zero, `2` wrap, `3` symmetric",
)
