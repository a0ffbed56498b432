"""From the first line on the terminal to the last record: one server process."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import select
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn

from worldloom.kernel.errors import Unavailable
from worldloom.kernel.limits import LIMITS
from worldloom.kernel.world import World
from worldloom.server import logs, loop, tracing
from worldloom.server.alone import check_alone, claim, note
from worldloom.server.app import make_app
from worldloom.server.auth import SERVER, Doorkeeper
from worldloom.server.beside import Beside
from worldloom.server.engine import Engine
from worldloom.server.feeds import Feeds
from worldloom.server.guarded import Guarded
from worldloom.server.heads import HeadProtocol, sweep
from worldloom.server.house import House
from worldloom.server.intake import Intake
from worldloom.server.listening import bind
from worldloom.server.names import Names, Strict, UnderItsName
from worldloom.server.organisation import Organisation
from worldloom.server.overseer import Overseer
from worldloom.server.porter import Porter
from worldloom.server.protocol import SocketProtocol
from worldloom.server.watch import watch
from worldloom.server.webhooks import Webhooks
from worldloom.server.worlds import Worlds
from worldloom.stores.sqlite import SqliteStore
from worldloom.stores.tables import Table

log = logging.getLogger("worldloom")

GRACE_SECONDS = 3
LOOK_SECONDS = 0.1
"""How often a server that drains looks whether anybody is still here."""
FAREWELL_SECONDS = 1.0
"""How long clients have to answer the close when the server stops."""
LOOPBACK = ("127.0.0.1", "::1")
"""Whoever asks from here has the machine itself: a proxy beside us is believed untold."""
ANYWHERE = ("0.0.0.0", "::", "")


@dataclass(frozen=True)
class Options:
    """What `loom run`, `loom dev` and `loom demo` were told."""

    files: tuple[Path, ...] = ()
    worlds: tuple[World, ...] = ()
    kit: str = ""
    """The kit whose demo alone is served."""
    realm: Path = Path("realm.loom")
    host: str = "localhost"
    port: int = 7400
    share: bool = False
    tls: tuple[str, str] | None = None
    trust: bool = False
    names: tuple[str, ...] = ()
    """Under which further names a reverse proxy serves it; `*` for any."""
    proxies: tuple[str, ...] = ()
    """From which further addresses or networks X-Forwarded-For and -Proto are believed."""
    dev: bool = False
    oidc: tuple[str, str] | None = None
    """Issuer and client id of an organisation's sign-in; its secret is in the environment."""
    guests: str = ""
    """What guests may do beside visiting: `make` worlds of their own, `visit`, or as is usual."""
    drain: float = 0.0
    """For how many seconds it still serves those who are here when it is told to stop."""
    log: str = "plain"
    """The form of what is said on stderr, of `logs.LEVELS`."""
    say: Callable[[str], None] = field(default=lambda line: print(line, flush=True))


def serve(options: Options) -> int:
    """Serve a realm until a signal ends it; raises WorldloomError when it cannot begin."""
    logs.set_up(options.log)
    # Asked before the file is opened for writing: opening sweeps what another is taking in.
    check_alone(options.realm)
    allow_sockets()
    store = SqliteStore(str(options.realm))
    try:
        claim(store)
        try:
            sockets = bind(_host(options), options.port)
            try:
                loop.run(_Serving(options, store, sockets).main())
            finally:
                for bound in sockets:
                    bound.close()
        finally:
            store.set_meta(SERVER, None)
    finally:
        store.close()
    return 0


def _guests_make_worlds(options: Options) -> bool:
    """Tell whether guests may make worlds: usually on the default realm, from this machine only.

    There whoever opens the page has the machine itself, and wants to try things at once.
    """
    if options.guests:
        return options.guests == "make"
    at_home = options.host == "localhost" and not options.share
    return at_home and not (options.files or options.worlds or options.kit)


