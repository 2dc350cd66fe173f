"""What a file knew besides pixels is read, kept where it still holds, and written back."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from filterkit.errors import CannotHoldError
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.directory import Block, DamagedError, Directory, laid_out
from filterkit.pictures.formats import WRITTEN
from filterkit.pictures.jpeg.quality import quality_of, scaled
from filterkit.pictures.metadata import (
    kept,
    mended_exif,
    mended_xmp,
    orientation,
    profile_fits,
    upright,
)
from filterkit.pictures.picture import Metadata, Picture

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"

RGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY_PROFILE = RGB_PROFILE[:16] + b"GRAY" + RGB_PROFILE[20:]
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="1" dc:title="a"/></x:xmpmeta>'
KINDS = ("png", "jpeg", "tiff")


def exif(turn=1, order="<"):
    """Write an EXIF block: camera, orientation, resolution, pixel sizes, place."""
    block = Image.Exif()
    block.endian = order
    block[271] = "Maker"
    block[274] = turn
    block[282] = 300.0
    inner = block.get_ifd(34665)
    inner[40962], inner[40963], inner[33434] = 111, 222, 0.01
    block.get_ifd(34853)[1] = "N"
    return block.tobytes().removeprefix(b"Exif\0\0")


def with_thumbnail(block, thumbnail):
    """Give an EXIF block a second directory, which shows a thumbnail as a JPEG."""
    order = "<" if block[:2] == b"II" else ">"
    told = Block(block)
    end = told.directory(told.first).next_at
    place = len(block) + len(block) % 2
    behind = place + 2 + 2 * 12 + 4
    fields = {
        513: (4, 1, struct.pack(f"{order}I", behind)),
        514: (4, 1, struct.pack(f"{order}I", len(thumbnail))),
    }
    linked = bytearray(block.ljust(place, b"\0"))
    struct.pack_into(f"{order}I", linked, end, place)
    return bytes(linked) + laid_out(order, fields, place) + thumbnail


def tags(block):
    """Read an EXIF block with Pillow: main directory, camera's, place's."""
    read = Image.Exif()
    read.load(b"Exif\0\0" + block)
    return dict(read), dict(read.get_ifd(34665)), dict(read.get_ifd(34853))


def pixels(rows=6, columns=9, channels=3):
    """Give random pixels of one frame."""
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (1, rows, columns, channels)).astype(np.uint8)


def encoded(array, kind, turn):
    """Write a file with Pillow or tifffile that says it is turned."""
    stream = io.BytesIO()
    if kind == "tiff":
        tifffile.imwrite(stream, array, photometric="rgb", extratags=[(274, 3, 1, turn, True)])
    else:
        block = Image.Exif()
        block[274] = turn
        Image.fromarray(array).save(stream, kind, exif=block)
    return stream.getvalue()


# Reading and writing back


@pytest.mark.parametrize("kind", KINDS)
def test_profile_and_xmp_survive_to_the_bit(kind):
    metadata = Metadata(icc=RGB_PROFILE, xmp=XMP)
    back = decode(encode(Picture(pixels(), metadata=metadata), kind), "it").metadata
    assert back.icc == RGB_PROFILE
    assert back.xmp == XMP


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_survives_in_every_format(kind, order):
    block = mended_exif(exif(order=order), 6, 9)
    back = decode(encode(Picture(pixels(), metadata=Metadata(exif=block)), kind), "it").metadata
    main, camera, place = tags(back.exif)
    assert (main[271], main[282]) == ("Maker", 300)
    assert (camera[40962], camera[40963], camera[33434]) == (9, 6, 0.01)
    assert place[1] == "N"


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_exif_stays_as_it_is_byte_for_byte(kind):
    block = mended_exif(exif(), 6, 9)
    back = decode(encode(Picture(pixels(), metadata=Metadata(exif=block)), kind), "it").metadata
    assert back.exif == block


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_what_pillow_reads(kind):
    metadata = Metadata(RGB_PROFILE, mended_exif(exif(), 6, 9), XMP)
    image = Image.open(io.BytesIO(encode(Picture(pixels(), metadata=metadata), kind)))
    assert image.info["icc_profile"] == RGB_PROFILE
    assert image.getexif()[271] == "Maker"
    assert image.getexif().get_ifd(34665)[40962] == 9
    assert b"dc:title" in (image.info.get("xmp") or image.tag_v2[700])
    if kind != "jpeg":
        np.testing.assert_array_equal(np.asarray(image), pixels()[0])


def test_a_tiff_with_exif_is_one_that_tifffile_reads():
    metadata = Metadata(RGB_PROFILE, mended_exif(exif(), 6, 9), XMP)
    content = encode(Picture(pixels(), metadata=metadata), "tiff")
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        np.testing.assert_array_equal(page.asarray(), pixels()[0])
        assert page.tags[34665].value["PixelXDimension"] == 9
        assert page.tags["XResolution"].value == (300, 1)


def test_a_profile_longer_than_a_segment_of_jpeg_survives():
    profile = RGB_PROFILE[:128] + np.random.default_rng(0).bytes(200_000)
    metadata = Metadata(icc=profile)
    assert decode(encode(Picture(pixels(), metadata=metadata), "jpeg"), "it").metadata == Metadata(
        icc=profile, quality=95
    )


def test_a_profile_with_a_part_missing_is_no_profile():
    metadata = Metadata(icc=RGB_PROFILE[:128] + bytes(200_000))
    content = encode(Picture(pixels(), metadata=metadata), "jpeg")
    at = content.index(b"ICC_PROFILE\0\2")
    broken = content[: at + 12] + b"\7" + content[at + 13 :]
    assert decode(broken, "it").metadata.icc is None


def test_too_much_exif_for_jpeg_is_said():
    metadata = Metadata(exif=b"II*\0\x08\0\0\0" + bytes(69_996))
    sentence = r"^JPEG holds at most 65533 bytes of EXIF or XMP, not 70010\.$"
    with pytest.raises(CannotHoldError, match=sentence):
        encode(Picture(pixels(), metadata=metadata), "jpeg")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_never_says_that_it_is_turned(kind):
    content = encode(Picture(pixels(), metadata=Metadata(exif=exif(6))), kind)
    with Image.open(io.BytesIO(content)) as image:
        assert image.getexif().get(274, 1) == 1
        assert image.size == (9, 6)


def test_a_damaged_part_of_exif_does_not_spoil_a_tiff():
    block = mended_exif(exif(6), 6, 9)
    told = Block(block)
    pointer = told.directory(told.first).entries[34853]
    broken = block[: pointer.place] + b"\xff\xff\0\0" + block[pointer.place + 4 :]
    picture = decode(encode(Picture(pixels(), metadata=Metadata(exif=broken)), "tiff"), "it")
    main, camera, place = tags(picture.metadata.exif)
    assert (main[271], camera[33434], place) == ("Maker", 0.01, {})


def test_a_damaged_exif_block_is_left_out_and_said():
    stream = io.BytesIO()
    Image.fromarray(pixels()[0]).save(stream, "PNG", exif=b"Exif\0\0nonsense")
    picture = decode(stream.getvalue(), "it")
    assert picture.metadata.exif is None
    assert picture.notes == ("its EXIF block is damaged and was left out.",)


def test_a_profile_that_does_not_fit_the_pixels_is_left_out():
    stream = io.BytesIO()
    Image.fromarray(pixels()[0]).save(stream, "PNG", icc_profile=GREY_PROFILE)
    picture = decode(stream.getvalue(), "it")
    assert picture.metadata.icc is None
    assert picture.notes == ("its colour profile is for other colours and was left out.",)


def test_packed_xmp_of_a_png_is_unpacked():
    content = encode(Picture(pixels()), "png")
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)
    packed = struct.pack(">I", len(body)) + b"iTXt" + body
    packed += struct.pack(">I", zlib.crc32(b"iTXt" + body))
    assert decode(content[:33] + packed + content[33:], "it").metadata.xmp == XMP


# Orientation


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turn", range(1, 9))
def test_every_orientation_is_turned_upright_as_pillow_does(kind, turn):
    from PIL import ImageOps

    content = encoded(cv2.blur(pixels(24, 40)[0], (5, 5)), kind, turn)
    picture = decode(content, "it")
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    assert np.abs(picture.pixels[0] - expected).max() <= (3 if kind == "jpeg" else 0)
    assert orientation(picture.metadata.exif) == 1


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64"])
@pytest.mark.parametrize("turn", range(2, 9))
def test_a_turned_tiff_of_any_depth_is_upright(dtype, turn):
    array = pixels()[0].astype(dtype)
    picture = decode(encoded(array, "tiff", turn), "it")
    np.testing.assert_array_equal(picture.pixels, upright(array[None], turn))


def test_alpha_is_turned_with_the_pixels():
    array = pixels(channels=4)[0]
    picture = decode(encoded(array, "png", 6), "it")
    np.testing.assert_array_equal(picture.alpha[0], np.rot90(array[..., 3], -1))


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_the_published_orientations_are_all_upright(shape):
    files = sorted((CORPORA / "exif-orientation" / "files").glob(f"{shape}_*.jpg"))
    if not files:
        pytest.skip("no exif-orientation here")
    pictures = [decode(path.read_bytes(), path.name).pixels[0] for path in files]
    first = pictures[1].astype(int)
    for picture in pictures:
        assert picture.shape == first.shape
        assert np.abs(picture - first).mean() < 4


@pytest.mark.parametrize(
    "block",
    [None, b"", b"II", b"nonsense", b"II*\0\xff\xff\xff\xff", exif(0), exif(9), exif()[:12]],
)
def test_what_tells_no_orientation_is_upright(block):
    assert orientation(block) == 1


# Mending


@pytest.mark.parametrize("order", ["<", ">"])
def test_mending_sets_orientation_and_sizes_and_nothing_else(order):
    before, after = exif(6, order), mended_exif(exif(6, order), 70_000, 9)
    assert len(before) == len(after)
    main, camera, place = tags(after)
    assert (main[274], camera[40962], camera[40963]) == (1, 9, 70_000)
    expected, inner, where = tags(before)
    assert main | {274: 0} == expected | {274: 0}
    assert camera | {40962: 0, 40963: 0} == inner | {40962: 0, 40963: 0}
    assert place == where


def test_the_thumbnail_goes():
    thumbnail = b"\xff\xd8 a thumbnail \xff\xd9"
    block = with_thumbnail(exif(), thumbnail)
    after = mended_exif(block, 6, 9)
    assert thumbnail in block
    assert b"thumbnail" not in after
    told = Block(after)
    assert told.directory(told.first).next == 0
    assert tags(after)[0][271] == "Maker"


def test_a_thumbnail_before_the_end_is_blanked():
    thumbnail = b"\xff\xd8 a thumbnail \xff\xd9"
    after = mended_exif(with_thumbnail(exif(), thumbnail) + b"maker's notes", 6, 9)
    assert b"thumbnail" not in after
    assert after.endswith(b"maker's notes")


def test_mending_twice_is_mending_once():
    once = mended_exif(with_thumbnail(exif(6), b"thumbnail"), 6, 9)
    assert mended_exif(once, 6, 9) == once


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_mending(noise):
    for block in (noise, b"II*\0\x08\0\0\0" + noise, b"MM\0*\0\0\0\x08" + noise):
        orientation(block)
        mended_exif(block, 6, 9)
        mended_xmp(noise)


@given(st.data())
def test_no_changed_byte_upsets_the_mending(data):
    block = bytearray(with_thumbnail(exif(6), b"thumbnail"))
    for _ in range(3):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    mended_exif(bytes(block), 6, 9)


def test_xmp_becomes_upright_and_loses_its_thumbnails():
    before = (
        b'<a tiff:Orientation="6"/><tiff:Orientation>8</tiff:Orientation>'
        b"<xmp:Thumbnails><b>base64</b></xmp:Thumbnails><c/>"
    )
    after = b'<a tiff:Orientation="1"/><tiff:Orientation>1</tiff:Orientation><c/>'
    assert mended_xmp(before) == after


# What is kept


FULL = Metadata(RGB_PROFILE, exif(6), XMP, 80)


def test_keep_keeps_all_and_mends_it():
    result = kept(FULL, "keep", channels_changed=False, rows=6, columns=9)
    assert result == Metadata(RGB_PROFILE, mended_exif(exif(6), 6, 9), XMP, 80)


def test_icc_keeps_the_profile_alone():
    result = kept(FULL, "icc", channels_changed=False, rows=6, columns=9)
    assert result == Metadata(icc=RGB_PROFILE)


def test_strip_keeps_nothing():
    assert kept(FULL, "strip", channels_changed=False, rows=6, columns=9) == Metadata()


@pytest.mark.parametrize("keep", ["keep", "icc"])
@pytest.mark.parametrize("profile", [RGB_PROFILE, GREY_PROFILE])
def test_a_profile_goes_when_colour_became_grey_or_grey_colour(keep, profile):
    result = kept(Metadata(icc=profile), keep, channels_changed=True, rows=6, columns=9)
    assert result.icc is None


def test_a_profile_tells_its_colour_space():
    assert profile_fits(RGB_PROFILE, 3) and not profile_fits(RGB_PROFILE, 1)
    assert profile_fits(GREY_PROFILE, 1) and not profile_fits(GREY_PROFILE, 3)
    assert not profile_fits(b"short", 3)


# Through the command, into every format that has a place for it


TURN, ROWS, COLUMNS = 6, 24, 40
MAKERS = b"maker's notes, which point to places of the block"
THUMBNAIL = b"\xff\xd8 the picture before the filter \xff\xd9"


def camera_block(order, turn, rows, columns, thumbnail, following):
    """Write an EXIF block byte by byte, as a camera does: notes and thumbnail at fixed places."""

    def entries(*told):
        rows = b"".join(struct.pack(f"{order}HHI", *head) + held for *head, held in told)
        return struct.pack(f"{order}H", len(told)) + rows

    def short(number):
        return struct.pack(f"{order}HH", number, 0)

    def long(number):
        return struct.pack(f"{order}I", number)

    notes_at, pointed, thumbnail_at = 100, 200, 300
    mark = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    main = entries(
        (271, 2, 4, b"Abc\0"), (274, 3, 1, short(turn)), (34665, 4, 1, long(pointed))
    )  # fmt: skip
    inner = entries(
        (37500, 7, len(MAKERS), long(notes_at)),
        (40962, 3, 1, short(columns)),
        (40963, 3, 1, short(rows)),
    )
    second = entries((513, 4, 1, long(thumbnail_at)), (514, 4, 1, long(len(THUMBNAIL))))
    block = (mark + main + long(following)).ljust(notes_at, b"\0") + MAKERS
    block = block.ljust(pointed, b"\0") + inner + long(0)
    block = block.ljust(260, b"\0") + second + long(0)
    return block.ljust(thumbnail_at, b"\0") + thumbnail + b"the end"


def boxes(content):
    """Yield the kind and the body of each box of a JPEG 2000, those in its header too."""
    place = 0
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        body = content[place + 8 : place + length]
        yield kind, body
        if kind == b"jp2h":
            yield from boxes(body)
        place += length


def told_by_boxes(content):
    """Give exif, xmp and icc as they stand in the boxes of a JPEG 2000; Pillow passes them over."""
    exif, xmp = b"JpgTiffExif->JP2", bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    own = {body[:16]: body[16:] for kind, body in boxes(content) if kind == b"uuid"}
    profiles = [body[3:] for kind, body in boxes(content) if (kind, body[:1]) == (b"colr", b"\2")]
    return {"exif": own.get(exif), "xmp": own.get(xmp), "icc": (profiles or [None])[0]}


def told_by(path):
    """Give exif, xmp and icc as Pillow finds them in a file."""
    if path.read_bytes()[4:8] == b"jP  ":
        return told_by_boxes(path.read_bytes())
    with Image.open(path) as image:
        exif, icc = image.info.get("exif"), image.info.get("icc_profile")
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        if image.format == "GIF":  # in which Pillow finds none
            return {"exif": None, **in_gif(path.read_bytes())}
        if image.format == "TIFF":
            read, xmp = image.getexif(), image.tag_v2.get(700)
            exif = dict(read) | dict(read.get_ifd(34665))
        else:
            exif = exif and exif.removeprefix(b"Exif\0\0")
    return {"exif": exif, "xmp": xmp, "icc": icc}


def in_gif(content):
    """Give xmp and icc of a GIF's application blocks."""
    _, _, xmp = content.partition(b"!\xff\x0bXMP DataXMP")
    _, _, parts = content.partition(b"!\xff\x0bICCRGBG1012")
    icc = b""
    while parts[:1] > b"\0":
        icc, parts = icc + parts[1 : parts[0] + 1], parts[parts[0] + 1 :]
    return {"xmp": xmp.partition(b"\1\xff\xfe\xfd")[0] or None, "icc": icc or None}


