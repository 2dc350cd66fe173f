"""Which pictures are meant: folders, files, patterns and lists become names; nothing is opened.

A folder is gone through to its last subfolder, and its tree is kept: `place` is where a picture
lies in it. Hidden files, links, and what has no picture's ending are passed over and counted.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.sources import SAMPLE, Source
from filterkit.errors import (
    FilterkitError,
    NoSuchInputError,
    OutputIsInputError,
    UnreadableInputError,
)
from filterkit.pictures.formats import FORMATS, UNREAD
from filterkit.pictures.names import escaped, reason_of

ENDINGS = {ending for one in FORMATS.values() if not one.numbers for ending in one.endings}
ENDINGS |= {ending for one in UNREAD.values() for ending in one.endings}
"""What a walk takes for pictures. Files of numbers may be anything, and want to be named."""

WILD = re.compile(r"[*?\[]")
ANY_DEPTH = "**"


class Found(NamedTuple):
    """Name a picture's file, where it belongs in the tree of results, and the folder gone through.

    `root` is none for a file that was named, and where links are followed.
    """

    path: Path
    place: Path
    root: Path | None = None

    @property
    def source(self) -> Source:
        """Name it as an input; what looks like stdin or a sample is a file here."""
        text = str(self.path)
        if text == "-" or text.startswith(SAMPLE):
            text = os.path.join(os.curdir, text)  # noqa: PTH118 - a Path would drop the ./
        return Source(text, stem=self.path.stem, root=self.root)


@dataclass
class Search:
    """Say what to leave out, and where the results go, which are never taken for pictures.

    `include` and `exclude` are patterns such as `*.jpg` or `raw/*`, compared with a file's name
    and with its place, whatever the case of their letters. `passed` counts what was passed over, by
    kind; `failures` holds what could not be looked into.
    """

    outputs: Path
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    follow_links: bool = False
    passed: Counter[str] = field(default_factory=Counter)
    failures: list[FilterkitError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._included = [_pattern(one) for one in self.include]
        self._excluded = [_pattern(one) for one in self.exclude]
        self._outputs = _identity(self.outputs)
        self._endings = ENDINGS | {Path(one).suffix.lower() for one in self.include}

    def through(self, sources: Sequence[str]) -> Iterator[Found]:
        """Yield the pictures of folders, files and patterns, in no certain order.

        Of several folders each gets a folder of its own. Raises NoSuchInputError, and
        OutputIsInputError where the results would lie among the originals.
        """
        several = len(sources) > 1
        for source in sources:
            path = Path(source)
            if path.is_dir():
                self._refuse_outputs(path)
                place = Path(path.resolve().name) if several else Path()
                yield from self._folder(path, place, path)
            elif os.path.lexists(path):
                yield Found(path, Path(path.name))
            elif WILD.search(source):
                yield from self._pattern(source)
            else:
                raise NoSuchInputError(f"{escaped(source)}: no such file or folder.")

    def listed(self, names: Iterable[str]) -> Iterator[Found]:
        """Yield the files of a list, each at the place in the tree that its name gives."""
        own = os.path.join(os.path.abspath(self.outputs), "")  # noqa: PTH100, PTH118 - a million
        for name in names:
            if os.path.abspath(name).startswith(own):  # noqa: PTH100 - resolve() asks the disk
                self._pass_over("results")
            else:
                path = Path(name)
                yield Found(path, _inside(path))

    def _refuse_outputs(self, folder: Path) -> None:
        if self._outputs is not None and _identity(folder) == self._outputs:
            raise OutputIsInputError(
                f"{escaped(folder)} holds the originals, and the results would lie among them.",
                f"-o {escaped(folder.resolve().name)}.results/",
            )

    def _pattern(self, source: str) -> Iterator[Found]:
        """Yield what a pattern names that the shell has left to us."""
        parts = Path(source).parts
        fixed = next(at for at, part in enumerate(parts) if WILD.search(part))
        base, wanted = Path(*parts[:fixed]), parts[fixed:]
        self._endings |= {Path(wanted[-1]).suffix.lower()}
        for found in self._folder(base, Path(), base):
            if _fits(wanted, found.place.parts):
                yield found

    def _folder(self, folder: Path, place: Path, root: Path) -> Iterator[Found]:
        """Yield the pictures of a folder and of those in it; its tree goes below `place`."""
        waiting = [(folder, place)]
        seen = {_identity(folder)}
        while waiting:
            here, above = waiting.pop()
            for entry in self._entries(here):
                inner = above / entry.name
                if not self._is_folder(entry, inner):
                    if self._is_picture(entry, inner):
                        yield Found(Path(entry.path), inner, None if self.follow_links else root)
                elif not self.follow_links:
                    waiting.append((Path(entry.path), inner))
                elif (identity := _identity(Path(entry.path))) not in seen:  # links may run round
                    seen.add(identity)
                    waiting.append((Path(entry.path), inner))

    def _entries(self, folder: Path) -> Iterator["os.DirEntry[str]"]:
        """Yield what lies in a folder, but nothing that is hidden, and no link unless asked."""
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        self._pass_over("hidden")
                    elif entry.is_symlink() and not self.follow_links:
                        self._pass_over("links")
                    else:
                        yield entry
        except OSError as error:
            reason = reason_of(error).lower()
            self.failures.append(
                UnreadableInputError(
                    f"{escaped(folder)}: this folder cannot be read: {reason}.",
                    "ask for permission, or --exclude",
                )
            )

    def _is_folder(self, entry: "os.DirEntry[str]", place: Path) -> bool:
        """Tell whether to go into an entry."""
        if not entry.is_dir():
            return False
        if self._outputs is not None and _identity(Path(entry.path)) == self._outputs:
            return self._pass_over("results")
        return not any(matches(entry.name, place) for matches in self._excluded)

    def _is_picture(self, entry: "os.DirEntry[str]", place: Path) -> bool:
        """Tell whether a file is asked for and has a picture's ending."""
        if entry.is_dir():
            return False
        if not entry.is_file():
            return self._pass_over("broken links" if entry.is_symlink() else "pipes and devices")
        if any(matches(entry.name, place) for matches in self._excluded):
            return self._pass_over("excluded")
        if self.include and not any(matches(entry.name, place) for matches in self._included):
            return self._pass_over("not included")
        ending = Path(entry.name).suffix.lower()
        return ending in self._endings or self._pass_over(escaped(ending) or "without an ending")

    def _pass_over(self, kind: str) -> bool:
        self.passed[kind] += 1
        return False


