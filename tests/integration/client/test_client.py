"""The client against a whole server: what is answered fits its types."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.integration.http.firm import ADMIN, PASSWORD, Firm

from handwerk.client import Client, ImportRefused, Problem, Refused, TaskFailed
from handwerk.client.answers.pricing import Prediction, TrainingReport
from handwerk.client.answers.tables import ImportReport


@pytest.fixture(scope="module")
def client(firm: Firm) -> Iterator[Client]:
    """A script of the firm's admin, which signs in once: ten times in five minutes are allowed."""
    with Client(firm.root, email=ADMIN, password=PASSWORD) as client:
        yield client


def test_all_that_only_reads_is_understood(client: Client) -> None:
    """Every list and every report of a firm decodes into its type."""
    made = client.projects.create(name="Leseprobe", project_type="Möbel")
    pages = (
        client.projects.page(),
        client.projects.deleted(),
        client.materials.page(),
        client.materials.current_prices(),
        client.documents.page(),
        client.documents.deleted(),
        client.predictions.page(),
        client.models.page(),
        client.users.page(),
        client.audit.page(),
        client.audit.of_record("project", made.id),
        client.audit.security(),
        client.privacy.consents(),
    )
    assert all(page.total >= len(page.items) for page in pages)
    assert made.id in {project.id for project in client.projects.recent(50)}
    assert client.projects.statistics().projects > 0
    assert client.projects.vocabulary().project_type
    assert client.settings.get().tax_rate == Decimal("0.19")
    assert client.audit.verify().valid
    assert client.tasks.health().broker_connected
    assert client.tasks.summary().status
    assert client.tasks.queues().queue_stats
    assert client.tasks.workers().total_workers >= 0
    assert client.privacy.my_data().account.email == ADMIN
    assert client.installation.live().status
    assert client.installation.serving().status
    assert client.installation.checkup().findings
    assert "handwerk_" in client.installation.metrics()
    assert client.similarity.stats().engine
    assert client.predictions.model_info().basis
    assert client.predictions.accuracy().drift.sentence
    for each in (
        client.audit.head,
        client.auth.keys,
        client.auth.sessions,
        client.similarity.migrations,
        client.tasks.active,
        client.tasks.failed,
        client.tasks.scheduled,
        client.tasks.schedules,
    ):
        each()


def test_a_project_and_its_materials(client: Client) -> None:
    """Create, change with the seen version, list materials, close, cancel."""
    project = client.projects.create(name="Sitzbank", project_type="Möbel", total_area_sqm=2)
    oak = client.materials.create(name="Eiche", category="Holz", unit="m²", unit_price=49)
    line = client.projects.add_material(project.id, material_id=oak.id, quantity=Decimal("2.5"))
    assert line.total == Decimal("122.50")
    changed = client.projects.change(project.id, final_price=900, if_version=project.version)
    with pytest.raises(Refused) as stale:
        client.projects.change(project.id, final_price=1, if_version=project.version)
    assert stale.value.status == 412
    client.projects.remove_material(project.id, line.id)
    assert client.projects.materials(project.id).items == []
    assert client.projects.finalize(project.id, if_version=changed.version).is_finalized
    assert client.projects.cancel(project.id, "only a test").cancels == project.id
    client.materials.add_price(oak.id, price=40, valid_from="2001-01-01", valid_to="2001-12-31")
    assert len(client.materials.prices(oak.id).items) == 2
    client.materials.delete(oak.id)


def test_a_list_is_walked_to_its_end(client: Client) -> None:
    """Each record once, however small the pages are."""
    made = {client.projects.create(name=f"Stück {n}", project_type="Gang").id for n in range(5)}
    walked = [project.id for project in client.projects.each(project_type="Gang", limit=2)]
    assert len(walked) == 5
    assert set(walked) == made
    for project_id in made:
        client.projects.delete(project_id)
    assert client.projects.restore(walked[0]).id == walked[0]


def test_the_same_key_makes_one_record(client: Client) -> None:
    """A script that is run again after a crash doubles nothing."""
    first = client.projects.create(name="Einmal", project_type="Möbel", key="einmal-7")
    assert client.projects.create(name="Einmal", project_type="Möbel", key="einmal-7") == first


def test_a_document_from_upload_to_download(client: Client, tmp_path: Path) -> None:
    """Sent with its progress, read by a task that is waited for, and fetched as it was."""
    file = tmp_path / "angebot.txt"
    file.write_text("Angebot\nWangentreppe Eiche\nSumme netto 4.585,00 €\n")
    shares: list[float] = []
    document, is_new = client.documents.upload(file, told=shares.append)
    assert is_new
    assert shares[-1] == 1.0
    assert client.tasks.wait(document.task_id).status == "SUCCESS"
    assert client.tasks.outcome(document.task_id).ready
    assert "Wangentreppe" in client.documents.text(document.id).pages[0].text
    copy = io.BytesIO()
    client.documents.download(document.id, copy)
    assert copy.getvalue() == file.read_bytes()
    assert not client.documents.upload(file).is_new
    assert client.documents.search("Wangentreppe").query == "Wangentreppe"
    client.documents.delete(document.id)


