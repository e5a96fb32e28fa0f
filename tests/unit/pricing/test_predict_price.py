"""Estimating a price, over in-memory adapters."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.pricing.firm import TODAY, Firm, habitual_jobs, job, question

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import Forbidden, InvalidInput, Unanswerable, Unavailable
from handwerk.domain.pricing.errors import NothingToPriceFrom
from handwerk.domain.pricing.footing import Footing
from handwerk.domain.pricing.model import (
    Basis,
    ConfidenceLevel,
    MaterialAmount,
    Prediction,
    PredictionInput,
    SimilarProject,
)
from handwerk.domain.pricing.ports import Likeness
from handwerk.domain.settings.model import SettingsInput


class GivenSimilarJobs:
    """A search that always finds the same, and keeps what it was asked."""

    def __init__(self, *scores: float) -> None:
        self.found = [
            SimilarProject(
                id=UUID(int=number),
                name="Schrank",
                project_type="Möbel",
                similarity_score=score,
                final_price=Decimal("1234.00"),
            )
            for number, score in enumerate(scores)
        ]
        self.asked: list[tuple[str, date, UUID | None]] = []

    async def similar(self, asked: Sequence[Likeness], limit: int) -> list[list[SimilarProject]]:
        self.asked += [(one.text, one.known_by, one.besides) for one in asked]
        return [self.found[:limit] for _ in asked]


class AwaySimilarJobs:
    """A search that is away."""

    async def similar(self, asked: Sequence[Likeness], limit: int) -> list[list[SimilarProject]]:
        raise Unavailable(f"The search for {limit} jobs like {len(asked)} is away.")


async def trained(count: int) -> Firm:
    firm = Firm()
    await firm.train(habitual_jobs(count))
    return firm


def total(answer: Prediction) -> Decimal:
    return sum((effect.effect_eur for effect in answer.explanation), Decimal(0))


async def test_without_history_the_calculation_answers() -> None:
    """Hours and material alone give the Zuschlagskalkulation, with a declared spread."""
    answer = await Firm().predict(question(labor_hours=Decimal(10), material_cost=Decimal(400)))
    assert answer.basis is Basis.CALCULATION
    assert answer.predicted_price == answer.calculated_price == Decimal("1466.25")
    assert (answer.price_low, answer.price_high) == (Decimal("1099.69"), Decimal("1832.81"))
    assert answer.coverage is None
    assert answer.model_version is None
    assert total(answer) == answer.predicted_price


async def test_a_given_calculation_goes_before_hours() -> None:
    """The firm's own calculation is what it stands for."""
    answer = await Firm().predict(question(calculated_price=Decimal(2000), labor_hours=Decimal(10)))
    assert answer.predicted_price == Decimal("2000.00")
    assert [effect.feature for effect in answer.explanation] == ["calculated_price"]


async def test_hours_alone_are_calculated_without_material() -> None:
    """Missing material shows as a line of 0 €, not as a guess."""
    answer = await Firm().predict(question(labor_hours=Decimal(10)))
    lines = {effect.feature: effect.effect_eur for effect in answer.explanation}
    assert lines["material"] == Decimal("0.00")
    assert answer.predicted_price == Decimal("718.75")


async def test_without_anything_to_start_from_there_is_no_price() -> None:
    """An area alone, and no finished jobs: the refusal names what is missing."""
    with pytest.raises(NothingToPriceFrom) as refusal:
        await Firm().predict(question(material_cost=Decimal(400)))
    fields = [error.field for error in refusal.value.errors]
    assert fields == ["calculated_price", "labor_hours", "total_area_sqm"]


async def test_a_few_jobs_teach_the_firm_factor() -> None:
    """After eight jobs that came out a fifth dearer, the calculation is raised by a fifth."""
    firm = Firm()
    await firm.train([job(number, 1200 + number) for number in range(8)])
    answer = await firm.predict(question(calculated_price=Decimal(1000)))
    assert answer.basis is Basis.FIRM_FACTOR
    assert answer.predicted_price == pytest.approx(Decimal(1205), abs=5)
    assert answer.coverage == 0.8
    assert answer.calculated_price == Decimal("1000.00")
    assert answer.model_version is not None
    assert total(answer) == answer.predicted_price


