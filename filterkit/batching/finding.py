"""Which pictures are meant: folders, files, patterns and lists become names; nothing is opened.

A folder is gone through to its last subfolder, and its tree is kept: `place` is where a picture
lies in it. Hidden files, links, and what has no picture's ending are passed over and counted.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.places import Identity, identity
from filterkit.applying.sources import SAMPLE, Source
from filterkit.batching.journal import NAME as JOURNAL
from filterkit.batching.patterns import WILD, ending_of, fits, matcher, matches
from filterkit.errors import (
    FilterkitError,
    NoSuchInputError,
    OutputIsInputError,
    UnreadableInputError,
)
from filterkit.pictures.files import near
from filterkit.pictures.formats import FORMATS, UNREAD
from filterkit.pictures.names import escaped, reason_of

ENDINGS = {ending for one in FORMATS.values() if not one.numbers for ending in one.endings}
ENDINGS |= {ending for one in UNREAD.values() for ending in one.endings}
"""What a walk takes for pictures. Files of numbers may be anything, and want to be named."""

MOST_KINDS = 100
"""Kinds of what is passed over that are told apart: any number of endings is no ending at all."""


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
    and with its path below the folder that was given, whatever the case of their letters. `passed`
    counts what was passed over, by kind; `failures` holds what could not be looked into.
    """

    outputs: Path
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    follow_links: bool = False
    passed: Counter[str] = field(default_factory=Counter)
    failures: list[FilterkitError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._included = [matcher(one) for one in self.include]
        self._excluded = [matcher(one) for one in self.exclude]
        self._outputs = identity(self.outputs)
        self._endings = ENDINGS.union(*map(ending_of, self.include))

    def through(self, sources: Sequence[str]) -> Iterator[Found]:
        """Yield the pictures of folders, files and patterns, in no certain order.

        Of several folders each gets a folder of its own. Raises NoSuchInputError, and
        OutputIsInputError where the results would lie among the originals.
        """
        for source in sources:
            path = Path(source)
            if _is_folder(path):
                above = Path(os.path.basename(os.path.abspath(path)))  # noqa: PTH100, PTH119 - ..
                for found in self._folder(path):
                    yield found._replace(place=above / found.place) if sources[1:] else found
            elif os.path.lexists(path):
                if self._is_asked(Path(path.name)):
                    yield Found(path, Path(path.name))
            elif WILD.search(source):
                yield from self._pattern(source)
            else:
                raise NoSuchInputError(f"{escaped(source)}: no such file or folder{near(path)}.")

    def listed(self, names: Iterable[str]) -> Iterator[Found]:
        """Yield the files of a list, each at the place in the tree that its name gives."""
        own = os.path.join(os.path.abspath(self.outputs), "")  # noqa: PTH100, PTH118 - a million
        for name in names:
            if os.path.abspath(name).startswith(own):  # noqa: PTH100 - resolve() asks the disk
                self._pass_over("results")
            elif os.path.isdir(name):  # noqa: PTH112 - `find` lists folders too
                self._pass_over("folders")
            elif self._is_asked(place := _inside(Path(name))):
                yield Found(Path(name), place)

    def _pattern(self, source: str) -> Iterator[Found]:
        """Yield what a pattern names that the shell has left to us."""
        parts = Path(source).parts
        fixed = next(at for at, part in enumerate(parts) if WILD.search(part))
        base = Path(*parts[:fixed])
        if not _is_folder(base):
            raise NoSuchInputError(f"{escaped(source)}: there is no folder {escaped(base)}.")
        usual = self._endings
        self._endings = usual | ending_of(source)
        yield from self._folder(base, parts[fixed:])
        self._endings = usual

    def _folder(self, root: Path, wanted: Sequence[str] = ()) -> Iterator[Found]:
        """Yield the pictures of a folder and of those in it, as far as a pattern fits them."""
        if self._outputs is not None and identity(root) == self._outputs:
            raise OutputIsInputError(
                f"{escaped(root)} holds the originals, and the results would lie among them.",
                f"-o {escaped(root.resolve().name)}.results/",
            )
        waiting, seen = [(root, Path())], {identity(root)}
        while waiting:
            here, above = waiting.pop()
            for entry in self._entries(here):
                place, is_folder = above / entry.name, _leads_on(entry)
                if wanted and not fits(wanted, place.parts, is_folder):
                    continue
                if not is_folder:
                    if self._is_picture(entry, place):
                        yield Found(Path(entry.path), place, None if self.follow_links else root)
                elif self._is_open(entry, place, seen):
                    waiting.append((Path(entry.path), place))

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

    def _is_open(self, entry: "os.DirEntry[str]", place: Path, seen: set[Identity | None]) -> bool:
        """Tell whether to go into a folder; links may run round, and lead to one twice."""
        if matches(self._excluded, place):
            return False
        if os.path.lexists(os.path.join(entry.path, JOURNAL)):  # noqa: PTH118 - of another batch
            return self._pass_over("folders of results")
        if self._outputs is None and not self.follow_links:
            return True
        told = identity(Path(entry.path))
        if told == self._outputs and told is not None:
            return self._pass_over("folders of results")
        new = told not in seen
        if self.follow_links:
            seen.add(told)
        return new

    def _is_picture(self, entry: "os.DirEntry[str]", place: Path) -> bool:
        """Tell whether a file is asked for and has a picture's ending."""
        if entry.is_symlink() and identity(Path(entry.path)) is None:
            return self._pass_over("broken links")
        if not entry.is_file():
            return self._pass_over("pipes and devices")
        ending = place.suffix.lower()
        return self._is_asked(place) and (
            ending in self._endings or self._pass_over(escaped(ending) or "without an ending")
        )

    def _is_asked(self, place: Path) -> bool:
        """Tell whether a file is included, and neither it nor a folder above it excluded."""
        *inner, _ = place, *place.parents
        if self.exclude and any(matches(self._excluded, one) for one in inner):
            return self._pass_over("excluded")
        if self.include and not matches(self._included, place):
            return self._pass_over("not included")
        return True

    def _pass_over(self, kind: str) -> bool:
        known = kind in self.passed or len(self.passed) < MOST_KINDS
        self.passed[kind if known else "others"] += 1
        return False


def _is_folder(path: Path) -> bool:
    """Tell whether there is a folder; what may not be looked at, or has no name, is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _leads_on(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _inside(path: Path) -> Path:
    """Give the place of a listed file in the tree of results: never above its root."""
    parts = path.parts[1:] if path.is_absolute() else path.parts
    return Path(*(part for part in parts if part != ".."))
