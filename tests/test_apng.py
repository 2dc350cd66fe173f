"""An animated PNG is composed to the bit at both depths, and no decoder sees that it moves."""

import io
import itertools
import struct
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moving import by_pillow, movies, rgba
from PIL import Image

from filterkit.errors import CannotHoldError, TooLargeError, UnreadableInputError
from filterkit.pictures import opencv, png
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Animation, Metadata, Picture
from filterkit.pictures.png.animation import LEFT_OUT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NONE, BACKGROUND, PREVIOUS = range(3)
SOURCE, OVER = range(2)


# PNGs by hand


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(rows, columns, bits=8, colour=6):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, 0))


def animation(frames, loops=0):
    return chunk(b"acTL", struct.pack(">II", frames, loops))


def control(number, rows, columns, at=(0, 0), delay=(1, 10), left=NONE, blend=SOURCE):
    numbers = (number, columns, rows, at[1], at[0], *delay, left, blend)
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", *numbers))


def packed(pixels):
    """Pack pixels (rows, columns, channels) of 8 or 16 bits."""
    rows = pixels.astype(pixels.dtype.newbyteorder(">"))
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))


def data(number, pixels):
    return chunk(b"fdAT", struct.pack(">I", number) + packed(pixels))


def file(*parts):
    return SIGNATURE + b"".join(parts) + chunk(b"IEND", b"")


def chunks(content):
    """Give the kinds and bodies of a PNG's chunks."""
    place, found = 8, []
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        found.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


# What is seen


def over(above, below, full):
    """Lay a pixel over another as the PNG specification defines it, in fractions."""
    share, rest = Fraction(int(above[-1]), full), Fraction(int(below[-1]), full)
    whole = share + (1 - share) * rest
    if not whole:
        return below
    mixed = [
        (int(one) * share + int(two) * (1 - share) * rest) / whole
        for one, two in zip(above[:-1], below[:-1], strict=True)
    ]
    return [*(int(number + Fraction(1, 2)) for number in mixed), int(whole * full + Fraction(1, 2))]


def seen(frames, rows, columns, full):
    """Compose frames (pixels, row, column, what is left, blending) as the specification says."""
    canvas = [[[0, 0, 0, 0] for _ in range(columns)] for _ in range(rows)]
    shown = []
    for pixels, top, side, left, blend in frames:
        before = [[list(pixel) for pixel in line] for line in canvas]
        places = list(itertools.product(range(pixels.shape[0]), range(pixels.shape[1])))
        for row, column in places:
            above, below = pixels[row, column].tolist(), canvas[top + row][side + column]
            canvas[top + row][side + column] = over(above, below, full) if blend else above
        shown.append([[list(pixel) for pixel in line] for line in canvas])
        for row, column in places:
            if left == BACKGROUND:
                canvas[top + row][side + column] = [0, 0, 0, 0]
            elif left == PREVIOUS:
                canvas[top + row][side + column] = before[top + row][side + column]
    return np.array(shown)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["uint8", "uint16"]), st.integers(0, 9999), st.integers(1, 4))
