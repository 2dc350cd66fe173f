"""Activation: a function of each number by itself, after the convolution, before the pooling."""

from dataclasses import dataclass
from typing import NamedTuple

from filterkit.errors import SettingError
from filterkit.settings import Choice, Number, Optional, read_settings, setting, written
from filterkit.steps.step import Member, Rendering, Step


class Activation(NamedTuple):
    """Say of an activation what it does, what its one value is, if any, and how it is shown."""

    formula: str
    value: float | None = None
    homogeneous: bool = False
    signed: bool = False


ACTIVATIONS = {
    "relu": Activation("v, and 0 below 0", homogeneous=True),
    "leaky-relu": Activation("v, and value * v below 0", 0.01, homogeneous=True, signed=True),
    "elu": Activation("v, and value * (e^v - 1) below 0", 1.0, signed=True),
    "sigmoid": Activation("1 / (1 + e^-v)"),
    "tanh": Activation("the hyperbolic tangent of v", signed=True),
    "softplus": Activation("ln(1 + e^v)"),
    "abs": Activation("v without its sign", homogeneous=True),
    "square": Activation("v * v"),
    "threshold": Activation("1 above value, else 0", 0.5),
    "clip": Activation("v cut to 0 ... value", 1.0),
    "to-linear": Activation("from the values that sRGB stores to linear light"),
    "to-srgb": Activation("from linear light to the values that sRGB stores"),
}
"""Every activation, as a function of a number v with full scale 1."""


@dataclass(frozen=True)
class Activate(Step):
    """Put every number by itself through one of ACTIVATIONS."""

    kind: str = setting("relu", "the function", Choice(tuple(ACTIVATIONS)))
    value: float | None = setting(
        None, "its slope, scale, level or top", Optional(Number()), "the function's"
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
        return tuple(member._replace(render=self._shown(member.render)) for member in members)

    def _shown(self, render: Rendering) -> Rendering:
        if self.kind in ("sigmoid", "threshold", "clip"):  # between 0 and 1, whatever came in
            return Rendering("clip", render.gain)
        if self.kind in ("to-linear", "to-srgb"):  # a sign means what it meant before
            return render
        return render.signed() if ACTIVATIONS[self.kind].signed else render.clipped()

    def __str__(self) -> str:
        usual = ACTIVATIONS[self.kind].value
        if self.value is None or self.value == usual:
            return self.kind
        return f"{self.kind}:{written(self.value)}"
