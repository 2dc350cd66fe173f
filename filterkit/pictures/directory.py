"""Tagged directories: what TIFF files and EXIF blocks are made of.

A block begins with its byte order and the place of its first directory. A directory is a count,
so many entries (tag, kind, count, and the value or its place), and the place of the next one.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass, replace

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
"""Bytes of one value of each kind: byte text short long rational … long8."""

WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
MOST_ENTRIES = 4096

SHORT, LONG, LONG8 = 3, 4, 16

Fields = dict[int, tuple[int, int, bytes]]
"""The tags of a directory to be written: kind, count, and the value's bytes."""


class DamagedError(ValueError):
    """A block breaks its own rules; says how."""


@dataclass(frozen=True)
class Entry:
    """Say of one tag what kind of value it has, how many, and where: its entry, its value."""

    tag: int
    kind: int
    count: int
    at: int
    place: int

    @property
    def size(self) -> int:
        """Count the bytes of its value."""
        return SIZES.get(self.kind, 1) * self.count


@dataclass(frozen=True)
class Directory:
    """Hold the entries of one directory by tag, where the place of the next stands, and it."""

    entries: dict[int, Entry]
    next_at: int
    next: int


class Block:
    """Read a block's directories; whatever lies outside it raises DamagedError."""

    def __init__(self, content: bytes | bytearray) -> None:
        self.content = content
        mark = bytes(content[:4])
        if mark[:2] not in (b"II", b"MM"):
            raise DamagedError("it has no byte order")
        self.order = "<" if mark[:2] == b"II" else ">"
        (version,) = self._unpack("H", 2)
        if version not in (42, 43):
            raise DamagedError(f"its version is {version}")
        self.big = version == 43
        (self.first,) = self._unpack("Q", 8) if self.big else self._unpack("I", 4)

    def directory(self, place: int) -> Directory:
        """Read the directory at a place."""
        counts, layout, step = ("Q", "HHQ", 20) if self.big else ("H", "HHI", 12)
        (count,) = self._unpack(counts, place)
        if count > MOST_ENTRIES:
            raise DamagedError(f"a directory claims {count} entries")
        start = place + struct.calcsize(f"={counts}")
        end = start + count * step
        entries: dict[int, Entry] = {}
        for at in range(start, end, step):
            entry = self._entry(at, layout, step)
            entries.setdefault(entry.tag, entry)
        (following,) = self._unpack("Q" if self.big else "I", end)
        return Directory(entries, end, following)

    def _entry(self, at: int, layout: str, step: int) -> Entry:
        tag, kind, count = self._unpack(layout, at)
        room = 8 if self.big else 4
        entry = Entry(tag, kind, count, at, at + step - room)
        if entry.size <= room:
            return entry
        (place,) = self._unpack("Q" if self.big else "I", entry.place)
        return replace(entry, place=place)

    def value(self, entry: Entry) -> bytes:
        """Give the bytes of a value."""
        if entry.kind not in SIZES or entry.place + entry.size > len(self.content):
            raise DamagedError(f"tag {entry.tag} is unknown or lies beyond its end")
        return bytes(self.content[entry.place : entry.place + entry.size])

    def numbers(self, entry: Entry | None) -> tuple[int, ...]:
        """Give whole numbers; none where there is no such entry or its kind is another."""
        if entry is None or entry.kind not in WHOLE:
            return ()
        return struct.unpack(f"{self.order}{entry.count}{WHOLE[entry.kind]}", self.value(entry))

    def fields(self, directory: Directory) -> Fields:
        """Give a directory's tags in the form in which they are written; damaged ones go."""
        fields = {}
        for tag, entry in directory.entries.items():
            with suppress(DamagedError):
                fields[tag] = (entry.kind, entry.count, self.value(entry))
        return fields

    def _unpack(self, layout: str, place: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + layout, self.content, place)
        except (struct.error, OverflowError):
            raise DamagedError("it ends early") from None


def long(order: str, value: int) -> tuple[int, int, bytes]:
    """Give a field that holds one number of 32 bits."""
    return LONG, 1, struct.pack(f"{order}I", value)


def laid_out(order: str, fields: Fields, place: int) -> bytes:
    """Write a directory, to stand at an even place, with its long values behind it."""
    entries, values = b"", b""
    behind = place + 2 + 12 * len(fields) + 4
    for tag, (kind, count, value) in sorted(fields.items()):
        if len(value) > 4:
            held = struct.pack(f"{order}I", behind + len(values))
            values += value + b"\0" * (len(value) % 2)
        else:
            held = value.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, count) + held
    return struct.pack(f"{order}H", len(fields)) + entries + b"\0" * 4 + values


def nested(order: str, main: Fields, inner: dict[int, Fields], place: int) -> tuple[bytes, int]:
    """Write directories that `main` points to by their tags, then `main`; give its place too."""
    content = b""
    pointers = {}
    for tag, fields in inner.items():
        pointers[tag] = long(order, place + len(content))
        content += laid_out(order, fields, place + len(content))
    return content + laid_out(order, main | pointers, place + len(content)), place + len(content)
