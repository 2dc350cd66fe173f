"""What is explained is what the definition makes: every number, in every form."""

import html
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intervals import worked_out
from oracles import naive, naive_activate, naive_join, naive_pooled, paddings
from strategies import convolutions, fits, pictures, pipelines, pools

from filterkit import Pipeline, parse
from filterkit.errors import UsageError
from filterkit.steps.activate import Activate
from filterkit.steps.convolve import Convolve
from filterkit.steps.flatten import Flatten
from filterkit.steps.fuse import Fuse, Gray
from filterkit.steps.pipeline import Bank
from filterkit.steps.pool import Pool
from filterkit.viewing.as_markdown import markdown
from filterkit.viewing.as_page import page
from filterkit.viewing.as_text import text
from filterkit.viewing.explaining import Explanation, whole
from filterkit.viewing.film import film
from filterkit.viewing.grid import ADDED, CHOSEN, WINDOW, texts_of
from filterkit.viewing.layout import FRAMES, LEAST_CELL
from filterkit.viewing.parts import Grids, Lines
from filterkit.viewing.telling import told
from filterkit.viewing.worked import Place, worked

ZERO = np.array(
    [[0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0]],
    np.float32,
)[..., None]
CHAPTER = "stroke-right:padding=valid | max-pool:2,stride=1"


def by_loops(explanation, full=1.0):
    """Compute every stage by naive loops, in units of 1: a list of members for each."""
    found = []
    for stage in explanation.stages:
        if not stage.inputs:
            found.append([explanation.image.astype(np.float64) / full])
        elif isinstance(stage.step, Bank):
            found.append([member for at in stage.inputs for member in found[at]])
        else:
            found.append(naive(stage.step, found[stage.inputs[0]]))
    return [np.concatenate(members, axis=2) for members in found]


def close(numbers, expected):
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(numbers, expected, rtol=1e-6, atol=1e-6 * size)


@st.composite
def cases(draw, dtype=None):
    """An explanation of a filter over an image of any type, with every kind of step."""
    dtype = dtype or draw(st.sampled_from([np.float64, np.uint8, np.uint16]))
    image = draw(pictures(dtype=dtype))
    step = draw(pipelines(image.shape[2], normalized=False))
    if image.shape[2] == 3 and draw(st.booleans()):
        step = Pipeline([Gray(), draw(pipelines(1, normalized=False))])
    if draw(st.integers(0, 3)) == 0:
        step = Pipeline([step, Flatten()])
    fits(step, image.shape)
    return Explanation(step, image)


def full_of(explanation):
    return {"uint8": 255.0, "uint16": 65535.0}.get(explanation.image.dtype.name, 1.0)


@given(st.data(), st.sampled_from([np.float64, np.uint8]))
@settings(deadline=None)
def test_every_stage_is_what_naive_loops_make(data, dtype):
    explanation = data.draw(cases(dtype))
    expected = by_loops(explanation, full_of(explanation))
    for stage, numbers in zip(explanation.stages, expected, strict=True):
        close(whole(stage) / stage.white, numbers)


@given(st.data())
@settings(deadline=None)
def test_a_window_holds_what_lies_under_the_kernel(data):
    image = data.draw(pictures(channels=1, dtype=np.float64))
    step = data.draw(st.one_of(convolutions(1), pools()))
    shape = fits(step, image.shape)
    explanation = Explanation(Pipeline([step]), image)
    row, column, channel = (
        data.draw(st.integers(0, n - 1)) for n in (shape.rows, shape.columns, shape.channels)
    )
    one = worked(explanation.stages, 1, Place(row, column, channel))
    values = under_by_hand(step, image[..., 0], row, column)
    (window,) = one.windows
    there = np.isfinite(values)
    np.testing.assert_array_equal(window.there, there)
    np.testing.assert_array_equal(window.values[there], values[there])
    if isinstance(step, Convolve):
        weights = step.kernel.weights[channel, 0]
        weights = weights[::-1, ::-1] if step.flip else weights
        np.testing.assert_array_equal(window.weights, weights)
        products = np.where(there, values, 0) * weights
        np.testing.assert_array_equal(window.products, products)
        total = products.sum() / step.divide
        close(one.value, (abs(total) if step.fused == "l2" else total) + step.bias)


def under_by_hand(step, image, row, column):
    """Give the numbers under one window, NaN where there is nothing."""
    if isinstance(step, Pool):
        sizes, dilation, stride = step.size, (1, 1), step.stride or step.size
        mode = {"mode": "constant", "constant_values": np.nan}
    else:
        sizes = (step.kernel.rows, step.kernel.columns)
        dilation, stride = step.dilation, step.stride
        names = {"zero": "constant", "edge": "edge", "wrap": "wrap"}
        mode = {"mode": names.get(step.border, step.border)}
        if step.border == "zero":
            mode["constant_values"] = np.nan
    pads = [
        paddings(step.padding, size, apart) for size, apart in zip(sizes, dilation, strict=True)
    ]
    padded = np.pad(image, pads, **mode)
    rows, columns = (
        slice(at * by, at * by + apart * (size - 1) + 1, apart)
        for at, by, apart, size in zip((row, column), stride, dilation, sizes, strict=True)
    )
    return padded[rows, columns]


