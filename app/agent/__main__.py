"""`python -m app.agent`: the lake for agents, by the Model Context Protocol.

On stdin and stdout, for a client that starts it; with --http at an address, for those that ask one.
Everything that is logged goes to stderr: stdout is the protocol's.
"""

import argparse
import sys
from datetime import UTC, datetime

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from app.agent import sql
from app.agent.serve import server
from app.agent.survey import figures, report, survey
from app.agent.token import Token
from app.health import alive, health
from app.http.limit import Limit
from app.monitoring.metrics_page import metrics_page
from engine.access import asked_by
from engine.lake import data_folder
from refresh.operate.lifecycle import me, note_evidence

LOCAL = ("127.0.0.1", "localhost", "::1")
PATH = "/mcp"


def main() -> int:
    """Serve until told to stop."""
    given = _parser().parse_args()
    try:
        sql.ready()
        if given.survey:
            made = survey()
            print(report(made))
            if given.evidence:
                at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
                note_evidence(data_folder(), figures(made), now=at)
        elif given.http:
            # Shiny's websockets are not served here; a short wait for what is being answered.
            uvicorn.run(
                over_http(given.host, given.allow),
                host=given.host,
                port=given.port,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        else:
            # Whoever started it has the machine's word for who they are.
            with asked_by(me(data_folder())):
                server().run("stdio")
    except KeyboardInterrupt:
        pass
    finally:
        sql.end_workers()
    return 0


def over_http(host: str = "127.0.0.1", allow: list[str] | None = None) -> Starlette:
    """The server as an ASGI application: /mcp, and for who watches it /healthz and /metrics.

    Takes:  where it listens; the names by which others reach it (`atlas.example.org`): a request
            that says another in Host is refused, so that no web page reaches it through a browser.
    """
    # Without sessions: every request stands for itself, so any of several processes answers it.
    served = server().streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        host=host,
        transport_security=_who_may_ask(host, allow or []),
    )
    served.router.routes += [
        Route("/healthz", health),
        Route("/healthz/live", alive),
        Route("/healthz/ready", health),
        Route("/metrics", metrics_page),
    ]
    # Who has no token is refused before anything of his is counted.
    served.user_middleware += [Middleware(Token), Middleware(Limit)]
    return served


def _who_may_ask(host: str, allow: list[str]) -> TransportSecuritySettings:
    names = [*(LOCAL if host in LOCAL else (host,)), *allow]
    hosts = [f"[{name}]" if ":" in name else name for name in names]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[one for name in hosts for one in (name, f"{name}:*")],
        allowed_origins=[
            f"{scheme}://{one}"
            for scheme in ("http", "https")
            for name in hosts
            for one in (name, f"{name}:*")
        ],
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.agent", description="The lake for agents (Model Context Protocol)."
    )
    parser.add_argument("--http", action="store_true", help=f"serve at http://HOST:PORT{PATH}")
    parser.add_argument(
        "--survey",
        action="store_true",
        help="ask the ten questions of this lake, and print a report",
    )
    parser.add_argument(
        "--evidence",
        action="store_true",
        help="of a survey: keep its figures as evidence of the eighth goal",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where it listens (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8100, help="(8100)")
    parser.add_argument(
        "--allow",
        action="append",
        metavar="NAME",
        help="a name by which others reach it, such as atlas.example.org; may be said again",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
