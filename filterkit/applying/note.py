"""A note on a result: what was lost on the way, or will disappoint who looks at it."""

from typing import NamedTuple


class Note(NamedTuple):
    """Say it in one sentence, and in `advice` what to try; a hint is only for who looks on."""

    sentence: str
    advice: str = ""
    hint: bool = False
