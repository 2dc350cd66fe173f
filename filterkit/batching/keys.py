"""How the names of a plan are compared: what is one file, what comes first, what a journal says."""

import os
import re
from functools import lru_cache
from pathlib import Path


class Keys:
    """Give keys for files, which differ as the files do, for a run whose results go to a folder."""

    def __init__(self, folder: Path) -> None:
        self._folds = folds(folder)
        self._folder = os.path.realpath(folder)
        self._real, self._way = lru_cache(os.path.realpath), lru_cache(self._way_to)

    def key(self, path: Path, folded: bool = True) -> bytes:
        """Give what all names of a file have in common, except for links to the file itself.

        On a disk that folds cases only what is `folded` has it; originals may lie on another one.
        """
        folder, name = os.path.split(path)
        name = os.path.join(self._real(folder), name)  # noqa: PTH118 - a million
        return os.fsencode(name.casefold() if folded and self._folds else name)

    def seen(self, path: Path) -> str:
        """Name a file as seen from the folder of the results."""
        folder, name = os.path.split(path)
        return os.path.join(self._way(folder), name)  # noqa: PTH118 - a million

    def _way_to(self, folder: str) -> str:
        way = os.path.relpath(self._real(folder), self._folder)
        return "" if way == os.curdir else way


def folds(folder: Path) -> bool:
    """Tell whether A.png and a.png are one file there, as far as what lies there shows it."""
    try:
        there = next(one for one in (folder, *folder.parents) if one.exists() or one == one.parent)
        with os.scandir(there) as entries:
            for entry in entries:
                if (other := entry.name.swapcase()) != entry.name:
                    path = there / other
                    return path.exists() and path.samefile(entry.path)
    except OSError:
        pass
    return False


def natural(place: Path) -> bytes:
    """Give a key that puts photo9 before photo10, and what lies in one folder side by side.

    >>> sorted([Path("b10"), Path("b9"), Path("a")], key=natural)
    [PosixPath('a'), PosixPath('b9'), PosixPath('b10')]
    """
    return os.fsencode(re.sub("[0-9]+", _number, "\0".join(place.parts)))


def _number(found: re.Match[str]) -> str:
    """Write a number so that letters sort it: how long it is, its digits, and the zeros before."""
    digits = found[0].lstrip("0")
    return f"{len(digits):03d}{digits}{len(found[0]) - len(digits):03d}"
