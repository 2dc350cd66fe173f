"""Every name of a run is settled before the first picture is read, in a table that may be huge.

The table is one of SQLite's, in a temporary file: a million names need no more memory than ten.
All that stands in the way is found at once: results of one name, results that are there already,
results that are originals, places that cannot be written to.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from filterkit.applying.outputs import numbered
from filterkit.applying.places import check_folder, check_name, identity
from filterkit.batching.finding import Found
from filterkit.batching.journal import Record
from filterkit.batching.keys import Keys, natural
from filterkit.batching.past import TABLES as PAST
from filterkit.batching.past import Past
from filterkit.errors import (
    DiskError,
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
    source_real BLOB, source_key BLOB, target_key BLOB, there INTEGER,
    PRIMARY KEY (sorts, source_real, wanted)
) WITHOUT ROWID;
CREATE INDEX by_target ON plan (target_key);
CREATE INDEX by_source ON plan (source_key);
CREATE TABLE folders (folder_key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE numbers (target_key BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
"""

NOTHING, SOMETHING, ITSELF = range(3)
"""What stands where a result shall be: nothing, a file, or the very picture it is made of."""

OF_OTHERS = "EXISTS (SELECT 1 FROM plan WHERE source_key = one.target_key)"
"""What finds, amid the rows of `one`, a result that would stand where another picture stands."""

SHOWN = 3
"""How many names of a kind a message tells; of the others it tells the number."""

