"""PBM, PGM, PPM, PAM and PFM: a few words, then numbers, and white is what the words say."""

import io
import re
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filterkit.errors import (
    CannotHoldError,
    InputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
)
from filterkit.pictures.codecs import decode, encode, size_of, sniff
from filterkit.pictures.picture import Picture
from filterkit.pictures.pnm import ONLY_FIRST


def pixels_of(content):
    """Read one frame's pixels."""
    return decode(content, "it").pixels[0]


def noise(shape, dtype="uint8", most=None):
    most = most or np.iinfo(dtype).max
    return np.random.default_rng(3).integers(0, most + 1, shape).astype(dtype)


def pam(kind, depth, body, most=255, rows=1, columns=1, newline=b"\n"):
    """Write a PAM by hand."""
    told = {"WIDTH": columns, "HEIGHT": rows, "DEPTH": depth, "MAXVAL": most, "TUPLTYPE": kind}
    lines = [f"{word} {value}".encode() for word, value in told.items() if value != ""]
    return newline.join([b"P7", *lines, b"ENDHDR\n"]) + body


# Black, grey and colour, as text and as bytes


@pytest.mark.parametrize(
    "content",
    [
        b"P1\n3 2\n1 0 1\n0 1 0\n",
        b"P1 3 2 101010",
        b"P1#c\n3#c\n#c#c\n2\n10\n1010",
        b"P1\r\n3\t2\r\n1 0 1 0 1 0",
        b"P4\n3 2\n\xbf\x5f",
        b"P4 3 2#c\n\xbf\x5f",
    ],
)
def test_ones_are_black(content):
    np.testing.assert_array_equal(pixels_of(content)[..., 0], [[0, 255, 0], [255, 0, 255]])


@pytest.mark.parametrize(
    "content",
    [
        b"P2\n3 1\n255\n0 128 255\n",
        b"P2 3 1 255 0 128 255",
        b"P2\n# one\n# two\n3 1 # three\n255 0\n#four\n128\t255",
        b"P2\x0b3\x0c1\r255\n000 0128\n\n255 ",
        b"P5\n3 1\n255\n\0\x80\xff",
        b"P5 3 1 255 \0\x80\xff",
        b"P5\r3\t1\n#P5 9 9 9\n255#last\n\0\x80\xff",
    ],
)
def test_words_may_be_divided_in_many_ways(content):
    np.testing.assert_array_equal(pixels_of(content)[..., 0], [[0, 128, 255]])


@pytest.mark.parametrize(
    "most", [1, 2, 3, 7, 9, 100, 254, 255, 256, 1000, 1023, 4095, 65534, 65535]
)
@pytest.mark.parametrize("kind", [2, 5])
def test_numbers_are_scaled_to_full_and_rounded_half_to_even(kind, most):
    numbers = np.unique(np.linspace(0, most, 700).astype(int))
    head = f"P{kind} {len(numbers)} 1 {most}\n".encode()
    stored = numbers.astype(">u2" if most > 255 else "u1").tobytes()
    content = head + (" ".join(map(str, numbers)).encode() if kind == 2 else stored)
    full = 255 if most <= 255 else 65535
    wanted = [round(Fraction(int(number) * full, most)) for number in numbers]
    found = pixels_of(content)[0, :, 0]
    assert found.dtype == (np.uint8 if full == 255 else np.uint16)
    np.testing.assert_array_equal(found, wanted)


@given(
    st.sampled_from([1, 2, 3, 4, 5, 6]),
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([255, 65535]),
    st.integers(0, 99),
)
def test_pillow_and_opencv_see_the_same(kind, rows, columns, most, seed):
    rng = np.random.default_rng(seed)
    channels = 3 if kind in (3, 6) else 1
    if kind in (1, 4):
        numbers, words = rng.integers(0, 2, (rows, columns, 1)), f"{columns} {rows}"
        stored = np.packbits(numbers[..., 0].astype(np.uint8), axis=1).tobytes()
    else:
        numbers = rng.integers(0, most + 1, (rows, columns, channels))
        words = f"{columns} {rows} {most}"
        stored = numbers.astype(">u2" if most > 255 else "u1").tobytes()
    text = " ".join(map(str, numbers.ravel())).encode() + b"\n"
    content = f"P{kind}\n{words}\n".encode() + (text if kind <= 3 else stored)
    found = pixels_of(content)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(found, seen.reshape(rows, columns, -1)[..., ::-1])
    if found.dtype == np.uint8:
        with Image.open(io.BytesIO(content)) as image:
            mode = "L" if channels == 1 else "RGB"
            np.testing.assert_array_equal(found.squeeze(2) if channels == 1 else found,
                                          np.asarray(image.convert(mode)))  # fmt: skip


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize(("name", "channels"), [("pgm", 1), ("ppm", 3)])
def test_opencv_reads_what_is_written(name, channels, dtype):
    pixels = noise((5, 7, channels), dtype)
    content = encode(Picture(pixels[None]), name)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(seen.reshape(5, 7, -1)[..., ::-1], pixels)
    np.testing.assert_array_equal(pixels_of(content), pixels)
    assert sniff(content) == name