@given(st.data())
@settings(deadline=None)
def test_followed_numbers_lead_back_to_the_picture(data):
    explanation = data.draw(cases())
    found = explanation.worked
    assert found[len(explanation.stages) - 1][0].place == explanation.at
    for ones in found.values():
        for one in ones:
            for source, place in one.sources:
                assert (
                    source == 0
                    or place in [there.place for there in found[source]]
                    or (len(found[source]) == 4)
                )


@given(st.data())
@settings(deadline=None)
def test_a_number_is_what_becomes_of_its_terms(data):
    explanation = data.draw(cases())
    for number, ones in explanation.worked.items():
        stage = explanation.stages[number]
        for one in ones:
            made = made_of(stage.step, one.terms, stage.white)
            size = max(1.0, *map(abs, one.terms), abs(made))
            assert one.value == pytest.approx(made, rel=1e-5, abs=2e-6 * size)


def made_of(step, terms, white):
    """Compute a number from its terms as the oracles do."""
    if isinstance(step, Convolve):
        fused = terms if step.fused == "keep" else naive_join(step.fused, np.array([[terms]]))[0, 0]
        return float(fused[0]) + step.bias * white
    if isinstance(step, Pool):
        return naive_pooled(step.kind, terms)
    if isinstance(step, Activate):
        return naive_activate(step, terms[0])
    if isinstance(step, Gray) and len(terms) == 3:
        return float(np.dot(terms, (0.2126, 0.7152, 0.0722)))
    if isinstance(step, Fuse):
        return float(naive_join(step.kind, np.array([[terms]]))[0, 0, 0])
    return terms[0]


@given(st.data())
@settings(deadline=None)
def test_the_winner_of_a_pooling_is_marked_and_goes_on(data):
    image = data.draw(pictures(channels=1, dtype=np.float64, most=8))
    step = data.draw(pools())
    step = Pool(data.draw(st.sampled_from(["max", "min"])), step.size, step.stride, step.padding)
    fits(step, image.shape)
    explanation = Explanation(Pipeline([step]), image)
    ((one,),) = explanation.worked.values()
    (grid, _) = next(part for part in told(explanation) if isinstance(part, Grids)).grids
    ((row, column),) = np.argwhere(grid.marks & CHOSEN)
    first = np.array(grid.first)
    place = (row + first[0], column + first[1])
    assert image[place][0] == one.value
    assert grid.marks[row, column] & WINDOW
    assert one.sources == [(0, (*place, 0))]


@given(st.data())
@settings(deadline=None)
def test_what_is_written_adds_up(data):
    """Work out each line of arithmetic: the number behind the sign can be what it makes."""
    explanation = data.draw(cases())
    for part in told(explanation):
        for line in part.lines if isinstance(part, Lines) else ():
            written = re.fullmatch(r"(.*) ([=≈]) (-?)([\d.]+(?:e[-+]\d+)?)", line)
            left = re.split("  +", written[1])[-1] if written else "size"
            if re.search("floor|size|of", left) or not is_arithmetic(left):
                continue
            loose = written[2] == "≈"
            made = worked_out(re.sub(r"(?<![\d)] )-(?=\d)", "-", left), loose)
            value = worked_out(written[4], loose)
            value = -value if written[3] else value
            slack = 1e-9 * max(1.0, abs(made.low)) + (3e-7 * scale_of(left) if loose else 0)
            assert value.low - slack <= made.high and made.low <= value.high + slack, line


def scale_of(text):
    """Give what float32 could be off by: the largest number in a text, squared if squares are."""
    return max([1.0, *(float(one) for one in re.findall(r"[\d.]+", text))]) ** 2


def is_arithmetic(text):
    """Tell whether Python can work it out: numbers, signs and a few functions."""
    return not re.search("[a-z]", re.sub("max|min|sqrt|(?<=\\d)e(?=[-+])", "", text))


def grids_of(explanation):
    return [grid for part in told(explanation) if isinstance(part, Grids) for grid in part.grids]


