"""A small file claims no machine: bytes and pixels are limited before anything is decoded."""

import contextlib
import io
import itertools
import os
import random
import socket
import struct
import threading
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from drawing import noise, png, ramp, write
from hypothesis import given
from hypothesis import strategies as st
from running import COMMAND, assert_ended, linux, patched, typed

from filterkit.applying.isolation import Worker, isolated
from filterkit.applying.job import read
from filterkit.applying.options import Reading
from filterkit.applying.sources import Source
from filterkit.errors import (
    DecoderDiedError,
    InputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedInputError,
)
from filterkit.pictures import reading
from filterkit.pictures.codecs import MOST_PIXELS, decode, encode
from filterkit.pictures.files import read_bytes
from filterkit.pictures.formats import FORMATS, WRITTEN
from filterkit.pictures.picture import Picture
from filterkit.pictures.png.chunks import SIGNATURE, chunk
from filterkit.pictures.reading import read_within

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"

SMALL = 4 * 2**12
"""Bytes that are free while a test makes the limits small."""


@pytest.fixture
def tight(monkeypatch):
    """Make every limit on bytes so small that small pictures come near it."""
    monkeypatch.setattr(reading, "FREE", SMALL)
    monkeypatch.setattr(reading, "MOST_OF_A_PIPE", 2 * SMALL)
    monkeypatch.setattr(reading, "MOST_OF_A_FILE", 4 * SMALL)
    return SMALL


def through_a_pipe(beginning, forever=b"", **limits):
    """Read what comes through a pipe: a beginning, and then the same bytes for ever."""
    reader, writer = os.pipe()

    def feed():
        parts = itertools.chain([beginning], itertools.repeat(forever * 1000) if forever else [])
        with contextlib.suppress(BrokenPipeError):
            for part in parts:
                while part:
                    part = part[os.write(writer, part) :]
        os.close(writer)

    feeding = threading.Thread(target=feed)
    feeding.start()
    try:
        return read_within(reader, **limits)
    finally:
        os.close(reader)
        feeding.join()


