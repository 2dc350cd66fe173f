"""Bytes become pixels and pixels bytes, exactly, or one of our errors says why not."""

import contextlib
import io
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from filterkit.errors import (
    CannotHoldError,
    FilterkitError,
    InputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
    UsageError,
)
from filterkit.pictures.codecs import (
    decode,
    encode,
    format_of_ending,
    size_of,
    sniff,
)
from filterkit.pictures.formats import WRITTEN
from filterkit.pictures.npz import encode_arrays
from filterkit.pictures.picture import Metadata, Picture, full_of

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
DEPTHS = ("uint8", "uint16", "float32", "float64")
GREY_AND_ALPHA = ("png", "tiff", "pam")
"""What keeps grey with transparency as that; others make it RGB."""


def corpus(pattern):
    """Give the files of a published collection as parameters, or one that is skipped."""
    files = sorted(CORPORA.glob(pattern))
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no {pattern} here"))]
    return [pytest.param(path, id=path.name) for path in files]


def random(shape, dtype="uint8", seed=0):
    """Give numbers over all of a type's range; floating-point ones beyond 0 … 1 too."""
    numbers = np.random.default_rng(seed).random(shape)
    if np.dtype(dtype).kind == "f":
        return (numbers * 4 - 2).astype(dtype)
    return np.rint(numbers * np.iinfo(dtype).max).astype(dtype)


def picture_of(shape, dtype="uint8", alpha=False, metadata=None):
    """Give a picture of one frame, of random pixels (rows, columns, channels)."""
    return Picture(
        random((1, *shape), dtype),
        random((1, *shape[:2]), dtype, seed=1) if alpha else None,
        metadata=metadata or Metadata(),
    )


def pillow(image, kind, **options):
    """Encode a Pillow image."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def tiff(array, **options):
    """Encode an array with tifffile."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def npy(array):
    """Encode an array with NumPy."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npz(**arrays):
    """Encode arrays with NumPy."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def chunk(kind, body):
    """Write a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rows, columns, bits, colour, lines, *between):
    """Write a PNG by hand from packed rows, with further chunks before its pixels."""
    header = struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + line for line in lines))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(between)
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def assert_equal(picture, pixels, alpha=None):
    """Compare one frame's pixels (rows, columns, channels) and alpha, types included."""
    assert picture.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(picture.pixels[0], pixels)
    assert (picture.alpha is None) == (alpha is None)
    if alpha is not None:
        assert picture.alpha.dtype == pixels.dtype
        np.testing.assert_array_equal(picture.alpha[0], alpha)


# Kinds and names


def test_importing_the_package_loads_neither_numpy_nor_opencv():
    code = (
        "import sys, filterkit.pictures.codecs, filterkit.pictures.files\n"
        "loaded = {'numpy', 'cv2', 'PIL', 'tifffile', 'click'} & set(sys.modules)\n"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    root = Path(__file__).resolve().parents[1]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("ending", "name"),
    [(".jpg", "jpeg"), (".JPEG", "jpeg"), (".tif", "tiff"), (".png", "png"), (".npz", "npz")],
)
def test_an_ending_names_its_format_in_any_case(ending, name):
    assert format_of_ending(ending) == name


def test_an_unknown_ending_names_no_format():
    assert format_of_ending(".txt") is None


def suiting(name, rows, columns):
    """Give a picture that a format holds: of 8 bits and colour where it can."""
    kind = WRITTEN[name]
    dtype = "uint8" if "8" in kind.depths else "float32"
    pixels = np.abs(random((1, rows, columns, 1 if kind.channels == (1,) else 3), dtype))
    return Picture(pixels)


@pytest.mark.parametrize("name", WRITTEN)
def test_every_format_is_recognised_by_what_it_writes(name):
    content = encode(suiting(name, 3, 4), name)
    assert sniff(content) == name
    assert size_of(content) == (3, 4)
    assert decode(content, "it").format == name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"GIF89a\1\0\1\0", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "bmp"),
        (b"P5\n3 4\n255\n", "pgm"),
        (b"P6 3 4 255\n", "ppm"),
        (b"P7\nWIDTH 3\n", "pam"),
        (b"Pf\n3 4\n-1.0\n", "pfm"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
        (b"#?RADIANCE\n", "hdr"),
        (b"1,2\n3,4\n", "csv"),
        (b"hello\n", None),
        (b"1,2 apples\n", None),
    ],
)
def test_a_kind_is_told_by_its_first_bytes(content, name):
    assert sniff(content) == name


