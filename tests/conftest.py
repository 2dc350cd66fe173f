"""Fixtures that several test modules share."""

import os

import pytest
from hypothesis import settings
from running import InProcess

if not os.environ.get("CI"):  # where Hypothesis takes fixed examples, and no deadline, by itself
    settings.register_profile("no clock", deadline=None)
    settings.load_profile("no clock")


def pytest_addoption(parser):
    parser.addoption(
        "--regenerate", action="store_true", help="write the files of tests/golden/ anew"
    )


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder to work in, with no filters of the user's own."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.delenv("FILTERKIT_KERNELS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return place


@pytest.fixture
def filterkit(workplace, monkeypatch):
    """The command, run within this process: filterkit("apply", "edge", "a.png")."""
    return InProcess(monkeypatch)


@pytest.fixture
def assert_golden(request):
    """Compare a text with a file of tests/golden/, or write that file where asked."""

    def compare(name, text):
        golden = request.path.parent / "golden" / name
        if request.config.getoption("--regenerate"):
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")

    return compare
