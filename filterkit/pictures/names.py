"""Names of files, and reasons of the system, as messages show them."""

import unicodedata
from pathlib import Path


def escaped(name: str | Path) -> str:
    r"""Give a file's name so that it can be printed anywhere: one line, no tricks.

    >>> escaped("a\nb.png")
    'a\\nb.png'
    """
    return "".join(_shown(letter) for letter in str(name))


def _shown(letter: str) -> str:
    if letter.isprintable() and unicodedata.category(letter) not in ("Cf", "Zl", "Zp"):
        return letter
    if "\udc80" <= letter <= "\udcff":  # a byte that is no UTF-8, as Python holds it
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


def reason_of(error: Exception) -> str:
    """Give what the system says of a failure."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
