"""filterkit gallery: the page has every filter once, and what it shows is what its commands do."""

import base64
import html
import json
import re
import subprocess

import numpy as np
import pytest
from drawing import decoded, noise, stored, write
from pages import Checker
from running import assert_done, assert_ended, typed

import filterkit as library
from filterkit.filters.catalogue import files, grouped
from filterkit.viewing.gallery import PART, SIDE, busiest

SMALL = noise(40, 50) // 2 + 60


@pytest.fixture
def place(workplace):
    """Pictures: a.png, small, grey.png without colour, large.png with one busy part."""
    write(workplace / "a.png", SMALL)
    write(workplace / "grey.png", SMALL[..., :1])
    large = np.full((700, 900, 3), 128, np.uint8)
    large[400:480, 600:800] = noise(80, 200)
    write(workplace / "large.png", large)
    return workplace


def page_of(filterkit, *arguments):
    assert_done(filterkit("gallery", *arguments, "-o", "page.html", "-f"), "page.html")
    with open("page.html", encoding="utf-8") as file:
        return file.read()


def cards(page):
    """Each filter's part of the page, by its name."""
    found = re.findall(
        r'<article class="card" id="filter-([^"]+)">(.*?)</article>', page, re.DOTALL
    )
    assert len(dict(found)) == len(found)
    return dict(found)


def pictures(card):
    """The pictures of results in a part of a page, decoded; those of matrices not among them."""
    figure = re.search(r'<figure class="views">(.*?)</figure>', card, re.DOTALL)
    sources = re.findall(r'src="data:image/\w+;base64,([^"]+)"', figure[1]) if figure else []
    return [decoded(base64.b64decode(one)) for one in sources]


def command(card):
    """The words of a command, as a shell takes them."""
    line = html.unescape(re.search(r"<pre><code>(.*?)</code></pre>", card)[1])
    told = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, check=True)
    return told.stdout.decode().splitlines()


def test_every_filter_of_the_catalogue_is_there_once_in_the_order_of_list(filterkit, place):
    page = page_of(filterkit, "a.png")
    listed = [one["name"] for one in json.loads(filterkit("list", "--json").out)["entries"]
              if one["group"] != "steps"]  # fmt: skip
    assert [*cards(page)] == listed and {*listed} == {*files()}
    for name in listed:
        assert page.count(f'href="#filter-{name}"') == 1


def test_the_commands_make_what_the_page_shows(filterkit, place):
    for name, card in cards(page_of(filterkit, "a.png")).items():
        program, *arguments = command(card)
        assert (program, arguments) == ("filterkit", ["apply", name, "a.png"])
        assert filterkit(*arguments, "-q", "-o", f"{name}.png").code == 0
        (shown,) = pictures(card)
        np.testing.assert_array_equal(shown, stored(place / f"{name}.png"))


def test_a_large_picture_is_reduced_and_its_busiest_part_shown_pixel_by_pixel(filterkit, place):
    page = page_of(filterkit, "large.png")
    whole, part = pictures(cards(page)["sharpen"])
    assert max(whole.shape[:2]) == SIDE and part.shape[:2] == (PART, SIDE)
    result = library.apply(stored(place / "large.png"), "sharpen").astype(int)
    row, column = (
        round(share * size)
        for share, size in zip(busiest(stored(place / "large.png")), (700, 900), strict=True)
    )
    assert row <= 400 and row + PART >= 480 and column <= 600 and column + SIDE >= 800
    expected = result[row : row + PART, column : column + SIDE]
    flat = (expected == 128).all(axis=2)
    assert np.abs(part[flat].astype(int) - 128).mean() < 3, "but for what JPEG does"
    assert part[~flat].std() > 40
    assert "the part with the most detail" in page
    assert len(page) < 3_000_000


def test_the_page_fetches_nothing_and_can_be_read_without_seeing(filterkit, place):
    page = page_of(filterkit, "large.png")
    checked = Checker(page)
    checked.assert_fetches_nothing()
    assert "url(" not in page and "http:" not in page.split("</style>")[1]
    images = [one for one in checked.given if one[0] == "img"]
    told = [value for _, key, value in images if key == "alt"]
    assert len(told) == checked.tags.count("img") and all(told)
    places = {value for _, key, value in checked.given if key == "id"}
    links = [value for tag, key, value in checked.given if (tag, key) == ("a", "href")]
    assert {link[1:] for link in links} == places


def test_matrices_are_on_the_page_and_compositions_as_expressions(filterkit, place):
    found = cards(page_of(filterkit, "a.png"))
    numbers = re.findall(r"<td[^>]*>([^<]+)</td>", found["sobel-x"])
    assert numbers == ["-1", "0", "1", "-2", "0", "2", "-1", "0", "1"]
    assert "divided by 16" in found["smooth"]
    assert "sobel-x &amp; sobel-y | fuse:l2" in found["sobel"] and "2 matrices" in found["sobel"]
    assert "gaussian:sigma=1,size=auto" in found["gaussian"]
    assert "channel 3" in found["red-green-edge"]
    assert 'alt="7x7 weights' in found["gaussian"], "too many digits for a table"


