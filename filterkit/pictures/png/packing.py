"""Rows become the zlib stream of a PNG: filtered, and deflated in bands on every core.

Bands follow from the picture alone, so that its bytes do not depend on the number of threads. All
rows have one filter: choosing for each row took half the time of deflating and saved nothing, and
Paeth's filter took twice that time for 3 % of a photograph.
"""

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from filterkit.machine import cores, in_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

NONE, SUB, UP = range(3)
"""PNG's numbers of the filters: a byte as it is, less that of the pixel before, of the row above.

Edges are smallest as they are, most photographs as differences from the row above."""

LEVEL = 1
"""Of ISA-L's 0 to 3; 2 and 3 take more time and save nothing."""

BAND = 2**20
"""Bytes in a band. From 2^17 to 2^21 they made no difference to the size, also where a band was
told what stands before it; up to one band there is no thread to start."""

SAMPLES, SAMPLE = 8, 6
"""So many places of so many rows tell which filter is best: of 55 pictures they missed none."""

BEGINNING = b"\x78\x01"
"""Of a zlib stream: deflated in haste, with a window of 32 KiB."""

PRIME = 65521


class Band(NamedTuple):
    """Hold deflated bytes, and the number and the Adler-32 sum of those they were."""

    deflated: bytes
    length: int
    checksum: int


def packed(image: "NDArray[Any]") -> list[bytes]:
    """Give the zlib stream of numbers (rows, columns, channels), uint8 or uint16, in parts."""
    rows = len(image)
    height = max(1, BAND // (1 + image[0].nbytes))
    places = [(low, min(low + height, rows)) for low in range(0, rows, height)]
    threads = min(cores(), len(places))
    sizes = in_threads(partial(_sampled, image), [NONE, SUB, UP], threads)
    best = sizes.index(min(sizes))
    bands = in_threads(lambda place: _band(image, *place, best), places, threads)
    parts = [band.deflated for band in bands]
    parts[0] = BEGINNING + parts[0]
    parts[-1] += _adler(bands)
    return parts


def _sampled(image: "NDArray[Any]", kind: int) -> int:
    """Count the bytes that rows here and there become by a filter."""
    import numpy as np
    from isal import isal_zlib

    rows = len(image)
    span = max(rows - SAMPLE, 0)
    lows = sorted({span * (2 * at + 1) // (2 * SAMPLES) for at in range(SAMPLES)})
    lines = [filtered(image, low, min(low + SAMPLE, rows), kind) for low in lows]
    return len(isal_zlib.compress(np.concatenate(lines), LEVEL))


def _band(image: "NDArray[Any]", low: int, high: int, kind: int) -> Band:
    """Filter and deflate rows from one up to another, so that others may follow."""
    from isal import isal_zlib

    lines = filtered(image, low, high, kind)
    packing = isal_zlib.compressobj(LEVEL, wbits=-15)
    end = isal_zlib.Z_FINISH if high == len(image) else isal_zlib.Z_SYNC_FLUSH
    deflated = packing.compress(lines) + packing.flush(end)
    return Band(deflated, lines.nbytes, isal_zlib.adler32(lines))


def filtered(image: "NDArray[Any]", low: int, high: int, kind: int) -> "NDArray[Any]":
    """Give rows as PNG stores them: the number of the filter, then its bytes, high ones first."""
    import numpy as np

    near = image[max(low - 1, 0) : high]
    stored = np.ascontiguousarray(near, near.dtype.newbyteorder(">"))
    samples = stored.view(np.uint8).reshape(len(near), -1)
    rows = samples[len(near) - (high - low) :]
    lines = np.empty((high - low, 1 + rows.shape[1]), np.uint8)
    lines[:, 0] = kind
    first = 0 if low else 1  # the row above the first is black
    pixel = image[0, 0].nbytes
    if kind == UP:
        lines[:first, 1:] = rows[:first]
        np.subtract(rows[first:], samples[:-1], out=lines[first:, 1:])
    elif kind == SUB:
        lines[:, 1 : 1 + pixel] = rows[:, :pixel]
        np.subtract(rows[:, pixel:], rows[:, :-pixel], out=lines[:, 1 + pixel :])
    else:
        lines[:, 1:] = rows
    return lines


def _adler(bands: list[Band]) -> bytes:
    """Join the sums of the bands to that of all their bytes, as zlib's adler32_combine does."""
    low, high = 1, 0
    for band in bands:
        more, sums = band.checksum & 0xFFFF, band.checksum >> 16
        high = (high + sums + band.length * (low - 1)) % PRIME
        low = (low + more - 1) % PRIME
    return (high << 16 | low).to_bytes(4, "big")
