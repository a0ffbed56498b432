"""Traces of commands, as OpenTelemetry has them: asked for by the standard `OTEL_…` variables.

Nothing of OpenTelemetry is loaded, and nothing is hooked in, where nobody asks for traces.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.types import ASGIApp

from worldloom.kernel.ports import Store
from worldloom.server.engine import Engine
from worldloom.server.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger("worldloom.tracing")

INSTALL: Final = "pip install 'worldloom[tracing]'"
LAST_SECONDS: Final = 2.0
"""How long the last spans may take to leave."""
_TRUE: Final = "true"
_ASKING: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTERS: Final = "opentelemetry_traces_exporter"
"""The group of entry points by which packages offer exporters."""


def asked_exporter(environ: Mapping[str, str] = os.environ) -> str:
    """Return the exporter that the environment asks for: `otlp`, `console`, …; "" for none.

    An endpoint is enough to be asked for `otlp`. OpenTelemetry's own default would be to send
    everything to localhost; a server that nobody told so sends nothing.
    """
    name = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    off = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == _TRUE
    if off or name == "none":
        return ""
    return name or ("otlp" if any(environ.get(one) for one in _ASKING) else "")


def find_exporter(name: str, environ: Mapping[str, str] = os.environ) -> type[Any] | None:
    """Return the class of an exporter by the name that `OTEL_TRACES_EXPORTER` gives it."""
    if name == "otlp":
        protocol = environ.get(
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
        )
        name = "otlp_proto_grpc" if protocol == "grpc" else "otlp_proto_http"
    for entry in importlib.metadata.entry_points(group=_EXPORTERS, name=name):
        try:
            found: type[Any] = entry.load()
        except ImportError:
            continue
        return found
    return None


def provider() -> TracerProvider | None:
    """Return what collects and sends spans, or None where nobody asks for any.

    The variables may be set for all programs of a machine, so what cannot be had is no reason not
    to serve: the log says what is missing.
    """
    name = asked_exporter()
    if not name:
        return None
    try:
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("OTEL_… asks for traces, but OpenTelemetry is not installed: %s", INSTALL)
        return None
    exporter = find_exporter(name)
    if exporter is None:
        log.warning("no exporter %r for OTEL_TRACES_EXPORTER: %s", name, INSTALL)
        return None
    ours = Resource.create({"service.name": "worldloom", "service.version": VERSION})
    resource = ours.merge(OTELResourceDetector().detect())
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter()))
    return made


def send_last(traces: TracerProvider) -> None:
    """Send what waits, as long as a server that stops has patience: a collector may be gone."""
    sending = threading.Thread(target=traces.shutdown, daemon=True)
    sending.start()
    sending.join(LAST_SECONDS)


def make_engine(store: Store, traces: TracerProvider | None) -> Engine:
    """Return an engine that tells traces of its commands, or the plain one, which costs nothing."""
    if traces is None:
        return Engine(store)
    from worldloom.server.traced import TracedEngine

    return TracedEngine(store, traces)


def before(app: ASGIApp, engine: Engine) -> ASGIApp:
    """Return the application with what notes arrivals before it, where its engine tells traces."""
    if type(engine) is Engine:
        return app
    from worldloom.server.traced import Door

    return Door(app)
