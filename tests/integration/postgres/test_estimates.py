"""Totals beyond ten thousand, which are reckoned."""

from datetime import date

import psycopg
import pytest
from tests.integration.databases import DatabaseUrls

from handwerk.adapters.postgres.database import Database
from handwerk.adapters.postgres.materials import PostgresMaterials
from handwerk.adapters.postgres.schema import migrate
from handwerk.domain.kernel.pages import PageRequest
from handwerk.domain.materials.ports import MaterialFilter

_FILL = """
INSERT INTO material (id, name, category, unit, created_at, updated_at, version)
SELECT uuidv7(), CASE mod(n, 3) WHEN 0 THEN 'Buche ' ELSE 'Eiche ' END || n, 'Holz', 'm²',
    now(), now(), 1
FROM generate_series(1, 24000) AS n
"""


async def test_many_materials_that_hold_a_text_are_closely_estimated(
    database_urls: DatabaseUrls,
) -> None:
    """Two of three of 24,000 are about 16,000, and the third below ten thousand is exact."""
    migrate(database_urls.owner, database_urls.app)
    with psycopg.connect(database_urls.app, autocommit=True) as connection:
        connection.execute(_FILL)
    database = Database(database_urls.app)
    await database.open()
    try:
        materials, today = PostgresMaterials(database), date(2026, 6, 1)
        many = await materials.page(MaterialFilter(q="eiche"), PageRequest(limit=2), today)
        assert many.total_is_estimate
        assert many.total == pytest.approx(16_000, rel=0.1)
        few = await materials.page(MaterialFilter(q="buche"), PageRequest(limit=2), today)
        assert (few.total, few.total_is_estimate) == (8_000, False)
    finally:
        await database.close()
