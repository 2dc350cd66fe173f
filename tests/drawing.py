"""Pictures for tests, and their files read back by other libraries than ours."""

import io

import cv2
import numpy as np
import tifffile
from PIL import Image


def noise(rows=20, columns=30, channels=3, dtype="uint8", seed=0):
    """Random pixels (rows, columns, channels) over all of a type's range; floats beyond 0 ... 1."""
    numbers = np.random.default_rng(seed).random((rows, columns, channels))
    if np.dtype(dtype).kind == "f":
        return (numbers * 3 - 1).astype(dtype)
    return np.rint(numbers * np.iinfo(dtype).max).astype(dtype)


def ramp(rows=20, columns=30):
    """A grey picture whose brightness rises along its rows, far from black and white."""
    return np.tile(np.linspace(80, 160, columns).astype(np.uint8), (rows, 1))[..., None]


def write(path, pixels, **options):
    """Write pixels, RGB(A) or grey, with OpenCV, Pillow or tifffile."""
    pixels = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    if path.suffix in (".tif", ".tiff"):
        extra = {"extrasamples": ["unassalpha"]} if pixels.shape[-1] == 4 else {}
        tifffile.imwrite(
            path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack",
            **extra, **options,
        )  # fmt: skip
    elif path.suffix == ".npy":
        np.save(path, pixels)
    elif pixels.dtype == np.uint8:
        Image.fromarray(pixels).save(path, **options)
    else:
        swap = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}.get(pixels.shape[-1])
        cv2.imwrite(str(path), pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, swap))
    return path


def stored(path):
    """The pixels of a file as another library reads them: (rows, columns[, channels]), RGB(A)."""
    if path.suffix in (".tif", ".tiff"):
        return tifffile.imread(path)
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    return decoded(path.read_bytes())


def decoded(content):
    """The pixels of an encoded PNG or JPEG."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None, "no picture"
    swap = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}.get(pixels.ndim == 3 and pixels.shape[2])
    return pixels if swap is None else cv2.cvtColor(pixels, swap)


def png(pixels):
    """The bytes of a PNG of 8 bit."""
    stream = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(stream, "PNG")
    return stream.getvalue()
