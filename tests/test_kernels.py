"""Every file of kernels/ is what its name says, number by number, and says where it is from."""

import math
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import edges

from filterkit.filters.families import FAMILIES
from filterkit.filters.formats import GROUPS, dump, heading, load
from filterkit.steps.convolve import Convolve
from filterkit.steps.kernel import Kernel
from filterkit.steps.step import Rendering, RenderingKind

FOLDER = Path(__file__).parents[1] / "kernels"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
FILES = {name: load(FOLDER / f"{name}.toml") for name in NAMES}

ROOT = math.sqrt(2)
MATRICES = {
    "edge": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "laplacian": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
    "sobel-x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel-y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "prewitt-x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt-y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr-x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr-y": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "roberts-x": [[-1, 0], [0, 1]],
    "roberts-y": [[0, -1], [1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "sharpen-strong": [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]],
    "high-pass": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "smooth": [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
    "relief": [[-1, 0, 0], [0, 0, 0], [0, 0, 1]],
    "oblique-right": [[-1, -1, 2], [-1, 2, -1], [2, -1, -1]],
    "oblique-left": [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]],
    "line-horizontal": [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]],
    "line-vertical": [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]],
    "stroke-right": [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
    "stroke-left": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "stroke-horizontal": [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    "stroke-vertical": [[0, 1, 0], [0, 1, 0], [0, 1, 0]],
    "identity": [[1]],
    "red-green-edge": [
        [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ],
}
"""As the literature prints them, typed here once more."""

DIVIDED = {"high-pass": 9, "smooth": 16}
KIRSCH = {
    "north": [[5, 5, 5], [-3, 0, -3], [-3, -3, -3]],
    "north-east": [[-3, 5, 5], [-3, 0, 5], [-3, -3, -3]],
    "east": [[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]],
    "south-east": [[-3, -3, -3], [-3, 0, 5], [-3, 5, 5]],
    "south": [[-3, -3, -3], [-3, 0, -3], [5, 5, 5]],
    "south-west": [[-3, -3, -3], [5, 0, -3], [5, 5, -3]],
    "west": [[5, -3, -3], [5, 0, -3], [5, -3, -3]],
    "north-west": [[5, 5, -3], [5, 0, -3], [-3, -3, -3]],
}
ROBINSON = {
    "north": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "north-east": [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]],
    "east": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "south-east": [[-2, -1, 0], [-1, 0, 1], [0, 1, 2]],
    "south": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "south-west": [[0, -1, -2], [1, 0, -1], [2, 1, 0]],
    "west": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "north-west": [[2, 1, 0], [1, 0, -1], [0, -1, -2]],
}
FREI_CHEN = {
    "gradient-y": [[1, ROOT, 1], [0, 0, 0], [-1, -ROOT, -1]],
    "gradient-x": [[1, 0, -1], [ROOT, 0, -ROOT], [1, 0, -1]],
    "ripple-1": [[0, -1, ROOT], [1, 0, -1], [-ROOT, 1, 0]],
    "ripple-2": [[ROOT, -1, 0], [-1, 0, 1], [0, 1, -ROOT]],
}
FREI_CHEN_REST = [
    np.divide([[0, 1, 0], [-1, 0, -1], [0, 1, 0]], 2),
    np.divide([[-1, 0, 1], [0, 0, 0], [1, 0, -1]], 2),
    np.divide([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], 6),
    np.divide([[-2, 1, -2], [1, 4, 1], [-2, 1, -2]], 6),
    np.divide([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 3),
]
COMPOSED = {
    "sobel": "sobel-x & sobel-y | fuse:l2",
    "prewitt": "prewitt-x & prewitt-y | fuse:l2",
    "scharr": "scharr-x & scharr-y | fuse:l2",
    "roberts": "roberts-x & roberts-y | fuse:l2",
    "farid": "farid-x & farid-y | fuse:l2",
    "kirsch": " & ".join(KIRSCH) + " | fuse:max",
    "robinson": " & ".join(ROBINSON) + " | fuse:max",
    "frei-chen": " & ".join(FREI_CHEN) + " | fuse:l2",
}
RENDERED = {
    **dict.fromkeys(["sobel-x", "sobel-y", "prewitt-x", "prewitt-y", "robinson"], "abs:0.5"),
    **dict.fromkeys(["scharr-x", "scharr-y", "kirsch"], "abs:0.125"),
    **dict.fromkeys(["roberts-x", "roberts-y"], "abs:2"),
    **dict.fromkeys(["farid-x", "farid-y", "red-green-edge"], "abs:4"),
    **dict.fromkeys(["oblique-right", "oblique-left"], "clip:2"),
    **dict.fromkeys(["line-horizontal", "line-vertical"], "clip:2"),
    **dict.fromkeys(["stroke-right", "stroke-left"], "stretch"),
    **dict.fromkeys(["stroke-horizontal", "stroke-vertical"], "stretch"),
    **dict.fromkeys(["laws", "frei-chen"], "stretch"),
    **dict.fromkeys(["log", "dog"], "signed:4"),
    "line": "clip:1",
    "gabor": "abs:8",
    "relief": "signed:1",
    "high-pass": "signed:8",
}
"""COMMANDS.md, section 4; what is not here follows from the detector rule."""

FUSED = {
    "high-pass": "keep",
    **dict.fromkeys([name for name in NAMES if name.startswith("stroke")], "sum"),
}


def convolve(name):
    """Make the step that a file of weights or of a family means by itself."""
    file = FILES[name]
    if file.weights is not None:
        return Convolve(Kernel(file.weights), **file.settings)
    family = FAMILIES[file.family](**file.family_settings)
    return Convolve(Kernel(family.weights()), **{"divide": family.divisor, **file.settings})


def matrix(name):
    """Give the weights, (rows, columns), divided."""
    step = convolve(name)
    return step.kernel.weights[0, 0] / step.divide


SIMPLE = [name for name in NAMES if not FILES[name].steps]


def test_the_catalogue_is_complete():
    families = {FILES[name].family for name in NAMES} - {""}
    assert families == set(FAMILIES)
    assert set(NAMES) == {*MATRICES, *COMPOSED, *FAMILIES, "farid-x", "farid-y", "blur"}


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_says_what_it_is_and_where_it_is_from(name):
    file = FILES[name]
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
    assert file.title and len(file.title) <= 50 and not file.title.endswith(".")
    assert file.about.endswith(".") and 20 < len(file.about) < 300
    assert file.group in GROUPS
    assert file.source and not file.source.endswith(".")
    assert heading(file.path) == file


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_survives_writing(name, tmp_path):
    path = tmp_path / f"{name}.toml"
    path.write_text(dump(FILES[name]), encoding="utf-8")
    assert dump(load(path)) == dump(FILES[name])


def test_no_other_name_is_a_name_or_stands_twice():
    other = [name for file in FILES.values() for name in file.also]
    assert len(set(other)) == len(other) and not set(other) & set(NAMES)


@pytest.mark.parametrize("name", MATRICES)
def test_the_matrix_is_that_of_the_literature(name):
    weights = np.array(MATRICES[name])
    assert FILES[name].weights == weights.tolist()
    assert FILES[name].settings.get("divide", 1) == DIVIDED.get(name, 1)


@pytest.mark.parametrize("name", COMPOSED)
def test_a_composed_filter_is_made_of_the_right_steps(name):
    assert FILES[name].steps == COMPOSED[name]


@pytest.mark.parametrize(("name", "kernels"), [("kirsch", KIRSCH), ("robinson", ROBINSON)])
def test_the_compass_has_its_eight_kernels(name, kernels):
    assert {key: one.weights for key, one in FILES[name].kernels.items()} == kernels


@pytest.mark.parametrize("name", ["kirsch", "robinson"])
def test_each_compass_kernel_is_the_one_before_turned_by_45_degrees(name):
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    kernels = [np.array(one.weights) for one in FILES[name].kernels.values()]
    rings = [[int(kernel[place]) for place in ring] for kernel in kernels]
    for here, there in zip(rings, rings[1:] + rings[:1], strict=True):
        assert there == here[-1:] + here[:-1]


def test_frei_chen_has_its_four_edge_masks_to_the_last_digit():
    for name, kernel in FILES["frei-chen"].kernels.items():
        assert kernel.weights == FREI_CHEN[name]
        assert kernel.settings == {"divide": 2 * ROOT}


def test_the_nine_masks_of_frei_and_chen_are_orthonormal():
    four = [np.divide(one.weights, 2 * ROOT) for one in FILES["frei-chen"].kernels.values()]
    basis = np.array([mask.ravel() for mask in [*four, *FREI_CHEN_REST]])
    np.testing.assert_allclose(basis @ basis.T, np.eye(9), atol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_rendering_and_fusion_are_those_of_the_table(name):
    settings = FILES[name].settings
    expected = RENDERED.get(name)
    assert settings.get("render") == (RenderingKind().read("", expected) if expected else None)
    assert settings.get("fusion") == FUSED.get(name)


@pytest.mark.parametrize("name", SIMPLE)
def test_nothing_is_said_that_the_detector_rule_says(name):
    step = convolve(name)
    detector = step.kernel.detector
    assert FILES[name].settings.get("fusion") != ("sum" if detector else "keep")
    assert FILES[name].settings.get("render") != Rendering("abs" if detector else "clip")


@pytest.mark.parametrize("name", SIMPLE)
def test_the_sum_is_what_the_group_promises(name):
    step = convolve(name)
    total, group = step.kernel.total / step.divide, FILES[name].group
    if group in ("edges", "lines", "texture") or name in ("high-pass", "relief", "red-green-edge"):
        # Every weight has its opposite; only the order of adding rounds those of farid.
        assert math.fsum(step.kernel.weights.ravel()) == 0 and step.kernel.detector
    elif group in ("blur", "sharpen", "emboss") or name == "identity":
        assert total == pytest.approx(1, abs=1e-14) and not step.kernel.detector
    else:
        assert name.startswith("stroke") and total == 3


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_a_file_of_its_name_with_its_own_defaults(name):
    assert FILES[name].family == name and FILES[name].family_settings == {}


def test_blur_is_a_box_of_five():
    np.testing.assert_array_equal(convolve("blur").kernel.weights[0, 0], np.ones((5, 5)))
    assert convolve("blur").divide == 25


def test_strokes_end_at_the_border_in_black():
    assert {FILES[name].settings["border"] for name in NAMES if name.startswith("stroke")} == {
        "zero"
    }
    assert all("border" not in FILES[name].settings for name in NAMES if "stroke" not in name)


@pytest.mark.parametrize(("name", "size"), [("sobel", 3), ("scharr", -1)])
def test_derivatives_are_those_of_opencv(name, size):
    for axis, (across, down) in {"x": (1, 0), "y": (0, 1)}.items():
        row, column = cv2.getDerivKernels(across, down, cv2.FILTER_SCHARR if size < 0 else size)
        np.testing.assert_array_equal(matrix(f"{name}-{axis}"), np.outer(column, row))


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr", "farid"])
def test_derivatives_are_those_of_scikit_image(name):
    # Theirs are convolved, hence turned by half a turn; "h" answers to horizontal edges.
    for axis, theirs in (("x", "V"), ("y", "H")):
        flipped = getattr(edges, f"{theirs}{name.upper()}_WEIGHTS")[::-1, ::-1]
        ours = matrix(f"{name}-{axis}")
        np.testing.assert_allclose(
            ours / np.abs(ours).sum(), flipped / np.abs(flipped).sum(), atol=1e-16
        )


def test_farid_keeps_every_digit_of_scikit_image():
    np.testing.assert_array_equal(matrix("farid-x"), edges.VFARID_WEIGHTS[::-1, ::-1])
    np.testing.assert_array_equal(matrix("farid-y"), matrix("farid-x").T)


def test_roberts_is_that_of_scikit_image():
    np.testing.assert_array_equal(matrix("roberts-x"), edges.ROBERTS_PD_WEIGHTS[::-1, ::-1])
    np.testing.assert_array_equal(matrix("roberts-y"), edges.ROBERTS_ND_WEIGHTS[::-1, ::-1])


@pytest.mark.parametrize("name", ["sobel", "prewitt"])
def test_derivatives_are_those_of_scipy(name):
    picture = np.random.default_rng(3).random((9, 9))
    for axis, along in (("x", 1), ("y", 0)):
        ours = ndimage.correlate(picture, matrix(f"{name}-{axis}"))
        np.testing.assert_allclose(ours, getattr(ndimage, name)(picture, axis=along), atol=1e-14)


def test_laplacian_is_that_of_scipy_with_signs_turned():
    picture = np.random.default_rng(4).random((9, 9))
    ours = ndimage.correlate(picture, matrix("laplacian"))
    np.testing.assert_allclose(ours, -ndimage.laplace(picture), atol=1e-14)


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr", "farid", "roberts"])
def test_a_derivative_is_positive_where_brightness_rises_to_the_right_or_down(name):
    row, column = np.mgrid[:9, :9].astype(float)
    assert ndimage.correlate(column, matrix(f"{name}-x"))[4, 4] > 0
    assert ndimage.correlate(row, matrix(f"{name}-y"))[4, 4] > 0


@pytest.mark.parametrize("name", ["sobel", "prewitt", "scharr", "farid"])
def test_x_sees_no_change_down_a_column(name):
    row, column = np.mgrid[:9, :9].astype(float)
    assert ndimage.correlate(row, matrix(f"{name}-x"))[4, 4] == pytest.approx(0, abs=1e-15)
    assert ndimage.correlate(column, matrix(f"{name}-y"))[4, 4] == pytest.approx(0, abs=1e-15)


LINES = {"right": np.fliplr(np.eye(3)), "left": np.eye(3)}
LINES |= {"horizontal": [[0, 0, 0], [1, 1, 1], [0, 0, 0]], "vertical": [[0, 1, 0]] * 3}


MASKS = {"line": ("oblique-right", "oblique-left", "line-horizontal", "line-vertical")}
MASKS |= {"stroke": tuple(f"stroke-{direction}" for direction in LINES)}


@pytest.mark.parametrize("direction", LINES)
@pytest.mark.parametrize("kind", MASKS)
def test_a_line_is_answered_most_by_the_kernel_of_its_name(kind, direction):
    names = MASKS[kind]
    answers = {name: (matrix(name) * LINES[direction]).sum() for name in names}
    assert max(answers, key=answers.get).endswith(direction)


def test_oblique_right_is_the_slash_that_line_at_45_degrees_means():
    slash, backslash = LINES["right"], LINES["left"]
    weights = FAMILIES["line"](angle=45, size=3).weights()
    for kernel in (weights, matrix("oblique-right"), matrix("stroke-right")):
        assert (kernel * slash).sum() > (kernel * backslash).sum()


def test_an_edge_of_grey_vanishes_between_red_and_green():
    kernel = convolve("red-green-edge").kernel
    grey = np.random.default_rng(5).integers(0, 256, (3, 3))
    assert (kernel.weights[0] * grey).sum() == 0
    red_on_green = np.array([np.eye(3) * 200, (1 - np.eye(3)) * 200, np.zeros((3, 3))])
    assert (kernel.weights[0] * red_on_green).sum() != 0


def test_relief_and_emboss_are_lit_from_the_same_side():
    rise = np.add.outer(range(3), range(3))
    assert (matrix("relief") * rise).sum() > 0
    assert (matrix("emboss") * rise).sum() > rise[1, 1]
