"""Simulated tables of other kinds: firms that do not exist, to see that the selection picks well.

Each world is one way in which prices may come about: proportional, additive, with interactions,
with heavy tails, with drift; with and without an area, hours, complexity, description. Nobody's
real prices are in here. `write(name, path)` gives the import form.
"""

import csv
import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

Row = dict[str, str]
World = Callable[[Random, int], Row]

COLUMNS = (
    "name", "description", "project_type", "region", "wood_type", "total_area_sqm", "complexity",
    "labor_hours", "material_cost", "calculated_price", "final_price", "project_date",
    "is_finalized",
)  # fmt: skip
FIRST_DAY = date(2019, 1, 7)
DAYS_BETWEEN = 7
REGIONS = ("Ulm", "Kiel", "Bonn", "Trier", "Jena", "Fulda")
WOODS = {"Eiche": 1.3, "Nussbaum": 1.6, "Kiefer": 0.9, "Esche": 1.15, "Buche": 1.1, "Fichte": 0.85}


def joinery(chance: Random, number: int) -> Row:
    """Prices are products: so much per m² of a type, times wood, complexity, region; 12 %."""
    kinds = {"Türen": 900, "Möbel": 700, "Küchen": 1200, "Fenster": 650}
    kind, wood, region = _of(chance, kinds), _of(chance, WOODS), _of(chance, REGIONS)
    area, complexity = math.exp(chance.gauss(2.0, 0.7)), chance.choice((1, 2, 3, 3, 4, 5))
    price = kinds[kind] * area**0.9 * WOODS[wood] * 1.12 ** (complexity - 3)
    price *= 1 + 0.05 * REGIONS.index(region) - 0.1
    return _row(number, price * _noise(chance, 0.12), project_type=kind, wood_type=wood,
                region=region, total_area_sqm=area, complexity=complexity)  # fmt: skip


def additive(chance: Random, number: int) -> Row:
    """Prices are sums: a fixed part, so much per m², so much per step of complexity; 10 %."""
    kinds = {"Einbauschrank": 350, "Regal": 160, "Tisch": 420}
    kind, area = _of(chance, kinds), chance.uniform(0.8, 14)
    complexity = chance.choice((1, 2, 3, 4, 5))
    price = 600 + kinds[kind] * area + 250 * complexity
    return _row(number, price * _noise(chance, 0.10), project_type=kind, total_area_sqm=area,
                complexity=complexity)  # fmt: skip


def interactions(chance: Random, number: int) -> Row:
    """What wood costs depends on the type, and complexity bites from four on; 15 %."""
    kinds = {"Treppe": 1100, "Möbel": 800, "Dachstuhl": 180}
    kind, wood = _of(chance, kinds), _of(chance, WOODS)
    area, complexity = math.exp(chance.gauss(2.5, 0.8)), chance.choice((1, 2, 3, 4, 5))
    precious = WOODS[wood] ** (2 if kind == "Möbel" else 0.3)
    hard = 1.5 if complexity >= 4 and kind != "Dachstuhl" else 1.0
    small = 1.6 if area < 6 else 1.0
    price = kinds[kind] * area * precious * hard * small
    return _row(number, price * _noise(chance, 0.15), project_type=kind, wood_type=wood,
                total_area_sqm=area, complexity=complexity)  # fmt: skip


def hours_only(chance: Random, number: int) -> Row:
    """A firm that writes down hours and no area to speak of: 58 €/h and up, and some material."""
    kinds = {"Reparatur": 1.0, "Montage": 1.1, "Restaurierung": 1.35}
    kind, hours = _of(chance, kinds), math.exp(chance.gauss(2.6, 0.8))
    price = 80 + 58 * hours * kinds[kind] * (1 + abs(chance.gauss(0.25, 0.15)))
    return _row(number, price, project_type=kind, labor_hours=hours, total_area_sqm=1.0)


def stairs(chance: Random, number: int) -> Row:
    """Stairs by their steps, which only the description tells; the area says little; 9 %."""
    kinds = {"Wangentreppe": 1.0, "Bolzentreppe": 1.2, "Raumspartreppe": 0.6}
    kind, wood = _of(chance, kinds), _of(chance, WOODS)
    steps, width = chance.randint(8, 22), chance.choice((80, 90, 100, 120))
    landing = chance.random() < 0.3
    price = (900 + 260 * steps * (width / 90) ** 0.5 * WOODS[wood]) * kinds[kind]
    price *= 1.25 if landing else 1
    told = f"{kind} in {wood}, {steps} Stufen, Laufbreite {width} cm{', mit Podest' * landing}"
    return _row(number, price * _noise(chance, 0.09), project_type=kind, wood_type=wood,
                total_area_sqm=chance.uniform(3, 8), description=told)  # fmt: skip


