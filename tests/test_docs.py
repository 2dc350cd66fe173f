"""The documentation says what the code does: it is made, run and checked, never only read."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from filterkit import shipped
from filterkit.cli.errors import BUG, EXIT_CODES
from filterkit.cli.group import group
from filterkit.cli.main import COMMANDS
from filterkit.errors import FilterkitError
from filterkit.filters.families import FAMILIES
from filterkit.filters.names import STEPS
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
FEW_BYTES = 400_000


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="examples are lines for bash")


@needs_bash
@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=named)
def test_a_page_is_what_the_code_makes_of_it_and_its_python_runs(generate, path):
    text = path.read_text(encoding="utf-8")
    assert generate.made(text) == text, "python docs/generate.py"


@needs_bash
def test_the_pictures_are_what_filterkit_draws(generate):
    assert list(generate.stale_pictures()) == [], "python docs/generate.py"


def test_the_pictures_are_small_and_all_are_shown():
    pictures = [path for path in (DOCS / "pictures").iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in pictures) < FEW_BYTES
    shown = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert [path.name for path in pictures if f"pictures/{path.name}" not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described_and_has_help(name):
    assert f"## filterkit {name}\n" in text_of("commands.md")
    command = group().get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.help or command.intro  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["apply", "batch"])
def test_every_option_is_in_a_page(name):
    command = group().get_command(None, name)  # type: ignore[arg-type]
    text = text_of("commands.md")
    options = [name for one in command.params for name in one.opts if name.startswith("--")]
    assert [name for name in options if name not in text] == []


def kinds_of_error() -> list[type[FilterkitError]]:
    found = [FilterkitError]
    for kind in found:
        found += [one for one in kind.__subclasses__() if one.__module__ == "filterkit.errors"]
    return found[1:]


@pytest.mark.parametrize("kind", kinds_of_error(), ids=lambda kind: kind.code)
def test_every_code_of_an_error_is_listed(kind):
    assert f"| `{kind.code}` |" in text_of("commands.md")


def test_every_exit_code_is_explained():
    codes = {0, 1, BUG, 129, 130, 141, 143} | {code for _, code in EXIT_CODES}
    table = text_of("commands.md").split("## Exit codes")[1].split("```")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


def test_every_filter_family_step_and_setting_is_listed():
    text = text_of("filters.md")
    filters = [path.stem for path in shipped.folder("kernels").glob("*.toml")]
    assert len(filters) > 40
    assert [name for name in filters if f"| `{name}` |" not in text] == []
    assert [name for name in FAMILIES if f"### Family {name}\n" not in text] == []
    assert [name for name in [*STEPS, *kinds(Convolve)] if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_relative_links_resolve(path):
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name) if name else path
        if not other.exists() or (anchor and anchor not in anchors(other)):
            broken.append(target)
    assert broken == []


def anchors(path: Path) -> set[str]:
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_pages_lead_to_no_other_project(path):
    text = path.read_text(encoding="utf-8").lower()
    assert not re.search(r"pip install [^\n`&;]*\bfilterkit(?!-cli)\b", text)
    assert not re.search(r"pypi|pythonhosted|anaconda|conda-forge", text)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_place_on_a_machine_and_no_accident_is_in_a_page(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(work|home|root|tmp)/|Traceback|command not found", text)
    assert "this is a bug in filterkit" not in text


def test_the_readme_begins_with_two_commands():
    first = re.search(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert first and README.index("```") == first.start()
    lines = first[1].splitlines()
    assert len(lines) == 2
    assert "pip install . && .venv/bin/filterkit apply" in lines[0]
    assert lines[1].endswith("-m pytest")


def test_the_readme_names_all_that_is_installed_without_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    command = next(line for line in README.splitlines() if "--no-deps" in line)
    others = [one for one in project["dependencies"] if not one.startswith("opencv")]
    assert [one for one in others if f'"{one}"' not in command] == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_commands_that_are_only_shown_exist(path):
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        for word in re.findall(r"(?:^|[$|] |bin/)filterkit +([\w-]+)", block, re.MULTILINE):
            assert word in COMMANDS or word.startswith("-"), word
