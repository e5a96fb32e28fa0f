"""Estimates the jobs of a table without a server: the domain, on the data folder.

    .venv/bin/python examples/batch_estimate.py examples/projects.csv 5

The first argument is a CSV table in handwerk's columns, the second how many of its rows to price.
The data folder ($HANDWERK_DATA_DIR) must not be in use by a server; train there first.
"""

import asyncio
import csv
import sys
from decimal import Decimal
from itertools import islice
from pathlib import Path

from handwerk.config import from_environment
from handwerk.container import Container
from handwerk.domain.identity.model import SYSTEM
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.domain.pricing.model import Prediction, PredictionInput
from handwerk.domain.pricing.use_cases.predicting import predict_price
from handwerk.domain.settings.use_cases import ensure_settings
from handwerk.installation import Installation
from handwerk.running import beside, connected, load_models, thinking


def job(row: dict[str, str]) -> PredictionInput:
    """What is asked about a row; what it finally cost is left out."""

    def number(column: str) -> Decimal | None:
        return Decimal(row[column]) if row[column] else None

    return PredictionInput(
        project_type=row["project_type"],
        total_area_sqm=number("total_area_sqm"),
        complexity=int(row["complexity"]) if row["complexity"] else None,
        wood_type=row["wood_type"] or None,
        region=row["region"] or None,
        description=row["description"] or None,
        labor_hours=number("labor_hours"),
        material_cost=number("material_cost"),
    )


async def estimate(container: Container, asked: PredictionInput) -> Prediction:
    """The price of one job, by the very use case that HTTP calls."""
    return await predict_price(
        asked,
        actor=SYSTEM,
        settings=container.settings(),
        models=container.models(),
        predictor=container.predictor(),
        catalogue=container.catalogue(),
        similar_jobs=container.similar_jobs(),
        transactions=container.transactions,
        clock=container.clock(),
    )


async def main(container: Container, rows: list[dict[str, str]]) -> None:
    """Print a line for each row."""
    async with connected(container), thinking(container), beside(load_models(container)):
        await ensure_settings(container.settings(), container.transactions, container.clock())
        await container.embedder().loaded()
        for row in rows:
            try:
                told = await estimate(container, job(row))
            except HandwerkError as error:
                print(f"{row['name']}: {error.detail}")
            else:
                span = f"{told.price_low} to {told.price_high}"
                print(f"{row['name']}: {told.predicted_price} € ({span}, by {told.basis})")


if __name__ == "__main__":
    try:
        table, how_many = Path(sys.argv[1]), int(sys.argv[2])
    except (IndexError, ValueError):
        sys.exit(__doc__)
    with table.open(newline="", encoding="utf-8") as file:
        chosen = list(islice(csv.DictReader(file), how_many))
    with Installation(from_environment(), print) as installation:
        house = Container(config=from_environment(), places=installation.places)
        asyncio.run(main(house, chosen))