async def test_many_jobs_teach_the_model() -> None:
    """The model sees that difficult jobs come out dearer, and says so in euros."""
    firm = await trained(120)
    easy = await firm.predict(question(calculated_price=Decimal(5000), complexity=1))
    hard = await firm.predict(question(calculated_price=Decimal(5000), complexity=5))
    assert easy.basis is hard.basis is Basis.MODEL
    assert easy.predicted_price == pytest.approx(Decimal(4445), rel=Decimal("0.06"))
    assert hard.predicted_price == pytest.approx(Decimal(8099), rel=Decimal("0.06"))
    why = {effect.feature: effect.effect_eur for effect in hard.explanation}
    assert why["complexity"] > 1000
    assert total(hard) == hard.predicted_price
    assert hard.price_low < hard.predicted_price < hard.price_high


async def test_an_area_is_priced_from_jobs_of_its_type() -> None:
    """Without any calculation the firm's own price per m² of that type answers."""
    firm = await trained(120)
    answer = await firm.predict(question())
    assert answer.calculated_price is None
    assert answer.explanation[0].feature == "typical_price_per_sqm"
    assert total(answer) == answer.predicted_price
    wide = float(answer.price_high / answer.price_low)
    near = await firm.predict(question(calculated_price=Decimal(5000)))
    assert wide > float(near.price_high / near.price_low)


async def test_an_area_of_an_unknown_type_has_no_price() -> None:
    """What a m² of boat costs, a joiner who never built one can't tell."""
    firm = await trained(120)
    with pytest.raises(NothingToPriceFrom) as refusal:
        await firm.predict(question(project_type="Bootsbau"))
    assert "project_type" in [error.field for error in refusal.value.errors]


async def test_a_type_never_seen_is_left_to_a_lower_rung() -> None:
    """The model does not judge what it never saw; the answer is wider and names the novelty."""
    firm = await trained(120)
    known = await firm.predict(question(calculated_price=Decimal(5000)))
    boat = await firm.predict(question(calculated_price=Decimal(5000), project_type="Bootsbau"))
    assert boat.basis is Basis.FIRM_FACTOR
    assert boat.price_high / boat.price_low > known.price_high / known.price_low
    assert boat.confidence_score < known.confidence_score
    assert "Bootsbau (new to the firm)" in [effect.value for effect in boat.explanation]


async def test_a_new_wood_or_area_makes_the_answer_wider() -> None:
    """Each novelty widens the interval and is said by name."""
    firm = Firm()
    await firm.train(habitual_jobs(60, wood_type="Eiche"))
    plain = await firm.predict(question(calculated_price=Decimal(5000), wood_type="Eiche"))
    odd = await firm.predict(
        question(calculated_price=Decimal(5000), wood_type="Teak", total_area_sqm=Decimal(5000))
    )
    assert odd.price_high / odd.price_low > plain.price_high / plain.price_low
    told = {effect.feature: effect.value for effect in odd.explanation}
    assert told["wood_type"] == "Teak (new to the firm)"
    assert told["total_area_sqm"] == "5000.000 (beyond all finished jobs)"


async def test_the_final_price_never_feeds_the_answer() -> None:
    """With and without a final price the same comes out."""
    firm = await trained(120)
    plain = await firm.predict(question(calculated_price=Decimal(5000)))
    told = await firm.predict(question(calculated_price=Decimal(5000), final_price=Decimal(9999)))
    assert told.predicted_price == plain.predicted_price
    assert told.explanation == plain.explanation


async def test_a_past_day_knows_no_later_job() -> None:
    """Asked for a day before the price rise, the answer is that of the day, not of today."""
    before = [job(number, 1100 + number % 7) for number in range(40)]
    after = [job(number, 2000 + number % 7) for number in range(40, 80)]
    firm = Firm()
    await firm.train(before + after)
    past = before[-1].facts.day
    then = await firm.predict(question(calculated_price=Decimal(1000), project_date=past))
    now = await firm.predict(question(calculated_price=Decimal(1000)))
    assert then.predicted_price == pytest.approx(Decimal(1103), abs=5)
    assert now.predicted_price > 1900


