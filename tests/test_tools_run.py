"""Every tool runs, by itself, what is exported for it: it gives what filterkit gives."""

import re
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pytest
from photographs import PHOTOS, photograph

import filterkit
from filterkit.applying.sources import SAMPLE_FOLDER
from filterkit.errors import FilterError
from filterkit.filters.meaning import parse
from filterkit.filters.tools.known import READ, tool
from filterkit.filters.tools.writing import exported
from filterkit.steps.pipeline import Pipeline
from filterkit.steps.step import Rendering

PROGRAMS = {
    "imagemagick": ("magick", "convert"),
    "graphicsmagick": ("gm",),
    "vips": ("vips",),
    "ffmpeg": ("ffmpeg",),
    "gimp": ("gegl",),
    "gmic": ("gmic",),
}
"""The programs of each tool, the first that is there is run."""

QUIET = {"ffmpeg": "ffmpeg -v error -y", "gmic": "gmic -v -1"}
MARGIN = 20
"""Rows and columns at the border that are not compared: there each tool has its own way."""

KERNELS = {
    "asymmetric": "[1 2 3; 4 -5 6; -7 2 -4]:divide=2",
    "even, 2x4": "[1 2 3 -3; 4 -5 -3 2]",
    "sums to 0": "sobel-x",
    "negative sum": "[-1 -2 -1; 0 1 0; 0 0 1]:bias=1",
    "negative divisor": "[-1 0 2; 0 0 0; -3 0 0]:divide=-2",
    "a row": "[1 4 6 4 1]:divide=16",
    "a column": "[1;2;-1]",
    "a single weight": "[2]:divide=3",
    "fractions": "[1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9]",
    "digits": "gaussian:1.3",
    "weights of 1e-7": "[0.0000001 0 0; 0 1 0; 0 0 -0.0000001]",
    "a bias": "relief:bias=0.5",
    "spread": "[1 0; 0 -1; 2 1]:dilation=2x1",
    "flipped": "[1 2 3; 0 0 0; 0 -1 0]:flip=true",
    "13x13": "gaussian:2",
    "wide": "box:3x9",
    "7x7": "line:angle=30",
    "31x31": "gaussian:5",
}

REFUSED = {
    "imagemagick": {"negative sum", "a bias"},
    "graphicsmagick": {
        "negative sum", "a column", "a single weight", "a bias", "spread", "flipped", "13x13",
        "31x31",
    },
    "vips": set(),
    "ffmpeg": set(),
    "gimp": {"13x13", "wide", "7x7", "digits", "31x31"},
    "gmic": {"negative sum", "a bias"},
}  # fmt: skip
"""What each cannot hold: a bias, more than 5x5 weights, another divisor than the sum."""


@pytest.fixture(scope="module")
def picture():
    """A part of a photograph, RGB."""
    if PHOTOS.is_dir():
        return photograph("Wine", 96, 128, 0.15)
    image = cv2.imread(str(next(SAMPLE_FOLDER.glob("photo.*"))))[..., ::-1]
    return image[:96, :128].copy()


def program_of(name):
    found = next(filter(None, map(shutil.which, PROGRAMS[name])), None)
    return found or pytest.skip(f"{PROGRAMS[name][0]} is not installed")


def obeys_rdiv():
    """Tell whether ffmpeg divides as it is told; 5.1 does not."""
    graph = "color=gray:16x16,format=gray,convolution=0m='0 0 0 1 1 0 0 0 0':0rdiv=0.25"
    line = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", graph, "-frames:v", "1", "-f", "rawvideo"]
    levels = subprocess.run([*line, "-"], capture_output=True, timeout=60).stdout
    return levels[100] < 100


def run(name, text, image, folder):
    """Run the command of the table, as a shell would; give the pixels, RGB."""
    program = program_of(name)
    cv2.imwrite(str(folder / "photo.png"), image[..., ::-1])
    (folder / "kernel").write_bytes(text)
    first, rest = tool(name).command.split(" ", 1)
    line = f"{QUIET.get(first, program)} {rest}"
    line = line.replace("FILE", "kernel").replace("KERNEL", "$(cat kernel)")
    line = re.sub(r"^(magick|gm|vips|gegl)\b", program, line)
    ended = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    result = cv2.imread(str(folder / "out.png"), cv2.IMREAD_UNCHANGED)
    if result.ndim == 2:  # what came out grey was written as grey
        result = np.repeat(result[..., None], 3, axis=2)
    levels = result[..., 2::-1].astype(float)
    return levels / 257 if result.dtype == np.uint16 else levels


def ours(step, image):
    """The same kernel on every channel by itself, cut off at black and white."""
    (convolve,) = step.steps
    alone = replace(convolve, fusion="keep", render=Rendering("clip"), origin=None)
    return filterkit.apply(image, Pipeline([alone])).astype(float)


def assert_alike(theirs, expected):
    """Insist on one grey level, away from the border."""
    inside = (slice(MARGIN, -MARGIN),) * 2
    assert np.abs(theirs - expected)[inside].max() <= 1.01
    assert expected[inside].std() > 1  # else anything would be alike


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_tool_gives_what_filterkit_gives(name, kernel, picture, tmp_path):
    step = parse(KERNELS[kernel])
    if kernel in REFUSED[name]:
        with pytest.raises(FilterError):
            exported(step, tool(name))
        return
    text, notes = exported(step, tool(name))
    if name == "ffmpeg" and any("rdiv" in note for note in notes) and not obeys_rdiv():
        pytest.skip("this ffmpeg ignores rdiv")
    assert_alike(run(name, text, picture, tmp_path), ours(step, picture))


def test_every_tool_with_a_command_is_run_here():
    ours_alone = {"csv", "npy", "toml"}
    assert set(PROGRAMS) == set(READ) - ours_alone
