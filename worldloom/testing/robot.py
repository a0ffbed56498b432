"""A visitor that is software: the Python client of the live socket."""

import asyncio
import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from worldloom.kernel.errors import NotFound, Refused, Unavailable, WorldloomError
from worldloom.presence.limbs import Limbs
from worldloom.sync.messages import SUBPROTOCOL, Answer, Close
from worldloom.testing.core import Heard, Other, Point, RobotCore
from worldloom.testing.panels import ShownPanel

FRAME_BYTES_MAX = 64 * 1024 * 1024
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)
FINAL = frozenset({Close.NOT_ALLOWED, Close.UNKNOWN_WORLD, Close.BANNED, Close.VERSION})
"""Close codes after which coming again cannot help."""


class _Line(WSListener):
    """The socket's side of a robot."""

    def __init__(self, robot: "Robot") -> None:
        self._robot = robot

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._robot._opened(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self._robot._received(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self._robot._close_code = close_code(frame)
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._robot._lost()


class Robot:
    """One visitor in one world, inside an `async with`; comes back by itself and resumes.

    `url` is the world's page, such as `http://localhost:7400/w/plaza`. Without a token it is a
    guest; `avatar` is a code of the wardrobe, `vrm` the sha256 of a VRM that is kept there. Waiting
    raises Unavailable (`timed_out`) after `patience_seconds`.
    """

    def __init__(
        self,
        url: str,
        name: str = "Robot",
        *,
        token: str = "",
        avatar: str | None = None,
        vrm: str | None = None,
        patience_seconds: float = 10.0,
    ) -> None:
        self.core = RobotCore(name, avatar, vrm)
        self._url = url.rstrip("/")
        self._token = token
        self._patience = patience_seconds
        self._cookie = ""
        self._news = asyncio.Event()
        self._transport: WSTransport | None = None
        self._close_code = 0
        self._gone = asyncio.Event()
        """Set while no socket is open."""
        self._gone.set()
        self._keeper: asyncio.Task[None] | None = None
        self._final: WorldloomError | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected())
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(self.close)
            await self.wait_until(lambda robot: robot.core.inside)
            undo.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave the world for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._transport is not None:
            self.drop()
            await self._gone.wait()

    def drop(self) -> None:
        """Cut the connection, as a bad network does; the robot comes back unless it is closed."""
        if self._transport is not None:
            self._transport.disconnect(False)

    # What it knows

    @property
    def visitor(self) -> str:
        """Its visitor id, such as `v12`; another one after each connection."""
        return self.core.welcome.visitor if self.core.welcome else ""

    @property
    def account(self) -> str:
        """Its account."""
        return self.core.welcome.account if self.core.welcome else ""

    @property
    def role(self) -> str:
        """Its role in the world."""
        return self.core.welcome.role if self.core.welcome else ""

    @property
    def seq(self) -> int:
        """The seq up to which it has folded the log."""
        return self.core.seq

    @property
    def position(self) -> Point:
        """Where it stands, in metres."""
        return self.core.position

    @property
    def history_lost(self) -> bool:
        """Whether the log once did not know what this robot remembered of it."""
        return self.core.history_lost

    def state_hash(self) -> str:
        """Return the hash of its own copy of the state (hex)."""
        return self.core.copy.state_hash().hex()

    def entities(self) -> dict[str, dict[str, Any]]:
        """Return id → name, parent and components, from its own copy."""
        return self.core.copy.entities()

    def entity(self, name: str) -> dict[str, Any]:
        """Return one entity by its unique name or id; raises NotFound."""
        for id, entity in self.entities().items():
            if name in (id, entity["name"]):
                return {"id": id, **entity}
        raise NotFound(f"there is no {name}", code="no_such_entity")

    def visitors(self) -> dict[str, Other]:
        """Return visitor id → who is here, this robot too."""
        return dict(self.core.visitors)

    def panel(self, id: str) -> ShownPanel:
        """Return a panel that it is shown; raises NotFound."""
        found = self.core.panels.panels.get(id)
        if found is None:
            raise NotFound(f"there is no panel {id}", code="no_such_widget")
        return found

    # What it does

    async def do(self, action: str, /, **args: Any) -> Answer:
        """Ask for an action and wait until it is durable; raises Refused with its code."""
        return await self._outcome(self.core.do(action, args))

    async def cancel(self, seq: int) -> Answer:
        """Take a long request back, which `core.progress` names; raises Refused with its code."""
        return await self._outcome(self.core.cancel(seq))

    async def _outcome(self, id: int) -> Answer:
        await self.wait_until(lambda robot: id in robot.core.outcomes)
        outcome = self.core.outcomes.pop(id)
        if isinstance(outcome, WorldloomError):
            raise outcome
        return outcome

    async def say(self, text: str) -> Answer:
        """Say something to all."""
        return await self.do("say", text=text)

    async def go(self, x: float, y: float, z: float) -> Answer:
        """Go to a place in metres."""
        return await self.do("go", position=[x, y, z])

    def walk(self, x: float, y: float, z: float, yaw: float = 0.0, animation: int = 1) -> None:
        """Claim by one pose to stand somewhere, at a walking pace's distance from before."""
        self.core.pose(x, y, z, yaw, animation)

    async def press(self, panel: str, widget: str, item: str | int | None = None) -> Answer:
        """Press a button of a panel, or an item of a widget; raises Refused with its code."""
        return await self.do("press_widget", panel=panel, widget=widget, item=item)

    async def enter_value(self, panel: str, widget: str, value: Any) -> Any:
        """Give a widget a value, as a hand that lets go; returns the one that counts.

        Raises Refused with its code.
        """
        number = self.core.enter_value(panel, widget, value)
        shown = self.panel(panel)
        await self.wait_until(lambda _: shown.widgets.get(widget, {}).get("n", 0) >= number)
        props = shown.widgets[widget]
        if error := props.pop("error", None):
            raise Refused(error["message"], error["fix"], code=error["code"])
        return props["value"]

    def reach(self, held: Limbs) -> None:
        """Claim by one message to wear a headset, with head and hands in metres from the feet."""
        self.core.reach(held)

    async def heard(self) -> Heard:
        """Wait for the next thing said by anyone, this robot too."""
        await self.wait_until(lambda robot: bool(robot.core.said), patient=True)
        return self.core.said.popleft()

    async def told(self) -> str:
        """Wait for the next line for this robot alone."""
        await self.wait_until(lambda robot: bool(robot.core.told))
        return self.core.told.popleft()

    async def wait_until(self, true: Callable[["Robot"], bool], *, patient: bool = False) -> None:
        """Wait until something is true of this robot; raises what ended it, or timed_out.

        `patient`: for as long as it takes.
        """
        try:
            async with asyncio.timeout(None if patient else self._patience):
                while not true(self):
                    if self._final is not None:
                        raise self._final
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Unavailable(
                f"it did not come true in {self._patience} seconds", code="timed_out"
            ) from None

    # The connection

    async def _keep_connected(self) -> None:
        attempts = 0
        while self._final is None:
            try:
                await self._connect()
                await self._gone.wait()
                attempts = 0 if self.core.seq else attempts
            except (OSError, WSError, TimeoutError):
                pass
            except WorldloomError as error:
                self._final = error
            if self._close_code in FINAL:
                self._final = self._reason()
            self._news.set()
            await asyncio.sleep(RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)])
            attempts += 1

    def _reason(self) -> WorldloomError:
        row = self.core.ended
        if row is None:
            return Refused("the connection was closed", code=f"closed_{self._close_code}")
        return Refused(row.message, row.fix, code=row.code)

    async def _connect(self) -> None:
        """Open a socket; one that is cut in the handshake returns, too, and was never open."""
        self._close_code = 0
        if not self._token and not self._cookie:
            self._cookie = await asyncio.to_thread(guest_cookie, self._url)
        headers = {"Sec-WebSocket-Protocol": SUBPROTOCOL}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        elif self._cookie:
            headers["Cookie"] = self._cookie
        url = self._url.replace("http", "ws", 1) + "/live"
        await ws_connect(
            lambda: _Line(self), url, extra_headers=headers, max_frame_size=FRAME_BYTES_MAX
        )

    def _opened(self, transport: WSTransport) -> None:
        self._gone.clear()
        self._transport = transport
        self.core.opened(lambda data: transport.send(WSMsgType.BINARY, data))

    def _received(self, data: bytes) -> None:
        try:
            self.core.receive(data)
        except WorldloomError as error:
            # The server broke its promise: no test may pass over that.
            self._final = error
            self.drop()
        self._news.set()

    def _lost(self) -> None:
        self._transport = None
        self.core.closed()
        self._gone.set()
        self._news.set()


def close_code(frame: WSFrame) -> int:
    """Return the code of a close frame, 1005 where it has none."""
    payload = frame.get_payload_as_bytes()
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005


def guest_cookie(url: str) -> str:
    """Fetch a world's page as a new guest and return its cookie; raises NotFound."""
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            found = page.headers.get_all("Set-Cookie") or []
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise NotFound(f"there is nothing at {urlsplit(url).path}") from None
        raise Unavailable(f"the server answers {error.code}") from None
    return "; ".join(cookie.partition(";")[0] for cookie in found)
