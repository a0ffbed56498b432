"""Promised: a command's whole life is one trace, from its door to all who see it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.server.agent import Agent
from tests.server.asking import Site
from tests.server.test_engine import Counted, Delivered, Disk, Letter, make_world, until
from worldloom.kernel.errors import Unavailable, WorldloomError
from worldloom.kernel.realm import Caller, Command
from worldloom.kernel.rights import Role
from worldloom.server.cli.doctor import _traces
from worldloom.server.engine import Engine
from worldloom.server.traced import TracedEngine
from worldloom.server.tracing import asked_exporter, before, find_exporter, make_engine, provider
from worldloom.testing import Robot
from worldloom.testing.fixtures import Server

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
BELL = Path(__file__).parents[2] / "examples" / "06_request.py"
STEPS = ["door", "decide", "durable", "broadcast", "answer"]


class Collector(ThreadingHTTPServer):
    """What spans are sent to by OTLP over HTTP: a real one, as small as can be."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: list[ExportTraceServiceRequest] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[dict[str, str]]:
        """All spans: name, trace, span and parent id, start and end (ns), and the attributes."""
        found = []
        for request in self.taken:
            for resource in request.resource_spans:
                facts = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        own = {
                            a.key: a.value.string_value or str(a.value.int_value)
                            for a in span.attributes
                        }
                        found.append({
                            **own, "service": facts["service.name"], "name": span.name,
                            "trace": span.trace_id.hex(), "id": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "began": str(span.start_time_unix_nano),
                            "ended": str(span.end_time_unix_nano),
                            "linked": " ".join(link.span_id.hex() for link in span.links),
                        })  # fmt: skip
        return found

    def command(self, action: str, door: str) -> dict[str, str]:
        """Return the one span of a command."""
        wanted = {"name": "command", "worldloom.action": action, "worldloom.door": door}
        [found] = [span for span in self.spans if wanted.items() <= span.items()]
        return found

    def following(self, of: dict[str, str], name: str) -> dict[str, str]:
        """Return the one span of a kind that follows another's."""
        [found] = [one for one in self.spans if (one["parent"], one["name"]) == (of["id"], name)]
        assert found["trace"] == of["trace"]
        return found

    def steps(self, command: dict[str, str]) -> list[dict[str, str]]:
        """Return what a command went through, in order."""
        later = {"reaction", "adapter"}
        inside = [
            span
            for span in self.spans
            if span["parent"] == command["id"] and span["name"] not in later
        ]
        assert all(span["trace"] == command["trace"] for span in inside)
        return sorted(inside, key=lambda span: (int(span["began"]), int(span["ended"])))


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.server.taken.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    running = Collector()
    address = f"http://127.0.0.1:{running.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    yield running
    running.shutdown()
    running.server_close()


def test_a_real_server_sends_the_life_of_commands_by_http_mcp_and_socket(
    collector: Collector, serve: Callable[..., Server], hello_file: Path
) -> None:
    server = serve(str(hello_file))
    site = Site(server)
    guest = site.guest()
    sent = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    path = "/api/worlds/hello/actions/"
    words = "a private word"
    assert guest.ask("POST", path + "say", {"text": words}, sent).status == 200
    assert guest.ask("POST", path + "sell", {}, {"traceparent": "00-nonsense"}).code == "sold_out"
    assert guest.act("hello", "fail").code == "handler_failed"
    Agent(site.bearer(account="bot", role="member")[0], "hello").call("add", one=2)
    asyncio.run(click_and_ask_nonsense(server))
    assert server.stop() == 0, server.errors

    said = collector.command("say", "http")
    assert (said["trace"], said["parent"]) == (TRACE, PARENT)
    assert (said["service"], said["worldloom.world"]) == ("worldloom", "hello")
    steps = collector.steps(said)
    assert [step["name"] for step in steps] == STEPS
    decide = next(step for step in steps if step["name"] == "decide")
    [fold] = [span for span in collector.spans if span["parent"] == decide["id"]]
    assert fold["name"] == "fold" and steps[2]["worldloom.records"] == "1"
    for earlier, later in zip(steps, steps[1:], strict=False):
        assert int(earlier["ended"]) <= int(later["began"]), "one after the other, without overlap"
    assert steps[0]["began"] == said["began"] and int(steps[-1]["ended"]) <= int(said["ended"])

    sold = collector.command("sell", "http")
    assert sold["parent"] == "" and sold["error.type"] == "sold_out"
    assert [step["name"] for step in collector.steps(sold)] == ["door", "decide", "answer"]
    assert collector.command("fail", "http")["error.type"] == "handler_failed"
    assert "error.type" not in collector.command("add", "mcp")

    clicked = collector.command("click", "socket")
    names = [step["name"] for step in collector.steps(clicked)]
    assert names == ["decide", "durable", "broadcast"]
    assert collector.command("nothing", "socket")["error.type"] == "not_found"
    assert words not in str(collector.spans) and guest.headers["Cookie"] not in str(collector.spans)