async def test_before_the_first_job_only_the_calculation_is_known() -> None:
    """A day before all history: no factor, no model, whatever was learned later."""
    firm = await trained(120)
    long_ago = question(calculated_price=Decimal(1000), project_date=date(2023, 1, 1))
    assert (await firm.predict(long_ago)).basis is Basis.CALCULATION
    with pytest.raises(NothingToPriceFrom) as refusal:
        await firm.predict(question(project_date=date(2023, 1, 1)))
    assert "project_date" in [error.field for error in refusal.value.errors]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.5, 2.0), min_size=4, max_size=12),
    st.lists(st.tuples(st.floats(0.5, 2.0), st.floats(0.5, 2.0)), min_size=1, max_size=12),
)
async def test_what_comes_later_changes_no_answer_of_the_past(
    before: list[float], later: list[tuple[float, float]]
) -> None:
    """Of two firms that differ in later prices alone, a past day gets the same answer."""
    answers = []
    for world in (0, 1):
        ratios = [*before, *(both[world] for both in later)]
        jobs = [job(number, 1000 * ratio) for number, ratio in enumerate(ratios)]
        firm = Firm()
        await firm.train(jobs)
        past = jobs[len(before) - 1].facts.day
        asked = question(calculated_price=Decimal(1000), project_date=past)
        answer = await firm.predict(asked)
        answers.append((answer.basis, answer.predicted_price, answer.price_low, answer.price_high))
    assert answers[0] == answers[1]


async def test_a_past_day_is_answered_by_the_model_of_its_time() -> None:
    """A version that ended before the asked day serves that day again."""
    jobs = habitual_jobs(140)
    firm = Firm()
    early = await firm.train(jobs[:100])
    await firm.train(jobs)
    answer = await firm.predict(
        question(calculated_price=Decimal(5000), project_date=jobs[100].facts.day)
    )
    assert answer.basis is Basis.MODEL
    assert answer.model_version == early.version


@pytest.mark.parametrize("trees", [{}, {Footing.CALCULATED: b""}, {Footing.CALCULATED: b"{"}])
async def test_a_model_that_can_not_be_read_leaves_the_answer_to_the_rung_below(
    trees: dict[Footing, bytes],
) -> None:
    """What it learned is lost or damaged: the factor answers, and the explanation says why."""
    firm = Firm()
    await firm.train(habitual_jobs(120))
    asked = question(calculated_price=Decimal(5000), project_date=TODAY)
    sound = await firm.predict(asked)
    assert sound.basis is Basis.MODEL
    models = firm.store.price_models.models
    for version, model in models.items():
        models[version] = msgspec.structs.replace(model, trees=trees)
    found = await firm.predict(asked)
    assert found.basis is Basis.FIRM_FACTOR
    assert found.coverage is not None
    assert found.price_low < found.predicted_price < found.price_high
    assert sum(effect.effect_eur for effect in found.explanation) == found.predicted_price
    told = {effect.feature: effect.value for effect in found.explanation}
    assert "have it trained again" in str(told["model"])


async def test_changed_rates_are_not_multiplied_with_an_old_factor() -> None:
    """A factor learned on other rates would be wrong on these: the calculation answers."""
    jobs = [
        job(
            number, 3000, calculated_price=None, labor_hours=Decimal(20), material_cost=Decimal(100)
        )
        for number in range(20)
    ]
    firm = Firm()
    await firm.train(jobs)
    asked = question(labor_hours=Decimal(20), material_cost=Decimal(100))
    assert (await firm.predict(asked)).basis is Basis.FIRM_FACTOR
    change = SettingsInput(labor_rate_per_hour=Decimal(60))
    firm.store.settings[0] = firm.store.settings[0].changed(change, firm.clock.now())
    assert (await firm.predict(asked)).basis is Basis.CALCULATION
    await firm.train(jobs)
    assert (await firm.predict(asked)).predicted_price == Decimal("3000.00")


async def test_similar_jobs_are_evidence() -> None:
    """They stand in the answer and raise its confidence; the search sees the trade's words."""
    firm = await trained(60)
    search = GivenSimilarJobs(0.9, 0.8, 0.7)
    project = firm.saved_project().id
    asked = question(
        calculated_price=Decimal(5000),
        wood_type="Eiche",
        description="Einbauschrank",
        project_id=project,
    )
    alone = await firm.predict(asked)
    answer = await firm.predict(asked, similar_jobs=search)
    assert answer.similar_projects == search.found
    assert answer.similar_projects_count == 3
    assert answer.confidence_score > alone.confidence_score
    assert search.asked == [("Möbel\nEiche\nEinbauschrank", TODAY, project)]


