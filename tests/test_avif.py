"""AVIF: numbers at full depth, shown as the file says, with its metadata and its timing."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from boxed import clap, exif_item, heif, icc_box, imir, irot, packed_of, xmp_item
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from filterkit.errors import CannotHoldError, InputError, TooLargeError, UnreadableInputError
from filterkit.pictures.codecs import decode, encode, size_of
from filterkit.pictures.metadata import mended_exif, orientation
from filterkit.pictures.picture import Animation, Metadata, Picture

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ICC = bytes(16) + b"RGB " + bytes(108)
EXIF = (
    b"II*\0\x08\0\0\0\2\0" + struct.pack("<HHIIHHII", 274, 3, 1, 6, 37500, 7, 9, 38)
    + bytes(4) + b"the maker"
)  # fmt: skip
XMP = b"<x:xmpmeta/>"


def noise(*shape, dtype="uint8", seed=6):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def smooth(rows=24, columns=32, channels=3, dtype="uint8", frames=1):
    """Give a slope, another one in each channel and frame."""
    row, column = np.mgrid[0:rows, 0:columns] / (rows + columns)
    planes = [(row * (1 + at % 3) + column + at / 9) % 1 for at in range(channels * frames)]
    values = np.stack(planes).reshape(frames, channels, rows, columns).transpose(0, 2, 3, 1)
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


def by_pillow(pixels, **options):
    """Encode (rows, columns, channels) with Pillow."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "AVIF", **options)
    return content.getvalue()


def by_opencv(pixels, depth):
    """Encode without loss, RGB or grey of so many bits."""
    settings = [cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_DEPTH, depth]
    done, content = cv2.imencode(".avif", pixels[..., ::-1], settings)
    assert done
    return content.tobytes()


def seen_by_pillow(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image).reshape(image.height, image.width, -1)


PIXELS = smooth()[0]
PACKED = packed_of(by_pillow(PIXELS, quality=60))
SEEN = seen_by_pillow(by_pillow(PIXELS, quality=60))


# Numbers


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_eight_bits_are_what_opencv_reads(channels, subsampling):
    pixels = smooth(channels=channels)[0]
    if channels == 1:
        pixels, subsampling = pixels[..., 0], "4:0:0"
    content = by_pillow(pixels, subsampling=subsampling)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    seen = seen[..., None] if channels == 1 else seen[..., [2, 1, 0, 3][:channels]]
    np.testing.assert_array_equal(decode(content, "it").stacked(), seen)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [10, 12])
def test_ten_and_twelve_bits_are_scaled_to_full_sixteen(bits, channels):
    full = 2**bits - 1
    stored = noise(20, 21, channels, dtype="uint16") % (full + 1)
    stored[0, 0], stored[0, 1] = 0, full
    picture = decode(by_opencv(stored, bits), "it")
    assert picture.pixels.dtype == np.uint16
    np.testing.assert_array_equal(picture.pixels[0], np.rint(stored * 65535.0 / full))


def test_premultiplied_colour_is_made_straight_and_that_is_said():
    stored = np.full((16, 16, 4), 200, np.uint8)
    stored[..., 3] = 100
    picture = decode(by_pillow(stored, quality=95, alpha_premultiplied=True), "it")
    assert np.abs(picture.pixels - 200.0).max() <= 4
    np.testing.assert_allclose(picture.alpha, 100, atol=1)
    assert picture.notes == ("its premultiplied transparency was made straight.",)


# How it is shown


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_exactly_once(turn):
    exif = Image.Exif()
    exif[274] = turn
    content = by_pillow(PIXELS, quality=60, exif=exif)
    picture = decode(content, "it")
    with Image.open(io.BytesIO(content)) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(picture.pixels[0], upright)
    assert orientation(picture.metadata.exif) == 1


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("quarters", range(4))
def test_it_is_rotated_to_the_left_and_then_mirrored(quarters, axis):
    properties = [irot(quarters)] + ([] if axis is None else [imir(axis)])
    content = heif(PACKED, 24, 32, *properties)
    wanted = np.rot90(SEEN, quarters)
    wanted = wanted if axis is None else np.flip(wanted, axis)
    np.testing.assert_array_equal(decode(content, "it").pixels[0], wanted)
    assert size_of(content) == wanted.shape[:2]


def test_an_orientation_that_only_exif_tells_is_not_applied():
    picture = decode(heif(PACKED, 24, 32, others=[exif_item(EXIF)]), "it")
    np.testing.assert_array_equal(picture.pixels[0], SEEN)
    assert orientation(picture.metadata.exif) == 1


