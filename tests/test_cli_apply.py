"""filterkit apply, point by point: names, what exists already, what is told, what a file keeps."""

import json
import os
import stat

import numpy as np
import pytest
import tifffile
from drawing import decoded, noise, png, ramp, stored, write
from PIL import Image, ImageCms
from running import assert_done, assert_ended

from filterkit.pictures.formats import WRITTEN

EXIF_ORIENTATION, EXIF_ARTIST = 0x0112, 0x013B


@pytest.fixture
def pictures(workplace):
    """Grey ramps a.png and b.png, which no filter here turns into one colour or cuts off."""
    for name in ("a.png", "b.png"):
        write(workplace / name, ramp())
    return workplace


def names(folder):
    """Every file beneath a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def assert_untouched(path, pixels):
    np.testing.assert_array_equal(stored(path), np.squeeze(pixels))


# Names


def test_a_result_lies_beside_its_picture_and_is_called_after_both(filterkit, workplace):
    folder = workplace / "deep" / "er"
    folder.mkdir(parents=True)
    write(folder / "photo.of.me.png", ramp())
    assert_done(filterkit("apply", "blur", "deep/er/photo.of.me.png"),
                "deep/er/photo.of.me.blur.png")  # fmt: skip
    assert_untouched(folder / "photo.of.me.png", ramp())


@pytest.mark.parametrize("ending", [".png", ".PNG", ".tif", ".tiff", ".jpg", ".JPEG", ".npy"])
def test_the_ending_is_kept_as_it_is_written(filterkit, workplace, ending):
    write(workplace / "a.png", ramp())
    kind = {".jpg": "jpeg", ".JPEG": "jpeg", ".npy": "npy"}.get(ending, "tiff")
    kind = "png" if ending.lower() == ".png" else kind
    filterkit("apply", "identity", "a.png", "-o", f"in{ending}", "--format", kind)
    assert_done(filterkit("apply", "blur", f"in{ending}"), f"in.blur{ending}")


def test_what_cannot_be_written_becomes_a_png_and_that_is_said_once(filterkit, workplace):
    (workplace / "photo.xyz").write_bytes(png(ramp()))
    ended = filterkit("apply", "blur", "photo.xyz")
    assert ended.lines == ["photo.blur.png"]
    note = "filterkit: photo.xyz: .xyz cannot be written; the result is a PNG.\n"
    assert (ended.code, ended.err) == (0, note)


@pytest.mark.parametrize("output", ["out/", "there", "there/", "new/and/deep/"])
def test_an_output_that_is_a_folder_takes_the_usual_names(filterkit, pictures, output):
    (pictures / "there").mkdir()
    folder = output.rstrip("/")
    paths = [f"{folder}/a.blur.png", f"{folder}/b.blur.png"]
    assert_done(filterkit("apply", "blur", "a.png", "b.png", "-o", output), *paths)
    assert names(pictures / folder) == ["a.blur.png", "b.blur.png"]


def test_missing_folders_of_an_output_file_are_made(filterkit, pictures):
    assert_done(filterkit("apply", "blur", "a.png", "-o", "x/y/z.png"), "x/y/z.png")


@pytest.mark.parametrize(
    ("output", "path"),
    [
        ("{stem}-{filter}{ext}", "a-gaussian-2.png"),
        ("{filter}/{stem}.tif", "gaussian-2/a.tif"),
        ("x_{stem}_{stem}.png", "x_a_a.png"),
        ("{stem}-{map}{ext}", "a-gaussian-sigma-2.png"),
    ],
)
def test_named_fields_of_an_output_expand(filterkit, pictures, output, path):
    ended = filterkit("apply", "gaussian:sigma=2", "a.png", "-o", output)
    if "{map}" in output:
        assert ended.code == 0 and len(ended.lines) == 1
    else:
        assert_done(ended, path)
    assert all((pictures / line).is_file() for line in ended.lines)


@pytest.mark.parametrize("output", ["{name}.png", "{}.png", "out{stem }/", "{0}{stem}{ext}"])
def test_any_other_field_is_refused(filterkit, pictures, output):
    ended = filterkit("apply", "blur", "a.png", "-o", output)
    assert ended.code == 2
    assert ended.err.endswith("  try: one of {stem} {filter} {map} {frame} {ext}\n")
    assert names(pictures) == ["a.png", "b.png"]


def test_braces_in_the_name_of_a_picture_are_no_fields(filterkit, workplace):
    write(workplace / "a{1}.png", ramp())
    assert_done(filterkit("apply", "blur", "a{1}.png"), "a{1}.blur.png")


SLUGS = {
    "gaussian:sigma=2": "gaussian-2",
    "gaussian:2": "gaussian-2",
    "gaussian:2,size=9": "gaussian-2-size9",
    "gaussian:2 | edge:stride=2": "gaussian-2_edge-stride2",
    "sobel-x & sobel-y | fuse:l2": "sobel-x+sobel-y_fuse-l2",
    "EDGE:Border=Wrap": "edge-border-Wrap",
    "edge | relu | max-pool:2": "edge_relu_max-pool-2",
    "line:angle=(0,45)": "line-0-45",
}


@pytest.mark.parametrize("expression", SLUGS)
def test_a_filter_is_named_by_its_steps_and_the_settings_given(filterkit, pictures, expression):
    ended = filterkit("apply", expression, "a.png", "-n")
    assert ended.lines == [f"a.{SLUGS[expression]}.png"]


def test_a_matrix_is_named_by_its_size_and_a_hash(filterkit, pictures):
    (name,) = filterkit("apply", "[-1 0 1; -2 0 2; -1 0 1]", "a.png", "-n").lines
    (other,) = filterkit("apply", "[-1 0 1; -2 0 2; -1 0 2]", "a.png", "-n").lines
    (same,) = filterkit("apply", "[[-1,0,1],[-2,0,2],[-1,0,1]]", "a.png", "-n").lines
    assert name.startswith("a.3x3-") and len(name) == len("a.3x3-4f2a.png")
    assert name == same != other


def test_a_filter_file_is_named_by_its_stem(filterkit, pictures):
    (pictures / "my own.toml").write_text("schema = 1\nweights = [[1, 2, 1]]\ndivide = 4\n")
    assert_done(filterkit("apply", "./my own.toml", "a.png"), "a.my-own.png")


def test_options_that_change_the_result_change_the_name(filterkit, pictures):
    lines = [
        [],
        ["--stride", "2"],
        ["--stride", "2x3"],
        ["--padding", "valid"],
        ["--border", "wrap"],
        ["--dilation", "2"],
        ["--fusion", "keep"],
        ["--bias", "0.5"],
        ["--flip"],
        ["--activation", "relu"],
        ["--activation", "leaky-relu:0.2"],
        ["--normalize", "minmax"],
        ["--pool", "max"],
        ["--pool", "max:3"],
        ["--pool", "max:3,stride=1"],
        ["--render", "signed"],
        ["--render", "signed:0.25"],
    ]
    found = [filterkit("apply", "edge", "a.png", "-n", *line).lines[0] for line in lines]
    assert len({*found}) == len(lines)


def test_a_long_name_is_cut_and_ends_in_a_hash(filterkit, pictures):
    long = " | ".join(f"gaussian:sigma={n}" for n in range(1, 9))
    names_of = [filterkit("apply", one, "a.png", "-n").lines[0] for one in (long, long + " | edge")]
    slugs = [name.removeprefix("a.").removesuffix(".png") for name in names_of]
    assert [len(slug) for slug in slugs] == [45, 45]
    assert slugs[0] != slugs[1] and slugs[0][:41] == slugs[1][:41]


# What exists already


def test_a_second_run_refuses_to_overwrite(filterkit, pictures):
    filterkit("apply", "blur", "a.png")
    before = (pictures / "a.blur.png").read_bytes()
    ended = filterkit("apply", "edge", "b.png", "a.png", "-o", "{stem}.blur{ext}")
    advice = "add -f to replace it, --on-exists number to keep both"
    assert_ended(ended, 5, "a.blur.png exists; nothing was written.", advice)
    assert (pictures / "a.blur.png").read_bytes() == before
    assert names(pictures) == ["a.blur.png", "a.png", "b.png"], "b.png was filtered all the same"


@pytest.mark.parametrize("flags", [["-f"], ["--force"], ["--on-exists", "overwrite"]])
def test_overwriting_must_be_asked_for(filterkit, pictures, flags):
    (pictures / "a.blur.png").write_bytes(b"old")
    (pictures / "a.blur.png").chmod(0o640)
    assert_done(filterkit("apply", "blur", "a.png", *flags), "a.blur.png")
    assert stored(pictures / "a.blur.png").shape == (20, 30)
    assert stat.S_IMODE((pictures / "a.blur.png").stat().st_mode) == 0o640


def test_what_exists_can_be_skipped_and_counts_as_done(filterkit, pictures):
    (pictures / "a.blur.png").write_bytes(b"old")
    ended = filterkit("apply", "blur", "a.png", "b.png", "--on-exists", "skip", "--json")
    said = [json.loads(line) for line in ended.lines]
    assert [one.get("status") for one in said] == ["skipped", "done", None]
    assert said[-1]["summary"] == {"done": 1, "skipped": 1, "failed": 0, "exit": 0}
    assert ended.code == 0
    assert (pictures / "a.blur.png").read_bytes() == b"old"


def test_both_can_be_kept(filterkit, pictures):
    for path in ("a.blur.png", "a.blur-2.png", "a.blur-3.png"):
        assert_done(filterkit("apply", "blur", "a.png", "--on-exists", "number"), path)


def test_force_and_on_exists_must_agree(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "-f", "--on-exists", "skip")
    assert_ended(ended, 2, "-f and --on-exists say different things.", "one of the two")


def test_in_place_replaces_the_originals(filterkit, pictures):
    (pictures / "a.png").chmod(0o600)
    assert_done(filterkit("apply", "[1/2]", "a.png", "b.png", "--in-place"), "a.png", "b.png")
    assert_untouched(pictures / "a.png", np.rint(ramp() / 2))
    assert stat.S_IMODE((pictures / "a.png").stat().st_mode) == 0o600
    assert names(pictures) == ["a.png", "b.png"]


def test_in_place_through_a_symlink_leaves_the_file_behind_it(filterkit, pictures):
    (pictures / "link.png").symlink_to("a.png")
    assert filterkit("apply", "edge", "link.png", "--in-place", "-q").code == 0
    assert not (pictures / "link.png").is_symlink()
    assert_untouched(pictures / "a.png", ramp())


@pytest.mark.parametrize("given", [["sample:zero"], ["-"], ["[0 1; 1 0]"]])
def test_only_files_can_be_replaced(filterkit, workplace, given):
    ended = filterkit("apply", "edge", *given, "--in-place")
    assert ended.code == 2 and "is no file that could be replaced" in ended.err


def test_in_place_and_an_output_contradict_each_other(filterkit, pictures):
    assert filterkit("apply", "blur", "a.png", "--in-place", "-o", "x.png").code == 2
    assert names(pictures) == ["a.png", "b.png"]


def test_two_results_of_one_name_are_refused_before_any_is_written(filterkit, pictures):
    (pictures / "sub").mkdir()
    write(pictures / "sub" / "a.png", ramp())
    ended = filterkit("apply", "blur", "b.png", "a.png", "sub/a.png", "-o", "out/")
    sentence = "a.png and sub/a.png would both become out/a.blur.png; nothing was written."
    assert_ended(ended, 5, sentence, "-o FOLDER/{stem}-other{ext} for one of them")
    assert not (pictures / "out").exists()


def link(original, path):
    path.hardlink_to(original)


def symlink(original, path):
    path.symlink_to(original)


def nothing(original, path):
    pass


@pytest.mark.parametrize("force", [[], ["-f"], ["--on-exists", "number"]])
@pytest.mark.parametrize(
    ("prepare", "output"),
    [(nothing, "a.png"), (nothing, "./x/../a.png"), (link, "l.png"), (symlink, "s.png")],
)
def test_an_output_is_never_the_original(filterkit, pictures, prepare, output, force):
    (pictures / "x").mkdir()
    prepare(pictures / "a.png", pictures / output)
    before = names(pictures)
    ended = filterkit("apply", "edge", "a.png", "-o", output, *force)
    shown = output.removeprefix("./")
    advice = "another -o, or --in-place to replace it"
    assert_ended(ended, 5, f"{shown} is the original.", advice)
    assert_untouched(pictures / "a.png", ramp())
    assert names(pictures) == before


def test_an_output_is_no_other_pictures_original_either(filterkit, pictures):
    write(pictures / "a-edge.png", ramp())
    line = ["apply", "edge & blur", "a.png", "a-edge.png", "-o", "{stem}-{map}{ext}"]
    ended = filterkit(*line, "-f")
    assert ended.code == 5 and "is an original" in ended.err
    assert_untouched(pictures / "a-edge.png", ramp())


def test_several_pictures_need_a_folder_or_a_template(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "b.png", "-o", "one.png")
    sentence = "2 pictures cannot all become one.png."
    assert_ended(ended, 2, sentence, "-o one/ or -o {stem}.png")


def test_several_pictures_do_not_fit_a_pipe(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "b.png", "-o", "-")
    assert_ended(ended, 2, "a pipe takes one picture, not several.", "-o FOLDER/")


def test_an_existing_file_without_an_ending_keeps_the_inputs_format(filterkit, pictures):
    (pictures / "plain").write_bytes(b"old")
    assert_done(filterkit("apply", "blur", "a.png", "-o", "plain", "-f"), "plain")
    assert decoded((pictures / "plain").read_bytes()).shape == (20, 30)


def test_an_unknown_ending_names_those_that_are_known(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "-o", "x.xyz")
    sentence = "x.xyz: .xyz names no format that can be written."
    assert ended.code == 2 and sentence in ended.err
    assert "try: one of .png .jpg .tif .webp" in ended.err and ", or --format" in ended.err


# What is told


def test_every_path_is_told_on_a_line_of_its_own_in_order(filterkit, pictures):
    ended = filterkit("apply", "blur", "b.png", "a.png", "sample:zero", "-o", "o/")
    assert_done(ended, "o/b.blur.png", "o/a.blur.png", "o/zero.blur.png")
    assert ended.out.endswith(b"\n")


def test_paths_can_be_separated_by_nul(filterkit, workplace):
    write(workplace / "a\nb.png", ramp())
    ended = filterkit("apply", "blur", "a\nb.png", "sample:zero", "-0", "-o", "o/")
    assert ended.out == b"o/a\nb.blur.png\0o/zero.blur.png\0"


def test_a_name_that_is_no_utf8_comes_out_as_it_went_in(filterkit, workplace):
    name = os.fsdecode(b"caf\xe9.png")
    write(workplace / "a.png", ramp()).rename(workplace / name)
    ended = filterkit("apply", "blur", name)
    assert (ended.code, ended.out) == (0, b"caf\xe9.blur.png\n")


def test_quiet_says_nothing_but_errors(filterkit, pictures):
    assert filterkit("apply", "[9]", "a.png", "-q") == (0, b"", "")
    assert filterkit("apply", "[9]", "nil", "-q").err == "filterkit: nil: no such file.\n"


def test_json_tells_one_object_per_input_and_a_summary(filterkit, pictures):
    (pictures / "c.png").write_text("no picture")
    ended = filterkit("apply", "edge", "a.png", "c.png", "none.png", "--stride", "2", "--json")
    said = [json.loads(line) for line in ended.lines]
    assert {one["schema"] for one in said} == {1}
    assert [one.get("input") for one in said] == ["a.png", "c.png", "none.png", None]
    assert {one["filter"] for one in said[:3]} == {"edge:stride=2"}
    assert [one["status"] for one in said[:3]] == ["done", "failed", "failed"]
    assert [one["outputs"] for one in said[:3]] == [["a.edge-stride2.png"], [], []]
    assert [one.get("code") for one in said[:3]] == [None, "unreadable", "no-such-file"]
    assert said[3]["summary"] == {"done": 1, "skipped": 0, "failed": 2, "exit": 1}
    assert ended.code == 1


def test_json_holds_the_notes_too(filterkit, pictures):
    ended = filterkit("apply", "[9]", "a.png", "--json")
    assert json.loads(ended.lines[0])["notes"] == ["100 % of the values are beyond white."]


def test_a_picture_on_stdout_leaves_no_room_for_objects(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "-o", "-", "--json")
    assert ended.code == 2
    assert "stdout carries the picture, and --json needs it too." in ended.err


def test_stdout_that_carries_a_picture_carries_nothing_else(filterkit, pictures):
    filterkit("apply", "blur", "a.png")
    ended = filterkit("apply", "blur", "a.png", "-o", "-")
    assert ended.out == (pictures / "a.blur.png").read_bytes()
    assert ended.err == ""


@pytest.mark.parametrize("flag", ["-n", "--dry-run"])
def test_a_dry_run_tells_the_paths_and_writes_nothing(filterkit, pictures, flag):
    assert_done(filterkit("apply", "blur", "a.png", "b.png", "-o", "new/", flag),
                "new/a.blur.png", "new/b.blur.png")  # fmt: skip
    assert not (pictures / "new").exists()
    said = json.loads(filterkit("apply", "blur", "a.png", flag, "--json").lines[0])
    assert (said["status"], said["outputs"]) == ("planned", ["a.blur.png"])
    assert names(pictures) == ["a.png", "b.png"]


def test_a_dry_run_finds_the_mistakes(filterkit, pictures):
    (pictures / "a.blur.png").write_bytes(b"old")
    assert filterkit("apply", "blur", "a.png", "-n").code == 5
    assert filterkit("apply", "blur:sgima=2", "a.png", "-n").code == 2


def test_verbose_prints_the_expression_that_the_flags_are_short_for(filterkit, pictures):
    flags = ["--stride", "2", "--activation", "relu", "--pool", "max:2"]
    ended = filterkit("apply", "edge", "a.png", *flags, "-v", "-n")
    assert ended.err == "filterkit: edge:stride=2 | relu | max-pool:2\n"


def test_one_failure_does_not_stop_the_others(filterkit, pictures):
    (pictures / "bad.png").write_bytes(png(ramp())[:-200])
    (pictures / "text.png").write_text("hello\n")
    given = ["a.png", "bad.png", "text.png", "none.png", "b.png"]
    ended = filterkit("apply", "blur", *given)
    assert (ended.code, ended.lines) == (1, ["a.blur.png", "b.blur.png"])
    assert [line.split(":")[1].strip() for line in ended.err.splitlines() if "try" not in line] == (
        ["bad.png", "text.png", "none.png"]
    )


def test_where_all_fail_the_exit_code_is_3(filterkit, workplace):
    (workplace / "empty.png").write_bytes(b"")
    assert filterkit("apply", "blur", "empty.png", "none.png", "nil.png").code == 3
    assert names(workplace) == ["empty.png"]


def test_an_output_that_cannot_be_written_is_exit_5(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "-o", "/dev/full")
    sentence = "/dev/full could not be written: the disk is full."
    assert_ended(ended, 5, sentence, "free some space, or another -o")
    assert filterkit("apply", "blur", "a.png", "-o", "b.png/c.png").code == 5
    long = "x" * 300 + ".png"
    assert filterkit("apply", "blur", "a.png", "-o", long).code == 5
    assert names(pictures) == ["a.png", "b.png"], "something is left behind"


def test_an_option_that_the_format_cannot_follow_is_a_wrong_setting(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "-o", "x.jpg", "--depth", "16")
    sentence = "JPEG holds 8 bit, not --depth 16."
    assert_ended(ended, 2, sentence, "--depth 8, or --format tiff")


# Inputs of other kinds


def test_a_sample_is_built_in(filterkit, workplace):
    assert_done(filterkit("apply", "identity", "sample:zero"), "zero.identity.png")
    assert stored(workplace / "zero.identity.png").shape == (5, 5)


def test_an_unknown_sample_names_those_that_there_are(filterkit, workplace):
    ended = filterkit("apply", "edge", "sample:cat")
    assert ended.code == 3
    assert ended.err.startswith("filterkit: there is no sample 'cat'; there are cutout, ")


def test_a_matrix_is_a_picture_whose_numbers_count_as_they_are(filterkit, workplace):
    matrix = "[0 1 0; 1 0 1]"
    assert filterkit("apply", "[1 1]:padding=valid", matrix, "-o", "sums.npy").code == 0
    np.testing.assert_array_equal(np.load("sums.npy"), [[1, 1], [1, 1]])
    (path,) = filterkit("apply", "[1]", matrix).lines
    np.testing.assert_array_equal(stored(workplace / path), [[0, 255, 0], [255, 0, 255]])


def test_a_large_matrix_is_a_picture_too(filterkit, workplace):
    rows = "; ".join(" ".join(["0.5"] * 100) for _ in range(20))
    assert filterkit("apply", "[1]", f"[{rows}]", "-o", "x.npy").code == 0
    assert np.load("x.npy").shape == (20, 100)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["edge", "x" * 300], 5), (["x" * 300, "a.png"], 2), (["x/" * 3000, "a.png"], 2),
     (["edge", "a.png", "-o", "x" * 300 + ".png"], 5), (["edge", "a.png", "-o", "x" * 999], 5)],
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_answered_as_any_other(
    filterkit, pictures, arguments, code
):
    ended = filterkit("apply", *arguments)
    assert ended.code == code, ended.err
    assert "bug" not in ended.err


def test_a_file_whose_name_begins_like_a_matrix_is_that_file(filterkit, workplace):
    write(workplace / "[1].png", ramp())
    assert_done(filterkit("apply", "blur", "[1].png"), "[1].blur.png")


# Members


BANK = "edge & sharpen & sobel-x"


@pytest.fixture
def colourful(workplace):
    write(workplace / "c.png", noise(60, 70))
    return workplace


def test_several_members_become_one_sheet(filterkit, colourful):
    assert filterkit("apply", BANK, "c.png", "-o", "sheet.png", "-q").code == 0
    sheet = stored(colourful / "sheet.png")
    assert sheet.shape[0] >= 60 and sheet.shape[1] >= 2 * 70
    assert sheet.shape[0] * sheet.shape[1] > 3 * 60 * 70


def test_several_members_become_files_by_map(filterkit, colourful):
    ended = filterkit("apply", BANK, "c.png", "-o", "{stem}/{map}.png")
    assert ended.lines == ["c/edge.png", "c/sharpen.png", "c/sobel-x.png"]
    assert [stored(colourful / line).shape for line in ended.lines] == (
        [(60, 70), (60, 70, 3), (60, 70)]
    )
    alone = filterkit("apply", "sharpen", "c.png", "-o", "alone.png")
    assert alone.code == 0
    assert_untouched(colourful / "c/sharpen.png", stored(colourful / "alone.png"))


def test_files_by_map_heed_what_exists(filterkit, colourful):
    line = ["apply", BANK, "c.png", "-o", "{map}.png"]
    (colourful / "sharpen.png").write_bytes(b"old")
    assert filterkit(*line).code == 5
    assert names(colourful) == ["c.png", "sharpen.png"], "some were written before the refusal"
    numbered = filterkit(*line, "--on-exists", "number").lines
    assert numbered == ["edge.png", "sharpen-2.png", "sobel-x.png"]
    (colourful / "edge.png").unlink()
    assert filterkit(*line, "--on-exists", "skip").code == 0
    assert (colourful / "sharpen.png").read_bytes() == b"old"
    assert (colourful / "edge.png").exists()
    assert filterkit(*line, "-f").lines == ["edge.png", "sharpen.png", "sobel-x.png"]
    assert stored(colourful / "sharpen.png").shape == (60, 70, 3)


def test_members_of_one_name_are_kept_apart(filterkit, colourful):
    ended = filterkit("apply", "edge & edge", "c.png", "-o", "{map}.png")
    assert ended.lines == ["edge.png", "edge-2.png"]
    assert filterkit("apply", "edge & edge", "c.png", "-o", "x.npz").code == 0
    assert len(np.load("x.npz").files) == 2


def test_npz_holds_one_named_array_a_member(filterkit, colourful):
    assert_done(filterkit("apply", BANK, "c.png", "-o", "maps.npz"), "maps.npz")
    with np.load("maps.npz") as maps:
        assert {name: maps[name].shape for name in maps} == (
            {"edge": (60, 70), "sharpen": (60, 70, 3), "sobel-x": (60, 70)}
        )
        assert {maps[name].dtype.name for name in maps} == {"float32"}
        assert maps["edge"].min() < 0


def test_npy_holds_rows_columns_maps(filterkit, colourful):
    assert_done(filterkit("apply", BANK, "c.png", "-o", "maps.npy"), "maps.npy")
    assert np.load("maps.npy").shape == (60, 70, 5)
    assert_done(filterkit("apply", "edge", "c.png", "-o", "map.npy"), "map.npy")
    assert np.load("map.npy").shape == (60, 70)


def test_members_that_differ_in_size_are_refused(filterkit, colourful):
    ended = filterkit("apply", "edge & sobel-x:stride=2", "c.png")
    assert ended.code == 2 and "60x70 and sobel-x:stride=2 30x35" in ended.err


# Frames


@pytest.fixture
def stack(workplace):
    np.save(workplace / "s.npy", np.stack([ramp() + 10 * n for n in range(3)]))
    return workplace


def test_frames_become_files_by_frame(filterkit, stack):
    ended = filterkit("apply", "identity", "s.npy", "-o", "{stem}-{frame}.png")
    assert_done(ended, "s-1.png", "s-2.png", "s-3.png")
    for number in range(3):
        assert_untouched(stack / f"s-{number + 1}.png", ramp() + 10 * number)


@pytest.mark.parametrize(("frames", "number"), [("first", 0), ("1", 0), ("3", 2)])
def test_one_frame_can_be_chosen(filterkit, stack, frames, number):
    ended = filterkit("apply", "identity", "s.npy", "-o", "s.png", "--frames", frames)
    assert_done(ended, "s.png")
    assert_untouched(stack / "s.png", ramp() + 10 * number)


def test_a_frame_that_is_not_there_and_frames_that_do_not_fit_are_errors(filterkit, stack):
    assert filterkit("apply", "identity", "s.npy", "-o", "s.png", "--frames", "4").code == 3
    ended = filterkit("apply", "identity", "s.npy", "-o", "s.jpg")
    sentence = "JPEG holds one frame, and there are 3."
    assert_ended(ended, 2, sentence, "--frames first, or -o {stem}-{frame}{ext}")


# Depth, format, rendering, quality, background


@pytest.mark.parametrize(
    ("name", "dtype", "channels"),
    [
        ("x.png", "uint8", 1), ("x.png", "uint8", 3), ("x.png", "uint8", 4),
        ("x.png", "uint16", 1), ("x.png", "uint16", 3), ("x.png", "uint16", 4),
        ("x.tif", "uint8", 3), ("x.tif", "uint16", 1), ("x.tif", "uint16", 3),
        ("x.tif", "uint16", 4), ("x.tif", "float32", 1), ("x.tif", "float32", 3),
    ],
)  # fmt: skip
def test_identity_gives_back_every_bit(filterkit, workplace, name, dtype, channels):
    path = write(workplace / name, noise(channels=channels, dtype=dtype))
    ended = filterkit("apply", "identity", name, "-q", *(
        ["--depth", "float"] if dtype == "float32" else []
    ))  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    result = stored(path.with_suffix(f".identity{path.suffix}"))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, stored(path))


def test_a_float_tiff_stays_float_where_nothing_is_asked(filterkit, workplace):
    write(workplace / "x.tif", noise(dtype="float32"))
    assert filterkit("apply", "identity", "x.tif", "-q").code == 0
    assert stored(workplace / "x.identity.tif").dtype == np.float32


def test_the_depth_of_the_input_is_kept_unless_another_is_asked_for(filterkit, workplace):
    write(workplace / "x.png", noise(dtype="uint16"))
    given = stored(workplace / "x.png")
    for depth, white in (("8", 255), ("16", 65535)):
        assert filterkit("apply", "identity", "x.png", "-o", f"{depth}.png", "--depth", depth
                         ).code == 0  # fmt: skip
        result = stored(workplace / f"{depth}.png")
        expected = np.rint(given.astype(np.float64) / 65535 * white)
        np.testing.assert_array_equal(result, expected)


def test_eight_bits_become_sixteen(filterkit, workplace):
    write(workplace / "x.png", noise())
    assert filterkit("apply", "identity", "x.png", "-o", "y.png", "--depth", "16").code == 0
    np.testing.assert_array_equal(stored(workplace / "y.png"), noise().astype(np.uint16) * 257)


def test_depth_float_keeps_what_is_below_black(filterkit, workplace):
    write(workplace / "x.png", noise(channels=1))
    assert filterkit("apply", "sobel-x", "x.png", "-o", "y.tif", "--depth", "float").code == 0
    result = stored(workplace / "y.tif")
    assert result.dtype == np.float32
    assert result.min() < -1 and result.max() > 1
    assert filterkit("apply", "sobel-x", "x.png", "-o", "y.npy").code == 0
    np.testing.assert_array_equal(np.load("y.npy"), result)


def test_sixteen_bits_into_jpeg_is_said(filterkit, workplace):
    write(workplace / "x.png", np.full((8, 8, 3), 30000, np.uint16) + noise(8, 8))
    ended = filterkit("apply", "identity", "x.png", "-o", "x.jpg")
    assert ended.err == (
        "filterkit: x.png: JPEG holds no 16 bit: the result has 8.\n  try: --format png or tiff\n"
    )
    assert (ended.code, ended.lines) == (0, ["x.jpg"])


def test_floats_into_png_are_said_and_refused_where_asked_for(filterkit, workplace):
    write(workplace / "x.tif", noise(dtype="float32"))
    ended = filterkit("apply", "identity", "x.tif", "-o", "x.png")
    assert "PNG holds no floating-point numbers: the result has 8." in ended.err
    assert filterkit("apply", "edge", "x.tif", "-o", "y.png", "--depth", "float").code == 2
    assert names(workplace) == ["x.png", "x.tif"]


@pytest.mark.parametrize(
    ("format", "path", "beginning"),
    [
        ("png", "a.blur.png", b"\x89PNG"),
        ("jpeg", "a.blur.jpg", b"\xff\xd8"),
        ("tiff", "a.blur.tif", b"II*\0"),
        ("npy", "a.blur.npy", b"\x93NUMPY"),
        ("npz", "a.blur.npz", b"PK"),
    ],
)
def test_a_format_that_is_asked_for_gives_the_ending_and_the_bytes(
    filterkit, pictures, format, path, beginning
):
    assert_done(filterkit("apply", "blur", "a.png", "--format", format), path)
    assert (pictures / path).read_bytes().startswith(beginning)


def test_a_format_wins_over_the_ending_of_the_output(filterkit, pictures):
    assert_done(filterkit("apply", "blur", "a.png", "-o", "x.dat", "--format", "png"), "x.dat")
    assert (pictures / "x.dat").read_bytes().startswith(b"\x89PNG")


def test_renderings_show_signed_numbers(filterkit, workplace):
    write(workplace / "x.png", ramp())
    raw = np.diff(ramp()[..., 0].astype(np.float64), axis=1)
    renderings = {
        "clip:2": np.clip(2 * raw, 0, 255),
        "abs:3": np.clip(3 * np.abs(raw), 0, 255),
        "signed:4": np.clip(127.5 + 2 * raw, 0, 255),
        "stretch": (raw - raw.min()) / (raw.max() - raw.min()) * 255,
    }
    for render, expected in renderings.items():
        kind = render.partition(":")[0]
        ended = filterkit("apply", "[-1 1]:padding=valid", "x.png", "-o", f"{kind}.png",
                          "--render", render)  # fmt: skip
        assert ended.code == 0
        np.testing.assert_array_equal(stored(workplace / f"{kind}.png"), np.rint(expected))


def test_quality_is_asked_for_kept_or_95(filterkit, workplace):
    write(workplace / "x.png", noise(64, 64))
    write(workplace / "q20.jpg", noise(64, 64), quality=20)
    sizes = {}
    for quality in ("10", "50", "95"):
        filterkit("apply", "identity", "x.png", "-o", f"{quality}.jpg", "--quality", quality)
        sizes[quality] = (workplace / f"{quality}.jpg").stat().st_size
    assert sizes["10"] < sizes["50"] < sizes["95"]
    filterkit("apply", "identity", "x.png", "-o", "usual.jpg")
    assert (workplace / "usual.jpg").stat().st_size == sizes["95"]
    filterkit("apply", "identity", "q20.jpg", "-o", "kept.jpg")
    with Image.open("q20.jpg") as before, Image.open("kept.jpg") as after:
        assert after.quantization == before.quantization


@pytest.mark.parametrize(
    ("flag", "value", "sentence"),
    [
        ("--quality", "0", "quality is 1 or more, not 0."),
        ("--quality", "101", "quality is 100 or less, not 101."),
        ("--quality", "best", "quality is a whole number, not 'best'."),
        ("--depth", "12", "depth is one of 8, 16, float, not 12."),
        ("--format", "heic", f"format is one of {', '.join(WRITTEN)}, not 'heic'."),
        ("--render", "loud", "render is one of clip, abs, signed, stretch, not 'loud'."),
        ("--background", "ultraviolet",
         "background is white, black, gray or #rrggbb, not 'ultraviolet'."),
        ("--metadata", "some", "metadata is one of keep, icc, strip, not 'some'."),
        ("--frames", "0", "frames is 1 or more, not 0."),
        ("--threads", "0", "threads is 1 or more, not 0."),
        ("--max-pixels", "none", "max_pixels is a whole number, not 'none'."),
        ("--on-exists", "ask", "on_exists is one of error, skip, overwrite, number, not 'ask'."),
        ("--stride", "0", "stride is 1 or more, not 0."),
        ("--bias", "high", "bias is a finite number, not 'high'."),
        ("--activation", "gelu", None),
        ("--activation", "edge", None),
        ("--pool", "median:2", None),
        ("--normalize", "batch", "--normalize is one of zscore, minmax, l2, not 'batch'."),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_answered_with_those_that_can(
    filterkit, pictures, flag, value, sentence
):
    ended = filterkit("apply", "edge", "a.png", flag, value)
    assert ended.code == 2
    if sentence is not None:
        assert ended.err.startswith(f"filterkit: {sentence}\n")
    assert "Traceback" not in ended.err
    assert names(pictures) == ["a.png", "b.png"]


def cutout(colour, rows=41, columns=41):
    """A disk of one colour on nothing; what does not show is black."""
    row, column = np.mgrid[:rows, :columns]
    inside = (row - rows // 2) ** 2 + (column - columns // 2) ** 2 <= 12**2
    return np.where(inside[..., None], np.array([*colour, 255], np.uint8), np.uint8(0))


@pytest.mark.parametrize(
    ("background", "colour"),
    [([], (255, 255, 255)), (["--background", "black"], (0, 0, 0)),
     (["--background", "#08f"], (0, 136, 255)), (["--background", "GRAY"], (128, 128, 128))],
)  # fmt: skip
def test_a_background_shows_where_transparency_cannot_stay(
    filterkit, workplace, background, colour
):
    write(workplace / "x.png", cutout((200, 40, 90)))
    ended = filterkit("apply", "identity", "x.png", "-o", "x.jpg", *background)
    assert ended.code == 0
    assert ended.err == (
        "filterkit: x.png: JPEG holds no transparency: what showed through is --background.\n"
    )
    result = stored(workplace / "x.jpg").astype(int)
    assert np.abs(result[0, 0] - colour).max() <= 3
    assert np.abs(result[20, 20] - (200, 40, 90)).max() <= 8


# Transparency


def test_a_detector_leaves_the_transparency_alone(filterkit, workplace):
    write(workplace / "x.png", cutout((200, 40, 90)))
    assert filterkit("apply", "edge", "x.png", "-q").code == 0
    result = stored(workplace / "x.edge.png")
    np.testing.assert_array_equal(result[..., -1], cutout((0, 0, 0))[..., -1])


def test_a_blurred_cutout_has_no_dark_fringe(filterkit, workplace):
    colour = (200, 40, 90)
    write(workplace / "x.png", cutout(colour))
    assert_done(filterkit("apply", "gaussian:3", "x.png"), "x.gaussian-3.png")
    result = stored(workplace / "x.gaussian-3.png").astype(int)
    alpha = result[..., 3]
    rim = (alpha > 0) & (alpha < 250)
    assert rim.sum() > 300, "there is no soft rim"
    assert np.abs(result[rim][:, :3] - colour).max() <= 1


def test_transparency_that_no_longer_fits_is_lost_and_that_is_said_once(filterkit, workplace):
    write(workplace / "x.png", cutout((200, 40, 90)))
    ended = filterkit("apply", "sobel-x:stride=2", "x.png")
    lost = "filterkit: x.png: the transparency is lost: it does not fit the result.\n"
    assert ended.err.count(lost) == 1
    assert stored(workplace / "x.sobel-x-stride2.png").ndim == 2


def test_an_opaque_picture_is_filtered_as_one_without_alpha(filterkit, workplace):
    pixels = noise()
    opaque = np.concatenate([pixels, np.full((20, 30, 1), 255, np.uint8)], axis=-1)
    write(workplace / "rgb.png", pixels)
    write(workplace / "rgba.png", opaque)
    for name in ("rgb", "rgba"):
        assert filterkit("apply", "gaussian:2", f"{name}.png").code == 0
    plain, with_alpha = (stored(workplace / f"{name}.gaussian-2.png") for name in ("rgb", "rgba"))
    np.testing.assert_array_equal(with_alpha[..., :3], plain)
    assert (with_alpha[..., 3] == 255).all()


# Metadata


def test_a_photo_taken_sideways_comes_out_upright(filterkit, workplace):
    pixels = np.zeros((16, 48, 3), np.uint8) + 60
    pixels[:, :16] = (220, 60, 60)  # what is left in the file is above in the picture
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # to be turned by 90 degrees, clockwise
    write(workplace / "x.jpg", pixels, exif=exif.tobytes(), quality=95)
    assert_done(filterkit("apply", "identity", "x.jpg"), "x.identity.jpg")
    with Image.open("x.identity.jpg") as result:
        assert result.size == (16, 48)
        assert result.getexif().get(EXIF_ORIENTATION, 1) == 1
        red = np.asarray(result)[..., 0].astype(int)
    assert red[4, 8] > 190 and red[40, 8] < 90


@pytest.fixture
def told(workplace):
    """A photo that knows its profile and who took it."""
    exif = Image.Exif()
    exif[EXIF_ARTIST] = "Ada"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    write(workplace / "x.jpg", noise(), exif=exif.tobytes(), icc_profile=profile)
    return profile


@pytest.mark.parametrize(
    ("flags", "has_icc", "has_exif"),
    [
        ([], True, True),
        (["--metadata", "keep"], True, True),
        (["--metadata", "icc"], True, False),
        (["--metadata", "strip"], False, False),
    ],
)
@pytest.mark.parametrize("ending", [".jpg", ".png"])
def test_metadata_stays_as_far_as_it_is_asked_for(
    filterkit, told, flags, has_icc, has_exif, ending
):
    assert filterkit("apply", "identity", "x.jpg", "-o", f"y{ending}", *flags, "-q").code == 0
    with Image.open(f"y{ending}") as result:
        assert (result.info.get("icc_profile") == told) is has_icc
        assert (result.getexif().get(EXIF_ARTIST) == "Ada") is has_exif


def test_a_profile_for_colours_does_not_stay_with_a_grey_map(filterkit, told):
    assert filterkit("apply", "edge", "x.jpg", "-q").code == 0
    with Image.open("x.edge.jpg") as result:
        assert result.mode == "L"
        assert "icc_profile" not in result.info
        assert result.getexif().get(EXIF_ARTIST) == "Ada"


# Warnings


@pytest.mark.parametrize(("columns", "warned"), [(20, False), (21, True)])
def test_more_than_a_fifth_beyond_white_is_warned_of(filterkit, workplace, columns, warned):
    pixels = np.full((10, 100, 1), 50, np.uint8)
    pixels[:, :columns] = 200
    write(workplace / "x.png", pixels)
    ended = filterkit("apply", "[2]", "x.png", "-o", "y.png")
    said = "filterkit: x.png: 21 % of the values are beyond white.\n  try: --render stretch\n"
    assert (ended.code, ended.err) == (0, said if warned else "")


@pytest.mark.parametrize(
    ("filter", "colour"),
    [("edge", "black"), ("identity", "one grey"), ("identity:bias=1", "white")],
)
def test_a_result_of_one_colour_is_warned_of(filterkit, workplace, filter, colour):
    write(workplace / "x.png", np.full((9, 9, 1), 90, np.uint8))
    ended = filterkit("apply", filter, "x.png", "-o", "y.png")
    assert ended.code == 0
    if colour == "white":
        assert ended.err.startswith("filterkit: x.png: 100 % of the values are beyond white.")
    else:
        assert ended.err.startswith(f"filterkit: x.png: every pixel of the result is {colour}.\n")


def test_raw_numbers_are_never_warned_of(filterkit, workplace):
    write(workplace / "x.png", np.full((9, 9, 1), 90, np.uint8))
    assert_done(filterkit("apply", "[9]", "x.png", "-o", "y.npy"), "y.npy")


# Limits


def test_a_picture_above_the_limit_is_refused(filterkit, pictures):
    ended = filterkit("apply", "blur", "a.png", "--max-pixels", "599")
    sentence = "a.png: 20x30 pixels are more than the limit of 599."
    assert_ended(ended, 3, sentence, "--max-pixels 600")
    assert filterkit("apply", "blur", "a.png", "--max-pixels", "600").code == 0


def test_the_number_of_threads_changes_no_byte(filterkit, workplace):
    write(workplace / "x.tif", noise(600, 500, dtype="uint16"))
    for threads in ("1", "2"):
        assert filterkit("apply", "gaussian:2 | edge", "x.tif", "-o", f"{threads}.tif",
                         "--threads", threads, "-q").code == 0  # fmt: skip
    assert (workplace / "1.tif").read_bytes() == (workplace / "2.tif").read_bytes()
    assert tifffile.imread("1.tif").dtype == np.uint16


def test_verbose_tells_which_way_each_kernel_takes_and_why(filterkit, pictures):
    ended = filterkit("apply", "gaussian:2 | edge", "a.png", "-o", "b.npy", "-v")
    assert ended.err.splitlines() == [
        "filterkit: gaussian:2 | edge",
        "filterkit: a.png: gaussian:2,fusion=sum: separable, a column times a row: "
        "13 + 13 products, not 169.",
        "filterkit: a.png: edge: direct, 9 products.",
    ]
