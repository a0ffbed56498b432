"""Set up, run, test: everything the Makefile does, in Python, so that Windows has it too.

    python tools/make.py run --port 0     # what `make run ARGS="--port 0"` does
    python tools/make.py test             # what `make test` does

Only Python 3.11 with pip is needed. Nothing is done twice: each step leaves a stamp of what it was
made from, and is skipped while that is unchanged.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"
SCRIPTS = "Scripts" if WINDOWS else "bin"
VENV = ROOT / ".venv"
WHEEL_VENV = ROOT / ".venv-wheel"
SHELL = "/usr/lib/chromium/chromium-headless-shell"
"""Chromium without its windows: with them, a page takes three times as long to open."""
CHROMIUM = (SHELL, "/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser")
DEBIAN_PACKAGES = (
    "chromium-headless-shell", "libgl1-mesa-dri", "libegl1", "libegl-mesa0", "libgles2",
    "fonts-liberation",
)  # fmt: skip
PYTHON_TYPES = ("worldloom", "tools", "hatch_build.py", "examples", "tests", "benchmarks")
WORKERS_MAX = 4
"""Each may drive a browser that draws in software."""
TESTS_FAILED = 1
"""What pytest ends with when tests ran and some failed."""
AGAIN_MAX = 5
"""More browser tests than these do not fail by chance."""
USAGE = "usage: python tools/make.py run|setup|check|test|soak|cover|lock|clean [arguments]"


def say(text: str) -> None:
    """Print one line on stderr: stdout belongs to the program that is run."""
    print(text, file=sys.stderr, flush=True)


def tool(name: str, venv: Path = VENV) -> str:
    """Return the path of a program in a virtual environment."""
    return str(venv / SCRIPTS / (f"{name}.exe" if WINDOWS else name))


def run(*command: str, folder: Path = ROOT, **environment: str) -> int:
    """Run a command and return its exit code."""
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=variables, check=False).returncode


def must(*command: str, **environment: str) -> None:
    """Run a command, and stop with its exit code when it fails; what it prints goes to stderr."""
    variables = {**os.environ, **environment}
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        say(f"failed: {' '.join(command)}")
        sys.exit(done.returncode)


def start(*command: str) -> subprocess.Popen[bytes]:
    """Start a command that asks nothing; what it prints goes to stderr."""
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdin=quiet, stdout=sys.stderr)


def digest(*paths: Path) -> str:
    """Return a sha256 over the bytes of some files and over this Python's version."""
    total = hashlib.sha256(platform.python_version().encode())
    for path in paths:
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_done(stamp: Path, value: str) -> bool:
    """Return whether a step's stamp says that it was made from `value`."""
    return stamp.is_file() and stamp.read_text() == value


# --- setting up --------------------------------------------------------------------------------


def make_venv(venv: Path) -> None:
    """Make a virtual environment, also where Debian left out ensurepip."""
    if Path(tool("python", venv)).exists() and is_done(venv / ".python", platform.python_version()):
        return
    say(f"making {venv.name}")
    if subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode != 0:
        must(sys.executable, "-m", "venv", "--clear", "--without-pip", str(venv))
        must(sys.executable, "-m", "pip", "--python", tool("python", venv), "install", "pip")
    (venv / ".python").write_text(platform.python_version())


def install(venv: Path, lock: str) -> None:
    """Install the pinned packages of one lock file, every one checked by its hash."""
    path = ROOT / lock
    stamp, value = venv / f".{lock}", digest(path)
    if is_done(stamp, value):
        return
    say(f"installing {lock} (a minute or so)")
    # A lock file is complete: pip's own resolver would only look for what is newer, and refuse it.
    # What is never imported need not be compiled; what is, Python compiles then.
    options = ("-qq", "--no-deps", "--no-compile", "--require-hashes", "-r", lock)
    must(tool("python", venv), "-m", "pip", "install", *options)
    stamp.write_text(value)


def install_worldloom() -> None:
    """Build what is stale, and make .venv run the source tree as it stands."""
    must(tool("python"), "hatch_build.py")
    stamp, value = VENV / ".worldloom", digest(ROOT / "pyproject.toml")
    if is_done(stamp, value) and Path(tool("loom")).exists():
        return
    say("installing worldloom")
    options = ("-qq", "--no-deps", "--no-build-isolation", "--editable", ".")
    must(tool("python"), "-m", "pip", "install", *options, WORLDLOOM_SKIP_CLIENT="1")
    stamp.write_text(value)


def setup(lock: str = "requirements-build.lock") -> None:
    """Make .venv with everything that running needs."""
    make_venv(VENV)
    # The test lock holds the build lock's packages at the same versions.
    tests = ROOT / "requirements-test.lock"
    if lock == tests.name or not is_done(VENV / f".{tests.name}", digest(tests)):
        install(VENV, lock)
    install_worldloom()


