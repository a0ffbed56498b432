"""Whole files for workers side by side, of which one that dies leaves only what it did not run.

A test that hangs is ended with its worker. xdist 3.8 gives the finished files of that worker out
again, as nothing to do, and then waits for ever (its issues 1323, 1327 and 1378); and it runs the
test again that the worker died of.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]


class Files(LoadFileScheduling):  # type: ignore[misc]
    """The files that are still to be run, and by whom."""

    def remove_node(self, node: Any) -> str | None:
        """Take back what a worker leaves; return the test that it died of."""
        work: dict[str, dict[str, bool]] = self.assigned_work.pop(node)
        left = {file: tests for file, tests in work.items() if not all(tests.values())}
        died_of = next((test for tests in left.values() for test in tests if not tests[test]), None)
        if died_of is None:
            return None
        next(iter(left.values()))[died_of] = True
        self.workqueue.update(
            (file, tests) for file, tests in left.items() if not all(tests.values())
        )
        for other in self.assigned_work:
            self._reschedule(other)
        return died_of

    def _reschedule(self, node: Any) -> None:
        """Give a worker more to do, but for one that still collects (xdist's issue 1189)."""
        if node in self.registered_collections:
            super()._reschedule(node)

    def _assign_work_unit(self, node: Any) -> None:
        """Give a file out; a worker that died a moment ago hears of none, and leaves it, too."""
        with suppress(OSError):
            super()._assign_work_unit(node)

    def schedule(self) -> None:
        """Give files out; a worker that comes later needs two tests, or word that it has the last.

        Before it runs one, it has to know which comes next.
        """
        is_later = self.collection is not None
        super().schedule()
        for node in self.nodes if is_later else ():
            self._reschedule(node)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files | None:
    """Take these in place of xdist's own for `--dist loadfile`."""
    return Files(config, log) if config.getvalue("dist") == "loadfile" else None
