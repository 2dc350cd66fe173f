"""Activation: a function of each number by itself, after the convolution, before the pooling."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from filterkit.errors import SettingError
from filterkit.settings import Choice, Number, Optional, read_settings, setting, written
from filterkit.steps.step import Member, Rendering, Step


class Activation(NamedTuple):
    """Say of an activation what its one value is, if any, and what it does to a picture."""

    value: float | None
    homogeneous: bool
    signed: bool


ACTIVATIONS = {
    "relu": Activation(None, homogeneous=True, signed=False),
    "leaky-relu": Activation(0.01, homogeneous=True, signed=True),
    "elu": Activation(1.0, homogeneous=False, signed=True),
    "sigmoid": Activation(None, homogeneous=False, signed=False),
    "tanh": Activation(None, homogeneous=False, signed=True),
    "softplus": Activation(None, homogeneous=False, signed=False),
    "abs": Activation(None, homogeneous=True, signed=False),
    "square": Activation(None, homogeneous=False, signed=False),
    "threshold": Activation(0.5, homogeneous=False, signed=False),
    "clip": Activation(1.0, homogeneous=False, signed=False),
}


@dataclass(frozen=True)
class Activate(Step):
    """Put every number v through a function; full scale is 1.

    relu        max(v, 0)                    leaky-relu  v, below 0 value * v
    elu         v, below 0 value * (e^v - 1) sigmoid     1 / (1 + e^-v)
    tanh        tanh v                       softplus    ln(1 + e^v)
    abs         |v|                          square      v^2
    threshold   1 above value, else 0        clip        v cut to 0 ... value
    """

    kind: str = setting("relu", "the function", Choice(tuple(ACTIVATIONS)))
    value: float | None = setting(
        None, "its slope, scale, level or top", Optional(Number(), unset="the function's")
    )

    def __post_init__(self) -> None:
        read_settings(self)
        usual = ACTIVATIONS[self.kind].value
        if usual is None and self.value is not None:
            raise SettingError(f"{self.kind} has no value to set.")
        if self.value is None:
            object.__setattr__(self, "value", usual)

    @property
    def homogeneous(self) -> bool:
        return ACTIVATIONS[self.kind].homogeneous

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        return tuple(replace(member, render=self._shown(member.render)) for member in members)

    def _shown(self, render: Rendering) -> Rendering:
        if self.kind in ("sigmoid", "threshold", "clip"):  # between 0 and 1, whatever came in
            return Rendering("clip", render.gain)
        return render.signed() if ACTIVATIONS[self.kind].signed else render.clipped()

    def __str__(self) -> str:
        usual = ACTIVATIONS[self.kind].value
        if self.value is None or self.value == usual:
            return self.kind
        return f"{self.kind}:{written(self.value)}"