@pytest.mark.parametrize(
    ("content", "name", "title"),
    [
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl", "JPEG XL"),
        (b"v/1\1\2\0\0\0", "exr", "OpenEXR"),
        (b"\x59\xa6\x6a\x95\0\0", "sun", "Sun raster"),
        (b"\0\0\1\0\1\0", "ico", "ICO"),
        (b"8BPS\0\1", "psd", "Photoshop"),
        (b"%PDF-1.7", "pdf", "PDF"),
        (b'<?xml version="1.0"?>\n<svg xmlns="', "svg", "SVG"),
    ],
)
def test_a_kind_that_is_not_read_is_named(content, name, title):
    assert sniff(content) == name
    with pytest.raises(UnsupportedInputError, match=f"^odd.bin: this is {title}, which filterkit"):
        decode(content, "odd.bin")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"^it: the file is empty\.$"),
        (b"hello, picture\n", r"^it: this is text, no picture\.$"),
        ("grüße".encode()[:-1], r"^it: this is text, no picture\.$"),
        (b"\x01\x02\x03\x04", r"^it: no picture of a kind that filterkit knows\.$"),
    ],
)
def test_what_is_no_picture_is_told_apart(content, sentence):
    with pytest.raises(UnreadableInputError, match=sentence):
        decode(content, "it")


PNG = encode(picture_of((5, 4, 3)), "png")
JPEG = pillow(Image.fromarray(random((8, 8, 3))), "JPEG")


@pytest.mark.parametrize(
    "content",
    [
        PNG.replace(b"\n", b"\r\n"),
        PNG.replace(b"\r\n", b"\n"),
        bytes(byte & 0x7F for byte in PNG),
        PNG.decode("latin-1").encode("utf-8"),
        PNG.decode("utf-8", "replace").encode("utf-8"),
        b"\xff\xfe" + PNG.decode("cp437").replace("\n", "\r\n").encode("utf-16-le"),
        b"\xff\xfe" + PNG.decode("cp437").encode("utf-16-le"),
        JPEG.decode("utf-8", "replace").encode("utf-8"),
        JPEG.decode("latin-1").encode("utf-8"),
        b"\xff\xfe" + JPEG.decode("cp437").encode("utf-16-le"),
    ],
)
def test_a_picture_that_went_through_a_text_pipe_is_called_that(content):
    sentence = r"^it: the shell changed the bytes as if they were text\.$"
    with pytest.raises(UnreadableInputError, match=sentence) as caught:
        decode(content, "it")
    assert caught.value.advice == "give files: INPUT and -o FILE"


# Round trips


@st.composite
def pictures(draw, name):
    """Draw a picture that a format holds without loss."""
    holder = WRITTEN[name]
    dtypes = [dtype for dtype in DEPTHS if depth(dtype) in holder.depths]
    dtypes = [dtype for dtype in dtypes if (name, dtype) != ("pfm", "float64")]
    dtype = draw(st.sampled_from(dtypes))
    channels = draw(st.sampled_from(holder.channels or (1, 2, 3, 4, 7)))
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    frames = draw(st.integers(1, 3)) if holder.frames else 1
    alpha = holder.alpha and draw(st.booleans()) and (channels == 3 or name in GREY_AND_ALPHA)
    seed = draw(st.integers(0, 99))
    return Picture(
        random((frames, *shape, channels), dtype, seed),
        random((frames, *shape), dtype, seed + 1) if alpha else None,
    )


def depth(dtype):
    """Name a type as `--depth` does."""
    return Picture(np.zeros((1, 1, 1, 1), dtype)).depth


