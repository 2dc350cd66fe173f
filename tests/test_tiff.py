"""TIFF: every page, packed and coded in any way that is in use, becomes exact pixels or a sentence.

The oracles are Pillow, tifffile, OpenCV, LittleCMS, files written here by hand, and plain formulas.
"""

import io
import lzma
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from filterkit.errors import TooLargeError, UnreadableInputError, UnsupportedInputError
from filterkit.pictures import codecs, tiff
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Metadata, Picture, Size
from filterkit.pictures.tiff import pages as tiff_pages
from filterkit.pictures.tiff import writing as tiff_writing

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "image-tiff"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

SUBFILE, COLUMNS, ROWS, BITS, COMPRESSION, PHOTOMETRIC, FILL = 254, 256, 257, 258, 259, 262, 266
PLACES, TURN, SAMPLES, STRIP_ROWS, LENGTHS, PLANAR, PREDICTOR = 273, 274, 277, 278, 279, 284, 317
COLOUR_MAP, TILE_COLUMNS, TILE_ROWS, TILE_PLACES, TILE_LENGTHS = 320, 322, 323, 324, 325
FURTHER, EXTRAS, FORMAT = 330, 338, 339


# Files written by hand


def by_hand(*pages, order="<", big=False):
    """Write a TIFF of pages: tags with whole numbers, and strips or tiles."""
    word = order + ("Q" if big else "I")
    content = bytearray({"<": b"II", ">": b"MM"}[order])
    content += struct.pack(f"{order}HHH", 43, 8, 0) if big else struct.pack(f"{order}H", 42)
    link = len(content)
    content += bytes(struct.calcsize(word))
    for tags, segments in pages:
        places = []
        for segment in segments:
            places.append(len(content))
            content += segment
        at, lengths = (TILE_PLACES, TILE_LENGTHS) if TILE_ROWS in tags else (PLACES, LENGTHS)
        tags = {at: places, lengths: [len(one) for one in segments]} | tags
        content += bytes(len(content) % 2)
        struct.pack_into(word, content, link, len(content))
        link = write_directory(content, tags, order, big)
    return bytes(content)


def write_directory(content, tags, order="<", big=False):
    """Append a directory and its long values, and give where the place of the next one stands."""
    word, count, room = ("Q", "Q", 8) if big else ("I", "H", 4)
    link = len(content) + struct.calcsize(f"={count}") + len(tags) * (4 + 2 * room)
    entries, values = b"", b""
    for tag, numbers in sorted(tags.items()):
        numbers = [numbers] if isinstance(numbers, int) else list(numbers)
        letter, kind = ("I", 4) if max(numbers, default=0) > 65535 else ("H", 3)
        value = struct.pack(f"{order}{len(numbers)}{letter}", *numbers)
        if len(value) > room:
            held = struct.pack(order + word, link + room + len(values))
            values += value + bytes(len(value) % 2)
        else:
            held = value.ljust(room, b"\0")
        entries += struct.pack(f"{order}HH{word}", tag, kind, len(numbers)) + held
    content += struct.pack(order + count, len(tags)) + entries + bytes(room) + values
    return link


def grey(rows=2, columns=3, segments=None, tags=None):
    """Give a page of 8-bit grey, black unless segments are given, as tags and segments."""
    told = {COLUMNS: columns, ROWS: rows, BITS: 8, COMPRESSION: 1, PHOTOMETRIC: 1}
    return told | (tags or {}), [bytes(rows * columns)] if segments is None else segments


def pillow(image, **options):
    """Write a TIFF with Pillow."""
    stream = io.BytesIO()
    image.save(stream, "TIFF", **options)
    return stream.getvalue()


def by_tifffile(array, **options):
    """Write a TIFF with tifffile."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **{"metadata": None, "software": False} | options)
    return stream.getvalue()


def random(shape, dtype="uint8", seed=0):
    """Give numbers over all of a type's range; floating-point ones beyond 0 … 1 too."""
    numbers = np.random.default_rng(seed).random(shape)
    if np.dtype(dtype).kind == "f":
        return (numbers * 4 - 2).astype(dtype)
    info = np.iinfo(dtype)
    return np.rint(info.min + numbers * (float(info.max) - info.min)).astype(dtype)


def photograph(rows=48, columns=64):
    """Give smooth colours, which lossy packings change little."""
    row, column = np.mgrid[:rows, :columns]
    return np.stack([row * 5, column * 4, 255 - row * 2 - column], axis=-1).astype(np.uint8)


def read(content, **options):
    """Decode a TIFF of one page to its picture."""
    picture = decode(content, "it", **options)
    assert picture.format == "tiff"
    return picture


def assert_pixels(picture, expected, alpha=None):
    """Compare all frames, types included."""
    assert picture.pixels.dtype == expected.dtype
    np.testing.assert_array_equal(picture.pixels, expected.reshape(picture.pixels.shape))
    assert (picture.alpha is None) == (alpha is None)
    if alpha is not None:
        assert picture.alpha.dtype == expected.dtype
        np.testing.assert_array_equal(picture.alpha, alpha.reshape(picture.alpha.shape))


# How numbers are packed


