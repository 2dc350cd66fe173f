"""Pooling: a window slides over each map and one number of it goes on."""

import math
from dataclasses import dataclass

from filterkit.errors import SettingError
from filterkit.settings import Choice, Optional, Pair, Rows, read_settings, setting, written
from filterkit.steps.step import Step
from filterkit.steps.window import PADDING, Window

POOLS = {
    "max": "largest number",
    "average": "mean",
    "sum": "sum",
    "min": "smallest number",
    "l2": "square root of the sum of squares",
}
"""What each kind of pooling keeps of a window."""


@dataclass(frozen=True)
class Pool(Step):
    """Keep the maximum, average, sum, minimum or L2 norm of each window.

    Windows lie side by side unless `stride` says otherwise. Added positions never count: an
    average is over the pixels that are there, a maximum of negative numbers stays negative.
    """

    kind: str = setting("max", "what is kept", Choice(tuple(POOLS)))
    size: Pair = setting((2, 2), "size of the window", Rows())
    stride: Pair | None = setting(None, "step of the window", Optional(Rows()), "its size")
    padding: str | int = setting("valid", "positions added around", PADDING)

    def __post_init__(self) -> None:
        read_settings(self)
        if isinstance(self.padding, int) and self.padding >= min(self.size):
            raise SettingError(
                f"the padding of a pooling window is smaller than the window: "
                f"{written(self.size)}, not {self.padding}."
            )

    @property
    def empty(self) -> float:
        return {"max": -math.inf, "min": math.inf}.get(self.kind, 0.0)

    def windows(self) -> tuple[Window, Window]:
        down, across = (
            Window.of(size, stride, self.padding)
            for size, stride in zip(self.size, self.stride or self.size, strict=True)
        )
        return down, across

    def __str__(self) -> str:
        settings = [written(self.size)]
        if self.stride is not None and self.stride != self.size:
            settings.append(f"stride={written(self.stride)}")
        if self.padding != "valid":
            settings.append(f"padding={written(self.padding)}")
        return f"{self.kind}-pool:" + ",".join(settings)
