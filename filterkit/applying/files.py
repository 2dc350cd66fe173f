"""Pictures as files, for programs: read and written as the commands do."""

from pathlib import Path

from filterkit.errors import CannotHoldError
from filterkit.pictures.codecs import MOST_PIXELS, decode, encode
from filterkit.pictures.files import escaped, read_bytes, write_bytes
from filterkit.pictures.formats import WRITTEN, format_of_ending
from filterkit.pictures.picture import Picture


def read_picture(
    path: str | Path, max_pixels: int = MOST_PIXELS, frames: str | int = "all"
) -> Picture:
    """Read a picture file, upright, at its own depth. Raises InputError.

    `frames` is "all", "first" or a number from 1 on. Pages that differ from the first in size or
    kind are in `further`.
    """
    _check_path(path)
    content = read_bytes(Path(path), max_pixels, frames)
    return decode(content, escaped(path), max_pixels, frames)


def write_picture(
    picture: Picture,
    path: str | Path,
    *,
    format: str | None = None,
    quality: int | None = None,
    replace: bool = False,
) -> None:
    """Write a picture to a file, whole or not at all.

    `format` is that of the path's ending unless given; `quality`, 1 ... 100, counts for JPEG. An
    existing file is an OutputExistsError unless `replace`; what the format cannot hold is a
    CannotHoldError.
    """
    _check_path(path)
    if not isinstance(picture, Picture):
        raise TypeError(
            f"a picture belongs where {type(picture).__name__} stands: "
            "filterkit.Picture(array) holds (frames, rows, columns, channels)."
        )
    kind = format or format_of_ending(Path(path).suffix)
    if kind not in WRITTEN:
        raise CannotHoldError(
            f"{escaped(path)}: its ending names no format that can be written.",
            "format=" + " or ".join(f'"{name}"' for name in WRITTEN),
        )
    write_bytes(Path(path), encode(picture, kind, quality), replace)


def _check_path(path: object) -> None:
    if not isinstance(path, (str, Path)):
        raise TypeError(
            f"a path belongs where {type(path).__name__} stands: "
            'filterkit.read_picture("photo.jpg"), filterkit.write_picture(picture, "out.png").'
        )
