"""`loom run`, `loom dev` and `loom demo`: serve worlds."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.world import World
from worldloom.server.cli.words import Commands, add_realm, command, file


def add(commands: Commands) -> None:
    """Add the family."""
    serving = command(
        commands, "run", "serve worlds: those of FILE.py, or the plaza",
        "loom run --realm my.loom --port 7400", run,
    )  # fmt: skip
    serving.add_argument("files", nargs="*", type=file, metavar="FILE.py", help="worlds to serve")
    _add_options(serving)
    developing = command(
        commands, "dev", "serve FILE.py and load it again on every save",
        "loom dev hello.py", develop,
    )  # fmt: skip
    developing.add_argument("files", nargs="+", type=file, metavar="FILE.py")
    _add_options(developing)
    showing = command(
        commands, "demo", "serve the demo world of one kit", "loom demo plaza", demo
    )  # fmt: skip
    showing.add_argument("kit", metavar="KIT", help="an installed kit, for instance plaza")
    _add_options(showing)


def _add_options(parser: Any) -> None:
    add_realm(parser)
    parser.add_argument("--host", default="localhost", help="where to listen")
    parser.add_argument("--port", type=port, default=7400, help="0 chooses a free one")
    parser.add_argument(
        "--share", action="store_true", help="HTTPS for phones and headsets in this network"
    )
    parser.add_argument(
        "--tls", nargs=2, metavar=("CERT", "KEY"), help="PEM files of your own certificate"
    )
    parser.add_argument(
        "--name", action="append", default=[], dest="names", metavar="HOST",
        help="a name under which a reverse proxy serves it (again for more; '*' for any)",
    )  # fmt: skip
    parser.add_argument(
        "--proxy", action="append", default=[], dest="proxies", metavar="ADDRESS", type=proxy,
        help="an address or network from which a reverse proxy's X-Forwarded-For and -Proto are"
        " believed (again for more; this machine's always are)",
    )  # fmt: skip
    parser.add_argument(
        "--oidc", nargs=2, metavar=("ISSUER", "CLIENT_ID"),
        help="let people of an organisation sign in by OpenID Connect (its secret:"
        " $WORLDLOOM_OIDC_SECRET)",
    )  # fmt: skip
    parser.add_argument(
        "--trust", action="store_true", help="run the author code that the realm file carries"
    )
    parser.add_argument(
        "--log", choices=("plain", "json"), default="plain",
        help="what is wrong as lines for people, or all as one JSON object a line (stderr)",
    )  # fmt: skip
    parser.add_argument(
        "--drain", type=seconds, default=0.0, metavar="SECONDS",
        help="after SIGTERM, let those who are here go on so long; /readyz is 503 meanwhile",
    )  # fmt: skip
    parser.add_argument(
        "--guests", choices=("make", "visit"), default="",
        help="may guests make worlds of their own (usual on localhost without FILE.py) or visit",
    )  # fmt: skip


def port(text: str) -> int:
    """Return a port number, for argparse."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def proxy(text: str) -> str:
    """Return an IP address or a network such as 10.88.0.0/16, for argparse."""
    ipaddress.ip_network(text)
    return text


def seconds(text: str) -> float:
    """Return a span of time up to an hour, for argparse."""
    found = float(text)
    if not 0 <= found <= 3600:
        raise ValueError(text)
    return found


def run(given: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    return _serve(given, dev=False)


def develop(given: argparse.Namespace) -> int:
    """Serve and reload."""
    return _serve(given, dev=True)


def demo(given: argparse.Namespace) -> int:
    """Serve one kit's demo."""
    given.files = []
    return _serve(given, dev=False, kit=given.kit)


def _serve(
    given: argparse.Namespace, dev: bool, worlds: tuple[World, ...] = (), kit: str = ""
) -> int:
    # The server's parts are loaded by the commands that serve, so that the others start at once.
    from worldloom.server.serving import Options, serve

    if given.oidc:
        from worldloom.server.organisation import check_installed

        check_installed()
    return serve(
        Options(
            files=tuple(path.resolve() for path in given.files),
            worlds=worlds,
            kit=kit,
            realm=given.realm,
            host=given.host,
            port=given.port,
            share=given.share,
            tls=tuple(given.tls) if given.tls else None,
            trust=given.trust,
            names=tuple(given.names),
            proxies=tuple(given.proxies),
            dev=dev,
            oidc=tuple(given.oidc) if given.oidc else None,
            guests=given.guests,
            drain=given.drain,
            log=given.log,
        )
    )


def run_world(world: World, arguments: Sequence[str]) -> int:
    """Serve a world that a plain program made; `arguments` are those of `loom run`."""
    parser = argparse.ArgumentParser(prog=Path(sys.argv[0]).name)
    _add_options(parser)
    given = parser.parse_args(list(arguments) or sys.argv[1:])
    given.files = []
    try:
        return _serve(given, dev=False, worlds=(world,))
    except WorldloomError as error:
        print(f"{error}\n  fix: {error.fix}", file=sys.stderr)
        return 1
