"""A WebP has the pixels that libwebp gives, composed exactly, and is written without loss."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving import by_pillow, movies, rgba, seen
from PIL import Image

from filterkit.errors import CannotHoldError, TooLargeError, UnreadableInputError
from filterkit.pictures import webp
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Animation, Metadata, Picture

PROFILE = bytes(16) + b"RGB " + bytes(range(256)) * 3
GREY_PROFILE = bytes(16) + b"GRAY" + bytes(200)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def smooth(rows=20, columns=30, channels=3):
    """Give pixels of slopes, on which packing with losses loses little."""
    row, column = np.mgrid[0:rows, 0:columns]
    planes = [row * 5 + column * 3, 200 - column * 4, 100 + row * 2, 255 - row * 12]
    return np.stack(planes[:channels], axis=2).clip(0, 255).astype(np.uint8)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def by_libwebp(stacked, **options):
    """Write pixels with Pillow."""
    stream = io.BytesIO()
    Image.fromarray(stacked).save(stream, "WEBP", **options)
    return stream.getvalue()


def moving_by_libwebp(frames, **options):
    """Write an animation with Pillow, whose frames hold but what changes, and blend."""
    first, *rest = (Image.fromarray(frame) for frame in frames)
    stream = io.BytesIO()
    first.save(stream, "WEBP", save_all=True, append_images=rest, **options)
    return stream.getvalue()


def chunk(kind, body):
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def chunks(content):
    """Give the kinds and bodies of a file's chunks."""
    place, found = 12, []
    while place < len(content):
        (length,) = struct.unpack_from("<I", content, place + 4)
        found.append((content[place : place + 4], content[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return found


def file(*parts):
    return chunk(b"RIFF", b"WEBP" + b"".join(parts))


def canvas(rows, columns, flags=0):
    sides = struct.pack("<I", columns - 1)[:3] + struct.pack("<I", rows - 1)[:3]
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)


def frame(packed, rows, columns, at=(0, 0), delay=50, flags=2):
    """Write ANMF around the chunks of a picture."""
    numbers = (at[1] // 2, at[0] // 2, columns - 1, rows - 1, delay)
    head = b"".join(struct.pack("<I", number)[:3] for number in numbers)
    return chunk(b"ANMF", head + bytes([flags]) + packed)


def plain(stacked):
    """Give the chunk of a picture that is packed without loss."""
    return by_libwebp(stacked, lossless=True, exact=True)[12:]


def animation(loops=0):
    return chunk(b"ANIM", bytes(4) + struct.pack("<H", loops))


# Stills


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    "options",
    [{"lossless": True}, {"lossless": True, "exact": True}, {"quality": 100}, {"quality": 75},
     {"quality": 5, "method": 6}, {"quality": 75, "alpha_quality": 20}, {"exif": b"II*\0"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("source", [smooth, noise])
def test_a_still_has_the_pixels_that_pillow_sees(source, options, channels):
    content = by_libwebp(source(21, 31, channels), **options)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image.convert("RGBA"))
    picture = decode(content, "it")
    assert (picture.alpha is not None) == (channels == 4)
    np.testing.assert_array_equal(rgba(picture)[0], expected)


def test_a_grey_webp_is_three_equal_channels():
    grey = smooth()[..., :1].repeat(3, axis=2)
    picture = decode(by_libwebp(grey, lossless=True), "it")
    np.testing.assert_array_equal(picture.pixels[0], grey)


@settings(max_examples=40, deadline=None)
@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), st.sampled_from([3, 4]), st.integers(0))
def test_a_still_survives_to_the_bit_even_where_nobody_sees_it(shape, channels, seed):
    stacked = noise(*shape, channels, seed=seed)
    if channels == 4:
        stacked[::2, :, 3] = 0
    alpha = stacked[None, ..., 3] if channels == 4 else None
    back = decode(encode(Picture(stacked[None, ..., :3], alpha), "webp"), "it")
    np.testing.assert_array_equal(back.stacked(), stacked)
    assert back.notes == ()


def test_grey_is_written_as_colour_without_its_profile():
    grey = Picture(smooth()[None, ..., :1], metadata=Metadata(icc=GREY_PROFILE))
    back = decode(encode(grey, "webp"), "it")
    np.testing.assert_array_equal(back.pixels, grey.pixels.repeat(3, axis=3))
    assert (back.metadata.icc, back.notes) == (None, ())


# Quality


@pytest.mark.parametrize(
    ("options", "quality"),
    [({"lossless": True}, None), ({"quality": 75}, 95), ({"quality": 100}, 95)],
)
def test_only_what_was_packed_with_losses_has_a_quality(options, quality):
    assert decode(by_libwebp(smooth(), **options), "it").metadata.quality == quality
    frames = [smooth(), smooth()[::-1].copy()]
    assert decode(moving_by_libwebp(frames, **options), "it").metadata.quality == quality


@pytest.mark.parametrize("frames", [1, 2])
def test_a_lower_quality_takes_fewer_bytes_and_loses_more(frames):
    pixels = np.stack([smooth(64, 64), smooth(64, 64)[::-1]])[:frames]
    errors, sizes = [], []
    for quality in (None, 95, 60, 10):
        content = encode(Picture(pixels), "webp", quality)
        sizes.append(len(content))
        errors.append(np.abs(decode(content, "it").pixels.astype(int) - pixels).mean())
    assert errors == sorted(errors)
    assert errors[0] == 0 and errors[1] < 2
    assert sizes[1:] == sorted(sizes[1:], reverse=True)


# Animations


@settings(max_examples=100, deadline=None)
@given(movies(channels=(3,)))
def test_frames_survive_to_the_bit(picture):
    back = decode(encode(picture, "webp"), "it")
    np.testing.assert_array_equal(rgba(back), rgba(picture))
    assert (back.animation, back.notes) == (picture.animation, ())


@settings(max_examples=60, deadline=None)
@given(movies(channels=(3,)))
def test_pillow_sees_the_frames_that_were_given(picture):
    frames, delays = by_pillow(encode(picture, "webp"))
    np.testing.assert_array_equal(seen(frames), seen(rgba(picture)))
    if picture.animation:
        assert delays == list(picture.animation.delays)


@settings(max_examples=60, deadline=None)
@given(movies(channels=(3,), alphas=(None, "all"), levels=2), st.booleans())
def test_an_animation_of_libwebp_shows_what_libwebp_shows(picture, small):
    content = moving_by_libwebp(
        rgba(picture), lossless=True, minimize_size=small, allow_mixed=False, duration=40
    )
    frames, _ = by_pillow(content)
    np.testing.assert_array_equal(seen(rgba(decode(content, "it"))), seen(frames))


def test_a_lossy_animation_with_transparency_shows_what_libwebp_shows():
    frames = [np.roll(smooth(channels=4), shift, axis=1) for shift in (0, 5, 9)]
    content = moving_by_libwebp(frames, quality=70)
    assert b"ALPH" in content
    expected, _ = by_pillow(content)
    ours = rgba(decode(content, "it"))
    np.testing.assert_array_equal(ours[..., 3], expected[..., 3])
    assert np.abs(seen(ours).astype(int) - seen(expected)).max() <= 2  # libwebp rounds twice


LOW, HIGH = smooth(4, 6, 4) // 2 + 64, noise(2, 4, 4)


@pytest.mark.parametrize("flags", [0, 1, 2, 3], ids=["over", "over, clear", "put", "put, clear"])
def test_frames_are_blended_and_cleared_as_libwebp_does_it(flags):
    parts = [
        frame(plain(LOW), 4, 6), frame(plain(HIGH), 2, 4, (2, 2), flags=flags),
        frame(plain(HIGH[:1, :1]), 1, 1),
    ]  # fmt: skip
    content = file(canvas(4, 6, 18), animation(), *parts)
    expected, delays = by_pillow(content)
    picture = decode(content, "it")
    # libwebp rounds what is half transparent twice, and so is off by one or two.
    near = np.abs(seen(rgba(picture)).astype(int) - seen(expected)).max()
    assert near <= (2 if flags in (0, 1) else 0)
    assert picture.animation == Animation(tuple(map(float, delays)), 0)


def test_half_transparent_over_opaque_is_exact():
    below, above = np.array([[[100, 200, 50, 255]]], np.uint8), np.array([[[0, 255, 51, 51]]], "u1")
    content = file(
        canvas(1, 1, 18), animation(), frame(plain(below), 1, 1),
        frame(plain(above), 1, 1, flags=0),
    )  # fmt: skip
    np.testing.assert_array_equal(decode(content, "it").pixels[1, 0, 0], [80, 211, 50])


@pytest.mark.parametrize("loops", [0, 1, 7])
def test_it_is_played_as_often_as_it_says(loops):
    content = moving_by_libwebp([smooth(), smooth()[::-1].copy()], loop=loops, duration=[30, 70])
    assert decode(content, "it").animation == Animation((30.0, 70.0), loops)


def test_one_frame_alone_is_as_it_is_seen():
    frames = [smooth(), *(noise(20, 30, 3, seed=seed) for seed in range(2))]
    content = moving_by_libwebp(frames, lossless=True)
    alone = decode(content, "it", frames=2)
    np.testing.assert_array_equal(alone.pixels[0], frames[1])
    assert (alone.frames, alone.animation) == (1, None)


def test_an_animation_of_one_frame_is_a_still_picture():
    content = file(canvas(4, 6, 18), animation(), frame(plain(LOW), 4, 6))
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.stacked(), LOW)
    assert picture.animation is None


def test_frames_of_an_animation_lie_at_even_places():
    pixels = np.zeros((2, 9, 9, 3), np.uint8)
    pixels[1, 5, 7] = 255
    content = encode(Picture(pixels), "webp")
    body = [body for kind, body in chunks(content) if kind == b"ANMF"][1]
    column, row, columns, rows = (
        int.from_bytes(body[at : at + 3], "little") for at in (0, 3, 6, 9)
    )
    assert (2 * row, 2 * column, rows + 1, columns + 1) == (4, 6, 2, 2)


# Metadata


def exif(orientation=1):
    """Write an EXIF block that tells an orientation."""
    return b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 274, 3, 1, orientation) + bytes(4)


