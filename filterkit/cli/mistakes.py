"""What people are likely to get wrong, recognised and answered with what would be right."""

import os
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from filterkit.applying.sources import SAMPLE, is_there
from filterkit.errors import FilterError, FilterkitError, UsageError
from filterkit.filters.catalogue import files
from filterkit.filters.expression import read
from filterkit.filters.names import STEPS
from filterkit.filters.tree import Atom, Name, looks_like_path
from filterkit.pictures.files import escaped
from filterkit.pictures.formats import FORMATS

PLANNED = ("export", "explain", "learn", "view", "maps", "gallery", "diff")
"""Commands that filterkit is going to have."""

PICTURE_ENDINGS = {ending for one in FORMATS.values() for ending in one.endings}

TORN = re.compile(r"\[[^\]]*$")
"""The beginning of a matrix that the shell split."""


def no_command(arguments: Sequence[str]) -> FilterkitError:
    """Answer a first word that is no command: a filter, perhaps, or a misspelling."""
    from filterkit.cli.main import COMMANDS

    word = arguments[0]
    if word in PLANNED:
        return UsageError(f"there is no '{word}' in this version yet.", "filterkit -h")
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

    close = get_close_matches(word, [*COMMANDS, *PLANNED], n=1)
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


def is_filter(text: str) -> bool:
    """Tell whether a word can be read as a filter whose names are known."""
    try:
        tree = read(text)
    except FilterError:
        return False
    names = {*files(), *STEPS, "conv"}
    atoms = [tree] if isinstance(tree, Atom) else list(getattr(tree, "parts", ()))
    return all(
        not (isinstance(one, Atom) and isinstance(one.what, Name)) or one.what.name in names
        for one in atoms
    )


def is_picture(text: str) -> bool:
    """Tell whether a word looks like a picture's name."""
    return Path(text).suffix.lower() in PICTURE_ENDINGS


def check_inputs(filter: str | None, inputs: tuple[str, ...], given: dict[str, Any]) -> None:
    """Answer what cannot be meant before anything is read. Raises UsageError."""
    _check_glued_output()
    _check_values(given)
    if filter is None:
        raise UsageError(
            "which filter, and which picture?", "filterkit apply edge photo.jpg (or sample:photo)"
        )
    _check_filter(filter, inputs)
    if not inputs:
        _check_stdin(filter)
    for text in inputs:
        if not text:
            raise UsageError("an INPUT is empty: there is nothing between the quotes.")
        if is_there(text) and Path(text).is_dir():
            raise _folder(filter, text.rstrip("/") or text)
    first, second = inputs if len(inputs) == 2 else ("", "")
    missing = is_picture(second) and not is_there(second)
    if missing and given["output"] is None and (is_there(first) or first.startswith(SAMPLE)):
        raise UsageError(
            f"{escaped(second)} does not exist; the result is named with -o.",
            f"filterkit apply {shell(filter)} {shell(first)} -o {shell(second)}",
        )


def _check_values(given: dict[str, Any]) -> None:
    for key, value in given.items():
        if value == "" or (isinstance(value, tuple) and "" in value):
            raise UsageError(f"--{key.replace('_', '-')} is given without a value.")


def _check_filter(filter: str, inputs: tuple[str, ...]) -> None:
    """Answer a picture or a torn matrix where the filter belongs."""
    if TORN.match(filter) and inputs:
        raise _torn(filter)
    if not is_picture(filter) or looks_like_path(Path(filter).suffix) or filter in files():
        return
    name = escaped(filter)
    if not inputs:
        raise UsageError(
            f"which filter? {name} is a picture.", f"filterkit apply edge {shell(filter)}"
        )
    advice = f"filterkit apply {shell(inputs[0])} {shell(filter)}"
    if not is_filter(inputs[0]):
        advice = f"filterkit apply edge {shell(filter)}"
    raise UsageError(f"{name} stands where the filter belongs.", advice)


