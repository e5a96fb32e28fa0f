"""A whole firm moves: everything that can be read answers the same in its new home."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.integration.documents.files import OFFER, printed_pdf
from tests.integration.http.conftest import OpenFirm
from tests.integration.http.firm import ADMIN, PASSWORD, Client, Firm, sign_in
from tests.integration.http.reading import finished, problem, until
from tests.unit.http.reading import every_operation

from handwerk.adapters.postgres.tables import metadata
from handwerk.config import Config
from handwerk.domain.moving.whole import LEFT, TAKEN

# The firm that moves learns its prices first, which takes a while on a busy machine.
pytestmark = pytest.mark.timeout(400)
SETTINGS = Config(rate_limit_per_minute=0)
# What tells of the installation and not of the firm.
_OF_THE_SERVER = (
    "/tasks/",
    "/similarity/migrations",
    "/similarity/stats",
    "/firm/export",
    "/audit/verify",
    "/audit/head",
    "/audit/security",
    "/auth/sessions",
    "/metrics",
    "/privacy/my-data",  # holds sessions and the security log
    "/health",
    "/checkup",
)
_WOODS = ("Eiche", "Buche", "Kiefer")


@pytest.fixture(scope="module")
def old_home(open_firm: OpenFirm) -> Firm:
    """A firm with something of everything."""
    firm = open_firm(SETTINGS)
    for role in ("manager", "technician", "viewer"):
        firm.of(role)
    _fill(firm.admin)
    return firm


@pytest.fixture(scope="module")
def archive(old_home: Firm) -> bytes:
    """What it takes along."""
    answer = old_home.admin.get("/firm/export")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture(scope="module")
def new_home(open_firm: OpenFirm, archive: bytes) -> Client:
    """Another installation that has taken it in; its admin has signed in anew."""
    firm = open_firm(SETTINGS)
    answer = _take_in(firm.admin, archive)
    assert answer.status_code == 200, answer.text
    token = sign_in(firm.root, ADMIN)["access_token"]
    return Client(firm.root, token)


def test_every_table_is_taken_or_left_for_a_reason() -> None:
    """A new table is in one of the two lists, so that nobody forgets to take it along."""
    assert set(metadata.tables) == set(TAKEN) | LEFT.keys()
    assert set(TAKEN).isdisjoint(LEFT)


def test_everything_answers_the_same(old_home: Firm, new_home: Client) -> None:
    """Every operation that reads, for every record that there is, answers the same in both."""
    looked_at, strange = 0, []
    # What is estimated is logged as a prediction: looked at last.
    for path in sorted(_paths(old_home.admin), key=lambda path: path.endswith("/estimate")):
        before, after = old_home.admin.get(path), new_home.get(path)
        if _seen(before) != _seen(after):
            strange.append(path)
        looked_at += before.status_code == httpx.codes.OK
    assert strange == []
    assert looked_at > 100


def test_people_sign_in_as_before(new_home: Client) -> None:
    """A password holds in the new home, though the old one kept nothing but its hash."""
    assert sign_in(new_home.root, "viewer@firma.example", PASSWORD)["access_token"]


def test_prices_and_searches_answer_the_same(old_home: Firm, new_home: Client) -> None:
    """The model that answered goes on answering, and the search finds what it found."""
    asked = {"project_type": "Möbel", "wood_type": "Eiche", "total_area_sqm": 7, "complexity": 3}
    before, after = (
        home.post("/predictions/predict/", json=asked).json() for home in (old_home.admin, new_home)
    )
    assert before["basis"] == after["basis"]
    assert before["model_version"] == after["model_version"]
    assert before["predicted_price"] == after["predicted_price"]
    query = {"query": "Treppe mit Liste", "threshold": 0}

    def found(home: Client) -> Any:
        return home.post("/similarity/find-similar", json=query).json()["results"]

    until(lambda: _is_idle(new_home), 120)
    assert found(new_home)[0]["name"] == found(old_home.admin)[0]["name"] == "Treppe mit Liste"
    assert _without_chance(found(new_home)) == _without_chance(found(old_home.admin))


def test_work_goes_on(new_home: Client) -> None:
    """New records get numbers behind those that came in, and closed lists stay closed."""
    made = new_home.create(name="Im neuen Haus")
    assert new_home.post(f"/projects/{made['id']}/finalize").status_code == 200
    closed = new_home.get("/projects/", params={"q": "Treppe mit Liste"}).json()[0]
    material = new_home.get("/materials/").json()[0]
    line = {"material_id": material["id"], "quantity": 1, "unit_price": 1}
    problem(new_home.post(f"/projects/{closed['id']}/materials", json=line), 409)


def test_the_manifest_counts_and_checks(archive: bytes) -> None:
    """Any tar opens the archive; every file has the checksum and every table the rows told."""
    files = _unpacked(archive)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"].keys() == files.keys()
    for name, content in files.items():
        assert hashlib.sha256(content).hexdigest() == manifest["files"][name]["sha256"]
    projects = [name for name in files if name.startswith("tables/project-")]
    rows = [json.loads(line) for name in projects for line in files[name].splitlines()]
    assert len(rows) == manifest["tables"]["project"]
    assert not any("said" in row for row in rows)


def test_no_secret_of_the_installation_is_taken_along(archive: bytes) -> None:
    """Accounts are there by name, under no key that only this installation has."""
    files = _unpacked(archive)
    users = [json.loads(row) for row in files["tables/user_account-00001.jsonl"].splitlines()]
    assert {user["email"] for user in users} >= {ADMIN, "viewer@firma.example"}
    assert all(user["person_key"] is None for user in users)


def test_a_firm_is_taken_in_by_nobody_who_works(old_home: Firm, archive: bytes) -> None:
    """Where somebody has worked, nothing is taken in, and nothing is changed."""
    before = old_home.admin.get("/projects/").content
    told = problem(_take_in(old_home.admin, archive), 409)
    assert "new data folder" in told["detail"]
    assert old_home.admin.get("/projects/").content == before


@pytest.mark.parametrize("role", ["manager", "technician", "viewer"])
def test_only_an_admin_moves_a_firm(old_home: Firm, role: str) -> None:
    """Nobody else takes the firm out, or in."""
    problem(old_home.of(role).get("/firm/export"), 403)
    problem(_take_in(old_home.of(role), b"x"), 403)


@pytest.fixture(scope="module")
def empty_home(open_firm: OpenFirm) -> Firm:
    """An installation where nobody has worked."""
    return open_firm(SETTINGS)


def _spoilt(archive: bytes, how: str) -> bytes:
    if how in {"cut", "no tar"}:
        return archive[: len(archive) // 2] if how == "cut" else b"PK\x03\x04" + bytes(2_000)
    files = _unpacked(archive)
    manifest = json.loads(files["manifest.json"])
    one = "tables/project-00001.jsonl"
    match how:
        case "changed":
            files[one] = files[one].replace(b"Treppe", b"Leiter")
        case "missing":
            del files[one]
        case "too many":
            files["tables/secret-00001.jsonl"] = b"{}\n"
        case "strange name":
            manifest["files"]["../../etc/passwd"] = {"bytes": 0, "sha256": ""}
            files["manifest.json"] = json.dumps(manifest).encode()
        case "other schema":
            manifest["schema"] = "0001"
            files["manifest.json"] = json.dumps(manifest).encode()
        case "bad row":
            files[one] = files[one].replace(b'"complexity":3', b'"complexity":9', 1)
            _sign(files, manifest, one)
        case "no row":
            files[one] = b"[1, 2]\n" + files[one]
            _sign(files, manifest, one)
        case "fewer rows":
            files[one] = files[one].partition(b"\n")[2]
            _sign(files, manifest, one)
    return _packed(files)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("cut", 400),
        ("no tar", 400),
        ("changed", 400),
        ("missing", 400),
        ("too many", 400),
        ("strange name", 400),
        ("other schema", 422),
        ("bad row", 400),
        ("no row", 400),
        ("fewer rows", 400),
    ],
)
def test_what_is_not_whole_is_refused_whole(
    empty_home: Firm, archive: bytes, how: str, status: int
) -> None:
    """A damaged or forged archive changes nothing: the installation stays as it was."""
    problem(_take_in(empty_home.admin, _spoilt(archive, how)), status)
    assert empty_home.admin.get("/projects/").json() == []
    assert [user["email"] for user in empty_home.admin.get("/users").json()] == [ADMIN]


def test_a_link_in_an_archive_leads_nowhere(empty_home: Firm) -> None:
    """A member that is no plain file is refused by name."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        link = tarfile.TarInfo("tables/project-00001.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    told = problem(_take_in(empty_home.admin, out.getvalue()), 400)
    assert "no plain file" in told["detail"]