KNOWN = Metadata(PROFILE, exif(), XMP)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("quality", [None, 80])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize(
    "known", [KNOWN, Metadata(PROFILE), Metadata(exif=exif()), Metadata(xmp=XMP + b".")], ids=str
)
def test_metadata_comes_back_and_pillow_finds_it(known, alpha, quality, frames):
    stacked = np.stack([smooth(channels=4), smooth(channels=4)[::-1]])[:frames]
    picture = Picture(stacked[..., :3], stacked[..., 3] if alpha else None, metadata=known)
    content = encode(picture, "webp", quality)
    found = decode(content, "it").metadata
    assert (found.icc, found.exif, found.xmp) == (known.icc, known.exif, known.xmp)
    with Image.open(io.BytesIO(content)) as image:
        assert image.info.get("icc_profile") == known.icc
        assert image.info.get("exif") == known.exif
        assert image.info.get("xmp") == known.xmp
        assert (image.mode, image.n_frames) == ("RGBA" if alpha else "RGB", frames)


def test_a_prefix_that_belongs_into_jpeg_is_taken_off():
    content = file(canvas(4, 6, 8), plain(LOW), chunk(b"EXIF", b"Exif\0\0" + exif()))
    assert decode(content, "it").metadata.exif == exif()


def test_a_turned_webp_comes_out_upright():
    content = by_libwebp(smooth(), lossless=True, exif=exif(6))
    picture = decode(content, "it")
    np.testing.assert_array_equal(picture.pixels[0], np.rot90(smooth(), -1))
    assert picture.metadata.exif == exif(1)