def test_a_filter_that_does_not_fit_is_named_with_the_reason(filterkit, place):
    card = cards(page_of(filterkit, "grey.png"))["red-green-edge"]
    assert "has weights for 3 channels" in html.unescape(card)
    assert pictures(card) == []


def test_own_filters_are_shown_too_and_broken_ones_spoil_nothing(filterkit, place, monkeypatch):
    own = place / "own"
    own.mkdir()
    (own / "mine.toml").write_text('title = "Mine & <b>"\nweights = [[1, 2]]\n')
    (own / "many.toml").write_text('steps = "edge & blur"\ngroup = "edges"\n')
    (own / "broken.toml").write_text("weights = [[1], [2, 3]]\n")
    monkeypatch.setenv("FILTERKIT_KERNELS", str(own))
    page = page_of(filterkit, "a.png")
    Checker(page)
    found = cards(page)
    assert [*found][-1] == "mine" and "Mine &amp; &lt;b&gt;" in found["mine"]
    assert "broken" not in found
    (sheet,) = pictures(found["many"])
    assert sheet.shape[1] > 2 * 50, "both of its members, side by side"


def test_the_same_picture_gives_the_same_page(filterkit, place):
    assert page_of(filterkit, "large.png") == page_of(filterkit, "large.png", "--threads", "1")


def test_in_a_pipe_the_filters_are_listed(filterkit, place):
    ended = filterkit("gallery", "grey.png")
    assert (ended.code, ended.err) == (0, "")
    head, *lines = ended.out.decode().splitlines()
    assert head.split() == ["filter", "result", "mean"]
    assert [line.split()[0] for line in lines] == [file.name for _, file in grouped()]
    mean = library.apply(SMALL[..., :1], "edge").mean() / 255
    edge = next(line for line in lines if line.startswith("edge "))
    assert edge.split()[1:3] == ["40x50x1", f"{mean:.3f}"]


def test_an_object_tells_of_each(filterkit, place):
    told = json.loads(filterkit("gallery", "grey.png", "-o", "page.html", "--json").out)
    assert told["schema"] == 1 and told["written"] == ["page.html"]
    unfit = [one for one in told["filters"] if one["mean"] is None]
    assert [one["name"] for one in unfit] == ["red-green-edge"]
    assert len(told["filters"]) == len(files())


def test_in_a_terminal_the_results_are_drawn(place):
    ended = typed("gallery", "a.png", terminals=("stdout",), cwd=place,
                  env={"TERM": "xterm", "COLORTERM": "truecolor"})  # fmt: skip
    screen = ended.out.decode()
    assert ended.code == 0 and "▀" in screen and "sharpen-strong" in screen


def test_an_animation_shows_its_first_frame_and_transparency_what_is_white(filterkit, place):
    frames = np.stack([noise(10, 12, 1, seed=seed) for seed in range(2)])
    moving = library.Picture(frames, animation=library.Animation((100.0,) * 2))
    library.write_picture(moving, place / "moving.gif")
    (shown,) = pictures(cards(page_of(filterkit, "moving.gif"))["identity"])
    np.testing.assert_array_equal(shown[..., 0] if shown.ndim == 3 else shown, frames[0, ..., 0])
    veiled = np.zeros((9, 9, 4), np.uint8)
    write(place / "veiled.png", veiled)
    (shown,) = pictures(cards(page_of(filterkit, "veiled.png"))["identity"])
    assert (shown == 255).all()


def test_a_page_is_never_replaced_unless_asked(filterkit, place):
    (place / "page.html").write_text("mine")
    assert_ended(
        filterkit("gallery", "missing.png", "-o", "page.html"), 5,
        "page.html exists; nothing was written.", "add -f to replace it",
    )  # fmt: skip
    assert (place / "page.html").read_text() == "mine"
    (place / "a.html").write_bytes((place / "a.png").read_bytes())
    ended = filterkit("gallery", "a.html", "-o", "a.html", "-f")
    assert ended.code == 5 and "is the original" in ended.err


def test_mistakes_are_answered(filterkit, place):
    assert_ended(
        filterkit("gallery", "a.png", "-o", "page.png"), 2,
        "-o names a page that ends in .html, not page.png.", "-o page.html",
    )  # fmt: skip
    assert filterkit("gallery", "missing.png", "-o", "page.html").code == 3
    assert not (place / "page.html").exists()
    assert filterkit("gallery").code == 2


def test_a_name_that_would_break_a_page_or_a_shell_is_written_as_it_is(filterkit, place):
    name = "<b>a $(x).png"
    write(place / name, SMALL)
    page = page_of(filterkit, name)
    Checker(page)
    assert "<b>" not in page.split("</style>")[1]
    assert command(cards(page)["edge"])[-1] == name
