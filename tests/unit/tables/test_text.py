import io

import pytest

from handwerk.domain.kernel.errors import UnsupportedContent
from handwerk.domain.tables.text import encoding_of

GERMAN = "Bezeichnung;Fläche\nTür „Eiche“;12,5 €\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("times", [1, 30_000])
def test_an_encoding_is_told_by_its_bytes(written: str, found: str, times: int) -> None:
    """Short and long German text is recognised in each encoding that spreadsheets write."""
    assert encoding_of(io.BytesIO((GERMAN * times).encode(written))) == found


def test_big_endian_utf_16_is_told_by_its_mark() -> None:
    """The other byte order has its own mark."""
    assert encoding_of(io.BytesIO(b"\xfe\xff" + GERMAN.encode("utf-16-be"))) == "utf-16"


def test_windows_1252_is_found_even_if_the_first_umlaut_comes_late() -> None:
    """The whole file counts, not its beginning."""
    late = b"name;project_type\n" * 30_000 + "Tür".encode("cp1252")
    assert encoding_of(io.BytesIO(late)) == "cp1252"


@pytest.mark.parametrize("older", ["cp850", "mac-roman"])
def test_umlauts_within_words_tell_what_dos_and_old_macs_wrote(older: str) -> None:
    """Windows-1252 would make other signs of them without a word."""
    assert encoding_of(io.BytesIO("Stück;Möbel;Fläche;Öl\n".encode(older))) == older


@pytest.mark.parametrize("text", ["Sándor; „Eiche“", "Dušan;Fa. „Novak“", "Tür;Sándor"])
def test_letters_of_other_languages_stay_windows_1252(text: str) -> None:
    """One foreign letter, or an umlaut among them, is no sign of an older program."""
    assert encoding_of(io.BytesIO(text.encode("cp1252"))) == "cp1252"


@pytest.mark.parametrize("damage", [b"\xfc", "ü".encode()[:1]])
def test_damaged_utf_8_is_not_taken_for_windows_1252(damage: bytes) -> None:
    """A bad byte behind sound umlauts would turn all of them to garbage if it were let pass."""
    with pytest.raises(UnsupportedContent, match="damaged"):
        encoding_of(io.BytesIO(GERMAN.encode() * 20_000 + damage))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b"name;project_type\nTisch\x00;M\n", "binary"),
        (bytes(range(1, 128)) * 10, "binary"),
        (bytes(range(1, 256)) * 10, "not text"),
        (GERMAN.encode("utf-16-le"), "binary"),
        (b"\xff\xfe" + GERMAN.encode("utf-16-le") + b"\0", "not text"),
        (b"\xff\xfea\0\0\0", "binary"),
        (b"a\x81\x8d\x8f", "not text"),
    ],
)
def test_what_is_no_text_is_refused_by_what_it_is(content: bytes, said: str) -> None:
    """Workbooks, PDFs and garbage are told from text by their content, whatever their name."""
    with pytest.raises(UnsupportedContent, match=said):
        encoding_of(io.BytesIO(content))


def test_a_stray_control_character_does_not_make_a_file_binary() -> None:
    """One slip in a long list is for its row to answer."""
    assert encoding_of(io.BytesIO(b"name;project_type\nTi\x02sch;M\n")) == "utf-8"


def test_an_empty_file_is_text() -> None:
    """That it holds no table is said elsewhere."""
    assert encoding_of(io.BytesIO(b"")) == "utf-8"
