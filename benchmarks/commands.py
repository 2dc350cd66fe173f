"""What is compared on the command line: whole processes, from a file to a file.

All sharpen with one 3x3 matrix, channel by channel, which every tool can; JPEGs are read and
written with quality 95 and colour in full. PNGs are compared pixel by pixel, JPEGs by their mean,
since encoders differ. filterkit should be installed, as for startup.py.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from comparing import OURS, line
from photographs import sized
from timing import medians, run, seconds

SCRIPT = """
import sys
import cv2
import numpy as np
kernel = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
result = cv2.filter2D(cv2.imread(sys.argv[1]), -1, kernel)
quality = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
cv2.imwrite(sys.argv[2], result, quality if sys.argv[2].endswith(".jpg") else [])
"""
"""The least that OpenCV needs."""

ROW = "0,-1,0,-1,5,-1,0,-1,0"
SPACED = ROW.replace(",", " ")
VIPS_MATRIX = "3 3 1 0\n0 -1 0\n-1 5 -1\n0 -1 0\n"


@dataclass(frozen=True)
class Job:
    """Hold a picture to make, the ending of its file, and the bar for each command."""

    name: str
    side: int
    ending: str
    bars: dict[str, float]


RIVALS = {"ImageMagick": 1.0, "GraphicsMagick": 1.0, "ffmpeg": 1.0, "G'MIC": 1.0}
JOBS = (
    Job("512x512 PNG", 512, ".png", {**RIVALS, "libvips": 0.0, "OpenCV script": 0.0}),
    Job("16 MP JPEG", 4000, ".jpg", {**RIVALS, "libvips": 1 / 1.3, "OpenCV script": 0.0}),
    Job("16 MP PNG", 4000, ".png", {**RIVALS, "libvips": 0.0, "OpenCV script": 3.0}),
)
"""A bar of 0 is none: the ratio is only told."""

Command = Callable[[Path, Path], list[object]]


def commands(matrix: Path) -> dict[str, tuple[str, Command]]:
    """Give, by name, the programs and what each is told."""
    ours = shutil.which("filterkit", path=str(Path(sys.executable).parent)) or "filterkit"
    laid = f"3x3:{ROW}"
    planes = f"convolution={':'.join([SPACED] * 3)}"
    return {
        OURS: (ours, lambda a, b: [
            "apply", "[0 -1 0; -1 5 -1; 0 -1 0]", a, "-o", b, "--quality", "95", "-f", "-q"]),
        "OpenCV script": (sys.executable, lambda a, b: ["-c", SCRIPT, a, b]),
        "ImageMagick": ("convert", lambda a, b: [
            a, "-morphology", "Convolve", laid, *quality(b), b]),
        "GraphicsMagick": ("gm", lambda a, b: [
            "convert", a, "-convolve", ROW, *quality(b), b]),
        "libvips": ("vips", lambda a, b: [
            "conv", a, f"{b}[Q=95]" if b.suffix == ".jpg" else b, matrix]),
        "ffmpeg": ("ffmpeg", lambda a, b: [
            "-v", "error", "-y", "-i", a, "-vf", f"format=gbrp,{planes}", *ffmpeg_pixels(b), b]),
        "G'MIC": ("gmic", lambda a, b: [
            a, "(0,-1,0;-1,5,-1;0,-1,0)", "correlate[0]", "[1]", "keep[0]", "cut", "0,255",
            "o", f"{b},95" if b.suffix == ".jpg" else b]),
    }  # fmt: skip


def quality(target):
    """Ask Magick for a JPEG like the others'; for PNG its own defaults."""
    jpeg = target.suffix == ".jpg"
    return ["-quality", "95", "-sampling-factor", "1x1"] if jpeg else []


def ffmpeg_pixels(target):
    return ["-pix_fmt", "yuvj444p", "-qmin", "1", "-q:v", "1"] if target.suffix == ".jpg" else []


def grey_levels(ours, theirs, ending):
    """Give how far two files are apart: the largest difference, of JPEGs the mean."""
    ours, theirs = (cv2.imread(str(file)) for file in (ours, theirs))
    if ours.shape != theirs.shape:
        return None
    inside = np.s_[1:-1, 1:-1]  # their borders are others
    apart = cv2.absdiff(ours[inside], theirs[inside])
    return float(apart.mean() if ending == ".jpg" else apart.max())


def lines(rounds, wanted):
    """Yield the lines of the table, one for each bar of each job."""
    for job in JOBS:
        if wanted(f"command line: {job.name}"):
            with tempfile.TemporaryDirectory() as folder:
                yield from measured(job, Path(folder), rounds)


def measured(job, folder, rounds):
    """Run all commands once, compare what they wrote, and then run them in turn."""
    source, matrix = folder / f"in{job.ending}", folder / "sharpen.mat"
    matrix.write_text(VIPS_MATRIX)
    image = cv2.cvtColor(sized(job.side, job.side), cv2.COLOR_RGB2BGR)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    cv2.imwrite(str(source), image, quality if job.ending == ".jpg" else [])
    targets, calls = {}, {}
    for name, (program, told) in commands(matrix).items():
        if shutil.which(program):
            targets[name] = folder / f"{len(targets)}{job.ending}"
            calls[name] = lambda p=program, t=told, b=targets[name]: run([p, *t(source, b)])
    calls[OURS]()
    firsts = {name: seconds(call)[0] for name, call in calls.items()}
    apart = {name: grey_levels(targets[OURS], targets[name], job.ending) for name in targets}
    sizes = {name: target.stat().st_size for name, target in targets.items()}
    times = medians(calls, firsts, rounds)
    for bar in sorted({*job.bars.values()}):
        names = [name for name in calls if job.bars.get(name) == bar]
        note = ", ".join(f"{name} {sizes[OURS] / sizes[name]:.2f}" for name in names)
        found = line(f"command line: {job.name}", bar or None, times, names, apart)
        yield found | {"note": f"our file / theirs: {note}"}
