"""Published pictures, good and broken, through the command: each is done or refused in a sentence.

Who else reads them, mostly Pillow, says which are good and what their pixels are.
"""

import io
import json
import logging
import re
import subprocess
import sys
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fuzz.seeds import CORPORA, NAMES, pictures
from PIL import Image, ImageOps

from filterkit.errors import FilterkitError
from filterkit.pictures.codecs import decode

NO_PICTURES = {".rs", ".txt", ".md", ".list", ".icc", ".markdown"}
FILES = [
    path
    for path in sorted(CORPORA.rglob("*"))
    if path.is_file() and path.suffix not in NO_PICTURES and path.name not in ("LICENSE", "README")
]
JPEGS = [path for path in FILES if path.suffix in (".jpg", ".jpeg")]
PROCESSES = 2

logging.getLogger("tifffile").disabled = True  # it logs whatever it refuses

pytestmark = pytest.mark.skipif(not FILES, reason="no published pictures here")


class Through:
    """Run files through the command, some in each process, and hold what it told of each."""

    def __init__(self, folder, files, *options):
        self.out = folder / "out"
        self.paths = {}
        for number, path in enumerate(files):
            link = folder / f"{number:03d}-{path.name}"
            link.symlink_to(path)
            self.paths[str(link)] = path
        links = list(self.paths)
        parts = [links[lane::PROCESSES] for lane in range(PROCESSES)]
        with ThreadPoolExecutor() as threads:
            self.ends = list(threads.map(lambda part: self._run(part, options), parts))
        lines = [json.loads(line) for end in self.ends for line in end.stdout.splitlines()]
        self.summaries = [line["summary"] for line in lines if "summary" in line]
        self.told = {self.paths[line["input"]]: line for line in lines if "input" in line}
        self.errors = [line for end in self.ends for line in end.stderr.splitlines()]

    def _run(self, links, options):
        command = [sys.executable, "-m", "filterkit", "apply", "identity", *links]
        command += ["-o", f"{self.out}/", "--json", *options]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    def done(self):
        """Yield each file that was done, and its output."""
        for path, line in self.told.items():
            if line["status"] == "done":
                yield path, Path(line["outputs"][0])


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return Through(tmp_path_factory.mktemp("everything"), FILES)


def relative(path):
    """Name a file by its place among the collections, without the folders that all have."""
    return "/".join(
        part for part in path.relative_to(CORPORA).parts if part not in ("files", "tests", "images")
    )


def test_every_file_is_told_of_once_and_the_command_ends_well(everything):
    assert set(everything.told) == set(FILES)
    assert [end.returncode for end in everything.ends] == [1] * PROCESSES
    assert sum(one["done"] + one["failed"] for one in everything.summaries) == len(FILES)


def test_every_failure_has_a_code_and_a_sentence(everything):
    for path, line in everything.told.items():
        if line["status"] == "failed":
            assert line["code"] in ("unreadable", "unsupported", "too-large"), relative(path)
            label, _, sentence = line["message"].partition(": ")
            assert label == line["input"], relative(path)
            assert sentence[:1].strip() and sentence.endswith("."), sentence


def test_stderr_carries_sentences_of_ours_and_nothing_native(everything):
    strange = [line for line in everything.errors if not re.match(r"filterkit: |  try: ", line)]
    assert strange == []


# What others read


@cache
def others(path):
    """Give the first frame as another reader sees it, or None where all refuse the file."""
    content = path.read_bytes()
    with warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(io.BytesIO(content)) as image:
                image.load()
                return image
        except Exception:  # it raises whatever it stumbles over
            pass
        try:
            return Image.fromarray(tifffile.imread(io.BytesIO(content), key=0))
        except Exception:
            return None


OLD_JPEG = (
    "a TIFF packed with old-style JPEG; deflate, LZW, PackBits, LZMA, Zstandard, JPEG, WebP and "
    "fax are read."
)
REFUSED = {
    "image-tiff/libtiffpic/smallliz.tif": OLD_JPEG,
    "image-tiff/libtiffpic/zackthecat.tif": OLD_JPEG,
    # broken on purpose; Pillow does not look at this checksum
    "pngsuite/xcsn0g01.png": "truncated or corrupt PNG (the checksum of its IDAT chunk is wrong).",
}
"""Files that others read and filterkit does not, and why."""


def test_what_others_read_is_read_or_stands_in_the_table(everything):
    refused = {
        relative(path): line["message"].partition(": ")[2]
        for path, line in everything.told.items()
        if line["status"] == "failed" and others(path) is not None
    }
    assert refused == REFUSED


KINDS_REFUSED = Counter(
    {
        ("image-tiff", "a TIFF of kind LogLuv"): 3,
        ("image-tiff", "a TIFF of kind LogL"): 1,
        ("image-tiff", "a TIFF of kind CMYK in 8-bit signed integers"): 1,
        ("image-tiff", "a TIFF packed with old-style JPEG"): 2,
        ("image-tiff", "a TIFF packed with ThunderScan"): 1,
        ("jpeg-decoder", "a lossless JPEG of 10 bits"): 1,
        ("jpeg-decoder", "a lossless JPEG of 12 bits"): 1,
        ("jpeg-decoder", "a lossless JPEG of 16 bits"): 8,
        # broken ones, whose headers say so by chance
        ("jpeg-decoder", "a JPEG of 9 bits"): 1,
        ("jpeg-decoder", "a JPEG of 17 components"): 1,
    }
)
"""The kinds of picture that are refused by name, and how many there are of each."""


