"""Tokens at every door: scopes, expiry, budget, and an end within a second of being revoked."""

from __future__ import annotations

import asyncio
import http.client
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.asking import Browser, Site
from worldloom.kernel.errors import WorldloomError
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.tokens import ID_CHARACTERS, digest_of
from worldloom.server.cli.main import main
from worldloom.server.cli.tokens import span
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

WITHIN_S = 1.0
"""By when what was open by a token is closed, after the answer to who revoked it: a promise."""


def secret_of(browser: Browser) -> str:
    return browser.headers["Authorization"].removeprefix("Bearer ")


def test_a_look_only_token_reads_and_is_told_the_missing_scope(site: Site) -> None:
    looker, _ = site.bearer(account="eye", role="owner", scopes=["look"])
    for path in ("", "/state", "/events", "/actions"):
        assert looker.get(f"/api/worlds/hello{path}").status == 200
    assert looker.get("/api/worlds/hello/actions").json["actions"] == []
    assert "hello" in [world["name"] for world in looker.get("/api/worlds").json["worlds"]]
    refused = looker.act("hello", "say", text="hi")
    assert (refused.status, refused.code) == (403, "missing_scope")
    assert "the scope act" in refused.json["error"]["message"]
    assert looker.post("/api/worlds", {"name": "den"}).code == "missing_scope"
    assert looker.post("/api/assets", {}).code == "missing_scope"
    assert looker.post("/api/worlds/hello/fork", {"name": "den"}).code == "missing_scope"
    assert looker.post("/api/auth/tokens", {"role": "owner"}).code == "missing_scope"
    assert looker.post("/api/auth/forget", {"account": "guest:1"}).code == "missing_scope"


def test_an_act_only_token_acts_and_does_not_read(site: Site) -> None:
    actor, _ = site.bearer(account="hand", role="builder", scopes=["act:say"])
    assert actor.act("hello", "say", text="hi").status == 200
    assert actor.get("/api/worlds/hello/state").code == "missing_scope"
    assert actor.act("hello", "add", one=1).code == "missing_scope"
    assert actor.get("/api/worlds").json["worlds"] == []


def test_a_token_of_one_world_does_nothing_to_the_whole_realm(site: Site) -> None:
    assert site.owner().act("hello", "grant", account="rex", role="owner").status == 200
    narrow, _ = site.bearer(account="rex", role="owner", worlds=["hello"])
    _, id = site.bearer(account="sam", role="member")
    for method, path, body in (
        ("POST", "/api/worlds", {"name": "mine"}), ("POST", "/api/worlds/import", b"x"),
        ("POST", "/api/auth/forget", {"account": "sam"}),
        ("GET", "/api/auth/tokens?account=sam", None),
        ("GET", "/api/auth/agents?account=sam", None),
        ("GET", "/api/auth/devices?account=sam", None),
        ("POST", "/api/auth/tokens", {"account": "sam"}),
        ("DELETE", f"/api/auth/tokens/{id}", None),
        ("DELETE", "/api/auth/agents/x?account=sam", None),
    ):  # fmt: skip
        reply = narrow.ask(method, path, body)
        assert (reply.status, reply.code) == (403, "other_world"), (method, path)
    assert narrow.act("hello", "spawn", name="rex's").status == 200


def test_a_token_of_one_world_opens_no_other(site: Site) -> None:
    bot, _ = site.bearer(account="local-bot", role="builder", worlds=["hello"])
    assert bot.act("hello", "build").status == 200
    assert bot.get("/api/worlds/secret").status == 403
    assert bot.act("secret", "say", text="hi").status == 403


