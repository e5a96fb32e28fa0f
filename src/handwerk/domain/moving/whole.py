"""What belongs to a firm, table by table: what is taken along, in which order, and what is not."""

from typing import NamedTuple

# In the order in which the rows can go in: whatever is pointed at comes first.
TAKEN = (
    "user_account",
    "api_key",
    "consent",
    "erasure",
    "firm_settings",
    "material",
    "material_price",
    "project",
    "project_material",
    "project_bin",
    "project_bin_material",
    "price_model",
    "price_model_activation",
    "prediction",
    "price_feedback",
    "document",
    "document_page",
    "document_passage",
    "record_history",
    "security_event",
)
_ENDS = "work under way belongs to the installation and ends with it"
_INDEX = "the search index is made anew from the projects"
_SEALED = "the history is sealed anew, with the key of the installation where it lies"
# The others, and why.
LEFT = {
    "active_collection": _INDEX,
    "index_migration": _INDEX,
    "job": _ENDS,
    "job_schedule": "the installation's clock keeps it",
    "job_tally": "counts what this installation has worked",
    "job_ticket": _ENDS,
    "price_series": "made anew when the prices go in",
    "privacy_export": "a person's copy for some days, which can be asked for again",
    "project_count": "counted anew when the projects go in",
    "project_statistics": "counted anew by a job",
    "receipt": "answers of requests, kept for a day",
    "sealed_history": _SEALED,
    "history_seal": _SEALED,
    "user_session": "everybody signs in anew",
    "worker": _ENDS,
}


class Apart(NamedTuple):
    """A column whose bytes are files of their own: its table, and where they lie."""

    table: str
    column: str
    folder: str
    ending: str

    def path(self, record_id: str) -> str:
        """The file of one record."""
        return f"{self.folder}/{record_id}{self.ending}"


MODELS = Apart("price_model", "trees", "models", ".msgpack")
# The files of documents lie here, under the key that their row names in the column `file`.
DOCUMENTS = "documents"
MANIFEST = "manifest.json"


def part_path(table: str, number: int) -> str:
    """Where the part of that number (from 1) of a table's rows lies."""
    return f"tables/{table}-{number:05}.jsonl"
