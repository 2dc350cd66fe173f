"""The peers, each asked for the same work as plainly as its own users would ask.

A peer is called with all its threads, on the same pixels, and gives what NumPy can read. Where a
peer treats the border otherwise, or is timed on some rows only, it says so here.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

CROP = 8_000_000
"""Values on which a slow peer is timed; its seconds are multiplied to those of the whole.

Far more than a cache holds: on a smaller part it would seem faster than it is."""


@dataclass(frozen=True)
class Peer:
    """Hold one way to do the work of a row.

    `margin` pixels at each side are not compared: the peer's border is another one. `times` is
    by how much the seconds are multiplied, where it works on a part. `alike` says that its
    result is the same work at all: a copy of the pixels is not.
    """

    name: str
    call: Callable[[], Any]
    module: str = "cv2"
    margin: int = 0
    times: float = 1.0
    alike: bool = True


@cache
def present(module):
    """Tell whether a peer can be loaded, its shared libraries included."""
    try:
        loaded = importlib.import_module(module)
    except (ImportError, OSError):
        return False
    if module == "pyvips":
        loaded.cache_set_max(0)  # else a second call could find the first one's result
    return True


def shown(values, dtype):
    """Round and cut NumPy's numbers to pixels; floating ones stay."""
    if dtype == np.float32:
        return values
    return np.clip(np.rint(values), 0, np.iinfo(dtype).max).astype(dtype)


def pixels_of(tensor, dtype):
    """Round and cut PyTorch's numbers, (1, channels, rows, columns), to an image."""
    import torch

    if dtype != np.float32:
        tensor = tensor.round_().clamp_(0, np.iinfo(dtype).max)
        tensor = tensor.to(getattr(torch, np.dtype(dtype).name))
    return tensor[0].permute(1, 2, 0).contiguous()


def tensor_of(image):
    """Give an image to PyTorch as float32, (1, channels, rows, columns), channels still last."""
    import torch

    return torch.from_numpy(image).permute(2, 0, 1)[None].float()


def correlations(image, weights, dtype, stride=1):
    """Give the peers that lay a matrix on every channel of an image."""
    half = len(weights) // 2
    laid = weights.astype(np.float32)
    yield Peer("OpenCV filter2D", lambda: filter2d(image, laid, dtype, stride))
    if dtype != image.dtype:
        yield Peer(
            "OpenCV filter2D of float32", lambda: filter2d(np.float32(image), laid, dtype, stride)
        )
    yield Peer("PyTorch", lambda: torch_conv(image, laid, dtype, stride), "torch", half)
    if stride > 1:
        return
    if len(weights) <= 15:
        yield from on_crop(image, weights, dtype)
    part, times = (image, 1.0) if len(weights) <= 7 else cropped(image, len(weights))
    for precision in ("integer", "float") if dtype == np.uint8 else ("float",):
        yield Peer(
            f"pyvips {precision}",
            lambda precision=precision: vips_conv(part, weights, dtype, precision),
            "pyvips", half, times,
        )  # fmt: skip
    if len(weights) in (3, 5) and dtype == np.uint8:
        yield pillow_kernel(image, weights)


def filter2d(image, weights, dtype, stride=1):
    depth = cv2.CV_32F if dtype == np.float32 else -1
    result = cv2.filter2D(image, depth, weights)
    if stride == 1:
        return result
    whole = result.view(f"V{result.itemsize * result.shape[2]}")[::stride, ::stride]
    return np.ascontiguousarray(whole).view(result.dtype)


def torch_conv(image, weights, dtype, stride):
    import torch

    # The channels as groups, channels last: 391 ms at 3x3; as a batch of planes 3,400 to 4,100.
    laid = torch.from_numpy(weights).expand(3, 1, -1, -1)
    laid = laid.contiguous(memory_format=torch.channels_last)
    result = torch.nn.functional.conv2d(
        tensor_of(image), laid, stride=stride, padding=len(weights) // 2, groups=3
    )
    return pixels_of(result, dtype)