def _guests_fork(options: Options) -> bool:
    """Tell whether guests may fork: usually on this machine only, where nobody else can come."""
    if options.guests:
        return options.guests == "make"
    return options.host == "localhost" and not (options.share or options.names)


def _host(options: Options) -> str:
    return "0.0.0.0" if options.share and options.host == "localhost" else options.host


def allow_sockets() -> None:
    """Let this process hold as many sockets as the limits name, as far as the system lets it.

    Most systems begin with 1,024 files a process: a sixth of the visitors that one server takes.
    """
    if sys.platform == "win32":
        return
    import resource

    wanted = 2 * LIMITS.sockets_max + LIMITS.followers_max + 256
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if usual != resource.RLIM_INFINITY and usual < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Server(uvicorn.Server):
    """uvicorn with our beginning and our end, and without raising the signal again."""

    def __init__(
        self,
        config: uvicorn.Config,
        house: House,
        begin: Callable[[], None],
        drain: Callable[[], float],
        end: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._house = house
        self._begin = begin
        self._drain = drain
        self._end = end
        self._draining = False
        self._waiting: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, by a porter of our own in place of the loop's servers."""
        config = self.config
        make = partial(
            HeadProtocol,
            config=config, server_state=self.server_state, app_state=self.lifespan.state,
        )  # fmt: skip
        self.servers = []
        self._house.porter = self._porter = Porter(make, config.ssl)
        self._porter.attend(sockets or ())
        self.started = True
        self._begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end()
        await self._porter.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()

        def leave() -> None:
            self.should_exit = True

        async def wait(seconds: float) -> None:
            ends = loop.time() + seconds
            while loop.time() < ends and not self._house.empty:
                await asyncio.sleep(LOOK_SECONDS)
            leave()

        def drain(seconds: float) -> None:
            self._waiting = loop.create_task(wait(seconds))

        def stop(number: int, frame: FrameType | None) -> None:
            seconds = 0.0
            if number == signal.SIGTERM and not self._draining:
                self._draining = True
                seconds = self._drain()
            if seconds:
                loop.call_soon_threadsafe(drain, seconds)
                return
            self.force_exit = self.should_exit
            leave()

        wanted = [signal.SIGINT, signal.SIGTERM]
        if os.name == "nt":
            wanted.append(signal.SIGBREAK)  # type: ignore[attr-defined,unused-ignore]
        before = {number: signal.signal(number, stop) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Serving:
    """One run of a server."""

    def __init__(
        self, options: Options, store: SqliteStore, sockets: Sequence[socket.socket]
    ) -> None:
        self._options = options
        self._store = store
        self._sockets = list(sockets)
        self._port: int = self._sockets[0].getsockname()[1]
        self._secret = secrets.token_urlsafe(32)
        self._address = ""

    async def main(self) -> None:
        """Open, serve, close."""
        asyncio.get_running_loop().set_default_executor(Beside(LIMITS.threads_max))
        traces = tracing.provider()
        engine = tracing.make_engine(self._store, traces)
        try:
            worlds = Worlds(engine, self._options.trust)
            self._open(worlds)
            self._doorkeeper = Doorkeeper(engine.realm, self._store, self._secret)
            house = House(engine, worlds, self._doorkeeper)
            house.guests_make_worlds = _guests_make_worlds(self._options)
            if not (self._options.tls or self._options.share):
                house.names = Names.of(self._options.host, self._options.names)
            house.guests_fork = _guests_fork(self._options)
            if self._options.oidc is not None:
                secret = os.environ.get("WORLDLOOM_OIDC_SECRET", "")
                house.organisation = Organisation(*self._options.oidc, secret)
            engine.dev = self._options.dev
            await self._settle(engine)
            await self._serve(house)
        finally:
            await engine.stop()
            if traces is not None:
                tracing.send_last(traces)
            log.info("stopped, everything is kept")

    def _open(self, worlds: Worlds) -> None:
        if self._options.worlds:
            worlds.open_made(self._options.worlds)
        elif self._options.files:
            worlds.open_files(self._options.files)
        elif self._options.kit:
            worlds.open_demo(self._options.kit)
        else:
            worlds.open_default()

    async def _settle(self, engine: Engine) -> None:
        """Wait until what was opened is durable, then leave it out of garbage collection."""
        for name in engine.realm.worlds():
            await engine.durable(name)
        loop.settle_memory()

    async def _serve(self, house: House) -> None:
        context = self._tls()
        SocketProtocol.gate = house
        if hasattr(select, "epoll"):
            running = asyncio.get_running_loop()
            SocketProtocol.intake = Intake(running, house.engine.realm.now)
        app = Guarded(UnderItsName(tracing.before(make_app(house), house.engine), house.names))
        config = uvicorn.Config(
            app if self._options.tls is None else Strict(app),
            http=HeadProtocol,
            ws=SocketProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=[*LOOPBACK, *self._options.proxies],
            backlog=LIMITS.sockets_max,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=LIMITS.keep_alive_seconds,  # type: ignore[arg-type]
        )
        config.load()
        config.ssl = context
        watching: list[asyncio.Task[None]] = []
        webhooks, feeds = Webhooks(house), Feeds(house)

        def begin() -> None:
            house.engine.start()
            connections = server.server_state.connections
            watching.append(asyncio.get_running_loop().create_task(sweep(connections)))
            webhooks.look()  # they hear of everything from the first visitor on
            feeds.look()
            self._announce()
            if self._options.dev:
                task = asyncio.get_running_loop().create_task(watch(house, self._options.files))
                watching.append(task)

        def drain() -> float:
            house.draining = True
            return self._options.drain

        def end() -> None:
            house.engine.stopping.set()
            house.close_doors()
            webhooks.stop()
            feeds.stop()
            for task in watching:
                task.cancel()

        server = _Server(config, house, begin, drain, end)
        house.engine.realm.patience = overseer = Overseer()
        Table.patience = overseer.tables
        try:
            with overseer.watching():
                await server.serve(self._sockets)
            # Clients answer our close before the line ends, or are cut off.
            patience = asyncio.get_running_loop().time() + FAREWELL_SECONDS
            while SocketProtocol.open_sockets and asyncio.get_running_loop().time() < patience:
                await asyncio.sleep(0.01)
        finally:
            house.porter = None
            if SocketProtocol.intake is not None:
                SocketProtocol.intake.close()
                SocketProtocol.intake = None

    def _tls(self) -> ssl.SSLContext | None:
        if self._options.tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            try:
                context.load_cert_chain(*self._options.tls)
            except (OSError, ssl.SSLError) as error:
                raise Unavailable(
                    f"the certificate cannot be used: {error}", "--tls CERT.pem KEY.pem"
                ) from None
            return context
        if not self._options.share:
            return None
        # cryptography and segno are loaded for --share only: they would slow every start.
        from worldloom.server import share

        self._address = share.lan_address()
        return share.tls_context(share.own_certificate(self._store, self._address))

    def _announce(self) -> None:
        """Say where to go; the first line leaves once the first visitor can enter."""
        secure = self._options.share or self._options.tls is not None
        scheme = "https" if secure else "http"
        host = self._address or self._options.host
        shown = "localhost" if host in ANYWHERE else f"[{host}]" if ":" in host else host
        local = "localhost" if host in (*ANYWHERE, self._address, "localhost") else shown
        asked = f"{scheme}://{local}:{self._port}/"
        claim = self._doorkeeper.new_claim()
        known = {"url": asked, "secret": self._secret, "claim": claim or ""}
        self._store.set_meta(SERVER, note(self._store, **known))
        url = f"{scheme}://{shown}:{self._port}/"
        self._options.say(f"ready {url}")
        log.info("ready on %s", url)
        if claim is not None:
            self._options.say(f"owner {url}#claim={claim}")
        if self._options.share:
            from worldloom.server import share

            share.print_code(url)
