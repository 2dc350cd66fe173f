"""Boxes: what JPEG 2000, AVIF and HEIC files are made of, one behind and inside another."""

from collections.abc import Iterator
from typing import NamedTuple

from filterkit.pictures.directory import DamagedError

MOST_BOXES = 100_000
"""Boxes behind one another that are looked at; twenty are many."""


class Box(NamedTuple):
    """A box's kind, and where its body begins and ends."""

    kind: bytes
    start: int
    end: int


def boxes(content: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two places, as far as their heads go; the last may be cut off.

    Raises DamagedError for one that is shorter than its head or reaches beyond `end`, the place
    where the box around it ends.
    """
    limit = len(content) if end is None else end
    for _ in range(MOST_BOXES):
        if start >= limit:
            return
        length, kind = _number(content, start, 4), content[start + 4 : start + 8]
        head = 8
        if length == 1:
            length, head = _number(content, start + 8, 8), 16
        behind = start + length if length else limit
        if behind < start + head or (end is not None and behind > end):
            raise DamagedError(f"its box {_name(kind)} has no right length")
        yield Box(kind, start + head, behind)
        start = behind
    raise DamagedError(f"it has {MOST_BOXES} boxes behind one another, or more")


def _number(content: bytes, place: int, size: int) -> int:
    found = content[place : place + size]
    if len(found) < size:
        raise DamagedError("it ends in the head of a box")
    return int.from_bytes(found, "big")


def _name(kind: bytes) -> str:
    return ascii(kind.decode("latin-1"))


def refuse_cut(content: bytes) -> None:
    """Raise DamagedError where the last box reaches beyond the end."""
    for box in boxes(content):
        if box.end > len(content):
            raise DamagedError(f"its box {_name(box.kind)} is cut off")


def find(content: bytes, path: tuple[bytes, ...], start: int = 0, end: int | None = None) -> Box:
    """Give the first box of a kind, inside the first of the kind before, and so on.

    Raises DamagedError where there is none, or not all of it.
    """
    box = next((one for one in boxes(content, start, end) if one.kind == path[0]), None)
    if box is None:
        raise DamagedError(f"it has no box {_name(path[0])}")
    if box.end > len(content):
        raise DamagedError(f"its box {_name(path[0])} is cut off")
    return find(content, path[1:], box.start, box.end) if path[1:] else box


class Fields:
    """Read a box's numbers one after another; beyond its end there is a DamagedError."""

    def __init__(self, content: bytes, box: Box) -> None:
        self._content, self._place, self._end = content, box.start, min(box.end, len(content))

    def number(self, size: int) -> int:
        """Give the number of the next `size` bytes."""
        return int.from_bytes(self.part(size), "big")

    def numbers(self, size: int, count: int) -> tuple[int, ...]:
        """Give so many numbers of `size` bytes."""
        return tuple(self.number(size) for _ in range(count))

    def part(self, size: int) -> bytes:
        """Give the next `size` bytes."""
        found = self._content[self._place : self._place + size]
        self._place += size
        if self._place > self._end:
            raise DamagedError("a box of its metadata is cut off")
        return found

    def rest(self) -> bytes:
        """Give the bytes up to the end."""
        return self.part(max(self._end - self._place, 0))

    def text(self) -> bytes:
        """Give the bytes up to the next 0, or to the end."""
        end = self._content.find(b"\0", self._place, self._end)
        end = self._end if end < 0 else end
        text = self._content[self._place : end]
        self._place = end + 1
        return text