def bits_of(numbers, bits):
    """Pack whole numbers, the highest bit first, and fill the last byte."""
    text = "".join(f"{number:0{bits}b}" for number in numbers)
    text += "0" * (-len(text) % 8)
    return int(text or "0", 2).to_bytes(len(text) // 8, "big")


def packed_row(numbers, bits, order):
    """Pack the numbers of a row: whole bytes in the file's order, anything else as bits."""
    if bits in (8, 16):
        return struct.pack(f"{order}{len(numbers)}{'B' if bits == 8 else 'H'}", *numbers)
    return bits_of(numbers, bits)


def differences(row, samples, bits):
    """Keep each number of a row as its difference from the one to its left."""
    before = [0] * samples + list(row)
    return [(int(now) - int(last)) % 2**bits for now, last in zip(row, before, strict=False)]


def scaled(number, bits):
    """Scale a number to 8 or 16 bits, a half to the even one."""
    full = 255 if bits <= 8 else 65535
    return round(Fraction(int(number) * full, 2**bits - 1))


REVERSE = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
PACKINGS = {1: bytes, 8: zlib.compress, 32946: zlib.compress, 34925: lzma.compress}


@st.composite
def layouts(draw):
    """Draw how a picture of whole numbers may lie in a file, and its numbers."""
    bits, samples = draw(st.integers(1, 16)), draw(st.sampled_from([1, 3]))
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    tile = draw(st.one_of(st.none(), st.tuples(st.integers(1, 12), st.integers(1, 12))))
    numbers = draw(
        st.lists(
            st.integers(0, 2**bits - 1),
            min_size=rows * columns * samples,
            max_size=rows * columns * samples,
        )
    )
    return {
        "numbers": np.array(numbers).reshape(rows, columns, samples),
        "bits": bits,
        "tile": tile,
        "strip": draw(st.integers(1, rows + 3)),
        "planar": draw(st.booleans()),
        "predicted": draw(st.booleans()),
        "packing": draw(st.sampled_from(list(PACKINGS))),
        "reversed": draw(st.booleans()),
        "inverted": draw(st.booleans()) and samples == 1,
        "order": draw(st.sampled_from("<>")),
        "big": draw(st.booleans()),
    }


def segments_of(plane, one):
    """Pack a plane (rows, columns, samples): each strip or tile by itself."""
    rows, columns, samples = plane.shape
    high, wide = one["tile"] or (one["strip"], columns)
    for top in range(0, rows, high):
        for left in range(0, columns, wide):
            part = plane[top : top + high, left : left + wide]
            if one["tile"]:  # what lies beyond the picture may be anything
                missing = ((0, high - part.shape[0]), (0, wide - part.shape[1]), (0, 0))
                part = np.pad(part, missing, constant_values=1)
            lines = [line.ravel() for line in part]
            if one["predicted"]:
                lines = [differences(line, samples, one["bits"]) for line in lines]
            content = b"".join(packed_row(line, one["bits"], one["order"]) for line in lines)
            packed = PACKINGS[one["packing"]](content)
            yield packed.translate(REVERSE) if one["reversed"] else packed


@settings(max_examples=300, deadline=None)
@given(one=layouts())
def test_whole_numbers_of_any_layout_are_read_to_the_bit(one):
    numbers, bits = one["numbers"], one["bits"]
    rows, columns, samples = numbers.shape
    stored = 2**bits - 1 - numbers if one["inverted"] else numbers
    planes = np.split(stored, samples, axis=2) if one["planar"] else [stored]
    tags = {
        COLUMNS: columns, ROWS: rows, BITS: [bits] * samples, COMPRESSION: one["packing"],
        PHOTOMETRIC: 2 if samples == 3 else 1 - one["inverted"], SAMPLES: samples,
        FILL: 1 + one["reversed"], PLANAR: 1 + one["planar"], PREDICTOR: 1 + one["predicted"],
    }  # fmt: skip
    if one["tile"]:
        tags |= {TILE_ROWS: one["tile"][0], TILE_COLUMNS: one["tile"][1]}
    else:
        tags[STRIP_ROWS] = one["strip"]
    segments = [segment for plane in planes for segment in segments_of(plane, one)]
    content = by_hand((tags, segments), order=one["order"], big=one["big"])
    expected = [scaled(number, bits) for number in numbers.ravel()]
    picture = read(content)
    assert_pixels(picture, np.array(expected, "uint8" if bits <= 8 else "uint16"))
    rounded = bits not in (1, 2, 4, 8, 16)
    assert picture.notes == (
        (f"its {bits}-bit unsigned integers were scaled to {8 if bits < 8 else 16} bits.",)
        if rounded
        else ()
    )


@pytest.mark.parametrize("packing", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "zstd", "lzma"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_what_pillow_packs_is_read_to_the_bit(packing, mode):
    stored = random((70, 90, 3))
    image = Image.fromarray(random((70, 90), "uint16")) if mode == "I;16" else None
    image = image or Image.fromarray(stored).convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(stored[..., 0]))
    seen = np.asarray(image.convert("L") if mode == "1" else image).reshape(70, 90, -1)
    channels = 3 if mode.startswith("RGB") else 1
    alpha = seen[..., -1] if mode in ("LA", "RGBA") else None
    assert_pixels(read(pillow(image, compression=packing)), seen[..., :channels], alpha)


@pytest.mark.parametrize("packing", ["group3", "group4", "tiff_ccitt"])
@pytest.mark.parametrize("photometric", [0, 1])
def test_fax_is_read_to_the_bit(packing, photometric):
    image = Image.fromarray(photograph(40, 50)).convert("1")
    content = pillow(image, compression=packing, tiffinfo={PHOTOMETRIC: photometric})
    assert_pixels(read(content), np.asarray(image.convert("L")))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "YCbCr"])
def test_jpeg_within_a_tiff_has_the_pixels_that_pillow_sees(mode):
    content = pillow(Image.fromarray(photograph()).convert(mode), compression="jpeg")
    with Image.open(io.BytesIO(content)) as image:
        seen = np.asarray(image.convert("L" if mode == "L" else "RGB"))
    assert_pixels(read(content), seen)


