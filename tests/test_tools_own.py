"""The tools' own kernels, read by filterkit, give what the tools themselves make of them."""

import subprocess
from dataclasses import replace

import pytest
from other_tools import assert_alike, obeys_rdiv, ours, picture, program_of, run

import filterkit
from filterkit.filters.meaning import made, parse
from filterkit.filters.tools.known import tool
from filterkit.filters.tools.reading import foreign
from filterkit.filters.tools.writing import exported
from filterkit.steps.pipeline import Pipeline

OWN = {
    "imagemagick": (
        "Sobel", "Sobel:90", "Prewitt:45", "Kirsch:135", "Compass", "Roberts", "Laplacian:0",
        "Laplacian:5", "Laplacian:15", "FreiChen:1", "FreiChen:12", "FreiChen:15",
        "Gaussian:0x1.5", "Gaussian:2,1", "LoG:0x1.4", "DoG:0,1,2", "Blur:0x2", "Blur:0x2+90",
        "Comet:0x3+90", "unity", "3x3: -,1,- 1,nan,-2 0,0,0", "4x2+3+0: 1,-2,3,4 -5,6,-7,1",
        "3: 0,-1,0,-1,5,-1,0,-1,0", "0 -1 0 -1 5 -1 0 -1 0", "1x3+0+2: 1 -1 1",
    ),
    "graphicsmagick": ("1,2,1,2,4,2,1,2,1", "-1, -1, -1, -1, 9, -1, -1, -1, -1",
                       "-1 0 1 -2 0 2 -1 0 1"),
    "vips": (
        "3 3 8 128\n-1 -1 -1\n-1 16 -1\n-1 -1 -1\n", "4 2 1.5 0\n1 -2 3 1\n0 0.5 -1 1\n",
        "2 1 1 0\n-1 1\n",
        "3\t3 9\r\n1\t1\t1\r\n1 1 1\r\n1 1 1 and talk\r\n", "3 1 -2 255\n1 0 2\n",
    ),
    "ffmpeg": (
        "convolution='0 -1 0 -1 5 -1 0 -1 0:0 -1 0 -1 5 -1 0 -1 0:0 -1 0 -1 5 -1 0 -1 0'",
        "convolution=" + ":".join(["1 1 1 1 1 1 1 1 1"] * 4) + ":1/9:1/9:1/9:1/9",
        "convolution='" + ":".join(["0 1 0 1 -4 1 0 1 0"] * 4) + ":1:1:1:1:8:8:8:8'",
        "convolution='-2 -1 0 -1 1 1 0 1 2:-2 -1 0 -1 1 1 0 1 2:-2 -1 0 -1 1 1 0 1 2'",
        "convolution=0m=1|2|3|2|1:1m=1|2|3|2|1:2m=1|2|3|2|1:0mode=row:1mode=row:2mode=row",
        "convolution=0m='1 2 1':1m='1 2 1':2m='1 2 1':0mode=column:1mode=column:2mode=column,"
        "convolution=0m='1 0 1':1m='1 0 1':2m='1 0 1':0mode=row:1mode=row:2mode=row",
        "format=gbrp,convolution=0m='1 2 1 2 4 2 1 2 1':1m='1 2 1 2 4 2 1 2 1'"
        ":2m='1 2 1 2 4 2 1 2 1':0rdiv=1/32:1rdiv=1/32:2rdiv=1/32:0bias=10:1bias=10:2bias=10",
    ),
    "gimp": (
        "gegl:convolution-matrix b3=1 c3=2 d3=3 b2=0 e5=1", "c3=-2 b3=1 d4=-1",
        "gegl:convolution-matrix a1=-1 c3=-3 d2=5 normalize=true alpha=false",
        "gegl:convolution-matrix a1=-1 c3=1 alpha=false",
        "b2=1 normalize=false divisor=2 offset=0.25 alpha-weight=false border=loop",
    ),
    "gmic": ("(0,1,0;1,-4,1;0,1,0)", "(1,0;0,-1)", "(1;2;-1;0)", "(0.25,0.5,.25)"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in OWN.items() for text in texts]
)
def test_filterkit_makes_of_a_kernel_what_its_own_tool_makes_of_it(name, text, tmp_path):
    program_of(name)
    if name == "ffmpeg" and "1/32" in text and not obeys_rdiv():
        pytest.skip("this ffmpeg ignores rdiv")
    step = made(foreign(text, name))
    typed = text
    if name == "gimp":
        typed = "gegl:convolution-matrix " + text.removeprefix("gegl:convolution-matrix")
        typed += "" if "alpha" in text else " alpha=false"
    if name == "ffmpeg":
        typed = text.removeprefix("format=gbrp,")
    image = picture()
    assert_alike(run(name, typed.encode(), image, tmp_path), ours(step, image))


@pytest.mark.parametrize("text", ["Sobel", "2x2: .1,.2 .3,.4", "3x3+0+0: 0,.1,.2 .3,0,.1 .2,0,0",
                                  "4x2+3+0: .1,.2,.3,.4 0,0,.1,0", "Comet:0x2"])  # fmt: skip
def test_flip_is_what_imagemagick_calls_convolve(text, tmp_path):
    step = made(foreign(text, "imagemagick"))
    turned = Pipeline([replace(one, flip=True) for one in step.steps])
    command = tool("imagemagick").command.replace("Correlate", "Convolve")
    image = picture()
    theirs = run("imagemagick", text.encode(), image, tmp_path, command=command)
    assert_alike(theirs, ours(turned, image))


@pytest.mark.parametrize(
    "line", ["gaussmat FILE 1.5 0.1", "gaussmat FILE 2 0.1 --precision float --separable",
             "logmat FILE 1.2 0.05"],
)  # fmt: skip
def test_a_matrix_that_libvips_makes_is_a_filter(line, tmp_path):
    program = program_of("vips")
    path = tmp_path / "made.mat"
    subprocess.run([program, *line.replace("FILE", str(path)).split()], check=True, timeout=60)
    step = made(foreign(str(path), "vips"))
    image = picture()
    assert_alike(run("vips", path.read_bytes(), image, tmp_path), ours(step, image))


@pytest.mark.parametrize("kernel", ["[1 2 1; 2 4 2; 1 2 1]:divide=16", "[0 -1 0; -1 5 -1; 0 -1 0]"])
def test_gegl_by_itself_computes_in_linear_light(kernel, tmp_path):
    text = exported(parse(kernel), tool("gimp")).content
    bare = "gegl photo.png -o out.png -- KERNEL"
    image = picture()
    step = parse(f"to-linear | {kernel} | clip | to-srgb")
    expected = filterkit.apply(image, step, render="clip").astype(float)
    assert_alike(run("gimp", text, image, tmp_path, command=bare), expected)
