"""JPEG 2000: what the boxes say of the numbers in the codestream is done, and nothing else."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from filterkit.errors import InputError, TooLargeError, UnreadableInputError, UnsupportedInputError
from filterkit.pictures.codecs import decode, encode, size_of
from filterkit.pictures.metadata import mended_exif
from filterkit.pictures.picture import Metadata, Picture

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
GREY, SRGB, YCC, CMYK = 17, 16, 18, 12
COLOUR, OPACITY, PREMULTIPLIED = 0, 1, 2
ICC = bytes(16) + b"RGB " + bytes(108)
EXIF = (
    b"II*\0\x08\0\0\0\2\0" + struct.pack("<HHIIHHII", 274, 3, 1, 6, 37500, 7, 9, 38)
    + bytes(4) + b"the maker"
)  # fmt: skip


def noise(*shape, dtype="uint8", seed=4):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def stream(pixels, **options):
    """Encode (rows, columns[, channels]) with Pillow as a bare codestream."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG2000", no_jp2=True, mct=0, **options)
    return content.getvalue()


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


def colours(number):
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, number))


def channels(*kinds):
    """Say of each channel what it is, and of which colour."""
    told = [struct.pack(">HHH", at, *kind) for at, kind in enumerate(kinds)]
    return box(b"cdef", struct.pack(">H", len(kinds)) + b"".join(told))


def file(codestream, *header, behind=b""):
    """Put boxes around a codestream, by hand."""
    columns, rows = struct.unpack_from(">II", codestream, 8)
    (count,) = struct.unpack_from(">H", codestream, 40)
    size = box(b"ihdr", struct.pack(">IIHBBBB", rows, columns, count, codestream[42], 7, 0, 0))
    head = box(b"jp2h", size + b"".join(header))
    return SIGNATURE + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + head + behind + box(b"jp2c", codestream)


def pixels_of(content):
    """Read one frame's pixels."""
    return decode(content, "it").pixels[0]


def by_opencv(content):
    """Read with OpenCV, RGB."""
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    seen = seen.reshape(*seen.shape[:2], -1)
    return seen[..., [2, 1, 0, 3][: seen.shape[2]]] if seen.shape[2] > 1 else seen


# Numbers


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_eight_bits_are_what_opencv_reads(channels, boxed):
    stored = noise(9, 13, channels)
    content = stream(stored if channels > 1 else stored[..., 0])
    content = file(content, colours(GREY if channels == 1 else SRGB)) if boxed else content
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.stacked(), stored)
    np.testing.assert_array_equal(by_opencv(content), stored)


def test_sixteen_bits_are_what_opencv_wrote():
    stored = noise(40, 50, 3, dtype="uint16")
    lossless = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]
    done, content = cv2.imencode(".jp2", stored[..., ::-1], lossless)
    assert done
    np.testing.assert_array_equal(pixels_of(content.tobytes()), stored)


@pytest.mark.parametrize(
    ("bits", "packed", "numbers"),
    [
        (4, "4020282830ff90000a00000000001b0001ff93df20500c1885d28f8080808080ffd9", (15, 7, 0)),
        (
            10,
            "4050585860ff90000a0000000000230001ff93dfb0500c1885d288630000007f8080a00210088080ffd9",
            (1023, 510, 0),
        ),
        (
            12,
            "4060686870ff90000a0000000000240001ff93dfe02c0c1885d2886300000000078080a00084088080ffd9",
            (4095, 2046, 0),
        ),
    ],
)
def test_few_bits_are_scaled_to_full_and_rounded_half_to_even(bits, packed, numbers):
    """Streams of ImageMagick: three rows, all of one grey."""
    size = struct.pack(">8IH", 5, 3, 0, 0, 5, 3, 0, 0, 3) + bytes([bits - 1, 1, 1]) * 3
    head = b"\xff\x4f\xff\x51" + struct.pack(">HH", len(size) + 4, 0) + size
    coding = bytes.fromhex("ff52000c00000001010104040001ff5c0007")
    content = head + coding + bytes.fromhex(packed)
    full = 255 if bits <= 8 else 65535
    wanted = [round(Fraction(number * full, 2**bits - 1)) for number in numbers]
    np.testing.assert_array_equal(pixels_of(content)[:, 2, 1], wanted)
    if bits > 8:
        np.testing.assert_array_equal(by_opencv(content)[:, 2, 1], numbers)


# What the boxes say