def test_webp_within_a_tiff_is_read():
    stored = photograph(48, 64)
    done, packed = cv2.imencode(".webp", stored[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert done
    tags = {BITS: [8] * 3, SAMPLES: 3, PHOTOMETRIC: 2, COMPRESSION: 50001}
    tiles = {TILE_ROWS: 48, TILE_COLUMNS: 64}
    content = by_hand(grey(40, 60, [packed.tobytes()], tags | tiles))
    assert_pixels(read(content), stored[:40, :60])


def test_ycbcr_that_is_not_jpeg_has_the_pixels_that_pillow_sees():
    numbers = random((16, 3 * 32)).tobytes()
    tags = {BITS: [8] * 3, SAMPLES: 3, PHOTOMETRIC: 6, COMPRESSION: 8, 530: [1, 1]}
    content = by_hand(grey(16, 32, [zlib.compress(numbers)], tags))
    with Image.open(io.BytesIO(content)) as image:
        seen = np.asarray(image.convert("RGB"))
    assert_pixels(read(content), seen)
    tags[COMPRESSION] = 1
    assert_pixels(read(by_hand(grey(16, 32, [numbers], tags))), seen)


def byte_differences(array):
    """Write rows of numbers as predictor 3 does: by bytes, the highest first, as differences."""
    lines = []
    for row in array:
        numbers = [struct.pack(f">{array.dtype.char}", number) for number in row.ravel()]
        mixed = [number[at] for at in range(array.itemsize) for number in numbers]
        lines.append(bytes(differences(mixed, row.shape[-1], 8)))
    return b"".join(lines)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("order", "<>")
def test_floating_point_numbers_that_are_kept_as_differences_of_bytes_are_read(
    dtype, channels, order
):
    pixels = random((7, 5, channels), dtype)
    bits = pixels.itemsize * 8
    tags = {
        BITS: [bits] * channels, FORMAT: [3] * channels, SAMPLES: channels, PREDICTOR: 3,
        PHOTOMETRIC: 1 if channels == 1 else 2, COMPRESSION: 8,
    }  # fmt: skip
    content = by_hand(grey(7, 5, [zlib.compress(byte_differences(pixels))], tags), order=order)
    wanted = "float32" if dtype == "float16" else dtype
    assert_pixels(read(content), pixels.astype(wanted))


@pytest.mark.parametrize("order", "<>")
def test_floating_point_numbers_of_24_bits_are_read(order):
    numbers = {0x000000: 0.0, 0x3F0000: 1.0, 0xBF0000: -1.0, 0x408000: 3.0, 0x3E0001: 0.5 + 2**-17}
    numbers |= {0x000001: 2.0**-78, 0x010000: 2.0**-62, 0x7EFFFF: (2 - 2.0**-16) * 2.0**63}
    sides = {"<": "little", ">": "big"}
    content = b"".join(number.to_bytes(3, sides[order]) for number in numbers)
    tags = {BITS: 24, FORMAT: 3}
    picture = read(by_hand(grey(1, len(numbers), [content], tags), order=order))
    assert_pixels(picture, np.array(list(numbers.values()), "float32"))


# Which numbers become which


WIDE = [("int8", "float32"), ("int16", "float32"), ("int32", "float64"), ("uint32", "float64")]


@pytest.mark.parametrize(("dtype", "becomes"), WIDE)
@pytest.mark.parametrize("channels", [1, 3])
def test_numbers_without_a_white_become_floating_point_ones_as_they_are(dtype, becomes, channels):
    numbers = random((6, 7, channels), dtype)
    numbers[0, 0, 0], numbers[0, 1, 0] = np.iinfo(dtype).min, np.iinfo(dtype).max
    kind = "minisblack" if channels == 1 else "rgb"
    picture = read(by_tifffile(numbers.squeeze(), photometric=kind))
    assert_pixels(picture, numbers.astype(becomes))
    assert picture.pixels.astype("int64").tolist() == [numbers.astype("int64").tolist()]
    what = f"{np.dtype(dtype).itemsize * 8}-bit {'un' if dtype[0] == 'u' else ''}signed integers"
    assert picture.notes == (f"its {what} became floating-point numbers, as they are: 1 is white.",)


def test_unsigned_numbers_of_24_bits_become_floating_point_ones_as_they_are():
    numbers = [0, 1, 2**24 - 1, 0x010203]
    content = b"".join(number.to_bytes(3, "big") for number in numbers)
    for order in "<>":  # they come as bits do, whatever the order of bytes is
        picture = read(by_hand(grey(1, 4, [content], {BITS: 24}), order=order))
        assert_pixels(picture, np.array(numbers, "float32"))


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_numbers_of_64_bits_are_read_where_they_are_exact(dtype):
    info = np.iinfo(dtype)
    sure = np.array([[0, 1, 2**53, 2**53 + 2, 2**62, info.min, 3 << 61]], dtype)
    assert_pixels(read(by_tifffile(sure)), sure.astype("float64"))
    for wrong in (2**53 + 1, info.max):
        numbers = np.array([[1, wrong, 2, wrong]], dtype)
        sentence = r"64-bit (un)?signed integers, 2 are larger than floating-point numbers"
        with pytest.raises(UnsupportedInputError, match=sentence):
            read(by_tifffile(numbers))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int8", "int16", "int32"])
def test_white_is_zero_turns_whole_numbers_over(dtype):
    numbers = random((6, 7), dtype)
    info = np.iinfo(dtype)
    picture = read(by_tifffile(numbers, photometric="miniswhite"))
    turned = info.max + info.min - numbers.astype("int64")
    np.testing.assert_array_equal(picture.pixels[0, ..., 0].astype("int64"), turned)


def test_the_transparency_of_wide_numbers_is_a_share():
    numbers = np.array([[[7, 0], [8, 2**32 - 1], [9, 2**31]]], "uint32")
    picture = read(by_tifffile(numbers, photometric="minisblack", extrasamples=["unassalpha"],
                               planarconfig="contig"))  # fmt: skip
    np.testing.assert_array_equal(picture.pixels[0, 0, :, 0], [7, 8, 9])
    np.testing.assert_allclose(picture.alpha[0, 0], [0, 1, 0.5], rtol=1e-9)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("kind", ["as they are", "shifted", "times 257", "of 16 bits"])
def test_a_palette_has_the_depth_of_its_colours(bits, kind):
    count = 2**bits
    levels = random((3, count))
    levels[:, 0] = 1  # of any other sort than those of 16 bits
    told = {
        "as they are": levels, "shifted": levels.astype(int) << 8,
        "times 257": levels.astype(int) * 257, "of 16 bits": random((3, count), "uint16") | 1,
    }[kind]  # fmt: skip
    numbers = np.random.default_rng(1).integers(0, count, (6, 8))
    content = b"".join(packed_row(row, bits, "<") for row in numbers)
    tags = {BITS: bits, PHOTOMETRIC: 3, COLOUR_MAP: told.ravel().tolist()}
    picture = read(by_hand(grey(6, 8, [content], tags)))
    wanted = told.astype("uint16") if kind == "of 16 bits" else levels
    assert_pixels(picture, np.moveaxis(wanted[:, numbers], 0, -1))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_cmyk_becomes_what_its_inks_leave_of_the_light(dtype, planar):
    inks = random((5, 6, 4), dtype)
    full = np.iinfo(dtype).max
    array = inks if planar == "contig" else np.moveaxis(inks, -1, 0).copy()
    picture = read(by_tifffile(array, photometric="separated", planarconfig=planar))
    light = [
        [round(Fraction((full - int(ink)) * (full - int(pixel[3])), full)) for ink in pixel[:3]]
        for pixel in inks.reshape(-1, 4)
    ]
    assert_pixels(picture, np.array(light, dtype))
    assert picture.notes == ("its CMYK colours were turned into RGB without a profile.",)


def test_transparency_beside_cmyk_stays():
    inks = random((5, 6, 5))
    content = by_tifffile(inks, photometric="separated", extrasamples=["unassalpha"])
    picture = read(content)
    np.testing.assert_array_equal(picture.alpha[0], inks[..., 4])
    assert picture.channels == 3


def cmyk_profile():
    """Give the profile of a press, out of a published picture."""
    path = CORPUS.parent / "jpeg-decoder/files/tests/reftest/images/ycck.jpg"
    if not path.exists():
        pytest.skip(f"no {path.name} here")
    with Image.open(path) as image:
        return image.info["icc_profile"]


def test_cmyk_with_a_profile_goes_through_it():
    profile = cmyk_profile()
    inks = np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0], [0, 255, 255, 0]]], np.uint8)
    picture = read(by_tifffile(inks, photometric="separated", iccprofile=profile))
    assert picture.notes == ("its CMYK colours were turned into sRGB through its profile.",)
    assert picture.metadata.icc is None
    paper, black, cyan, red = picture.pixels[0, 0].astype(int)
    assert paper.tolist() == [255, 255, 255]
    assert black.max() < 60
    assert cyan[0] < 60 < 100 < cyan[1] < 200 < cyan[2]  # without a profile: 0, 255, 255
    assert red[0] > 200 > 80 > red[1:].max() > 0  # without a profile: 255, 0, 0


