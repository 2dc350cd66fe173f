"""NPZ: named arrays in one archive; a picture is the only one, or the one that is called so."""

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from filterkit.errors import CannotHoldError
from filterkit.pictures.npy import USUAL, decode, plain, size
from filterkit.pictures.picture import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decode", "encode", "encode_arrays", "size"]


def encode(picture: Picture, quality: int | None = None) -> bytes:
    """Write an .npz that holds the picture under its usual name."""
    return encode_arrays({USUAL: plain(picture)})


def encode_arrays(arrays: "Mapping[str, NDArray[Any]]") -> bytes:
    """Write an .npz of named arrays, compressed; the same arrays give the same bytes."""
    import numpy as np

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise CannotHoldError(f"'{name}' holds Python objects, which are never pickled.")
            entry = zipfile.ZipInfo(f"{name}.npy")  # its date is 1980, not now
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return stream.getvalue()
