"""Why a workbook is not read, in both languages, on its way out of the child process."""

import msgspec


class NotRead(Exception):
    """The workbook can't be read, or is not going to be."""

    def __init__(self, en: str, de: str) -> None:
        super().__init__(en)
        self.said = Sentences(en, de)


class Sentences(msgspec.Struct, frozen=True):
    """The same sentence in English and in German."""

    en: str
    de: str


def damaged() -> NotRead:
    """The refusal of what is no sound workbook."""
    return NotRead(
        "The file is no XLSX workbook, or it is damaged; save the table as XLSX or CSV anew.",
        "Die Datei ist keine XLSX-Mappe oder beschädigt; bitte neu als XLSX oder CSV speichern.",
    )


def too_large() -> NotRead:
    """The refusal of what would unfold to more than is read."""
    return NotRead(
        "The workbook unfolds to more than can be read; send the table in parts, or as CSV.",
        "Die Mappe ist entpackt zu groß; bitte die Tabelle in Teilen oder als CSV senden.",
    )