MOST_UNWRITABLE = 10
"""Places that cannot be written to that are told one by one."""


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

    `on_exists` says what becomes of results that are there. `past` is what earlier runs did, where
    they are gone on with; of a picture the last word counts.
    """

    def __init__(self, folder: Path, on_exists: str, past: Iterable[Record] | None = None) -> None:
        self.folder = folder
        self.on_exists = on_exists
        self.unwritable: dict[str, FilterkitError] = {}
        self._keys = Keys(folder)
        self._check_folder = lru_cache(self._looked_at)
        self._table = sqlite3.connect("", isolation_level=None)
        self._table.executescript(TABLES + PAST + "BEGIN;")
        self._resumes = past is not None
        self._past = Past(self._table, self._keys, past or ())
        self._waiting = False

    def add(self, found: Found, wanted: Path) -> None:
        """Plan a picture; one that is planned already, with the same result, counts once."""
        key, name = self._keys.key, os.fsencode(wanted)
        waits = self.on_exists == "number"  # for all others, so that the order does not matter
        self._waiting |= waits
        row = (
            natural(found.place), os.fsencode(found.path), os.fsencode(found.place),
            os.fsencode(found.root or b""), name, name,
            key(found.path, folded=False), key(found.path),
            *((None, NOTHING) if waits else (key(wanted), self._standing(found.path, wanted))),
        )  # fmt: skip
        into = f"INSERT OR IGNORE INTO plan VALUES (?{', ?' * (len(row) - 1)})"
        try:
            self._table.execute(into, row)
        except sqlite3.OperationalError as error:
            raise DiskError(
                f"the plan cannot be kept in a temporary file: {error}.",
                "SQLITE_TMPDIR=FOLDER in front, a folder with more room",
            ) from error

    def _number(self) -> None:
        """Settle the names of all results that may get a number, in natural order."""
        if not self._waiting:
            return
        self._waiting = False
        columns = "sorts, source_real, wanted, source"
        update = "UPDATE plan SET target = ?, target_key = ?, there = ?"
        for *row, source in self._table.execute(f"SELECT {columns} FROM plan ORDER BY sorts"):
            path = Path(os.fsdecode(source))
            target = self._numbered(path, Path(os.fsdecode(row[2])))
            told = os.fsencode(target), self._keys.key(target), self._standing(path, target)
            where = "WHERE sorts = ? AND source_real = ? AND wanted = ?"
            self._table.execute(f"{update} {where}", (*told, *row))

    def _numbered(self, source: Path, wanted: Path) -> Path:
        """Give the name that an earlier run gave, or else the first that nothing has."""
        past = self._past.of(source, wanted)
        if past is not None:
            return wanted.with_name(Path(past.outputs[0][0]).name)  # and in no other folder
        if not self._taken(wanted):
            return wanted
        key = self._keys.key(wanted)
        told = self._table.execute("SELECT number FROM numbers WHERE target_key = ?", (key,))
        number = (told.fetchone() or (2,))[0]  # from 2 on, many of one name would take for ever
        free = next(one for one in numbered(wanted, number) if not self._taken(one))
        number = int(free.stem.rpartition("-")[2]) + 1
        self._table.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", (key, number))
        return free

    def _standing(self, source: Path, target: Path) -> int:
        """Tell what stands where a result shall be, and note it if nothing may."""
        self._check_folder(target.parent)
        try:
            check_name(target)
        except UnwritableError as error:
            self._refuse(UnwritableError(error.sentence, "a shorter --name"))
        if not os.path.lexists(target):
            return NOTHING
        if target.is_dir() and not target.is_symlink():
            self._refuse(UnwritableError(f"{escaped(target)} is a folder.", "another --name"))
        itself = identity(target)
        return ITSELF if itself is not None and itself == identity(source) else SOMETHING

    def _looked_at(self, folder: Path) -> None:
        try:
            for one in (folder, *folder.parents):
                if one == self.folder:
                    break
                row = (self._keys.key(one),)
                self._table.execute("INSERT OR IGNORE INTO folders VALUES (?)", row)
                check_name(one)
            for one in (self.folder, folder):
                check_folder(one, given=True)
        except UnwritableError as error:
            self._refuse(UnwritableError(error.sentence, "another -o"))
        except OSError as error:
            self._refuse(unwritable(one, error))

    def _refuse(self, error: UnwritableError) -> None:
        if len(self.unwritable) >= MOST_UNWRITABLE and error.sentence not in self.unwritable:
            error = UnwritableError("further results cannot be written either.")
        self.unwritable.setdefault(error.sentence, error)

    def _taken(self, path: Path) -> bool:
        asked = "SELECT 1 FROM plan WHERE target_key = ?"
        planned = self._table.execute(asked, (self._keys.key(path),)).fetchone()
        return bool(planned) or os.path.lexists(path) or self._past.claims(path)

    def __len__(self) -> int:
        return self._count("plan")

    def __iter__(self) -> Iterator[Planned]:
        self._number()
        columns = "source, place, root, wanted, target, there"
        for *names, there in self._table.execute(f"SELECT {columns} FROM plan ORDER BY sorts"):
            source, place, root, wanted, target = (Path(os.fsdecode(name)) for name in names)
            found = Found(source, place, root if names[2] else None)
            yield Planned(found, wanted, target, bool(there), self._past.of(source, wanted))

    def record_of(self, planned: Planned) -> Record:
        """Make the record of a picture that is begun."""
        names = self._keys.seen(planned.found.path), self._keys.seen(planned.wanted)
        return Record(*names, outputs=((self._keys.seen(planned.target), ""),))

    def problems(self) -> Iterator[FilterkitError]:
        """Yield what stands in the way, each kind once, with as many names as one wants to read."""
        self._number()
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
        if row is not None:
            one, other, target = (escaped(os.fsdecode(name)) for name in row)
            more = self._count(f"(SELECT 1 {asked})") - 1
            others = f", and {more} more would share names" if more else ""
            advice = "--on-exists number to keep all"
            if Path(one).parent != Path(other).parent:
                advice += ", or a folder above them as SOURCE, which keeps the tree"
            yield OutputCollisionError(
                f"{one} and {other} would both become {target}{others}; nothing was written.",
                advice,
            )
        if names := self._told("target_key IN folders"):
            yield OutputCollisionError(
                f"results of others would lie in a folder of the same name as {names}.",
                "another --name",
            )

    def _originals(self) -> Iterator[FilterkitError]:
        if names := self._told(f"there = {ITSELF} OR {OF_OTHERS}"):
            yield OutputIsInputError(
                f"{names} would be written over: that is an original.", "another -o or --name"
            )

    def _existing(self) -> Iterator[FilterkitError]:
        """Name results that are there, and that are of no earlier run that is gone on with."""
        if names := self._told(f"there = {SOMETHING} AND NOT {OF_OTHERS}", unknown=True):
            unknown = ", and not in the journal of an earlier run" if self._resumes else ""
            resume = "" if self._resumes else "--resume to go on where an earlier run ended, "
            yield OutputExistsError(
                f"already there{unknown}: {names}; nothing was written.",
                f"{resume}--on-exists skip to keep them, -f to replace them, or another -o",
            )

    def _told(self, where: str, unknown: bool = False) -> str:
        """Name the first results of a kind, and count the others."""
        rows = self._table.execute(
            f"SELECT source, wanted, target FROM plan AS one WHERE {where} ORDER BY sorts"
        )
        names, count = [], 0
        for source, wanted, target in rows:
            paths = Path(os.fsdecode(source)), Path(os.fsdecode(wanted))
            if unknown and self._past.of(*paths) is not None:
                continue
            count += 1
            if count <= SHOWN:
                names.append(escaped(os.fsdecode(target)))
        return ", ".join(names) + (f" and {count - SHOWN} more" if count > SHOWN else "")

    def _count(self, what: str) -> int:
        return int(self._table.execute(f"SELECT count(*) FROM {what}").fetchone()[0])