def sources() -> list[Path]:
    """Return every file the wheel is made from."""
    found = [ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "requirements.lock"]
    folder = ROOT / "worldloom"
    return found + sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".sha256"})


def install_wheel() -> None:
    """Build the wheel and install it alone, with nothing but what it asks for, in .venv-wheel."""
    stamp, value = WHEEL_VENV / ".worldloom", digest(*sources())
    if is_done(stamp, value):
        return
    say("building the wheel")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    options = ("-qq", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", ".")
    must(tool("python"), "-m", "pip", "wheel", *options)
    wheel = next((ROOT / "dist").glob("worldloom-*-py3-none-any.whl"))
    again = ("-qq", "--no-deps", "--force-reinstall", str(wheel))
    must(tool("python", WHEEL_VENV), "-m", "pip", "install", *again)
    stamp.write_text(value)


def setup_tests() -> None:
    """Make .venv with everything that tests need, and .venv-wheel with the wheel alone."""
    with ThreadPoolExecutor(1) as beside:
        wheel = beside.submit(setup_wheel)
        setup("requirements-test.lock")
        wheel.result()
    install_wheel()


def setup_wheel() -> None:
    """Make .venv-wheel with nothing but what the wheel asks for."""
    make_venv(WHEEL_VENV)
    install(WHEEL_VENV, "requirements.lock")


def named_chromium() -> str | None:
    """Return which Chromium the person named."""
    return os.environ.get("WORLDLOOM_CHROMIUM")


def find_chromium() -> str | None:
    """Return Chromium's binary, or None."""
    paths = (named_chromium(), *CHROMIUM)
    return next((path for path in paths if path and Path(path).is_file()), None)


def has_browser() -> bool:
    """Return whether a Chromium and what draws for it are here."""
    libraries = all(ctypes.util.find_library(name) for name in ("EGL", "GLESv2"))
    libraries = libraries and any(Path("/usr/lib").glob("*/dri/swrast_dri.so"))
    return find_chromium() is not None and (libraries or WINDOWS or sys.platform == "darwin")


def need_browser() -> Callable[[], None]:
    """Have Chromium and Mesa: installed where this is root on Debian, otherwise asked for.

    Returns what waits for them: they come while all else is set up.
    """
    packages = " ".join(DEBIAN_PACKAGES)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    may_install = root and shutil.which("apt-get") is not None
    if has_browser() and (find_chromium() in (SHELL, named_chromium()) or not may_install):
        return lambda: None
    if not may_install:
        say(f"the browser tests need Chromium and Mesa. On Debian: apt-get install {packages}")
        say("elsewhere: install Chromium and name its binary in WORLDLOOM_CHROMIUM")
        sys.exit(1)
    say(f"installing {packages} meanwhile")
    install = f"apt-get -qq -y install --no-install-recommends {packages}"
    process = start("sh", "-c", f"apt-get -qq update && {install}")

    def wait() -> None:
        if process.wait() != 0 and not has_browser():
            say(f"failed: {install}")
            sys.exit(process.returncode)

    return wait


# --- checking ----------------------------------------------------------------------------------


def node(*arguments: str) -> list[str]:
    """Return a command that runs the Node of the PyPI wheel."""
    return [tool("python"), "tools/node.py", *arguments]


def client_tests() -> list[str]:
    """Return the client's test files."""
    folder = ROOT / "client" / "test"
    return [str(path.relative_to(ROOT / "client")) for path in sorted(folder.rglob("*.test.ts"))]


def checks() -> list[tuple[str, list[str]]]:
    """Return every check that is not a Python test, each with a title."""
    present = [name for name in PYTHON_TYPES if (ROOT / name).exists()]
    found = [
        ("ruff", [tool("ruff"), "check", "."]),
        ("format", [tool("ruff"), "format", "--check", "."]),
        ("mypy", [tool("mypy"), *present]),
        ("tsc", node("node_modules/typescript/bin/tsc", "--noEmit")),
    ]
    tests = client_tests()
    if tests:
        found.append(("node:test", node("--test", *tests)))
    return found


def check() -> list[str]:
    """Run every check, two side by side, and return the titles of those that failed."""
    with ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(check_one, checks()))
    return [title for (title, _), ok in zip(checks(), passed, strict=True) if not ok]


def check_one(titled: tuple[str, list[str]]) -> bool:
    """Run one check, print what it said when it is over, and return whether it passed."""
    title, command = titled
    started = time.monotonic()
    both = subprocess.STDOUT
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=both, check=False)
    verdict = "FAILED" if done.returncode else "ok"
    said = done.stdout.decode(errors="replace")
    say(f"\n== {title}\n{said}== {title}: {verdict}, {time.monotonic() - started:.0f} s")
    return done.returncode == 0