@pytest.mark.parametrize("name", ["png", "tiff", "npy", "npz", "bmp", "pgm", "pam", "pfm", "jp2"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_picture_survives_to_the_bit(name, data):
    picture = data.draw(pictures(name))
    back = decode(encode(picture, name), "it")
    assert back.pixels.shape == picture.pixels.shape
    assert back.pixels.dtype == picture.pixels.dtype
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    assert (back.alpha is None) == (picture.alpha is None)
    if picture.alpha is not None:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    assert back.notes == ()


@pytest.mark.parametrize("name", WRITTEN)
def test_the_same_picture_gives_the_same_bytes(name):
    assert encode(suiting(name, 9, 7), name) == encode(suiting(name, 9, 7), name)


def test_full_scale_belongs_to_the_type():
    assert [full_of(dtype) for dtype in DEPTHS] == [255.0, 65535.0, 1.0, 1.0]
    assert picture_of((1, 1, 1), "uint16").full == 65535


def test_a_type_of_no_picture_is_refused():
    with pytest.raises(UnsupportedInputError, match=r"^a picture holds uint8, .*, not int32\.$"):
        Picture(np.zeros((1, 1, 1, 1), "int32"))


@pytest.mark.parametrize(
    ("pixels", "alpha", "sentence"),
    [
        (
            (2, 3, 1),
            None,
            r"^the pixels of a picture are \(frames, rows, columns, channels\), at l",
        ),
        ((1, 0, 3, 1), None, r"^the pixels of a picture are .* not \(1, 0, 3, 1\)\.$"),
        ((1, 2, 3, 1), (1, 3, 2), r"^alpha is \(1, 2, 3\) here, as the pixels are, not \(1, 3, 2"),
    ],
)
def test_a_picture_has_frames_rows_columns_and_channels(pixels, alpha, sentence):
    with pytest.raises(UsageError, match=sentence):
        Picture(np.zeros(pixels, np.uint8), None if alpha is None else np.zeros(alpha, np.uint8))


def test_pixels_and_alpha_have_one_type():
    with pytest.raises(UsageError, match=r"^alpha and pixels have one type: uint8, uint16\.$"):
        Picture(np.zeros((1, 2, 3, 1), np.uint8), np.zeros((1, 2, 3), np.uint16))


# PNG


def test_sixteen_bit_rgb_png_survives_to_the_bit():
    pixels = random((4, 5, 3), "uint16")
    content = png(4, 5, 16, 2, [row.astype(">u2").tobytes() for row in pixels])
    assert_equal(decode(content, "it"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_grey_with_alpha_is_read_as_one_channel_and_alpha(dtype):
    pixels = random((4, 5, 2), dtype)
    big = pixels.astype(np.dtype(dtype).newbyteorder(">"))
    content = png(4, 5, 8 * pixels.itemsize, 4, [row.tobytes() for row in big])
    assert_equal(decode(content, "it"), pixels[..., :1], pixels[..., 1])


def test_grey_with_alpha_is_written_as_pillow_reads_it():
    picture = picture_of((6, 5, 1), alpha=True)
    image = Image.open(io.BytesIO(encode(picture, "png")))
    assert image.mode == "LA"
    expected = np.dstack([picture.pixels[0, ..., 0], picture.alpha[0]])
    np.testing.assert_array_equal(np.asarray(image), expected)


def test_sixteen_bit_grey_with_alpha_is_written_as_opencv_reads_it():
    picture = picture_of((6, 5, 1), "uint16", alpha=True)
    content = np.frombuffer(encode(picture, "png"), np.uint8)
    stored = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored[..., 1], picture.pixels[0, ..., 0])
    np.testing.assert_array_equal(stored[..., 3], picture.alpha[0])


@pytest.mark.parametrize(("bits", "level"), [(1, 1), (2, 2), (4, 9), (8, 77)])
def test_a_transparent_grey_becomes_alpha(bits, level):
    content = png(
        1, 2, bits, 0, [_packed([level, 0], bits)], chunk(b"tRNS", struct.pack(">H", level))
    )
    grey = level * 255 // (2**bits - 1)
    assert_equal(
        decode(content, "it"), np.array([[[grey], [0]]], np.uint8), np.array([[0, 255]], np.uint8)
    )


def _packed(samples, bits):
    number = 0
    for sample in samples:
        number = number << bits | sample
    spare = -len(samples) * bits % 8
    return (number << spare).to_bytes((len(samples) * bits + spare) // 8, "big")


def test_a_transparent_colour_of_sixteen_bits_becomes_alpha():
    pixels = random((2, 3, 3), "uint16")
    key = chunk(b"tRNS", pixels[1, 1].astype(">u2").tobytes())
    content = png(2, 3, 16, 2, [row.astype(">u2").tobytes() for row in pixels], key)
    alpha = np.full((2, 3), 65535, np.uint16)
    alpha[1, 1] = 0
    assert_equal(decode(content, "it"), pixels, alpha)


def _pngsuite_expected(path):
    """Give Pillow's pixels, at 8 bits, as (rows, columns, channels with alpha)."""
    with Image.open(path) as image:
        colour, transparent = path.read_bytes()[25], "transparency" in image.info
        if colour == 3:
            return np.asarray(image.convert("RGBA" if transparent else "RGB"))
        if colour == 2:
            return np.asarray(image.convert("RGBA" if transparent else "RGB"))
        if colour == 6:
            return np.asarray(image.convert("RGBA"))
        if colour == 4:
            return np.asarray(image.convert("LA"))
        if image.mode.startswith("I"):
            grey = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        else:
            grey = np.asarray(image.convert("L"))
        if not transparent:
            return grey[..., None]
        level = image.info["transparency"]
        bits = path.read_bytes()[24]
        if image.mode.startswith("I"):
            shown = np.asarray(image) != level
        else:
            # Pillow keeps the level of 1, 2 and 4 bits as the file has it.
            shown = grey != level * (255 // (2**bits - 1) if bits < 8 else 1)
        return np.dstack([grey, np.where(shown, 255, 0).astype(np.uint8)])


@pytest.mark.parametrize("path", corpus("pngsuite/files/[!xP]*.png"))
def test_pngsuite_has_the_pixels_that_pillow_sees(path):
    picture = decode(path.read_bytes(), path.name)
    stacked = picture.pixels[0]
    if picture.alpha is not None:
        stacked = np.dstack([stacked, picture.alpha[0]])
    if stacked.dtype == np.uint16:
        stacked = (stacked >> 8).astype(np.uint8)
    np.testing.assert_array_equal(stacked, _pngsuite_expected(path))


@pytest.mark.parametrize("path", corpus("pngsuite/files/x*.png"))
def test_a_broken_file_of_pngsuite_is_refused(path):
    with pytest.raises(InputError, match=f"^{path.name}: "):
        decode(path.read_bytes(), path.name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (PNG[:-12], "it has no end"),
        (PNG[:-20], "its 'IDAT' chunk is cut off"),
        (PNG[:20] + b"\1" + PNG[21:], "the checksum of its IHDR chunk is wrong"),
        (PNG[:8] + PNG[33:], "it does not begin with IHDR"),
        (PNG[:33] + PNG[-12:], "its pixels cannot be unpacked"),
        (png(0, 3, 8, 0, []), "its header says 0x3 pixels"),
        (png(1, 1, 3, 0, [b"\0"]), "its header says 3 bits of colour type 0"),
        (png(4, 4, 8, 0, [b"\0\0\0\0"] * 3), "its pixels cannot be unpacked"),
    ],
)
def test_a_corrupt_png_says_what_is_wrong_with_it(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt PNG \({why}\)\.$"):
        decode(content, "it")


@pytest.mark.parametrize("path", corpus("apng-crash/*.png"))
def test_a_broken_animation_that_crashes_opencv_is_an_error(path):
    with pytest.raises(UnreadableInputError, match="truncated or corrupt PNG"):
        decode(path.read_bytes(), path.name)


def test_more_rows_than_opencv_reads_are_too_many_and_not_corrupt():
    sentence = r"^it: 1048577x1 pixels are more than OpenCV reads: 1048576 rows or columns"
    with pytest.raises(TooLargeError, match=sentence):
        decode(png(2**20 + 1, 1, 8, 0, [b"\0"]), "it")


# JPEG


def test_a_grey_jpeg_stays_grey():
    content = pillow(Image.fromarray(random((8, 9))), "JPEG")
    assert decode(content, "it").pixels.shape == (1, 8, 9, 1)


def test_a_jpeg_has_the_pixels_that_pillow_sees():
    content = pillow(Image.fromarray(cv2.blur(random((40, 30, 3)), (5, 5))), "JPEG", quality=90)
    expected = np.asarray(Image.open(io.BytesIO(content))).astype(int)
    assert np.abs(decode(content, "it").pixels[0] - expected).max() <= 2


def test_jpeg_is_written_near_the_original_and_with_the_asked_quality():
    pixels = cv2.blur(random((40, 30, 3)), (9, 9))[None]
    for quality in (50, 89, 90, 95, 100):
        back = decode(encode(Picture(pixels), "jpeg", quality), "it")
        assert back.metadata.quality == quality
    assert np.abs(back.pixels.astype(int) - pixels).max() <= 4


@pytest.mark.parametrize(("quality", "factor"), [(None, 1), (90, 1), (89, 2)])
def test_from_quality_90_on_colour_is_stored_at_full_resolution(quality, factor):
    content = encode(picture_of((16, 16, 3)), "jpeg", quality)
    (_, across, down, _), *_ = Image.open(io.BytesIO(content)).layer
    assert (across, down) == (factor, factor)


def test_a_cmyk_jpeg_becomes_rgb_and_says_so():
    content = pillow(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    picture = decode(content, "it")
    assert picture.pixels.shape == (1, 8, 8, 3)
    assert np.abs(picture.pixels[0, 0, 0].astype(int) - (255, 0, 0)).max() <= 3
    assert picture.notes == ("its CMYK colours were turned into RGB without a profile.",)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_anywhere_is_unreadable(progressive):
    image = Image.fromarray(cv2.blur(random((64, 48, 3)), (5, 5)))
    content = pillow(image, "JPEG", progressive=progressive)
    for length in (*range(1, len(content), 29), len(content) - 1, len(content) - 2):
        with pytest.raises(UnreadableInputError, match=r"^photo\.jpg: "):
            decode(content[:length], "photo.jpg")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (JPEG[:-30], "its end is missing"),
        (JPEG[:100], "one of its segments is cut off"),
        (b"\xff\xd8\xff\xfe\0\4ab", "it ends before its picture begins"),
        (b"\xff\xd8\xff\xda\0\4ab", "it does not say its size"),
        (b"\xff\xd8\xff\xc0\0\x08\x08\0\0\0\4\1\xff\xd9\0\0", "its header says 0x4 pixels"),
    ],
)
def test_a_corrupt_jpeg_says_what_is_wrong_with_it(content, why):
    sentence = rf"^it: truncated or corrupt JPEG \({why}\)\.$"
    with pytest.raises(UnreadableInputError, match=sentence):
        decode(content, "it")


def test_a_jpeg_of_twelve_bits_is_refused():
    content = b"\xff\xd8\xff\xc1\0\x08\x0c\0\3\0\4\1\xff\xd9\0\0"
    with pytest.raises(UnsupportedInputError, match=r"^it: a JPEG of 12 bits; 8 are read\.$"):
        decode(content, "it")


# TIFF


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib"}, {"tile": (16, 16)}, {"byteorder": ">"}, {"bigtiff": True},
     {"rowsperstrip": 5}],
    ids=str,
)  # fmt: skip
def test_a_tiff_is_read_to_the_bit(dtype, channels, options):
    pixels = random((37, 41, channels), dtype)
    kind = "minisblack" if channels == 1 else "rgb"
    stored = pixels[..., 0] if channels == 1 else pixels
    picture = decode(tiff(stored, photometric=kind, **options), "it")
    assert_equal(picture, pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_planes_of_a_tiff_are_put_together(dtype):
    pixels = random((7, 9, 3), dtype)
    planes = np.moveaxis(pixels, -1, 0).copy()
    assert_equal(decode(tiff(planes, photometric="rgb", planarconfig="separate"), "it"), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3])
def test_straight_alpha_of_a_tiff_is_read_to_the_bit(dtype, channels):
    stored = random((7, 9, channels + 1), dtype)
    kind = "minisblack" if channels == 1 else "rgb"
    content = tiff(stored, photometric=kind, extrasamples=["unassalpha"], planarconfig="contig")
    assert_equal(decode(content, "it"), stored[..., :channels], stored[..., channels])


def test_straight_alpha_packed_with_lzw_is_read_to_the_bit():
    stored = random((7, 9, 4))
    content = pillow(Image.fromarray(stored), "TIFF", compression="tiff_lzw")
    assert_equal(decode(content, "it"), stored[..., :3], stored[..., 3])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_premultiplied_alpha_of_a_tiff_is_made_straight(dtype):
    full = full_of(dtype)
    stored = np.array([[[full / 2, 0, full / 4, full / 2], [0, 0, 0, 0]]]).astype(dtype)
    picture = decode(tiff(stored, photometric="rgb", extrasamples=["assocalpha"]), "it")
    assert picture.notes == ("its premultiplied transparency was made straight.",)
    expected = np.array([[1, 0, 0.5], [0, 0, 0]]) * full
    np.testing.assert_allclose(picture.pixels[0, 0], expected, atol=full / 100)
    np.testing.assert_array_equal(picture.alpha[0], stored[..., 3])


def test_an_extra_channel_that_is_no_alpha_is_left_out_and_said():
    stored = random((7, 9, 4))
    content = tiff(stored, photometric="rgb", extrasamples=["unspecified"])
    picture = decode(content, "it")
    assert_equal(picture, stored[..., :3])
    assert picture.notes == ("its extra channels, which are no transparency, were left out.",)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_tiff_whose_white_is_zero_is_turned_over(dtype):
    pixels = random((7, 9, 1), dtype)
    content = tiff(~pixels[..., 0], photometric="miniswhite")
    assert_equal(decode(content, "it"), pixels)


def test_half_floats_become_float32():
    pixels = random((7, 9, 1), "float16")
    assert_equal(decode(tiff(pixels[..., 0]), "it"), pixels.astype("float32"))


def test_of_several_pages_all_are_read():
    pages = random((3, 7, 9, 3))
    picture = decode(tiff(pages, photometric="rgb"), "it")
    np.testing.assert_array_equal(picture.pixels, pages)
    assert picture.notes == ()


@pytest.mark.parametrize("mode", ["1", "P", "L"])
def test_a_tiff_of_few_bits_has_the_pixels_that_pillow_sees(mode):
    image = Image.fromarray(random((20, 30))).convert(mode)
    expected = np.asarray(image.convert("RGB" if mode == "P" else "L"))
    picture = decode(pillow(image, "TIFF"), "it")
    assert_equal(picture, expected.reshape(20, 30, -1))


@pytest.mark.parametrize("path", corpus("image-tiff/files/tests/**/*.tif*"))
def test_a_published_tiff_is_read_as_pillow_sees_it_or_refused(path):
    try:
        picture = decode(path.read_bytes(), path.name)
    except InputError:
        return
    if picture.pixels.dtype != np.uint8 or picture.alpha is not None:
        return
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            seen = np.asarray(image.convert("L" if picture.channels == 1 else "RGB"))
    except (OSError, ValueError, TypeError, SyntaxError):
        return  # Pillow does not read it
    np.testing.assert_array_equal(picture.pixels[0], seen.reshape(picture.pixels.shape[1:]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (tiff(np.zeros((4, 5), "complex64")), "a TIFF of 64-bit complex numbers; integers of 1 to"),
        (tiff(np.zeros((4, 5), "float32"), photometric="miniswhite"), "a TIFF of kind white-is-"),
        (tiff(np.zeros((4, 5, 4), "int8"), photometric="separated"), "a TIFF of kind CMYK in 8-"),
    ],
)
def test_a_tiff_that_is_not_read_says_of_what_kind_it_is(content, sentence):
    with pytest.raises(UnsupportedInputError, match=f"^it: {sentence}"):
        decode(content, "it")


def _spoiled(content, place):
    return content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]


def _lzw(array, place):
    """Spoil what LZW packed so that it no longer unpacks."""
    content = pillow(Image.fromarray(array), "TIFF", compression="tiff_lzw")
    return content[:place] + b"\xff" * 400 + content[place + 400 :]


def test_a_tiff_that_unpacks_to_more_than_its_pixels_is_refused():
    content = tiff(np.zeros((4, 4), np.uint8), compression="zlib", software=False)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        places, lengths = file.pages[0].tags[273], file.pages[0].tags[279]
    bomb = zlib.compress(bytes(1_000_000))
    patched = bytearray(content + bomb)
    struct.pack_into("<I", patched, places.valueoffset, len(content))
    struct.pack_into("<I", patched, lengths.valueoffset, len(bomb))
    with pytest.raises(UnreadableInputError, match="unpack to more than there are"):
        decode(bytes(patched), "it")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"II*\0\x08\0\0\0", "it ends early"),
        (b"II+\0\x08\0\0\0" + b"\xff" * 8, "it ends early"),
        (b"II*\0\x08\0\0\0\0\0\0\0\0\0", "its header says 0x0 pixels"),
        (tiff(random((9, 9)))[:-1], "its pixels end early"),
        (_spoiled(tiff(random((90, 90)), compression="zlib"), 2000), "its pixels cannot be unpack"),
        (_spoiled(tiff(random((90, 90)), compression="zlib"), 272), "its pixels cannot be unpack"),
        (_lzw(random((90, 90)), 400), "its pixels cannot be unpacked"),
    ],
)
def test_a_corrupt_tiff_says_what_is_wrong_with_it(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt TIFF \({why}"):
        decode(content, "it")


def test_a_tiff_whose_channels_differ_in_their_bits_is_refused():
    content = tiff(random((9, 9, 3)), photometric="rgb", software=False)
    at = content.index(struct.pack("<HHH", 8, 8, 8))
    content = content[:at] + struct.pack("<HHH", 8, 8, 4) + content[at + 6 :]
    sentence = r"^it: a TIFF whose channels differ in their bits\.$"
    with pytest.raises(UnsupportedInputError, match=sentence):
        decode(content, "it")


def test_a_tiff_cut_anywhere_is_unreadable():
    for options in ({}, {"compression": "zlib"}, {"tile": (16, 16)}, {"bigtiff": True}):
        content = tiff(random((30, 20, 3)), photometric="rgb", software=False, **options)
        for length in (*range(4, len(content), 97), len(content) - 1):
            with pytest.raises(UnreadableInputError, match=r"^it: "):
                decode(content[:length], "it")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_written_tiff_is_one_that_tifffile_reads_to_the_bit(dtype, channels, alpha):
    picture = picture_of((9, 7, channels), dtype, alpha)
    with tifffile.TiffFile(io.BytesIO(encode(picture, "tiff"))) as file:
        page = file.pages[0]
        stored = page.asarray().reshape(9, 7, -1)
        assert page.photometric.name == ("MINISBLACK" if channels == 1 else "RGB")
        assert [kind.name for kind in page.extrasamples] == (["UNASSALPHA"] if alpha else [])
    np.testing.assert_array_equal(stored[..., :channels], picture.pixels[0])
    if alpha:
        np.testing.assert_array_equal(stored[..., -1], picture.alpha[0])


# Arrays


@pytest.mark.parametrize(
    ("shape", "becomes"),
    [((3, 4), (1, 3, 4, 1)), ((3, 4, 5), (1, 3, 4, 5)), ((2, 3, 4, 5), (2, 3, 4, 5))],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_a_picture_with_or_without_channels_and_frames(shape, becomes, order):
    array = np.asarray(random(shape, "float32"), order=order)
    pixels = decode(npy(array), "it").pixels
    np.testing.assert_array_equal(pixels, array.reshape(becomes))


def test_four_channels_of_an_array_are_not_taken_for_transparency():
    picture = decode(npy(random((3, 4, 4))), "it")
    assert picture.channels == 4
    assert picture.alpha is None


def test_one_map_is_written_as_rows_and_columns():
    content = encode(picture_of((3, 4, 1), "float32"), "npy")
    assert np.load(io.BytesIO(content)).shape == (3, 4)
    content = encode(picture_of((3, 4, 2), "float32"), "npy")
    assert np.load(io.BytesIO(content)).shape == (3, 4, 2)


def test_true_and_false_become_one_and_zero_and_it_is_said():
    picture = decode(npy(np.array([[True, False]])), "it")
    assert_equal(picture, np.array([[[1], [0]]], np.float32))
    assert picture.notes == ("its true and false became 1 and 0.",)


def test_half_precision_becomes_single_precision():
    assert decode(npy(random((3, 4), "float16")), "it").pixels.dtype == np.float32


def test_foreign_byte_order_becomes_native():
    array = random((3, 4, 1), "uint16")
    assert_equal(decode(npy(array.astype(">u2")), "it"), array)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.full((3, 4), 2**53 + 1), "of its int64, 12 are larger than floating-point numbers"),
        (np.zeros((3, 4), "complex64"), "an array of complex64; "),
        (np.zeros(3), r"an array of shape \(3,\) is no picture; \(rows, columns\), "),
        (np.zeros((3, 0)), r"an array of shape \(3, 0\) is no picture"),
        (np.array([[1, np.nan], [np.inf, 0]]), "2 of its 4 numbers are NaN or infinite"),
        (np.array([[None]]), "it holds Python objects, which are never unpickled"),
    ],
)
def test_an_array_that_is_no_picture_says_why(array, sentence):
    with pytest.raises(UnsupportedInputError, match=f"^it: {sentence}"):
        decode(npy(array), "it")


