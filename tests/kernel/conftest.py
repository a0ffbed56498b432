"""What the kernel's tests share: a fresh realm, and a registry that forgets a test's classes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kernel.host import Host
from worldloom.kernel.schema import registry


@pytest.fixture
def host() -> Host:
    """Return a realm over an empty store."""
    return Host()


@pytest.fixture(autouse=True)
def forget_classes() -> Iterator[None]:
    """Forget the components and events that a test defines."""
    known = dict(registry)
    yield
    registry.clear()
    registry.update(known)
