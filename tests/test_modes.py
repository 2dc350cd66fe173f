"""Every kind of picture into every format: the same values, a stated conversion, or an error."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest

from filterkit.applying.job import Job, run
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target
from filterkit.applying.sources import Source
from filterkit.errors import CannotHoldError
from filterkit.filters.meaning import parse
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.formats import WRITTEN
from filterkit.pictures.picture import Picture


class Holds(NamedTuple):
    """What a format holds, written down apart from the code; loss is in parts of full scale."""

    depths: str
    colour: bool = True
    grey: bool = True
    alpha: bool = False
    frames: bool = False
    loss: float = 0.0
    veiled_in_colour: str = ""  # depths at which grey with transparency is stored as RGB


HOLDS = {
    "png": Holds("8 16", alpha=True, frames=True),
    "jpeg": Holds("8", loss=0.03),
    "tiff": Holds("8 16 float", alpha=True, frames=True),
    "webp": Holds("8", grey=False, alpha=True, frames=True),
    "gif": Holds("8", alpha=True, frames=True),
    "bmp": Holds("8", alpha=True, veiled_in_colour="8"),
    "ppm": Holds("8 16", grey=False),
    "pgm": Holds("8 16", colour=False),
    "pam": Holds("8 16", alpha=True),
    "pfm": Holds("float"),
    "avif": Holds("8 16", alpha=True, frames=True, loss=0.03, veiled_in_colour="16"),
    "jp2": Holds("8 16", alpha=True, veiled_in_colour="16"),
    "hdr": Holds("float", grey=False, loss=0.01),
    "npy": Holds("float", frames=True),
    "npz": Holds("float", frames=True),
    "csv": Holds("float", colour=False),
}
VEILED_GREY = {("bmp", "8"), ("avif", "16"), ("jp2", "16")}
"""Grey with transparency has no place there; it is three equal channels."""

DEEPER = ("8", "16", "float")
NUMBERS = ("npy", "npz", "csv")
FULL = {"uint8": 255, "uint16": 65535, "float32": 1}
WORDS = {"uint8": "8", "uint16": "16", "float32": "float"}
IDENTITY = parse("identity")
ROWS, COLUMNS = 12, 10


def slope(dtype, channels, frames, low=0.0):
    """Give smooth pixels, or an alpha, of few colours, other ones in each channel and frame."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS] / (ROWS + COLUMNS)
    planes = [
        low + (1 - low) * (row * (1 + channel) + column + frame / 3) / (2 + channel)
        for frame, channel in itertools.product(range(frames), range(channels))
    ]
    values = np.stack(planes).reshape(frames, channels, ROWS, COLUMNS).transpose(0, 2, 3, 1)
    values = values.clip(0, 1) * FULL[dtype]
    return (values if dtype == "float32" else np.rint(values)).astype(dtype)


def converted(values, dtype, depth):
    """Bring values of a type to a depth by exact arithmetic, ties to even."""
    share = values.astype(np.float64) / FULL[dtype]
    if depth == "float":
        return share
    return np.rint(share * {"8": 255, "16": 65535}[depth])


def expected_depth(dtype, holder):
    """Say which depth a result has: the source's, else the deepest but never more than needed."""
    if WORDS[dtype] in holder.depths.split():
        return WORDS[dtype]
    return "8" if dtype == "float32" else holder.depths.split()[-1]


def result_of(picture, name, folder):
    """Send a picture through `identity` into a format."""
    path = folder / "in.tif"
    path.write_bytes(encode(picture, "tiff"))
    source = Source(str(path))
    return run(Job(source, Target(None, name), IDENTITY, Reading(), Writing()))