def upholstery(chance: Random, number: int) -> Row:
    """Cushions: hours by area with a fixed part, foam by thickness, fabric; 8 %."""
    kinds = {"Polster Stuhl": 0.3, "Polster Sofa": 1.0, "Polster Bank": 0.8}
    kind = _of(chance, kinds)
    area, thickness = chance.uniform(0.2, 3) * kinds[kind] * 2, chance.choice((4, 6, 8, 10, 12))
    fabric = chance.choice((25, 40, 65, 110))
    hours = 1.4 + 3 * area
    price = 65 * hours + area * (thickness * 5.4 + fabric * 1.3)
    told = f"Bezug {fabric} €/m², Schaum {thickness} cm stark"
    return _row(number, price * _noise(chance, 0.08), project_type=kind, total_area_sqm=area,
                labor_hours=hours * _noise(chance, 0.1), description=told)  # fmt: skip


def heavy_tails(chance: Random, number: int) -> Row:
    """As the joinery, but every twelfth job comes out far off."""
    row = joinery(chance, number)
    strange = math.exp(chance.gauss(0, 0.7)) if chance.random() < 1 / 12 else 1.0
    return row | {"final_price": f"{float(row['final_price']) * strange:.2f}"}


def drift(chance: Random, number: int) -> Row:
    """As the joinery, and everything gets 5 % dearer each year."""
    row = joinery(chance, number)
    dearer = 1.05 ** (number * DAYS_BETWEEN / 365.25)
    return row | {"final_price": f"{float(row['final_price']) * dearer:.2f}"}


def houses(chance: Random, number: int) -> Row:
    """Few words, many regions, a price that grows slower than the area, a curve in time; 18 %."""
    region = f"Bezirk {chance.randint(1, 25)}"
    worth = math.sin(hash_of(region)) * 0.25
    area, level = math.exp(chance.gauss(4.8, 0.4)), chance.randint(1, 5)
    wave = 0.15 * math.sin(number / 60)
    price = 9000 * area**0.65 * math.exp(worth + wave + 0.12 * level * (area > 130))
    return _row(number, price * _noise(chance, 0.18), project_type="Haus", region=region,
                total_area_sqm=area, complexity=level,
                description=f"Baujahr {1950 + chance.randint(0, 60)}, schöne Lage")  # fmt: skip


def junk_text(chance: Random, number: int) -> Row:
    """As the joinery, with descriptions full of words and numbers that mean nothing."""
    words = ("Auftrag", "Kunde", "Termin", "Telefon", "Zimmer", "Hof", "Tor", "Etage", "Garten")
    told = " ".join(f"{chance.choice(words)} {chance.randint(1, 999)}" for _ in range(8))
    return joinery(chance, number) | {"description": told}


WORLDS: Mapping[str, World] = {
    world.__name__: world
    for world in (joinery, additive, interactions, hours_only, stairs, upholstery, heavy_tails,
                  drift, houses, junk_text)
}  # fmt: skip


def rows(name: str, count: int = 300, seed: int = 1) -> list[Row]:
    """The jobs of a world, a week apart."""
    chance = Random(f"{name} {seed}")  # noqa: S311 - a simulation
    return [WORLDS[name](chance, number) for number in range(count)]


def write(name: str, path: Path, count: int = 300, seed: int = 1) -> None:
    """The jobs of a world as a table in the import form."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n", restval="")
        table.writeheader()
        table.writerows(rows(name, count, seed))


def hash_of(word: str) -> int:
    """A number that is the same in every run."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(word))


def _of(chance: Random, words: Mapping[str, float] | tuple[str, ...]) -> str:
    return chance.choice(list(words))


def _noise(chance: Random, sigma: float) -> float:
    return math.exp(chance.gauss(0, sigma))


def _row(number: int, price: float, **told: float | str) -> Row:
    written = {
        name: value if isinstance(value, str) else f"{value:.2f}" for name, value in told.items()
    }
    if "complexity" in told:
        written["complexity"] = str(told["complexity"])
    return {
        "name": f"Auftrag {number}",
        "project_date": (FIRST_DAY + timedelta(days=DAYS_BETWEEN * number)).isoformat(),
        "final_price": f"{price:.2f}",
        "is_finalized": "true",
        **written,
    }
