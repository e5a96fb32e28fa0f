"""Archives of a whole firm."""

from handwerk.entrypoints.http.openapi.facts.saying import Facts
from handwerk.entrypoints.http.routes.moving import ArchiveForm

FACTS: dict[type, Facts] = {
    ArchiveForm: {
        "file": {
            "description": "The archive, as it was answered.",
            "type": "string",
            "format": "binary",
        },
    },
}
