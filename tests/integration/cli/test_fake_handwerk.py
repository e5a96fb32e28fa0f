import httpx
from tests.integration.cli.fake_handwerk import HANG_UP, TOKEN, FakeHandwerk, Reply

SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}


def test_it_refuses_in_the_order_of_the_contract(fake: FakeHandwerk) -> None:
    """Without the token everything is 401; with it an unknown path is 404; as problem documents."""
    stranger = httpx.get(f"{fake.url}/api/v1/unknown")
    known = httpx.get(f"{fake.url}/api/v1/unknown", headers=SIGNED_IN)
    assert (stranger.status_code, known.status_code) == (401, 404)
    assert stranger.json()["detail"]


def test_it_answers_in_turn_and_then_the_last_for_ever(fake: FakeHandwerk) -> None:
    """Answers come in the order that was laid out."""
    fake.says("GET", "/x", Reply(202), Reply(200))
    statuses = [httpx.get(f"{fake.url}/api/v1/x", headers=SIGNED_IN).status_code for _ in range(3)]
    assert statuses == [202, 200, 200]


def test_it_reads_a_form(fake: FakeHandwerk) -> None:
    """The parts of a multipart body are had by name."""
    httpx.post(f"{fake.url}/", data={"a": "ä"}, files={"file": b"\0\xff"}, headers=SIGNED_IN)
    assert fake.asked[-1].form == {"a": "ä".encode(), "file": b"\0\xff"}


def test_it_hangs_up(fake: FakeHandwerk) -> None:
    """A broken connection is no answer at all."""
    fake.says("GET", "/x", HANG_UP)
    try:
        httpx.get(f"{fake.url}/api/v1/x", headers=SIGNED_IN)
    except httpx.TransportError:
        return
    raise AssertionError("it answered")
