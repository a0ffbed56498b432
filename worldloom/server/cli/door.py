"""One way to a realm for every command: over HTTP where a server runs on it, else by its file."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import apsw

from worldloom.kernel.errors import NotFound, Unavailable, WorldloomError
from worldloom.server.cli.words import REALM
from worldloom.stores.connections import errors_of, open_reader

SERVER_KEY, CLAIM_KEY = "server", "claim_hash"
PAGE = 1_000


class Door(Protocol):
    """What the commands ask of a realm; errors are those of the kernel."""

    def worlds(self) -> list[dict[str, Any]]:
        """Return {name, title, seq} of each world."""
        ...

    def log(self, world: str, after: int) -> Iterator[dict[str, Any]]:
        """Yield the records after a seq, as HTTP tells them."""
        ...

    def at(self, world: str, seq: int | None) -> dict[str, Any]:
        """Return {seq, state_hash, entities}."""
        ...

    def proof(self, world: str, seq: int) -> bytes:
        """Return the proof of a record as the file that is saved."""
        ...

    def actions(self, world: str) -> list[dict[str, Any]]:
        """Return the actions that the command line may do."""
        ...

    def do(
        self, world: str, action: str, args: Mapping[str, Any], token: str = "", dry: bool = False,
        key: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Do one action, or only decide it, by a token if there is one; return {seq, result}.

        key: asked again with it, it is done once.
        """
        ...

    def request(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Return how far a long request is: {seq, state, done, total, text, answer?}."""
        ...

    def cancel(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Take it back, if it is not answered yet."""
        ...

    def fork(self, world: str, name: str, seq: int | None, title: str = "") -> dict[str, Any]:
        """Make a fork; return {world, seq, parent, url}."""
        ...

    def token(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Make a token, as POST /api/auth/tokens does."""
        ...

    def tokens(self, account: str) -> list[dict[str, Any]]:
        """Return an account's tokens."""
        ...

    def revoke(self, id: str) -> None:
        """Revoke a token."""
        ...

    def add_device(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Register a machine, as POST /api/auth/devices does."""
        ...

    def devices(self, account: str) -> list[dict[str, Any]]:
        """Return an account's machines."""
        ...

    def drop_device(self, id: str) -> None:
        """Let a machine in no more."""
        ...

    def set_budget(self, id: str, budget: int) -> dict[str, Any]:
        """Let a machine spend so much in all; return it as it stands then."""
        ...

    def agents(self) -> list[dict[str, Any]]:
        """Return every agent of the realm."""
        ...

    def stop(self, account: str, name: str) -> None:
        """Stop an agent of an account; without a name all of it, without an account all."""
        ...

    def approvals(self) -> list[dict[str, Any]]:
        """Return what agents ask a person for."""
        ...

    def approve(self, id: str, yes: bool) -> dict[str, Any]:
        """Decide what an agent asked for; return it as it stands then."""
        ...

    def forget(self, account: str) -> dict[str, Any]:
        """Forget a person; return {account, worlds, plain}."""
        ...

    def bring(self, path: Path, world: str | None, name: str | None) -> dict[str, Any]:
        """Import a world of a realm file, or its only one, under its own or another name."""
        ...

    def asset(self, sha256: str) -> bytes:
        """Return an asset's bytes."""
        ...


@contextmanager
def open_realm(path: Path, create: bool = False) -> Iterator[Door]:
    """Yield the way to a realm: its running server, or its file."""
    server = running_server(path)
    if server is not None:
        yield Remote(server)
        return
    # The default one is made when absent; any other name may be a slip.
    if not create and path != REALM and not path.exists():
        raise no_realm(path)
    # Loading a world takes the kernel; asking a server takes none of it.
    from worldloom.server.cli.closed import Closed

    if not path.exists():
        told = "a new realm begins in {}; one that is elsewhere is named by --realm"
        print(told.format(path.absolute()), file=sys.stderr)
    closed = Closed(path)
    try:
        yield closed
    finally:
        closed.close()


def no_realm(path: Path) -> NotFound:
    """Make the error for a file that is not there."""
    return NotFound(
        f"there is no realm file {path}", "make one by `loom run`, or name it by --realm",
        code="no_realm",
    )  # fmt: skip


def running_server(path: Path) -> dict[str, Any] | None:
    """Return {url, pid, secret} of the server that answers for this file, if any."""
    # SQLite follows links, and so must we: a second writer would sweep what a server takes in.
    path = Path(os.path.realpath(path))
    # Where one runs, its write-ahead log lies beside the file; a closed file is not touched.
    if not (path.exists() and Path(f"{path}-wal").exists()):
        return None
    row = _setting(path, SERVER_KEY)
    if row is None:
        return None
    from worldloom.server.serving_probe import is_alive

    server = noted(row, str(path))
    return server if server is not None and is_alive(server) else None


def is_claimed(path: Path) -> bool:
    """Tell whether the owner's link of a realm was used."""
    return bool(_setting(path, CLAIM_KEY) == b"")


def has_owner(path: Path) -> bool:
    """Tell whether somebody owns a realm, though another owner's link may be open."""
    from worldloom.server.auth import is_owned

    return is_owned(_setting(path, CLAIM_KEY))


def _setting(path: Path, key: str) -> Any:
    """Return what a realm's file has under a key, read beside the server that serves it."""
    with errors_of(str(path)):
        connection = open_reader(str(path))
        try:
            return connection.execute("SELECT value FROM meta WHERE key=?", (key,)).get
        except apsw.SQLError:
            return None  # a draft's file has no settings
        finally:
            connection.close()


def noted(row: Any, path: str) -> dict[str, Any] | None:
    """Return what a server of this very file wrote of itself; None for whatever else is there."""
    try:
        found = json.loads(row)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("file", "") not in ("", file_id(path)):
        return None  # the server of the file that this one is a copy of
    if not str(found.get("url", "http://")).startswith(("http://", "https://")):
        return None
    return found


def file_id(path: str) -> str:
    """Return what tells a file from a copy of it; nothing where the system does not know."""
    try:
        about = os.stat(path)
    except OSError:
        return ""
    return f"{about.st_dev}:{about.st_ino}"


class Remote:
    """A realm that a running server holds."""

    def __init__(self, server: Mapping[str, Any]) -> None:
        self._url = str(server["url"])
        self._secret = str(server["secret"])

    def worlds(self) -> list[dict[str, Any]]:
        """Ask for the list."""
        found: list[dict[str, Any]] = self._ask("GET", "api/worlds")["worlds"]
        return found

    def log(self, world: str, after: int) -> Iterator[dict[str, Any]]:
        """Ask for the records, page by page."""
        while True:
            page = self._ask("GET", f"api/worlds/{part(world)}/events?after={after}&limit={PAGE}")
            if not page["records"]:
                return
            yield from page["records"]
            after = page["records"][-1]["seq"]

    def at(self, world: str, seq: int | None) -> dict[str, Any]:
        """Ask for a state."""
        query = "" if seq is None else f"?seq={seq}"
        found: dict[str, Any] = self._ask("GET", f"api/worlds/{part(world)}/state{query}")
        return found

    def proof(self, world: str, seq: int) -> bytes:
        """Ask for a proof."""
        return self._send("GET", f"api/worlds/{part(world)}/proof/{seq}", None, {})

    def actions(self, world: str) -> list[dict[str, Any]]:
        """Ask what may be done."""
        found: list[dict[str, Any]] = self._ask("GET", f"api/worlds/{part(world)}/actions")[
            "actions"
        ]
        return found

    def do(
        self, world: str, action: str, args: Mapping[str, Any], token: str = "", dry: bool = False,
        key: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """Do an action; a repetition after a cut line does it once."""
        headers = {"Idempotency-Key": key or secrets.token_hex(8), **bearer(token)}
        path = f"api/worlds/{part(world)}/actions/{part(action)}{'?dry_run=1' if dry else ''}"
        found: dict[str, Any] = self._ask("POST", path, dict(args), headers)
        return found

    def request(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Ask how far it is."""
        path = f"api/worlds/{part(world)}/requests/{seq}"
        found: dict[str, Any] = self._ask("GET", path, None, bearer(token))
        return found

    def cancel(self, world: str, seq: int, token: str = "") -> dict[str, Any]:
        """Take it back."""
        path = f"api/worlds/{part(world)}/requests/{seq}"
        found: dict[str, Any] = self._ask("DELETE", path, None, bearer(token))
        return found

    def fork(self, world: str, name: str, seq: int | None, title: str = "") -> dict[str, Any]:
        """Ask for a fork."""
        wish = {"name": name, "seq": seq, "title": title}
        made: dict[str, Any] = self._ask("POST", f"api/worlds/{part(world)}/fork", wish)
        return made

    def renew_claim(self) -> str:
        """Ask for another owner's link; return its secret."""
        return str(self._ask("POST", "api/auth/claim", {"claim": "", "again": True})["claim"])

    def token(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a token."""
        made: dict[str, Any] = self._ask("POST", "api/auth/tokens", dict(wish))
        return made

    def tokens(self, account: str) -> list[dict[str, Any]]:
        """Ask for an account's tokens."""
        query = urllib.parse.urlencode({"account": account})
        found: list[dict[str, Any]] = self._ask("GET", f"api/auth/tokens?{query}")["tokens"]
        return found

    def revoke(self, id: str) -> None:
        """Ask for it."""
        self._ask("DELETE", f"api/auth/tokens/{part(id)}")

    def add_device(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for it."""
        made: dict[str, Any] = self._ask("POST", "api/auth/devices", dict(wish))
        return made

    def devices(self, account: str) -> list[dict[str, Any]]:
        """Ask for an account's machines."""
        query = urllib.parse.urlencode({"account": account})
        found: list[dict[str, Any]] = self._ask("GET", f"api/auth/devices?{query}")["devices"]
        return found

    def drop_device(self, id: str) -> None:
        """Ask for it."""
        self._ask("DELETE", f"api/auth/devices/{part(id)}")

    def set_budget(self, id: str, budget: int) -> dict[str, Any]:
        """Ask for it."""
        found: dict[str, Any] = self._ask(
            "PATCH", f"api/auth/devices/{part(id)}", {"budget": budget}
        )
        return found

    def agents(self) -> list[dict[str, Any]]:
        """Ask for the list."""
        found: list[dict[str, Any]] = self._ask("GET", "api/auth/agents?all=1")["agents"]
        return found

    def stop(self, account: str, name: str) -> None:
        """Ask for it."""
        whose = urllib.parse.urlencode({"account": account} if account else {"all": 1})
        self._ask("DELETE", f"api/auth/agents{f'/{part(name)}' if name else ''}?{whose}")

    def approvals(self) -> list[dict[str, Any]]:
        """Ask for the list."""
        found: list[dict[str, Any]] = self._ask("GET", "api/auth/approvals")["approvals"]
        return found

    def approve(self, id: str, yes: bool) -> dict[str, Any]:
        """Say yes or no."""
        path = f"api/auth/approvals/{urllib.parse.quote(id, safe='')}"
        found: dict[str, Any] = self._ask("POST", path, {"approve": yes})
        return found

    def forget(self, account: str) -> dict[str, Any]:
        """Ask for it."""
        found: dict[str, Any] = self._ask("POST", "api/auth/forget", {"account": account})
        return found

    def bring(self, path: Path, world: str | None, name: str | None) -> dict[str, Any]:
        """Let the server read a file on its own machine."""
        wish = {"path": str(path.resolve()), "world": world, "name": name}
        found: dict[str, Any] = self._ask("POST", "api/realm/import", wish)
        return found

    def asset(self, sha256: str) -> bytes:
        """Ask for an asset."""
        return self._send("GET", f"assets/{sha256}", None, {})

    def _ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        return json.loads(self._send(method, path, body, headers or {}))

    def _send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
        from worldloom.server.serving_probe import own_machine

        request = urllib.request.Request(
            self._url + path,
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {self._secret}",
                "Content-Type": "application/json",
                **headers,
            },
            method=method,
        )
        for attempt in range(5):
            try:
                with urllib.request.urlopen(request, timeout=60, context=own_machine()) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                told = _error_of(error)
                if error.code in (429, 503) and attempt < 4:
                    time.sleep(float(error.headers.get("Retry-After", "1")))
                    continue
                raise told from None
            except (OSError, http.client.HTTPException) as error:
                raise Unavailable(f"the server does not answer: {error}") from None
        raise AssertionError("the last attempt returns or raises")


def part(name: str) -> str:
    """Return a name as one part of an address, whatever it holds; raises NotFound for none."""
    if not name:
        raise NotFound("an empty name names nothing", "write its name", code="not_found")
    return urllib.parse.quote(name, safe="")


def bearer(token: str) -> dict[str, str]:
    """Return the header of a token, if there is one; raises NotSignedIn for what none can carry."""
    if token and not (token.isascii() and token.isprintable()):
        from worldloom.server.auth import unknown_token

        raise unknown_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _error_of(error: urllib.error.HTTPError) -> WorldloomError:
    try:
        told = json.loads(error.read())["error"]
        found = WorldloomError(told["message"], told["fix"], code=told["code"])
        found.data = told.get("data", {})
        return found
    except (ValueError, KeyError, TypeError):
        return WorldloomError(
            f"the server answered {error.code}",
            "look into the server's log",
            code=f"http_{error.code}",
        )
