"""The sign-in and user routes behind the gate, over a firm in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from tests.unit.identity.support import PASSWORD, Firm

from handwerk.adapters.filesystem.erasures import ErasureFiles
from handwerk.adapters.memory.identity import MemorySecurityRecorder
from handwerk.adapters.memory.receipts import MemoryReceipts
from handwerk.domain.identity.authentication import Authenticator
from handwerk.domain.identity.errors import NotSignedIn
from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Role
from handwerk.domain.kernel.errors import HandwerkError
from handwerk.entrypoints.http import problems
from handwerk.entrypoints.http.access_log import AccessLog
from handwerk.entrypoints.http.cors import Cors
from handwerk.entrypoints.http.doors import DoorLog
from handwerk.entrypoints.http.gate import Gate
from handwerk.entrypoints.http.json import JSONResponse, StrictRequest
from handwerk.entrypoints.http.metrics import RequestMetrics
from handwerk.entrypoints.http.needs import provide
from handwerk.entrypoints.http.permissions import PermissionCheck
from handwerk.entrypoints.http.proxies import Proxies
from handwerk.entrypoints.http.routes import access, auth, users

LOCAL_TOKEN = "the local token of a test"


class Api:
    """A client of the firm's API."""

    def __init__(self, firm: Firm, client: httpx.AsyncClient) -> None:
        self.firm = firm
        self.client = client

    async def send(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=sent)

    async def login(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.send("POST", "/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def token(self, role: Role = Role.ADMIN) -> str:
        """The access token of a new user of that role."""
        email = f"{role}@firma.de"
        await self.firm.hire(email, role, name="Chris")
        return str((await self.login(email))["access_token"])


@asynccontextmanager
async def served(
    logs: Path, anonymous_role: Role | None = None, proxies: Sequence[IPv4Network] = ()
) -> AsyncIterator[Api]:
    """A client of a new firm."""
    firm = Firm()
    firm.authenticator = Authenticator(
        firm.tokens,
        firm.sessions,
        firm.clock,
        keys=firm.keys,
        local_token=LOCAL_TOKEN,
        anonymous_role=anonymous_role,
    )
    gate = Gate(
        _litestar(firm, logs),
        authenticator=firm.authenticator,
        limit=None,
        cors=Cors(frozenset()),
        metrics=RequestMetrics(),
        log=AccessLog(logs / "access.jsonl"),
        by_ticket=_no_ticket,
        doors=DoorLog(MemorySecurityRecorder(firm.store.security)),
        proxies=Proxies(proxies),
    )
    transport = httpx.ASGITransport(gate)  # type: ignore[arg-type]  # the same protocol by another name
    async with httpx.AsyncClient(transport=transport, base_url="http://firm") as client:
        yield Api(firm, client)


async def _no_ticket(_ticket: str, _task: UUID) -> Actor:
    raise NotSignedIn


def _litestar(firm: Firm, folder: Path) -> Litestar:
    return Litestar(
        [Router("/api/v1", route_handlers=[auth.router, access.router, users.router])],
        dependencies={
            "address_limit": provide(lambda: firm.address_limit),
            "api_keys": provide(lambda: firm.keys),
            "authenticator": provide(lambda: firm.authenticator),
            "clock": provide(lambda: firm.clock),
            "erasures": provide(lambda: ErasureFiles([folder / "erasures.jsonl"])),
            "passwords": provide(lambda: firm.passwords),
            "receipts": provide(lambda: MemoryReceipts(firm.store.receipts)),
            "sessions": provide(lambda: firm.sessions),
            "sign_in_limit": provide(lambda: firm.limit),
            "tokens": provide(lambda: firm.tokens),
            "transactions": provide(lambda: firm.store.transaction),
            "users": provide(lambda: firm.users),
        },
        exception_handlers={
            HandwerkError: problems.answer_domain_error,
            HTTPException: problems.answer_http_error,
        },
        middleware=[PermissionCheck()],
        request_class=StrictRequest,
        response_class=JSONResponse,
        state=State({"find": {"user": firm.users.get}}),
        logging_config=None,
        openapi_config=None,
    )
