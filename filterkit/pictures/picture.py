"""The picture: a file's own pixels, never converted, with what the file knew besides them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import UnsupportedInputError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0, "float64": 1.0}
"""Each type that a picture can have, and the value that is white in it."""

DEPTHS = {"uint8": "8", "uint16": "16", "float32": "float", "float64": "float"}
"""The same types in the words of `--depth`."""


def full_of(dtype: Any) -> float:
    """Give the value that is white in a type, or raise UnsupportedInputError."""
    return FULL[_known(dtype)]


def depth_of(dtype: Any) -> str:
    """Give a type in the words of `--depth`, or raise UnsupportedInputError."""
    return DEPTHS[_known(dtype)]


def _known(dtype: Any) -> str:
    if str(dtype) not in FULL:
        raise UnsupportedInputError(f"a picture holds {', '.join(FULL)}, not {dtype}.")
    return str(dtype)


class Size(NamedTuple):
    """Say how large a picture is, as its header tells before a pixel is decoded.

    `further` are the sizes of pages that differ from the first, in the order of the file.
    """

    frames: int
    rows: int
    columns: int
    channels: int
    further: tuple["Size", ...] = ()

    def __str__(self) -> str:
        frames = f"{self.all_frames} frames of " if self.all_frames > 1 else ""
        return f"{frames}{self.rows}x{self.columns}"

    @property
    def pixels(self) -> int:
        """Count what a limit counts: the pixels of all frames, as if each held four numbers.

        An array of many channels would otherwise hide any number of numbers in a few pixels.
        """
        own = self.frames * self.rows * self.columns * -(-max(self.channels, 1) // 4)
        return own + sum(size.pixels for size in self.further)

    @property
    def all_frames(self) -> int:
        """Count the frames, those of further pages too."""
        return self.frames + sum(size.frames for size in self.further)

    def only(self, frame: int) -> "Size":
        """Give the size of one frame, counted from 0 over all pages."""
        for size in (self, *self.further):
            if frame < size.frames:
                return size._replace(frames=1, further=())
            frame -= size.frames
        raise IndexError(frame)


@dataclass(frozen=True)
class Metadata:
    """Hold what a file knew besides pixels.

    `exif` is a TIFF-structured block without the prefix that JPEG puts before it; `quality` is a
    JPEG's own, estimated from its quantisation table; `dpi` are the dots per inch along a row and
    down a column.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    quality: int | None = None
    dpi: tuple[float, float] | None = None

    @property
    def told(self) -> bool:
        """Tell whether there is anything that a reader would miss."""
        return bool(self.icc or self.exif or self.xmp)


@dataclass(frozen=True)
class Animation:
    """Say how frames follow one another.

    `delays` are the milliseconds that each frame is shown, `loops` how often all are played;
    0 is for ever.
    """

    delays: tuple[float, ...]
    loops: int = 0


@dataclass(frozen=True, eq=False)
class Picture:
    """Hold pixels (frames, rows, columns, channels), RGB, and alpha (frames, rows, columns).

    Both have one type, uint8, uint16, float32 or float64, and may be read-only. `notes` say, a
    sentence each, what had to be converted on reading. `animation` tells of frames that move;
    without it they are pages. `further` are the pages behind these whose size or kind differs,
    each with what its own page knew.
    """

    pixels: "NDArray[Any]"
    alpha: "NDArray[Any] | None" = None
    format: str = ""
    metadata: Metadata = Metadata()
    notes: tuple[str, ...] = ()
    animation: Animation | None = None
    further: "tuple[Picture, ...]" = ()

    def __post_init__(self) -> None:
        _known(self.pixels.dtype)
        if self.pixels.ndim != 4 or 0 in self.pixels.shape:
            raise UsageError(
                "the pixels of a picture are (frames, rows, columns, channels), at least one of "
                f"each, not {self.pixels.shape}."
            )
        alpha = self.alpha
        if alpha is not None and alpha.shape != self.pixels.shape[:3]:
            raise UsageError(
                f"alpha is {self.pixels.shape[:3]} here, as the pixels are, not {alpha.shape}."
            )
        if alpha is not None and alpha.dtype != self.pixels.dtype:
            raise UsageError(f"alpha and pixels have one type: {self.pixels.dtype}, {alpha.dtype}.")
        if self.animation is not None and len(self.animation.delays) != self.frames:
            raise UsageError(
                f"{self.frames} frames have so many delays, not {len(self.animation.delays)}."
            )

    @property
    def full(self) -> float:
        """Give the value that is white: 255, 65535 or 1."""
        return full_of(self.pixels.dtype)

    @property
    def depth(self) -> str:
        """Give the depth in the words of `--depth`: 8, 16 or float."""
        return depth_of(self.pixels.dtype)

    @property
    def frames(self) -> int:
        """Count the frames."""
        return int(self.pixels.shape[0])

    @property
    def rows(self) -> int:
        """Count the rows."""
        return int(self.pixels.shape[1])

    @property
    def columns(self) -> int:
        """Count the columns."""
        return int(self.pixels.shape[2])

    @property
    def channels(self) -> int:
        """Count the channels, alpha not among them."""
        return int(self.pixels.shape[3])

    @property
    def all_frames(self) -> int:
        """Count the frames, those of further pages too."""
        return self.frames + sum(page.frames for page in self.further)

    def stacked(self, frame: int = 0) -> "NDArray[Any]":
        """Give a frame (rows, columns, channels) with its alpha, if any, as the last channel."""
        import numpy as np

        pixels: NDArray[Any] = self.pixels[frame]
        if self.alpha is None:
            return pixels
        stacked = np.empty((*pixels.shape[:2], self.channels + 1), pixels.dtype)
        for channel in range(self.channels):  # one by one: a quarter of np.concatenate's time
            stacked[..., channel] = pixels[..., channel]
        stacked[..., -1] = self.alpha[frame]
        return stacked

    def _repr_html_(self) -> str:
        """Show it in a notebook, with its size and kind."""
        import filterkit  # the package's front door: a picture need not know who draws it

        return filterkit.notebook_html(self)

    def _repr_png_(self) -> bytes:
        """Show it in a notebook that keeps no HTML."""
        import filterkit  # the front door again

        return filterkit.notebook_png(self)
