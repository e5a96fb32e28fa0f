"""Examples of sign-in and users."""

from typing import Any

import msgspec

from handwerk.domain.identity.model import Login, PasswordChange, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import SignedIn
from handwerk.entrypoints.http.bodies import UserBody
from handwerk.entrypoints.http.openapi.examples.shared import MORNING, USER_ID
from handwerk.entrypoints.http.routes.auth import Refresh

_USER = User(
    id=USER_ID,
    email="petra.huber@schreinerei.example",
    name="Petra Huber",
    role=Role.TECHNICIAN,
    is_active=True,
    created_at=MORNING,
    updated_at=MORNING,
    version=1,
)
_LOGIN = Login(_USER.email, "Leim und Zwinge 42")
_SIGNED_IN = SignedIn(
    access_token="eyJhbGciOiJIUzI1NiIs…",  # noqa: S106  # cut short: nobody's
    refresh_token="AZibcBGqfAKPQ10smnvgEA.5nYc…",  # noqa: S106  # cut short: nobody's
    expires_in=900,
)

KNOWN: dict[Any, object] = {
    User: _USER,
    UserBody: UserBody(
        email=_USER.email, name=_USER.name, password=_LOGIN.password, role=_USER.role
    ),
    Login: _LOGIN,
    SignedIn: _SIGNED_IN,
    Refresh: Refresh(_SIGNED_IN.refresh_token),
    PasswordChange: PasswordChange(_LOGIN.password, "Hobel, Säge, Stechbeitel"),
}
OF_OPERATION: dict[tuple[str, Any], object] = {
    ("change_user", UserBody): UserBody(is_active=False),
    ("change_user", User): msgspec.structs.replace(_USER, is_active=False, version=2),
}
