"""Write examples/projects.csv: the jobs of a joinery and upholstery firm that does not exist.

    python examples/simulate_projects.py            # writes projects.csv beside this script
    python examples/simulate_projects.py other.csv

Everything is drawn from one seeded generator, so a second run writes the same bytes. The workshop
(what it builds, its words, hours, materials, wages, the timber prices) stands in
simulate_projects.toml; how a job comes about stands here, and in prose in README.md.
"""

import csv
import math
import re
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

HERE = Path(__file__).parent
COLUMNS = (
    "name", "description", "project_type", "region", "wood_type", "total_area_sqm", "complexity",
    "labor_hours", "material_cost", "calculated_price", "final_price", "project_date",
    "is_finalized",
)  # fmt: skip
COMPLEXITIES = (1, 2, 3, 4, 5)
COMPLEXITY_WEIGHTS = (8, 22, 40, 22, 8)
HOURS_BY_COMPLEXITY = {1: 0.78, 2: 0.90, 3: 1.00, 4: 1.16, 5: 1.36}
# The surcharges with which the firm calculates (material, overhead, profit).
SURCHARGES = (1.30, 1.15, 1.25)

Workshop = dict[str, Any]


class Job(NamedTuple):
    """A job as it was planned, before anything of it is forgotten or left blank."""

    kind: dict[str, Any]
    item: dict[str, Any]
    day: date
    region: str
    wood: str
    area: float
    complexity: int
    description: str


def main(target: Path) -> None:
    """Write the simulated jobs to `target`, oldest first."""
    workshop = tomllib.loads((HERE / "simulate_projects.toml").read_text(encoding="utf-8"))
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(simulated(workshop))


def simulated(workshop: Workshop) -> list[dict[str, str]]:
    """The rows of the table."""
    chance = Random(workshop["firm"]["seed"])  # noqa: S311 - a simulation, no secret
    return [_row(chance, workshop, _job(chance, workshop, day)) for day in _days(chance, workshop)]


def _days(chance: Random, workshop: Workshop) -> list[date]:
    """Working days on which jobs begin, in order."""
    first, last = workshop["firm"]["first_day"], workshop["firm"]["last_day"]
    working = [
        day
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        if day.weekday() < 5  # noqa: PLR2004 - Saturday and Sunday
    ]
    return sorted(chance.choices(working, k=workshop["firm"]["jobs"]))


def _job(chance: Random, workshop: Workshop, day: date) -> Job:
    kinds, regions = workshop["types"], workshop["firm"]["regions"]
    kind = chance.choices(kinds, [kind["weight"] for kind in kinds])[0]
    item = chance.choice(kind["items"])
    region = chance.choices(list(regions), [weight for weight, _ in regions.values()])[0]
    woods = item.get("woods", kind["woods"])
    wood = chance.choices(list(woods), list(woods.values()))[0]
    smallest, largest = item["area"]
    # Small jobs are more common than large ones.
    share = chance.betavariate(1.4, 2.2)
    area = round(smallest + share * (largest - smallest), 1)
    complexity = chance.choices(COMPLEXITIES, COMPLEXITY_WEIGHTS)[0]
    description = _description(chance, workshop["words"], kind, item, wood, share)
    return Job(kind, item, day, region, wood, area, complexity, description)


def _description(
    chance: Random,
    words: dict[str, list[str]],
    kind: dict[str, Any],
    item: dict[str, Any],
    wood: str,
    share: float,
) -> str:
    """What the joiner wrote down: the piece, some details, sometimes the site and a remark."""
    known = [text for text in item["details"] + kind["details"] if wood or "{wood}" not in text]
    sentences = [_scaled(chance.choice(item["texts"]), share)]
    sentences += [_drawn(chance, text) for text in chance.sample(known, chance.choice((1, 2, 3)))]
    for texts, frequency in (
        (words["sites"], 0.55),
        (words["remarks"], 0.45),
        (words["fixed_price"], 0.08),
    ):
        if chance.random() < frequency:
            sentences.append(_drawn(chance, chance.choice(texts)))
    return " ".join(sentences).replace("{wood}", wood)


def _drawn(chance: Random, text: str) -> str:
    """`text` with one word of every [a|b|c]."""
    return re.sub(r"\[(.+?)\]", lambda words: chance.choice(words[1].split("|")), text)


def _scaled(text: str, share: float) -> str:
    """`text` with the word of every [a|b|c] that fits the size: four doors in a small job."""

    def fitting(words: re.Match[str]) -> str:
        choice = words[1].split("|")
        return choice[min(int(share * len(choice)), len(choice) - 1)]

    return re.sub(r"\[(.+?)\]", fitting, text)


