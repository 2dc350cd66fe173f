"""Pictures before and after as files: two of them, or two folders with equal names."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.job import unheard
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.errors import NothingMatchedError, UsageError
from filterkit.learning.examples import Example, Picture, Reader, checked
from filterkit.pictures.formats import FORMATS
from filterkit.pictures.names import escaped

LOSSY = {"jpeg": "a JPEG", "webp": "a WebP", "avif": "an AVIF", "heic": "a HEIC"}
"""Formats that lose some of the numbers, as sentences name them; WebP and AVIF at their usual."""

ENDINGS = {ending for one in FORMATS.values() for ending in one.endings}


class Pairs(NamedTuple):
    """Hold pairs of sources, and the names of those pictures that have no partner."""

    found: tuple[tuple[Source, Source], ...]
    alone: tuple[str, ...] = ()


def pairs_of(before: str, after: str) -> Pairs:
    """Find the pairs of two pictures, or of two folders. Raises UsageError, NothingMatchedError."""
    folders = [Path(text).is_dir() for text in (before, after)]
    if not any(folders):
        return Pairs(((Source.of(before), Source.of(after)),))
    if not all(folders):
        folder, file = (before, after) if folders[0] else (after, before)
        raise UsageError(
            f"{escaped(folder)} is a folder and {escaped(file)} is none; two pictures or two "
            "folders belong together."
        )
    first, second = (dict(_pictures(Path(text))) for text in (before, after))
    names = sorted(first.keys() & second.keys())
    if not names:
        raise NothingMatchedError(
            f"no picture in {escaped(before)} has the name of one in {escaped(after)}.",
            "equal names in both folders; endings may differ",
        )
    alone = sorted(first.keys() ^ second.keys())
    return Pairs(
        tuple((Source.of(str(first[name])), Source.of(str(second[name]))) for name in names),
        tuple(alone),
    )


def _pictures(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the pictures of a folder by their names without endings. Raises UsageError."""
    seen: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in ENDINGS and not path.name.startswith("."):
            if path.stem in seen:
                raise UsageError(
                    f"{escaped(seen[path.stem])} and {escaped(path.name)} have one name but for "
                    "the ending: which belongs to a pair?",
                    "another folder for one of them",
                )
            seen[path.stem] = path
            yield path.stem, path


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
