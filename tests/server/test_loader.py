"""Author files as modules: found by their worlds, loaded again, and never half registered."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from worldloom.kernel import schema
from worldloom.kernel.components import Sound
from worldloom.kernel.errors import Misused
from worldloom.server.loader import load_file
from worldloom.stores.memory import MemoryStore


def load(folder: Path, text: str, name: str = "shop") -> object:
    path = folder / f"{name}.py"
    path.write_text(text)
    return load_file(path, MemoryStore())


def test_a_component_is_named_after_the_file(tmp_path: Path) -> None:
    load(tmp_path, 'from worldloom import Component, World\nw = World("a")\n'
                   "class Till(Component):\n    full: bool = False\n")  # fmt: skip
    assert "shop.Till" in schema.registry


def test_a_file_named_like_a_module_of_pythons_hides_nothing(tmp_path: Path) -> None:
    before = sys.modules["json"]
    load(tmp_path, 'import json\nfrom worldloom import World\nw = World(json.loads("\\"a\\""))\n',
         "json")  # fmt: skip
    assert sys.modules["json"] is before


def test_a_file_that_fails_leaves_every_class_as_it_was(tmp_path: Path) -> None:
    good = ('from worldloom import Component, World\nw = World("a")\n'
            "class Sign(Component):\n    text: str = ''\n")  # fmt: skip
    load(tmp_path, good)
    before = dict(schema.registry)
    with pytest.raises(Misused, match=r"shop.py, line 5: ZeroDivisionError"):
        load(tmp_path, good.replace("text: str = ''", "number: int = 0") + "1 / 0\n")
    assert schema.registry == before


def test_an_error_names_the_authors_own_line(tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"^shop.py, line 3: "):
        load(tmp_path, 'from worldloom import World\n\nw = World("Bad Name")\n')


def test_a_model_beside_the_file_becomes_an_asset(tmp_path: Path) -> None:
    store = MemoryStore()
    (tmp_path / "sound.ogg").write_bytes(b"OggS" + bytes(60))
    (tmp_path / "shop.py").write_text(
        'from worldloom import Sound, World\nw = World("a")\n'
        'bell = w.spawn("bell", Sound("file:sound.ogg"))\n'
    )
    loaded = load_file(tmp_path / "shop.py", store)
    (sha256,) = store.assets()
    (bell,) = loaded.worlds[0].find(Sound)
    assert bell[Sound].asset == sha256
    assert tmp_path / "sound.ogg" in loaded.watched


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_world"),
        ("from worldloom import World\na = World('x')\nb = World('x')\n", "two_worlds"),
        ("import sys\nsys.exit(3)\n", "broken_file"),
        ("raise GeneratorExit\n", "broken_file"),
        ("raise KeyboardInterrupt\n", "broken_file"),
        ("class Own(BaseException): pass\nraise Own\n", "broken_file"),
        ("class Mute(Exception):\n    __str__ = None\nraise Mute\n", "broken_file"),
        ("x = '\\0'.join('ab')\n\0", "broken_file"),
        ("x = " + "-" * 100_000 + "1\n", "broken_file"),
        ("def broken(:\n", "broken_file"),
        ("from worldloom import World, model\nw = World('x')\nw.spawn('m', model('no.glb'))\n",
         "no_file"),
        ("import no_such_module_anywhere\n", "broken_file"),
    ],
)  # fmt: skip
def test_a_file_without_a_world_to_serve_says_so(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Misused) as caught:
        load(tmp_path, text)
    assert caught.value.code == code
    assert caught.value.fix
