"""What is compared in process: each row is filterkit's step and, under each bar, its peers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import peers
from peers import Peer
from photographs import sheet, sized

from filterkit.engine.bands import Run
from filterkit.filters.meaning import parse
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.pool import Pool
from filterkit.steps.step import Rendering, Step

EDGE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)


@dataclass(frozen=True)
class Row:
    """Hold a name, filterkit's step on an image, and the peers under each bar.

    The result is pixels of `dtype`, or raw numbers where that is float32.
    """

    name: str
    step: Step
    image: Any
    bars: dict[float, list[Peer]]
    dtype: Any = np.uint8

    def ours(self, threads=None):
        """Do the work by filterkit."""
        run = Run(self.step, self.image, threads=threads)
        return run.numbers() if self.dtype == np.float32 else run.pixels(self.dtype)


def general(k, **settings):
    """Give a matrix of full rank in whole numbers, as a step and divided."""
    weights = np.random.default_rng(k).integers(-1, 4, (k, k)).astype(float)
    divide = float(weights.sum())
    return Convolve(Kernel(weights), divide=divide, **settings), weights / divide


def general_rows():
    image = sheet()
    for k in (3, 5, 7, 9, 11, 15, 31, 63):
        step, weights = general(k)
        bar = 1.0 if k <= 11 else 2.5
        found = [*peers.correlations(image, weights, np.uint8)]
        yield Row(f"general {k}x{k}, 8 bit", step, image, {bar: found})
        found = [*peers.correlations(image, weights / 255, np.float32)]
        yield Row(f"general {k}x{k}, raw", step, image, {1.3: found}, np.float32)


def deep_rows():
    image = sheet().astype(np.uint16) * 257
    for k in (3, 7, 11, 15, 31, 63):
        step, weights = general(k)
        found = [*peers.correlations(image, weights, np.uint16)]
        yield Row(f"general {k}x{k}, 16 bit", step, image, {2.0: found}, np.uint16)


def separable_rows():
    image = sheet()
    for k in (3, 5, 7, 9, 11, 15, 31, 63):
        sigma = k / 6
        curve = cv2.getGaussianKernel(k, sigma)
        found = {1.0: [
            Peer("GaussianBlur", lambda k=k, s=sigma: cv2.GaussianBlur(image, (k, k), s)),
            Peer("sepFilter2D", lambda c=curve: cv2.sepFilter2D(image, -1, c, c)),
            pillow_blur("GaussianBlur", sigma),
            scipy_smooth("gaussian_filter", k, sigma=(sigma, sigma, 0), radius=(k // 2, k // 2, 0)),
        ]}  # fmt: skip
        if k == 15:
            found[10.0] = plain(image, np.outer(curve, curve))
        yield Row(f"gaussian {k}x{k}", parse(f"gaussian:sigma={sigma},size={k}"), image, found)
        found = {1.0: [
            Peer("blur", lambda k=k: cv2.blur(image, (k, k))),
            pillow_blur("BoxBlur", k // 2, margin=k // 2),
            scipy_smooth("uniform_filter", k, size=(k, k, 1)),
        ]}  # fmt: skip
        if k == 15:
            found[10.0] = plain(image, np.ones((k, k)) / k**2)
        yield Row(f"box {k}x{k}", parse(f"box:{k}"), image, found)
    yield from sobel_rows(image)


def sobel_rows(image):
    """Yield the derivatives; those of OpenCV end at 31."""
    for k in (3, 5, 7, 15, 31):
        across, down = cv2.getDerivKernels(1, 0, k, normalize=True, ktype=cv2.CV_64F)
        step = Convolve(Kernel(np.outer(down, across)), fusion="keep", render=Rendering("clip"))
        found = {1.0: [
            Peer("Sobel", lambda k=k: cv2.Sobel(image, -1, 1, 0, ksize=k, scale=2 / 4 ** (k - 1))),
            Peer("sepFilter2D", lambda a=across, d=down: cv2.sepFilter2D(image, -1, a, d)),
        ]}  # fmt: skip
        if k == 15:
            found[10.0] = plain(image, np.outer(down, across))
        yield Row(f"sobel {k}x{k}", step, image, found)


def plain(image, weights):
    """Give filter2D alone, which takes a separable matrix like any other."""
    return [Peer("filter2D", lambda: cv2.filter2D(image, -1, weights.astype(np.float32)))]


def pillow_blur(name, radius, margin=0):
    def blur():
        from PIL import Image, ImageFilter

        return Image.fromarray(sheet()).filter(getattr(ImageFilter, name)(radius))

    return Peer(f"Pillow {name}", blur, "PIL.ImageFilter", margin)


def scipy_smooth(name, k, **settings):
    part, times = peers.cropped(sheet(), k)

    def smooth():
        from scipy import ndimage

        result = getattr(ndimage, name)(np.float32(part), mode="mirror", **settings)
        return peers.shown(result, np.uint8)

    return Peer(f"SciPy {name}", smooth, "scipy.ndimage", k // 2, times)


def copy_rows():
    image, (step, _) = sheet(), general(3)
    copies = [Peer("one copy of the bytes", image.copy, alike=False)]
    yield Row("3x3 against a copy", step, image, {0.25: copies})


def stride_rows():
    image = sheet()
    for stride in (2, 4):
        for k in (3, 7, 11):
            step, weights = general(k, stride=(stride, stride))
            bar = 2.0 if stride == 2 else 2.7 if k < 11 else 4.0
            found = [*peers.correlations(image, weights, np.uint8, stride)]
            yield Row(f"stride {stride}, {k}x{k}", step, image, {bar: found})


def pooling_rows():
    image = sheet()
    for size in (2, 3):
        for stride in (size, 1):
            for kind in ("max", "min", "average", "sum", "l2"):
                found = {
                    1.0: [*peers.pools(image, kind, size, stride)],
                    2.0: [*peers.other_pools(image, kind, size, stride)],
                }
                step = Pool(kind, (size, size), (stride, stride))
                dtype = np.uint8 if kind in ("max", "min") else np.float32
                yield Row(f"{kind}-pool {size}, stride {stride}", step, image, found, dtype)


def pipeline_rows():
    image = sheet()
    found = {12.0: [Peer("NumPy + OpenCV", lambda: plain_edges(image))],
             5.0: [Peer("PyTorch", lambda: torch_edges(image), "torch", 1)]}  # fmt: skip
    yield Row("edge | relu | max-pool:2", parse("edge | relu | max-pool:2"), image, found)
    text = "gaussian:sigma=2 | sobel | normalize:minmax"
    found = {8.0: [Peer("NumPy + OpenCV", lambda: plain_gradient(image))]}
    yield Row(text, parse(text), image, found)


def plain_edges(image):
    sums = np.maximum(cv2.filter2D(image, cv2.CV_32F, EDGE).sum(axis=2), 0)
    rows, columns = (n // 2 for n in sums.shape)
    pooled = sums[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).max(axis=(1, 3))
    return np.clip(np.rint(pooled), 0, 255).astype(np.uint8)[..., None]


def torch_edges(image):
    import torch

    kernel = torch.from_numpy(EDGE).expand(1, 3, 3, 3)
    sums = torch.nn.functional.conv2d(peers.tensor_of(image), kernel, padding=1)
    pooled = torch.nn.functional.max_pool2d(sums.relu_(), 2)
    return peers.pixels_of(pooled, np.uint8)


def plain_gradient(image):
    blurred = cv2.GaussianBlur(np.float32(image), (13, 13), 2)
    across = cv2.Sobel(blurred, cv2.CV_32F, 1, 0).sum(axis=2)
    down = cv2.Sobel(blurred, cv2.CV_32F, 0, 1).sum(axis=2)
    strength = np.sqrt(across**2 + down**2)
    low, high = strength.min(), strength.max()
    gain = 0.5 * 255 / (high - low)  # sobel is shown at half its strength
    return np.rint((strength - low) * gain).astype(np.uint8)[..., None]


def bank_rows():
    weights = np.random.default_rng(0).normal(size=(96, 3, 11, 11)).astype(np.float32) / 19
    step = Convolve(Kernel(weights), stride=(4, 4), padding="valid")
    for side, bar in ((227, 0.7), (2000, 0.9)):
        image = np.float32(sized(side, side)) / np.float32(255)
        peer = Peer("PyTorch", lambda image=image: torch_bank(image, weights), "torch")
        yield Row(f"bank of 96, {side}x{side}", step, image, {bar: [peer]}, np.float32)


def torch_bank(image, weights):
    import torch

    numbers = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    result = torch.nn.functional.conv2d(numbers, torch.from_numpy(weights), stride=4)
    return result[0].permute(1, 2, 0)


GROUPS: tuple[Callable[[], Any], ...] = (
    general_rows, deep_rows, separable_rows, copy_rows, stride_rows, pooling_rows, pipeline_rows,
    bank_rows,
)  # fmt: skip
