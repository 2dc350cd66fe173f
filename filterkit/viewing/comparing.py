"""Two pictures compared, all frames of them: how many pixels differ, how much, and where."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.pictures.picture import Picture, full_of
from filterkit.viewing.facing import Facing, Sums


class Side(NamedTuple):
    """Say of one of the two pictures what it is; further pages may be of another size."""

    name: str
    frames: int
    rows: int
    columns: int
    channels: int
    alpha: bool
    depth: str

    @property
    def kind(self) -> str:
        """Say what its numbers are."""
        colours = {1: "grey", 3: "colour"}.get(
            self.channels, f"picture of {self.channels} channels"
        )
        depth = "floating-point" if self.depth == "float" else f"{self.depth}-bit"
        return f"{depth} {colours}{' with transparency' if self.alpha else ''}"


@dataclass(frozen=True)
class Difference:
    """Hold how two pictures differ, in numbers of which `white` is white: 255, 65535 or 1.

    `misfit` says why no pixel can be held against another; then there are no `frames`, the sums
    of each. `ssim` is None where a frame is too small for it.
    """

    sides: tuple[Side, Side]
    tolerance: float
    white: float = 1.0
    misfit: str = ""
    frames: tuple[Sums, ...] = ()
    ssim: float | None = None

    @property
    def sums(self) -> Sums:
        """Add up all frames."""
        return sum(self.frames, Sums())

    @property
    def equal(self) -> bool:
        """Tell whether no pixel differs by more than the tolerance."""
        return not self.misfit and self.sums.within == self.sums.pixels

    @property
    def worst(self) -> int:
        """Give the frame, counted from 0, that holds the largest difference."""
        return max(range(len(self.frames)), key=lambda at: self.frames[at].largest)

    @property
    def psnr(self) -> float:
        """Give the peak signal-to-noise ratio in dB; infinite where no pixel differs."""
        off = self.sums.rms
        if not math.isfinite(off):
            return -math.inf
        return 20 * math.log10(self.white / off) if off else math.inf

    def object(self) -> dict[str, Any]:
        """Give it for --json; what is not known, or is infinite, is null."""
        pictures = [side._asdict() for side in self.sides]
        told: dict[str, Any] = {"equal": self.equal, "pictures": pictures}
        if self.misfit:
            return {**told, "misfit": self.misfit}
        sums = self.sums
        return told | {
            "white": self.white,
            "tolerance": self.tolerance,
            "pixels": sums.pixels,
            "pixels_equal": sums.equal,
            "pixels_within": sums.within,
            "largest": _finite(sums.largest),
            "where": {"frame": self.worst + 1, **sums.where._asdict()} if sums.where else None,
            "mean": _finite(sums.mean),
            "rms": _finite(sums.rms),
            "psnr": _finite(self.psnr),
            "ssim": _finite(self.ssim),
        }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def compared(
    first: Picture,
    second: Picture,
    names: tuple[str, str],
    tolerance: float = 0.0,
    similarity: bool = True,
) -> Difference:
    """Compare two pictures. The tolerance is in their own unit, as all figures are.

    Where their depths differ that is full scale, white is 1. `similarity` is whether SSIM is
    computed: that takes most of the time.
    """
    sides = (_side(names[0], first), _side(names[1], second))
    difference = Difference(sides, tolerance, misfit=misfit(first, second))
    if difference.misfit:
        return difference
    pairs = facing(first, second)
    frames = tuple(sum(_parts(pair, tolerance), Sums()) for pair in pairs)
    ssim = _similarity(pairs, frames) if similarity else None
    return replace(difference, white=pairs[0].white, frames=frames, ssim=ssim)


def _similarity(pairs: list[Facing], frames: tuple[Sums, ...]) -> float | None:
    """Give the mean SSIM of the frames; it is 1 where no pixel differs."""
    found = [
        pair.similarity() if frame.largest else 1.0
        for pair, frame in zip(pairs, frames, strict=True)
    ]
    known = [one for one in found if one is not None]
    return sum(known) / len(known) if len(known) == len(found) else None


def heat_map(first: Picture, second: Picture, difference: Difference) -> NDArray[np.uint8]:
    """Draw the frame with the largest difference, (rows, columns, 3), as `Facing.heat` does."""
    return facing(first, second)[difference.worst].heat(
        difference.sums.largest, difference.tolerance
    )


def differ(first: Picture, second: Picture, tolerance: float = 0.0) -> bool:
    """Tell whether two pictures differ, without looking on behind the first pixels that do."""
    if misfit(first, second):
        return True
    parts = (part for pair in facing(first, second) for part in _parts(pair, tolerance))
    return any(part.within < part.pixels for part in parts)


def _parts(pair: Facing, tolerance: float) -> Iterator[Sums]:
    return (pair.sums(band, tolerance) for band in pair.bands())


def _side(name: str, picture: Picture) -> Side:
    return Side(
        name, picture.all_frames, picture.rows, picture.columns, picture.channels,
        picture.alpha is not None, picture.depth,
    )  # fmt: skip


def misfit(first: Picture, second: Picture) -> str:
    """Say why no pixel of one can be held against a pixel of the other; "" where that is none."""
    if first.all_frames != second.all_frames:
        return f"differ in frames: {first.all_frames} and {second.all_frames}"
    for at, (one, other) in enumerate(_frames(first, second)):
        sizes = [f"{page.rows}x{page.columns}" for page in (one, other)]
        where = f", frame {at + 1}" if first.all_frames > 1 else ""
        if sizes[0] != sizes[1]:
            return f"differ in size: {' and '.join(sizes)}{where}"
        if one.channels != other.channels and {one.channels, other.channels} != {1, 3}:
            return f"differ in channels: {one.channels} and {other.channels}{where}"
    return ""


def facing(first: Picture, second: Picture) -> list[Facing]:
    """Put the frames of two pictures that fit opposite each other."""
    pages = (first, *first.further, second, *second.further)
    depths = {page.depth for page in pages}
    white = full_of(first.pixels.dtype) if len(depths) == 1 else 1.0
    return [Facing(one, other, white) for one, other in _frames(first, second)]


def _frames(first: Picture, second: Picture) -> Iterator[tuple[Picture, Picture]]:
    """Yield frame after frame of both, each as a picture of its own; nothing is copied."""
    return zip(_parted(first), _parted(second), strict=True)


def _parted(picture: Picture) -> Iterator[Picture]:
    for page in (picture, *picture.further):
        for at in range(page.frames):
            alpha = None if page.alpha is None else page.alpha[at : at + 1]
            yield Picture(page.pixels[at : at + 1], alpha)