def lab_oracle(pixels):
    """Turn Lab of 8 bits, as whole numbers with a sign, into sRGB with LittleCMS."""
    content = (pixels % 256).astype(np.uint8).tobytes()
    image = Image.frombytes("LAB", pixels.shape[1::-1], content)
    lab, srgb = (ImageCms.createProfile(name) for name in ("LAB", "sRGB"))
    return np.asarray(
        ImageCms.profileToProfile(
            image, lab, srgb, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB",
            flags=ImageCms.Flags.NOOPTIMIZE,  # it would go along a coarse grid
        )
    )  # fmt: skip


@pytest.mark.parametrize("photometric", [8, 9])
@pytest.mark.parametrize("bits", [8, 16])
def test_lab_becomes_srgb_as_littlecms_has_it(photometric, bits):
    lab = np.stack(np.meshgrid(range(10, 250, 16), range(-40, 41, 16), range(-40, 41, 16)), axis=-1)
    lab = lab.reshape(15, -1, 3)
    expected = lab_oracle(lab).astype(int)
    if photometric == 9:
        lab = lab + np.array([0, 128, 128])
    if bits == 16:
        lightest = 65535 if photometric == 8 else 65280
        lab = np.rint(lab * [lightest / 255, 256, 256])
    stored = (lab.astype(int) % 2**bits).astype(f"uint{bits}")
    tags = {BITS: [bits] * 3, SAMPLES: 3, PHOTOMETRIC: photometric}
    picture = read(by_hand(grey(*stored.shape[:2], [stored.tobytes()], tags)))
    assert picture.pixels.dtype == stored.dtype
    shown = picture.pixels[0] / (1 if bits == 8 else 257)
    assert np.abs(shown - expected).max() <= 1
    assert picture.notes == ("its Lab colours were turned into sRGB.",)


def test_premultiplied_transparency_is_divided_out_half_to_even():
    stored = np.array([[[100, 50, 0, 128], [3, 3, 3, 6], [9, 9, 9, 0], [7, 8, 9, 255]]], np.uint8)
    picture = read(by_tifffile(stored, photometric="rgb", extrasamples=["assocalpha"]))
    expected = [
        [min(255, round(Fraction(255 * int(number), int(pixel[3])))) if pixel[3] else 0
         for number in pixel[:3]]
        for pixel in stored[0]
    ]  # fmt: skip
    assert picture.pixels[0, 0].tolist() == expected


# Pages


