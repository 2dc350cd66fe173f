"""Where in the text of a filter file something stands, so that a message can name the line."""

import re


def line_of(text: str, key: str, section: str = "") -> int | None:
    """Give the line, counted from 1, in which a key of a section (or the section) stands."""
    place = _offset_of(text, key, section)
    if place is None and not section:
        place = _offset_of(text, "", key)
    return None if place is None else text.count("\n", 0, place) + 1


def line_of_item(text: str, key: str, section: str, index: tuple[int, ...]) -> int | None:
    """Give the line in which an item of an array, at any depth, begins."""
    start = _offset_of(text, key, section)
    if start is None:
        return None
    counters: list[int] = []
    for found in re.finditer(r"#.*|[\[\],]|[^\s\[\],#]+", text[text.index("=", start) + 1 :]):
        mark = found[0]
        if mark not in ("]", ",") and not mark.startswith("#") and tuple(counters) == index:
            return text.count("\n", 0, text.index("=", start) + 1 + found.start()) + 1
        if mark == "[":
            counters.append(0)
        elif mark == "," and counters:
            counters[-1] += 1
        elif mark == "]" and counters:
            counters.pop()
    return None


def _offset_of(text: str, key: str, section: str) -> int | None:
    """Give the offset of a line that sets a key, or without a key of the section's heading."""
    current, offset = "", 0
    for line in text.splitlines(keepends=True):
        heading = re.match(r"\s*\[\s*([A-Za-z\"'][^\[\],]*?)\s*\]\s*(?:#.*)?$", line)
        if heading:
            current = heading[1].replace('"', "").replace("'", "")
            if not key and current == section:
                return offset
        elif key and current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return offset
        offset += len(line)
    return None
