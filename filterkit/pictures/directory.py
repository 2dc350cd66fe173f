"""Tagged directories: what TIFF files and EXIF blocks are made of.

A block begins with its byte order and the place of its first directory. A directory is a count,
so many entries (tag, kind, count, and the value or its place), and the place of the next one.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass

SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
    17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one value of each kind: byte text short long rational … long8."""

PARTS = {5: 4, 10: 4}
"""Kinds whose values are pairs, and the bytes of one of the two."""

WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
MOST_ENTRIES = 4096

SHORT, LONG, LONG8 = 3, 4, 16
WIDE = (LONG8, 17, 18)
"""Kinds that only big TIFFs know."""

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
        self.entry_bytes = 20 if self.big else 12
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
        place = at + step - room
        if SIZES.get(kind, 1) * count > room:
            (place,) = self._unpack("Q" if self.big else "I", place)
        return Entry(tag, kind, count, at, place)

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

    def is_whole(self, directory: Directory) -> bool:
        """Tell whether all values of a directory lie within the block."""
        ends = (entry.place + entry.size for entry in directory.entries.values())
        return max(ends, default=0) <= len(self.content)

    def fields(self, directory: Directory, wanted: set[int] | None = None) -> Fields:
        """Give a directory's tags, all or those wanted, as they are written; damaged ones go."""
        fields = {}
        for tag, entry in directory.entries.items():
            if wanted is None or tag in wanted:
                with suppress(DamagedError):
                    fields[tag] = (entry.kind, entry.count, self.value(entry))
        return fields

    def point(self, at: int, place: int) -> None:
        """Write over the place of a directory, where that place stands."""
        assert isinstance(self.content, bytearray)
        struct.pack_into(f"{self.order}{'Q' if self.big else 'I'}", self.content, at, place)

    def _unpack(self, layout: str, place: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + layout, self.content, place)
        except (struct.error, OverflowError):
            raise DamagedError("it ends early") from None


def turned(fields: Fields) -> Fields:
    """Bring values to the other byte order; the maker's notes and other bytes stay as they are."""
    found = {}
    for tag, (kind, count, value) in fields.items():
        size = PARTS.get(kind, SIZES[kind])
        parts = [value[at : at + size][::-1] for at in range(0, len(value), size)]
        found[tag] = (kind, count, b"".join(parts))
    return found


def long(order: str, *values: int) -> tuple[int, int, bytes]:
    """Give a field that holds numbers of 32 bits."""
    return LONG, len(values), struct.pack(f"{order}{len(values)}I", *values)


def long8(order: str, *values: int) -> tuple[int, int, bytes]:
    """Give a field that holds numbers of 64 bits, which only a big TIFF knows."""
    return LONG8, len(values), struct.pack(f"{order}{len(values)}Q", *values)


def laid_out(
    order: str, fields: Fields, place: int, big: bool = False, following: int = 0
) -> bytes:
    """Write a directory, to stand at an even place, with its long values behind it."""
    counts, layout, places = ("Q", "HHQ", "Q") if big else ("H", "HHI", "I")
    room, step = (8, 20) if big else (4, 12)
    entries, values = b"", b""
    behind = place + struct.calcsize(f"={counts}") + step * len(fields) + room
    for tag, (kind, count, value) in sorted(fields.items()):
        if len(value) > room:
            held = struct.pack(f"{order}{places}", behind + len(values))
            values += value + b"\0" * (len(value) % 2)
        else:
            held = value.ljust(room, b"\0")
        entries += struct.pack(f"{order}{layout}", tag, kind, count) + held
    begin, end = (
        struct.pack(f"{order}{code}", number)
        for code, number in ((counts, len(fields)), (places, following))
    )
    return begin + entries + end + values


def nested(
    order: str,
    main: Fields,
    inner: dict[int, Fields],
    place: int,
    big: bool = False,
    following: int = 0,
) -> tuple[bytes, int]:
    """Write directories that `main` points to by their tags, then `main`; give its place too."""
    content = b""
    pointers = {}
    pointer = long8 if big else long
    for tag, fields in inner.items():
        pointers[tag] = pointer(order, place + len(content))
        content += laid_out(order, fields, place + len(content), big)
    at = place + len(content)
    return content + laid_out(order, main | pointers, at, big, following), at
