"""Bodies that no honest client sends: each is refused in words, and nothing is half-written."""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from tests.integration.http.firm import Client, Firm
from tests.integration.http.reading import problem

JSON = {"content-type": "application/json"}
SOUND = b'{"name":"A","project_type":"B"}'


def _body(**raw: str) -> bytes:
    """A project's body whose values are written as they are given."""
    values = {"name": '"A"', "project_type": '"B"', **raw}
    return ("{" + ",".join(f'"{key}":{value}' for key, value in values.items()) + "}").encode()


@pytest.fixture
def untouched(firm: Firm) -> Iterator[Client]:
    """The manager's client; the firm must have as many projects afterwards as before."""
    before = firm.viewer.get("/projects/?limit=1").headers["x-total-count"]
    yield firm.manager
    assert firm.viewer.get("/projects/?limit=1").headers["x-total-count"] == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"name=A&project_type=B",
        b"{",
        b'{"name":"A",}',
        b'{"name":"A" "project_type":"B"}',
        b"{'name':'A'}",
        b"[]",
        b'["name"]',
        b"null",
        b"true",
        b'"text"',
        b"42",
        b'{"name":"A","project_type":"B"} trailing',
        b'{"name":"A","project_type":"B"}{}',
        b'{"name":"\xff\xfe","project_type":"B"}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"name":"A","project_type":"B"}',
        '{"name":"A","project_type":"B"}'.encode("utf-16"),
        b'{"name":"A\\x","project_type":"B"}',
        b'{"name":"A\n","project_type":"B"}',
        b"\x00" * 100,
        b'{"name":"A","project_type":"B"}\x00',
        b"<?xml version='1.0'?><project/>",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=range(26),
)
def test_what_is_no_json_object_is_refused(untouched: Client, body: bytes) -> None:
    """No JSON, cut off, in another encoding, endlessly nested, or no object: 400 in words."""
    problem(untouched.post("/projects/", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("final_price", "NaN"),
        ("final_price", "Infinity"),
        ("final_price", "-Infinity"),
        ("final_price", "1e400"),
        ("final_price", "-1e400"),
        ("final_price", "1e999999999999"),
        ("final_price", "9" * 5000),
        ("final_price", "0." + "9" * 5000 + "e99"),
        ("final_price", "0x10"),
        ("final_price", "01"),
        ("final_price", "1."),
        ("final_price", "+1"),
        ("final_price", "1_000"),
        ("final_price", '"1.000,50"'),
        ("final_price", "[1]"),
        ("complexity", "1e400"),
        ("complexity", "9" * 5000),
        ("complexity", "2.0000001"),
        ("complexity", "true"),
        ("complexity", '"3"'),
        ("labor_hours", "1e400"),
        ("name", '"\\ud800"'),
        ("name", '"\\udc00\\ud800"'),
        ("name", '"a\\u0000b"'),
        ("description", '"\\ud83e"'),
        ("description", '"\\u0000"'),
        ("region", '"\\u0000"'),
        ("wood_type", '"\\ud800"'),
        ("project_type", '"x\\u0000"'),
        ("description", "[" * 500 + "]" * 500),
        ("description", "{" + '"a":{' * 500 + "}" * 501),
    ],
)
def test_a_hostile_value_is_refused(untouched: Client, field: str, value: str) -> None:
    """Not a number, endless digits, half a character: 400, naming the field if it is JSON."""
    answer = untouched.post("/projects/", content=_body(**{field: value}), headers=JSON)
    told = problem(answer, 400)
    try:
        decoded = json.loads(_body(**{field: value}), parse_int=str, parse_constant=_no_json)
    except ValueError:
        return
    assert decoded
    problem(answer, 400, field)
    assert len(answer.content) < 5_000, told


def _no_json(word: str) -> Any:
    raise ValueError(word)


@pytest.mark.parametrize("value", ["1e-400", "0.000000000000000000001", "-0.0", "-0", "0e99999"])
def test_a_tiny_number_is_rounded(firm: Firm, value: str) -> None:
    """What is nearer to zero than half a cent is zero euros, without a minus."""
    answer = firm.manager.post("/projects/", content=_body(final_price=value), headers=JSON)
    assert answer.status_code == 201, answer.text
    assert '"final_price":0.00' in answer.text.replace(" ", "")


def test_a_key_that_stands_twice_is_refused(untouched: Client) -> None:
    """Two names for one project: which was meant can't be known."""
    body = b'{"name":"A","project_type":"B","name":"C"}'
    problem(untouched.post("/projects/", content=body, headers=JSON), 400, "name")