# Headers and broken files


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (by_libwebp(smooth(7, 9), quality=80), (1, 7, 9)),
        (by_libwebp(smooth(7, 9), lossless=True), (1, 7, 9)),
        (by_libwebp(smooth(7, 9, 4), quality=80), (1, 7, 9)),
        (by_libwebp(smooth(7, 9), xmp=XMP), (1, 7, 9)),
        (encode(Picture(noise(3, 7, 9, 3)), "webp"), (3, 7, 9)),
        (file(canvas(2**24, 2**24, 2), frame(b"", 1, 1), frame(b"", 1, 1)), (2, 2**24, 2**24)),
    ],
)
def test_the_size_stands_in_the_header(content, size):
    assert webp.size(content)[:3] == size


def wide(rows, columns):
    """Give the head of a picture packed without loss."""
    return chunk(b"VP8L", b"\x2f" + struct.pack("<I", columns - 1 | (rows - 1) << 14))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (file(canvas(65535, 65535), wide(1, 1)), "65535x65535 pixels are more than"),
        (file(canvas(9, 9, 2), frame(b"", 9, 9) * 10_001), "10001 frames are more than the limit"),
        (file(canvas(9999, 9999, 2), frame(b"", 9, 9) * 9), "9 frames of 9999x9999 pixels are"),
    ],
)
def test_a_claim_beyond_the_limits_is_refused_from_the_header(content, sentence):
    with pytest.raises(TooLargeError, match=f"^it: {sentence}"):
        decode(content, "it")