@pytest.mark.parametrize(
    "wish",
    [
        {"account": "x", "role": "builder", "scopes": ["everything"]},
        {"account": "x", "role": "king"},
        {"account": "x", "role": "member", "seconds": -1},
        {"account": "x", "role": "member", "budget": -1},
        {"account": "x", "role": "member", "other": 1},
        {"account": "", "role": "member", "label": "\n"},
    ],
)
def test_a_token_of_no_sense_is_not_made(site: Site, wish: dict[str, Any]) -> None:
    assert site.owner().post("/api/auth/tokens", wish).status == 422


def test_a_guest_and_a_token_make_no_tokens_of_their_own(site: Site) -> None:
    refused = site.guest().post("/api/auth/tokens", {"role": "visitor"})
    assert (refused.status, refused.code) == (403, "guest_only")
    assert site.token("bea", "builder").post("/api/auth/tokens", {"role": "member"}).status == 403
    assert site.nobody.post("/api/auth/tokens", {"role": "member"}).status == 401
    assert site.token("bea", "builder").post(
        "/api/auth/tokens", {"account": "guest:1", "role": "member"}
    ).status == 403  # fmt: skip


def test_tokens_are_listed_without_their_secrets(site: Site) -> None:
    bot, id = site.bearer(account="lena", role="member", budget=5, label="lamp", agent=True)
    (listed,) = site.owner().get("/api/auth/tokens?account=lena").json["tokens"]
    assert (listed["id"], listed["budget"], listed["label"]) == (id, 5, "lamp")
    assert secret_of(bot) not in str(listed)
    assert bot.get("/api/auth/tokens").status == 403, "an agent is not its person"
    assert bot.get("/api/auth/tokens?account=robot").status == 403


def test_tokens_that_are_made_at_the_same_time_are_each_answered_with_their_own_id(
    site: Site,
) -> None:
    owner = site.owner()

    def make(number: int) -> tuple[str, str, str]:
        wish = {"account": "many", "role": "member", "label": f"token {number}"}
        made = owner.post("/api/auth/tokens", wish).json
        assert made["label"] == f"token {number}"
        return made["id"], digest_of(made["token"])[:ID_CHARACTERS], made["label"]

    with ThreadPoolExecutor(12) as at_once:
        found = list(at_once.map(make, range(12)))
    assert all(id == own for id, own, _ in found), found
    listed = owner.get("/api/auth/tokens?account=many").json["tokens"]
    assert {(one["id"], one["label"]) for one in listed} == {(id, label) for id, _, label in found}


def test_a_revoked_token_is_401_at_once_and_only_by_who_may(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))  # its own: on a shared one others bring wrong secrets, too
    bot, id = site.bearer(account="mara", role="member")
    assert site.guest().delete(f"/api/auth/tokens/{id}").status == 403
    assert bot.delete("/api/auth/tokens/nothing").status in (403, 404)
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
    refused = bot.get("/api/worlds/hello")
    assert (refused.status, refused.code) == (401, "unknown_token")
    assert site.owner().delete(f"/api/auth/tokens/{id}").status == 404
    own, id = site.bearer(account="mara", role="member")
    assert own.delete(f"/api/auth/tokens/{id}").status == 200, "a token may end itself"


def test_an_ended_token_is_401_and_says_so(site: Site) -> None:
    bot, _ = site.bearer(account="brief", role="member", seconds=0.3)
    time.sleep(0.4)
    refused = bot.get("/api/worlds/hello")
    assert (refused.status, refused.code) == (401, "token_expired")


def best(measure: Callable[[], float]) -> float:
    """Return the least of up to three times in seconds: a machine may be busy once."""
    times: list[float] = []
    while len(times) < 3 and (not times or times[-1] >= WITHIN_S):
        times.append(measure())
    return min(times)


async def until_shown_out(site: Site, bot: Browser, id: str) -> float:
    async with Robot(site.server.world("hello"), token=secret_of(bot)) as robot:
        assert (await robot.say("hi")).seq > 0
        assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
        answered = time.monotonic()
        with pytest.raises(WorldloomError) as told:
            await robot.wait_until(lambda _: False)
        assert told.value.code == "token_revoked"
        return time.monotonic() - answered


