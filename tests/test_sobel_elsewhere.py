"""What "Sobel" means elsewhere: each call and each expression of docs/sobel.md give the same."""

import functools
import importlib
import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import skimage
from PIL import Image, ImageFilter
from running import COMMAND
from scipy import ndimage

from filterkit import Picture, apply, read_picture, shipped, write_picture

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sobel.md"
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


class Row(NamedTuple):
    """A row of the table: the call, the border where it is one of ours, the expression, flags."""

    call: str
    border: str | None
    expression: str
    flags: list[str]


def table():
    """The rows of the page's table, by the name of the program."""
    rows = {}
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    for line in lines[1:]:
        program, call, _, _, border, _, ours = re.split(r"(?<!\\)\|", line)[1:-1]
        expression, *flags = re.findall(r"`([^`]+)`", ours.replace(r"\|", "|"))
        whole = re.fullmatch(r" `(\w+)` ", border)
        rows[program.strip().replace("`", "")] = Row(
            call.strip(" `"), whole and whole[1], expression, " ".join(flags).split()
        )
    return rows


class Trial(NamedTuple):
    """What a program is shown, what is white in its float numbers, and how far off it may be."""

    kind: str
    white: float = 1
    levels: int = 0
    moved: int = 0
    version: str = ""


TRIALS = {
    "filterkit": Trial("colour"),
    "OpenCV, one axis": Trial("colour", white=255),
    "OpenCV, 8 bit": Trial("colour"),
    "OpenCV, 1 and 1": Trial("colour", white=255),
    "scikit-image": Trial("grey"),
    "scikit-image, one axis": Trial("grey"),
    "SciPy": Trial("grey float"),
    "SciPy, both axes": Trial("grey float"),
    "Kornia": Trial("colour tensor"),
    "Kornia, one axis": Trial("colour tensor"),
    "ffmpeg, grey": Trial("grey", levels=1),
    "ffmpeg, colour": Trial("colour", levels=1),
    "libvips, 8 bit": Trial("colour", levels=2),
    "libvips from 8.15, 16 bit": Trial("colour 16", levels=1, version="from 8.15"),
    "libvips from 8.15, float": Trial("colour float 255", levels=1, version="from 8.15"),
    "libvips to 8.14, 16 bit": Trial("colour 16", version="to 8.14"),
    "libvips to 8.14, float": Trial("colour float 255", version="to 8.14"),
    "GEGL": Trial("colour", levels=1, moved=2),
    "GEGL, one axis": Trial("colour", levels=1, moved=2),
    "GEGL, other axis": Trial("colour", levels=1, moved=2),
    "GEGL, stored values": Trial("colour", levels=1, moved=2),
    "GEGL, gegl:edge": Trial("colour", levels=1),
    "ImageMagick": Trial("colour"),
    "ImageMagick, Correlate": Trial("colour"),
    "ImageMagick, both axes": Trial("colour"),
    "G'MIC": Trial("colour", white=255),
    "G'MIC, both axes": Trial("colour", white=255),
    "Not Sobel: Pillow": Trial("colour"),
    "Not Sobel: GraphicsMagick": Trial("colour"),
    "Not Sobel: ImageMagick": Trial("colour"),
    "Not Sobel: G'MIC": Trial("colour", white=255),
}


@functools.cache
def picture(kind):
    """Make ramps, noise, black beside white and a piece of a photograph, 60x54."""
    rng = np.random.default_rng(7)
    drawn = rng.integers(0, 256, (30, 54, 3), np.uint8)
    drawn[:, :18] = np.linspace(20, 220, 18)[:, None] + rng.integers(0, 9, (30, 18, 3))
    drawn[5:15, 22:30], drawn[5:15, 30:38], drawn[15:25, 22:38] = 0, 255, 255
    drawn[18:22, 26:30] = 0
    photograph = read_picture(shipped.folder("samples") / "photo.jpg").pixels[0]
    image = np.concatenate([drawn, photograph[260:290, 200:254]])
    if kind.startswith("grey"):
        image = image[..., 1:2]
    if "16" in kind:
        return image.astype(np.uint16) * 256 + rng.integers(0, 256, image.shape, np.uint16)
    if "255" in kind:
        return image.astype(np.float32)
    if kind.endswith(("float", "tensor")):
        return image.astype(np.float32) / 255
    return image