def test_channels_may_come_in_an_order_of_their_own():
    stored = noise(5, 6, 3)
    told = channels((COLOUR, 3), (COLOUR, 1), (COLOUR, 2))
    content = file(stream(stored), colours(SRGB), told)
    np.testing.assert_array_equal(pixels_of(content), stored[..., [1, 2, 0]])


def test_alpha_may_come_first():
    stored = noise(5, 6, 4)
    told = channels((OPACITY, 0), (COLOUR, 1), (COLOUR, 2), (COLOUR, 3))
    picture = decode(file(stream(stored), colours(SRGB), told), "it")
    np.testing.assert_array_equal(picture.pixels[0], stored[..., 1:])
    np.testing.assert_array_equal(picture.alpha[0], stored[..., 0])


@pytest.mark.parametrize("told", [b"", channels((COLOUR, 0), (OPACITY, 0)),
                                  channels((COLOUR, 1), (OPACITY, 0))])  # fmt: skip
def test_grey_with_transparency(told):
    stored = noise(5, 6, 2)
    picture = decode(file(stream(stored), colours(GREY), told), "it")
    np.testing.assert_array_equal(picture.stacked(), stored)


def test_premultiplied_colour_is_divided_by_its_alpha_and_that_is_said():
    stored = np.uint8([[[50, 25, 0, 100], [9, 9, 9, 0], [7, 8, 9, 255]]])
    told = channels((COLOUR, 1), (COLOUR, 2), (COLOUR, 3), (PREMULTIPLIED, 0))
    picture = decode(file(stream(stored), colours(SRGB), told), "it")
    wanted = [[[128, 64, 0], [0, 0, 0], [7, 8, 9]]]  # 127.5 and 63.75
    np.testing.assert_array_equal(picture.pixels[0], wanted)
    assert picture.notes == ("its premultiplied transparency was made straight.",)


@pytest.mark.parametrize("known", [3, 4])
def test_indices_stand_for_the_colours_of_a_palette(known):
    indices = np.uint8([[0, 1, 2, 1], [2, 2, 0, 9]])
    palette = noise(3, known)
    body = struct.pack(">HB", 3, known) + b"\7" * known + palette.tobytes()
    mapping = b"".join(struct.pack(">HBB", 0, 1, at) for at in range(known))
    content = file(stream(indices), colours(SRGB), box(b"pclr", body), box(b"cmap", mapping))
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.stacked(), palette[indices.clip(max=2)])
    assert size_of(content) == (2, 4)


def test_brightness_and_two_colours_become_rgb_by_the_figures_of_sycc():
    stored = noise(20, 30, 3)
    content = file(stream(stored), colours(YCC))
    light, blue, red = (
        np.moveaxis(stored.astype(float), 2, 0) - np.array([0, 128, 128])[:, None, None]
    )
    rgb = [light + 1.402 * red, light - 0.344136 * blue - 0.714136 * red, light + 1.772 * blue]
    wanted = np.stack(rgb, axis=2).clip(0, 255)
    assert np.abs(pixels_of(content) - wanted).max() <= 0.5


def test_grey_that_claims_to_be_ycc_is_grey():
    stored = noise(5, 6)
    np.testing.assert_array_equal(pixels_of(file(stream(stored), colours(YCC)))[..., 0], stored)


# Metadata


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_metadata_comes_back(dtype):
    exif = mended_exif(EXIF, 5, 6, (300.0, 72.0))
    known = Metadata(ICC, exif, b"<x:xmpmeta/>", None, (300.0, 72.5))
    content = encode(Picture(noise(1, 5, 6, 3, dtype=dtype), metadata=known), "jp2")
    assert decode(content, "it").metadata == known
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx((300, 72.5))


def test_a_picture_that_exif_says_is_turned_comes_out_upright():
    stored = noise(5, 6)
    own = box(b"uuid", b"JpgTiffExif->JP2" + EXIF)
    picture = decode(file(stream(stored), colours(GREY), behind=own), "it")
    np.testing.assert_array_equal(picture.pixels[0, ..., 0], np.rot90(stored, -1))


@pytest.mark.parametrize("kind", [b"resc", b"resd"])
def test_dots_per_metre_become_dots_per_inch(kind):
    told = box(kind, struct.pack(">4H2b", 2835, 1, 15000, 127, 0, 2))
    content = file(stream(noise(5, 6)), colours(GREY), box(b"res ", told))
    assert decode(content, "it").metadata.dpi == pytest.approx((300, 72.009))