def test_frames_are_composed_as_the_specification_says(dtype, seed, count):
    random = np.random.default_rng(seed)
    full = np.iinfo(dtype).max
    parts, frames, number = [], [], 0
    for at in range(count):
        top, side = (0, 0) if at == 0 else (int(random.integers(4)), int(random.integers(5)))
        rows, columns = (
            (4, 5)
            if at == 0
            else (int(random.integers(1, 5 - top)), int(random.integers(1, 6 - side)))
        )
        pixels = random.integers(0, full + 1, (rows, columns, 4)).astype(dtype)
        pixels[..., 3] = random.choice([0, 1, full // 3, full - 1, full], (rows, columns))
        left, blend = int(random.integers(3)), int(random.integers(2))
        frames.append((pixels, top, side, left, blend))
        parts.append(control(number, rows, columns, (top, side), left=left, blend=blend))
        parts.append(chunk(b"IDAT", packed(pixels)) if at == 0 else data(number + 1, pixels))
        number += 1 if at == 0 else 2
    content = file(header(4, 5, 8 * pixels.itemsize), animation(count), *parts)
    picture = decode(content, "it")
    expected = seen(frames, 4, 5, full)
    assert picture.pixels.dtype == dtype
    np.testing.assert_array_equal(picture.pixels, expected[..., :3])
    alpha = np.full(expected.shape[:3], full) if picture.alpha is None else picture.alpha
    np.testing.assert_array_equal(alpha, expected[..., 3])


GREY = np.array([[[10], [20]], [[30], [40]]], np.uint8)


def test_what_shows_no_background_has_no_alpha():
    part = [control(0, 2, 2), chunk(b"IDAT", packed(GREY)), control(1, 1, 1), data(2, GREY[1:, 1:])]
    picture = decode(file(header(2, 2, colour=0), animation(2), *part), "it")
    assert picture.alpha is None
    np.testing.assert_array_equal(picture.pixels[1, ..., 0], [[40, 20], [30, 40]])


def test_a_palette_and_its_transparency_hold_for_all_frames():
    shared = chunk(b"PLTE", bytes(range(6))) + chunk(b"tRNS", b"\xff\x55")
    first, second = np.array([[[0], [1]]], np.uint8), np.array([[[1], [0]]], np.uint8)
    parts = [control(0, 1, 2), chunk(b"IDAT", packed(first)), control(1, 1, 2), data(2, second)]
    picture = decode(file(header(1, 2, colour=3), animation(2), shared, *parts), "it")
    colours = [[0, 1, 2, 255], [3, 4, 5, 0x55]]
    np.testing.assert_array_equal(rgba(picture), [[colours], [colours[::-1]]])


def moving(*between, colour=0, count=2, default=True):
    """Write two frames of GREY's size, of which the default picture is the first or none."""
    first = control(0, 2, 2) if default else b""
    return file(
        header(2, 2, colour=colour), animation(count), first, chunk(b"IDAT", packed(GREY)), *between
    )


LAST = control(1, 2, 2) + data(2, GREY + 1)


def test_a_default_picture_that_does_not_move_is_left_out_and_it_is_said():
    frames = [control(0, 2, 2), data(1, GREY + 1), control(2, 2, 2), data(3, GREY + 2)]
    picture = decode(moving(*frames, default=False), "it")
    np.testing.assert_array_equal(picture.pixels, [GREY + 1, GREY + 2])
    assert picture.notes == (LEFT_OUT,)


def test_an_animation_of_one_frame_is_a_still_picture():
    alone = decode(moving(count=1), "it")
    assert (alone.frames, alone.animation, alone.notes) == (1, None, ())


@pytest.mark.parametrize("place", ["behind the pixels", "nowhere"])
def test_without_a_claim_before_the_pixels_nothing_moves(place):
    claim = animation(2) if place == "behind the pixels" else b""
    content = file(
        header(2, 2, colour=0), control(0, 2, 2), chunk(b"IDAT", packed(GREY)), claim, LAST
    )
    np.testing.assert_array_equal(decode(content, "it").pixels, [GREY])


def test_no_decoder_sees_a_chunk_of_an_animation(monkeypatch):
    asked = []

    def decoded(content, *size):
        asked.append({kind for kind, _ in chunks(content)})
        return original(content, *size)

    original = opencv.decoded
    monkeypatch.setattr(opencv, "decoded", decoded)
    decode(moving(LAST), "it")
    assert asked == [{b"IHDR", b"IDAT", b"IEND"}] * 2


def test_one_frame_alone_is_as_it_is_seen():
    content = moving(control(1, 1, 1, (1, 1), blend=OVER), data(2, GREY[:1, :1]))
    alone = decode(content, "it", frames=2)
    np.testing.assert_array_equal(alone.pixels[..., 0], [[[10, 20], [30, 10]]])
    assert (alone.frames, alone.animation) == (1, None)


@pytest.mark.parametrize(
    ("delay", "milliseconds"),
    [((1, 4), 250.0), ((3, 0), 30.0), ((0, 100), 0.0), ((1, 3), 1000 / 3)],
)
def test_delays_are_fractions_of_seconds(delay, milliseconds):
    content = moving(control(1, 2, 2, delay=delay), data(2, GREY))
    assert decode(content, "it").animation == Animation((100.0, milliseconds), 0)


# What is written


@settings(max_examples=150, deadline=None)
@given(movies(dtypes=("uint8", "uint16"), alphas=(None, "half")))
def test_frames_survive_to_the_bit(picture):
    back = decode(encode(picture, "png"), "it")
    assert back.pixels.dtype == picture.pixels.dtype
    np.testing.assert_array_equal(back.pixels, picture.pixels)
    if picture.alpha is None:
        assert back.alpha is None
    elif back.alpha is None:
        assert (picture.alpha == picture.full).all()
    else:
        np.testing.assert_array_equal(back.alpha, picture.alpha)
    assert (back.animation, back.notes) == (picture.animation, ())


@settings(max_examples=60, deadline=None)
@given(movies())
def test_pillow_sees_the_frames_that_were_given(picture):
    frames, delays = by_pillow(encode(picture, "png"))
    np.testing.assert_array_equal(frames, rgba(picture))
    if picture.animation:
        assert delays == pytest.approx(picture.animation.delays, rel=1e-12)  # it divides floats


@given(st.floats(0, 65_535_000))
def test_a_delay_is_kept_to_a_thousandth_of_a_second_and_of_its_length(delay):
    pixels = np.arange(2, dtype=np.uint8).reshape(2, 1, 1, 1)
    picture = Picture(pixels, animation=Animation((delay, 0.0)))
    back = decode(encode(picture, "png"), "it").animation.delays[0]
    assert abs(back - delay) <= max(1.0, delay / 1000)


@example(65_517)
@given(st.integers(0, 65_535))
def test_whole_milliseconds_up_to_a_minute_are_kept_exactly(delay):
    pixels = np.arange(2, dtype=np.uint8).reshape(2, 1, 1, 1)
    picture = Picture(pixels, animation=Animation((float(delay), 0.0)))
    assert decode(encode(picture, "png"), "it").animation.delays[0] == pytest.approx(delay, 1e-12)


def test_pages_turn_every_tenth_of_a_second_for_ever():
    pages = Picture(np.arange(3, dtype=np.uint16).reshape(3, 1, 1, 1))
    assert decode(encode(pages, "png"), "it").animation == Animation((100.0,) * 3, 0)


def test_pages_of_several_sizes_are_refused():
    one, other = (Picture(np.zeros((1, side, 3, 1), np.uint8)) for side in (2, 3))
    pages = Picture(one.pixels, further=(other,))
    sentence = r"^PNG holds frames of one size and kind, and these pages differ\.$"
    with pytest.raises(CannotHoldError, match=sentence):
        encode(pages, "png")


# Dots per inch


@given(st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)))
def test_whole_dots_per_inch_come_back_as_they_were(dpi):
    picture = Picture(np.zeros((1, 1, 1, 1), np.uint8), metadata=Metadata(dpi=dpi))
    content = encode(picture, "png")
    assert decode(content, "it").metadata.dpi == dpi
    with Image.open(io.BytesIO(content)) as image:
        assert image.info["dpi"] == pytest.approx(dpi, abs=0.0254 / 2 + 1e-9)


