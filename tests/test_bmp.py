"""A BMP is read as its own header means it, whatever its palette, masks or runs."""

import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filterkit.errors import InputError, TooLargeError, UnreadableInputError, UnsupportedInputError
from filterkit.pictures.codecs import decode, encode, size_of
from filterkit.pictures.picture import Metadata, Picture

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 8, 7))
RED, GREEN, BLUE, DARK = range(4)
GREYS = tuple((level,) * 3 for level in (200, 0, 255, 7))
PLAIN, RLE8, RLE4, MASKED, MASKED_ALPHA = 0, 1, 2, 3, 6
RGB565 = (0xF800, 0x07E0, 0x001F)


def bmp(rows, columns, bits, pixels, *, packing=0, colours=(), masks=(), dots=(0, 0), header=40):
    """Write a BMP by hand; more than 40 bytes of header hold the masks, fewer are OS/2's."""
    wide = 3 if header == 12 else 4
    palette = b"".join(struct.pack("BBB", *colour[::-1]) + bytes(wide - 3) for colour in colours)
    if header == 12:
        head = struct.pack("<IHHHH", 12, columns, rows, 1, bits)
    else:
        fields = (columns, rows, 1, bits, packing, len(pixels), *dots, len(colours), 0)
        head = struct.pack("<IiiHHIIiiII", header, *fields)
    extra = struct.pack(f"<{len(masks)}I", *masks)
    head += extra.ljust(max(header - 40, 0), b"\0") if header > 40 else extra
    begin = 14 + len(head) + len(palette)
    return struct.pack("<2sIII", b"BM", begin + len(pixels), 0, begin) + head + palette + pixels


def lines(rows):
    """Pack rows of bytes, the lowest first, each to a multiple of four."""
    return b"".join(bytes(row) + bytes(-len(row) % 4) for row in reversed(rows))


def by_pillow(content):
    """Read with Pillow as RGB."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"))


def pixels_of(content):
    """Read one frame's pixels."""
    return decode(content, "it").pixels[0]


def noise(*shape):
    return np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8)


# Palettes


@pytest.mark.parametrize("header", [12, 40, 64, 108, 124])
@pytest.mark.parametrize(
    ("bits", "row"),
    [(1, [0b01100000]), (2, [0b00011011, 0b01000000]), (4, [0x01, 0x23, 0x10]), (8, range(4))],
)
def test_indices_stand_for_the_colours_of_the_palette(bits, row, header):
    indices = {1: [0, 1, 1, 0], 2: [0, 1, 2, 3, 1], 4: [0, 1, 2, 3, 1], 8: [0, 1, 2, 3]}[bits]
    colours = COLOURS[: 2**bits]
    content = bmp(1, len(indices), bits, lines([row]), colours=colours, header=header)
    wanted = np.array([[colours[index] for index in indices]], np.uint8)
    np.testing.assert_array_equal(pixels_of(content), wanted)
    if bits != 2:  # which Pillow does not know
        np.testing.assert_array_equal(by_pillow(content), wanted)


def test_a_palette_all_of_grey_is_one_channel_in_any_order():
    content = bmp(1, 4, 8, lines([range(4)]), colours=GREYS)
    np.testing.assert_array_equal(pixels_of(content)[..., 0], [[200, 0, 255, 7]])
    assert pixels_of(content).shape == (1, 4, 1)


def test_one_colour_in_the_palette_makes_three_channels():
    content = bmp(1, 4, 8, lines([[0, 0, 0, 0]]), colours=(*GREYS, (1, 2, 3)))
    assert pixels_of(content).shape == (1, 4, 3)


def test_an_index_beyond_the_palette_is_black():
    content = bmp(1, 2, 8, lines([[1, 99]]), colours=COLOURS)
    np.testing.assert_array_equal(pixels_of(content), [[COLOURS[1], (0, 0, 0)]])


def test_rows_may_run_downwards():
    rows = [[RED, GREEN], [BLUE, DARK]]
    up = bmp(2, 2, 8, lines(rows), colours=COLOURS)
    down = bmp(-2, 2, 8, lines(rows[::-1]), colours=COLOURS)
    np.testing.assert_array_equal(pixels_of(up), pixels_of(down))
    np.testing.assert_array_equal(pixels_of(up)[0], [COLOURS[RED], COLOURS[GREEN]])


# Masks