@pytest.mark.parametrize(("lossy", "quality"), [(False, None), (True, 95)])
def test_only_what_was_packed_with_losses_has_a_quality(lossy, quality):
    content = file(stream(noise(5, 6), irreversible=lossy), colours(GREY))
    assert decode(content, "it").metadata.quality == quality


# Damage and claims


def test_a_file_cut_anywhere_is_unreadable():
    for content in (
        stream(noise(5, 7)),
        stream(noise(40, 33, 3), tile_size=(16, 16)),
        encode(Picture(noise(1, 5, 7, 3, dtype="uint16"), metadata=Metadata(xmp=b"<x/>")), "jp2"),
    ):
        lengths = {*range(0, len(content), 7), *range(len(content) - 30, len(content))}
        for length in lengths:
            with pytest.raises(UnreadableInputError):
                decode(content[:length], "it")


def patched(content, place, layout, *numbers):
    """Write numbers over a place of the segment of the size, behind its marker."""
    changed = bytearray(content)
    struct.pack_into(layout, changed, content.index(b"\xff\x51") + 2 + place, *numbers)
    return bytes(changed)


RGB = stream(noise(6, 6, 3))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (patched(RGB, 38, ">B", 0x87), "of numbers with a sign"),
        (patched(RGB, 38, ">B", 6), "whose channels differ in their bits"),
        (patched(RGB, 42, ">BB", 3, 1), "whose channels differ in their size"),
        (patched(stream(noise(6, 6)), 38, ">B", 23), "of 24 bits and 1 channels"),
        (patched(stream(noise(6, 6, 2)), 38, ">BBBB", 15, 1, 1, 15), "of 16 bits and 2 channels"),
        (file(RGB, colours(CMYK)), "of CMYK colours"),
        (file(RGB, box(b"pclr", struct.pack(">HBB", 1, 1, 15))), "a palette of other than 8 bits"),
    ],
)
def test_other_kinds_are_named(content, sentence):
    with pytest.raises(UnsupportedInputError, match=sentence):
        decode(content, "it")


@pytest.mark.parametrize("side", [65535, 2**31, 2**32 - 1])
def test_a_claim_beyond_the_limit_is_refused_from_the_header(side):
    for content in (RGB, file(RGB, colours(SRGB))):
        with pytest.raises(TooLargeError, match="more than the limit"):
            decode(patched(content, 4, ">II", side, side), "it")


@settings(max_examples=60)
@given(st.binary(min_size=1, max_size=12), st.integers(0, 400))
def test_bytes_of_any_kind_are_read_or_refused(noise, place):
    good = file(RGB, colours(SRGB), channels((COLOUR, 1), (COLOUR, 2), (COLOUR, 3)))
    content = good[: 12 + place] + noise + good[12 + place + len(noise) :]
    try:
        picture = decode(content, "it", 10_000)
    except InputError:
        return
    assert size_of(content) == (picture.rows, picture.columns)


# Writing


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 3), (31, 33), (70, 90)])
@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_what_is_written_without_loss_is_what_opencv_reads(dtype, channels, alpha, shape):
    pixels = noise(1, *shape, channels, dtype=dtype)
    veil = noise(1, *shape, dtype=dtype, seed=9) if alpha else None
    content = encode(Picture(pixels, veil), "jp2")
    back = decode(content, "it")
    grey = alpha and dtype == "uint16"  # which no decoder reads with transparency
    np.testing.assert_array_equal(
        back.pixels, pixels.repeat(3, 3) if grey and channels == 1 else pixels
    )
    assert (back.alpha is not None) == alpha
    if alpha:
        np.testing.assert_array_equal(back.alpha, veil)
    if not (alpha and channels == 1 and dtype == "uint8"):  # which OpenCV does not know
        np.testing.assert_array_equal(by_opencv(content), back.stacked())


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("quality", [40, 70, 95])
def test_a_quality_is_so_many_decibels(quality, dtype):
    with Image.open(SAMPLES / "photo.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))[None]
    pixels = pixels if dtype == "uint8" else pixels.astype(np.uint16) * 257
    content = encode(Picture(pixels), "jp2", quality)
    error = (decode(content, "it").pixels / 1.0 - pixels) / np.iinfo(dtype).max
    assert -10 * np.log10(np.mean(error**2)) == pytest.approx(25 + quality / 5, abs=1)
    assert len(content) < len(encode(Picture(pixels), "jp2"))


def test_quality_100_loses_nothing():
    pixels = noise(1, 9, 9, 3)
    np.testing.assert_array_equal(decode(encode(Picture(pixels), "jp2", 100), "it").pixels, pixels)
