"""What a picture looks like in letters is what its pixels are."""

import base64
import io
import re
import warnings

import numpy as np
import pytest
from drawing import decoded, noise
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from filterkit.cli.screen import screen
from filterkit.pictures.fitting import dimmed, fitted
from filterkit.pictures.picture import Picture
from filterkit.viewing.blocks import RAMP, drawn, picture_lines
from filterkit.viewing.heat import diverging
from filterkit.viewing.ink import ALL, NONE, SOME
from filterkit.viewing.laying import laid_out
from filterkit.viewing.protocols import CHUNK, LETTER, iterm, kitty, through_tmux
from filterkit.viewing.room import GAP, LEAST, Room, Row, fit
from filterkit.viewing.shades import CHECKS, Shades, Size
from filterkit.viewing.view import MOST, tiles_of

pictures = arrays(
    np.uint8,
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3])),
    elements=st.sampled_from([0, 1, 7, 60, 128, 200, 254, 255]),
)
CODES = re.compile(r"\033\[([0-9;]*)m|(.)", re.DOTALL)


def letters_of(line):
    """Take a line apart as a terminal does: (letter, ink, paper), a code as the terminal got it."""
    ink = paper = None
    for codes, letter in CODES.findall(line):
        if letter:
            yield letter, ink, paper
            continue
        numbers = [int(number) for number in codes.split(";")]
        while numbers:
            code, *numbers = numbers
            if code == 0:
                ink = paper = None
            elif code in (38, 48):
                length = 4 if numbers[0] == 2 else 2
                colour, numbers = tuple(numbers[1:length]), numbers[length:]
                ink, paper = (colour, paper) if code == 38 else (ink, colour)


def pixels_of(lines):
    """Give the colours of half blocks, row by row; None where there is nothing."""
    for line in lines:
        letters = list(letters_of(line))
        assert {letter for letter, _, _ in letters} == {"▀"}
        yield [ink for _, ink, _ in letters]
        yield [paper for _, _, paper in letters]


def plain(lines):
    """Give lines without their colours."""
    return [re.sub(r"\033\[[0-9;]*m", "", line) for line in lines]


# Letters


@given(pictures)
def test_half_blocks_give_back_the_pixels(image):
    rows = list(pixels_of(drawn(image, ALL)))
    if len(image) % 2:
        assert set(rows.pop()) == {None}
    colours = np.broadcast_to(image, (*image.shape[:2], 3))
    np.testing.assert_array_equal(np.array(rows), colours)


XTERM = {
    **{
        16 + 36 * red + 6 * green + blue: tuple(40 * n + 55 if n else 0 for n in (red, green, blue))
        for red in range(6) for green in range(6) for blue in range(6)
    },
    **{232 + n: (8 + 10 * n,) * 3 for n in range(24)},
}  # fmt: skip
"""The colours of xterm's table by their numbers."""


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_of_256_colours_one_is_taken_that_is_near(colour):
    ((_, (number,), _),) = letters_of(drawn(np.uint8([[colour]]), SOME)[0])
    off = {n: max(abs(a - b) for a, b in zip(colour, c, strict=True)) for n, c in XTERM.items()}
    assert off[number] <= min(off.values()) + 58  # for dark greens; a trial of all has no more


@given(st.floats(-1, 1))
def test_of_256_colours_blue_stays_blue_and_orange_orange(share):
    ((_, (number,), _),) = letters_of(drawn(diverging(np.array([[share]])), SOME)[0])
    red, green, blue = XTERM[number]
    lower, upper = (red, blue) if share < 0 else (blue, red)
    assert lower <= green <= upper
    assert lower < upper or abs(share) < 0.3


