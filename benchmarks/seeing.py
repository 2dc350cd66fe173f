"""What looking costs: explain, maps, gallery and diff beside the least that could do the same.

    python benchmarks/seeing.py [--pairs 5] [--json]

Each line runs two commands in turn, A B A B ..., and gives the medians and their ratio; the
machines that this runs on are noisy, so that only the ratio tells something.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from timing import arguments, compared, in_turn, print_compared, run

READ = """
import sys
from filterkit.applying.job import read, warm
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
import click
import filterkit.viewing.as_text, filterkit.viewing.telling
warm()
for name in sys.argv[1:]:
    read(Source.of(name), Reading())
"""
"""Load what explains, and read; explain nothing."""

SIMILAR = """
import sys
import cv2
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
one, other = (cv2.imread(name) for name in sys.argv[1:])
peak_signal_noise_ratio(one, other)
structural_similarity(one, other, channel_axis=2)
"""
"""What `filterkit diff` tells, as one would write it."""


def pictures(folder):
    """Write photographs of 16 and 2 megapixels, and the latter blurred."""
    import cv2
    from photographs import drawn

    names = [folder / name for name in ("large.png", "large.jpg", "photo.png", "soft.png")]
    cv2.imwrite(str(names[0]), drawn(4000, 4000))
    cv2.imwrite(str(names[1]), drawn(4000, 4000))
    photo = drawn(1200, 1700)
    cv2.imwrite(str(names[2]), photo)
    cv2.imwrite(str(names[3]), cv2.GaussianBlur(photo, (5, 5), 1))
    return [str(name) for name in names]


def main():
    options = arguments(__doc__).parse_args()
    command = shutil.which("filterkit", path=str(Path(sys.executable).parent)) or "filterkit"
    rows = []

    def compare(name, bar, ours, theirs):
        run(ours), run(theirs)
        pair = [lambda: run(ours), lambda: run(theirs)]
        rows.append(compared(name, bar, *in_turn(pair, options.pairs)))

    with tempfile.TemporaryDirectory() as folder:
        png, jpeg, photo, soft = pictures(Path(folder))
        page = str(Path(folder) / "page.html")
        for name, large in (("PNG", png), ("JPEG", jpeg)):
            compare(
                f"explain one number, 16 MP {name} / reading it", 1.0,
                [command, "explain", "gaussian:2 | edge | relu | max-pool:2", large, "--at", "9,9"],
                [sys.executable, "-c", READ, large],
            )  # fmt: skip
        compare(
            "gallery of 2 MP / apply identity to it", None,
            [command, "gallery", photo, "-o", page, "-f", "-q"],
            [command, "apply", "identity", photo, "-o", str(Path(folder) / "same.png"), "-f", "-q"],
        )  # fmt: skip
        compare(
            "diff of 2 MP / a script with scikit-image", 1.0,
            ["sh", "-c", f"{command} diff {photo} {soft} || true"],
            [sys.executable, "-c", SIMILAR, photo, soft],
        )  # fmt: skip
    if options.json:
        print(json.dumps(rows))
        return
    print_compared(rows)


if __name__ == "__main__":
    main()