@pytest.fixture
def photo(workplace):
    """A photograph that knows everything, stored lying on its side."""

    def write(order="<"):
        block = camera_block(order, TURN, ROWS, COLUMNS, THUMBNAIL, 260)
        Image.fromarray(pixels(ROWS, COLUMNS)[0]).save(
            workplace / "photo.jpg", exif=b"Exif\0\0" + block, icc_profile=RGB_PROFILE,
            xmp=XMP.replace(b'"1"', b'"6"'), dpi=(300, 300),
        )  # fmt: skip
        return "photo.jpg"

    return write


WITH_METADATA = {name: one for name, one in WRITTEN.items() if one.metadata}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", WITH_METADATA)
def test_a_result_tells_of_itself_and_else_what_its_photograph_told(
    filterkit, photo, workplace, name, order
):
    ended = filterkit("apply", "box:stride=2", photo(order), "-o", "out", "--format", name)
    assert (ended.code, ended.err) == (0, "")
    told = told_by(workplace / "out")
    holds = WITH_METADATA[name].metadata
    rows, columns = COLUMNS // 2, ROWS // 2
    expected = camera_block(order, 1, rows, columns, bytes(len(THUMBNAIL)), 0)
    if name == "tiff":
        exif = told["exif"]
        assert (exif[271], exif.get(274, 1)) == ("Abc", 1)
        assert (exif[40962], exif[40963], exif[37500]) == (columns, rows, MAKERS)
        assert THUMBNAIL[2:-2] not in (workplace / "out").read_bytes()
    else:
        assert told["exif"] == (expected if "exif" in holds else None)
    assert told["xmp"] == (XMP if "xmp" in holds else None)
    assert told["icc"] == (RGB_PROFILE if "icc" in holds else None)


