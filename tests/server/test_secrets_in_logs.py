"""Promised: no secret that a server is given, or gives, ever stands in its log, in either form."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.provider import provider
from tests.server.test_devices import ASK, Machine
from tests.server.test_invitations import accept, link
from tests.server.test_oauth import code_for, program
from tests.server.test_oauth_renewing import RENEWS, renew
from tests.server.test_oidc import at_provider, back, begin
from tests.server.test_webhooks import QUICK, SECRET, Receiver
from worldloom.testing.fixtures import Server

FILE = '''"""A world that tells another program what is said."""

from worldloom import Said, World

world = World("hello")
world.webhook("{url}", Said, secret="whsec_{secret}")
world.webhook("http://127.0.0.1:1/gone?token=unanswered", Said, secret="whsec_{secret}")
'''
OIDC = "a secret between two servers"


@pytest.mark.parametrize("form", ["json", "plain"])
def test_every_kind_of_secret_goes_in_and_out_and_none_is_logged(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, hooked = Receiver(), base64.b64encode(SECRET).decode()
    receiver.answers = [500, 410]
    file = tmp_path / "hello.py"
    file.write_text(FILE.replace("{url}", receiver.url).replace("{secret}", hooked))
    monkeypatch.setenv("WORLDLOOM_OIDC_SECRET", OIDC)
    with provider() as issuer:
        server = Server(
            tmp_path / "realm.loom", str(file), limits=QUICK,
            options=("--log", form, "--oidc", issuer, "worldloom"),
        ).start()  # fmt: skip
        try:
            secrets = spend(Site(server), receiver)
        finally:
            receiver.server.shutdown()
            receiver.server.server_close()
            assert server.stop() == 0
    secrets |= {"webhook": hooked, "its address": "token=hidden", "another": "unanswered"}
    secrets |= {"claim": server.claim.partition("=")[2], "OIDC": OIDC}
    assert all(len(secret) > 7 for secret in secrets.values()), secrets
    whole = "".join(server.errors)
    assert "given up" in whole or "hook" in whole, "what fails is told, only without its secret"
    found = [kind for kind, secret in secrets.items() if secret in whole]
    assert not found, whole


def spend(site: Site, receiver: Receiver) -> dict[str, str]:
    """Use one secret of each kind, right and wrong; return them all by what they are."""
    used = {}
    bearer, _ = site.bearer(account="bot", role="member")
    used["token"] = bearer.headers["Authorization"].removeprefix("Bearer ")
    assert bearer.act("hello", "say", text="hello").status == 200
    guest = site.guest()
    used["cookie"] = guest.headers["Cookie"].partition("=")[2]
    assert guest.act("hello", "say", text="hello").status == 200
    wrong = {"Cookie": f"worldloom={used['cookie']}x", "Authorization": f"Bearer {used['token']}x"}
    for name, value in wrong.items():
        site.nobody.get("/api/worlds/hello", **{name: value})
    url = link(site, "hello", role="member")["url"]
    used["invitation"] = url.partition("#invite=")[2]
    assert accept(site.guest(), url).status == 200
    assert accept(site.guest(), f"{url}x").status in (401, 429)
    machine = Machine(site)
    machine.register()
    asked = machine.asks()
    used["device's signature"] = asked["signature"]
    given = site.nobody.post(ASK, asked)
    used["device's token"] = given.json["token"]
    assert site.nobody.post(ASK, asked).status in (401, 429)
    person = site.person()
    used["person's cookie"] = person.headers["Cookie"].partition("=")[2].partition(";")[0]
    asking = program(site, **RENEWS)
    used["verifier"] = asking.verifier
    used["code"] = code_for(asking, person)
    pair = asking.fetch(used["code"]).json
    used["access"], used["renewal"] = pair["access_token"], pair["refresh_token"]
    assert renew(asking, used["renewal"]).status == 200
    renew(asking, used["renewal"])  # twice: the whole of it ends
    asking.fetch(used["code"])
    signing = site.guest()
    address, cookie = begin(site, signing)
    answer = at_provider(address, "ada")
    used["provider's code"] = answer.partition("code=")[2].partition("&")[0]
    assert back(signing, answer.replace("code=", "code=x"), cookie).status in (401, 429)
    address, cookie = begin(site, signing)
    assert back(signing, at_provider(address, "ada"), cookie).status == 303
    used["provider's cookie"] = cookie.partition("=")[2]
    for _ in range(200):
        if len(receiver.came) > 2:
            break
        time.sleep(0.05)
    assert len(receiver.came) > 2
    return used