def load(name):
    """Import a library; skip where it, or what it is built upon, is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, not ours
        try:
            return importlib.import_module(name)
        except (ImportError, OSError):
            pytest.skip(f"{name} is not installed")


def at_work(call, trial):
    """Give what a call in Python makes of the picture, as (rows, columns, channels)."""
    image = np.squeeze(picture(trial.kind))
    library = call.split(".")[0]
    names = {library: load(library), "image": image}
    if trial.version:
        check_version(trial.version, [names["pyvips"].version(part) for part in (0, 1)])
    if trial.kind.endswith("tensor"):
        names["image"] = load("torch").tensor(np.moveaxis(image, -1, 0)[None])
        return np.moveaxis(np.asarray(eval(call, names))[0], 0, -1)
    result = np.asarray(eval(call, names))
    return result if result.ndim == 3 else result[..., None]


def run_here(call):
    """Run a command in the current folder and give what it prints; skip where it is not there."""
    path = os.pathsep.join([str(Path(COMMAND).parent), os.environ["PATH"]])
    if not shutil.which(call.split()[0], path=path):
        pytest.skip(f"{call.split()[0]} is not installed")
    env = {**os.environ, "PATH": path}
    done = subprocess.run(call, shell=True, capture_output=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def check_version(wanted, found):
    """Skip where libvips is of the other kind."""
    if (found >= [8, 15]) != (wanted == "from 8.15"):
        pytest.skip(f"libvips is {'.'.join(map(str, found))}")


def theirs(row, trial):
    """Write the picture to a file; give its name, and what the program makes of it."""
    image = picture(trial.kind)
    file = re.search(r"in\.\w+", row.call)
    name = file[0] if file else "in.png" if image.dtype.kind == "u" else "in.tif"
    write_picture(Picture(image[None]), name)
    if not file:
        return name, at_work(row.call, trial)
    if trial.version:
        found = re.findall(r"\d+", run_here("vips --version"))
        check_version(trial.version, [int(one) for one in found[:2]])
    run_here(row.call)
    result = read_picture(re.search(r"out\.\w+", row.call)[0]).pixels[0]
    return name, result[trial.moved :, trial.moved :, :3]


@pytest.mark.parametrize("program", TRIALS)
def test_the_expression_gives_what_the_program_gives(program, filterkit):
    row, trial = table()[program], TRIALS[program]
    name, expected = theirs(row, trial)
    mine = "mine.png" if expected.dtype.kind == "u" else "mine.npy"
    ended = filterkit("apply", row.expression, name, *row.flags, "-o", mine)
    assert ended.code == 0, ended.err
    found = read_picture(mine).pixels[0]
    assert found.shape == expected.shape
    if not row.border:
        found, expected = found[1:-1, 1:-1], expected[1:-1, 1:-1]
    if expected.dtype.kind == "u":
        assert found.dtype == expected.dtype
        assert np.abs(found.astype(int) - expected).max() <= trial.levels
    else:
        np.testing.assert_allclose(found, expected / trial.white, rtol=1e-5, atol=2e-6)


def test_every_row_of_the_table_is_tried():
    assert list(table()) == list(TRIALS)


def test_the_border_of_a_row_is_that_of_its_expression():
    for row in table().values():
        said = set(re.findall(r"border=(\w+)", row.expression)) or {"reflect"}
        assert row.border is None or said == {row.border}


def written(kind="grey"):
    """Write a picture to in.png and give it, (rows, columns)."""
    image = picture(kind)
    write_picture(Picture(image[None]), "in.png")
    return image[..., 0]


def both(image, mode="mirror"):
    """The change along a row and down a column, in exact arithmetic, by SciPy's correlation."""
    return [ndimage.correlate(image.astype(int), one, mode=mode) for one in (SOBEL, SOBEL.T)]


