"""Every error becomes a sentence on stderr and an exit code, here and nowhere else."""

import contextlib
import re
import sys

import click

from filterkit.errors import (
    CannotHoldError,
    ExtraMissingError,
    FilterError,
    FilterkitError,
    InputError,
    NothingMatchedError,
    OutputError,
    UsageError,
)

EXIT_CODES = (
    (CannotHoldError, 2),  # another option is the way out
    (UsageError, 2),
    (FilterError, 2),
    (InputError, 3),
    (NothingMatchedError, 4),
    (OutputError, 5),
    (ExtraMissingError, 6),
)
BUG = 70

TROUBLE = {"diff": 2}
"""Commands of which every error has one exit code: as with cmp, 1 is an answer."""

TRICKS = re.compile("[\0-\t\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal would obey; each is one letter wide in a message, as carets need it."""


def exit_code(error: Exception, command: str = "") -> int:
    """Give the exit code of an error of a command; one that is none of ours is a bug."""
    if command in TROUBLE:
        return TROUBLE[command]
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), BUG)


def told(error: Exception, arguments: list[str]) -> int:
    """Say an error on stderr and give its exit code."""
    if isinstance(error, click.exceptions.Exit):  # a help text has been printed
        return error.exit_code
    if isinstance(error, click.ClickException):
        from filterkit.cli.complaints import in_our_words

        error = in_our_words(error, arguments)
    if isinstance(error, click.Abort):
        return 130
    code = exit_code(error, arguments[0] if arguments else "")
    if isinstance(error, FilterkitError):
        if "--json" in arguments and sys.stdout is not None:
            _tell_as_object(error, code)
        say(str(error), _in_full(error.advice, arguments))
    else:
        say(
            f"this is a bug in filterkit: {type(error).__name__}: {error}.",
            "the same with --debug, and report what it prints",
        )
    return code


def _in_full(advice: str, arguments: list[str]) -> str:
    """Give the line that was typed with -o ./ behind it, where that is what to try."""
    if advice != "-o ./" or "--" in arguments:
        return advice
    from filterkit.cli.words import shell

    return " ".join(["filterkit", *(shell(one) for one in arguments), advice])


def _tell_as_object(error: FilterkitError, code: int) -> None:
    """Print the summary of a run that did not come to its first picture."""
    from filterkit.cli.report import print_object

    none_done = {"done": 0, "skipped": 0, "failed": 0, "exit": code}
    with contextlib.suppress(OSError):  # it may be stdout itself that failed
        print_object(summary=none_done, code=error.code, message=error.sentence)


def say(sentence: str, advice: str = "") -> None:
    """Write a sentence on stderr, and beneath it what to try."""
    text = f"filterkit: {sentence}\n" + (f"  try: {advice}\n" if advice else "")
    text = TRICKS.sub("?", text)
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):  # there is nobody left to tell
        sys.stderr.write(text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode())
