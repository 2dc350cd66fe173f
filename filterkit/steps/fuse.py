"""Fusion: several channels, or the members of a bank, become one."""

from dataclasses import dataclass

from filterkit.errors import ShapeError
from filterkit.settings import Choice, read_settings, setting
from filterkit.steps.convolve import FUSIONS
from filterkit.steps.step import Member, Step


@dataclass(frozen=True)
class Fuse(Step):
    """Join the members of a bank channel by channel; of a single member, join the channels.

    A member of one map joins every channel of the others.
    """

    kind: str = setting("sum", "how they are joined", Choice(FUSIONS))

    def __post_init__(self) -> None:
        read_settings(self)

    @property
    def homogeneous(self) -> bool:
        return self.kind != "product"

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        if self.kind == "keep":
            return members
        first = members[0]
        channels = 1 if len(members) == 1 else max(member.channels for member in members)
        for member in members[1:]:
            if member.channels not in (1, channels):
                raise ShapeError(
                    f"fuse: the members of a bank have equally many channels (or one); "
                    f"'{first.name}' has {first.channels}, '{member.name}' {member.channels}."
                )
        render = first.render.clipped() if self.kind == "l2" else first.render
        return (Member("" if len(members) > 1 else first.name, channels, render),)

    def __str__(self) -> str:
        return f"fuse:{self.kind}"


@dataclass(frozen=True)
class Gray(Step):
    """Turn a picture in colour into one of brightness: 0.2126 R + 0.7152 G + 0.0722 B.

    Rec. ITU-R BT.709-6 (2015), item 3.2, on the values as they are stored. What has one channel
    stays as it is.
    """

    WEIGHTS = (2126, 7152, 722)
    DIVIDE = 10_000

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        for member in members:
            if member.channels not in (1, 3):
                raise ShapeError(f"gray takes 1 or 3 channels, not {member.channels}.")
        return tuple(member._replace(channels=1) for member in members)

    def __str__(self) -> str:
        return "gray"
