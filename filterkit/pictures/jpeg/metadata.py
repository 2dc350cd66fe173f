"""What a JPEG knows besides its pixels: profile, EXIF, XMP, dots per inch, further pictures."""

import re
import struct
from collections.abc import Iterator

from filterkit.errors import CannotHoldError
from filterkit.pictures.directory import Block, DamagedError
from filterkit.pictures.jpeg.quality import quality_of
from filterkit.pictures.jpeg.segments import MOST_BODY, TABLES, Segment, behind, segment
from filterkit.pictures.picture import Metadata
from filterkit.pictures.resolution import CENTIMETRE

APP0, APP1, APP2, APP13 = 0xE0, 0xE1, 0xE2, 0xED
JFIF = b"JFIF\0"
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
ICC = b"ICC_PROFILE\0"
SEVERAL = b"MPF\0"
PHOTOSHOP = b"Photoshop 3.0\0"
IPTC = b"8BIM\x04\x04"
CAPTION = re.compile(rb"\x1c\x02[^\0]")
"""An entry of IPTC, but for its own version."""

UNITS = {1: 1.0, 2: CENTIMETRE}
"""JFIF's units, and how many of each are an inch."""

MOST_PARTS = 255
ENTRIES = 0xB002
PREVIEW = 1
"""The highest byte of the kind of a further picture that is only the same, smaller."""

BROKEN_PROFILE = "its colour profile lacks a part and was left out."
EXTENDED = "its extended XMP (depth maps, long histories) was left out."
CAPTIONED = "its IPTC captions were left out."
MORE = "the further pictures in it (a gain map, a depth map, another view) were left out."
FILM = "the film behind it was left out."


def metadata_of(found: list[Segment]) -> Metadata:
    """Read what the segments tell."""
    exif = next(_bodies(found, APP1, EXIF), None)
    xmp = next(_bodies(found, APP1, XMP), None)
    tables = next((one.body for one in found if one.marker == TABLES), b"")
    return Metadata(_profile(found), exif, xmp, quality_of(tables), _density(found))


def notes_of(content: bytes, found: list[Segment]) -> Iterator[str]:
    """Say what a file holds that a result will not."""
    if any(_bodies(found, APP2, ICC)) and _profile(found) is None:
        yield BROKEN_PROFILE
    if any(_bodies(found, APP1, EXTENSION)):
        yield EXTENDED
    if any(CAPTION.search(body.partition(IPTC)[2]) for body in _bodies(found, APP13, PHOTOSHOP)):
        yield CAPTIONED
    if any(_has_more(content, one) for one in found):
        yield MORE
    if b"ftyp" in content and b"ftyp" in behind(content, found):
        yield FILM


def _bodies(found: list[Segment], marker: int, prefix: bytes) -> Iterator[bytes]:
    """Yield the bodies of one kind, without the prefix that tells it."""
    for one in found:
        if one.marker == marker and one.body.startswith(prefix):
            yield one.body[len(prefix) :]


def _profile(found: list[Segment]) -> bytes | None:
    """Join an ICC profile from its numbered parts; None where one is missing."""
    bodies = list(_bodies(found, APP2, ICC))
    parts = {body[0]: body[2:] for body in bodies if len(body) > 2}
    numbers = sorted(parts)
    whole = numbers == list(range(1, len(parts) + 1)) and all(
        body[1:2] == bytes([len(parts)]) for body in bodies
    )
    return b"".join(parts[number] for number in numbers) if parts and whole else None


def _density(found: list[Segment]) -> tuple[float, float] | None:
    """Give JFIF's dots per inch; it may also tell nothing but the shape of a pixel."""
    body = next(_bodies(found, APP0, JFIF), b"")
    if len(body) < 7 or body[2] not in UNITS:
        return None
    across, down = struct.unpack_from(">HH", body, 3)
    inch = UNITS[body[2]]
    return (across * inch, down * inch) if across and down else None


def _has_more(content: bytes, one: Segment) -> bool:
    """Tell whether a segment lists further pictures, in the file, that are no mere previews."""
    if one.marker != APP2 or not one.body.startswith(SEVERAL):
        return False
    start = one.end - len(one.body) + len(SEVERAL)
    try:
        block = Block(one.body[len(SEVERAL) :])
        entries = block.value(block.directory(block.first).entries[ENTRIES])
    except (DamagedError, KeyError):
        return False
    entries = entries[: len(entries) // 16 * 16]
    for kind, _, place, _ in struct.iter_unpack(f"{block.order}IIII", entries):
        is_preview = kind >> 16 & 0xFF == PREVIEW
        if place and not is_preview and content.startswith(b"\xff\xd8", start + place):
            return True
    return False


def with_metadata(content: bytes, metadata: Metadata) -> bytes:
    """Put metadata into a JPEG, behind JFIF's segment, which wants to be the first."""
    begins = content.startswith(JFIF, 6)
    end = 4 + int.from_bytes(content[4:6], "big") if begins else 2
    beginning = bytearray(content[:end])
    if metadata.dpi and begins:
        _set_density(beginning, metadata.dpi)
    return bytes(beginning) + b"".join(_segments_of(metadata)) + content[end:]


def _set_density(jfif: bytearray, dpi: tuple[float, float]) -> None:
    """Write dots per inch in the unit in which whole numbers come nearer."""

    def fault(unit: int) -> float:
        return sum(abs(one - round(one / UNITS[unit]) * UNITS[unit]) for one in dpi)

    unit = min(UNITS, key=fault)
    counts = [round(one / UNITS[unit]) for one in dpi]
    if all(0 < count < 65536 for count in counts):
        struct.pack_into(">BHH", jfif, 13, unit, *counts)


def _segments_of(metadata: Metadata) -> Iterator[bytes]:
    if metadata.exif:
        yield segment(APP1, EXIF + metadata.exif)
    if metadata.xmp:
        yield segment(APP1, XMP + metadata.xmp)
    icc = metadata.icc or b""
    room = MOST_BODY - len(ICC) - 2
    parts = [icc[at : at + room] for at in range(0, len(icc), room)]
    if len(parts) > MOST_PARTS:
        raise CannotHoldError(
            f"JPEG holds a profile of {room * MOST_PARTS} bytes, not {len(icc)}.", "--format png"
        )
    for number, part in enumerate(parts, 1):
        yield segment(APP2, ICC + bytes([number, len(parts)]) + part)
