"""The client's files: hashed ones for ever, packed where the browser takes it, nothing outside."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from tests.server.asking import Site
from worldloom.kernel.errors import NotFound
from worldloom.server import pages
from worldloom.server.guarded import complete


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a built client's folder."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>built</title>")
    (static / "assets" / "index-Ab12Cd34.js").write_text("let x = 1")
    (static / "assets" / "index-Ab12Cd34.js.br").write_bytes(b"packed by brotli")
    (static / "assets" / "index-Ab12Cd34.js.gz").write_bytes(b"packed by gzip")
    (static / "lantern.glb").write_bytes(b"glTF")
    (tmp_path / "outside.txt").write_text("secret")
    (static / "link.txt").symlink_to(tmp_path / "outside.txt")
    monkeypatch.setattr(pages, "STATIC", static)
    return static


def request(path: str, **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": f"/static/{path}", "headers": raw,
             "query_string": b"", "path_params": {"path": path}}  # fmt: skip
    return Request(scope)


async def ask(path: str, **headers: str) -> tuple[int, dict[str, str]]:
    response = await pages.static_file(request(path, **headers))
    return response.status_code, {name.lower(): value for name, value in response.headers.items()}


def run(path: str, **headers: str) -> tuple[int, dict[str, str]]:
    import asyncio

    return asyncio.run(ask(path, **headers))


def test_a_hashed_file_is_kept_for_ever_and_others_are_asked_for_again(built: Path) -> None:
    _, hashed = run("assets/index-Ab12Cd34.js")
    assert hashed["cache-control"] == pages.IMMUTABLE
    assert hashed["content-type"].startswith("text/javascript")
    _, plain = run("lantern.glb")
    assert plain["cache-control"] == "no-cache"
    assert run("lantern.glb", if_none_match=plain["etag"])[0] == 304


def test_the_packed_file_is_sent_where_it_is_taken(built: Path) -> None:
    name = "assets/index-Ab12Cd34.js"
    assert run(name, accept_encoding="gzip, deflate, br")[1]["content-encoding"] == "br"
    assert run(name, accept_encoding="gzip;q=1.0")[1]["content-encoding"] == "gzip"
    plain = run(name, accept_encoding="identity")[1]
    assert "content-encoding" not in plain
    assert "accept-encoding" in plain["vary"].lower()


@pytest.mark.parametrize("path", ["link.txt", "", ".", "..", "assets", "assets/", "a\0b", "x/../y"])
def test_what_is_no_file_of_the_client_is_not_found(built: Path, path: str) -> None:
    with pytest.raises(NotFound):
        pages.find_static(path)


@given(st.text(alphabet="./\\%~ab\0", max_size=20))
def test_no_path_leads_out_of_the_folder(path: str) -> None:
    try:
        found = pages.find_static(path)
    except NotFound:
        return
    assert found.resolve().is_relative_to(pages.STATIC.resolve())


@pytest.mark.parametrize("path", ["a" * 300, "assets/" + "a" * 5000, "a/" * 4000 + "a"])
def test_a_name_too_long_for_the_disk_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        pages.find_static(path)


def test_the_page_may_load_from_its_own_server_only(site: Site) -> None:
    reply = site.nobody.get("/w/hello")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "http:" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("GET", "/w/hello", 200), ("GET", "/w/hello/text", 200),
        ("GET", "/w/nowhere", 404), ("GET", "/static/webmcp.js", 200),
        ("GET", "/static/nothing.js", 404), ("GET", "/favicon.ico", 307), ("GET", "/nothing", 404),
        ("GET", "/w/hello/nothing", 404),
        ("GET", "/healthz", 200), ("GET", "/readyz", 200), ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200), ("GET", "/api/worlds", 200), ("DELETE", "/api/worlds", 405),
        ("GET", "/api/worlds/hello/events", 200), ("POST", "/api/worlds", 401),
        ("GET", "/api/invite.svg?path=/w/hello", 200), ("GET", "/assets/" + "0" * 64, 404),
        ("POST", "/mcp", 401), ("GET", "/.well-known/oauth-protected-resource/mcp", 200),
        ("GET", "/.well-known/oauth-authorization-server", 200), ("GET", "/oauth/authorize", 400),
    ],
)  # fmt: skip
def test_every_answer_is_closed_to_other_sites(
    site: Site, method: str, path: str, status: int
) -> None:
    reply = site.nobody.ask(method, path)
    assert reply.status == status
    told = reply.headers
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"
    assert told["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    # The window of a program that asks to be let in waits for the one that it opened.
    alone = None if path.startswith("/oauth/") else "same-origin"
    assert told.get("cross-origin-opener-policy") == alone


def test_who_asks_by_an_unknown_name_gets_the_same_head(site: Site) -> None:
    told = site.nobody.get("/api/worlds", Host="two words").headers
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert told["cross-origin-opener-policy"] == "same-origin"


def test_what_is_sandboxed_opens_by_itself_and_a_door_says_itself_who_frames_it() -> None:
    asset = MutableHeaders({"Content-Security-Policy": "sandbox; default-src 'none'"})
    complete({"path": "/assets/" + "0" * 64}, asset)
    assert "cross-origin-opener-policy" not in asset and asset["x-content-type-options"]
    door = MutableHeaders({"Cross-Origin-Resource-Policy": "cross-origin"})
    complete({"path": "/lms/launch", "authored": True}, door)
    assert "content-security-policy" not in door and "cross-origin-opener-policy" not in door
    assert door["cross-origin-resource-policy"] == "cross-origin"


def test_a_forged_host_adds_nothing_to_the_policy() -> None:
    assert "evil" not in pages.policy("localhost; script-src evil")
    assert " ws://localhost:7400 " in pages.policy("localhost:7400").replace(";", " ; ")


def test_a_world_that_is_not_there_is_said_so(site: Site) -> None:
    reply = site.nobody.get("/w/<script>")
    assert reply.status == 404
    assert b"<script>" not in reply.body


def test_an_invitation_is_drawn_for_pages_of_worlds_only(site: Site) -> None:
    drawn = site.nobody.get("/api/invite.svg?path=/w/plaza")
    assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
    for path in ("//evil.example/", "/w/..", "/w/a%20b", "javascript:alert(1)", "/w/" + "a" * 99):
        assert site.nobody.get(f"/api/invite.svg?path={path}").status == 422


def test_the_page_in_words_tells_of_the_moment_that_its_address_names(site: Site) -> None:
    owner = site.owner()
    made = owner.act("hello", "spawn", name="a tall vase", components={"Shape": {}}).json["seq"]
    owner.act("hello", "despawn", entity="a tall vase")

    def text(seq: object) -> str:
        reply = site.nobody.get(f"/w/hello/text?seq={seq}")
        assert reply.status == 200
        return reply.body.decode()

    assert "tall vase" not in text("")
    then = text(made)
    assert '<h2 id="things-title">What was here</h2>' in then and "A tall vase" in then
    assert f"As it was after record {made}, " in then and " UTC." in then
    assert f'href="/w/hello?seq={made}"' in then and 'href="/w/hello/text"' in then
    assert "Who is here now" in then
    assert "tall vase" not in text(made - 1)
    assert "As it was before all else." in text(0) and "Lantern" not in text(0)


@pytest.mark.parametrize("seq", ["-1", "x", "1.5", "²", "9" * 16, "1%00", "1&seq=2"])
def test_an_address_without_a_moment_is_told_of_now(site: Site, seq: str) -> None:
    told = site.nobody.get(f"/w/hello/text?seq={quote(seq, safe='%&=')}").body.decode()
    assert ("What is here" in told) is (seq != "1&seq=2")


def test_a_moment_that_is_not_there_yet_is_told_so(site: Site) -> None:
    told = site.nobody.get("/w/hello/text?seq=99999999").body.decode()
    assert "There is no moment 99999999 yet: it is told of now." in told
    assert "What is here" in told and "Lantern" in told
