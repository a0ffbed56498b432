"""The fixtures that the product ships serve its own examples."""

from worldloom.testing.fixtures import serve

__all__ = ["serve"]
