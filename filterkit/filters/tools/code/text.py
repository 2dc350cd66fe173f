"""The parts that all code has in common: arrays written out, slices, what is done last."""

from collections.abc import Sequence
from typing import Any

from filterkit.filters.formats.weights import printable
from filterkit.filters.tools.laid import called
from filterkit.filters.tools.numbers import words
from filterkit.settings import written
from filterkit.steps.convolve import Convolve

COMMAND = "from kernel import filtered; result = filtered(image)"
"""How the code is used, whatever it takes for an image."""


def array(part: Sequence[Any], indent: str = "    ") -> str:
    """Write nested lists, each row of numbers on a line of its own."""
    if not isinstance(part[0], list):
        return f"[{words(part, ', ')}]"
    rows = "".join(f"{indent}{array(row, indent + '    ')},\n" for row in part)
    return f"[\n{rows}{indent[4:]}]"


def heading(step: Convolve, takes: str) -> str:
    """Write the docstring of the code: which filter it is, and what it takes."""
    name = printable(called(step)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{name}: {takes}"""\n'


def every(step: Convolve) -> str:
    """Write the slice that keeps every so many rows and columns, or nothing."""
    return "" if step.stride == (1, 1) else "[::{}, ::{}]".format(*step.stride)


def divided(step: Convolve) -> str:
    """Write the division, or nothing."""
    return "" if step.divide == 1 else f" / {written(step.divide)}"


def added(step: Convolve) -> str:
    """Write the addition of the bias, or nothing."""
    if not step.bias:
        return ""
    return f" {'-' if step.bias < 0 else '+'} {written(abs(step.bias))}"
