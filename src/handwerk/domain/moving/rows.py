"""One row of a table on its way, as a line of JSON: what of it can't stay as it lies here.

Whatever is not looked at keeps its very characters, so that no number passes through a float.
"""

from typing import Any
from uuid import UUID

import msgspec

from handwerk.domain.identity.vault import Personal, Vault
from handwerk.domain.kernel.errors import InvalidInput

Line = dict[str, msgspec.Raw]
_DECODER = msgspec.json.Decoder(Line)
_ENCODER = msgspec.json.Encoder()
PEOPLE = "user_account"
_SEALED = ("key_id", "person_key", "personal", "email_hash")


def read(table: str, row: bytes) -> Line:
    """The columns of a row; `InvalidInput` where it is no JSON object."""
    try:
        return _DECODER.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput.of(f"tables/{table}", "holds a line that is no JSON object") from error


def text_of(line: Line, field: str) -> str | None:
    """The text in a column; `None` where there is none."""
    value: Any = msgspec.json.decode(line.get(field, b"null"))
    return value if isinstance(value, str) else None


def written(line: Line, **changed: str | None) -> bytes:
    """The row with those columns in place of its own."""
    return _ENCODER.encode(line | {name: _raw(value) for name, value in changed.items()})


def as_bytea(content: bytes) -> str:
    """Bytes as PostgreSQL spells them."""
    return f"\\x{content.hex()}"


def opened(row: bytes, vault: Vault) -> bytes:
    """An account that can be read without this installation's keys."""
    line = read(PEOPLE, row)
    key_id, person_key, personal, _ = (text_of(line, field) for field in _SEALED)
    if key_id is None or person_key is None or personal is None:
        return row
    found = vault.open(_id_of(line), key_id, _bytes(person_key), _bytes(personal))
    return written(line, **dict.fromkeys(_SEALED), email=found.email, name=found.name)


def sealed(row: bytes, vault: Vault) -> bytes:
    """The same, sealed with the keys of the installation where it comes in."""
    line = read(PEOPLE, row)
    email, name = text_of(line, "email"), text_of(line, "name")
    if email is None or name is None:
        raise InvalidInput.of(f"tables/{PEOPLE}", "holds an account without e-mail or name")
    kept = vault.seal(_id_of(line), Personal(email, name))
    return written(
        line,
        email=None,
        name=None,
        key_id=kept.key_id,
        person_key=as_bytea(kept.person_key),
        personal=as_bytea(kept.personal),
        email_hash=as_bytea(kept.email_hash),
    )


def _id_of(line: Line) -> UUID:
    try:
        return UUID(text_of(line, "id") or "")
    except ValueError as error:
        raise InvalidInput.of(f"tables/{PEOPLE}", "holds a row without an id") from error


def _bytes(spelt: str) -> bytes:
    return bytes.fromhex(spelt.removeprefix("\\x"))


def _raw(value: str | None) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(value))
