"""Convolution: a kernel slides over the picture, products are added up, channels are fused."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filterkit.errors import ChannelsError
from filterkit.settings import (
    Choice,
    Number,
    Optional,
    Pair,
    Rows,
    Truth,
    defaults,
    given,
    read_settings,
    setting,
)
from filterkit.steps.kernel import Kernel
from filterkit.steps.step import Member, Rendering, RenderingKind, Step
from filterkit.steps.window import BORDER, FARTHEST, PADDING, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FUSIONS = ("sum", "mean", "max", "min", "product", "l2", "keep")


@dataclass(frozen=True)
class Convolve(Step):
    """Correlate each channel with the kernel, then fuse: fuse(sum(w * v) / divide) + bias.

    The kernel is laid on the picture as it is printed, as neural networks do; `flip` turns it
    by half a turn first, which is the mathematician's convolution. `fusion` and `render` follow
    from the kernel where they are not given: a detector (weights that cancel) sums the channels
    and shows magnitudes; any other keeps the channels apart. Kernels with weights per channel
    sum. Several maps make several members, except that as many maps as a picture has channels
    make a picture again.

    `origin` remembers the name that the step came from, and what that name alone means.
    """

    kernel: Kernel
    stride: Pair = setting((1, 1), "step of the window", Rows())
    padding: str | int = setting("same", "pixels added around", PADDING)
    border: str = setting("reflect", "what they hold", BORDER)
    dilation: Pair = setting((1, 1), "spread of the kernel", Rows(most=FARTHEST))
    fusion: str | None = setting(None, "channels to map", Optional(Choice(FUSIONS)), "the filter's")
    divide: float = setting(1.0, "the sum is divided by this", Number(nonzero=True))
    bias: float = setting(0.0, "added after the sum, 1 = white", Number(), "the filter's")
    flip: bool = setting(False, "true convolution instead of correlation", Truth())
    render: Rendering | None = setting(
        None, "how numbers become a picture", Optional(RenderingKind()), "the filter's"
    )
    origin: "Origin | None" = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.kernel, Kernel):
            object.__setattr__(self, "kernel", Kernel(self.kernel))
        read_settings(self)

    @property
    def fused(self) -> str:
        """Say how the channels become one map: `fusion`, or what the kernel asks for."""
        if self.fusion is not None:
            return self.fusion
        return "sum" if self.kernel.channels > 1 or self.kernel.detector else "keep"

    @property
    def homogeneous(self) -> bool:
        return self.fused != "product"

    @property
    def laid(self) -> "NDArray[np.float64]":
        """Give the weights as they are laid on the picture, the sign of `divide` in them."""
        weights = self.kernel.weights[..., ::-1, ::-1] if self.flip else self.kernel.weights
        return weights if self.divide > 0 else -weights

    def windows(self) -> tuple[Window, Window]:
        sizes = (self.kernel.rows, self.kernel.columns)
        down, across = (
            Window.of(size, stride, self.padding, dilation)
            for size, stride, dilation in zip(sizes, self.stride, self.dilation, strict=True)
        )
        return down, across

    def weights(self, channels: int) -> int:
        return int(self.kernel.weights.size)

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        if self.kernel.channels == 1:
            return tuple(one for member in members for one in self._maps_of(member))
        channels = sum(member.channels for member in members)
        if channels != self.kernel.channels:
            raise ChannelsError(
                f"{self.name} has weights for {self.kernel.channels} channels, "
                f"and {channels} come in.",
                "a picture in colour, or one matrix for all channels",
            )
        if len(members) == 1 and self.kernel.maps == channels and self.fused != "keep":
            return (members[0]._replace(render=self._shown(members[0])),)
        return self._maps_of(Member("", channels, members[0].render))

    def _maps_of(self, member: Member) -> tuple[Member, ...]:
        channels = member.channels if self.fused == "keep" else 1
        maps = self.kernel.maps
        names = (
            [member.name] if maps == 1 else [f"{member.name} {n + 1}".strip() for n in range(maps)]
        )
        shown = self._shown(member)
        return tuple(Member(name, channels, shown) for name in names)

    def _shown(self, member: Member) -> Rendering:
        if self.render is not None:
            return self.render
        return Rendering("abs") if self.kernel.detector else member.render

    @property
    def name(self) -> str:
        """Give the name that it came from, else the matrix."""
        if self.origin is not None and self.origin.means.kernel == self.kernel:
            return self.origin.name
        return str(self.kernel)

    def __str__(self) -> str:
        plain = defaults(Convolve)
        if self.origin is not None and self.origin.means.kernel == self.kernel:
            plain = {key: getattr(self.origin.means, key) for key in plain}
        settings = [f"{key}={text}" for key, text in given(self, unless=plain)]
        if not settings:
            return self.name
        named_settings = self.origin is not None and ":" in self.name
        return self.name + ("," if named_settings else ":") + ",".join(settings)


@dataclass(frozen=True)
class Origin:
    """Remember a catalogue name or family (`gaussian:sigma=2`) and what it means by itself."""

    name: str
    means: Convolve
