"""A CSV is numbers and nothing else, and they are read and written as they are."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from filterkit.errors import CannotHoldError, InputError, TooLargeError, UnreadableInputError
from filterkit.pictures import csv
from filterkit.pictures.codecs import decode, encode, size_of, sniff
from filterkit.pictures.picture import Picture


def numbers_of(content):
    """Read the only channel."""
    picture = decode(content, "it")
    assert picture.pixels.dtype == np.float64
    return picture.pixels[0, ..., 0]


@pytest.mark.parametrize(
    "text",
    [
        b"1,2.5\n-3,4e2\n",
        b"1;2.5\n-3;4e2",
        b"1\t2.5\r\n-3\t4e2\r\n",
        b"1 2.5\n-3   +400.\n",
        b"  1 ,2.5\r-3, 4E+2\r",
        b"\xef\xbb\xbf1,2.5\n-3,400\n",
        b"\n\n1,2.5\n \n-3,400\n\n",
        b"1;2,5\n-3;4e2\n",
        b"1\t2,5\n-3\t400\n",
    ],
)
def test_numbers_may_be_divided_in_many_ways(text):
    assert sniff(text) == "csv"
    np.testing.assert_array_equal(numbers_of(text), [[1, 2.5], [-3, 400]])
    assert size_of(text) == (2, 2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"1,2\n\n3\n", "line 1 has 2 numbers, and line 3 has 1"),
        (b"1,2\n3,4,5\n", "line 1 has 2 numbers, and line 2 has 3"),
        (b"1,2\n3,four\n", "in line 2, 'four' is no number"),
        (b"1,2\n3,nan\n", "in line 2, 'nan' is no number"),
        (b"1,2\n-inf,3\n", "in line 2, '-inf' is no number"),
        (b"1,2\n1_0,3\n", "in line 2, '1_0' is no number"),
        (b"1,2\n\n0x10,3\n", "in line 3, '0x10' is no number"),
        (b"1,,2\n", "in line 1, '' is no number"),
        (b"1,2,\n", "in line 1, '' is no number"),
        (b"1,2\n3,1e999\n", "a number in line 2 is too large"),
        (b"1,5;2.5\n", "in line 1, '1,5' is no number"),
        (b"1,2\n3,4\0\n", r"in line 2, '4\x00' is no number"),
        (b"1 2\n3 4-\n", "in line 2, '4-' is no number"),
        (b"1,2\n" + b"7" * 50 + b"x,1\n", "in line 2, '" + "7" * 20 + "' is no number"),
    ],
)
def test_what_is_no_table_of_numbers_is_told_with_its_line(text, sentence):
    with pytest.raises(UnreadableInputError, match=re.escape(sentence)):
        decode(text, "it")


@pytest.mark.parametrize(
    "text",
    [
        b"row,column\n1,2\n", b"---\na: 1\n", b"2026-01-02 was a day\n", b"1. a list\n2. of it\n",
        b"-h, --help\n", b"+1 from me\n", b"\n\n\n", b"12 monkeys", "１,２\n".encode(), b"...",
    ],
)  # fmt: skip
def test_text_is_no_csv(text):
    assert sniff(text) is None
    with pytest.raises(UnreadableInputError, match=r"^it: this is text, no picture"):
        decode(text, "it")


def test_a_long_first_line_is_a_csv_too():
    text = b",".join(b"%d" % number for number in range(5000)) + b"\n"
    assert sniff(text) == "csv"
    np.testing.assert_array_equal(numbers_of(text)[0], range(5000))


def test_what_comes_with_losses_of_its_last_row_is_refused():
    text = b"1,2,3\n4,5,6\n"
    for length in (7, 8, 9, 10):
        with pytest.raises(UnreadableInputError):
            decode(text[:length], "it")


def test_more_numbers_than_the_limit_are_refused_before_they_are_read():
    with pytest.raises(TooLargeError, match="1x50 pixels are more than the limit of 49"):
        decode(b"1," * 49 + b"e", "it", 49)


@given(st.text("0123456789.,;\t\n\r -+eE_xnaif\ufeff", max_size=50))
def test_texts_of_any_kind_are_read_or_refused(text):
    content = text.encode()
    try:
        picture = decode(content, "it")
    except InputError:
        return
    assert size_of(content) == (picture.rows, picture.columns)


# Writing


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.integers(1, 4), st.integers(1, 4)),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_every_number_is_the_shortest_that_reads_back_as_itself(array):
    content = csv.encode_array(array)
    back = numbers_of(content).astype(array.dtype)
    np.testing.assert_array_equal(back.view(f"u{array.itemsize}"), array.view(f"u{array.itemsize}"))
    words = content.decode().replace("\n", ",").split(",")[:-1]
    assert [float(word) for word in words] == [float(str(number)) for number in array.ravel()]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64"])
def test_whole_numbers_are_written_without_a_point(dtype):
    assert csv.encode_array(np.array([[0, 255], [7, 1]], dtype)) == b"0,255\n7,1\n"


def test_a_vector_is_one_row():
    assert csv.encode_array(np.array([1.5, 2.0])) == b"1.5,2.0\n"


def test_a_picture_is_its_one_channel():
    assert encode(Picture(np.uint8([[[[3], [4]], [[5], [6]]]])), "csv") == b"3,4\n5,6\n"


def test_more_than_one_map_is_refused_with_a_way_out():
    with pytest.raises(CannotHoldError, match=r"CSV holds one map, a row a line.*2x3x4") as caught:
        csv.encode_array(np.zeros((2, 3, 4)))
    assert caught.value.advice.endswith("or --format npy")


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_could_not_be_read_again_is_not_written(number):
    with pytest.raises(CannotHoldError, match="CSV holds no NaN and nothing infinite"):
        csv.encode_array(np.array([[number]]))