def test_ffmpeg_cuts_decimals_off_and_has_two_borders(workplace):
    image = written()
    run_here(table()["ffmpeg, grey"].call)
    wide = np.pad(np.pad(image, ((1, 0), (1, 0)), "reflect"), ((0, 1), (0, 1)), "edge")
    expected = np.minimum(np.floor(np.hypot(*both(wide)))[1:-1, 1:-1], 255)
    np.testing.assert_array_equal(read_picture("out.png").pixels[0, ..., 0], expected)


def test_ffmpeg_makes_a_jpeg_green_unless_told_otherwise(workplace):
    shutil.copy(shipped.folder("samples") / "photo.jpg", "in.jpg")
    run_here("ffmpeg -i in.jpg -vf sobel out.png")
    red, green, blue = read_picture("out.png").pixels.mean((0, 1, 2))
    assert green > 10 * max(red, blue)


def test_libvips_rounds_each_axis_of_8_bit_to_even_numbers(workplace):
    written()
    run_here(table()["libvips, 8 bit"].call)
    made = read_picture("out.png").pixels
    assert np.all((made % 2 == 0) | (made == 255))


def test_gegl_cropped_lies_one_pixel_too_far_down_and_right(workplace):
    written()
    run_here(table()["GEGL"].call)
    grown = read_picture("out.png").pixels[0]
    Path("out.png").unlink()
    run_here(table()["GEGL"].call + " gegl:crop x=0 y=0 width=54 height=60")
    cropped = read_picture("out.png").pixels[0]
    assert grown.shape[:2] == (62, 56)
    np.testing.assert_array_equal(cropped[1:, 1:], grown[2:, 2:][:59, :53])


def test_opencvs_one_and_one_does_not_see_straight_edges():
    upright = np.repeat([[0, 0, 255, 255, 0, 9]], 6, 0).astype(np.uint8)
    assert not cv2.Sobel(upright, cv2.CV_32F, 1, 1).any()
    assert not cv2.Sobel(upright.T, cv2.CV_32F, 1, 1).any()


def test_scipys_numbers_of_8_bit_go_around():
    image = picture("grey")[..., 0]
    across, _ = both(image, "nearest")
    assert ndimage.sobel(image).dtype == np.uint8
    np.testing.assert_array_equal(ndimage.sobel(image), across % 256)


def test_scikit_image_takes_colours_for_layers():
    image = picture("colour float").astype(float)
    slopes = [ndimage.sobel(image, axis) / 16 for axis in range(3)]
    length = np.sqrt(sum(slope**2 for slope in slopes) / 3)
    np.testing.assert_allclose(skimage.filters.sobel(image), length, atol=1e-12)


def test_scikit_images_horizontal_edges_are_sobel_y():
    image = picture("grey")[..., 0]
    np.testing.assert_allclose(
        skimage.filters.sobel_h(image),
        apply(image / 255, "sobel-y:divide=4,border=edge"),
        atol=1e-6,
    )


def test_imagemagicks_sobel_turned_by_90_is_sobel_y(workplace):
    image = written()
    run_here("convert in.png -morphology Convolve Sobel:90 out.png")
    made = read_picture("out.png").pixels[0, ..., 0]
    np.testing.assert_array_equal(made, apply(image, "sobel-y:border=edge,render=clip"))


def test_gmics_usual_gradient_is_not_sobel(workplace):
    image = written()
    run_here("gmic in.png gradient x -o out.tif,float")
    made = read_picture("out.tif").pixels[0, ..., 0]
    for divide in (1, 2, 4, 8):
        assert np.abs(made - both(image)[0] / divide)[1:-1, 1:-1].max() > 30


def test_pillow_leaves_the_border_as_it_was():
    image = picture("grey")[..., 0]
    made = np.asarray(Image.fromarray(image).filter(ImageFilter.FIND_EDGES))
    inside = np.zeros(image.shape, bool)
    inside[1:-1, 1:-1] = True
    np.testing.assert_array_equal(made[~inside], image[~inside])
