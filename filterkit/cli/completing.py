"""Names of filters for the shell's completion; no more than a look into folders."""

import click


def complete_filter(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """List the filters whose names begin so."""
    from filterkit.filters.catalogue import files

    return [name for name in files() if name.startswith(incomplete.lower())]
