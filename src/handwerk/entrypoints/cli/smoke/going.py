"""Goes the whole way: reads the document, signs in, takes every step, cleans up."""

from contextlib import suppress

import httpx
import msgspec

from handwerk.entrypoints.cli.errors import CommandFailed
from handwerk.entrypoints.cli.smoke.document import Document
from handwerk.entrypoints.cli.smoke.plan import (
    DELETE_DOCUMENT,
    DELETE_MATERIAL,
    DELETE_PROJECT,
    PLAN,
    first_steps,
    last_steps,
)
from handwerk.entrypoints.cli.smoke.walking import Report, Walk

TIMEOUT = httpx.Timeout(60, connect=5)
DOCUMENT = "/schema/openapi.json"
# Everybody who is signed in may read them.
SETTINGS = "/api/v1/settings/current"
_BIN = {"project": DELETE_PROJECT, "document": DELETE_DOCUMENT}


def smoke(
    url: str,
    *,
    token: str | None,
    password: dict[str, str] | None,
    transport: httpx.BaseTransport | None = None,
) -> Report:
    """How every operation of the server at `url` answers.

    `CommandFailed` where nobody answers, or nothing is signed in.
    """
    with httpx.Client(base_url=url, timeout=TIMEOUT, transport=transport) as http:
        walk = Walk(url, _document(http, url), http)
        if token is not None:
            walk.tokens["access_token"] = token
        _sign_in(walk, password)
        try:
            for step in PLAN:
                walk.take(step)
        finally:
            _clean_up(walk)
        for step in last_steps(password):
            walk.take(step)
        return walk.report()


def _document(http: httpx.Client, url: str) -> Document:
    try:
        answer = http.get(DOCUMENT)
        return Document(msgspec.json.decode(answer.content))
    except httpx.HTTPError as error:
        raise CommandFailed(
            f"No answer from {url} ({str(error) or type(error).__name__})."
        ) from error
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise CommandFailed(f"{url}{DOCUMENT} is no OpenAPI document. Is it handwerk?") from error


def _sign_in(walk: Walk, password: dict[str, str] | None) -> None:
    """Find out who asks. A command of this machine is an admin, but no person."""
    walk.role, walk.is_person = "admin", False
    login, *others = first_steps(password)
    walk.take(login)
    if password is not None and "access_token" not in walk.tokens:
        [touch] = walk.report().touches
        raise CommandFailed(f"The sign-in failed: {touch.told}")
    for step in others:
        walk.take(step)
    if not walk.is_person:
        _refuse_a_wrong_token(walk)


def _refuse_a_wrong_token(walk: Walk) -> None:
    """Who is no person may be a command of this machine, or nobody: then all would be refused."""
    answer = walk.http.get(SETTINGS, headers=walk.headers())
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise CommandFailed(f"{walk.url} does not take this token; it may have ended.")


def _clean_up(walk: Walk) -> None:
    """Remove what the walk's own steps could not, and say what stays behind."""
    for kind, operation in (*_BIN.items(), ("material", DELETE_MATERIAL)):
        made = walk.made.get(kind)
        if made is None:
            continue
        path = operation.partition(" ")[2].format(id=made)
        gone = False
        with suppress(httpx.HTTPError):
            status = walk.http.delete(path, headers=walk.headers()).status_code
            gone = status in {httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND}
        if not gone:
            walk.left.append(f"the {kind} {made} ({walk.mark}) could not be removed")
        elif kind in _BIN:
            walk.left.append(f"the {kind} {made} lies in the bin until it is removed by itself")
    if walk.made.keys() & {*_BIN, "material"}:
        walk.left.append(f"the history tells what {walk.mark} made and removed")
