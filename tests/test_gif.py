"""A GIF is what browsers show of it, and what is written shows exactly the frames given."""

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving import by_opencv, by_pillow, movies, rgba, seen
from PIL import Image, ImageFilter

from filterkit.errors import CannotHoldError, TooLargeError, UnreadableInputError
from filterkit.pictures.codecs import MOST_FRAMES, decode, encode
from filterkit.pictures.frames import ticks
from filterkit.pictures.gif import NO_END
from filterkit.pictures.picture import Animation, Metadata, Picture

CORPUS = (
    Path(__file__).resolve().parents[2] / "shared" / "corpora" / "image-gif" / "files" / "tests"
)
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
UNREADABLE = {
    "issue-117-out-of-range.gif",
    "issue-96-small-codesize-2.gif",
    "issue-96-small-codesize.gif",
    "issue-101-infinite-empty-loop.gif",
}
OPENCV_REFUSES = {"set_hsts.gif"}
"""Its background is none of its colours, which concerns nobody."""

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9))
RED, GREEN, BLUE, GREY = range(4)
NOTHING = (0, 0, 0, 0)


def published(names):
    """Give published files as parameters, or one that is skipped."""
    files = [path for path in sorted(CORPUS.rglob("*.gif")) if names(path.name)]
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason="no published GIFs here"))]
    return [pytest.param(path, id=path.name) for path in files]


# GIFs by hand


def table(colours):
    return b"".join(bytes(colour) for colour in colours)


def screen(rows, columns, colours=COLOURS):
    """Write the header, with a palette of two, four, ... colours, or none."""
    flags = 0x80 | (len(colours).bit_length() - 2) if colours else 0
    return b"GIF89a" + struct.pack("<HHBBB", columns, rows, flags, 0, 0) + table(colours)


