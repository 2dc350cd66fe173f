"""Good bytes to begin with: small pictures of every format, filter files, expressions."""

import io
import itertools
import struct
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from filterkit.errors import FilterkitError
from filterkit.pictures.codecs import encode
from filterkit.pictures.formats import FORMATS, WRITTEN, sniff
from filterkit.pictures.picture import Animation, Metadata, Picture

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
KERNELS = Path(__file__).resolve().parents[2] / "kernels"
MOST = 8192
"""Bytes of a seed; in a larger one hardly a change would meet what matters."""

DTYPES = {"8": "uint8", "16": "uint16", "float": "float32"}
ICC = struct.pack(">I", 132) + bytes(12) + b"RGB XYZ " + bytes(12) + b"acsp" + bytes(88) + bytes(4)
EXIF = (
    b"II*\0\x08\0\0\0\x06\0"
    + struct.pack("<HHII", 274, 3, 1, 6)
    + struct.pack("<HHII", 271, 2, 6, 134)
    + struct.pack("<HHII", 282, 5, 1, 140)
    + struct.pack("<HHII", 283, 5, 1, 140)
    + struct.pack("<HHII", 34665, 4, 1, 86)
    + struct.pack("<HHII", 34853, 4, 1, 116)
    + struct.pack("<I", 148)
    + struct.pack("<H", 2)
    + struct.pack("<HHII", 40962, 3, 1, 7)
    + struct.pack("<HHII", 40963, 3, 1, 5)
    + bytes(4)
    + struct.pack("<H", 1)
    + struct.pack("<HHI4s", 1, 2, 2, b"N\0")
    + bytes(4)
    + b"Maker\0"
    + struct.pack("<II", 300, 1)
    + struct.pack("<H", 2)
    + struct.pack("<HHII", 513, 4, 1, 178)
    + struct.pack("<HHII", 514, 4, 1, 8)
    + bytes(4)
    + b"\xff\xd8\xff\xd9\xff\xd8\xff\xd9"
)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6">'
    b"<xmp:Thumbnails><rdf:li>x</rdf:li></xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"
)
KNOWN = Metadata(ICC, EXIF, XMP, None, (300.0, 300.0))


@cache
def pictures(name):
    """Give small pictures of a format: our own, other encoders', and published ones."""
    made = [*_own(name), *_others(name), *_published(name)]
    return tuple(dict.fromkeys(one for one in made if len(one) <= MOST))


def _own(name):
    kind = WRITTEN.get(name)
    if kind is None:
        return
    for depth, channels, alpha, frames, metadata in itertools.product(
        kind.depths, kind.channels or (1, 3, 5), (False, True), (1, 3), (Metadata(), KNOWN)
    ):
        with suppress(FilterkitError):
            yield encode(_picture(DTYPES[depth], channels, alpha, frames, metadata), name)


def _picture(dtype, channels, alpha, frames, metadata):
    white = 1.0 if dtype == "float32" else np.iinfo(dtype).max
    rows, columns = 5, 7
    ramp = np.linspace(0, white, frames * rows * columns * channels).astype(dtype)
    pixels = ramp.reshape(frames, rows, columns, channels)
    moves = Animation((40.0,) * frames) if frames > 1 and channels == 3 else None
    return Picture(pixels, pixels[..., 0].copy() if alpha else None, "", metadata, (), moves)


def _others(name):
    """Yield what other encoders make of a small picture."""
    image = Image.fromarray(_picture("uint8", 3, False, 1, Metadata()).pixels[0]).resize((12, 9))
    modes = [image.convert(mode) for mode in ("RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16")]
    for one in modes:
        for kind, options in OTHERS.get(name, ()):
            if one.mode not in MODES.get(options.get("compression"), (one.mode,)):
                continue  # libtiff would talk
            with suppress(OSError, ValueError, KeyError, RuntimeError):  # a mode that it has not
                stream = io.BytesIO()
                one.save(stream, kind, **options)
                yield stream.getvalue()
    if name == "tiff":
        yield from _tiffs()
    if name == "heic":
        yield from _heics(modes)


