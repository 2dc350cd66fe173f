"""Trees become steps: names are looked up, settings checked, and only then is anything built.

Looking up needs no NumPy, so that every mistake in a filter is answered at once.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from filterkit.errors import FilterError, FilterFileError, SettingError
from filterkit.filters.catalogue import find, open_file
from filterkit.filters.expression import read
from filterkit.filters.families import FAMILIES
from filterkit.filters.filling import fill
from filterkit.filters.formats import FilterFile, printable
from filterkit.filters.names import STEPS, open_settings
from filterkit.filters.tree import Atom, File, Many, Matrix, Row, Side, Tree, looks_like_path
from filterkit.settings import Kind, kinds, shown
from filterkit.steps.convolve import Convolve, Origin
from filterkit.steps.kernel import Kernel, Unknown
from filterkit.steps.pipeline import Bank, Pipeline
from filterkit.steps.step import Step

Maker = Callable[[], Step]

MOST_STEPS = 10_000
"""Steps of a filter and of all the filters it is made of; a few files could mean any number."""


def parse(text: str) -> Pipeline:
    """Read a filter's expression and make its steps. Raises FilterError."""
    if not isinstance(text, str):
        raise TypeError(f"a filter is text, such as 'edge | relu', not {type(text).__name__}.")
    return made(read(text), text)


def made(tree: Tree, text: str = "", unknown: bool = False) -> Pipeline:
    """Make the steps of a tree; `text` is what mistakes are shown in."""
    step = look_up(tree, text, unknown)()
    return step if isinstance(step, Pipeline) else Pipeline([step])


def look_up(tree: Tree, text: str = "", unknown: bool = False) -> Maker:
    """Check all names and settings of a tree, and give what makes its step.

    `text` is what mistakes are shown in. `unknown` kernels, ROWSxCOLUMNS, are a mistake unless
    they are to be learned.
    """
    with _not_too_deep():
        make = Reading(text or str(tree), unknown=unknown).maker(tree)

    def shallow() -> Step:
        with _not_too_deep():
            return make()

    return shallow


@contextmanager
def _not_too_deep() -> Iterator[None]:
    """Complain where files within parentheses within files go deeper than Python's own stack."""
    try:
        yield
    except RecursionError:
        raise FilterError("the filter is made of filters within filters, too many deep.") from None


