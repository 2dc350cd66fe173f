"""Pipes and signals, with real processes: what a shell script meets."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from drawing import decoded, noise, png, ramp, stored, write
from running import (
    COMMAND,
    PATIENCE,
    assert_ended,
    assert_nothing_left,
    begun,
    linux,
    patched,
    reader_of,
    typed,
)

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this is about POSIX"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # threads of other tests
]


def shell(line, cwd, stdin=b""):
    """Run a line of bash; FK in it is our command. Its exit code is that of the first command."""
    line = f"{line.replace('FK', COMMAND)}; exit ${{PIPESTATUS[0]}}"
    return typed("-c", line, command=["bash"], cwd=cwd, stdin=stdin)


# Pipes


def test_pictures_flow_through_pipes_as_through_files(workplace):
    write(workplace / "a.png", ramp())
    ended = shell("cat a.png | FK apply emboss | FK apply blur > out.png", workplace)
    assert (ended.code, ended.out, ended.err) == (0, b"", "")
    assert typed("apply", "emboss", "a.png", "-o", "b.png").code == 0
    assert typed("apply", "blur", "b.png", "-o", "c.png").code == 0
    assert (workplace / "out.png").read_bytes() == (workplace / "c.png").read_bytes()


def test_npy_keeps_signs_through_a_pipe(workplace):
    write(workplace / "a.png", noise(channels=1))
    line = "FK apply sobel-x a.png -o - --format npy | FK apply relu --format npy > out.npy"
    assert shell(line, workplace).err == ""
    assert typed("apply", "sobel-x | relu", "a.png", "-o", "whole.npy").code == 0
    np.testing.assert_array_equal(np.load("out.npy"), np.load("whole.npy"))


def test_a_file_redirected_to_stdin_is_a_picture_too(workplace):
    write(workplace / "a.png", ramp())
    ended = shell("FK apply identity < a.png", workplace)
    assert (ended.code, ended.err) == (0, "")
    np.testing.assert_array_equal(decoded(ended.out), ramp()[..., 0])


def test_a_dash_names_the_pipe_among_the_inputs(workplace):
    write(workplace / "a.png", ramp())
    ended = typed("apply", "blur", "-", "a.png", "-o", "out/", stdin=png(ramp()))
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines == ["out/stdin.blur.png", "out/a.blur.png"]


@pytest.mark.parametrize("unbuffered", ["PYTHONUNBUFFERED=", "PYTHONUNBUFFERED=1"])
def test_a_reader_that_goes_away_ends_it_quietly(workplace, unbuffered):
    write(workplace / "a.png", noise(400, 400))
    ended = shell(f"{unbuffered} FK apply identity a.png -o - | head -c 10", workplace)
    assert (ended.code, ended.err) == (141, "")
    assert ended.out == (workplace / "a.png").read_bytes()[:8] + b"\0\0"


@pytest.mark.parametrize("unbuffered", ["PYTHONUNBUFFERED=", "PYTHONUNBUFFERED=1"])
def test_a_picture_larger_than_a_pipe_goes_through_whole(workplace, unbuffered):
    write(workplace / "a.png", noise(400, 400))
    line = f"{unbuffered} FK apply identity a.png -o - | {{ sleep 0.3; cat; }}"
    ended = shell(line, workplace)
    assert (ended.code, ended.err) == (0, "")
    np.testing.assert_array_equal(decoded(ended.out), noise(400, 400))


@pytest.mark.parametrize("line", ["FK list | head -n 1", "FK apply blur a.png -f | head -c 0"])
def test_a_reader_of_text_that_goes_away_is_no_fault_either(workplace, line):
    write(workplace / "a.png", ramp())
    ended = shell(line, workplace)
    assert ended.code in (0, 141)
    assert ended.err == ""


def test_a_reader_that_is_gone_before_a_word_is_said_is_noticed(workplace):
    write(workplace / "a.png", ramp())
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as nowhere:
        done = subprocess.run(
            [COMMAND, "apply", "blur", "a.png", "-o", "-"], stdout=nowhere,
            stderr=subprocess.PIPE, check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_picture_needs_a_stdout_that_is_open(workplace):
    write(workplace / "a.png", ramp())
    ended = shell("FK apply blur a.png -o - >&-", workplace)
    assert_ended(ended, 5, "stdout is closed; the picture has no way out.", "-o FILE")


@pytest.mark.parametrize("flags", ["", "--json", "-q", "-v"])
@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_reason_to_fail(workplace, flags, closing):
    write(workplace / "a.png", ramp())
    ended = shell(f"FK apply blur a.png {flags} {closing}", workplace)
    assert ended.code == 0
    assert stored(workplace / "a.blur.png").shape == (20, 30)


def test_an_error_that_cannot_be_told_still_has_its_code(workplace):
    assert shell("FK apply egde a.png 2>&-", workplace).code == 2
    assert shell("FK apply egde a.png 2>/dev/full", workplace).code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "line",
    [
        "FK apply blur a.png -o -",
        "FK apply identity big.png -o -",
        "FK apply blur a.png",
        "FK apply blur a.png --json",
        "FK apply blur a.png -n",
        "FK list",
        "FK -h",
        "FK apply -h",
        "FK show edge",
        "FK",
    ],
)
def test_a_full_disk_behind_stdout_is_exit_5_and_a_sentence(workplace, line):
    write(workplace / "a.png", ramp())
    write(workplace / "big.png", noise(300, 300))
    ended = shell(f"{line} > /dev/full", workplace)
    assert_ended(ended, 5, "stdout could not be written: no space left on device.")


def test_stdin_is_never_touched_where_an_input_is_given(workplace):
    write(workplace / "a.png", ramp())
    ended = shell("{ FK apply blur a.png -q; cat; }", workplace, stdin=b"all of it")
    assert (ended.out, ended.err) == (b"all of it", "")


def test_an_empty_pipe_fails_with_a_sentence(workplace):
    sentence = "nothing came through the pipe; the command before it failed or printed nothing."
    assert_ended(shell("FK apply edge - -o x.png < /dev/null", workplace), 3, sentence)
    ended = shell("true | FK apply edge > out.png; exit $?", workplace)
    assert ended.err == f"filterkit: {sentence}\n"
    assert (workplace / "out.png").read_bytes() == b""


def test_after_a_second_without_a_byte_it_says_what_it_is_waiting_for(workplace):
    process = begun("apply", "identity")
    assert process.stderr.readline() == b"filterkit: waiting for a picture on stdin\n"
    out, err = process.communicate(png(ramp()), timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    np.testing.assert_array_equal(decoded(out), ramp()[..., 0])


@pytest.mark.parametrize("output", ["fifo", "/dev/stdout"])
def test_pipes_and_devices_are_written_directly(workplace, output):
    write(workplace / "a.png", ramp())
    if output == "fifo":
        os.mkfifo("fifo")
        ended = shell("FK apply identity a.png -o fifo -q & cat fifo", workplace)
    else:
        ended = shell("FK apply identity a.png -o /dev/stdout -q", workplace)
    assert ended.err == ""
    np.testing.assert_array_equal(decoded(ended.out), ramp()[..., 0])


def test_a_pipe_with_a_name_is_read(workplace):
    write(workplace / "a.png", ramp())
    os.mkfifo("fifo.png")
    ended = shell("{ cat a.png > fifo.png & FK apply identity fifo.png -o b.png; }", workplace)
    assert (ended.code, ended.err) == (0, "")
    np.testing.assert_array_equal(stored(workplace / "b.png"), ramp()[..., 0])


# Signals


SIGNALS = [
    (signal.SIGINT, True, 130, b"filterkit: interrupted.\n"),
    (signal.SIGINT, False, 130, b"filterkit: interrupted.\n"),
    (signal.SIGTERM, True, 143, b""),
    (signal.SIGTERM, False, 143, b""),
]


@linux
@pytest.mark.parametrize(("number", "to_all", "code", "said"), SIGNALS)
def test_a_signal_ends_it_all(workplace, number, to_all, code, said):
    os.mkfifo("slow.png")
    process = begun("apply", "edge", "slow.png")
    writer = reader_of("slow.png")
    (os.killpg if to_all else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=PATIENCE)
    os.close(writer)
    assert (process.returncode, out, err) == (code, b"", said)
    assert_nothing_left(process.pid, workplace)
    assert sorted(os.listdir()) == ["slow.png"]


@linux
@pytest.mark.parametrize(("number", "to_all", "code", "said"), SIGNALS)
def test_a_signal_while_it_waits_for_a_pipe_ends_it_too(workplace, number, to_all, code, said):
    process = begun("apply", "edge")
    waiting = process.stderr.readline()
    (os.killpg if to_all else os.kill)(process.pid, number)
    process.wait(PATIENCE)
    assert waiting == b"filterkit: waiting for a picture on stdin\n"
    assert (process.returncode, process.stderr.read()) == (code, said)
    assert_nothing_left(process.pid, workplace)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


SLOW_DISK = """
import os, time
def fsync(handle):
    while True:
        time.sleep(0.01)
