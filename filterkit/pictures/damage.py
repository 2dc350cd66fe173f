"""What cannot be decoded is told in one way, whoever stumbles over it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from filterkit.errors import FilterkitError, UnreadableInputError
from filterkit.pictures.directory import DamagedError


@contextmanager
def checked(title: str) -> Iterator[None]:
    """Make damage an error that names the format."""
    try:
        yield
    except DamagedError as error:
        raise damaged(title, str(error)) from error


def damaged(title: str, why: str) -> UnreadableInputError:
    """Give the error of a file that cannot be decoded."""
    return UnreadableInputError(f"truncated or corrupt {title} ({why}).")


@contextmanager
def by_pillow(title: str) -> Iterator[None]:
    """Make whatever Pillow and its plugins raise an error that names the format."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except (MemoryError, FilterkitError):
        raise
    except Exception as error:  # they pass on what their readers happen to meet
        raise damaged(title, "its pixels cannot be unpacked") from error
