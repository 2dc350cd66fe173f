"""Frames and pages: each is filtered by itself, and what a file knew of them stays."""

import numpy as np
import pytest

from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Animation, Metadata, Picture

MOVING = ("gif", "png", "webp", "avif")
DELAYS = (40.0, 100.0, 250.0)


def frames_of(count=3, channels=3, rows=6, columns=8):
    """Give frames of few colours, each with a bright row of its own."""
    pixels = np.zeros((count, rows, columns, channels), np.uint8)
    for frame in range(count):
        pixels[frame, frame] = (40 * (frame + 1) - 10 * np.arange(channels)).tolist()
    return pixels


@pytest.fixture
def moving(workplace):
    """Write an animation of a format, and give its file's name."""

    def write(name, loops=0, alpha=None):
        picture = Picture(frames_of(), alpha, animation=Animation(DELAYS, loops))
        path = workplace / f"move.{name}"
        path.write_bytes(encode(picture, name))
        return path.name

    return write


def read(path):
    return decode(path.read_bytes(), path.name)


@pytest.mark.parametrize("loops", [0, 1, 3])
@pytest.mark.parametrize("name", MOVING)
def test_an_animation_stays_one(filterkit, workplace, moving, name, loops):
    ended = filterkit("apply", "identity", moving(name, loops), "-o", f"out.{name}")
    assert (ended.code, ended.err) == (0, "")
    back = read(workplace / f"out.{name}")
    assert back.animation == Animation(DELAYS, loops)
    if name != "avif":  # it is packed with losses
        np.testing.assert_array_equal(back.pixels, frames_of())


@pytest.mark.parametrize("name", [one for one in MOVING if one != "gif"])
def test_an_animation_moves_into_another_format(filterkit, workplace, moving, name):
    assert filterkit("apply", "identity", moving("gif"), "-o", f"out.{name}").code == 0
    assert read(workplace / f"out.{name}").animation == Animation(DELAYS, 0)


def test_every_frame_is_filtered_by_itself(filterkit, workplace, moving):
    filterkit("apply", "max-pool:3,stride=1,padding=1", moving("gif"), "-o", "out.gif")
    back = read(workplace / "out.gif").pixels
    for frame in range(3):
        bright = np.flatnonzero(back[frame, :, 0, 0] == 40 * (frame + 1))
        assert bright.tolist() == [row for row in (frame - 1, frame, frame + 1) if row >= 0]


@pytest.mark.parametrize(("frames", "number"), [("first", 0), ("2", 1)])
def test_one_frame_of_an_animation_is_a_still_picture(filterkit, workplace, moving, frames, number):
    filterkit("apply", "identity", moving("gif"), "-o", "out.png", "--frames", frames)
    back = read(workplace / "out.png")
    assert back.animation is None
    np.testing.assert_array_equal(back.pixels[0], frames_of()[number])


def test_frames_become_files(filterkit, workplace, moving):
    ended = filterkit("apply", "identity", moving("webp"), "-o", "one-{frame}.png")
    assert ended.lines == ["one-1.png", "one-2.png", "one-3.png"]
    for frame in range(3):
        back = read(workplace / f"one-{frame + 1}.png")
        np.testing.assert_array_equal(back.pixels[0], frames_of()[frame])


def test_a_format_of_one_frame_says_what_to_do(filterkit, moving):
    ended = filterkit("apply", "identity", moving("gif"), "-o", "out.jpg")
    assert ended.code == 2
    assert "JPEG holds one frame, and there are 3" in ended.err
    assert "--frames first, or -o {stem}-{frame}{ext}" in ended.err


def test_delays_that_a_format_cannot_hold_are_missed_aloud(filterkit, workplace, moving):
    ended = filterkit("apply", "identity", moving("gif"), "-o", "out.tif")
    assert "TIFF holds frames without their delays, which are lost." in ended.err
    np.testing.assert_array_equal(read(workplace / "out.tif").pixels, frames_of())


def test_pages_of_several_sizes_are_each_filtered(filterkit, workplace):
    scan = Picture(
        frames_of(2, 1),
        metadata=Metadata(dpi=(300.0, 300.0)),
        further=(Picture(frames_of(1, 3, 5, 5)), Picture(frames_of(1, 1, 9, 2))),
    )
    (workplace / "scan.tif").write_bytes(encode(scan, "tiff"))
    ended = filterkit("apply", "identity", "scan.tif", "-o", "out.tif")
    assert (ended.code, ended.err) == (0, "")
    back = read(workplace / "out.tif")
    assert [page.pixels.shape for page in (back, *back.further)] == [
        (2, 6, 8, 1), (1, 5, 5, 3), (1, 9, 2, 1),
    ]  # fmt: skip
    for page, wanted in zip((back, *back.further), (scan, *scan.further), strict=True):
        np.testing.assert_array_equal(page.pixels, wanted.pixels)
    assert back.metadata.dpi == (300.0, 300.0)


