"""The results of a picture become files: one, or one for every map or frame."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterkit.applying.filtering import Result
from filterkit.applying.outputs import Target
from filterkit.applying.template import Template
from filterkit.errors import CannotHoldError
from filterkit.pictures.codecs import encode
from filterkit.pictures.formats import Format
from filterkit.pictures.metadata import kept
from filterkit.pictures.picture import Picture
from filterkit.pictures.sheet import sheet

if TYPE_CHECKING:
    from filterkit.applying.job import Job


class Page(NamedTuple):
    """Hold a result and the picture that it was made of: frames of one size and kind."""

    result: Result
    picture: Picture


Parts = Iterator[tuple[dict[str, str], list[Page]]]


def files_of(
    pages: Sequence[Page], kind: Format, job: "Job"
) -> Iterator[tuple[Path | None, bytes]]:
    """Yield every file of a picture's results: its path (None: a pipe) and its bytes."""
    template = job.target.template or Template("")
    parts: Parts = iter([({}, list(pages))])
    if template.uses("frame"):
        parts = _by_frame(pages)
    elif sum(len(page.result.pixels) for page in pages) > 1 and not kind.frames:
        raise CannotHoldError(
            f"{kind.title} holds one frame, and there are "
            f"{sum(len(page.result.pixels) for page in pages)}.",
            "--frames first, or -o {stem}-{frame}{ext}",
        )
    if template.uses("map"):
        parts = _by_map(parts)
    for names, part in parts:
        yield _expanded(job.target, **names), encoded(part, kind, job)


def encoded(pages: Sequence[Page], kind: Format, job: "Job") -> bytes:
    """Give the bytes of a file of these pages."""
    return _numbers(pages, kind) if kind.numbers else _picture(pages, kind, job)


def _by_frame(pages: Sequence[Page]) -> Parts:
    """Part frame from frame; they are counted from 1 over all pages."""
    total = sum(len(page.result.pixels) for page in pages)
    number = 0
    for page in pages:
        for frame in range(len(page.result.pixels)):
            number += 1
            yield {"frame": f"{number:0{len(str(total))}d}"}, [_frame(page, frame)]


def _frame(page: Page, frame: int) -> Page:
    only = slice(frame, frame + 1)
    alpha = None if page.result.alpha is None else page.result.alpha[only]
    result = replace(page.result, pixels=page.result.pixels[only], alpha=alpha)
    return Page(result, page.picture)


def _by_map(parts: Parts) -> Parts:
    """Part map from map: a pipeline gives every page the same ones."""
    for names, pages in parts:
        for maps in zip(*(list(members_of(page.result)) for page in pages), strict=True):
            part = [Page(one, page.picture) for (_, one), page in zip(maps, pages, strict=True)]
            yield names | {"map": maps[0][0]}, part


def members_of(result: Result) -> Iterator[tuple[str, Result]]:
    """Yield each member by itself, with a name."""
    members = result.shape.members
    seen: dict[str, int] = {}
    for number, (member, span) in enumerate(zip(members, result.shape.spans(), strict=True), 1):
        name = member.name or ("image" if len(members) == 1 else f"map {number}")
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        shape = replace(result.shape, members=(member,))
        yield name, replace(result, pixels=result.pixels[..., span], shape=shape)


def _expanded(target: Target, **values: str) -> Path | None:
    """Fill in the names of map and frame, without signs that a shell or a folder would mind."""
    if target.template is None:
        return target.path
    safe = {key: re.sub(r"[^\w.+-]+", "-", value).strip("-") for key, value in values.items()}
    return Path(target.template.expand(**safe))


def _numbers(pages: Sequence[Page], kind: Format) -> bytes:
    """Write arrays: of NPZ one a member, else one of all maps."""
    if len(pages) > 1:
        raise CannotHoldError(
            f"{kind.title} holds frames of one size, and these pages differ.",
            "-o {stem}-{frame}{ext}, or --frames first",
        )
    result = pages[0].result
    if kind.name == "npz":
        from filterkit.pictures.npz import encode_arrays

        return encode_arrays({name: array_of(one) for name, one in members_of(result)})
    content: bytes = kind.codec.encode_array(array_of(result))
    return content


def array_of(result: Result) -> NDArray[Any]:
    """Give an array as it is stored: (rows, columns) of one map, else (rows, columns, maps).

    Several frames lead, and then the maps keep their axis; a vector is (numbers,).
    """
    pixels = result.pixels
    if result.shape.flat:
        pixels = pixels.reshape(len(pixels), -1)
    if len(pixels) > 1:
        return pixels
    return pixels[0, ..., 0] if pixels.ndim == 4 and pixels.shape[-1] == 1 else pixels[0]


def _picture(pages: Sequence[Page], kind: Format, job: "Job") -> bytes:
    """Encode the pages of a picture, with the metadata that still holds."""
    first, *further = (_laid_out(page, kind, job) for page in pages)
    quality = job.writing.quality or first.metadata.quality
    return encode(replace(first, further=tuple(further)), kind.name, quality)


def _laid_out(page: Page, kind: Format, job: "Job") -> Picture:
    """Make a picture of a page's result, of several members a sheet."""
    result, picture = page
    pixels, alpha = result.pixels, result.alpha
    if len(result.shape.members) > 1 or pixels.shape[-1] not in (1, 3):
        views = list(_views(result))
        frames = range(len(pixels))
        pixels = np.stack([sheet([(name, one.pixels[at]) for name, one in views]) for at in frames])
        alpha = None
    rows, columns, channels = pixels.shape[1:]
    metadata = kept(
        picture.metadata, job.reading.metadata, channels != picture.channels, rows, columns
    )
    metadata = replace(metadata, quality=picture.metadata.quality)
    moves = kind.animated and len(pixels) == picture.frames
    animation = picture.animation if moves else None
    return Picture(pixels, alpha, kind.name, metadata, animation=animation)


def _views(result: Result) -> Iterator[tuple[str, Result]]:
    """Yield members that can be looked at: channels that make no colour come one by one."""
    for name, part in members_of(result):
        channels = part.pixels.shape[-1]
        if channels in (1, 3):
            yield name, part
            continue
        for channel in range(channels):
            one = replace(part, pixels=part.pixels[..., channel : channel + 1])
            yield f"{name} {channel + 1}", one
