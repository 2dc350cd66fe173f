"""What the command says: every row of the table of likely mistakes, word for word."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from boxed import FAKE, heif
from drawing import noise, png, ramp, write
from running import COMMAND, assert_ended, before_all_others, typed

from filterkit.cli.main import COMMANDS

SHARED = Path(__file__).resolve().parents[2] / "shared" / "COMMANDS.md"

TABLE = {
    "a filter where the command belongs": (
        ["edge", "img.png"], 2,
        "'edge' is a filter, not a command.", "filterkit apply edge img.png",
    ),
    "a misspelt filter": (
        ["apply", "egde", "img.png"], 2,
        "there is no filter 'egde'; the nearest is edge.", "filterkit list",
    ),
    "picture and filter swapped": (
        ["apply", "img.png", "edge"], 2,
        "img.png stands where the filter belongs.", "filterkit apply edge img.png",
    ),
    "a picture alone": (
        ["apply", "img.png"], 2,
        "which filter? img.png is a picture.", "filterkit apply edge img.png",
    ),
    "a result named like an input": (
        ["apply", "edge", "a.png", "out.png"], 2,
        "out.png does not exist; the result is named with -o.",
        "filterkit apply edge a.png -o out.png",
    ),
    "a misspelt picture": (
        ["apply", "edge", "imgg.png"], 3,
        "imgg.png: no such file; in that folder there is img.png.", "",
    ),
    "a matrix that the shell split": (
        ["apply", "[-1", "0", "1;", "-2", "0", "2]", "a.png"], 2,
        "the matrix '[-1' is never closed: the shell split it at the spaces.",
        'filterkit apply "[-1 0 1; ...]" PICTURE',
    ),
    "a matrix without brackets": (
        ["apply", "-1,0,1", "a.png"], 2,
        "a matrix stands in brackets and quotes.", 'filterkit apply "[-1 0 1]" a.png',
    ),
    "a name that begins like the flag -o": (
        ["apply", "edge", "-odd.png"], 2,
        "'-odd.png' was read as -o dd.png, and there is a file of that name.",
        "filterkit apply edge ./-odd.png",
    ),
    "a second run": (
        ["apply", "edge", "done.png"], 5,
        "done.edge.png exists; nothing was written.",
        "add -f to replace it, --on-exists number to keep both",
    ),
    "a folder": (
        ["apply", "edge", "photos/"], 2,
        "photos is a folder; apply takes files.", "filterkit batch edge photos -o photos.edge/",
    ),
    "a batch without a place for its results": (
        ["batch", "edge", "photos"], 2,
        "where should the results go?", "filterkit batch edge photos -o photos.edge/",
    ),
    "the original as output": (
        ["apply", "edge", "img.png", "-o", "img.png"], 5,
        "img.png is the original.", "another -o, or --in-place to replace it",
    ),
    "a folder or a file": (
        ["apply", "edge", "img.png", "-o", "out"], 2,
        "is out a folder or a file?", "-o out/ or -o out.png",
    ),
    "a setting for kernels in two stages": (
        ["apply", "gaussian | edge", "img.png", "--stride", "2"], 2,
        "--stride: the filter has kernels in two stages; say which.", '"gaussian | edge:stride=2"',
    ),
    "a misspelt setting": (
        ["apply", "gaussian:sgima=2", "img.png"], 2,
        "gaussian has no setting 'sgima'; it has sigma, size.\n"
        "  gaussian:sgima=2\n"
        "           ^", "",
    ),
    "another tool's word": (
        ["apply", "edge", "img.png", "--border", "replicate"], 2,
        "'replicate' is called edge here: a a | a b c | c c.", "",
    ),
    "no sum of products": (
        ["apply", "median", "a.png"], 2,
        "median is not a sum of products, so filterkit has no such filter.",
        "gaussian:sigma=1 against noise",
    ),
    "a picture that needs an extra": (
        ["apply", "edge", "IMG_1.HEIC"], 6,
        "IMG_1.HEIC: reading HEIC needs the extra 'heic'.", 'pip install ".[heic]"',
    ),
    "a filter to look at": (
        ["view", "edge"], 2,
        "edge is a filter; view shows pictures.", "filterkit show edge",
    ),
    "a filter file to look at": (
        ["view", "./mine.toml"], 2,
        "./mine.toml is a filter; view shows pictures.", "filterkit show ./mine.toml",
    ),
    "a folder to look at": (
        ["view", "photos/"], 2,
        "photos is a folder; view shows pictures.", "filterkit view photos/*",
    ),
    "nothing to look at": (
        ["view"], 2,
        "which picture?", "filterkit view photo.jpg (or sample:photo)",
    ),
    "nothing between the quotes": (
        ["view", ""], 2,
        "a picture's name is empty: there is nothing between the quotes.", "",
    ),
    "numbers to look at that the shell split": (
        ["view", "[0", "1;", "1", "0]"], 2,
        "the matrix '[0' is never closed: the shell split it at the spaces.",
        'filterkit view "[-1 0 1; ...]"',
    ),
    "every frame at once": (
        ["view", "img.png", "--frames", "all"], 2,
        "view shows one frame of each picture.", "--frames first, or a number",
    ),
    "a width that is none": (
        ["view", "img.png", "--width", "1001"], 2,
        "--width is 1000 or less, not 1001.", "",
    ),
    "a picture to look at that is not there": (
        ["view", "imgg.png"], 3,
        "imgg.png: no such file; in that folder there is img.png.", "",
    ),
}  # fmt: skip
"""What is typed, its exit code, the sentence, and what to try."""


@pytest.fixture
def place(workplace):
    """A folder with the pictures that the table speaks of."""
    for name in ("img.png", "a.png", "-odd.png", "done.png", "done.edge.png", "photos/b.png"):
        (workplace / name).parent.mkdir(exist_ok=True)
        write(workplace / name, ramp())
    (workplace / "IMG_1.HEIC").write_bytes(heif(FAKE, 64, 128, brand=b"heic"))
    return workplace


@pytest.fixture
def without_extras(tmp_path):
    """An environment in which pillow-heif, installed or not, cannot be imported."""
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "pillow_heif.py").write_text("raise ImportError\n")
    return before_all_others(missing)


def listing(place):
    return {path: path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("mistake", TABLE)
def test_every_likely_mistake_is_answered_with_what_to_try(mistake, place, without_extras):
    arguments, code, sentence, advice = TABLE[mistake]
    before = listing(place)
    assert_ended(typed(*arguments, env=without_extras), code, sentence, advice)
    assert listing(place) == before


def test_no_picture_at_a_terminal_is_asked_for(place):
    ended = typed("apply", "edge", terminals=("stdin", "stdout"))
    advice = "filterkit apply edge photo.jpg (or sample:photo)"
    assert_ended(ended, 2, "which picture?", advice)


def test_no_picture_before_a_pipe_speaks_of_quotes(place):
    ended = typed("apply", "edge", terminals=("stdin",))
    advice = 'filterkit apply "edge | ..." PICTURE'
    assert_ended(ended, 2, "no picture given. If the | belongs to the filter, quote it.", advice)


@pytest.mark.parametrize("stdin", ["the null device", "closed"])
def test_where_no_picture_can_come_from_one_is_asked_for(place, stdin):
    closing = {"closed": "<&-", "the null device": "</dev/null"}[stdin]
    ended = typed(command=["sh", "-c", f"{COMMAND} apply edge {closing}"])
    advice = "filterkit apply edge photo.jpg (or sample:photo)"
    assert_ended(ended, 2, "which picture?", advice)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (["-"], "PNG"),
        (["img.png", "-o", "-"], "PNG"),
        (["-", "--format", "jpeg"], "JPEG"),
        (["[0 1; 1 0]", "-o", "-", "--format", "npy"], "NPY"),
    ],
)
def test_picture_bytes_are_not_written_to_a_terminal(place, given, title):
    ended = typed("apply", "edge", *given, stdin=png(ramp()), terminals=("stdout",))
    assert_ended(
        ended,
        2,
        f"{title} bytes are not written to a terminal.",
        "add -o FILE, or pipe into: filterkit view -",
    )


def test_an_empty_pipe_speaks_of_the_command_before_it(place):
    ended = typed("apply", "edge", stdin=b"")
    sentence = "nothing came through the pipe; the command before it failed or printed nothing."
    assert_ended(ended, 3, sentence)


@pytest.mark.parametrize(
    "mangle",
    [
        lambda content: content.decode("utf-8", "replace").encode(),
        lambda content: content.decode("utf-8", "replace").encode("utf-16"),
        lambda content: content.decode("latin-1").encode(),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\r\n", b"\n"),
        lambda content: bytes(byte & 127 for byte in content),
    ],
    ids=["replaced", "utf-16", "utf-8", "crlf", "lf", "7 bits"],
)
def test_bytes_that_a_text_pipe_changed_are_recognised(place, mangle):
    ended = typed("apply", "edge", stdin=mangle(png(noise())))
    sentence = "stdin: the shell changed the bytes as if they were text."
    assert_ended(ended, 3, sentence, "give files: INPUT and -o FILE")


@pytest.fixture
def read_only(tmp_path):
    """A folder with a picture which cannot be written to."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    write(folder / "img.png", ramp())
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_a_read_only_folder_is_no_place_for_results(read_only, workplace):
    ended = typed("apply", "edge", read_only / "img.png", humble=True)
    sentence = f"{read_only}: that folder cannot be written to, and results go beside the picture."
    assert_ended(ended, 5, sentence, f"filterkit apply edge {read_only}/img.png -o ./")


