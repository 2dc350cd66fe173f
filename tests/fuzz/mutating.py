"""Bytes become worse: bits flipped, parts cut out, doubled, exchanged, numbers made extreme."""

import io
import re
import struct
import zipfile
import zlib

BYTES = (0, 1, 2, 3, 4, 7, 8, 16, 24, 32, 63, 64, 127, 128, 129, 191, 192, 254, 255)
NUMBERS = (
    0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 64, 127, 128, 255, 256, 257, 1000, 4095, 4096,
    32767, 32768, 65500, 65535, 65536, 2**20, 2**24, 2**30, 2**31 - 1, 2**31, 2**32 - 8,
    2**32 - 2, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1,
)  # fmt: skip
WORDS = (
    b"0", b"1", b"-1", b"2", b"007", b"255", b"256", b"65535", b"65536", b"99999", b"2147483647",
    b"2147483648", b"4294967296", b"18446744073709551616", b"9" * 400, b"1e9", b"1e308", b"1e999",
    b"-1e999", b"1e-999", b"nan", b"inf", b"-0", b"0.1", b".", b"+", b"1_0", b"0x10", b"1/0",
    b"1/9", b"3x3", b"", b" ", b"\n", b"\0", b"#", b'"', b"[", b"]", b"(", b")", b"|", b"&", b",",
    b";", b":", b"=", b"true", b"..", b"/", b"\\", "\u0661".encode(), "\u00b2".encode(),
    b"\xed\xa0\x80", b"\xff", b"\x1b[31m",
)  # fmt: skip
MOST = 1 << 16
"""An input grows no further."""


def mutated(rng, seeds):
    """Give one of the seeds, a few times changed."""
    content = bytearray(rng.choice(seeds))
    for _ in range(1 + min(int(rng.expovariate(0.5)), 12)):
        rng.choice(CHANGES)(rng, content, seeds)
    return bytes(content[:MOST])


def place_in(rng, content):
    """Choose a place, often near the beginning, where headers are."""
    most = len(content)
    if rng.random() < 0.4:
        most = min(most, rng.choice((16, 64, 256)))
    return rng.randrange(most + 1) if most else 0


def span_in(rng, content):
    """Choose a part, rather a short one."""
    start = place_in(rng, content)
    return slice(start, start + rng.choice((1, 1, 2, 4, 8, 12, 16, 64, 512, len(content))))


def flip(rng, content, seeds):
    """Turn one bit over."""
    if content:
        content[place_in(rng, content) - 1] ^= 1 << rng.randrange(8)


def spoil(rng, content, seeds):
    """Set one byte."""
    if content:
        byte = rng.choice(BYTES) if rng.random() < 0.7 else rng.randrange(256)
        content[place_in(rng, content) - 1] = byte


def number(rng, content, seeds):
    """Set a number of one to eight bytes to an extreme one, or near what it was."""
    size, order = rng.choice((1, 2, 2, 4, 4, 4, 8)), rng.choice(("little", "big"))
    at = place_in(rng, content)
    if at + size <= len(content):
        new = rng.choice(NUMBERS)
        if rng.random() < 0.4:
            new = int.from_bytes(content[at : at + size], order) + rng.choice((-1, 1, 2, 100))
        content[at : at + size] = (new % 256**size).to_bytes(size, order)


def length_field(rng, content, seeds):
    """Find a number that may be a length, as it points into the bytes, and change it."""
    size, order = rng.choice((2, 4, 4)), rng.choice(("little", "big"))
    places = [
        at
        for at in range(min(len(content) - size, 2048))
        if 0 < int.from_bytes(content[at : at + size], order) <= len(content) - at
    ]
    if places:
        at = rng.choice(places)
        old = int.from_bytes(content[at : at + size], order)
        new = rng.choice((0, 1, old - 1, old + 1, old * 2, len(content), 256**size - 1))
        content[at : at + size] = (new % 256**size).to_bytes(size, order)


def word(rng, content, seeds):
    """Put another word where digits stand, or anywhere."""
    runs = [found.span() for found in re.finditer(rb"[0-9.]+", bytes(content[:4096]))]
    start, end = rng.choice(runs) if runs and rng.random() < 0.8 else (place_in(rng, content),) * 2
    content[start:end] = rng.choice(WORDS)


def insert(rng, content, seeds):
    """Put bytes in between."""
    at = place_in(rng, content)
    content[at:at] = rng.randbytes(rng.choice((1, 1, 2, 4, 8, 32)))


def delete(rng, content, seeds):
    """Take a part out."""
    del content[span_in(rng, content)]


def cut(rng, content, seeds):
    """Take the end off."""
    del content[place_in(rng, content) :]


def double(rng, content, seeds):
    """Put a part in a second time, elsewhere or many times over."""
    part = content[span_in(rng, content)]
    at = place_in(rng, content)
    content[at:at] = part * rng.choice((1, 1, 1, 2, 30))
    del content[MOST:]


def overwrite(rng, content, seeds):
    """Write a part over another."""
    part = content[span_in(rng, content)]
    at = place_in(rng, content)
    content[at : at + len(part)] = part


def splice(rng, content, seeds):
    """Go on with another seed."""
    other = rng.choice(seeds)
    at = place_in(rng, content)
    content[at:] = other[place_in(rng, other) :]


def graft(rng, content, seeds):
    """Put a part of another seed in."""
    other = rng.choice(seeds)
    at = place_in(rng, content)
    content[at:at] = other[span_in(rng, other)]


CHANGES = (
    flip, flip, spoil, spoil, spoil, number, number, number, length_field, word, insert, delete,
    cut, double, overwrite, splice, graft,
)  # fmt: skip


# Checksums


PNG = b"\x89PNG\r\n\x1a\n"


def mended(rng, content, seeds):
    """Make checksums right, as nothing would get past them; now and then spoil what is packed."""
    if content.startswith(PNG) and rng.random() < 0.9:
        return PNG + b"".join(_chunks(rng, content))
    if seeds[0].startswith(b"PK") and rng.random() < 0.8:
        return _zipped(rng, seeds)
    return content


def _chunks(rng, content):
    """Yield PNG's chunks with their checksums right, and some of them packed anew."""
    place = len(PNG)
    while place + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        whole = place + 12 + length <= len(content)
        if whole and rng.random() < 0.2:
            body = _packed_anew(rng, kind, body)
        told = len(body) if whole else length
        yield struct.pack(">I", told) + kind + body
        if whole:
            yield struct.pack(">I", zlib.crc32(kind + body))
        place += 12 + length


def _packed_anew(rng, kind, body):
    """Spoil what a chunk holds packed, so that it can still be unpacked."""
    behind = {b"IDAT": 0, b"fdAT": 4, b"iCCP": body.find(b"\0") + 2}.get(kind)
    if behind is None:
        return body
    try:
        inside = bytearray(zlib.decompress(body[behind:]))
    except zlib.error:
        return body
    rng.choice(CHANGES[:-2])(rng, inside, [bytes(inside)])
    return body[:behind] + zlib.compress(bytes(inside))


def _zipped(rng, seeds):
    """Give an archive of spoilt arrays, whole in itself."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(rng.choice(seeds))) as good:
        arrays = {name: good.read(name) for name in good.namelist()}
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            packing = rng.choice((0, 8, 8, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
            archive.writestr(zipfile.ZipInfo(name), mutated(rng, [array]), packing)
    return stream.getvalue()