@pytest.mark.parametrize("name", ["int8", "int16", "int32", "uint32", "int64", "uint64"])
def test_integers_without_a_white_are_numbers_as_they_are(name):
    limits = np.iinfo(name)
    array = np.array([[limits.min, 0, 1, min(limits.max, 2**53)]], name)
    picture = decode(npy(array), "it")
    assert picture.pixels[0, ..., 0].tolist() == [[float(number) for number in array[0]]]
    assert picture.notes == (f"its {name} became floating-point numbers, as they are: 1 is white.",)


def test_of_several_arrays_the_one_called_image_is_the_picture():
    array = random((3, 4, 1))
    assert_equal(decode(npz(other=np.zeros(3), image=array), "it"), array)
    assert_equal(decode(npz(anything=array), "it"), array)


def test_several_arrays_without_an_image_are_listed():
    sentence = r"^it: it holds 2 arrays \(one, two\), and none is called 'image'\.$"
    with pytest.raises(UnsupportedInputError, match=sentence):
        decode(npz(one=np.zeros((2, 2)), two=np.zeros((2, 2))), "it")


def test_an_archive_without_arrays_is_no_picture():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<xml/>")
    with pytest.raises(UnreadableInputError, match=r"^it: a ZIP archive without arrays"):
        decode(stream.getvalue(), "it")


