"""Read a filter file. Plain data: nothing in it is executed, and it names only a .npy beside it."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filterkit.errors import FilterFileError, SettingError
from filterkit.filters.families import FAMILIES
from filterkit.filters.formats.file import GROUPS, SETTINGS, FilterFile
from filterkit.filters.formats.lines import line_of, line_of_item
from filterkit.filters.formats.weights import (
    Weights,
    WeightsError,
    check_weights,
    place,
    read_npy,
)
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve

KERNEL_KEYS = ("title", "about", "source", "weights", "family", "settings", *SETTINGS)
KEYS = ("schema", "group", "also", "steps", "kernels", *KERNEL_KEYS)
PRIVATE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
DEEP_KEY = re.compile(r"(?:\.\s*+[\w\"' -]{1,1000}+){100}")
"""A key of so many parts would keep tomllib busy for minutes."""


@dataclass(frozen=True)
class Reader:
    """Turn the text of one .toml file into a FilterFile; `whole` reads a .npy beside it as well."""

    path: Path
    text: str
    whole: bool = True

    def file(self) -> FilterFile:
        """Read everything, or raise FilterFileError."""
        entries = self._entries()
        schema = entries.get("schema", 1)
        if schema != 1 or isinstance(schema, bool):
            advice = "a newer filterkit, if the file was made by one"
            raise self._error(f"schema is 1, not {schema!r}.", "schema", advice=advice)
        self._check_keys(entries, KEYS)
        group, steps = self._text(entries, "group"), self._text(entries, "steps")
        if group and group not in GROUPS:
            raise self._error(f"group is one of {', '.join(GROUPS)}, not {group!r}.", "group")
        private = self._table(entries, "kernels")
        if private and not steps:
            raise self._error("private kernels need steps that use them.", "kernels")
        return replace(
            self._filter(self.path.stem, entries),
            group=group,
            also=self._also(entries),
            steps=steps,
            kernels={name: self._private(name, private) for name in private},
        )

    def _entries(self) -> dict[str, Any]:
        if DEEP_KEY.search(self.text):
            raise self._error("a key has too many parts.")
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            fault, _, where = str(error).removesuffix(")").partition(" (at ")
            line = re.match(r"line (\d+)", where)
            number = int(line[1]) if line else self.text.rstrip().count("\n") + 1
            sentence = f"{place(self.path, number)}: this is not TOML: {fault}."
            raise FilterFileError(sentence) from None
        except RecursionError:
            raise self._error("its brackets are nested too deeply.") from None
        except ValueError:
            raise self._error("a whole number has too many digits.") from None

    def _private(self, name: str, table: dict[str, Any]) -> FilterFile:
        if not PRIVATE_NAME.fullmatch(name):
            allowed = "a private kernel's name has a-z, 0-9 and - in it"
            raise self._error(f"{allowed}, not {name!r}.", "", f"kernels.{name}")
        entries, section = self._table(table, name), f"kernels.{name}"
        self._check_keys(entries, KERNEL_KEYS, section)
        return self._filter(name, entries, section)

    def _filter(self, name: str, entries: dict[str, Any], section: str = "") -> FilterFile:
        """Read what a file and a private kernel have in common."""
        means = self._means(entries, section)
        given = {key: entries[key] for key in SETTINGS if key in entries}
        wrong = sorted(given.keys() - {"render"}) if means == "steps" else []
        if wrong:
            sentence = f"{wrong[0]} belongs to a kernel, and this filter is made of steps."
            advice = f"name:{wrong[0]}=... inside steps, or under [kernels.name]"
            raise self._error(sentence, wrong[0], advice=advice)
        family = self._family(entries, section)
        return FilterFile(
            name,
            self.path,
            title=self._text(entries, "title", section),
            about=self._text(entries, "about", section),
            source=self._text(entries, "source", section),
            weights=self._weights(entries, section) if means == "weights" else None,
            family=family,
            family_settings=self._family_settings(family, entries, section),
            settings=self._settings(Convolve, given, section),
        )

    def _means(self, entries: dict[str, Any], section: str) -> str:
        choice = ("weights", "family") if section else ("weights", "family", "steps")
        means = [key for key in choice if key in entries]
        if len(means) == 1:
            return means[0]
        seen, second = " and ".join(means) or "none", means[1] if means else ""
        sentence = f"a filter has exactly one of {', '.join(choice)}, not {seen}."
        raise self._error(sentence, second, section)

    def _weights(self, entries: dict[str, Any], section: str) -> Weights | None:
        weights = entries["weights"]
        if isinstance(weights, str):
            if not re.fullmatch(r"[^/\\:\0]+\.npy", weights) or weights.startswith("."):
                sentence = f"weights name a .npy file in the same folder, not {weights!r}."
                raise self._error(sentence, "weights", section)
            return read_npy(self.path.with_name(weights)) if self.whole else None
        try:
            check_weights(weights)
        except WeightsError as error:
            line = line_of_item(self.text, "weights", section, error.index)
            raise FilterFileError(f"{place(self.path, line)}: {error.sentence}") from None
        return list(weights)

    def _family(self, entries: dict[str, Any], section: str) -> str:
        family = self._text(entries, "family", section)
        if "family" in entries and family not in FAMILIES:
            hint = nearest(family, FAMILIES)
            raise self._error(f"there is no family {family!r}; {hint}", "family", section)
        if "settings" in entries and not family:
            raise self._error(
                "settings belong to a family, and none is given.", "settings", section
            )
        return family

    def _family_settings(
        self, family: str, entries: dict[str, Any], section: str
    ) -> dict[str, Any]:
        if not family:
            return {}
        below = f"{section}.settings".lstrip(".")
        settings = self._settings(FAMILIES[family], self._table(entries, "settings"), below)
        try:
            FAMILIES[family](**settings)
        except SettingError as error:
            raise self._error(error.sentence, "", below, error.advice) from None
        return settings

    def _settings(self, owner: type, values: dict[str, Any], section: str) -> dict[str, Any]:
        known = kinds(owner)
        self._check_keys(values, known, section)
        settings = {}
        for key, value in values.items():
            pair = re.fullmatch(r"(\d{1,9})x(\d{1,9})", value) if isinstance(value, str) else None
            try:
                both = (int(pair[1]), int(pair[2])) if pair else value
                settings[key] = known[key].read(key, both)
            except SettingError as error:
                raise self._error(error.sentence, key, section, error.advice) from None
        return settings

    def _check_keys(self, entries: dict[str, Any], known: Iterable[str], section: str = "") -> None:
        for key in entries:
            if key not in known:
                sentence = f"there is no key {key!r}; {nearest(key, known)}"
                raise self._error(sentence, key, section)

    def _text(self, entries: dict[str, Any], key: str, section: str = "") -> str:
        text = entries.get(key, "")
        if not isinstance(text, str):
            raise self._error(f"{key} is text in quotes, not {text!r}.", key, section)
        if not text.replace("\n", "").isprintable():
            raise self._error(f"{key} has characters that cannot be printed.", key, section)
        return text

    def _also(self, entries: dict[str, Any]) -> tuple[str, ...]:
        also = entries.get("also", [])
        if not isinstance(also, list):
            raise self._error('also is a list of names, ["one", "two"].', "also")
        return tuple(self._text({"also": name}, "also") for name in also)

    def _table(self, entries: dict[str, Any], key: str) -> dict[str, Any]:
        table = entries.get(key, {})
        if not isinstance(table, dict):
            raise self._error(f"{key} is a table, [{key}], not {table!r}.", key)
        return table

    def _error(
        self, sentence: str, key: str = "", section: str = "", advice: str = ""
    ) -> FilterFileError:
        line = line_of(self.text, key, section) if key or section else None
        return FilterFileError(f"{place(self.path, line)}: {sentence}", advice)


def nearest(word: str, known: Iterable[str]) -> str:
    """Name the known words that a wrong one may have meant, or all."""
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(word.lower(), list(known), 3)
    return f"the nearest is {near[0]}." if near else f"there are {', '.join(known)}."
