"""Examples of sign-in and users."""

from typing import Any

import msgspec

from handwerk.domain.identity.keys import ApiKey, ApiKeyInput, NewApiKey
from handwerk.domain.identity.model import Login, PasswordChange, User
from handwerk.domain.identity.permissions import Permission, Role
from handwerk.domain.identity.security import SecurityKind, SecurityRecord
from handwerk.domain.identity.sessions import SESSION_LIFETIME, SignedIn
from handwerk.domain.identity.use_cases.access import OpenSession
from handwerk.domain.records.model import HistoryEntry
from handwerk.domain.records.verdict import Verdict
from handwerk.entrypoints.http.bodies import UserBody
from handwerk.entrypoints.http.openapi.examples.shared import MORNING, PROJECT_ID, USER_ID
from handwerk.entrypoints.http.routes.audit import ChainHead
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

_KEY_INPUT = ApiKeyInput("Import every night", [Permission.PROJECT_READ, Permission.PROJECT_CREATE])
_KEY = ApiKey(
    id=USER_ID,
    name=_KEY_INPUT.name,
    permissions=tuple(_KEY_INPUT.permissions),
    created_at=MORNING,
)

KNOWN: dict[Any, object] = {
    OpenSession: OpenSession(USER_ID, MORNING, MORNING, MORNING + SESSION_LIFETIME, current=True),
    ApiKeyInput: _KEY_INPUT,
    ApiKey: _KEY,
    NewApiKey: NewApiKey(**msgspec.structs.asdict(_KEY), key="hw_6vV0…"),  # cut short: nobody's
    ChainHead: ChainHead("1842:" + "9f" * 32),
    Verdict: Verdict(valid=True, checked=1842, sealed_until=MORNING, unsealed=0),
    HistoryEntry: HistoryEntry(
        id=1842,
        at=MORNING,
        actor_id=USER_ID,
        table="project",
        record_id=PROJECT_ID,
        action="update",
        old={"name": "Treppe", "version": 1},
        new={"name": "Treppe Nord", "version": 2},
    ),
    SecurityRecord: SecurityRecord(
        id=USER_ID,
        at=MORNING,
        kind=SecurityKind.SIGNED_IN,
        actor_id=USER_ID,
        subject_id=USER_ID,
        address="203.0.113.7",
        detail={"session": str(USER_ID)},
    ),
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
