"""Spoilt pictures, filter files and expressions are refused by our own errors, or read right.

The long run is `python tests/fuzzing.py --minutes 10`; this one tries the same inputs every time.
"""

import io

import numpy as np
import pytest
import tifffile
from fuzz.running import run
from fuzz.targets import TARGETS, checked

from filterkit.errors import FilterError, FilterFileError, InputError
from filterkit.filters.meaning import parse
from filterkit.pictures.codecs import decode, encode
from filterkit.pictures.picture import Picture

SEED = 20
INPUTS = 5000
FEWER = {"avif": 1500, "heic": 1500, "jp2": 2500}
"""Where an input takes several times as long."""


@pytest.fixture(scope="module")
def findings():
    return run(SEED, {name: FEWER.get(name, INPUTS) for name in TARGETS})


@pytest.mark.parametrize("target", TARGETS)
def test_no_promise_is_broken(findings, target):
    assert findings.of(target) == []
    assert findings.refused[target] + findings.done[target] == FEWER.get(target, INPUTS)


@pytest.mark.parametrize("target", TARGETS)
def test_some_inputs_are_read_and_some_refused(findings, target):
    """Else the seeds are no good, or nothing is spoilt."""
    assert findings.refused[target] > 100
    assert findings.done[target] > 50


# What was found, reduced


PICTURES = {
    "a first page at place 0": "49492a0000000000",
    "a TIFF of no bytes but its mark": "4d4d002a",
}


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_was_found_is_refused(content):
    with pytest.raises(InputError, match=r"^it: "):
        decode(bytes.fromhex(content), "it")


@pytest.mark.parametrize("number", ["7f800001", "7f61b1e6", "ff800000"])
def test_inks_that_are_no_numbers_or_huge_are_refused_in_silence(number):
    inks = np.full((4, 4, 4), 0.5, ">f4")
    inks.view(">u4")[1, 1] = int(number, 16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((4, 4, 4), ">f4"), photometric="separated", byteorder=">")
    content = stream.getvalue()[: -inks.nbytes] + inks.tobytes()
    with pytest.raises(InputError, match=r"^it: 3 of its 48 numbers are NaN or infinite\.$"):
        decode(content, "it")


@pytest.mark.parametrize("name", ["webp", "avif", "jp2"])
def test_parts_without_end_are_refused(name):
    content = encode(Picture(np.zeros((1, 16, 16, 3), np.uint8)), name)
    if name == "webp":
        extended = b"VP8X\x0a\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0" + content[12:]
        body = b"WEBP" + extended + b"abcd\0\0\0\0" * 100_000
        content = b"RIFF" + len(body).to_bytes(4, "little") + body
    else:
        content += b"\0\0\0\x08free" * 100_000
    with pytest.raises(InputError, match=r"it has 100000 (chunks|boxes) behind one another"):
        decode(content, "it")


@pytest.mark.parametrize(
    "text",
    ["[1 2]:divide=(4096)", "identity:stride=(1e16)", "normalize:(minmax)", "line:angle=(0)"],
)
def test_a_list_of_one_value_is_that_value(text):
    assert parse(text) == parse(text.replace("(", "").replace(")", ""))
    checked(parse(text))


@pytest.mark.parametrize("text", ["[1e308 1e308 1]", "[[1e308,-1e308]]"])
def test_weights_whose_sum_no_number_holds_are_refused(text):
    with pytest.raises(FilterError, match=r"^the weights add up to more than a number can hold\."):
        parse(text)
    with pytest.raises(FilterError, match=r"^the weights add up to more than a number can hold\."):
        from filterkit import Kernel

        Kernel(np.array([[1e308, 1e308]])).weights.sum()


def test_lists_of_lists_of_values_have_an_end():
    many = ",".join(map(str, range(101)))
    with pytest.raises(FilterError, match=r"^the lists of line make more than 10000 steps\."):
        parse(f"line:angle=({many}),bias=({many})")


@pytest.fixture
def files(workplace):
    """Write filter files that are made of the next ones."""

    def write(count, steps):
        for number in range(count):
            text = steps.replace("NEXT", f"./f{number + 1}.toml")
            (workplace / f"f{number}.toml").write_text(f"steps = '{text}'\n")
        (workplace / f"f{count}.toml").write_text("weights = [[1]]\n")

    return write


def test_a_few_files_cannot_mean_any_number_of_steps(files):
    files(30, " & ".join(["NEXT"] * 10))
    with pytest.raises(FilterFileError, match=r"a filter has at most 10000 steps\."):
        parse("./f0.toml")


@pytest.mark.parametrize("steps", ["NEXT", "edge & (relu | (edge & (relu | NEXT)))"])
def test_a_chain_of_files_cannot_go_deeper_than_pythons_stack(files, steps):
    files(300, steps)
    with pytest.raises(FilterError, match="filters within filters, too many deep"):
        parse("./f0.toml")
    checked(parse("./f295.toml"))


def test_a_file_cannot_write_to_the_terminal_by_its_name(workplace):
    (workplace / "b.toml").write_text('steps = "./b.toml"\n')
    for steps in ("edge |", "./b.toml"):
        (workplace / "a\x1b[31m\n.toml").write_text(f'steps = "{steps}"\n')
        with pytest.raises(FilterFileError) as caught:
            parse('"./a\x1b[31m\n.toml"')
        assert "a\\x1b[31m\\n" in caught.value.sentence
        assert caught.value.sentence.isprintable()


def test_a_signalling_nan_in_an_array_of_weights_is_refused_in_silence(workplace):
    weights = np.frombuffer(b"\x7f\xff\xa8\0\x3f\x80\0\0", ">f4").reshape(1, 2)
    np.save(workplace / "k.npy", weights)
    stored = (workplace / "k.npy").read_bytes()
    (workplace / "k.npy").write_bytes(stored[:-8] + b"\x7f\x80\0\x01\x3f\x80\0\0")
    with pytest.raises(FilterFileError, match="every weight is a finite number"):
        parse("./k.npy")
