"""The HTTP interface: every row of the surface, and every status that it promises."""

from __future__ import annotations

import http.client
import json
import math
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.server.asking import Browser, Site
from worldloom.sync.messages import Snapshot
from worldloom.sync.wire import decode_from_server
from worldloom.testing.copy import Copy


def test_worlds_are_listed_the_first_one_first_and_private_ones_not(site: Site) -> None:
    found = site.nobody.get("/api/worlds").json
    assert [card["name"] for card in found["worlds"]] == ["hello"]
    assert found["first"] == "hello"
    assert {card["name"] for card in site.owner().get("/api/worlds").json["worlds"]} == {
        "hello",
        "secret",
    }


def test_a_world_tells_its_root_and_state_hash_at_its_seq(site: Site) -> None:
    card = site.nobody.get("/api/worlds/hello").json
    assert card["title"] == "Hello"
    assert len(card["root"]) == len(card["state_hash"]) == 64
    assert (card["lineage"], card["adapters"]) == ([], "live")


def test_state_names_entities_and_their_components(site: Site) -> None:
    state = site.nobody.get("/api/worlds/hello/state").json
    (lantern,) = [e for e in state["entities"].values() if e["name"] == "lantern"]
    assert lantern["parent"] is None
    assert lantern["components"]["hello.Lamp"] in ({"lit": False}, {"lit": True})
    assert lantern["components"]["Transform"]["position"] == [0.0, 1.5, -2.0]


def test_state_at_a_seq_is_rounded_down_to_a_whole_group(site: Site) -> None:
    head = site.nobody.get("/api/worlds/hello").json["seq"]
    first = site.nobody.get("/api/worlds/hello/state?seq=1").json
    assert first["seq"] == 0
    assert first["entities"] == {}
    whole = site.nobody.get(f"/api/worlds/hello/state?seq={head}").json
    assert whole["seq"] == head
    assert whole == site.nobody.get("/api/worlds/hello/state").json


def test_state_at_a_seq_equals_what_was_live_then(site: Site) -> None:
    guest = site.guest()
    seen = []
    for _ in range(3):
        seq = guest.act("hello", "click", entity="lantern").json["seq"]
        seen.append((seq, guest.get("/api/worlds/hello/state").json))
    for seq, state in seen:
        assert guest.get(f"/api/worlds/hello/state?seq={seq}").json == state


def test_a_state_can_be_had_as_the_bytes_from_which_its_hash_follows(site: Site) -> None:
    seq = site.guest().act("hello", "click", entity="lantern").json["seq"]
    for path in (f"/api/worlds/hello/state?seq={seq}", "/api/worlds/hello/state"):
        written = site.nobody.get(path).json
        reply = site.nobody.get(path, Accept="application/vnd.msgpack")
        assert reply.headers["content-type"] == "application/vnd.msgpack"
        snapshot = decode_from_server(reply.body)
        assert isinstance(snapshot, Snapshot)
        copy = Copy()
        copy.take_snapshot(snapshot)
        assert copy.seq == written["seq"]
        assert copy.state_hash().hex() == written["state_hash"]


def test_events_come_in_order_without_gaps_and_chained(site: Site) -> None:
    site.guest().act("hello", "say", text="one")
    records = site.nobody.get("/api/worlds/hello/events?after=0&limit=1000").json["records"]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert {"group", "time", "actor", "cause", "kind", "version", "data", "hash"} <= set(records[0])
    assert records[0]["kind"] == "Declared"
    said = [record for record in records if record["kind"] == "Said"]
    assert said[-1]["data"]["text"] == "one"


def test_a_page_of_events_that_begins_inside_a_group_knows_its_cause(site: Site) -> None:
    records = site.nobody.get("/api/worlds/hello/events?after=1&limit=1").json["records"]
    assert records[0]["seq"] == 2
    assert records[0]["group"] == 1
    assert records[0]["cause"] == "declare"


