"""Consents, and names taken out of texts."""

from handwerk.domain.privacy.model import MAX_PURPOSE, MAX_WORDING, Consent, ConsentInput
from handwerk.domain.privacy.redaction import (
    LONGEST_REPLACEMENT,
    LONGEST_TEXT,
    SHORTEST_TEXT,
    RedactionInput,
)
from handwerk.entrypoints.http.openapi.facts.saying import Facts, text

_CONSENT: Facts = {
    "purpose": text("What the data are to be used for.", MAX_PURPOSE, 1),
    "wording_version": text("Which version of the wording was shown.", MAX_WORDING, 1),
    "granted": {"description": "Said aloud: there is no default. False refuses or withdraws."},
}
FACTS: dict[type, Facts] = {
    ConsentInput: _CONSENT,
    Consent: _CONSENT,
    RedactionInput: {
        "text": text("What is to go, whatever its case.", LONGEST_TEXT, SHORTEST_TEXT),
        "replacement": text("What stands there then.", LONGEST_REPLACEMENT, 1),
        "dry_run": {"description": "Only tell where it occurs."},
    },
}
