"""What earlier runs did in a folder of results, in a table that may be huge."""

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from filterkit.batching.journal import Record
from filterkit.batching.keys import Keys

TABLES = """
CREATE TABLE past (
    source BLOB, target BLOB, recipe TEXT, digest TEXT, PRIMARY KEY (source, target)
) WITHOUT ROWID;
CREATE TABLE outputs (source BLOB, target BLOB, output BLOB, digest TEXT);
CREATE INDEX by_record ON outputs (source, target);
CREATE INDEX by_output ON outputs (output);
"""


class Past:
    """Hold the records of earlier runs in a database, which has the tables.

    Of a picture the last word counts.
    """

    def __init__(self, table: sqlite3.Connection, keys: Keys, records: Iterable[Record]) -> None:
        self._table, self._keys = table, keys
        self._is_empty = True
        for record in records:
            self._remember(record)

    def _remember(self, record: Record) -> None:
        self._is_empty = False
        key = os.fsencode(record.source), os.fsencode(record.target)
        for table in ("past", "outputs"):
            self._table.execute(f"DELETE FROM {table} WHERE source = ? AND target = ?", key)
        rows = [(*key, os.fsencode(name), digest) for name, digest in record.outputs]
        if rows:  # else it was begun in vain, and what stands there is somebody else's
            row = (*key, record.recipe, record.digest)
            self._table.execute("INSERT INTO past VALUES (?, ?, ?, ?)", row)
            self._table.executemany("INSERT INTO outputs VALUES (?, ?, ?, ?)", rows)

    def of(self, source: Path, wanted: Path) -> Record | None:
        """Tell what was done to a picture whose result would be called so."""
        if self._is_empty:
            return None
        names = self._keys.seen(source), self._keys.seen(wanted)
        key = tuple(map(os.fsencode, names))
        where = "WHERE source = ? AND target = ?"
        told = self._table.execute(f"SELECT recipe, digest FROM past {where}", key).fetchone()
        if told is None:
            return None
        rows = self._table.execute(f"SELECT output, digest FROM outputs {where}", key)
        outputs = tuple((os.fsdecode(name), digest) for name, digest in rows)
        return Record(*names, told[0], told[1], outputs)

    def claims(self, path: Path) -> bool:
        """Tell whether a name was given to a result, which may not be there yet."""
        key = os.fsencode(self._keys.seen(path))
        told = self._table.execute("SELECT 1 FROM outputs WHERE output = ?", (key,))
        return told.fetchone() is not None
