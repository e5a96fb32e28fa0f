"""What no type says: the bounds that the domain checks, and what a value means.

The bounds are the domain's own constants. A test tries each of them on the domain.
"""

import msgspec

from handwerk.domain.documents.model import MAX_PAGES
from handwerk.domain.jobs.tickets import LENGTH
from handwerk.domain.kernel.pages import LONGEST_CURSOR, MAX_LIMIT, MAX_SKIP
from handwerk.domain.pricing.model import PredictionInput
from handwerk.domain.projects.model import MAX_NAME
from handwerk.domain.records.model import MAX_WORD as MAX_TABLE
from handwerk.entrypoints.http.bodies import MaterialBody, ProjectBody, UserBody
from handwerk.entrypoints.http.openapi.facts import (
    calculations,
    documents,
    firm,
    materials,
    moving,
    people,
    pricing,
    privacy,
    projects,
    search,
    tasks,
)
from handwerk.entrypoints.http.openapi.facts.saying import Facts, id_of, text
from handwerk.entrypoints.http.openapi.facts.search import QUERY


def of(cls: type) -> Facts:
    """What is known of the fields of a struct, by name."""
    names = {field.encode_name for field in msgspec.structs.fields(cls)}
    is_record = {"id", "version"} <= names
    known: Facts = dict(_READ_ONLY) if is_record else {}
    for base in reversed(cls.__mro__):
        known |= _FACTS.get(base, {})
    # What is said for a whole family may speak of a field that not all of it have.
    return {name: fact for name, fact in known.items() if name in names}


_READ_ONLY: Facts = {
    "id": {"description": "Made by the server.", "type": "string", "format": "uuid"},
    "version": {"description": "Counts the changes; the ETag.", "type": "integer", "minimum": 1},
    "created_at": {"description": "In UTC.", "type": "string", "format": "date-time"},
    "updated_at": {"description": "In UTC.", "type": "string", "format": "date-time"},
    "is_finalized": {"description": "Closed for good, by finalize or import.", "type": "boolean"},
    "finalized_at": {"description": "In UTC.", "type": ["string", "null"], "format": "date-time"},
    "cancels": id_of("The project that this record reverses (Storno)."),
    "cancel_reason": {"description": "Why that was cancelled.", "type": ["string", "null"]},
    "cancelled_by": id_of("The record that reverses this project."),
}
for _fact in _READ_ONLY.values():
    _fact["readOnly"] = True
_FACTS: dict[type, Facts] = (
    projects.FACTS
    | materials.FACTS
    | pricing.FACTS
    | calculations.FACTS
    | firm.FACTS
    | people.FACTS
    | privacy.FACTS
    | search.FACTS
    | documents.FACTS
    | moving.FACTS
    | tasks.FACTS
)
# What must be there when a record is made, though a change may leave it out.
NEEDED: dict[type, tuple[str, ...]] = {
    ProjectBody: ("name", "project_type"),
    MaterialBody: ("name", "category", "unit"),
    UserBody: ("email", "name", "password", "role"),
    PredictionInput: ("project_type", "total_area_sqm"),
}
IN_QUERY: Facts = QUERY | {
    "table": {"maxLength": MAX_TABLE},
    "action": {"maxLength": MAX_TABLE},
    "record_id": {"format": "uuid"},
    "actor_id": {"format": "uuid"},
    "subject_id": {"format": "uuid"},
    "head": {"pattern": r"^\d{1,18}:[0-9a-f]{64}$"},
    "sha256": {"pattern": "^[0-9a-f]{64}$"},
    "from_page": {"minimum": 1, "maximum": MAX_PAGES},
    "to_page": {"minimum": 1, "maximum": MAX_PAGES},
    "cursor": {"minLength": 1, "maxLength": LONGEST_CURSOR},
    "worker": {"minLength": 1},
    "ticket": {"maxLength": LENGTH, "minLength": LENGTH},
    "Last-Event-ID": {"pattern": r"^\d{1,10}$"},
    "skip": {"minimum": 0, "maximum": MAX_SKIP},
    "limit": {"minimum": 1, "maximum": MAX_LIMIT},
    "q": text(
        "To be found in name or description (of a material: name, category, DATANORM number), in "
        "one stretch, be it within a word; case does not matter, ä is ae. One or two letters are "
        "looked for at the beginning of a word.",
        MAX_NAME,
    ),
}