def read_text(lines):
    """Read grids back from lines: for each name, the numbers beneath it, and their brackets."""
    found = []
    for at, line in enumerate(lines):
        names = re.split(" {3,}", line.strip())
        if not NAME.match(names[0]):
            continue
        starts = [line.index(names[0])]
        for name in names[1:]:
            starts.append(line.index(name, starts[-1] + 1))
        for name, low, high in zip(names, starts, [*starts[1:], 10_000], strict=True):
            rows = []
            for below in lines[at + 1 :]:
                if "window" in below or "goes on" in below or not below.strip():
                    break
                part = below[low:high]
                rows.append(part)
            found.append((name, rows))
    return found


NAME = re.compile(
    r"(picture|kernel|result of \d+)(, .*)?, (\d+x\d+|a vector)$"
    r"|(products|under the window)(, .*)?$"
)
CELL = re.compile(r"[\[({</ ]( *)(-?[\d.]+(?:e[-+]\d+)?|\.)[\])}>/ ]")


def numbers_in(row, count):
    """Read so many cells from the right end of a row."""
    return [found[2] for found in CELL.finditer(row + " ")][-count:]


def assert_text_holds(lines, explanation):
    read = read_text(lines)
    grids = grids_of(explanation)
    assert [name for name, _ in read] == [grid.name for grid in grids]
    for (_, rows), grid in zip(read, grids, strict=True):
        rows = [row for row in rows if row.strip()]
        rows = rows[1:] if grid.first is not None else rows
        wide = len(grid.texts[0])
        assert [numbers_in(row, wide) for row in rows[: len(grid.texts)]] == grid.texts


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_grids_hold_what_naive_loops_make(data):
    explanation = data.draw(cases())
    expected = by_loops(explanation, full_of(explanation))
    results = [one for one in grids_of(explanation) if not (one.marks & (ADDED | WINDOW)).any()]
    grids = {grid.name: grid for grid in results}
    for stage, numbers in zip(explanation.stages[1:], expected[1:], strict=True):
        for channel in range(stage.shape.channels):
            own = f", {stage.name_of(channel)}" if stage.name_of(channel) else ""
            name = f"result of {stage.number}{own}, {stage.shape.rows}x{stage.shape.columns}"
            grid = grids.get(name)
            if grid is None or grid.marks.shape != numbers.shape[:2]:
                continue
            shown = np.array([[float(one) for one in row] for row in grid.texts])
            size = stage.white * max(1.0, np.abs(numbers[..., channel]).max())
            np.testing.assert_allclose(
                shown * 1.0, numbers[..., channel] * stage.white, atol=2e-3 * size, rtol=2e-3
            )


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_the_terminal_shows_every_cell(data):
    explanation = data.draw(cases())
    assert_text_holds(text(told(explanation), 10_000), explanation)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_page_shows_every_cell(data):
    explanation = data.draw(cases())
    tables = re.findall(
        r'<figcaption>([^<]*)</figcaption>\s*<table class="grid">(.*?)</table>',
        page(told(explanation)), re.DOTALL,
    )  # fmt: skip
    grids = grids_of(explanation)
    assert [html.unescape(name) for name, _ in tables] == [grid.name for grid in grids]
    for (_, table), grid in zip(tables, grids, strict=True):
        body = table.partition("<tbody>")[2]
        rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")[:-1]]
        assert rows == grid.texts


@given(st.data())
@settings(deadline=None, max_examples=20)
def test_markdown_shows_every_cell(data):
    image = data.draw(pictures(channels=1, dtype=np.float64, most=6))
    step = data.draw(st.one_of(convolutions(1), pools()))
    fits(step, image.shape)
    explanation = Explanation(Pipeline([step]), image)
    lines = markdown(told(explanation)).splitlines()
    narrow = [grid for grid in grids_of(explanation) if len(grid.texts[0]) <= 3]
    names = [name for name, _ in read_text(lines)]
    for grid in narrow:
        assert grid.name in names
    assert_text_holds(lines, explanation)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_the_object_holds_every_number(data):
    explanation = data.draw(cases())
    expected = by_loops(explanation, full_of(explanation))
    for stage, step, numbers in zip(
        explanation.stages, explanation.object()["steps"], expected, strict=True
    ):
        if "numbers" in step:
            close(np.array(step["numbers"]), numbers * stage.white)
        for one in step["worked"]:
            row, column, channel = one["at"]
            close(one["value"], numbers[row, column, channel] * stage.white)


def test_the_chapter_s_example_ends_in_3_2_2_3():
    lines = text(told(Explanation(parse(CHAPTER), ZERO, "sample:zero")), 80)
    assert lines[-1] == "Row by row: 3, 2, 2, 3."
    assert "    row 0, column 0:  1 + 1 + 1 = 3" in lines
    assert "    row 0, column 0:  max(3, 0, 0, 2) = 3" in lines
    assert "  rows and columns: floor((5 + 0 + 0 - 1 * (3 - 1) - 1) / 1) + 1 = 3" in lines
    assert "  0 [0][0][1] 0  0     0  1  0       0  1  0    0 <3> 0  1" in lines


