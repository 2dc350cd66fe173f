"""Which kind of picture bytes are, told by content; or why they are none."""

import re

from filterkit.errors import UnreadableInputError, UnsupportedInputError
from filterkit.pictures.formats import BEGINNING, FORMATS, UNREAD, WRITTEN, Format, sniff

MANGLED = re.compile(
    # A picture's first letters, behind a byte that no text of ours begins with: PNG's 0x89, or
    # what cutting to 7 bits, or writing as UTF-8 or UTF-16, makes of it; and the same for JPEG.
    rb"[\x80-\xff\t].{0,7}?P\0?N\0?G\0?[\r\n]|[\x80-\xff].{5,60}?(J\0?F\0?I\0?F|E\0?x\0?i\0?f)\0",
    re.DOTALL,
)


def format_of(content: bytes) -> Format:
    """Give the format of a file's bytes. Raises InputError for what is not read."""
    name = sniff(content)
    if name in FORMATS:
        return FORMATS[name]
    if name is not None:
        titles = ", ".join(one.title for one in WRITTEN.values())
        raise UnsupportedInputError(
            f"this is {UNREAD[name].title}, which filterkit does not read.",
            f"convert it to one of {titles}",
        )
    if not content:
        raise UnreadableInputError("the file is empty.")
    if MANGLED.match(content[:BEGINNING]):
        raise UnreadableInputError(
            "the shell changed the bytes as if they were text.", "give files: INPUT and -o FILE"
        )
    if _is_text(content[:BEGINNING]):
        raise UnreadableInputError("this is text, no picture.")
    raise UnreadableInputError(
        "no picture of a kind that filterkit knows.", "filterkit list formats"
    )


def _is_text(beginning: bytes) -> bool:
    """Tell whether bytes are text: UTF-8, if need be cut in a letter, without control bytes."""
    if re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", beginning):
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