@pytest.mark.parametrize("name", [name for name, one in WRITTEN.items() if "icc" in one.metadata])
def test_a_colour_profile_does_not_go_along_with_a_grey_result(filterkit, photo, workplace, name):
    ended = filterkit("apply", "gray", photo(), "-o", "out", "--format", name)
    assert ended.code == 0
    assert told_by(workplace / "out")["icc"] is None


@pytest.mark.parametrize("name", [name for name, one in WRITTEN.items() if "dpi" in one.metadata])
def test_dots_per_inch_survive_into_every_format_that_tells_them(filterkit, photo, workplace, name):
    assert filterkit("apply", "blur", photo(), "-o", "out", "--format", name).code == 0
    with Image.open(workplace / "out") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.5)
    filterkit("apply", "blur", "out", "-o", "back.jpg")
    with Image.open(workplace / "back.jpg") as image:
        assert image.info["dpi"] == (300, 300)


@pytest.mark.parametrize("name", WITH_METADATA)
@pytest.mark.parametrize(("keep", "stays"), [("icc", {"icc"}), ("strip", set())])
def test_only_what_is_asked_for_goes_along(filterkit, photo, workplace, name, keep, stays):
    asked = ("-o", "out", "--format", name, "--metadata", keep)
    assert filterkit("apply", "blur", photo(), *asked).code == 0
    told = told_by(workplace / "out")
    assert told["icc"] == (RGB_PROFILE if stays & {*WITH_METADATA[name].metadata} else None)
    assert not told["xmp"]
    if name == "tiff":
        assert not {271, 37500} & set(told["exif"])
    else:
        assert told["exif"] is None
    content = (workplace / "out").read_bytes()
    assert b"Abc\0" not in content and b"dc:title" not in content


