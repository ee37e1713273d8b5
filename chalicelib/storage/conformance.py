"""What the attacks of both adapters share: a finding for each, even when an attack cannot be carried out."""

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
    """Carry out `attack`, which answers whether it was refused and what was seen."""
    try:
        refused, detail = attack()
    except HoldfastError as error:
        return Finding(claim=claim, enforced=Verdict.NOT_CHECKED, detail=error.message)
    return Finding(claim=claim, enforced=Verdict.YES if refused else Verdict.NO, detail=detail)


def not_applicable(detail: str, *claims: Claim) -> list[Finding]:
    """The findings for claims that cannot be attacked here, and why."""
    return [Finding(claim=claim, enforced=Verdict.NOT_APPLICABLE, detail=detail) for claim in claims]


def race(attempt: Callable[[bytes], T]) -> Sequence[T]:
    """Let RACERS threads `attempt` at once, each with bytes of its own; what each came to."""
    bodies = [b"Canary %d" % racer for racer in range(RACERS)]
    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(attempt, bodies))
