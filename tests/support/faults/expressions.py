"""DynamoDB's condition, filter and key expressions, as far as our calls use them.

An expression is parsed once; the parts are judged against an item in DynamoDB's JSON
(`{"S": "text"}`). What the grammar here does not know raises `ValueError`, never a guess.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

Value = dict[str, Any]
Image = Mapping[str, Value]

TOKEN = re.compile(r"\s*(?:(?P<word>[#:A-Za-z0-9_]+)|(?P<mark><>|<=|>=|[=<>(),.]))")
COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
FUNCTIONS = {"attribute_exists", "attribute_not_exists", "begins_with"}


class Part(NamedTuple):
    """A function, a comparison or a connective, and what it is about."""

    verb: str
    arguments: tuple[Any, ...]


class Words(NamedTuple):
    """What the placeholders of an expression stand for."""

    names: Mapping[str, str]
    values: Mapping[str, Value]


@lru_cache(maxsize=1024)
def parse(expression: str) -> Part:
    """The parts of `expression`; `ValueError` for what our calls never say."""
    reader = _Reader(expression)
    found = reader.either()
    reader.expect("")
    return found


def holds(part: Part, item: Image | None, words: Words) -> bool:
    """Whether `item` (None: there is none) meets the condition."""
    if part.verb == "OR":
        return any(holds(inner, item, words) for inner in part.arguments)
    if part.verb == "AND":
        return all(holds(inner, item, words) for inner in part.arguments)
    if part.verb == "NOT":
        return not holds(part.arguments[0], item, words)
    found = [resolve(operand, item, words) for operand in part.arguments]
    return _verdict(part.verb, found)


def resolve(operand: tuple[str, ...], item: Image | None, words: Words) -> Value | None:
    """The value that an operand, a placeholder or a path, has; None for an attribute that is not there."""
    if operand[0].startswith(":"):
        return words.values[operand[0]]
    found: Value | None = {"M": dict(item or {})}
    for step in operand:
        found = (found or {}).get("M", {}).get(words.names[step])
    return found


def _verdict(verb: str, found: list[Value | None]) -> bool:
    if verb == "attribute_exists":
        return found[0] is not None
    if verb == "attribute_not_exists":
        return found[0] is None
    if verb == "begins_with":
        return _begins(found[0], found[1])
    if verb == "BETWEEN":
        return _compares(">=", found[0], found[1]) and _compares("<=", found[0], found[2])
    if verb == "IN":
        return any(_compares("=", found[0], option) for option in found[1:])
    return _compares(verb, found[0], found[1])


def _begins(whole: Value | None, start: Value | None) -> bool:
    return whole is not None and start is not None and str(whole.get("S", "")).startswith(start["S"])


def _compares(verb: str, left: Value | None, right: Value | None) -> bool:
    if left is None or right is None:
        return verb == "<>"
    (kind, value), (other_kind, other) = *left.items(), *right.items()
    if kind != other_kind:
        return verb == "<>"
    if kind == "N":
        value, other = Decimal(value), Decimal(other)
    return COMPARATORS[verb](value, other)


class _Reader:
    """Reads an expression from left to right, one word of look-ahead."""

    def __init__(self, expression: str) -> None:
        self._words = [found["word"] or found["mark"] for found in TOKEN.finditer(expression)]
        if "".join(self._words) != re.sub(r"\s", "", expression):
            raise ValueError(f"not an expression of ours: {expression}")
        self._words.reverse()

    def either(self) -> Part:
        return self._joined("OR", self._both)

    def expect(self, word: str) -> None:
        if self._next() != word:
            raise ValueError(f"expected {word or 'the end'}")
        if word:
            self._words.pop()

    def _both(self) -> Part:
        return self._joined("AND", self._one)

    def _joined(self, verb: str, inner: Callable[[], Part]) -> Part:
        parts = [inner()]
        while self._next() == verb:
            self._words.pop()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Part(verb, tuple(parts))

    def _one(self) -> Part:
        word = self._next()
        if word == "NOT":
            self._words.pop()
            return Part("NOT", (self._one(),))
        if word == "(":
            self._words.pop()
            found = self.either()
            self.expect(")")
            return found
        if word in FUNCTIONS:
            self._words.pop()
            return Part(word, self._listed())
        return self._comparison()

    def _comparison(self) -> Part:
        left, verb = self._operand(), self._words.pop()
        if verb == "BETWEEN":
            low = self._operand()
            self.expect("AND")
            return Part(verb, (left, low, self._operand()))
        if verb == "IN":
            return Part(verb, (left, *self._listed()))
        if verb not in COMPARATORS:
            raise ValueError(f"no comparison of ours: {verb}")
        return Part(verb, (left, self._operand()))

    def _listed(self) -> tuple[tuple[str, ...], ...]:
        self.expect("(")
        found = [self._operand()]
        while self._next() == ",":
            self._words.pop()
            found.append(self._operand())
        self.expect(")")
        return tuple(found)

    def _operand(self) -> tuple[str, ...]:
        steps = [self._words.pop()]
        while self._next() == ".":
            self._words.pop()
            steps.append(self._words.pop())
        if not all(step.startswith(("#", ":")) for step in steps):
            raise ValueError(f"not a placeholder: {steps}")
        return tuple(steps)

    def _next(self) -> str:
        return self._words[-1] if self._words else ""