def test_actions_are_those_that_the_caller_may_do(site: Site) -> None:
    def names(who: Browser) -> set[str]:
        return {action["name"] for action in who.get("/api/worlds/hello/actions").json["actions"]}

    assert {"say", "go", "add", "sell"} <= names(site.guest())
    assert not {"spawn", "build", "grant"} & names(site.guest())
    assert {"spawn", "build", "grant", "ban"} <= names(site.owner())
    add = next(
        action
        for action in site.guest().get("/api/worlds/hello/actions").json["actions"]
        if action["name"] == "add"
    )
    assert add["schema"]["properties"]["one"]["type"] == "integer"
    assert add["schema"]["required"] == ["one"]


def test_an_action_answers_its_result_and_its_seq(site: Site) -> None:
    guest = site.guest()
    assert guest.act("hello", "add", one=2).json["result"] == 3
    answer = guest.act("hello", "say", text="hi").json
    last = guest.get(f"/api/worlds/hello/events?after={answer['seq'] - 1}").json["records"][0]
    assert last["data"]["text"] == "hi"


def test_the_same_key_is_done_once_and_another_wish_with_it_is_a_conflict(site: Site) -> None:
    guest = site.guest()
    path = "/api/worlds/hello/actions/click"
    headers = {"Idempotency-Key": "k1"}
    first = guest.ask("POST", path, {"entity": "lantern"}, headers)
    again = guest.ask("POST", path, {"entity": "lantern"}, headers)
    assert first.status == again.status == 200
    assert first.json == again.json
    other = guest.ask("POST", path, {"entity": "box"}, headers)
    assert (other.status, other.code) == (409, "key_reused")
    # Another account's same key is another wish.
    assert site.guest().ask("POST", path, {"entity": "lantern"}, headers).json != first.json


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/worlds/nowhere", None, 404, "not_found"),
        ("GET", "/api/worlds/..%2f..%2fetc", None, 404, None),
        ("GET", "/api/worlds/people", None, 404, "not_found"),
        ("GET", "/api/worlds/hello/state?seq=999999", None, 404, "no_seq"),
        ("GET", "/api/worlds/hello/state?seq=-1", None, 422, "invalid"),
        ("GET", "/api/worlds/hello/state?seq=1e3", None, 422, "invalid"),
        ("GET", "/api/worlds/hello/state?seq=%F0%9F%A6%8A", None, 422, "invalid"),
        ("GET", "/api/worlds/hello/state?seq=99999999999999999999", None, 422, "invalid"),
        ("GET", f"/api/worlds/hello/state?seq={2**45}", None, 404, "no_seq"),
        ("GET", f"/api/worlds/hello/state?seq={2**53}", None, 422, "invalid"),
        ("GET", "/api/worlds/hello/events?after=999999", None, 404, "no_seq"),
        ("GET", f"/api/worlds/hello/events?after={2**45}", None, 404, "no_seq"),
        ("GET", "/api/worlds/hello/events?limit=0", None, 422, "invalid"),
        ("GET", "/api/worlds/hello/events?limit=100000", None, 422, "invalid"),
        ("GET", "/api/nothing", None, 404, "no_page"),
        ("PUT", "/api/worlds", None, 405, "wrong_method"),
        ("POST", "/api/worlds/hello/actions/dance", {}, 404, None),
        ("POST", "/api/worlds/hello/actions/add", {}, 422, "invalid"),
        ("POST", "/api/worlds/hello/actions/add", {"one": "two"}, 422, "invalid"),
        ("POST", "/api/worlds/hello/actions/add", {"one": 1, "extra": 2}, 422, "invalid"),
        ("POST", "/api/worlds/hello/actions/add", b"[1]", 422, "bad_json"),
        ("POST", "/api/worlds/hello/actions/add", b"{", 422, "bad_json"),
        ("POST", "/api/worlds/hello/actions/add", b"\xff\xfe", 422, "bad_json"),
        ("POST", "/api/worlds/hello/actions/add", b'{"one": NaN}', 422, "bad_json"),
        ("POST", "/api/worlds/hello/actions/add", b'{"one": 1e999}', 422, None),
        ("POST", "/api/worlds/hello/actions/add", b"[" * 50_000, 422, "bad_json"),
        ("POST", "/api/worlds/hello/actions/add", b'{"one": 99999999999999999999}', 422, None),
        ("POST", "/api/worlds/hello/actions/say", {"text": ""}, 422, "invalid"),
        ("POST", "/api/worlds/hello/actions/say", {"text": "x" * 3000}, 422, "invalid"),
        ("POST", "/api/worlds/hello/actions/say", b'{"text": "\\ud800"}', 422, None),
        ("POST", "/api/worlds/hello/actions/click", {"entity": "e999"}, 404, None),
        ("POST", "/api/worlds/hello/actions/click", {"entity": "nobody"}, 404, None),
        ("POST", "/api/worlds/hello/actions/sell", {}, 409, "sold_out"),
        ("POST", "/api/worlds/hello/actions/wait", {}, 503, "unavailable"),
        ("POST", "/api/worlds/hello/actions/fail", {}, 500, "handler_failed"),
        ("POST", "/api/worlds/hello/actions/build", {}, 403, "not_allowed"),
        ("POST", "/api/worlds/hello/actions/spawn", {"name": "x"}, 403, "not_allowed"),
        ("POST", "/api/worlds", {"name": "mine"}, 403, "not_allowed"),
        ("POST", "/api/auth/tokens", {"account": "a", "role": "owner"}, 403, "not_allowed"),
        ("POST", "/api/auth/claim", {"claim": "guess"}, 409, "claim_spent"),
        ("POST", "/api/auth/claim", {"claim": 5}, 422, "invalid"),
        ("POST", "/api/realm/import", {"path": "/etc/passwd"}, 403, "not_allowed"),
        ("POST", "/api/assets", b"hello", 403, "not_allowed"),
        ("GET", "/assets/zzzz", None, 404, "no_asset"),
        ("GET", f"/assets/{'0' * 64}", None, 404, "no_asset"),
        ("GET", "/static/../../kernel/realm.py", None, 404, "no_page"),
        ("GET", "/static/%2e%2e/%2e%2e/kernel/realm.py", None, 404, "no_page"),
        ("GET", "/static/..%2f..%2fpyproject.toml", None, 404, "no_page"),
        ("GET", "/static//etc/passwd", None, 404, "no_page"),
        ("GET", "/static/.hidden", None, 404, "no_page"),
        ("GET", "/static/%00", None, 404, "no_page"),
    ],
)  # fmt: skip
def test_every_refusal_has_its_status_its_code_and_its_fix(
    site: Site, method: str, path: str, body: object, status: int, code: str | None
) -> None:
    reply = site.guest().ask(method, path, body)
    assert reply.status == status, reply.body
    error = reply.json["error"]
    assert code in (None, error["code"])
    assert error["message"]
    assert set(error) == {"code", "message", "fix"}
    if status in (429, 503):
        assert int(reply.headers["retry-after"]) >= 1


