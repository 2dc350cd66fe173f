"""What was learned, as a file: it makes the same pixels, and the same data make the same file."""

from pathlib import Path

import numpy as np
import pytest
from teaching import made, texture

import filterkit
from filterkit.learning.examples import Reader, of_arrays
from filterkit.learning.filing import filed
from filterkit.learning.learning import learn, learned
from filterkit.learning.options import Learning
from filterkit.machine import limited

FILED = {
    "a kernel": ("3x3", {}),
    "a kernel for each channel": ("3x3", {"share": "per-channel"}),
    "all of all": ("1x3", {"share": "mix"}),
    "whole weights": ("3x3", {"snap": True}),
    "a step before": ("gaussian:1 | 3x3", {}),
    "a relu behind": ("3x3 | relu", {}),
    "settings": ("3x3:stride=2,dilation=2,border=edge", {}),
    "linear light": ("3x3", {"space": "linear"}),
    "no kernel alone": ("3x3 & 3x3 | fuse:l2", {"steps": 20}),
}


@pytest.mark.parametrize("what", FILED)
def test_what_was_learned_is_filed_and_makes_the_same_pixels(what, tmp_path):
    shape, how = FILED[what]
    image = texture(70, 72)
    settings = ":" + shape.partition(":")[2] if shape.startswith("3x3:") else ""
    pipeline, report = learn(image, made(image, f"3x3{settings}"), shape, **how)
    path = tmp_path / "mine.toml"
    path.write_text(filed(pipeline, report, path))
    wanted = filterkit.apply(image, pipeline)
    np.testing.assert_array_equal(filterkit.apply(image, str(path)), wanted)
    np.testing.assert_array_equal(filterkit.apply(image, filterkit.parse(str(pipeline))), wanted)
    assert str(filterkit.parse(str(pipeline))) == str(pipeline)


def text_of(readers, shape, threads, **how):
    with limited(threads):
        pipeline, report = learned(readers, shape, Learning(**how))
    return filed(pipeline, report, Path("mine.toml"))


@pytest.mark.parametrize(("shape", "how"), [
    ("auto", {}), ("3x3", {"share": "mix", "snap": True}), ("3x3 | sigmoid", {"steps": 60}),
    ("gaussian:1 | 3x3", {}),
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_same_pictures_give_the_same_file_for_any_number_of_threads(shape, how, dtype):
    images = [texture(50, 60, seed=at) for at in range(3)]
    if dtype == "float32":
        images = [(one / 255).astype(dtype) for one in images]
    readers = [Reader.of(of_arrays(one, made(one, "3x3"))) for one in images]
    first = text_of(readers, shape, 1, **how)
    assert all(text_of(readers, shape, threads, **how) == first for threads in (2, 5))


def test_the_order_of_pairs_does_not_matter():
    images = [texture(40, 50, seed=at) for at in range(3)]
    afters = [made(one, "3x3") for one in images]
    found = [learn(images[::step], afters[::step], "3x3").filter for step in (1, -1)]
    assert str(found[0]) == str(found[1])
