"""OPTIONS, answered with every method of the path: Litestar tells those of its first handler."""

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class AllMethods:
    """Passes every request on to `app`; an answer to OPTIONS gets the whole `Allow`."""

    def __init__(self, app: Litestar) -> None:
        self._app: ASGIApp = app
        self._allow = {
            route.path_format: ", ".join(sorted(route.methods)).encode()
            for route in app.routes
            if isinstance(route, HTTPRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("method") == "OPTIONS":
            send = self._told(scope, send)
        await self._app(scope, receive, send)

    def _told(self, scope: Scope, send: Send) -> Send:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                allow = self._allow.get(str(scope.get("path_template")))
                others = [pair for pair in message["headers"] if pair[0].lower() != b"allow"]
                if allow is not None and len(others) < len(list(message["headers"])):
                    message = {**message, "headers": [*others, (b"allow", allow)]}
            await send(message)

        return told
