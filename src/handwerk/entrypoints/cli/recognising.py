"""What a table tells of, by its heading: projects, materials, or prices of materials."""

from pathlib import Path

from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.materials.importing.form import MATERIALS, PRICES
from handwerk.domain.projects.importing.form import PROJECTS
from handwerk.domain.tables.errors import TableRefused, speaking
from handwerk.domain.tables.fields import rating
from handwerk.domain.tables.language import Language
from handwerk.domain.tables.opening import opened
from handwerk.domain.tables.ports import Workbooks
from handwerk.entrypoints.cli.errors import CommandFailed

_KINDS = {PROJECTS.name: "projects", MATERIALS.name: "materials", PRICES.name: "materials"}
FORMS = (PROJECTS, MATERIALS, PRICES)


def recognised(file: Path, language: Language, workbooks: Workbooks) -> str:
    """`projects` or `materials`; `CommandFailed` where the heading leaves it open."""
    try:
        with speaking(language), file.open("rb") as source:
            table = opened(source, FORMS, workbooks)
    except (HandwerkError, TableRefused) as error:
        raise CommandFailed(getattr(error, "detail", str(error))) from error
    table.table.close()
    ratings = sorted(((rating(table.heading, form), form.name) for form in FORMS), reverse=True)
    (best, name), (second, other), *_ = ratings
    if not best[0] or (best == second and _KINDS[name] != _KINDS[other]):
        raise CommandFailed(
            "Its heading does not say whether this is a table of projects or of materials; say"
            " --kind projects or --kind materials."
        )
    return _KINDS[name]