@pytest.mark.parametrize("path", ["state?seq", "events?after", "proof?from"])
def test_a_seq_below_all_is_told_the_bounds(site: Site, path: str) -> None:
    told = site.nobody.get(f"/api/worlds/hello/{path}=-1")
    assert (told.status, told.json["error"]["message"]) == (
        422, f"{path.partition('?')[2]} is -1, not between 0 and {2**53 - 1}"
    )  # fmt: skip
    long = site.nobody.get(f"/api/worlds/hello/{path}={'9' * 5000}")
    assert (long.status, long.code) == (422, "invalid")


def test_a_bad_argument_is_named_by_its_field(site: Site) -> None:
    message = site.guest().act("hello", "add", one="two").json["error"]["message"]
    assert "one" in message


def test_a_missing_right_is_named(site: Site) -> None:
    assert "builder" in site.guest().act("hello", "build").json["error"]["message"]


def test_a_refused_action_leaves_no_trace(site: Site) -> None:
    guest = site.guest()
    before = guest.get("/api/worlds/hello").json
    for action in ("sell", "wait", "fail", "build"):
        guest.act("hello", action)
    assert guest.get("/api/worlds/hello").json == before


def test_a_body_over_the_limit_is_refused_with_413(site: Site) -> None:
    reply = site.guest().act("hello", "say", text="x" * 100_000)
    assert (reply.status, reply.code) == (413, "too_large")