def grey_png(rows, columns, bits=8, body=b""):
    """A PNG with a header that may claim anything, and a body that need not be true."""
    header = struct.pack(">IIBBBBB", columns, rows, bits, 0, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_claiming(rows, columns, body):
    """A JPEG of one component whose header may claim anything."""
    frame = struct.pack(">BHHBBBB", 8, rows, columns, 1, 1, 0x11, 0)
    segments = struct.pack(">BBH", 0xFF, 0xC0, len(frame) + 2) + frame
    return b"\xff\xd8" + segments + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + body + b"\xff\xd9"


# Bytes


def test_a_picture_is_read_to_its_last_byte_from_a_pipe_as_from_a_file(tmp_path):
    content = png(noise(300, 400))
    assert through_a_pipe(content) == content
    (tmp_path / "a.png").write_bytes(content)
    assert read_bytes(tmp_path / "a.png") == content


@pytest.mark.parametrize("rest", [0, 1, 5000])
def test_of_what_is_no_picture_only_the_beginning_is_read(tmp_path, rest):
    (tmp_path / "x").write_bytes(bytes(4096 + rest))
    assert read_bytes(tmp_path / "x") == bytes(4096)


@pytest.mark.parametrize("through", ["a pipe", "a file"])
@pytest.mark.parametrize("more", [0, 1])
def test_bytes_behind_a_picture_are_allowed_up_to_the_limit(tmp_path, tight, through, more):
    beginning = png(ramp(20, 30))
    allowed = tight + reading.PER_PIXEL * 600
    content = beginning + bytes(allowed - len(beginning) + more)
    (tmp_path / "a.png").write_bytes(content)

    def read_it():
        if through == "a pipe":
            return through_a_pipe(content)
        return read_bytes(tmp_path / "a.png")

    if more:
        with pytest.raises(TooLargeError, match="more bytes than its 20x30 pixels can need"):
            read_it()
    else:
        assert read_it() == content


def test_no_array_that_is_not_packed_needs_more_bytes_than_are_allowed(tmp_path, tight):
    """The largest numbers there are, and as many to a pixel as count for one."""
    np.save(tmp_path / "a.npy", np.ones((100, 100, 4)))
    assert len(read_bytes(tmp_path / "a.npy")) > reading.FREE + 16 * 100 * 100


@pytest.mark.parametrize("through", ["a pipe", "a file"])
@pytest.mark.parametrize("more", [0, 100])
def test_a_size_that_stands_at_the_end_is_waited_for_but_not_for_ever(
    tmp_path, tight, through, more
):
    allowed = (2 if through == "a pipe" else 4) * tight
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:  # whose directory stands at its end
        archive.writestr("image.npy", _npy(np.zeros((2, 2))))
    bare = len(stream.getvalue())
    with zipfile.ZipFile(stream := io.BytesIO(), "w") as archive:
        archive.writestr("image.npy", _npy(np.zeros((2, 2))))
        archive.writestr("b", bytes(allowed + more - bare - 30 - 46 - 2))
    content = stream.getvalue()
    assert len(content) == allowed + more
    (tmp_path / "a.npz").write_bytes(content)

    def read_it():
        if through == "a pipe":
            return through_a_pipe(content)
        return read_bytes(tmp_path / "a.npz")

    if more:
        with pytest.raises(TooLargeError, match="MiB without telling its size") as caught:
            read_it()
        assert caught.value.advice == ("give a file" if through == "a pipe" else "")
    else:
        assert read_it() == content


def _npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


ENDLESS = {
    "zeros": (b"", b"\0"),
    "text": (b"", b"y\n"),
    "a PNG, then zeros": (png(ramp()), b"\0"),
    "the signature of a PNG, then zeros": (SIGNATURE, b"\0"),
    "a PNG of endless text": (
        grey_png(20, 30)[:33], struct.pack(">I4sI", 0, b"tEXt", zlib.crc32(b"tEXt")),
    ),
    "the signature of a JPEG, then zeros": (b"\xff\xd8\xff", b"\0"),
    "a JPEG without an end": (jpeg_claiming(20, 30, b"")[:-2], b"\0"),
    "a JPEG of endless segments": (b"\xff\xd8", b"\xff\xe0\0\4\0\0"),
    "a JPEG of ones": (b"\xff\xd8", b"\xff"),
    "an array, then zeros": (_npy(np.zeros((3, 4))), b"\0"),
    "an archive that never ends": (b"PK\x03\x04", b"\0"),
    "a TIFF of zeros": (b"II*\0\x08\0\0\0", b"\0"),
    "a GIF of endless frames": (b"GIF89a\1\0\1\0\0\0\0", b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"),
    "a GIF of endless remarks": (b"GIF89a\1\0\1\0\0\0\0", b"!\xfe\1a\0"),
    "a GIF of zeros": (b"GIF89a", b"\0"),
    "a WebP of zeros": (b"RIFF\xff\xff\xff\xffWEBP", b"\0"),
    "a PGM of zeros": (b"P5 30 20 255\n", b"\0"),
    "a PGM of spaces": (b"P5 30 ", b" "),
    "a PPM of digits": (b"P3 30 20 255\n", b"1 "),
    "a BMP of zeros": (b"BM", b"\0"),
    "a JPEG 2000 of zeros": (b"\xffO\xffQ", b"\0"),
    "an AVIF of zeros": (b"\0\0\0\x10ftypavif", b"\0"),
    "a table of numbers": (b"", b"1,2,3\n"),
    "a line of numbers": (b"", b"1,"),
    "a Radiance file of remarks": (b"#?RADIANCE\n", b"# \n"),
}  # fmt: skip
"""Pipes that never end: how each begins, and what then comes for ever."""


@pytest.mark.parametrize("name", ENDLESS)
def test_a_pipe_that_never_ends_is_left(name, monkeypatch):
    monkeypatch.setattr(reading, "FREE", 2**20)
    monkeypatch.setattr(reading, "MOST_OF_A_PIPE", 2**21)
    with pytest.raises(InputError):
        decode(through_a_pipe(*ENDLESS[name]), "it")


@linux
@pytest.mark.parametrize("name", ["a PNG, then zeros", "a TIFF of zeros", "a table of numbers"])
def test_an_endless_pipe_costs_no_more_memory_than_its_limit(workplace, tmp_path, name):
    """Were more memory wanted than these 160 MiB, the sentence would be about that."""
    poor = "import filterkit.applying.memory as memory; memory.available = lambda: 160 * 2**20"
    beginning, forever = ENDLESS[name]
    (workplace / "beginning").write_bytes(beginning)
    (workplace / "forever").write_bytes(forever * (2**20 // len(forever)))
    shell = "{ cat beginning; while cat forever; do :; done; } 2>/dev/null | "
    command = ["bash", "-c", shell + f"{COMMAND} apply edge - -o o.png"]
    ended = typed(command=command, env=patched(tmp_path, poor))
    assert ended.code == 3
    assert "pixels can need" in ended.err or "without telling its size" in ended.err


@linux
@pytest.mark.parametrize(
    "beginning",
    [b"", png(ramp()), b"\xff\xd8\xff", jpeg_claiming(20, 30, b"")],
    ids=["nothing", "a PNG", "the signature of a JPEG", "a JPEG"],
)
def test_gigabytes_of_nothing_in_a_file_are_not_read(workplace, tmp_path, beginning):
    poor = "import filterkit.applying.memory as memory; memory.available = lambda: 100 * 2**20"
    with open("x.png", "wb") as file:
        file.write(beginning)
        file.truncate(3 * 2**30)
    ended = typed("apply", "edge", "x.png", env=patched(tmp_path, poor))
    assert ended.code == 3
    assert "memory" not in ended.err
    assert ended.err.startswith("filterkit: x.png: ")


# What the beginning of a file tells


def some_pictures():
    """Published pictures of every kind, and written ones of every format."""
    files = (path for path in sorted(CORPORA.rglob("*.*")) if path.suffix != ".txt")
    contents = [path.read_bytes() for path in itertools.islice(files, 0, None, 9)]
    pixels = noise(37, 41)
    for name, kind in WRITTEN.items():
        fit = pixels if 3 in kind.channels or not kind.channels else pixels[..., :1]
        frames = 2 if kind.frames else 1
        stack = np.stack([fit] * frames)
        if "8" not in kind.depths:
            stack = (stack / np.float32(255)).astype(np.float32)
        contents.append(encode(Picture(stack), name))
    return contents


def test_the_beginning_of_a_file_tells_the_same_size_as_all_of_it_or_none():
    seen = set()
    for content in some_pictures():
        kind = FORMATS.get(reading.sniff(content) or "")
        if kind is None or kind.counted:
            continue
        try:
            size = kind.codec.size(content)
        except InputError:
            continue
        for end in {len(content) * at // 12 for at in range(1, 12)} | {len(content) - 1}:
            try:
                assert kind.codec.size(content[:end]) == size, kind
            except UnreadableInputError:
                continue
            seen.add(kind.name)
    assert {"png", "jpeg", "tiff"} <= seen


@given(data=st.data())
def test_how_a_pipe_is_parted_changes_nothing(data):
    content = png(ramp())
    cut = data.draw(st.integers(0, len(content)))
    reader, writer = os.pipe()
    os.write(writer, content[:cut])
    os.write(writer, content[cut:])
    os.close(writer)
    try:
        assert read_within(reader) == content
    finally:
        os.close(reader)


# Pixels


def zeros_png(rows, columns):
    """A PNG of one bit whose black pixels are all there, in a hundred-thousandth of the bytes."""
    pack = zlib.compressobj(9)
    line = bytes(1 + -(-columns // 8))
    packed = b"".join(pack.compress(line * 1000) for _ in range(rows // 1000)) + pack.flush()
    return grey_png(rows, columns, 1, packed)


def tiff_claiming(rows, columns):
    """A TIFF of one strip, whose bytes are not there."""
    entries = (
        (256, columns),
        (257, rows),
        (258, 8),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, rows),
        (279, 8),
    )
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + directory + bytes(16)


def bmp_claiming(rows, columns):
    header = struct.pack("<IiiHHIIiiII", 40, columns, rows, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 8, 0, 0, 54) + header + bytes(8)


def gif_claiming(rows, columns):
    screen = struct.pack("<HHBBB", columns, rows, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, columns, rows, 0) + b"\2\2\x44\1\0"
    return b"GIF89a" + screen + frame + b";"


def webp_claiming(rows, columns):
    canvas = (columns - 1).to_bytes(3, "little") + (rows - 1).to_bytes(3, "little")
    lossless = b"\x2f" + (16382 | 16382 << 14).to_bytes(4, "little") + bytes(5)
    frame = bytes(6) + (16382).to_bytes(3, "little") * 2 + bytes(4) + _riff(b"VP8L", lossless)
    chunks = _riff(b"VP8X", b"\x02\0\0\0" + canvas) + _riff(b"ANIM", bytes(6))
    body = b"WEBP" + chunks + _riff(b"ANMF", frame) * 4
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff(kind, body):
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def enlarged(name, rows, columns, order=">"):
    """A small file of a format, the numbers of its header made large."""
    small = encode(Picture(np.zeros((1, 2011, 3023, 3), np.uint8)), name)
    for old, new in ((2011, rows), (3023, columns)):
        small = small.replace(struct.pack(f"{order}I", old), struct.pack(f"{order}I", new))
    return small


BOMBS = {
    "a PNG without pixels": grey_png(30000, 30000),
    "a PNG of zeros": lambda: zeros_png(30000, 30000),
    "a JPEG": jpeg_claiming(65500, 65500, bytes(600)),
    "a TIFF": tiff_claiming(30000, 30000),
    "a large TIFF": tiff_claiming(2**31, 2**31),
    "a BMP": bmp_claiming(30000, 30000),
    "a GIF": gif_claiming(30000, 30000),
    "a WebP": webp_claiming(16383, 16383),
    "a PPM": b"P6 30000 30000 255\n" + bytes(10),
    "a PGM of text": b"P2 30000 30000 255\n1 2 3",
    "a PAM": b"P7\nWIDTH 30000\nHEIGHT 30000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
    "a PFM": b"PF\n30000 30000\n-1.0\n",
    "an HDR": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n" + bytes(10),
    "an AVIF": lambda: enlarged("avif", 30000, 30000),
    "a JPEG 2000": lambda: enlarged("jp2", 30000, 30000),
    "an array": b"\x93NUMPY\1\0\x76\0"
    + b"{'descr': '|u1', 'fortran_order': False, 'shape': (30000, 30000), }".ljust(117)
    + b"\n",
}  # fmt: skip


@cache
def bomb(name):
    made = BOMBS[name]
    return made() if callable(made) else made


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_its_header(name):
    content = bomb(name)
    assert len(content) < 10**6
    sentence = rf"^it: .*pixels are more than the limit of {MOST_PIXELS}\.$"
    with pytest.raises(TooLargeError, match=sentence) as caught:
        decode(content, "it")
    assert caught.value.advice.startswith("--max-pixels ")


@linux
def test_bombs_cost_no_memory(workplace, tmp_path):
    poor = "import filterkit.applying.memory as memory; memory.available = lambda: 60 * 2**20"
    for number, name in enumerate(BOMBS):
        (workplace / str(number)).write_bytes(bomb(name))
    numbers = map(str, range(len(BOMBS)))
    ended = typed("apply", "edge", *numbers, "-o", "out/", env=patched(tmp_path, poor))
    assert ended.code == 3
    assert ended.err.count("pixels are more than the limit of") == len(BOMBS), ended.err


def test_a_header_that_lies_within_the_limit_is_found_out():
    """So many pixels are allowed, and not there."""
    for content in (
        grey_png(16000, 16000, body=zlib.compress(bytes(600))),
        jpeg_claiming(16000, 16000, bytes(600)),
        tiff_claiming(16000, 16000),
    ):
        with pytest.raises(UnreadableInputError):
            decode(content, "it")


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_limit_on_pixels_is_exact_and_held_before_decoding(name, more, monkeypatch):
    kind = WRITTEN[name]
    frames = 2 if kind.frames else 1
    channels = 1 if kind.channels == (1,) else 3
    dtype = np.uint8 if "8" in kind.depths else np.float32
    content = encode(Picture(np.ones((frames, 12, 10, channels), dtype)), name)
    limit = frames * 12 * 10 - more
    if not more:
        assert decode(content, "it", max_pixels=limit).pixels.shape[:3] == (frames, 12, 10)
        return

    def never(*_):
        raise AssertionError("decoded beyond the limit")

    monkeypatch.setattr(kind.codec, "decode", never)
    with pytest.raises(TooLargeError, match=f"limit of {limit}") as caught:
        decode(content, "it", max_pixels=limit)
    assert caught.value.advice == f"--max-pixels {limit + 1}"


def test_one_frame_of_many_may_be_read_where_all_would_be_too_many():
    content = encode(Picture(noise(12, 10)[None].repeat(3, axis=0)), "tiff")
    assert decode(content, "it", max_pixels=120, frames=2).frames == 1
    with pytest.raises(TooLargeError, match="3 frames of 12x10 pixels"):
        decode(content, "it", max_pixels=359)


def test_the_limit_holds_for_the_command(filterkit, workplace):
    write(workplace / "a.png", ramp(20, 30))
    assert filterkit("apply", "blur", "a.png", "--max-pixels", "600").code == 0
    ended = filterkit("apply", "blur", "a.png", "--max-pixels", "599", "-o", "b.png")
    sentence = "a.png: 20x30 pixels are more than the limit of 599."
    assert_ended(ended, 3, sentence, "--max-pixels 600")


# Files that are none, or not what they are called


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty."),
        (b"\x89", "no picture of a kind that filterkit knows."),
        (b"GIF", "this is text, no picture."),
        (b"Dear Sir,\n", "this is text, no picture."),
    ],
)
def test_what_is_no_picture_is_said_to_be_none(filterkit, workplace, content, sentence):
    (workplace / "x.png").write_bytes(content)
    ended = filterkit("apply", "blur", "x.png")
    assert ended.err.startswith(f"filterkit: x.png: {sentence}\n")
    assert ended.code == 3


def test_devices_and_sockets_are_no_pictures(filterkit, workplace):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("x.png")
        ended = filterkit("apply", "blur", "x.png", "/dev/zero", "-o", "out/")
    assert ended.err.splitlines() == [
        "filterkit: x.png is a socket, no picture.",
        "filterkit: /dev/zero is a device, no picture.",
    ]
    assert ended.code == 3


def test_an_empty_pipe_costs_only_itself_among_several_inputs(workplace):
    write(workplace / "a.png", ramp())
    ended = typed("apply", "blur", "-", "a.png", "-o", "out/", stdin=b"")
    assert (ended.code, ended.lines) == (1, ["out/a.blur.png"])
    assert ended.err.startswith("filterkit: nothing came through the pipe; ")


def test_a_picture_is_what_its_bytes_are_and_a_wrong_name_is_told(filterkit, workplace):
    write(workplace / "a.jpg", ramp()).rename("a.png")
    ended = filterkit("apply", "blur", "a.png")
    assert (ended.code, ended.lines) == (0, ["a.blur.png"])
    assert ended.err == "filterkit: a.png: it is JPEG, although its name ends in .png.\n"
    assert (workplace / "a.blur.png").read_bytes().startswith(SIGNATURE)


def test_a_name_without_a_promise_breaks_none(filterkit, workplace):
    write(workplace / "a.png", ramp()).rename("a")
    assert filterkit("apply", "blur", "a", "-o", "b.png").err == ""


def test_a_wrong_name_that_is_asked_for_is_told_too(filterkit, workplace):
    write(workplace / "a.png", ramp())
    ended = filterkit("apply", "blur", "a.png", "-o", "b.png", "--format", "jpeg")
    assert (ended.code, ended.lines) == (0, ["b.png"])
    assert ended.err == "filterkit: a.png: b.png is JPEG, although its name ends in .png.\n"


# Damage


def spoiled(content, seed):
    """Put 64 random bytes into the middle."""
    spoiled = bytearray(content)
    at = min(len(content) // 2, max(len(content) - 64, 0))
    spoiled[at : at + 64] = random.Random(seed).randbytes(64)
    return bytes(spoiled)


def outcome(content):
    """Decode in the process that does the work: what came of it, and what was said."""
    Path("spoiled").write_bytes(content)
    return read(Source("spoiled"), Reading()).notes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this is about POSIX")
@pytest.mark.parametrize("name", WRITTEN)
def test_random_bytes_in_the_middle_are_no_reason_to_crash_or_to_talk(name, workplace, capfd):
    kind = WRITTEN[name]
    channels = 1 if kind.channels == (1,) else 3
    pixels = np.abs(noise(60, 80, channels, "uint8" if "8" in kind.depths else "float32"))
    content = encode(Picture(pixels[None]), name)
    jobs = [spoiled(content, seed) for seed in range(50)]
    answers = list(isolated(lambda: Worker(outcome, dict), jobs, lambda _: "it"))
    assert len(answers) == 50
    for answer in answers:
        assert isinstance(answer, (tuple, InputError)), answer
        assert not isinstance(answer, DecoderDiedError), answer
    if name in ("png", "npz"):  # they have checksums
        assert all(isinstance(answer, UnreadableInputError) for answer in answers)
    if name == "jpeg":
        silent = [answer for answer in answers if isinstance(answer, tuple) and not answer]
        assert len(silent) < 10
    assert capfd.readouterr().err == ""


def test_a_cut_picture_never_shows_the_one_before():
    """As a version of OpenCV did, which filled what was missing with what it had in memory."""
    white = encode(Picture(np.full((1, 256, 256, 3), 255, np.uint8)), "jpeg")
    content = encode(Picture(np.zeros((1, 256, 256, 3), np.uint8)), "jpeg")
    marker = content.index(b"\xff\xda")
    damaged = bytearray(content)
    damaged[marker + 40 :] = bytes(len(content) - marker - 42) + b"\xff\xd9"
    for end in range(len(content) - 100, len(content)):
        decode(white, "a")
        with pytest.raises(UnreadableInputError):
            decode(content[:end], "b")
        try:
            picture = decode(bytes(damaged), "c")
        except UnreadableInputError:
            continue
        assert picture.pixels.max() < 255


def test_a_frame_that_is_not_there_is_no_matter_of_limits():
    content = encode(Picture(noise()[None]), "png")
    with pytest.raises(UnsupportedInputError, match="there is no frame 2; there are 1"):
        decode(content, "it", frames=2)