def test_channels_that_add_up_beyond_white_are_warned_of(place):
    pixels = np.full((10, 100, 3), 20, np.uint8)
    pixels[:, 4:] = 100
    write(place / "photo.png", pixels)
    ended = typed("apply", "box:1", "--fusion", "sum", "photo.png", "-o", "sum.png")
    assert ended.err == (
        "filterkit: photo.png: 96 % of the values are beyond white: sum adds three channels.\n"
        "  try: --fusion mean, or --render stretch\n"
    )
    assert (ended.code, ended.lines) == (0, ["sum.png"])


GREETING = """\
filterkit: small filters over pictures.
  filterkit apply edge photo.jpg              writes photo.edge.jpg (the original is never touched)
  filterkit apply edge sample:photo           no picture at hand? take ours
  filterkit batch sharpen photos/ -o sharp/   a whole folder
  filterkit explain edge                      how it works, number by number
  filterkit list                              all filters        filterkit -h   all commands
"""


def test_the_bare_command_greets_and_names_only_commands_that_there_are():
    lines = [
        line
        for line in GREETING.splitlines(keepends=True)
        if not line.startswith("  ") or line.split()[1] in COMMANDS
    ]
    ended = typed()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.decode() == "".join(lines)


def test_every_line_of_the_greeting_works_as_it_is_typed(workplace):
    for number, line in enumerate(typed().out.decode().splitlines()[1:]):
        place = workplace / str(number)
        place.mkdir()
        (place / "photos").mkdir()
        for name in ("photo.jpg", "photos/photo.jpg"):
            write(place / name, ramp())
        words = re.split(r"\s{2,}", line.strip())[0].split()[1:]
        assert typed(*words, cwd=place).code == 0, line