def test_arrays_are_written_as_numpy_reads_them():
    arrays = {"edge": random((3, 4), "float32"), "blur": random((3, 4, 3))}
    content = encode_arrays(arrays)
    assert content == encode_arrays(arrays)
    with np.load(io.BytesIO(content)) as back:
        assert back.files == ["edge", "blur"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(back[name], array)


def test_objects_are_not_written():
    sentence = r"^'it' holds Python objects, which are never pickled\.$"
    with pytest.raises(CannotHoldError, match=sentence):
        encode_arrays({"it": np.array([None])})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (npy(np.zeros((3, 4)))[:-1], "96 bytes of numbers are announced"),
        (npy(np.zeros((3, 4))) + b"\0", "96 bytes of numbers are announced"),
        (npy(np.zeros((3, 4)))[:40], "its header is no array's"),
    ],
)
def test_a_corrupt_array_says_what_is_wrong_with_it(content, why):
    sentence = rf"^it: truncated or corrupt array \({why}\)\.$"
    with pytest.raises(UnreadableInputError, match=sentence):
        decode(content, "it")


# Limits and hostile files


@pytest.mark.parametrize("name", WRITTEN)
def test_the_limit_itself_is_allowed_and_one_less_is_not(name):
    content = encode(suiting(name, 6, 7), name)
    assert decode(content, "it", max_pixels=42).rows == 6
    sentence = r"^it: 6x7 pixels are more than the limit of 41\.$"
    with pytest.raises(TooLargeError, match=sentence) as caught:
        decode(content, "it", max_pixels=41)
    assert caught.value.advice == "--max-pixels 42"


