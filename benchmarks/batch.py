"""How long a folder of photographs takes: whole processes, side by side with what else there is.

    python benchmarks/batch.py [--pairs 20] [--json]

Each round runs all commands in turn, A B C D A B C D ..., every one into a new folder; a ratio is
the median of the rounds', since the machines that this runs on are noisy. All write JPEGs of
quality 95, with two pictures at a time; mogrify takes one after the other, each with all cores.
The pixels of the script are compared with ours before the clock starts. vips and mogrify do less
and more: they keep the sign and the three channels, which they encode. They are of Debian's
packages libvips-tools and imagemagick. filterkit should be installed, not a checkout: Python
compiles a checkout anew where it may not write its caches.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from photographs import PHOTOS
from timing import arguments, compared, in_turn, print_compared, run

BARE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import cv2
import numpy as np
kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
def edges(path):
    sums = cv2.filter2D(cv2.imread(str(path)), cv2.CV_32F, kernel).sum(axis=2)
    result = np.clip(np.rint(np.abs(sums)), 0, 255).astype(np.uint8)
    cv2.imwrite(str(Path(sys.argv[2], path.name)), result, [cv2.IMWRITE_JPEG_QUALITY, 95])
with ThreadPoolExecutor(2) as pool:
    list(pool.map(edges, sorted(Path(sys.argv[1]).glob("*.jpg"))))
"""
"""What `filterkit batch edge` does to photographs, and nothing else."""

MATRIX = "3 3 1 0\n-1 -1 -1\n-1 8 -1\n-1 -1 -1\n"
"""The kernel for vips: columns, rows, scale, offset, and the weights."""

VIPS = """
cd "$1" && printf '%s\\0' *.jpg |
xargs -0 -P2 -I NAME vips conv NAME "$2/NAME[Q=95]" "$3" --precision float
"""
"""With the precision `integer` all results are black."""

MOGRIFY = """
mogrify -path "$2" -quality 95 -morphology Convolve '3x3: -1,-1,-1 -1,8,-1 -1,-1,-1' "$1"/*.jpg
"""


def commands(folder):
    """Give each command by its name, less the folder of the results, and its bar."""
    ours = shutil.which("filterkit", path=str(Path(sys.executable).parent)) or "filterkit"
    matrix = folder / "edge.mat"
    matrix.write_text(MATRIX)
    yield "filterkit batch", None, lambda out: [
        ours, "batch", "edge", PHOTOS, "-o", out, "--quality", "95", "-q",
    ]  # fmt: skip
    yield "a script with two threads", 1.15, lambda out: [sys.executable, "-c", BARE, PHOTOS, out]
    if shutil.which("vips"):
        yield "xargs -P2 vips conv", 0.45, lambda out: ["sh", "-c", VIPS, "", PHOTOS, out, matrix]
    if shutil.which("mogrify"):
        yield "mogrify -morphology", 0.2, lambda out: ["sh", "-c", MOGRIFY, "", PHOTOS, out]


def filtered(command, folder, keep=None):
    """Run a command into a new folder, which is kept under a name or removed."""
    out = folder / "out"
    out.mkdir()
    run(command(out))
    assert len([*out.glob("*.jpg")]) == len([*PHOTOS.glob("*.jpg")])
    if keep:
        out.rename(folder / keep)
    else:
        shutil.rmtree(out)


def largest_difference(ours, theirs):
    """Give the largest difference of two pixels in all pictures of two folders."""
    import cv2

    def pixels(path):
        return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)

    return max(
        int(cv2.absdiff(pixels(path), pixels(theirs / path.name)).max())
        for path in ours.glob("*.jpg")
    )


def measured(folder, rounds):
    """Run all commands once, compare what they make, and then run them in turn."""
    names, bars, found = zip(*commands(folder), strict=True)
    for name, command in zip(names, found, strict=True):
        filtered(command, folder, name)
    difference = largest_difference(folder / names[0], folder / names[1])
    calls = [lambda command=command: filtered(command, folder) for command in found]
    ours, *theirs = in_turn(calls, rounds)
    rows = [
        compared(f"{names[0]} / {name}", bar, ours, column)
        for name, bar, column in zip(names[1:], bars[1:], theirs, strict=True)
    ]
    return rows, difference


def main():
    options = arguments(__doc__).parse_args()
    if not PHOTOS.is_dir():
        sys.exit(f"the photographs are not here: {PHOTOS}")
    with tempfile.TemporaryDirectory() as folder:
        rows, difference = measured(Path(folder), options.pairs)
    if options.json:
        print(json.dumps(rows))
        return
    print_compared(rows)
    print(f"largest difference from the script's pixels: {difference} of 255")
    for peer, package in (("vips", "libvips-tools"), ("mogrify", "imagemagick")):
        if not shutil.which(peer):
            print(f"{peer} is not here: it is of the package {package}", file=sys.stderr)


if __name__ == "__main__":
    main()
