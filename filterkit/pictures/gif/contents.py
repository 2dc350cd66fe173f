"""What a GIF holds, before a pixel is unpacked: its frames, each with its palette and time."""

import struct
from typing import NamedTuple

from filterkit.pictures.codecs import MOST_FRAMES
from filterkit.pictures.frames import CLEAR, KEEP, RESTORE
from filterkit.pictures.gif.blocks import (
    APPLICATION,
    CONTROL,
    DESCRIPTOR,
    IMAGE,
    TRAILER,
    Block,
    blocks,
    damaged,
    joined,
    screen,
)
from filterkit.pictures.metadata import profile_fits

TICK = 10
"""Milliseconds in which delays count."""

LEFT = {2: CLEAR, 3: RESTORE, 4: RESTORE}
"""What becomes of a frame's place; 4 comes from an old mistake that browsers honour."""

LOOPING = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")
ICC, XMP = b"\x0bICCRGBG1012", b"\x0bXMP DataXMP"
XMP_END = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
"""XMP stands there as it is, not in parts; who takes it for parts finds the end through this."""


class Stored(NamedTuple):
    """Hold a frame as it is stored: its place, packed indices and palette, and how it is shown.

    `delay` counts ticks.
    """

    row: int
    column: int
    rows: int
    columns: int
    flags: int
    data: bytes
    table: bytes
    transparent: int | None
    delay: int
    left: str


class Contents(NamedTuple):
    """Hold the frames, application blocks by their names, and whether the end is there.

    `rows` and `columns` are those of the canvas: as in browsers, the first frame widens it, and
    no other does.
    """

    rows: int
    columns: int
    frames: list[Stored]
    applications: dict[bytes, bytes]
    ended: bool

    @property
    def grey(self) -> bool:
        """Tell whether all of its palettes are grey from end to end, and no profile says RGB."""
        tables = {frame.table for frame in self.frames}
        if self.icc and not profile_fits(self.icc, 1):
            return False
        return all(table[::3] == table[1::3] == table[2::3] for table in tables)

    @property
    def loops(self) -> int:
        """Give how often all frames are played: it says how often they are repeated."""
        named = (self.applications[name] for name in LOOPING if name in self.applications)
        parts = joined(next(named, b"\0")[12:] or b"\0")
        if len(parts) < 3 or parts[0] & 7 != 1:
            return 1
        repeats = int.from_bytes(parts[1:3], "little")
        return repeats + 1 if repeats else 0

    @property
    def icc(self) -> bytes | None:
        """Give its colour profile."""
        return joined(self.applications[ICC][12:]) if ICC in self.applications else None

    @property
    def xmp(self) -> bytes | None:
        """Give its XMP."""
        data = self.applications.get(XMP, b"")
        return data[12 : -len(XMP_END)] if data.endswith(XMP_END) else None


def contents_of(content: bytes) -> Contents:
    """Read what there is, up to one frame above the limit.

    The end may be missing, as some old writers left it out, unless the file tells that it moves:
    then frames may be missing too. Raises UnreadableInputError.
    """
    rows, columns, shared = screen(content)
    frames: list[Stored] = []
    applications: dict[bytes, bytes] = {}
    control, ended = b"", False
    for block in blocks(content):
        if block.label == CONTROL:
            control = block.data
        elif block.label == APPLICATION:
            applications.setdefault(block.data[:12], block.data)
        elif block.label == IMAGE:
            frames.append(_stored(block, control, shared))
            control = b""
        ended = block.label == TRAILER or len(frames) > MOST_FRAMES
        if ended:
            break
    if not frames:
        raise damaged("it has no frames")
    if not ended and (len(frames) > 1 or any(name in applications for name in LOOPING)):
        raise damaged("it has no end")
    first = frames[0]
    rows, columns = max(rows, first.row + first.rows), max(columns, first.column + first.columns)
    return Contents(rows, columns, frames, applications, ended)


def _stored(block: Block, control: bytes, shared: bytes) -> Stored:
    """Join an image with the control that stands before it."""
    column, row, columns, rows, kind = DESCRIPTOR.unpack(block.descriptor)
    if not rows or not columns:
        raise damaged(f"a frame of {rows}x{columns} pixels")
    table = block.table or shared
    if not table:
        raise damaged("a frame has no palette")
    flags, delay, transparent = struct.unpack_from("<xBHB", control.ljust(5, b"\0"))
    key = transparent if flags & 1 else None
    left = LEFT.get(flags >> 2 & 7, KEEP)
    return Stored(row, column, rows, columns, kind, block.data, table, key, delay, left)
