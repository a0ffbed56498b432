"""A machine comes in by its own key: once for each request, soon, here, and until it is removed."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.server.asking import Browser, Reply, Site
from tests.server.test_cli import done, loom
from tests.server.test_passkeys import at_home, keep, key_of
from worldloom.server.devices import words
from worldloom.testing.fixtures import Server

ASK = "/api/auth/devices/token"


class Machine:
    """A thermostat, say."""

    def __init__(self, site: Site, **wish: Any) -> None:
        self.site = site
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes_raw().hex()
        self.wish = {"public_key": public, "account": "heating", "role": "builder", **wish}
        self.id = ""

    def register(self) -> Reply:
        reply = self.site.owner().post("/api/auth/devices", self.wish)
        self.id = reply.json.get("id", self.id)
        return reply

    def asks(self, **change: Any) -> dict[str, Any]:
        asked: dict[str, Any] = {"device": self.id, "time": int(time.time()), **change}
        asked.setdefault("nonce", secrets.token_hex(8))
        host = asked.pop("host", urlsplit(self.site.server.url).netloc)
        said = words(asked["device"], host, asked["time"], asked["nonce"])
        return {**asked, "signature": self.key.sign(said).hex()}

    def token(self, **change: Any) -> Reply:
        return self.site.nobody.post(ASK, self.asks(**change))


def bearer(site: Site, reply: Reply) -> Browser:
    return Browser(site.server.url, {"Authorization": f"Bearer {reply.json['token']}"})


def test_a_machine_acts_by_a_token_that_its_key_signed_for(site: Site) -> None:
    machine = Machine(site, scopes=["look", "act"], label="thermostat")
    assert machine.register().status == 201
    assert machine.register().code == "known_key"
    made = machine.token()
    assert made.status == 201 and made.json["expires"] > time.time() * 1e6
    bot = bearer(site, made)
    assert bot.act("hello", "say", text="21 degrees").status == 200
    assert bot.act("hello", "spawn", name="box").code == "missing_scope"
    listed = site.owner().get("/api/auth/devices?account=heating").json["devices"]
    assert "thermostat" in [one["label"] for one in listed]


def test_a_new_token_replaces_the_one_before(site: Site) -> None:
    machine = Machine(site, account="pump")
    machine.register()
    first = bearer(site, machine.token())
    second = bearer(site, machine.token())
    assert first.get("/api/worlds/hello").status == 401
    assert second.get("/api/worlds/hello").status == 200
    assert len(site.owner().get("/api/auth/tokens?account=pump").json["tokens"]) == 1


def test_a_request_serves_once_and_soon_and_here(site: Site) -> None:
    machine = Machine(site, account="valve")
    machine.register()
    asked = machine.asks()
    assert site.nobody.post(ASK, asked).status == 201
    wrong = [
        asked,
        machine.asks(time=int(time.time()) - 3600),
        machine.asks(host="other.example"),
        {**machine.asks(), "signature": "0" * 128},
        {**machine.asks(), "nonce": "12345678"},
        machine.asks(device="nothing"),
    ]
    for one in wrong:
        assert site.nobody.post(ASK, one).code in ("bad_device", "too_many_tries"), one
    assert site.nobody.post(ASK, {**machine.asks(), "nonce": "?"}).status == 422


def test_a_machine_that_is_removed_is_out_at_once(site: Site) -> None:
    machine = Machine(site, account="fan")
    machine.register()
    bot = bearer(site, machine.token())
    assert site.guest().delete(f"/api/auth/devices/{machine.id}").status == 403
    assert bot.delete(f"/api/auth/devices/{machine.id}").status == 403
    assert site.owner().delete(f"/api/auth/devices/{machine.id}").status == 200
    assert bot.get("/api/worlds/hello").status == 401
    assert machine.token().code in ("bad_device", "too_many_tries")
    assert site.owner().delete(f"/api/auth/devices/{machine.id}").status == 404


def test_to_stop_a_machine_or_to_revoke_its_token_ends_its_key(site: Site) -> None:
    person = site.guest()
    assert keep(site, person, key_of(site), name="Dev").status == 201
    account = person.get("/api/auth/me").json["account"]
    for how in ("agents", "tokens"):
        kept, machine = Machine(site, account=account), Machine(site, account=account)
        assert kept.register().status == machine.register().status == 201
        assert machine.token().status == kept.token().status == 201
        agent = person.get("/api/auth/agents").json["agents"][-2]
        name = agent["name"] if how == "agents" else agent["tokens"][0]
        stopped = person.ask("DELETE", f"/api/auth/{how}/{name}", None, at_home(site))
        assert stopped.status == 200
        tokens = person.get("/api/auth/tokens").json["tokens"]
        assert agent["name"] not in [one["acts_as"] for one in tokens]
        assert machine.token().code in ("bad_device", "too_many_tries")
        left = [one["id"] for one in person.get("/api/auth/devices").json["devices"]]
        assert kept.id in left and machine.id not in left


SHOP = '''"""A shop where machines buy."""

from worldloom import Visitor, World

world = World("shop")


@world.action(cost=60, approval=False)
def order(visitor: Visitor) -> str:
    """Order a part."""
    return "ordered"
'''


def test_what_a_machine_spends_adds_up_over_its_tokens(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    site = Site(serve(str(tmp_path / "shop.py")))
    allowed = {"role": "member", "scopes": ["look", "act", "pay"], "worlds": ["shop"]}
    poor = Machine(site, account="poor", **allowed)
    assert poor.register().json["budget"] == 0
    assert bearer(site, poor.token()).act("shop", "order").code == "budget_exceeded"
    rich = Machine(site, account="rich", budget=100, label="pump", **allowed)
    rich.register()
    assert bearer(site, rich.token()).act("shop", "order").json["result"] == "ordered"
    next_hour = bearer(site, rich.token())
    assert next_hour.act("shop", "order").code == "budget_exceeded"
    (kept,) = site.owner().get("/api/auth/devices?account=rich").json["devices"]
    assert (kept["budget"], kept["spent"], kept["label"]) == (100, 60, "pump")


def test_a_machine_that_names_no_scopes_looks_and_acts(site: Site) -> None:
    machine = Machine(site, account="sensor")
    assert machine.register().json["scopes"] == ["look", "act"]
    bot = bearer(site, machine.token())
    assert bot.act("hello", "say", text="21 degrees").status == 200
    assert bot.act("hello", "spawn", name="box").code == "missing_scope"


def test_a_budget_is_changed_for_the_token_that_a_machine_has_by_who_may_make_it(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    site = Site(serve(str(tmp_path / "shop.py")))
    machine = Machine(site, account="pump", budget=60, scopes=["look", "act", "pay"], role="member")
    machine.register()
    bot, where = bearer(site, machine.token()), f"/api/auth/devices/{machine.id}"
    assert bot.act("shop", "order").status == 200
    assert bot.act("shop", "order").code == "budget_exceeded"
    for other in (bot, site.guest(), site.nobody):
        assert other.ask("PATCH", where, {"budget": 900}).status in (401, 403)
    owner = site.owner()
    for nonsense in ({"budget": -1}, {"budget": 2**53}, {"budget": None}, {}):
        assert owner.ask("PATCH", where, nonsense).status == 422
    assert owner.ask("PATCH", "/api/auth/devices/none", {"budget": 1}).status == 404
    changed = owner.ask("PATCH", where, {"budget": 120})
    assert (changed.status, changed.json["spent"], changed.json["budget"]) == (200, 60, 120)
    assert bot.act("shop", "order").json["result"] == "ordered"
    assert bearer(site, machine.token()).act("shop", "order").code == "budget_exceeded"


def test_the_command_line_registers_lists_pays_and_revokes_a_machine(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    scopes = ("--scope", "look", "act", "pay")
    made = done(tmp_path, "device", "pump", "--make-key", "pump.key", *scopes, "--label", "north")
    id, file = made.split()[-1], tmp_path / "pump.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "[file_exists]" in loom(tmp_path, "device", "pump", "--make-key", "pump.key").stderr
    assert loom(tmp_path, "device", "pump", "--make-key", "none/pump.key").returncode == 1
    refused = loom(tmp_path, "device", "pump", "--make-key", "new.key", "--label", "a\nb")
    assert refused.returncode == 1 and not (tmp_path / "new.key").exists()
    assert done(tmp_path, "budget", id, "60") == f"{id} spent 0 of 60\n", "no server runs yet"
    site = Site(serve(str(tmp_path / "shop.py")))
    machine = Machine(site)
    machine.key, machine.id = (
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text().strip())),
        id,
    )
    bot = bearer(site, machine.token())
    assert bot.act("shop", "order").json["result"] == "ordered"
    assert bot.act("shop", "order").code == "budget_exceeded"
    assert done(tmp_path, "budget", id, "120") == f"{id} spent 60 of 120\n"
    assert bot.act("shop", "order").json["result"] == "ordered"
    (line,) = done(tmp_path, "devices", "pump").splitlines()
    assert line == f"{id}  member  look act pay  spent 120 of 120  north"
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    told = json.loads(done(tmp_path, "device", "pump", "--key", public, "--json"))
    assert (told["scopes"], told["budget"]) == (["look", "act"], 0)
    assert "revoked" in done(tmp_path, "revoke", id)
    assert bot.get("/api/worlds/shop").status == 401
    assert machine.token().code in ("bad_device", "too_many_tries")
    assert "[not_found]" in loom(tmp_path, "revoke", id).stderr
    assert "there is no token" in loom(tmp_path, "revoke", id).stderr
    assert "[not_found]" in loom(tmp_path, "budget", id, "1").stderr


def test_guests_have_no_machines(site: Site) -> None:
    wish = {"public_key": "0" * 64}
    assert site.guest().post("/api/auth/devices", wish).code == "guest_only"
    assert site.owner().post("/api/auth/devices", {"public_key": "x"}).status == 422
