"""A machine comes in by its own key: once for each request, soon, here, and until it is removed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.server.asking import Browser, Reply, Site
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


def test_guests_have_no_machines(site: Site) -> None:
    wish = {"public_key": "0" * 64}
    assert site.guest().post("/api/auth/devices", wish).code == "guest_only"
    assert site.owner().post("/api/auth/devices", {"public_key": "x"}).status == 422
