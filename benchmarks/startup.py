"""How long filterkit takes to start: whole processes, side by side with the least that could be.

    python benchmarks/startup.py [--pairs 20] [--json]

Each line runs two commands in turn, A B A B ..., and gives the medians and their ratio; the
machines that this runs on are noisy, so that only the ratio tells something. filterkit should be
installed, not a checkout: Python compiles a checkout anew where it may not write its caches.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from timing import arguments, compared, in_turn, print_compared, run

BARE = """
import sys
import cv2
import numpy as np
image = cv2.imread(sys.argv[1], cv2.IMREAD_UNCHANGED)
kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)
edges = cv2.filter2D(image, cv2.CV_32F, kernel).sum(axis=2)
cv2.imwrite(sys.argv[2], np.clip(np.rint(np.abs(edges)), 0, 255).astype(np.uint8))
"""
"""What `filterkit apply edge` does, and nothing else."""


def compare(name, bar, ours, theirs, pairs):
    run(ours), run(theirs)
    return compared(name, bar, *in_turn([lambda: run(ours), lambda: run(theirs)], pairs))


def picture(path):
    """Write a picture of 512x512 pixels with the detail of a photograph."""
    import cv2
    from photographs import drawn

    cv2.imwrite(str(path), drawn(512, 512))


def main():
    options = arguments(__doc__).parse_args()
    command = shutil.which("filterkit", path=str(Path(sys.executable).parent)) or "filterkit"
    with tempfile.TemporaryDirectory() as folder:
        photo, ours, theirs = (str(Path(folder) / name) for name in ("in.png", "a.png", "b.png"))
        picture(photo)
        click = [sys.executable, "-c", "import click"]
        rows = [
            compare(
                "filterkit --help / import click", 1.6, [command, "--help"], click, options.pairs
            ),
            compare(
                "filterkit apply edge, 512x512 PNG / bare script", 1.3,
                [command, "apply", "edge", photo, "-o", ours, "-f", "-q"],
                [sys.executable, "-c", BARE, photo, theirs],
                options.pairs,
            ),
        ]  # fmt: skip
    if options.json:
        print(json.dumps(rows))
        return
    print_compared(rows)


if __name__ == "__main__":
    main()