def pages(*arrays, **options):
    """Write arrays as pages, each with options of its own."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        for number, array in enumerate(arrays):
            own = {key: values[number] for key, values in options.items() if values[number]}
            kind = "rgb" if array.shape[-1] == 3 else "minisblack"
            file.write(array, photometric=kind, metadata=None, contiguous=False, **own)
    return stream.getvalue()


def test_pages_that_are_alike_are_the_frames_of_one_picture():
    stored = random((5, 7, 9, 3), "uint16")
    content = pages(*stored)
    assert tiff.size(content) == Size(5, 7, 9, 3)
    picture = read(content)
    assert_pixels(picture, stored)
    assert not picture.further
    assert picture.notes == ()
    for frame in range(5):
        assert_pixels(read(content, frames=frame + 1), stored[frame])


def test_pages_that_differ_stand_behind_the_first_in_their_order():
    colour, small, grey_ones = random((2, 7, 9, 3)), random((4, 4, 3)), random((2, 7, 9), "float32")
    content = pages(*colour, small, *grey_ones, colour[0])
    size = tiff.size(content)
    assert size == Size(2, 7, 9, 3, (Size(1, 4, 4, 3), Size(2, 7, 9, 1), Size(1, 7, 9, 3)))
    picture = read(content)
    assert_pixels(picture, colour)
    for page, expected in zip(picture.further, (small, grey_ones, colour[0]), strict=True):
        assert_pixels(page, expected)
    chosen = [read(content, frames=number).pixels.shape[1:] for number in range(1, 7)]
    assert chosen == [(7, 9, 3)] * 2 + [(4, 4, 3)] + [(7, 9, 1)] * 2 + [(7, 9, 3)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"extratags": [(TURN, 3, 1, 6, False)]}, {}),
        ({"iccprofile": SRGB}, {}),
        ({}, {"extratags": [(TURN, 3, 1, 3, False)]}),
    ],
)
def test_pages_that_are_turned_or_coloured_differently_are_not_alike(one, other):
    stored = random((2, 4, 6, 3))
    content = pages(*stored, **{
        key: [one.get(key), other.get(key)] for key in ("extratags", "iccprofile")
    })  # fmt: skip
    picture = read(content)
    assert [page.frames for page in (picture, *picture.further)] == [1, 1]
    shapes = [page.pixels.shape[1:3] for page in (picture, *picture.further)]
    assert shapes == [(6, 4) if "extratags" in one else (4, 6), (4, 6)]


def test_each_run_of_pages_has_its_own_metadata():
    notes = [[(270, 2, len(text) + 1, text, False)] for text in ("one", "two", "two")]
    content = pages(
        random((4, 6, 3)), *random((2, 5, 5, 3)), extratags=notes,
        resolution=[(300, 150), (72, 72), (72, 72)], resolutionunit=[2, 3, 3],
    )  # fmt: skip
    picture = read(content)
    (further,) = picture.further
    assert (picture.metadata.dpi, further.metadata.dpi) == ((300, 150), (72 * 2.54, 72 * 2.54))
    assert b"one\0" in picture.metadata.exif
    assert b"two\0" in further.metadata.exif
    assert further.notes == ()


def test_what_only_further_frames_tell_is_left_out_and_said():
    notes = [[(270, 2, len(text) + 1, text, False)] for text in ("one", "two")]
    picture = read(pages(*random((2, 4, 6, 3)), extratags=notes))
    assert picture.frames == 2
    assert picture.notes == ("what its further pages tell of themselves was left out.",)


REDUCED_NOTE = "its thumbnails, smaller copies or masks were left out."


@pytest.mark.parametrize("told", [{SUBFILE: 1}, {SUBFILE: 4}, {SUBFILE: 5}, {255: 2}])
def test_thumbnails_and_masks_are_no_pages(told):
    content = by_hand(grey(tags=told), grey(4, 4, [b"\7" * 16]), grey(tags=told))
    assert tiff.size(content) == Size(1, 4, 4, 1)
    picture = read(content)
    assert_pixels(picture, np.full((4, 4), 7, np.uint8))
    assert picture.notes == (REDUCED_NOTE,)


def test_a_thumbnail_of_exif_that_tells_no_size_is_no_page():
    content = by_hand(grey(), ({COMPRESSION: 6, 513: 8, 514: 4}, []))
    assert read(content).notes == (REDUCED_NOTE,)
    assert tiff.size(content) == Size(1, 2, 3, 1)


def test_what_is_nothing_but_a_thumbnail_is_read():
    picture = read(by_hand(grey(tags={SUBFILE: 1})))
    assert_pixels(picture, np.zeros((2, 3), np.uint8))


def test_the_picture_behind_a_thumbnail_is_found_one_level_down():
    content = bytearray(by_hand(grey(1, 1, tags={SUBFILE: 1, FURTHER: 70_000})))
    place = len(content) + len(content) % 2
    content += bytes(place - len(content))
    write_directory(content, grey(2, 3)[0] | {PLACES: 8, LENGTHS: 6, PHOTOMETRIC: 32803})
    at = content.index(struct.pack("<I", 70_000))
    struct.pack_into("<I", content, at, place)
    with pytest.raises(UnsupportedInputError, match="of kind raw camera;"):
        read(bytes(content))
    assert tiff.size(bytes(content)) == Size(1, 2, 3, 1)


def test_pages_that_come_back_to_an_earlier_one_are_refused():
    tags = grey()[0] | {PLACES: 8, LENGTHS: 6}
    content = bytearray(b"II*\0\x08\0\0\0")
    link, second = write_directory(content, tags), len(content)
    struct.pack_into("<I", content, link, second)
    link = write_directory(content, tags)
    for place in (8, second):
        struct.pack_into("<I", content, link, place)
        with pytest.raises(UnreadableInputError, match="its pages come back to an earlier one"):
            read(bytes(content))


def test_no_more_pages_are_walked_than_a_picture_may_have_frames(monkeypatch):
    for module in (codecs, tiff_pages):
        monkeypatch.setattr(module, "MOST_FRAMES", 20)
    content = by_tifffile(np.zeros((90, 1, 1), np.uint8))
    assert tiff.size(content).all_frames == 21
    with pytest.raises(TooLargeError, match="21 frames are more than the limit of 20"):
        read(content)
    assert read(content, frames="first").frames == 1


def test_directories_that_lie_over_one_another_are_refused_before_they_are_many():
    content = bytearray(by_hand(grey(tags={SUBFILE: 1, FURTHER: [70_000] * 100})))
    content += bytes(len(content) % 2)
    at, place = content.index(struct.pack("<I", 70_000)), len(content)
    content += struct.pack("<H", 50) + bytes(50 * 12 + 4)
    struct.pack_into("<100I", content, at, *[place] * 100)
    with pytest.raises(UnreadableInputError, match="its pages lie over one another"):
        read(bytes(content))


# Damage and lies

HUGE = 2**31


def told_of_one(**wrong):
    """Write a TIFF of 2x3 grey pixels that tells something wrong; names are of tags."""
    return by_hand(grey(tags={globals()[name]: value for name, value in wrong.items()}))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (told_of_one(STRIP_ROWS=0), "its strips or tiles have 0x3 pixels"),
        (told_of_one(TILE_ROWS=0, TILE_COLUMNS=16), "its strips or tiles have 0x16 pixels"),
        (told_of_one(TILE_ROWS=16, TILE_COLUMNS=HUGE), "its tiles are 16x2147483648 of 2x3"),
        (told_of_one(TILE_ROWS=16, TILE_COLUMNS=16), "its pixels end early"),
        (told_of_one(LENGTHS=HUGE), "its pixels end early"),
        (told_of_one(LENGTHS=5), "its pixels end early"),
        (told_of_one(PLACES=HUGE), "its pixels end early"),
        (told_of_one(STRIP_ROWS=1), "its pixels end early"),
        (told_of_one(ROWS=3), "its pixels end early"),
        (told_of_one(COLUMNS=0), "its header says 2x0 pixels"),
        (told_of_one(SAMPLES=0), "a pixel has no numbers"),
        (told_of_one(PHOTOMETRIC=2), "a pixel has 1 numbers, fewer than it says"),
        (told_of_one(PHOTOMETRIC=3), "its palette has 0 numbers, not 768"),
        (told_of_one(PREDICTOR=3), "its predictor is one for floating-point numbers"),
        (told_of_one(COMPRESSION=8), "its pixels cannot be unpacked"),
        (told_of_one(COMPRESSION=5), "its pixels cannot be unpacked"),
        (told_of_one(COMPRESSION=7), "its pixels cannot be unpacked"),
        (told_of_one(COMPRESSION=34925), "its pixels end early"),
        (told_of_one(COMPRESSION=50000), "its pixels cannot be unpacked"),
        (
            told_of_one(COMPRESSION=50001, SAMPLES=3, BITS=[8] * 3, PHOTOMETRIC=2),
            "its pixels cannot be unpacked",
        ),
        (
            told_of_one(COLUMNS=2**25, SAMPLES=16, BITS=[64] * 16, COMPRESSION=5),
            "its pixels cannot be unpacked",
        ),
        (b"II*\0\0\0\0\0", "it has no page"),
        (b"II*\0\x08\0\0\0\xff\xff" + bytes(90), "a directory claims 65535 entries"),
    ],
)
def test_a_header_that_lies_is_refused_and_says_where(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt TIFF \({why}\)\.$"):
        read(content)


@pytest.mark.parametrize("tags", [{COLUMNS: HUGE}, {ROWS: HUGE}, {ROWS: 2**32 - 1, COLUMNS: HUGE}])
@pytest.mark.parametrize("packing", [1, 5, 7, 8])
def test_a_size_beyond_the_limit_is_refused_by_the_header_alone(tags, packing):
    with pytest.raises(TooLargeError, match="pixels are more than the limit of"):
        read(by_hand(grey(tags=tags | {COMPRESSION: packing})))


def test_counts_that_no_file_could_hold_are_refused():
    content = bytearray(told_of_one())
    entries = struct.unpack_from("<H", content, struct.unpack_from("<I", content, 4)[0])[0]
    start = struct.unpack_from("<I", content, 4)[0] + 2
    for entry in range(entries):
        broken = bytearray(content)
        struct.pack_into("<I", broken, start + 12 * entry + 4, 2**32 - 1)
        with pytest.raises(UnreadableInputError, match=r"claims|lies beyond its end"):
            read(bytes(broken))


@pytest.mark.parametrize("packing", [1, 5, 8, 34925, 32773, 50000])
def test_pixels_that_end_early_are_refused_however_they_are_packed(packing):
    names = {1: None, 5: "tiff_lzw", 8: "tiff_adobe_deflate", 34925: "lzma", 32773: "packbits"}
    image = Image.fromarray(random((40, 50)))
    content = bytearray(pillow(image, compression=names.get(packing, "zstd")))
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        lengths = file.pages[0].tags[LENGTHS]
        assert file.pages[0].compression == packing
        assert len(file.pages[0].dataoffsets) == 1
        length, at = file.pages[0].databytecounts[0], lengths.valueoffset
    form = "<I" if lengths.dtype.name == "LONG" else "<H"
    for missing in (4, 9, length // 2):  # LZW's last bytes are but a mark of the end
        struct.pack_into(form, content, at, length - missing)
        with pytest.raises(UnreadableInputError, match=r"its pixels (end|cannot be unpacked)"):
            read(bytes(content))


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ({PHOTOMETRIC: 4}, "of kind mask; grey, RGB, palettes, YCbCr, CMYK and Lab are read"),
        ({PHOTOMETRIC: 10}, "of kind ITU Lab; grey, RGB"),
        ({PHOTOMETRIC: 32844}, "of kind LogL; grey, RGB"),
        ({PHOTOMETRIC: 32845}, "of kind LogLuv; grey, RGB"),
        ({PHOTOMETRIC: 32803}, "of kind raw camera; grey, RGB"),
        ({PHOTOMETRIC: 34892}, "of kind raw camera; grey, RGB"),
        ({PHOTOMETRIC: 77}, "of kind 77; grey, RGB"),
        ({PHOTOMETRIC: 5, SAMPLES: 4, BITS: [8] * 4, 332: 2}, "of kind other inks than CMYK; grey"),
        ({COMPRESSION: 6}, "packed with old-style JPEG; deflate, LZW"),
        ({COMPRESSION: 32809}, "packed with ThunderScan; deflate, LZW"),
        ({COMPRESSION: 34887}, "packed with LERC; deflate, LZW"),
        ({COMPRESSION: 34712}, "packed with JPEG 2000; deflate, LZW"),
        ({COMPRESSION: 77}, "packed with compression 77; deflate, LZW"),
        ({SAMPLES: 3, BITS: [5, 6, 5], PHOTOMETRIC: 2}, "whose channels differ in their bits"),
        ({SAMPLES: 2, BITS: [8, 8], FORMAT: [1, 2]}, "whose channels differ in their kind of num"),
        ({BITS: 20}, "of 20-bit unsigned integers; integers of 1 to 16, 24, 32 and 64 bits and"),
        ({BITS: 12, FORMAT: 2}, "of 12-bit signed integers; integers"),
        ({BITS: 8, FORMAT: 3}, "of 8-bit floating-point numbers; integers"),
        ({BITS: 64, FORMAT: 6}, "of 64-bit complex numbers; integers"),
        ({BITS: 32, FORMAT: 3, PHOTOMETRIC: 0}, "of kind white-is-zero in 32-bit floating-point"),
        ({BITS: 32, PHOTOMETRIC: 3}, "of kind palette in 32-bit unsigned integers"),
        ({SAMPLES: 4, BITS: [8] * 4, FORMAT: [2] * 4, PHOTOMETRIC: 5}, "of kind CMYK in 8-bit sig"),
        ({SAMPLES: 3, BITS: [8] * 3, PHOTOMETRIC: 6, PLANAR: 2}, "of kind YCbCr in 3 planes of 8-"),
        ({SAMPLES: 3, BITS: [32] * 3, PHOTOMETRIC: 8}, "of kind Lab in 32-bit unsigned integers"),
        ({BITS: 12, COMPRESSION: 7}, "of 1 12-bit unsigned integers a pixel packed with JPEG"),
        ({COMPRESSION: 50001}, "of 1 8-bit unsigned integers a pixel packed with WebP"),
        ({COMPRESSION: 4}, "of 1 8-bit unsigned integers a pixel packed with fax"),
        ({PREDICTOR: 34892}, "whose numbers are kept as differences in way 34892"),
    ],
)
def test_a_kind_that_is_not_read_is_named(tags, sentence):
    with pytest.raises(UnsupportedInputError, match=f"^it: a TIFF {sentence}") as caught:
        read(by_hand(grey(tags=tags)))
    assert str(caught.value).endswith(".")
    assert caught.value.advice


def test_a_page_that_is_not_read_does_not_stand_before_the_others():
    content = by_hand(grey(), grey(tags={PHOTOMETRIC: 32845}))
    assert tiff.size(content).all_frames == 2
    assert read(content, frames="first").frames == 1
    with pytest.raises(UnsupportedInputError, match="LogLuv"):
        read(content)


# What is told besides


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [
        (33723, "its IPTC captions were left out."),
        (37724, "its layers were left out; the picture that they make was read."),
        (34735, "its place on the map was left out."),
    ],
)
def test_what_a_result_will_not_have_is_said(tag, sentence):
    assert read(by_hand(grey(tags={tag: [1, 2, 3]}))).notes == (sentence,)


@pytest.mark.parametrize(
    ("resolution", "unit", "dpi"),
    [
        ((300, 150), 2, (300, 150)),
        ((118.11, 50), 3, (299.9994, 127)),
        ((300, 150), 1, None),
        ((0, 150), 2, None),
    ],
)
def test_dots_per_inch_are_read_in_both_units(resolution, unit, dpi):
    content = by_tifffile(random((4, 5)), resolution=resolution, resolutionunit=unit)
    assert read(content).metadata.dpi == (dpi and pytest.approx(dpi))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["strips", "tiles", "planes", "16 bits", "CMYK", "palette"])
def test_a_turned_page_comes_out_upright(turn, kind):
    stored = photograph(20, 30)
    content, image = {
        "strips": lambda tag: (pillow(Image.fromarray(stored), exif=tag), stored),
        "tiles": lambda tag: (_turned(stored, turn, tile=(16, 16)), stored),
        "planes": lambda tag: (_turned(stored, turn, planarconfig="separate"), stored),
        "16 bits": lambda tag: (_turned(stored * np.uint16(257), turn), stored),
        "CMYK": lambda tag: (
            pillow(Image.fromarray(stored).convert("CMYK"), exif=tag), stored,
        ),
        "palette": lambda tag: (
            pillow(Image.fromarray(stored).quantize(), exif=tag),
            np.asarray(Image.fromarray(stored).quantize().convert("RGB")),
        ),
    }[kind](_exif(turn))  # fmt: skip
    image = Image.fromarray(image)
    image.getexif()[TURN] = turn
    expected = np.asarray(ImageOps.exif_transpose(image))
    picture = read(content)
    shown = picture.pixels[0] // (257 if kind == "16 bits" else 1)
    np.testing.assert_array_equal(shown, expected)


def _exif(turn):
    exif = Image.Exif()
    exif[TURN] = turn
    return exif


def _turned(stored, turn, **options):
    planar = options.get("planarconfig")
    array = np.moveaxis(stored, -1, 0).copy() if planar else stored
    return by_tifffile(array, photometric="rgb", extratags=[(TURN, 3, 1, turn, True)], **options)


# Writing


@st.composite
def pictures(draw):
    """Draw pictures of any kind that a TIFF holds, one to three runs of pages."""
    runs = []
    for seed in range(draw(st.integers(1, 3))):
        frames, rows, columns = (draw(st.integers(1, 4)) for _ in range(3))
        dtype = draw(st.sampled_from(["uint8", "uint16", "float32", "float64"]))
        pixels = random((frames, rows, columns, draw(st.sampled_from([1, 3]))), dtype, seed)
        alpha = random(pixels.shape[:3], dtype, seed + 9) if draw(st.booleans()) else None
        runs.append(Picture(pixels, alpha))
    return replace(runs[0], further=tuple(runs[1:]))


def shape_and_type(picture):
    """Give what makes pages alike."""
    return (*picture.pixels.shape[1:], picture.pixels.dtype, picture.alpha is None)


@settings(max_examples=150, deadline=None)
@given(picture=pictures(), big=st.booleans())
def test_what_is_written_is_read_to_the_bit_here_and_by_tifffile(picture, big):
    most = tiff_writing.MOST_BYTES
    tiff_writing.MOST_BYTES = 0 if big else most
    try:
        content = encode(picture, "tiff")
    finally:
        tiff_writing.MOST_BYTES = most
    assert content[2 if content[:1] == b"I" else 3] == (43 if big else 42)
    runs = (picture, *picture.further)
    frames = [
        (run.stacked(frame), shape_and_type(run)) for run in runs for frame in range(run.frames)
    ]
    again = read(content)
    found = [
        (run.stacked(frame), shape_and_type(run))
        for run in (again, *again.further)
        for frame in range(run.frames)
    ]
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        theirs = [page.asarray() for page in file.pages]
    for (wanted, kind), (ours, same), other in zip(frames, found, theirs, strict=True):
        assert kind == same
        np.testing.assert_array_equal(ours, wanted)
        np.testing.assert_array_equal(other.reshape(wanted.shape), wanted)


def exif_block(make, order, dpi=None):
    """Write an EXIF block with the name of a maker, and a date in its inner directory."""
    exif = Image.Exif()
    exif.endian = order
    exif[271] = make
    exif[TURN] = 6
    if dpi:
        exif[282], exif[283], exif[296] = *dpi, 2
    exif.get_ifd(34665)[36867] = "2020:01:01 00:00:00"
    exif.get_ifd(34665)[33434] = 0.25
    return exif.tobytes()[6:]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("orders", ["<<", ">>", "<>", "><"])
def test_every_run_of_pages_is_written_with_its_own_metadata(orders, big, monkeypatch):
    monkeypatch.setattr(tiff_writing, "MOST_BYTES", 0 if big else 2**32)
    first, second = (exif_block(make, order) for make, order in zip("AB", orders, strict=True))
    picture = Picture(
        random((2, 4, 5, 3)),
        metadata=Metadata(SRGB, first, b"<x/>", dpi=(300, 200)),
        further=(
            Picture(random((1, 6, 5, 1))),
            Picture(random((2, 4, 5, 3)), metadata=Metadata(None, second, dpi=(72.5, 99.9))),
        ),
    )
    content = encode(picture, "tiff")
    again = read(content)
    plain, last = again.further
    assert (again.metadata.icc, again.metadata.xmp) == (SRGB, b"<x/>")
    assert (plain.metadata.icc, plain.metadata.xmp, plain.metadata.dpi) == (None, None, None)
    assert (again.metadata.dpi, last.metadata.dpi) == ((300, 200), pytest.approx((72.5, 99.9)))
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        assert len(file.pages) == 5
        for number, make in ((0, "A"), (3, "B")):
            tags = file.pages[number].tags
            assert (tags[271].value, TURN in tags) == (make, False)
            assert tags[34665].value["DateTimeOriginal"] == "2020:01:01 00:00:00"
            assert tags[34665].value["ExposureTime"] == 0.25
        for number, page in enumerate(file.pages):
            np.testing.assert_array_equal(
                page.asarray().reshape((*page.shape[:2], -1)),
                [*picture.pixels, *picture.further[0].pixels, *picture.further[1].pixels][number],
            )


@pytest.mark.parametrize("told", [None, (300, 300), (72, 72)])
def test_dots_per_inch_win_over_what_exif_tells(told):
    metadata = Metadata(exif=exif_block("A", "<", told), dpi=(150.25, 151))
    content = encode(Picture(random((1, 4, 5, 3)), metadata=metadata), "tiff")
    assert read(content).metadata.dpi == (150.25, 151)
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        assert file.pages[0].get_resolution("inch") == (150.25, 151)


def test_dots_per_inch_that_only_exif_tells_are_written():
    metadata = Metadata(exif=exif_block("A", "<", (96, 97)))
    content = encode(Picture(random((1, 4, 5, 3)), metadata=metadata), "tiff")
    assert read(content).metadata.dpi == (96, 97)


def test_floating_point_numbers_are_not_packed_and_whole_ones_are():
    for dtype, packing in (("float32", 1), ("float64", 1), ("uint8", 8), ("uint16", 8)):
        with tifffile.TiffFile(
            io.BytesIO(encode(Picture(random((1, 4, 5, 3), dtype)), "tiff"))
        ) as file:
            assert file.pages[0].compression == packing


# Published files

FILES = sorted(CORPUS.glob("files/tests/**/*.tif*"))
BROKEN = [path for path in FILES if "fuzz_images" in path.parts]
REFUSED = {
    "logluv-3c-16b.tiff": "of kind LogLuv;",
    "off_l16.tif": "of kind LogL;",
    "off_luv24.tif": "of kind LogLuv;",
    "off_luv32.tif": "of kind LogLuv;",
    "tiled-cmyk-i8.tif": "of kind CMYK in 8-bit signed integers",
    "smallliz.tif": "packed with old-style JPEG;",
    "zackthecat.tif": "packed with old-style JPEG;",
    "text.tif": "packed with ThunderScan;",
}
"""Published files that are whole and not read, and of what kind they are."""

SAME = {
    "random-fp16-pred3.tiff": "random-fp16.tiff",
    "white-fp16-pred3.tiff": "white-fp16-pred2.tiff",
    "seq-1c-64f-deflate-fpredict-afa8560e.tiff": "seq-1c-64f-afa8560e.tiff",
    "quad-lzw.tif": "quad-tile.tif",
    "quad-lzw-compat.tiff": "quad-tile.tif",
}
"""Files that no reader here unpacks, and others with the same numbers."""


def published(files):
    """Give files as parameters, or one that is skipped."""
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no {CORPUS.name} here"))]
    return [pytest.param(path, id=path.name) for path in files]


def lzw(content, **_):
    """Unpack LZW, the slow way."""
    table, width, previous, value, have, parts = [], 9, b"", 0, 0, []
    for byte in content:
        value, have = value << 8 | byte, have + 8
        if have < width:
            continue
        have -= width
        code, value = value >> have, value & (1 << have) - 1
        if code == 257:
            break
        if code == 256:
            table, previous, width = [bytes([at]) for at in range(256)] + [b"", b""], b"", 9
            continue
        entry = table[code] if code < len(table) else previous + previous[:1]
        if previous:
            table.append(previous + entry[:1])
        parts.append(entry)
        previous, width = entry, min(12, (len(table) + 1).bit_length())
    return b"".join(parts)


def packed_numbers(page, content):
    """Read packed numbers: each row is one long number."""
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    count, bits = page.imagewidth * page.samplesperpixel // planes, page.bitspersample
    size = -(-count * bits // 8)
    stored = b"".join(
        content[place : place + length]
        for place, length in zip(page.dataoffsets, page.databytecounts, strict=True)
    )
    lines = [int.from_bytes(stored[at : at + size], "big") for at in range(0, len(stored), size)]
    numbers = np.array(
        [
            [line >> size * 8 - (at + 1) * bits & 2**bits - 1 for at in range(count)]
            for line in lines
        ],
        "uint32",
    ).reshape(planes, page.imagelength, -1)
    if page.predictor == 2:
        numbers = np.cumsum(numbers, axis=2) & 2**bits - 1
    if planes > 1:
        return np.moveaxis(numbers, 0, -1)
    return numbers.reshape(page.imagelength, page.imagewidth, -1)


def numbers_of(path, page, content):
    """Read a page's numbers as they are stored, YCbCr as RGB, by a reader that knows them."""
    if page.bitspersample not in (1, 8, 16, 32, 64):
        return packed_numbers(page, content)
    if page.predictor == 3 or (page.photometric, page.compression) == (6, 1):
        array = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        return array[..., ::-1] if array.ndim == 3 else array[..., None]
    if page.compression in (1, 5, 8, 32946, 32773) and page.photometric != 6:
        array = page.asarray().astype("uint8") if page.bitspersample == 1 else page.asarray()
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            array = np.moveaxis(array, 0, -1)
        return array.reshape(page.imagelength, page.imagewidth, -1)
    with Image.open(path) as image:
        if page.bitspersample == 1:
            shown = np.asarray(image.convert("L"))[..., None] // 255
            return 1 - shown if page.photometric == 0 else shown
        return np.asarray(image).reshape(image.height, image.width, -1)