def test_grey_becomes_colour_in_a_ppm_and_colour_is_refused_by_a_pgm():
    grey = noise((1, 2, 3, 1))
    np.testing.assert_array_equal(pixels_of(encode(Picture(grey), "ppm")), grey[0].repeat(3, 2))
    with pytest.raises(CannotHoldError, match="PGM holds grey and no colour"):
        encode(Picture(noise((1, 2, 3, 3))), "pgm")


@pytest.mark.parametrize(
    "content",
    [b"P5 1 1 255 aP5 1 1 255 b", b"P2 1 1 9 3\nP2 1 1 9 4", b"P5 1 1 9 \1\nP6 1 1 9 abc"],
)
def test_further_pictures_of_a_file_are_named(content):
    picture = decode(content, "it")
    assert picture.notes == (ONLY_FIRST,)
    assert picture.pixels.shape == (1, 1, 1, 1)


# PAM


@pytest.mark.parametrize(
    ("kind", "depth", "most", "body", "pixels", "alpha"),
    [
        ("BLACKANDWHITE", 1, 1, b"\0\1", [[0], [255]], None),
        ("GRAYSCALE", 1, 255, b"\3\7", [[3], [7]], None),
        ("GRAYSCALE_ALPHA", 2, 255, b"\3\4\5\6", [[3], [5]], [4, 6]),
        ("BLACKANDWHITE_ALPHA", 2, 1, b"\0\1\1\0", [[0], [255]], [255, 0]),
        ("RGB", 3, 255, b"abcdef", [list(b"abc"), list(b"def")], None),
        ("RGB_ALPHA", 4, 15, b"\1\2\3\4\5\6\7\x0f", [[17, 34, 51], [85, 102, 119]], [68, 255]),
        ("", 3, 255, b"abcdef", [list(b"abc"), list(b"def")], None),
        ("", 2, 65535, b"\0\1\0\2\0\3\0\4", [[1], [3]], [2, 4]),
    ],
)
def test_the_tuple_type_says_what_the_numbers_are(kind, depth, most, body, pixels, alpha):
    for newline in (b"\n", b"\r\n", b"\n# a comment\n\n"):
        picture = decode(pam(kind, depth, body, most, columns=2, newline=newline), "it")
        np.testing.assert_array_equal(picture.pixels[0, 0], pixels)
        assert (picture.alpha is None) == (alpha is None)
        if alpha is not None:
            np.testing.assert_array_equal(picture.alpha[0, 0], alpha)


@pytest.mark.parametrize(("kind", "depth"), [("CMYK", 4), ("RGB", 4), ("GRAYSCALE", 3), ("", 5)])
def test_other_tuples_are_refused_by_name(kind, depth):
    with pytest.raises(UnsupportedInputError, match=f"a PAM of .*{depth} numbers a pixel"):
        decode(pam(kind, depth, bytes(10)), "it")


