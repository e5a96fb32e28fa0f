"""`handwerk estimate`: what a job should cost, how sure that is, and why."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import click

from handwerk.client.answers.pricing import Effect, Prediction, SimilarJob
from handwerk.client.inputs import MaterialAmount
from handwerk.entrypoints.cli.connection import Connection, talks_to_a_server
from handwerk.entrypoints.cli.output import as_json_option, examples, print_json, say, say_table
from handwerk.entrypoints.cli.progress import progress
from handwerk.entrypoints.cli.text import day, euros, percent, quantity
from handwerk.entrypoints.cli.values import AMOUNT, DAY, NUMBER, Amount
from handwerk.entrypoints.cli.watching import wait_for_search

FEATURES = {
    "material": "Material",
    "material_waste": "Waste",
    "material_markup": "Surcharge on material",
    "labor": "Labour",
    "overhead": "Overhead",
    "risk": "Risk",
    "profit": "Profit",
    "discount": "Discount",
    "cash_discount": "Cash discount",
    "calculated_price": "The firm's own calculation",
    "typical_price_per_sqm": "Typical price of this type",
    "firm_factor": "How your jobs turn out beside their calculation",
    "calculation_size": "Size of the job",
    "project_type": "Type",
    "wood_type": "Wood",
    "region": "Region",
    "total_area_sqm": "Area",
    "complexity": "Complexity",
    "description": "Description",
    "project_date": "Date",
    "labor_hours": "Hours",
    "material_cost": "Share of material",
}
UNITS = {
    "material_waste": "%",
    "material_markup": "%",
    "overhead": "%",
    "risk": "%",
    "profit": "%",
    "discount": "%",
    "cash_discount": "%",
    "labor": "h",
    "labor_hours": "h",
    "total_area_sqm": "m²",
    "material_cost": "€",
    "calculation_size": "€",
}
# As in 1026.52 €/m².
_LEADING_NUMBER = re.compile(r"^[0-9]+(\.[0-9]+)?(?= )")
# Their value is their effect.
ONLY_EUROS = {"material", "calculated_price"}


@click.command(
    short_help="Say what a job should cost, and why.",
    epilog=examples(
        "handwerk estimate --type Möbel --area 12 --complexity 3 --wood Eiche \\",
        '    --description "Einbauschrank mit Schiebetüren"',
        "handwerk estimate --type Treppenbau --area 8,5 --hours 64 --material-cost 2.450,00",
        'handwerk estimate --type Treppenbau --area 8,5 --hours 64 --material "Eiche 27 mm=4,5"',
        "handwerk estimate --type Fenster --area 6 --calculated-price 4800 --json",
    ),
)
@click.option("--type", "project_type", required=True, help="The type of job, such as Möbel.")
@click.option("--area", "total_area_sqm", type=NUMBER, required=True, help="m², above 0.")
@click.option("--complexity", type=int, help="1 (plain) to 5 (very hard); else as in the settings.")
@click.option("--wood", "wood_type", help="The wood, such as Eiche.")
@click.option("--region", help="Where the job is.")
@click.option("--description", help="The job in the firm's words; similar ones are looked for.")
@click.option("--hours", "labor_hours", type=NUMBER, help="Hours as planned.")
@click.option("--material-cost", type=NUMBER, help="Material as planned, € net.")
@click.option(
    "--material",
    "materials",
    type=AMOUNT,
    multiple=True,
    help='So much of a material, by its name or id: "Eiche 27 mm=4,5". Can be given again.',
)
@click.option("--calculated-price", type=NUMBER, help="The firm's own calculation, € net.")
@click.option("--date", "project_date", type=DAY, help="Whose prices count; today where missing.")
@as_json_option
@talks_to_a_server
def estimate(
    connection: Connection, as_json: bool, materials: Sequence[Amount], **facts: Any
) -> None:
    """Say what a job should cost (€ net), in which range, and why.

    The more is known, the better: with hours, material or the firm's own calculation the price
    starts from these; with an area alone it rests on finished jobs of the same type. Where there
    is no honest answer, it says what is missing.
    """
    if materials:
        facts["materials"] = [_amount(connection, *each) for each in materials]
    wait_for_search(connection)
    with progress("Estimating"):
        price = connection.client.predictions.predict(
            **{name: value for name, value in facts.items() if value is not None}
        )
    if as_json:
        print_json(price)
    else:
        _tell(price)


def _amount(connection: Connection, named: str, quantity_: Decimal) -> MaterialAmount:
    """So much of the material of that id or name, in whatever case the name is written."""
    with suppress(ValueError):
        return MaterialAmount(material_id=str(UUID(named)), quantity=quantity_)
    wanted = named.casefold()
    found = [
        each for each in connection.client.materials.each(q=named) if each.name.casefold() == wanted
    ]
    if len(found) != 1:
        told = f"{len(found)} materials are" if found else "No material is"
        raise click.BadParameter(f"{told} called {named!r}; give an id.", param_hint="'--material'")
    return MaterialAmount(material_id=found[0].id, quantity=quantity_)


def _tell(price: Prediction) -> None:
    say(f"Price       {euros(price.predicted_price)} net", style="bold")
    say(f"Range       {euros(price.price_low)} to {euros(price.price_high)}, {_built(price)}")
    say(f"Confidence  {price.confidence_level} ({price.confidence_score:.2f} of 1)")
    say(f"Basis       {_basis(price)}")
    if price.price_index is not None:
        say(f"Old prices  {price.price_index}")
    if price.explanation:
        _tell_effects(price.explanation)
    _tell_similar(price.similar_projects)
    if price.narrowing is not None:
        names = " and ".join(FEATURES.get(name, name) for name in price.narrowing.inputs)
        low, high = price.narrowing.interval_percent
        say("")
        say(f"With {names} told as well the range would be about {low:+.0f} % to {high:+.0f} %.")


def _built(price: Prediction) -> str:
    if price.coverage is None:
        return "declared: nothing was measured for such jobs yet"
    return f"built to hold {percent(price.coverage, 0)} of such jobs"


def _basis(price: Prediction) -> str:
    start = "calculation" if price.calculated_price is not None else "usual price per m²"
    told = {
        "calculation": "the calculation as it is; nothing learned corrects it",
        "firm_factor": f"the {start}, set right by how your finished jobs turned out",
        "model": f"the {start}, set right by a model of your finished jobs",
    }
    version = f" ({price.model_version})" if price.model_version else ""
    return told.get(price.basis, price.basis) + version


def _tell_effects(effects: list[Effect]) -> None:
    total = sum((effect.effect_eur for effect in effects), Decimal(0))
    rows = [(_feature(effect), _value(effect), euros(effect.effect_eur)) for effect in effects]
    say("")
    say("How it adds up", style="bold")
    say_table(("", ">", ">"), [*rows, ("Together", "", euros(total))])


def _feature(effect: Effect) -> str:
    return FEATURES.get(effect.feature, effect.feature)


def _value(effect: Effect) -> str:
    value = effect.value
    if value is None or effect.feature in ONLY_EUROS:
        return ""
    if effect.feature == "project_date":
        iso, _, more = str(value).partition(" ")
        return f"{day(date.fromisoformat(iso))} {more}".rstrip()
    if isinstance(value, str):
        return _LEADING_NUMBER.sub(lambda found: quantity(Decimal(found[0])), value)
    number = quantity(Decimal(str(value)))
    if effect.feature == "firm_factor":
        return f"times {number}"
    return f"{number} {UNITS.get(effect.feature, '')}".rstrip()


def _tell_similar(projects: list[SimilarJob]) -> None:
    say("")
    if not projects:
        say("No similar finished project was found.")
        return
    say("Similar finished projects", style="bold")
    say_table(
        (">Score", "Name", "Type", ">Price"),
        (
            (
                f"{project.similarity_score:.2f}",
                project.name,
                project.project_type,
                "" if project.final_price is None else euros(project.final_price),
            )
            for project in projects
        ),
    )
