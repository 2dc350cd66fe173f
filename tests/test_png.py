"""A PNG that is written is whole by every check, small, and the same for any number of threads."""

import io
import shutil
import struct
import subprocess
import threading
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from filterkit.applying.job import Job, run
from filterkit.applying.options import Reading, Writing
from filterkit.applying.outputs import Target
from filterkit.applying.sources import Source
from filterkit.filters.meaning import parse
from filterkit.machine import limited
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Animation, Metadata, Picture
from filterkit.pictures.png import packing

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_ICC = ICC[:16] + b"GRAY" + ICC[20:]
EXIF = b"II*\0\x08\0\0\0\x01\0\x31\x01\x02\0\x04\0\0\0abc\0\0\0\0\0"


def picture_of(stacked):
    """Make a picture of numbers (rows, columns, channels), alpha the last of two or four."""
    channels = stacked.shape[2]
    if channels in (2, 4):
        return Picture(stacked[None, ..., :-1], stacked[None, ..., -1])
    return Picture(stacked[None])


def noise(rows, columns, channels, dtype, levels=None, seed=0):
    """Give noise of so many levels: few pack well, all of them not at all."""
    random = np.random.default_rng(seed)
    full = np.iinfo(dtype).max
    levels = levels or full + 1
    step = full // max(levels - 1, 1)
    return (random.integers(0, levels, (rows, columns, channels)) * step).astype(dtype)


def waves(rows, columns, channels, dtype):
    """Give soft waves, of which the differences pack well."""
    row, column, channel = np.ogrid[0:rows, 0:columns, 0:channels]
    values = np.sin(row / 31 + channel) + np.cos(column / 17)
    return np.rint((values + 2) / 4 * np.iinfo(dtype).max).astype(dtype)


def shrunk(monkeypatch, band=4096):
    """Make bands so small that small pictures have many."""
    monkeypatch.setattr(packing, "BAND", band)


# Readers: one by the letter of the specification, and those of others


