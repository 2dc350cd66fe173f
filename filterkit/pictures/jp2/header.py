"""What a JPEG 2000 file says of its picture, in its boxes and at the head of its codestream."""

from collections.abc import Iterator
from typing import NamedTuple

from filterkit.errors import UnsupportedInputError
from filterkit.pictures.boxes import Box, Fields, boxes
from filterkit.pictures.directory import DamagedError

START, SIZE, CODING, TILE = b"\xff\x4f", 0xFF51, 0xFF52, 0xFF90
"""Markers of the codestream: of its beginning, of segments with its size and coding, of a tile."""

ALONE = range(0xFF30, 0xFF40)
"""Markers that nothing stands behind."""

SRGB, GREY, YCC = 16, 17, 18
REFUSED = {12: "CMYK", 14: "Lab", 24: "e-YCC"}
"""Colour spaces by their numbers; others, of RGB with other primaries, are taken as RGB."""

BYTES = 7
"""How depth is told of whole numbers of 8 bits."""

BY_NUMBER, BY_PROFILE, BY_ANY_PROFILE = 1, 2, 3
"""How colours are told."""

COLOUR, OPACITY, PREMULTIPLIED = 0, 1, 2
"""What a channel may be."""


class Component(NamedTuple):
    """Say of one component its bits, whether it has a sign, and how many pixels share a number."""

    bits: int
    signed: bool
    columns: int
    rows: int


class Header(NamedTuple):
    """Hold what is told before decoding.

    `palette` are the colours of one, the channels of each of 8 bits. `order` says which channel
    is which colour, `alpha` which is transparency.
    """

    rows: int
    columns: int
    components: tuple[Component, ...]
    lossy: bool
    colours: int | None = None
    palette: tuple[bytes, ...] = ()
    order: tuple[int, ...] = ()
    alpha: int | None = None
    premultiplied: bool = False

    @property
    def bits(self) -> int:
        """Give the bits of all components where they agree, or those of the first."""
        return self.components[0].bits

    @property
    def stored(self) -> int:
        """Count the channels, alpha among them, that a palette or else the codestream gives."""
        return len(self.palette[0]) if self.palette else len(self.components)

    @property
    def is_subsampled(self) -> bool:
        """Tell whether two colours besides brightness are stored smaller, in whole blocks.

        Pillow, which turns these into RGB, gets parts of blocks wrong, and other channels first.
        """
        first, *others = [(one.columns, one.rows) for one in self.components]
        usual = others in ([(2, 1)] * 2, [(1, 2)] * 2, [(2, 2)] * 2)
        whole = usual and not self.columns % others[0][0] and not self.rows % others[0][1]
        return whole and first == (1, 1) and self.order == (0, 1, 2) and self.bits <= 8


def header_of(content: bytes) -> Header:
    """Read what is told of a file or a bare codestream. Raises DamagedError."""
    if content.startswith(START):
        return _usual(_stream_header(content, Box(b"", 0, len(content))))
    found = {box.kind: box for box in reversed(list(boxes(content)))}
    if b"jp2h" not in found or b"jp2c" not in found:
        raise DamagedError("it has no header or no pixels")
    header = _usual(_stream_header(content, found[b"jp2c"]))
    told = found[b"jp2h"]
    for box in reversed(list(boxes(content, told.start, told.end))):
        fields = Fields(content, box)
        if box.kind == b"colr" and fields.number(1) == BY_NUMBER:
            fields.part(2)
            header = header._replace(colours=fields.number(4))
        elif box.kind == b"pclr":
            header = _usual(header._replace(palette=_palette(fields)))
    definition = next(iter(boxes_of(content, told, b"cdef")), None)
    return _defined(header, Fields(content, definition)) if definition else header


def boxes_of(content: bytes, around: Box, kind: bytes) -> list[Box]:
    """Give the boxes of a kind inside another."""
    return [box for box in boxes(content, around.start, around.end) if box.kind == kind]