@given(st.floats(1, 10_000))
def test_any_dots_per_inch_come_back_to_half_a_dot_per_metre(dpi):
    picture = Picture(np.zeros((1, 1, 1, 1), np.uint8), metadata=Metadata(dpi=(dpi, dpi)))
    back = decode(encode(picture, "png"), "it").metadata.dpi
    assert back == pytest.approx((dpi, dpi), abs=0.0254)


@pytest.mark.parametrize(
    ("body", "dpi"),
    [
        (struct.pack(">IIB", 2835, 11811, 1), (72.0, 300.0)),
        (struct.pack(">IIB", 1000, 1000, 1), (25.4, 25.4)),
        (struct.pack(">IIB", 1, 2, 0), None),
        (struct.pack(">IIB", 0, 2835, 1), None),
        (b"\0\0\0\1", None),
    ],
)
def test_dots_per_metre_are_read_where_they_are_told(body, dpi):
    content = file(header(2, 2, colour=0), chunk(b"pHYs", body), chunk(b"IDAT", packed(GREY)))
    assert decode(content, "it").metadata.dpi == dpi


@pytest.mark.parametrize("dpi", [(0.001, 72.0), (1e9, 72.0)])
def test_dots_per_inch_that_no_png_can_tell_are_left_out(dpi):
    picture = Picture(np.zeros((1, 1, 1, 1), np.uint8), metadata=Metadata(dpi=dpi))
    assert b"pHYs" not in encode(picture, "png")


# Broken files


