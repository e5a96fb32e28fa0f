"""Text files."""

import codecs

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PAGE_BREAK = "\f"


def texts(data: bytes) -> list[str]:
    """The pages of a text in UTF-8, UTF-16 or Windows-1252; a form feed begins a new one."""
    return decoded(data).split(_PAGE_BREAK)


def decoded(data: bytes) -> str:
    """The text: what its first bytes say, else UTF-8 if it is, else Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if guessed := _sixteen_bits(data):
        return data.decode(guessed, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # The five bytes that Windows-1252 leaves open are what Latin-1 makes of them.
        return data.decode("cp1252", errors="replace")


def _sixteen_bits(data: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Western text is zero."""
    sample = data[:2_000]
    if len(sample) < len("ab") * 2:
        return None
    half = len(sample) // 2
    if sample[1::2].count(0) > half * 0.7 and not sample[::2].count(0):
        return "utf-16-le"
    if sample[::2].count(0) > half * 0.7 and not sample[1::2].count(0):
        return "utf-16-be"
    return None
