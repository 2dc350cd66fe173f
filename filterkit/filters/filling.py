"""Settings that are said of a whole filter go to the kernels that leave them unsaid."""

from collections.abc import Sequence
from dataclasses import replace

from filterkit.errors import SettingError
from filterkit.filters.names import STEPS
from filterkit.filters.tree import Atom, Name, Row, Setting, Side, Tree


def fill(tree: Tree, settings: Sequence[Setting], whose: str = "") -> Tree:
    """Give the tree in which every kernel of its one bank has the settings.

    Raises SettingError where kernels stand in more than one stage, where there are none, or where
    a kernel says a setting itself. `whose` names, for the message, what the settings belong to.
    """
    if not settings:
        return tree
    stages = tree.parts if isinstance(tree, Row) else (tree,)
    places = [at for at, stage in enumerate(stages) if has_kernel(stage)]
    label = whose or f"--{settings[0].key}"
    if not places:
        raise SettingError(f"{label}: the filter has no kernel that it could be said of.")
    filled = list(stages)
    filled[places[-1]] = _filled(stages[places[-1]], settings, whose)
    whole: Tree = filled[0] if len(filled) == 1 else Row(tuple(filled))
    if len(places) > 1:
        count = {2: "two", 3: "three", 4: "four"}.get(len(places), str(len(places)))
        raise SettingError(
            f"{label}: the filter has kernels in {count} stages; say which.", f'"{whole}"'
        )
    return whole


def _filled(stage: Tree, settings: Sequence[Setting], whose: str) -> Tree:
    if isinstance(stage, Row):
        return fill(stage, settings, whose)
    if isinstance(stage, Side):
        return Side(tuple(_filled(part, settings, whose) for part in stage.parts))
    if not has_kernel(stage):
        return stage
    said = {setting.key for setting in stage.settings}
    for setting in settings:
        if setting.key in said:
            raise SettingError(
                f"{whose or '--' + setting.key}: '{stage}' already says its {setting.key}.",
                "say it once",
            )
    return replace(stage, settings=(*stage.settings, *settings))


def has_kernel(tree: Tree) -> bool:
    """Tell whether a kernel stands anywhere in a tree."""
    if isinstance(tree, Atom):
        return not (isinstance(tree.what, Name) and tree.what.name in STEPS)
    return any(has_kernel(part) for part in tree.parts)
