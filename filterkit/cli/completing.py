"""Names of filters for the shell's completion; no more than a look into folders."""

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_filter(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """List the filters whose names begin so; what looks like a path is left to the shell."""
    from filterkit.filters.catalogue import files

    if "/" in incomplete:
        return [CompletionItem(incomplete, type="file")]
    names = [name for name in files() if name.startswith(incomplete.lower())]
    return [CompletionItem(name) for name in names]


def complete_input(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Leave files to the shell, and list the samples where sample: has begun."""
    from filterkit.applying.sources import SAMPLE, samples

    if incomplete and (SAMPLE.startswith(incomplete) or incomplete.startswith(SAMPLE)):
        names = [SAMPLE + name for name in samples()]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return [CompletionItem(incomplete, type="file")]


def complete_word(words: tuple[str, ...]) -> Completer:
    """Make what lists those of a few words that begin so."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]

    return complete