def test_frames_and_many_channels_count_against_the_limit():
    with pytest.raises(TooLargeError, match=r"^it: 3 frames of 2x2 pixels are more than the lim"):
        decode(npy(np.zeros((3, 2, 2, 1))), "it", max_pixels=11)
    with pytest.raises(TooLargeError, match="2x2 pixels are more than"):
        decode(npy(np.zeros((2, 2, 40))), "it", max_pixels=39)


def test_a_header_that_claims_too_much_is_refused_before_anything_is_decoded():
    claims = [
        png(30000, 30000, 8, 2, []),
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\3" + bytes(9) + b"\xff\xd9\0\0",
        _array_header((10**6, 10**6)),
    ]
    for content in claims:
        with pytest.raises(TooLargeError, match="are more than the limit of 268435456"):
            decode(content, "it")


def _array_header(shape):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


def test_an_archive_that_claims_too_much_is_refused_before_anything_is_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("image.npy", _array_header((10**6, 10**6)) + bytes(10**6))
    with pytest.raises(TooLargeError, match="1000000x1000000 pixels"):
        decode(stream.getvalue(), "it")


def test_every_picture_cut_at_every_37th_byte_gives_nothing_but_our_errors():
    contents = [encode(suiting(name, 16, 16), name) for name in WRITTEN]
    contents += [path.read_bytes() for path in _some("pngsuite/files/b*.png", 4)]
    contents += [path.read_bytes() for path in _some("image-tiff/files/tests/**/*.tif*", 6)]
    contents += [path.read_bytes() for path in _some("jpeg-decoder/files/tests/**/*.jp*g", 6)]
    for content in contents:
        for length in range(0, min(len(content), 1000), 37):
            try:
                decode(content[:length], "it")
            except FilterkitError as error:
                assert str(error).startswith("it: ")


