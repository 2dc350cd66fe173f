"""Kernels side by side become one that makes several maps, for tools that hold several."""

from dataclasses import replace

from filterkit.filters.tools.laid import Laid, Rows, check_count, laid_of
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pipeline import Bank


def joined(bank: Bank, fused: bool) -> Convolve | None:
    """Give one convolution with the maps of all, or None where their settings do not agree.

    Where it matters how they are `fused`, they must agree in that too.
    """
    steps = [one for one in bank.operands if isinstance(one, Convolve)]
    if len(steps) < len(bank.operands) or any(one.kernel.channels > 1 for one in steps):
        return None
    said = {one.fused if fused else one.fusion for one in steps}
    fusion = said.pop() if fused or len(said) == 1 else "keep"
    first = _common(steps[0], fusion)
    for one in steps:
        own = one.fused if fused else fusion
        if replace(_common(one, own), kernel=first.kernel) != first:
            return None
    kernels = [kernel for step in steps for kernel in laid_of(step)]
    check_count(kernels)
    together = replace(first, kernel=Kernel(_together(kernels)))
    plain = replace(together, fusion=None)
    return plain if plain.fused == first.fused else together


def _common(step: Convolve, fusion: str | None) -> Convolve:
    """Give what must agree: all settings but those that go into the weights."""
    return replace(
        step, divide=1.0, dilation=(1, 1), flip=False, fusion=fusion, render=None, origin=None
    )


def _together(kernels: list[Laid]) -> list[list[Rows]]:
    """Give all matrices one size, with their divisors in them."""
    if len({one.size for one in kernels}) > 1:
        sizes = [one.odd().size for one in kernels]
        largest = max(rows for rows, _ in sizes), max(columns for _, columns in sizes)
        kernels = [one.odd(largest) for one in kernels]
    return [[one.divided()] for one in kernels]
