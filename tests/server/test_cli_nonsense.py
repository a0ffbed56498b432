"""`loom` under nonsense: odd names, bad files and hostile proofs end in words, not in traces."""

from __future__ import annotations

import json
import os
from pathlib import Path

import apsw
import pytest

from tests.fuzz.judging import check_told
from tests.server.asking import Site
from tests.server.test_cli import Said, done, loom
from worldloom.kernel.limits import LIMITS
from worldloom.server.cli import door

ODD = ("a b", "ü", "a\nb", "\udcff", "", "hello?x=1", "hello#", "hello/state", "%2e%2e", "../x",
       "x" * 3000, "🙂")  # fmt: skip


def refused(folder: Path, *typed: str) -> Said:
    """Type a command that must end with 1 or 2 and its words."""
    try:
        said = loom(folder, *typed)
    except SystemExit as end:
        assert end.code == 2
        return Said(2, "", "")
    check_told(said.returncode, said.stdout, said.stderr)
    assert said.returncode, (typed, said.stdout)
    return said


@pytest.fixture(scope="module")
def beside(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose `realm.loom` leads to that of a running server."""
    folder = tmp_path_factory.mktemp("beside")
    (folder / "realm.loom").symlink_to(site.server.realm)
    return folder


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_is_refused_by_a_running_server_as_by_a_file(beside: Path, name: str) -> None:
    for typed in (
        ("log", name), ("at", name, "1"), ("do", name, "say", "text=hi"), ("proof", name, "1"),
        ("fork", name, "new"), ("undo", name), ("redo", name), ("do", "hello", name),
        ("do", "hello", "say", "text=hi", "--token", name or "?"), ("revoke", name),
        ("forget", name), ("fork", "hello", name),
    ):  # fmt: skip
        refused(beside, *typed)


def test_a_link_to_a_realm_that_is_served_leads_to_its_server(site: Site, beside: Path) -> None:
    link = beside / "realm.loom"
    assert door.running_server(link) == door.running_server(site.server.realm) is not None
    refusal = refused(beside, "run", "--realm", str(link), "--port", "0")
    assert "[realm_in_use]" in refusal.stderr


def test_deep_json_as_an_argument_is_text(beside: Path) -> None:
    assert "[" in refused(beside, "do", "hello", "add", "one=" + "[" * 100_000).stderr


@pytest.mark.skipif(os.name == "nt", reason="the paths are those of POSIX")
@pytest.mark.parametrize("name", ["folder.glb", "/nowhere/x.glb", "x" * 300 + ".glb", "\0.glb"])
def test_what_cannot_be_written_is_said(beside: Path, name: str) -> None:
    (beside / "folder.glb").mkdir(exist_ok=True)
    refused(beside, "export", "hello", name)
    refused(beside, "proof", "hello", "1", "--out", name)
    refused(beside, "backup", name)
    refused(beside, "worlds", "--realm", f"{name}/x" if name == "folder.glb" else name)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[" * 100_000, b'{"proof":' * 100_000, b'{"seq":-1,"root":"zz"}',
     b'{"seq":99999999999999999999999,"root":"00"}', b"x/hello\n1\nAAAA\n\n\xe2\x80\x94 a b\n",
     b"x" * (LIMITS.proof_bytes_max + 1)],
)  # fmt: skip
def test_a_hostile_proof_or_root_is_refused(beside: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "saved.json"
    file.write_bytes(content)
    for option in ("--proof", "--root"):
        for key in ((), ("--key", ""), ("--key", "a+b+c"), ("--key", "ü" * 1000)):
            refused(beside, "verify", option, str(file), *key)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such file here")
def test_a_proof_without_an_end_is_not_read_to_its_end(beside: Path) -> None:
    assert "[bad_root]" in refused(beside, "verify", "--proof", "/dev/zero").stderr


def test_a_failed_check_names_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "junk.loom").write_bytes(os.urandom(3000))
    said = refused(tmp_path, "verify", "junk.loom")
    assert "first bad seq 1" in said.stdout
    assert "[not_verified]" in said.stderr
    said = refused(tmp_path, "verify", "junk.loom", "--json")
    assert json.loads(said.stdout)["ok"] is False


@pytest.mark.parametrize(
    "note", [b"\xff", b"[]", b"7", b"[" * 100_000, b"{}", b'{"url":"file:///etc/"}', b'{"url":7}']
)
def test_a_realm_that_names_no_real_server_is_read_as_a_file(tmp_path: Path, note: bytes) -> None:
    done(tmp_path, "worlds")
    writer = apsw.Connection(str(tmp_path / "realm.loom"))
    writer.pragma("journal_mode", "wal")
    writer.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('server', ?)", (note,))
    assert (tmp_path / "realm.loom-wal").exists()
    assert door.running_server(tmp_path / "realm.loom") is None
    writer.close()
    done(tmp_path, "worlds")


def test_a_new_realm_is_told_and_its_answers_stay_plain(tmp_path: Path) -> None:
    said = loom(tmp_path, "approvals", "--json")
    assert json.loads(said.stdout) == {"approvals": []}
    assert f"a new realm begins in {tmp_path / 'realm.loom'}" in said.stderr
    assert "--realm" in said.stderr
    assert "new realm" not in loom(tmp_path, "approvals").stderr


def test_a_token_for_a_world_that_is_not_there_is_made_and_told(tmp_path: Path) -> None:
    said = loom(tmp_path, "token", "ada", "--role", "member", "--world", "nowhere")
    assert said.returncode == 0 and "there is no world nowhere yet" in said.stderr


def test_without_an_action_do_lists_them_with_what_they_ask(beside: Path) -> None:
    lines = done(beside, "do", "hello").splitlines()
    (say,) = (line for line in lines if line.startswith("say "))
    assert say.startswith("say text") and say.endswith("."), say
    told = json.loads(done(beside, "do", "hello", "--json"))
    assert [one["name"] for one in told["actions"]] != []
    said = refused(beside, "do", "hello", "sayy")
    assert "fix: `loom do hello`" in said.stderr
