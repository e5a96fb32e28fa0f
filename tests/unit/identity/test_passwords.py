"""What makes a password good enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.identity.passwords import (
    COMMON,
    LONGEST,
    SHORTEST,
    check_password,
    made_up_password,
    normalised_password,
)
from handwerk.domain.kernel.checks import Checks

ANNA = ("anna.holz@firma.de", "Anna Holz")


def reasons(password: str, about: tuple[str, str] = ANNA) -> list[str]:
    checks = Checks()
    check_password(checks, "password", password, about=about)
    return [error.message for error in checks.errors]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "must have from 12 to 256 characters"),
        ("elf Zeichen", "must have from 12 to 256 characters"),
        ("Ab1!" * 64 + "x", "must have from 12 to 256 characters"),
        ("Password1234", "is among the most common passwords"),
        ("SONNENSCHEIN1", "is among the most common passwords"),
        ("scheisse1234", "is among the most common passwords"),
        ("aaaaaaaaaaaa", "is a simple sequence or repetition"),
        ("121212121212", "is a simple sequence or repetition"),
        ("123456789012", "is a simple sequence or repetition"),
        ("zyxwvutsrqpo", "is a simple sequence or repetition"),
        ("qwertzuiop123", "is a simple sequence or repetition"),
        ("HalloHalloHallo", "is a simple sequence or repetition"),
        ("Ab1!" * 16, "is a simple sequence or repetition"),
        ("Ab1!" * 17, None),
        ("x" * 256, None),
        ("anna.holz@firma.de", "is little more than the name or e-mail"),
        ("HolzAnna12345", None),
        ("HolzAnna-1234", "is little more than the name or e-mail"),
        ("Geheim\0Geheimer", "holds a NUL character or a lone surrogate"),
        ("Geheim\ud800Geheimer", "holds a NUL character or a lone surrogate"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str | None) -> None:
    """Every kind of weakness has its own sentence, and what is not weak has none."""
    assert reasons(password) == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "zwölf Zeichen",
        "Kiefernholz im Regen",
        "%$&!§()=?`*+,",
        "Xy7-" + "langes Wort " * 21,
        "木の家は雨の中で静かに立つ",
    ],
)
def test_a_good_password_needs_no_mix_of_kinds(password: str) -> None:
    """Length decides; spaces, other scripts and signs are welcome."""
    assert reasons(password) == []


def test_a_password_may_hold_the_name_among_other_things() -> None:
    """Only a password that is little else than the name or e-mail is refused."""
    assert reasons("Anna mag Eichenholz") == []


@given(st.text(min_size=0, max_size=300))
def test_any_text_is_judged_without_a_crash(password: str) -> None:
    """Whatever is sent, the lengths are kept to, and the check ends."""
    wrong = reasons(password)
    if not SHORTEST <= len(password) <= LONGEST:
        assert "must have from 12 to 256 characters" in wrong


def test_every_common_password_is_refused() -> None:
    """The list holds only passwords that are long enough to matter, each of them refused."""
    assert len(COMMON) > 400
    for password in COMMON:
        assert len(password) >= SHORTEST
        assert reasons(password) == reasons(password.title()) != []


def test_two_spellings_of_one_password_are_the_same() -> None:
    """ü from one key and ü from two keys make the same password."""
    assert normalised_password("gru\u0308n") == normalised_password("gr\u00fcn")


def test_a_made_up_password_is_good_and_new_each_time() -> None:
    """It passes the rules and does not repeat."""
    made = {made_up_password() for _ in range(100)}
    assert len(made) == 100
    assert all(reasons(password) == [] for password in made)
