"""Who may talk to the studio: every request passes here first, WebSockets included.

- **Host**: only the addresses that the server is meant to have. A foreign name that resolves to
  this machine (DNS rebinding) is refused.
- **Origin**: what changes something, and every WebSocket, has to come from the studio's own page.
- **Token**: made anew at each start, in the address that is printed; the page gets it as a cookie
  that other sites' requests don't carry and scripts can't read.
- Headers on every answer keep the page to its own files.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = ("GET", "HEAD")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Middleware.

    Args:
        app: What is guarded.
        hosts: Accepted host names, without ports.
        port: Where the server listens.
        numeric: Whether any numeric address is accepted as host too: a server that other machines
            reach has addresses it does not know, and rebinding needs a name.
        token: Of this start.

    Attributes:
        cookie: Its name; of this port, since cookies don't tell ports apart.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], port: int, token: str, *, numeric: bool = False
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.port, self.numeric = port, numeric
        self.token = token
        self.cookie = f"redraw-studio-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        entering = scope["type"] == "http" and scope["path"] == "/" and bool(given)
        why = self.refuse(scope, headers, given if entering else self._from_cookie(headers))
        if why:
            code = 401 if why.startswith("the address") else 403
            await _deny(scope, receive, send, why, code)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out[name] = value
                out.setdefault("cache-control", "no-store")
                if entering:
                    out["set-cookie"] = (
                        f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
                    )
            await send(message)

        await self.app(scope, receive, send_guarded)

    def refuse(self, scope: Scope, headers: Headers, token: str) -> str | None:
        """Why a request is refused, or None."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._is_ours(host):
            return f"the host {host[:60]!r} is not this studio's"
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes and headers.get("origin", "") != f"http://{host}":
            return "the request does not come from the studio's own page"
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return "the address lacks the token of this start; open the one that was printed"
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if port != self.port or parts.username is not None or parts.path:
            return False
        if name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.numeric

    def _from_cookie(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return ""
        return found.value if found else ""


def new_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


async def _deny(scope: Scope, receive: Receive, send: Send, why: str, code: int) -> None:
    if scope["type"] == "websocket":
        await receive()  # its connect; closing before accepting answers 403
        await send({"type": "websocket.close", "code": 1008})
        return
    response = PlainTextResponse(f"redraw studio: {why}\n", code, dict(HEADERS))
    await response(scope, receive, send)
