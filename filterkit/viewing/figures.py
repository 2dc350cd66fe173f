"""The figures of a fit, each with a few words on what it means."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from filterkit.learning.report import Report
from filterkit.viewing.curve import ROUNDING

UNKNOWN = "not known"
SPACES = {
    "srgb": "the numbers are taken as they are stored",
    "linear": "the numbers are turned into light first, and back afterwards",
}


class Figure(NamedTuple):
    """Hold a figure: what, how much, what to think of it, and that in brief."""

    name: str
    value: str
    meaning: str
    brief: str = ""


def named(example: str) -> str:
    """Name a pair, `before.png -> after.png`, with a real arrow."""
    return example.replace(" -> ", " → ")


def sentences(report: Report) -> list[str]:
    """Give what is to be said as whole sentences."""
    notes = [note[:1].upper() + note[1:] for note in report.notes if note]
    return [note if note.endswith((".", "!", "?")) else f"{note}." for note in notes]


def heading(report: Report) -> str:
    """Say what was learned from what, in one line."""
    first, *more = map(named, report.examples or ("unknown pictures",))
    others = f" and {len(more)} more pair{'s' * (len(more) > 1)}" if more else ""
    return f"{report.shape}, learned from {first}{others}"


def figures(report: Report) -> list[Figure]:
    """List the figures, from how near the filter comes to how it was found."""
    return [*_of_nearness(report), *_of_windows(report), *_of_matrix(report)]


def _of_nearness(report: Report) -> Iterator[Figure]:
    yield Figure(
        "residual", number(report.residual, "grey levels", ".3f"),
        f"how far the fit is off, root mean square; rounding alone leaves {ROUNDING}",
        f"rounding leaves {ROUNDING}",
    )  # fmt: skip
    same = report.psnr == math.inf
    yield Figure(
        "PSNR", "no pixel differs" if same else number(report.psnr, "dB", ".1f"),
        "of the pixels when the filter is applied again; above 50 dB nobody sees a difference",
    )  # fmt: skip
    yield Figure(
        "pixels exact", share(report.exact), "come out as they should, to the bit",
        "when it is applied again",
    )  # fmt: skip
    yield Figure(
        "pixels within one", share(report.within_one), "come out at most one grey level off"
    )
    yield Figure(
        "held-out R2", share(report.r2),
        "variance explained in windows that nothing was fitted to; plain grey has 0 %",
        "of windows nothing was fitted to",
    )  # fmt: skip


def _of_windows(report: Report) -> Iterator[Figure]:
    yield Figure(
        "descent",
        f"{report.steps:,} step{'s' * (report.steps != 1)} of {report.optimizer}",
        "how the weights were found",
    )
    yield Figure("windows", f"{report.windows:,}", "places of the pictures that were fitted to")
    yield Figure(
        "clipped", share(report.clipped),
        "results that are black or white, and so tell too little: they were left out",
        "black or white, left out" if report.clipped else "",
    )  # fmt: skip
    if report.condition is not None:
        yield Figure(
            "condition", number(report.condition, "", ",.3g", "beyond measure"),
            "how unevenly the windows tell the weights; 2 for noise, 100,000 for photographs",
            "2 for noise, 100,000 for photographs",
        )  # fmt: skip
    if report.space:
        yield Figure("space", report.space, SPACES.get(report.space, ""))


def _of_matrix(report: Report) -> Iterator[Figure]:
    if report.deviations is not None:
        finite = report.deviations[abs(report.deviations) < math.inf]
        most = float(finite.max()) if finite.size else math.nan
        yield Figure(
            "standard error", number(most, "", ".2g"), "of the weight that is known least",
            "of a weight, at the most",
        )  # fmt: skip
    if report.separable is not None:
        yield Figure(
            "separable", share(report.separable),
            "of the weights' squares that a column times a row has; at 100 % two quick passes do",
        )  # fmt: skip
    if report.border:
        yield Figure("border", report.border, "what is taken to lie beyond the edges")
    if report.exactly:
        yield Figure("exactly", report.exactly, "whole weights and one divisor that fit as well")


def rows_of(figures: Sequence[Figure]) -> Iterator[str]:
    """Write figures one below the other, with what is to be said of them in brief."""
    widths = [max(len(one[at]) for one in figures) for at in range(2)]
    for name, value, _, brief in figures:
        yield f"  {name:{widths[0]}}  {value:{widths[1]}}  {brief}".rstrip()


def number(value: float, unit: str, form: str = ".3g", infinite: str = UNKNOWN) -> str:
    """Write a number with its unit; what is not finite, in words."""
    if not math.isfinite(value):
        return infinite if value == math.inf else UNKNOWN
    if form == ",.3g" and abs(value) >= 1000:
        value, form = float(f"{value:.3g}"), ",.0f"
    return f"{value:{form}} {unit}".rstrip()


def share(value: float) -> str:
    """Write a share in per cent, without rounding the last pixel away."""
    if not math.isfinite(value):
        return UNKNOWN
    if 0.999999 <= value < 1:
        return "above 99.9999 %"
    if 0 < value < 0.000001:
        return "below 0.0001 %"
    return f"{100 * value:.4f}".rstrip("0").rstrip(".") + " %"
