"""A person takes along all that is kept of them, and nothing that is another's."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.server.asking import Browser, Site
from tests.server.test_invitations import png
from worldloom.testing import Robot
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


def deeds_in(browser: Browser, world: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(export(browser).read(f"worlds/{world}.json"))
    return found


def test_what_an_academy_keeps_of_a_learner_is_in_that_learners_file_alone(
    serve: Callable[..., Server],
) -> None:
    site = Site(serve())
    ann, ben = site.guest(), site.guest()
    for learner in (ann, ben):
        assert learner.act("academy", "begin").status == 200
    of_ann = ann.get("/api/auth/me").json["account"]
    deeds = deeds_in(ann, "academy")
    assert not any("redacted" in deed for deed in deeds)
    kinds = {deed["kind"] for deed in deeds}
    assert {"academy.Began", "academy.Asked", "academy.StatementKept"} <= kinds
    said = next(deed["data"] for deed in deeds if deed["kind"] == "academy.StatementKept")
    assert json.loads(said["statement"])["verb"]["id"].endswith("initialized")
    kept = next(
        deed["data"] for deed in deeds if deed["data"].get("component") == "academy.Attempt"
    )
    assert kept["data"]["kept"]
    whole = json.dumps(deeds)
    assert of_ann in whole and ben.get("/api/auth/me").json["account"] not in whole


SECRETIVE = '''"""A game with a secret, and a box of notes."""

from worldloom import Component, Event, Personal, Visitor, World

world = World("game")


class Word(Component, private=True):
    """What is to be guessed."""

    word: str


class Noted(Event, private=True):
    """Someone noted something about someone."""

    account: str
    about: str
    words: Personal[str]


@world.action
def begin(visitor: Visitor) -> None:
    """Begin a game."""
    world.spawn("word", Word("xylophone"))


@world.action
def note(visitor: Visitor, about: str, words: str) -> None:
    """Note something about somebody."""
    world.append(Noted(visitor.account, about, Personal(words)))
'''


def test_ones_own_private_words_are_there_and_nothing_hidden_or_said_by_another(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "game.py").write_text(SECRETIVE)
    site = Site(serve(str(tmp_path / "game.py")))
    ann, ben = site.guest(), site.guest()
    assert ann.act("game", "begin").status == 200
    ann.act("game", "note", about=ben.account, words="ben is loud")
    ben.act("game", "note", about=ann.account, words="ann is slow")
    of_ann, of_ben = (json.dumps(deeds_in(one, "game")) for one in (ann, ben))
    assert "ben is loud" in of_ann and "ann is slow" in of_ben
    assert "ann is slow" not in of_ann and "ben is loud" not in of_ben
    assert "xylophone" not in of_ann


def test_ones_own_recorded_way_is_there_and_a_report_is_told_to_who_made_it(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    ann, ben = site.guest(), site.guest()
    assert site.owner().act("hello", "record", on=True).status == 200

    async def meet() -> None:
        url = site.server.world("hello")
        one, two = Robot(url, "Ann"), Robot(url, "Ben")
        one._cookie, two._cookie = ann.headers["Cookie"], ben.headers["Cookie"]
        async with one, two:
            for robot in (one, two):
                await robot.do("be_recorded", on=True)
            x, y, z = one.position
            for step in range(8):
                one.walk(x + step * 0.3, y, z, 1.0)
                await asyncio.sleep(0.06)
            await one.do("report", account=two.visitor, reason="he is loud")
            for robot in (one, two):
                await robot.do("be_recorded", on=False)

    asyncio.run(meet())
    of_ann, of_ben = deeds_in(ann, "hello"), deeds_in(ben, "hello")
    ways = [deed["data"] for deed in of_ann if deed["kind"] == "Tracked"]
    assert ways and {way["account"] for way in ways} == {ann.account}
    xs = [x for way in ways for x in way["poses"]["x"]]
    assert max(xs) - min(xs) > 0.5
    report = next(deed for deed in of_ann if deed["kind"] == "Reported")
    assert report["data"]["reason"] == "he is loud" and report["data"]["name"] is None
    assert report["others"] == ["name"]
    assert "Reported" not in {deed["kind"] for deed in of_ben}
    causes = {deed["cause"] for deed in of_ben if deed["kind"] == "Tracked"}
    assert causes and all(cause.startswith("record:") for cause in causes)
