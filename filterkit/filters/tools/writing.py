"""A filter becomes a kernel of another tool where the tool can hold it; else we say what it can."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from filterkit.errors import FilterError
from filterkit.filters.formats.weights import MOST_BYTES
from filterkit.filters.meaning import made, parse
from filterkit.filters.tools.joining import joined
from filterkit.filters.tools.known import tool as tool_of
from filterkit.filters.tools.laid import SHORT, WHITE, called, laid_of
from filterkit.filters.tools.tool import Tool
from filterkit.settings import defaults, kinds, written
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Bank, Pipeline, walk
from filterkit.steps.step import Step

AFTERWARDS = {
    "stride": "and take every so many rows and columns of the result",
    "padding": "and pad the picture, or cut the result, as you need it",
    "bias": "and add the bias to the result",
}
"""What cannot be left out without another result, and what does the same elsewhere."""

ROUNDED = 1e-6
"""Weights that come back with a larger difference, as a share of white, were rounded."""


class Exported(NamedTuple):
    """Hold what goes to the other tool, and sentences about what it does not say."""

    content: bytes
    notes: tuple[str, ...] = ()


def exported(step: Step, tool: Tool) -> Exported:
    """Write a filter as a tool has it. Raises FilterError with the nearest that the tool holds."""
    if "steps" in tool.holds:
        return Exported(_bytes(tool.write(step)))
    kernel = _kernel(step, tool)
    _check_settings(kernel, tool)
    _check_matrices(kernel, tool)
    _check_numbers(kernel)
    content = tool.write(kernel)
    notes = [
        *_unsaid(kernel, tool), *_length(content, tool), *_rounding(content, kernel, tool),
        *tool.cautions(kernel),
    ]  # fmt: skip
    return Exported(_bytes(content), tuple(notes))


def write_kernel(filter: str | Step, format: str) -> str | bytes:
    """Give a filter as a kernel of another tool: "imagemagick", "vips", "pytorch", ...

    The result is text, of "npy" bytes. What the kernel does not say is a warning. Raises
    FilterError where the tool cannot hold the filter, and UsageError for an unknown format.
    """
    if not isinstance(filter, str | Step):
        raise TypeError(
            f"a filter is text or a step, not {type(filter).__name__}: "
            "Convolve([[1, 2], [3, 4]]) makes a step of a matrix."
        )
    step = parse(filter) if isinstance(filter, str) else filter
    known = tool_of(format)
    content, notes = exported(step, known)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    return content if known.ending == ".npy" else content.decode()


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _kernel(step: Step, tool: Tool) -> Convolve:
    """Give the one convolution that a filter is, or raise FilterError."""
    if isinstance(step, Pipeline) and len(step.steps) == 1:
        kernel = _kernel(step.steps[0], tool)
        return kernel if step.render is None else replace(kernel, render=step.render)
    if isinstance(step, Convolve):
        return step
    if isinstance(step, Bank) and all(isinstance(one, Convolve) for one in step.operands):
        together = joined(step, "fusion" in tool.holds) if "maps" in tool.holds else None
        if together is not None:
            return together
    raise _no_kernel(step, tool)


def _no_kernel(step: Step, tool: Tool) -> FilterError:
    """Say that a filter is more than a tool takes, and what of it the tool would take."""
    if not any(isinstance(one, Convolve) for one in walk(step)):
        return FilterError(
            f"{called(step)} has no kernel to export.", "a filter with one, such as sharpen"
        )
    several = "maps" in tool.holds
    if several and isinstance(step, Bank) and {*map(type, step.operands)} == {Convolve}:
        return FilterError(
            f"the kernels of {called(step)} differ in more than their weights, and those of "
            f"{tool.kernel} may not.",
            f"filterkit export one of them --to {tool.name}; or all of it --to toml",
        )
    inside = str(Pipeline(step.steps)) if isinstance(step, Pipeline) and step.name else ""
    made_of = f" ({inside})" if inside and len(inside) <= SHORT else ""
    much, most = (
        ("more than kernels", "nothing else") if several else ("more than one kernel", "one")
    )
    return FilterError(
        f"{called(step)} is {much}{made_of}, and {tool.kernel} holds {most}.",
        "; or ".join(filter(None, (_line(_first(step, several), tool), "all of it --to toml"))),
    )


def _first(step: Step, several: bool) -> Step:
    """Give the first kernel of a filter, or the first kernels side by side."""
    parts = step.steps if isinstance(step, Pipeline) else ()
    if isinstance(step, Bank):
        parts = step.operands if not (several and joined(step, fused=True)) else ()
    return _first(parts[0], several) if parts else step


def _line(step: Step, tool: Tool) -> str:
    """Write the line that exports a filter, if that is short enough to be typed."""
    return f'filterkit export "{step}" --to {tool.name}' if called(step) == str(step) else ""


def _check_settings(step: Convolve, tool: Tool) -> None:
    """Refuse what would give another result: the tool has no place for it."""
    plain = defaults(Convolve)
    for key, instead in AFTERWARDS.items():
        value = getattr(step, key)
        if value != plain[key] and key not in tool.holds:
            said = f"{key}={kinds(Convolve)[key].write(value)}"
            nearest = replace(step, **{key: plain[key]})
            raise FilterError(
                f"{tool.kernel} holds no {key}, and {called(step)} has {said}.",
                f"{_line(nearest, tool) or 'the same without it'}, {instead}",
            )
    if tool.borders and step.border not in (*tool.borders, plain["border"]):
        nearest = replace(step, border=tool.borders[0])
        raise FilterError(
            f"{tool.kernel} has no border {step.border}; it has {', '.join(tool.borders)}.",
            _line(nearest, tool) or f"border={tool.borders[0]}",
        )


def _check_matrices(step: Convolve, tool: Tool) -> None:
    """Refuse more matrices than the tool takes."""
    kernel = step.kernel
    counts = {"maps": (kernel.maps, "map"), "channels": (kernel.channels, "channel")}
    for key, (count, each) in counts.items():
        if count > 1 and key not in tool.holds:
            raise FilterError(
                f"{tool.kernel} is one matrix, and {called(step)} has {count}, one a {each}.",
                f"--to npy, which holds all of them, or one {each} at a time",
            )


def _check_numbers(step: Convolve) -> None:
    """Refuse weights that have no finite quotient."""
    if not math.isfinite(step.kernel.reach / step.divide):
        raise FilterError(
            f"the weights of {called(step)}, divided by {written(step.divide)}, are more than a "
            "number can hold.",
            "weights and a divisor nearer to 1",
        )


def _unsaid(step: Convolve, tool: Tool) -> Iterator[str]:
    """Yield what the filter says and the tool's kernel does not: it depends on how it is run."""
    if step.border != defaults(Convolve)["border"] and not tool.borders:
        yield f"{tool.kernel} says nothing of borders, and this filter has {step.border}."
    if step.fusion not in (None, "keep") and "fusion" not in tool.holds:
        yield f"{tool.kernel} says nothing of fusion, and this filter has {step.fusion}."


