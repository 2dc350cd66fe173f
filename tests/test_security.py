"""SECURITY.md promises what the code keeps: its limits are those of the code."""

import re
from pathlib import Path

import pytest

from filterkit.filters import expression, meaning
from filterkit.filters.families import family
from filterkit.filters.formats import weights
from filterkit.pictures import codecs, jpeg, opencv, reading
from filterkit.pictures.png import metadata as png_metadata
from filterkit.steps import kernel, window

TEXT = (Path(__file__).parents[1] / "SECURITY.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\|$", TEXT, re.MULTILINE))
MIB, GIB = 2**20, 2**30


@pytest.mark.parametrize(
    ("what", "limits"),
    [
        ("pixels of a picture", [f"{codecs.MOST_PIXELS:,}"]),
        ("frames of a file", [f"{codecs.MOST_FRAMES:,}"]),
        ("bytes of a file", [f"{reading.FREE // MIB} MiB", f"{reading.PER_PIXEL} more"]),
        (
            "bytes of a file whose header",
            [f"{reading.MOST_OF_A_FILE // GIB} GiB", f"{reading.MOST_OF_A_PIPE // MIB} MiB"],
        ),
        ("rows, and columns, of what OpenCV", [f"{opencv.MOST_SIDE:,}"]),
        ("bytes of a profile", [f"{png_metadata.MOST_METADATA // MIB} MiB"]),
        ("scans of a JPEG", [f"{jpeg.MOST_SCANS}"]),
        ("letters of a filter", [f"{expression.LONGEST:,}"]),
        ("parentheses within", [f"{expression.DEEPEST:,}"]),
        ("steps of a filter", [f"{meaning.MOST_STEPS:,}"]),
        ("weights of a kernel", [f"{kernel.MOST_WEIGHTS:,}"]),
        ("rows, and columns, of a kernel", [f"{family.MOST_SIDE:,}"]),
        ("padding, and dilation", [f"{window.FARTHEST:,}"]),
        ("bytes of a filter file", [f"{weights.MOST_BYTES // MIB} MiB"]),
    ],
)
def test_a_limit_is_that_of_the_code(what, limits):
    rows = [said for told, said in ROWS.items() if re.match(rf"{what}\b", told)]
    assert rows
    for limit in limits:
        assert limit in rows[0]


def test_the_oldest_opencv_is_the_one_that_is_named():
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    (oldest,) = re.findall(r"opencv-python-headless>=([\d.]+)", project)
    assert f"needs OpenCV {oldest} or later" in TEXT
