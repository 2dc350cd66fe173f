"""A file is read whole, and written whole or not at all."""

import errno
import os
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterkit.errors import (
    NoSuchInputError,
    OutputExistsError,
    UnreadableInputError,
    UnwritableError,
)
from filterkit.pictures import files, writing
from filterkit.pictures.files import escaped, read_bytes, write_bytes
from filterkit.pictures.parts import part_of

ROOT = Path(__file__).resolve().parents[1]
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
POSIX = pytest.mark.skipif(os.name != "posix", reason="this system has no such files")


# Reading


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "a.png").write_bytes(b"content")
    assert read_bytes(tmp_path / "a.png") == b"content"


@POSIX
def test_a_pipe_is_read_to_its_end(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"content",))
    writer.start()
    assert read_bytes(pipe) == b"content"
    writer.join()


@pytest.mark.skipif(sys.platform == "darwin", reason="its names are UTF-8")
@POSIX
def test_a_name_that_is_no_utf8_is_a_name(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    write_bytes(path, b"content", replace=False)
    assert read_bytes(path) == b"content"


def test_a_missing_file_names_its_nearest_neighbour(tmp_path):
    (tmp_path / "img.png").touch()
    sentence = r"imgg\.png: no such file; in that folder there is img\.png\.$"
    with pytest.raises(NoSuchInputError, match=sentence):
        read_bytes(tmp_path / "imgg.png")


@pytest.mark.parametrize("name", ["quite-different.png", "missing/imgg.png", "img.png/inside"])
def test_a_missing_file_without_a_neighbour_is_just_missing(tmp_path, name):
    (tmp_path / "img.png").touch()
    with pytest.raises(NoSuchInputError, match=r": no such file\.$"):
        read_bytes(tmp_path / name)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(UnreadableInputError, match=" is a folder, no picture") as caught:
        read_bytes(tmp_path)
    assert caught.value.advice == "the files in it"


@POSIX
def test_a_device_is_no_picture():
    with pytest.raises(UnreadableInputError, match=r"^/dev/zero is a device, no picture\.$"):
        read_bytes(Path("/dev/zero"))


@pytest.mark.skipif(AS_ROOT or os.name != "posix", reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    (tmp_path / "a.png").touch(mode=0)
    with pytest.raises(UnreadableInputError, match=r"a\.png: this file may not be read\.$"):
        read_bytes(tmp_path / "a.png")


def test_permission_is_told_apart_also_for_root(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files, "open", refuse, raising=False)
    with pytest.raises(UnreadableInputError, match="this file may not be read"):
        read_bytes(tmp_path / "a.png")


def test_other_failures_of_reading_say_what_the_system_said(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files, "open", fail, raising=False)
    with pytest.raises(UnreadableInputError, match=r"a: reading failed: Input/output error\.$"):
        read_bytes(tmp_path / "a")


def test_a_name_with_a_zero_byte_is_an_error_of_ours():
    with pytest.raises(UnreadableInputError, match=r"^a\\x00b: reading failed: "):
        read_bytes(Path("a\0b"))


@pytest.mark.skipif(not files.BELOW, reason="this system does not open files in open folders")
@pytest.mark.parametrize("swapped", ["a", "a/b", "a/b/photo.png"])
def test_below_a_folder_no_link_is_followed(tmp_path, swapped):
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    for folder in (root, elsewhere):
        (folder / "a/b").mkdir(parents=True)
        (folder / "a/b/photo.png").write_bytes(folder.name.encode())
    path = root / "a/b/photo.png"
    assert read_bytes(path, root=root) == b"root"
    (root / swapped).rename(tmp_path / "aside")
    (root / swapped).symlink_to(elsewhere / swapped)
    assert read_bytes(path) == b"elsewhere"
    with pytest.raises(UnreadableInputError, match="has become a link, or lies behind one"):
        read_bytes(path, root=root)


def writing_after(monkeypatch, path, times):
    """Let somebody add a byte to a file each time that it has been read, so many times."""
    left = iter(range(times))
    plain = files.read_within

    def read_and_write(*arguments):
        content = plain(*arguments)
        if next(left, None) is not None:
            with path.open("ab") as file:
                file.write(b"+")
        return content

    monkeypatch.setattr(files, "read_within", read_and_write)


def test_a_file_that_grew_meanwhile_is_read_once_more(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"begun")
    writing_after(monkeypatch, path, 1)
    assert read_bytes(path) == b"begun+"


def test_a_file_that_does_not_come_to_rest_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"begun")
    writing_after(monkeypatch, path, 9)
    with pytest.raises(UnreadableInputError, match=r"a\.png: it is being written to\.$"):
        read_bytes(path)


@POSIX
def test_a_socket_is_no_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("x.png")
        with pytest.raises(UnreadableInputError, match=r"^x\.png is a socket, no picture\.$"):
            read_bytes(Path("x.png"))


# Writing


@pytest.mark.parametrize("replace", [False, True])
def test_a_new_file_is_written_and_nothing_else_is_left(tmp_path, replace):
    write_bytes(tmp_path / "a.png", b"content", replace)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"content"


def test_an_existing_file_is_never_overwritten_unasked(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    sentence = r"a\.png exists; nothing was written\.$"
    with pytest.raises(OutputExistsError, match=sentence) as caught:
        write_bytes(tmp_path / "a.png", b"new", replace=False)
    assert caught.value.advice == "add -f to replace it, --on-exists number to keep both"
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_appears_in_between_is_not_overwritten(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(writing, "_standing", lambda path: None)
    with pytest.raises(OutputExistsError):
        write_bytes(tmp_path / "a.png", b"new", replace=False)
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("exists", [False, True])
def test_where_there_are_no_links_nothing_is_overwritten_either(tmp_path, monkeypatch, exists):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(writing, "_standing", lambda path: None)
    path = tmp_path / "a.png"
    if exists:
        path.write_bytes(b"old")
        with pytest.raises(OutputExistsError):
            write_bytes(path, b"new", replace=False)
        assert path.read_bytes() == b"old"
    else:
        write_bytes(path, b"new", replace=False)
        assert path.read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_writers_of_one_name_exactly_one_wins(tmp_path):
    path, won = tmp_path / "a.png", []

    def write(number):
        try:
            write_bytes(path, bytes([number]) * 1000, replace=False)
            won.append(number)
        except OutputExistsError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert path.read_bytes() == bytes(won) * 1000


@POSIX
def test_a_new_file_has_the_mode_of_every_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a.png", b"", replace=True)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


@POSIX
def test_a_replaced_file_keeps_its_mode(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "a.png").chmod(0o604)
    write_bytes(tmp_path / "a.png", b"new", replace=True)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o604


@POSIX
def test_a_symlink_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "original.png").write_bytes(b"old")
    (tmp_path / "a.png").symlink_to("original.png")
    write_bytes(tmp_path / "a.png", b"new", replace=True)
    assert not (tmp_path / "a.png").is_symlink()
    assert (tmp_path / "original.png").read_bytes() == b"old"


@POSIX
def test_a_symlink_to_nowhere_exists(tmp_path):
    (tmp_path / "a.png").symlink_to("nowhere")
    with pytest.raises(OutputExistsError):
        write_bytes(tmp_path / "a.png", b"new", replace=False)


@POSIX
def test_a_hard_link_to_the_original_does_not_change_the_original(tmp_path):
    (tmp_path / "original.png").write_bytes(b"old")
    os.link(tmp_path / "original.png", tmp_path / "a.png")
    write_bytes(tmp_path / "a.png", b"new", replace=True)
    assert (tmp_path / "original.png").read_bytes() == b"old"


@POSIX
def test_a_pipe_is_written_directly(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"content", replace=False)
    reader.join()
    assert got == [b"content"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@POSIX
def test_a_device_is_written_directly_and_stays_one():
    write_bytes(Path("/dev/null"), b"content", replace=False)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@POSIX
def test_dev_stdout_is_written_directly_even_where_it_is_a_file(tmp_path):
    code = (
        "from pathlib import Path; from filterkit.pictures.files import write_bytes\n"
        "write_bytes(Path('/dev/stdout'), b'content', replace=True)"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=out, check=True)
    assert (tmp_path / "out").read_bytes() == b"content"
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_says_that_it_is_full():
    sentence = r"^/dev/full could not be written: the disk is full\.$"
    with pytest.raises(UnwritableError, match=sentence) as caught:
        write_bytes(Path("/dev/full"), b"content", replace=False)
    assert caught.value.advice == "free some space, or another -o"


@POSIX
@pytest.mark.parametrize("exists", [False, True])
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_part(tmp_path, exists):
    path = tmp_path / "a.png"
    if exists:
        path.write_bytes(b"old")
    code = f"""
        import resource, signal
        from pathlib import Path
        from filterkit.errors import UnwritableError
        from filterkit.pictures.files import write_bytes
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_bytes(Path({str(path)!r}), bytes(5000), replace=True)
        except UnwritableError as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True
    )
    assert "could not be written: a file may not become so large here." in run.stdout, run.stderr
    assert [other.name for other in tmp_path.iterdir()] == (["a.png"] if exists else [])
    if exists:
        assert path.read_bytes() == b"old"


@pytest.mark.parametrize("call", ["fsync", "fstat", "fchmod"])
def test_a_failure_at_any_step_leaves_the_old_file_and_no_part(tmp_path, monkeypatch, call):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(0o666)
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(UnwritableError, match="could not be written: the disk reports an error"):
        write_bytes(path, b"new", replace=True)
    monkeypatch.undo()
    assert [other.name for other in tmp_path.iterdir()] == ["a.png"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.EACCES, "that folder cannot be written to"),
        (errno.EROFS, "that disk is read-only"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the quota of the disk is used up"),
        (errno.EBUSY, "Device or resource busy"),
    ],
)
def test_why_a_file_cannot_be_written_is_said(tmp_path, monkeypatch, code, reason):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", fail)
    sentence = rf"a\.png could not be written: {reason}\.$"
    with pytest.raises(UnwritableError, match=sentence):
        write_bytes(tmp_path / "a.png", b"", replace=True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/a.png", "there is no such folder"),
        ("file/a.png", "a part of that path is no folder"),
        ("folder", "that is a folder"),
        ("a" * 300, "that name is too long"),
    ],
)
def test_a_place_where_no_file_can_be_is_said(tmp_path, name, reason):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnwritableError, match=rf" could not be written: {reason}\.$"):
        write_bytes(tmp_path / name, b"", replace=True)


@pytest.mark.skipif(AS_ROOT or os.name != "posix", reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_said(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(UnwritableError, match="that folder cannot be written to"):
        write_bytes(tmp_path / "a.png", b"", replace=True)


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127, "a" * 250 + ".png", "a"])
def test_a_temporary_name_is_never_too_long(tmp_path, name):
    assert len(os.fsencode(part_of(Path(name)).name)) <= 255
    write_bytes(tmp_path / name, b"content", replace=False)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_temporary_name_tells_what_it_is():
    name = part_of(Path("a.png")).name
    assert name.startswith(f".a.png.filterkit-{os.getpid()}-")
    assert name.endswith(".part")


# Names in messages


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.png", "plain name.png"),
        ("größe-画像.png", "größe-画像.png"),
        ("a\nb\tc\x1b[31m.png", r"a\nb\tc\x1b[31m.png"),
        ("a\u202egnp.png", r"a\u202egnp.png"),
        ("a\u2066b\u200bc\u2028d", r"a\u2066b\u200bc\u2028d"),
        (os.fsdecode(b"caf\xe9.png"), r"caf\xe9.png"),
        ("\ud800", r"\ud800"),
        ("\x85\x9b", r"\x85\x9b"),
    ],
)
def test_a_name_is_shown_without_what_would_act_on_a_terminal(name, shown):
    assert escaped(name) == shown
    assert escaped(Path(name)) == shown


@given(st.text())
def test_a_shown_name_can_be_printed_anywhere(name):
    shown = escaped(name)
    assert shown.isprintable()
    shown.encode()