@pytest.mark.parametrize(
    ("crop", "part"),
    [
        (clap(10, 4), np.s_[10:14, 11:21]),
        (clap(10, 4, (3, 1), (-2, 1)), np.s_[8:12, 14:24]),
        (clap(32, 24), np.s_[:, :]),
        (clap(9, 3, (1, 2), (1, 2)), np.s_[11:14, 12:21]),
        (clap(10, 4, (99, 1)), np.s_[:, :]),
        (clap(10, 4, (1, 0)), np.s_[:, :]),
        (clap(0, 4), np.s_[:, :]),
    ],
)
def test_only_the_part_is_shown_that_the_file_says(crop, part):
    content = heif(PACKED, 24, 32, crop)
    np.testing.assert_array_equal(decode(content, "it").pixels[0], SEEN[part])
    assert size_of(content) == SEEN[part].shape[:2]


def test_it_is_cropped_before_it_is_turned():
    content = heif(PACKED, 24, 32, clap(10, 4, (3, 1)), irot(1))
    np.testing.assert_array_equal(decode(content, "it").pixels[0], np.rot90(SEEN[10:14, 14:24]))


# Metadata


def test_metadata_is_found_where_the_items_say():
    others = [exif_item(EXIF, b"Exif\0\0"), xmp_item(XMP)]
    metadata = decode(heif(PACKED, 24, 32, icc_box(ICC), others=others), "it").metadata
    assert metadata.icc == ICC
    assert metadata.xmp == XMP
    assert metadata.exif == mended_exif(EXIF, 24, 32)


@pytest.mark.parametrize("quality", [50, None, 100])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_metadata_comes_back_and_pillow_finds_it(dtype, quality):
    exif = mended_exif(EXIF, 24, 32)
    known = Metadata(ICC, exif, XMP)
    content = encode(Picture(smooth(dtype=dtype), metadata=known), "avif", quality)
    back = decode(content, "it").metadata
    assert (back.icc, back.exif, back.xmp) == (ICC, exif, XMP)
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["icc_profile"] == ICC
        assert image.info["exif"] == exif
        assert image.info["xmp"] == XMP


# Writing


@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
def test_quality_100_loses_nothing_of_eight_bits(alpha):
    pixels = noise(1, 20, 30, 3)
    veil = noise(1, 20, 30, seed=1) if alpha else None
    back = decode(encode(Picture(pixels, veil), "avif", 100), "it")
    np.testing.assert_array_equal(back.pixels, pixels)
    if alpha:
        np.testing.assert_array_equal(back.alpha, veil)


@pytest.mark.parametrize("quality", [None, 90, 100])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_within_half_a_step_of_twelve(channels, quality):
    pixels = noise(1, 20, 30, channels, dtype="uint16")
    back = decode(encode(Picture(pixels), "avif", quality), "it")
    assert back.pixels.shape == pixels.shape
    assert np.abs(back.pixels.astype(float) - pixels).max() <= 65535 / 4095 / 2 + 1


