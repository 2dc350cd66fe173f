"""What a PNG knows besides its pixels: profile, EXIF, XMP and dots per inch."""

import struct
import zlib

from filterkit.pictures.picture import Metadata
from filterkit.pictures.png.chunks import Chunk, chunk
from filterkit.pictures.resolution import of_metre, per_metre

XMP = b"XML:com.adobe.xmp"
METRE = 1
"""The unit of pHYs; the other one tells only how wide a pixel is for its height."""

MOST_METADATA = 64 * 2**20
"""A profile unpacked may have so many bytes; real ones have a few thousand."""


def metadata_of(found: list[Chunk]) -> Metadata:
    """Read what the chunks tell besides pixels, where their checksums hold."""
    found = [chunk for chunk in found if chunk.whole]
    bodies = {chunk.kind: chunk.body for chunk in reversed(found)}
    icc = None
    if b"iCCP" in bodies:
        _, _, packed = bodies[b"iCCP"].partition(b"\0")
        icc = _unpacked(packed[1:])
    texts = (chunk.body for chunk in found if chunk.kind == b"iTXt")
    xmp = next((_text(body) for body in texts if body.startswith(XMP + b"\0")), None)
    return Metadata(icc, bodies.get(b"eXIf"), xmp, dpi=_dpi(bodies.get(b"pHYs", b"")))


def _dpi(body: bytes) -> tuple[float, float] | None:
    if len(body) != 9 or body[8] != METRE:
        return None
    across, down = struct.unpack_from(">II", body)
    return of_metre(across, down)


def _text(body: bytes) -> bytes | None:
    """Give the text of an iTXt chunk: keyword 0 packed method language 0 translation 0 text."""
    _, _, rest = body.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return None
    return _unpacked(parts[2]) if rest[0] else parts[2]


def _unpacked(packed: bytes) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, MOST_METADATA)
    except zlib.error:
        return None
    return content if unpacking.eof else None


def metadata_chunks(metadata: Metadata) -> bytes:
    """Write the chunks of metadata, which stand behind IHDR."""
    content = b""
    if metadata.icc:
        content += chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc))
    if metadata.exif:
        content += chunk(b"eXIf", metadata.exif)
    if metadata.xmp:
        content += chunk(b"iTXt", XMP + b"\0\0\0\0\0" + metadata.xmp)
    if metadata.dpi and all(0 < one < 2**31 for one in per_metre(metadata.dpi)):
        content += chunk(b"pHYs", struct.pack(">IIB", *per_metre(metadata.dpi), METRE))
    return content
