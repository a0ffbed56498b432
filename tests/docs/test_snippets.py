"""Every snippet of the documentation runs, or says that only its syntax is meant."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
import types

import pytest

from tests.docs.snippets import ROOT, Snippet, snippets
from worldloom.kernel.errors import WorldloomError

LANGUAGES = {"python", "console", "toml", "json", "text", "typescript", "javascript"}
TARGETS = set(re.findall(r"^([a-z ]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SYSTEM_PROGRAMS = {"cd", "curl", "git", "pip", "pipx", "cp", "kill", "sqlite3", "caddy", "export"}
SYSTEM_PROGRAMS |= {"podman", "sudo"}


GAP = re.compile(r"^ *(?:# )?…\n", re.MULTILINE)
"""A line that stands for lines that are left out of what is quoted."""


def not_quoted(snippet: Snippet) -> list[str]:
    """Return the parts of a quotation that its file does not have so, one after another.

    White space does not count: the formatter breaks and indents a part as it does a whole.
    """
    path = ROOT / snippet.mark.removeprefix("from=")
    if not path.is_file():
        return [f"there is no {path}"]
    text, at, missing = "".join(path.read_text("utf-8").split()), 0, []
    for part in GAP.split(snippet.text):
        found = text.find("".join(part.split()), at)
        if found < 0:
            missing.append(part)
        at = max(at, found)
    return missing


def run(snippet: Snippet, name: str) -> None:
    """Run a snippet as a module of its own, so that its components have names of their own."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(snippet.text, str(snippet), "exec"), vars(module))
    finally:
        del sys.modules[name]


def commands(snippet: Snippet) -> list[list[str]]:
    """Return the commands that a console snippet types after its `$`."""
    text = snippet.text.replace("\\\n", " ")
    lines = [line[2:] for line in text.splitlines() if line.startswith(("$ ", "> "))]
    return [shlex.split(line, comments=True) for line in lines]


def command_fault(words: list[str]) -> str | None:
    """Return what is wrong with one typed command, or None."""
    while words and "=" in words[0] and not words[0].startswith("-"):
        words = words[1:]
    if not words or words[0] in SYSTEM_PROGRAMS:
        return None
    program = words[0].rsplit("/", 1)[-1]
    if program == "make":
        known = {name for target in TARGETS for name in target.split()}
        return None if words[1] in known else f"make has no {words[1]}"
    if program in {"loom", "worldloom"}:
        return loom_fault(words[1:])
    if program in {"python", "python3", "py"}:
        is_script = len(words) > 1 and words[1].endswith(".py")
        exists = not is_script or (ROOT / words[1].replace("\\", "/")).is_file()
        return None if exists else f"there is no {words[1]}"
    return f"{program} is no program that the docs may ask for"


def loom_fault(words: list[str]) -> str | None:
    """Return what is wrong with the arguments of one `loom`, or None."""
    main = pytest.importorskip("worldloom.server.cli.main")
    try:
        main.make_parser().parse_args(words)
    except SystemExit as stop:
        return f"loom {shlex.join(words)} is wrong usage" if stop.code else None
    return None


def test_every_snippet_says_what_language_it_is() -> None:
    assert [str(one) for one in snippets() if one.language not in LANGUAGES] == []


@pytest.mark.parametrize("snippet", snippets("python"), ids=str)
def test_a_python_snippet_does_what_its_page_says(snippet: Snippet) -> None:
    name = re.sub(r"\W", "_", f"snippet_{snippet}")
    if snippet.mark.startswith("from="):
        assert not_quoted(snippet) == []
    elif snippet.mark == "syntax":
        compile(snippet.text, str(snippet), "exec")
    elif snippet.mark.startswith("raises="):
        with pytest.raises(WorldloomError) as caught:
            run(snippet, name)
        assert caught.value.code == snippet.mark.removeprefix("raises=")
        assert caught.value.fix
    else:
        assert not snippet.mark, f"{snippet.mark} is no mark"
        run(snippet, name)


@pytest.mark.parametrize("snippet", snippets("console"), ids=str)
def test_a_console_snippet_types_commands_that_exist(snippet: Snippet) -> None:
    typed = commands(snippet)
    assert typed, "a console snippet types at least one command after `$`"
    assert [fault for words in typed if (fault := command_fault(words))] == []


@pytest.mark.parametrize("snippet", snippets("toml", "json"), ids=str)
def test_a_data_snippet_can_be_parsed(snippet: Snippet) -> None:
    if snippet.mark:
        assert not_quoted(snippet) == []
    assert (tomllib.loads if snippet.language == "toml" else json.loads)(snippet.text)


def test_a_quotation_that_is_out_of_date_or_of_no_file_is_found() -> None:
    def quoted(text: str, path: str = "tests/docs/snippets.py") -> list[str]:
        return not_quoted(Snippet("page", 1, "python", f"from={path}", text))

    assert quoted("import re\n…\nROOT = Path(__file__).resolve().parents[2]\n") == []
    assert quoted("    page: str\n    # …\n    text: str\n") == []
    for wrong in (
        "import os\n",
        "ROOT = Path(__name__)\n",
        "text: str\nmark: str\n",
        "ROOT = 1\n…\n",
    ):
        assert quoted(wrong), wrong
    assert quoted("    text: str\n…\nimport re\n"), "in another order"
    assert quoted("import re\n", "tests/docs/nothing.py")


def test_a_planted_wrong_command_is_found() -> None:
    assert command_fault(["make", "dinner"])
    assert command_fault(["python", "tools/nothing.py"])
    assert command_fault(["wget", "x"])
    assert not command_fault(["make", "run"])
