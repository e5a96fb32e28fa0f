"""Who can sign in, and the own sign-ins and keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Unpack

from handwerk.client import inputs
from handwerk.client.answers.people import ApiKey, NewApiKey, OpenSession, SignedIn, User
from handwerk.client.connecting import Connection, new_key
from handwerk.client.inputs import Id
from handwerk.client.pages import Page


class SignIn:
    """One's own sign-in, sessions and API keys."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def login(self, email: str, password: str) -> SignedIn:
        """Tokens for a password. A client that was given both does this by itself."""
        body = {"email": email, "password": password}
        return self._server.ask(SignedIn, "POST", "/auth/login", body=body, is_anonymous=True)

    def refresh(self, refresh_token: str) -> SignedIn:
        """A new pair of tokens; the old refresh token is spent."""
        body = {"refresh_token": refresh_token}
        return self._server.ask(SignedIn, "POST", "/auth/refresh", body=body, is_anonymous=True)

    def logout(self) -> None:
        """End this session."""
        self._server.tell("POST", "/auth/logout")

    def me(self) -> User:
        """Who asks."""
        return self._server.ask(User, "GET", "/auth/me")

    def change_password(self, current: str, new: str) -> None:
        """Take another password. All other sessions end."""
        body = {"current_password": current, "new_password": new}
        self._server.tell("POST", "/auth/password", body=body)

    def sessions(self) -> list[OpenSession]:
        """The own sign-ins that still last."""
        return self._server.ask(list[OpenSession], "GET", "/auth/sessions")

    def end_session(self, session_id: Id) -> None:
        """End one of them."""
        self._server.tell("DELETE", f"/auth/sessions/{session_id}")

    def end_other_sessions(self) -> None:
        """End all of them but this one."""
        self._server.tell("DELETE", "/auth/sessions")

    def keys(self) -> list[ApiKey]:
        """The own API keys, the revoked too."""
        return self._server.ask(list[ApiKey], "GET", "/auth/keys")

    def make_key(
        self, name: str, permissions: Sequence[str], expires_at: datetime | None = None
    ) -> NewApiKey:
        """Make an API key, which is shown this once."""
        body = {"name": name, "permissions": list(permissions), "expires_at": expires_at}
        return self._server.ask(NewApiKey, "POST", "/auth/keys", body=body)

    def revoke_key(self, key_id: Id) -> None:
        """Revoke one of one's own API keys."""
        self._server.tell("DELETE", f"/auth/keys/{key_id}")


class Users:
    """Everybody who can sign in."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    def create(self, *, key: str | None = None, **user: Unpack[inputs.NewUser]) -> User:
        """Save a new user, who can sign in at once."""
        return self._server.ask(User, "POST", "/users", body=user, key=key or new_key())

    def get(self, user_id: Id) -> User:
        """One user."""
        return self._server.ask(User, "GET", f"/users/{user_id}")

    def page(self, **asked: Unpack[inputs.Paged]) -> Page[User]:
        """A part of the users, newest first."""
        return self._server.page("/users", User, asked)

    def each(self, **asked: Unpack[inputs.Paged]) -> Iterator[User]:
        """All users, fetched as they are needed."""
        return self._server.each("/users", User, asked)

    def change(
        self, user_id: Id, *, if_version: int | None = None, **change: Unpack[inputs.UserChange]
    ) -> User:
        """Save what is said."""
        path = f"/users/{user_id}"
        return self._server.ask(User, "PUT", path, body=change, version=if_version)

    def delete(self, user_id: Id, *, if_version: int | None = None) -> None:
        """Erase a user for good, with sessions and API keys."""
        self._server.tell("DELETE", f"/users/{user_id}", version=if_version)
