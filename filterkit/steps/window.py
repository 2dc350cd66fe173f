"""The sliding window along one axis: convolution and pooling are both made of two of them.

A window of `size` taps, `dilation` apart, moves over the positions 0 … n-1 in steps of
`stride`, with `before` and `after` positions added in front and behind. What an added
position shows is the border's business:

    reflect    c b | a b c | b a      (repeated as often as needed)
    symmetric  b a | a b c | c b
    edge       a a | a b c | c c
    wrap       b c | a b c | a b
    zero       0 0 | a b c | 0 0
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.settings import Choice, Or, Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWN = {
    "reflect": "c b | a b c | b a",
    "zero": "0 0 | a b c | 0 0",
    "edge": "a a | a b c | c c",
    "symmetric": "b a | a b c | c b",
    "wrap": "b c | a b c | a b",
}
"""Each border's word and what it means; other tools' words lead to ours."""

OTHER_WORDS = {
    "replicate": "edge",
    "nearest": "edge",
    "clamp": "edge",
    "mirror": "reflect",
    "reflect101": "reflect",
    "reflect-101": "reflect",
    "constant": "zero",
    "zeros": "zero",
    "black": "zero",
    "circular": "wrap",
    "periodic": "wrap",
    "tile": "wrap",
}
BORDER = Choice(tuple(DRAWN), OTHER_WORDS, DRAWN)
FARTHEST = 4096
"""Positions that may be added on a side, or lie between taps: more is a slip of the finger."""

PADDING = Or(("same", "valid"), Whole(0, most=FARTHEST))


class Window(NamedTuple):
    """Slide `size` taps along one axis."""

    size: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @classmethod
    def of(cls, size: int, stride: int, padding: str | int, dilation: int = 1) -> "Window":
        """Make a window from a padding: `same`, `valid`, or a number that many on both sides.

        `same` adds dilation * (size - 1) in all, the smaller half in front, so that the
        output size is ceil(n / stride) with every stride.
        """
        reach = dilation * (size - 1)
        if padding == "same":
            before, after = reach // 2, reach - reach // 2
        else:
            before = after = 0 if isinstance(padding, str) else padding
        return cls(size, stride, dilation, before, after)

    @property
    def extent(self) -> int:
        """Count the positions from the first tap to the last."""
        return self.dilation * (self.size - 1) + 1

    def output(self, n: int) -> int:
        """Count the windows over n positions; zero or less where not even one fits."""
        return (n + self.before + self.after - self.extent) // self.stride + 1

    def unread(self, n: int, border: str = "zero") -> "NDArray[np.int64]":
        """Give the positions, of n, that no window reads, not even by way of the border."""
        import numpy as np

        read = np.zeros(n, bool)
        for tap in range(self.size):
            first = tap * self.dilation - self.before
            end = first + (self.output(n) - 1) * self.stride + 1
            inside = first + max(-(first // self.stride), 0) * self.stride
            beyond = first + max(-((first - n) // self.stride), 0) * self.stride
            read[inside : max(end, 0) : self.stride] = True
            for low, high in ((first, min(end, 0)), (beyond, end)):
                shown = np.arange(low, high, self.stride)
                if len(shown):
                    real = where(int(shown[0]), int(shown[-1]) + 1, n, border)[:: self.stride]
                    read[real[real >= 0]] = True
        return np.flatnonzero(~read)

    def needs(self, low: int, high: int) -> tuple[int, int]:
        """Give the positions that the outputs low … high-1 read; they may lie outside."""
        return low * self.stride - self.before, (high - 1) * self.stride - self.before + self.extent

    def counts(self, low: int, high: int, n: int) -> "NDArray[np.int64]":
        """Count, for each of the outputs low … high-1, the taps on real positions."""
        import numpy as np

        first = np.arange(low, high) * self.stride - self.before
        taps = first[:, None] + np.arange(self.size) * self.dilation
        inside: NDArray[np.int64] = ((taps >= 0) & (taps < n)).sum(axis=1)
        return inside

    def views(self, block: "NDArray[Any]", axis: int, count: int) -> "Iterator[NDArray[Any]]":
        """Yield one view of `block` a tap: what that tap sees in each of `count` windows.

        `block` begins at the first position that the first window needs.
        """
        before = (slice(None),) * (axis % block.ndim)
        for tap in range(self.size):
            start = tap * self.dilation
            stop = start + (count - 1) * self.stride + 1
            yield block[(*before, slice(start, stop, self.stride))]


ONE = Window()


def where(low: int, high: int, n: int, border: str) -> "NDArray[np.int64]":
    """Give the real position of n that each of low … high-1 shows; -1 where it is empty."""
    import numpy as np

    position = np.arange(low, high)
    if border == "zero":
        return np.where((position < 0) | (position >= n), -1, position)
    if border == "edge":
        return position.clip(0, n - 1)
    if border == "wrap":
        return position % n
    last = 2 * n - 1 if border == "symmetric" else 2 * n - 2
    position = position % (last + 1 if border == "symmetric" else max(last, 1))
    return np.where(position < n, position, last - position)
