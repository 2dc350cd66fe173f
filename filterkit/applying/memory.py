"""How much memory a process may take, so that an allocation fails before somebody is killed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MEMORY = Path("/proc/meminfo")
OWN_GROUPS = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")
NAMES = {
    "": ("memory.max", "memory.current", "inactive_file"),
    "memory": ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""Of both versions of control groups: a group's limit, what it uses, and of that the idle cache."""


KEPT = 2**28
"""Bytes: the pixels of 80 megapixels in colour, or several pictures of a camera."""

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""How malloc.h of glibc calls what mallopt changes."""


def limit(sharers: int = 1) -> None:
    """Let this process take no more memory than the machine, or its share of it, has left.

    `sharers` processes take equal parts.

    What counts is memory of its own that may be written to, and not address space, of which
    threads and libraries reserve more than they use. Where the system does not tell how much there
    is, nothing is limited.
    """
    left = available()
    if left is None:
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    wanted = pages * resource.getpagesize() + left // sharers
    limits = (one for one in (soft, hard, wanted) if one != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def keep() -> None:
    """Keep memory that is given back for the next picture, up to KEPT bytes of it.

    For a process that does many: otherwise the system takes the memory of each picture back, and
    its handing it out anew, page by page, took a fifth of decoding JPEGs. Only glibc can do so.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        adjust = ctypes.CDLL(None).mallopt
        adjust(MMAP_THRESHOLD, KEPT)
        adjust(TRIM_THRESHOLD, KEPT)


def available() -> int | None:
    """Give the bytes that are left for everybody here; None where the system does not tell."""
    return min([*_of_machine(), *_of_groups()], default=None)


def _of_machine() -> Iterator[int]:
    told = _numbers(MEMORY)
    if "MemAvailable:" in told:
        yield 1024 * (told["MemAvailable:"] + told.get("SwapFree:", 0))


def _of_groups() -> Iterator[int]:
    """Yield what is left to each control group, own and above, that has a limit."""
    for line in _text(OWN_GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in {*controllers.split(",")} & {*NAMES}:
            root = GROUPS / controller
            own = root / path.strip("/")
            for folder in (own, *own.parents[: len(own.parts) - len(root.parts)]):
                yield from _of_group(folder, *NAMES[controller])


def _of_group(folder: Path, most: str, used: str, idle: str) -> Iterator[int]:
    allowed, taken = _text(folder / most).strip(), _text(folder / used).strip()
    if allowed.isdigit() and taken.isdigit():
        cache = _numbers(folder / "memory.stat").get(idle, 0)
        yield max(int(allowed) - int(taken) + cache, 0)


def _numbers(path: Path) -> dict[str, int]:
    """Read the names and numbers of a file, one of each on a line."""
    lines = (line.split() for line in _text(path).splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