@pytest.mark.parametrize("word", ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL"])
def test_a_missing_line_of_the_header_is_named(word):
    content = re.sub(rb"%s [0-9]+\n" % word.encode(), b"", pam("RGB", 3, b"abc"))
    with pytest.raises(UnreadableInputError, match=f"its header has no {word}"):
        decode(content, "it")


def test_a_pam_is_its_header_and_numbers_with_the_highest_byte_first():
    picture = Picture(np.uint16([[[[1, 2, 3]]]]), np.uint16([[[0xABCD]]]))
    head = b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 65535\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    assert encode(picture, "pam") == head + b"\0\1\0\2\0\3\xab\xcd"


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_transparency_survives_in_a_pam(channels, dtype):
    pixels, alpha = noise((1, 4, 5, channels), dtype), noise((1, 4, 5), dtype)
    back = decode(encode(Picture(pixels, alpha), "pam"), "it")
    np.testing.assert_array_equal(back.pixels, pixels)
    np.testing.assert_array_equal(back.alpha, alpha)


# Damage


@pytest.mark.parametrize(
    "content",
    [
        b"P2\n2 2\n255\n10 20 30 4",
        b"P1 2 2 1011",
        b"P4\n9 2\n\1\2\3\4",
        b"P5 2 2 255\nabcd",
        b"P6 1 1 65535\nabcdef",
        pam("RGB_ALPHA", 4, b"abcd"),
        b"Pf 1 1 -1.0\nabcd",
        b"PF\n1 1\n1\nabcdefghijkl",
    ],
)
def test_a_file_cut_anywhere_is_unreadable(content):
    assert decode(content, "it").frames == 1
    for length in range(len(content)):
        with pytest.raises(UnreadableInputError):
            decode(content[:length], "it")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"P5 0 1 255 a", "its header says 1x0 pixels"),
        (b"P5 1 1 0 a", "its header says that 0 is white"),
        (b"P5 1 1 65536 ab", "its header says that 65536 is white"),
        (b"P2 2 1 9 3 10", "one of its numbers is 10, and 9 is white"),
        (b"P5 2 1 9 \3\n", "one of its numbers is 10, and 9 is white"),
        (b"P1 2 1 1 2", "one of its numbers is 2, and 1 is white"),
        (b"P2 2 1 9 3 x", "2 numbers are announced, and there are 1"),
        (b"P2 1 1 9 -3", "1 numbers are announced, and there are 0"),
        (b"P2 1 1 65535 99999999999999999999", "one of its numbers is 9223372036854775807"),
        (b"P5 1 99999999999999999999 255 a", "its header is cut off or holds no whole numbers"),
        (b"P5 1 1 25.5 a", "its header is cut off"),
        (b"Pf 1 1 0\nabcd", "its scale is no number, or 0"),
        (b"Pf 1 1 1e999\nabcd", "its scale is no number, or 0"),
        (b"Pf 1 1 .\nabcd", "its scale is no number, or 0"),
        (b"Pf 0 1 1\nabcd", "its header says 1x0 pixels"),
    ],
)
def test_what_breaks_the_rules_is_told(content, sentence):
    with pytest.raises(UnreadableInputError, match=re.escape(sentence)):
        decode(content, "it")


@pytest.mark.parametrize(
    "content",
    [
        b"P5 65535 65535 255 ",
        b"P2 2147483648 2147483648 255 ",
        b"P4 999999999999 1 ",
        b"PF 65535 65535 -1 ",
        pam("RGB", 3, b"", rows=2**31, columns=2**31),
    ],
)
def test_a_claim_beyond_the_limit_is_refused_from_the_header(content):
    with pytest.raises(TooLargeError, match="more than the limit"):
        decode(content, "it")


@pytest.mark.parametrize(
    "text", [b"P3 players a side", b"P7 332\n#IMGINFO", b"PF is a club", b"P5"]
)
def test_text_that_begins_alike_is_none(text):
    assert sniff(text) is None


@given(st.sampled_from([b"P1", b"P2", b"P3", b"P5", b"P6", b"P7\n", b"Pf ", b"PF\n"]), st.text(
    "0123456789 \n#.-eP7WIDTHEGPMAXVLNR", max_size=60), st.binary(max_size=9))  # fmt: skip
def test_words_of_any_kind_are_read_or_refused(magic, words, body):
    content = magic + words.encode() + body
    try:
        picture = decode(content, "it", 1000)
    except InputError:
        return
    assert size_of(content) == (picture.rows, picture.columns)


# PFM


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("scale", "order"), [(b"-1.0", "<"), (b"1", ">"), (b"+1e0", ">")])
def test_the_lowest_row_comes_first_in_the_order_that_the_sign_tells(channels, scale, order):
    numbers = np.random.default_rng(1).standard_normal((3, 4, channels)).astype(np.float32)
    kind = b"Pf" if channels == 1 else b"PF"
    body = numbers[::-1].astype(f"{order}f4").tobytes()
    content = kind + b"\n4 3\n" + scale + b"\n" + body
    np.testing.assert_array_equal(pixels_of(content), numbers)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(seen.reshape(3, 4, -1)[..., ::-1], numbers)


def test_the_size_of_a_scale_is_left_alone_and_told():
    picture = decode(b"Pf 1 1 -2.5\n" + np.float32(3).tobytes(), "it")
    assert picture.pixels.item() == 3
    assert picture.notes == ("its scale of 2.5 was not applied to its numbers.",)


@pytest.mark.parametrize("channels", [1, 3])
def test_opencv_reads_a_written_pfm(channels):
    numbers = np.random.default_rng(2).standard_normal((1, 3, 4, channels)).astype(np.float32)
    content = encode(Picture(numbers), "pfm")
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(seen.reshape(3, 4, -1)[..., ::-1], numbers[0])
    np.testing.assert_array_equal(pixels_of(content), numbers[0])


def test_numbers_too_large_for_32_bits_are_refused():
    with pytest.raises(CannotHoldError, match=r"PFM holds numbers up to 3\.4e\+38"):
        encode(Picture(np.full((1, 1, 1, 1), 1e39)), "pfm")


def test_nan_in_a_pfm_is_refused():
    with pytest.raises(UnsupportedInputError, match="1 of its 1 numbers are NaN"):
        decode(b"Pf 1 1 -1\n" + np.float32(np.nan).tobytes(), "it")
