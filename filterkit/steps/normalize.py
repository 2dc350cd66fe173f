"""Normalisation: each map is brought back to a reasonable range, by its own statistics."""

from dataclasses import dataclass

from filterkit.settings import Choice, read_settings, setting
from filterkit.steps.step import Member, Rendering, Step


@dataclass(frozen=True)
class Normalize(Step):
    """Shift and scale each map of each image by its own statistics over rows and columns.

    zscore  (v - mean) / standard deviation        minmax  (v - lowest) / (highest - lowest)
    l2      v / square root of the sum of v^2

    A constant map becomes 0.
    """

    kind: str = setting("zscore", "which statistics", Choice(("zscore", "minmax", "l2")))

    def __post_init__(self) -> None:
        read_settings(self)

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        return tuple(member._replace(render=self._shown(member.render)) for member in members)

    def _shown(self, render: Rendering) -> Rendering:
        if self.kind == "l2":  # the size of the numbers depends on the size of the picture
            return Rendering("stretch")
        return Rendering("clip", render.gain) if self.kind == "minmax" else render.signed()

    def __str__(self) -> str:
        return f"normalize:{self.kind}"
