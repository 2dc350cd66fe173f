"""What a pipeline made becomes files: the right depth, a sheet for several members, metadata."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result, raw, rendered
from filterkit.applying.note import Note
from filterkit.applying.notes import notes_on
from filterkit.applying.template import Template
from filterkit.errors import CannotHoldError
from filterkit.pictures.codecs import encode
from filterkit.pictures.formats import Format
from filterkit.pictures.metadata import kept
from filterkit.pictures.picture import Picture
from filterkit.pictures.sheet import sheet
from filterkit.steps.pipeline import Pipeline

if TYPE_CHECKING:
    from filterkit.applying.job import Job

TYPES = {"8": np.uint8, "16": np.uint16}
ARRAYS = ("npy", "npz")
LONGEST_ROW = 10_000
"""Numbers of a vector that are still shown as a row of pixels."""


def filtered(picture: Picture, kind: Format, job: "Job") -> tuple[Result, tuple[Note, ...]]:
    """Run the pipeline, raw or rendered as the output asks."""
    step, writing = job.filter, job.writing
    if writing.render is not None:
        step = Pipeline([step], writing.render)
    depth, notes = _depth(picture, kind, job)
    if depth == "float":
        result = _narrowed(raw(step, picture, job.threads), picture)
    else:
        result = rendered(step, picture, TYPES[depth], job.threads)
    result, more = _laid_out(result, kind, writing.background)
    return result, (*notes, *more, *notes_on(step, picture, result))


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
    if kind.name in ARRAYS and job.writing.render is None:
        return "float", ()
    wanted = picture.depth
    if kind.name in ARRAYS and wanted == "float":
        return "float", ()
    if wanted in kind.depths:
        return wanted, ()
    best = "8" if wanted == "float" else kind.depths[-1]
    if job.source.numbers is not None:
        return best, ()
    held = f"{wanted} bit" if wanted != "float" else "floating-point numbers"
    advice = "--format tiff or npy" if wanted == "float" else "--format png or tiff"
    return best, (Note(f"{kind.title} holds no {held}: the result has {best}.", advice),)


def _narrowed(result: Result, picture: Picture) -> Result:
    """Give raw numbers as float32, unless the picture itself is float64."""
    dtype = np.float64 if picture.pixels.dtype == np.float64 else np.float32
    alpha = None if result.alpha is None else result.alpha.astype(dtype, copy=False)
    return replace(result, pixels=result.pixels.astype(dtype, copy=False), alpha=alpha)


def _laid_out(
    result: Result, kind: Format, background: tuple[int, int, int]
) -> tuple[Result, tuple[Note, ...]]:
    """Give a vector a row to lie in, and put a background where alpha cannot stay."""
    if result.shape.flat and kind.name not in ARRAYS:
        if result.shape.channels > LONGEST_ROW:
            raise CannotHoldError(
                f"a vector of {result.shape.channels} numbers is no picture.", "-o FILE.npy"
            )
        result = replace(result, pixels=result.pixels.swapaxes(-1, -2))
    if result.alpha is None or kind.alpha:
        return result, ()
    opaque = bool((result.alpha == _white(result.pixels)).all())
    if kind.name in ARRAYS:
        lost = Note(f"{kind.title} holds no transparency: it is left out.", "--format tiff")
        return replace(result, alpha=None), () if opaque else (lost,)
    pixels = result.pixels if opaque else _over(result, background)
    note = Note(f"{kind.title} holds no transparency: what showed through is --background.")
    return replace(result, pixels=pixels, alpha=None), () if opaque else (note,)


def _white(pixels: NDArray[Any]) -> float:
    return float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0


def _over(result: Result, background: tuple[int, int, int]) -> NDArray[Any]:
    """Lay the pixels over a colour; a grey picture over its brightness."""
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


def files_of(
    result: Result, picture: Picture, kind: Format, job: "Job"
) -> Iterator[tuple[Path | None, bytes]]:
    """Yield every file of a result: its path (None: a pipe) and its bytes."""
    path = job.target.path
    for name, part in _parts(result, kind, path):
        if kind.name == "npz":
            from filterkit.pictures.npz import encode_arrays

            content = encode_arrays({key: _array(one) for key, one in _members(part)})
        elif kind.name == "npy":
            from filterkit.pictures.npy import encode_array

            content = encode_array(_array(part))
        else:
            content = _encoded(part, picture, kind, job)
        yield _expanded(path, **name), content


def _parts(
    result: Result, kind: Format, path: Path | None
) -> Iterator[tuple[dict[str, str], Result]]:
    """Split a result where the path has {map} or {frame}; else frames must fit the format."""
    template = Template(str(path or ""))
    frames = range(len(result.pixels))
    if len(frames) > 1 and not (template.uses("frame") or kind.frames):
        raise CannotHoldError(
            f"{kind.title} holds one frame, and there are {len(frames)}.",
            "--frames first, or -o {stem}-{frame}{ext}",
        )
    for frame in frames if template.uses("frame") else (None,):
        page = result if frame is None else _frame(result, frame)
        told = {} if frame is None else {"frame": f"{frame + 1:0{len(str(len(frames)))}d}"}
        if not template.uses("map"):
            yield told, page
            continue
        for name, part in _members(page):
            yield told | {"map": name}, part


def _frame(result: Result, frame: int) -> Result:
    alpha = None if result.alpha is None else result.alpha[frame : frame + 1]
    return replace(result, pixels=result.pixels[frame : frame + 1], alpha=alpha)


def _members(result: Result) -> Iterator[tuple[str, Result]]:
    """Yield each member by itself, with a name."""
    members = result.shape.members
    seen: dict[str, int] = {}
    for number, (member, span) in enumerate(zip(members, result.shape.spans(), strict=True), 1):
        name = member.name or ("image" if len(members) == 1 else f"map {number}")
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        shape = replace(result.shape, members=(member,))
        yield name, replace(result, pixels=result.pixels[..., span], shape=shape)


def _expanded(path: Path | None, **values: str) -> Path | None:
    """Fill in the names of map and frame, without signs that a shell or a folder would mind."""
    if path is None or not values:
        return path
    safe = {key: re.sub(r"[^\w.+-]+", "-", value).strip("-") for key, value in values.items()}
    return Path(Template(str(path)).expand(**safe))


def _array(result: Result) -> NDArray[Any]:
    """Give an array as it is stored: (rows, columns) of one map, else (rows, columns, maps).

    Several frames lead; a vector is (numbers,).
    """
    pixels = result.pixels
    if result.shape.flat:
        pixels = pixels.reshape(len(pixels), -1)
    elif pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return pixels[0] if len(pixels) == 1 else pixels


def _encoded(result: Result, picture: Picture, kind: Format, job: "Job") -> bytes:
    """Encode a picture, or a sheet where there are several, with the metadata that still holds."""
    pixels, alpha = result.pixels, result.alpha
    if len(result.shape.members) > 1 or pixels.shape[-1] not in (1, 3):
        pixels, alpha = sheet([(name, one.pixels[0]) for name, one in _views(result)])[None], None
    rows, columns, channels = pixels.shape[1:]
    metadata = kept(
        picture.metadata, job.reading.metadata, channels != picture.channels, rows, columns
    )
    quality = job.writing.quality or picture.metadata.quality
    return encode(Picture(pixels, alpha, kind.name, metadata), kind.name, quality)


def _views(result: Result) -> Iterator[tuple[str, Result]]:
    """Yield members that can be looked at: channels that make no colour come one by one."""
    for name, part in _members(result):
        channels = part.pixels.shape[-1]
        if channels in (1, 3):
            yield name, part
            continue
        for channel in range(channels):
            one = replace(part, pixels=part.pixels[..., channel : channel + 1])
            yield f"{name} {channel + 1}", one
