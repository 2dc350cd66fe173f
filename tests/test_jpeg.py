"""Every kind of JPEG is read as others read it, or refused by name; what is left out is said."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from filterkit.errors import (
    CannotHoldError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
)
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.metadata import kept
from filterkit.pictures.picture import Metadata, Picture

ARITHMETIC = (
    "ffd8ffe000104a46494600010100000100010000ffdb004300030202030202030303030403030405080505040405"
    "0a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc900"
    "0b080008000801011100ffcc000600101005ffda0008010100003f00ff00b2bca3d5e90f399290ee08e0ffd9"
)
ARITHMETIC_PROGRESSIVE = (
    "ffd8ffe000104a46494600010100000100010000ffdb004300030202030202030303030403030405080505040405"
    "0a070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffca00"
    "0b080008000801011100ffcc00040010ffda0008010100000001ff0066ffcc00041005ffda000801010001050216"
    "242c6dffcc00041005ffda0008010100063f020ad0ffcc00041005ffda0008010100013f21d5c272ffda00080101"
    "00000010c0ffcc00041005ffda0008010100013f104c7e7cffd9"
)
"""A ramp of 8x8, as cjpeg writes it with -arithmetic."""


def jpeg(channels=3, **options):
    """Write a JPEG of 16x24 with Pillow."""
    ramp = np.linspace(0, 255, 16 * 24 * channels).reshape(16, 24, channels).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(ramp.squeeze()).save(stream, "JPEG", **options)
    return stream.getvalue()


GREY = jpeg(1)
FRAME = GREY.index(b"\xff\xc0")
COLOUR = jpeg()


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segment(marker, body, content=COLOUR):
    """Put a segment behind JFIF's."""
    return content[:20] + segment(marker, body) + content[20:]


def notes(content):
    return decode(content, "it").notes


# Kinds


@pytest.mark.parametrize("stored", [ARITHMETIC, ARITHMETIC_PROGRESSIVE])
def test_arithmetic_coding_is_read_as_pillow_reads_it(stored):
    content = bytes.fromhex(stored)
    expected = np.asarray(Image.open(io.BytesIO(content)))
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.pixels[0, ..., 0], expected)
    assert np.ptp(expected) > 100


def of_kind(marker, bits=8, components=1):
    """Give a grey JPEG whose header claims another kind."""
    content = bytearray(GREY)
    content[FRAME + 1], content[FRAME + 4], content[FRAME + 9] = marker, bits, components
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (of_kind(0xC1, 12), "a JPEG of 12 bits; 8 are read."),
        (of_kind(0xC3, 16), "a lossless JPEG of 16 bits; 8 are read."),
        (of_kind(0xC5), "a hierarchical JPEG, which is not read."),
        (of_kind(0xCF), "a hierarchical JPEG, which is not read."),
        (of_kind(0xCB), "a lossless JPEG with arithmetic coding, which is not read."),
        (of_kind(0xC0, 8, 2), "a JPEG of 2 components; 1, 3, 4 are read."),
        (of_kind(0xC0, 8, 5), "a JPEG of 5 components; 1, 3, 4 are read."),
    ],
)
def test_a_kind_that_is_not_read_is_refused_by_name(content, sentence):
    with pytest.raises(UnsupportedInputError) as caught:
        decode(content, "it")
    assert caught.value.sentence == f"it: {sentence}"


def test_a_height_behind_the_pixels_is_refused_by_name_and_no_height_is_corrupt():
    flat = GREY[: FRAME + 5] + b"\0\0" + GREY[FRAME + 7 :]
    told_late = flat[:-2] + b"\xff\xdc\0\4\0\x10" + flat[-2:]
    with pytest.raises(UnsupportedInputError, match="height only behind its pixels"):
        decode(told_late, "it")
    with pytest.raises(UnreadableInputError, match="its header says 0x24 pixels"):
        decode(flat, "it")


def test_scans_without_end_are_refused():
    content = jpeg(1, progressive=True)
    at = content.rindex(b"\xff\xda")
    last = content[at:-2]
    decode(content[:-2] + last * 400 + b"\xff\xd9", "it")
    with pytest.raises(TooLargeError, match=r"^it: a JPEG of more than 500 scans\.$"):
        decode(content[:-2] + last * 500 + b"\xff\xd9", "it")
    decode(content + last * 500, "it")


