"""Whoever watches a server is told the truth about it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.asking import Site
from worldloom.testing.fixtures import Server


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process from outside")
def test_a_server_whose_disk_keeps_nothing_is_not_ready_until_it_does(
    serve: Callable[..., Server], hello_file: Path
) -> None:
    import resource

    server = serve(str(hello_file))
    site = Site(server)
    owner = site.owner()
    assert owner.act("hello", "say", text="kept").status == 200
    usual = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    assert owner.act("hello", "say", text="lost" * 100).status == 503
    told = site.nobody.get("/readyz")
    assert (told.status, told.body) == (503, b"the disk keeps nothing\n")
    assert site.nobody.get("/healthz").status == 200, "it lives"
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, usual)
    assert owner.act("hello", "say", text="kept again").status == 200
    assert site.nobody.get("/readyz").body == b"ready\n"