def _torn(beginning: str) -> UsageError:
    return UsageError(
        f"the matrix '{escaped(beginning)}' is never closed: the shell split it at the spaces.",
        'filterkit apply "[-1 0 1; ...]" PICTURE',
    )


def _check_stdin(filter: str) -> None:
    """Insist that a picture can come from stdin where no file is named."""
    if sys.stdin is not None:
        kind = os.fstat(sys.stdin.fileno()).st_mode
        if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or stat.S_ISREG(kind):
            return
    piped = sys.stdout is not None and not sys.stdout.isatty()
    if sys.stdin is not None and sys.stdin.isatty() and piped:
        raise UsageError(
            "no picture given. If the | belongs to the filter, quote it.",
            f'filterkit apply "{filter} | ..." PICTURE',
        )
    raise UsageError(
        "which picture?", f"filterkit apply {shell(filter)} photo.jpg (or sample:photo)"
    )


def _check_glued_output() -> None:
    """Answer -odd.png, a file whose name begins like the flag -o."""
    for word in sys.argv[2:]:
        if word == "--":
            return
        if re.match(r"-o.", word) and is_there(word):
            raise UsageError(
                f"'{escaped(word)}' was read as -o {escaped(word[2:])}, "
                "and there is a file of that name.",
                "filterkit "
                + " ".join(shell(f"./{one}" if one == word else one) for one in sys.argv[1:]),
            )


def _folder(filter: str, folder: str) -> UsageError:
    return UsageError(
        f"{escaped(folder)} is a folder; apply takes files.", _batch_line(filter, [folder])
    )


def _batch_line(filter: str, sources: Sequence[str]) -> str:
    """Write a line that would work: the folder of the results is named after source and filter."""
    first = sources[0].rstrip("/") or "photos"
    name = first if len(sources) == 1 and Path(first).is_dir() else "results"
    output = f"{name}.{filter}/" if filter.replace("-", "").isidentifier() else "results/"
    words = " ".join(shell(one) for one in sources)
    return f"filterkit batch {shell(filter)} {words} -o {shell(output)}"


def check_sources(filter: str | None, sources: tuple[str, ...], given: dict[str, Any]) -> None:
    """Answer what cannot be meant of a batch before anything is looked for. Raises UsageError."""
    _check_glued_output()
    _check_values(given)
    if filter is None:
        raise UsageError(
            "which filter, and which pictures?", "filterkit batch edge photos/ -o photos.edge/"
        )
    if Path(filter).is_dir() and not is_filter(filter):
        rest = [one for one in sources if is_filter(one)] or ["edge"]
        raise UsageError(
            f"{escaped(filter)} stands where the filter belongs.", _batch_line(rest[0], [filter])
        )
    _check_filter(filter, sources)
    if not sources and not given["files_from"]:
        raise UsageError("which pictures?", _batch_line(filter, ["photos/"]))
    if "-" in sources:
        raise UsageError(
            "batch takes folders and files, no pipe.",
            "--files-from - for a list of names, or filterkit apply for a picture",
        )
    if "" in sources:
        raise UsageError("a SOURCE is empty: there is nothing between the quotes.")
    if given["output"] is None:
        raise UsageError("where should the results go?", _batch_line(filter, sources))
    if given["output"] == "-":
        raise UsageError("a batch writes files, not a pipe.", _batch_line(filter, sources))


def in_our_words(error: click.ClickException, arguments: Sequence[str]) -> FilterkitError:
    """Say click's complaints as ours: in one sentence, with what to try."""
    command = arguments[0] if arguments else ""
    helping = f"filterkit {command} -h".replace("  ", " ")
    if isinstance(error, click.NoSuchOption):
        wrong = error.option_name
        typed = next((one for one in arguments if one.startswith(wrong)), wrong)
        for word in filter(TORN.match, arguments):
            return _torn(word)
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


def shell(word: str) -> str:
    """Write a word as one would type it: in double quotes where the shell would do things to it."""
    if re.fullmatch(r"[\w@%+=:,./{}-]+", word):
        return word
    return '"' + re.sub(r'(["\\$`])', r"\\\1", escaped(word)) + '"'
