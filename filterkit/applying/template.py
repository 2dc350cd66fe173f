"""Patterns of file names: {stem} {filter} {map} {frame} {ext} expand, and nothing else."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filterkit.errors import UsageError

FIELDS = ("stem", "filter", "map", "frame", "ext")
MAP_FIELDS = ("stem", "step", "map", "ext")
USUAL = "{stem}.{filter}{ext}"


@dataclass(frozen=True)
class Template:
    """Hold a pattern of a file name, and the values of those fields that are known.

    Only the named fields in braces expand, nothing else; a value is not looked through for fields.
    `folder` stands in front of what the pattern gives, and braces in it are its own.
    """

    pattern: str
    values: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    def checked(self, flag: str = "-o", fields: Sequence[str] = FIELDS) -> "Template":
        """Give it back, or raise UsageError for a field that there is none of."""
        for found in re.findall(r"\{([^{}]*)\}", self.pattern):
            if found not in fields:
                raise UsageError(
                    f"{flag} knows no {{{found}}}.",
                    "one of " + " ".join(f"{{{name}}}" for name in fields),
                )
        return self

    def uses(self, field: str) -> bool:
        """Tell whether a field stands in the pattern."""
        return f"{{{field}}}" in self.pattern

    @property
    def unknown(self) -> tuple[str, ...]:
        """Give the fields in the pattern whose values are not known."""
        return tuple(one for one in FIELDS if self.uses(one) and one not in self.values)

    def expand(self, **more: str) -> str:
        """Put values in; what is not known stays as it is, and no value leads to another folder."""
        values = {**self.values, **more}
        parts = self.pattern.replace(os.sep, "/").split("/")
        name = "/".join(_expanded(part, values) for part in parts)
        return str(Path(self.folder, name)) if self.folder else name


def _expanded(part: str, values: Mapping[str, str]) -> str:
    """Put values into the name of one file or folder."""
    name = re.sub(
        r"\{(\w+)\}", lambda found: values.get(found[1], found[0]).replace("/", "-"), part
    )
    # A picture called "...png" has the stem "..", and {stem}/x.png would be beside its folder.
    return f"_{name}" if name in ("", ".", "..") and name != part else name