def test_no_other_kind_is_refused(everything):
    kinds = Counter(
        (relative(path).split("/")[0], re.split("[;.] ?", line["message"].partition(": ")[2])[0])
        for path, line in everything.told.items()
        if line.get("code") == "unsupported"
    )
    assert kinds == KINDS_REFUSED


ENDS_EARLY = ["the decoder warned: Corrupt JPEG data: premature end of data segment."]
SUITE = "jpeg-decoder/crashtest/imagetestsuite"
DAMAGED = {
    f"{SUITE}/2c9e7a1805f8b47630bbb83d21bf8222.jpg": ENDS_EARLY,
    f"{SUITE}/5315c35bbcc28d8eee419028ac9f38e0.jpg": ENDS_EARLY,
    f"{SUITE}/79f5fc6bca756e1f067c6fc83e18b32e.jpg": ENDS_EARLY,
    f"{SUITE}/8546907dbe574744d7fea6ca9de1de6b.jpg": ENDS_EARLY,
    f"{SUITE}/96b3e939852157613fa2e48d58fe35fe.jpg": ENDS_EARLY,
    f"{SUITE}/a17806f32b45d63eea5230e7893e1f15.jpg": ENDS_EARLY,
    f"{SUITE}/b4103df93880fc5677c2a081e4bfc712.jpg": ENDS_EARLY,
    f"{SUITE}/f006e96f3b27fdfaa075322d759ea2e8.jpg": ENDS_EARLY,
    f"{SUITE}/40bb78b1ac031125a6d8466b374962a8.jpg": [
        "its IPTC captions were left out.",
        "the decoder warned: Corrupt JPEG data: found marker 0xf7 instead of RST0.",
    ],
    # all of its pixels are there; only the marker of its end is another
    f"{SUITE}/8a9cc8eeed66aeb423a91c44111d9450.jpg": [],
}
"""Damaged JPEGs that Pillow refuses and filterkit reads, and what it says of them."""


def test_what_others_refuse_is_refused_or_its_damage_is_told(everything):
    """Of TIFF others read so much less that tests/test_tiff.py has its own measure."""
    read = {
        relative(path): everything.told[path]["notes"]
        for path, _ in everything.done()
        if others(path) is None and path.suffix not in (".tif", ".tiff")
    }
    assert read == DAMAGED


def test_a_damaged_picture_is_a_failure_where_that_is_asked_for(tmp_path):
    damaged = [path for path in FILES if DAMAGED.get(relative(path))]
    through = Through(tmp_path, damaged, "--strict")
    assert {line["code"] for line in through.told.values()} == {"unreadable"}
    assert not list(through.done())


# JPEG


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory):
    return Through(tmp_path_factory.mktemp("jpegs"), JPEGS, "--format", "png")


def difference(one, two):
    return np.abs(np.asarray(one).astype(int) - np.asarray(two).astype(int))


def test_every_jpeg_has_the_pixels_that_another_reader_sees(jpegs):
    compared = 0
    for path, output in jpegs.done():
        image = others(path)
        if image is None:
            continue
        with Image.open(output) as written:
            expected = ImageOps.exif_transpose(image).convert(written.mode)
            assert difference(written, expected).max() <= 2, relative(path)
        compared += 1
    assert compared >= 70


# Orientation


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """All orientations in four formats, made of the published ones, through the command."""
    folder = tmp_path_factory.mktemp("turned")
    for path in sorted((CORPORA / "exif-orientation").rglob("*_[1-8].jpg")):
        with Image.open(path) as image:
            exif, small = image.getexif(), image.reduce(4)
            tag = Image.Exif()
            tag[274] = exif[274]
            for ending, options in (("png", {}), ("webp", {"lossless": True}), ("tif", {})):
                small.save(folder / f"{path.stem}.{ending}", exif=tag, **options)
            small.save(folder / f"{path.stem}.jpg", exif=tag, quality=95)
    through = Through(folder, sorted(folder.glob("*_*.*")), "--format", "png")
    return {path.name: np.asarray(Image.open(output)) for path, output in through.done()}


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_every_orientation_is_upright_in_every_format(turned, shape, ending):
    first = turned[f"{shape}_1.{ending}"]
    for turn in range(2, 9):
        other = turned[f"{shape}_{turn}.{ending}"]
        assert other.shape == first.shape
        assert difference(other, first).mean() < 4, turn


# Truncation


CUT = [name for name in NAMES if name != "csv"]  # a table may end after any row
LONGEST = 1000
STEP = 37


@pytest.mark.parametrize("name", CUT)
def test_a_file_cut_anywhere_is_refused_or_has_the_same_pixels(name):
    tried = 0
    for content in pictures(name)[:: max(len(pictures(name)) // 40, 1)]:
        try:
            whole = decode(content, "it")
        except FilterkitError:
            continue
        tried += 1
        lengths = {*range(STEP, min(len(content), LONGEST), STEP)}
        for length in lengths | {len(content) - few for few in (1, 2, 3)}:
            try:
                cut = decode(content[:length], "it")
            except FilterkitError:
                continue
            assert same(cut, whole), f"{length} bytes of {content.hex()}"
    assert tried >= 2


def same(one, two):
    """Compare all frames of two pictures."""
    pages = zip((one, *one.further), (two, *two.further), strict=True)
    return all(
        np.array_equal(page.pixels, other.pixels)
        and (page.alpha is None) == (other.alpha is None)
        and (page.alpha is None or np.array_equal(page.alpha, other.alpha))
        for page, other in pages
    )
