"""Pictures of pages, made ready for the recognition: upright, straight, dark on white."""

import warnings
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from handwerk.adapters.extraction.ocr import Recognition
from handwerk.domain.documents.errors import Unreadable
from handwerk.domain.documents.pages import Page, Source

RESOLUTION = 300
MOST_PIXELS = 120_000_000
# A page of A4 at 300 dpi has 2,480 by 3,508; more tells the recognition nothing.
LONGEST_SIDE = 4_200
SHORTEST_SIDE = 1_600
STRAIGHT = 0.25  # degrees
_STEEPEST = 6.0
_BACKGROUND_BLUR = 24
_EVEN = 18.0
_LEAST_CONTRAST = 30

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def pages(file: BinaryIO, recognition: Recognition) -> Iterator[Page]:
    """The one page of a picture."""
    picture = prepared(_opened(file), is_photo=True)
    text = recognition.upright_text(picture, lies_on_its_side=_lies_on_its_side(picture))
    yield Page(1, text, Source.OCR)


def _opened(file: BinaryIO) -> Image.Image:
    try:
        picture: Image.Image = Image.open(file, formats=("JPEG", "PNG"))
        if picture.width * picture.height > MOST_PIXELS:
            raise Unreadable(_too_large(picture))
        picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable("The picture has more than 120 megapixels: nothing is read.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Unreadable("The picture is damaged and can't be read.") from error
    return ImageOps.exif_transpose(picture)


def _too_large(picture: Image.Image) -> str:
    return (
        f"The picture has {picture.width:,} x {picture.height:,} pixels; "
        f"{MOST_PIXELS // 1_000_000} megapixels are the most that are read."
    )


def prepared(picture: Image.Image, *, is_photo: bool) -> Image.Image:
    """`picture` in shades of grey, of a size that can be read, evenly lit, straight."""
    grey = _sized(_on_white(picture))
    if is_photo or _background_spread(grey) > _EVEN:
        grey = _evenly_lit(grey)
    return _straight(_contrasted(grey))


def _contrasted(picture: Image.Image) -> Image.Image:
    """Paper white and ink black; a page has little ink, so its share says nothing of it."""
    shades = np.asarray(picture.resize((300, 400), Image.Resampling.NEAREST))
    ink, paper = np.percentile(shades, 0.1), np.percentile(shades, 60)
    if paper - ink < _LEAST_CONTRAST:
        return picture
    table = [min(255, max(0, round((shade - ink) * 255 / (paper - ink)))) for shade in range(256)]
    return picture.point(table)


def _lies_on_its_side(picture: Image.Image) -> bool:
    """Whether lines of ink run from top to bottom: then columns differ more than rows."""
    ink = 255 - np.asarray(picture.resize((800, 800)), dtype=np.float32)
    return _roughness(ink.sum(axis=0)) > _roughness(ink.sum(axis=1))


def _roughness(profile: "np.ndarray") -> float:
    return float(np.square(np.diff(profile)).sum())


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        above = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    return picture.convert("L")


def _sized(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest > LONGEST_SIDE:
        factor = LONGEST_SIDE / longest
    elif longest < SHORTEST_SIDE:
        factor = min(3.0, 2 * SHORTEST_SIDE / longest)
    else:
        return picture
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _background_spread(picture: Image.Image) -> float:
    """How much the paper differs in brightness over the page, in shades of 255."""
    small = np.asarray(picture.resize((24, 32), Image.Resampling.BOX), dtype=float)
    paper = np.sort(small.reshape(-1))[small.size // 3 :]
    return float(paper[-1] - paper[0])


def _evenly_lit(picture: Image.Image) -> Image.Image:
    """Divided by its own background, so that a shadow over the paper is gone."""
    small = picture.reduce(4).filter(ImageFilter.MaxFilter(7))
    background = small.filter(ImageFilter.GaussianBlur(_BACKGROUND_BLUR // 4))
    lit = ImageChops.invert(background.resize(picture.size))
    return ImageChops.add(picture, lit)


def _straight(picture: Image.Image) -> Image.Image:
    angle = skew(picture)
    if abs(angle) < STRAIGHT:
        return picture
    # Bicubic reads no better, and takes as long as half of the recognition.
    return picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=255)


def skew(picture: Image.Image) -> float:
    """By how many degrees the lines fall to the right: the turn in which rows of ink are sharpest.

    Projection profiles (Postl, 1986), coarse and then fine.
    """
    coarse = picture.reduce(max(1, picture.width // 1_600))
    small = coarse.resize((800, max(1, round(800 * picture.height / picture.width))))
    if _lies_on_its_side(small):
        small = small.rotate(90, expand=True)
    ink = 255 - np.asarray(small, dtype=np.float32)
    ink[ink < 80] = 0  # noqa: PLR2004 - shades that are paper
    rows, columns = np.nonzero(ink)
    if len(rows) < 200:  # noqa: PLR2004 - an empty page has no lines
        return 0.0
    weights = ink[rows, columns]
    # A quarter of the ink tells as much at first.
    some = slice(None, None, 4)
    steps = np.arange(-_STEEPEST, _STEEPEST + 0.1, 0.5)
    about = _sharpest(rows[some], columns[some], weights[some], steps)
    return _sharpest(rows, columns, weights, np.arange(about - 0.5, about + 0.51, 0.1))


def _sharpest(
    rows: "np.ndarray", columns: "np.ndarray", weights: "np.ndarray", angles: "np.ndarray"
) -> float:
    def sharpness(angle: float) -> float:
        heights = rows - columns * np.tan(np.radians(angle))
        profile = np.bincount((heights - heights.min()).astype(int), weights)
        return _roughness(profile)

    return float(max(angles, key=sharpness))
