"""Filter files: what is in them comes out, and what is wrong with them is said, with the line."""

import io
import pickle
import string
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterkit.errors import FilterFileError
from filterkit.filters.families import FAMILIES
from filterkit.filters.formats import GROUPS, FilterFile, dump, heading, load
from filterkit.settings import kinds
from filterkit.steps.convolve import FUSIONS
from filterkit.steps.step import Rendering

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
FULL = """\
schema  = 1
title   = "Sobel, change along a row"
about   = "Answers strongly where brightness rises along a row."
group   = "edges"            # one of seven
source  = "I. Sobel, G. Feldman, 1968"
also    = ["sobel-v"]
weights = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
divide  = 4
bias    = 0.25
render  = "abs:0.5"
stride  = "1x2"
padding = "valid"
border  = "zero"
dilation = 2
fusion  = "l2"
flip    = true
"""


def written(folder, text, name="mine.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder, text):
    return load(written(folder, text))


def test_every_key_comes_out_as_its_canonical_value(tmp_path):
    assert loaded(tmp_path, FULL) == FilterFile(
        name="mine",
        path=tmp_path / "mine.toml",
        title="Sobel, change along a row",
        about="Answers strongly where brightness rises along a row.",
        group="edges",
        source="I. Sobel, G. Feldman, 1968",
        also=("sobel-v",),
        weights=SOBEL,
        settings={
            "divide": 4.0,
            "bias": 0.25,
            "render": Rendering("abs", 0.5),
            "stride": (1, 2),
            "padding": "valid",
            "border": "zero",
            "dilation": (2, 2),
            "fusion": "l2",
            "flip": True,
        },
    )


def test_weights_alone_make_a_filter(tmp_path):
    file = loaded(tmp_path, "weights = [[1, 2]]")
    assert file.weights == [[1, 2]] and file.settings == {} and file.group == ""


def test_settings_of_a_family_hold_only_what_the_file_gives(tmp_path):
    file = loaded(tmp_path, 'family = "line"\nrender = "clip"\n[settings]\nangle = 45\n')
    assert file.family == "line" and file.family_settings == {"angle": 45.0}
    assert file.weights is None and file.settings == {"render": Rendering("clip")}


def test_a_pair_of_a_family_is_written_with_an_x(tmp_path):
    file = loaded(tmp_path, 'family = "box"\n[settings]\nsize = "3x5"\n')
    assert file.family_settings == {"size": (3, 5)}


def test_steps_stay_text_and_bring_private_kernels(tmp_path):
    file = loaded(
        tmp_path,
        'steps = "down & soft | fuse:l2"\nrender = "stretch"\n'
        "[kernels.down]\nweights = [[-1], [1]]\nbias = 0.5\n"
        '[kernels.soft]\nfamily = "gaussian"\n[kernels.soft.settings]\nsigma = 2\n',
    )
    assert file.steps == "down & soft | fuse:l2"
    assert file.settings == {"render": Rendering("stretch")}
    assert file.kernels["down"].weights == [[-1], [1]]
    assert file.kernels["down"].settings == {"bias": 0.5}
    assert file.kernels["soft"].family_settings == {"sigma": 2.0}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert load(path).weights == SOBEL


WRONG = [
    ("", "mine.toml: a filter has exactly one of weights, family, steps, not none"),
    (
        'weights = [[1]]\nfamily = "box"',
        "mine.toml, line 2: a filter has exactly one of .*, not weights and family",
    ),
    ("schema = 2\nweights = [[1]]", "mine.toml, line 1: schema is 1, not 2"),
    ("schema = true\nweights = [[1]]", "mine.toml, line 1: schema is 1, not True"),
    (
        "title = 'x'\nwieghts = [[1]]",
        "mine.toml, line 2: there is no key 'wieghts'; the nearest is weights",
    ),
    ("qqq = 1", "mine.toml, line 1: there is no key 'qqq'; there are schema, "),
    (
        "weights = [[1]]\nborder = 'replicate'",
        "mine.toml, line 2: 'replicate' is called edge here",
    ),
    ("weights = [[1]]\n\ndivide = 0", "mine.toml, line 3: divide cannot be 0"),
    ("weights = [[1]]\nstride = 0", "mine.toml, line 2: stride is 1 or more, not 0"),
    ("weights = [[1]]\nstride = [1, 2]", "mine.toml, line 2: stride is a whole number"),
    ("weights = [[1]]\nbias = nan", "mine.toml, line 2: bias is a finite number"),
    ("weights = [[1]]\nrender = 'loud'", "mine.toml, line 2: render is one of clip, abs"),
    ("weights = [[1]]\nkernel = [[1]]", "mine.toml, line 2: there is no key 'kernel'"),
    ("title = 5\nweights = [[1]]", "mine.toml, line 1: title is text in quotes, not 5"),
    (
        'title = "\\u001b[31m"\nweights = [[1]]',
        "mine.toml, line 1: title has characters that cannot be printed",
    ),
    ("also = 'one'\nweights = [[1]]", "mine.toml, line 1: also is a list of names"),
    ("also = [1]\nweights = [[1]]", "mine.toml, line 1: also is text in quotes, not 1"),
    (
        "group = 'colour'\nweights = [[1]]",
        "mine.toml, line 1: group is one of blur, .*, not 'colour'",
    ),
    ("weights = 3", "mine.toml, line 1: weights are \\(rows, columns\\), .* a matrix is"),
    ("weights = [1, 2]", "mine.toml, line 1: weights are \\(rows, columns\\), .* a matrix is"),
    ("weights = []", "mine.toml, line 1: weights are .*, and none of them empty"),
    ("weights = [[]]", "mine.toml, line 1: weights are .*, and none of them empty"),
    (
        "weights = [[[[[1]]]]]",
        "mine.toml, line 1: weights are .* and none of them empty|mine.toml, line 1: weights are",
    ),
    (
        "weights = [\n  [1, 2, 3],\n  [4, 5, 6], # [\n  [7, 8],\n]",
        "mine.toml, line 4: row 3 is 2 weights, but row 1 is 3 weights",
    ),
    ("weights = [\n  [1],\n  2,\n]", "mine.toml, line 3: row 2 is a single number, but row 1 is 1"),
    (
        "weights = [[[1, 2]],\n[[1, 2], [3, 4]]]",
        "mine.toml, line 2: row 2 is 2x2, but row 1 is 1x2",
    ),
    (
        "weights = [\n  [1, 2],\n  [1,\n   nan],\n]",
        "mine.toml, line 4: a weight is a finite number, not 'nan'",
    ),
    ("weights = [[1, -inf]]", "mine.toml, line 1: a weight is a finite number, not '-inf'"),
    ("weights = [[1e999]]", "mine.toml, line 1: a weight is a finite number, not 'inf'"),
    ("weights = [[1" + "0" * 400 + "]]", "mine.toml, line 1: a weight is a finite number"),
    ("weights = [[true]]", "mine.toml, line 1: a weight is a finite number, not 'True'"),
    ("weights = [['1/9']]", "mine.toml, line 1: a weight is a finite number, not '1/9'"),
    (
        "weights = [[1e308, 1e308]]",
        "mine.toml, line 1: the weights add up to more than a number can hold",
    ),
    ("weights = [[1" + "0" * 5000 + "]]", "mine.toml: a whole number has too many digits"),
    ("weights = [[1]]\nweights = [[2]]", "mine.toml, line 2: this is not TOML: Cannot overwrite"),
    ("weights = [[1]\ntitle = 3", "mine.toml, line 2: this is not TOML: Unclosed array"),
    ("weights = [[1/9]]", "mine.toml, line 1: this is not TOML: Unclosed array"),
    ("weights = [[1]\n", "mine.toml, line 1: this is not TOML: Unclosed array"),
    ("weights = " + "[" * 100_000, "mine.toml: its brackets are nested too deeply"),
    ("a." * 100_000 + "a = 1", "mine.toml: a key has too many parts"),
    ("family = 'gauss'", "mine.toml, line 1: there is no family 'gauss'; the nearest is gaussian"),
    ("family = 3", "mine.toml, line 1: family is text in quotes"),
    ("family = ''", "mine.toml, line 1: there is no family ''"),
    (
        "family = 'gaussian'\n[settings]\nsgima = 2",
        "mine.toml, line 3: there is no key 'sgima'; the nearest is sigma",
    ),
    (
        "family = 'gaussian'\n[settings]\nsigma = -2",
        "mine.toml, line 3: sigma is 0.1 or more, not -2",
    ),
    (
        "family = 'line'\n[settings]\nwidth = 6",
        "mine.toml, line 2: width is half of size=7 or less, not 6",
    ),
    (
        "weights = [[1]]\n[settings]\nsigma = 2",
        "mine.toml, line 2: settings belong to a family, and none is given",
    ),
    ("family = 'box'\nsettings = 3", "mine.toml, line 2: settings is a table, .*, not 3"),
    (
        "steps = 'edge'\nstride = 2",
        "mine.toml, line 2: stride belongs to a kernel, and this filter is made of steps",
    ),
    (
        "weights = [[1]]\n[kernels.a]\nweights = [[1]]",
        "mine.toml, line .*: private kernels need steps that use them|mine.toml: private kernels",
    ),
    (
        "steps = 'a'\n[kernels.A_1]\nweights = [[1]]",
        "mine.toml, line 2: a private kernel's name has a-z, .*, not 'A_1'",
    ),
    (
        "steps = 'a'\n[kernels.a]\nsteps = 'edge'",
        "mine.toml, line 3: there is no key 'steps'",
    ),
    (
        "steps = 'a'\n[kernels.a]\ntitle = 'x'",
        "mine.toml, line 2: a filter has exactly one of weights, family, not none",
    ),
    (
        "steps = 'a'\n[kernels.a]\nweights = [\n[1],\n[2, 3]]",
        "mine.toml, line 5: row 2 is 2 weights, but row 1 is 1 weight",
    ),
    ("steps = 'a'\n[kernels]\na = 3", "mine.toml.*: a is a table, .*, not 3"),
    ("weights = '../other.npy'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = '/etc/x.npy'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = 'C:x.npy'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = 'x\\\\y.npy'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = '..npy'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = 'x.pickle'", "mine.toml, line 1: weights name a .npy file in the same folder"),
    ("weights = 'none.npy'", "none.npy: no such file"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_with_the_line(tmp_path, text, message):
    start = time.perf_counter()
    with pytest.raises(FilterFileError, match=f"^(?:{message})"):
        loaded(tmp_path, text)
    assert time.perf_counter() - start < 5


def test_a_large_file_is_not_even_read(tmp_path):
    path = written(tmp_path, "weights = [[" + "1, " * 400_000 + "1]]")
    with pytest.raises(FilterFileError, match=r"a filter file has 1048576 bytes or less"):
        load(path)


def test_a_missing_file_a_folder_and_a_strange_ending_are_said(tmp_path):
    with pytest.raises(FilterFileError, match=r"none.toml: no such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(FilterFileError, match=r"folder.toml: that is a folder"):
        load(tmp_path / "folder.toml")
    with pytest.raises(FilterFileError, match=r"x.pkl: a filter file ends in .toml, .npy"):
        load(tmp_path / "x.pkl")


def test_text_of_another_encoding_is_said_with_the_line(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b'weights = [[1]]\ntitle = "Universit\xe4t"\n')
    with pytest.raises(FilterFileError, match=r"mine.toml, line 2: this is not UTF-8 text"):
        load(path)


def test_the_name_of_a_file_cannot_colour_a_terminal(tmp_path):
    path = written(tmp_path, "x", "\x1b[31m.toml")
    with pytest.raises(FilterFileError, match=r"^\\x1b\[31m.toml, line 1"):
        load(path)


@pytest.mark.parametrize(
    "text",
    [
        "-1,0,1\n-2,0,2\n-1,0,1\n",
        "-1;0;1\n-2; 0; 2\n-1 ;0 ;1",
        "# Sobel\n\n-1\t0\t1\n-2  0 2   # the middle\n-1 0 +1.0\n",
        "-1, 0, 1\r\n-2, 0, 2\r\n-1, 0, 1e0\r\n",
        "\ufeff-2/2 0/3 1\n-2 0 2\n-1 0 1",
    ],
)
@pytest.mark.parametrize("ending", ["csv", "txt"])
def test_rows_of_numbers_are_a_filter(tmp_path, text, ending):
    file = load(written(tmp_path, text, f"sobel.{ending}"))
    assert file.name == "sobel" and file.weights == SOBEL


def test_a_fraction_is_the_nearest_number(tmp_path):
    assert load(written(tmp_path, "1/9 -1/3 .5", "third.txt")).weights == [[1 / 9, -1 / 3, 0.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n\n1 x", "m.csv, line 3: a weight is a number, 2, -0.5 or 1/9, not 'x'"),
        ("1,2,", "m.csv, line 1: a weight is a number, .*, not ''"),
        ("1 nan", "m.csv, line 1: a weight is a number, .*, not 'nan'"),
        ("1 1/0", "m.csv, line 1: a weight is a finite number, not 'inf'"),
        ("1 1e999", "m.csv, line 1: a weight is a finite number, not 'inf'"),
        ("1 1/", "m.csv, line 1: a weight is a number, .*, not '1/'"),
        ("1_000", "m.csv, line 1: a weight is a number, .*, not '1_000'"),
        ("0,5;0,5", "m.csv, line 1: either , or ; stands between the weights"),
        ("1 2\n# so\n3", "m.csv, line 3: row 2 is 1 weight, but row 1 is 2 weights"),
        ("# nothing\n", "m.csv: there is no row of numbers in it"),
        ("1e308 1e308", "m.csv: the weights add up to more than a number can hold"),
    ],
)
def test_a_wrong_table_is_said_with_the_line(tmp_path, text, message):
    with pytest.raises(FilterFileError, match=f"^{message}"):
        load(written(tmp_path, text, "m.csv"))


@pytest.mark.parametrize("kind", ["<f4", ">f8", "<i2", "|u1", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_a_filter(tmp_path, kind, order):
    array = np.asarray(np.arange(24).reshape(2, 3, 4), dtype=kind, order=order)
    np.save(tmp_path / "a.npy", array)
    assert load(tmp_path / "a.npy").weights == array.tolist()


def test_weights_may_lie_in_a_npy_beside_the_file(tmp_path):
    np.save(tmp_path / "w.npy", np.eye(400))
    path = written(tmp_path, "title = 'large'\nweights = 'w.npy'\ndivide = 400")
    assert load(path).weights == np.eye(400).tolist()
    assert heading(path).weights is None and heading(path).title == "large"


def header(shape, kind="<f8"):
    text = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is no whole .npy file"),
        (b"PK\x03\x04 a zip archive", "this is no whole .npy file"),
        (header((3, 3)) + b"\0" * 71, "this is no whole .npy file"),
        (header("(3, 3"), "this is no whole .npy file"),
        (header((10**9, 10**9)), "a kernel has at most 1000000 weights"),
        (header((-1, 3)), "weights are .*rows, columns"),
        (header((0, 3)), "weights are .*rows, columns"),
        (header((9,)) + b"\0" * 72, "weights are .*rows, columns"),
        (header((1, 1), "<c16") + b"\0" * 16, "weights are real numbers, not '<c16'"),
        (header((1, 1), "|b1") + b"\0", "weights are real numbers, not '\\|b1'"),
        (header((1, 1), "|O") + pickle.dumps([1]), "weights are real numbers, not '\\|O'"),
        (header((1, 1), "<U1") + b"\0" * 4, "weights are real numbers, not '<U1'"),
        (header((1, 1)) + np.float64("nan").tobytes(), "every weight is a finite number"),
        (header((1, 2)) + np.full(2, 1e308).tobytes(), "every weight is a finite number, and so"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", "this is no whole .npy file"),
        (b"\x93NUMPY\x03\x00\x02\x00\x00\x00{}", "this is no whole .npy file"),
        (header((1, 1), [("a", "<f8")]), r"weights are real numbers, not \[\('a'"),
        (header((1.5, 1)), "this is no whole .npy file"),
    ],
)
def test_a_wrong_array_is_refused(tmp_path, content, message):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(FilterFileError, match=f"^a.npy: {message}"):
        load(tmp_path / "a.npy")


class Canary:
    """Leave a trace when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["a.npy", "a.toml", "a.csv", "a.txt"])
def test_a_pickle_is_never_opened(tmp_path, name):
    trace = tmp_path / "trace"
    (tmp_path / name).write_bytes(pickle.dumps(Canary(trace)))
    with pytest.raises(FilterFileError):
        load(tmp_path / name)
    stream = io.BytesIO()
    np.save(stream, np.array([[Canary(trace)]], dtype=object), allow_pickle=True)
    (tmp_path / "a.npy").write_bytes(stream.getvalue())
    with pytest.raises(FilterFileError, match=r"real numbers"):
        load(tmp_path / "a.npy")
    assert not trace.exists()


def test_an_array_larger_than_any_kernel_is_not_even_read(tmp_path):
    with (tmp_path / "a.npy").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(FilterFileError, match=r"a.npy: a filter file has 16065536 bytes or less"):
        load(tmp_path / "a.npy")


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_at_all_give_a_filter_or_our_error(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    for ending in ("toml", "npy", "csv"):
        path = folder / f"any.{ending}"
        path.write_bytes(content)
        try:
            load(path)
        except FilterFileError as error:
            assert str(error).startswith(path.name)


TEXT = st.text(
    st.characters(exclude_categories=("C", "Z")) | st.sampled_from(' \n"\\'), max_size=30
)
NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6)
NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)
SETTINGS = {
    "stride": st.tuples(st.integers(1, 9), st.integers(1, 9)),
    "padding": st.sampled_from(["same", "valid"]) | st.integers(0, 5),
    "border": st.sampled_from(["reflect", "zero"]),
    "dilation": st.integers(1, 3).map(lambda n: (n, n)),
    "fusion": st.sampled_from(FUSIONS),
    "divide": st.floats(0.001, 1000),
    "bias": st.floats(-2, 2),
    "flip": st.booleans(),
    "render": st.builds(Rendering, st.sampled_from(["clip", "abs"]), st.floats(0.1, 9)),
}
OF_FAMILIES = [
    ("gaussian", {"sigma": 2.0, "size": "auto"}),
    ("gaussian", {"size": 5}),
    ("box", {"size": (3, 5)}),
    ("line", {"angle": -30.5, "polarity": "dark"}),
    ("laws", {"mask": "e5s5"}),
    ("disk", {}),
]


@st.composite
def nested(draw):
    shape = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    filled = NUMBERS
    for length in reversed(shape):
        filled = st.lists(filled, min_size=length, max_size=length)
    return draw(filled)


@st.composite
def kernels(draw, **more):
    meaning = (
        {"weights": draw(nested())}
        if draw(st.booleans())
        else dict(
            zip(("family", "family_settings"), draw(st.sampled_from(OF_FAMILIES)), strict=True)
        )
    )
    chosen = draw(st.fixed_dictionaries({}, optional=SETTINGS))
    texts = {key: draw(TEXT) for key in ("title", "about", "source")}
    return FilterFile("mine", Path("mine.toml"), settings=chosen, **texts, **meaning, **more)


@st.composite
def files(draw):
    more = {
        "group": draw(st.sampled_from(["", *GROUPS])),
        "also": tuple(draw(st.lists(TEXT, max_size=3))),
    }
    if draw(st.booleans()):
        return draw(kernels(**more))
    steps = draw(TEXT.filter(bool))
    private = {
        name: replace(draw(kernels()), name=name) for name in draw(st.sets(NAMES, max_size=3))
    }
    return FilterFile("mine", Path("mine.toml"), steps=steps, kernels=private, **more)


def test_every_setting_is_among_those_written():
    from filterkit.steps.convolve import Convolve

    assert SETTINGS.keys() == kinds(Convolve).keys()


@settings(deadline=None)
@given(files())
def test_what_is_written_reads_back_equal(tmp_path_factory, file):
    path = written(tmp_path_factory.getbasetemp(), dump(file))
    private = {name: replace(one, path=path) for name, one in file.kernels.items()}
    assert load(path) == replace(file, path=path, kernels=private)


def test_a_written_file_is_as_a_person_would_write_it():
    file = FilterFile(
        "mine",
        Path("mine.toml"),
        title='A "small" one',
        weights=[[0.5, 1.0], [-2, 1e-9]],
        settings={"divide": 4.0, "render": Rendering("abs", 0.5), "stride": (1, 2), "flip": True},
    )
    assert dump(file) == (
        'schema = 1\ntitle = "A \\"small\\" one"\nweights = [\n  [0.5, 1],\n  [-2, 1e-09],\n]\n'
        'divide = 4\nrender = "abs:0.5"\nstride = "1x2"\nflip = true\n'
    )


def test_too_many_weights_for_text_are_refused():
    file = FilterFile("big", Path("big.toml"), weights=[[0.123456789012345] * 1000] * 100)
    with pytest.raises(FilterFileError, match=r"big: these weights are too many for the text"):
        dump(file)


def test_reading_needs_no_numpy(tmp_path):
    written(tmp_path, FULL)
    written(tmp_path, "1 2 1/4", "row.txt")
    code = (
        "import sys; from pathlib import Path; from filterkit.filters.formats import load, dump\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "dump(load(folder / 'mine.toml')); load(folder / 'row.txt')\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_can_be_named_by_a_file(tmp_path, name):
    assert loaded(tmp_path, f"family = '{name}'").family == name
