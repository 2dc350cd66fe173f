"""Radiance HDR: three numbers share an exponent; every row packing and orientation is read."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filterkit.errors import (
    CannotHoldError,
    InputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
)
from filterkit.pictures.codecs import decode, encode, size_of
from filterkit.pictures.picture import Picture

FORMAT = "FORMAT=32-bit_rle_rgbe\n"


def hdr(size, body, lines=FORMAT):
    """Write a file by hand."""
    return f"#?RADIANCE\n{lines}\n{size}\n".encode() + body


def pixels_of(content):
    """Read one frame's pixels."""
    return decode(content, "it").pixels[0]


def by_opencv(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]


def numbers(rows, columns, seed=0):
    """Give numbers of any size that floats have, of which three are near to one another."""
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-30, 30, (1, rows, columns, 1))
    return (rng.random((1, rows, columns, 3)) ** 4 * scale).astype(np.float32)


# Reading


def test_a_pixel_is_its_numbers_times_two_to_the_exponent():
    body = bytes([128, 64, 32, 129, 255, 0, 1, 128, 9, 9, 9, 0])
    found = pixels_of(hdr("-Y 1 +X 3", body))
    wanted = [[1, 0.5, 0.25], [255 / 256, 0, 1 / 256], [0, 0, 0]]
    np.testing.assert_array_equal(found[0], wanted)
    assert found.dtype == np.float32


@pytest.mark.parametrize("columns", [1, 7, 8, 40, 200])
def test_rows_that_opencv_packs_are_read_as_opencv_reads_them(columns):
    smooth = np.repeat(np.linspace(0, 3, columns, dtype=np.float32), 15).reshape(columns, 5, 3)
    for pixels in (smooth.swapaxes(0, 1), numbers(5, columns)[0]):
        done, content = cv2.imencode(".hdr", np.ascontiguousarray(pixels))
        assert done
        np.testing.assert_array_equal(pixels_of(content.tobytes()), by_opencv(content))


def test_runs_and_bytes_as_they_are_may_take_turns():
    channel = bytes([128 + 3, 7, 4, 1, 2, 3, 4, 128 + 1, 9])
    line = b"\2\2\0\x08" + channel * 3 + bytes([128 + 8, 136])
    content = hdr("-Y 2 +X 8", line * 2)
    np.testing.assert_array_equal(pixels_of(content)[1, :, 0], [7, 7, 7, 1, 2, 3, 4, 9])
    np.testing.assert_array_equal(pixels_of(content), by_opencv(np.frombuffer(content, np.uint8)))


def test_in_the_oldest_packing_a_pixel_says_how_often_the_one_before_comes_again():
    one, two = bytes([128, 0, 0, 129]), bytes([0, 128, 0, 129])
    body = one + b"\1\1\1\2" + two + b"\1\1\1\1" + b"\1\1\1\1"
    line = pixels_of(hdr("-Y 1 +X 261", body))[0]
    np.testing.assert_array_equal(line[:, 0], [1] * 3 + [0] * 258)
    np.testing.assert_array_equal(line[:, 1], [0] * 3 + [1] * 258)


@pytest.mark.parametrize(
    ("down", "right", "columns_first"), list(itertools.product("-+", "-+", (0, 1)))
)
def test_every_orientation_comes_out_upright(down, right, columns_first):
    pixels = decode(encode(Picture(numbers(3, 5)), "hdr"), "it").pixels[0]
    stored = np.frombuffer(encode(Picture(pixels[None]), "hdr")[-60:], np.uint8).reshape(3, 5, 4)
    stored = stored[:: 1 if down == "-" else -1, :: 1 if right == "+" else -1]
    sides = [f"{down}Y 3", f"{right}X 5"]
    if columns_first:
        stored, sides = stored.swapaxes(0, 1), sides[::-1]
    content = hdr(" ".join(sides), stored.tobytes())
    np.testing.assert_array_equal(pixels_of(content), pixels)
    assert size_of(content) == (3, 5)


def test_an_exposure_is_left_alone_and_told():
    picture = decode(
        hdr("-Y 1 +X 1", b"\x80\0\0\x81", f"EXPOSURE=2\n{FORMAT}EXPOSURE= 1.5\n"), "it"
    )
    assert picture.pixels[0, 0, 0, 0] == 1
    assert picture.notes == ("its exposure of 3 was not divided out of its numbers.",)


# Refusing


