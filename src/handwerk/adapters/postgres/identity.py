"""Users and sessions in PostgreSQL. E-mails and names lie sealed in the table."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    LargeBinary,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or

from handwerk.adapters.postgres.database import Database, Row, compiled
from handwerk.adapters.postgres.keyset import Listed, walk
from handwerk.adapters.postgres.tables.identity import user_account, user_session
from handwerk.adapters.postgres.tables.privacy import erasure
from handwerk.adapters.postgres.tables.records import receipt
from handwerk.adapters.postgres.unit import Unit
from handwerk.domain.identity.erasure import Erasure
from handwerk.domain.identity.model import Credentials, User
from handwerk.domain.identity.permissions import Role
from handwerk.domain.identity.sessions import Session
from handwerk.domain.identity.vault import Personal, Vault
from handwerk.domain.kernel.pages import Page, PageRequest

EMAIL_KEY = "user_account_email_hash_key"
# Any number will do, as long as every transaction that changes admins takes the same.
_ADMINS_TURN = 7_209_315

_PLAIN_FIELDS = ("id", "role", "is_active", "created_at", "updated_at", "version")
_SEALED_FIELDS = ("key_id", "person_key", "personal", "email_hash")
_OPENED_BY = ("id", "key_id", "person_key", "personal")
_READ = (*_PLAIN_FIELDS, "key_id", "person_key", "personal")
_USER_COLUMNS = [user_account.c[field] for field in _READ]
_USER_PLACES: dict[str, Any] = {
    field: bindparam(field) for field in (*_PLAIN_FIELDS, *_SEALED_FIELDS)
}
_HASH_PLACE: dict[str, Any] = {"password_hash": bindparam("password_hash")}
_WANTED_USER = user_account.c.id == bindparam("wanted")
_CREDENTIALS = select(*_USER_COLUMNS, user_account.c.password_hash)
_GET_USER = compiled(select(*_USER_COLUMNS).where(_WANTED_USER)).sql
_HASHES = bindparam("hashes", type_=ARRAY(LargeBinary))
_BY_EMAIL = compiled(_CREDENTIALS.where(user_account.c.email_hash == any_(_HASHES))).sql
_LOCK_USER = compiled(_CREDENTIALS.where(_WANTED_USER).with_for_update()).sql
_IS_EMPTY = compiled(select(~exists(select(user_account.c.id)))).sql
_ADMIN = compiled(
    select(user_account.c.id).where(
        user_account.c.role == bindparam("role"), user_account.c.is_active
    )
).sql
_TAKE_TURN = compiled(select(func.pg_advisory_xact_lock(bindparam("turn")))).sql
_ADD_USER = compiled(insert(user_account).values(_USER_PLACES | _HASH_PLACE))
_SAVE_USER = compiled(update(user_account).values(_USER_PLACES).where(_WANTED_USER))
_SAVE_WITH_HASH = compiled(
    update(user_account).values(_USER_PLACES | _HASH_PLACE).where(_WANTED_USER)
)
# Rows that an older release wrote hold e-mail and name as text, until the next start.
_TO_SEAL = compiled(
    select(*(user_account.c[field] for field in (*_OPENED_BY, "email", "name")))
    .where(
        or_(
            user_account.c.key_id.is_(None),
            user_account.c.key_id != bindparam("key_id"),
            user_account.c.email.is_not(None),
        )
    )
    .order_by(user_account.c.id)
    .limit(bindparam("most"))
    .with_for_update()
)
_SEAL = compiled(
    update(user_account)
    .values({field: bindparam(field) for field in (*_SEALED_FIELDS, "email", "name")})
    .where(_WANTED_USER)
)
_SEALED_AT_ONCE = 200
_REMOVE_USER = compiled(delete(user_account).where(_WANTED_USER))
_ERASED = compiled(select(erasure.c.user_id, erasure.c.at).order_by(erasure.c.at)).sql
_NOTE_ERASED = compiled(
    insert_or(erasure)
    .values(user_id=bindparam("user_id"), at=bindparam("at"))
    .on_conflict_do_nothing()
)
# Their bodies are sealed, so what is kept of any new account goes.
_FORGET_ANSWERS = compiled(
    delete(receipt).where(
        or_(receipt.c.user_id == bindparam("user"), receipt.c.path.endswith("/users"))
    )
)
_LISTED = Listed(table=user_account, columns=_USER_COLUMNS, filters={}, kept_count=None)

_SESSION_FIELDS = Session.__struct_fields__
_SESSION_PLACES: dict[str, Any] = {field: bindparam(field) for field in _SESSION_FIELDS}
_WANTED_SESSION = user_session.c.id == bindparam("wanted")
_OF_USER = user_session.c.user_id == bindparam("user")
_LOCK_SESSION = compiled(
    select(*(user_session.c[field] for field in _SESSION_FIELDS))
    .where(_WANTED_SESSION)
    .with_for_update()
).sql
_ADD_SESSION = compiled(insert(user_session).values(_SESSION_PLACES))
_SAVE_SESSION = compiled(update(user_session).values(_SESSION_PLACES).where(_WANTED_SESSION))
_END_ALL = compiled(
    update(user_session)
    .values(ended_at=bindparam("now"))
    .where(
        _OF_USER,
        user_session.c.ended_at.is_(None),
        user_session.c.id.is_distinct_from(bindparam("keep")),
    )
)
_REMOVE_EXPIRED = compiled(
    delete(user_session).where(_OF_USER, user_session.c.expires_at < bindparam("now"))
)
_ROLE_OF = compiled(
    select(user_account.c.role)
    .join(user_session, user_session.c.user_id == user_account.c.id)
    .where(
        _WANTED_SESSION,
        user_session.c.ended_at.is_(None),
        user_session.c.expires_at > bindparam("now"),
        user_account.c.is_active,
    )
)
_ROLES_OF = compiled(
    select(user_session.c.id, user_account.c.role)
    .select_from(user_account.join(user_session, user_session.c.user_id == user_account.c.id))
    .where(
        user_session.c.id == func.any(bindparam("wanted", type_=ARRAY(Uuid))),
        user_session.c.ended_at.is_(None),
        user_session.c.expires_at > bindparam("now"),
        user_account.c.is_active,
    )
)


class PostgresUsers:
    """Reads users, outside any transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._people = _People(vault)

    async def get(self, user_id: UUID) -> User | None:
        """The user with that id, or `None`."""
        row = await self._database.one(_GET_USER, (user_id,))
        return None if row is None else self._people.user(row)

    async def page(self, request: PageRequest) -> Page[User]:
        """The part of the list that `request` names."""
        return await walk(self._database, _LISTED, {}, request, self._people.user)

    async def credentials(self, email: str) -> Credentials | None:
        """The user whom that e-mail names, with the password's hash."""
        row = await self._database.one(_BY_EMAIL, (self._people.vault.email_hashes(email),))
        return None if row is None else self._people.credentials(row)

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        row = await self._database.one(_IS_EMPTY)
        return row is not None and bool(row[0])

    async def seal_all(self) -> int:
        """Seal with today's key whatever is not, also what is still text; answers how many."""
        sealed = 0
        while number := await self._seal_some():
            sealed += number
        return sealed

    async def _seal_some(self) -> int:
        unit = Unit(self._database)
        try:
            wanted = {"key_id": self._people.vault.key_id, "most": _SEALED_AT_ONCE}
            rows = await unit.read(_TO_SEAL.sql, _TO_SEAL.params(wanted))
            for user_id, *kept, email, name in rows:
                known = Personal(email, name) if email else self._people.open(user_id, *kept)
                unit.write(_SEAL, self._people.sealed(user_id, known) | {"wanted": user_id})
            await unit.commit()
        finally:
            await unit.rollback()
        return len(rows)


