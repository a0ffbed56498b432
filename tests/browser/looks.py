"""In which ways a page is looked at: a few in each `make test`, all of them in `make soak`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def ways(names: str, always: Iterable[Any], *, soak: Iterable[Any], **more: Any) -> Any:
    """Parametrize a test by what is always tried, and by what only `make soak` tries."""
    late = [
        pytest.param(*(one if isinstance(one, tuple) else (one,)), marks=pytest.mark.soak)
        for one in soak
    ]
    return pytest.mark.parametrize(names, [*always, *late], **more)


LOOKS = ways(
    "scheme, width", [("dark", 360)], soak=[("light", 1000), ("dark", 1000), ("light", 360)]
)
"""A phone at night; `make soak` has the other three. What walks a story looks at a desk by day."""
