"""Every tool runs, by itself, what is exported for it: it gives what filterkit gives."""

import numpy as np
import pytest
from other_tools import PROGRAMS, assert_alike, obeys_rdiv, ours, picture, program_of, run

from filterkit.errors import FilterError
from filterkit.filters.meaning import parse
from filterkit.filters.tools.known import READ, tool
from filterkit.filters.tools.writing import exported

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
    "sums to 0, in fractions": "log:1.2",
}

REFUSED = {
    "imagemagick": {"negative sum", "a bias"},
    "graphicsmagick": {
        "negative sum", "a column", "a single weight", "a bias", "spread", "flipped", "13x13",
        "31x31",
    },
    "vips": set(),
    "ffmpeg": {"sums to 0, in fractions"},
    "gimp": {"13x13", "wide", "7x7", "digits", "31x31", "sums to 0, in fractions"},
    "gmic": {"negative sum", "a bias"},
}  # fmt: skip
"""What each cannot hold: a bias, more than 5x5 weights, another divisor than the sum."""


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_tool_gives_what_filterkit_gives(name, kernel, tmp_path):
    step = parse(KERNELS[kernel])
    if kernel in REFUSED[name]:
        with pytest.raises(FilterError):
            exported(step, tool(name))
        return
    program_of(name)
    text, notes = exported(step, tool(name))
    if name == "ffmpeg" and any("rdiv" in note for note in notes) and not obeys_rdiv():
        pytest.skip("this ffmpeg ignores rdiv")
    image = picture()
    assert_alike(run(name, text, image, tmp_path), ours(step, image))


def pictures():
    """Other kinds of pictures: grey, of 16 bits, and with transparency that is opaque."""
    image = picture()
    return {
        "grey": image[..., 1:2],
        "16 bit": image.astype(np.uint16) * 257,
        "opaque": np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]),
    }


@pytest.mark.parametrize("kind", ["grey", "16 bit", "opaque"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_so_for_other_pictures_too(name, kind, tmp_path):
    if kind == "16 bit" and name in ("gmic", "ffmpeg"):
        pytest.skip("its command is for pictures of 8 bits")
    image = pictures()[kind]
    step = parse("smooth" if name != "imagemagick" else "sobel-x")  # which leaves alpha alone
    theirs = run(name, exported(step, tool(name)).content, image, tmp_path)
    expected = ours(step, image[..., :3])
    assert_alike(theirs, expected / 257 if image.dtype == np.uint16 else expected)


def test_every_tool_with_a_command_is_run_here():
    ours_alone = {"csv", "npy", "toml"}
    assert set(PROGRAMS) == set(READ) - ours_alone