class _People:
    """Rows as users, and users as rows."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def user(self, row: Row) -> User:
        """The user whom a row of `_USER_COLUMNS` holds."""
        values = dict(zip(_READ, row, strict=True))
        known = self.open(*(values[field] for field in _OPENED_BY))
        plain = {field: values[field] for field in _PLAIN_FIELDS}
        return msgspec.convert(plain | msgspec.structs.asdict(known), User)

    def credentials(self, row: Row) -> Credentials:
        """The same with the password's hash behind it."""
        return Credentials(self.user(row[:-1]), row[-1])

    def open(self, user_id: UUID, key_id: str, person_key: Any, personal: Any) -> Personal:
        """What is sealed in a row."""
        return self.vault.open(user_id, key_id, bytes(person_key), bytes(personal))

    def values(self, user: User) -> dict[str, Any]:
        """What is written of a user."""
        plain = {field: getattr(user, field) for field in _PLAIN_FIELDS}
        return plain | self.sealed(user.id, Personal(user.email, user.name))

    def sealed(self, user_id: UUID, personal: Personal) -> dict[str, Any]:
        """What is written of the person; the columns of older releases are emptied."""
        kept = msgspec.structs.asdict(self.vault.seal(user_id, personal))
        return kept | {"email": None, "name": None}


_OPEN_OF = compiled(
    select(*(user_session.c[field] for field in _SESSION_FIELDS))
    .where(
        _OF_USER, user_session.c.ended_at.is_(None), user_session.c.expires_at > bindparam("now")
    )
    .order_by(user_session.c.created_at.desc(), user_session.c.id)
)
_EXPIRED = "DELETE FROM user_session WHERE expires_at < now()"


