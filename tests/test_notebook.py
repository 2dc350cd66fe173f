"""What a notebook shows: the numbers that there are, on pages of any style, and no more."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import filterkit
from filterkit import (
    Animation,
    Convolve,
    Kernel,
    Picture,
    Pipeline,
    apply,
    feature_maps,
    shipped,
)
from filterkit.pictures.png import decode
from filterkit.steps.kernel import Unknown
from filterkit.viewing.heat import diverging
from filterkit.viewing.viewed import COLUMNS, MOST

RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.integers(0, 256, (40, 60, 3), dtype=np.uint8)
ZERO = filterkit.read_picture(shipped.folder("samples") / "zero.png").pixels[0]


PLAIN = ("tbody", "code")
"""Tags that look as the page around has them."""


class Parts(HTMLParser):
    """Insist on balanced tags with a style of their own, and gather words, cells and pictures."""

    def __init__(self, content):
        super().__init__()
        self.open, self.words, self.cells, self.images = [], [], [], []
        self.feed(content)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, given):
        given = dict(given)
        assert tag not in ("style", "script", "link")
        assert "class" not in given and "id" not in given
        assert "style" in given or tag in PLAIN, tag
        if tag == "img":
            assert given["src"].startswith("data:image/png;base64,")
            assert given["alt"]
            self.images.append(given)
            return
        if "background:rgb" in given.get("style", ""):
            assert ";color:rgb" in given["style"], "paper without ink"
        self.open.append((tag, given.get("style", "")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        tag, style = self.open[-1]
        if tag == "td" and "background:rgb" in style:
            self.cells.append((text, *map(int, re.search(r"rgb\((.*?)\)", style)[1].split(","))))
        else:
            self.words.append(text)

    @property
    def told(self):
        return " ".join(self.words)


def shown(thing):
    return Parts(thing._repr_html_())


def seen(picture):
    """Read what is drawn of a picture, as Pillow reads it."""
    return np.asarray(Image.open(io.BytesIO(picture._repr_png_())))


def test_a_kernel_is_a_table_of_its_numbers_on_their_colours():
    parts = shown(Kernel([[-2, 0, 4]]))
    papers = diverging(np.array([-0.5, 0, 1])).tolist()
    assert parts.cells == [
        (text, *paper) for text, paper in zip(("-2", "0", "4"), papers, strict=True)
    ]
    assert "sum 2 · gain 6" in parts.told


def test_a_large_kernel_is_a_picture():
    parts = shown(Kernel(np.ones((40, 40))))
    assert (len(parts.cells), len(parts.images)) == (0, 1)
    assert "size 40x40" in parts.told


def test_every_matrix_of_a_kernel_is_named():
    parts = shown(Kernel(np.arange(12).reshape(2, 3, 1, 2)))
    assert [text for text, *_ in parts.cells] == [str(n) for n in range(12)]
    assert all(f"map {n}, channel {m}" in parts.told for n in (1, 2) for m in (1, 2, 3))


def test_a_kernel_that_is_to_be_learned_says_so():
    assert "5x4" in shown(Unknown(5, 4)).told


def test_a_pipeline_lists_its_steps_with_their_kernels():
    parts = shown(Pipeline.parse("smooth | (edge & (blur | sobel-x)) | relu | max-pool:2"))
    names = ["smooth", "& edge", "& blur", "| sobel-x", "relu", "max-pool:2"]
    places = [parts.words.index(name) for name in names]
    assert places == sorted(places)
    assert len(parts.cells) == 9 + 9 + 25 + 9
    assert parts.words[0] == "smooth | edge & (blur | sobel-x) | relu | max-pool:2"
    assert "the largest number of each window" in parts.told
    assert "the sum is divided by 16" in parts.told


@pytest.mark.parametrize("text", ["relu", "fuse:l2", "normalize:minmax", "flatten", "gray", "edge"])
def test_a_step_alone_is_named_once(text):
    (step,) = Pipeline.parse(text).steps
    assert shown(step).words.count(text) == shown(Pipeline([step])).words.count(text) == 1


def test_an_expression_of_thousands_of_weights_is_cut():
    step = Convolve(Kernel(RANDOM.normal(size=(3, 3, 15, 15))))
    assert all(len(word) <= 200 for word in shown(Pipeline([step, step])).words)


def test_names_cannot_break_the_page():
    step = Pipeline([Convolve(Kernel([[1]]))], name="<script>alert(1)</script>&amp;")
    assert "&amp;amp;" in feature_maps(PHOTO, step)._repr_html_()
    Parts(feature_maps(PHOTO, step)._repr_html_())
    assert "<script>alert(1)</script>&amp;" in shown(feature_maps(PHOTO, step)).told


@pytest.mark.parametrize("dtype, white", [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_a_png_of_8_bit(dtype, white, channels):
    levels = RANDOM.integers(0, 256, (1, 5, 7, channels))
    picture = Picture((levels * (white / 255)).astype(dtype))
    np.testing.assert_array_equal(seen(picture).reshape(5, 7, channels), levels[0])


def test_opacity_is_kept():
    alpha = RANDOM.integers(0, 256, (1, 40, 60), dtype=np.uint8)
    picture = Picture(PHOTO[None], alpha)
    np.testing.assert_array_equal(seen(picture), np.dstack([PHOTO, alpha[0]]))
    assert "with alpha" in shown(picture).told


def test_a_large_picture_is_reduced_and_what_is_invisible_does_not_bleed_in():
    pixels = np.zeros((1, 40, 2 * COLUMNS, 3), np.uint8)
    pixels[..., 0] = 200
    pixels[:, :, ::2] = (0, 255, 0)
    alpha = np.full(pixels.shape[:3], 255, np.uint8)
    alpha[:, :, ::2] = 0
    small = seen(Picture(pixels, alpha))
    assert small.shape == (20, COLUMNS, 4)
    assert (np.abs(small.astype(int) - (200, 0, 0, 128)) <= 2).all()
    assert (seen(Picture(pixels))[..., :2].astype(int) == (100, 128)).all()


def test_numbers_of_both_signs_are_blue_and_orange_and_others_are_cut():
    drawn = seen(Picture(np.array([[-1.0, 0, 0.5, 1]], np.float32)[None, ..., None]))
    np.testing.assert_array_equal(drawn[0], diverging(np.array([-1, 0, 0.5, 1])))
    drawn = seen(Picture(np.array([[0, 0.5, 1, 7, np.nan]], np.float32)[None, ..., None]))
    assert drawn.tolist() == [[0, 128, 255, 255, 0]]


@pytest.mark.parametrize("channels", [2, 5, 300])
def test_maps_that_make_no_colour_are_side_by_side(channels):
    drawn = seen(Picture(RANDOM.normal(size=(1, 20, 20, channels))))
    assert drawn.size // drawn.shape[-1] > 400 * min(channels, MOST)


def test_a_tiny_picture_is_enlarged_and_frames_are_counted():
    frames = Picture(np.stack([ZERO] * 3), animation=Animation((100.0,) * 3), format="gif")
    parts = shown(frames)
    (image,) = parts.images
    assert (image["width"], image["height"]) == ("120", "120")
    assert "pixelated" in image["style"]
    assert parts.told == "5x5x1 · 8 bit · GIF · the first of 3 frames"
    assert decode(frames._repr_png_()).frames == 1


@pytest.mark.parametrize("text", ["edge", "sobel-x & sharpen & emboss", "gray | edge | max-pool:2"])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_feature_maps_are_the_numbers_that_apply_gives(text, dtype):
    image = PHOTO if dtype == "uint8" else PHOTO / 255
    maps = feature_maps(image, text)
    expected = apply(image, text, render=None)
    numbers = np.asarray(maps)
    np.testing.assert_array_equal(numbers, expected)
    assert numbers.shape[2] == len(maps.names)
    assert np.asarray(maps, np.float64).dtype == np.float64
    assert shown(maps).words[0] == text


def test_feature_maps_have_the_names_of_their_operands():
    maps = feature_maps(PHOTO, "edge & sharpen")
    assert maps.names == ("edge", "sharpen red", "sharpen green", "sharpen blue")
    assert feature_maps(PHOTO, "edge | relu").names == ("edge | relu",)
    assert repr(maps) == "FeatureMaps('edge & sharpen': 4 maps of 40x60, shown in colour)"
    assert len(shown(maps).images) == 2


def test_small_feature_maps_are_numbers():
    maps = feature_maps(ZERO, "oblique-right:padding=valid")
    parts = shown(maps)
    assert parts.images == []
    assert [float(text) for text, *_ in parts.cells] == np.asarray(maps).ravel().tolist()


def test_a_vector_and_very_many_maps_are_shown():
    assert len(shown(feature_maps(PHOTO, "gray | flatten")).images) == 1
    many = Convolve(Kernel(RANDOM.normal(size=(60, 1, 3, 3))))
    parts = shown(feature_maps(PHOTO[..., :1], many))
    assert len(parts.images) == MOST
    assert f"{60 - MOST} more are not shown" in parts.told


def test_alpha_is_no_feature_map():
    stacked = np.dstack([PHOTO, PHOTO[..., :1]])
    assert len(feature_maps(stacked, "sharpen").names) == 3


def test_what_is_no_single_image_is_answered():
    with pytest.raises(TypeError, match=r"those of one image, not of 4: array\[0\]"):
        feature_maps(np.zeros((4, 5, 6, 3), np.uint8), "edge")
    with pytest.raises(TypeError, match="an array belongs where"):
        feature_maps("photo.jpg", "edge")


def test_what_is_shown_does_not_change_what_is_held():
    picture = Picture(PHOTO[None].copy())
    kernel = Kernel([[1, 2]])
    picture._repr_html_(), kernel._repr_html_()
    np.testing.assert_array_equal(picture.pixels[0], PHOTO)
    assert kernel == Kernel([[1, 2]])
    assert replace(picture, format="png").format == "png"
