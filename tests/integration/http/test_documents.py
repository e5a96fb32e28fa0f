"""Documents over HTTP: in, read, found, out again, and every file that must not come in."""

import hashlib
import resource
import socket
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from tests.integration.documents.files import encrypted, printed_pdf, zip_bomb
from tests.integration.http.conformance import Conformance
from tests.integration.http.firm import Client, Firm
from tests.integration.http.reading import problem, until

UNKNOWN = "00000000-0000-7000-8000-00000000dead"
KEYS = {
    "id", "filename", "file_type", "size_bytes", "sha256", "status", "error", "page_count",
    "language", "project_id", "preview", "extracted_features", "task_id", "created_at",
    "updated_at",
}  # fmt: skip
MEGABYTE = 1024 * 1024
# A child that reads files has to start first, behind all else that runs.
PATIENCE = 120


def _offer(job: str) -> bytes:
    """A text that no other test has."""
    return (
        f"Schreinerei Holzinger\nAngebot Nr. {uuid4()} vom 14.03.2025\n"
        f"{job}\nFläche 5,76 m², Montage 12,5 Stunden\n"
        "Summe netto 4.585,00 €\nzzgl. 19 % MwSt. 871,15 €\nAngebotssumme 5.456,15 €\n"
    ).encode()


def _sent(client: Client, content: bytes, name: str = "offer.txt", **more: Any) -> httpx.Response:
    given = {key: more.pop(key) for key in ("project_id",) if key in more}
    return client.post("/documents/upload", files={"file": (name, content)}, data=given, **more)


