"""JPEG 2000: 8 bits by Pillow, 9 to 16 by OpenCV, whose numbers alone are exact; boxes by hand.

Both use OpenJPEG. Pillow makes 8 bits of colours with more, and OpenCV knows no grey with
transparency. Both get the bare codestream: they get wrong most of what the boxes say of colours.
"""

import io
from typing import TYPE_CHECKING, Any

from filterkit.pictures import opencv
from filterkit.pictures.colour_spaces import STRAIGHTENED, by_bands, straight
from filterkit.pictures.damage import by_pillow, checked, damaged
from filterkit.pictures.jp2.container import boxed, metadata_of, stream_of
from filterkit.pictures.jp2.header import YCC, Header, header_of, refuse_kind
from filterkit.pictures.jp2.stream import joined, refuse_cut
from filterkit.pictures.levels import scaled
from filterkit.pictures.picture import Picture, Size, full_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE = "JPEG 2000"
LOSSLESS = 100

BY_CHANNEL = {"progression": "CPRL"}
"""How a channel comes whole before the next one."""


def size(content: bytes) -> Size:
    """Read rows and columns from the head of the codestream."""
    with checked(TITLE):
        header = header_of(content)
    return Size(1, header.rows, header.columns, len(header.order))


def decode(content: bytes) -> Picture:
    """Decode the pixels; whole numbers of other bits than 8 and 16 are scaled."""
    import numpy as np

    with checked(TITLE):
        header = header_of(content)
        metadata = metadata_of(content, header)
        stream = stream_of(content)
        refuse_cut(stream)
    refuse_kind(header)
    stored = _samples(stream, header)
    pixels = np.ascontiguousarray(stored[..., header.order])
    alpha = None if header.alpha is None else np.ascontiguousarray(stored[..., header.alpha])
    notes: tuple[str, ...] = ()
    if header.colours == YCC and len(header.order) == 3 and not header.is_subsampled:
        pixels = _rgb(pixels)
    if header.premultiplied and alpha is not None:
        pixels, notes = straight(pixels, alpha), (STRAIGHTENED,)
    return Picture(pixels[None], None if alpha is None else alpha[None], "jp2", metadata, notes)


def _samples(stream: bytes, header: Header) -> "NDArray[Any]":
    """Decode the channels, in 8 or 16 bits."""
    import numpy as np

    stored = _by_pillow(stream, header) if header.bits <= 8 else _by_opencv(stream, header)
    if stored.shape != (header.rows, header.columns, len(header.components)):
        raise damaged(TITLE, "its header says another size")
    if header.palette:
        colours = np.frombuffer(b"".join(header.palette), np.uint8)
        colours = colours.reshape(-1, header.stored)
        return colours.take(stored[..., 0], axis=0, mode="clip")
    try:
        return scaled(stored, 2**header.bits - 1)
    except ValueError as error:
        raise damaged(TITLE, str(error)) from None


def _by_pillow(stream: bytes, header: Header) -> "NDArray[Any]":
    """Decode up to 8 bits, which Pillow shifts to the top."""
    import numpy as np
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    with by_pillow(TITLE), Jpeg2KImageFile(io.BytesIO(stream)) as image:
        if image.size != (header.columns, header.rows):
            raise damaged(TITLE, "its header says another size")
        stored = np.array(image) >> (8 - header.bits)
    return stored.reshape(header.rows, header.columns, -1)


def _by_opencv(stream: bytes, header: Header) -> "NDArray[Any]":
    """Decode more than 8 bits."""
    stored = opencv.decoded(stream, header.rows, header.columns)
    if stored is None:
        raise damaged(TITLE, "its pixels cannot be unpacked")
    return stored


def _rgb(pixels: "NDArray[Any]") -> "NDArray[Any]":
    """Turn brightness and two colours into RGB, by the figures of sYCC."""
    import numpy as np

    full = full_of(pixels.dtype)
    matrix = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
    middle = np.array([0, (full + 1) / 2, (full + 1) / 2])

    def mixed(band: "NDArray[Any]") -> "NDArray[Any]":
        mixed: NDArray[Any] = (band - middle) @ matrix.T
        return mixed

    return by_bands(mixed, pixels, pixels.shape, str(pixels.dtype))


def encode(picture: Picture, quality: int | None = None) -> bytes | None:
    """Encode one frame without loss, or with as much as a quality below 100 allows.

    Every 5 of it are a decibel, and 50 are 35: about the loss of a JPEG of that quality.
    """
    stacked = picture.stacked()
    quality = LOSSLESS if quality is None else quality
    if picture.depth == "8":
        how: dict[str, Any] = {"mct": int(picture.channels == 3)}
        stream = _packed(stacked if stacked.shape[2] > 1 else stacked[..., 0], quality, how)
    else:
        order = (0, 0, 0, 1) if stacked.shape[2] == 2 else range(stacked.shape[2])
        streams = [_packed(stacked[..., channel], quality, BY_CHANNEL) for channel in order]
        stream = joined(streams) if all(streams) else b""
    return boxed(stream, picture) if stream else None


def _packed(numbers: "NDArray[Any]", quality: int, how: dict[str, Any]) -> bytes:
    """Encode (rows, columns) or (rows, columns, channels) as a bare codestream."""
    import numpy as np
    from PIL import Image

    if quality < LOSSLESS:
        loss = {"quality_mode": "dB", "quality_layers": [25 + quality / 5]}
        how = how | loss | {"irreversible": True}
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(numbers))
    try:
        image.save(stream, "JPEG2000", no_jp2=True, **how)
    except (OSError, ValueError):  # what Pillow raises where OpenJPEG fails
        return b""
    return stream.getvalue()