def _palette(fields: Fields) -> tuple[bytes, ...]:
    """Read the colours of a palette."""
    count, channels = fields.number(2), fields.number(1)
    depths = set(fields.numbers(1, channels))
    if not count or depths != {BYTES}:
        raise UnsupportedInputError("a JPEG 2000 with a palette of other than 8 bits.")
    return tuple(fields.part(channels) for _ in range(count))


def _usual(header: Header) -> Header:
    """Say what channels are where nothing else is told: the last of two and of four is alpha."""
    colours = 1 if header.stored <= 2 else 3
    alpha = colours if header.stored in (2, 4) else None
    return header._replace(order=tuple(range(colours)), alpha=alpha)


def _defined(header: Header, fields: Fields) -> Header:
    """Say what channels are as it is told."""
    order: dict[int, int] = {}
    alpha, premultiplied = None, False
    for _ in range(fields.number(2)):
        channel, kind, belongs = fields.numbers(2, 3)
        if kind == COLOUR:
            order[belongs] = channel
        elif kind in (OPACITY, PREMULTIPLIED):
            alpha, premultiplied = channel, kind == PREMULTIPLIED
    places = tuple(order[colour] for colour in sorted(order))
    if not order or max((*places, alpha or 0)) >= header.stored:
        raise DamagedError("it says that channels are colours which it has not")
    return header._replace(order=places, alpha=alpha, premultiplied=premultiplied)


def _stream_header(content: bytes, stream: Box) -> Header:
    """Read the segments at the head of the codestream."""
    bodies = {marker: fields for marker, fields in _segments(content, stream)}
    if SIZE not in bodies:
        raise DamagedError("its codestream does not say its size")
    size = bodies[SIZE]
    _, columns, rows, left, top = size.number(2), *size.numbers(4, 4)
    size.part(16)
    components = tuple(
        Component((depth & 0x7F) + 1, depth > 0x7F, wide, high)
        for depth, wide, high in (size.numbers(1, 3) for _ in range(size.number(2)))
    )
    lossy = CODING in bodies and bodies[CODING].part(10)[9] == 0
    header = Header(rows - top, columns - left, components, lossy)
    if header.rows <= 0 or header.columns <= 0 or not components:
        raise DamagedError(f"its header says {header.rows}x{header.columns} pixels")
    return header


def _segments(content: bytes, stream: Box) -> Iterator[tuple[int, Fields]]:
    """Yield the markers up to the first tile, and what stands behind them."""
    fields = Fields(content, stream)
    if fields.part(2) != START:
        raise DamagedError("its codestream has no beginning")
    place = stream.start + 2
    while (marker := fields.number(2)) != TILE:
        if marker in ALONE:
            place += 2
            continue
        length = fields.number(2)
        if marker < 0xFF00 or length < 2:
            raise DamagedError("its codestream has a broken head")
        yield marker, Fields(content, Box(b"", place + 4, place + 2 + length))
        fields.part(length - 2)
        place += 2 + length


def refuse_kind(header: Header) -> None:
    """Raise UnsupportedInputError for what is not read."""
    parts, first = header.components, header.components[0]
    shared = [(one.columns, one.rows) for one in parts]
    if header.colours in REFUSED:
        what = f"of {REFUSED[header.colours]} colours"
    elif len(parts) > 4 or len(header.order) not in (1, 3):
        what = f"of {len(parts)} channels, {len(header.order)} of them colours"
    elif header.palette and len(parts) > 1:
        what = "with a palette and more"
    elif any(one.signed for one in parts):
        what = "of numbers with a sign"
    elif any(one.bits != first.bits for one in parts):
        what = "whose channels differ in their bits"
    elif first.bits > (8 if len(parts) == 2 else 16):
        what = f"of {first.bits} bits and {len(parts)} channels"
    elif any(one != (1, 1) for one in shared) and not header.is_subsampled:
        what = "whose channels differ in their size"
    else:
        return
    raise UnsupportedInputError(f"a JPEG 2000 {what}.", "convert it to 8 or 16 bits of RGB first")
