"""AVIF and HEIC files by hand: pictures of an encoder in boxes of our own."""

import struct
from typing import NamedTuple

from filterkit.pictures.heif.header import items_of

CODINGS = {b"av01": b"av1C", b"hvc1": b"hvcC"}


class Packed(NamedTuple):
    """A picture as an encoder packs it: its kind, what a decoder is told, and its bytes."""

    kind: bytes
    told: bytes
    data: bytes


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


FAKE = Packed(b"hvc1", box(b"hvcC", bytes(16) + b"\1" + bytes(6)), b"no picture")
"""Tells of three channels of 8 bits, and holds nothing."""


def full(kind, body, version=0, flags=0):
    """Write a box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags) + body)


def packed_of(content):
    """Take the main picture out of an encoder's file."""
    items = items_of(content)
    number = items.primary
    kind = items.items[number].kind
    (told,) = items.properties(number, CODINGS[kind])
    return Packed(kind, box(CODINGS[kind], told.rest()), items.data(number))


def ispe(rows, columns):
    return full(b"ispe", struct.pack(">II", columns, rows))


def irot(quarters):
    return box(b"irot", bytes([quarters]))


def imir(axis):
    return box(b"imir", bytes([axis]))


def clap(wide, high, right=(0, 1), down=(0, 1)):
    """Show so many columns and rows, their middle so far from the middle."""
    return box(b"clap", struct.pack(">IIIIiIiI", wide, 1, high, 1, *right, *down))


def icc_box(profile):
    return box(b"colr", b"prof" + profile)


def exif_item(block, ahead=b""):
    """Give the bytes of an EXIF item; something may stand ahead of the block."""
    return (b"Exif", b"", struct.pack(">I", len(ahead)) + ahead + block)


def xmp_item(text):
    return (b"mime", b"application/rdf+xml", text)


def heif(packed, rows, columns, *properties, brand=b"avif", others=(), hidden=()):
    """Write a file of one picture with properties, and other items (kind, type, bytes)."""
    items = [(packed.kind, b"", packed.data), *others]
    known = [ispe(rows, columns), packed.told, *properties]
    places = bytes([len(known)]) + bytes(0x80 | at for at in range(1, len(known) + 1))
    head = box(b"ftyp", brand + b"\0\0\0\0" + brand + b"mif1")

    def meta(start):
        told, extents = b"", b""
        for number, (kind, type_, data) in enumerate(items, 1):
            name = b"\0" + (type_ + b"\0" if kind == b"mime" else b"")
            told += full(b"infe", struct.pack(">HH4s", number, 0, kind) + name, 2, number in hidden)
            extents += struct.pack(">HHHII", number, 0, 1, start, len(data))
            start += len(data)
        return full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0pict" + bytes(13))
            + full(b"pitm", struct.pack(">H", 1))
            + full(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + extents)
            + full(b"iinf", struct.pack(">H", len(items)) + told)
            + box(
                b"iprp",
                box(b"ipco", b"".join(known)) + full(b"ipma", struct.pack(">IH", 1, 1) + places),
            ),
        )

    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", b"".join(data for _, _, data in items))
