"""How fast filterkit is beside its peers: the same work, side by side, in one table.

    python benchmarks/compare.py [--pairs 5] [--json] [--only NAME]... [--profile] [--write]

The ratio is the fastest peer's time divided by filterkit's, above 1 where filterkit is ahead, and
the bar beside it is what it should reach. Only equal work counts: a peer's result may differ from
filterkit's by one grey level. The rounds run all in turn, and a time is the median of the rounds;
a peer four times slower than the fastest is run once. Peers that are not installed are left out:
PyTorch, pyvips, SciPy, scikit-image and Pillow in process; ImageMagick, GraphicsMagick, libvips,
ffmpeg and G'MIC on the command line.
"""

import json
import platform
import shutil
import sys
from datetime import date
from importlib import metadata
from pathlib import Path

import commands
import growth
from comparing import measured, profile
from peers import present
from rows import GROUPS
from timing import arguments

RESULTS = Path(__file__).with_name("RESULTS.md")
MODULES = {
    "torch": "torch", "pyvips": "pyvips", "scipy": "scipy", "skimage": "scikit-image",
    "PIL": "pillow",
}  # fmt: skip
PROGRAMS = {
    "convert": "ImageMagick", "gm": "GraphicsMagick", "vips": "libvips", "ffmpeg": "ffmpeg",
    "gmic": "G'MIC",
}  # fmt: skip


def lines(options):
    """Yield the lines of the table as they are measured."""

    def wanted(name):
        return not options.only or any(part in name for part in options.only)

    for group in GROUPS:
        for row in group():
            if wanted(row.name):
                for line in measured(row, options.pairs):
                    if options.profile and missed(line):
                        line["note"] = f"one thread: {profile(row)}"
                    yield line
    yield from commands.lines(options.pairs, wanted)
    if wanted("growth"):
        yield from growth.lines()


def missed(line):
    """Tell whether a line stays below its bar."""
    return bool(line["bar"] and line["ratio"] is not None and line["ratio"] < line["bar"])


def cells(line):
    """Give the line's cells of the table as text."""
    others = [f"{name} {ms:.0f}" for name, ms in sorted(line["peers ms"].items(), key=by_value)]
    return [
        line["what"].replace("|", "\\|"),
        "none" if line["ratio"] is None else f"{line['ratio']:.2f}",
        f"{line['bar']:.2f}" if line["bar"] else "",
        "missed" if missed(line) else "",
        f"{line['ours ms']:.0f}",
        str(line["fastest"]),
        ", ".join(others),
        "; ".join(f"{name}: {why}" for name, why in line["not comparable"].items()),
        line.get("note", ""),
    ]


def by_value(pair):
    return pair[1]


HEADINGS = (
    "work", "ratio", "bar", "", "ours ms", "fastest peer", "peers, ms", "not comparable", "note"
)  # fmt: skip


def report(found):
    """Give the whole page: machine, versions, date, and the table."""
    table = [HEADINGS, ["---"] * len(HEADINGS), *(cells(line) for line in found)]
    absent = [name for module, name in MODULES.items() if not present(module)]
    absent += [name for program, name in PROGRAMS.items() if not shutil.which(program)]
    about = __doc__.split("\n\n")[2]
    return "\n".join([
        "# filterkit and its peers",
        "",
        f"{date.today()}, written by `python benchmarks/compare.py --write`. {machine()}",
        "",
        about.strip(),
        "",
        f"Not here: {', '.join(absent) or 'none'}.",
        "",
        *("| " + " | ".join(row) + " |" for row in table),
        "",
        "[LIMITS.md](LIMITS.md) says what limits the rows below their bar, and what was tried.",
        "",
    ])  # fmt: skip


def machine():
    """Name the processor and the versions of what was measured."""
    described = Path("/proc/cpuinfo")
    models = [
        text.partition(": ")[2]
        for text in (described.read_text().splitlines() if described.exists() else [])
        if text.startswith("model name")
    ]
    model = f"{len(models)} × {models[0]}" if models else platform.processor()
    names = ["filterkit-cli", "numpy", "opencv-python-headless", "isal"]
    names += [name for module, name in MODULES.items() if present(module)]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return f"{platform.system()}, {model}; Python {platform.python_version()}, {versions}."


def main():
    parser = arguments(__doc__, pairs=5)
    parser.add_argument("--only", action="append", metavar="NAME", help="rows that hold NAME")
    parser.add_argument("--profile", action="store_true", help="of the rows below their bar")
    parser.add_argument("--write", action="store_true", help=f"into {RESULTS.name}")
    options = parser.parse_args()
    found = []
    for line in lines(options):
        found.append(line)
        if not options.json:
            what, ratio, bar, miss, ours, fastest, *rest = cells(line)
            print(f"{what:44} {ratio:>6} {bar:>6} {miss:6} {ours:>6} ms  {fastest}", flush=True)
            print("".join(f"      {one}\n" for one in rest if one), end="", flush=True)
    if options.json:
        print(json.dumps(found))
    if options.write:
        RESULTS.write_text(report(found))
    missing = [name for module, name in MODULES.items() if not present(module)]
    missing += [name for program, name in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        print(f"not here, and left out: {', '.join(missing)}", file=sys.stderr)


if __name__ == "__main__":
    main()
