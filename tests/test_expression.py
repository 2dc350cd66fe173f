"""The text of a filter: read and written without loss, and every mistake with its place."""

import itertools
import os
import pickle
import random
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filterkit import Pipeline
from filterkit.cli.given import filled
from filterkit.errors import ExpressionError, FilterError, FilterFileError
from filterkit.filters import catalogue
from filterkit.filters.expression import read
from filterkit.filters.families import FAMILIES
from filterkit.filters.meaning import made
from filterkit.filters.names import STEPS
from filterkit.filters.tree import (
    NUMERIC,
    Atom,
    File,
    Many,
    Matrix,
    Name,
    Row,
    Setting,
    Side,
    looks_like_path,
)
from filterkit.settings import kinds
from filterkit.steps.convolve import Convolve

SHIPPED = sorted(path.stem for path in catalogue.shipped.folder("kernels").glob("*.toml"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
NUMBERS = st.one_of(
    st.integers(-999, 999),
    st.sampled_from([10**14, -(10**14), 0.5, -0.25, 1e-9, 2.5e17, -1e300, 5e-324]),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(float),
)


def settled(number):
    """A number as reading gives it: whole ones are ints."""
    if isinstance(number, float) and number == int(number) and abs(number) < 1e15:
        return int(number)
    return number


def whole_or_not(strategy):
    return strategy.map(settled)


WORDS = st.text(LETTERS, min_size=1, max_size=8)
NAMES = st.builds(
    lambda first, rest: Name(first + rest),
    st.sampled_from(LETTERS),
    st.text(LETTERS + "0123456789-", max_size=8),
).filter(lambda one: one.name != "grey" and not looks_like_path(one.name))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
FILES = TEXTS.map(File)
FRACTIONS = st.builds(Fraction, st.integers(-9, 9), st.integers(2, 9)).map(
    lambda one: one if one.denominator > 1 else one.numerator
)


@st.composite
def matrices(draw):
    shape = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    entries = st.one_of(whole_or_not(NUMBERS), FRACTIONS)

    def nested(sizes):
        if not sizes:
            return draw(entries)
        return tuple(nested(sizes[1:]) for _ in range(sizes[0]))

    return Matrix(nested(shape))


PAIRS = st.tuples(st.integers(0, 999), st.integers(0, 999))
VALUES = st.one_of(whole_or_not(NUMBERS), PAIRS, WORDS, TEXTS, matrices())
MANY = st.lists(VALUES, min_size=1, max_size=3).map(lambda values: Many(tuple(values)))


@st.composite
def atoms(draw):
    keys = draw(st.lists(WORDS, max_size=3, unique=True))
    if keys and draw(st.booleans()):
        keys[0] = ""
    pairs = tuple(Setting(key, draw(st.one_of(VALUES, MANY))) for key in keys)
    return Atom(draw(st.one_of(NAMES, FILES, matrices())), pairs)


def several(parts, kind):
    return st.lists(parts, min_size=2, max_size=3).map(lambda found: kind(tuple(found)))


TREES = st.recursive(
    atoms(), lambda inner: st.one_of(several(inner, Row), several(inner, Side)), max_leaves=6
)


@given(TREES)
@settings(max_examples=400, deadline=None)
@example(Atom(Name("a"), (Setting("", "1/2"),)))
@example(Atom(Name("a"), (Setting("", "5x5"), Setting("b", (5, 5)))))
@example(Atom(File("a b.toml")))
@example(Atom(File(' "x" ')))
@example(Side((Row((Atom(Name("a")), Atom(Name("b")))), Atom(Name("c")))))
@example(Row((Row((Atom(Name("a")), Atom(Name("b")))), Atom(Name("c")))))
def test_every_tree_reads_back_from_its_text(tree):
    assert read(str(tree)) == tree


@given(TREES, st.integers())
@settings(max_examples=100, deadline=None)
def test_white_space_between_signs_means_nothing(tree, seed):
    rng = random.Random(seed)
    text = str(tree)
    if '"' in text or "[" in text:
        return
    loose = "".join(
        f"{' ' * rng.randrange(3)}{sign}{' ' * rng.randrange(3)}" if sign in "|&()," else sign
        for sign in text
    )
    assert read(loose) == tree


# Random pipelines of what there is


CONVOLUTION = {
    "stride": ["1", "2", "2x3"],
    "padding": ["same", "valid", "0", "3"],
    "border": ["reflect", "zero", "edge", "symmetric", "wrap"],
    "dilation": ["1", "3", "1x2"],
    "fusion": ["sum", "mean", "max", "min", "product", "l2", "keep"],
    "divide": ["3", "-0.5"],
    "bias": ["0.25", "-1"],
    "flip": ["true", "false"],
    "render": ["abs:0.5", "signed", "stretch", "clip:2"],
}
OWN = {
    "gaussian": ["sigma=2", "3", "sigma=(1,2)", "1.5,size=7"],
    "line": ["angle=30,size=7", "angle=(0,45,90,135)", "45"],
    "box": ["3", "3x5"],
    "max-pool": ["2", "3,stride=1", "2x3,padding=same"],
    "average-pool": ["2"],
    "leaky-relu": ["0.2"],
    "threshold": ["0.5", "0.25"],
    "fuse": ["l2", "max"],
    "normalize": ["zscore", "minmax"],
}
CHOICES = st.sampled_from


@st.composite
def kernels(draw):
    """A kernel's text: a name of the catalogue, a matrix or conv, and settings."""
    what = draw(CHOICES([*SHIPPED, *SHIPPED, "[-1 0 1; -2 0 2; -1 0 1]", "[1/9 2/9 1/3]",
                         "[[1,0.5],[0,-1]]", "conv:kernel=[1 2 1]", "[[[1]],[[2]],[[3]]]",
                         "conv:kernel=edge"]))  # fmt: skip
    own = draw(CHOICES(OWN[what])) if what in OWN and draw(st.booleans()) else ""
    said = draw(st.lists(CHOICES([*CONVOLUTION]), max_size=3, unique=True))
    parts = [own] * bool(own) + [f"{key}={draw(CHOICES(CONVOLUTION[key]))}" for key in said]
    sign = "," if ":" in what else ":"
    return what + (sign + ",".join(parts) if parts else "")


@st.composite
def others(draw):
    """The text of a step that is no kernel."""
    what = draw(CHOICES([*STEPS]))
    return f"{what}:{draw(CHOICES(OWN[what]))}" if what in OWN and draw(st.booleans()) else what


def joined(inner):
    side = st.lists(inner, min_size=2, max_size=3).map(lambda parts: " & ".join(parts))
    row = st.lists(inner, min_size=2, max_size=3).map(lambda parts: " | ".join(parts))
    return st.one_of(side, row).map(lambda text: f"({text})")


EXPRESSIONS = st.recursive(st.one_of(kernels(), kernels(), others()), joined, max_leaves=5)


@given(EXPRESSIONS)
@settings(max_examples=300, deadline=None)
@example("(edge | relu) & gaussian:2")
@example("sobel:render=signed | (edge | relu) & (identity & [1/9])")
@example("sobel & prewitt:stride=2 | fuse:max")
@example("(edge & (sobel | relu)) | max-pool:2")
@example("gaussian:sigma=(1,2),stride=(1,1)")
def test_every_pipeline_reads_back_equal_from_its_text(text):
    try:
        pipeline = Pipeline.parse(text)
    except FilterError as error:
        assert "has no setting" in str(error) or "kernels in" in str(error) or (
            "no kernel" in str(error) or "already says" in str(error)
        ), error  # fmt: skip
        return
    again = Pipeline.parse(str(pipeline))
    assert again == pipeline
    assert str(again) == str(pipeline)
    assert hash(again) == hash(pipeline)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_name_of_the_catalogue_is_its_own_text(name):
    pipeline = Pipeline.parse(name)
    assert str(pipeline) == name
    assert Pipeline.parse(name.upper().replace("-", "_")) == pipeline
    assert Pipeline.parse(f"  {name}  ") == pipeline
    assert Pipeline.parse(f"({name})") == pipeline


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_a_text_that_means_it(name):
    pipeline = Pipeline.parse(name)
    assert Pipeline.parse(str(pipeline)) == pipeline
    assert str(pipeline).split(":")[0] == name


def test_families_do_not_declare_the_settings_of_a_convolution():
    for name, family in FAMILIES.items():
        assert not {*kinds(family)} & {*kinds(Convolve), "kernel"}, name


# Garbage


@pytest.mark.parametrize(
    "text", ["[1 0\n0 1]", "[1 0;\n 0 1]", "[\n1 0\n0 1\n]", "[1 0\r\n0 1]", "[1, 0\n\n0, 1;\n]"]
)
def test_the_end_of_a_line_ends_a_row_of_a_matrix(text):
    assert read(text) == read("[1 0; 0 1]")


def test_a_torn_matrix_is_quoted_on_one_line():
    with pytest.raises(ExpressionError, match=r"^the matrix '\[ 0' is never closed\."):
        read("[\n0")


def assert_place_within(error, text):
    assert isinstance(error, FilterError)
    assert error.sentence and "\n" not in error.sentence
    if error.expression:
        assert 0 <= error.place <= len(error.expression)
        assert error.expression in (text, " ", text or " ")
        line, caret = str(error).split("\n")[-2:]
        assert caret.strip() == "^"
        assert len(caret) - 1 <= len(line)


def assert_answered(text):
    """Insist that a text is a filter or one of our errors with a place inside it."""
    try:
        tree = read(text)
        made(tree, text)
    except FilterError as error:
        assert_place_within(error, text)


@given(st.text(max_size=40))
@settings(max_examples=500, deadline=None)
@example("\n|")
@example("edge:\tx")
@example("(" * 100)
@example("[" * 100)
@example("[[[[[1]]]]]")
@example("edge:stride=" + "9" * 400)
@example("edge:bias=1e999")
@example("[1/0]")
@example("[1e999]")
@example("²")
@example("[²]")
@example("edge:stride=٣")
@example("~nobody-of-that-name/x.toml")
@example('"a\0b.toml"')
@example("/" * 5000)
def test_any_text_is_a_filter_or_a_mistake_with_a_place(text):
    assert_answered(text)


SIGNS = st.text('|&():=,;[]"/x .-0123456789eE\n\t', max_size=20)


@given(st.lists(st.one_of(SIGNS, st.sampled_from(["edge", "gaussian", "stride", "fuse", "1/9"]))))
@settings(max_examples=500, deadline=None)
def test_any_row_of_signs_is_a_filter_or_a_mistake_with_a_place(parts):
    assert_answered("".join(parts))


@given(EXPRESSIONS, st.data())
@settings(max_examples=400, deadline=None)
def test_a_filter_with_a_slip_is_a_filter_or_a_mistake_with_a_place(text, data):
    place = data.draw(st.integers(0, len(text)))
    slip = data.draw(st.sampled_from(["cut", "insert", "drop", "twice"]))
    rest = text[place:]
    assert_answered({
        "cut": text[:place],
        "insert": text[:place] + data.draw(st.sampled_from([*"|&():=,;[]\"/. 0x\0é"])) + rest,
        "drop": text[:place] + rest[1:],
        "twice": text + text[:place],
    }[slip])  # fmt: skip


def test_a_text_of_any_length_is_answered():
    for text in ("x" * 300_000, "edge|" * 30_000, "(" * 199_999, "[" * 199_999, '"' * 199_999):
        with pytest.raises(FilterError):
            read(text)


# Carets


CARETS = {
    "": (0, "the filter is empty."),
    "edge |": (6, "expected a step here, and the filter ends."),
    "| edge": (0, "expected a step, not '|'."),
    "edge && relu": (6, "expected a step, not '&'."),
    "edge relu": (5, "expected | or & between two steps, before 'relu'."),
    "edge)": (4, "this parenthesis was never opened."),
    "(edge | relu": (0, "the parenthesis opened here is never closed."),
    "(edge relu)": (6, "expected | or & or a closing parenthesis, not 'relu'."),
    "edge:": (5, "expected a value here, and the filter ends."),
    "edge:stride=": (12, "expected a value here, and the filter ends."),
    "edge:stride=|": (12, "expected a value, not '|'."),
    "edge:stride=2,valid": (14, "expected key=value, not 'valid'."),
    "edge:stride=2,bias=1,stride=3": (21, "stride is set twice."),
    "line:angle=(0,45": (11, "the parenthesis opened here is never closed."),
    "line:angle=((0))": (11, "a list holds values, not lists."),
    "[-1 0 1": (0, "the matrix '[-1 0 1' is never closed."),
    "edge | [1 2; 3]": (7, "the rows of a matrix are equally long, not 2, 1."),
    "edge | []": (7, "the matrix is empty."),
    "[1 x]": (3, "expected a number in the matrix, not 'x'."),
    "[1 1/0]": (3, "a fraction cannot be divided by 0."),
    "[1e999]": (1, "that number is too large."),
    "[[[[[1]]]]]": (4, "a matrix goes at most four brackets deep."),
    "edge | -1,0,1": (7, "a matrix stands in brackets and quotes."),
    '"edge': (0, "the quotation mark here is never closed."),
    '"" | edge': (0, "there is nothing between the quotation marks."),
    "edge | egde": (7, "there is no filter 'egde'; the nearest is edge."),
    "gaussian:sgima=2": (9, "gaussian has no setting 'sgima'; it has sigma, size."),
    "edge | gaussian:sigma=0": (16, "sigma is 0.1 or more, not 0."),
    "edge:stride=0 | relu": (5, "stride is 1 or more, not 0."),
    "relu | edge:border=mirror": (12, "'mirror' is called reflect here: c b | a b c | b a."),
    "relu:3 | edge": (5, "relu takes no value without a key; it has none."),
    "edge & relu:value=3": (12, "relu has no setting 'value'; it has none."),
    "max-pool:2,padding=2": (
        0, "the padding of a pooling window is smaller than the window: 2, not 2.",
    ),
    "conv": (0, "conv needs a kernel."),
    "relu | conv:kernel=edge:": (12, "the kernel of conv is one kernel, not 'edge:'."),
    "conv:stride=2,kernel=3": (14, "the kernel of conv is one kernel, not 3."),
    "edge | 5x5": (7, "5x5 is an unknown kernel, which only learn can find."),
    "edge\n| relu\n| egde": (14, "there is no filter 'egde'; the nearest is edge."),
}  # fmt: skip


@pytest.mark.parametrize("text", CARETS)
def test_the_caret_stands_under_the_place(text):
    place, sentence = CARETS[text]
    with pytest.raises(FilterError) as caught:
        Pipeline.parse(text)
    assert (caught.value.sentence, caught.value.place) == (sentence, place)
    before, _, line = text[:place].rpartition("\n")
    shown = text[len(before) + 1 if before else 0 :].split("\n")[0]
    if caught.value.expression:
        expected = f"{sentence}\n  {shown or ' '}\n  {' ' * len(line)}^"
        assert str(caught.value) == expected
    else:
        assert place == 0


# Settings


def test_a_value_without_a_key_is_the_first_setting():
    for short, long in (
        ("gaussian:2", "gaussian:sigma=2"),
        ("max-pool:3", "max-pool:size=3"),
        ("leaky-relu:0.2", "leaky-relu:value=0.2"),
        ("fuse:l2", "fuse:kind=l2"),
        ("normalize:minmax", "normalize:kind=minmax"),
    ):
        assert Pipeline.parse(short) == Pipeline.parse(long)


@pytest.mark.parametrize(
    "text",
    [
        "gaussian:2,sigma=3",
        "max-pool:2,size=2",
        "edge:stride=1,stride=1",
        "edge:STRIDE=1,stride=2",
        "conv:[1 2],kernel=[1 2]",
    ],
)
def test_a_setting_said_twice_is_an_error(text):
    with pytest.raises(FilterError, match="is set twice"):
        Pipeline.parse(text)


def test_a_bare_value_on_a_fixed_kernel_is_an_error():
    with pytest.raises(FilterError, match="edge takes no value without a key"):
        Pipeline.parse("edge:2")


def test_a_list_of_values_makes_a_bank():
    assert Pipeline.parse("line:angle=(0,45),size=5") == Pipeline.parse(
        "line:angle=0,size=5 & line:angle=45,size=5"
    )
    assert Pipeline.parse("gaussian:sigma=(1,2),stride=(1,2)") == Pipeline.parse(" & ".join(
        f"gaussian:sigma={sigma},stride={stride}" for sigma, stride in itertools.product("12", "12")
    ))  # fmt: skip


def test_the_british_grey_is_gray_and_case_does_not_matter():
    assert Pipeline.parse("grey | EDGE:Stride=2") == Pipeline.parse("gray | edge:stride=2")
    assert Pipeline.parse("Sobel_X | Max_Pool:2") == Pipeline.parse("sobel-x | max-pool:2")


def test_and_binds_tighter_than_or():
    text = "edge & sharpen | relu"
    assert read(text) == read("(edge & sharpen) | relu") != read("edge & (sharpen | relu)")


def test_conv_takes_a_matrix_a_name_or_a_file(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text("schema = 1\nweights = [[1, 2, 1]]\n")
    monkeypatch.chdir(tmp_path)
    matrix = Pipeline.parse("[1 2 1]")
    assert Pipeline.parse("conv:kernel=[1 2 1]") == matrix
    assert Pipeline.parse("conv:[1 2 1]") == matrix
    assert Pipeline.parse("conv:kernel=./mine.toml").steps[0].kernel == matrix.steps[0].kernel
    assert Pipeline.parse("conv:kernel=edge,stride=2") == Pipeline.parse("edge:stride=2")
    with pytest.raises(FilterError, match="one kernel"):
        Pipeline.parse('conv:kernel="edge | relu"')


def test_fractions_stay_exact():
    step = Pipeline.parse("[1/9 2/9; 1/3 0]").steps[0]
    assert (step.divide, step.kernel) == (9, Convolve([[1, 2], [3, 0]]).kernel)
    assert step == Pipeline.parse("[1 2; 3 0]:divide=9").steps[0]


def test_an_unknown_kernel_is_for_learning_only():
    with pytest.raises(FilterError, match="5x5 is an unknown kernel, which only learn can find"):
        Pipeline.parse("5x5")


# Flags


def flags(text, **said):
    known = dict.fromkeys(
        ("stride", "padding", "border", "dilation", "fusion", "bias", "flip", "activation",
         "normalize", "pool")
    )  # fmt: skip
    return str(filled(read(text), known | said))


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("edge", {}, "edge"),
        ("edge", {"stride": "2", "activation": "relu", "pool": "max:2"},
         "edge:stride=2 | relu | max-pool:2"),
        ("edge & sobel-x", {"stride": "2x3"}, "edge:stride=2x3 & sobel-x:stride=2x3"),
        ("gray | edge | relu", {"padding": "valid"}, "gray | edge:padding=valid | relu"),
        ("gaussian:2", {"border": "zero", "flip": True}, "gaussian:2,border=zero,flip=true"),
        ("edge & (sobel-x | abs)", {"bias": "0.5"}, "edge:bias=0.5 & (sobel-x:bias=0.5 | abs)"),
        ("[1 2 1]", {"dilation": "2"}, "[1 2 1]:dilation=2"),
        ("sobel", {"stride": "2"}, "sobel:stride=2"),
        ("edge", {"activation": "leaky-relu:0.1", "normalize": "zscore"},
         "edge | leaky-relu:0.1 | normalize:zscore"),
        ("edge", {"pool": "average"}, "edge | average-pool"),
        ("edge", {"pool": "max,stride=1"}, "edge | max-pool:stride=1"),
        ("edge", {"pool": "l2:3,stride=1"}, "edge | l2-pool:3,stride=1"),
        ("edge | relu", {"pool": "min:2"}, "edge | relu | min-pool:2"),
    ],
)  # fmt: skip
def test_flags_are_short_for_an_expression(text, said, expected):
    assert flags(text, **said) == expected
    made(read(expected))


@pytest.mark.parametrize(
    ("text", "said", "sentence"),
    [
        ("gaussian | edge", {"stride": "2"},
         "--stride: the filter has kernels in two stages; say which."),
        ("edge:stride=3", {"stride": "2"}, "--stride: 'edge:stride=3' already says its stride."),
        ("relu", {"stride": "2"}, "--stride: the filter has no kernel that it could be said of."),
    ],
)  # fmt: skip
def test_flags_that_could_mean_two_things_are_errors(text, said, sentence):
    with pytest.raises(FilterError) as caught:
        flags(text, **said)
    assert caught.value.sentence == sentence


# The catalogue


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of the user's own filters, as a function that writes one."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("FILTERKIT_KERNELS", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def write(name, text):
        (folder / f"{name}.toml").write_text("schema = 1\n" + text)

    return write


def test_a_users_file_shadows_the_shipped_one(own):
    own("edge", "weights = [[7]]\n")
    assert Pipeline.parse("edge").steps[0].kernel == Convolve([[7]]).kernel
    assert Pipeline.parse("EDGE | relu").steps[0].kernel == Convolve([[7]]).kernel


def test_the_variable_comes_before_the_config_folder_and_both_before_ours(
    own, tmp_path, monkeypatch
):
    folder = tmp_path / "config" / "filterkit" / "kernels"
    folder.mkdir(parents=True)
    (folder / "edge.toml").write_text("schema = 1\nweights = [[5]]\n")
    if catalogue.config_folder() != folder.parent:
        pytest.skip("this system keeps settings elsewhere")
    assert Pipeline.parse("edge").steps[0].kernel == Convolve([[5]]).kernel
    own("edge", "weights = [[7]]\n")
    assert Pipeline.parse("edge").steps[0].kernel == Convolve([[7]]).kernel


def test_a_file_with_an_underscore_answers_to_its_name(own):
    own("my_filter", "weights = [[7]]\n")
    assert Pipeline.parse("my-filter") == Pipeline.parse("MY_FILTER")


def test_a_file_that_names_itself_means_the_shipped_one(own):
    shipped = Pipeline.parse("edge").steps[0].kernel
    own("edge", 'steps = "edge:stride=2 | relu"\n')
    inner = Pipeline.parse("edge").steps[0]
    assert (inner.kernel, inner.stride) == (shipped, (2, 2))


def test_filters_that_are_made_of_each_other_show_the_chain(own):
    own("one", 'steps = "gaussian | two"\n')
    own("two", 'steps = "three & edge"\n')
    own("three", 'steps = "one | relu"\n')
    with pytest.raises(FilterError, match="one -> two -> three -> one"):
        Pipeline.parse("relu | one")


def test_a_name_that_only_names_itself_is_an_error(own):
    own("selfish", 'steps = "selfish | relu"\n')
    with pytest.raises(FilterError, match="selfish -> selfish"):
        Pipeline.parse("selfish")


def test_private_kernels_are_known_inside_their_file_only(own):
    own("pair", 'steps = "k1:stride=2 & edge:stride=2"\n[kernels.k1]\nweights = [[1, 2]]\n')
    bank = Pipeline.parse("pair").steps[0]
    assert bank.operands[0].kernel == Convolve([[1, 2]]).kernel
    assert bank.operands[0].stride == (2, 2)
    with pytest.raises(FilterError, match="there is no filter 'k1'"):
        Pipeline.parse("k1")


def test_paths_in_a_file_are_read_from_its_own_folder(own, tmp_path):
    own("inner", "weights = [[3]]\n")
    own("outer", 'steps = "./inner.toml | relu"\n')
    assert Pipeline.parse("outer").steps[0].kernel == Convolve([[3]]).kernel


def test_a_file_that_changes_is_read_anew(own, tmp_path):
    own("mine", "weights = [[1]]\n")
    before = Pipeline.parse("mine").steps[0].kernel
    own("mine", "weights = [[2]]\n")
    os.utime(tmp_path / "own" / "mine.toml", (1, 1))
    assert Pipeline.parse("mine").steps[0].kernel != before


def test_composed_filters_hand_settings_to_their_kernels():
    bank = Pipeline.parse("sobel:fusion=keep,stride=2").steps[0]
    assert {(one.fusion, one.stride) for one in bank.operands} == {("keep", (2, 2))}
    assert str(Pipeline.parse("sobel:fusion=keep | relu")) == "sobel:fusion=keep | relu"


def test_a_composed_filter_with_kernels_in_two_stages_asks_which(own):
    own("twice", 'steps = "gaussian | edge"\n')
    with pytest.raises(FilterError, match="twice: the filter has kernels in two stages"):
        Pipeline.parse("twice:stride=2")


def test_a_composed_filter_shows_itself_as_it_is_told_to(own):
    own("shown", 'steps = "edge | relu"\nrender = "signed:0.5"\n')
    assert str(Pipeline.parse("shown").render) == "signed:0.5"
    assert str(Pipeline.parse("shown:render=abs").render) == "abs"


@pytest.mark.parametrize(
    "content",
    ["weights = [[1, 2], [3]]", "weights = [[nan]]", "weights = [[1e999]]", "weights = []",
     'steps = "edge |"', 'steps = "nothing-of-that-name"', "not toml", 'weights = [["a"]]',
     "weights = [[1]]\nstride = 0", 'family = "nobody"', "weights = [[1]]\nunknown = 3"],
)  # fmt: skip
def test_a_broken_file_is_an_error_that_names_it(own, content):
    own("broken", content + "\n")
    with pytest.raises(FilterError) as caught:
        Pipeline.parse("broken")
    assert isinstance(caught.value, FilterFileError)
    assert "broken.toml" in str(caught.value)


def test_expression_errors_know_their_text_through_a_pickle():
    with pytest.raises(ExpressionError) as caught:
        read("edge | ")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.advice) == (str(caught.value), caught.value.advice)


def test_numbers_of_the_grammar_are_those_that_python_reads():
    for text in ("1", "-1", "+1", "1.5", ".5", "1.", "1e3", "-1.5E-3", "1/9", "3x5", "3X5"):
        assert NUMERIC.fullmatch(text), text
    for text in ("", "-", ".", "e3", "0xf", "1e", "inf", "nan", "1_000", "x5", "1//2"):
        assert not NUMERIC.fullmatch(text), text
