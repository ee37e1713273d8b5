"""The common parts of the attacks of both adapters: each attack yields a finding, even when it fails."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chalicelib.core.errors import HoldfastError
from holdfast.api.storage import Claim, Finding, Verdict

RACERS = 8
FIRST = b"The first bytes of a canary."
SECOND = b"Other bytes for that canary."  # of the same length, so that only the content is wrong
T = TypeVar("T")
Seen = tuple[bool, str]


def finding(claim: Claim, attack: Callable[[], Seen]) -> Finding:
    """Carry out `attack` and return its finding.

    `attack` returns whether the store refused it, and a sentence about the observation. The verdict is
    `not_checked` when the attack raises an error.
    """
    try:
        refused, detail = attack()
    except HoldfastError as error:
        return Finding(claim=claim, enforced=Verdict.NOT_CHECKED, detail=error.message)
    return Finding(claim=claim, enforced=Verdict.YES if refused else Verdict.NO, detail=detail)


def not_applicable(detail: str, *claims: Claim) -> list[Finding]:
    """Return the findings for claims that cannot be attacked here; `detail` gives the reason."""
    return [Finding(claim=claim, enforced=Verdict.NOT_APPLICABLE, detail=detail) for claim in claims]


def race(attempt: Callable[[bytes], T]) -> Sequence[T]:
    """Let RACERS threads call `attempt` at once, each with bytes of its own, and return their results."""
    bodies = [b"Canary %d" % racer for racer in range(RACERS)]
    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(attempt, bodies))