def _uploaded(
    client: Client, content: bytes, name: str = "offer.txt", **more: Any
) -> dict[str, Any]:
    answer = _sent(client, content, name, **more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _read(client: Client, content: bytes, name: str = "offer.txt", **more: Any) -> dict[str, Any]:
    """A document that was uploaded and processed."""
    path = f"/documents/{_uploaded(client, content, name, **more)['id']}"

    def processed() -> dict[str, Any] | None:
        told: dict[str, Any] = client.get(path).json()
        return told if told["status"] in {"completed", "failed"} else None

    return until(processed, PATIENCE)


def _raw(firm: Firm, body: bytes, *, boundary: str = "b") -> httpx.Response:
    """A form as it is written here, byte by byte."""
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return firm.technician.post("/documents/upload", content=body, headers=headers)


def _broken(size: int) -> bytes:
    """A file of that size that is taken for a PDF, and of which nothing can be read."""
    return (b"%PDF-1.7\n" + uuid4().bytes).ljust(size, b"\0")


def _part(name: str, content: bytes, filename: str | None = None) -> bytes:
    told = f'form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    return f"--b\r\nContent-Disposition: {told}\r\n\r\n".encode() + content + b"\r\n"


def test_a_document_is_taken_at_once_and_read_behind(firm: Firm) -> None:
    """The answer is the contract's document, pending; then its text and facts are there."""
    content = _offer("Einbauschrank in Eiche")
    answer = _sent(firm.technician, content, "Angebot Maier.txt")
    made = answer.json()
    assert answer.status_code == 201
    assert set(made) >= KEYS
    assert (made["filename"], made["file_type"], made["size_bytes"]) == (
        "Angebot Maier.txt",
        "txt",
        len(content),
    )
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert made["status"] == "pending"
    assert urlsplit(answer.headers["location"]).path.endswith(made["id"])

    def processed() -> dict[str, Any] | None:
        told: dict[str, Any] = firm.viewer.get(f"/documents/{made['id']}").json()
        return told if told["status"] == "completed" else None

    done = until(processed, PATIENCE)
    facts = {fact["name"]: fact for fact in done["extracted_features"]}
    assert facts["price_net"]["value"] == 4585
    assert facts["date"]["value"] == "2025-03-14"
    assert {"name", "value", "unit", "page", "words", "confidence", "source"} == set(facts["area"])
    [page] = firm.viewer.get(f"/documents/{made['id']}/text").json()["pages"]
    assert (page["page"], page["source"]) == (1, "text")
    assert "Einbauschrank in Eiche" in page["text"]
    task = firm.technician.get(f"/tasks/task/{made['task_id']}").json()
    assert task["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("stranger", "POST", "/documents/upload", 401),
        ("viewer", "POST", "/documents/upload", 403),
        ("stranger", "GET", "/documents/", 401),
        ("viewer", "PUT", f"/documents/{UNKNOWN}", 403),
        ("technician", "DELETE", f"/documents/{UNKNOWN}", 403),
        ("manager", "DELETE", f"/documents/{UNKNOWN}", 403),
        ("manager", "POST", f"/documents/{UNKNOWN}/restore", 403),
        ("manager", "GET", "/documents/bin", 403),
        ("viewer", "POST", f"/documents/{UNKNOWN}/process", 403),
        ("viewer", "GET", f"/documents/{UNKNOWN}/estimate", 403),
        ("stranger", "POST", "/documents/search", 401),
        ("viewer", "GET", f"/documents/{UNKNOWN}", 404),
        ("viewer", "GET", f"/documents/{UNKNOWN}/content", 404),
        ("viewer", "GET", f"/documents/{UNKNOWN}/text", 404),
        ("viewer", "GET", f"/documents/{UNKNOWN}/similar-projects", 404),
        ("technician", "GET", f"/documents/{UNKNOWN}/estimate", 404),
        ("technician", "POST", f"/documents/{UNKNOWN}/process", 404),
        ("admin", "DELETE", f"/documents/{UNKNOWN}", 404),
        ("admin", "POST", f"/documents/{UNKNOWN}/restore", 404),
    ],
)
def test_who_may_not_is_refused_before_what_there_is_not(
    firm: Firm, role: str, method: str, path: str, status: int
) -> None:
    """401, then 403 also for an unknown id, then 404."""
    answer = firm.of(role).request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_the_same_bytes_answer_the_same_document(firm: Firm) -> None:
    """Under another name, with a project: 200 with the first one, linked; no second appears."""
    content = _offer("Sideboard")
    first = _uploaded(firm.technician, content, "a.txt")
    project = firm.manager.create()
    again = _sent(firm.technician, content, "b.txt", project_id=project["id"])
    assert again.status_code == 200
    assert (again.json()["id"], again.json()["filename"]) == (first["id"], "a.txt")
    assert again.json()["project_id"] == project["id"]
    listed = firm.viewer.get("/documents/", params={"project_id": project["id"]})
    assert [one["id"] for one in listed.json()] == [first["id"]]
    assert listed.headers["x-total-count"] == "1"


def test_a_key_is_for_one_content(firm: Firm) -> None:
    """The same key and bytes answer the same, in whatever form; other bytes are a conflict."""
    key = {"Idempotency-Key": str(uuid4())}
    content = _offer("Kommode")
    first = _sent(firm.technician, content, headers=key)
    again = _sent(firm.technician, content, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = _sent(firm.technician, _offer("Regal"), headers=key)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=3-999999", 206, slice(3, None)),
        ("bytes=5-2", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        (f"bytes={'9' * 30}-", 200, slice(None)),
    ],
)
def test_a_part_of_the_file(firm: Firm, asked: str, status: int, expected: slice) -> None:
    """One range is answered as such; several, another unit or nonsense by the whole file."""
    content = _offer("Garderobe")
    made = _uploaded(firm.technician, content)
    path = f"/documents/{made['id']}/content"
    answer = firm.viewer.get(path, headers={"Range": asked})
    assert answer.status_code == status, answer.text
    assert answer.content == content[expected]
    assert answer.headers["accept-ranges"] == "bytes"
    if status == 206:
        start, end, _ = expected.indices(len(content))
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"


