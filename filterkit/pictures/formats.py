"""Which formats there are: one table of what each holds, and who reads and writes it."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Codec(Protocol):
    """Read and write one format."""

    def size(self, content: bytes) -> Size:
        """Read the size, as it is stored, from the header.

        Of the beginning of a file it is the same size, or else an UnreadableInputError, except
        where the format is `counted`.
        """

    def decode(self, content: bytes, frame: int | None = None) -> Picture:
        """Read all frames, or the one of that number, counted from 0; errors say no name.

        Who holds no more than one frame is not asked for a number, and need not take one.
        """

    def encode(self, picture: Picture, quality: int | None) -> bytes | None:
        """Write a picture, or give None where the encoder failed."""

    def encode_array(self, array: "NDArray[Any]") -> bytes:
        """Write an array as it is; only formats for numbers do."""


class Format(NamedTuple):
    """Say what a format is called and what it holds.

    The first of `endings` is the usual one. `channels` are the numbers of channels it holds,
    alpha not counted; none means any. `frames` tells of several frames in a file, `animated` of
    their delays too, `metadata` of what it keeps of icc, exif, xmp and dpi. `colours` are the most
    that a frame has, where they come from a palette, and `side` the most rows or columns. `numbers`
    tells that it is made for numbers, not for pictures to look at; `written` that it is not only
    read; `late` that its size, or number of frames, may stand behind its pixels;
    `counted` that nothing but all of it tells the size.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    signature: bytes
    depths: tuple[str, ...] = ("8",)
    channels: tuple[int, ...] = (1, 3)
    alpha: bool = False
    frames: bool = False
    animated: bool = False
    quality: bool = False
    metadata: tuple[str, ...] = ()
    colours: int | None = None
    side: int | None = None
    numbers: bool = False
    written: bool = True
    late: bool = False
    counted: bool = False
    module: str = ""

    @property
    def codec(self) -> Codec:
        """Load the module, usually of the format's name, which reads and writes it."""
        codec: Codec = import_module(f"filterkit.pictures.{self.module or self.name}")
        return codec


class Unread(NamedTuple):
    """A kind of picture that is known by its bytes and not read.

    `endings` are those that leave no doubt that a file is a picture.
    """

    title: str
    signature: bytes
    endings: tuple[str, ...] = ()


ALL = ("icc", "exif", "xmp", "dpi")
DEPTHS = ("8", "16", "float")

FORMATS = {
    one.name: one
    for one in (
        Format(
            "png", "PNG", (".png", ".apng"), rb"\x89PNG\r\n\x1a\n", ("8", "16"),
            alpha=True, frames=True, animated=True, metadata=ALL,
        ),
        Format(
            "jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), rb"\xff\xd8\xff",
            quality=True, metadata=ALL, side=2**16 - 1,
        ),
        Format(
            "tiff", "TIFF", (".tif", ".tiff"), rb"II[*+]\0|MM\0[*+]", DEPTHS,
            alpha=True, frames=True, metadata=ALL, late=True,
        ),
        Format(
            "webp", "WebP", (".webp",), rb"RIFF....WEBP", channels=(3,),
            alpha=True, frames=True, animated=True, quality=True, metadata=("icc", "exif", "xmp"),
            side=2**14 - 1, late=True,
        ),
        Format(
            "gif", "GIF", (".gif",), rb"GIF8[79]a", alpha=True, frames=True, animated=True,
            metadata=("icc", "xmp"), colours=256, side=2**16 - 1, late=True,
        ),
        Format(
            "bmp", "BMP", (".bmp", ".dib"), rb"BM.{10}(\0\0[\x0c-\x7c]\0|$)",
            alpha=True, metadata=("dpi",),
        ),
        Format(
            "ppm", "PPM", (".ppm", ".pnm"), rb"P[36](\s|#[^\r\n]*+)++\d", ("8", "16"), (3,),
            module="pnm",
        ),
        Format(
            "pgm", "PGM", (".pgm",), rb"P[1245](\s|#[^\r\n]*+)++\d", ("8", "16"), (1,),
            module="pnm",
        ),
        Format("pam", "PAM", (".pam",), rb"P7\s++[#A-Z]", ("8", "16"), alpha=True),
        Format("pfm", "PFM", (".pfm",), rb"P[Ff]\s++\d", ("float",)),
        Format(
            "avif", "AVIF", (".avif", ".avifs"), rb".{4}ftyp(avif|avis|mif1.{4}(....)*?avif)",
            ("8", "16"), alpha=True, frames=True, animated=True, quality=True,
            metadata=("icc", "exif", "xmp"), side=2**15, late=True,
        ),
        Format(
            "heic", "HEIC", (".heic", ".heif", ".hif"),
            rb".{4}ftyp(hei[cxms]|hev[cxms]|mif[12]|msf1)",
            ("8", "16"), alpha=True, metadata=("icc", "exif", "xmp"), written=False,
            late=True,
        ),
        Format(
            "jp2", "JPEG 2000", (".jp2", ".j2k", ".j2c", ".jpf", ".jpx"),
            rb"\0\0\0\x0cjP  \r\n\x87\n|\xffO\xffQ", ("8", "16"), alpha=True, quality=True,
            metadata=ALL,
        ),
        Format("hdr", "Radiance HDR", (".hdr",), rb"#\?RADIANCE|#\?RGBE", ("float",), (3,)),
        Format(
            "npy", "NPY", (".npy",), rb"\x93NUMPY", DEPTHS, (), frames=True, numbers=True,
        ),
        Format(
            "npz", "NPZ", (".npz",), rb"PK(\x03\x04|\x05\x06)", DEPTHS, (),
            frames=True, numbers=True, late=True,
        ),
        Format(
            "csv", "CSV", (".csv",),
            rb"(\xef\xbb\xbf)?\s*+[-+]?\.?\d[-+.\deE,; \t]*+([\r\n]|$)", DEPTHS, (1,),
            numbers=True, counted=True,
        ),
    )
}  # fmt: skip
"""What is read and written, by name; every other place asks here."""

WRITTEN = {name: one for name, one in FORMATS.items() if one.written}

UNREAD = {
    "jxl": Unread("JPEG XL", rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\n", (".jxl",)),
    "exr": Unread("OpenEXR", rb"v/1\x01", (".exr",)),
    "sun": Unread("Sun raster", rb"\x59\xa6\x6a\x95", (".ras", ".sun")),
    "ico": Unread("ICO", rb"\0\0[\x01\x02]\0[^\0]\0", (".ico",)),
    "psd": Unread("Photoshop", rb"8BPS\0[\x01\x02]", (".psd", ".psb")),
    "pdf": Unread("PDF", rb"%PDF-"),
    "svg": Unread("SVG", rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg\b"),
}
"""What is known and refused."""

BEGINNING = 4096
"""Bytes that are enough to tell a kind of picture."""


def format_of_ending(ending: str) -> str | None:
    """Give the format that a file name's ending, such as .jpg, is written in."""
    wanted = ending.lower()
    return next((one.name for one in WRITTEN.values() if wanted in one.endings), None)


def sniff(content: bytes) -> str | None:
    """Tell the kind of picture by its first bytes; it need not be one that is read."""
    beginning = bytes(content[:BEGINNING])
    for table in (FORMATS, UNREAD):
        for name, one in table.items():
            if re.match(one.signature, beginning, re.DOTALL):
                return name
    return None