MODES = dict.fromkeys(("group3", "group4", "tiff_ccitt"), ("1",)) | {"jpeg": ("RGB", "L", "CMYK")}
FRAMES = {"save_all": True, "append_images": [Image.new("RGB", (12, 9), "red")], "duration": 40}
OTHERS = {
    "png": [("PNG", {}), ("PNG", {"bits": 2}), ("PNG", {"transparency": 0}), ("PNG", FRAMES)],
    "jpeg": [
        ("JPEG", {"quality": 30}),
        ("JPEG", {"progressive": True, "dpi": (300, 300), "comment": b"hello"}),
        ("JPEG", {"subsampling": 0, "restart_marker_blocks": 1, "exif": b"Exif\0\0" + EXIF}),
    ],
    "tiff": [
        ("TIFF", {"compression": packing})
        for packing in (
            None, "tiff_lzw", "packbits", "tiff_deflate", "jpeg", "group3", "group4", "tiff_ccitt"
        )
    ] + [("TIFF", FRAMES)],
    "webp": [("WEBP", {}), ("WEBP", {"lossless": True, "exif": EXIF}), ("WEBP", FRAMES)],
    "gif": [("GIF", {}), ("GIF", {"interlace": 0, "transparency": 0}), ("GIF", FRAMES)],
    "bmp": [("BMP", {}), ("DIB", {})],
    "ppm": [("PPM", {})],
    "pgm": [("PPM", {})],
    "pfm": [("PPM", {})],
    "avif": [("AVIF", {}), ("AVIF", FRAMES)],
    "jp2": [("JPEG2000", {}), ("JPEG2000", {"irreversible": True}), ("JPEG2000", {"no_jp2": True})],
}  # fmt: skip
BY_HAND = (
    b"P1\n3 2\n1 0 1\n0 1 0\n", b"P2\n# a comment\n3 2\n9\n1 2 3\n4 5 9\n", b"P3 1 1 255 1 2 3",
    b"P4\n9 1\n\xaa\x80", b"P5 2 2 65535 \0\1\0\2\0\3\0\4", b"P6 1 1 255 abc",
    b"P7\nWIDTH 1\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh",
    b"Pf\n1 2\n-1.0\n" + bytes(8), b"PF\n1 1\n1.0\n" + bytes(12),
    b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n\x80\x80\x80\x81\x40\x40\x40\x82",
    b"1,2,3\n4,5,6\n", b"1.5;2\n-3e2;4\n", b"0 1\t2\n3 4 5\n", b"\xef\xbb\xbf1,2\r\n3,4\r\n",
    b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0" + bytes(40),
    b"BM\x3e\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0\4\0\0\0\2\0\0\0\1\0\x08\0\1\0\0\0\0\0\0\0"
    + bytes(8) + b"\2\0\0\0\0\0\0\0" + b"\0\0\0\0\xff\xff\xff\0" + b"\4\1\0\0\0\4\0\1\0\1\0\1",
)  # fmt: skip


def _tiffs():
    import tifffile

    for options in (
        {"bigtiff": True}, {"byteorder": ">"}, {"tile": (16, 16)}, {"planarconfig": "separate"},
        {"compression": "zlib", "predictor": True}, {"photometric": "ycbcr"},
        {"extrasamples": ["assocalpha"]}, {"subfiletype": 1}, {"rowsperstrip": 1},
    ):  # fmt: skip
        for dtype, samples in (("uint8", 3), ("float32", 3), ("int16", 1), ("uint8", 4)):
            array = np.arange(9 * 7 * samples).reshape(9, 7, samples).astype(dtype)
            array = array if samples > 1 else array[..., 0]
            options = {"photometric": "minisblack" if samples == 1 else "rgb", **options}
            with suppress(ValueError, TypeError, KeyError):
                stream = io.BytesIO()
                tifffile.imwrite(stream, array, **options)
                yield stream.getvalue()


def _heics(images):
    import pillow_heif

    for image in images:
        for options in ({}, {"exif": EXIF, "icc_profile": ICC, "xmp": XMP}, {"quality": -1}):
            with suppress(OSError, ValueError, KeyError, RuntimeError):
                stream = io.BytesIO()
                pillow_heif.from_pillow(image).save(stream, **options)
                yield stream.getvalue()


def _published(name):
    for content in BY_HAND:
        if sniff(content) == name:
            yield content
    for path in sorted(CORPORA.rglob("*")):
        if path.is_file() and 0 < path.stat().st_size <= MOST:
            content = path.read_bytes()
            if sniff(content) == name:
                yield content


@cache
def filter_files():
    """Give filter files: the shipped ones, and one of every other form, each with its ending."""
    shipped = tuple((".toml", path.read_bytes()) for path in sorted(KERNELS.glob("*.toml")))
    arrays = []
    for dtype, shape in (("float64", (3, 3)), ("int8", (1, 5)), (">f4", (2, 3, 3, 3))):
        stream = io.BytesIO()
        np.save(stream, np.arange(np.prod(shape)).reshape(shape).astype(dtype))
        arrays.append((".npy", stream.getvalue()))
    return (*shipped, *arrays, *FILES)


