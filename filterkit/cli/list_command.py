"""filterkit list: what there is, a line each."""

import json
import tomllib
from collections.abc import Iterator

import click

from filterkit.applying.sources import SAMPLE, SAMPLE_FOLDER, samples
from filterkit.errors import UsageError
from filterkit.filters.catalogue import grouped
from filterkit.filters.formats import GROUPS
from filterkit.filters.names import STEPS
from filterkit.pictures.formats import FORMATS

Entry = dict[str, str]
OTHERS = ("steps", "samples", "formats")


@click.argument("group", required=False, metavar="[GROUP|samples|formats]")
@click.option("--json", "as_json", is_flag=True, help="One object instead of text.")
@click.option("--debug", is_flag=True, hidden=True)
def list_filters(group: str | None, as_json: bool, debug: bool) -> None:
    """List all filters, those of a group, the samples, or the formats, a line each."""
    if group is not None and group not in (*GROUPS, *OTHERS):
        raise UsageError(
            f"there is no group '{group}'; there are {', '.join((*GROUPS, *OTHERS))}.",
            "filterkit list",
        )
    entries = list(_entries(group))
    if as_json:
        click.echo(json.dumps({"schema": 1, "entries": entries}))
        return
    width = max(len(entry["name"]) for entry in entries)
    last = group
    for entry in entries:
        if entry["group"] != last:
            click.echo(("" if last is None else "\n") + entry["group"])
            last = entry["group"]
        indent = "" if group else "  "
        click.echo(f"{indent}{entry['name']:{width}}  {entry['title']}")


def _entries(group: str | None) -> Iterator[Entry]:
    if group == "samples":
        yield from _samples()
    elif group == "formats":
        yield from _formats()
    else:
        for of_group, file in grouped():
            if group in (None, of_group):
                yield {"group": of_group, "name": file.name, "title": file.title}
        if group in (None, "steps"):
            yield from _steps()


def _steps() -> Iterator[Entry]:
    for name, step in STEPS.items():
        yield {"group": "steps", "name": name, "title": step.title}


def _samples() -> Iterator[Entry]:
    told = tomllib.loads((SAMPLE_FOLDER / "samples.toml").read_text(encoding="utf-8"))
    for name in samples():
        yield {"group": "samples", "name": SAMPLE + name, "title": told[name]["title"]}


def _formats() -> Iterator[Entry]:
    for one in FORMATS.values():
        depths = ", ".join(f"{depth} bit" if depth != "float" else depth for depth in one.depths)
        holds = {
            "transparency": one.alpha,
            "animations": one.animated,
            "pages": one.frames and not (one.animated or one.numbers),
            "only read": not one.written,
        }
        title = (
            f"{' '.join(one.endings)}: {', '.join([depths, *(has for has in holds if holds[has])])}"
        )
        yield {"group": "formats", "name": one.name, "title": title}


command = click.command("list")(list_filters)