def packed(indices, bits=2):
    """Pack indices without packing: every one behind the code that clears the table."""
    clear, end = 1 << bits, (1 << bits) + 1
    number = shift = 0
    for code in [*(code for index in indices for code in (clear, index)), end]:
        number |= code << shift
        shift += bits + 1
    data = number.to_bytes(-(-shift // 8), "little")
    parts = (data[at : at + 255] for at in range(0, len(data), 255))
    return bytes([bits]) + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def image(rows, at=(0, 0), colours=(), interlaced=False, data=None):
    """Write a frame of rows of indices."""
    flags = 0x80 | (len(colours).bit_length() - 2) if colours else 0
    place = (at[1], at[0], len(rows[0]), len(rows), flags | 0x40 * interlaced)
    indices = itertools.chain.from_iterable(rows)
    return b"," + struct.pack("<HHHHB", *place) + table(colours) + (data or packed(indices))


def control(disposal=0, transparent=None, delay=0):
    flags = disposal << 2 | (transparent is not None)
    return b"!\xf9" + struct.pack("<BBHBB", 4, flags, delay, transparent or 0, 0)


def application(name, body):
    parts = (body[at : at + 255] for at in range(0, len(body), 255))
    return b"!\xff\x0b" + name + b"".join(bytes([len(p)]) + p for p in parts) + b"\0"


def frames_of(*blocks, size=(2, 3), colours=COLOURS):
    """Read a GIF of blocks: (frames, rows, columns, 4)."""
    return seen(rgba(decode(screen(*size, colours) + b"".join(blocks) + b";", "it")))


def painted(*rows):
    """Give rows of names of colours, of which None is nothing, as RGBA."""
    return [[NOTHING if one is None else (*COLOURS[one], 255) for one in row] for row in rows]


FULL = image([[RED, RED, RED], [RED, RED, RED]])
CORNER = image([[GREEN, BLUE]], at=(1, 1))


@pytest.mark.parametrize(
    ("disposal", "third"),
    [
        (0, painted([BLUE, RED, RED], [RED, GREEN, BLUE])),
        (1, painted([BLUE, RED, RED], [RED, GREEN, BLUE])),
        (2, painted([BLUE, RED, RED], [RED, None, None])),
        (3, painted([BLUE, RED, RED], [RED, RED, RED])),
        (4, painted([BLUE, RED, RED], [RED, RED, RED])),
        (5, painted([BLUE, RED, RED], [RED, GREEN, BLUE])),
    ],
)
def test_after_its_time_a_frame_stays_or_goes_as_it_says(disposal, third):
    frames = frames_of(FULL, control(disposal), CORNER, image([[BLUE]]))
    np.testing.assert_array_equal(frames[1], painted([RED, RED, RED], [RED, GREEN, BLUE]))
    np.testing.assert_array_equal(frames[2], third)


def test_a_control_holds_for_one_frame_only():
    frames = frames_of(FULL, control(2, GREEN), CORNER, image([[GREEN]]))
    np.testing.assert_array_equal(frames[1], painted([RED, RED, RED], [RED, RED, BLUE]))
    np.testing.assert_array_equal(frames[2], painted([GREEN, RED, RED], [RED, None, None]))


def test_what_no_frame_has_painted_is_transparent():
    frames = frames_of(CORNER)
    np.testing.assert_array_equal(frames[0], painted([None] * 3, [None, GREEN, BLUE]))


def test_where_nothing_shows_through_there_is_no_alpha():
    assert decode(screen(2, 3) + FULL + b";", "it").alpha is None
    spared = control(1, GREEN) + image([[GREEN, BLUE]])
    assert decode(screen(2, 3) + FULL + spared + b";", "it").alpha is None


def test_a_transparent_pixel_keeps_the_colour_of_the_palette():
    picture = decode(screen(1, 2) + control(0, BLUE) + image([[RED, BLUE]]) + b";", "it")
    np.testing.assert_array_equal(picture.pixels[0, 0], [COLOURS[RED], COLOURS[BLUE]])
    np.testing.assert_array_equal(picture.alpha[0, 0], [255, 0])


def test_a_frame_may_have_a_palette_of_its_own():
    own = image([[0, 1]], colours=((1, 2, 3), (4, 5, 6)))
    frames = frames_of(FULL, own)
    np.testing.assert_array_equal(frames[1, 0, :2, :3], [(1, 2, 3), (4, 5, 6)])


def test_an_index_beyond_the_palette_is_transparent():
    frames = frames_of(image([[0, 3]]), size=(1, 2), colours=COLOURS[:2])
    np.testing.assert_array_equal(frames[0], painted([RED, None]))


def test_interlaced_rows_come_in_four_passes():
    rows = [[row % 4] * 3 for row in range(11)]
    order = [*range(0, 11, 8), *range(4, 11, 8), *range(2, 11, 4), *range(1, 11, 2)]
    frames = frames_of(image([rows[row] for row in order], interlaced=True), size=(11, 3))
    np.testing.assert_array_equal(frames[0], painted(*rows))


def test_the_first_frame_widens_the_canvas_and_others_are_cut_off_at_its_edge():
    first, second = image([[RED, RED]], at=(1, 1)), image([[BLUE, GREEN]], at=(0, 2))
    frames = frames_of(first, second, size=(1, 1))
    assert frames.shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(frames[1], painted([None, None, BLUE], [None, RED, RED]))


def test_blocks_that_mean_nothing_here_are_passed_over():
    comment, odd = b"!\xfe\5hello\0", b"!\x2a\5Hello\5World\0"
    frames = frames_of(comment, odd, b"!,\1,\0", b"!;\0", FULL, comment)
    np.testing.assert_array_equal(frames[0], painted([RED] * 3, [RED] * 3))


@pytest.mark.parametrize(
    ("colours", "channels"),
    [(((7, 7, 7), (200, 200, 200)), 1), (((7, 7, 7), (200, 200, 201)), 3)],
)
def test_a_picture_is_grey_where_its_whole_palette_is(colours, channels):
    picture = decode(screen(1, 2, colours) + image([[0, 0]]) + b";", "it")
    np.testing.assert_array_equal(picture.pixels, np.full((1, 1, 2, channels), 7))


# Time


@pytest.mark.parametrize(
    ("blocks", "loops"),
    [
        ([], 1),
        ([application(b"NETSCAPE2.0", b"\1\0\0")], 0),
        ([application(b"NETSCAPE2.0", b"\1\5\0")], 6),
        ([application(b"ANIMEXTS1.0", b"\1\5\0")], 6),
        ([application(b"NETSCAPE2.0", b"\2\5\0\0\0")], 1),
        ([application(b"NETSCAPE2.0", b"")], 1),
    ],
)
def test_all_frames_are_played_once_and_so_often_again(blocks, loops):
    moving = [control(delay=7), FULL, control(delay=0), CORNER]
    content = screen(2, 3) + b"".join([*blocks, *moving]) + b";"
    assert decode(content, "it").animation == Animation((70.0, 0.0), loops)


def test_one_frame_is_no_animation():
    content = screen(2, 3) + application(b"NETSCAPE2.0", b"\1\0\0") + control(delay=7) + FULL + b";"
    assert decode(content, "it").animation is None


@given(st.lists(st.floats(0, 5000), max_size=50), st.sampled_from([1.0, 10.0]))
def test_ticks_add_up_to_the_time_that_they_stand_for(delays, tick):
    counted = ticks(delays, tick)
    assert len(counted) == len(delays)
    time = ticked = 0.0
    for delay, count in zip(delays, counted, strict=True):
        time, ticked = time + delay, ticked + count * tick
        assert abs(ticked - time) <= tick / 2 * (1 + 1e-9)


def test_thirty_frames_a_second_stay_that():
    assert ticks([1000 / 30] * 6, 10) == [3, 4, 3, 3, 4, 3]


def test_pages_without_a_time_of_their_own_turn_every_tenth_of_a_second():
    pages = Picture(np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1))
    back = decode(encode(pages, "gif"), "it")
    assert back.animation == Animation((100.0,) * 3, 0)


def test_a_still_picture_has_no_blocks_of_an_animation():
    content = encode(Picture(np.zeros((1, 2, 2, 3), np.uint8)), "gif")
    assert b"NETSCAPE" not in content
    assert b"!" not in content


# What is written


@settings(max_examples=150, deadline=None)
@given(movies(alphas=(None, "all"), levels=3))
def test_frames_of_few_colours_survive_to_the_bit(picture):
    content = encode(picture, "gif")
    back = decode(content, "it")
    assert back.pixels.shape[:3] == picture.pixels.shape[:3]
    np.testing.assert_array_equal(seen(rgba(back)), seen(rgba(picture)))
    assert back.animation == picture.animation
    assert back.notes == ()


@settings(max_examples=100, deadline=None)
@given(movies(alphas=(None, "all"), levels=3))
def test_others_see_the_frames_that_were_given(picture):
    frames, _ = by_pillow(encode(picture, "gif"))
    np.testing.assert_array_equal(seen(frames), seen(rgba(picture)))


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_exactly_256_colours_are_not_too_many(frames, channels):
    random = np.random.default_rng(0)
    levels = random.permutation(256).astype(np.uint8).reshape(1, 16, 16, 1)
    pixels = np.concatenate([levels, *[random.permutation(levels, 1) for _ in range(frames - 1)]])
    colours = np.concatenate([pixels, 255 - pixels, pixels // 2], 3)[..., :channels]
    back = decode(encode(Picture(colours), "gif"), "it")
    np.testing.assert_array_equal(back.pixels, colours)


def test_a_frame_may_have_other_colours_than_the_one_before():
    random = np.random.default_rng(0)
    few = [random.integers(0, 256, (6, 30, 3), np.uint8) for _ in range(4)]
    pixels = np.stack([*few, few[0]])
    np.testing.assert_array_equal(decode(encode(Picture(pixels), "gif"), "it").pixels, pixels)


def test_grey_with_transparency_gives_up_its_rarest_level_for_it():
    levels = np.arange(256, dtype=np.uint8).repeat(2)[1:].reshape(1, 7, 73, 1)
    alpha = np.full((1, 7, 73), 255, np.uint8)
    alpha[0, 3, 3] = 0
    back = decode(encode(Picture(levels, alpha), "gif"), "it")
    np.testing.assert_array_equal(back.alpha, alpha)
    differs = (back.pixels != levels)[..., 0] & (alpha > 0)
    assert differs.sum() == 1
    assert abs(back.pixels.astype(int) - levels)[differs].max() == 1


def test_transparency_is_rounded_to_all_or_nothing():
    alpha = np.array([[[0, 1, 127, 128, 255]]], np.uint8)
    back = decode(encode(Picture(np.zeros((1, 1, 5, 3), np.uint8), alpha), "gif"), "it")
    np.testing.assert_array_equal(back.alpha, [[[0, 0, 0, 255, 255]]])


def test_a_photograph_of_256_colours_looks_as_before_from_afar():
    with Image.open(SAMPLES / "photo.jpg") as photo:
        original = photo.convert("RGB")
    pixels = decode(encode(Picture(np.asarray(original)[None]), "gif"), "it").pixels[0]
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) <= 256
    one, two = (
        np.asarray(image.filter(ImageFilter.GaussianBlur(2)), np.float64)
        for image in (original, Image.fromarray(pixels))
    )
    assert np.sqrt(np.mean((one - two) ** 2)) < 1


def test_colours_that_nobody_sees_take_no_place_in_the_palette():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), np.uint8)
    alpha = np.zeros((1, 40, 40), np.uint8)
    alpha[0, :4] = 255
    back = decode(encode(Picture(pixels, alpha), "gif"), "it")
    np.testing.assert_array_equal(back.pixels[0, :4], pixels[0, :4])


