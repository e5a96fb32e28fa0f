"""Stopping the program, and starting it where another one is."""

import json
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tests.integration.whole.firm import Firm, told
from tests.integration.whole.program import NO_MODEL, Program, alive_on, ran, running, until


class HalfSent:
    """A job of which the server has the head and waits for the rest."""

    def __init__(self, program: Program, name: str) -> None:
        self._body = json.dumps({"name": name, "project_type": "Möbel"}).encode()
        head = (
            "POST /api/v1/projects/ HTTP/1.1\r\nHost: handwerk\r\n"
            f"Authorization: Bearer {program.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self._body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self._socket = socket.create_connection(_address(program), timeout=60)
        self._socket.sendall(head.encode())
        # It says so when the application asks for the body.
        assert self._socket.recv(1000).startswith(b"HTTP/1.1 100 ")

    def finished(self) -> bytes:
        """The status line of the answer, once the rest is sent."""
        self._socket.sendall(self._body)
        with self._socket, self._socket.makefile("rb") as answer:
            return answer.readline()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_signal_ends_everything_and_loses_nothing(data: Path) -> None:
    """Ctrl-C while the model loads, SIGTERM, a closed terminal: always amid requests and an import.

    The exit code is 0, nobody is shown a traceback, no process is left, a request that was half
    sent is still answered, and all that was acknowledged is there at the next start.
    """
    firm = Firm()
    first = Program(data)
    _stopped(first, signal.SIGINT, firm)
    assert 'File "' not in first.said()
    _stopped(Program(data, **NO_MODEL), signal.SIGTERM, firm)
    _stopped(Program(data, **NO_MODEL), signal.SIGHUP, firm)
    with running(data, **NO_MODEL) as following, following.client() as client:
        firm.finish_tasks(client)
        firm.check(following)


def _stopped(program: Program, number: signal.Signals, firm: Firm) -> None:
    program.comes_up()
    before, name = len(firm.safe), f"half sent at {number.name}"
    with program.client() as client, firm.busy(program):
        task = firm.import_many(client, "skip")
        until(lambda: told(client, task)["status"] != "PENDING", "the import has begun")
        until(lambda: len(firm.safe) > before + 5, "people's jobs are acknowledged")
        firm.sent.add(name)
        request = HalfSent(program, name)
        program.send(number)
        until(lambda: _refuses(program), f"the server listens no more after {number.name}")
        assert request.finished() == b"HTTP/1.1 201 Created\r\n"
        firm.safe.add(name)
    assert program.ends() == 0, program.said()
    assert alive_on(program.data) == []
    assert not (program.data / "run.json").exists()


def test_a_signal_during_the_first_start_leaves_nothing_running(data: Path) -> None:
    """While the database is being made, and the next start completes it."""
    program = Program(data)
    until((data / "pg.init").exists, "the database is being made")
    program.send(signal.SIGTERM)
    program.ends()
    assert alive_on(data) == []
    assert "Traceback" not in program.said()
    with running(data, **NO_MODEL) as following, following.client() as client:
        assert client.get("/projects/").json() == []


def test_a_second_start_is_refused_in_a_sentence(data: Path) -> None:
    """Beside a program that runs: on its folder, and on its port. It does not notice."""
    with running(data, **NO_MODEL) as program:
        _, port = _address(program)
        second = ran(data, "serve")
        third = ran(data.with_name("other"), "serve", PORT=str(port))
        assert httpx.get(f"{program.url}/health/ready").is_success
    assert (second.returncode, third.returncode) == (1, 1)
    [sentence] = [line for line in second.stderr.splitlines() if line.startswith("handwerk: ")]
    assert f"{data} is in use by process {program.pid}." in sentence
    assert third.stderr == (
        f"handwerk: Can't listen on 127.0.0.1:{port} (Address already in use)."
        " Choose another port, for example: PORT=8001 make run\n"
    )
    assert not data.with_name("other").exists()


def _address(program: Program) -> tuple[str, int]:
    parts = urlsplit(program.url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def _refuses(program: Program) -> bool:
    try:
        socket.create_connection(_address(program)).close()
    except ConnectionRefusedError:
        return True
    return False
