"""What other programs do to a photograph is learned, and done as well to other photographs."""

import shutil
import subprocess

import cv2
import numpy as np
import pytest
import skimage
from photographs import photograph
from PIL import Image, ImageFilter
from scipy import ndimage

import filterkit

LEARNED_FROM = "aitzgorri"
OTHERS = ("picosdeeuropa", "Bridge")
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
UNSHARP = [[1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, -476, 24, 6], [4, 16, 24, 16, 4],
           [1, 4, 6, 4, 1]]  # fmt: skip
LAPLACIAN = [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])


def pixels(numbers):
    """Round and cut numbers, as programs do."""
    return np.clip(np.rint(numbers), 0, 255).astype(np.uint8)


def with_scipy(image, weights, divide=1):
    weights = np.asarray(weights, float)[..., None]
    return pixels(ndimage.correlate(image.astype(float), weights, mode="mirror") / divide)


def with_opencv(image, weights, divide=1):
    return cv2.filter2D(image, -1, np.asarray(weights, float) / divide)


def with_pillow(image, kernel):
    return np.asarray(Image.fromarray(image).filter(kernel))


def with_skimage(image, sigma):
    return pixels(skimage.filters.gaussian(image, sigma, preserve_range=True, channel_axis=2))


def with_imagemagick(image, folder, kernel):
    convert = shutil.which("convert") or pytest.skip("ImageMagick is not here")
    return _by_command(
        image, folder, [convert, "a.png", "-morphology", "Convolve", kernel, "b.png"]
    )


def with_vips(image, folder, weights, divide):
    vips = shutil.which("vips") or pytest.skip("libvips is not here")
    rows = "\n".join(" ".join(map(str, row)) for row in weights)
    (folder / "k.mat").write_text(f"{len(weights[0])} {len(weights)} {divide} 0\n{rows}\n")
    return _by_command(image, folder, [vips, "conv", "a.png", "b.png", "k.mat"])


def _by_command(image, folder, command):
    cv2.imwrite(str(folder / "a.png"), image[..., ::-1])
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    return cv2.imread(str(folder / "b.png"))[..., ::-1].copy()


PROGRAMS = {
    "Pillow SHARPEN, 3x3": lambda image, _: with_pillow(image, ImageFilter.SHARPEN),
    "Pillow SMOOTH_MORE, 5x5": lambda image, _: with_pillow(image, ImageFilter.SMOOTH_MORE),
    "Pillow EMBOSS, 3x3 with an offset": lambda image, _: with_pillow(image, ImageFilter.EMBOSS),
    "SciPy Sobel, 3x3, clipped": lambda image, _: with_scipy(image, SOBEL),
    "SciPy binomial, 5x5": lambda image, _: with_scipy(image, BINOMIAL, 256),
    "OpenCV Laplacian, 3x3, clipped": lambda image, _: with_opencv(image, LAPLACIAN),
    "OpenCV box, 7x7": lambda image, _: cv2.blur(image, (7, 7)),
    "OpenCV motion, 9x9": lambda image, _: with_opencv(image, np.eye(9), 9),
    "scikit-image Gaussian, 9x9": lambda image, _: with_skimage(image, 1.0),
    "ImageMagick sharpen, 3x3, clipped": lambda image, folder: with_imagemagick(
        image, folder, "3x3: 0,-1,0 -1,5,-1 0,-1,0"
    ),
    "ImageMagick Gaussian, 7x7": lambda image, folder: with_imagemagick(
        image, folder, "Gaussian:3x1"
    ),
    "libvips unsharp, 5x5, clipped": lambda image, folder: with_vips(image, folder, UNSHARP, -256),
}


def assert_reproduces(learned, make, edge, exact=0.995):
    """Insist that a learned filter gives other pictures' pixels, `edge` of them from the border."""
    for name in OTHERS:
        image = photograph(name)
        wanted = make(image)
        got = filterkit.apply(image, learned)
        off = np.abs(got.astype(int) - wanted)[edge:-edge, edge:-edge]
        assert off.max() <= 1
        assert (off == 0).mean() >= exact


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_program_does_is_learned_and_done_to_other_photographs(program, tmp_path):
    def make(image):
        return PROGRAMS[program](image, tmp_path)

    image = photograph(LEARNED_FROM)
    size = program.split(", ")[1][:3]
    learned, report = filterkit.learn(image, make(image), size)
    assert report.residual < 0.32
    assert_reproduces(learned, make, 5)


def test_a_stride_is_learned():
    def make(image):
        return np.ascontiguousarray(with_opencv(image, UNSHARP, -256)[::2, ::2])

    image = photograph(LEARNED_FROM)
    learned, _ = filterkit.learn(image, make(image), "5x5:stride=2")
    assert_reproduces(learned, make, 5)


def test_a_kernel_for_each_channel_is_learned_from_colour_and_grey():
    weights = [np.array(SHARPEN) / 3, np.array(SOBEL), np.ones((3, 3)) / 9]

    def make(image):
        channels = np.moveaxis(image.astype(float), 2, 0)
        both = zip(channels, weights, strict=True)
        return pixels(sum(ndimage.correlate(one, each, mode="mirror") for one, each in both))

    image = photograph(LEARNED_FROM)
    learned, report = filterkit.learn(image, make(image), "3x3")
    assert report.sharing == "summed"
    for name in OTHERS:
        other = photograph(name)
        off = np.abs(filterkit.apply(other, learned)[..., 0].astype(int) - make(other))[2:-2, 2:-2]
        assert off.max() <= 1
        assert (off == 0).mean() >= 0.995


def test_a_kernel_and_relu_are_learned_from_floating_numbers():
    def make(image):
        numbers = ndimage.correlate(image / 255, np.array(SOBEL)[..., None], mode="mirror")
        return np.maximum(numbers, 0).astype(np.float32)

    image = photograph(LEARNED_FROM)
    learned, _ = filterkit.learn((image / 255).astype(np.float32), make(image), "3x3 | relu")
    other = photograph(OTHERS[0])
    got = filterkit.apply((other / 255).astype(np.float32), learned)
    assert np.abs(got - make(other)).max() < 1e-5


def test_a_kernel_and_relu_are_learned_from_pixels():
    def make(image):
        return with_scipy(image, [[-1, 0, 1], [-2, 1, 2], [-1, 0, 1]])

    image = photograph(LEARNED_FROM)
    learned, _ = filterkit.learn(image, make(image), "3x3 | relu")
    assert str(learned).endswith("| relu")
    assert_reproduces(learned, make, 2)


@pytest.mark.parametrize("colour", [False, True])
def test_a_jpeg_hides_a_sharpening_kernel_by_less_than_a_hundredth(colour):
    image = photograph(LEARNED_FROM)
    image = image if colour else image[..., 1]
    after = filterkit.apply(image, "sharpen")
    options = [cv2.IMWRITE_JPEG_QUALITY, 95,
               cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]  # fmt: skip
    packed = cv2.imdecode(cv2.imencode(".jpg", after, options)[1], cv2.IMREAD_UNCHANGED)
    learned, _ = filterkit.learn(image, packed, "3x3")
    weights = learned.steps[0].kernel.weights[0, 0]
    assert np.linalg.norm(weights - SHARPEN) <= 0.01 * np.linalg.norm(SHARPEN)
