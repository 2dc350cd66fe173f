"""What every step can say of itself, and the shape that flows from step to step.

A result is a row of *members* with names: each is one feature map, or as many as the picture
has channels. How a member is best shown, its *rendering*, flows along like a shape.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import SettingError, TooSmallError
from filterkit.settings import Choice, Kind, Number, written
from filterkit.steps.window import ONE, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

RENDERINGS = ("clip", "abs", "signed", "stretch")


@dataclass(frozen=True)
class Rendering:
    """Turn signed, unbounded numbers v, full scale 1, into brightness 0 … 1.

    clip: gain * v, cut · abs: gain * |v| · signed: 1/2 + gain * v / 2 · stretch: the lowest
    becomes black and the highest white.
    """

    kind: str = "clip"
    gain: float = 1.0

    def __str__(self) -> str:
        return self.kind if self.gain == 1 else f"{self.kind}:{written(self.gain)}"

    def clipped(self) -> "Rendering":
        """Give the rendering of what has become positive: cut, at the same gain."""
        return self if self.kind == "stretch" else Rendering("clip", self.gain)

    def signed(self) -> "Rendering":
        """Give the rendering of what is centred on zero."""
        return Rendering("signed", 1.0 if self.kind == "stretch" else self.gain)


class RenderingKind(Kind):
    """A rendering, `clip abs signed stretch`, with a gain after a colon: abs:0.5."""

    @property
    def metavar(self) -> str:
        return "|".join(RENDERINGS) + "[:GAIN]"

    def read(self, name: str, value: Any) -> Rendering:
        if isinstance(value, Rendering):
            return value
        kind, _, gain = str(value).partition(":")
        word = Choice(RENDERINGS).read(name, kind)
        if not gain:
            return Rendering(word)
        if word == "stretch":
            raise SettingError(f"{name} stretch has no gain; it takes the lowest and the highest.")
        try:
            return Rendering(word, Number(above=0).read("gain", float(gain)))
        except ValueError:
            raise SettingError(f"the gain of {name} is a number, not '{gain}'.") from None


class Member(NamedTuple):
    """Name one operand of a bank and say what became of it."""

    name: str
    channels: int
    render: Rendering = Rendering()


@dataclass(frozen=True)
class Shape:
    """Say what flows between steps: rows, columns and a row of members.

    `flat` marks a vector (1 row, 1 column, a channel a number), as `flatten` makes it.
    """

    rows: int
    columns: int
    members: tuple[Member, ...]
    flat: bool = False

    @classmethod
    def of(cls, rows: int, columns: int, channels: int) -> "Shape":
        """Give the shape of a picture."""
        return cls(rows, columns, (Member("", channels),))

    @property
    def channels(self) -> int:
        """Count the channels of all members."""
        return sum(member.channels for member in self.members)

    @property
    def size(self) -> str:
        """Write rows x columns x channels."""
        return f"{self.rows}x{self.columns}x{self.channels}"

    def spans(self) -> tuple[slice, ...]:
        """Give each member's own channels."""
        ends = [0]
        for member in self.members:
            ends.append(ends[-1] + member.channels)
        return tuple(slice(low, high) for low, high in pairwise(ends))


class Step:
    """Turn an image into an image. Steps are immutable, compare by value, and print as text."""

    @property
    def homogeneous(self) -> bool:
        """Tell whether f(c * v) = c * f(v) for every c above 0, a bias left aside."""
        return True

    @property
    def border(self) -> str:
        """Say what positions outside hold."""
        return "zero"

    @property
    def empty(self) -> float:
        """Say which number an empty position holds."""
        return 0.0

    def windows(self) -> tuple[Window, Window]:
        """Give the windows that slide along the rows and along the columns."""
        return ONE, ONE

    def needs(self, low: int, high: int, rows: int) -> tuple[int, int]:
        """Give the input rows, of `rows`, that the output rows low … high-1 read."""
        return self.windows()[0].needs(low, high)

    def weights(self, channels: int) -> int:
        """Count the numbers that the step multiplies with, for an input of so many channels."""
        return 0

    def members(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        """Say what becomes of each member."""
        return members

    def shape(self, shape: Shape) -> Shape:
        """Give the shape of the result, or raise TooSmallError where no window fits."""
        down, across = self.windows()
        rows, columns = down.output(shape.rows), across.output(shape.columns)
        if rows < 1 or columns < 1:
            raise TooSmallError(
                f"{self}: {shape.rows}x{shape.columns} pixels (rows x columns) are fewer than its "
                f"window of {down.extent}x{across.extent}.",
                f"{self._padded()}a smaller window, or a larger picture",
            )
        return Shape(rows, columns, self.members(shape.members))

    def _padded(self) -> str:
        """Write the step with a padding that makes room for its window, if it takes one."""
        if not hasattr(self, "padding"):
            return ""
        return f"{replace(self, padding='same')}, "  # type: ignore[type-var]

    def __call__(self, image: "NDArray[Any]") -> "NDArray[Any]":
        """Run the step over an image (..., rows, columns, channels) of floating type.

        The result has the image's own type: numbers in, numbers out, full scale 1.
        """
        import filterkit  # the package's front door: a step need not know who computes it

        return filterkit.run(self, image)

    def _repr_html_(self) -> str:
        """Show the steps and their kernels in a notebook."""
        import filterkit  # the front door: nor who draws it

        return filterkit.notebook_html(self)
