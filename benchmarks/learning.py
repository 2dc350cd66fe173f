"""How long learning takes: beside reading the pictures, and beside a plain loop of PyTorch.

    python benchmarks/learning.py [--pairs 5] [--json]

one pair       filterkit learn --filter 5x5 on 16 megapixels / a bare script that reads both files
a folder       the same for 100 pairs of a megapixel
PyTorch        Adam over all windows of 300x300 pixels until its kernel is within a thousandth of
               the sharpening one, or for 4,000 steps; the better of two rates

The first two run whole processes in turn. The memory is the largest that a process held beyond
what it holds when its libraries are loaded.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from photographs import sized
from timing import arguments, compared, in_turn, print_compared, run, seconds

import filterkit

READ = """
import sys, cv2
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
cv2.setNumThreads(1)
files = [file for name in sys.argv[1:]
         for file in (sorted(Path(name).iterdir()) if Path(name).is_dir() else [name])]
with ThreadPoolExecutor(2) as pool:
    print(sum(pool.map(lambda file: cv2.imread(str(file)).size, files)))
"""
"""Reading and nothing else; of a folder on two cores, of two files one after the other."""

READ_PAIR = READ.replace("ThreadPoolExecutor(2)", "ThreadPoolExecutor(1)")

MEMORY = """
import sys
from filterkit.applying.options import Reading
from filterkit.learning.learning import learned
from filterkit.learning.options import Learning
from filterkit.learning.pairs import pairs_of
from filterkit.learning.reading import reader_of
def held():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status["VmHWM"].split()[0]) / 1024
import numpy as np, cv2, scipy.fft
import filterkit.applying.results
before = held()
pairs = pairs_of(*sys.argv[1:]).found
learned([reader_of(pair, Reading(frames="first")) for pair in pairs], "5x5", Learning())
print(held() - before)
"""

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
RATES = (0.03, 0.01)
MOST_STEPS = 4000
CLOSE = 1e-3


def memory(before, after):
    """Give the megabytes that learning takes."""
    import subprocess

    command = [sys.executable, "-c", MEMORY, str(before), str(after)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def row(name, script, before, after, rounds):
    """Time the command beside a script that reads, and weigh it."""
    command = shutil.which("filterkit", path=str(Path(sys.executable).parent)) or "filterkit"
    ours = [command, "learn", str(before), str(after), "--filter", "5x5", "-q"]
    theirs = [sys.executable, "-c", script, str(before), str(after)]
    run(ours), run(theirs)
    found = compared(name, 3, *in_turn([lambda: run(ours), lambda: run(theirs)], rounds))
    return found | {"memory MiB": memory(before, after)}


def one_pair(folder, rounds):
    """Learn from 16 megapixels."""
    image = sized(3266, 4900)
    for name, pixels in (("a.png", image), ("b.png", filterkit.apply(image, "sharpen"))):
        cv2.imwrite(str(folder / name), pixels)
    return row("16 MP PNG, 5x5", READ_PAIR, folder / "a.png", folder / "b.png", rounds)


def many_pairs(folder, rounds):
    """Learn from a hundred pairs of a megapixel."""
    image = sized(3266, 4900)
    for name in ("before", "after"):
        (folder / name).mkdir()
    for number in range(100):
        top, left = 22 * number, 35 * number
        part = image[top : top + 1000, left : left + 1000]
        for name, pixels in (("before", part), ("after", filterkit.apply(part, "sharpen"))):
            cv2.imwrite(str(folder / name / f"{number:03}.png"), pixels)
    return row("100 pairs of a megapixel, 5x5", READ, folder / "before", folder / "after", rounds)


def adam(before, after, rate):
    """Descend with PyTorch until the kernel is right to a thousandth; give steps and error."""
    import torch

    weights = torch.zeros(1, 1, 3, 3, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([weights, bias], lr=rate)
    inside = (after > 0) & (after < 1)  # what was cut tells nothing: the same windows are left out
    steps, error = 0, 1.0
    while steps < MOST_STEPS and error > CLOSE:
        steps += 1
        optimizer.zero_grad()
        off = torch.nn.functional.conv2d(before, weights, bias) - after
        (off.where(inside, 0) ** 2).mean().backward()
        optimizer.step()
        error = error_of(weights[0, 0].detach().numpy())
    return steps, error


def error_of(weights):
    """Give how far a kernel is from the sharpening one, as a share of its size."""
    return float(np.linalg.norm(weights - SHARPEN) / np.linalg.norm(SHARPEN))


def beside_pytorch():
    """Time both until the same kernel is found, or PyTorch's steps are used up."""
    import torch

    image = cv2.resize(sized(3000, 3000), (300, 300), interpolation=cv2.INTER_AREA)
    after = filterkit.apply(image, "sharpen")
    ours, (learned, report) = seconds(lambda: filterkit.learn(image, after, "3x3"))
    error = error_of(learned.steps[0].kernel.weights[0, 0])

    def planes(pixels):
        return torch.from_numpy(pixels.transpose(2, 0, 1)[:, None] / np.float32(255))

    given = planes(image), planes(after)[..., 1:-1, 1:-1].contiguous()
    tried = [(rate, *seconds(lambda rate=rate: adam(*given, rate))) for rate in RATES]
    rate, theirs, (steps, reached) = min(tried, key=lambda one: (one[2][1] > CLOSE, one[1]))
    return {
        "filterkit": {"seconds": ours, "steps": report.steps, "kernel error": error},
        "PyTorch Adam": {"seconds": theirs, "steps": steps, "kernel error": reached, "rate": rate},
    }


def main():
    options = arguments(__doc__, pairs=5).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [one_pair(folder, options.pairs), many_pairs(folder, options.pairs)]
    torch = beside_pytorch()
    if options.json:
        print(json.dumps({"rows": rows, "PyTorch": torch}))
        return
    print_compared(rows)
    for one in rows:
        print(f"{one['what']:50} {one['memory MiB']:.0f} MiB held at the most")
    for name, one in torch.items():
        print(f"{name:12}", ", ".join(f"{key} {value:.4g}" for key, value in one.items()))


if __name__ == "__main__":
    main()