FILES = (
    (".csv", b"-1,0,1\n-2,0,2\n-1,0,1\n"), (".csv", b"1;2\n# a comment\n3;4\n"),
    (".txt", b"1 2 1\n2 4 2\n1 2 1\n"), (".txt", b"1/9 2/9\n.5 1e-3\n"),
    (".csv", b"# divide=16 bias=0.5 border=zero\n1,2,1\n"),
    (".mat", b"3 2 4 128\n1 2 1\n-1 0.5 1e-3\n"), (".mat", b"1 1\n2\n"),
    (".toml", b'schema = 1\nweights = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]\ndivide = 4\n'
              b'bias = 0.25\nrender = "abs:0.5"\nstride = "1x2"\npadding = "valid"\n'
              b'border = "zero"\ndilation = 2\nfusion = "l2"\nflip = true\nalso = ["a", "b"]\n'),
    (".toml", b'family = "gaussian"\n[settings]\nsigma = 1.5\nsize = 7\n'),
    (".toml", b'steps = "k1:stride=2 & edge | fuse:l2"\n[kernels.k1]\nweights = [[1, 2]]\n'
              b'[kernels.k-2]\nfamily = "line"\n[kernels.k-2.settings]\nangle = 30\n'),
    (".toml", b'weights = "numbers.npy"\ntitle = """two\nlines"""\n'),
    (".toml", b'steps = "./other.toml | relu"\nrender = "signed"\ngroup = "edges"\n'),
)  # fmt: skip


FOREIGN = (
    ("imagemagick", b"3x3: -1,0,1 -2,0,2 -1,0,1"), ("imagemagick", b"4x2+3+0@: 1 - 3 4 nan 6 7 8"),
    ("imagemagick", b"Sobel:45;Gaussian:0x2; LoG:0,1.5 ;Kirsch:@"), ("imagemagick", b"0,1,0,1,2,1"),
    ("imagemagick", b"Disk:3.5"), ("imagemagick", b"Comet:0x3+90"), ("imagemagick", b"Binomial:3"),
    ("imagemagick", b"FreiChen:10"), ("imagemagick", b"Ring:2,3.5>"), ("imagemagick", b"DoG:0,1,2"),
    ("graphicsmagick", b"-1,-1,-1,-1,9,-1,-1,-1,-1"), ("vips", b"3 3 9 0\n1 1 1\n1 1 1\n1 1 1\n"),
    ("ffmpeg", b"convolution=0m='1 2 1 2 4 2 1 2 1':0rdiv=1/16:0bias=3"),
    ("ffmpeg", b"format=gbrp,convolution=1 2 1:1 2 1:1 2 1:1 2 1:0:0:0:0:0:0:0:0:row:row:row:row"),
    ("ffmpeg", b"convolution=0m=1|2|1:0mode=row,convolution=0m=1|2|1:0mode=column"),
    ("gimp", b"gegl:convolution-matrix b2=-1 c3=2.5 divisor=2 offset=0.5 normalize=false"),
    ("gimp", b"a1=1 e5=-1 border=loop alpha-weight=no"), ("gmic", b"(0,1,0;1,-4,1;0,1,0)"),
    ("csv", b"# divide=4 stride=2\n1;2;1\n"),
)  # fmt: skip
"""Kernels of other tools, each with its tool."""


@cache
def expressions():
    """Give the names of the catalogue, its compositions, and what documents show."""
    steps = [
        line.partition("=")[2].strip().strip('"')
        for path in sorted(KERNELS.glob("*.toml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("steps")
    ]
    names = sorted(path.stem for path in KERNELS.glob("*.toml"))
    return tuple(one.encode() for one in (*names, *steps, *SHOWN))


SHOWN = (
    "gaussian:sigma=2 | edge:stride=2", "sobel-x & sobel-y | fuse:l2", "edge & sharpen & emboss",
    "oblique-right:padding=valid | relu | max-pool:2,stride=1", "line:angle=(0,45,90,135)",
    "[-1 0 1; -2 0 2; -1 0 1]", "[[-1,0,1],[-2,0,2],[-1,0,1]]", "[1/9 2/9; 1/3 0]:divide=9",
    "conv:kernel=[1 2 1],border=zero", '"a b.toml":stride=2x3', "./mine.toml | leaky-relu:0.1",
    "(edge | relu) & gaussian:2", "edge:render=abs:0.5,flip=true,bias=-.5", "gray | normalize:l2",
    "gabor:wavelength=8,phase=90 | threshold:0.5", "high-boost:boost=1.5,size=5 | flatten",
    "((((edge)))) | (blur & (sharpen | abs))", "[[[1]],[[2]],[[3]]]:fusion=sum",
)  # fmt: skip
NAMES = tuple(name for name in FORMATS if name != "heic" or find_spec("pillow_heif"))
"""The formats; one needs an extra."""