def test_a_side_beyond_16383_is_refused_and_16383_is_not():
    wide = np.zeros((1, 1, 16384, 3), np.uint8)
    assert decode(encode(Picture(wide[:, :, 1:]), "webp"), "it").columns == 16383
    sentence = r"^WebP holds at most 16383 rows and columns, not 1x16384\.$"
    with pytest.raises(CannotHoldError, match=sentence):
        encode(Picture(wide), "webp")


WHOLE = {
    "lossless": by_libwebp(smooth(), lossless=True),
    "lossy": by_libwebp(smooth(), quality=80),
    "alpha": by_libwebp(smooth(channels=4), quality=80, xmp=XMP),
    "moving": encode(Picture(noise(2, 9, 9, 3), metadata=KNOWN), "webp"),
}


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_webp_cut_anywhere_is_unreadable(content):
    for length in range(1, len(content)):
        with pytest.raises(UnreadableInputError, match=r"^it: "):
            decode(content[:length], "it")


LOSSY = chunks(WHOLE["lossy"])[0][1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"RIFF\x04\0\0\0WEBP", "it has no pixels"),
        (file(chunk(b"JUNK", b"..")), "it has no pixels"),
        (file(canvas(4, 6)), "it has no pixels"),
        (file(chunk(b"VP8X", b"...")), "its header is cut off"),
        (file(canvas(4, 6, 2), plain(LOW)), "its animation has no frames"),
        (file(canvas(4, 7), plain(LOW)), "its header says 4x7 pixels, and it has others"),
        (file(canvas(4, 6, 2), frame(plain(LOW), 4, 5)), "its header says 4x5 pixels, and it has"),
        (file(canvas(4, 6, 2), frame(plain(LOW), 4, 6, (2, 0))), "a frame of its animation lies b"),
        (file(canvas(4, 6, 2), chunk(b"ANMF", bytes(9))), "a frame of its animation is cut off"),
        (file(canvas(4, 6, 2), frame(b"", 4, 6)), "it has no pixels"),
        (file(canvas(4, 6, 2), frame(plain(LOW)[:-9], 4, 6)), "its 'VP8L' chunk is cut off"),
        (file(chunk(b"VP8L", b"\x2f" + bytes(3))), "its pixels have no beginning"),
        (file(chunk(b"VP8 ", LOSSY[:9])), "its pixels have no beginning"),
        (file(chunk(b"VP8 ", LOSSY[:6] + bytes(4) + LOSSY[10:])), "its pixels have no beginning"),
        (file(chunk(b"VP8 ", LOSSY[:40])), "its pixels cannot be unpacked"),
        (file(chunk(b"VP8L", plain(LOW)[8:20])), "its pixels cannot be unpacked"),
        (file(b"VP8L" + struct.pack("<I", 99)), "its 'VP8L' chunk is cut off"),
    ],
)  # fmt: skip
def test_a_corrupt_webp_says_what_is_wrong_with_it(content, why):
    with pytest.raises(UnreadableInputError, match=rf"^it: truncated or corrupt WebP \({why}"):
        decode(content, "it")


def test_what_stands_behind_the_file_is_passed_over():
    content = WHOLE["lossless"] + b"rest"
    np.testing.assert_array_equal(decode(content, "it").pixels[0], smooth())
