"""How results are called: a slug that tells filters apart."""

import re
import zlib
from pathlib import Path
from typing import Any

from filterkit.filters.names import first_setting
from filterkit.filters.tree import Atom, File, Many, Matrix, Name, Row, Setting, Side, Tree

LONGEST_SLUG = 48


def slug(tree: Tree, more: str = "") -> str:
    """Give a short name for a filter that tells settings apart: gaussian-2_edge-stride2.

    `more` is added for what else changes the result.
    """
    return short(_slug(tree) + (f"_{more}" if more else ""))


def short(text: str) -> str:
    """Make a part of a file's name of a text: what a shell or a folder would mind becomes a dash.

    Above 48 characters it is cut at 40 and a hash follows.
    """
    text = re.sub(r"[^\w.+-]+", "-", text)
    if len(text) <= LONGEST_SLUG:
        return text
    return f"{text[:40]}-{_hash(text)}"


def _slug(tree: Tree) -> str:
    if isinstance(tree, Row):
        return "_".join(_slug(part) for part in tree.parts)
    if isinstance(tree, Side):
        return "+".join(_slug(part) for part in tree.parts)
    main = first_setting(tree.what.name) if isinstance(tree.what, Name) else ""
    return "-".join([_what(tree), *(_said(one, main) for one in tree.settings)])


def _what(atom: Atom) -> str:
    if isinstance(atom.what, Name):
        return atom.what.name
    if isinstance(atom.what, File):
        return Path(atom.what.path).stem
    return matrix_name(atom.what)


def matrix_name(matrix: Matrix) -> str:
    """Name a matrix by its size and a hash of its numbers: 3x3-4f2a."""
    size: list[int] = []
    part: Any = matrix.numbers
    while isinstance(part, tuple):
        size.append(len(part))
        part = part[0]
    return f"{'x'.join(str(n) for n in size)}-{_hash(str(matrix))}"


def _said(setting: Setting, main: str) -> str:
    """Write a setting: the value alone where it is the step's main one, else key and value."""
    value = setting.value
    text = matrix_name(value) if isinstance(value, Matrix) else str(Setting("", value))
    if isinstance(value, Many):
        text = "-".join(str(Setting("", one)) for one in value.values)
    if setting.key in ("", main):
        return text
    return f"{setting.key}{text}" if text[:1].isdigit() else f"{setting.key}-{text}"


def _hash(text: str) -> str:
    return f"{zlib.crc32(text.encode()) & 0xFFFF:04x}"
