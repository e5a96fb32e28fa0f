"""Sign-in and users as a client sees them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.identity.served import LOCAL_TOKEN, Api, served
from tests.unit.identity.support import PASSWORD

from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.ids import new_id

OTHER = "Regen im Kiefernwald"
EVA = {"email": "eva@firma.de", "name": "Eva", "password": PASSWORD, "role": "viewer"}


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path) as api:
        yield api


async def test_login_answers_what_the_contract_says(api: Api) -> None:
    """Two tokens, their kind and seconds to live, for no cache; `me` tells who that is."""
    user = await api.firm.hire(role=Role.MANAGER)
    answer = await api.send(
        "POST", "/auth/login/", {"email": "ANNA@firma.de", "password": PASSWORD}
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (told["token_type"], told["expires_in"]) == ("bearer", 900)
    me = await api.send("GET", "/auth/me", token=told["access_token"])
    assert me.json() == {
        "id": str(user.id),
        "email": "anna@firma.de",
        "name": "Jo",
        "role": "manager",
        "is_active": True,
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "version": 1,
    }
    assert me.headers["etag"] == '"1"'


async def test_every_wrong_sign_in_is_answered_alike(api: Api) -> None:
    """401 with one problem document for an unknown e-mail and for a wrong password."""
    await api.firm.hire()
    wrong = await api.send("POST", "/auth/login", {"email": "anna@firma.de", "password": "x"})
    unknown = await api.send("POST", "/auth/login", {"email": "x", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["detail"] == "The e-mail or the password is wrong."
    assert wrong.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "a@b.de"}, "password"),
        ({"email": None, "password": "x"}, "email"),
        ({"email": "a@b.de", "password": 7}, "password"),
        ({"email": "a@b.de", "password": "x", "role": "admin"}, "role"),
        ({"email": "a" * 300, "password": "x"}, "email"),
        ({"email": "a@b.de", "password": "x" * 300}, "password"),
        ([], "body"),
    ],
)
async def test_a_malformed_sign_in_names_the_field(api: Api, body: Any, field: str) -> None:
    """400, and the wrong value is not told back."""
    answer = await api.send("POST", "/auth/login", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_the_eleventh_sign_in_must_wait(api: Api) -> None:
    """429 with the seconds to wait."""
    await api.firm.hire()
    for _ in range(10):
        await api.login("anna@firma.de")
    answer = await api.send("POST", "/auth/login", {"email": "anna@firma.de", "password": "x"})
    assert answer.status_code == 429
    assert 270 <= int(answer.headers["retry-after"]) <= 330


async def test_refresh_and_its_replay(api: Api) -> None:
    """A refresh token works once; shown again it ends the session for both."""
    await api.firm.hire()
    first = await api.login("anna@firma.de")
    second = await api.send("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert second.headers["cache-control"] == "no-store"
    for told in (first, second.json()):
        again = await api.send("POST", "/auth/refresh", {"refresh_token": told["refresh_token"]})
        assert again.status_code == 401
    api.firm.clock.move(timedelta(seconds=5))
    me = await api.send("GET", "/auth/me", token=second.json()["access_token"])
    assert me.status_code == 401


async def test_logout_counts_at_once(api: Api) -> None:
    """The very next request with the same token is refused, and the refresh too."""
    await api.firm.hire()
    told = await api.login("anna@firma.de")
    token = told["access_token"]
    assert (await api.send("GET", "/auth/me", token=token)).status_code == 200
    answer = await api.send("POST", "/auth/logout", token=token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await api.send("GET", "/auth/me", token=token)).status_code == 401
    refreshed = await api.send("POST", "/auth/refresh", {"refresh_token": told["refresh_token"]})
    assert refreshed.status_code == 401


async def test_changing_ones_password(api: Api) -> None:
    """204; a wrong current one is 400 and named; the old one no longer signs in."""
    await api.firm.hire()
    token = (await api.login("anna@firma.de"))["access_token"]
    body = {"current_password": "x", "new_password": OTHER}
    wrong = await api.send("POST", "/auth/password", body, token)
    assert wrong.status_code == 400
    assert wrong.json()["errors"] == [{"field": "current_password", "message": "is wrong"}]
    body["current_password"] = PASSWORD
    assert (await api.send("POST", "/auth/password", body, token)).status_code == 204
    assert (await api.send("GET", "/auth/me", token=token)).status_code == 200
    old = await api.send("POST", "/auth/login", {"email": "anna@firma.de", "password": PASSWORD})
    assert old.status_code == 401
    await api.login("anna@firma.de", OTHER)


async def test_a_user_s_whole_life(api: Api) -> None:
    """Created, read, listed, edited whole, guarded by its version, and removed."""
    admin = await api.token()
    made = await api.send("POST", "/users", EVA, admin)
    assert made.status_code == 201
    user = made.json()
    place = f"/users/{user['id']}"
    assert made.headers["location"] == f"/api/v1{place}"
    assert made.headers["etag"] == '"1"'
    assert "password" not in made.text
    token = (await api.login("eva@firma.de"))["access_token"]

    read = await api.send("GET", place, token=admin)
    assert read.json() == user
    unchanged = await api.send("GET", place, token=admin, If_None_Match='"1"')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    listed = await api.send("GET", "/users/?limit=1", token=admin)
    assert listed.headers["x-total-count"] == "2"
    assert "next" in listed.headers["link"]

    edited = await api.send("PUT", place, {**user, "role": "technician"}, admin, If_Match='"1"')
    assert (edited.status_code, edited.json()["role"]) == (200, "technician")
    assert edited.headers["etag"] == '"2"'
    stale = await api.send("PUT", place, {"name": "E"}, admin, If_Match='"1"')
    assert stale.status_code == 412
    assert (await api.send("GET", "/auth/me", token=token)).json()["role"] == "technician"
    disabled = await api.send("PUT", place, {"is_active": False}, admin)
    assert disabled.json()["is_active"] is False
    assert (await api.send("GET", "/auth/me", token=token)).status_code == 401

    assert (await api.send("DELETE", place, token=admin, If_Match='"1"')).status_code == 412
    assert (await api.send("DELETE", place, token=admin)).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await api.send(method, place, token=admin)).status_code == 404
    assert (await api.send("PUT", place, {"nonsense": 1}, admin)).status_code == 404


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"email": "no e-mail"}, {"email"}),
        ({"name": ""}, {"name"}),
        ({"password": "short"}, {"password"}),
        ({"password": "password1234"}, {"password"}),
        ({"role": "owner"}, {"role"}),
        ({"role": None}, {"role"}),
        ({"is_superuser": True}, {"is_superuser"}),
        ({"password_hash": "x"}, {"password_hash"}),
        ({"email": "", "name": "", "password": ""}, {"email", "name", "password"}),
    ],
)
async def test_a_wrong_user_names_its_fields(api: Api, change: Any, fields: set[str]) -> None:
    """400 for every field that is wrong or unknown, on create and on change."""
    admin = await api.token()
    user = (await api.send("POST", "/users", EVA, admin)).json()
    made = await api.send("POST", "/users", {**EVA, "email": "x@y.de", **change}, admin)
    changed = await api.send("PUT", f"/users/{user['id']}", change, admin)
    for answer in (made, changed):
        assert answer.status_code == 400
        assert {error["field"] for error in answer.json()["errors"]} == fields


async def test_what_is_missing_is_named(api: Api) -> None:
    """A new user needs e-mail, name, password and role."""
    answer = await api.send("POST", "/users", {}, await api.token())
    named = {error["field"] for error in answer.json()["errors"]}
    assert (answer.status_code, named) == (400, {"email", "name", "password", "role"})


async def test_a_known_email_and_the_last_admin_are_conflicts(api: Api) -> None:
    """409 for a second user of that e-mail, and for taking away the only admin."""
    admin = await api.token()
    (me,) = (await api.send("GET", "/users", token=admin)).json()
    taken = await api.send("POST", "/users", {**EVA, "email": "ADMIN@firma.de"}, admin)
    assert taken.status_code == 409
    assert (await api.send("DELETE", f"/users/{me['id']}", token=admin)).status_code == 409
    for change in ({"role": "viewer"}, {"is_active": False}):
        answer = await api.send("PUT", f"/users/{me['id']}", change, admin)
        assert answer.status_code == 409


async def test_creating_twice_with_one_key_creates_once(api: Api) -> None:
    """The same answer again; another body is a conflict; no hash of the password is kept."""
    admin = await api.token()
    first = await api.send("POST", "/users", EVA, admin, Idempotency_Key="k")
    second = await api.send("POST", "/users", EVA, admin, Idempotency_Key="k")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()
    other = await api.send("POST", "/users", {**EVA, "name": "E"}, admin, Idempotency_Key="k")
    assert other.status_code == 409
    (receipt,) = api.firm.store.receipts.values()
    assert b"password" not in receipt.body
    same = await api.send("POST", "/users", {**EVA, "password": OTHER}, admin, Idempotency_Key="k")
    assert same.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS])
async def test_other_roles_manage_nobody(api: Api, role: Role) -> None:
    """403 for every operation on users, before the id or the body is looked at."""
    token = await api.token(role)
    for method, path in [
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", f"/users/{new_id()}"),
        ("PUT", "/users/nonsense"),
        ("DELETE", f"/users/{new_id()}"),
    ]:
        body = {"nonsense": 1} if method in {"POST", "PUT"} else None
        assert (await api.send(method, path, body, token)).status_code == 403


async def test_own_data_is_for_every_role_but_anonymous(api: Api) -> None:
    """Admin to viewer may ask who they are; the anonymous role may not."""
    for role in Role:
        answer = await api.send("GET", "/auth/me", token=await api.token(role))
        assert answer.status_code == (403 if role is Role.ANONYMOUS else 200)


@pytest.mark.parametrize(
    "token", [None, "", "x", "a.b.c", "\N{EURO SIGN}".encode().decode("latin-1")]
)
async def test_without_a_valid_token_nothing_is_told(api: Api, token: str | None) -> None:
    """401 everywhere but at login and refresh, also at what does not exist."""
    for method, path in [
        ("GET", "/auth/me"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/password"),
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/nowhere"),
    ]:
        sent = b"" if token is None else f"Bearer {token}".encode("latin-1")
        headers = {b"Authorization": sent}
        answer = await api.client.request(method, f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_local_token_manages_users_and_is_no_user(api: Api) -> None:
    """A command on the same machine can make users; it has no profile of its own."""
    made = await api.send("POST", "/users", EVA, LOCAL_TOKEN)
    assert made.status_code == 201
    assert (await api.send("GET", "/auth/me", token=LOCAL_TOKEN)).status_code == 401


async def test_the_anonymous_role_acts_in_its_role_only(tmp_path: Path) -> None:
    """With it set, a request without a token may what the role may, and no more."""
    async with served(tmp_path, anonymous_role=Role.VIEWER) as api:
        assert (await api.send("GET", "/users")).status_code == 403
        assert (await api.send("GET", "/auth/me")).status_code == 401
        assert (await api.send("GET", "/users", token="wrong")).status_code == 401
    async with served(tmp_path, anonymous_role=Role.ADMIN) as api:
        assert (await api.send("GET", "/users")).status_code == 200