def test_the_ramp_grows_with_brightness_from_nothing_to_the_densest_sign():
    grey = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    (line,) = drawn(grey, NONE)
    places = [RAMP.index(sign) for sign in line]
    assert places == sorted(places)
    assert (line[0], line[-1]) == (RAMP[0], RAMP[-1])
    assert line[127] == line[128] == RAMP[len(RAMP) // 2]
    assert drawn(np.repeat(grey, 3, axis=2), NONE) == [line]
    assert drawn(np.uint8([[[0]], [[255]]]), NONE) == drawn(np.uint8([[[128]]]), NONE)


@given(pictures, st.integers(1, 30), st.integers(1, 30), st.sampled_from([NONE, SOME, ALL]))
def test_a_picture_stays_within_its_letters(image, rows, columns, colours):
    lines = plain(picture_lines(image, rows, columns, colours))
    assert 1 <= len(lines) <= rows
    assert {len(line) for line in lines} <= set(range(1, columns + 1))


# Sizes


@given(pictures, st.integers(1, 40), st.integers(1, 40))
def test_what_is_enlarged_is_so_by_a_whole_number(image, rows, columns):
    small = fitted(image, rows, columns)
    times = min(rows // image.shape[0], columns // image.shape[1])
    if times:
        np.testing.assert_array_equal(small, np.kron(image, np.ones((times, times, 1), np.uint8)))
    assert small.shape[0] <= rows and small.shape[1] <= columns


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3, 9])
def test_what_is_scaled_down_is_the_mean(dtype, channels):
    image = noise(12, 30, channels, dtype)
    blocks = image.astype(np.float64).reshape(4, 3, 10, 3, channels).mean(axis=(1, 3))
    small = fitted(image, 4, 10)
    assert small.dtype == dtype
    tolerance = 0.51 if np.dtype(dtype).kind == "u" else 1e-6
    np.testing.assert_allclose(small, blocks, atol=tolerance, rtol=0)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 90), st.integers(1, 90))
def test_a_side_fills_the_room_and_the_other_keeps_the_proportion(high, wide, rows, columns):
    if high <= rows and wide <= columns:
        return
    small = fitted(np.zeros((high, wide, 1), np.uint8), rows, columns)
    assert small.shape[0] == rows or small.shape[1] == columns
    share = min(rows / high, columns / wide)
    assert abs(small.shape[0] - high * share) < 1 and abs(small.shape[1] - wide * share) < 1


