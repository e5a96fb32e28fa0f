"""Users, their sign-ins and keys."""

from handwerk.domain.identity.keys import MAX_KEY_NAME, ApiKeyInput, NewApiKey
from handwerk.domain.identity.model import MAX_EMAIL, Login, PasswordChange, User, UserInput
from handwerk.domain.identity.model import MAX_NAME as MAX_PERSON
from handwerk.domain.identity.passwords import LONGEST, SHORTEST
from handwerk.domain.identity.permissions import Permission
from handwerk.entrypoints.http.openapi.facts.saying import Facts, Schema, text

_USER: Facts = {
    "email": {
        "description": "With it the user signs in; case does not matter.",
        "maxLength": MAX_EMAIL,
        "format": "email",
    },
    "name": text("What the user is called.", MAX_PERSON, 1),
    "is_active": {"description": "A disabled user can't sign in."},
}
_PASSWORD: Schema = {
    "description": "Not among the common ones, and not the name or e-mail.",
    "minLength": SHORTEST,
    "maxLength": LONGEST,
    "format": "password",
}
FACTS: dict[type, Facts] = {
    User: _USER,
    UserInput: _USER | {"password": _PASSWORD},
    Login: {"password": {"maxLength": LONGEST, "format": "password"}},
    PasswordChange: {"new_password": _PASSWORD, "current_password": {"format": "password"}},
    ApiKeyInput: {
        "name": text("What the key is for.", MAX_KEY_NAME, 1),
        "permissions": {
            "description": "What it may: some of what you may.",
            "minItems": 1,
            "maxItems": len(Permission),
        },
        "expires_at": {"description": "Until when; without it, until it is revoked."},
    },
    NewApiKey: {"key": {"description": "Shown this once: keep it now."}},
}
