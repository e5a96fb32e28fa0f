"""Sign-in and users as a client lives through them."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.http.firm import ADMIN, PASSWORD, Client, Firm, sign_in
from tests.integration.http.reading import fields, names, next_url, problem

SECRET = "Zwinge-und-Leim-77"


def _hire(firm: Firm, role: str = "viewer", **given: Any) -> dict[str, Any]:
    body = {"email": f"{uuid4()}@firma.example", "name": "Ada", "password": SECRET, "role": role}
    answer = firm.admin.post("/users", json={**body, **given})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _login(firm: Firm, email: str, password: str = SECRET) -> httpx.Response:
    return firm.stranger.post("/auth/login", json={"email": email, "password": password})


def test_who_signs_in_gets_two_tokens(firm: Firm) -> None:
    """The keys of the contract; the access token opens the API at once."""
    told = sign_in(firm.root, ADMIN)
    assert set(told) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert told["token_type"] == "bearer"
    assert told["expires_in"] > 0
    with Client(firm.root, told["access_token"]) as client:
        me = client.get("/auth/me").json()
    assert (me["email"], me["role"]) == (ADMIN, "admin")


def test_tokens_are_not_kept_by_caches(firm: Firm) -> None:
    """RFC 6749: answers with tokens say no-store."""
    answer = _login(firm, ADMIN, PASSWORD)
    assert "no-store" in answer.headers["cache-control"]


def test_a_wrong_password_and_an_unknown_user_look_the_same(firm: Firm) -> None:
    """401 with the same words, so that nobody learns who works here."""
    known = problem(_login(firm, ADMIN, "not-the-password"), 401)
    unknown = problem(_login(firm, "nobody@firma.example", "not-the-password"), 401)
    assert known["detail"] == unknown["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", 7),
        ("email", "a\x00@b.de"),
        ("email", "x" * 10_000),
        ("password", None),
        ("password", ["x"]),
        ("password", "a\x00b"),
        ("password", "x" * 10_000),
        ("otp", "123456"),
    ],
)
def test_a_malformed_sign_in_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """400 and no 401: the client is wrong, not the password."""
    body = {"email": ADMIN, "password": PASSWORD, field: value}
    answer = firm.stranger.post("/auth/login", json=body)
    problem(answer, 400, field)
    assert PASSWORD not in answer.text


def test_the_e_mail_is_known_in_any_case(firm: Firm) -> None:
    """People write their address as they like."""
    assert _login(firm, ADMIN.upper(), PASSWORD).status_code == 200
    assert _login(firm, f" {ADMIN} ", PASSWORD).status_code in {200, 400, 401}


def test_a_refresh_token_is_spent_once(firm: Firm) -> None:
    """It answers new tokens that work; the old one is refused then."""
    first = sign_in(firm.root, _hire(firm)["email"], SECRET)
    body = {"refresh_token": first["refresh_token"]}
    answer = firm.stranger.post("/auth/refresh", json=body)
    second = answer.json()
    assert answer.status_code == 200
    assert set(second) == set(first)
    assert second["refresh_token"] != first["refresh_token"]
    with Client(firm.root, second["access_token"]) as client:
        assert client.get("/auth/me").status_code == 200
    problem(firm.stranger.post("/auth/refresh", json=body), 401)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 10_000, "a.b.c", "\x00", "🪚"])
def test_a_made_up_refresh_token_is_refused(firm: Firm, token: str) -> None:
    """401 or, where it can be no token at all, 400."""
    answer = firm.stranger.post("/auth/refresh", json={"refresh_token": token})
    assert answer.status_code in {400, 401}
    problem(answer, answer.status_code)


def test_an_access_token_is_no_refresh_token(firm: Firm) -> None:
    """Nor the other way round."""
    told = sign_in(firm.root, _hire(firm)["email"], SECRET)
    body = {"refresh_token": told["access_token"]}
    assert firm.stranger.post("/auth/refresh", json=body).status_code in {400, 401}
    with Client(firm.root, told["refresh_token"]) as client:
        problem(client.get("/auth/me"), 401)


def test_who_signs_out_is_out(firm: Firm) -> None:
    """After logout neither token works."""
    told = sign_in(firm.root, _hire(firm)["email"], SECRET)
    with Client(firm.root, told["access_token"]) as client:
        answer = client.post("/auth/logout")
        assert answer.status_code in {200, 204}, answer.text
        problem(client.get("/auth/me"), 401)
    answer = firm.stranger.post("/auth/refresh", json={"refresh_token": told["refresh_token"]})
    problem(answer, 401)


def test_a_password_can_be_changed(firm: Firm) -> None:
    """The new one signs in, the old one does not; other sessions end."""
    email = _hire(firm)["email"]
    other = sign_in(firm.root, email, SECRET)
    with Client(firm.root, sign_in(firm.root, email, SECRET)["access_token"]) as client:
        body = {"current_password": SECRET, "new_password": "Ganz-neues-Passwort-9"}
        wrong = {**body, "current_password": "falsch-falsch"}
        problem(client.post("/auth/password", json=wrong), 400, "current_password")
        short = {**body, "new_password": "kurz"}
        problem(client.post("/auth/password", json=short), 400, "new_password")
        answer = client.post("/auth/password", json=body)
        assert answer.status_code in {200, 204}, answer.text
    problem(_login(firm, email), 401)
    assert _login(firm, email, "Ganz-neues-Passwort-9").status_code == 200
    with Client(firm.root, other["access_token"]) as client:
        problem(client.get("/auth/me"), 401)


def test_a_new_user_can_sign_in_at_once(firm: Firm) -> None:
    """201 with the record and without the password; a tag and a place; then a sign-in."""
    body = {"email": f"{uuid4()}@firma.example", "name": "Ada Ö", "password": SECRET}
    answer = firm.admin.post("/users/", json={**body, "role": "technician"})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["email"], made["name"], made["role"]) == (body["email"], "Ada Ö", "technician")
    assert "password" not in str(made)
    path = f"/users/{made['id']}"
    assert firm.admin.get(path).json() == made
    assert answer.headers["etag"] == firm.admin.get(path).headers["etag"]
    assert _login(firm, body["email"]).status_code == 200


def test_a_known_e_mail_is_a_conflict(firm: Firm) -> None:
    """In any case of its letters, on create and on change."""
    first, second = _hire(firm), _hire(firm)
    body = {"email": first["email"].upper(), "name": "B", "password": SECRET, "role": "viewer"}
    problem(firm.admin.post("/users", json=body), 409)
    change = {"email": first["email"]}
    problem(firm.admin.put(f"/users/{second['id']}", json=change), 409)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", ""),
        ("email", "a@b@c.de"),
        ("email", "x" * 300 + "@b.de"),
        ("name", "x" * 10_000),
        ("name", ""),
        ("name", None),
        ("role", "owner"),
        ("role", None),
        ("password", "short"),
        ("password", "password1234"),
        ("password", "123456789012"),
        ("password", "x" * 257),
        ("password", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\x00" * 12),
        ("password", None),
        ("nonsense", 1),
    ],
)
def test_a_bad_user_is_refused_by_field(firm: Firm, field: str, value: Any) -> None:
    """On create and on change; nothing is half-written."""
    email = f"{uuid4()}@firma.example"
    body = {"email": email, "name": "Ada", "password": SECRET, "role": "viewer", field: value}
    problem(firm.admin.post("/users", json=body), 400, field)
    problem(_login(firm, email), 401)
    made = _hire(firm)
    path = f"/users/{made['id']}"
    problem(firm.admin.put(path, json={"name": "Eva", field: value}), 400, field)
    assert firm.admin.get(path).json() == made


@pytest.mark.parametrize("missing", ["email", "name", "password", "role"])
def test_a_missing_field_of_a_user_is_named(firm: Firm, missing: str) -> None:
    """All four are needed."""
    body = {"email": "x@y.de", "name": "Ada", "password": SECRET, "role": "viewer"}
    del body[missing]
    problem(firm.admin.post("/users", json=body), 400, missing)


@pytest.mark.parametrize(
    "password", ["Öl & Würfelzucker", "خشب البلوط القديم", "🪚🔨🪛🔩🪵🧰📐📏🖌️🧱🚪🪑", "x1" * 128]
)
def test_a_password_may_be_any_text(firm: Firm, password: str) -> None:
    """12 to 256 characters of any script sign in again."""
    email = _hire(firm, password=password)["email"]
    assert _login(firm, email, password).status_code == 200


def test_the_whole_user_can_be_put_back(firm: Firm) -> None:
    """GET, edit, PUT with the read-only fields inside; a role change acts at once."""
    made = _hire(firm)
    told = sign_in(firm.root, made["email"], SECRET)
    answer = firm.admin.put(f"/users/{made['id']}", json={**made, "role": "manager"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["role"] == "manager"
    told = sign_in(firm.root, made["email"], SECRET) if told else told
    with Client(firm.root, told["access_token"]) as client:
        assert client.create()["id"]


def test_a_removed_user_is_out(firm: Firm) -> None:
    """204; the tokens no longer work, nor does the password; the record is gone."""
    made = _hire(firm)
    told = sign_in(firm.root, made["email"], SECRET)
    assert firm.admin.delete(f"/users/{made['id']}/").status_code == 204
    problem(firm.admin.get(f"/users/{made['id']}"), 404)
    problem(_login(firm, made["email"]), 401)
    with Client(firm.root, told["access_token"]) as client:
        problem(client.get("/auth/me"), 401)


def test_a_firm_keeps_an_admin(firm: Firm) -> None:
    """The last one can be neither removed nor made something else."""
    me = firm.admin.get("/auth/me").json()
    path = f"/users/{me['id']}"
    problem(firm.admin.delete(path), 409)
    problem(firm.admin.put(path, json={"role": "viewer"}), 409)
    assert firm.admin.get("/auth/me").json()["role"] == "admin"


def test_users_are_a_list_like_any_other(firm: Firm) -> None:
    """Bare array, newest first, total, link; bad values refused."""
    made = [_hire(firm, name=name)["id"] for name in "ABC"]
    answer = firm.admin.get("/users", params={"limit": 2})
    assert names(answer) == ["C", "B"]
    assert int(answer.headers["x-total-count"]) >= 7
    url = next_url(answer)
    assert url
    assert firm.admin.get(url).json()[0]["id"] == made[0]
    for field, value in (("limit", "0"), ("skip", "-1"), ("sort", "password"), ("cursor", "x")):
        problem(firm.admin.get("/users", params={field: value}), 400, field)
    assert "password" not in answer.text


def test_an_id_that_is_no_uuid_is_named(firm: Firm) -> None:
    """Of a user as of any record."""
    for method in ("GET", "PUT", "DELETE"):
        body = {"name": "B"} if method == "PUT" else None
        told = problem(firm.admin.request(method, "/users/nonsense", json=body), 400)
        assert fields(told) == ["id"]
