"""How far the asking of a question set has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateProgress:
    """How far an evaluation has come."""

    done: int
    questions: int
    seconds: float
    kept: int = 0
    """Of those that are done, how many an earlier run left."""

    kept_until: float | None = None
    """When that run finished the last of them, in seconds since the epoch."""

    failed: int = 0
    """Of those that are done, how many the same command would ask again."""

    @property
    def rate(self) -> float:
        """Questions a second."""
        return (self.done - self.kept) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None before there is anything to judge by."""
        return (self.questions - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProgress:
    """How far the drafting of questions has come."""

    drafted: int
    wanted: int
    documents: int
    """Read so far."""
