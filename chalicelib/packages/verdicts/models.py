"""The vocabulary of verdicts; pure (proofs.md, "Checkpoints": five-valued everywhere)."""

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    """What a check of stored bytes came to."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


class IntegrityState(StrEnum):
    """What is known of a package's bytes since they were sealed."""

    NOT_CHECKED = "not_checked"
    OK = "ok"
    CORRUPT = "corrupt"
    ERROR = "error"


def settled(verdicts: Mapping[Verdict, int]) -> bool:
    """Whether a check that counted `verdicts` knows of every file what is stored for it; of none: no."""
    unsure = verdicts.get(Verdict.ERROR, 0) + verdicts.get(Verdict.NOT_CHECKED, 0)
    return sum(verdicts.values()) > 0 and not unsure


def integrity_after(before: IntegrityState, verdicts: Mapping[Verdict, int]) -> IntegrityState:
    """What is known after a check. Only bytes that were all read and matched make a package ok (again)."""
    if verdicts.get(Verdict.BAD) or verdicts.get(Verdict.MISSING):
        return IntegrityState.CORRUPT
    if settled(verdicts):
        return IntegrityState.OK
    if before is IntegrityState.CORRUPT:
        return before
    return IntegrityState.ERROR if verdicts.get(Verdict.ERROR) else IntegrityState.NOT_CHECKED


def alarming(state: IntegrityState) -> bool:
    """Whether somebody must look at the package."""
    return state in (IntegrityState.CORRUPT, IntegrityState.ERROR)