def test_revoking_ends_the_live_socket_within_a_second(site: Site) -> None:
    def measure() -> float:
        bot, id = site.bearer(account="nina", role="member")
        return asyncio.run(until_shown_out(site, bot, id))

    assert best(measure) < WITHIN_S


@contextmanager
def follow(browser: Browser, world: str = "hello") -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(browser.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    headers = {**browser.headers, "Accept": "text/event-stream"}
    with closing(line):
        line.request("GET", f"/api/worlds/{world}/events?after=0", None, headers)
        with line.getresponse() as stream:
            yield stream


def test_one_account_leaves_others_room_to_follow_a_log(site: Site) -> None:
    guest = site.guest()
    with ExitStack() as streams:
        for _ in range(LIMITS.account_followers_max):
            stream = streams.enter_context(follow(guest))
            assert stream.readline() == b": worldloom\n"
        assert streams.enter_context(follow(guest)).status == 429
        assert streams.enter_context(follow(site.guest())).status == 200


def test_revoking_ends_the_event_stream_within_a_second(site: Site) -> None:
    def measure() -> float:
        bot, id = site.bearer(account="otto", role="member")
        with follow(bot) as stream:
            assert stream.readline() == b": worldloom\n"
            assert site.owner().delete(f"/api/auth/tokens/{id}").status == 200
            answered = time.monotonic()
            rest = stream.read()
            took = time.monotonic() - answered
        assert b"event: error" in rest and b"token_revoked" in rest
        return took

    assert best(measure) < WITHIN_S


def test_a_token_that_ends_takes_its_event_stream_along(site: Site) -> None:
    bot, _ = site.bearer(account="pia", role="member", seconds=1.0)
    with follow(bot) as stream:
        assert b"token_expired" in stream.read()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("running", [False, True])
def test_the_command_line_makes_lists_uses_and_revokes(
    serve: Callable[..., Server], hello_file: Path, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, running: bool,
) -> None:  # fmt: skip
    realm = tmp_path / "realm.loom"
    server = serve(str(hello_file), realm=realm)
    if not running:
        server.stop()
    at = ("--realm", str(realm))
    code, out, _ = run(
        capsys, "token", "bot", "--role", "builder", "--scope", "look", "act:say", "--expires",
        "1h", "--budget", "100", "--label", "for tests", *at,
    )  # fmt: skip
    assert code == 0
    secret = out.splitlines()[-1]
    code, out, _ = run(capsys, "tokens", "bot", *at)
    id = out.split()[0]
    assert "look act:say" in out and "spent 0 of 100" in out and "for tests" in out
    assert run(capsys, "do", "hello", "say", "text=hi", "--token", secret, *at)[0] == 0
    code, _, err = run(capsys, "do", "hello", "spawn", "name=box", "--token", secret, *at)
    assert code == 1 and "[missing_scope]" in err
    code, out, _ = run(capsys, "token", "lms", "--role", "records", "--basic", *at)
    pair = out.splitlines()[-1].split(":")
    assert code == 0 and len(pair) == 2
    assert pair[0] == run(capsys, "tokens", "lms", *at)[1].split()[0]
    assert pair[1].startswith("wl_")
    assert run(capsys, "revoke", id, *at)[0] == 0
    code, _, err = run(capsys, "do", "hello", "say", "text=hi", "--token", secret, *at)
    assert code == 1 and "[unknown_token]" in err
    code, _, err = run(capsys, "revoke", id, *at)
    assert code == 1 and "[not_found]" in err


def test_spans_of_time_and_moments_are_both_understood() -> None:
    assert span("90s") == 90 and span("2h") == 7200 and span("1w") == 604800
    assert span("2100-01-01T00:00:00+00:00") > 1e9
    with pytest.raises(ArgumentTypeError, match="30m, 12h, 7d"):
        span("soon")
