"""How time and memory grow with the picture: fresh processes, one for each size.

    python benchmarks/growth.py EXPRESSION MEGAPIXELS      prints one size as JSON

Memory is what picture and run add at their peak to a process that has run a small picture; only
Linux tells it. It is to be held against input + output.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from timing import seconds

SIZES = (1, 4, 16, 25, 64, 100)
"""Megapixels, of square pictures."""

EXPRESSIONS = ("sharpen", "edge | relu | max-pool:2", "gaussian:sigma=2 | sobel | normalize:minmax")
STATUS = Path("/proc/self/status")


def memory(key):
    """Give a figure of this process in MiB, 0 where the system does not tell."""
    if not STATUS.exists():
        return 0.0
    found = [line for line in STATUS.read_text().splitlines() if line.startswith(key)]
    return int(found[0].split()[1]) / 1024


def one_size(expression, megapixels):
    """Run a pipeline on a picture and give its milliseconds and MiB."""
    import numpy as np
    from photographs import drawn

    from filterkit.engine.bands import Run
    from filterkit.filters.meaning import parse

    step, tile, side = parse(expression), drawn(1000, 1000), round(megapixels**0.5)
    Run(step, tile[:64, :64].copy()).pixels(np.uint8)
    before = memory("VmRSS") - tile.nbytes / 2**20
    image = np.tile(tile, (side, side, 1))
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    times, result = [], None
    for _ in range(5):
        result = None
        took, result = seconds(lambda: Run(step, image).pixels(np.uint8))
        times.append(took)
    peak = memory("VmHWM") - before
    return {
        "ms": 1000 * statistics.median(times),
        "peak MiB": peak,
        "input + output MiB": (image.nbytes + result.nbytes) / 2**20,
    }


def lines():
    """Yield the lines of the table: each size against the cheapest per pixel."""
    for expression in EXPRESSIONS:
        found = {
            size: json.loads(
                subprocess.check_output([sys.executable, __file__, expression, str(size)])
            )
            for size in SIZES
        }
        cheapest = min(one["ms"] / size for size, one in found.items())
        for size, one in found.items():
            yield {
                "what": f"growth: {expression}, {size} MP",
                "bar": 0.9,
                "ratio": cheapest * size / one["ms"],
                "ours ms": one["ms"],
                "fastest": "the cheapest size, per pixel",
                "peers ms": {},
                "not comparable": {},
                "note": f"peak {one['peak MiB'] / size:.1f} MiB/MP, "
                f"{one['peak MiB'] - one['input + output MiB']:.0f} MiB above input + output",
            }


if __name__ == "__main__":
    print(json.dumps(one_size(sys.argv[1], float(sys.argv[2]))))
