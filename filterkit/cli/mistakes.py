"""What people are likely to get wrong, recognised and answered with what would be right."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filterkit.applying.sources import SAMPLE, is_there
from filterkit.cli.piped import is_piped
from filterkit.cli.words import TORN, is_filter, is_picture, shell
from filterkit.errors import UsageError
from filterkit.filters.catalogue import files
from filterkit.filters.tree import looks_like_path
from filterkit.pictures.names import escaped


def check_inputs(filter: str | None, inputs: tuple[str, ...], given: dict[str, Any]) -> None:
    """Answer what cannot be meant before anything is read. Raises UsageError."""
    _check_glued_output()
    _check_values(given)
    if filter is None:
        raise UsageError(
            "which filter, and which picture?", "filterkit apply edge photo.jpg (or sample:photo)"
        )
    if not given["from"]:
        check_filter("apply", filter, inputs)
    if not inputs:
        _check_stdin(filter)
    for text in inputs:
        if not text:
            raise UsageError("an INPUT is empty: there is nothing between the quotes.")
        if is_there(text) and Path(text).is_dir():
            raise _folder(filter, text.rstrip("/") or text, given["output"])
    first, second = inputs if len(inputs) == 2 else ("", "")
    missing = is_picture(second) and not is_there(second)
    if missing and given["output"] is None and (is_there(first) or first.startswith(SAMPLE)):
        raise UsageError(
            f"{escaped(second)} does not exist; the result is named with -o.",
            f"filterkit apply {shell(filter)} {shell(first)} -o {shell(second)}",
        )


def check_sources(filter: str | None, sources: tuple[str, ...], given: dict[str, Any]) -> None:
    """Answer what cannot be meant of a batch before anything is looked for. Raises UsageError."""
    _check_glued_output()
    _check_values(given)
    if filter is None:
        raise UsageError(
            "which filter, and which pictures?", "filterkit batch edge photos/ -o photos.edge/"
        )
    if filter and Path(filter).is_dir() and not is_filter(filter):
        known = next(filter_ for filter_ in (*sources, "edge") if is_filter(filter_))
        raise UsageError(
            f"{escaped(filter)} stands where the filter belongs.", _batch_line(known, [filter])
        )
    if not given["from"]:
        check_filter("batch", filter, sources)
    _check_lists(filter, sources, given)
    for text in sources:
        _check_source(filter, text)
    _check_results(filter, sources, given)


def check_pictures(inputs: tuple[str, ...]) -> None:
    """Answer what is no picture to look at before anything is read. Raises UsageError."""
    if not inputs and not is_piped():
        raise UsageError("which picture?", "filterkit view photo.jpg (or sample:photo)")
    for text in inputs:
        _check_picture("view", "view shows pictures", text)


def check_two(pictures: tuple[str, ...]) -> None:
    """Answer what cannot be two pictures to compare before anything is read. Raises UsageError."""
    _check_glued_output()
    if len(pictures) != 2:
        count = len(pictures) or "none"
        raise UsageError(
            f"diff takes two pictures, not {count}.", "filterkit diff before.png after.png"
        )
    if pictures == ("-", "-"):
        raise UsageError("a pipe holds one picture, and diff takes two.", "a file for one of them")
    for text in pictures:
        _check_picture("diff", "diff takes two pictures", text)


def _check_picture(command: str, does: str, text: str) -> None:
    """Answer what stands where a command takes a picture and is none."""
    name = escaped(text)
    if not text:
        raise UsageError("a picture's name is empty: there is nothing between the quotes.")
    if is_there(text) and Path(text).is_dir():
        every = f"filterkit view {shell(text.rstrip('/'))}/*"
        raise UsageError(f"{name.rstrip('/')} is a folder; {does}.", every)
    if TORN.match(text) and not is_there(text):
        raise torn(text, command)
    if text.endswith(".toml") or _is_filter_name(text):
        raise UsageError(f"{name} is a filter; {does}.", f"filterkit show {shell(text)}")


def _is_filter_name(text: str) -> bool:
    """Tell whether a word names no file and no picture of ours, but a filter."""
    other = is_there(text) or text.startswith(("[", SAMPLE)) or looks_like_path(text)
    return not other and is_filter(text)


def _check_lists(filter: str, sources: tuple[str, ...], given: dict[str, Any]) -> None:
    """Answer want of pictures, lists that would never come, and a report that is no file."""
    listing = given["files_from"]
    if not sources and not listing:
        raise UsageError("which pictures?", _batch_line(filter, ["photos/"]))
    if listing == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError(
            "--files-from - takes names from a pipe, and there is none.",
            f'find . -name "*.jpg" | filterkit batch {shell(filter)} --files-from - -o results/',
        )
    if given["report"] == "-":
        raise UsageError("--report takes a file.", "--json prints the same on stdout")


def _check_source(filter: str, text: str) -> None:
    if not text:
        raise UsageError("a SOURCE is empty: there is nothing between the quotes.")
    if text == "-":
        raise UsageError(
            "batch takes folders and files, no pipe.",
            "--files-from - for a list of names, or filterkit apply for a picture",
        )
    if text.startswith((SAMPLE, "[")) and not is_there(text):
        raise UsageError(
            f"batch takes folders and files, and {escaped(text)} is neither.",
            f"filterkit apply {shell(filter)} {shell(text)}",
        )


def _check_results(filter: str, sources: tuple[str, ...], given: dict[str, Any]) -> None:
    """Insist on a folder for the results."""
    output, listing = given["output"], given["files_from"]
    words = [*sources, *(["--files-from", listing] if listing else [])]
    if output == "-":
        raise UsageError("a batch writes files, not a pipe.", _batch_line(filter, words))
    if output is not None:
        return
    *others, last = words
    if others and not (listing or is_there(last) or re.search(r"[*?\[]", last)):
        raise UsageError(
            f"{escaped(last)} does not exist; the folder of the results is named with -o.",
            _batch_line(filter, others, last),
        )
    raise UsageError("where should the results go?", _batch_line(filter, words))


def _check_values(given: dict[str, Any]) -> None:
    for key, value in given.items():
        if value == "" or (isinstance(value, tuple) and "" in value):
            raise UsageError(f"--{key.replace('_', '-')} is given without a value.")


def check_filter(command: str, filter: str, inputs: tuple[str, ...]) -> None:
    """Answer a picture or a torn matrix where the filter belongs."""
    if TORN.match(filter) and inputs:
        raise torn(filter, command)
    if not is_picture(filter) or looks_like_path(Path(filter).suffix) or filter in files():
        return
    known = next((one for one in inputs[:1] if is_filter(one) and not is_there(one)), "edge")
    line = f"filterkit {command} {shell(known)} {shell(filter)}"
    if command == "batch":
        line = _batch_line(known, [filter, *(one for one in inputs if one != known)])
    name = escaped(filter)
    if not inputs:
        raise UsageError(f"which filter? {name} is a picture.", line)
    raise UsageError(f"{name} stands where the filter belongs.", line)


def torn(beginning: str, command: str) -> UsageError:
    """Answer a matrix that the shell split."""
    rest = {"batch": " FOLDER -o FOLDER", "view": ""}.get(command, " PICTURE")
    return UsageError(
        f"the matrix '{escaped(beginning)}' is never closed: the shell split it at the spaces.",
        f'filterkit {command} "[-1 0 1; ...]"{rest}',
    )


def _check_stdin(filter: str) -> None:
    """Insist that a picture can come from stdin where no file is named."""
    if is_piped():
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


def _folder(filter: str, folder: str, output: str | None) -> UsageError:
    given = output if output and output != "-" else ""
    return UsageError(
        f"{escaped(folder)} is a folder; apply takes files.", _batch_line(filter, [folder], given)
    )


def _plain(word: str) -> str:
    """Write a name so that it is not read as an option."""
    return f"./{word}" if word.startswith("-") and is_there(word) else word


def _batch_line(filter: str, sources: Sequence[str], output: str = "") -> str:
    """Write a line that would work: the folder of the results is named after source and filter."""
    first = sources[0].rstrip("/")
    name = first if len(sources) == 1 and Path(first).is_dir() else "results"
    if not output:
        output = f"{name}.{filter}/" if filter.replace("-", "").isidentifier() else "results/"
    words = "".join(f" {shell(_plain(one))}" for one in sources)
    return f"filterkit batch {shell(filter)}{words} -o {shell(output)}"
