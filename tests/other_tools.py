"""Other tools, run on a part of a photograph as their users run them; absent ones are skipped."""

import re
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawing import write
from photographs import PHOTOS, photograph

import filterkit
from filterkit.applying.sources import SAMPLE_FOLDER
from filterkit.filters.tools.known import tool
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


def run(name, text, image, folder, command=""):
    """Run the command of the table, as a shell would; give the pixels, RGB, in 8-bit levels."""
    program = program_of(name)
    write(folder / "photo.png", image)
    (folder / "kernel").write_bytes(text)
    first, rest = (command or tool(name).command).split(" ", 1)
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
    alone = [
        replace(convolve, fusion="keep", render=Rendering("clip"), origin=None)
        for convolve in step.steps
    ]
    return filterkit.apply(image, Pipeline(alone)).astype(float)


def assert_alike(theirs, expected):
    """Insist on one grey level, away from the border."""
    inside = (slice(MARGIN, -MARGIN),) * 2
    assert np.abs(theirs - expected)[inside].max() <= 1.01
    assert expected[inside].std() > 1  # else anything would be alike
