"""Which kinds of TIFF are read; for each other a sentence says which it is."""

from typing import NoReturn

from filterkit.errors import UnsupportedInputError
from filterkit.pictures.tiff.layout import (
    BLACK_IS_ZERO,
    CIELAB,
    CMYK,
    FLOATING,
    ICCLAB,
    PALETTE,
    RGB,
    SIGNED,
    STORED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Layout,
)

DIFFERENCES, BYTE_DIFFERENCES = 2, 3
NONE, LZW, JPEG, LZMA, PACKBITS, ZSTD, WEBP = 1, 5, 7, 34925, 32773, 50000, 50001
DEFLATE = (8, 32946)
FAX = (2, 3, 4, 32771)
PREDICTORS = (1, DIFFERENCES, BYTE_DIFFERENCES)
PACKED = (NONE, LZW, *DEFLATE, LZMA, PACKBITS, ZSTD, JPEG, WEBP, *FAX)

KINDS = {
    WHITE_IS_ZERO: "white-is-zero", BLACK_IS_ZERO: "grey", RGB: "RGB", PALETTE: "palette",
    4: "mask", CMYK: "CMYK", YCBCR: "YCbCr", CIELAB: "Lab", ICCLAB: "Lab", 10: "ITU Lab",
    32803: "raw camera", 34892: "raw camera", 32844: "LogL", 32845: "LogLuv",
    51177: "depth map", 52527: "semantic mask",
}  # fmt: skip
PACKINGS = {
    **dict.fromkeys(FAX, "fax"), 6: "old-style JPEG", JPEG: "JPEG", 9: "JBIG", 10: "JBIG",
    22610: "JPEG XR", 32766: "NeXT", 32809: "ThunderScan", 32895: "IT8", 32896: "IT8",
    32897: "IT8", 32898: "IT8", 32908: "Pixar film", 32909: "Pixar log", 33003: "JPEG 2000",
    33005: "JPEG 2000", 33007: "JPEG 2000", 34661: "JBIG", 34676: "SGI log", 34677: "SGI log",
    34712: "JPEG 2000", 34887: "LERC", 34892: "the lossy JPEG of raw cameras", 34933: "PNG",
    34934: "JPEG XR", WEBP: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
NUMBERS = {
    UNSIGNED: "unsigned integers", SIGNED: "signed integers", FLOATING: "floating-point numbers",
    5: "complex integers", 6: "complex numbers",
}  # fmt: skip
TO_RGB = "convert it to RGB first"
TO_DEFLATE = "pack it with deflate first"
TO_NUMBERS = "convert it to 16 bits or to floating point first"


def refuse_kind(layout: Layout) -> None:
    """Raise UnsupportedInputError for what is not read."""
    kind = KINDS.get(layout.photometric, str(layout.photometric))
    packing = PACKINGS.get(layout.compression, f"compression {layout.compression}")
    numbers = f"{layout.bits}-bit {NUMBERS.get(layout.numbers, 'numbers of unknown kind')}"
    if layout.photometric not in STORED or layout.other_inks:
        kind = "other inks than CMYK" if layout.other_inks else kind
        _refuse(f"of kind {kind}; grey, RGB, palettes, YCbCr, CMYK and Lab are read", TO_RGB)
    if layout.compression not in PACKED:
        read = "deflate, LZW, PackBits, LZMA, Zstandard, JPEG, WebP and fax"
        _refuse(f"packed with {packing}; {read} are read", TO_DEFLATE)
    if not layout.bits or not layout.numbers:
        what = "bits" if not layout.bits else "kind of numbers"
        _refuse(f"whose channels differ in their {what}", TO_NUMBERS)
    if layout.dtype is None:
        read = "integers of 1 to 16, 24, 32 and 64 bits and floating-point numbers"
        _refuse(f"of {numbers}; {read} are read", TO_NUMBERS)
    if not _suits_kind(layout):
        planes = f"{layout.planes} planes of " if layout.planar else ""
        _refuse(f"of kind {kind} in {planes}{numbers}", TO_RGB)
    if not _suits_packing(layout):
        _refuse(f"of {layout.plane_samples} {numbers} a pixel packed with {packing}", TO_DEFLATE)
    if layout.predictor not in PREDICTORS:
        _refuse(f"whose numbers are kept as differences in way {layout.predictor}", TO_DEFLATE)


def _refuse(what: str, advice: str) -> NoReturn:
    raise UnsupportedInputError(f"a TIFF {what}.", advice)


def _suits_kind(layout: Layout) -> bool:
    """Tell whether a kind of colours has one known meaning in these numbers."""
    whole = layout.numbers == UNSIGNED and layout.bits <= 16
    if layout.photometric == YCBCR:
        return whole and layout.bits == 8 and layout.samples == 3 and not layout.planar
    return {
        PALETTE: whole,
        CIELAB: whole and layout.bits in (8, 16),
        ICCLAB: whole and layout.bits in (8, 16),
        CMYK: whole or layout.numbers == FLOATING,
        WHITE_IS_ZERO: layout.numbers != FLOATING,
    }.get(layout.photometric, True)


def _suits_packing(layout: Layout) -> bool:
    """Tell whether a way of packing that knows pixels can hold such pixels."""
    if layout.compression in FAX:
        return layout.bits == 1 and layout.plane_samples == 1
    if layout.compression == WEBP and (layout.planar or layout.samples not in (3, 4)):
        return False
    if layout.compression in (JPEG, WEBP):
        return layout.bits == 8 and layout.numbers == UNSIGNED and layout.plane_samples <= 4
    return True
