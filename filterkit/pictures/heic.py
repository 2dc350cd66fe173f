"""HEIC: read by pillow-heif, an extra; what a file says of its size is read without it."""

from typing import TYPE_CHECKING, Any

from filterkit.errors import ExtraMissingError, UnsupportedInputError
from filterkit.pictures.boxes import boxes, refuse_cut
from filterkit.pictures.colour_spaces import STRAIGHTENED, straight
from filterkit.pictures.damage import by_pillow, checked, damaged
from filterkit.pictures.heif import header as heif
from filterkit.pictures.heif.header import Header
from filterkit.pictures.heif.items import Items
from filterkit.pictures.levels import scaled
from filterkit.pictures.picture import Picture, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

TITLE = "HEIC"
MAIN = "only the main one of its pictures was read."
OTHERS = {
    b"av01": "AV1", b"avc1": "AVC", b"vvc1": "VVC", b"jpeg": "JPEG", b"j2k1": "JPEG 2000",
    b"unci": "bare samples",
}  # fmt: skip
"""Packings that an HEIF may have, and that pillow-heif does not unpack."""


def size(content: bytes) -> Size:
    """Read rows and columns, as they are shown, from the boxes."""
    with checked(TITLE):
        return heif.header_of(_items(content)).size


def _items(content: bytes) -> Items:
    kinds = {box.kind for box in boxes(content)}
    if b"moov" in kinds and b"meta" not in kinds:
        raise UnsupportedInputError("a film in HEIF, without a picture that stands still.")
    return heif.items_of(content)


def decode(content: bytes) -> Picture:
    """Decode the main picture, cropped and upright as the file says: libheif sees to that."""
    with checked(TITLE):
        items = _items(content)
        header = heif.header_of(items)
        refuse_cut(content)
        items.refuse_missing()
        metadata = heif.metadata_of(items, header.size)
    _refuse_kind(items)
    stored, notes = _stored(content, header)
    pixels = stored[..., : header.channels]
    alpha = stored[..., -1] if stored.shape[2] in (2, 4) else None
    if header.premultiplied and alpha is not None:
        pixels, notes = straight(pixels, alpha), (*notes, STRAIGHTENED)
    return Picture(pixels[None], None if alpha is None else alpha[None], "heic", metadata, notes)


def _refuse_kind(items: Items) -> None:
    """Refuse pictures that are packed with something else."""
    made_of = items.belonging(b"dimg", items.primary) or (items.primary,)
    kinds = {items.items[number].kind for number in made_of if number in items.items}
    if other := kinds & set(OTHERS):
        raise UnsupportedInputError(
            f"an HEIF of {OTHERS[other.pop()]}; HEVC is read.", "convert it to AVIF or PNG first"
        )


def _stored(content: bytes, header: Header) -> "tuple[NDArray[Any], tuple[str, ...]]":
    """Decode the main picture at its full depth."""
    import numpy as np

    try:
        import pillow_heif
    except ImportError:
        raise ExtraMissingError(
            "reading HEIC needs the extra 'heic'.", 'pip install ".[heic]"'
        ) from None
    with by_pillow(TITLE):
        file = pillow_heif.open_heif(content, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        if file.size != header.size[2:0:-1]:
            raise damaged(TITLE, "its header says another size")
        stored = np.array(file).reshape(*header.size[1:3], -1)
        bits = file.info["bit_depth"]
    others = len(file) - 1
    try:
        return scaled(stored, 2**bits - 1), (MAIN,) if others else ()
    except ValueError as error:
        raise damaged(TITLE, str(error)) from None
