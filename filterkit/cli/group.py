"""The group of commands: a lazy one, with the few lines that greet a newcomer."""

import importlib
import os
from typing import Any

import click

from filterkit import __version__
from filterkit.applying.isolation import Worker
from filterkit.cli.main import COMMANDS

COMPLETE = "_FILTERKIT_COMPLETE"
"""The variable through which the shell asks for completions."""

GREETING = (
    ("", "filterkit: small filters over pictures."),
    (
        "apply",
        "  filterkit apply edge photo.jpg              "
        "writes photo.edge.jpg (the original is never touched)",
    ),
    ("apply", "  filterkit apply edge sample:photo           no picture at hand? take ours"),
    ("batch", "  filterkit batch sharpen photos/ -o sharp/   a whole folder"),
    ("explain", "  filterkit explain edge                      how it works, number by number"),
    (
        "list",
        "  filterkit list                              "
        "all filters        filterkit -h   all commands",
    ),
)
"""What the bare command prints: a line for each of these commands that there is."""


class Lazy(click.Group):
    """Load a command's module when the command is called; help texts load none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"filterkit.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            from filterkit.cli.complaints import no_command

            raise no_command(args)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def answered(arguments: list[str], workers: list[Worker]) -> int:
    """Run a command, or answer the shell's question for completions, and give the exit code.

    click's own way in would keep an interruption and a reader that went away to itself.
    """
    commands = group()
    if question := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(commands, {}, "filterkit", COMPLETE, question)
    with commands.make_context("filterkit", arguments, obj=workers) as context:
        return commands.invoke(context) or 0


def group() -> click.Group:
    """Make the group of commands."""

    @click.group(
        cls=Lazy,
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        help="Small filters over pictures. 'filterkit COMMAND -h' says more of each.",
    )
    @click.version_option(__version__, prog_name="filterkit", message="%(prog)s %(version)s")
    @click.pass_context
    def filterkit(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            for command, line in GREETING:
                if not command or command in COMMANDS:
                    click.echo(line)

    made: click.Group = filterkit
    return made