def test_what_a_click_by_socket_sets_off_is_in_its_trace_to_the_last_reaction(
    collector: Collector, serve: Callable[..., Server]
) -> None:
    server = serve(str(BELL), options=("--trust",))

    async def ring() -> None:
        async with Robot(server.world("doorbell"), "Ann") as robot:
            await robot.do("click", entity="bell")
            while "The letter" not in (await robot.heard()).text:
                pass  # it says first that the visitor came

    asyncio.run(ring())
    assert server.stop() == 0, server.errors

    click = collector.command("click", "socket")
    rung = collector.following(collector.following(click, "decide"), "reaction")
    sent = collector.following(click, "adapter")
    told = collector.following(sent, "reaction")
    assert (rung["worldloom.reaction"], told["worldloom.reaction"]) == ("ring", "report")
    assert (sent["worldloom.request"], sent["worldloom.try"]) == ("request.Letter", "1")
    assert int(sent["worldloom.event"]) <= int(click["worldloom.seq"])
    assert told["worldloom.event"] == sent["worldloom.seq"]
    assert int(told["worldloom.seq"]) > int(told["worldloom.event"])
    for span in (rung, sent, told):
        assert span["linked"] == click["id"] and span["worldloom.world"] == "doorbell"
        assert "error.type" not in span
    assert "Ann" not in str(collector.spans)


async def click_and_ask_nonsense(server: Server) -> None:
    async with Robot(server.world("hello"), "Ann") as robot:
        await robot.do("click", entity="lantern")
        with pytest.raises(WorldloomError):
            await robot.do("nothing")


# --- what the engine itself tells ---------------------------------------------------------------


@contextmanager
def kept_spans() -> Iterator[tuple[TracerProvider, InMemorySpanExporter]]:
    memory, made = InMemorySpanExporter(), TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(memory))
    yield made, memory
    made.shutdown()


def wish(action: str, **args: str) -> Command:
    return Command("office", action, args, Caller("ann", "Ann", "", Role.OWNER))