@given(st.integers(1, 300), st.integers(1, 60), st.integers(1, 16))
def test_pictures_of_equal_shares_fill_a_row_and_can_be_made_out(columns, count, parts):
    room = Room(20, columns, count, NONE)
    share = room.share(parts)
    across = min((columns + GAP) // (share + GAP), count * parts)
    assert across * (share + GAP) - GAP <= columns
    assert share >= min(LEAST, columns)


# Shades


def test_whole_numbers_are_shown_at_their_own_scale():
    image = noise(8, 8, 3, "uint16")
    shades = Shades.of(image, Size(8, 8))
    np.testing.assert_array_equal(shades.greys(image, Size(8, 8)), np.rint(image / 257))


@pytest.mark.parametrize(
    "numbers, black, white, signed",
    [
        ([0.25, 0.5], 0, 1, False),
        ([2, 3, 5], 2, 5, False),
        ([0.9, 0.9, 1.5], 0.9, 1.5, False),
        ([7, 7], 0, 7, False),
        ([-1, 4], -4, 4, True),
        ([-3, -1], -3, 3, True),
    ],
)
def test_floating_point_numbers_choose_black_and_white(numbers, black, white, signed):
    image = np.float32([numbers])[..., None]
    shades = Shades.of(image, Size(1, len(numbers)))
    assert shades == pytest.approx((black, white, signed))


def test_a_few_strong_edges_leave_the_others_strong():
    image = np.full((20, 20, 1), 0.5, np.float32)
    image[::2], image[0, :3] = -0.5, 100
    assert Shades.of(image, Size(20, 20)).white == 0.5
    assert Shades.of(np.where(image > 50, image, 0), Size(20, 20)).white == 100


@given(arrays(np.float64, (3, 4, 1), elements=st.floats(-9, 9)))
def test_signs_have_diverging_colours(image):
    shades = Shades(-9, 9, signed=True)
    drawn_ = shades.signs(image, Size(3, 4))
    np.testing.assert_array_equal(drawn_, diverging(image[..., 0] / 9))
    red, _, blue = np.moveaxis(drawn_.astype(int), 2, 0)
    strong = np.abs(image[..., 0]) > 0.5
    np.testing.assert_array_equal(np.sign(red - blue)[strong], np.sign(image[..., 0])[strong])


def test_numbers_of_both_signs_do_not_cancel_where_they_share_a_pixel():
    image = np.float32(np.indices((8, 8)).sum(axis=0) % 2 * 2 - 1)[..., None]
    shades = Shades.of(image, Size(2, 2))
    assert shades.white == 1
    drawn_ = shades.signs(image, Size(2, 2))
    np.testing.assert_array_equal(drawn_, diverging(np.full((2, 2), 0.5)))


@pytest.mark.parametrize("size", [Size(3, 3), Size(2, 2), Size(40, 40)])
@pytest.mark.parametrize("numbers", [[-1.7e308, 0, 1.7e308], [0, 1.7e308, 1], [-5e-324, 0, 5e-324]])
def test_no_number_is_too_large_or_small_to_be_shown(numbers, size):
    image = np.array(numbers).reshape(3, 1, 1).repeat(3, axis=1)
    with warnings.catch_warnings(action="error"):
        shades = Shades.of(image, size)
        assert shades.greys(image, size).max() > 127
        if shades.signed:
            assert len(np.unique(shades.signs(image, size).reshape(-1, 3), axis=0)) > 1


def test_squares_of_two_greys_show_through_what_is_transparent():
    image, alpha = noise(8, 8, 3), np.zeros((8, 8), np.uint8)
    alpha[:, 4:] = 255
    alpha[0, 0] = 51
    shown = Shades(0, 255).greys(image, Size(8, 8), alpha)
    np.testing.assert_array_equal(shown[:, 4:], image[:, 4:])
    dark, bright = CHECKS
    np.testing.assert_array_equal(shown[1:4, :4, 0], [[dark, dark, bright, bright]] + [
        [bright, bright, dark, dark]] * 2)  # fmt: skip
    np.testing.assert_allclose(shown[0, 0], image[0, 0] * 0.2 + dark * 0.8, atol=1)


def test_invisible_colours_do_not_bleed_in_where_pixels_are_averaged():
    image = np.uint8([[[255, 0, 0], [0, 0, 255]]])
    alpha = np.uint8([[255, 0]])
    assert dimmed(image, alpha)[0, 1].tolist() == [0, 0, 0]
    (pixel,) = Shades(0, 255).greys(image, Size(1, 1), alpha)[0]
    np.testing.assert_allclose(pixel, (np.array([255, 0, 0]) + CHECKS[0]) / 2, atol=1)


# Protocols


@given(st.binary(min_size=1, max_size=5 * CHUNK))
def test_kitty_is_given_every_byte_in_chunks(content):
    told = list(kitty(content, 12))
    found = [re.fullmatch(r"\033_G([^;]*);([A-Za-z0-9+/=]*)\033\\", one).groups() for one in told]
    assert base64.b64decode("".join(part for _, part in found)) == content
    assert all(len(part) <= CHUNK for _, part in found)
    assert found[0][0].startswith("a=T,f=100,c=12,q=2,")
    assert [keys[-1] for keys, _ in found] == ["1"] * (len(found) - 1) + ["0"]


def test_iterm_is_given_every_byte_and_their_number():
    content = bytes(range(256)) * 40
    (told,) = iterm(content, 12)
    keys, part = re.fullmatch(r"\033\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\a", told).groups()
    assert base64.b64decode(part) == content
    assert {"inline=1", f"size={len(content)}", "width=12"} <= set(keys.split(";"))


def test_tmux_hands_on_what_it_was_given():
    told = "".join(kitty(b"abc", 3))
    wrapped = through_tmux(told)
    inner = re.fullmatch(r"\033Ptmux;(.*)\033\\", wrapped)[1]
    assert inner.replace("\033\033", "\033") == told
    assert "\033" not in inner.replace("\033\033", "")


# Tiles


def room(columns=80, rows=20, pictures=1, colours=NONE, protocol="blocks"):
    return Room(rows, columns, pictures, colours, protocol)


def hung(tiles, space):
    """Lay tiles in rows, as the command does, and give the lines."""
    row = []
    for tile in [*tiles, None]:
        if row and (tile is None or not fit([*row, tile], space.columns)):
            yield from laid_out(Row(tuple(row), space)).split("\n")
            row = []
        row.append(tile)


def picture(*shape, dtype="uint8", alpha=False, seed=0):
    pixels = noise(*shape, dtype, seed)[None]
    return Picture(pixels, noise(*shape[:2], 1, dtype, seed + 1)[None, ..., 0] if alpha else None)


sizes = st.one_of(st.integers(1, 20), st.integers(1, 400))
kinds = st.sampled_from(["uint8", "uint16", "float32", "float64"])


@given(
    st.lists(st.tuples(sizes, sizes, st.sampled_from([1, 2, 3, 5]), kinds), min_size=1, max_size=3),
    st.integers(1, 150), st.integers(3, 40), st.sampled_from([NONE, SOME, ALL]), st.booleans(),
)  # fmt: skip
def test_nothing_is_wider_than_the_screen(shapes, columns, rows, colours, alpha):
    space = room(columns, rows, len(shapes), colours)
    tiles = []
    for *shape, dtype in shapes:
        shown = picture(*shape, dtype=dtype, alpha=alpha and dtype != "float64" and shape[2] != 2)
        tiles += tiles_of(shown, "a name that is longer than most names are.png", space)
    lines = plain(hung(tiles, space))
    assert max(map(len, lines)) <= columns
    assert max(len(tile.lines) for tile in tiles) <= max(rows, 16)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_the_numbers_of_a_tiny_array_are_read_off_the_screen(dtype):
    shown = picture(5, 4, 1, dtype=dtype)
    (tile,) = tiles_of(shown, "a", room())
    read = np.array([line.split() for line in tile.lines], float)
    np.testing.assert_allclose(read, shown.pixels[0, ..., 0], atol=5e-4)


def test_colours_and_opacity_are_grids_of_their_own():
    shown = picture(3, 4, 3, alpha=True)
    tiles = tiles_of(shown, "a", room())
    assert [tile.head[1].split(", ")[-1] for tile in tiles] == ["red", "green", "blue", "alpha"]
    read = np.array([[line.split() for line in tile.lines] for tile in tiles], int)
    np.testing.assert_array_equal(np.moveaxis(read, 0, 2), shown.stacked())


def test_cells_have_the_colours_that_numbers_stand_for():
    (tile,) = tiles_of(Picture(np.uint8([0, 51, 255]).reshape(1, 1, 3, 1)), "a", room(colours=ALL))
    assert [paper[0] for _, _, paper in letters_of(tile.lines[0])] == [0] * 5 + [51] * 5 + [255] * 5
    signed = Picture(np.float32([-2, 0, 2]).reshape(1, 1, 3, 1))
    (tile,) = tiles_of(signed, "a", room(colours=ALL))
    papers = [paper for _, _, paper in letters_of(tile.lines[0])]
    assert papers[::4] == [(33, 102, 172), (255, 255, 255), (179, 88, 6)]


def test_numbers_that_no_row_holds_are_a_picture():
    shown = picture(16, 16, 1, dtype="float32")
    (numbers,), (pixels,) = (tiles_of(shown, "a", room(columns)) for columns in (140, 80))
    assert "." in numbers.lines[0] and not numbers.foot
    assert len(pixels.lines[0]) == 32 and pixels.foot


def test_maps_of_both_signs_are_shown_each_by_itself_at_one_scale():
    shown = picture(20, 20, 3, dtype="float32")
    tiles = tiles_of(shown, "a", room(colours=ALL))
    assert [tile.head[1] for tile in tiles] == [f"20x20, float, {one}" for one in
                                                ("red", "green", "blue")]  # fmt: skip
    assert len({tile.foot[1] for tile in tiles}) == 1
    assert len({tile.foot[0] for tile in tiles}) == 3


def test_of_many_maps_some_are_shown():
    assert len(tiles_of(picture(20, 20, MOST + 5, dtype="float32"), "a", room())) == MOST


@pytest.mark.parametrize(
    "numbers, colours, foot",
    [
        ([-0.5, 0.25], ALL, ["-0.50 ... 0.25", "blue -0.5, orange 0.5"]),
        ([-0.5, 0.25], NONE, ["-0.50 ... 0.25", "black -0.5, white 0.5"]),
        ([0, 0.25], ALL, ["0 ... 0.25", "black 0, white 1"]),
        ([3, 1700], ALL, ["3 ... 1700", "black 3, white 1.7e+03"]),
    ],
)
def test_the_range_of_a_map_is_said_beneath_it(numbers, colours, foot):
    pixels = np.float32(numbers)[None, None, :, None].repeat(20, axis=1)
    (tile,) = tiles_of(Picture(pixels), "a", room(colours=colours))
    assert tile.foot == foot


@pytest.mark.parametrize(
    "shown, about",
    [
        (picture(20, 30, 1), "20x30, 8 bit grey"),
        (picture(20, 30, 3, dtype="uint16", alpha=True), "20x30, 16 bit colour, with alpha"),
        (Picture(np.full((1, 20, 30, 3), 0.5, np.float32)), "20x30, float colour"),
    ],
)
def test_size_and_kind_stand_above(shown, about):
    (tile,) = tiles_of(shown, "a.png", room())
    assert tile.head == ["a.png", about]


def test_a_long_name_loses_its_middle():
    (tile,) = tiles_of(picture(40, 1, 1), "photograph-of-a-rocket.jpeg", room(columns=11))
    assert tile.head[0] == "photo….jpeg"


# Drawn by the terminal


def test_a_row_for_kitty_is_one_picture_with_each_in_its_place():
    space = room(60, pictures=2, colours=ALL, protocol="kitty")
    first, second = (picture(20, 25, 3, seed=seed) for seed in (1, 2))
    tiles = tiles_of(first, "a", space) + tiles_of(second, "b", space)
    assert fit(tiles, space.columns)
    head, _, told = laid_out(Row(tuple(tiles), space)).split("\n")
    assert plain([head])[0].split() == ["a", "b"]
    place = plain([head])[0].index("b")
    content = base64.b64decode(
        "".join(part for _, part in re.findall(r"\033_G([^;]*);([^\033]*)\033\\", told))
    )
    strip = decoded(content)
    assert strip.shape[1] == LETTER * int(re.search(r"c=(\d+)", told)[1])
    times = space.share() * LETTER // 25
    for left, shown in ((0, first), (place * LETTER, second)):
        large = shown.pixels[0].repeat(times, axis=0).repeat(times, axis=1)
        spot = strip[: large.shape[0], left : left + large.shape[1]]
        np.testing.assert_array_equal(spot[..., :3], large)
        assert (spot[..., 3] == 255).all()
    assert (strip[:, 25 * times : place * LETTER, 3] == 0).all()


def test_numbers_stand_in_rows_of_their_own_between_drawn_pictures():
    space = room(80, pictures=3, colours=ALL, protocol="iterm")
    shown = [picture(30, 30, 1), picture(2, 2, 1), picture(30, 30, 1)]
    tiles = [tile for one in shown for tile in tiles_of(one, "a", space)]
    assert [fit(pair, space.columns) for pair in (tiles[:2], tiles[1:], tiles[::2])] == [
        False, False, True,
    ]  # fmt: skip
    told = "\n".join(hung(tiles, space))
    parts = re.findall(r"File=[^:]*:([^\a]*)\a", told)
    assert [Image.open(io.BytesIO(base64.b64decode(part))).format for part in parts] == ["PNG"] * 2


# Screens


class Terminal(io.StringIO):
    def isatty(self):
        return True


FREE = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    "environment, colours, protocol",
    [
        ({}, SOME, "blocks"),
        ({"COLORTERM": "truecolor"}, ALL, "blocks"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, NONE, "blocks"),
        ({"NO_COLOR": "1", "KITTY_WINDOW_ID": "1"}, NONE, "blocks"),
        ({"TERM": "dumb"}, NONE, "blocks"),
        ({"KITTY_WINDOW_ID": "1"}, ALL, "kitty"),
        ({"TERM": "xterm-kitty"}, ALL, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, ALL, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, ALL, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, ALL, "iterm"),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "socket"}, SOME, "blocks"),
        ({"KITTY_WINDOW_ID": "1", "STY": "x"}, SOME, "blocks"),
    ],
)
def test_the_environment_tells_what_a_terminal_shows(monkeypatch, environment, colours, protocol):
    for name in ("COLORTERM", "NO_COLOR", "KITTY_WINDOW_ID", "TERM_PROGRAM", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (FREE | environment).items():
        monkeypatch.setenv(name, value)
    seen = screen(Terminal())
    assert (seen.colours, seen.protocol, seen.terminal) == (colours, protocol, True)
    assert screen(Terminal(), "never").colours == NONE
    assert screen(Terminal(), "always").colours in (SOME, ALL)
    assert screen(io.StringIO())[2:] == (NONE, "blocks", False)