def test_inks_follow_adobes_rule_that_full_is_no_ink():
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 1] = 255  # magenta
    stream = io.BytesIO()
    Image.fromarray(inks, "CMYK").save(stream, "JPEG", quality=100)
    picture = decode(stream.getvalue(), "it")
    assert np.abs(picture.pixels[0, 4, 4].astype(int) - (255, 0, 255)).max() <= 2
    assert picture.notes == ("its CMYK colours were turned into RGB without a profile.",)


def test_what_is_missing_is_never_filled_with_the_picture_before():
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (160, 240, 3)).astype(np.uint8)
    Image.fromarray(noise).save(stream, "JPEG")
    broken = stream.getvalue()[: len(stream.getvalue()) // 2] + b"\xff\xd9"
    seen = []
    for shade in (0, 255) * 10:
        before = encode(Picture(np.full((1, 160, 240, 3), shade, np.uint8)), "jpeg")
        assert decode(before, "it").pixels.max() == shade
        seen.append(decode(broken, "it").pixels)
    assert all(np.array_equal(one, seen[0]) for one in seen)
    assert np.ptp(seen[0][0, -8:]) == 0


# What is left out is said


def test_nothing_is_said_of_an_ordinary_jpeg():
    assert notes(COLOUR) == ()
    assert (
        notes(with_segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x10" + bytes(16))) == ()
    )


def test_captions_are_left_out_and_said():
    own_version = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x07\x1c\x02\0\0\x02\0\x02\0"
    caption = own_version[:-8] + b"\x1c\x02\x78\0\x05hello"
    assert notes(with_segment(0xED, own_version)) == ()
    assert notes(with_segment(0xED, caption)) == ("its IPTC captions were left out.",)


MAIN = b'<rdf:Description xmpNote:HasExtendedXMP="%b" dc:title="a"/>' % (b"0" * 32)
EXTENSION = (
    b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", 8, 0) + b"<depth/>"
)


def test_extended_xmp_is_left_out_and_said_and_no_longer_announced():
    content = with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MAIN)
    picture = decode(with_segment(0xE1, EXTENSION, content), "it")
    assert picture.notes == ("its extended XMP (depth maps, long histories) was left out.",)
    assert picture.metadata.xmp == b'<rdf:Description dc:title="a"/>'


def several(kind, content=COLOUR, order=">"):
    """Put a second picture of a kind behind the first, and list both as MPF does."""

    def directory(place):
        mark = b"MM" if order == ">" else b"II"
        first = struct.pack(f"{order}IIIHH", 0x030000, len(content), 0, 0, 0)
        second = struct.pack(f"{order}IIIHH", kind, len(COLOUR), place, 0, 0)
        return (
            mark + struct.pack(f"{order}HI", 42, 8) + struct.pack(f"{order}H", 1)
            + struct.pack(f"{order}HHII", 0xB002, 7, 32, 26) + bytes(4) + first + second
        )  # fmt: skip

    length = len(with_segment(0xE2, b"MPF\0" + directory(0), content))
    return with_segment(0xE2, b"MPF\0" + directory(length - 28), content) + COLOUR


MORE = "the further pictures in it (a gain map, a depth map, another view) were left out."


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [(0x000000, (MORE,)), (0x020002, (MORE,)), (0x010001, ()), (0x010002, ())],
)
def test_a_second_picture_is_left_out_and_said_unless_it_is_a_preview(kind, said, order):
    picture = decode(several(kind, order=order), "it")
    assert picture.notes == said
    np.testing.assert_array_equal(picture.pixels, decode(COLOUR, "it").pixels)


def test_a_second_picture_that_is_only_announced_is_not_missed():
    assert notes(several(0)[: -len(COLOUR)]) == ()


def test_a_film_behind_the_picture_is_left_out_and_said():
    film = struct.pack(">I", 24) + b"ftypmp42" + bytes(100)
    for content in (COLOUR, jpeg(progressive=True)):
        assert notes(content + film) == ("the film behind it was left out.",)
        assert notes(with_segment(0xFE, b"ftyp", content)) == ()


def test_a_profile_that_lacks_a_part_is_left_out_and_said():
    content = encode(Picture(np.zeros((1, 8, 8, 3), np.uint8)), "jpeg")
    part = with_segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(200), content)
    picture = decode(part, "it")
    assert picture.metadata.icc is None
    assert picture.notes == ("its colour profile lacks a part and was left out.",)


