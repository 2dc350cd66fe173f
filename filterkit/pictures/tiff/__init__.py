"""TIFF: all its pages are read, whatever they are packed with, and all are written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from filterkit.pictures.damage import checked
from filterkit.pictures.directory import Block, Directory
from filterkit.pictures.picture import Metadata, Picture, Size
from filterkit.pictures.resolution import told
from filterkit.pictures.tiff.colours import Colours, colours_of
from filterkit.pictures.tiff.exif import ABOUT, about, exif_of, is_whole
from filterkit.pictures.tiff.kinds import refuse_kind
from filterkit.pictures.tiff.pages import ICC, Page, pages_of, runs, size_of
from filterkit.pictures.tiff.writing import encode

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decode", "encode", "size"]

XMP = 700
REDUCED = "its thumbnails, smaller copies or masks were left out."
CUT = "a part of what it tells lies beyond its end and was left out."
DESCRIBED = "what its further pages tell of themselves was left out."
UNTOLD = {
    33723: "its IPTC captions were left out.",
    37724: "its layers were left out; the picture that they make was read.",
    34735: "its place on the map was left out.",
}
"""Tags that a result does not have."""


def size(content: bytes) -> Size:
    """Read the sizes of all pages from their directories."""
    with checked("TIFF"):
        block = Block(content)
        return size_of(block, pages_of(block).pages)


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Decode all pages as they are stored, or the one of that number from 0 on.

    But black is 0, colours are RGB and transparency is straight.
    """
    with checked("TIFF"):
        block = Block(content)
        pages, others = pages_of(block)
        wanted = pages if frame is None else pages[frame : frame + 1]
        first, *further = [_picture(block, run) for run in runs(block, wanted)]
    notes = (REDUCED,) if others else ()
    return replace(first, notes=first.notes + notes, further=tuple(further))


def _picture(block: Block, run: Sequence[Page]) -> Picture:
    """Decode pages that are alike: the frames of one picture, of which the first tells."""
    metadata = _metadata(block, run[0].directory)
    read = (_colours(block, page, metadata.icc) for page in run)
    first = next(read)
    pixels, alpha = _room(first.pixels, len(run)), None
    if first.alpha is not None:
        alpha = _room(first.alpha, len(run))
    notes = dict.fromkeys(first.notes)
    for at, further in enumerate(read, 1):
        pixels[at] = further.pixels
        if alpha is not None:
            alpha[at] = further.alpha
        notes |= dict.fromkeys(further.notes)
    if first.profiled:
        metadata = replace(metadata, icc=None)
    return Picture(pixels, alpha, "tiff", metadata, (*notes, *_untold(block, run)))


def _colours(block: Block, page: Page, icc: bytes | None) -> Colours:
    refuse_kind(page.layout)
    return colours_of(block, page.directory, page.layout, icc)


def _room(frame: "NDArray[Any]", frames: int) -> "NDArray[Any]":
    """Give a first frame with room for the others behind it."""
    import numpy as np

    if frames == 1:
        return frame[None]
    room = np.empty((frames, *frame.shape), frame.dtype)
    room[0] = frame
    return room


def _metadata(block: Block, page: Directory) -> Metadata:
    icc, xmp = (
        block.value(page.entries[tag]) if tag in page.entries else None for tag in (ICC, XMP)
    )
    return Metadata(icc, exif_of(block, page), xmp, dpi=told(block, page))


def _untold(block: Block, run: Sequence[Page]) -> Iterator[str]:
    """Say what pages know that their picture will not."""
    for tag, sentence in UNTOLD.items():
        if any(tag in page.directory.entries for page in run):
            yield sentence
    if not all(is_whole(block, page.directory) for page in run):
        yield CUT
    first, *others = (about(block, page.directory, ABOUT | {XMP}) for page in run)
    if any(not other.items() <= first.items() for other in others):
        yield DESCRIBED