BROKEN_SUM = bytearray(LAST)
BROKEN_SUM[20] ^= 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (moving(), "frames: 2 claimed, 1 found"),
        (moving(LAST, count=1), "frames: 1 claimed, 2 found"),
        (moving(LAST, count=0), "its animation claims no frames"),
        (moving(control(2, 2, 2), data(1, GREY)), "a part of its animation is missing"),
        (moving(control(1, 2, 2), data(3, GREY)), "a part of its animation is missing"),
        (moving(control(1, 2, 2)), "a frame of its animation has no pixels"),
        (moving(control(1, 2, 2), chunk(b"fdAT", b"\0\0\0\2")), "its pixels cannot be unpacked"),
        (moving(chunk(b"fcTL", b"\0\0\0\1" + bytes(20))), "a frame of its animation is cut off"),
        (moving(chunk(b"fcTL", b"\0")), "a part of its animation is missing"),
        (moving(control(1, 0, 2), data(2, GREY)), "a frame of its animation is of no known kind"),
        (moving(control(1, 2, 2, left=3), data(2, GREY)), "a frame of its animation is of no know"),
        (moving(control(1, 2, 2, blend=2), data(2, GREY)), "a frame of its animation is of no kno"),
        (moving(control(1, 2, 2, (1, 0)), data(2, GREY)), "a frame of its animation lies beyond"),
        (moving(control(1, 2, 2**32 - 1), data(2, GREY)), "a frame of its animation lies beyond"),
        (moving(control(1, 2, 2), data(2, GREY[:1])), "its pixels cannot be unpacked"),
        (moving(bytes(BROKEN_SUM)), "the checksum of its fcTL chunk is wrong"),
        (file(header(2, 2, colour=0), animation(1), control(0, 2, 2)), "it has no default picture"),
        (file(header(2, 2), chunk(b"acTL", b"\0\0\0\1")), "its animation claims no frames"),
    ],
)  # fmt: skip
def test_a_broken_chain_of_frames_is_refused(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt PNG \({why}"):
        decode(content, "it")


def test_an_animation_cut_anywhere_is_unreadable():
    content = moving(LAST)
    for length in range(1, len(content)):
        with pytest.raises(UnreadableInputError, match=r"^it: "):
            decode(content[:length], "it")


def test_the_size_is_known_before_the_pixels_are():
    content = moving(LAST)
    beginning = content[: content.index(b"IDAT") + 8]
    assert png.size(beginning) == png.size(content) == (2, 2, 2, 1, ())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (file(header(65535, 65535), animation(1)), "65535x65535 pixels are more than the limit"),
        (file(header(9, 9), animation(100_000)), "100000 frames are more than the limit of 10000"),
        (file(header(9999, 9999), animation(9)), "9 frames of 9999x9999 pixels are more than the"),
    ],
)
def test_a_claim_beyond_the_limits_is_refused_from_the_header(content, sentence):
    with pytest.raises(TooLargeError, match=f"^it: {sentence}"):
        decode(content[: -len(chunk(b"IEND", b""))] + chunk(b"IDAT", b""), "it")


BOMB = """
import resource, sys
from filterkit.pictures.codecs import decode
from filterkit.errors import UnreadableInputError
content = sys.stdin.buffer.read()
decode(content[:int(sys.argv[1])], "small")  # loads all that is needed
held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(decode(content[int(sys.argv[1]):], "bomb").pixels.shape)
except UnreadableInputError as error:
    print(error)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
sys.exit(0 if grown < 50_000 else f"{grown} kB")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted otherwise")
@pytest.mark.parametrize("moves", [False, True])
def test_pixels_that_unpack_to_more_than_the_header_says_take_no_memory(moves):
    bomb = zlib.compress(bytes(200_000_000), 1)
    small = moving(LAST) if moves else file(header(2, 2, colour=0), chunk(b"IDAT", packed(GREY)))
    large = (
        moving(control(1, 2, 2), chunk(b"fdAT", b"\0\0\0\2" + bomb))
        if moves
        else file(header(2, 2, colour=0), chunk(b"IDAT", bomb))
    )
    run = subprocess.run(
        [sys.executable, "-c", BOMB, str(len(small))],
        input=small + large, capture_output=True, cwd=Path(__file__).parents[1], check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.decode().strip() == f"({1 + moves}, 2, 2, 1)"


STILL = """
import sys
from filterkit.pictures.codecs import decode, encode
encode(decode(sys.stdin.buffer.read(), "it"), "png")
moving = {"PIL", "filterkit.pictures.png.animation", "filterkit.pictures.frames"}
print(*sorted(sys.modules.keys() & moving))
"""


def test_a_still_picture_loads_nothing_that_moving_ones_need():
    content = file(header(2, 2, colour=0), chunk(b"IDAT", packed(GREY)))
    run = subprocess.run(
        [sys.executable, "-c", STILL],
        input=content, capture_output=True, cwd=Path(__file__).parents[1], check=True,
    )  # fmt: skip
    assert run.stdout.decode().strip() == ""