def test_the_help_of_apply_is_as_agreed(assert_golden):
    ended = typed("apply", "-h")
    assert (ended.code, ended.err) == (0, "")
    assert_golden("apply-help.txt", ended.out.decode())


def test_the_golden_help_is_that_of_the_agreement():
    if not SHARED.exists():
        pytest.skip("COMMANDS.md is not here")
    agreed = SHARED.read_text(encoding="utf-8").split("## 2.")[1].split("```\n")[1]
    golden = Path(__file__).parent / "golden" / "apply-help.txt"
    lines = golden.read_text(encoding="utf-8").splitlines(keepends=True)
    later = ("  --strict ", "  --timeout ", "  --from ")
    assert "".join(line for line in lines if not line.startswith(later)) == agreed


def test_help_fits_the_width_of_a_terminal_and_h_equals_help():
    for command in COMMANDS:
        short, long = (typed(command, flag) for flag in ("-h", "--help"))
        assert short == long
        assert short.code == 0
        assert max(map(len, short.out.decode().splitlines())) <= 100


WITHOUT_NUMPY = """
import contextlib, io, sys
sys.modules["numpy"] = sys.modules["cv2"] = None  # importing either is an error now
from filterkit.cli import main
for line in sys.stdin.read().split("\\0"):
    sys.argv = ["filterkit", *line.split("\\t")]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main._run(sys.argv[1:], None)
    print(code, ascii(err.getvalue().split("\\n")[0]), sep="\\t")
"""

LAZY = {
    "--version": 0,
    "-h": 0,
    **{f"{command}\t--help": 0 for command in COMMANDS},
    "list": 0,
    "list\t--json": 0,
    "list\tedges": 0,
    "list\tsamples": 0,
    "list\tformats": 0,
    "list\tnothing": 2,
    "completion\tbash": 0,
    "completion\tzsh": 0,
    "completion\tfish": 0,
    "edge\timg.png": 2,
    "apply\tegde\timg.png": 2,
    "apply\tedge |\timg.png": 2,
    "apply\tgaussian:sgima=2\timg.png": 2,
    "apply\tgaussian:sigma=-2\timg.png": 2,
    "apply\tedge:stride=0\timg.png": 2,
    "apply\t[1 2; 3]\timg.png": 2,
    "apply\tline:angle=(0,45\timg.png": 2,
    "apply\tedge\timg.png\t--stride\t0": 2,
    "apply\tedge\timg.png\t--stride": 2,
    "apply\tedge\timg.png\t--depth\t12": 2,
    "apply\tgaussian | edge\timg.png\t--stride\t2": 2,
    "apply\tedge\timg.png\t--pool\tmaximum:2": 2,
    "apply\t5x5\timg.png": 2,
    "apply\tmedian\timg.png": 2,
    "batch\tegde\tphotos\t-o\tout": 2,
    "batch\tedge\tphotos": 2,
    "batch\tedge\tnothing\t-o\tout": 3,
    "batch\tedge\tphotos\t-o\tout\t--jobs\t0": 2,
    "batch\tedge\tphotos\t-o\tout\t-n\t-q": 0,
    "show\tegde": 2,
    "show\tedge:stride=": 2,
    "shape\tegde\t10x10": 2,
    "view\tedge": 2,
    "view\tphotos": 2,
    "view\timg.png\t--width\t0": 2,
}
"""Lines that need neither NumPy nor OpenCV, and their exit codes."""


