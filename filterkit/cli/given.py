"""What the flags say that were given: a filter without gaps, and options as values."""

import os
import sys
from pathlib import Path
from typing import Any

from filterkit.applying.options import Writing
from filterkit.applying.places import check_folder, check_name, identity, told
from filterkit.cli.options import FILLS
from filterkit.cli.piped import is_piped
from filterkit.errors import ExpressionError, OutputExistsError, OutputIsInputError, UsageError
from filterkit.filters.expression import read, read_value
from filterkit.filters.filling import fill
from filterkit.filters.formats.weights import MOST_BYTES
from filterkit.filters.names import STEPS
from filterkit.filters.tools.known import guessed
from filterkit.filters.tree import Atom, Name, Row, Setting, Tree
from filterkit.pictures.names import escaped
from filterkit.settings import Number, Whole, kinds
from filterkit.steps.convolve import Convolve
from filterkit.steps.normalize import Normalize
from filterkit.steps.pool import POOLS


def filter_of(text: str, given: dict[str, Any]) -> tuple[Tree, str]:
    """Read FILTER, another tool's kernel with --from, and put into it what the flags say.

    Also give the text in which its mistakes are shown.
    """
    if given["from"]:
        from filterkit.filters.tools.reading import foreign  # seldom needed

        tree = foreign(_piped() if text == "-" else text, given["from"])
        return filled(tree, given), str(tree)
    try:
        return filled(read(text), given), text
    except ExpressionError:
        if name := guessed(text):
            raise UsageError(
                f"'{escaped(text[:30])}' looks like another tool's kernel.",
                f"the same with --from {name}",
            ) from None
        raise


def _piped() -> str:
    """Read a kernel from stdin."""
    if not is_piped():
        raise UsageError("no kernel comes through a pipe.", "the kernel itself instead of -")
    return sys.stdin.buffer.read(MOST_BYTES).decode(errors="replace")


def filled(tree: Tree, given: dict[str, Any]) -> Tree:
    """Put what the flags say into a filter: settings into its kernels, then further steps."""
    said = [
        Setting(key, True if given[key] is True else read_value(given[key]))
        for key in FILLS
        if given.get(key)
    ]
    for setting in said:
        kinds(Convolve)[setting.key].read(setting.key, setting.value)
    tree = fill(tree, said)
    more = [step for step in (_activation(given), _normalize(given), _pool(given)) if step]
    if not more:
        return tree
    return Row((*(tree.parts if isinstance(tree, Row) else (tree,)), *more))


def _activation(given: dict[str, Any]) -> Tree | None:
    text = given.get("activation")
    return _step("--activation", text, text) if text else None


def _normalize(given: dict[str, Any]) -> Tree | None:
    text = given.get("normalize")
    if not text:
        return None
    kinds(Normalize)["kind"].read("--normalize", text)
    return read(f"normalize:{text}")


def _pool(given: dict[str, Any]) -> Tree | None:
    text = given.get("pool")
    if not text:
        return None
    kind, colon, rest = text.partition(":")
    kind, comma, settings = kind.partition(",")  # max,stride=1 leaves the size out
    return _step(
        "--pool", text, f"{kind}-pool" + (colon + rest if colon else comma and ":" + settings)
    )


def _step(flag: str, text: str, expression: str) -> Tree:
    """Read what a flag means as a single step that is no kernel."""
    tree = read(expression)
    if isinstance(tree, Atom) and isinstance(tree.what, Name) and tree.what.name in STEPS:
        return tree
    kinds_of = {"--pool": POOLS}.get(flag) or [
        name for name in STEPS if name not in ("fuse", "normalize", "flatten", "gray")
        and not name.endswith("-pool")
    ]  # fmt: skip
    raise UsageError(f"{flag} is one of {', '.join(kinds_of)}, not '{text}'.")


def threads_of(given: dict[str, Any]) -> int | None:
    """Read --threads; none given is None."""
    text = given["threads"]
    return Whole().read("threads", read_value(text)) if text else None


def timeout_of(given: dict[str, Any]) -> float | None:
    """Read --timeout; none given is None."""
    text = given["timeout"]
    return Number(above=0).read("timeout", read_value(text)) if text else None


def options_of(owner: type, given: dict[str, Any]) -> Any:
    """Make options of the flags that were given: Reading, Writing or Running."""
    values = {
        key: given[key] if given[key] is True else read_value(given[key])
        for key in kinds(owner)
        if given.get(key)
    }
    if owner is Writing and given.get("force"):
        if "on_exists" in values and values["on_exists"] != "overwrite":
            raise UsageError("-f and --on-exists say different things.", "one of the two")
        values["on_exists"] = "overwrite"
    return owner(**values)


def check_free(path: Path, force: bool, source: Path | None = None) -> None:
    """Refuse, before any work, what could not be written in the end.

    What is there is replaced only by `force`, and the `source` never.
    """
    with told(str(path)):
        check_name(path)
        check_folder(path.parent, given=True)
        if source and identity(path) in (identity(source),) and identity(path):
            raise OutputIsInputError(f"{escaped(path)} is the original.", "another name")
    if os.path.lexists(path) and not force:
        raise OutputExistsError(
            f"{escaped(path)} exists; nothing was written.", "add -f to replace it"
        )