def test_prices_one_by_one_and_many(client: Client) -> None:
    """A price with its parts; of a batch, prices and refusals in their order."""
    price = client.predictions.predict(
        project_type="Möbel", total_area_sqm=12, labor_hours=40, material_cost=900
    )
    assert sum(effect.effect_eur for effect in price.explanation) == price.predicted_price
    record = client.predictions.feedback(price.id, was_accepted=True, actual_price=1)
    assert client.predictions.get(price.id) == record
    good, bad = client.predictions.batch(
        [
            {"project_type": "Möbel", "total_area_sqm": 1, "calculated_price": 100},
            {"project_type": "Möbel", "total_area_sqm": -1},
        ]
    )
    assert isinstance(good, Prediction)
    assert isinstance(bad, Problem)
    assert bad.status == 400
    assert client.calculations.calculate(labor_hours=2).lines
    assert client.calculations.upholstery(width=40, depth=40, thickness=5).lines


def test_a_training_is_waited_for(client: Client) -> None:
    """The task's result is the report, typed."""
    told: list[float] = []
    task_id = client.models.train().task_id
    report = client.tasks.result(task_id, TrainingReport, lambda task: told.append(task.progress))
    assert report.sentences
    assert told


def test_a_task_without_a_result_raises(client: Client) -> None:
    """Whoever wants the result of a revoked task is told that there is none."""
    document, _ = client.documents.upload(io.BytesIO(b"Noch ein Angebot"), name="b.txt")
    client.tasks.wait(document.task_id)
    with pytest.raises(Refused) as finished:
        client.tasks.revoke(document.task_id)
    assert finished.value.status == 409
    broken, _ = client.documents.upload(io.BytesIO(b"%PDF-1.7 broken"), name="c.pdf")
    task = client.tasks.wait(broken.task_id)
    if task.status != "SUCCESS":
        with pytest.raises(TaskFailed):
            client.tasks.result(broken.task_id, dict)


def test_tables_in_and_out(client: Client) -> None:
    """A refused table tells its rows; a good one comes in, and goes out again."""
    bad = io.BytesIO(b"name,project_type,total_area_sqm\nTisch,Tabelle,-1\n")
    with pytest.raises(ImportRefused) as refused:
        client.projects.import_table(bad, name="bad.csv")
    assert [error.row for error in refused.value.report.errors] == [2]
    good = io.BytesIO(b"name,project_type\nTisch,Tabelle\n")
    report = client.projects.import_table(good, name="good.csv")
    assert isinstance(report, ImportReport)
    assert report.created == 1
    table = io.BytesIO()
    client.projects.export_table(table, project_type="Tabelle")
    assert b"Tisch" in table.getvalue()


def test_users_keys_and_sessions(client: Client, firm: Firm) -> None:
    """A user who signs in, whose key may what it says, until both are gone."""
    user = client.users.create(
        email="skript@firma.example", name="Skript", password=PASSWORD, role="technician"
    )
    with Client(firm.root, email=user.email, password=PASSWORD) as own:
        key = own.auth.make_key("nightly", ["project:read"])
        with Client(firm.root, token=key.key) as script:
            assert script.projects.page(limit=1).items is not None
            with pytest.raises(Refused) as refused:
                script.materials.page()
            assert refused.value.status == 403
        own.auth.revoke_key(key.id)
        own.auth.change_password(PASSWORD, f"{PASSWORD}-neu")
        own.auth.end_other_sessions()
        own.privacy.say_consent("newsletter", "1", granted=False)
    assert client.users.change(user.id, name="Anders").name == "Anders"
    client.users.delete(user.id)


def test_settings_go_back_as_they_were(client: Client) -> None:
    """A change by version, and back."""
    before = client.settings.get()
    changed = client.settings.change(zipper_price=Decimal("0.70"), if_version=before.version)
    assert changed.zipper_price == Decimal("0.70")
    client.settings.change(zipper_price=before.zipper_price)


def test_similar_projects(client: Client) -> None:
    """One question, several, judged ones, and what the index says of itself."""
    client.projects.create(name="Apothekerschrank", project_type="Möbel")
    client.tasks.result(client.similarity.reindex("changed").task_id, dict)
    found = client.similarity.find("Apothekerschrank", threshold=0, top_k=3)
    assert found.results[0].name == "Apothekerschrank"
    assert client.similarity.find_each(["Apothekerschrank", "Sofa"]).total_queries == 2
    judged = client.similarity.quality(
        [{"query": "Apothekerschrank", "relevant": ["Apothekerschrank"]}]
    )
    assert judged.overall.queries == 1
