"""HEIC is read where its extra is installed, and says which one that is where it is not."""

import io
import struct
import sys

import numpy as np
import pytest
from boxed import FAKE, clap, exif_item, heif, icc_box, imir, irot, packed_of, xmp_item
from PIL import Image

from filterkit.errors import (
    ExtraMissingError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
)
from filterkit.pictures.codecs import decode, format_of_ending, size_of, sniff
from filterkit.pictures.heic import MAIN
from filterkit.pictures.metadata import mended_exif, orientation

ICC = bytes(16) + b"RGB " + bytes(108)
EXIF = b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 274, 3, 1, 6, 0) + bytes(4)
XMP = b"<x:xmpmeta/>"


def encoder():
    """Give pillow-heif, or skip the test."""
    return pytest.importorskip("pillow_heif")


def smooth(rows=64, columns=128, channels=3):
    row, column = np.mgrid[0:rows, 0:columns] / (rows + columns)
    planes = [(row * (1 + at) + column) / (2 + at) for at in range(channels)]
    return np.rint(np.stack(planes, axis=2) * 255).astype(np.uint8)


def heic(pixels, mode=None, **options):
    """Encode with pillow-heif."""
    modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
    stored = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    content = io.BytesIO()
    file = encoder().from_bytes(
        mode or modes[pixels.shape[2]], pixels.shape[1::-1], np.ascontiguousarray(stored).tobytes()
    )
    file.save(content, quality=options.pop("quality", 90), **options)
    return content.getvalue()


def seen(content):
    """Read as pillow-heif gives it."""
    return np.asarray(encoder().open_heif(content, convert_hdr_to_8bit=False, hdr_to_16bit=False))


def by_hand(*properties, **others):
    return heif(packed_of(heic(smooth())), 64, 128, *properties, brand=b"heic", **others)


def test_without_its_extra_heic_says_which_one_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    content = heif(FAKE, 64, 128, brand=b"heic")
    with pytest.raises(ExtraMissingError) as caught:
        decode(content, "IMG_1.HEIC")
    assert caught.value.sentence == "IMG_1.HEIC: reading HEIC needs the extra 'heic'."
    assert caught.value.advice == 'pip install ".[heic]"'


def test_the_size_is_read_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert size_of(heif(FAKE, 64, 128, irot(1), brand=b"heic")) == (128, 64)
    with pytest.raises(TooLargeError, match="more than the limit"):
        decode(heif(FAKE, 65535, 65535, brand=b"heic"), "it")


def test_nothing_is_written_as_heic():
    assert format_of_ending(".heic") is None


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1", b"hevc"])
def test_every_brand_is_known(brand):
    assert sniff(heif(FAKE, 64, 128, brand=brand)) == "heic"


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_eight_bits_are_what_pillow_heif_reads(channels):
    content = heic(smooth(channels=channels))
    picture = decode(content, "it")
    stored = seen(content).reshape(64, 128, -1)
    if channels == 2:  # it gives three equal channels
        stored = stored[..., [0, 3]]
    np.testing.assert_array_equal(picture.stacked(), stored)
    assert picture.channels == (1 if channels <= 2 else 3)


@pytest.mark.parametrize(("bits", "to_12"), [(10, False), (12, True)])
def test_ten_and_twelve_bits_are_scaled_to_full_sixteen(bits, to_12, monkeypatch):
    monkeypatch.setattr(encoder().options, "SAVE_HDR_TO_12_BIT", to_12)
    content = heic(smooth().astype("<u2") * 257, "RGB;16")
    stored = seen(content)
    assert stored.max() < 2**bits
    picture = decode(content, "it")
    wanted = np.rint(stored * 65535.0 / (2**bits - 1))
    np.testing.assert_array_equal(picture.pixels[0], wanted)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("quarters", range(4))
def test_a_picture_is_turned_exactly_once(quarters, axis):
    exif = exif_item(EXIF, b"Exif\0\0")
    properties = [irot(quarters)] + ([] if axis is None else [imir(axis)])
    picture = decode(by_hand(*properties, others=[exif]), "it")
    wanted = np.rot90(seen(by_hand()), quarters)
    wanted = wanted if axis is None else np.flip(wanted, axis)
    np.testing.assert_array_equal(picture.pixels[0], wanted)
    assert orientation(picture.metadata.exif) == 1


def test_only_the_part_is_shown_that_the_file_says():
    content = by_hand(clap(10, 4, (3, 1)), irot(1))
    np.testing.assert_array_equal(
        decode(content, "it").pixels[0], np.rot90(seen(by_hand())[30:34, 62:72])
    )
    assert size_of(content) == (10, 4)


def test_metadata_is_found_where_the_items_say():
    others = [exif_item(EXIF, b"Exif\0\0"), xmp_item(XMP)]
    metadata = decode(by_hand(icc_box(ICC), others=others), "it").metadata
    assert (metadata.icc, metadata.xmp) == (ICC, XMP)
    assert metadata.exif == mended_exif(EXIF, 64, 128)


def test_further_pictures_are_named():
    content = io.BytesIO()
    file = encoder().from_pillow(Image.fromarray(smooth()))
    file.add_from_pillow(Image.fromarray(smooth()[::-1].copy()))
    file.save(content, quality=90)
    assert decode(content.getvalue(), "it").notes == (MAIN,)


@pytest.mark.parametrize(("kind", "title"), [(b"av01", "AV1"), (b"avc1", "AVC"), (b"jpeg", "JPEG")])
def test_other_packings_are_named(kind, title):
    content = heif(FAKE._replace(kind=kind), 64, 128, brand=b"heic")
    with pytest.raises(UnsupportedInputError, match=f"^it: an HEIF of {title}; HEVC is read"):
        decode(content, "it")


def test_a_film_without_a_picture_is_refused_by_name():
    content = heif(FAKE, 64, 128, brand=b"hevc").replace(b"meta", b"moov")
    with pytest.raises(UnsupportedInputError, match="a film in HEIF"):
        decode(content, "it")


def test_a_file_cut_anywhere_is_unreadable():
    content = by_hand(irot(1), others=[exif_item(EXIF)])
    for length in {*range(0, len(content), 7), *range(len(content) - 10, len(content))}:
        with pytest.raises(UnreadableInputError):
            decode(content[:length], "it")


def test_a_header_that_lies_is_unreadable():
    packed = packed_of(heic(smooth()))
    with pytest.raises(UnreadableInputError):
        decode(heif(packed, 65, 128, brand=b"heic"), "it")