def test_pages_of_several_sizes_become_files_counted_over_all(filterkit, workplace):
    scan = Picture(frames_of(2, 1), further=(Picture(frames_of(1, 3, 5, 5)),))
    (workplace / "scan.tif").write_bytes(encode(scan, "tiff"))
    ended = filterkit("apply", "identity", "scan.tif", "-o", "{stem}-{frame}.png")
    assert ended.lines == ["scan-1.png", "scan-2.png", "scan-3.png"]
    assert read(workplace / "scan-3.png").pixels.shape == (1, 5, 5, 3)
    ended = filterkit("apply", "identity", "scan.tif", "-o", "third.png", "--frames", "3")
    assert read(workplace / "third.png").pixels.shape == (1, 5, 5, 3)


def test_pages_of_several_sizes_are_no_array(filterkit, workplace):
    scan = Picture(frames_of(1, 1), further=(Picture(frames_of(1, 1, 5, 5)),))
    (workplace / "scan.tif").write_bytes(encode(scan, "tiff"))
    ended = filterkit("apply", "identity", "scan.tif", "-o", "out.npy")
    assert ended.code == 2
    assert "NPY holds frames of one size, and these pages differ" in ended.err


def test_a_bank_over_an_animation_is_a_sheet_a_frame(filterkit, workplace, moving):
    filterkit("apply", "identity & sobel", moving("gif"), "-o", "sheet.webp")
    back = read(workplace / "sheet.webp")
    assert back.frames == 3
    assert back.animation == Animation(DELAYS, 0)


def test_maps_and_frames_can_both_be_parted(filterkit, moving):
    ended = filterkit("apply", "identity & sobel", moving("gif"), "-o", "{frame}-{map}.png")
    assert ended.lines == [f"{frame}-{name}.png" for frame in (1, 2, 3)
                           for name in ("identity", "sobel")]  # fmt: skip


def test_too_many_colours_and_half_transparency_are_said_of_a_gif(filterkit, workplace):
    row, column = np.mgrid[0:32, 0:32]
    pixels = np.stack([row * 8, column * 8, row + column], axis=2).astype(np.uint8)
    picture = Picture(pixels[None], (row * 8).astype(np.uint8)[None])
    (workplace / "many.png").write_bytes(encode(picture, "png"))
    ended = filterkit("apply", "identity", "many.png", "-o", "many.gif")
    assert "GIF holds 256 colours: the result has more, and is reduced." in ended.err
    assert "GIF holds no half transparency: it is rounded to all or nothing." in ended.err


@pytest.mark.parametrize("filter", ["identity & sobel", "identity & blur & edge & sharpen"])
def test_a_sheet_of_too_many_colours_is_said_of_a_gif_too(filterkit, workplace, filter):
    row, column = np.mgrid[0:32, 0:32]
    pixels = np.stack([row * 8, column * 8, row + column], axis=2).astype(np.uint8)
    (workplace / "many.png").write_bytes(encode(Picture(pixels[None]), "png"))
    ended = filterkit("apply", filter, "many.png", "-o", "sheet.gif")
    assert ended.code == 0
    assert "GIF holds 256 colours: the result has more, and is reduced." in ended.err


def test_an_avif_animation_of_16_bits_says_that_its_metadata_is_lost(filterkit, workplace):
    deep = Picture(frames_of(2).astype(np.uint16), metadata=Metadata(xmp=b"<x:xmpmeta/>"))
    (workplace / "deep.tif").write_bytes(encode(deep, "tiff"))
    ended = filterkit("apply", "identity", "deep.tif", "-o", "deep.avif")
    assert "an AVIF animation of 16 bits holds no metadata, which is lost." in ended.err


def test_grey_levels_are_exact_in_a_gif(filterkit, workplace):
    picture = Picture(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1))
    (workplace / "grey.png").write_bytes(encode(picture, "png"))
    ended = filterkit("apply", "identity", "grey.png", "-o", "grey.gif")
    assert (ended.code, ended.err) == (0, "")
    np.testing.assert_array_equal(read(workplace / "grey.gif").pixels, picture.pixels)
