"""Patterns of file names: {stem} {filter} {map} {frame} {ext} expand, and nothing else."""

import re
from dataclasses import dataclass

from filterkit.errors import UsageError

FIELDS = ("stem", "filter", "map", "frame", "ext")
USUAL = "{stem}.{filter}{ext}"


@dataclass(frozen=True)
class Template:
    """Hold a pattern of a file name; only the named fields in braces expand, nothing else."""

    pattern: str

    def checked(self) -> "Template":
        """Give it back, or raise UsageError for a field that there is none of."""
        for found in re.findall(r"\{([^{}]*)\}", self.pattern):
            if found not in FIELDS:
                raise UsageError(
                    f"-o knows no {{{found}}}.",
                    "one of " + " ".join(f"{{{name}}}" for name in FIELDS),
                )
        return self

    def uses(self, field: str) -> bool:
        """Tell whether a field stands in the pattern."""
        return f"{{{field}}}" in self.pattern

    def expand(self, **values: str) -> str:
        """Put values in; what is not given stays as it is."""
        return re.sub(
            r"\{(\w+)\}", lambda found: values.get(found.group(1), found.group()), self.pattern
        )