def named(spans: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def test_each_of_many_commands_at_once_has_its_own_whole_trace() -> None:
    async def main(traces: TracerProvider) -> None:
        engine = TracedEngine(Disk(), traces)
        engine.realm.open(make_world())
        await engine.durable("office")
        engine.start()
        await asyncio.gather(*(engine.do(wish("paint", value=f"#0000{n:02x}")) for n in range(50)))
        given_up = engine.do(wish("paint", value="#ffffff"))
        given_up.cancel()
        await asyncio.sleep(0)
        await engine.stop()
        assert not engine.realm.asked and not engine.realm.waiting_lives

    with kept_spans() as (traces, memory):
        asyncio.run(main(traces))
        spans = memory.get_finished_spans()
    whole = named(spans, "command")
    assert len(whole) == 51 and len({span.context.trace_id for span in whole if span.context}) == 51
    for name in ("durable", "broadcast", "fold"):
        assert len(named(spans, name)) == 50
    seqs = [span.attributes["worldloom.seq"] for span in whole[:-1] if span.attributes]
    assert len(set(seqs)) == 50


def test_a_full_disk_is_an_error_of_the_trace_and_nothing_was_broadcast() -> None:
    async def main(traces: TracerProvider) -> None:
        disk = Disk()
        engine = TracedEngine(disk, traces)
        engine.realm.open(make_world())
        await engine.durable("office")
        disk.broken = True
        with pytest.raises(WorldloomError):
            await engine.do(wish("paint", value="#123456"))
        disk.broken = False
        await engine.stop()

    with kept_spans() as (traces, memory):
        asyncio.run(main(traces))
        spans = memory.get_finished_spans()
    [whole] = named(spans, "command")
    assert whole.attributes is not None and whole.attributes["error.type"] == "disk_full"
    assert not whole.status.is_ok and whole.status.description == "disk_full"
    assert named(spans, "durable") and not named(spans, "broadcast")


def test_each_try_of_a_request_and_a_reaction_that_fails_are_told_and_nothing_is_kept() -> None:
    tries = []

    async def post(letter: Letter, key: str) -> Delivered:
        tries.append(key)
        if len(tries) == 1:
            raise Unavailable("the post office is closed", retry_after_seconds=0.02)
        return Delivered(letter.text)

    async def main(traces: TracerProvider) -> None:
        world = make_world(post)

        @world.on(Counted)
        def stumble(event: Counted) -> None:
            raise ZeroDivisionError("a private word")

        engine = TracedEngine(Disk(), traces)
        engine.realm.open(world)
        await engine.durable("office")
        engine.start()
        await engine.do(wish("write", text="a private word"))
        await until(lambda: engine.realm.fault_count > 0)
        await engine.stop()
        realm = engine.realm
        assert not (realm._sources or realm._due or realm._open or realm._performing)

    with kept_spans() as (traces, memory):
        asyncio.run(main(traces))
        spans = memory.get_finished_spans()
    [command] = named(spans, "command")
    first, second = (span for span in named(spans, "adapter"))
    thanked, stumbled = (span for span in named(spans, "reaction"))
    assert command.context and second.context and thanked.context
    assert [span.parent for span in (first, second)] == [command.context] * 2
    assert (thanked.parent, stumbled.parent) == (second.context, thanked.context)
    facts = [dict(span.attributes or {}) for span in (first, second, thanked, stumbled)]
    assert [one.get("error.type") for one in facts] == ["unavailable", None, None, "handler_failed"]
    assert [one["worldloom.try"] for one in facts[:2]] == [1, 2]
    assert stumbled.status.description == "handler_failed" and thanked.status.is_ok
    assert all(span.links[0].context == command.context for span in (second, stumbled))
    assert "private word" not in "".join(span.to_json() for span in spans)


# --- who asks for it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "exporter"),
    [
        ({}, ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ""),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ""),
    ],
)
def test_the_standard_variables_turn_traces_on_and_off(
    environ: dict[str, str], exporter: str
) -> None:
    assert asked_exporter(environ) == exporter


def test_without_them_the_engine_is_the_plain_one_and_nothing_stands_before_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)

    async def app(*_: object) -> None: ...

    async def main() -> None:
        assert provider() is None
        engine = make_engine(Disk(), None)
        assert type(engine) is Engine and before(app, engine) is app
        await engine.stop()

    asyncio.run(main())


def test_an_exporter_that_is_not_there_is_no_reason_not_to_serve(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "pigeon")
    with caplog.at_level(logging.WARNING):
        assert provider() is None
    assert "worldloom[tracing]" in caplog.text
    assert find_exporter("otlp", {}) is not None


def test_a_collector_that_is_gone_holds_up_neither_a_command_nor_the_end(
    serve: Callable[..., Server], hello_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    server = serve(str(hello_file))
    site, began = Site(server), time.monotonic()
    assert site.guest().act("hello", "say", text="hello").status == 200
    time.sleep(0.1)
    assert site.guest().act("hello", "say", text="again").status == 200
    assert server.stop() == 0 and time.monotonic() - began < 12


def test_the_doctor_tells_whether_traces_would_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert _traces()[1:3] == ("ok", "not asked for by OTEL_…")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    assert _traces()[1:3] == ("ok", "sent by otlp")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "pigeon")
    assert _traces()[1] == "optional" and "worldloom[tracing]" in _traces()[3]