def test_a_side_beyond_65535_is_refused_and_65535_is_not():
    wide = np.zeros((1, 1, 65536, 1), np.uint8)
    assert decode(encode(Picture(wide[:, :, 1:]), "gif"), "it").columns == 65535
    sentence = r"^GIF holds at most 65535 rows and columns, not 1x65536\.$"
    with pytest.raises(CannotHoldError, match=sentence):
        encode(Picture(wide), "gif")


# Metadata


PROFILE = bytes(16) + b"RGB " + bytes(range(256)) * 3
XMP = b"<?xpacket begin='\xef\xbb\xbf'?>" + bytes(range(1, 256)) * 2 + b"<?xpacket end='w'?>"


def test_profile_and_xmp_are_written_as_others_do_and_come_back_to_the_byte():
    known = Metadata(PROFILE, xmp=XMP)
    content = encode(Picture(np.zeros((2, 2, 2, 3), np.uint8), metadata=known), "gif")
    assert application(b"ICCRGBG1012", PROFILE) in content
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    assert b"!\xff\x0bXMP DataXMP" + XMP + trailer in content
    back = decode(content, "it")
    assert (back.metadata, back.frames) == (known, 2)


def test_grey_with_a_profile_for_colour_stays_colour():
    grey = Picture(np.zeros((1, 2, 2, 3), np.uint8), metadata=Metadata(PROFILE))
    assert decode(encode(grey, "gif"), "it").channels == 3


