"""Text from pictures of pages, by Tesseract with the German and English data of this package."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

# One thread: Tesseract's own are slower for a page, and others need the processor.
os.environ["OMP_THREAD_LIMIT"] = "1"

import tesserocr

from handwerk.domain.documents.language import Language, language_of

if TYPE_CHECKING:
    from PIL.Image import Image

DATA = Path(__file__).parent / "tessdata"
RESOLUTION = 300
# Mean confidence in percent: below the first a page may be English or upside down.
SURE, HOPELESS = 80, 55
_PREVIEW = 1_400
# The German data hold no superscript two; what it is taken for stands behind "m" nowhere else.
_SQUARED = re.compile(r"(?<=\d )m[?*](?!\w)|(?<=\d)m[?*](?!\w)")
# Nor the sign of a diameter, which stands before a length.
_DIAMETER = re.compile(r"(?<!\w)[&©®@](?= ?\d+(?:[.,]\d+)? ?mm\b)")
# Between paragraphs; a text layer has none.
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")


def tidied(text: str) -> str:
    """What Tesseract has read, with the signs that its data lack, and without empty lines."""
    text = _DIAMETER.sub("Ø", _SQUARED.sub("m²", text))
    return _EMPTY_LINES.sub("\n", text)


class Recognition:
    """Tesseract, loaded when first needed, and kept for the document."""

    def __init__(self) -> None:
        self._engines: dict[str, tesserocr.PyTessBaseAPI] = {}

    def text(self, picture: "Image") -> str:
        """The lines of an upright page, German or English."""
        text, sure = self._recognised("deu", picture)
        if sure < SURE and language_of(text) is not Language.GERMAN:
            english, surer = self._recognised("eng", picture)
            if surer > sure:
                return english
        return text

    def upright_text(self, picture: "Image", *, lies_on_its_side: bool) -> str:
        """The lines of a page that may stand on its head, or does so after a turn by 90 degrees."""
        upright, overhead = (90, 270) if lies_on_its_side else (0, 180)
        small = picture.copy()
        small.thumbnail((_PREVIEW, _PREVIEW))
        turn = upright
        sure = self._sureness(small.rotate(upright, expand=True))
        if sure < HOPELESS and self._sureness(small.rotate(overhead, expand=True)) > sure:
            turn = overhead
        return self.text(picture.rotate(turn, expand=True) if turn else picture)

    def _sureness(self, picture: "Image") -> float:
        text, sure = self._recognised("deu", picture)
        return sure if len(text.split()) > 3 else 0.0  # noqa: PLR2004 - specks are sure to be "l"

    def _recognised(self, language: str, picture: "Image") -> tuple[str, float]:
        engine = self._engine(language)
        engine.SetImage(picture)
        engine.SetSourceResolution(RESOLUTION)
        text = tidied(engine.GetUTF8Text())
        sure: float = engine.MeanTextConf()
        engine.Clear()
        return text, sure

    def _engine(self, language: str) -> "tesserocr.PyTessBaseAPI":
        if language not in self._engines:
            # A column of rows: an offer's amounts stay in the rows of their words.
            self._engines[language] = tesserocr.PyTessBaseAPI(
                path=str(DATA),
                lang=language,
                psm=tesserocr.PSM.SINGLE_COLUMN,
                oem=tesserocr.OEM.LSTM_ONLY,
            )
        return self._engines[language]