class Reading:
    """Look up one expression: its text, the composed filters that it stands in, the steps made."""

    def __init__(
        self, text: str, chain: tuple[FilterFile, ...] = (), count: Iterator[int] | None = None,
        unknown: bool = False,
    ) -> None:  # fmt: skip
        self.text = text
        self.chain = chain
        self.count = count or itertools.count(1)
        self.unknown = unknown

    def maker(self, tree: Tree) -> Maker:
        """Give what makes the step of a tree."""
        if isinstance(tree, Row):
            steps = [self.maker(part) for part in tree.parts]
            return lambda: Pipeline(make() for make in steps)
        if isinstance(tree, Side):
            operands = [self.maker(part) for part in tree.parts]
            return lambda: Bank(make() for make in operands)
        if any(isinstance(setting.value, Many) for setting in tree.settings):
            return self.maker(Side(tuple(_each(tree))))
        try:
            return self.atom(tree)
        except FilterError as error:
            alone = str(tree) == self.text.strip().lower() and not tree.settings
            raise error if alone else error.at(self.text, tree.place) from None

    def atom(self, atom: Atom) -> Maker:
        """Give what makes one step."""
        if next(self.count) > MOST_STEPS:
            raise FilterError(f"a filter has at most {MOST_STEPS} steps.")
        what = atom.what
        if isinstance(what, Matrix):
            return self.matrix(atom, what)
        if isinstance(what, File):
            return self.filter(atom, self.opened(what.path))
        if size := re.fullmatch(r"([0-9]+)x([0-9]+)", what.name):
            if self.unknown:
                kernel = Unknown(int(size[1]), int(size[2]))
                settings = self.settings(atom, _CONVOLVE, bare=False)
                return lambda: Convolve(kernel, **settings)
            raise FilterError(
                f"{what.name} is an unknown kernel, which only learn can find.",
                f'a matrix "[-1 0 1]", or box:{what.name}',
            )
        if what.name == "conv":
            return self.conv(atom)
        if what.name in STEPS:
            make, settled, _ = STEPS[what.name]
            step = make(**settled, **self.settings(atom, open_settings(what.name)))
            return lambda: step
        private = self.chain[-1].kernels if self.chain else {}
        if what.name in private:
            return self.filter(atom, private[what.name])
        return self.filter(atom, find(what.name, self.chain))

    def path(self, text: str) -> Path:
        """Give the file of a path, which is read from the filter file's own folder."""
        folder = self.chain[-1].path.parent if self.chain and not text.startswith("~") else Path()
        return folder / text

    @cached_property
    def being_read(self) -> list[Path]:
        """Give the files of the chain, under their one name of several."""
        return [file.path.resolve() for file in self.chain]

    def opened(self, text: str) -> FilterFile:
        """Read the file of a path; one that is being read already would never end."""
        file = open_file(self.path(text))
        if file.path.resolve() in self.being_read:
            links = printable(" -> ".join(one.name for one in (*self.chain, file)))
            raise FilterError(f"the filter '{printable(file.name)}' is made of itself: {links}.")
        return file

    def matrix(self, atom: Atom, matrix: Matrix) -> Maker:
        """Give what makes a convolution with a matrix that is written out."""
        weights, divide = whole_weights(matrix.numbers)
        settings = self.settings(atom, _CONVOLVE)
        settings["divide"] = settings.get("divide", 1.0) * divide
        return lambda: Convolve(Kernel(weights), **settings)

    def conv(self, atom: Atom) -> Maker:
        """Give what makes conv:kernel=..., with a matrix, a name or a path."""
        kernels = [one for one in atom.settings if one.key in ("", "kernel")]
        if not kernels:
            raise SettingError("conv needs a kernel.", "conv:kernel=[-1 0 1]")
        if len(kernels) > 1:
            raise SettingError("kernel is set twice.").at(self.text, kernels[1].place)
        rest = tuple(one for one in atom.settings if one not in kernels)
        value = kernels[0].value
        if isinstance(value, Matrix):
            return self.atom(Atom(value, rest, atom.place))
        path = isinstance(value, str) and looks_like_path(value)
        wrong = SettingError(f"the kernel of conv is one kernel, not {shown(value)}.")
        try:
            inside = Atom(File(value)) if path else read(str(value))
        except FilterError:
            raise wrong.at(self.text, kernels[0].place) from None
        if not isinstance(inside, Atom) or inside.settings:
            raise wrong.at(self.text, kernels[0].place)
        return self.atom(Atom(inside.what, rest, atom.place))

    def filter(self, atom: Atom, file: FilterFile) -> Maker:
        """Give what makes the filter of a file."""
        if file.steps:
            return self.composed(atom, file)
        family = FAMILIES[file.family] if file.family else None
        allowed = (kinds(family) if family else {}) | _CONVOLVE
        settings = self.settings(atom, allowed, bare=family is not None)
        own = {key: settings.pop(key) for key in list(settings) if key not in _CONVOLVE}
        shape = family(**(file.family_settings | own)) if family else None
        name = self.name(atom, own)

        def make() -> Step:
            base = ({} if shape is None else {"divide": shape.divisor}) | file.settings
            kernel = Kernel(file.weights if shape is None else shape)
            if not name:
                return Convolve(kernel, **(base | settings))
            return _named(name, kernel, base, base | settings)

        return make

    def name(self, atom: Atom, own: dict[str, Any]) -> str:
        """Give the text that means a kernel and nothing more; private kernels have none."""
        if self.chain and str(atom.what) in self.chain[-1].kernels:
            return ""
        said = [one for one in atom.settings if not one.key or one.key in own]
        return str(Atom(atom.what, tuple(said)))

    def composed(self, atom: Atom, file: FilterFile) -> Maker:
        """Give what makes a filter that is made of others; settings go to its kernels."""
        self.settings(atom, _CONVOLVE, bare=False)
        inside = Reading(file.steps, (*self.chain, file), self.count)
        given = [setting for setting in atom.settings if setting.key != "render"]
        try:
            steps = read(file.steps)
        except FilterError as error:
            raise _in_file(file, error) from None
        tree = fill(steps, given, str(atom.what))
        said = {setting.key: setting.value for setting in atom.settings}
        shown_as = said.get("render", file.settings.get("render"))
        render = _CONVOLVE["render"].read("render", shown_as)
        try:
            make = inside.maker(tree)
        except FilterFileError:
            raise
        except FilterError as error:
            raise _in_file(file, error) from None
        name = str(atom) if not self.chain else ""

        def pipeline() -> Step:
            step = make()
            steps = step.steps if isinstance(step, Pipeline) else [step]
            return Pipeline(steps, render, name)

        return pipeline

    def settings(self, atom: Atom, allowed: dict[str, Kind], bare: bool = True) -> dict[str, Any]:
        """Read the settings of an atom, each by its kind; a bare one is the first allowed."""
        read_ones: dict[str, Any] = {}
        for setting in atom.settings:
            try:
                key = setting.key or _first(atom, allowed, bare)
                if key not in allowed:
                    raise _no_setting(atom, key, allowed)
                if key in read_ones:
                    raise SettingError(f"{key} is set twice.")
                read_ones[key] = allowed[key].read(key, setting.value)
            except FilterError as error:
                raise error.at(self.text, setting.place) from None
        return read_ones


