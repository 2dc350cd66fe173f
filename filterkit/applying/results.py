"""What a pipeline made is brought to what a format holds: depth, transparency, colours, delays."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result, raw, rendered
from filterkit.applying.note import Note
from filterkit.applying.notes import notes_on
from filterkit.errors import CannotHoldError
from filterkit.pictures.formats import Format
from filterkit.pictures.picture import Picture
from filterkit.steps.pipeline import Pipeline

if TYPE_CHECKING:
    from filterkit.applying.job import Job

TYPES = {"8": np.uint8, "16": np.uint16}
LONGEST_ROW = 10_000
"""Numbers of a vector that are still shown as a row of pixels."""


def filtered(picture: Picture, kind: Format, job: "Job") -> tuple[Result, tuple[Note, ...]]:
    """Run the pipeline, raw or rendered as the output asks."""
    step, writing = job.filter, job.writing
    if writing.render is not None:
        step = Pipeline([step], writing.render)
    depth, notes = _depth(picture, kind, job)
    if depth == "float" and writing.render is None:
        result = narrowed(raw(step, picture, job.threads), picture)
    elif depth == "float":
        result = rendered(step, picture, np.float32, job.threads)
    else:
        result = rendered(step, picture, TYPES[depth], job.threads)
    result, more = _laid_out(result, kind, writing.background)
    lost = (Note(sentence) for sentence in _lost(result, picture, kind))
    return result, (*notes, *more, *lost, *notes_on(step, picture, result))


def _depth(picture: Picture, kind: Format, job: "Job") -> tuple[str, tuple[Note, ...]]:
    """Choose the depth of the output, and say so where the format holds less than the input."""
    asked = job.writing.depth
    if asked is not None:
        if asked not in kind.depths:
            held = " or ".join(kind.depths)
            raise CannotHoldError(
                f"{kind.title} holds {held} bit, not --depth {asked}.",
                f"--depth {kind.depths[-1]}, or --format tiff",
            )
        return asked, ()
    if kind.numbers and job.writing.render is None:
        return "float", ()
    wanted = picture.depth
    if kind.numbers and wanted == "float":
        return "float", ()
    if wanted in kind.depths:
        return wanted, ()
    best = "8" if wanted == "float" else kind.depths[-1]
    if job.source.numbers is not None or best == "float":  # which holds more
        return best, ()
    held = f"{wanted} bit" if wanted != "float" else "floating-point numbers"
    advice = "--format tiff or npy" if wanted == "float" else "--format png or tiff"
    return best, (Note(f"{kind.title} holds no {held}: the result has {best}.", advice),)


def narrowed(result: Result, picture: Picture) -> Result:
    """Give raw numbers as float32, unless the picture itself is float64."""
    dtype = np.float64 if picture.pixels.dtype == np.float64 else np.float32
    alpha = None if result.alpha is None else result.alpha.astype(dtype, copy=False)
    return replace(result, pixels=result.pixels.astype(dtype, copy=False), alpha=alpha)


def _laid_out(
    result: Result, kind: Format, background: tuple[int, int, int]
) -> tuple[Result, tuple[Note, ...]]:
    """Give a vector a row to lie in, and put a background where alpha cannot stay."""
    if result.shape.flat and not kind.numbers:
        if result.shape.channels > LONGEST_ROW:
            raise CannotHoldError(
                f"a vector of {result.shape.channels} numbers is no picture.", "-o FILE.npy"
            )
        result = replace(result, pixels=result.pixels.swapaxes(-1, -2))
    if result.alpha is None or kind.alpha:
        return result, ()
    opaque = bool((result.alpha == _white(result.pixels)).all())
    if kind.numbers:
        lost = Note(f"{kind.title} holds no transparency: it is left out.", "--format tiff")
        return replace(result, alpha=None), () if opaque else (lost,)
    pixels = result.pixels if opaque else over(result, background)
    note = Note(f"{kind.title} holds no transparency: what showed through is --background.")
    return replace(result, pixels=pixels, alpha=None), () if opaque else (note,)


def _white(pixels: NDArray[Any]) -> float:
    return float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0


def over(result: Result, background: tuple[int, int, int]) -> NDArray[Any]:
    """Lay the pixels of a result that has alpha over a colour; grey ones over its brightness."""
    from filterkit.steps.fuse import Gray

    white = _white(result.pixels)
    colour = np.array(background, np.float64) * (white / 255)
    if result.pixels.shape[-1] == 1:
        colour = np.array([np.dot(colour, Gray.WEIGHTS) / Gray.DIVIDE])
    assert result.alpha is not None  # the caller has seen it
    share = result.alpha[..., None].astype(np.float64) / white
    mixed = result.pixels * share + colour * (1 - share)
    whole = result.pixels.dtype.kind == "u"
    return (np.rint(mixed) if whole else mixed).astype(result.pixels.dtype)


def _lost(result: Result, picture: Picture, kind: Format) -> Iterator[str]:
    """Say what the format holds only in part."""
    if picture.animation and picture.frames > 1 and not (kind.animated or kind.numbers):
        yield f"{kind.title} holds frames without their delays, which are lost."
    if (
        kind.name == "avif"
        and picture.metadata.told
        and result.pixels.dtype == np.uint16
        and len(result.pixels) > 1
    ):
        yield "an AVIF animation of 16 bits holds no metadata, which is lost."
    if not kind.colours:
        return
    alpha = result.alpha
    veiled = alpha is not None and bool((alpha < _white(alpha)).any())
    if any(_colours(frame) + veiled > kind.colours for frame in _views(result)):
        yield f"{kind.title} holds {kind.colours} colours: the result has more, and is reduced."
    if alpha is not None and not np.isin(alpha, (0, _white(alpha))).all():
        yield f"{kind.title} holds no half transparency: it is rounded to all or nothing."


def _views(result: Result) -> Iterator[NDArray[Any]]:
    """Yield what is looked at as one picture: each member of each frame, in grey or colour."""
    spans = [slice(None)] if result.shape.flat else result.shape.spans()
    for span in spans:
        member = result.pixels[..., span]
        yield from member if member.shape[-1] in (1, 3) else member[..., :1]


def _colours(frame: NDArray[Any]) -> int:
    """Count the colours of a frame of 8 bits."""
    channels = frame.shape[-1]
    numbers = frame.astype(np.uint32) @ (256 ** np.arange(channels, dtype=np.uint32))
    seen = np.zeros(256**channels, bool)  # sorting them takes ten times as long
    seen[numbers] = True
    return int(np.count_nonzero(seen))
