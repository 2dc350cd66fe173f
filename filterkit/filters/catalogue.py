"""Where the filters are that have names: the user's own folders first, then the shipped one."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from filterkit import shipped
from filterkit.errors import FilterError, FilterFileError, UnknownNameError
from filterkit.filters.formats import ENDINGS, GROUPS, FilterFile, load, printable
from filterkit.filters.names import STEPS
from filterkit.filters.tree import Atom, File, Name, Tree

VARIABLE = "FILTERKIT_KERNELS"
"""Names folders of the user's own filters, before the platform's config folder."""

LONGEST_NAME = 200
"""Letters of a filter's name; systems complain of longer ones instead of finding no file."""

OWN = "own"
"""What filters are called that are of no group."""

NO_SUMS = {
    "median": "gaussian:sigma=1 against noise",
    "bilateral": "gaussian:sigma=1 against noise",
    "mode": "gaussian:sigma=1 against noise",
    "rank": "min-pool or max-pool with stride=1",
    "erode": "min-pool:3,stride=1,padding=same",
    "dilate": "max-pool:3,stride=1,padding=same",
    "canny": "sobel | threshold:0.5",
}
"""What users ask for that is not a sum of products, and what comes near."""


def folders() -> list[Path]:
    """List the folders that hold filters, the first to be searched first."""
    own = [Path(one) for one in os.environ.get(VARIABLE, "").split(os.pathsep) if one]
    return [*own, config_folder() / "kernels", shipped.folder("kernels")]


def config_folder() -> Path:
    """Find filterkit's folder among the user's settings, as the platform has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "filterkit"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "filterkit"
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "filterkit"


def files() -> dict[str, Path]:
    """Map every name to the file that it means."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.*"), key=lambda one: one.stem):
            if path.suffix in ENDINGS:
                found.setdefault(called(path), path)
    return found


@cache
def opened(path: Path, stamp: float) -> FilterFile:
    """Read a filter file once, as long as it does not change."""
    return load(path)


def open_file(path: Path) -> FilterFile:
    """Read a filter file. Raises FilterFileError."""
    try:
        path = path.expanduser()
        return opened(path, path.stat().st_mtime)
    except RecursionError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # also for a NUL, and ~nobody
        reason = (getattr(error, "strerror", None) or "there can be no such file").lower()
        raise FilterFileError(f"{printable(str(path))}: {reason}.", "filterkit list") from None


def find(name: str, chain: tuple[FilterFile, ...] = ()) -> FilterFile:
    """Find the filter that a name means within a chain of composed filters.

    A file that is being read already is passed over, so that a user's file which names itself
    means the shipped one. Raises UnknownNameError, or FilterError where a chain comes back to
    itself.
    """
    being_read = [file.path for file in chain]
    for path in _candidates(name):
        if path not in being_read:
            return open_file(path)
    if name in [file.name for file in chain]:
        links = " -> ".join([*(file.name for file in chain), name])
        raise FilterError(f"the filter '{name}' is made of itself: {links}.")
    raise unknown(name)


def file_of(tree: Tree) -> FilterFile | None:
    """Give the file behind a filter that is a single name or path. Raises FilterError."""
    if not isinstance(tree, Atom):
        return None
    if isinstance(tree.what, File):
        return open_file(Path(tree.what.path))
    if isinstance(tree.what, Name) and tree.what.name not in STEPS and tree.what.name != "conv":
        return find(tree.what.name)
    return None


def is_shipped(tree: Tree) -> bool:
    """Tell whether a filter is one that every filterkit has, and no file of the user's own."""
    file = file_of(tree) if isinstance(tree, Atom) and isinstance(tree.what, Name) else None
    return file is not None and file.path.parent == shipped.folder("kernels")


def called(path: Path) -> str:
    """Give the name that a file is known by: case and underscores do not matter."""
    return path.stem.lower().replace("_", "-")


def _candidates(name: str) -> Iterator[Path]:
    if len(name) > LONGEST_NAME:
        return
    for folder in folders():
        straight = folder / f"{name}.toml"
        if straight.is_file():  # the usual case, without a look at all the others
            yield straight
        for path in sorted(folder.glob("*.*")) if folder != shipped.folder("kernels") else ():
            if path.suffix in ENDINGS and called(path) == name and path != straight:
                yield path


def unknown(name: str) -> FilterError:
    """Say that there is no such filter, and which come nearest."""
    if name in NO_SUMS:
        return UnknownNameError(
            f"{name} is not a sum of products, so filterkit has no such filter.", NO_SUMS[name]
        )
    near = nearest(name)
    hint = f"; the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)}" if near else ""
    return UnknownNameError(f"there is no filter '{name}'{hint}.", "filterkit list")


def nearest(name: str) -> list[str]:
    """Give the filters that a wrong name may have meant: by spelling, or by another name."""
    own = {known: known for known in [*files(), *STEPS]}
    called = {other: file.name for file in readable() for other in file.also}
    if name in called:
        return [called[name]]
    from difflib import get_close_matches  # only a mistake needs it

    close = get_close_matches(name, [*own, *called], n=3, cutoff=0.7)
    best = [{**called, **own}[match] for match in close]
    return list(dict.fromkeys(best))[: 1 if len(name) < 5 else 2]


def readable() -> Iterator[FilterFile]:
    """Yield every filter of the catalogue whose file can be read."""
    for path in files().values():
        try:
            yield open_file(path)
        except FilterFileError:  # told when it is named; a list must not end at it
            continue


def grouped() -> Iterator[tuple[str, FilterFile]]:
    """Yield the same filters with their groups, one group after the other; OWN are last.

    These are the user's own, of no group that is known.
    """
    known = list(readable())
    for group in GROUPS:
        yield from ((group, file) for file in known if file.group == group)
    yield from ((OWN, file) for file in known if file.group not in GROUPS)