def test_xyz_is_refused_by_name():
    with pytest.raises(UnsupportedInputError, match="of XYZ colours"):
        decode(hdr("-Y 1 +X 1", bytes(4), "FORMAT=32-bit_rle_xyze\n"), "it")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (hdr("-Y 1 +Y 1", bytes(4)), "its header says one side twice"),
        (hdr("-Y 0 +X 1", bytes(4)), "its header says that it has no pixels"),
        (hdr("1 1", bytes(4)), "its header does not say its size"),
        (hdr("-Y 1 +X 8", b"\2\2\0\x09" + bytes(99)), "one of its rows has another length"),
        (hdr("-Y 1 +X 8", b"\2\2\0\x08" + b"\x89\1" * 9), "one of its rows is too long"),
        (hdr("-Y 1 +X 8", b"\2\2\0\x08" + bytes(99)), "one of its rows is cut off"),
        (hdr("-Y 1 +X 2", b"\x80\0\0\x81\1\1\1\x09"), "one of its rows is too long"),
    ],
)
def test_what_breaks_the_rules_is_told(content, sentence):
    with pytest.raises(UnreadableInputError, match=sentence):
        decode(content, "it")


@pytest.mark.parametrize("columns", [3, 20])
def test_a_file_cut_anywhere_is_unreadable(columns):
    done, content = cv2.imencode(".hdr", numbers(2, columns)[0])
    assert done
    for length in range(len(content)):
        with pytest.raises(UnreadableInputError):
            decode(content[:length].tobytes(), "it")


@pytest.mark.parametrize("size", ["-Y 65535 +X 65535", "+X 2147483648 -Y 2147483648"])
def test_a_claim_beyond_the_limit_is_refused_from_the_header(size):
    with pytest.raises(TooLargeError, match="more than the limit"):
        decode(hdr(size, bytes(9)), "it")


@given(st.binary(max_size=80))
def test_rows_of_any_bytes_are_read_or_refused(body):
    try:
        picture = decode(hdr("-Y 2 +X 8", b"\2\2\0\x08" + body), "it")
    except InputError:
        return
    assert picture.pixels.shape == (1, 2, 8, 3)


# Writing


@example(5, 7, 2153)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 9999))
def test_a_number_is_written_within_half_a_step_of_its_pixel(rows, columns, seed):
    pixels = numbers(rows, columns, seed)
    content = encode(Picture(pixels), "hdr")
    back = pixels_of(content)
    largest = pixels[0].max(axis=2, keepdims=True).astype(np.float64)
    # From 255.5/256 of a power of two on the largest number rounds up to it; steps are then twice
    # as large, and half of one is 1/255.5 of the number at the most.
    assert (np.abs(back - pixels[0].astype(np.float64)) <= largest / 255.5).all()
    np.testing.assert_array_equal(back, by_opencv(np.frombuffer(content, np.uint8)))
    np.testing.assert_array_equal(pixels_of(encode(Picture(back[None]), "hdr")), back)


@pytest.mark.parametrize(
    "pixel",
    [(1, 1, 1), (0, 0, 0), (255.5 / 256, 0, 0.25), (1e-45, 0, 0), (1.69e38, 2, 0), (3, 0, 1e-9)],
)
def test_a_pixel_at_the_edge_of_what_is_held_survives(pixel):
    back = pixels_of(encode(Picture(np.float64([[[pixel]]])), "hdr"))
    np.testing.assert_allclose(back[0, 0], pixel, rtol=0, atol=max(max(pixel) / 256, 1e-38))


def test_float64_is_taken_too():
    pixels = numbers(2, 3).astype(np.float64)
    assert encode(Picture(pixels), "hdr") == encode(Picture(pixels.astype(np.float32)), "hdr")


def test_negative_numbers_are_refused_with_a_way_out():
    with pytest.raises(CannotHoldError, match="holds no negative numbers") as caught:
        encode(Picture(np.float32([[[[0.5, -0.1, 0]]]])), "hdr")
    assert caught.value.advice == "--activation abs, or --format tiff"


def test_too_large_numbers_are_refused():
    with pytest.raises(CannotHoldError, match=r"holds numbers up to 1\.7e\+38"):
        encode(Picture(np.float32([[[[2e38, 0, 0]]]])), "hdr")


def test_grey_is_written_as_three_equal_channels():
    back = pixels_of(encode(Picture(np.float32([[[[0.5]]]])), "hdr"))
    np.testing.assert_array_equal(back, [[[0.5, 0.5, 0.5]]])
