"""The bar and the lines of a long run, with a clock and a terminal of our own."""

import io
import re
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filterkit.cli import errors, progress
from filterkit.cli.progress import Progress

PLAIN = {"done": 0, "skipped": 0, "failed": 0}


class Clock:
    """A clock that goes when it is told to."""

    now = 1000.0

    def monotonic(self):
        return self.now


class Terminal(io.StringIO):
    """A terminal of one row: what was shown, and what is on it now."""

    def isatty(self):
        return True

    @property
    def shown(self):
        return [part for part in self.getvalue().split("\r") if part.strip()]

    @property
    def row(self):
        """Give the row as it is, each letter in as many cells as it is wide."""
        cells = [""] * 1000
        for part in self.getvalue().split("\r"):
            column = 0
            for letter in part:
                wide = columns_of(letter)
                cells[column : column + wide] = [letter] + [""] * (wide - 1) if wide else []
                column += wide
        return "".join(cells)


def columns_of(text):
    """How many columns a text takes, as Unicode's tables tell it."""
    marks = ("Mn", "Me")
    wide = [unicodedata.east_asian_width(one) in ("W", "F") for one in text]
    return sum(
        0 if unicodedata.category(one) in marks and unicodedata.combining(one) else 1 + double
        for one, double in zip(text, wide, strict=True)
    )


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(progress, "time", Clock())
    return progress.time


@pytest.fixture
def terminal(monkeypatch, clock):
    stream = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setenv("COLUMNS", "80")
    return stream


@pytest.fixture
def log(monkeypatch, clock):
    stream = io.StringIO()
    for module in (progress, errors):
        monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=stream))
    return stream


def begun(total):
    bar = Progress(True)
    bar.begin(total)
    return bar


def run(bar, clock, seconds, each, **counts):
    """Let pictures end: as many as `counts` says, one all `each` seconds."""
    ended = dict(PLAIN)
    for _ in range(round(seconds / each)):
        clock.now += each
        for key, number in counts.items():
            ended[key] += number
        bar.show(ended, "a.png")
    return ended


def test_the_bar_tells_how_many_how_fast_how_long_and_what(terminal, clock):
    run(begun(100), clock, 10, 0.5, done=1)
    assert terminal.row == "[####----------------]  20/100  2.0/s  0:40 left  a.png"


def test_failures_are_counted_and_are_work_too(terminal, clock):
    run(begun(100), clock, 10, 1, done=1, failed=1)
    assert terminal.row == "[####----------------]  20/100  10 failed  2.0/s  0:40 left  a.png"


def test_what_is_there_already_does_not_make_it_look_fast(terminal, clock):
    bar = begun(10_100)
    counts = {**PLAIN, "skipped": 10_000}
    clock.now += 0.2
    bar.show(counts, "a.png")
    for number in range(1, 51):
        clock.now += 1
        bar.show({**counts, "done": number}, "a.png")
    assert "  1.0/s  0:50 left  " in terminal.row


def test_the_time_of_looking_at_what_is_there_is_no_work(terminal, clock):
    bar = begun(10_100)
    for number in range(100):
        clock.now += 1
        bar.show({**PLAIN, "skipped": 100 * number}, "a.png")
    for number in range(1, 6):
        clock.now += 2
        bar.show({**PLAIN, "skipped": 9900, "done": number}, "a.png")
    assert "30.0/min" in terminal.row


def test_while_only_skipping_no_rate_is_made_up(terminal, clock):
    run(begun(1000), clock, 10, 0.5, skipped=10)
    assert terminal.row == "[####----------------]  200/1000  a.png"


def test_the_rate_is_that_of_the_last_half_minute(terminal, clock):
    bar = begun(10_000)
    for number in range(1, 101):
        clock.now += 1
        bar.show({**PLAIN, "done": number}, "a.png")
    assert "1.0/s" in terminal.row
    for number in range(1, 41):
        clock.now += 1
        bar.show({**PLAIN, "done": 100 + 10 * number}, "a.png")
    assert "10.0/s" in terminal.row