@pytest.mark.parametrize(
    ("packing", "masks", "header", "most"),
    [
        (PLAIN, (), 40, (31, 31, 31)),
        (MASKED, RGB565, 40, (31, 63, 31)),
        (MASKED, RGB565, 56, (31, 63, 31)),
        (MASKED, (0x7, 0x18, 0xE0), 108, (7, 3, 7)),
    ],
)
def test_few_bits_are_scaled_to_full_and_rounded_half_to_even(packing, masks, header, most):
    masks = masks or (0x7C00, 0x3E0, 0x1F)
    numbers = np.arange(0, 65536, 7, dtype="<u2")
    told = masks if packing else ()
    content = bmp(1, len(numbers), 16, numbers.tobytes().ljust(-(-len(numbers) // 2) * 4, b"\0"),
                  packing=packing, masks=told, header=header)  # fmt: skip
    parts = [(numbers & mask) // (mask & -mask) for mask in masks]
    wanted = [np.rint(part * 255.0 / top) for part, top in zip(parts, most, strict=True)]
    np.testing.assert_array_equal(pixels_of(content)[0], np.stack(wanted, axis=1))


def test_more_than_eight_bits_become_sixteen():
    numbers = np.array([0, 0x7FF, 0x3FF << 22, 0x7FF << 11, 1], "<u4")
    masks = (0x3FF << 22, 0x7FF << 11, 0x7FF)
    found = pixels_of(bmp(1, 5, 32, numbers.tobytes(), packing=MASKED, masks=masks))
    assert found.dtype == np.uint16
    wanted = [(0, 0, 0), (0, 0, 65535), (65535, 0, 0), (0, 65535, 0), (0, 0, round(65535 / 2047))]
    np.testing.assert_array_equal(found[0], wanted)


@pytest.mark.parametrize(
    ("packing", "masks", "header"),
    [
        (MASKED, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 56),
        (MASKED, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 124),
        (MASKED_ALPHA, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), 40),
        (MASKED, (0xFF000000, 0xFF0000, 0xFF00, 0xFF), 108),
    ],
)
def test_alpha_stands_where_its_mask_says(packing, masks, header):
    stacked = noise(1, 6, 4)
    shifts = [(mask & -mask).bit_length() - 1 for mask in masks]
    numbers = sum(stacked[0, :, at].astype("<u4") << shift for at, shift in enumerate(shifts))
    content = bmp(1, 6, 32, numbers.astype("<u4").tobytes(), packing=packing, masks=masks,
                  header=header)  # fmt: skip
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.stacked(), stacked)


def test_a_fourth_byte_that_nothing_tells_of_is_no_alpha():
    picture = decode(bmp(1, 3, 32, noise(1, 3, 4).tobytes()), "it")
    assert picture.alpha is None


def test_masks_with_holes_are_refused():
    content = bmp(1, 1, 32, bytes(4), packing=MASKED, masks=(0xFF0000, 0xF0F0, 0xFF))
    with pytest.raises(UnsupportedInputError, match="whose colours stand at the bits 0xf0f0"):
        decode(content, "it")


# Runs


END, ROW = b"\0\1", b"\0\0"


@pytest.mark.parametrize(
    ("packing", "bits", "runs", "rows"),
    [
        (RLE8, 8, b"\3\1\1\2" + ROW + b"\0\4\0\1\2\3" + END, [[0, 1, 2, 3], [1, 1, 1, 2]]),
        (RLE8, 8, b"\0\3\3\2\1\0\1\3" + ROW + b"\4\2" + END, [[2, 2, 2, 2], [3, 2, 1, 3]]),
        (RLE8, 8, b"\1\3" + b"\0\2\1\1" + b"\2\1" + END, [[0, 0, 1, 1], [3, 0, 0, 0]]),
        (RLE4, 4, b"\4\x12" + ROW + b"\0\4\x01\x23" + END, [[0, 1, 2, 3], [1, 2, 1, 2]]),
        (RLE4, 4, b"\3\x31\1\x20" + ROW + b"\0\3\x32\x10\1\x30" + END,
         [[3, 2, 1, 3], [3, 1, 3, 2]]),
    ],
)  # fmt: skip
def test_runs_are_unpacked_as_opencv_does_it(packing, bits, runs, rows):
    content = bmp(2, 4, bits, runs, packing=packing, colours=COLOURS)
    wanted = np.array(COLOURS, np.uint8)[rows]
    np.testing.assert_array_equal(pixels_of(content), wanted)
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(seen[..., ::-1], wanted)


def test_what_comes_behind_the_end_of_all_runs_is_index_0():
    content = bmp(2, 4, 8, b"\1\3" + END, packing=RLE8, colours=COLOURS)
    wanted = np.array(COLOURS, np.uint8)[[[0, 0, 0, 0], [3, 0, 0, 0]]]
    np.testing.assert_array_equal(pixels_of(content), wanted)


def test_a_run_beyond_the_end_of_its_row_is_cut_off():
    content = bmp(2, 2, 8, b"\5\1" + ROW + b"\2\2" + END, packing=RLE8, colours=COLOURS)
    wanted = [[COLOURS[2]] * 2, [COLOURS[1]] * 2]
    np.testing.assert_array_equal(pixels_of(content), wanted)
    np.testing.assert_array_equal(by_pillow(content), wanted)


@pytest.mark.parametrize(
    "runs", [b"", b"\4\1", b"\4\1\0\0", b"\4\1\0\0\3\1", b"\4\1\0\0\0\4\1\2\3"]
)
def test_runs_that_end_before_the_last_row_are_unreadable(runs):
    content = bmp(2, 4, 8, runs, packing=RLE8, colours=COLOURS)
    with pytest.raises(UnreadableInputError, match="it ends before its last row"):
        decode(content, "it")


# What is told besides pixels


def test_dots_per_metre_become_dots_per_inch():
    picture = decode(bmp(1, 1, 24, bytes(4), dots=(11811, 2835)), "it")
    assert picture.metadata.dpi == pytest.approx((300, 72), abs=0.01)


def test_an_embedded_profile_is_read():
    profile = bytes(16) + b"RGB " + bytes(108)
    content = bytearray(bmp(1, 1, 24, bytes(4) + profile, header=124))
    content[14 + 56 : 14 + 60] = b"DEBM"
    struct.pack_into("<II", content, 14 + 112, len(content) - len(profile) - 14, len(profile))
    assert decode(bytes(content), "it").metadata.icc == profile


# Claims


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bmp(1, 1, 3, bytes(4)), "a BMP of 3 bits"),
        (bmp(1, 1, 24, bytes(4), packing=4), "a BMP of JPEG"),
        (bmp(1, 1, 24, bytes(4), packing=4, header=64), "packed as OS/2 has it"),
        (bmp(1, 1, 24, bytes(4), packing=9), "packed in way 9"),
        (bmp(1, 1, 24, bytes(4), packing=1), "a BMP of 24 bits"),
    ],
)
def test_other_kinds_are_named(content, sentence):
    with pytest.raises(UnsupportedInputError, match=sentence):
        decode(content, "it")


