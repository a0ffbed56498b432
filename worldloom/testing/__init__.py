"""For tests of worlds: robot visitors, a bad network, and pytest fixtures for a real server."""

from worldloom.testing.robot import Robot

__all__ = ["Robot"]
