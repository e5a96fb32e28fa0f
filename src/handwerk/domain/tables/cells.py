"""What stands in a cell, and how a text stands there without being run as a formula."""

import re
from datetime import date
from decimal import Decimal

import msgspec

from handwerk.domain.tables.language import Said


class Flaw(msgspec.Struct, frozen=True):
    """A cell whose value can't be had: what stands there to be seen, and why not."""

    text: str
    said: Said


# CSV has texts only; a workbook knows numbers, days and truths too. The empty cell is "".
Cell = str | Decimal | date | bool | Flaw


def shown(cell: Cell) -> str:
    """The cell as a text, without blanks around it."""
    match cell:
        case str():
            return cell.strip()
        case bool():
            return str(cell).lower()
        case Decimal():
            return plain(cell)
        case Flaw():
            return cell.text.strip()
    return cell.isoformat()


def plain(number: Decimal) -> str:
    """`number` with a point and no zeros behind it that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# A spreadsheet runs a text that begins so, full-width signs among them (OWASP, "CSV Injection").
_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# XML can't hold these, and in CSV they are taken for damage. This is how OOXML writes them
# (ECMA-376, ST_Xstring).
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_SURROGATES = range(0xD800, 0xE000)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def guarded(text: str) -> str:
    """`text` as it is exported: an apostrophe before what a spreadsheet would run.

    The empty text is written as an apostrophe too, since an empty cell says that there is none.
    """
    clean = _HIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return f"'{clean}" if _is_risky(clean) else clean


def restored(cell: str) -> str:
    """The text that `guarded` wrote; any other text as it is."""
    text = cell[1:] if cell.startswith("'") and _is_risky(cell) else cell
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _is_risky(text: str) -> bool:
    """Whether it would be run, or is empty, once the apostrophes before it are gone."""
    rest = text.lstrip("'")
    return not rest or rest[0] in _STARTS


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    # Half a character (a lone surrogate) is no text; it stays as it is written.
    return found[0] if code in _SURROGATES else chr(code)
