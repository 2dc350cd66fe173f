"""The loss on the way down, as a curve: steps along, grey levels up, both in decades."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from filterkit.viewing.document import text

ROUNDING = 0.289
"""Grey levels, root mean square, that rounding to whole ones leaves: 1 / sqrt(12)."""

FLOOR = 1e-4
"""Grey levels that are drawn as nothing: a curve in decades has no place for 0."""

BOX = (68, 14, 396, 232)
"""Left, top, width and height of the curve within a drawing of SIZE."""

SIZE = (480, 300)


class Tick(NamedTuple):
    """Hold a place on an axis, 0 ... 1, and what is written there."""

    at: float
    text: str


class Point(NamedTuple):
    """Hold a place, 0 ... 1 along and up, and what it stands for."""

    along: float
    up: float
    steps: int
    loss: float


@dataclass(frozen=True)
class Curve:
    """Hold places, 0 ... 1 along and up, for any pen to draw; `rounding` is that of its line."""

    points: tuple[Point, ...]
    along: tuple[Tick, ...]
    up: tuple[Tick, ...]
    rounding: float

    @classmethod
    def of(cls, losses: Sequence[tuple[int, float]]) -> "Curve":
        """Place the losses that are finite; step 0 has the place of a first one."""
        found = [one for one in losses if math.isfinite(one[1])]
        most = max([10, *(steps for steps, _ in found)])
        values = [max(loss, FLOOR) for _, loss in found]
        low = math.floor(math.log10(min([ROUNDING, *values])))
        high = math.ceil(math.log10(max([ROUNDING, *values, 1.0])))

        def along(steps: int) -> float:
            return math.log1p(steps) / math.log1p(most)

        def up(loss: float) -> float:
            return (math.log10(max(loss, FLOOR)) - low) / (high - low)

        points = tuple(Point(along(steps), up(loss), steps, loss) for steps, loss in found)
        decades = [0, *(10**n for n in range(len(str(most))))]
        return cls(
            points,
            tuple(Tick(along(steps), f"{steps:,}") for steps in decades),
            tuple(Tick(up(10.0**n), _level(n)) for n in range(low, high + 1)),
            up(ROUNDING),
        )

    @property
    def told(self) -> str:
        """Say what the curve shows, to whom cannot see it."""
        if not self.points:
            return "No loss was written down."
        first, last = self.points[0], self.points[-1]
        if first is last:
            return f"After {first.steps:,} steps: {first.loss:.4g} grey levels."
        return (
            f"From {first.loss:.4g} grey levels after {first.steps:,} steps "
            f"to {last.loss:.4g} after {last.steps:,}."
        )


def _level(decade: int) -> str:
    """Write a power of ten; the lowest that is drawn stands for all below."""
    level = 10.0**decade
    return f"0…{FLOOR:g}" if level == FLOOR else f"{level:,.0f}" if decade >= 0 else f"{level:g}"


def svg(curve: Curve) -> str:
    """Draw it for a page, in the page's own colours."""
    left, top, width, height = BOX
    parts = [
        f'<svg class="curve" viewBox="0 0 {SIZE[0]} {SIZE[1]}" role="img" '
        f'aria-label="Loss curve. {text(curve.told)}">',
        f'<rect class="frame" x="{left}" y="{top}" width="{width}" height="{height}"/>',
    ]
    for at, written in curve.along:
        column = left + width * at
        parts.append(_line("grid", column, top, column, top + height))
        parts.append(_words(column, top + height + 18, "middle", written))
    for at, written in curve.up:
        row = top + height * (1 - at)
        parts.append(_line("grid", left, row, left + width, row))
        parts.append(_words(left - 7, row + 4, "end", written))
    row = top + height * (1 - curve.rounding)
    parts.append(_line("rounding", left, row, left + width, row))
    parts.append(_words(left + 6, row + 13, "start", f"rounding {ROUNDING}"))
    parts.append(_words(left + width / 2, SIZE[1] - 8, "middle", "steps"))
    parts.append(_points(curve))
    return "\n".join([*parts, "</svg>"])


def _points(curve: Curve) -> str:
    """Draw the curve, and a dot for each loss that tells its numbers."""
    left, top, width, height = BOX
    places = [(left + width * one.along, top + height * (1 - one.up)) for one in curve.points]
    line = " ".join(f"{column:.1f},{row:.1f}" for column, row in places)
    dots = [
        f'<circle cx="{column:.1f}" cy="{row:.1f}" r="3.5">'
        f"<title>step {one.steps:,}: {one.loss:.4g} grey levels</title></circle>"
        for (column, row), one in zip(places, curve.points, strict=True)
    ]
    return "\n".join([f'<polyline points="{line}"/>', *dots])


def _line(kind: str, left: float, top: float, right: float, bottom: float) -> str:
    return (
        f'<line class="{kind}" x1="{left:.1f}" y1="{top:.1f}" x2="{right:.1f}" y2="{bottom:.1f}"/>'
    )


def _words(column: float, row: float, anchor: str, written: str) -> str:
    return f'<text x="{column:.1f}" y="{row:.1f}" text-anchor="{anchor}">{text(written)}</text>'
