"""What was learned, as a table in a terminal: how near it comes, and the matrices."""

import math
from collections.abc import Iterator

import numpy as np

from filterkit.learning.report import Report
from filterkit.steps.convolve import Convolve
from filterkit.steps.pipeline import Pipeline, walk
from filterkit.viewing.kernels import matrix_lines

Line = tuple[str, str, str]


def figures(report: Report) -> Iterator[Line]:
    """Yield the figures of a fit: what, how much, and what to think of it."""
    yield "residual", f"{report.residual:.3f} grey levels", "rounding alone leaves 0.289"
    same = math.isinf(report.psnr)
    yield (
        "applied again",
        f"{_percent(report.exact)} of the pixels exactly",
        ("no pixel differs" if same else f"{_percent(report.within_one)} within one grey level"),
    )
    yield "PSNR", "no difference" if same else f"{report.psnr:.1f} dB", ""
    yield "held out", f"R2 {report.r2:.6f}", "of windows that nothing was fitted to"
    yield "descent", f"{report.steps:,} steps of {report.optimizer}", ""
    clipped = f"{_percent(report.clipped)} clipped, left out" if report.clipped else ""
    yield "windows", f"{report.windows:,}", clipped
    if report.deviations is not None:
        off = float(np.max(report.deviations))
        yield "standard error", f"{off:.2g} of a weight at the most", ""
    if report.condition is not None:
        yield (
            "condition",
            f"{report.condition:.3g}",
            "of the windows; noise has 30, photographs 1e5",
        )
    if report.separable is not None:
        yield (
            "separable",
            _percent(report.separable),
            "of the weights' squares: a column times a row",
        )
    if report.border:
        yield "border", report.border, ""
    if report.space != "srgb":
        yield "space", report.space, "light, not the numbers as they are stored"
    if report.exactly:
        yield "exactly", report.exactly, ""


def learned_lines(filter: Pipeline, report: Report) -> list[str]:
    """Write the matrices, and the figures beneath."""
    lines = [f"{report.shape}: learned from {report.examples[0]}"]
    if len(report.examples) > 1:
        lines[0] += f" and {len(report.examples) - 1} more pairs"
    learned = [one for one in walk(filter) if isinstance(one, Convolve) and one.origin is None]
    for step in learned:
        lines.extend(["", *matrix_lines(step)])
        if step.bias:
            lines.append(f"  + {step.bias:.4g}")
    table = list(figures(report))
    widths = [max(len(line[at]) for line in table) for at in range(2)]
    lines.append("")
    for name, value, meaning in table:
        lines.append(f"  {name.ljust(widths[0])}  {value.ljust(widths[1])}  {meaning}".rstrip())
    return lines


def _percent(share: float) -> str:
    """Write a share, without rounding the last pixel away."""
    if 0.99995 <= share < 1:
        return "99.99 %"
    return (
        f"{100 * share:.4g} %" if share < 0.9 else f"{100 * share:.2f} %".replace("100.00", "100")
    )