def expected_of(page, stored):
    """Give colour and transparency by plain formulas."""
    bits, kind, form = page.bitspersample, int(page.photometric), int(page.sampleformat)
    own = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3}[kind]
    colour, extra = stored[..., :own].astype(float), stored[..., own:].astype(float)
    full = 1.0 if form == 3 else 255.0 if bits <= 8 else 65535.0
    if kind == 0:
        colour = 2**bits - 1 - colour
    if kind == 3:
        levels = page.colormap
        even = any((levels % step == 0).all() for step in (256, 257))
        colour = np.moveaxis((levels >> 8 if even else levels)[:, stored[..., 0]], 0, -1)
    elif form == 1 and bits <= 16:
        colour = np.rint(colour * full / (2**bits - 1))
    transparent = [at for at, kind in enumerate(page.extrasamples) if kind in (1, 2)]
    alpha = extra[..., transparent[0]] if transparent else None
    if transparent and page.extrasamples[transparent[0]] == 1:
        shown = np.where(alpha > 0, alpha, np.inf)[..., None]
        colour = np.rint(colour * full / shown).clip(0, full)
    if kind == 5:
        left = full - colour
        light = left[..., :3] * left[..., 3:] / full
        colour = light if form == 3 else np.rint(light)
    return colour, alpha