def _row(chance: Random, workshop: Workshop, job: Job) -> dict[str, str]:
    firm, words = workshop["firm"], workshop["words"]
    customers = words.get(job.item.get("customers"), words["homes"] + words["firms"])
    hours, material = _planned(chance, firm, job)
    calculated = _calculated(firm, job.day, hours, material)
    final = _final(chance, firm, job, hours, material, calculated)
    row = {
        "name": f"{job.item['name']} {chance.choice(customers)}",
        "description": job.description,
        "project_type": job.kind["name"],
        "region": job.region,
        "wood_type": job.wood,
        "total_area_sqm": f"{job.area:.1f}",
        "complexity": str(job.complexity),
        "labor_hours": f"{hours:.1f}",
        "material_cost": f"{material:.2f}",
        "calculated_price": f"{calculated:.2f}",
        "final_price": f"{final:.2f}",
        "project_date": job.day.isoformat(),
        "is_finalized": "true",
    }
    return _as_kept(chance, row, job.day)


def _planned(chance: Random, firm: dict[str, Any], job: Job) -> tuple[float, float]:
    """The hours (to the half hour) and the material in € that the firm plans with."""
    dearer, slower = firm["woods"].get(job.wood, (1.0, 1.0))
    fixed, per_sqm = job.item["hours"]
    effort = HOURS_BY_COMPLEXITY[job.complexity] * slower * math.exp(chance.gauss(0, 0.14))
    hours = (fixed + per_sqm * job.area**0.94) * effort
    timber = 1 + 0.6 * (dearer - 1)  # the rest is boards, fittings, glass, foam, cloth
    prices = 0.5 * _timber(firm, job.day) + 0.5 * 1.025 ** (job.day.year - 2019)
    spread = math.exp(chance.gauss(0, 0.16))
    return round(hours * 2) / 2, job.item["material"] * job.area * timber * prices * spread


def _calculated(firm: dict[str, Any], day: date, hours: float, material: float) -> float:
    """The firm's own Zuschlagskalkulation, rounded to ten euros."""
    on_material, overhead, profit = SURCHARGES
    rate: float = firm["hourly_rate"][str(day.year)]
    return round((material * on_material + hours * rate) * overhead * profit, -1)


def _final(
    chance: Random,
    firm: dict[str, Any],
    job: Job,
    hours: float,
    material: float,
    calculated: float,
) -> float:
    """What the job came to: the calculation, the firm's habits of erring, and chance."""
    overrun = chance.uniform(0.18, 0.45) if chance.random() < 0.04 else 0.0  # noqa: PLR2004 - 4 %
    luck = chance.gauss(0, 0.085)
    if any(word in job.description for word in ("Festpreis", "Pauschal")):
        return calculated
    half_a_year_before = _timber(firm, job.day - timedelta(days=182))
    material_share = material * 1.3 / (material * 1.3 + hours * 48)
    erring = (
        job.kind["bias"]
        + firm["regions"][job.region][1]
        - 1.0
        + 0.035 * (job.complexity - 3)
        + 0.06 * ("Altbau" in job.description or "Denkmal" in job.description)
        + 0.05 * (hours < 12)  # noqa: PLR2004 - small jobs are calculated too low
        # Offers lag behind the timber market: they are made with the price list of last season.
        + material_share * math.log(_timber(firm, job.day) / half_a_year_before)
    )
    return round(calculated * math.exp(erring + luck + overrun), 2)


def _timber(firm: dict[str, Any], day: date) -> float:
    """The timber price of the half-year; before the first one as in the first."""
    index: dict[str, float] = firm["timber_index"]
    return index.get(f"{day.year}-{1 if day.month <= 6 else 2}", 1.0)  # noqa: PLR2004 - June


def _as_kept(chance: Random, row: dict[str, str], day: date) -> dict[str, str]:
    """`row` as a real table would have it: with gaps, and with jobs that are still open."""
    if chance.random() < 0.15:  # noqa: PLR2004 - 15 % without a calculation of their own
        row["calculated_price"] = ""
        if chance.random() < 0.45:  # noqa: PLR2004 - of these, the smaller half kept no hours
            row["labor_hours"] = row["material_cost"] = ""
    for column, frequency in (("material_cost", 0.05), ("complexity", 0.06), ("region", 0.04)):
        if chance.random() < frequency:
            row[column] = ""
    is_recent = day >= date(2026, 4, 1)
    if chance.random() < (0.30 if is_recent else 0.05):
        row["is_finalized"] = "false"
        if chance.random() < 0.75:  # noqa: PLR2004 - the invoice is not written yet
            row["final_price"] = ""
    return row


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "projects.csv")
