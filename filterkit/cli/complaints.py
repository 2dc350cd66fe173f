"""A line that is no command, or has options that there are none of, answered in our words."""

import re
from collections.abc import Sequence

import click

from filterkit.applying.sources import is_there
from filterkit.cli.mistakes import torn
from filterkit.cli.words import TORN, is_filter, is_picture, shell
from filterkit.errors import FilterkitError, UsageError
from filterkit.pictures.names import escaped

DEEP = "a folder is gone through to its last subfolder, without an option."
HABITS = {
    "--in-place": (
        "a batch never replaces originals: it has no --in-place.",
        "filterkit apply FILTER PICTURE... --in-place",
    ),
    "-j": ("there is no option -j; the nearest is --jobs.", "filterkit batch -h"),
    **dict.fromkeys(("-r", "-R", "--recursive"), (DEEP, "")),
}
"""What other commands have and a batch has not: a sentence, and what to try."""


def no_command(arguments: Sequence[str]) -> FilterkitError:
    """Answer a first word that is no command: a filter, perhaps, or a misspelling."""
    from filterkit.cli.main import COMMANDS

    word = arguments[0]
    if word == "convert":
        return UsageError(
            "filterkit changes a picture's format while it filters.",
            "filterkit apply identity photo.png -o photo.jpg",
        )
    if is_filter(word):
        rest = " ".join(shell(one) for one in arguments[1:]) or "photo.jpg"
        return UsageError(
            f"'{word}' is a filter, not a command.", f"filterkit apply {shell(word)} {rest}"
        )
    from difflib import get_close_matches  # only a mistake needs it

    close = get_close_matches(word, [*COMMANDS], n=1)
    if close:
        return UsageError(
            f"there is no command '{escaped(word)}'; the nearest is {close[0]}.", "filterkit -h"
        )
    if is_picture(word):
        return UsageError(
            f"{escaped(word)} stands where the command belongs.",
            f"filterkit apply edge {shell(word)}",
        )
    return UsageError(f"there is no command '{escaped(word)}'.", "filterkit -h")


def in_our_words(error: click.ClickException, arguments: Sequence[str]) -> FilterkitError:
    """Say click's complaints as ours: in one sentence, with what to try."""
    command = arguments[0] if arguments else ""
    helping = f"filterkit {command} -h".replace("  ", " ")
    if isinstance(error, click.NoSuchOption):
        wrong = error.option_name
        if command == "batch" and wrong in HABITS:
            return UsageError(*HABITS[wrong])
        typed = next((one for one in arguments if one.startswith(wrong)), wrong)
        for word in filter(TORN.match, arguments):
            return torn(word, command)
        if is_there(typed):
            line = " ".join(shell(f"./{one}" if one == typed else one) for one in arguments)
            return UsageError(
                f"'{escaped(typed)}' was read as an option, and there is a file of that name.",
                f"filterkit {line}",
            )
        if re.match(r"-[0-9.]", wrong) and any(one.startswith("--from") for one in arguments):
            return UsageError(
                "the kernel is in pieces: the shell split it at the spaces.",
                f'filterkit {command} "-1 0 1 ..." --from FORMAT',
            )
        if re.match(r"-[0-9.]", wrong):
            numbers = re.sub(r"[,\s]+", " ", typed)
            rest = " ".join(shell(one) for one in arguments[1:] if one != typed) or "PICTURE"
            return UsageError(
                "a matrix stands in brackets and quotes.",
                f'filterkit {command} "[{numbers}]" {rest}',
            )
        near = f"; the nearest is {error.possibilities[0]}" if error.possibilities else ""
        return UsageError(f"there is no option {escaped(wrong)}{near}.", helping)
    message = error.format_message()
    return UsageError(message[:1].lower() + message[1:], helping)
