"""What is asked for and is not there: one wording and one code, at whichever door."""

from __future__ import annotations

from worldloom.kernel.errors import NotFound


def no_world(name: str) -> NotFound:
    """Make the error for a world that is not there."""
    return NotFound(
        f"there is no world {name[:100]}", "`loom worlds` and GET /api/worlds list them"
    )


def no_seq(world: str, seq: int, newest: int) -> NotFound:
    """Make the error for a seq that a world's log does not reach."""
    return NotFound(f"{world} has no seq {seq}", f"its newest is {newest}", code="no_seq")


def no_seq_yet(world: str, seq: int, size: int) -> NotFound:
    """Make the error for a seq that comes after a length of the log that was asked for."""
    return NotFound(
        f"the first {size} records of {world} hold no seq {seq}", "ask for a greater length",
        code="no_seq",
    )  # fmt: skip


def no_webhook(world: str, address: str) -> NotFound:
    """Make the error for a webhook that a world does not have, or for a world without any."""
    told = f"to {address[:100]}" if address else "of its own"
    return NotFound(
        f"{world} has no webhook {told}",
        "its author's file names them, by world.webhook(…), and its server knows the file",
        code="no_webhook",
    )


def no_action(name: str, world: str) -> NotFound:
    """Make the error for an action that a world does not have."""
    fix = f"`loom do {world}` and GET /api/worlds/{world}/actions list them"
    return NotFound(f"{world} has no action {name[:100]}", fix)
