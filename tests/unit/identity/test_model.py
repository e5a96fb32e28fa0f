"""Users: what is kept of them, what is refused, what the history may know."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.identity.support import NOW, PASSWORD

from handwerk.domain.identity.errors import LastAdmin
from handwerk.domain.identity.model import (
    Credentials,
    Login,
    PasswordChange,
    User,
    UserInput,
    new_user,
    normalised_email,
)
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id


def anna(role: Role = Role.ADMIN) -> User:
    given = UserInput(email="anna@firma.de", name="Anna", password=PASSWORD, role=role)
    return new_user(given, NOW)


def fields(error: pytest.ExceptionInfo[InvalidInput]) -> set[str]:
    return {each.field for each in error.value.errors}


def test_a_new_user_is_trimmed_and_normalised() -> None:
    """The e-mail loses its case, the name its edges."""
    given = UserInput(
        email=" Anna@Firma.DE ", name="  Anna Holz ", password=PASSWORD, role=Role.MANAGER
    )
    user = new_user(given, NOW)
    assert (user.email, user.name, user.role) == ("anna@firma.de", "Anna Holz", Role.MANAGER)
    assert (user.is_active, user.version, user.created_at) == (True, 1, NOW)


def test_everything_missing_is_named_at_once() -> None:
    """An empty input names all four fields that are needed."""
    with pytest.raises(InvalidInput) as error:
        new_user(UserInput(), NOW)
    assert fields(error) == {"email", "name", "password", "role"}


@pytest.mark.parametrize(
    "email",
    [
        "anna", "@firma.de", "anna@", "a@b@c.de", "an na@firma.de", "anna@firma..de",
        "anna@.de", "a" * 65 + "@firma.de", "a@" + "b" * 253, "anna@fir\nma.de",
        "anna@firma.de\r\nBcc: x", "an\0na@firma.de", "anna@firma.de\u202e", "<a>@firma.de",
    ],
)  # fmt: skip
def test_what_is_no_email_is_refused(email: str) -> None:
    """Malformed, too long, or with characters that hide or break lines."""
    with pytest.raises(InvalidInput) as error:
        anna().changed(UserInput(email=email), NOW)
    assert fields(error) == {"email"}


@pytest.mark.parametrize("email", ["a@b", "admin@handwerk.local", "a.b+c@x-y.de", "jörg@müller.de"])
def test_what_is_an_email_is_taken(email: str) -> None:
    """Local names, tags and umlauts are fine."""
    assert anna().changed(UserInput(email=email), NOW).email == email


@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "An\0na", "An\r\nna", "An\u202ena"])
def test_what_is_no_name_is_refused(name: str) -> None:
    """Empty, too long, or with control characters."""
    with pytest.raises(InvalidInput) as error:
        anna().changed(UserInput(name=name), NOW)
    assert fields(error) == {"name"}


@given(st.text(max_size=300))
def test_an_email_is_normalised_once_and_for_all(text: str) -> None:
    """Normalising again changes nothing, so every spelling finds the same user."""
    once = normalised_email(text)
    assert normalised_email(normalised_email(once)) == normalised_email(once)


def test_a_change_counts_the_version_and_leaves_the_rest() -> None:
    """Only what was sent changes."""
    before, later = anna(), NOW + timedelta(hours=1)
    after = before.changed(UserInput(role=Role.VIEWER), later)
    assert after == msgspec.structs.replace(before, role=Role.VIEWER, updated_at=later, version=2)


def test_a_new_password_is_judged_by_the_new_name() -> None:
    """The rule looks at the user as it will be."""
    with pytest.raises(InvalidInput, match="little more than the name"):
        anna().changed(UserInput(name="Kieferregen", password="Kieferregen 7"), NOW)


@pytest.mark.parametrize(
    ("admins", "successor", "is_refused"),
    [
        (1, None, True),
        (1, UserInput(role=Role.MANAGER), True),
        (1, UserInput(is_active=False), True),
        (1, UserInput(name="Anna B"), False),
        (2, None, False),
        (2, UserInput(role=Role.MANAGER), False),
    ],
)
def test_the_last_admin_stays(admins: int, successor: UserInput | None, is_refused: bool) -> None:
    """The only active admin can be neither removed nor demoted nor disabled."""
    user = anna()
    known = frozenset([user.id, new_id()][:admins])
    after = None if successor is None else user.changed(successor, NOW)
    if is_refused:
        with pytest.raises(LastAdmin):
            user.refuse_if_last(known, after)
    else:
        user.refuse_if_last(known, after)


def test_removing_somebody_else_does_not_touch_the_last_admin() -> None:
    """A viewer can go while one admin remains."""
    anna(Role.VIEWER).refuse_if_last(frozenset([new_id()]), None)


def test_nothing_that_holds_a_secret_shows_it() -> None:
    """Whatever is printed or logged of such a value says its name only."""
    values = [
        UserInput(email="a@b.de", password=PASSWORD),
        Login("a@b.de", PASSWORD),
        PasswordChange(PASSWORD, PASSWORD),
        Credentials(anna(), "$argon2id$hash"),
    ]
    for value in values:
        assert repr(value) == f"{type(value).__name__}(…)"


def test_a_user_holds_no_password() -> None:
    """What is answered and recorded of a user has no place for a password or its hash."""
    assert not any("password" in field for field in User.__struct_fields__)
    assert set(anna().record()) == {"role", "is_active", "version"}


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("a" * 300, "x", "email"),
        ("a\ud800@b.de", "x", "email"),
        ("a@b.de", "x" * 257, "password"),
        ("a@b.de", "x\ud800", "password"),
        ("a@b.de", "x\0", "password"),
    ],
)
def test_a_login_that_no_user_can_have_is_refused(email: str, password: str, field: str) -> None:
    """Lengths and characters are bounded before any work is done."""
    with pytest.raises(InvalidInput) as error:
        Login(email, password).checked()
    assert fields(error) == {field}