def test_a_range_behind_the_end(firm: Firm) -> None:
    """It is a 416 that tells how long the file is, unless If-Range names another state of it."""
    content = _offer("Bank")
    made = _uploaded(firm.technician, content)
    path = f"/documents/{made['id']}/content"
    beyond = {"Range": f"bytes={len(content)}-"}
    answer = firm.viewer.get(path, headers=beyond)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(content)}"
    whole = firm.viewer.get(path, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (whole.status_code, whole.content) == (200, content)
    part = firm.viewer.get(path, headers={"Range": "bytes=0-3", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, content[:4])
    known = firm.viewer.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert known.status_code == 304


def test_a_file_is_never_shown_in_our_origin(firm: Firm) -> None:
    """It comes as a download that a browser may not sniff or run."""
    made = _uploaded(firm.technician, _offer("<script>alert(1)</script>"), 'x";\r\nA: b.txt')
    answer = firm.viewer.get(f"/documents/{made['id']}/content")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "a" not in answer.headers
    assert "\n" not in made["filename"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\a.txt", "a.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("Müller, Größe 3 €.txt", "Müller, Größe 3 €.txt"),
        ("....", "document"),
        ("a\x00b.txt", "ab.txt"),
        ("a\rb\nc.txt", "abc.txt"),
    ],
)
def test_a_name_is_only_shown(firm: Firm, name: str, kept: str) -> None:
    """Whatever a file is called, its name leads nowhere and is fit to be shown."""
    body = _part("file", _offer("Treppe"), name) + b"--b--\r\n"
    answer = _raw(firm, body)
    # A name that breaks the form's own lines may be refused as a form.
    if answer.status_code == 400 and any(char in name for char in "\r\n\0"):
        return
    assert answer.status_code == 201, answer.text
    assert answer.json()["filename"] == kept


def test_the_project_may_come_after_the_file(firm: Firm) -> None:
    """The order of the fields in the form says nothing."""
    project = firm.manager.create()
    body = _part("file", _offer("Tür"), "a.txt") + _part("project_id", project["id"].encode())
    answer = _raw(firm, body + b"--b--\r\n")
    assert answer.json()["project_id"] == project["id"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (_part("project_id", b"") + b"--b--\r\n", 400, "file"),
        (_part("file", b"text ohne Namen") + b"--b--\r\n", 400, "file"),
        (_part("file", b"eins", "a.txt") * 2 + b"--b--\r\n", 400, "file"),
        (_part("file", b"eins", "a.txt") + _part("more", b"x") + b"--b--\r\n", 400, "more"),
        (
            _part("file", b"eins", "a.txt") + _part("project_id", b"x") + b"--b--\r\n",
            400,
            "project_id",
        ),
        (
            _part("file", b"zwei", "a.txt") + _part("project_id", UNKNOWN.encode()) + b"--b--\r\n",
            400,
            "project_id",
        ),
        (_part("file", b"", "a.txt") + b"--b--\r\n", 400, "file"),
        (_part("file", b"halb", "a.txt"), 400, None),
        (b"no form at all", 400, None),
        (b"", 400, None),
    ],
    ids=[
        "no-file", "no-name", "two-files", "unknown-field", "no-id", "unknown-project",
        "empty", "cut", "nonsense", "nothing",
    ],
)  # fmt: skip
def test_a_form_that_is_none(firm: Firm, body: bytes, status: int, field: str | None) -> None:
    """It is refused by the name of what is wrong."""
    problem(_raw(firm, body), status, field)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"#!/bin/sh\nrm -rf /\n", "offer.pdf"),
        (b"<script>alert(1)</script>", "offer.pdf"),
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "offer.pdf"),
        (b"PK\x03\x04" + bytes(100), "a.docx"),
        (b"GIF89a" + bytes(100), "a.png"),
        (bytes(range(256)) * 8, "a.txt"),
        (b"\x7fELF" + bytes(300), "a.txt"),
    ],
    ids=["script", "html", "exe", "zip", "gif", "binary", "elf"],
)
def test_what_is_of_another_kind(firm: Firm, content: bytes, name: str) -> None:
    """415 says what can be read, and nothing is kept."""
    before = firm.viewer.get("/documents/").headers["x-total-count"]
    answer = _sent(firm.technician, content, name)
    assert answer.status_code == 415, answer.text
    assert "PDF" in answer.json()["detail"]
    assert firm.viewer.get("/documents/").headers["x-total-count"] == before


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n" + bytes(50), "broken.pdf"),
        (zip_bomb(), "bomb.docx"),
        (encrypted(printed_pdf(["geheim"])), "secret.pdf"),
        (
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Invoice>&a;</Invoice>',
            "entity.xml",
        ),
    ],
    ids=["broken", "bomb", "encrypted", "entity"],
)
def test_a_bad_file_fails_alone(firm: Firm, content: bytes, name: str) -> None:
    """Its document says why; nothing of it is kept as text, and it can be sent to be read again."""
    done = _read(firm.technician, content, name)
    assert done["status"] == "failed"
    assert done["error"]
    assert "/" not in done["error"]
    assert firm.viewer.get(f"/documents/{done['id']}/text").json() == {"pages": []}
    again = firm.technician.post(f"/documents/{done['id']}/process")
    assert again.status_code == 202
    assert again.json()["task_id"] != done["task_id"]


