"""Make what the pages say from the code itself, so that they cannot go stale.

    python docs/generate.py           rewrites README.md, docs/*.md and docs/pictures
    python docs/generate.py --check   changes nothing, says what is stale, and then exits with 1

What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` comes from the function of that
name in PARTS. Of the fenced blocks of a page, from top to bottom and in one temporary folder,

    console     every line behind `$ ` is run by bash, and its output is put below it
    python      is run, all of a page in one namespace; a `text` block right behind it is its output
    toml NAME   (any block with a second word) is written to a file of that name

The folder holds photo.jpg, cutout.png, cat.gif, photos/ and album/, in which the pictures lie in
folders of their own. Nothing outside it is written.
"""

import contextlib
import dataclasses
import enum
import inspect
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import filterkit
from filterkit import errors, shipped
from filterkit.cli.errors import exit_code
from filterkit.cli.main import COMMANDS
from filterkit.filters import expression
from filterkit.filters.families import FAMILIES
from filterkit.filters.formats import GROUPS, FilterFile, load
from filterkit.filters.names import STEPS, open_settings
from filterkit.filters.tools.known import HOMES, READ, tool
from filterkit.pictures.formats import FORMATS, UNREAD
from filterkit.settings import kinds, written
from filterkit.steps.activate import ACTIVATIONS
from filterkit.steps.convolve import Convolve
from filterkit.steps.fuse import Fuse
from filterkit.steps.pipeline import walk
from filterkit.steps.step import Shape
from filterkit.steps.window import DRAWN
from filterkit.viewing.kernels import Facts, aligned, short

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PICTURES = DOCS / "pictures"
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
NO_BREAK = "\u00a0"
"""A space that keeps the columns of a matrix where they are."""

MEANT = (0, 1, 3, 5)
"""Exit codes of commands whose objects are shown; the others would be mistakes of this module."""