@pytest.mark.parametrize("rows", [30000, 2**31 - 1, -(2**31)])
def test_a_claim_beyond_the_limit_is_refused_from_the_header(rows):
    content = bmp(rows, 65535, 24, bytes(4))
    assert size_of(content) == (abs(rows), 65535)
    with pytest.raises(TooLargeError, match="more than the limit"):
        decode(content, "it")


@pytest.mark.parametrize(
    "content",
    [
        bmp(3, 5, 8, lines(noise(3, 5) % 4), colours=COLOURS),
        bmp(3, 5, 24, lines(noise(3, 15))),
        bmp(2, 3, 16, lines(noise(2, 6)), packing=MASKED, masks=RGB565),
        bmp(2, 2, 8, lines([[0, 1], [2, 3]]), colours=COLOURS, header=12),
    ],
)
def test_a_bmp_cut_anywhere_is_unreadable(content):
    for length in range(len(content)):
        with pytest.raises(UnreadableInputError):
            decode(content[:length], "it")


@given(st.binary(max_size=60), st.integers(2, 80))
def test_headers_of_any_bytes_are_read_or_refused(noise, place):
    good = bmp(2, 4, 8, b"\4\1\0\0\4\2\0\1", packing=RLE8, colours=COLOURS)
    content = good[:place] + noise + good[place + len(noise) :]
    try:
        picture = decode(content, "it", 10_000)
    except InputError:
        return
    assert size_of(content) == (picture.rows, picture.columns)


# Writing


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("alpha", [False, True], ids=["opaque", "alpha"])
@pytest.mark.parametrize("channels", [1, 3])
def test_common_readers_see_what_was_written(channels, alpha, columns):
    stacked = noise(3, columns, channels + alpha)
    picture = Picture(stacked[None, ..., :channels], stacked[None, ..., -1] if alpha else None)
    content = encode(picture, "bmp")
    colour = np.broadcast_to(stacked[..., :channels], (3, columns, 3))
    with Image.open(io.BytesIO(content)) as image:
        assert image.mode == ("RGBA" if alpha else {1: "L", 3: "RGB"}[channels])
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), colour)
        if alpha:
            np.testing.assert_array_equal(np.asarray(image)[..., 3], stacked[..., -1])
    seen = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if alpha:
        np.testing.assert_array_equal(seen[..., 3], stacked[..., -1])
    np.testing.assert_array_equal(pixels_of(content)[..., 0], stacked[..., 0])


def test_dots_per_inch_survive():
    picture = Picture(noise(1, 2, 2, 3), metadata=Metadata(dpi=(300.0, 96.0)))
    content = encode(picture, "bmp")
    assert decode(content, "it").metadata.dpi == pytest.approx((300, 96), abs=0.02)
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx((300, 96), abs=0.02)
