"""filterkit export, and --from in the commands that take a filter."""

import os
import re
import sys
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from drawing import noise, stored, write
from running import COMMAND, assert_done, assert_ended, typed

import filterkit as library
from filterkit.filters.tools.known import HOMES, READ

PATH = {"PATH": os.pathsep.join([str(Path(COMMAND).parent), os.environ["PATH"]])}
SOBEL = "3x3: -1,0,1 -2,0,2 -1,0,1"


@pytest.fixture
def place(workplace):
    write(workplace / "a.png", noise(20, 24) // 9)
    return workplace


def text_of(ended):
    """What was printed, where nothing was said."""
    assert (ended.err, ended.code) == ("", 0)
    return ended.out.decode()


def test_a_kernel_goes_to_standard_output(filterkit):
    assert text_of(filterkit("export", "sobel-x", "--to", "imagemagick")) == f"{SOBEL}\n"


def test_the_ending_of_the_file_says_the_format(filterkit, workplace):
    for ending, beginning in ((".mat", b"3 3 1 0\n"), (".csv", b"# render"), (".npy", b"\x93NUMPY"),
                              (".toml", b"schema = 1\n")):  # fmt: skip
        path = workplace / f"sobel{ending}"
        assert_done(filterkit("export", "sobel-x", "-o", path), path)
        assert path.read_bytes().startswith(beginning)
        assert library.parse(str(path)).steps[0].kernel == library.parse("sobel-x").steps[0].kernel


def test_a_file_that_is_there_is_replaced_only_when_asked(filterkit, workplace):
    path = workplace / "mine.mat"
    path.write_text("mine")
    ended = filterkit("export", "edge", "-o", "mine.mat")
    assert_ended(ended, 5, "mine.mat exists; nothing was written.", "add -f to replace it")
    assert path.read_text() == "mine"
    assert_done(filterkit("export", "edge", "-fo", "new/deep/mine.mat"), "new/deep/mine.mat")
    assert_done(filterkit("export", "edge", "-fo", "mine.mat"), "mine.mat")
    assert path.read_text().startswith("3 3")


def test_without_a_format_all_are_named(filterkit):
    sentence = f"which format? --to is one of {', '.join(HOMES)}."
    assert_ended(filterkit("export", "edge"), 2, sentence, "--to imagemagick")
    assert_ended(filterkit("export", "edge", "-o", "edge.py"), 2, sentence, "--to imagemagick")
    sentence = "there is no format 'gmap'; the nearest is gimp."
    assert_ended(filterkit("export", "edge", "--to", "gmap"), 2, sentence)


def test_a_missing_or_wrong_filter_is_answered(filterkit):
    ended = filterkit("export", "--to", "vips")
    assert (ended.code, ended.err) == (2, "filterkit: missing argument 'FILTER'.\n"
                                          "  try: filterkit export -h\n")  # fmt: skip
    sentence = "there is no filter 'egde'; the nearest is edge."
    assert_ended(filterkit("export", "egde", "--to", "vips"), 2, sentence, "filterkit list")


def test_what_the_kernel_does_not_say_is_told_beside_it(filterkit):
    ended = filterkit("export", "edge:border=zero", "--to", "gmic")
    assert ended.out == b"(-1,-1,-1;-1,8,-1;-1,-1,-1)\n"
    assert ended.err == (
        "filterkit: a G'MIC kernel says nothing of borders, and this filter has zero.\n"
    )


@pytest.mark.parametrize("text", [SOBEL, "Sobel:180", "@kernel.txt", "kernel.txt"])
def test_a_foreign_kernel_is_a_filter_of_every_command(filterkit, place, text):
    (place / "kernel.txt").write_text(f"{SOBEL}\n")
    given = (text, "--from", "imagemagick")
    matrix = "[-1 0 1; -2 0 2; -1 0 1]"
    assert_done(filterkit("apply", *given, "a.png", "-o", "theirs.png"), "theirs.png")
    assert_done(filterkit("apply", matrix, "a.png", "-o", "ours.png"), "ours.png")
    np.testing.assert_array_equal(stored(place / "theirs.png"), stored(place / "ours.png"))
    assert text_of(filterkit("show", *given)) == text_of(filterkit("show", matrix))
    assert text_of(filterkit("shape", *given, "9x9")) == text_of(filterkit("shape", matrix, "9x9"))
    assert text_of(filterkit("explain", *given)) == text_of(filterkit("explain", matrix))
    assert text_of(filterkit("maps", *given, "a.png")) == text_of(
        filterkit("maps", matrix, "a.png")
    )


def test_a_large_foreign_kernel_is_shown_by_its_name(filterkit):
    text = text_of(filterkit("show", "LoG:0x1.4", "--from", "imagemagick"))
    assert text.startswith("LoG:0x1.4\n\n")
    assert "size 11x11" in text


def test_a_batch_takes_a_foreign_kernel_too(place):
    ended = typed("batch", "(1,2;3,-6)", "a.png", "-o", "out/", "--from", "gmic", "-q", cwd=place)
    assert (ended.code, ended.err) == (0, "")
    assert (place / "out" / "a.png").is_file()


def test_flags_fill_in_what_a_foreign_kernel_leaves_open(filterkit, place):
    line = ("apply", "Sobel", "a.png", "--from", "imagemagick", "--flip", "--stride", "2", "-v")
    ended = filterkit(*line, "-o", "out.png")
    assert ended.err.startswith("filterkit: [1 0 -1; 2 0 -2; 1 0 -1]:stride=2,flip=true\n")
    ended = filterkit("apply", "c3=2 normalize=false divisor=3", "a.png", "--from", "gimp",
                      "--stride", "2", "-v", "-o", "other.png")  # fmt: skip
    assert ended.err.startswith("filterkit: [2]:border=edge,divide=3,stride=2\n")


def test_a_kernel_may_begin_with_a_minus(filterkit, place):
    given = ("-1,0,1,-2,0,2,-1,0,1", "--from", "graphicsmagick")
    assert text_of(filterkit("export", *given, "--to", "imagemagick")) == f"{SOBEL}\n"
    assert text_of(filterkit("export", "--to=imagemagick", "--from=gm", given[0])) == f"{SOBEL}\n"
    assert_done(filterkit("apply", *given, "a.png", "-o", "out.png"), "out.png")


@pytest.mark.parametrize("text", [
    "-1e-3,0,1,-2,0,2,-1,0,1", "-.5 0 1 -2 0 2 -1 0 1", "-,1,-,1,2,1,-,1,-", "- 1 - 1 2 1 - 1 -",
    "-nan 1 2 1 1 1 1 1 1",
])  # fmt: skip
def test_a_kernel_may_begin_with_anything_a_kernel_begins_with(filterkit, text):
    ended = filterkit("export", text, "--from", "imagemagick", "--to", "csv")
    assert (ended.code, ended.out) in [(0, ended.out), (2, b"")]
    assert "option" not in ended.err and "brackets" not in ended.err


def test_options_stay_options_beside_a_foreign_kernel(place):
    ended = typed("apply", "(1,2)", "a.png", "--from", "gmic", "-0", "-o", "x.png", cwd=place)
    assert ended.out == b"x.png\0"


def test_a_foreign_kernel_in_pieces_is_answered(filterkit):
    ended = filterkit("export", "-1", "0", "1", "--from", "gm", "--to", "csv")
    assert_ended(ended, 2, "the kernel is in pieces: the shell split it at the spaces.",
                 'filterkit export "-1 0 1 ..." --from FORMAT')  # fmt: skip


@pytest.mark.parametrize(("text", "name"), [
    ("(0,1,0;1,-4,1;0,1,0)", "gmic"), ("3x3: 0,1,0 1,1,1 0,1,0", "imagemagick"),
    ("convolution=0m='1 2 1'", "ffmpeg"), ("gegl:convolution-matrix a1=1", "gimp"),
])  # fmt: skip
def test_a_foreign_kernel_without_from_is_recognised(filterkit, place, text, name):
    ended = filterkit("apply", text, "a.png")
    assert_ended(ended, 2, f"'{text[:30]}' looks like another tool's kernel.",
                 f"the same with --from {name}")  # fmt: skip


def test_a_kernel_comes_through_a_pipe_too(workplace):
    matrix = b"3 1 4 0\n1 2 1\n"
    line = ("export", "-", "--from", "vips", "--to", "csv")
    assert typed(*line, stdin=matrix, cwd=workplace).out == b"# divide=4\n1,2,1\n"
    line = 'filterkit export <(printf "3 1 4 0\\n1 2 1\\n") --from vips --to csv'
    ended = typed(line, command=("bash", "-c"), cwd=workplace, env=PATH)
    assert (ended.err, ended.out) == ("", b"# divide=4\n1,2,1\n")
    ended = typed("export", "-", "--from", "vips", "--to", "csv", cwd=workplace)
    assert_ended(ended, 2, "no kernel comes through a pipe.", "the kernel itself instead of -")


def test_a_dash_is_stdout_and_a_folder_is_no_file(filterkit, place):
    assert text_of(filterkit("export", "sobel-x", "--to", "im", "-o", "-")) == f"{SOBEL}\n"
    for folder in ("new/", "."):
        ended = filterkit("export", "edge", "--to", "csv", "-o", folder)
        assert (ended.code, ended.out) == (2, b"")
        assert f"{folder} is a folder; export writes one file." in ended.err
    assert sorted(path.name for path in place.iterdir()) == ["a.png"]


def test_the_name_of_the_file_and_the_format_agree(filterkit):
    ended = filterkit("export", "edge", "--to", "csv", "-o", "x.mat")
    assert_ended(ended, 2, "x.mat is named like a libvips matrix, and --to says csv.",
                 "one of the two")  # fmt: skip


def test_a_closed_stdout_is_no_bug(workplace):
    ended = typed("filterkit export edge --to vips >&-", command=("bash", "-c"), cwd=workplace,
                  env=PATH)  # fmt: skip
    assert (ended.code, ended.err) == (5, "filterkit: stdout is closed.\n  try: -o FILE\n")


def test_a_mistake_in_a_file_names_it(filterkit, place):
    (place / "kernel.txt").write_text("1 oops\n")
    ended = filterkit("export", "kernel.txt", "--from", "gmic", "--to", "csv")
    assert_ended(ended, 2, "kernel.txt: expected a number in a G'MIC kernel, not '1 oops'.")
    (place / "Sobel").write_text("nothing")
    assert filterkit("export", "Sobel", "--from", "im", "--to", "csv").code == 0
    for text, what in (("./no/such", "such: no such file."), (".", "is a folder")):
        ended = filterkit("export", text, "--from", "vips", "--to", "csv")
        assert ended.code == 2 and (what in ended.err or text == ".")


def test_without_from_a_row_of_numbers_is_answered_as_ever(filterkit, place):
    ended = filterkit("apply", "-1,0,1", "a.png")
    assert_ended(ended, 2, "a matrix stands in brackets and quotes.",
                 'filterkit apply "[-1 0 1]" a.png')  # fmt: skip


def test_an_unknown_origin_is_answered(filterkit):
    sentence = f"there is no format 'paint'; there are {', '.join(READ)}."
    assert_ended(filterkit("apply", "x", "a.png", "--from", "paint"), 2, sentence)
    code = f"numpy is code, and only written; there are {', '.join(READ)}."
    assert_ended(filterkit("show", "x", "--from", "numpy"), 2, code)


def test_a_mistake_in_a_foreign_kernel_is_answered_without_a_traceback(filterkit, place):
    ended = filterkit("apply", "3x3: 1,2", "a.png", "--from", "imagemagick")
    assert_ended(ended, 2, "an ImageMagick kernel of 3x3 has 9 weights, not 2.")


def test_a_terminal_gets_no_bytes_and_is_told_how_to_run_what_it_gets(workplace):
    ended = typed("export", "edge", "--to", "npy", terminals=("stdout",), cwd=workplace)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err == (
        "filterkit: NumPy array bytes are not written to a terminal.\n  try: -o kernel.npy\n"
    )
    ended = typed("export", "sobel-x", "--to", "imagemagick", terminals=("stdout",), cwd=workplace)
    assert ended.out.decode() == f"{SOBEL}\n"
    magick = "convert" if which("convert") and not which("magick") else "magick"
    assert ended.err == (
        f"filterkit: this is how it is used:\n  try: {magick} photo.png -channel RGB -morphology "
        'Correlate "$(filterkit export sobel-x --to imagemagick)" out.png\n'
    )
    ended = typed("export", "(1,2)", "--from", "gmic", "--to", "vips", terminals=("stdout",),
                  cwd=workplace)  # fmt: skip
    assert ended.err == (
        "filterkit: this is how it is used:\n"
        '  try: filterkit export "(1,2)" --from gmic --to vips -o kernel.mat && '
        "vips conv photo.png out.png kernel.mat\n"
    )


def test_bytes_go_through_a_pipe(workplace):
    ended = typed("export", "blur", "--to", "npy", cwd=workplace)
    (workplace / "k.npy").write_bytes(ended.out)
    np.testing.assert_allclose(np.load(workplace / "k.npy"), np.full((5, 5), 1 / 25))


@pytest.mark.parametrize(
    "command", ["apply", "batch", "show", "export", "shape", "explain", "maps"]
)
def test_help_names_the_option(filterkit, command):
    assert re.search(r"--from FORMAT +FILTER is a kernel of another", text_of(
        filterkit(command, "-h")
    ))  # fmt: skip


def test_help_and_mistakes_need_no_numpy(workplace):
    code = (
        "import sys; from filterkit.filters.tools.reading import foreign;"
        "foreign('Gaussian:0x2;3x3@: 1,2,3 4,5,6 7,8,9', 'imagemagick');"
        "foreign('(1,2)', 'gmic'); foreign('2 1\\n1 2', 'vips');"
        "assert 'numpy' not in sys.modules and 'cv2' not in sys.modules"
    )
    ended = typed(code, command=(sys.executable, "-c"), cwd=workplace)
    assert (ended.code, ended.err) == (0, "")


def test_the_same_in_python():
    assert library.write_kernel("sobel-x", "imagemagick") == f"{SOBEL}\n"
    assert library.write_kernel(library.parse("edge"), "NPY").startswith(b"\x93NUMPY")
    assert str(library.read_kernel("Sobel", "imagemagick")) == "[1 0 -1; 2 0 -2; 1 0 -1]"
    with pytest.warns(UserWarning, match="says nothing of borders"):
        library.write_kernel("edge:border=zero", "vips")