def test_a_byte_order_mark_is_read_over_or_refused(firm: Firm) -> None:
    """Windows tools put one in front; it is no server error."""
    answer = firm.manager.post("/projects/", content=b"\xef\xbb\xbf" + SOUND, headers=JSON)
    assert answer.status_code in {201, 400}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/jsonlines",
        "nonsense",
        "/",
    ],
)
def test_another_content_type_is_refused(untouched: Client, kind: str) -> None:
    """415, even where the bytes happen to be JSON."""
    answer = untouched.post("/projects/", content=SOUND, headers={"content-type": kind})
    problem(answer, 415)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "Application/JSON",
    ],
)
def test_every_spelling_of_json_is_read(firm: Firm, kind: str) -> None:
    """Case and charset of the content type do not matter."""
    answer = firm.manager.post("/projects/", content=SOUND, headers={"content-type": kind})
    assert answer.status_code == 201, answer.text


def test_a_body_without_a_content_type_is_read_as_json(firm: Firm) -> None:
    """There is nothing else that it could be."""
    assert firm.manager.post("/projects/", content=SOUND).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
def test_a_compressed_body_is_refused(untouched: Client, encoding: str) -> None:
    """A bomb is never unpacked: 415 names the encoding."""
    packed = zlib.compress(SOUND) if encoding == "deflate" else gzip.compress(SOUND + b" " * 10**7)
    headers = {**JSON, "content-encoding": encoding}
    problem(untouched.post("/projects/", content=packed, headers=headers), 415)


def test_a_bomb_that_says_it_is_plain_is_refused(untouched: Client) -> None:
    """Gzip bytes without the header are no JSON."""
    packed = gzip.compress(b" " * 10**7)
    problem(untouched.post("/projects/", content=packed, headers=JSON), 400)


def test_a_body_that_is_too_large_is_refused(untouched: Client) -> None:
    """413 with the limit in words, whether the length is told before or not."""
    body = _body(description='"' + "x" * 20_000_000 + '"')
    told = problem(untouched.post("/projects/", content=body, headers=JSON), 413)
    assert any(char.isdigit() for char in told["detail"])

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 1_000_000):
            yield body[start : start + 1_000_000]

    problem(untouched.post("/projects/", content=pieces(), headers=JSON), 413)


def test_a_told_length_is_enough_to_refuse(firm: Firm) -> None:
    """A stranger who announces a gigabyte is refused before sending it."""
    head = (
        "POST /api/v1/projects/ HTTP/1.1\r\nHost: firm\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {firm.manager.token}\r\nContent-Length: 1000000000\r\n\r\n"
    )
    assert _first_line(firm, head.encode() + b'{"name":') == b"HTTP/1.1 413 "
    stranger = head.replace("Authorization: Bearer", "X-Other:")
    assert _first_line(firm, stranger.encode() + b'{"name":') == b"HTTP/1.1 401 "


def _first_line(firm: Firm, request: bytes) -> bytes:
    address = urlsplit(firm.root)
    with socket.create_connection((str(address.hostname), address.port or 80), 20) as connection:
        connection.sendall(request)
        return connection.recv(13)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /api/v1/projects/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /api/v1/projects/%FF%FE HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health?\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"POST /api/v1/projects/ HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=range(8),
)
def test_odd_bytes_are_no_server_error(firm: Firm, request_bytes: bytes) -> None:
    """Whatever comes over the wire, the answer is no 500 and the next request is served."""
    try:
        line = _first_line(firm, request_bytes)
    except ConnectionError:
        line = b""
    assert not line.startswith(b"HTTP/1.1 5"), line
    assert firm.stranger.get(f"{firm.root}/health/live").status_code == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/similarity/find-similar", "query"),
        ("/similarity/batch-similar", "queries"),
        ("/predictions/predict/", "project_type"),
        ("/auth/login", "email"),
        ("/auth/refresh", "refresh_token"),
        ("/users", "email"),
        ("/auth/password", "current_password"),
    ],
)
def test_every_post_names_what_is_missing_and_what_is_unknown(
    firm: Firm, path: str, field: str
) -> None:
    """`{}` names a needed field, `{"nonsense": 1}` names the unknown one, `[` is no JSON."""
    problem(firm.admin.post(path, json={}), 400, field)
    problem(firm.admin.post(path, json={"nonsense": 1}), 400, "nonsense")
    problem(firm.admin.post(path, content=b"[", headers=JSON), 400)
    problem(firm.admin.post(path, content=b"", headers=JSON), 400)
    problem(firm.admin.post(path, content=b"a=b", headers={"content-type": "text/plain"}), 415)
    deep = b'{"nonsense":' + b"[" * 50_000
    problem(firm.admin.post(path, content=deep, headers=JSON), 400)


def test_a_huge_unknown_name_is_not_thrown_back(firm: Firm) -> None:
    """A problem document stays small whatever was sent."""
    answer = firm.manager.post("/projects/", json={"x" * 100_000: 1, str(uuid4()): 2})
    problem(answer, 400)
    assert len(answer.content) < 5_000


def test_thousands_of_unknown_fields_are_refused_briefly(firm: Firm) -> None:
    """The first are named; the answer does not grow with the attack."""
    answer = firm.manager.post("/projects/", json={f"field_{n}": 1 for n in range(5_000)})
    problem(answer, 400)
    assert len(answer.content) < 50_000