def test_help_lists_and_mistakes_need_neither_numpy_nor_opencv(place):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY], input="\0".join(LAZY), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    found = [line.split("\t") for line in done.stdout.splitlines()]
    assert {line: int(code) for line, (code, _) in zip(LAZY, found, strict=True)} == LAZY
    assert not [said for _, said in found if "bug" in said]


@pytest.mark.parametrize(
    ("word", "sentence", "advice"),
    [
        ("gaussian:2", "'gaussian:2' is a filter, not a command.",
         "filterkit apply gaussian:2 photo.jpg"),
        ("aply", "there is no command 'aply'; the nearest is apply.", "filterkit -h"),
        ("nonsense", "there is no command 'nonsense'.", "filterkit -h"),
        ("img.png", "img.png stands where the command belongs.", "filterkit apply edge img.png"),
        ("convert", "filterkit changes a picture's format while it filters.",
         "filterkit apply identity photo.png -o photo.jpg"),
    ],
)  # fmt: skip
def test_what_is_no_command_is_never_run_as_one(word, sentence, advice, filterkit, place):
    before = listing(place)
    assert_ended(filterkit(word), 2, sentence, advice)
    assert listing(place) == before


@pytest.mark.parametrize("flag", ["--stride", "--border", "--pool", "--format", "--threads"])
def test_a_flag_without_its_value_is_an_error(flag, filterkit, place):
    advice = "filterkit apply -h"
    assert_ended(
        filterkit("apply", "edge", "img.png", flag), 2, f"option '{flag}' requires an argument.",
        advice,
    )  # fmt: skip
    assert_ended(
        filterkit("apply", "edge", "img.png", flag, ""), 2, f"{flag} is given without a value."
    )


@pytest.mark.parametrize(
    ("words", "place", "offered"),
    [
        ("filterkit ap", 1, ["apply"]),
        ("filterkit apply GAU", 2, ["gaussian"]),
        ("filterkit show sobel-", 2, ["sobel-x", "sobel-y"]),
        ("filterkit apply edge --str", 3, ["--stride", "--strict"]),
    ],
)
def test_the_shell_is_offered_what_can_stand_there(words, place, offered):
    question = {"_FILTERKIT_COMPLETE": "bash_complete", "COMP_WORDS": words}
    ended = typed(env={**question, "COMP_CWORD": str(place)})
    assert (ended.code, ended.err) == (0, "")
    assert [line.split(",")[1] for line in ended.lines] == offered


def test_names_of_files_cannot_draw_on_the_terminal(filterkit, workplace):
    name = "a\x1b[31m\n\u202e.png"
    ended = filterkit("apply", "edge", name)
    assert ended.code == 3
    assert ended.err == "filterkit: a\\x1b[31m\\n\\u202e.png: no such file.\n"


@pytest.mark.parametrize("filter", ["edge \x1b[31m", "edge:\u202e=3", "\x07"])
def test_expressions_cannot_draw_on_the_terminal_either(filterkit, workplace, filter):
    ended = filterkit("apply", filter, "a.png")
    assert ended.code == 2
    assert all(letter.isprintable() or letter == "\n" for letter in ended.err)
    assert ended.err.endswith("^\n") or "  try: " in ended.err


def test_a_bug_says_that_it_is_one(filterkit, place, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("filterkit.applying.results.rendered", broken)
    ended = filterkit("apply", "edge", "img.png")
    sentence = "this is a bug in filterkit: ZeroDivisionError: division by zero."
    assert_ended(ended, 70, sentence, "the same with --debug, and report what it prints")
    assert "Traceback" in filterkit("apply", "edge", "img.png", "--debug").err


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["apply", "edge", "img.png"]),
        (1, ["apply", "edge", "img.png", "no.png", "-o", "out/"]),
        (2, ["apply", "edge", "img.png", "--depth", "16", "-o", "out.jpg"]),
        (3, ["apply", "edge", "no.png"]),
        (5, ["apply", "edge", "done.png"]),
        (6, ["apply", "edge", "IMG_1.HEIC"]),
    ],
)
def test_exit_codes_are_as_documented(code, arguments, filterkit, place, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert filterkit(*arguments).code == code