def _some(pattern, step):
    return sorted(CORPORA.glob(pattern))[::step]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_changed_bytes_give_a_picture_or_one_of_our_errors(data):
    content = bytearray(
        encode(
            picture_of((8, 8, 3), "uint8"),
            data.draw(st.sampled_from(["tiff", "npy", "npz", "jpeg", "png"])),
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(content), "it", max_pixels=10_000)
    except FilterkitError as error:
        assert str(error).startswith("it: ")


def test_opencv_stays_silent_and_its_log_level_as_it_was(capfd):
    import cv2.utils.logging as log

    before = log.getLogLevel()
    for content in (png(4, 4, 8, 0, [b"\0\0\0\0"] * 3), tiff(np.zeros((20, 20), "float16"))):
        with contextlib.suppress(InputError):
            decode(content, "it")
    assert log.getLogLevel() == before
    captured = capfd.readouterr()
    assert "OpenCV" not in captured.err and "global" not in captured.err


# What a format cannot hold


@pytest.mark.parametrize(
    ("shape", "dtype", "alpha", "name", "sentence", "advice"),
    [
        ((2, 2, 3), "uint16", False, "jpeg", "JPEG holds no 16 bits", "--format png or tiff"),
        ((2, 2, 3), "float32", False, "png", "PNG holds no floating-point numbers", "tiff or pfm"),
        ((2, 2, 3), "uint8", True, "jpeg", "JPEG holds no transparency", "--background white"),
        ((2, 2, 3), "uint8", True, "npy", "NPY holds no transparency", "--format png or tiff"),
        ((2, 2, 5), "uint8", False, "png", "PNG holds 1 or 3 channels, not 5", "npy or npz"),
        ((1, 65536, 1), "uint8", False, "jpeg", "JPEG holds at most 65535 rows", "png or tiff"),
    ],
)
def test_what_a_format_cannot_hold_is_an_error_with_the_way_out(
    shape, dtype, alpha, name, sentence, advice
):
    with pytest.raises(CannotHoldError, match=f"^{sentence}") as caught:
        encode(picture_of(shape, dtype, alpha), name)
    assert advice in caught.value.advice


def test_several_frames_are_not_written_into_a_format_of_one():
    with pytest.raises(CannotHoldError, match=r"^JPEG holds one frame, not 3\.$"):
        encode(Picture(np.zeros((3, 2, 2, 1), np.uint8)), "jpeg")
