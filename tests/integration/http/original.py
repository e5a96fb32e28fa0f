"""Databases of the original, made here: sound, broken, partial."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TABLES = {
    "calculator_project": (
        "id, name, description, project_type, region, total_area_sqm, wood_type, complexity, "
        "final_price, created_at, project_date, description_embedding, is_finalized, finalized_at"
    ),
    "calculator_material": "id, name, category, unit, datanorm_id, created_at, updated_at",
    "calculator_materialprice": (
        "id, material_id, price, region, valid_from, valid_to, recorded_at"
    ),
    "calculator_projectmaterial": (
        "id, project_id, material_id, quantity, unit_price, total_cost, created_at"
    ),
    "calculator_priceprediction": (
        "id, timestamp, project_features, predicted_price, confidence_score, "
        "similar_projects_count, model_version, actual_price, was_accepted, user_modified_price, "
        "prediction_error"
    ),
    "calculator_settings": (
        "id, labor_rate_per_hour, material_markup_percentage, overhead_percentage, "
        "profit_margin_percentage, polster_fabric_base_price, polster_labor_rate, foam_types, "
        "seam_extras, antirutsch_price, zipper_price, created_at, updated_at"
    ),
    "calculator_document": (
        "id, filename, file_type, file_path, text_content, project_id, created_at, updated_at"
    ),
    "calculator_accountingaudit": (
        "id, table_name, record_id, action_type, user_id, timestamp, old_values, new_values"
    ),
}
_LETTERS = {
    "project": "a", "material": "b", "materialprice": "c", "projectmaterial": "d",
    "priceprediction": "e", "settings": "f", "document": "1", "accountingaudit": "2",
}  # fmt: skip


def old_id(table: str, number: int) -> str:
    """An id as the original writes it: 32 hex digits."""
    return f"{_LETTERS[table]}{number:031x}"


def dashed(table: str, number: int) -> str:
    """The same as handwerk writes it."""
    digits = old_id(table, number)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Original:
    """A database that is filled row by row."""

    def __init__(self, file: Path, tables: Iterable[str] = TABLES) -> None:
        self.file = file
        self.connection = sqlite3.connect(file)
        for table in tables:
            self.connection.execute(f"CREATE TABLE {table} ({TABLES[table]})")

    def add(self, table: str, number: int | None = None, **values: Any) -> None:
        """One row; its id has that number unless `values` have one."""
        if number is not None:
            values = {"id": old_id(table, number), **values}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO calculator_{table} ({names}) VALUES ({marks})"  # noqa: S608  # our own
        self.connection.execute(statement, list(values.values()))

    def close(self) -> Path:
        """The file, written."""
        self.connection.commit()
        self.connection.close()
        return self.file


def sound(file: Path) -> Path:
    """A small firm without a fault."""
    made = Original(file)
    made.add("settings", 1, labor_rate_per_hour="61.50", overhead_percentage=18, zipper_price=0.6)
    made.add("material", 1, name="Eiche 27 mm", category="Holz", unit="m²", datanorm_id="4711")
    made.add("material", 2, name="Leim", category="Chemie", unit="kg", created_at="2019-03-01")
    price = {"material_id": old_id("material", 1), "recorded_at": "2024-01-01 10:00:00"}
    made.add("materialprice", 1, price="70.00", valid_from="2023-01-01", **price)
    made.add("materialprice", 2, price=89.9, valid_from="2024-01-01", **price)
    made.add("materialprice", 3, price=95, valid_from="2024-01-01", region="Bayern", **price)
    for number, complexity in ((1, 1), (2, 2), (3, 3)):
        made.add(
            "project",
            number,
            name=f"Schrank {number}",
            description="Einbauschrank",
            project_type="Möbel",
            region="Bayern",
            total_area_sqm="12.50",
            wood_type="Eiche",
            complexity=complexity,
            final_price="4500.00",
            created_at="2022-05-03 23:30:00.123456",
            project_date="2022-05-01",
            description_embedding="[0.1, 0.2]",
            is_finalized=int(number == 3),
            finalized_at="2022-06-01 12:00:00" if number == 3 else None,
        )
    line = {"material_id": old_id("material", 1), "quantity": "2.5", "unit_price": "88.00"}
    made.add("projectmaterial", 1, project_id=old_id("project", 1), total_cost="220.00", **line)
    made.add("projectmaterial", 2, project_id=old_id("project", 3), total_cost="220.00", **line)
    made.add(
        "priceprediction",
        1,
        timestamp="2023-02-03 04:05:06",
        project_features=json.dumps({"project_type": "Möbel", "complexity": 2, "x": [1]}),
        predicted_price="4321.00",
        confidence_score=0.83,
        similar_projects_count=7,
        model_version="v1.2",
        actual_price="4400.00",
        was_accepted=1,
    )
    made.add(
        "accountingaudit",
        1,
        table_name="calculator_project",
        record_id=old_id("project", 1),
        action_type="UPDATE",
        user_id=7,
        timestamp="2022-05-04 08:00:00",
        old_values='{"name": "Schrank"}',
        new_values='{"name": "Schrank 1"}',
    )
    stored = {"filename": "Angebot.txt", "file_type": "txt", "text_content": "Angebot"}
    made.add(
        "document",
        1,
        file_path="2022/angebot.txt",
        project_id=old_id("project", 1),
        created_at="2022-05-05 09:00:00",
        **stored,
    )
    return made.close()


def broken(file: Path) -> Path:
    """What years of use and a crash leave."""
    made = Original(file)
    made.connection.execute("DROP TABLE calculator_settings")
    made.connection.execute("CREATE VIEW calculator_settings AS SELECT 1 AS labor_rate_per_hour")
    made.add("material", 1, name="Ohne Einheit", category=None)
    made.add("material", 2, name="  ", category="Holz", unit="m")
    made.add("material", name="Ohne Kennung", category="Holz", unit="m", id="kaputt")
    made.add("material", 1, name="Doppelt", category="Holz", unit="m")
    price: dict[str, Any] = {"material_id": old_id("material", 1)}
    made.add("materialprice", 1, price="k.A.", valid_from="2024-01-01", **price)
    made.add("materialprice", 2, price="1.234,50 €", valid_from="01.02.2024", **price)
    made.add("materialprice", 3, price=5, valid_from="2024-03-01", valid_to="2024-02-01", **price)
    made.add("materialprice", 4, price=6, valid_from="2020-01-01", valid_to="2020-12-31", **price)
    made.add("materialprice", 5, price=7, valid_from="2020-06-01", valid_to="2021-01-31", **price)
    made.add("materialprice", 6, price=-1, valid_from="2019-06-01", **price)
    made.add("materialprice", 7, price=8, material_id=old_id("material", 99))
    made.add("materialprice", 8, price=8, material_id=None)
    common: dict[str, Any] = {"project_type": "Möbel", "created_at": "2022-01-31 23:30:00"}
    made.add("project", 1, name="Zahl als Text", total_area_sqm="12,5", complexity="2.0", **common)
    made.add("project", 2, name="Keine Zahl", total_area_sqm="k.A.", complexity=9, **common)
    made.add("project", 3, name="Fertig ohne Datum", is_finalized=1, final_price="NaN", **common)
    made.add("project", 4, name=None, **common)
    made.add("project", 5, name="x" * 300, description="y" * 20_000, project_type=None)
    made.add("project", 6, name="Zukunft", project_date="2999-01-01", **common)
    made.add("project", 7, name="Halbes \ud83d".encode("utf-8", "surrogatepass"), **common)
    made.add("project", 1, name="Zweiter mit der Kennung", **common)
    made.add("project", name="Keine Kennung", id=None, **common)
    line: dict[str, Any] = {
        "project_id": old_id("project", 1),
        "material_id": old_id("material", 1),
    }
    made.add("projectmaterial", 1, quantity="2,5", unit_price=None, total_cost=10, **line)
    made.add("projectmaterial", 2, quantity="nichts", unit_price=3, **line)
    made.add("projectmaterial", 3, quantity=1, unit_price=3, total_cost=99, **line)
    made.add("projectmaterial", 4, quantity=1, project_id=old_id("project", 77))
    made.add(
        "projectmaterial",
        5,
        project_id=old_id("project", 1),
        material_id=old_id("material", 2),
        quantity=1,
        unit_price=1,
    )
    made.add("priceprediction", 1, predicted_price="abc")
    made.add("priceprediction", 2, predicted_price=100, project_features="{kaputt", timestamp="?")
    made.add(
        "priceprediction", 3, predicted_price=100, confidence_score=7, was_accepted="vielleicht"
    )
    audit: dict[str, Any] = {"table_name": "calculator_project", "action_type": "INSERT"}
    made.add("accountingaudit", 1, record_id="nirgends", **audit)
    made.add("accountingaudit", 2, record_id=old_id("project", 1), new_values="[1, 2", **audit)
    made.add(
        "accountingaudit",
        3,
        record_id=old_id("project", 1),
        table_name="robert'); DROP TABLE project;--",
        action_type="INSERT",
    )
    made.add("document", 1, filename="weg.txt", file_path="weg.txt")
    made.add("document", 2, filename="passwd", file_path="../../../etc/passwd")
    made.add("document", 3, filename="tab.txt", file_path="documents_storage/gleich.txt")
    made.add("document", 4, filename="tab2.txt", file_path="gleich2.txt")
    made.add("document", 5, filename="leer.txt", file_path="leer.txt")
    made.add("document", 6, filename="link.txt", file_path="link.txt")
    return made.close()


def partial(file: Path) -> Path:
    """Half of the tables, with half of their columns."""
    made = Original(file, ())
    made.connection.execute("CREATE TABLE calculator_project (id TEXT, name TEXT)")
    made.add("project", 50, name="Nur ein Name")
    made.connection.execute("CREATE TABLE calculator_materialprice (id TEXT, price TEXT)")
    made.add("materialprice", 50, price="3")
    return made.close()
