"""How long filterkit takes to start: whole processes, side by side with the least that could be.

    python benchmarks/startup.py [--pairs 20] [--json]

Each line runs two commands in turn, A B A B ..., and gives the medians and their ratio; the
machines that this runs on are noisy, so that only the ratio tells something. filterkit should be
installed, not a checkout: Python compiles a checkout anew where it may not write its caches.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def seconds(command):
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def compare(name, bar, ours, theirs, pairs):
    seconds(ours), seconds(theirs)
    times = [(seconds(ours), seconds(theirs)) for _ in range(pairs)]
    ratio = statistics.median(a / b for a, b in times)
    medians = [1000 * statistics.median(column) for column in zip(*times, strict=True)]
    return {
        "what": name,
        "bar": bar,
        "ratio": ratio,
        "ours ms": medians[0],
        "theirs ms": medians[1],
    }


def picture(path):
    """Write a picture of 512x512 pixels with the detail of a photograph."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    coarse = rng.random((64, 64, 3), np.float32)
    image = cv2.resize(coarse, (512, 512), interpolation=cv2.INTER_CUBIC) * 220
    image += rng.normal(0, 3, image.shape)
    cv2.imwrite(str(path), np.clip(image, 0, 255).astype(np.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
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
    for row in rows:
        print(
            f"{row['what']:50} {row['ratio']:5.2f}  (bar {row['bar']}; "
            f"{row['ours ms']:.0f} ms / {row['theirs ms']:.0f} ms)"
        )


if __name__ == "__main__":
    main()