async def test_a_search_that_is_away_costs_confidence_and_no_answer() -> None:
    """The price comes without evidence."""
    firm = await trained(60)
    asked = question(calculated_price=Decimal(5000))
    away = await firm.predict(asked, similar_jobs=AwaySimilarJobs())
    there = await firm.predict(asked, similar_jobs=GivenSimilarJobs(0.9))
    assert away.similar_projects == []
    assert away.predicted_price == there.predicted_price
    assert away.confidence_score < there.confidence_score


async def test_every_prediction_is_logged() -> None:
    """What was asked and answered, and by whom, under the id of the answer."""
    firm = Firm()
    actor = Actor(UUID(int=5), Role.TECHNICIAN)
    asked = question(calculated_price=Decimal(1000))
    answer = await firm.predict(asked, actor=actor)
    [line] = firm.store.predictions
    assert (line.given, line.answer, line.asked_by) == (asked, answer, actor.user_id)


async def test_who_may_not_predict_is_refused_first() -> None:
    """A viewer learns nothing, not even what is wrong with the input."""
    with pytest.raises(Forbidden):
        await Firm().predict(PredictionInput(), actor=Actor(None, Role.VIEWER))


async def test_confidence_is_low_on_a_declared_spread() -> None:
    """Nobody has measured how good a bare calculation is."""
    answer = await Firm().predict(question(calculated_price=Decimal(1000)))
    assert answer.confidence_level is ConfidenceLevel.LOW


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total_area_sqm", None),
        ("total_area_sqm", Decimal(0)),
        ("total_area_sqm", Decimal(-3)),
        ("total_area_sqm", Decimal("0.0004")),
        ("total_area_sqm", Decimal("NaN")),
        ("total_area_sqm", Decimal("1e12")),
        ("project_type", None),
        ("project_type", "  "),
        ("project_type", "x" * 101),
        ("complexity", 0),
        ("complexity", 9),
        ("calculated_price", Decimal(0)),
        ("calculated_price", Decimal("1e12")),
        ("calculated_price", Decimal("Infinity")),
        ("labor_hours", Decimal(-1)),
        ("material_cost", Decimal("sNaN")),
        ("final_price", Decimal(-1)),
        ("wood_type", "\0"),
        ("description", "x" * 10_001),
        ("project_date", date(1870, 1, 1)),
        ("project_date", TODAY + timedelta(days=5000)),
        ("materials", [MaterialAmount(UUID(int=1), Decimal(2))]),
    ],
)
async def test_what_is_wrong_is_named(field: str, value: object) -> None:
    """Each wrong value is refused under the name of its field."""
    with pytest.raises(InvalidInput) as refusal:
        await Firm().predict(question(**{field: value}))
    assert {error.field.partition("[")[0] for error in refusal.value.errors} == {field}


async def test_a_price_beyond_all_bounds_is_refused() -> None:
    """A thousand million euros and a spread are more than any column holds."""
    with pytest.raises(Unanswerable):
        await Firm().predict(question(calculated_price=Decimal(999_999_999)))


async def test_the_default_complexity_is_the_firms() -> None:
    """Where none is given, the one from the settings counts."""
    firm = await trained(120)
    plain = await firm.predict(question(calculated_price=Decimal(5000)))
    three = await firm.predict(question(calculated_price=Decimal(5000), complexity=3))
    assert plain.predicted_price == three.predicted_price


@pytest.mark.parametrize(
    "wrong",
    [
        {"project_type": " "},
        {"description": "x" * 10_001},
        {"description": "Tisch\0"},
        {"complexity": 9},
        {"project_date": date(1899, 12, 31)},
        {"calculated_price": Decimal("NaN")},
    ],
)
async def test_nothing_is_looked_for_where_the_input_is_refused(wrong: dict[str, object]) -> None:
    """Evidence is looked for beside all else, but not of what is plainly wrong."""
    search = GivenSimilarJobs(0.9)
    told: dict[str, object] = {"calculated_price": Decimal(5000)}
    with pytest.raises(InvalidInput):
        await Firm().predict(question(**(told | wrong)), similar_jobs=search)
    assert not search.asked
