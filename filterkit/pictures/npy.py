"""NPY and NPZ: arrays as they are, read without ever unpickling.

The header is believed only as far as the limits and the bytes that follow it.
"""

import io
import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from filterkit.errors import UnreadableInputError, UnsupportedInputError
from filterkit.pictures import damage
from filterkit.pictures.levels import as_they_are, refuse_inexact
from filterkit.pictures.picture import FULL, Picture, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

damaged = partial(damage.damaged, "array")

CONVERTED = {
    "bool": "float32", "float16": "float32", "int8": "float32", "int16": "float32",
    "int32": "float64", "uint32": "float64", "int64": "float64", "uint64": "float64",
}  # fmt: skip
"""Types that no picture has, and those that hold each of their numbers, as it is."""

TRUTH = "its true and false became 1 and 0."
USUAL = "image"
"""The array of this name is the picture where an .npz has several."""


class Header(NamedTuple):
    """What an array says of itself."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: "np.dtype[Any]"


def size(content: bytes) -> Size:
    """Read the shape from the header."""
    with _stream(content) as stream:
        return _size(_header(stream))


def decode(content: bytes, frame: int | None = None) -> Picture:
    """Give an array as a picture: (rows, columns), with channels, or with frames before these."""
    import numpy as np

    with _stream(content) as stream:
        header = _header(stream)
        shape = _size(header)
        length = header.dtype.itemsize * math.prod(header.shape)
        stored = stream.read(length + 1)
    if len(stored) != length:
        raise damaged(f"{length} bytes of numbers are announced")
    name = header.dtype.name
    array = np.frombuffer(stored, header.dtype)
    if name in ("int64", "uint64"):
        refuse_inexact(array.astype(name), name)
    array = array.astype(CONVERTED.get(name, name))
    array = array.reshape(header.shape, order="F" if header.by_columns else "C")
    frames = slice(None) if frame is None else slice(frame, frame + 1)
    pixels = np.ascontiguousarray(array).reshape(shape[:4])[frames]
    kind = "npz" if zipped(content) else "npy"
    notes = {"b": (TRUTH,), "i": (as_they_are(name),), "u": (as_they_are(name),)}
    told = notes.get(header.dtype.kind, ()) if name in CONVERTED else ()
    return Picture(pixels, None, kind, notes=told)


def zipped(content: bytes) -> bool:
    """Tell whether the bytes are those of an .npz, not of an .npy."""
    return content.startswith(b"PK")


@contextmanager
def _stream(content: bytes) -> Iterator[IO[bytes]]:
    """Open the one array that is meant."""
    if not zipped(content):
        yield io.BytesIO(content)
        return
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            archive.open(_member(archive.namelist())) as stream,
        ):
            yield stream
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as error:
        raise damaged(str(error)) from error
    except (NotImplementedError, RuntimeError) as error:  # an unknown packing, a password
        raise UnsupportedInputError(f"an archive that is not read: {error}.") from error


def _member(names: list[str]) -> str:
    arrays = [name for name in names if name.endswith(".npy")]
    if not arrays:
        raise UnreadableInputError("a ZIP archive without arrays, no picture.")
    if len(arrays) > 1 and f"{USUAL}.npy" in arrays:
        return f"{USUAL}.npy"
    if len(arrays) > 1:
        told = ", ".join(name.removesuffix(".npy") for name in arrays)
        raise UnsupportedInputError(
            f"it holds {len(arrays)} arrays ({told}), and none is called '{USUAL}'.",
            f"numpy.savez(FILE, {USUAL}=array)",
        )
    return arrays[0]


def _header(stream: IO[bytes]) -> Header:
    import numpy as np

    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    with warnings.catch_warnings(action="ignore"):  # of Python 2, whose files are as good
        try:
            version = np.lib.format.read_magic(stream)
            header = Header(*readers[version](stream)) if version in readers else None
        except Exception as error:  # NumPy passes on whatever its parser stumbles over
            raise damaged("its header is no array's") from error
    if header is None:
        raise UnsupportedInputError(f"an array file of version {version[0]}.{version[1]}.")
    _refuse_type(header.dtype)
    return header


def _refuse_type(dtype: "np.dtype[Any]") -> None:
    if dtype.hasobject:
        raise UnsupportedInputError("it holds Python objects, which are never unpickled.")
    if dtype.name in FULL or dtype.name in CONVERTED:
        return
    raise UnsupportedInputError(
        f"an array of {dtype.name}; {', '.join(FULL)} are read.", "array.astype('float32')"
    )


def _size(header: Header) -> Size:
    shape = header.shape
    if not 2 <= len(shape) <= 4 or 0 in shape:
        raise UnsupportedInputError(
            f"an array of shape {shape} is no picture; (rows, columns), (rows, columns, channels) "
            "and (frames, rows, columns, channels) are."
        )
    frames, *inner = shape if len(shape) == 4 else (1, *shape)
    rows, columns, channels = (*inner, 1)[:3]
    return Size(frames, rows, columns, channels)


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Write an .npy: (rows, columns) if there is one channel; frames only if there are several."""
    return encode_array(plain(picture))


def encode_array(array: "NDArray[Any]") -> bytes:
    """Write an .npy of an array as it is."""
    import numpy as np

    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.getvalue()


def plain(picture: Picture) -> "NDArray[Any]":
    """Give the pixels without the axes that a single frame or channel does not need."""
    pixels = picture.pixels[0] if picture.frames == 1 else picture.pixels
    return pixels[..., 0] if picture.frames == 1 and picture.channels == 1 else pixels