def test_a_polyglot_is_what_it_begins_with(firm: Firm) -> None:
    """A PDF with a web page behind its end is read as a PDF, and goes out as a download."""
    content = printed_pdf([f"Angebot {uuid4()}"]) + b"<html><script>alert(1)</script></html>"
    made = _uploaded(firm.technician, content, "a.html")
    assert made["file_type"] == "pdf"
    answer = firm.viewer.get(f"/documents/{made['id']}/content")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_fifty_megabytes_and_a_byte(firm: Firm) -> None:
    """413 as soon as it is too much; just as much is taken, and nothing lies about afterwards."""
    most = _broken(50 * MEGABYTE)
    assert _sent(firm.technician, most + b"x").status_code == 413
    assert _sent(firm.technician, most).status_code == 201


def test_a_full_disk(firm: Firm) -> None:
    """507, and nothing of the file is left; what is smaller than the room still comes in."""
    before = firm.viewer.get("/documents/").headers["x-total-count"]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40 * MEGABYTE, hard))
    try:
        answer = _sent(firm.technician, _broken(45 * MEGABYTE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    problem(answer, 507)
    assert firm.viewer.get("/documents/").headers["x-total-count"] == before
    assert _sent(firm.technician, _offer("Bett")).status_code == 201


def test_an_upload_that_is_cut_leaves_nothing(firm: Firm) -> None:
    """The connection breaks in the middle: no document, and the server goes on."""
    before = firm.viewer.get("/documents/").headers["x-total-count"]
    address = urlsplit(firm.root)
    with socket.create_connection((address.hostname, address.port)) as link:
        link.sendall(
            b"POST /api/v1/documents/upload HTTP/1.1\r\nHost: firm\r\n"
            + f"Authorization: Bearer {firm.technician.token}\r\n".encode()
            + b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n"
            + _part("file", b"halb " * 10_000, "a.txt")
        )
    assert firm.viewer.get("/documents/").headers["x-total-count"] == before


def test_to_the_bin_and_back(firm: Firm) -> None:
    """Deleted: gone for everybody, found by nobody, in the admin's bin; restored: as before."""
    word = f"Zirbenholz{uuid4().hex[:6]}"
    done = _read(firm.technician, _offer(word))
    path = f"/documents/{done['id']}"
    until(lambda: _found(firm, word) or None)
    stale = firm.admin.delete(path, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    assert firm.admin.delete(path).status_code == 204
    for below in ("", "/content", "/text", "/similar-projects"):
        assert firm.viewer.get(path + below).status_code == 404
    assert _found(firm, word) == []
    assert firm.admin.delete(path).status_code == 404
    assert done["id"] in {one["id"] for one in firm.admin.get("/documents/bin").json()}
    assert firm.admin.post(f"{path}/restore").status_code == 200
    assert firm.admin.post(f"{path}/restore").status_code == 409
    assert firm.viewer.get(path).json()["status"] == "completed"
    assert until(lambda: _found(firm, word) or None) == [done["id"]]


def test_bytes_that_lie_in_the_bin_come_back(firm: Firm) -> None:
    """Sent again they answer the document, which is no longer in the bin."""
    content = _offer("Hocker")
    made = _uploaded(firm.technician, content)
    assert firm.admin.delete(f"/documents/{made['id']}").status_code == 204
    again = _sent(firm.technician, content)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    assert firm.viewer.get(f"/documents/{made['id']}").status_code == 200


def test_a_link_to_a_project(firm: Firm) -> None:
    """PUT links and unlinks; an unknown project, field or stale version is refused."""
    project = firm.manager.create()
    made = _read(firm.technician, _offer("Esstisch"))
    path = f"/documents/{made['id']}"
    linked = firm.technician.put(path, json={"project_id": project["id"]})
    assert (linked.status_code, linked.json()["project_id"]) == (200, project["id"])
    assert firm.technician.put(path, json={"project_id": UNKNOWN}).status_code == 400
    assert firm.technician.put(path, json={"colour": 1}).status_code == 400
    stale = firm.technician.put(path, json={"project_id": None}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    freed = firm.technician.put(path, json={"project_id": None})
    assert freed.json()["project_id"] is None


def _found(firm: Firm, query: str, **more: Any) -> list[str]:
    answer = firm.viewer.post("/documents/search", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


def test_what_was_read_is_found_on_its_page(firm: Firm) -> None:
    """By a word of the second page, with a typing error, once for each document, marked."""
    word = f"Balkongelaender{uuid4().hex[:4]}"
    pages = (["Deckblatt der Schreinerei"], [f"Pos. 1 {word} aus <Lärche>", "Pos. 2 Montage"])
    content = printed_pdf(*pages)
    done = _read(firm.technician, content, "lv.pdf")
    until(lambda: _found(firm, word) or None)
    answer = firm.viewer.post("/documents/search", json={"query": f"{word} Lärche"}).json()
    assert set(answer) == {"query", "results", "total_count"}
    [hit] = [one for one in answer["results"] if one["id"] == done["id"]]
    assert set(hit) >= KEYS | {"score", "page", "snippet", "searchable_text"}
    assert (hit["page"], hit["filename"]) == (2, "lv.pdf")
    assert f"<mark>{word}</mark>" in hit["snippet"]
    assert "&lt;<mark>Lärche</mark>&gt;" in hit["snippet"]
    assert word in hit["searchable_text"]
    assert 0.2 <= hit["score"] <= 1


def test_a_search_in_pages_and_in_one_project(firm: Firm) -> None:
    """`skip` and `limit` walk on; `project_id` narrows; all are counted."""
    word = f"Parkett{uuid4().hex[:6]}"
    project = firm.manager.create()
    made = [_read(firm.technician, _offer(f"{word} {place}")) for place in range(3)]
    firm.technician.put(f"/documents/{made[0]['id']}", json={"project_id": project["id"]})
    until(lambda: len(_found(firm, word)) == 3 or None)
    walked = [_found(firm, word, skip=skip, limit=1) for skip in range(4)]
    assert [len(part) for part in walked] == [1, 1, 1, 0]
    assert len({one for part in walked for one in part}) == 3
    until(lambda: _found(firm, word, project_id=project["id"]) == [made[0]["id"]] or None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "  "}, "query"),
        ({"query": "x" * 2001}, "query"),
        ({"query": "a\x00b"}, "query"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 201}, "limit"),
        ({"query": "x", "skip": -1}, "skip"),
        ({"query": "x", "skip": 10001}, "skip"),
        ({"query": "x", "colour": 1}, "colour"),
        ({"query": 7}, "query"),
        ({"limit": 3}, "query"),
        ({"query": "x", "project_id": "x"}, "project_id"),
    ],
)
def test_a_search_that_can_not_be_meant(firm: Firm, body: dict[str, Any], field: str) -> None:
    """400 names the field; nothing is clamped."""
    answer = firm.viewer.post("/documents/search", json=body)
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_projects_like_a_document_and_its_price(firm: Firm) -> None:
    """The words of the trade find the job; what was read is priced, and what is missing is said."""
    firm.manager.create(
        name="Wangentreppe Huber", project_type="Treppenbau", wood_type="Eiche",
        description="Gestemmte Wangentreppe mit Handlauf",
    )  # fmt: skip
    done = _read(firm.technician, _offer("Wangentreppe in Eiche mit Handlauf, 15 Stufen"))
    path = f"/documents/{done['id']}"
    similar = until(lambda: firm.viewer.get(f"{path}/similar-projects").json()["results"] or None)
    assert "Wangentreppe Huber" in [one["name"] for one in similar]
    answer = firm.technician.get(f"{path}/estimate")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"read", "missing", "prediction"}
    read = {one["field"]: one["value"] for one in told["read"]}
    assert read["total_area_sqm"] == 5.76
    assert read["labor_hours"] == 12.5
    assert read["project_date"] == "2025-03-14"
    assert read["project_type"] == "Treppenbau"
    assert "material_cost" in told["missing"]
    assert told["prediction"]["basis"] == "calculation"
    for bad in ({"top_k": 0}, {"top_k": 101}, {"threshold": 2}):
        assert firm.viewer.get(f"{path}/similar-projects", params=bad).status_code == 400