def cropped(image, more):
    """Give the upper rows for a slow peer, and how many times as many there are."""
    part = image[: CROP // image[0].size + more]
    return part, len(image) / len(part)


def on_crop(image, weights, dtype):
    """Give SciPy and scikit-image, which are slow enough to be timed on some rows."""
    part, times = cropped(image, len(weights))
    laid, half = weights[..., None], len(weights) // 2

    def scipy():
        from scipy import ndimage

        return shown(ndimage.correlate(np.float32(part), laid, mode="mirror"), dtype)

    def scikit_image():
        from skimage.filters import correlate_sparse

        return shown(correlate_sparse(np.float32(part), laid, mode="mirror"), dtype)

    yield Peer("SciPy correlate", scipy, "scipy.ndimage", half, times)
    yield Peer("scikit-image correlate_sparse", scikit_image, "skimage.filters", half, times)


def vips_conv(image, weights, dtype, precision):
    import pyvips

    rows, columns, channels = image.shape
    kind = {1: "uchar", 2: "ushort"}[image.itemsize]
    source = pyvips.Image.new_from_memory(image.data, columns, rows, channels, kind)
    matrix, scale = weights, 1.0
    if precision == "integer":  # which takes whole weights and a divisor
        scale = 1 / np.abs(weights[weights != 0]).min()
        matrix = np.rint(weights * scale)
    laid = pyvips.Image.new_from_array(matrix.tolist(), scale=scale)
    result = source.conv(laid, precision=precision)
    if dtype != np.float32:
        result = (result.rint() if precision == "float" else result).cast(kind)
    return result.numpy()


def pillow_kernel(image, weights):
    from PIL import Image, ImageFilter

    turned = weights[::-1].ravel().tolist()  # Pillow numbers the rows from below
    kernel = ImageFilter.Kernel(weights.shape, turned, scale=1)
    picture = Image.fromarray(image)
    return Peer("Pillow", lambda: picture.filter(kernel), "PIL.ImageFilter", len(weights) // 2)


def pools(image, kind, size, stride):
    """Give the peers that pool; a maximum or minimum is of pixels, the others are float32."""
    window = np.ones((size, size), np.uint8)
    rows, columns = ((n - size) // stride + 1 for n in image.shape[:2])
    box = {"ksize": (size, size), "anchor": (0, 0)}
    ways = {
        "max": lambda: cv2.dilate(image, window, anchor=(0, 0)),
        "min": lambda: cv2.erode(image, window, anchor=(0, 0)),
        "average": lambda: cv2.boxFilter(image, cv2.CV_32F, **box) / np.float32(255),
        "sum": lambda: cv2.boxFilter(image, cv2.CV_32F, normalize=False, **box) / np.float32(255),
        "l2": lambda: cv2.sqrt(cv2.sqrBoxFilter(image, cv2.CV_32F, normalize=False, **box)) / 255,
    }
    yield Peer(
        "OpenCV",
        lambda: np.ascontiguousarray(ways[kind]()[::stride, ::stride][:rows, :columns]),
    )
    if kind == "average" and size == stride:
        yield Peer(
            "OpenCV resize",
            lambda: cv2.resize(
                np.float32(image[: rows * size, : columns * size]) / np.float32(255),
                (columns, rows), interpolation=cv2.INTER_AREA,
            ),
        )  # fmt: skip


def other_pools(image, kind, size, stride):
    """Give the peers of pooling that are not OpenCV."""
    yield Peer("PyTorch", lambda: torch_pool(image, kind, size, stride), "torch")
    if size == stride:
        yield Peer(
            "scikit-image block_reduce", lambda: reduced(image, kind, size), "skimage.measure"
        )


def torch_pool(image, kind, size, stride):
    import torch
    import torch.nn.functional as pooling

    if kind in ("max", "min"):  # of uint8, channels last: the fastest of its ways
        turn = np.invert if kind == "min" else np.asarray
        pixels = torch.from_numpy(turn(image)).permute(2, 0, 1)[None]
        return turn(pooling.max_pool2d(pixels, size, stride)[0].permute(1, 2, 0).numpy())
    numbers = tensor_of(image).mul_(1 / 255)
    if kind == "l2":
        result = pooling.lp_pool2d(numbers, 2.0, size, stride)
    else:
        result = pooling.avg_pool2d(
            numbers, size, stride, divisor_override=1 if kind == "sum" else None
        )
    return result[0].permute(1, 2, 0)


def reduced(image, kind, size):
    from skimage.measure import block_reduce

    if kind in ("max", "min"):
        return block_reduce(image, (size, size, 1), getattr(np, kind))
    numbers = np.float32(image) / np.float32(255)
    if kind == "l2":
        return np.sqrt(block_reduce(numbers**2, (size, size, 1), np.sum))
    return block_reduce(numbers, (size, size, 1), np.mean if kind == "average" else np.sum)