# Published files


@pytest.mark.parametrize(
    "path", published(lambda name: name not in UNREADABLE and name not in OPENCV_REFUSES)
)
def test_a_published_gif_shows_what_opencv_shows(path):
    content = path.read_bytes()
    picture = decode(content, path.name)
    frames, loops, delays = by_opencv(content)
    for ours, theirs in zip(rgba(picture), frames, strict=True):
        assert np.array_equal(seen(ours), seen(theirs))
    if picture.animation:
        assert (picture.animation.loops, list(picture.animation.delays)) == (loops, delays)


@pytest.mark.parametrize("path", published(lambda name: name in OPENCV_REFUSES))
def test_a_published_gif_shows_what_pillow_shows(path):
    content = path.read_bytes()
    np.testing.assert_array_equal(
        seen(rgba(decode(content, path.name))), seen(by_pillow(content)[0])
    )


@pytest.mark.parametrize("path", published(lambda name: name in UNREADABLE))
def test_a_published_broken_gif_is_refused(path):
    sentence = rf"^{path.name}: truncated or corrupt GIF \("
    with pytest.raises(UnreadableInputError, match=sentence):
        decode(path.read_bytes(), path.name)


@pytest.mark.parametrize("path", published(lambda name: name.startswith("beacon_")))
def test_metadata_of_a_published_gif_is_found(path):
    known = decode(path.read_bytes(), path.name).metadata
    if "icc" in path.name:
        assert known.icc == (path.parent / "profile.icc").read_bytes()
    else:
        assert known.xmp.startswith(b"<?xpacket begin=") and known.xmp.endswith(b"end='w'?>")