def test_no_price_is_made_up(firm: Firm) -> None:
    """A document that tells no size is a 422 that names what is missing."""
    done = _read(firm.technician, f"Notiz {uuid4()}: bitte wegen der Eiche anrufen".encode())
    answer = firm.technician.get(f"/documents/{done['id']}/estimate")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} >= {"total_area_sqm"}


def test_every_answer_is_as_documented(firm: Firm) -> None:
    """Each operation of a document answers what the OpenAPI document says."""
    document = httpx.get(f"{firm.root}/schema/openapi.json").json()
    conformance = Conformance(document)
    done = _read(firm.technician, _offer("Vitrine"))
    path = f"/documents/{done['id']}"
    answers = [
        firm.admin.get("/documents/", params={"limit": 1}),
        firm.admin.get(path),
        firm.admin.get(f"{path}/text"),
        firm.admin.get(f"{path}/content"),
        firm.admin.get(f"{path}/content", headers={"Range": "bytes=0-1"}),
        firm.admin.get(f"{path}/content", headers={"Range": "bytes=99999-"}),
        firm.admin.get(f"{path}/similar-projects"),
        firm.admin.get(f"{path}/estimate"),
        firm.admin.post("/documents/search", json={"query": "Vitrine"}),
        _sent(firm.admin, _offer("Vitrine 2")),
        _sent(firm.admin, b""),
        firm.admin.post(f"{path}/process"),
        firm.admin.put(path, json={"project_id": None}),
        firm.admin.delete(path),
        firm.admin.get("/documents/bin"),
        firm.admin.post(f"{path}/restore"),
    ]
    for answer in answers:
        _check(conformance, answer)


def _check(conformance: Conformance, answer: httpx.Response) -> None:
    """`Conformance` is asynchronous, but waits for nothing that has been read."""
    answer.read()
    with pytest.raises(StopIteration):
        conformance.check(_Read(answer)).send(None)  # type: ignore[arg-type]  # as an answer


class _Read:
    """An answer whose body has been read, for who would wait for it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answer, name)

    async def aread(self) -> bytes:
        """What was read."""
        return self._answer.content