def test_added_and_unread_positions_are_marked():
    place = Place(0, 0)
    lines = text(told(Explanation(parse("stroke-right:stride=4,padding=1"), ZERO, "", place)), 80)
    assert any(line.startswith("  -1 {0}{0}{0}(0)(0)(0)(0)") for line in lines)
    lines = text(told(Explanation(parse("max-pool:2"), ZERO)), 80)
    assert any(line.startswith("  4 /0//0//1//0//0/") for line in lines)
    assert "  never read: row 4" in lines
    assert "  never read: column 4" in lines


@pytest.mark.parametrize("at", [Place(5, 0), Place(0, 5), Place(0, 0, 1)])
def test_a_place_outside_is_refused_with_one_inside(at):
    explanation = Explanation(parse("edge"), ZERO, "zero", at)
    with pytest.raises(UsageError, match="the result is 5x5x1, counted from 0") as refused:
        told(explanation)
    assert refused.value.advice.startswith("--at ")


def test_a_large_picture_is_told_around_the_number_that_is_followed():
    image = np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8)
    explanation = Explanation(parse("gaussian:1 | edge:stride=2"), image, "noise", Place(50, 60))
    lines = text(told(explanation), 100)
    assert lines[-1].startswith("200x250x1 numbers, of which row 50, column 60 is ")
    assert "numbers" not in explanation.object()["steps"][0]
    assert max(len(line) for line in lines) <= 100


def test_one_number_of_a_large_picture_reads_a_few_rows_of_it(monkeypatch):
    from filterkit.viewing.tracing import Traced as Stage

    image = np.zeros((5000, 300, 1), np.uint8)
    read = []
    before = Stage._rows
    monkeypatch.setattr(
        Stage,
        "_rows",
        lambda stage, low, high: read.append((low, high)) or before(stage, low, high),
    )
    told(Explanation(parse("sobel | max-pool:2"), image, "black", Place(1000, 9)))
    assert read
    assert all(1900 < low <= high < 2100 or high < 1100 for low, high in read)
    assert sum(high - low for low, high in read) < 2000


def test_a_large_kernel_is_shown_as_pictures():
    image = np.random.default_rng(0).integers(1, 256, (80, 90, 1), np.uint8)
    parts = told(Explanation(parse("gaussian:6"), image, "noise"))
    names = [part.name for part in parts if hasattr(part, "about")]
    assert "kernel, 37x37" in names
    assert "the sum of 1369 products" in "\n".join(text(parts, 80))


@pytest.mark.parametrize(
    "filter", [CHAPTER, "[1 1]:stride=2", "sobel-x:padding=valid & edge:padding=valid"]
)
def test_a_film_stops_at_every_window_once(filter):
    explanation = Explanation(parse(filter), ZERO)
    moving = film(explanation)
    stages = [one for one in explanation.stages[1:] if not isinstance(one.step, Bank)]
    places = [place for one in stages for place in np.ndindex(one.shape.rows, one.shape.columns)]
    assert moving.frames == len(places)
    assert len({frame.tobytes() for frame in moving.pixels}) == len(places)
    assert len(moving.animation.delays) == len(places)


def test_in_a_film_the_framed_cells_are_those_under_the_window():
    (ink, _) = FRAMES[1]
    seen = set()
    frames = film(Explanation(parse("[1 1; 1 1]:padding=valid"), ZERO)).pixels
    for frame in frames:
        rows, columns = np.nonzero((frame == ink).all(axis=2))
        seen.add((rows.min() // LEAST_CELL, columns.min() // LEAST_CELL))
        assert np.ptp(rows) + 1 == pytest.approx(2 * LEAST_CELL, abs=2)
        assert np.ptp(columns) + 1 == pytest.approx(2 * LEAST_CELL, abs=2)
    assert len(frames) == 16
    assert len(seen) == 16


@pytest.mark.parametrize("filter, image", [("edge", np.zeros((40, 40, 1))), ("relu", ZERO)])
def test_what_cannot_be_filmed_is_refused(filter, image):
    with pytest.raises(UsageError, match="film"):
        film(Explanation(parse(filter), image))


def test_numbers_are_written_with_as_many_digits_as_tell_them():
    assert texts_of(np.array([[0.5, 0.25], [0, -1]])) == [["0.50", "0.25"], ["0", "-1.00"]]
    assert texts_of(np.array([[1 / 3, 100]])) == [["0.3", "100.0"]]
    assert texts_of(np.array([[np.nan, 3.0]])) == [[".", "3"]]
    assert texts_of(np.array([[1e30, -2e-3]])) == [["1e+30", "-0.002"]]
    assert texts_of(np.array([[1e9, 1.0]])) == [["1000000000", "1"]]