def _length(content: str | bytes, tool: Tool) -> Iterator[str]:
    """Yield that filterkit itself would not read a text of such a length."""
    if tool.read is not None and len(content) > MOST_BYTES:
        yield f"filterkit itself reads {MOST_BYTES} letters of a kernel, and these are more."


def _rounding(content: str | bytes, step: Convolve, tool: Tool) -> Iterator[str]:
    """Read a text back, and yield how far its weights are from what they should be."""
    long = len(content) > MOST_BYTES
    if tool.read is None or isinstance(content, bytes) or step.kernel.maps > 1 or long:
        return
    back = made(tool.read(content)).steps
    if len(back) > 1 or not isinstance(back[0], Convolve):
        return
    before, after = (laid_of(one)[0].odd() for one in (step, back[0]))
    size = tuple(map(max, before.size, after.size))
    pairs = zip(*(one.odd((size[0], size[1])).divided() for one in (before, after)), strict=True)
    lost = sum(abs(a - b) for row, other in pairs for a, b in zip(row, other, strict=True))
    if lost > ROUNDED * max(1.0, step.kernel.reach / abs(step.divide)):
        levels = WHITE * lost
        yield (
            f"the weights of {tool.kernel} were rounded: a result differs by {levels:.1g} grey "
            "levels at most."
        )