PART = re.compile(r"(<!-- begin ([\w-]+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)

SHEETS = {
    "contact-sheet.jpg": (
        "apply",
        "average-pool:2 | identity & edge & sobel & line:angle=45 & gaussian:3 & sharpen & emboss "
        "& relief & high-pass",
        "sample:photo",
        "--quality=85",
        "-o",
    ),
    "lines.png": ("apply", "identity & line:angle=(0,30,45,90,135)", "sample:lines", "-o"),
    "explain.gif": (
        "explain",
        "stroke-right:padding=valid | max-pool:2,stride=1",
        "sample:zero",
        "--gif",
    ),
    "steps.jpg": (
        "apply",
        "average-pool:2 | identity & (edge | relu) & (edge | threshold:0.3) "
        "& (edge | normalize:minmax) & (gray | gaussian:4) & max-pool:5,stride=1,padding=2",
        "sample:photo",
        "--quality=85",
        "-o",
    ),
    "maps.png": (
        "maps",
        "stroke-right:padding=valid & stroke-left:padding=valid | relu | max-pool:2,stride=1",
        "sample:zero",
        "-o",
    ),
}
"""Each picture: the command that draws it, up to the name of the file."""


def pages() -> list[Path]:
    """List the pages that are made or checked."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def main(arguments: list[str]) -> int:
    """Rewrite what is stale, or with --check only say so."""
    check = arguments == ["--check"]
    if arguments and not check:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    stale = [*stale_pages(write=not check), *stale_pictures(write=not check)]
    for path in stale:
        verb = "is stale" if check else "was rewritten"
        sys.stdout.write(f"{path.relative_to(ROOT)} {verb}\n")
    return 1 if check and stale else 0


def stale_pages(write: bool = False) -> Iterator[Path]:
    """Yield the pages whose text is not what the code makes of it, and rewrite them if asked."""
    for path in pages():
        text = path.read_text(encoding="utf-8")
        fresh = made(text)
        if fresh != text:
            if write:
                path.write_text(fresh, encoding="utf-8")
            yield path


def stale_pictures(write: bool = False) -> Iterator[Path]:
    """Yield the pictures that filterkit now draws otherwise, and replace them if asked."""
    with example_folder() as folder:
        for name, command in SHEETS.items():
            run(*command, name, folder=folder)
            if not (PICTURES / name).is_file() or not alike(PICTURES / name, folder / name):
                if write:
                    shutil.copy(folder / name, PICTURES / name)
                yield PICTURES / name


def alike(path: Path, other: Path) -> bool:
    """Tell whether two pictures show the same: 99 of 100 numbers differ by 2 grey levels or less.

    The rest are rims of letters, which other versions of Pillow draw otherwise.
    """
    one, two = (filterkit.read_picture(each).pixels.astype(int) for each in (path, other))
    return one.shape == two.shape and bool((np.abs(one - two) > 2).mean() < 0.01)


def made(text: str) -> str:
    """Give the text of a page as the code makes it."""
    text = PART.sub(lambda found: found[1] + PARTS[found[2]]().rstrip() + "\n" + found[3], text)
    with example_folder() as folder, contextlib.chdir(folder):
        return FENCE.sub(Blocks(text, folder), text)


class Blocks:
    """Run the fenced blocks of a page, one after the other."""

    def __init__(self, text: str, folder: Path) -> None:
        self.text = text
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "page"}
        self.printed: str | None = None
        self.end = 0

    def __call__(self, found: re.Match[str]) -> str:
        """Give a block as it should be."""
        kind, _, name = found["info"].partition(" ")
        body = found["body"]
        follows = not self.text[self.end : found.start()].strip()
        if kind == "text" and follows and self.printed is not None:
            body = self.printed
        elif kind == "console":
            body = transcript(body, self.folder)
        elif name:
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(body, encoding="utf-8")
        self.printed = self.python(body) if kind == "python" else None
        self.end = found.end()
        return f"```{found['info']}\n{body}```"

    def python(self, code: str) -> str:
        """Run code and give what it prints."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "<a python block>", "exec"), self.names)
        return printed.getvalue()


def transcript(body: str, folder: Path) -> str:
    """Run the commands of a console block in one shell, and write their output below each."""
    commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
    end = "\x1e"
    script = "".join(f"{one}\ncode=$?; printf '{end}'; (exit $code)\n" for one in commands)
    done = subprocess.run(
        ["bash", "-c", f"exec 2>&1\n{script}"], cwd=folder, env=environment(folder),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    outputs = without_places(done.stdout.decode()).split(end)
    return "".join(
        f"$ {command}\n" + (output.rstrip("\n") + "\n" if output.strip() else "")
        for command, output in zip(commands, outputs, strict=False)
    )


def run(*arguments: str, folder: Path) -> str:
    """Run filterkit and give its standard output; what it is told to write goes to the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "filterkit", *arguments], cwd=folder, env=environment(folder),
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode not in MEANT:
        raise SystemExit(done.stderr.decode())
    return without_places(done.stdout.decode())


def environment(folder: Path) -> dict[str, str]:
    """Give the environment of a user who has set nothing, 80 columns wide."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    kept = {key: os.environ[key] for key in ("PYTHONPATH", "SYSTEMROOT") if key in os.environ}
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config")}
    return kept | home | {"PATH": path, "COLUMNS": "80", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


def without_places(text: str) -> str:
    """Leave out of a text where filterkit lies on this machine."""
    return text.replace(str(shipped.folder("kernels")), ".../kernels")


@contextlib.contextmanager
def example_folder() -> Iterator[Path]:
    """Make the folder in which the examples are run."""
    samples = shipped.folder("samples")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for name in ("photos", "album/2024", "album/2025"):
            (folder / name).mkdir(parents=True)
        shutil.copy(samples / "photo.jpg", folder / "album" / "2024" / "rocket.jpg")
        shutil.copy(samples / "lines.png", folder / "album" / "2025" / "fan.png")
        (folder / "album" / "2025" / "notes.txt").write_text("Fans\n", encoding="utf-8")
        shutil.copy(samples / "photo.jpg", folder / "photo.jpg")
        shutil.copy(samples / "photo.jpg", folder / "photos" / "rocket.jpg")
        shutil.copy(samples / "lines.png", folder / "photos" / "fan.png")
        shutil.copy(samples / "cutout.png", folder / "cutout.png")
        filterkit.write_picture(animation(samples / "photo.jpg"), folder / "cat.gif")
        yield folder


def animation(path: Path) -> filterkit.Picture:
    """Make an animation of three frames: a small grey part of a picture, and more of it."""
    pixels = filterkit.read_picture(path).pixels[:, ::4, ::4, 1:2]
    frames = np.concatenate([pixels[:, :, 20 * number : 20 * number + 60] for number in range(3)])
    return filterkit.Picture(frames, animation=filterkit.Animation((200.0,) * 3))


# The parts between markers. Each function gives Markdown.


def table(*rows: Iterable[object]) -> str:
    """Write a Markdown table; the first row is its heading."""
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [cells[0], ["---"] * len(cells[0]), *cells[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def helps() -> str:
    """Write the help text of every command."""
    with example_folder() as folder:
        texts = {name: run(*name.split(), "-h", folder=folder) for name in ("", *COMMANDS)}
    return "\n".join(
        f"## {f'filterkit {name}'.strip()}\n\n```text\n{text}```\n" for name, text in texts.items()
    )


def error_table() -> str:
    """List every error: its code, its exit code, what it means."""
    rows = [
        (f"`{kind.code}`", exit_code(kind("")), (kind.__doc__ or "").split("\n")[0])
        for kind in descendants(errors.FilterkitError)
    ]
    return table(("code", "exit", "meaning"), *rows)


def descendants(kind: type[errors.FilterkitError]) -> Iterator[type[errors.FilterkitError]]:
    """Yield the kinds of error below one, each before those below it."""
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from descendants(child)


APPLIED = {
    "schema": "version of this form",
    "input": "the input as it was given",
    "filter": "the filter, its options written into it",
    "status": "`done`, `skipped`, `planned` (with `-n`) or `failed`",
    "outputs": "the files that were written, or that are there already, or that would be",
}
FILTER_KEYS = {"group": "where `list` puts it", "name": "its name", "title": "what it is"}
OBJECTS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "apply, batch: an input that was done": (
        ("apply", "edge", "photo.jpg", "--json"),
        APPLIED | {"notes": "what was lost or cut on the way, as sentences"},
    ),
    "apply, batch: an input that failed": (
        ("apply", "edge", "nothing.png", "photo.jpg", "-f", "--json"),
        APPLIED | {"code": "the stable code of the error", "message": "the sentence; may change"},
    ),
    "apply, batch: an input with -n": (("apply", "edge", "photo.jpg", "-nf", "--json"), APPLIED),
    "apply: the summary, last of all": (
        ("apply", "edge", "nothing.png", "photo.jpg", "-f", "--json"),
        {
            "schema": APPLIED["schema"],
            "summary": "how many were done, skipped, failed; the exit code",
        },
    ),
    "batch: the summary, last of all": (
        ("batch", "edge", "album", "-o", "lines", "--json"),
        {
            "schema": APPLIED["schema"],
            "summary": "as with apply, and how much was passed over, by kind; with -n also "
            "`planned`; after an early end also `stopped`, one of `interrupted`, `terminated`, "
            "`hangup`, or `failure`",
        },
    ),
    "batch: what stands in the way of the plan, before the summary": (
        ("batch", "edge", "photos/fan.png", "album/2025/fan.png", "-o", "lines", "--json"),
        {
            "schema": APPLIED["schema"],
            "code": "the stable code of the error",
            "message": "the sentence; may change",
        },
    ),
    "apply, batch: what came to nothing before the first input": (
        ("batch", "edge", "nothing", "-o", "lines", "--json"),
        {
            "schema": APPLIED["schema"],
            "summary": "as above",
            "code": "the stable code of the error",
            "message": "the sentence; may change",
        },
    ),
    "list": (
        ("list", "emboss", "--json"),
        {"schema": APPLIED["schema"], "entries": "one object a line: `group`, `name`, `title`"},
    ),
    "show": (
        ("show", "sobel-x", "--json"),
        {
            "schema": APPLIED["schema"],
            "filter": "the filter in canonical form",
            "title": "what it is; only of a filter that has a file, as the four below",
            "about": "in a few sentences",
            "group": FILTER_KEYS["group"],
            "source": "where it comes from",
            "file": "its file",
            "kernels": "one object a kernel; `gain` is that of the worst picture, `response` has "
            "those of waves",
            "written": "the picture that `-o` names, if any",
        },
    ),
    "shape": (
        ("shape", "edge:stride=2 | max-pool:2", "9x9x3", "--json"),
        {
            "schema": APPLIED["schema"],
            "filter": "the filter",
            "steps": "one object a line of the table; the first is the picture",
            "total": "the weights and multiplications of all steps",
        },
    ),
    "explain": (
        ("explain", "[1 2]:padding=valid | max-pool:2", "[1 0 2; 0 1 0]", "--json"),
        {
            "schema": APPLIED["schema"],
            "filter": APPLIED["filter"],
            "input": APPLIED["input"],
            "at": "row, column and channel of the number that is followed, counted from 0",
            "steps": "one object a step, the picture first: what `shape` tells of it; `white`, the "
            "number that is white there; `from`, the steps that feed it; `worked`, the numbers "
            "that are followed, with their windows; `numbers`, all of a small result, (rows, "
            "columns, channels)",
            "written": "the files that were written",
        },
    ),
    "maps": (
        ("maps", "edge", "sample:zero", "--json"),
        {
            "schema": APPLIED["schema"],
            "filter": APPLIED["filter"],
            "input": APPLIED["input"],
            "steps": "one object a step, the picture first: where it stands, its size, and for "
            "each of its maps name, channels, rendering, lowest and highest number, mean",
            "written": "the files that were written",
        },
    ),
    "gallery": (
        ("gallery", "sample:zero", "--json"),
        {
            "schema": APPLIED["schema"],
            "input": APPLIED["input"],
            "filters": "one object a filter: its `name`, `group`, `title`, the size of its "
            "`result`, the `mean` of that as it is rendered, 0 ... 1, and `notes`; the `mean` is "
            "null where it does not fit the picture",
            "written": "the files that were written",
        },
    ),
    "diff": (
        ("diff", "[0 1 1; 1 0 1; 1 1 0]", "[0 1 1; 1 0 1; 1 0.5 0]", "--json"),
        {
            "schema": APPLIED["schema"],
            "equal": "whether no pixel differs by more than the tolerance; the exit code is 0 then",
            "pictures": "of each its name as it was given, its size, channels, depth",
            "white": "what white is in all numbers below: 255, 65535, or 1",
            "tolerance": "that of `--tolerance`",
            "pixels": "how many there are, in all frames",
            "pixels_equal": "how many of them are equal",
            "pixels_within": "how many of them differ by no more than the tolerance",
            "largest": "the largest difference",
            "where": "the first place where it is, and the numbers there; `null` where no pixel "
            "differs. Frames are counted from 1, rows and columns from 0",
            "mean": "the mean of the absolute differences",
            "rms": "the root of the mean of their squares",
            "psnr": "in dB; `null` where no pixel differs",
            "ssim": "1 where no pixel differs; `null` where a frame is too small for it",
            "written": "the heat map",
        },
    ),
    "diff: pictures of which no pixel lies opposite another": (
        ("diff", "photo.jpg", "cutout.png", "--json"),
        {
            "schema": APPLIED["schema"],
            "equal": "false",
            "pictures": "as above",
            "misfit": "why, as a sentence",
            "written": "empty",
        },
    ),
}
"""Each kind of object: a command that prints one, and what its keys mean."""


def objects() -> str:
    """Describe every kind of object, with an example; keys that are not described are an error."""
    parts = []
    with example_folder() as folder:
        for title, (command, keys) in OBJECTS.items():
            lines = run(*command, folder=folder).splitlines()
            found = [json.loads(line) for line in lines]
            one = next((one for one in found if one.keys() == keys.keys()), None)
            if one is None:
                raise SystemExit(f"{title}: the keys are now {[list(each) for each in found]}")
            rows = [(f"`{key}`", type_of(one[key]), meaning) for key, meaning in keys.items()]
            example = json.dumps(one, indent=1)
            example = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", flat, example)
            parts += [f"### {title}\n", table(("key", "type", "meaning"), *rows)]
            parts += [f"```json\n{example}\n```", ""]
    return "\n".join(parts)


def flat(found: re.Match[str]) -> str:
    """Write a list without lists or objects in it on one line."""
    return "[" + re.sub(r"\s*\n\s*", " ", found[1]) + "]"


def type_of(value: object) -> str:
    """Name the type of a JSON value."""
    names = {str: "text", bool: "true or false", int: "whole number", float: "number",
             list: "list", dict: "object"}  # fmt: skip
    return names[type(value)]


def catalogue() -> str:
    """Write a table of filters for each group."""
    files = [load(path) for path in sorted(shipped.folder("kernels").glob("*.toml"))]
    parts = []
    for group in GROUPS:
        mine = sorted((file for file in files if file.group == group), key=lambda one: one.name)
        heading = ("name", "what it is", "matrix", "sum", "fusion", "rendering", "source")
        parts += [f"## {group}\n", table(heading, *map(filter_row, mine))]
    return "\n".join(parts)


def filter_row(file: FilterFile) -> tuple[str, ...]:
    """Describe a filter of the catalogue in the cells of a table."""
    step = filterkit.parse(f'"{file.path}"')
    kernels = [one for one in walk(step) if isinstance(one, Convolve)]
    sums = dict.fromkeys(short(round(Facts.of(one).total, 9)) for one in kernels)
    fusions = [*dict.fromkeys(one.fused for one in kernels)]
    fusions += [f"then {one.kind}" for one in walk(step) if isinstance(one, Fuse)]
    render = step.shape(Shape.of(999, 999, 3)).members[0].render
    told = f"{file.title}. {file.about}"
    return (
        f"`{file.name}`", told, matrix_cell(file, kernels[0]), " ".join(sums),
        ", ".join(fusions), f"`{render}`", file.source,
    )  # fmt: skip


def matrix_cell(file: FilterFile, step: Convolve) -> str:
    """Write a matrix row below row, a composition as its steps, a family by its size."""
    kernel = step.kernel
    if file.steps:
        return f"`{file.steps}`"
    if file.family:
        settings = ",".join(
            f"{key}={written(value)}" for key, value in file.family_settings.items()
        )
        family = f"[{file.family}](#family-{file.family})" + (
            f" with `{settings}`" if settings else ""
        )
        return f"{family}, {kernel.rows}x{kernel.columns}"
    rows = []
    for number, weights in enumerate(kernel.weights[0], 1):
        rows += [f"channel {number}"] * (kernel.channels > 1)
        rows += [f"`{line[2:]}`".replace(" ", NO_BREAK) for line in aligned(weights)]
    return "<br>".join(rows) + (f"<br>/ {short(step.divide)}" if step.divide != 1 else "")


def families() -> str:
    """Write the settings of every family."""
    parts = []
    for name in sorted(FAMILIES):
        family = FAMILIES[name]
        parts += [f"### Family {name}\n", prose(family), settings_table(family)]
    return "\n".join(parts)


def prose(owner: type) -> str:
    """Give a docstring as Markdown, formulas left as they are."""
    return re.sub(r"([*_])", r"\\\1", inspect.cleandoc(owner.__doc__ or "")) + "\n"


def settings_table(owner: type) -> str:
    """List the settings of a step or a family: values, default, help."""
    known = kinds(owner)
    rows = [
        (
            f"`{one.name}`",
            f"`{known[one.name].metavar or 'true|false'}`{limits(known[one.name])}",
            one.metadata["otherwise"] or f"`{written(one.default)}`",
            one.metadata["help"],
        )
        for one in dataclasses.fields(owner)
        if one.name in known
    ]
    return table(("setting", "values", "default", "what it is"), *rows)


def limits(kind: Any) -> str:
    """Say in words what a kind of setting allows."""
    inner = getattr(kind, "other", None)
    said = [limits(inner).removeprefix(", ")] if inner else []
    least, above = getattr(kind, "least", None), getattr(kind, "above", float("-inf"))
    if least not in (None, float("-inf")):
        said.append(f"{written(least)} or more")
    said += [f"above {written(above)}"] * (above > float("-inf"))
    said += ["odd"] * getattr(kind, "odd", False) + ["not 0"] * getattr(kind, "nonzero", False)
    if getattr(kind, "most", math.inf) < math.inf:
        said.append(f"{written(kind.most)} or less")
    said = [one for one in said if one]
    return ", " + ", ".join(said) if said else ""


def convolution() -> str:
    """Write the settings of a convolution."""
    return settings_table(Convolve)


def steps() -> str:
    """Write a table of the steps that are no kernels."""
    rows = []
    for name, step in STEPS.items():
        usual = ACTIVATIONS[name].value if name in ACTIVATIONS else None
        settings = open_settings(name)
        defaults = {one.name: one for one in dataclasses.fields(step.make)}  # type: ignore[arg-type]
        told = []
        for key, kind in settings.items():
            default = defaults[key].metadata["otherwise"] or f"`{written(defaults[key].default)}`"
            default = f"`{written(usual)}`" if usual is not None else default
            told.append(f"`{key}` `{kind.metavar}`{limits(kind)}, default {default}")
        rows.append((f"`{name}`", step.title, "<br>".join(told)))
    return table(("step", "what it does to a number v, a map or a bank", "settings"), *rows)


def grammar() -> str:
    """Give the grammar of the expression, as the code that reads it states it."""
    text = inspect.cleandoc(expression.__doc__ or "")
    return "```text\n" + text.split("\n\n", 1)[1] + "\n```"


def borders() -> str:
    """Draw every border."""
    return "```text\n" + "".join(f"{name:<10} {drawn}\n" for name, drawn in DRAWN.items()) + "```"


def signatures() -> str:
    """Write what `import filterkit` offers: signature and docstring of every public name."""
    parts = []
    for name in sorted(
        set(filterkit.__all__) - {"__version__"}, key=lambda one: (one[0].isupper(), one)
    ):
        found = getattr(filterkit, name)
        text = inspect.cleandoc(found.__doc__ or "")
        indented = "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())
        parts.append(f"### {name}\n\n```text\n{name}{signature(found)}\n\n{indented}```\n")
    return "\n".join(parts)


def signature(found: Any) -> str:
    """Write the signature of a function or class without the names of modules."""
    shown = inspect.signature(found)
    parts = []
    for one in shown.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "..." if isinstance(one.default, enum.Enum) else plain(repr(one.default))
        parts.append(
            f"{one.name}: {annotation(one.annotation)}"
            + ("" if one.default is one.empty else f" = {default}")
        )
    gives = shown.return_annotation
    result = "" if gives in (None, shown.empty) else f" -> {annotation(gives)}"
    return f"({', '.join(one for one in parts if not one.startswith('origin:'))}){result}"


def annotation(found: Any) -> str:
    """Write an annotation shortly."""
    text = found if isinstance(found, str) else inspect.formatannotation(found)
    text = re.sub(r"ndarray\[.*?dtype\[Any\]\]", "NDArray[Any]", plain(text))
    return text.replace(" | AsTheType", "").replace("Pair", "tuple[int, int]")


def plain(text: str) -> str:
    """Leave the modules out of dotted names."""
    return re.sub(r"\b(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", text)


def formats() -> str:
    """Write what each format holds."""
    heading = ("format", "endings", "depths", "channels", "transparency", "frames", "metadata")
    rows = [
        (
            one.title + ("" if one.written else ", only read"),
            " ".join(f"`{ending}`" for ending in one.endings),
            ", ".join(one.depths),
            {(1,): "grey", (3,): "RGB", (1, 3): "grey, RGB"}.get(one.channels, "any number"),
            "yes" if one.alpha else "no",
            "with delays" if one.animated else "yes" if one.frames else "one",
            ", ".join(one.metadata) or "none",
        )
        for one in FORMATS.values()
    ]
    return table(heading, *rows)


def unread() -> str:
    """List the kinds that are recognised and refused."""
    return ", ".join(one.title for one in UNREAD.values()) + "."


def tools() -> str:
    """Write what each tool does by itself, and the command that runs a kernel."""
    rows = (
        (f"`{one.name}`", one.title, f"`{one.command}`", one.flips, one.normalises, one.border)
        for one in map(tool, HOMES)
        if not one.command.startswith("filterkit ")
    )
    heading = ("format", "tool", "command", "flips?", "normalises?", "border")
    return table(heading, *rows)


def held() -> str:
    """Write what each format holds beside one matrix and its divisor."""
    names = {"maps": "several matrices", "channels": "a matrix for each channel",
             "steps": "whole pipelines"}  # fmt: skip
    rows = []
    for one in map(tool, HOMES):
        keys = [key for key in (*names, *kinds(Convolve)) if key in one.holds and key != "border"]
        held = [names.get(key, key) for key in keys]
        if one.borders:
            held.append(f"border ({', '.join(one.borders)})")
        rows.append((f"`{one.name}`", one.kernel, "yes" if one.name in READ else "no",
                     ", ".join(held) or "nothing"))  # fmt: skip
    return table(("format", "a kernel is", "read with `--from`", "holds also"), *rows)


PARTS = {
    "tools": tools,
    "held": held,
    "formats": formats,
    "unread": unread,
    "help": helps,
    "errors": error_table,
    "objects": objects,
    "catalogue": catalogue,
    "families": families,
    "convolution": convolution,
    "steps": steps,
    "grammar": grammar,
    "borders": borders,
    "signatures": signatures,
}
"""What stands between the markers of that name."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