os.fsync = fsync
"""


@linux
@pytest.mark.parametrize(("number", "to_all", "code", "said"), SIGNALS)
def test_a_signal_amid_writing_leaves_no_half_a_file(
    workplace, tmp_path, number, to_all, code, said
):
    place = workplace / "out"
    place.mkdir()
    write(workplace / "a.png", ramp())
    environment = {**os.environ, **patched(tmp_path, SLOW_DISK)}
    process = begun("apply", "edge", "a.png", "-o", "out/", env=environment)
    end = time.monotonic() + PATIENCE
    while not list(place.iterdir()) and time.monotonic() < end:
        time.sleep(0.01)
    (os.killpg if to_all else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (code, said)
    assert_nothing_left(process.pid, place)
    assert list(place.iterdir()) == []


TALKATIVE = """
import contextlib, os
flush = os.fsync
def fsync(handle):
    with contextlib.suppress(OSError):
        os.write(2, b"libsomething: a warning")
    flush(handle)
os.fsync = fsync
"""


@pytest.mark.parametrize("closing", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_a_library_says_never_goes_into_a_picture(workplace, tmp_path, closing):
    write(workplace / "a.png", ramp())
    environment = patched(tmp_path, TALKATIVE)
    line = f"{COMMAND} apply identity a.png -q {closing}"
    assert typed("-c", line, command=["bash"], env=environment).code == 0
    assert typed("apply", "identity", "a.png", "-o", "b.png").code == 0
    assert (workplace / "a.identity.png").read_bytes() == (workplace / "b.png").read_bytes()


def test_the_module_is_the_command(workplace):
    write(workplace / "a.png", ramp())
    ended = typed("-m", "filterkit", "apply", "blur", "a.png", command=[sys.executable])
    assert (ended.code, ended.out, ended.err) == (0, b"a.blur.png\n", "")
