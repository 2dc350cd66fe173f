"""The runs of a BMP: indices of a palette, packed by how often each comes."""

from typing import TYPE_CHECKING, Any

from filterkit.pictures.bmp.header import RLE4, Header, damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

END_OF_ROW, END, JUMP = 0, 1, 2
"""What follows a 0; a higher number counts indices that stand there as they are."""


def indices(content: bytes, header: Header) -> "NDArray[Any]":
    """Unpack (rows, columns). What is skipped is 0; what lies beyond the end of a row is cut off.

    Raises UnreadableInputError where the end comes before the last row is complete.
    """
    import numpy as np

    canvas = _unpacked(content, header)
    rows = np.frombuffer(canvas, np.uint8).reshape(header.rows, header.columns)
    return rows if header.downwards else rows[::-1]


def _unpacked(content: bytes, header: Header) -> bytearray:
    halves = header.packing == RLE4
    canvas = bytearray(header.rows * header.columns)
    row = column = 0
    place = header.pixels
    while row < header.rows and place + 2 <= len(content):
        count, value = content[place], content[place + 1]
        place += 2
        if count:
            pair = bytes((value >> 4, value & 15)) if halves else bytes((value, value))
            run = (pair * (count + 1 >> 1))[:count]
            column = _laid(canvas, header, row, column, run)
        elif value == END_OF_ROW:
            row, column = row + 1, 0
        elif value == END:
            return canvas
        elif value == JUMP:
            right, down = (*content[place : place + 2], 0, 0)[:2]
            row, column, place = row + down, column + right, place + 2
        else:
            length = value + 1 >> 1 if halves else value
            stored = content[place : place + length]
            place += length + length % 2
            run = _parted(stored)[:value] if halves else stored
            column = _laid(canvas, header, row, column, run)
    if row < header.rows - 1 or (row == header.rows - 1 and column < header.columns):
        raise damaged("it ends before its last row")
    return canvas


def _laid(canvas: bytearray, header: Header, row: int, column: int, run: bytes) -> int:
    """Lay a run into its row, and give the column behind it."""
    start = row * header.columns + column
    room = max(header.columns - column, 0)
    canvas[start : start + min(len(run), room)] = run[:room]
    return column + len(run)


def _parted(stored: bytes) -> bytes:
    """Give the two halves of every byte."""
    return bytes(half for both in stored for half in (both >> 4, both & 15))