def pytest(*arguments: str) -> int:
    """Run pytest; the browser and server tests run the installed wheel's `loom`."""
    say("\n== pytest")
    # Whole files side by side: what a file sets up, such as a server, is set up once. In which
    # order they come, tests/conftest.py says.
    workers = str(min(os.cpu_count() or 2, WORKERS_MAX))
    beside = ("-n", workers, "--dist", "loadfile", "--no-loadscope-reorder")
    code = run_pytest(*beside, "--durations=25", *arguments)
    failed = failed_tests()
    if code != TESTS_FAILED or not all(name.startswith("tests/browser/") for name in failed):
        return code
    # What people see is drawn in software here, and two browsers share two cores.
    say(f"\n== {len(failed)} that failed beside another browser are tried again alone")
    if len(failed) > AGAIN_MAX:
        return code
    code = run_pytest("-n0", *failed)
    if code == 0:
        say(f"== passed at the second try only: {', '.join(failed)}")
    return code


def run_pytest(*arguments: str) -> int:
    """Run pytest in the environment that has the installed wheel."""
    command = (tool("python"), "-m", "pytest", *arguments)
    loom = tool("loom", WHEEL_VENV)
    return run(*command, WORLDLOOM_LOOM=loom, WORLDLOOM_CHROMIUM=find_chromium() or "")


def failed_tests() -> list[str]:
    """Return the names of the tests that failed last, as pytest keeps them."""
    kept = ROOT / ".cache/pytest/v/cache/lastfailed"
    return list(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else []


# --- the commands ------------------------------------------------------------------------------


def do_run(arguments: list[str]) -> int:
    """Serve the default realm: `loom run`, with the arguments passed on."""
    setup()
    command = [tool("loom"), "run", *arguments]
    if not WINDOWS:
        os.execv(command[0], command)  # so that signals reach the server itself
    return run(*command)


def do_setup(arguments: list[str]) -> int:
    """Make .venv with everything that tests and checks need too."""
    setup("requirements-test.lock")
    return 0


def do_check(arguments: list[str]) -> int:
    """Run the checks that are not Python tests."""
    setup("requirements-test.lock")
    failed = check()
    say(f"\nfailed: {', '.join(failed)}" if failed else "\nall checks passed")
    return 1 if failed else 0


def do_test(arguments: list[str]) -> int:
    """Set everything up and run every check and every test."""
    started = time.monotonic()
    wait_for_browser = need_browser()
    setup_tests()
    say(f"== set up in {time.monotonic() - started:.0f} s")
    failed = check()
    wait_for_browser()
    if failed:
        say(f"\n== checks that failed: {', '.join(failed)}")
    code = pytest(*arguments)
    return code or (1 if failed else 0)


def do_soak(arguments: list[str]) -> int:
    """Run what is long, on from where it stopped: histories, kills, fuzzers, benchmarks."""
    wait_for_browser = need_browser()
    setup_tests()
    wait_for_browser()
    return run(tool("python"), "tools/soak.py", *arguments)


def do_cover(arguments: list[str]) -> int:
    """Measure the coverage of kernel, stores and sync by their own tests."""
    setup("requirements-test.lock")
    folders = [f"tests/{name}" for name in ("kernel", "stores", "sync", "simulation")]
    return pytest("--cov", "--cov-report=term", *folders, *arguments)


def do_lock(arguments: list[str]) -> int:
    """Write the lock files anew: versions and hashes, no index and no host."""
    setup("requirements-test.lock")
    extras = {
        "": (), "-build": ("build",), "-test": ("build", "test", "dev"),
        "-deploy": ("academy", "oidc", "tracing"),
    }  # fmt: skip
    options = ("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade")
    quiet = ("--no-header", "--no-annotate", "--no-emit-index-url", "--quiet")
    for name, wanted in extras.items():
        flags = [f"--extra={extra}" for extra in wanted]
        output = ("-o", f"requirements{name}.lock")
        # What is tested is what is served.
        same = ("-c", "requirements-test.lock") if name == "-deploy" else ()
        must(
            tool("uv"), "pip", "compile", "pyproject.toml", *options, *quiet, *flags, *same, *output
        )
    return 0


def do_clean(arguments: list[str]) -> int:
    """Remove everything that was built or installed here, and no realm."""
    folders = [VENV, WHEEL_VENV, ROOT / "client" / "node_modules", ROOT / "worldloom" / "static"]
    folders += [ROOT / name for name in (".cache", ".ruff_cache", ".hypothesis", "build", "dist")]
    for folder in [*folders, *(ROOT / "worldloom").rglob("baked")]:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


COMMANDS = {
    "run": do_run, "setup": do_setup, "check": do_check, "test": do_test,
    "soak": do_soak, "cover": do_cover, "lock": do_lock, "clean": do_clean,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run one command."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this file is run before any is installed)
        say(f"Worldloom needs Python 3.11 or later; this is {platform.python_version()}")
        return 2
    if not arguments or arguments[0] not in COMMANDS:
        say(USAGE)
        return 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
