"""Proofs over HTTP and on the command line: who may ask, what they show, and that they hold."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.test_cli import done, loom
from worldloom.ledger.checkpoints import SIGNING_KEY, read_checkpoint
from worldloom.ledger.notes import read_vkey
from worldloom.ledger.proofs import check
from worldloom.stores.sqlite import SqliteStore
from worldloom.testing.fixtures import Server


def test_a_record_s_proof_holds_with_the_key_that_the_world_tells(site: Site) -> None:
    seq = site.guest().act("hello", "click", entity="lantern").json["seq"]
    card = site.nobody.get("/api/worlds/hello").json
    reply = site.nobody.get(f"/api/worlds/hello/proof/{seq}")
    assert reply.status == 200 and reply.json["proof"] == "inclusion"
    found = check(reply.body, card["vkey"])
    assert (found.kind, found.world) == ("inclusion", "hello")
    record = site.nobody.get(f"/api/worlds/hello/events?after={seq - 1}&limit=1").json["records"][0]
    assert (reply.json["seq"], reply.json["hash"]) == (seq, record["hash"])


def test_a_proof_leads_to_the_root_of_the_length_that_is_asked_for(site: Site) -> None:
    card = site.nobody.get("/api/worlds/hello").json
    site.guest().act("hello", "click", entity="lantern")
    reply = site.nobody.get(f"/api/worlds/hello/proof/1?size={card['seq']}")
    assert reply.json["root"] == card["root"]
    assert check(reply.body, card["vkey"]).head.root == card["root"]


def test_a_log_that_grew_is_proved_to_continue_what_was_seen(site: Site) -> None:
    before = site.nobody.get("/api/worlds/hello").json
    site.guest().act("hello", "click", entity="lantern")
    after = site.nobody.get("/api/worlds/hello").json
    query = f"from={before['seq']}&to={after['seq']}"
    reply = site.nobody.get(f"/api/worlds/hello/proof?{query}")
    assert check(reply.body, before["vkey"]).kind == "consistency"
    assert reply.json["from"] == {"size": before["seq"], "root": before["root"]}
    assert reply.json["to"] == {"size": after["seq"], "root": after["root"]}


def test_a_checkpoint_is_a_signed_note_of_the_newest_root(site: Site) -> None:
    card = site.nobody.get("/api/worlds/hello").json
    reply = site.nobody.get("/api/worlds/hello/checkpoint")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    found = read_checkpoint(reply.body.decode(), read_vkey(card["vkey"]))
    assert found.origin.endswith("/hello") and found.size >= card["seq"]
    again = site.nobody.get(f"/api/worlds/hello/proof?from={card['seq']}&to={found.size}").json
    assert again["to"]["root"] == found.root.hex()


def test_who_may_not_read_the_log_gets_no_proof(site: Site) -> None:
    for path in ("proof/1", "proof?from=0", "checkpoint"):
        assert site.nobody.get(f"/api/worlds/secret/{path}").status == 401
        assert site.guest().get(f"/api/worlds/secret/{path}").status == 403
        assert site.nobody.get(f"/api/worlds/nowhere/{path}").status == 404
        assert site.owner().get(f"/api/worlds/secret/{path}").status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("proof/0", 404),
        ("proof/99999999", 404),
        (f"proof/{2**45}", 404),
        (f"proof/{2**53}", 422),
        (f"proof?from={2**45}", 404),
        ("proof/1?size=99999999", 404),
        ("proof/2?size=1", 404),
        ("proof/x", 422),
        ("proof/-1", 422),
        ("proof/1?size=0", 422),
        ("proof", 422),
        ("proof?from=x", 422),
        ("proof?from=99999999", 404),
        ("proof?from=3&to=2", 404),
    ],
)
def test_a_seq_that_is_none_is_refused(site: Site, path: str, status: int) -> None:
    reply = site.nobody.get(f"/api/worlds/hello/{path}")
    assert (reply.status, reply.json["error"]["fix"] != "") == (status, True)


@pytest.mark.parametrize("path", ["proof/2?size=1", "proof?from=2&to=1"])
def test_a_length_that_does_not_reach_a_seq_is_what_is_told(site: Site, path: str) -> None:
    reply = site.nobody.get(f"/api/worlds/hello/{path}")
    assert reply.json["error"]["message"] == "the first 1 records of hello hold no seq 2"


def test_the_realm_s_key_stays_over_a_restart_and_leaves_with_no_export(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    vkey = Site(server).nobody.get("/api/worlds/hello").json["vkey"]
    assert server.stop() == 0
    server = serve(str(hello_file))
    assert Site(server).nobody.get("/api/worlds/hello").json["vkey"] == vkey
    assert server.stop() == 0
    done(tmp_path, "export", "hello", "out.loom")
    store = SqliteStore(str(tmp_path / "realm.loom"))
    key = store.meta(SIGNING_KEY)
    store.close()
    assert key is not None and key[:32] not in (tmp_path / "out.loom").read_bytes()


@pytest.fixture
def closed(serve: Callable[..., Server], hello_file: Path, tmp_path: Path) -> Path:
    """Return a folder with a closed realm of some history."""
    server = serve(str(hello_file))
    owner = Site(server).owner()
    for number in range(3):
        assert owner.act("hello", "say", text=f"line {number}").status == 200
    assert server.stop() == 0
    return tmp_path


def test_a_saved_proof_is_checked_where_no_realm_is(closed: Path, tmp_path: Path) -> None:
    said = done(closed, "proof", "hello", "3", "--out", "proof.json")
    assert said.startswith("proof.json: record 3 of hello (")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    proof = (closed / "proof.json").rename(elsewhere / "proof.json")
    vkey = json.loads(proof.read_bytes())["vkey"]
    known = done(elsewhere, "verify", "--proof", "proof.json", "--key", vkey)
    assert "is one of the" in known and "compare" not in known
    assert "compare it" in done(elsewhere, "verify", "--proof", "proof.json")
    told = json.loads(done(elsewhere, "verify", "--proof", "proof.json", "--json"))
    assert (told["ok"], told["kind"], told["world"]) == (True, "inclusion", "hello")
    assert sorted(path.name for path in elsewhere.iterdir()) == ["proof.json"]


def test_a_changed_proof_is_told_with_what_is_wrong(closed: Path) -> None:
    printed = done(closed, "proof", "hello", "3")
    (closed / "proof.json").write_text(printed.replace('"index":2', '"index":1'))
    result = loom(closed, "verify", "--proof", "proof.json")
    assert result.returncode == 1
    assert "record 3 is not leaf 1 [bad_proof]" in result.stderr
    (closed / "proof.json").write_text(printed)
    other = "worldloom/0/hello" + json.loads(printed)["vkey"][34:]
    assert "not by the key that you gave" in loom(
        closed, "verify", "--proof", "proof.json", "--key", other
    ).stderr  # fmt: skip
    assert loom(closed, "verify", "--proof", "absent.json").returncode == 1


def test_a_proof_is_the_same_from_a_running_server_and_from_its_file(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    running = json.loads(done(tmp_path, "proof", "hello", "1"))
    assert server.stop() == 0
    size = running["size"]
    after = json.loads(done(tmp_path, "proof", "hello", "1"))
    assert (after["hash"], after["vkey"]) == (running["hash"], running["vkey"])
    assert after["size"] >= size
    result = loom(tmp_path, "proof", "hello", "99999")
    assert (result.returncode, "[no_seq]" in result.stderr) == (1, True)


def test_a_file_is_verified_against_a_saved_proof_and_a_saved_checkpoint(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    vkey = site.nobody.get("/api/worlds/hello").json["vkey"]
    note = site.nobody.get("/api/worlds/hello/checkpoint").body
    (tmp_path / "checkpoint.txt").write_bytes(note)
    (tmp_path / "grown.json").write_bytes(site.nobody.get("/api/worlds/hello/proof?from=1").body)
    site.owner().act("hello", "say", text="later")
    done(tmp_path, "proof", "hello", "2", "--out", "later.json")
    assert server.stop() == 0
    for name in ("grown.json", "later.json", "checkpoint.txt"):
        told = done(tmp_path, "verify", "--root", name, "--key", vkey)
        assert "the log continues the root that was saved at seq " in told
    assert "[bad_root]" in loom(tmp_path, "verify", "--root", "checkpoint.txt").stderr
    (tmp_path / "checkpoint.txt").write_bytes(note.replace(b"/hello\n", b"/hello\n1", 1))
    bent = loom(tmp_path, "verify", "--root", "checkpoint.txt", "--key", vkey)
    assert (bent.returncode, "does not fit the text" in bent.stderr) == (1, True)
    done(tmp_path, "export", "hello", "out.loom")
    assert loom(tmp_path, "verify", "out.loom", "--root", "later.json").returncode == 0


def test_a_proof_is_checked_by_a_fresh_python_without_a_server(closed: Path) -> None:
    done(closed, "proof", "hello", "3", "--out", "proof.json")
    (closed / "realm.loom").unlink()
    command = [sys.executable, "-m", "worldloom", "verify", "--proof", "proof.json"]
    run = subprocess.run(command, cwd=closed, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("record 3 of hello")


def test_a_proof_as_text_has_the_form_of_c2sp(site: Site) -> None:
    reply = site.nobody.get("/api/worlds/hello/proof/2?size=2", accept="text/plain")
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    proof = site.nobody.get("/api/worlds/hello/proof/2?size=2").json
    above, _, checkpoint = reply.body.decode().partition("\n\n")
    form, extra, index, *path = above.split("\n")
    assert (form, index, path) == ("c2sp.org/tlog-proof@v1", "index 1", proof["path"])
    data = base64.b64decode(extra.removeprefix("extra "))
    assert sha256(b"\x00" + data).hexdigest() == proof["hash"]
    assert checkpoint == proof["checkpoint"]
