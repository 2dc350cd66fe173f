"""Which formats there are: one table of what each holds, and who reads and writes it."""

import re
from importlib import import_module
from typing import NamedTuple, Protocol

from filterkit.pictures.picture import Picture, Size


class Codec(Protocol):
    """Read and write one format."""

    def size(self, content: bytes) -> Size:
        """Read the size, as it is stored, from the header."""

    def decode(self, content: bytes) -> Picture:
        """Read a picture; errors say no name."""

    def encode(self, picture: Picture, quality: int | None) -> bytes | None:
        """Write a picture, or give None where the encoder failed."""


class Format(NamedTuple):
    """Say what a format is called and what it holds.

    The first of `endings` is the usual one. `channels` are the numbers of channels it holds,
    alpha not counted; none means any.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    signature: bytes
    depths: tuple[str, ...]
    channels: tuple[int, ...]
    alpha: bool
    frames: bool
    quality: bool
    metadata: bool

    @property
    def codec(self) -> Codec:
        """Load the module of the format's name, which reads and writes it."""
        codec: Codec = import_module(f"filterkit.pictures.{self.name}")
        return codec

    @property
    def colour(self) -> bool:
        """Tell whether it holds colour."""
        return not self.channels or 3 in self.channels


class Unread(NamedTuple):
    """A kind of picture that is known by its bytes and not read in this version."""

    title: str
    signature: bytes
    extra: str = ""


FORMATS = {
    one.name: one
    for one in (
        Format(
            "png", "PNG", (".png",), rb"\x89PNG\r\n\x1a\n", ("8", "16"), (1, 3),
            alpha=True, frames=False, quality=False, metadata=True,
        ),
        Format(
            "jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), rb"\xff\xd8\xff", ("8",), (1, 3),
            alpha=False, frames=False, quality=True, metadata=True,
        ),
        Format(
            "tiff", "TIFF", (".tif", ".tiff"), rb"II[*+]\0|MM\0[*+]", ("8", "16", "float"), (1, 3),
            alpha=True, frames=False, quality=False, metadata=True,
        ),
        Format(
            "npy", "NPY", (".npy",), rb"\x93NUMPY", ("8", "16", "float"), (),
            alpha=False, frames=True, quality=False, metadata=False,
        ),
        Format(
            "npz", "NPZ", (".npz",), rb"PK(\x03\x04|\x05\x06)", ("8", "16", "float"), (),
            alpha=False, frames=True, quality=False, metadata=False,
        ),
    )
}  # fmt: skip
"""What is read and written, by name; every other place asks here."""

UNREAD = {
    "gif": Unread("GIF", rb"GIF8[79]a"),
    "webp": Unread("WebP", rb"RIFF....WEBP"),
    "bmp": Unread("BMP", rb"BM.{4}\0\0\0\0"),
    "pnm": Unread("PNM", rb"P[1-7][\s#]"),
    "pfm": Unread("PFM", rb"P[Ff]\s"),
    "avif": Unread("AVIF", rb".{4}ftyp(avif|avis|mif1.{4}(....)*?avif)"),
    "heic": Unread("HEIC", rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", "heic"),
    "jp2": Unread("JPEG 2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xffO\xffQ"),
    "jxl": Unread("JPEG XL", rb"\0\0\0\x0cJXL \r\n\x87\n|\xff\n"),
    "hdr": Unread("Radiance HDR", rb"#\?RADIANCE|#\?RGBE"),
    "exr": Unread("OpenEXR", rb"v/1\x01"),
    "sun": Unread("Sun raster", rb"\x59\xa6\x6a\x95"),
    "ico": Unread("ICO", rb"\0\0\x01\0[^\0]\0"),
    "psd": Unread("Photoshop", rb"8BPS\0[\x01\x02]"),
    "pdf": Unread("PDF", rb"%PDF-"),
    "svg": Unread("SVG", rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg\b"),
}
"""What is known and refused: the next version moves rows from here to FORMATS."""

BEGINNING = 4096
"""Bytes that are enough to tell a kind of picture."""


def format_of_ending(ending: str) -> str | None:
    """Give the format that a file name's ending, such as .jpg, stands for."""
    wanted = ending.lower()
    return next((one.name for one in FORMATS.values() if wanted in one.endings), None)


def sniff(content: bytes) -> str | None:
    """Tell the kind of picture by its first bytes; it need not be one that is read."""
    beginning = bytes(content[:BEGINNING])
    for table in (FORMATS, UNREAD):
        for name, one in table.items():
            if re.match(one.signature, beginning, re.DOTALL):
                return name
    return None
