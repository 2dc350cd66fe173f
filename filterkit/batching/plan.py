"""Every name of a run is settled before the first picture is read, in a table that may be huge.

The table is one of SQLite's, in a temporary file: a million names need no more memory than ten.
All that stands in the way is found at once: results of one name, results that are there already,
results that are originals, places that cannot be written to.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.outputs import numbered
from filterkit.applying.places import check_folder, check_name
from filterkit.batching.finding import Found
from filterkit.batching.journal import Record
from filterkit.errors import (
    FilterkitError,
    OutputCollisionError,
    OutputExistsError,
    OutputIsInputError,
    UnwritableError,
)
from filterkit.pictures.names import escaped
from filterkit.pictures.writing import unwritable

TABLES = """
CREATE TABLE plan (
    sorts BLOB, source BLOB, place BLOB, root BLOB, wanted BLOB, target BLOB,
    source_key BLOB, target_key BLOB, there INTEGER,
    PRIMARY KEY (sorts, source, wanted)
) WITHOUT ROWID;
CREATE INDEX by_target ON plan (target_key);
CREATE INDEX by_source ON plan (source_key);
CREATE TABLE past (
    source BLOB, target BLOB, recipe TEXT, digest TEXT, PRIMARY KEY (source, target)
) WITHOUT ROWID;
CREATE TABLE outputs (source BLOB, target BLOB, output BLOB, digest TEXT);
CREATE INDEX by_record ON outputs (source, target);
"""

NOTHING, SOMETHING, ITSELF = range(3)
"""What stands where a result shall be: nothing, a file, or the very picture it is made of."""

SHOWN = 3
"""How many names of a kind a message tells; of the others it tells the number."""


class Planned(NamedTuple):
    """Name a picture, its result, whether that is there, and what earlier runs did.

    `wanted` is what the result would be called if no other file had that name.
    """

    found: Found
    wanted: Path
    target: Path
    there: bool
    past: Record | None


class Plan:
    """Hold what a run is going to do in a folder, in natural order of the places.

    `on_exists` says what becomes of results that are there. `past` is what earlier runs did; of a
    picture the last word counts.
    """

    def __init__(self, folder: Path, on_exists: str, past: Iterable[Record] = ()) -> None:
        self.folder = folder
        self.on_exists = on_exists
        self.unwritable: dict[str, FilterkitError] = {}
        self._folds = folds(folder)
        self._key_of_folder = lru_cache(os.path.realpath)
        self._check_folder = lru_cache(self._looked_at)
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.executescript(TABLES + "BEGIN;")
        for record in past:
            self._remember(record)

    def _remember(self, record: Record) -> None:
        key = os.fsencode(record.source), os.fsencode(record.target)
        row = (*key, record.recipe, record.digest)
        self._table.execute("INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?)", row)
        self._table.execute("DELETE FROM outputs WHERE source = ? AND target = ?", key)
        rows = [(*key, os.fsencode(name), digest) for name, digest in record.outputs]
        self._table.executemany("INSERT INTO outputs VALUES (?, ?, ?, ?)", rows)

    def add(self, found: Found, wanted: Path) -> None:
        """Plan a picture; one that is planned already, with the same result, counts once."""
        target, past = wanted, self._past(found.path, wanted)
        if self.on_exists == "number":
            if past is not None:
                target = self.folder / past.outputs[0][0]
            elif self._taken(target):
                target = next(one for one in numbered(target) if not self._taken(one))
        there = self._standing(found.path, target)
        row = (
            natural(found.place), os.fsencode(found.path), os.fsencode(found.place),
            os.fsencode(found.root or b""), os.fsencode(wanted), os.fsencode(target),
            self._key(found.path), self._key(target), there,
        )  # fmt: skip
        self._table.execute("INSERT OR IGNORE INTO plan VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _standing(self, source: Path, target: Path) -> int:
        """Tell what stands where a result shall be, and note it if nothing may."""
        try:
            check_name(target)
        except UnwritableError as error:
            self.unwritable.setdefault("name", error)
        self._check_folder(target.parent)
        if not os.path.lexists(target):
            return NOTHING
        if target.is_dir() and not target.is_symlink():
            folder = UnwritableError(f"{escaped(target)} is a folder.", "another --name")
            self.unwritable.setdefault("folder", folder)
        itself = target.exists() and source.exists() and target.samefile(source)
        return ITSELF if itself else SOMETHING

    def _looked_at(self, folder: Path) -> None:
        try:
            check_folder(folder, given=True)
        except UnwritableError as error:
            self.unwritable.setdefault(error.sentence, error)
        except OSError as error:
            self.unwritable.setdefault("look", unwritable(folder, error))

    def _taken(self, path: Path) -> bool:
        if os.path.lexists(path):
            return True
        asked = self._table.execute("SELECT 1 FROM plan WHERE target_key = ?", (self._key(path),))
        return asked.fetchone() is not None

    def _key(self, path: Path) -> bytes:
        """Give what all names of a file have in common, except for links to the file itself."""
        name = os.path.join(self._key_of_folder(path.parent), path.name)  # noqa: PTH118
        return os.fsencode(name.casefold() if self._folds else name)

    def __len__(self) -> int:
        return self._count("plan")

    def __iter__(self) -> Iterator[Planned]:
        columns = "source, place, root, wanted, target, there"
        for *names, there in self._table.execute(f"SELECT {columns} FROM plan ORDER BY sorts"):
            source, place, root, wanted, target = (Path(os.fsdecode(name)) for name in names)
            found = Found(source, place, root if names[2] else None)
            yield Planned(found, wanted, target, bool(there), self._past(source, wanted))

    def record_of(self, planned: Planned) -> Record:
        """Make the record of a picture that is begun."""
        names = self._names(planned.found.path, planned.wanted)
        return Record(*names, outputs=((self._from_here(planned.target), ""),))

    def _names(self, source: Path, wanted: Path) -> tuple[str, str]:
        return self._from_here(source), self._from_here(wanted)

    def _from_here(self, path: Path) -> str:
        folder = self._key_of_folder(path.parent)
        here = os.path.relpath(folder, self._key_of_folder(self.folder))
        return os.path.normpath(os.path.join(here, path.name))  # noqa: PTH118 - a text is wanted

    def _past(self, source: Path, wanted: Path) -> Record | None:
        names = self._names(source, wanted)
        key = tuple(map(os.fsencode, names))
        where = "WHERE source = ? AND target = ?"
        told = self._table.execute(f"SELECT recipe, digest FROM past {where}", key).fetchone()
        if told is None:
            return None
        rows = self._table.execute(f"SELECT output, digest FROM outputs {where}", key)
        outputs = tuple((os.fsdecode(name), digest) for name, digest in rows)
        return Record(*names, told[0], told[1], outputs)

    def problems(self) -> Iterator[FilterkitError]:
        """Yield what stands in the way, each kind once, with as many names as one wants to read."""
        yield from self.unwritable.values()
        yield from self._collisions()
        if self.on_exists in ("error", "overwrite"):
            yield from self._originals()
        if self.on_exists == "error":
            yield from self._existing()

    def _collisions(self) -> Iterator[FilterkitError]:
        asked = "FROM plan GROUP BY target_key HAVING count(*) > 1"
        row = self._table.execute(
            f"SELECT min(source), max(source), target {asked} ORDER BY min(sorts)"
        ).fetchone()
        if row is None:
            return
        one, other, target = (escaped(os.fsdecode(name)) for name in row)
        more = self._count(f"(SELECT 1 {asked})") - 1
        others = f", and {more} more would share names" if more else ""
        yield OutputCollisionError(
            f"{one} and {other} would both become {target}{others}; nothing was written.",
            '--name "{stem}{ext}" in other words, or their folder as SOURCE, which keeps the tree',
        )

    def _originals(self) -> Iterator[FilterkitError]:
        others = "EXISTS (SELECT 1 FROM plan WHERE source_key = one.target_key)"
        names = self._told(f"there = {ITSELF} OR {others}")
        if names:
            yield OutputIsInputError(
                f"{names} would be written over: that is an original.", "another -o or --name"
            )

    def _existing(self) -> Iterator[FilterkitError]:
        """Name results that are there, and that are of no earlier run that is gone on with."""
        names = self._told(f"there = {SOMETHING}", unknown=True)
        if names:
            yield OutputExistsError(
                f"already there: {names}; nothing was written.",
                "--resume to go on where an earlier run ended, --on-exists skip to keep them, "
                "-f to replace them, or another -o",
            )

    def _told(self, where: str, unknown: bool = False) -> str:
        """Name the first results of a kind, and count the others."""
        rows = self._table.execute(
            f"SELECT source, wanted, target FROM plan AS one WHERE {where} ORDER BY sorts"
        )
        names, count = [], 0
        for source, wanted, target in rows:
            paths = Path(os.fsdecode(source)), Path(os.fsdecode(wanted))
            if unknown and self._past(*paths) is not None:
                continue
            count += 1
            if count <= SHOWN:
                names.append(escaped(os.fsdecode(target)))
        return ", ".join(names) + (f" and {count - SHOWN} more" if count > SHOWN else "")

    def _count(self, what: str) -> int:
        return int(self._table.execute(f"SELECT count(*) FROM {what}").fetchone()[0])


def folds(folder: Path) -> bool:
    """Tell whether A.png and a.png are one file there, as far as what lies there shows it."""
    there = next(one for one in (folder, *folder.parents) if one.exists() or one == one.parent)
    try:
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
    return os.fsencode(re.sub("[0-9]+", _number, "\\0".join(place.parts)))


def _number(found: re.Match[str]) -> str:
    """Write a number so that letters sort it: how long it is, then its digits."""
    digits = found[0].lstrip("0")
    return f"{len(digits):03d}{digits}"