@cache
def _pattern(text: str) -> Callable[..., bool]:
    """Make what compares a pattern with a name, or with one and its place."""
    matches = re.compile(translate(text), re.IGNORECASE).match

    def compare(name: str, place: Path | None = None) -> bool:
        return bool(matches(name) or (place is not None and matches(place.as_posix())))

    return compare


def _fits(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a pattern fits the names of a path, or of a folder that it lies in."""
    if not parts or not names:
        return not parts
    if parts[0] == ANY_DEPTH:
        return _fits(parts[1:], names) or _fits(parts, names[1:])
    return _pattern(parts[0])(names[0]) and _fits(parts[1:], names[1:])


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell a folder from all others, whatever links lead to it; None where there is none."""
    try:
        told = folder.stat()
    except OSError:
        return None
    return told.st_dev, told.st_ino


def _inside(path: Path) -> Path:
    """Give the place of a listed file in the tree of results: never above its root."""
    parts = path.parts[1:] if path.is_absolute() else path.parts
    return Path(*(part for part in parts if part != ".."))


def names_in(listing: str, end: bytes) -> Iterator[str]:
    """Yield the names of a list, each with such an end; - is stdin. Raises NoSuchInputError."""
    handle = 0 if listing == "-" else _list(listing)
    rest = b""
    try:
        for part in iter(partial(os.read, handle, 2**16), b""):
            *whole, rest = (rest + part).split(end)
            yield from (os.fsdecode(name) for name in whole if name)
    finally:
        if handle:
            os.close(handle)
    if rest:
        yield os.fsdecode(rest)


def _list(name: str) -> int:
    try:
        return os.open(name, os.O_RDONLY)
    except OSError as error:
        reason = reason_of(error).lower()
        raise NoSuchInputError(f"--files-from {escaped(name)}: {reason}.") from error
