"""The house keeps its order: imports follow the arrows, and each library has its own door."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "filterkit"
GROUND = {"errors", "machine", "settings", "shipped"}
ARROWS = {
    "errors": set(),
    "shipped": set(),
    "machine": set(),
    "settings": {"errors"},
    "steps": GROUND,
    "filters": GROUND | {"steps"},
    "engine": GROUND | {"steps"},
    "pictures": GROUND,
    "applying": GROUND | {"steps", "filters", "engine", "pictures"},
    "learning": GROUND | {"steps", "filters", "engine", "pictures", "applying"},
    "viewing": GROUND | {"steps", "filters", "engine", "pictures", "applying", "learning"},
    "batching": GROUND | {"steps", "filters", "engine", "pictures", "applying"},
    "cli": GROUND
    | {"steps", "filters", "engine", "pictures", "applying", "batching", "learning", "viewing"},
}
"""What each part of the house may import, besides itself."""

FRONT_DOOR = {"steps/step.py", "steps/pipeline.py", "steps/kernel.py", "pictures/picture.py"}
"""A step that is called, Pipeline.parse, and what shows itself in a notebook go through the
package's own front door."""

DOORS = {
    "click": {"cli"},
    "cv2": {"engine", "pictures"},
    "isal": {"pictures"},
    "tifffile": {"pictures"},
    "PIL": {"pictures"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """List the modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_arrows(path):
    name = name_of(path)
    part = name.split("/")[0].removesuffix(".py")
    if part in ("__init__", "__main__"):
        return
    for imported in imports(path):
        top, *inside = imported.split(".")
        if top in DOORS:
            assert part in DOORS[top], f"{name} imports {top}"
        if top != "filterkit":
            continue
        if not inside or inside[0].startswith("__"):
            assert name in FRONT_DOOR or inside, f"{name} imports the package as a whole"
        elif inside[0] not in (part, *ARROWS[part]):
            pytest.fail(f"{name} imports {imported}")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_command_line_prints_and_exits(path):
    name = name_of(path)
    if name.startswith("cli/") or name in ("__main__.py", "applying/serving.py"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "sys.exit", "os._exit", "exit"), f"{name}: {called}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_begins_with_a_sentence_to_a_person(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":"))


def lengths():
    """Count the code lines of every function, its docstring and nested functions not among them."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                text = ast.get_docstring(node)
                body = node.body[1:] if text else node.body
                if body:
                    yield body[-1].end_lineno - body[0].lineno + 1, f"{name_of(path)}:{node.name}"


def test_nine_of_ten_functions_have_at_most_25_lines_and_none_more_than_a_screen():
    counted = sorted(lengths())
    assert counted[len(counted) * 9 // 10][0] <= 25
    assert counted[-1][0] <= 45, counted[-3:]
