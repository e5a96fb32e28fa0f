"""Each bound in the document is tried on the domain: at it accepted, beyond it refused by name."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from handwerk.domain.identity.model import Login, UserInput, new_user
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.ids import new_id
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.materials.model import MaterialInput, new_material
from handwerk.domain.materials.prices import PriceInput, new_price
from handwerk.domain.pricing.model import PredictionInput
from handwerk.domain.projects.materials.model import (
    MaterialOnDay,
    ProjectMaterialInput,
    new_line,
)
from handwerk.domain.projects.model import ProjectInput, new_project
from handwerk.domain.projects.ports import ProjectFilter
from handwerk.domain.search.model import Query, checked_batch
from handwerk.domain.settings.model import SettingsInput, first_settings
from handwerk.entrypoints.http.openapi import facts
from handwerk.entrypoints.http.routes.similarity import BatchRequest, SimilarRequest

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
MATERIAL = MaterialOnDay(new_id(), "Eiche", "m²", None)


class Taken(NamedTuple):
    """How a body is judged, and one that is fine."""

    fine: Any
    judge: Callable[[Any], object]


def _batch(given: BatchRequest) -> object:
    return checked_batch([Query(text, given.top_k, given.threshold) for text in given.queries])


TAKEN: dict[type, Taken] = {
    ProjectInput: Taken(
        ProjectInput(name="Regal", project_type="Möbel"),
        lambda given: new_project(given, now=NOW, today=NOW.date()),
    ),
    SettingsInput: Taken(SettingsInput(), lambda given: first_settings(NOW).changed(given, NOW)),
    PredictionInput: Taken(
        PredictionInput(project_type="Möbel", total_area_sqm=Decimal(1)),
        lambda given: given.checked(NOW.date(), 3),
    ),
    MaterialInput: Taken(
        MaterialInput(name="Eiche", category="Holz", unit="m²"),
        lambda given: new_material(given, now=NOW),
    ),
    PriceInput: Taken(
        PriceInput(price=Decimal(1), valid_from=NOW.date()),
        lambda given: new_price(given, MATERIAL.id, now=NOW),
    ),
    ProjectMaterialInput: Taken(
        ProjectMaterialInput(material_id=MATERIAL.id, quantity=Decimal(1), unit_price=Decimal(0)),
        lambda given: new_line(given, MATERIAL.id, MATERIAL, now=NOW),
    ),
    UserInput: Taken(
        UserInput(email="a@b.de", name="Anna", password="Leim und Zwinge", role=Role.VIEWER),
        lambda given: new_user(given, NOW),
    ),
    Login: Taken(Login("a@b.de", "Leim und Zwinge"), lambda given: given.checked()),
    SimilarRequest: Taken(SimilarRequest(query="Tisch"), lambda given: given.asked().checked()),
    BatchRequest: Taken(BatchRequest(queries=["Tisch"]), _batch),
}


class Case(NamedTuple):
    kind: type
    field: str
    good: Any
    bad: Any


def _cases(kind: type) -> Iterator[Case]:
    for name, fact in facts.of(kind).items():
        yield from (Case(kind, name, *pair) for pair in _pairs(fact))


def _pairs(fact: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """A value at the bound and one beyond it, for each bound of a fact."""
    if "maximum" in fact:
        high, low = Decimal(str(fact["maximum"])), Decimal(str(fact["minimum"]))
        yield high, high + 1
        yield low, low - 1
    if "maxLength" in fact and fact.get("format") != "email":
        text = _words(fact["maxLength"])
        yield text, text + "x"
    if "minLength" in fact and "pattern" in fact:
        yield _words(fact["minLength"]), ""
        yield "x", "   "
    elif "minLength" in fact:
        yield _words(fact["minLength"]), _words(fact["minLength"] - 1)
    if "maxProperties" in fact:
        many = {f"Schaum {number}": Decimal(1) for number in range(fact["maxProperties"])}
        yield many, many | {"zu viel": Decimal(1)}
        longest = fact["propertyNames"]["maxLength"]
        yield {_words(longest): Decimal(1)}, {_words(longest + 1): Decimal(1)}
        dearest = Decimal(str(fact["additionalProperties"]["maximum"]))
        yield {"RG": dearest}, {"RG": dearest + 1}
    if "maxItems" in fact and fact.get("minItems"):
        yield ["Tisch"] * fact["maxItems"], ["Tisch"] * (fact["maxItems"] + 1)
        yield ["Tisch"], []


def _words(length: int) -> str:
    """A text of that many characters that is no simple sequence."""
    return ("Hobelbank mit Vorderzange, " * (length // 27 + 1))[:length].replace(" ", "_")


def _with(case: Case, value: Any) -> Any:
    """A fine body but for one field, of the type that it would be decoded to."""
    [field] = [
        field for field in msgspec.structs.fields(case.kind) if field.encode_name == case.field
    ]
    if isinstance(value, Decimal) and "Decimal" not in str(field.type):
        value = int(value) if "int" in str(field.type) else float(value)
    return msgspec.structs.replace(TAKEN[case.kind].fine, **{field.name: value})


@pytest.mark.parametrize(
    "case",
    [case for kind in TAKEN for case in _cases(kind)],
    ids=lambda case: f"{case.kind.__name__}.{case.field}",
)
def test_a_bound_holds(case: Case) -> None:
    """The domain takes what lies at the bound and refuses what lies beyond, naming the field."""
    judge = TAKEN[case.kind].judge
    judge(_with(case, case.good))
    with pytest.raises(InvalidInput) as refusal:
        judge(_with(case, case.bad))
    assert {error.field.partition(".")[0].partition("[")[0] for error in refusal.value.errors} == {
        case.field
    }


@pytest.mark.parametrize("name", ["skip", "limit"])
def test_a_bound_of_a_list_holds(name: str) -> None:
    """The kernel takes what lies at the bound and refuses what lies beyond."""
    fact = facts.IN_QUERY[name]
    for value, step in ((fact["minimum"], -1), (fact["maximum"], 1)):
        PageRequest(**{name: value}).checked(frozenset({"created_at"}))
        with pytest.raises(InvalidInput, match=name):
            PageRequest(**{name: value + step}).checked(frozenset({"created_at"}))


@pytest.mark.parametrize("name", ["project_type", "region", "wood_type", "q"])
def test_a_bound_of_a_filter_holds(name: str) -> None:
    """A filter's text may be as long as the document says, and no longer."""
    longest = facts.IN_QUERY[name]["maxLength"]
    ProjectFilter(**{name: "x" * longest}).checked()
    with pytest.raises(InvalidInput, match=name):
        ProjectFilter(**{name: "x" * (longest + 1)}).checked()


@pytest.mark.parametrize("kind", facts.NEEDED)
def test_what_is_needed_is_refused_without(kind: type) -> None:
    """Each needed field, left out, is named; with all of them nothing is missing."""
    [taken] = [TAKEN[base] for base in kind.__mro__ if base in TAKEN]
    taken.judge(taken.fine)
    for name in facts.NEEDED[kind]:
        missing = None if kind is PredictionInput else msgspec.UNSET
        with pytest.raises(InvalidInput) as refusal:
            taken.judge(msgspec.structs.replace(taken.fine, **{name: missing}))
        assert name in {error.field for error in refusal.value.errors}
