"""Help texts with groups of options, aligned, made from what the options declare."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

COLUMN = 32
"""Where the explanations begin."""

WIDTH = 80

NUMBERS = re.compile(r"-(?:[0-9.,\s-]|nan\b|[eE][+-]?[0-9])*[,;\s]")
"""Another tool's kernel that begins with a negative number; a blank tells it from an option."""


class Option(click.Option):
    """Know the group in a help text, and what is shown as the default.

    `below` puts the default on a line of its own. `beside` puts it on one line with its
    neighbours, up to the one that is `last`; it explains itself by its name.
    """

    def __init__(
        self, *args: Any, group: str, shown: str = "", below: bool = False, beside: bool = False,
        last: bool = False, **rest: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **rest)
        self.group = group
        self.shown = shown
        self.below = below
        self.beside = beside
        self.last = last

    @property
    def head(self) -> str:
        """Give its names and what it takes."""
        names = sorted([*self.opts], key=lambda name: name.startswith("--"))
        head = ", ".join(names)
        return head if self.is_flag or not self.metavar else f"{head} {self.metavar}"

    def lines(self) -> Iterator[str]:
        """Yield its lines in a help text."""
        default = f"[{self.shown}]" if self.shown else ""
        if self.beside:
            yield "  ".join(part for part in (self.head, default) if part)
            return
        head = f"  {self.head}"
        head += " " * (COLUMN - len(head)) if len(head) < COLUMN else "   "
        if self.below:
            yield head + (self.help or "")
            yield " " * COLUMN + default
        else:
            text = head + "  ".join(part for part in (self.help, default) if part)
            yield (text.replace("  [", " [") if len(text) == WIDTH + 1 else text).rstrip()


class Command(click.Command):
    """Write its help as a text of its own, and then its options, group by group."""

    def __init__(
        self, *args: Any, intro: str = "", groups: Sequence[str] = (), **rest: Any
    ) -> None:
        super().__init__(*args, **rest)
        self.intro = intro
        self.groups = groups

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if any(one.split("=")[0] == "--from" for one in args):
            args = [f" {one}" if NUMBERS.match(one) else one for one in args]
        return super().parse_args(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        lines = [self.get_usage(ctx), "", *self.intro.strip("\n").splitlines()]
        options = [one for one in self.get_params(ctx) if isinstance(one, Option)]
        lines.append("")
        for group in self.groups:
            mine = [one for one in options if one.group == group]
            lines.extend([f"{group}:", *_laid_out(mine)] if mine else [])
        return "\n".join(lines)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return (
            None
            if any("--help" in one.opts for one in self.params)
            else super().get_help_option(ctx)
        )


def _laid_out(options: Sequence[Option]) -> Iterator[str]:
    """Yield the lines of a group; neighbours that explain themselves share one."""
    beside: list[str] = []
    for option in [*options, None]:
        if option is not None and option.beside:
            beside.extend(option.lines())
            if option.last:
                yield "  " + "   ".join(beside)
                beside = []
            continue
        if beside:
            yield "  " + "   ".join(beside)
            beside = []
        if option is not None:
            yield from option.lines()


def help_option(group: str) -> Option:
    """Make -h, --help as one of a group."""

    def show(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()

    return Option(
        ["-h", "--help"], group=group, beside=True, is_flag=True, is_eager=True,
        expose_value=False, callback=show, help="Show this text.",
    )  # fmt: skip
