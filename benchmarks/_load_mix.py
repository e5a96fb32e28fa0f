"""What the users ask: a fixed mix over all groups, and a request of each kind.

No two searches, predictions, projects or uploads are the same, so nothing is answered from memory
that a firm's people would not have answered from memory either.
"""

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

# Share of each group in percent, and how a group is shared out over its operations.
MIX: dict[str, tuple[float, dict[str, float]]] = {
    "reads": (
        50,
        {
            "project": 17,
            "material": 7,
            "settings": 4,
            "prediction": 4,
            "document": 5,
            "document text": 1,
            "project's materials": 2,
            "task": 3,
            "who am I": 4,
            "model info": 2,
            "index stats": 0.5,
            "health": 0.5,
        },
    ),
    "lists": (
        20,
        {
            "projects": 6,
            "projects filtered": 3,
            "projects sorted": 1,
            "projects by text": 1,
            "recent projects": 1.5,
            "vocabulary": 1,
            "statistics": 0.5,
            "materials": 2,
            "documents": 1.5,
            "predictions": 1,
            "models": 0.5,
            "tasks": 1,
        },
    ),
    "search": (10, {"find similar": 6, "search documents": 3, "batch similar": 1}),
    "predictions": (10, {"predict": 8, "calculate": 1, "cushion": 0.5, "predict batch": 0.5}),
    "writes": (
        8,
        {
            "create project": 4,
            "change project": 2,
            "create material": 0.5,
            "change material": 0.5,
            "add price": 0.5,
            "feedback": 0.5,
        },
    ),
    "uploads": (2, {"upload text": 1.2, "upload PDF": 0.8}),
}
API = "/api/v1"
TYPES = ("Treppenbau", "Möbel", "Kücheneinrichtung", "Dachstuhl", "Türen", "Fenster", "Polsterei")
WOODS = ("Eiche", "Nussbaum", "Kiefer", "Esche", "Fichte", "Buche", "Ahorn", "Lärche")
REGIONS = ("Bayern", "Sachsen", "Hessen", "Baden-Württemberg", "Thüringen", "Berlin")
THINGS = (
    "Wangentreppe",
    "Einbauschrank",
    "Küchenzeile",
    "Haustür",
    "Sprossenfenster",
    "Bücherwand",
    "Esstisch",
    "Carport",
    "Sitzbank",
    "Wandvertäfelung",
    "Schiebetür",
    "Dachgaube",
)
TRAITS = (
    "geölt",
    "lackiert",
    "mit Schubladen",
    "gewendelt",
    "mit Glaseinsatz",
    "nach altem Vorbild",
    "schallgedämmt",
    "mit Beleuchtung",
    "bruchrau",
    "für die Praxis",
    "mit Brandschutz",
    "denkmalgerecht",
)
_BOUNDARY = "handwerk-load-5a1f0c"
_PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length {length}>>stream
{content}
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>endobj
trailer<</Root 1 0 R>>
"""


class Targets(msgspec.Struct, frozen=True):
    """Ids of what lies in the firm. `open_projects` are not finalised, so they can be changed."""

    projects: list[str]
    open_projects: list[str]
    materials: list[str]
    documents: list[str]
    predictions: list[str]
    tasks: list[str]


class Asked(msgspec.Struct, frozen=True):
    """One request, all but the line that says who asks."""

    operation: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/json"
    status: int = 200


class Mix:
    """Draws requests; the same `seed` draws the same ones."""

    def __init__(self, targets: Targets, seed: int) -> None:
        self._targets = targets
        self._random = random.Random(seed)  # noqa: S311  # chooses, guards nothing
        self._number = itertools.count(seed * 10_000_000)
        makers = self._makers()
        self._names: list[str] = []
        self._weights: list[float] = []
        for share, operations in MIX.values():
            total = sum(operations.values())
            for name, weight in operations.items():
                self._names.append(name)
                self._weights.append(share * weight / total)
        self._weights = list(itertools.accumulate(self._weights))
        self._make = {name: makers[name] for name in self._names}

    def draw(self) -> Asked:
        """The next request."""
        [name] = self._random.choices(self._names, cum_weights=self._weights)
        return self._make[name](name)

    def _makers(self) -> dict[str, Callable[[str], Asked]]:
        return self._reads() | self._lists() | self._thinking() | self._writes()

    def _reads(self) -> dict[str, Callable[[str], Asked]]:
        known = self._targets
        return {
            "project": self._of("/projects/{}", known.projects),
            "material": self._of("/materials/{}", known.materials),
            "settings": self._of("/settings/current"),
            "prediction": self._of("/predictions/{}", known.predictions),
            "document": self._of("/documents/{}", known.documents),
            "document text": self._of("/documents/{}/text", known.documents),
            "project's materials": self._of("/projects/{}/materials", known.projects),
            "task": self._of("/tasks/task/{}", known.tasks),
            "who am I": self._of("/auth/me"),
            "model info": self._of("/predictions/model-info/"),
            "index stats": self._of("/similarity/stats"),
            "health": lambda name: Asked(name, "GET", "/health"),
        }

    def _lists(self) -> dict[str, Callable[[str], Asked]]:
        pages = [str(page) for page in range(0, 1000, 50)]
        sorts = ("project_date", "-project_date", "name", "final_price", "-labor_hours")
        filters = [
            f"project_type={quote(kind)}&region={quote(r)}" for kind in TYPES for r in REGIONS
        ]
        filters += [f"wood_type={quote(wood)}&is_finalized=true" for wood in WOODS]
        filters += [f"from={year}-01-01&to={year}-12-31" for year in range(2019, 2027)]
        texts = [quote(f"{thing} {trait}") for thing in THINGS for trait in TRAITS]
        texts += [quote(wood) for wood in WOODS]
        return {
            "projects": self._of("/projects/?skip={}", pages),
            "projects filtered": self._of("/projects/?{}", filters),
            "projects sorted": self._of("/projects/?limit=20&sort={}", sorts),
            "projects by text": self._of("/projects/?limit=20&q={}", texts),
            "recent projects": self._of("/projects/recent"),
            "vocabulary": self._of("/projects/vocabulary"),
            "statistics": self._of("/projects/statistics"),
            "materials": self._of("/materials/?skip={}", pages[:3]),
            "documents": self._of("/documents/?limit=20"),
            "predictions": self._of("/predictions/?limit=20"),
            "models": self._of("/models"),
            "tasks": self._of("/tasks/tasks/{}", ("active", "failed", "scheduled")),
        }

    def _of(self, path: str, choices: Sequence[str] = ("",)) -> Callable[[str], Asked]:
        whole = [API + path.format(choice) for choice in choices]
        return lambda name: Asked(name, "GET", self._random.choice(whole))

    def _thinking(self) -> dict[str, Callable[[str], Asked]]:
        return {
            "find similar": self._posting(
                "/similarity/find-similar", lambda: {"query": self._words(), "top_k": 5}
            ),
            "search documents": self._posting(
                "/documents/search", lambda: {"query": self._words(), "limit": 10}
            ),
            "batch similar": self._posting(
                "/similarity/batch-similar", lambda: {"queries": [self._words(), self._words()]}
            ),
            "predict": self._posting("/predictions/predict/", self.job),
            "predict batch": self._posting(
                "/predictions/batch", lambda: {"items": [self.job() for _ in range(5)]}
            ),
            "calculate": self._posting(
                "/calculations",
                lambda: {"labor_hours": self._about(20), "material_cost": self._about(900)},
            ),
            "cushion": self._posting(
                "/calculations/upholstery",
                lambda: (
                    {"width": self._about(50), "depth": self._about(50)}
                    | {"thickness": 6, "quantity": 4}
                ),
            ),
        }

    def _writes(self) -> dict[str, Callable[[str], Asked]]:
        known, choice = self._targets, self._random.choice

        def change(path: str, ids: list[str], what: Callable[[], dict[str, Any]]) -> Any:
            return lambda name: _json(name, "PUT", path.format(choice(ids)), what())

        def added(name: str) -> Asked:
            # Of a region of its own, since two prices for one day and region contradict each other.
            price = {
                "price": self._about(50),
                "region": f"Kreis {next(self._number)}",
                "valid_from": "2026-01-01",
            }
            path = f"/materials/{choice(known.materials)}/prices"
            return _json(name, "POST", path, price, 201)

        def liked(name: str) -> Asked:
            path = f"/predictions/{choice(known.predictions)}/feedback"
            return _json(name, "POST", path, {"was_accepted": True})

        return {
            "create project": self._posting("/projects/", self.project, 201),
            "change project": change(
                "/projects/{}", known.open_projects, lambda: {"description": self._words()}
            ),
            "create material": self._posting("/materials/", self.material, 201),
            "change material": change(
                "/materials/{}", known.materials, lambda: {"name": self._words()}
            ),
            "add price": added,
            "feedback": liked,
            "upload text": lambda name: self.upload(name, pdf=False),
            "upload PDF": lambda name: self.upload(name, pdf=True),
        }

    def _posting(
        self, path: str, body: Callable[[], dict[str, Any]], status: int = 200
    ) -> Callable[[str], Asked]:
        return lambda name: _json(name, "POST", path, body(), status)

    def _about(self, middle: float) -> float:
        return round(middle * self._random.uniform(0.5, 2), 1)

    def _words(self) -> str:
        pick = self._random.choice
        return f"{pick(THINGS)} {pick(WOODS)} {pick(TRAITS)}, {pick(TRAITS)}, {next(self._number)}"

    def job(self) -> dict[str, Any]:
        """A job whose price is asked."""
        return {
            "project_type": self._random.choice(TYPES),
            "wood_type": self._random.choice(WOODS),
            "region": self._random.choice(REGIONS),
            "total_area_sqm": self._about(12),
            "complexity": self._random.randint(1, 5),
            "labor_hours": self._about(30),
            "material_cost": self._about(1500),
            "description": self._words(),
        }

    def project(self) -> dict[str, Any]:
        """A new project."""
        return {
            "name": f"{self._random.choice(THINGS)} {next(self._number)}",
            "project_date": f"2026-0{self._random.randint(1, 9)}-{self._random.randint(10, 28)}",
            "calculated_price": self._about(4000),
        } | self.job()

    def material(self) -> dict[str, Any]:
        """A new material."""
        name = f"{self._random.choice(WOODS)} Bohle {next(self._number)}"
        price = self._about(40)
        return {"name": name, "category": "Holz", "unit": "m²", "unit_price": price}

    def upload(self, name: str, *, pdf: bool) -> Asked:
        """A letter that asks for an offer, unlike any other."""
        lines = ["Anfrage Nr. " + str(next(self._number)), "Sehr geehrte Damen und Herren,"]
        lines += [f"wir bitten um ein Angebot: {self._words()}." for _ in range(12)]
        lines += ["Fläche 24,5 m², Holzart Eiche, Nettosumme 4.812,50 EUR, 36 Stunden."]
        file = _pdf(lines) if pdf else "\n".join(lines).encode()
        ending, kind = ("pdf", "application/pdf") if pdf else ("txt", "text/plain")
        head = (
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="file"; filename="anfrage.{ending}"\r\nContent-Type: {kind}\r\n\r\n'
        )
        body = head.encode() + file + f"\r\n--{_BOUNDARY}--\r\n".encode()
        form = f"multipart/form-data; boundary={_BOUNDARY}"
        return Asked(name, "POST", f"{API}/documents/upload", body, form, 201)


def _json(name: str, method: str, path: str, body: dict[str, Any], status: int = 200) -> Asked:
    return Asked(name, method, API + path, msgspec.json.encode(body), status=status)


def _pdf(lines: Sequence[str]) -> bytes:
    """One page. It has no table of its objects, which readers make up for."""
    shown = " T* ".join(f"({line.replace('(', '').replace(')', '')}) Tj" for line in lines)
    content = f"BT /F1 10 Tf 14 TL 60 780 Td {shown} ET"
    return _PDF.format(length=len(content), content=content).encode("cp1252", "replace")
