"""A person takes along all that is kept of them, and nothing that is another's."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.server.asking import Browser, Site
from tests.server.test_invitations import png
from worldloom.testing.fixtures import Server


def export(browser: Browser) -> zipfile.ZipFile:
    reply = browser.get("/api/auth/export")
    assert reply.status == 200, reply.body
    return zipfile.ZipFile(io.BytesIO(reply.body))


def test_what_one_did_said_and_uploaded_is_in_the_file(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    ann, bob = site.guest(), site.guest()
    account = ann.get("/api/auth/me").json["account"]
    site.owner().act("hello", "grant", account=account, role="builder")
    sha = ann.ask("POST", "/api/assets", png(4, 4), {"Content-Type": "image/png"}).json["sha256"]
    ann.act("hello", "spawn", name="sign", components={"Annotation": {"text": f"see {sha}"}})
    ann.act("hello", "say", text="my own words")
    bob.act("hello", "say", text="the words of another")
    packed = export(ann)
    about = json.loads(packed.read("account.json"))
    assert about["account"] == account and about["roles"] == [["hello", "builder"]]
    deeds = packed.read("worlds/hello.json").decode()
    assert "my own words" in deeds and "the words of another" not in deeds
    assert packed.read(f"files/{sha}.png") == png(4, 4)
    assert set(packed.namelist()) == {"account.json", "worlds/hello.json", f"files/{sha}.png"}


def test_only_a_person_at_the_page_takes_it(site: Site) -> None:
    assert site.nobody.get("/api/auth/export").status == 401
    assert site.token("bea", "builder").get("/api/auth/export").status == 401
    assert export(site.guest()).namelist() == ["account.json"]
