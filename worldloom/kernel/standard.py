"""Which components every client knows: the modules that define them."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from worldloom.kernel import components, media, physical, things
from worldloom.kernel.schema import Component

MODULES: Final[tuple[ModuleType, ...]] = (components, physical, media, things)
"""In the order of the reference."""


def standard_components() -> list[type[Component]]:
    """Return the standard components in the order of their definition."""
    return [
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Component)
        and value.__module__ == module.__name__
    ]