def _take_in(client: httpx.Client, archive: bytes) -> httpx.Response:
    return client.post("/firm/import", files={"file": ("firm.tar", archive)})


def _unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = ((member.name, tar.extractfile(member)) for member in tar)
        return {name: file.read() for name, file in members if file is not None}


def _packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _sign(files: dict[str, bytes], manifest: Any, name: str) -> None:
    content = files[name]
    manifest["files"][name] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    files["manifest.json"] = json.dumps(manifest).encode()


def _paths(client: Client) -> Iterator[str]:
    """Every path that reads, below the base path, for every record that there is."""
    document = client.get(f"{client.root}/schema/openapi.json").json()
    records = {
        "projects": _ids(client, "/projects/"),
        "materials": _ids(client, "/materials/"),
        "documents": _ids(client, "/documents/"),
        "predictions": _ids(client, "/predictions/"),
        "users": _ids(client, "/users"),
    }
    for told in every_operation(document):
        path = told.path.removeprefix("/api/v1")
        if told.method != "get" or path == told.path or path.startswith(_OF_THE_SERVER):
            continue
        if "{" not in path:
            yield path
        for record in records.get(path.split("/")[1], ()):
            if path.count("{") == 1:
                yield path.replace("{id}", record)
    for version in (model["version"] for model in client.get("/models").json()):
        yield f"/models/{version}"
    for table in ("project", "material", "document", "firm_settings"):
        for record in records.get(f"{table}s", ()):
            yield f"/audit/records/{table}/{record}"
    yield "/projects/?q=schrank&sort=name&limit=5"
    yield "/projects/?is_finalized=true&wood_type=Eiche"


