"""Pairs of files become examples, each when it is needed."""

from pathlib import Path

from filterkit.applying.job import unheard
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.learning.examples import Example, Picture, Reader, checked

LOSSY = {"jpeg": "a JPEG", "webp": "a WebP", "avif": "an AVIF", "heic": "a HEIC"}
"""Formats that lose some of the numbers, as sentences name them; WebP and AVIF at their usual."""


def reader_of(pair: tuple[Source, Source], reading: Reading) -> Reader:
    """Give what reads a pair, its first frames, without transparency.

    Several threads read at once, so that whoever calls it has to hear what decoders say.
    """

    def reader() -> Example:
        return checked(Example(*(_picture(source, reading) for source in pair)))

    return Reader(f"{_name(pair[0])} -> {_name(pair[1])}", reader)


def _picture(source: Source, reading: Reading) -> Picture:
    picture = unheard(source, reading)
    name = _name(source)
    notes = [f"{name}: {note}" for note in picture.notes]
    if picture.alpha is not None:
        notes.append(f"{name} has transparency, which is left aside.")
    return Picture(picture.pixels[0], name, LOSSY.get(picture.format, ""), tuple(notes))


def _name(source: Source) -> str:
    """Name a picture without its folder: what is learned does not depend on where it lay."""
    return Path(source.label).name if source.path else source.label
