"""Every route declares the permission that it needs; one that declares none is refused."""

from collections.abc import Mapping
from typing import Any

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import Permission
from handwerk.domain.identity.ports import RateLimit
from handwerk.domain.kernel.errors import Forbidden
from handwerk.entrypoints.http.asking import refuse_strange

_KEY = "permission"
OPEN = "open"


def needs(permission: Permission, **more: Any) -> dict[str, Any]:
    """The route's `opt` that asks for `permission`."""
    return {_KEY: permission, **more}


def open_to_all(**more: Any) -> dict[str, Any]:
    """The route's `opt` where nobody need be signed in; the gate must know its path too."""
    return {_KEY: OPEN, **more}


def declared(opt: dict[str, Any]) -> Permission | str | None:
    """What a route declares, `None` if nothing."""
    return opt.get(_KEY)


class PermissionCheck(ASGIMiddleware):
    """Refuses before the handler's parameters or body are looked at; then, what it can't mean.

    A route's `instead` option names a permission that does as well. A route's `limit` option names
    one of `limits`, of which each request takes a permit.
    """

    def __init__(self, limits: Mapping[str, RateLimit] | None = None) -> None:
        super().__init__()
        self._limits = limits or {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request on to its handler, or raise `Forbidden`."""
        opt = scope["route_handler"].opt
        permission = declared(opt)
        if isinstance(permission, Permission):
            _require(scope["actor"], permission, opt.get("instead"))  # type: ignore[typeddict-item]  # set by the gate
        elif permission != OPEN and scope.get("method") != "OPTIONS":
            raise Forbidden("This operation is open to nobody.")
        limit = self._limits.get(opt.get("limit", ""))
        if limit is not None:
            actor: Actor = scope["actor"]  # type: ignore[typeddict-item]  # set by the gate
            (await limit.take(str(actor.user_id or actor.role))).require()
        refuse_strange(scope)
        await next_app(scope, receive, send)


def _require(actor: Actor, permission: Permission, instead: Permission | None) -> None:
    if instead is None or not actor.may(instead):
        actor.require(permission)