def _seen(answer: httpx.Response) -> Any:
    told = [answer.headers.get(name) for name in ("etag", "x-total-count")]
    return answer.status_code, told, _lasting(answer)


def _lasting(answer: httpx.Response) -> Any:
    """The body; of what is found or estimated when it is asked for, all that can be equal.

    An estimate has an id and a moment of its own, and of jobs that are as similar as each other
    any may come first.
    """
    if answer.url.path.endswith("/similar-projects"):
        return None  # how rare a word is, the index learns as it is filled: near ties may turn
    made_now = answer.url.path.endswith(("/estimate", "/statistics", "/vocabulary"))
    return _without_chance(answer.json()) if made_now else answer.content


def _without_chance(told: Any) -> Any:
    if isinstance(told, list):
        return [_without_chance(each) for each in told]
    if not isinstance(told, dict):
        return told
    if "similarity_score" in told:
        return told["similarity_score"]
    chance = {"timestamp", "as_of", "search_time_ms", "instance", "id"}
    return {name: _without_chance(value) for name, value in told.items() if name not in chance}


def _ids(client: Client, path: str) -> list[str]:
    return [each["id"] for each in client.get(path, params={"limit": 200}).json()]


def _fill(admin: Client) -> None:
    _ok(admin.put("/settings/current", json={"labor_rate_per_hour": 61.5, "zipper_price": 0.7}))
    _ok(admin.put("/settings/current", json={"search_words": ["Sofa, Couch, Kanapee"]}))
    oak, glue = _materials(admin)
    _projects(admin, oak, glue)
    _history(admin)
    _documents(admin)
    until(lambda: _is_idle(admin), 300)


def _is_idle(admin: Client) -> bool:
    """Whether no work is left that could still change something."""
    queues = admin.get("/tasks/queue/stats").json()["queue_stats"].values()
    return not sum(one["waiting"] - one["scheduled"] + one["active"] for one in queues)