@pytest.mark.parametrize("path", published([path for path in FILES if path not in BROKEN]))
def test_a_published_tiff_has_the_pixels_that_others_see_or_stands_in_the_table(path, monkeypatch):
    content = path.read_bytes()
    if path.name in REFUSED:
        with pytest.raises(UnsupportedInputError, match=f"^it: a TIFF {REFUSED[path.name]}"):
            read(content)
        return
    monkeypatch.setitem(tifffile.TIFF.DECOMPRESSORS._codecs, 5, lzw)
    if path.name in SAME:
        path = next(one for one in FILES if one.name == SAME[path.name])
    picture = read(content)
    with tifffile.TiffFile(path) as file:
        others = list(file.pages)
        if path.name == "dscf0013.tif":  # nobody else reads its second page
            others, picture = others[:1], replace(picture, further=())
        pages = [expected_of(page, numbers_of(path, page, path.read_bytes())) for page in others]
    frames = [
        (run.pixels[frame], None if run.alpha is None else run.alpha[frame])
        for run in (picture, *picture.further)
        for frame in range(run.frames)
    ]
    for (ours, alpha), (theirs, shown) in zip(frames, pages, strict=True):
        exact = theirs.astype(ours.dtype) if ours.dtype.kind == "f" else theirs
        np.testing.assert_array_equal(ours, exact)
        np.testing.assert_array_equal(alpha, shown)


