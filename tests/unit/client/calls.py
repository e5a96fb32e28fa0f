"""Every method of the client, called once with all that it takes."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from handwerk.client import Client

ID = UUID("01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55")
DAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def _file() -> io.BytesIO:
    return io.BytesIO(b"name;project_type\nRegal;Regale\n")


def _into() -> io.BytesIO:
    return io.BytesIO()


CALLS: dict[str, Callable[[Client], Any]] = {
    "audit.page": lambda c: c.audit.page(
        table="project", record_id=ID, actor_id=ID, action="create", from_date=DAY, to_date=MOMENT
    ),
    "audit.each": lambda c: list(c.audit.each(limit=5)),
    "audit.of_record": lambda c: c.audit.of_record("project", ID, skip=1, limit=2),
    "audit.security": lambda c: c.audit.security(kind="signed_in", actor_id=ID, subject_id=ID),
    "audit.verify": lambda c: c.audit.verify("7:abc"),
    "audit.head": lambda c: c.audit.head(),
    "auth.login": lambda c: c.auth.login("a@firma.example", "ein langes Kennwort"),
    "auth.refresh": lambda c: c.auth.refresh("spent"),
    "auth.logout": lambda c: c.auth.logout(),
    "auth.me": lambda c: c.auth.me(),
    "auth.change_password": lambda c: c.auth.change_password("old", "new"),
    "auth.sessions": lambda c: c.auth.sessions(),
    "auth.end_session": lambda c: c.auth.end_session(ID),
    "auth.end_other_sessions": lambda c: c.auth.end_other_sessions(),
    "auth.keys": lambda c: c.auth.keys(),
    "auth.make_key": lambda c: c.auth.make_key("nightly", ["project:read"], MOMENT),
    "auth.revoke_key": lambda c: c.auth.revoke_key(ID),
    "calculations.calculate": lambda c: c.calculations.calculate(
        labor_hours=Decimal("12.5"),
        materials=[{"material_id": ID, "quantity": 2}],
        labor=[{"hours": 3, "rate_per_hour": 60}],
    ),
    "calculations.upholstery": lambda c: c.calculations.upholstery(
        width=50, depth=50, thickness=8, zipper=True
    ),
    "documents.upload": lambda c: c.documents.upload(_file(), name="a.txt", project_id=ID),
    "documents.get": lambda c: c.documents.get(ID),
    "documents.page": lambda c: c.documents.page(status="completed", project_id=ID, sha256="0"),
    "documents.each": lambda c: list(c.documents.each(q="Treppe")),
    "documents.link": lambda c: c.documents.link(ID, None, if_version=3),
    "documents.delete": lambda c: c.documents.delete(ID, if_version=3),
    "documents.restore": lambda c: c.documents.restore(ID),
    "documents.deleted": lambda c: c.documents.deleted(sort="-updated_at"),
    "documents.search": lambda c: c.documents.search("Treppe", skip=0, limit=5, project_id=ID),
    "documents.download": lambda c: c.documents.download(ID, _into()),
    "documents.text": lambda c: c.documents.text(ID, from_page=1, to_page=2),
    "documents.similar_projects": lambda c: c.documents.similar_projects(ID, top_k=3, threshold=0),
    "documents.estimate": lambda c: c.documents.estimate(ID),
    "documents.process": lambda c: c.documents.process(ID),
    "installation.live": lambda c: c.installation.live(),
    "installation.serving": lambda c: c.installation.serving(),
    "installation.ready": lambda c: c.installation.ready(),
    "installation.checkup": lambda c: c.installation.checkup(),
    "installation.metrics": lambda c: c.installation.metrics(),
    "materials.create": lambda c: c.materials.create(
        name="Eiche", category="Holz", unit="m²", unit_price=Decimal("49.90")
    ),
    "materials.get": lambda c: c.materials.get(ID),
    "materials.page": lambda c: c.materials.page(category="Holz", q="Eiche"),
    "materials.each": lambda c: list(c.materials.each(sort="name")),
    "materials.change": lambda c: c.materials.change(ID, unit_price=None, if_version=2),
    "materials.delete": lambda c: c.materials.delete(ID),
    "materials.prices": lambda c: c.materials.prices(ID, limit=3),
    "materials.add_price": lambda c: c.materials.add_price(
        ID, price=5, valid_from=DAY, valid_to=None, region="Bayern"
    ),
    "materials.current_prices": lambda c: c.materials.current_prices(on_date=DAY, region="Bayern"),
    "materials.import_table": lambda c: c.materials.import_table(_file(), name="a.csv"),
    "materials.export_table": lambda c: c.materials.export_table(_into(), category="Holz"),
    "models.page": lambda c: c.models.page(limit=3),
    "models.train": lambda c: c.models.train(),
    "models.activate": lambda c: c.models.activate("m-1"),
    "moving.export_firm": lambda c: c.moving.export_firm(_into()),
    "moving.import_firm": lambda c: c.moving.import_firm(iter([b"tar"])),
    "moving.take_over": lambda c: c.moving.take_over(
        kind="projects", records=[{"row": {"id": "1"}, "parts": []}], dry_run=True, assumed=[ID]
    ),
    "moving.take_over_document": lambda c: c.moving.take_over_document(
        _file(), name="a.txt", document_id=ID, created_at=MOMENT, project_id=ID
    ),
    "predictions.predict": lambda c: c.predictions.predict(
        total_area_sqm=12,
        project_type="Möbel",
        materials=[{"material_id": ID, "quantity": 2}],
        project_date=DAY,
    ),
    "predictions.batch": lambda c: c.predictions.batch(
        [{"total_area_sqm": 1, "project_type": "Möbel"}]
    ),
    "predictions.get": lambda c: c.predictions.get(ID),
    "predictions.page": lambda c: c.predictions.page(project_id=ID, basis="model"),
    "predictions.each": lambda c: list(c.predictions.each(project_type="Möbel")),
    "predictions.feedback": lambda c: c.predictions.feedback(
        ID, actual_price=Decimal(900), was_accepted=True, if_version=1
    ),
    "predictions.accuracy": lambda c: c.predictions.accuracy(),
    "predictions.model_info": lambda c: c.predictions.model_info(),
    "privacy.my_data": lambda c: c.privacy.my_data(),
    "privacy.export": lambda c: c.privacy.export(),
    "privacy.fetch_export": lambda c: c.privacy.fetch_export(ID, _into()),
    "privacy.consents": lambda c: c.privacy.consents(limit=3),
    "privacy.say_consent": lambda c: c.privacy.say_consent("newsletter", "1", granted=False),
    "privacy.delete_me": lambda c: c.privacy.delete_me(),
    "privacy.redact": lambda c: c.privacy.redact("Maier", "N. N.", dry_run=True),
    "projects.create": lambda c: c.projects.create(
        name="Regal", project_type="Möbel", project_date=DAY, final_price=None
    ),
    "projects.get": lambda c: c.projects.get(ID),
    "projects.page": lambda c: c.projects.page(
        project_type="Möbel", is_finalized=True, from_date=DAY, to_date=DAY, sort="name", limit=7
    ),
    "projects.each": lambda c: list(c.projects.each(region="Bayern", wood_type="Eiche", q="Tür")),
    "projects.change": lambda c: c.projects.change(ID, complexity=3, if_version=1),
    "projects.delete": lambda c: c.projects.delete(ID),
    "projects.restore": lambda c: c.projects.restore(ID),
    "projects.deleted": lambda c: c.projects.deleted(limit=3),
    "projects.finalize": lambda c: c.projects.finalize(ID, if_version=1),
    "projects.cancel": lambda c: c.projects.cancel(ID, "written twice"),
    "projects.recent": lambda c: c.projects.recent(3),
    "projects.statistics": lambda c: c.projects.statistics(),
    "projects.vocabulary": lambda c: c.projects.vocabulary(),
    "projects.import_table": lambda c: c.projects.import_table(_file(), name="a.csv", dry_run=True),
    "projects.export_table": lambda c: c.projects.export_table(
        _into(), format="xlsx", language="de", from_date=DAY
    ),
    "projects.materials": lambda c: c.projects.materials(ID, priced_at=DAY),
    "projects.add_material": lambda c: c.projects.add_material(ID, material_id=ID, quantity=2),
    "projects.remove_material": lambda c: c.projects.remove_material(ID, ID),
    "settings.get": lambda c: c.settings.get(),
    "settings.change": lambda c: c.settings.change(tax_rate=Decimal("0.19"), if_version=1),
    "similarity.find": lambda c: c.similarity.find("Tisch", top_k=3, from_date=DAY, to_date=None),
    "similarity.find_each": lambda c: c.similarity.find_each(["Tisch"], threshold=0.1),
    "similarity.stats": lambda c: c.similarity.stats(),
    "similarity.quality": lambda c: c.similarity.quality(
        [{"query": "Tisch", "relevant": ["Esstisch"], "kind": "exact"}]
    ),
    "similarity.reindex": lambda c: c.similarity.reindex("check"),
    "similarity.migrations": lambda c: c.similarity.migrations(),
    "similarity.migration": lambda c: c.similarity.migration(ID),
    "similarity.begin_migration": lambda c: c.similarity.begin_migration(
        "a/model", [{"query": "Tisch", "relevant": ["Esstisch"]}]
    ),
    "similarity.cut_over": lambda c: c.similarity.cut_over(ID),
    "similarity.roll_back": lambda c: c.similarity.roll_back(ID),
    "similarity.abandon": lambda c: c.similarity.abandon(ID),
    "similarity.finish": lambda c: c.similarity.finish(ID),
    "tasks.get": lambda c: c.tasks.get(ID),
    "tasks.watch": lambda c: list(c.tasks.watch(ID)),
    "tasks.wait": lambda c: c.tasks.wait(ID),
    "tasks.result": lambda c: c.tasks.result(ID, dict[str, Any]),
    "tasks.events": lambda c: list(c.tasks.events(ID)),
    "tasks.outcome": lambda c: c.tasks.outcome(ID),
    "tasks.ticket": lambda c: c.tasks.ticket(ID),
    "tasks.revoke": lambda c: c.tasks.revoke(ID),
    "tasks.retry": lambda c: c.tasks.retry(ID),
    "tasks.retry_failed": lambda c: c.tasks.retry_failed("train-model"),
    "tasks.active": lambda c: c.tasks.active(worker="w", skip=0),
    "tasks.scheduled": lambda c: c.tasks.scheduled(limit=2),
    "tasks.failed": lambda c: c.tasks.failed(limit=2),
    "tasks.schedules": lambda c: c.tasks.schedules(),
    "tasks.queues": lambda c: c.tasks.queues(),
    "tasks.workers": lambda c: c.tasks.workers(),
    "tasks.health": lambda c: c.tasks.health(),
    "tasks.summary": lambda c: c.tasks.summary(),
    "users.create": lambda c: c.users.create(
        email="a@firma.example", name="A", password="ein langes Kennwort", role="viewer"
    ),
    "users.get": lambda c: c.users.get(ID),
    "users.page": lambda c: c.users.page(limit=3),
    "users.each": lambda c: list(c.users.each()),
    "users.change": lambda c: c.users.change(ID, is_active=False, if_version=1),
    "users.delete": lambda c: c.users.delete(ID),
}