def chunks(content):
    """Give the kinds and bodies of a PNG's chunks, whose lengths and checksums must be right."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    place, found = 8, []
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        body = content[place + 8 : place + 8 + length]
        assert len(body) == length
        (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
        assert checksum == zlib.crc32(kind + body)
        found.append((kind, body))
        place += 12 + length
    assert found[0][0] == b"IHDR" and found[-1] == (b"IEND", b"")
    return found


def unpacked(content):
    """Give the numbers (rows, columns, channels) that a PNG without interlace holds."""
    found = chunks(content)
    header = struct.unpack(">IIBBBBB", found[0][1])
    columns, rows, bits, colour, *ways = header
    assert ways == [0, 0, 0]
    kinds = [kind for kind, _ in found]
    first = kinds.index(b"IDAT")
    together = kinds[first : first + kinds.count(b"IDAT")]
    assert set(together) == {b"IDAT"}  # nothing lies between them
    stream = zlib.decompressobj()
    lines = stream.decompress(b"".join(body for kind, body in found if kind == b"IDAT"))
    assert stream.eof and not stream.unused_data  # the Adler sum is right, and nothing follows
    pixel = CHANNELS[colour] * bits // 8
    assert len(lines) == rows * (1 + columns * pixel)
    stored = np.frombuffer(lines, np.uint8).reshape(rows, -1)
    samples = np.zeros((rows + 1, columns, pixel), np.uint8)
    for row, (kind, *_) in enumerate(stored):
        line = stored[row, 1:].reshape(columns, pixel)
        if kind == packing.SUB:
            line = np.add.accumulate(line, axis=0, dtype=np.uint8)
        elif kind == packing.UP:
            line = line + samples[row]
        else:
            assert kind == packing.NONE
        samples[row + 1] = line
    numbers = samples[1:].reshape(rows, -1).view(f">u{bits // 8}")
    return numbers.reshape(rows, columns, -1).astype(f"u{bits // 8}")


def by_opencv(content):
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    return pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.shape[2] > 1 else pixels


def by_pillow(content):
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image)
        return pixels.reshape(*pixels.shape[:2], -1)


def assert_read_alike(stacked, content):
    """Check that each reader sees these numbers, as far as it can hold them."""
    np.testing.assert_array_equal(unpacked(content), stacked)
    channels, deep = stacked.shape[2], stacked.dtype == "uint16"
    opencv = stacked[..., [0, 0, 0, 1]] if channels == 2 else stacked  # it has no grey with alpha
    np.testing.assert_array_equal(by_opencv(content), opencv)
    if not deep or channels == 1:  # Pillow has no more of 16 bits
        np.testing.assert_array_equal(by_pillow(content), stacked)
    back = decode(content, "it")
    np.testing.assert_array_equal(back.stacked(), stacked)
    assert back.pixels.dtype == stacked.dtype


# What is written


@st.composite
def images(draw):
    """Draw numbers of any shape and depth, from noise to flat."""
    rows, columns = draw(
        st.one_of(
            st.tuples(st.integers(1, 40), st.integers(1, 40)),
            st.tuples(st.integers(1, 3), st.integers(1, 3000)),
            st.tuples(st.integers(1, 3000), st.integers(1, 3)),
        )
    )
    dtype, levels = draw(st.sampled_from(["uint8", "uint16"])), draw(st.sampled_from([1, 2, None]))
    return noise(rows, columns, draw(st.integers(1, 4)), dtype, levels, draw(st.integers(0, 99)))


@settings(max_examples=200, deadline=None)
@example(noise(1, 1, 1, "uint8"))
@example(noise(1, 1, 4, "uint16"))
@given(images())
def test_every_reader_sees_the_pixels_that_were_given(stacked):
    assert_read_alike(stacked, encode(picture_of(stacked), "png"))


@pytest.mark.parametrize("make", [noise, waves])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("shape", [(300, 70), (2, 3000), (2000, 1)])
def test_many_bands_are_one_stream(make, channels, dtype, shape, monkeypatch):
    shrunk(monkeypatch, 2000)
    stacked = make(*shape, channels, dtype)
    content = encode(picture_of(stacked), "png")
    assert [kind for kind, _ in chunks(content)].count(b"IDAT") > 1
    assert_read_alike(stacked, content)


@pytest.mark.parametrize("kind", [packing.NONE, packing.SUB, packing.UP])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_filter_is_undone_by_every_reader(kind, channels, dtype, monkeypatch):
    shrunk(monkeypatch)
    monkeypatch.setattr(packing, "_sampled", lambda _, other: other != kind)
    stacked = noise(50, 60, channels, dtype)
    content = encode(picture_of(stacked), "png")
    assert packing.filtered(stacked, 0, 50, kind)[:, 0].tolist() == [kind] * 50
    assert_read_alike(stacked, content)


FEW = noise(200, 200, 1, "uint8") * (noise(200, 200, 1, "uint8", seed=1) > 240)
STEPS = noise(200, 200, 1, "uint8", 2) & 1


@pytest.mark.parametrize(
    ("image", "best"),
    [
        (FEW, packing.NONE),
        (STEPS.cumsum(axis=1, dtype=np.uint8), packing.SUB),
        (STEPS.cumsum(axis=0, dtype=np.uint8), packing.UP),
    ],
    ids=["few dots", "slopes along rows", "slopes down columns"],
)
def test_the_filter_that_packs_best_is_taken(image, best):
    content = encode(picture_of(image), "png")
    stream = zlib.decompress(b"".join(body for kind, body in chunks(content) if kind == b"IDAT"))
    assert set(stream[:: 1 + image.shape[1]]) == {best}
    wholes = [len(zlib.compress(packing.filtered(image, 0, 200, kind))) for kind in range(3)]
    assert wholes.index(min(wholes)) == best


def test_any_number_of_threads_writes_the_same_bytes(monkeypatch):
    shrunk(monkeypatch)
    picture = picture_of(waves(400, 90, 3, "uint8"))
    contents = set()
    for threads in (1, 2, 3, 8, 50):
        with limited(threads):
            contents.add(encode(picture, "png"))
    assert len(contents) == 1


@pytest.fixture
def no_threads(monkeypatch):
    def start(_):
        raise AssertionError("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", start)


def test_a_picture_of_one_band_starts_no_thread(no_threads):
    encode(picture_of(noise(512, 512, 3, "uint8")), "png")


def test_one_thread_is_one_for_writing_too(no_threads, monkeypatch, tmp_path):
    shrunk(monkeypatch)
    path = tmp_path / "in.png"
    path.write_bytes(cv2.imencode(".png", noise(200, 200, 3, "uint8"))[1].tobytes())
    job = Job(
        Source(str(path)), Target(None, "png"), parse("identity"), Reading(), Writing(), threads=1
    )
    assert len(run(job).content) > 4096


def test_a_picture_that_is_no_block_of_memory_is_written_as_it_looks():
    stacked = noise(31, 40, 3, "uint16")
    for view in (stacked[::-1, ::2], stacked.transpose(1, 0, 2), stacked[..., ::-1]):
        assert_read_alike(view, encode(picture_of(view), "png"))


def test_flat_pictures_become_small_and_noise_hardly_larger():
    flat, noisy = np.zeros((1000, 1000, 3), np.uint8), noise(1000, 1000, 3, "uint8")
    assert len(encode(picture_of(flat), "png")) < flat.nbytes / 100
    assert len(encode(picture_of(noisy), "png")) < noisy.nbytes * 1.001


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=6))
def test_the_sums_of_parts_are_joined_as_zlib_adds_them_up(parts):
    bands = [packing.Band(b"", len(part), zlib.adler32(part)) for part in parts]
    assert int.from_bytes(packing._adler(bands), "big") == zlib.adler32(b"".join(parts))


@pytest.mark.parametrize("frames", [1, 2])
def test_metadata_stands_before_the_pixels(frames, monkeypatch):
    shrunk(monkeypatch, 500)
    metadata = Metadata(icc=ICC, exif=EXIF, xmp=b"<x/>", dpi=(300.0, 72.0))
    pixels = np.stack([noise(40, 30, 3, "uint8", seed=seed) for seed in range(frames)])
    moves = Animation((100.0,) * frames) if frames > 1 else None
    content = encode(Picture(pixels, metadata=metadata, animation=moves), "png")
    kinds = [kind for kind, _ in chunks(content)]
    assert kinds[0] == b"IHDR"
    for kind in (b"iCCP", b"eXIf", b"iTXt", b"pHYs"):
        assert kinds.index(kind) < kinds.index(b"IDAT") and kinds.count(kind) == 1
    back = decode(content, "it").metadata
    assert (back.icc, back.xmp, back.dpi) == (ICC, b"<x/>", (300.0, 72.0))
    assert back.exif


def test_an_animation_of_many_bands_comes_back_as_it_was(monkeypatch):
    shrunk(monkeypatch, 500)
    pixels = np.stack([noise(60, 30, 3, "uint16", seed=seed) for seed in range(3)])
    content = encode(Picture(pixels, animation=Animation((10.0, 20.0, 30.0), 2)), "png")
    kinds = [kind for kind, _ in chunks(content)]
    assert kinds.count(b"IDAT") > 1 and kinds.count(b"fdAT") > 2
    back = decode(content, "it")
    np.testing.assert_array_equal(back.pixels, pixels)


# Other people's checks


def told(tmp_path, content, *command):
    """Run a program on a file of these bytes; skip where there is no such program."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    path = tmp_path / "it.png"
    path.write_bytes(content)
    return subprocess.run([*command, path], capture_output=True, timeout=60)


@pytest.mark.parametrize("small", [False, True], ids=["one band", "many bands"])
@pytest.mark.parametrize("profile", [False, True], ids=["bare", "icc"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_pngcheck_has_no_complaint(dtype, channels, profile, small, tmp_path, monkeypatch):
    if small:
        shrunk(monkeypatch)
    picture = picture_of(waves(90, 50, channels, dtype))
    if profile:
        icc = ICC if channels > 2 else GREY_ICC
        metadata = Metadata(icc=icc, exif=EXIF, dpi=(300.0, 300.0))
        picture = Picture(picture.pixels, picture.alpha, metadata=metadata)
    done = told(tmp_path, encode(picture, "png"), "pngcheck", "-v")
    assert done.returncode == 0 and b"No errors detected" in done.stdout, done.stdout


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_libpng_reads_what_was_given(dtype, channels, tmp_path, monkeypatch):
    shrunk(monkeypatch)
    stacked = noise(90, 50, channels, dtype)
    done = told(tmp_path, encode(picture_of(stacked), "png"), "pngtopnm")
    assert done.returncode == 0 and not done.stderr, done.stderr
    np.testing.assert_array_equal(decode(done.stdout, "it").stacked(), stacked)