FUZZ = """
import pathlib, random, sys
from filterkit.errors import FilterkitError
from filterkit.pictures.codecs import decode
numbers = random.Random(0)
for name in sys.argv[2:]:
    content = pathlib.Path(name).read_bytes()
    for turn in range(int(sys.argv[1])):
        changed = bytearray(content)
        for _ in range(turn and numbers.randint(1, 4)):
            changed[numbers.randrange(min(len(changed), 4096))] = numbers.choice([0, 1, 127, 255])
        try:
            decode(bytes(changed), "it", max_pixels=10**7)
        except FilterkitError as error:
            assert str(error).startswith("it: ")
print("done")
"""


@pytest.mark.skipif(not FILES, reason="no published TIFFs here")
@pytest.mark.parametrize(
    ("files", "turns"),
    [(BROKEN, 20), (FILES[::9], 20), pytest.param(FILES, 100, marks=pytest.mark.slow)],
    ids=["broken", "some", "all"],
)
def test_broken_and_changed_files_kill_no_process(files, turns):
    small = [str(path) for path in files if path.stat().st_size < 200_000]
    ended = subprocess.run(
        [sys.executable, "-c", FUZZ, str(turns), *small],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr[-2000:]


def test_pillows_own_limit_does_not_count_and_stays_as_it_was(monkeypatch):
    image = Image.new("CMYK", (20, 20), (10, 20, 30, 40))
    content = pillow(image, compression="tiff_lzw")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert decode(content, "it").pixels.shape == (1, 20, 20, 3)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_metadata_beyond_the_end_is_missed_aloud():
    image = Image.fromarray(random((4, 5, 3)))
    exif = Image.Exif()
    exif[0x010E] = "a long title of the picture"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    content = encode(replace(read(pillow(image)), metadata=Metadata(exif=block)), "tiff")
    assert decode(content, "it").notes == ()
    cut = decode(content[:-5], "it")
    np.testing.assert_array_equal(cut.pixels[0], np.asarray(image))
    assert cut.notes == ("a part of what it tells lies beyond its end and was left out.",)