def _in_file(file: FilterFile, error: FilterError) -> FilterFileError:
    where = printable(str(file.path))
    return FilterFileError(f"{where}: steps: {error.sentence}", error.advice)


_CONVOLVE = kinds(Convolve)


def _first(atom: Atom, allowed: dict[str, Kind], bare: bool) -> str:
    first = next(iter(allowed), "")
    if not bare or not first or first == next(iter(_CONVOLVE)):
        raise _no_setting(atom, "", allowed)
    return first


def _no_setting(atom: Atom, key: str, allowed: dict[str, Kind]) -> SettingError:
    """Say that a step has no such setting, and which it has."""
    own = [name for name in allowed if name not in _CONVOLVE]
    names = own if own and "dilation" in allowed else list(allowed)  # a kernel has those anyway
    has = f"it has {', '.join(names)}" if names else "it has none"
    if not key:
        return SettingError(f"{atom.what} takes no value without a key; {has}.")
    return SettingError(f"{atom.what} has no setting '{key}'; {has}.")


def _named(name: str, kernel: Kernel, base: dict[str, Any], given: dict[str, Any]) -> Convolve:
    """Make a convolution that remembers the name it came from."""
    means = Convolve(kernel, **base)
    return replace(Convolve(kernel, **given), origin=Origin(name, means))


def _each(atom: Atom) -> list[Atom]:
    """Give one atom for each combination of the values that are lists."""
    choices = [
        [replace(setting, value=value) for value in setting.value.values]
        if isinstance(setting.value, Many)
        else [setting]
        for setting in atom.settings
    ]
    if math.prod(map(len, choices)) > MOST_STEPS:
        raise SettingError(f"the lists of {atom.what} make more than {MOST_STEPS} steps.")
    return [replace(atom, settings=settings) for settings in itertools.product(*choices)]


def whole_weights(numbers: Any) -> tuple[Any, int]:
    """Give whole weights and one divisor for a matrix of whole numbers and fractions.

    [1/9 2/9] becomes [1 2] and 9, so that sums stay exact; where another number is among them,
    or the divisor would be large, fractions become floating numbers.
    """
    flat = list(_flat(numbers))
    divide = 1
    if not any(isinstance(one, float) for one in flat):
        divide = math.lcm(*(one.denominator for one in flat))
    divide = divide if divide <= 1_000_000 else 1
    return _scaled(numbers, divide), divide


def _flat(numbers: Any) -> Any:
    for one in numbers:
        if isinstance(one, tuple):
            yield from _flat(one)
        else:
            yield one


def _scaled(numbers: Any, by: int) -> Any:
    if isinstance(numbers, tuple):
        return [_scaled(one, by) for one in numbers]
    return float(numbers * by)
