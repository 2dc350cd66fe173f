"""What is known of each tool: how it writes a kernel, how it is run, and what it cannot hold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from filterkit.filters.tree import Tree


@dataclass(frozen=True)
class Tool:
    """Describe a tool's way with kernels.

    `kernel` is what a message calls one of its kernels. `command` runs it: KERNEL stands for what
    `write` gives, or FILE for a file of it. `ending` is that of its files, if these have one of
    their own. `flips`, `normalises` and `border` say what the tool does by itself. `holds` has
    those settings of Convolve that its kernels can carry, and "maps", "channels" or "steps" where
    more than one matrix, one for each channel, or whole pipelines fit; `borders` the borders that
    it can be told. `cautions` yields what a user had better know of a kernel there.
    """

    name: str
    title: str
    kernel: str
    command: str
    write: Callable[[Any], str | bytes]
    read: Callable[[str], Tree] | None = None
    flips: str = "no"
    normalises: str = "no"
    border: str = "edge"
    ending: str = ""
    holds: frozenset[str] = frozenset()
    borders: tuple[str, ...] = ()
    cautions: Callable[[Any], Iterator[str]] = lambda step: iter(())
