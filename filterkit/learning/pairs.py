"""Pictures before and after as files: two of them, or two folders with equal names."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.sources import Source
from filterkit.errors import NothingMatchedError, UsageError
from filterkit.pictures.formats import FORMATS
from filterkit.pictures.names import escaped

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