def test_pictures_that_take_minutes_have_a_rate_and_an_end_all_the_same(terminal, clock):
    bar = begun(10)
    for _ in range(1000):
        clock.now += 0.2
        bar.show({**PLAIN, "done": int(clock.now - 1000) // 50}, "a.png")
    assert "4/10  1.2/min  5:00 left" in terminal.row


def test_the_time_of_looking_for_pictures_does_not_count(terminal, clock):
    bar = Progress(True)
    for number in range(100):
        clock.now += 10
        bar.count(number)
    assert terminal.row.rstrip() == "looking for pictures: 99"
    bar.begin(10)
    clock.now += 1
    bar.show({**PLAIN, "done": 1}, "a.png")
    assert "1.0/s  0:09 left" in terminal.row


def test_the_bar_appears_at_once_and_is_drawn_ten_times_a_second_at_most(terminal, clock):
    bar = begun(1000)
    for _ in range(1000):
        clock.now += 0.001
        bar.show(PLAIN, "a.png")
    assert 10 <= len(terminal.shown) <= 11


def test_what_is_longer_than_the_row_loses_its_beginning(terminal, clock):
    bar = begun(10)
    bar.show(PLAIN, "photos/of/" + "a-long-way-down/" * 9 + "the-end.png")
    assert terminal.row.endswith("the-end.png")
    assert re.search(r"\]  0/10  \.\.\.", terminal.row)
    assert columns_of(terminal.row) == 77


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (63, "[####----------------]  20/100  2.0/s  0:40 left  ...ong.png"),
        (52, "[####----------------]  20/100  2.0/s  0:40 left"),
        (46, "[####----------------]  20/100  0:40 left"),
        (42, "20/100  2.0/s  0:40 left  ...e-long.png"),
        (22, "20/100  0:40 left"),
        (10, "20/100"),
        (5, ""),
    ],
)
def test_a_narrow_terminal_shows_what_matters_most(columns, shown, terminal, clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    bar = begun(100)
    for number in range(1, 21):
        clock.now += 0.5
        bar.show({**PLAIN, "done": number}, "this-name-is-rather-more-long.png")
    assert terminal.row.rstrip() == shown


NAMES = st.text(
    st.sampled_from("ab/.é写真한국😀e\u0301\u202e\x1b\n\udcff\uff21"), min_size=1, max_size=60
)


@example([("a", 0), ("a", 10)], 7)
@given(st.lists(st.tuples(NAMES, st.integers(0, 99)), min_size=1, max_size=9), st.integers(2, 100))
def test_no_name_makes_a_row_wider_than_the_terminal_or_obeyed_by_it(frames, columns):
    with pytest.MonkeyPatch.context() as patch:
        stream = Terminal()
        patch.setattr(progress, "time", Clock())
        patch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
        patch.setenv("COLUMNS", str(columns))
        bar = begun(99)
        for name, done in frames:
            progress.time.now += 1
            bar.show({**PLAIN, "done": done}, name)
            assert columns_of(stream.getvalue().rpartition("\r")[2]) < columns
        assert all(one.isprintable() for one in stream.getvalue().replace("\r", ""))
        bar.clear()
    assert stream.row.strip() == ""
    assert stream.getvalue().endswith("\r")


def test_a_key_that_is_shown_behind_the_bar_is_taken_away_with_it(terminal, clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    bar = begun(10)
    bar.show(PLAIN, "a-name-that-needs-all-the-room.png")
    terminal.write("^C")
    assert columns_of(terminal.row) == 49
    bar.clear()
    assert terminal.row.strip() == ""


def test_a_shorter_row_leaves_nothing_of_the_longer_one(terminal, clock):
    bar = begun(10)
    for name in ("写真" * 12, "a.png", "ab" * 30, "b.png"):
        clock.now += 1
        bar.show(PLAIN, name)
    assert terminal.row.rstrip() == "[--------------------]  0/10  b.png"


def test_what_a_terminal_cannot_show_is_replaced(monkeypatch, clock):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    begun(10).show(PLAIN, "写.png")
    assert stream.buffer.getvalue().endswith(b"  ?.png")


def test_a_terminal_that_is_gone_costs_nothing(terminal, clock, monkeypatch):
    def gone(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(terminal, "write", gone)
    bar = begun(10)
    bar.show(PLAIN, "a.png")
    bar.clear()


def test_nothing_is_shown_to_who_does_not_want_it(terminal, clock):
    bar = Progress(False)
    bar.begin(10)
    bar.count(3)
    run(bar, clock, 100, 1, done=1)
    bar.clear()
    assert terminal.getvalue() == ""


def test_a_log_gets_a_line_all_thirty_seconds_and_none_of_a_short_run(log, clock):
    run(begun(1000), clock, 29, 1, done=1, failed=1)
    assert log.getvalue() == ""
    run(begun(1000), clock, 100, 1, done=1, failed=1)
    assert log.getvalue().splitlines() == [
        "filterkit: 60 of 1000 pictures, 30 failed, 2.0/s, 7:50 left, at a.png",
        "filterkit: 120 of 1000 pictures, 60 failed, 2.0/s, 7:20 left, at a.png",
        "filterkit: 180 of 1000 pictures, 90 failed, 2.0/s, 6:50 left, at a.png",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0:00"), (7, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03"),
     (360_000, "100:00:00")],
)  # fmt: skip
def test_time_left_is_written_as_a_clock_does(seconds, shown):
    assert progress._clock(seconds) == shown
