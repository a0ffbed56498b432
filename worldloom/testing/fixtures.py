"""Pytest fixtures with a real server: `pytest_plugins = ["worldloom.testing.fixtures"]`.

Then a test takes `serve`, calls `server = serve("hello.py")` and enters with
`async with Robot(server.world("hello")) as robot`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

READY_SECONDS = float(os.environ.get("WORLDLOOM_READY_SECONDS", "30"))
"""How long a server may take to start; more where it runs at the lowest priority."""
START = """
import sys
from worldloom.kernel.limits import LIMITS
for name, value in {limits}.items():
    object.__setattr__(LIMITS, name, value)
from worldloom.server.cli.main import main
sys.exit(main())
"""
"""What the command `loom` runs, in this very Python, with some limits set otherwise."""


class Server:
    """A `loom run` of its own in a process of its own, over a realm in a temporary folder.

    `command` may be `dev`; `limits` are other values for some of the table of limits, by name;
    `loom` is an installed command to run in place of this Python's own.
    """

    def __init__(
        self,
        realm: Path,
        *files: str,
        options: tuple[str, ...] = (),
        command: str = "run",
        limits: Mapping[str, float] | None = None,
        loom: str | None = None,
    ) -> None:
        self.realm = realm
        self.url = ""
        self.claim = ""
        """The owner's link, on a fresh realm."""
        self.errors: list[str] = []
        """What it wrote to stderr."""
        start = [sys.executable, "-c", START.format(limits=dict(limits or {}))]
        self._command = [
            *([loom] if loom else start), command, *files,
            "--realm", str(realm), "--port", "0", *options,
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self._followers: list[threading.Thread] = []

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> "Server":
        """Start it and wait until it can be entered; raises RuntimeError with what it wrote."""
        self._process = process = subprocess.Popen(
            self._command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None and process.stderr is not None
        self._follow(process.stderr.readline, self.errors.append)
        watch = threading.Timer(READY_SECONDS, process.kill)
        watch.start()
        line = process.stdout.readline()
        watch.cancel()
        if not line.startswith("ready "):
            self._end(signal.SIGKILL)
            raise RuntimeError(f"the server said {line!r}\n{''.join(self.errors)}")
        self.url = line.removeprefix("ready ").strip().rstrip("/")
        self._follow(process.stdout.readline, self._hear)
        return self

    def again(self) -> "Server":
        """Start it once more at the port that it had."""
        self._command += ["--port", self.url.rsplit(":", 1)[1]]
        return self.start()

    def world(self, name: str) -> str:
        """Return the address of a world's page."""
        return f"{self.url}/w/{name}"

    def stop(self) -> int:
        """Stop it cleanly; returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with -9, as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, with_signal: signal.Signals) -> int:
        process = self._process
        if process is None:
            return 0
        self._process = None
        if process.poll() is None:
            process.send_signal(with_signal)
        try:
            return process.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            for follower in self._followers:
                follower.join()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def _hear(self, line: str) -> None:
        if line.startswith("owner "):
            self.claim = line.removeprefix("owner ").strip()

    def _follow(self, read: Callable[[], str], tell: Callable[[str], None]) -> None:
        """Read a pipe until its end, so that the server never waits for us."""

        def follow() -> None:
            while line := read():
                tell(line)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        self._followers.append(follower)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers, `serve("hello.py")` or `serve(realm=path)`; all are stopped at the end."""
    with ExitStack() as stack:

        def start(*files: str, realm: Path | None = None, options: tuple[str, ...] = ()) -> Server:
            server = Server(realm or tmp_path / "realm.loom", *files, options=options)
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """Return a running server of the default realm."""
    return serve()
