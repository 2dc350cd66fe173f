"""What makes filterkit fast stays: few passes over the pixels, small temporaries, few modules.

None of this measures time.
"""

import subprocess
import sys
import tracemalloc
from collections import Counter

import numpy as np
import pytest

from filterkit.engine import rows as engine_rows
from filterkit.engine.bands import Run
from filterkit.filters.meaning import parse

SIDE = 3000
MIB = 2**20


@pytest.fixture
def rows_computed(monkeypatch):
    """Count the rows computed of each node, by the text of its step."""
    counted = Counter()
    computed = engine_rows.computed

    def count(graph, node, held, run):
        counted[str(node.step)] += run[1] - run[0]
        return computed(graph, node, held, run)

    monkeypatch.setattr(engine_rows, "computed", count)
    return counted


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("edge", {"edge": 1}),
        ("edge | relu | max-pool:2", {"edge": 1, "relu": 0.5, "max-pool:2": 0.5}),
        ("gaussian:2 | sobel-x & sobel-y | fuse:l2", {"gaussian:2,fusion=sum": 1, "fuse:l2": 1}),
        ("gaussian:2 | edge | normalize:minmax", {"edge": 1, "normalize:minmax": 1}),
        ("gaussian:2 | edge | normalize:zscore | sharpen", {"edge": 1, "normalize:zscore": 1}),
    ],
)
def test_every_row_of_a_step_is_computed_once(rows_computed, text, passes):
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    Run(parse(text), image).pixels(np.uint8)
    for name, share in passes.items():
        once = share * SIDE
        # A tenth more at the most: rows that neighbouring bands both need.
        assert once <= rows_computed[name] <= 1.1 * once, rows_computed


def peak(call):
    """Give the bytes of NumPy and OpenCV that a call takes at once, its result among them."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "channels", "maps"),
    [
        ("sharpen", 3, 0),
        ("sharpen:border=wrap", 3, 0),
        ("edge", 1, 0),
        ("gaussian:2 | sharpen", 3, 0),
        ("sharpen:stride=2", 0.75, 0),
        ("max-pool:3,stride=1", 3, 0),
        ("edge | relu | max-pool:2", 0.25, 0),
        ("gaussian:sigma=2 | sobel | normalize:minmax", 1, 1),
    ],
)
def test_nothing_but_the_result_is_as_large_as_the_picture(text, channels, maps):
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels = SIDE * SIDE
    Run(parse(text), image[:50]).pixels(np.uint8)  # what is loaded and kept once
    used = peak(lambda: Run(parse(text), image, threads=2).pixels(np.uint8))
    # The bar is 64 MiB; the whole picture as floating numbers would be 103.
    assert used <= pixels * channels + 4 * maps * pixels + 64 * MIB, f"{used / MIB:.0f} MiB"


NEVER = {"skimage", "PIL", "tifffile", "pillow_heif", "isal", "scipy", "multiprocessing"}


@pytest.mark.parametrize("filter", ["edge", "gaussian:2 | sobel | normalize:minmax", "max-pool:2"])
def test_a_small_picture_loads_only_what_it_needs(filter):
    code = (
        "import sys, numpy as np, filterkit; from filterkit.applying.job import warm; warm()\n"
        "filterkit.apply(np.zeros((20, 20, 3), np.uint8), sys.argv[1])\n"
        f"print(sorted({NEVER!r} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, filter], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
