"""How a batch is run: each choice declared once, as a step's are."""

from dataclasses import dataclass

from filterkit.settings import Optional, Truth, Whole, read_settings, setting


@dataclass(frozen=True)
class Running:
    """Say how a batch is run; without `jobs` there are as many as cores."""

    jobs: int | None = setting(None, "pictures at a time", Optional(Whole(1)), "all cores")
    resume: bool = setting(False, "go on where an earlier run ended, if there was one", Truth())
    fail_fast: bool = setting(False, "stop at the first picture that fails", Truth())

    def __post_init__(self) -> None:
        read_settings(self)