# Quality


@pytest.mark.parametrize("quality", [1, 10, 25, 50, 75, 80, 90, 95, 99, 100])
def test_the_quality_of_a_standard_table_is_found_exactly(quality):
    stream = io.BytesIO()
    Image.fromarray(pixels(16, 16)[0]).save(stream, "JPEG", quality=quality)
    assert decode(stream.getvalue(), "it").metadata.quality == quality


def test_a_table_near_a_standard_one_has_its_quality():
    table = [*scaled(80)]
    table[5] += 1
    assert quality_of(b"\0" + bytes(table)) == 80


@pytest.mark.parametrize("table", [b"", b"\0", b"\0" + bytes([50] * 64), b"\0" + bytes(range(64))])
def test_a_table_far_from_every_standard_one_has_no_quality(table):
    assert quality_of(table) is None


def test_a_table_of_wide_numbers_has_its_quality():
    assert quality_of(b"\x10" + struct.pack(">64H", *scaled(30))) == 30


# Directories


def test_a_directory_that_is_written_is_read_back():
    fields = {271: (2, 6, b"Maker\0"), 274: (3, 1, b"\1\0"), 282: (5, 1, struct.pack("<II", 3, 1))}
    block = Block(b"II*\0\x08\0\0\0" + laid_out("<", fields, 8))
    assert block.fields(block.directory(8)) == fields


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"nonsense", "it has no byte order"),
        (b"II\0\0\x08\0\0\0", "its version is 0"),
        (b"II*\0\x08\0\0\0", "it ends early"),
        (b"II*\0\x08\0\0\0\xff\xff", "a directory claims 65535 entries"),
    ],
)
def test_a_damaged_block_says_what_is_wrong_with_it(block, why):
    with pytest.raises(DamagedError, match=f"^{why}$"):
        read = Block(block)
        assert isinstance(read.directory(read.first), Directory)