class PostgresSessions:
    """Looks up sessions: one query by two primary keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def role_of(self, session_id: UUID, now: datetime) -> Role | None:
        """The role of the user whose open session this is."""
        params = _ROLE_OF.params({"wanted": session_id, "now": now})
        row = await self._database.one(_ROLE_OF.sql, params)
        return None if row is None else Role(row[0])

    async def roles_of(self, session_ids: Collection[UUID], now: datetime) -> dict[UUID, Role]:
        """The roles of the users whose open sessions these are."""
        params = _ROLES_OF.params({"wanted": list(session_ids), "now": now})
        return {row[0]: Role(row[1]) for row in await self._database.all(_ROLES_OF.sql, params)}

    async def open_of(self, user_id: UUID, now: datetime) -> list[Session]:
        """The user's open sessions, newest first."""
        given = _OPEN_OF.params({"user": user_id, "now": now})
        return [_session(row) for row in await self._database.all(_OPEN_OF.sql, given)]

    async def purge(self) -> int:
        """Remove the sessions that have expired; answers how many."""
        return await self._database.run(_EXPIRED)


class UserStore:
    """The users inside a transaction."""

    def __init__(self, unit: Unit, vault: Vault) -> None:
        self._unit = unit
        self._people = _People(vault)

    async def admins(self) -> frozenset[UUID]:
        """The ids of all active admins, once no other transaction may change them."""
        # Two statements, since the second must see what was committed while the first waited.
        await self._unit.read(_TAKE_TURN, (_ADMINS_TURN,))
        rows = await self._unit.read(_ADMIN, (Role.ADMIN.value,))
        return frozenset(row[0] for row in rows)

    async def is_empty(self) -> bool:
        """Whether there is no user yet."""
        rows = await self._unit.read(_IS_EMPTY)
        return bool(rows[0][0])

    async def locked(self, user_id: UUID) -> Credentials | None:
        """The user and the password's hash, held until the transaction ends."""
        rows = await self._unit.read(_LOCK_USER, (user_id,))
        return self._people.credentials(rows[0]) if rows else None

    def add(self, user: User, password_hash: str) -> None:
        """Note a new user."""
        self._unit.write(_ADD_USER, self._people.values(user) | {"password_hash": password_hash})

    def save(self, user: User, password_hash: str | None = None) -> None:
        """Note what changed in a locked user; without a hash the password stays."""
        values = self._people.values(user) | {"wanted": user.id}
        if password_hash is None:
            self._unit.write(_SAVE_USER, values)
        else:
            self._unit.write(_SAVE_WITH_HASH, values | {"password_hash": password_hash})

    def remove(self, user_id: UUID) -> None:
        """Note that a locked user is erased; what is the person's follows by foreign keys.

        Answers that were kept for or about the person go as well.
        """
        self._unit.write(_REMOVE_USER, {"wanted": user_id})
        self._unit.write(_FORGET_ANSWERS, {"user": user_id})
        self._unit.write(_NOTE_ERASED, {"user_id": user_id, "at": datetime.now(UTC)})

    async def erased(self) -> list[Erasure]:
        """Who was ever removed."""
        return [Erasure(*row) for row in await self._unit.read(_ERASED)]

    def note_erased(self, erasure: Erasure) -> None:
        """Note an erasure of somebody whom this database does not hold."""
        self._unit.write(_NOTE_ERASED, msgspec.structs.asdict(erasure))


class SessionStore:
    """The sessions inside a transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def locked(self, session_id: UUID) -> Session | None:
        """The session, held until the transaction ends."""
        rows = await self._unit.read(_LOCK_SESSION, (session_id,))
        return _session(rows[0]) if rows else None

    def add(self, session: Session) -> None:
        """Note a new session."""
        self._unit.write(_ADD_SESSION, _values(session))

    def save(self, session: Session) -> None:
        """Note what changed in a locked session."""
        self._unit.write(_SAVE_SESSION, _values(session) | {"wanted": session.id})

    def end_all(self, user_id: UUID, now: datetime, keep: UUID | None = None) -> None:
        """Note that every open session of that user ends now, `keep` aside."""
        self._unit.write(_END_ALL, {"user": user_id, "now": now, "keep": keep})

    def remove_expired(self, user_id: UUID, now: datetime) -> None:
        """Note that the user's sessions that expired before `now` are forgotten."""
        self._unit.write(_REMOVE_EXPIRED, {"user": user_id, "now": now})


def _session(row: Row) -> Session:
    values = dict(zip(_SESSION_FIELDS, row, strict=True))
    return Session(**values | {"spent_hashes": tuple(values["spent_hashes"])})


def _values(session: Session) -> dict[str, Any]:
    return msgspec.structs.asdict(session) | {"spent_hashes": list(session.spent_hashes)}
