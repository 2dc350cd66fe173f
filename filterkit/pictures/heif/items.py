"""Items: an AVIF or HEIC file holds pictures, their transparency and metadata as numbered items.

The `meta` box says of each what it is, where its bytes lie, which properties it has, and which
other items it belongs to.
"""

from collections.abc import Iterator
from typing import NamedTuple

from filterkit.pictures.boxes import Box, Fields, boxes
from filterkit.pictures.directory import DamagedError

XMP = b"application/rdf+xml"
IN_FILE, IN_DATA = 0, 1
"""Where the bytes of an item are counted from: the file's beginning, or that of `idat`."""


class Item(NamedTuple):
    """Say what an item is, of which type if it is no picture, and whether it is hidden."""

    kind: bytes
    type: bytes
    hidden: bool


class Reference(NamedTuple):
    """Say how one item belongs to others."""

    kind: bytes
    source: int
    targets: tuple[int, ...]


class Items:
    """Read a `meta` box; what breaks its rules raises DamagedError."""

    def __init__(self, content: bytes, meta: Box) -> None:
        self.content = content
        found = {box.kind: box for box in boxes(content, meta.start + 4, meta.end)}
        self._data = found.get(b"idat")
        self.primary = self._primary(found.get(b"pitm"))
        self.items = dict(self._items(found.get(b"iinf")))
        self.references = tuple(self._references(found.get(b"iref")))
        self._places = dict(self._extents(found.get(b"iloc")))
        self._properties = self._associated(found.get(b"iprp"))

    def _primary(self, box: Box | None) -> int:
        if box is None:
            return 0  # no item has that number
        fields = Fields(self.content, box)
        version, _ = fields.number(1), fields.number(3)
        return fields.number(4 if version else 2)

    def _items(self, box: Box | None) -> Iterator[tuple[int, Item]]:
        if box is None:
            return
        count = 4 if Fields(self.content, box).number(1) else 2
        for one in boxes(self.content, box.start + 4 + count, box.end):
            fields = Fields(self.content, one)
            version, flags = fields.number(1), fields.number(3)
            if one.kind != b"infe" or version < 2:
                continue
            number, _ = fields.number(2 if version == 2 else 4), fields.number(2)
            kind, _ = fields.part(4), fields.text()
            yield number, Item(kind, fields.text() if kind == b"mime" else b"", bool(flags & 1))

    def _references(self, box: Box | None) -> Iterator[Reference]:
        if box is None:
            return
        wide = 4 if Fields(self.content, box).number(1) else 2
        for one in boxes(self.content, box.start + 4, box.end):
            fields = Fields(self.content, one)
            source, count = fields.number(wide), fields.number(2)
            yield Reference(one.kind, source, fields.numbers(wide, count))

    def _extents(self, box: Box | None) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield the parts of each item: where they begin in the file, and their lengths."""
        if box is None:
            return
        fields = Fields(self.content, box)
        version, _, sizes, more = fields.number(1), fields.number(3), *fields.numbers(1, 2)
        wide, base_wide, index_wide = sizes & 15, more >> 4, more & 15 if version else 0
        start_wide = sizes >> 4
        for _ in range(fields.number(2 if version < 2 else 4)):
            number = fields.number(2 if version < 2 else 4)
            way = fields.number(2) & 15 if version else IN_FILE
            _, base, count = fields.number(2), fields.number(base_wide), fields.number(2)
            if count > 1 and not start_wide + wide:
                raise DamagedError("the parts of an item have no places")
            if way == IN_DATA and self._data:
                base += self._data.start
            parts = [
                (base + start, length)
                for _, start, length in (
                    (fields.number(index_wide), fields.number(start_wide), fields.number(wide))
                    for _ in range(count)
                )
            ]
            if way in (IN_FILE, IN_DATA):
                yield number, parts

    def _associated(self, box: Box | None) -> dict[int, list[Box]]:
        """Give the properties of every item, in the order in which they are applied."""
        associated: dict[int, list[Box]] = {}
        inside = list(boxes(self.content, box.start, box.end)) if box else []
        held = next((one for one in inside if one.kind == b"ipco"), None)
        known = list(boxes(self.content, held.start, held.end)) if held else []
        for one in inside:
            if one.kind != b"ipma":
                continue
            fields = Fields(self.content, one)
            version, flags = fields.number(1), fields.number(3)
            for _ in range(fields.number(4)):
                number = fields.number(4 if version else 2)
                for _ in range(fields.number(1)):
                    index = fields.number(2) & 0x7FFF if flags & 1 else fields.number(1) & 0x7F
                    if 0 < index <= len(known):
                        associated.setdefault(number, []).append(known[index - 1])
        return associated

    def properties(self, number: int, kind: bytes) -> list[Fields]:
        """Give an item's properties of one kind."""
        return [
            Fields(self.content, box)
            for box in self._properties.get(number, [])
            if box.kind == kind
        ]

    def belonging(self, kind: bytes, source: int) -> tuple[int, ...]:
        """Give the items that one belongs to, or is made of, in that way."""
        return tuple(
            target
            for one in self.references
            if (one.kind, one.source) == (kind, source)
            for target in one.targets
        )

    def data(self, number: int) -> bytes:
        """Give the bytes of an item."""
        return b"".join(self.content[part] for part in self._parts(number))

    def refuse_missing(self) -> None:
        """Raise DamagedError where bytes of an item lie beyond the end."""
        for number in self._places:
            self._parts(number)

    def _parts(self, number: int) -> list[slice]:
        whole = len(self.content)
        parts = [
            slice(start, start + length if length else whole)
            for start, length in self._places.get(number, [])
        ]
        if any(part.stop > whole or part.start > whole for part in parts):
            raise DamagedError("some of its bytes are missing")
        if sum(part.stop - part.start for part in parts) > whole:
            raise DamagedError("the parts of an item overlap")
        return parts
