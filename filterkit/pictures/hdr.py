"""Radiance HDR: three numbers that share an exponent; read and written by hand.

OpenCV would do it through a temporary file, and knows one of the eight orientations and not the
oldest packing.
"""

import re
from collections.abc import Iterator
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import CannotHoldError, UnsupportedInputError
from filterkit.pictures import damage
from filterkit.pictures.colour_spaces import by_bands
from filterkit.pictures.metadata import upright
from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

damaged = partial(damage.damaged, "Radiance HDR")

MOST_HEAD = 2**16
HEAD = re.compile(rb"#\?.*?\n\r?\n([-+][XY]) (\d{1,10}) ([-+][XY]) (\d{1,10})\r?\n", re.DOTALL)
EXPOSURE = re.compile(rb"^EXPOSURE=[ \t]*(\d*+\.?\d*+(?:[eE][-+]?\d{1,3})?)[ \t\r]*$", re.MULTILINE)
ORIENTATIONS = {
    b"-Y+X": 1, b"-Y-X": 2, b"+Y-X": 3, b"+Y+X": 4, b"+X-Y": 5, b"-X-Y": 6, b"-X+Y": 7, b"+X+Y": 8,
}  # fmt: skip
"""Which axis rows are told along and in which direction, then pixels, as EXIF numbers it."""

PACKED = b"\2\2"
PACKED_SIDES = range(8, 2**15)
"""Rows of so many pixels may be packed channel by channel; they begin with these bytes."""

REPEATED = b"\1\1\1"
"""Pixels that begin so are none: the fourth byte counts how often the one before comes again."""

BIAS = 128
"""What is added to an exponent; a pixel whose stored one is 0 is black."""

MOST = 255 * 2.0**119


class Header(NamedTuple):
    """Hold what the header tells: lines and pixels of a line as they are stored, and its end."""

    lines: int
    pixels: int
    orientation: int
    exposure: float
    end: int


def header_of(content: bytes) -> Header:
    """Read the lines before the pixels."""
    found = HEAD.match(content[:MOST_HEAD])
    if found is None:
        raise damaged("its header does not say its size")
    first, lines, second, pixels = found.groups()
    if first + second not in ORIENTATIONS:
        raise damaged("its header says one side twice")
    if not int(lines) or not int(pixels):
        raise damaged("its header says that it has no pixels")
    if b"32-bit_rle_xyze" in found[0]:
        raise UnsupportedInputError("a Radiance HDR of XYZ colours; RGB is read.")
    told = [float(one) for one in EXPOSURE.findall(found[0]) if re.search(rb"[1-9]", one)]
    return Header(int(lines), int(pixels), ORIENTATIONS[first + second], prod(told), found.end())


def size(content: bytes) -> Size:
    """Read rows and columns, upright, from the header."""
    header = header_of(content)
    sides = (header.lines, header.pixels)
    return Size(1, *(sides[::-1] if header.orientation >= 5 else sides), 3)


def decode(content: bytes) -> Picture:
    """Decode numbers as they are stored, upright."""
    import numpy as np

    header = header_of(content)
    stored = np.frombuffer(b"".join(_lines(content, header)), np.uint8)
    stored = stored.reshape(header.lines, header.pixels, 4)
    exponents = stored[..., 3:].astype(np.int32) - (BIAS + 8)
    pixels = np.ldexp(stored[..., :3].astype(np.float32), exponents)
    pixels[stored[..., 3] == 0] = 0
    told = f"its exposure of {header.exposure:g} was not divided out of its numbers."
    notes = () if header.exposure == 1 else (told,)
    return Picture(upright(pixels[None], header.orientation), None, "hdr", notes=notes)


def _lines(content: bytes, header: Header) -> Iterator[bytes]:
    """Yield each line's pixels, red, green, blue and exponent of one after those of another."""
    place = header.end
    for _ in range(header.lines):
        head = content[place : place + 4]
        if head[:2] == PACKED and head[2:3] < b"\x80" and header.pixels in PACKED_SIDES:
            if int.from_bytes(head[2:], "big") != header.pixels:
                raise damaged("one of its rows has another length")
            line, place = _packed(content, place + 4, header.pixels)
        else:
            line, place = _plain(content, place, header.pixels)
        yield line


def _packed(content: bytes, place: int, pixels: int) -> tuple[bytes, int]:
    """Unpack a line whose four channels stand one behind the other, in runs and as they are."""
    line = bytearray()
    for end in range(pixels, 5 * pixels, pixels):
        while len(line) < end:
            count = content[place] if place < len(content) else 0
            if not count:
                raise damaged("one of its rows is cut off")
            if count > 128:
                line += content[place + 1 : place + 2] * (count - 128)
                place += 2
            else:
                place += 1 + count
                line += content[place - count : place]
        if len(line) > end:
            raise damaged("one of its rows is too long")
    mixed = bytearray(4 * pixels)
    for channel in range(4):
        mixed[channel::4] = line[channel * pixels : (channel + 1) * pixels]
    return bytes(mixed), place


def _plain(content: bytes, place: int, pixels: int) -> tuple[bytes, int]:
    """Read a line of pixels one after another; in the oldest packing some say how often."""
    end = place + 4 * pixels
    line = bytearray(content[place:end])
    if len(line) == 4 * pixels and REPEATED not in line:
        return bytes(line), end
    line, shift = bytearray(), 0
    while len(line) < 4 * pixels:
        pixel = content[place : place + 4]
        place += 4
        if len(pixel) < 4:
            raise damaged("one of its rows is cut off")
        if not pixel.startswith(REPEATED):
            line += pixel
            shift = 0
            continue
        times = pixel[3] << shift
        if shift > 16 or 4 * times > 4 * pixels - len(line):
            raise damaged("one of its rows is too long")
        line += line[-4:] * times
        shift += 8
    return bytes(line), place


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Encode one frame, each number within half a 128th of its pixel's largest."""
    pixels = picture.pixels[0]
    if not pixels.min() >= 0:
        raise CannotHoldError(
            "Radiance HDR holds no negative numbers.", "--activation abs, or --format tiff"
        )
    if not pixels.max() <= MOST:
        raise CannotHoldError(
            f"Radiance HDR holds numbers up to {MOST:.1e}.", "--format npy or tiff"
        )
    shape = (picture.rows, picture.columns, 4)
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {picture.rows} +X {picture.columns}\n"
    return head.encode() + by_bands(_shared, pixels, shape, "uint8").tobytes()


def _shared(band: "NDArray[Any]") -> "NDArray[Any]":
    """Give numbers of 8 bits and the exponent that they share."""
    import numpy as np

    band = band.astype(np.float64)
    _, exponents = np.frexp(band.max(axis=2, keepdims=True))
    rounded = np.rint(np.ldexp(band, 8 - exponents)).max(axis=2, keepdims=True)
    exponents = exponents + (rounded > 255)
    seen = exponents > -BIAS
    numbers = np.ldexp(band, 8 - exponents)
    both: NDArray[Any] = np.concatenate([numbers, exponents + BIAS], axis=2) * seen
    return both