def test_a_flood_of_actions_is_refused_with_429(site: Site) -> None:
    guest = site.guest()
    parts = urlsplit(guest.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    statuses = []
    for _ in range(600):
        line.request("POST", "/api/worlds/hello/actions/add", b'{"one": 1}', guest.headers)
        answer = line.getresponse()
        answer.read()
        statuses.append(answer.status)
        if answer.status == 429:
            assert answer.getheader("Retry-After")
            break
    line.close()
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {200}
    assert site.guest().act("hello", "add", one=1).status == 200


def test_the_log_can_be_followed_live_and_taken_up_again(site: Site) -> None:
    guest = site.guest()
    head = guest.get("/api/worlds/hello").json["seq"]
    parts = urlsplit(guest.url)

    lines: list[http.client.HTTPConnection] = []

    def follow(headers: dict[str, str]) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        lines.append(line)
        path = f"/api/worlds/hello/events?after={head}"
        line.request("GET", path, headers={"Accept": "text/event-stream", **headers})
        return line.getresponse()

    def next_record(answer: http.client.HTTPResponse) -> dict[str, object]:
        while not (text := answer.readline().decode()).startswith("data: "):
            assert text, "the stream ended"
        found: dict[str, object] = json.loads(text.removeprefix("data: "))
        return found

    answer = follow({})
    assert answer.getheader("Content-Type", "").startswith("text/event-stream")
    seqs = [guest.act("hello", "say", text=f"line {n}").json["seq"] for n in range(3)]
    assert [next_record(answer)["seq"] for _ in seqs] == seqs
    answer.close()
    again = follow({"Last-Event-ID": str(seqs[1])})
    assert next_record(again)["seq"] == seqs[2]
    again.close()
    for line in lines:
        line.close()


@pytest.mark.parametrize("more", [{}, {"Last-Event-ID": "999999"}])
def test_who_follows_from_past_the_head_is_told_and_does_not_wait_in_vain(
    site: Site, more: dict[str, str]
) -> None:
    path = "/api/worlds/hello/events" + ("" if more else "?after=999999")
    refused = site.nobody.get(path, Accept="text/event-stream", **more)
    assert (refused.status, refused.code) == (404, "no_seq")


def test_private_worlds_are_read_by_who_may(site: Site) -> None:
    assert site.nobody.get("/api/worlds/secret").status == 401
    assert site.guest().get("/api/worlds/secret").status == 403
    assert site.owner().get("/api/worlds/secret/state").status == 200
    reader = site.token("reader", "member")
    assert reader.get("/api/worlds/secret/state").status == 200
    program = site.token("lms", "records")
    assert program.get("/api/worlds/secret/state").status == 403


def test_a_person_with_a_builders_grant_may_build_there_only(site: Site) -> None:
    guest = site.guest()
    account = guest.get("/api/auth/me").json["account"]
    assert site.owner().act("hello", "grant", account=account, role="builder").status == 200
    made = guest.act("hello", "spawn", name=f"of {account}", components={"Color": {}})
    assert made.status == 200
    id = made.json["result"]["entity"]
    assert guest.act("hello", "set", entity=id, component="Color",
                     fields={"value": "#ff8800"}).status == 200  # fmt: skip
    assert guest.get("/api/worlds/secret").status == 403
    assert guest.act("hello", "remove", entity=id, component="Color").status == 200
    assert guest.act("hello", "despawn", entity=id).status == 200
    assert guest.act("hello", "despawn", entity=id).status == 404


def test_a_banned_account_may_not_act(site: Site) -> None:
    guest = site.guest()
    account = guest.get("/api/auth/me").json["account"]
    site.owner().act("hello", "ban", account=account, seconds=3600)
    reply = guest.act("hello", "say", text="hi")
    assert (reply.status, reply.code) == (403, "banned")


def test_the_interface_describes_itself(site: Site) -> None:
    found = site.nobody.get("/openapi.json").json
    assert found["openapi"].startswith("3.1")
    for path, operations in found["paths"].items():
        for method in operations:
            shown = path.replace("{world}", "hello").replace("{action}", "say")
            shown = shown.replace("{sha256}", "0" * 64)
            if not path.endswith("/live"):
                reply = site.nobody.ask(method.upper(), shown)
                assert reply.status not in (405, 500), path
                unknown = ("{sha256}", "{table}", "{series}", "{id}", "{door}", "/oidc")
                may_be_absent = any(name in path for name in unknown)
                assert reply.status != 404 or may_be_absent, path


def test_health_readiness_and_figures_are_told(site: Site) -> None:
    assert site.nobody.get("/healthz").body == b"ok\n"
    assert site.nobody.get("/readyz").body == b"ready\n"
    said = site.nobody.get("/metrics")
    assert said.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {one.name: one for one in text_string_to_metric_families(said.body.decode())}
    for name in ("tick_overruns", "sessions", "sockets_paused", "motion_frames_skipped",
                 "queued_bytes", "groups", "durable_seconds", "crowd_tick_divider",
                 "crowd_waiting", "crowd_turned_away", "crowd_capped_cells",
                 "crowd_own_frames", "crowd_put_off", "sockets_cut",
                 "crowd_copies", "sockets_read_together", "tick_seconds",
                 "queued_bytes_largest", "resident_memory_bytes", "crowd_entering",
                 "crowd_entered", "sessions_too_slow", "sessions_flooding",
                 "ticks_unsliced", "handshakes", "handshakes_refused"):  # fmt: skip
        assert len(families[f"worldloom_{name}"].samples) == 1, name


def test_a_scraper_reads_every_figure_once_with_its_kind_and_its_help(site: Site) -> None:
    assert site.owner().act("hello", "say", text="hi").status == 200
    assert site.nobody.act("hello", "say", text="hi").status == 401
    text = site.nobody.get("/metrics").body.decode()
    families = list(text_string_to_metric_families(text))
    assert len({one.name for one in families}) == len(families)
    series = [(one.name, *sorted(one.labels.items())) for of in families for one in of.samples]
    assert len(set(series)) == len(series) == sum(line[0] != "#" for line in text.splitlines())
    for one in families:
        assert one.name.startswith("worldloom_") and one.documentation.endswith("."), one
        assert one.type in ("counter", "gauge", "histogram"), one
        assert f"{one.name}_total " not in text or one.type == "counter", one
        assert all(sample.value >= 0 for sample in one.samples), one
    (took,) = [one for one in families if one.type == "histogram"]
    doors = {sample.labels["door"] for sample in took.samples}
    assert "http" in doors
    for door in doors:
        mine = [one for one in took.samples if one.labels["door"] == door]
        counts = [one.value for one in mine if one.name.endswith("_bucket")]
        bounds = [float(one.labels["le"]) for one in mine if one.name.endswith("_bucket")]
        (whole,) = [one.value for one in mine if one.name.endswith("_count")]
        assert bounds == sorted(bounds) and bounds[-1] == math.inf and counts == sorted(counts)
        assert counts[-1] == whole and len(mine) == len(bounds) + 2


def test_the_authors_source_is_kept_and_never_served(site: Site, hello_file: object) -> None:
    with open(str(hello_file), "rb") as file:
        digest = sha256(file.read()).hexdigest()
    assert site.owner().get(f"/assets/{digest}").status == 404