def test_a_lower_quality_takes_fewer_bytes_and_loses_more():
    with Image.open(SAMPLES / "photo.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))[None, :200, :200]
    sizes, errors = [], []
    for quality in (30, 60, None, 100):
        content = encode(Picture(pixels), "avif", quality)
        sizes.append(len(content))
        errors.append(np.abs(decode(content, "it").pixels.astype(float) - pixels).mean())
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


def test_colours_do_not_bleed_from_90_on():
    pixels = np.zeros((1, 16, 16, 3), np.uint8)
    pixels[:, :, ::2, 0], pixels[:, :, 1::2, 2] = 255, 255
    worst = [
        np.abs(decode(encode(Picture(pixels), "avif", quality), "it").pixels.astype(int) - pixels)
        for quality in (90, 89)
    ]
    assert worst[0].max() < 30
    assert worst[1].max() > 100


@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
def test_grey_of_eight_bits_stays_one_channel(alpha):
    pixels = smooth(channels=1)
    back = decode(encode(Picture(pixels, pixels[..., 0] if alpha else None), "avif"), "it")
    np.testing.assert_allclose(back.pixels.astype(float), pixels, atol=4)
    assert back.pixels.shape == pixels.shape
    assert (back.alpha is not None) == alpha


def test_grey_with_transparency_of_sixteen_bits_is_written_as_colour_without_its_profile():
    pixels = smooth(channels=1, dtype="uint16")
    grey = Metadata(icc=bytes(16) + b"GRAY" + bytes(108))
    back = decode(encode(Picture(pixels, pixels[..., 0], metadata=grey), "avif"), "it")
    assert back.channels == 3
    assert back.metadata.icc is None
    assert back.notes == ()


def test_a_side_beyond_32768_is_refused_and_32768_is_not():
    pixels = np.full((1, 1, 32769, 1), 7, np.uint8)
    with pytest.raises(CannotHoldError, match="AVIF holds at most 32768 rows and columns"):
        encode(Picture(pixels), "avif")
    assert decode(encode(Picture(pixels[:, :, :-1]), "avif"), "it").columns == 32768


# Animations


DELAYS = (40.0, 100.0, 70.0)


@pytest.mark.parametrize("loops", [0, 1, 2, 7])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_frames_delays_and_loops_come_back(dtype, channels, loops):
    pixels = smooth(channels=channels, dtype=dtype, frames=3)
    content = encode(Picture(pixels, animation=Animation(DELAYS, loops)), "avif", 100)
    back = decode(content, "it")
    assert back.animation == Animation(DELAYS, loops)
    full = np.iinfo(dtype).max
    np.testing.assert_allclose(back.pixels / full, pixels / full, atol=0.02)
    with Image.open(io.BytesIO(content)) as image:
        assert image.n_frames == 3


def test_one_frame_alone_is_as_it_is_among_all():
    pixels = smooth(frames=3)
    for stored in (pixels, pixels.astype(np.uint16) * 257):
        content = encode(Picture(stored), "avif")
        every = decode(content, "it")
        for number in (1, 2, 3):
            one = decode(content, "it", frames=number)
            np.testing.assert_array_equal(one.pixels[0], every.pixels[number - 1])
            assert one.animation is None


def test_an_animation_has_transparency():
    pixels = smooth(frames=2)
    back = decode(encode(Picture(pixels, pixels[..., 0].copy()), "avif"), "it")
    np.testing.assert_allclose(back.alpha.astype(float), pixels[..., 0], atol=6)


def test_an_animation_does_not_tell_when_it_was_made():
    content = encode(Picture(smooth(frames=2)), "avif")
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        at = content.index(kind)
        assert content[at + 8 : at + 24] == bytes(16)


def test_an_animation_keeps_its_metadata():
    exif = mended_exif(EXIF, 24, 32)
    picture = Picture(smooth(frames=2), metadata=Metadata(ICC, exif, XMP))
    back = decode(encode(picture, "avif"), "it").metadata
    assert (back.icc, back.exif, back.xmp) == (ICC, exif, XMP)


# Damage and claims


def test_a_file_cut_anywhere_is_unreadable():
    for content in (
        heif(PACKED, 24, 32, irot(1), icc_box(ICC), others=[exif_item(EXIF), xmp_item(XMP)]),
        encode(Picture(smooth(frames=2)), "avif"),
        encode(Picture(smooth(dtype="uint16")), "avif"),
    ):
        lengths = {*range(0, len(content), 11), *range(len(content) - 20, len(content))}
        for length in lengths:
            with pytest.raises(UnreadableInputError):
                decode(content[:length], "it")


@pytest.mark.parametrize("side", [65535, 2**31, 2**32 - 1])
def test_a_claim_beyond_the_limit_is_refused_from_the_header(side):
    with pytest.raises(TooLargeError, match="more than the limit"):
        decode(heif(PACKED, side, side), "it")


def test_more_than_libavif_reads_is_refused_as_too_large():
    with pytest.raises(TooLargeError, match="AVIF is read up to 32768 rows and columns"):
        decode(heif(PACKED, 1, 32769), "it")


def test_a_picture_without_pixels_is_unreadable():
    with pytest.raises(UnreadableInputError, match="its header says 0x32 pixels"):
        decode(heif(PACKED, 0, 32), "it")


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=12), st.integers(0, 600))
def test_bytes_of_any_kind_are_read_or_refused(noise, place):
    good = heif(PACKED, 24, 32, irot(1), clap(10, 4), others=[exif_item(EXIF)])
    content = good[: 12 + place] + noise + good[12 + place + len(noise) :]
    try:
        picture = decode(content, "it", 10_000)
    except InputError:
        return
    assert size_of(content) == (picture.rows, picture.columns)
