"""filterkit completion: the script that teaches a shell our names."""

import click
from click.shell_completion import get_completion_class

from filterkit.errors import UsageError

WHERE = {
    "bash": "filterkit completion bash > ~/.local/share/bash-completion/completions/filterkit",
    "zsh": 'filterkit completion zsh > "${fpath[1]}/_filterkit"',
    "fish": "filterkit completion fish > ~/.config/fish/completions/filterkit.fish",
}


HELP = "Print the completion script for bash, zsh or fish.\n\n\b\n" + "\n".join(WHERE.values())


@click.argument("shell", required=False)
def completion(shell: str | None) -> None:
    """Print the completion script of a shell."""
    if shell not in WHERE:
        raise UsageError(f"which shell? One of {', '.join(WHERE)}.", WHERE["bash"])
    script = get_completion_class(shell)
    assert script is not None  # click has all three
    click.echo(script(click.Command("filterkit"), {}, "filterkit", "_FILTERKIT_COMPLETE").source())


command = click.command("completion", help=HELP)(completion)