@pytest.mark.parametrize("number", [1, 2, 7, 14])
@pytest.mark.parametrize("path", published(lambda name: name == "moon_impact.gif"))
def test_one_frame_is_the_same_alone(path, number):
    content = path.read_bytes()
    alone = decode(content, "it", frames=number)
    assert (alone.frames, alone.animation) == (1, None)
    np.testing.assert_array_equal(alone.pixels[0], decode(content, "it").pixels[number - 1])


# Broken files


MOVING = encode(
    Picture(
        np.random.default_rng(0).integers(0, 9, (3, 8, 8, 3), np.uint8) * 20,
        animation=Animation((50.0,) * 3, 2),
        metadata=Metadata(PROFILE, xmp=XMP),
    ),
    "gif",
)


def test_a_moving_gif_cut_anywhere_is_unreadable():
    for length in range(1, len(MOVING)):
        with pytest.raises(UnreadableInputError, match=r"^it: "):
            decode(MOVING[:length], "it")


def test_a_still_gif_cut_anywhere_is_unreadable_or_says_that_its_end_is_missing():
    content = encode(Picture(MOVING_STILL := decode(MOVING, "it").pixels[:1]), "gif")
    for length in range(1, len(content) - 1):
        with pytest.raises(UnreadableInputError, match=r"^it: "):
            decode(content[:length], "it")
    whole = decode(content[:-1], "it")
    np.testing.assert_array_equal(whole.pixels, MOVING_STILL)
    assert whole.notes == (NO_END,)


def of_data(data):
    """Write a frame of 2x3 pixels of packed data."""
    return screen(2, 3) + image([[RED] * 3] * 2, data=data) + b";"


def short(count):
    """Write a frame of 2x3 pixels whose data stops after so many."""
    return of_data(packed([RED] * count))[len(screen(2, 3)) : -1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (screen(2, 3)[:9], "it ends in its header"),
        (screen(2, 3)[:20], "a palette is cut off"),
        (screen(2, 3) + b";", "it has no frames"),
        (screen(2, 3) + short(5) + b";", "its pixels cannot be unpacked"),
        (screen(2, 3) + short(0) + b";", "its pixels cannot be unpacked"),
        (screen(2, 3) + short(5) + FULL + b";", "its pixels cannot be unpacked"),
        (of_data(b"\2\4\xff\xff\xff\xff\0"), "its pixels cannot be unpacked"),
        (of_data(b"\x0c\1\0\0"), "its codes begin with 12 bits"),
        (screen(2, 3, ()) + FULL + b";", "a frame has no palette"),
        (screen(2, 3) + FULL + image([[RED] * 4] * 2) + b";", "frame 2 is larger than the whole"),
        (screen(2, 3) + FULL + b",\0\0\0\0\0\0\1\0\0\2\0;", "a frame of 1x0 pixels"),
        (screen(2, 3) + FULL + FULL, "it has no end"),
        (screen(2, 3) + FULL + b"\0" + FULL + b";", "a block is of no known kind"),
    ],
)  # fmt: skip
def test_a_corrupt_gif_says_what_is_wrong_with_it(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt GIF \({why}"):
        decode(content, "it")


def test_a_canvas_beyond_the_limit_is_refused_before_a_frame_is_unpacked():
    content = screen(65535, 65535) + image([[RED]], data=b"\2\0") + b";"
    with pytest.raises(TooLargeError, match=r"^it: 65535x65535 pixels are more than the limit"):
        decode(content, "it")


def test_more_frames_than_the_limit_are_refused_and_the_first_can_be_had():
    content = screen(1, 1) + image([[BLUE]]) * (10 * MOST_FRAMES) + b";"
    with pytest.raises(TooLargeError, match=r"^it: \d+ frames are more than the limit"):
        decode(content, "it")
    np.testing.assert_array_equal(rgba(decode(content, "it", frames="first"))[0], painted([BLUE]))