def test_a_profile_of_more_than_255_parts_is_refused():
    metadata = Metadata(icc=bytes(255 * 65519 + 1))
    with pytest.raises(CannotHoldError, match="JPEG holds a profile of 16707345 bytes, not 167073"):
        encode(Picture(np.zeros((1, 8, 8, 3), np.uint8), metadata=metadata), "jpeg")


# Dots per inch


def dpi(content):
    return decode(content, "it").metadata.dpi


def exif(across, down, unit=2, order="<"):
    """Write an EXIF block that tells dots per inch, or per centimetre."""
    block = Image.Exif()
    block.endian = order
    block[282], block[283] = across, down
    if unit:
        block[296] = unit
    return block.tobytes().removeprefix(b"Exif\0\0")


def test_jfif_tells_dots_per_inch_or_per_centimetre():
    assert dpi(jpeg(dpi=(300, 150))) == (300, 150)
    in_centimetres = COLOUR[:13] + struct.pack(">BHH", 2, 100, 50) + COLOUR[18:]
    assert dpi(in_centimetres) == pytest.approx((254, 127))


@pytest.mark.parametrize(("unit", "across"), [(0, 1), (1, 0), (3, 72)])
def test_the_shape_of_a_pixel_and_nonsense_are_no_dots_per_inch(unit, across):
    assert dpi(COLOUR[:13] + struct.pack(">BHH", unit, across, 72) + COLOUR[18:]) is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_tells_them_where_jfif_does_not(order):
    assert dpi(jpeg(exif=b"Exif\0\0" + exif(300.0, 150.0, order=order))) == (300, 150)
    assert dpi(jpeg(exif=b"Exif\0\0" + exif(100.0, 100.0, unit=3))) == pytest.approx((254, 254))
    assert dpi(jpeg(exif=b"Exif\0\0" + exif(240.0, 240.0, unit=None))) == (240, 240)
    assert dpi(jpeg(exif=b"Exif\0\0" + exif(240.0, 240.0, unit=1))) is None


@pytest.mark.parametrize("told", [(300.0, 300.0), (72.0, 96.0), (299.72, 299.72), (1.2, 50_000.0)])
def test_they_are_written_so_that_pillow_reads_them(told):
    picture = Picture(np.zeros((1, 8, 8, 3), np.uint8), metadata=Metadata(dpi=told))
    content = encode(picture, "jpeg")
    assert dpi(content) == pytest.approx(told, abs=0.5)
    if min(told) > 1:
        assert Image.open(io.BytesIO(content)).info["dpi"] == pytest.approx(told, abs=0.5)


def test_dots_per_centimetre_come_back_exactly():
    picture = Picture(np.zeros((1, 8, 8, 3), np.uint8), metadata=Metadata(dpi=(118 * 2.54,) * 2))
    assert dpi(encode(picture, "jpeg")) == pytest.approx((299.72, 299.72))


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
@pytest.mark.parametrize("told", [(0.001, 0.001), (1e9, 1e9), (float("nan"), 72), (0, 0)])
def test_nonsense_is_not_written(told, kind):
    picture = Picture(np.zeros((1, 8, 8, 3), np.uint8), metadata=Metadata(dpi=told))
    assert dpi(encode(picture, kind)) is None


@pytest.mark.parametrize("unit", [2, 3, None])
def test_exif_that_says_otherwise_is_brought_to_what_the_file_says(unit):
    block = exif(72.0, 72.0, unit)
    content = jpeg(dpi=(300, 300), exif=b"Exif\0\0" + block)
    picture = decode(content, "it")
    assert picture.metadata.dpi == (300, 300)
    read = Image.Exif()
    read.load(b"Exif\0\0" + picture.metadata.exif)
    assert (read[282], read[283], read.get(296, 2)) == (300, 300, 2)
    assert len(picture.metadata.exif) == len(block)


def test_exif_that_says_the_same_stays_as_it_is_to_the_byte():
    block = exif(299.9994, 299.9994)
    assert decode(jpeg(dpi=(300, 300), exif=b"Exif\0\0" + block), "it").metadata.exif == block


@pytest.mark.parametrize(
    ("keep", "expected"), [("keep", (300, 300)), ("icc", None), ("strip", None)]
)
def test_only_what_is_kept_keeps_them(keep, expected):
    metadata = decode(jpeg(dpi=(300, 300)), "it").metadata
    assert kept(metadata, keep, channels_changed=False, rows=16, columns=24).dpi == expected
