"""`loom`: every command, on a running server's realm and on a closed file."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from argparse import _SubParsersAction
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.asking import Site
from tests.server.test_assets import png
from worldloom.server.cli import carry
from worldloom.server.cli.main import main, make_parser
from worldloom.testing.fixtures import Server

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def loom(folder: Path, *arguments: str) -> Said:
    """Run a command in a folder, inside this process: a new Python a command takes a second."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Said(code, out.getvalue(), err.getvalue())


def done(folder: Path, *arguments: str) -> str:
    result = loom(folder, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def realm(serve: Callable[..., Server], hello_file: Path, tmp_path: Path) -> Path:
    """Return a folder with a closed realm that has some history."""
    server = serve(str(hello_file))
    owner = Site(server).owner()
    for number in range(3):
        assert owner.act("hello", "say", text=f"line {number}").status == 200
    assert server.stop() == 0
    return tmp_path


def test_every_command_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    (commands,) = (
        action for action in make_parser()._actions if isinstance(action, _SubParsersAction)
    )
    assert {"run", "approvals", "approve", "deny", "doctor"} <= set(commands.choices)
    for name in commands.choices:
        with pytest.raises(SystemExit) as end:
            make_parser().parse_args([name, "--help"])
        assert end.value.code == 0
        assert f"example: loom {name}" in capsys.readouterr().out


def test_loom_is_a_program_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "worldloom"]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("worldloom ")
    none = subprocess.run(
        [*command, "worlds", "--realm", "none.loom"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert none.returncode == 1
    assert none.stderr.startswith("there is no realm file none.loom [no_realm]\n  fix: ")


def test_the_realm_of_this_folder_is_made_when_absent(tmp_path: Path) -> None:
    assert json.loads(done(tmp_path, "worlds", "--json")) == {"worlds": []}
    assert [path.name for path in tmp_path.iterdir()] == ["realm.loom"]
    assert loom(tmp_path, "do", "plaza", "say", "text=hello").returncode == 1
    done(tmp_path, "verify")


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["at", "plaza"], ["at", "plaza", "-3"], ["at", "plaza", "x"],
     ["do", "plaza", "say", "--key", ""], ["undo", "plaza", "--token", ""],
     ["run", "--port", "99999"], ["token", "ann"], ["token", "ann", "--role", "king"]],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_a_fix(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args(arguments)
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "[wrong_usage]" in told
    assert "fix: loom" in told


def test_the_bare_name_tells_what_there_is(tmp_path: Path) -> None:
    assert "serve worlds" in done(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_refusal_ends_with_1_and_names_its_code_and_its_fix(realm: Path) -> None:
    for arguments, code in (
        (("worlds", "--realm", "none.loom"), "no_realm"),
        (("log", "nowhere"), "not_found"),
        (("at", "hello", "999999"), "no_seq"),
        (("log", "hello", "--after", "999999"), "no_seq"),
        (("proof", "hello", "999999"), "no_seq"),
        (("export", "nowhere", "x.loom"), "not_found"),
        (("do", "hello", "dance"), "not_found"),
        (("do", "hello", "say", "text"), "bad_argument"),
        (("do", "hello", "say"), "invalid"),
        (("export", "hello", "x.txt"), "bad_suffix"),
        (("export", "nowhere", "x.glb"), "not_found"),
        (("import", "none.loom"), "no_realm"),
        (("run", "none.py"), "no_file"),
        (("new", "Bad Name"), "bad_name"),
    ):
        result = loom(realm, *arguments)
        assert result.returncode == 1, arguments
        assert "Traceback" not in result.stderr, result.stderr
        first, *rest = result.stderr.strip().splitlines()
        assert first.endswith("]"), result.stderr
        assert f"[{code}]" in first, (arguments, first)
        assert any(line.strip().startswith("fix:") for line in rest), arguments


def check_reading(folder: Path) -> None:
    """The same words and data, whoever holds the realm."""
    assert "hello" in done(folder, "worlds")
    cards = json.loads(done(folder, "worlds", "--json"))["worlds"]
    seq = next(card["seq"] for card in cards if card["name"] == "hello")
    lines = done(folder, "log", "hello", "--after", str(seq - 3)).splitlines()
    assert len(lines) == 3
    assert "Said" in lines[-1]
    past = loom(folder, "log", "hello", "--after", "999999")
    assert (past.returncode, "[no_seq]" in past.stderr) == (1, True)
    assert done(folder, "log", "hello", "--after", str(seq)) == ""
    records = [json.loads(line) for line in done(folder, "log", "hello", "--json").splitlines()]
    assert [record["seq"] for record in records] == list(range(1, seq + 1))
    shown = done(folder, "at", "hello", str(seq)).splitlines()
    state = json.loads(done(folder, "at", "hello", str(seq), "--json"))
    assert shown[0] == f"seq {seq}"
    assert shown[1] == f"state_hash {state['state_hash']}"
    assert any("lantern" in line for line in shown[2:])
    assert state["seq"] == seq


def check_acting(folder: Path) -> None:
    answer = json.loads(done(folder, "do", "hello", "say", "text=123", "--json"))
    assert answer["result"] is None
    made = json.loads(
        done(folder, "do", "hello", "spawn", f"name=thing {answer['seq']}",
             'components={"Color": {}}', "position=[1, 2, 3]", "--json")
    )  # fmt: skip
    id = made["result"]["entity"]
    assert done(folder, "do", "hello", "despawn", f"entity={id}").startswith("seq ")
    token = done(folder, "token", "ann", "--role", "builder").splitlines()[-1]
    assert token.startswith("wl_")
    assert " " not in token


def test_reading_and_acting_on_a_closed_file(realm: Path) -> None:
    check_reading(realm)
    check_acting(realm)
    assert done(realm, "verify").count("records are good") == 3
    assert {path.name for path in realm.iterdir()} == {"realm.loom"}


def test_reading_and_acting_on_a_running_servers_realm(
    realm: Path, serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    check_reading(realm)
    check_acting(realm)
    assert done(realm, "do", "hello", "add", "one=2").splitlines()[0] == "3"
    token = done(realm, "token", "ann", "--role", "builder").splitlines()[-1]
    reply = site.nobody.ask(
        "POST", "/api/worlds/hello/actions/build", {}, {"Authorization": f"Bearer {token}"}
    )
    assert reply.json["result"] == "built"
    assert done(realm, "verify").count("records are good") == 3


@pytest.mark.parametrize("running", [False, True])
def test_a_dry_run_tells_what_would_come_and_changes_nothing(
    realm: Path, serve: Callable[..., Server], hello_file: Path, running: bool
) -> None:
    if running:
        serve(str(hello_file))
    before = json.loads(done(realm, "worlds", "--json"))["worlds"][0]["seq"]
    lines = done(realm, "do", "hello", "spawn", "name=kiosk", "--dry-run").splitlines()
    assert json.loads(lines[0])["entity"].startswith("e")
    assert lines[1:] == ["tried only: nothing was changed"]
    told = json.loads(done(realm, "do", "hello", "spawn", "name=kiosk", "--dry-run", "--json"))
    assert told["dry_run"] is True and told["result"]["entity"].startswith("e")
    refused = loom(realm, "do", "hello", "despawn", "entity=kiosk", "--dry-run")
    assert refused.returncode == 1 and "there is no entity kiosk" in refused.stderr
    assert json.loads(done(realm, "worlds", "--json"))["worlds"][0]["seq"] == before
    first, again = (done(realm, "do", "hello", "say", "text=hi", "--key", "k") for _ in range(2))
    assert first == again


@pytest.mark.parametrize("running", [False, True])
def test_a_world_goes_out_and_comes_back_with_an_equal_state_hash(
    realm: Path, serve: Callable[..., Server], hello_file: Path, running: bool
) -> None:
    if running:
        serve(str(hello_file))
    before = json.loads(done(realm, "worlds", "--json"))["worlds"][0]
    state = json.loads(done(realm, "at", "hello", str(before["seq"]), "--json"))
    done(realm, "export", "hello", "out.loom")
    assert "records are good" in done(realm, "verify", "out.loom")
    fresh = realm / "fresh"
    fresh.mkdir()
    if running:
        other = serve(str(hello_file.parent / "hello.py"), realm=fresh / "other.loom")
        Site(other).owner()
        refused = loom(fresh, "import", "../out.loom", "--realm", "other.loom")
        assert refused.returncode == 1, "there is a world of this name"
    done(fresh, "import", "../out.loom", "--realm", "realm.loom")
    again = json.loads(done(fresh, "at", "hello", str(before["seq"]), "--json"))
    assert again == state
    glb = done(realm, "export", "hello", "scene.glb")
    assert "scene.glb" in glb
    assert (realm / "scene.glb").read_bytes().startswith(b"glTF")


@pytest.mark.parametrize("running", [False, True])
def test_a_world_comes_in_under_another_name_where_its_own_is_taken(
    realm: Path, serve: Callable[..., Server], hello_file: Path, running: bool
) -> None:
    done(realm, "export", "hello", "out.loom")
    if running:
        serve(str(hello_file))
    refused = loom(realm, "import", "out.loom").stderr
    assert "[name_taken]" in refused
    assert "--as" in refused
    assert "[name_taken]" in loom(realm, "import", "out.loom", "--as", "hello").stderr
    for name in ("Bad Name", "people", ""):
        assert "[bad_name]" in loom(realm, "import", "out.loom", "--as", name).stderr, name
    assert done(realm, "import", "out.loom", "--as", "second").startswith("second: ")
    cards = {card["name"]: card for card in json.loads(done(realm, "worlds", "--json"))["worlds"]}
    seq = str(cards["second"]["seq"])
    first, second = (
        json.loads(done(realm, "at", name, seq, "--json")) for name in ("hello", "second")
    )
    assert first["state_hash"] == second["state_hash"]


@pytest.mark.parametrize("running", [False, True])
def test_one_world_is_brought_in_from_a_realm_of_several(
    realm: Path, serve: Callable[..., Server], tmp_path: Path, running: bool
) -> None:
    (other := tmp_path / "other").mkdir()
    (other / "lone.py").write_text('from worldloom import World\n\nworld = World("lone")\n')
    if running:
        serve(str(other / "lone.py"), realm=other / "realm.loom")
    several = str(realm / "realm.loom")
    refused = loom(other, "import", several).stderr
    assert "[which_world]" in refused and "hello, secret" in refused and "--world" in refused
    assert "[not_found]" in loom(other, "import", several, "--world", "third").stderr
    assert done(other, "import", several, "--world", "hello").startswith("hello: ")
    brought = done(other, "import", several, "--world", "secret", "--as", "mine")
    assert brought.startswith("mine: ")
    cards = {card["name"] for card in json.loads(done(other, "worlds", "--json"))["worlds"]}
    assert cards >= {"hello", "mine"}


@pytest.mark.parametrize("running", [False, True])
def test_an_uploaded_file_goes_out_with_its_world_and_is_served_where_it_comes_in(
    serve: Callable[..., Server], hello_file: Path, tmp_path: Path, running: bool
) -> None:
    site = Site(server := serve(str(hello_file)))
    owner = site.owner()
    model = (ROOT / "worldloom/studio/baked/avatars/hands.glb").read_bytes()
    picture = png(8, 8, os.urandom(700_000))  # of more than one chunk
    models, pictures = {"Content-Type": "model/gltf-binary"}, {"Content-Type": "image/png"}
    shown = owner.ask("POST", "/api/assets", model, models).json["sha256"]
    gone = owner.ask("POST", "/api/assets", picture, pictures).json["sha256"]
    assert owner.act("hello", "spawn", name="vase", components={"Model": {"asset": shown}}).json
    # What stood there once is history: it goes along with what stands there now.
    for asset in (gone, shown):
        wish = {"entity": "vase", "component": "Model", "fields": {"asset": asset}}
        assert owner.act("hello", "set", **wish).status == 200
    before = site.nobody.get("/api/worlds/hello/state").json
    if not running:
        assert server.stop() == 0
    # The author's file is kept as one, too.
    assert ", 3 assets" in done(tmp_path, "export", "hello", "out.loom")
    (other := tmp_path / "other").mkdir()
    (other / "lone.py").write_text('from worldloom import World\n\nworld = World("lone")\n')
    if running:
        second = serve(str(other / "lone.py"), realm=other / "realm.loom")
        done(other, "import", "../out.loom")
    else:
        done(other, "import", "../out.loom")
        second = serve(str(other / "lone.py"), realm=other / "realm.loom")
    asks = Site(second).nobody
    assert asks.get("/api/worlds/hello/state").json == before
    assert asks.get(f"/assets/{shown}").body == model
    assert asks.get(f"/assets/{gone}").body == picture
    assert asks.get(f"/assets/{gone}", Range="bytes=600000-600009").body == picture[600_000:600_010]
    assert done(other, "verify").count("records are good") == 3


def test_an_import_into_a_running_server_can_be_entered_at_once(
    realm: Path, serve: Callable[..., Server], tmp_path: Path
) -> None:
    done(realm, "export", "hello", "out.loom")
    other = tmp_path / "other"
    other.mkdir()
    (other / "lone.py").write_text('from worldloom import World\n\nworld = World("lone")\n')
    site = Site(serve(str(other / "lone.py"), realm=other / "realm.loom"))
    done(other, "import", str(realm / "out.loom"))
    assert site.nobody.get("/api/worlds/hello/state").json["entities"]


def test_a_running_realm_is_backed_up_and_the_copy_can_be_served(
    realm: Path, serve: Callable[..., Server], hello_file: Path, tmp_path: Path
) -> None:
    first = Site(serve(str(hello_file))).owner()
    assert first.act("hello", "say", text="before").status == 200
    assert "copy.loom" in done(realm, "backup", "copy.loom")
    assert "[file_exists]" in loom(realm, "backup", "copy.loom").stderr
    assert first.act("hello", "say", text="after").status == 200
    assert "records are good" in done(realm, "verify", "copy.loom")
    served = Site(serve(str(hello_file), realm=tmp_path / "copy.loom")).nobody
    assert served.get("/api/worlds/hello/state").json["entities"]
    assert b"after" not in served.get("/api/worlds/hello/events").body


def test_a_missing_tail_shows_against_a_saved_root(realm: Path, hello_file: Path) -> None:
    server = Server(realm / "realm.loom", str(hello_file)).start()
    saved = Site(server).nobody.get("/api/worlds/hello").body
    assert server.stop() == 0
    (realm / "saved.json").write_bytes(saved)
    done(realm, "verify", "--root", "saved.json")
    later = json.loads(saved)
    later["seq"] += 5
    (realm / "later.json").write_text(json.dumps(later))
    assert loom(realm, "verify", "--root", "later.json").returncode == 1
    (realm / "broken.json").write_text("{")
    assert "[bad_root]" in loom(realm, "verify", "--root", "broken.json").stderr


def test_new_writes_a_world_that_runs_and_a_test_that_passes(tmp_path: Path) -> None:
    assert "garden.py" in done(tmp_path, "new", "garden")
    assert "[file_exists]" in loom(tmp_path, "new", "garden").stderr
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_garden.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("command", [
    "run --port 0 --realm bad.loom", "doctor --realm bad.loom", "verify bad.loom",
    "export plaza out.loom --realm bad.loom", "import bad.loom", "worlds --realm bad.loom",
    "log plaza --realm bad.loom", "do plaza say text=x --realm bad.loom",
    "token ada --role owner --realm bad.loom",
])  # fmt: skip
@pytest.mark.parametrize("content", [b"x", b"no realm at all, whatever it is called " * 99])
def test_a_file_that_is_no_realm_is_told_in_words_with_what_to_do(
    tmp_path: Path, command: str, content: bytes
) -> None:
    (tmp_path / "bad.loom").write_bytes(content)
    said = loom(tmp_path, *command.split())
    told = said.stdout + said.stderr
    assert said.returncode == 1 and "database" not in told, told
    assert re.search("too short|another kind of file|lacks the realm's mark", told), told
    assert re.search("fix: .*(copy|backup|export)", told), told
    assert (tmp_path / "bad.loom").read_bytes() == content


def test_the_owners_link_is_told_again_until_somebody_used_it(
    realm: Path, serve: Callable[..., Server], hello_file: Path
) -> None:
    stopped = loom(realm, "claim")
    assert stopped.returncode == 1 and "no server runs" in stopped.stderr
    site = Site(serve(str(hello_file)))
    secret = done(realm, "claim").strip().partition("#claim=")[2]
    assert secret == site.claim()
    assert site.guest().post("/api/auth/claim", {"claim": secret}).json["role"] == "owner"
    assert "claim_spent" in loom(realm, "claim").stderr


def test_an_owner_whose_browser_is_lost_gets_another_link_on_the_machine_alone(
    realm: Path, serve: Callable[..., Server], hello_file: Path
) -> None:
    site = Site(serve(str(hello_file)))
    asked = {"claim": "", "again": True}
    first = site.guest()
    assert first.post("/api/auth/claim", {"claim": site.claim()}).status == 200
    assert [one.post("/api/auth/claim", asked).status for one in (first, site.guest())] == [403] * 2
    link = done(realm, "claim", "--again").strip()
    assert link == done(realm, "claim").strip(), "it is told again until it is used"
    secret = {"claim": link.partition("#claim=")[2]}
    assert site.guest().post("/api/auth/claim", secret).json["role"] == "owner"
    assert site.guest().post("/api/auth/claim", secret).code == "claim_spent"
    unused = done(realm, "claim", "--again").strip().partition("#claim=")[2]
    site.server.stop()
    told = json.loads(loom(realm, "doctor", "--json").stdout)["findings"]
    assert "has an owner" in next(one["found"] for one in told if one["what"] == "realm")
    site = Site(serve(str(hello_file)))
    assert loom(realm, "claim").returncode == 1
    assert site.guest().post("/api/auth/claim", {"claim": unused}).code == "claim_spent"
    site.server.stop()
    assert site.server.claim == "", "somebody owns it: no link is printed"


def test_the_kept_code_runs_with_trust_only(
    realm: Path, serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "lone.py").write_text('from worldloom import World\n\nworld = World("lone")\n')
    plain = Site(serve(str(tmp_path / "lone.py")))
    assert plain.guest().act("hello", "add", one=1).status == 404
    assert plain.guest().act("hello", "say", text="entered all the same").status == 200
    plain.server.stop()
    trusted = Site(serve(str(tmp_path / "lone.py"), options=("--trust",)))
    assert trusted.guest().act("hello", "add", one=1).json["result"] == 2


def test_a_long_check_says_on_stderr_how_far_it_is(
    realm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loom(realm, "verify").stderr == ""
    monkeypatch.setattr(carry, "PROGRESS_SECONDS", 0.0)
    said = loom(realm, "verify", "--json")
    assert json.loads(said.stdout)["ok"]
    done, _, total = said.stderr.splitlines()[-1].partition(" records")[0].partition(" of ")
    assert done == total != "0"