def _materials(admin: Client) -> tuple[str, str]:
    made = []
    for name, price in (("Eiche massiv 27 mm", 89.9), ("Weißleim D3", 12.345)):
        body = {"name": name, "category": "Holz", "unit": "m²", "unit_price": price}
        made.append(str(_ok(admin.post("/materials/", json=body))["id"]))
    periods: list[dict[str, Any]] = [
        {"price": 70, "valid_from": "2024-01-01", "valid_to": "2024-12-31"},
        {"price": 95.5, "valid_from": "2025-01-01", "region": "Bayern"},
    ]
    for period in periods:
        _ok(admin.post(f"/materials/{made[0]}/prices", json=period))
    gone = admin.post("/materials/", json={"name": "Weg", "category": "Holz", "unit": "kg"})
    _ok(admin.delete(f"/materials/{_ok(gone)['id']}"))
    return made[0], made[1]


def _projects(admin: Client, oak: str, glue: str) -> None:
    def line(project: str, material: str, quantity: float) -> None:
        body = {"material_id": material, "quantity": quantity, "unit_price": 88.5}
        _ok(admin.post(f"/projects/{project}/materials", json=body))

    closed = admin.create(name="Treppe mit Liste", complexity=3, final_price=9_000)["id"]
    line(closed, oak, 12.5)
    line(closed, glue, 0.125)
    _ok(admin.post(f"/projects/{closed}/finalize"))
    gone = admin.create(name="Im Papierkorb", description="mit Liste")["id"]
    line(gone, oak, 3)
    _ok(admin.delete(f"/projects/{gone}"))
    for name in ("Storno offen", "Storno fertig"):
        cancelled = admin.create(name=name, final_price=100)["id"]
        line(cancelled, glue, 1)
        if name == "Storno fertig":
            _ok(admin.post(f"/projects/{cancelled}/finalize"))
        _ok(admin.post(f"/projects/{cancelled}/cancel", json={"reason": "Kunde sprang ab"}))
    changed = admin.create(name="Änderung", description="„Größe“ \\ \t €")["id"]
    _ok(admin.put(f"/projects/{changed}", json={"total_area_sqm": 3.125}))


def _history(admin: Client) -> None:
    """Past jobs, a model of them, and prices that were told."""
    head = "name;project_type;wood_type;total_area_sqm;complexity;labor_hours;material_cost;"
    rows = [
        f"Schrank {n} aus {_WOODS[n % 3]};Möbel;{_WOODS[n % 3]};{3 + n % 9};{1 + n % 5};"
        f"{20 + 3 * (n % 9)};{300 + 40 * (n % 9)};{2000 + 300 * (n % 9)};{2400 + 333 * (n % 9)};"
        f"2025-{1 + n % 12:02}-{1 + n % 28:02};true"
        for n in range(40)
    ]
    table = "\n".join([f"{head}calculated_price;final_price;project_date;is_finalized", *rows])
    sent = admin.post("/projects/import", files={"file": ("jobs.csv", table.encode())})
    assert _ok(sent)["created"] == 40, sent.text
    task = _ok(admin.post("/models/train", json={}))["task_id"]
    until(lambda: finished(admin, task), 300)
    for wood in _WOODS:
        asked = {"project_type": "Möbel", "wood_type": wood, "total_area_sqm": 6}
        asked |= {"calculated_price": 3000, "complexity": 2}
        told = _ok(admin.post("/predictions/predict/", json=asked))
        feedback = {"actual_price": 3100.5, "was_accepted": wood != "Buche"}
        _ok(admin.post(f"/predictions/{told['id']}/feedback", json=feedback))


def _documents(admin: Client) -> None:
    tasks = []
    project = _ids(admin, "/projects/")[0]
    for name, content in (
        ("Angebot.pdf", printed_pdf(OFFER)),
        ("Notiz.txt", "Küche in Buche, 4 m², 2.000 €".encode()),
        ("Gelöscht.txt", b"Ein Zettel, der wegkommt."),
    ):
        sent = admin.post(
            "/documents/upload", files={"file": (name, content)}, data={"project_id": project}
        )
        tasks.append(_ok(sent))
    until(lambda: all(finished(admin, document["task_id"]) for document in tasks), 120)
    _ok(admin.delete(f"/documents/{tasks[-1]['id']}"))


def _ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None