def test_the_table_has_every_format_that_is_written():
    assert HOLDS.keys() == WRITTEN.keys()


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", FULL)
@pytest.mark.parametrize("name", HOLDS)
def test_nothing_is_lost_in_silence(name, dtype, channels, alpha, frames, tmp_path):
    holder = HOLDS[name]
    pixels = slope(dtype, channels, frames)
    veil = slope(dtype, 1, frames, low=0.25)[..., 0] if alpha else None
    picture = Picture(pixels, veil)
    if (frames > 1 and not holder.frames) or (channels == 3 and not holder.colour):
        with pytest.raises(CannotHoldError):
            result_of(picture, name, tmp_path)
        return
    outcome = result_of(picture, name, tmp_path)
    said = " ".join(note.sentence for note in outcome.notes)
    depth = expected_depth(dtype, holder)
    back = decode(outcome.content, "it")
    assert back.frames == frames
    wanted = converted(pixels, dtype, depth)
    assert (": the result has" in said) == (DEEPER.index(WORDS[dtype]) > DEEPER.index(depth))
    if alpha and not holder.alpha:
        assert "holds no transparency" in said
        if name not in NUMBERS:
            wanted = over_white(wanted, converted(veil, dtype, depth), depth)
    if channels == 1 and (not holder.grey or (alpha and (name, depth) in VEILED_GREY)):
        wanted = wanted.repeat(3, axis=3)
    if name == "gif" and alpha:  # a transparent pixel has no colour of its own there
        seen = back.alpha[..., None] > 0
        assert_near(back.pixels * seen, wanted * seen, depth, holder.loss)
    else:
        assert_near(back.pixels, wanted, depth, holder.loss)
    assert (back.alpha is not None) == (alpha and holder.alpha)
    if back.alpha is not None:
        shown = converted(veil, dtype, depth)
        if name == "gif":
            assert "no half transparency" in said
            shown = np.where(shown >= 127.5, 255, 0)
        assert_near(back.alpha, shown, depth, holder.loss)


def over_white(pixels, veil, depth):
    """Lay pixels over white, rounded half to even."""
    white = {"8": 255, "16": 65535, "float": 1}[depth]
    share = veil[..., None] / white
    mixed = pixels * share + white * (1 - share)
    return mixed if depth == "float" else np.rint(mixed)


def assert_near(found, wanted, depth, loss):
    """Compare pixels: exactly, or for formats with losses within a part of full scale."""
    assert found.shape == wanted.shape
    kind = {"8": "uint8", "16": "uint16"}.get(depth)
    assert found.dtype == kind if kind else found.dtype.kind == "f"
    full = {"8": 255, "16": 65535, "float": 1}[depth]
    allowed = loss * full if loss else 1e-6 * (depth == "float")
    np.testing.assert_allclose(found.astype(float), wanted, rtol=0, atol=allowed)


@pytest.mark.parametrize("depth", ["8", "16", "float"])
@pytest.mark.parametrize("name", HOLDS)
def test_a_depth_that_a_format_does_not_hold_is_refused_when_asked_for(name, depth, tmp_path):
    path = tmp_path / "in.png"
    path.write_bytes(encode(Picture(slope("uint16", 1, 1)), "png"))
    source = Source(str(path))
    job = Job(source, Target(None, name), IDENTITY, Reading(), Writing(depth=depth))
    held = "8 16 float" if name in NUMBERS else HOLDS[name].depths
    if depth not in held.split():
        with pytest.raises(CannotHoldError, match=r"holds .* not --depth"):
            run(job)
        return
    back = decode(run(job).content, "it")
    if name in NUMBERS:
        assert back.pixels.max() <= {"8": 255, "16": 65535, "float": 1}[depth]
    else:
        assert back.depth == depth


@pytest.mark.parametrize("name", ["tiff", "pfm", "hdr"])
def test_a_rendering_that_is_asked_for_counts_for_floating_point_numbers_too(name, tmp_path):
    path = tmp_path / "in.png"
    path.write_bytes(encode(Picture(slope("uint16", 1, 1)), "png"))
    writing = Writing(render="abs:2", depth="float")
    job = Job(Source(str(path)), Target(None, name), parse("[1 0 -1]"), Reading(), writing)
    rendered = decode(run(job).content, "it").pixels[..., :1]
    raw = decode(
        run(job._replace(writing=Writing(depth="float"), target=Target(None, "npy"))).content, "it"
    )
    assert raw.pixels.min() < 0
    wanted = (2 * np.abs(raw.pixels)).clip(0, 1)
    np.testing.assert_allclose(rendered, wanted, rtol=0, atol=HOLDS[name].loss or 1e-6)
