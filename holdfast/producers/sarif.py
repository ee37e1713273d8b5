"""SARIF 2.1.0: tools, their versions, and results by level.

The models are our own. sarif-tools brings matplotlib and python-docx to a client. sarif-om has had no
release since 2019 and does not check the JSON.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from holdfast.producers.documents import UnreadableReport
from holdfast.producers.fields import Fields, Many, Text, fields
from holdfast.producers.findings import MAX_ENTRIES
from holdfast.producers.report import Document

VERSION = "2.1.0"
LEVELS = ("error", "warning", "note", "none")
Level = Literal["error", "warning", "note", "none"]


class Configuration(Fields):
    """The default configuration of a rule: the level of its results."""

    level: Level = "warning"


class Rule(Fields):
    """A rule of a tool."""

    id: str | None = None
    configuration: Configuration = Field(default=Configuration(), alias="defaultConfiguration")


class Component(Fields):
    """A tool, or an extension of one."""

    name: Text
    version: Text | None = None
    semantic_version: Text | None = Field(default=None, alias="semanticVersion")
    rules: Many[Rule] = Field(default=[])


class Tool(Fields):
    """The tool that made a run."""

    driver: Component
    extensions: Many[Component] = Field(default=[])


class Result(Fields):
    """A finding. Without `level`, its rule decides the level."""

    level: Level | None = None
    kind: str = "fail"
    rule_id: str | None = Field(default=None, alias="ruleId")
    rule_index: int = Field(default=-1, alias="ruleIndex", ge=-1)


class Run(Fields):
    """One run of one tool. `results` is null when the tool could not search."""

    tool: Tool
    results: Many[Result] | None = None


class Log(Fields):
    """A SARIF file."""

    version: Text
    runs: Many[Run]


def owns(document: Document) -> bool:
    """Return whether the document has `runs` and the version or the schema of SARIF."""
    version, schema = document.value.get("version"), document.value.get("$schema")
    named = version == VERSION or (isinstance(schema, str) and "sarif" in schema)
    return named and "runs" in document.value


def reads(document: Document) -> dict[str, Any]:
    """Return `version`, `tools` with their versions, and the number of `results` for every level."""
    version = document.value.get("version")
    if version != VERSION:
        raise UnreadableReport(f"is not SARIF {VERSION}")
    log = fields(Log, document.value)
    if any(run.results is None for run in log.runs):
        document.warnings.append(
            "has a run without results: its tool did not search, or keeps the results elsewhere"
        )
    found: Counter[str] = Counter(level for run in log.runs for level in _levels(run))
    return {
        "version": VERSION,
        "tools": _tools(document, log),
        "results": {level: found[level] for level in LEVELS},
    }


def totals(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over all reports, by level."""
    return {level: sum(entry["results"][level] for entry in entries) for level in LEVELS}


def _levels(run: Run) -> Iterator[Level]:
    rules = run.tool.driver.rules
    components = (run.tool.driver, *run.tool.extensions)
    by_id = {rule.id: rule for component in components for rule in component.rules}
    for result in run.results or []:
        # SARIF 2.1.0, 3.27.10: the result's own level; else `none` unless the kind is `fail`;
        # else the level of its rule; else `warning`
        at = result.rule_index
        rule = rules[at] if 0 <= at < len(rules) else by_id.get(result.rule_id, Rule())
        other = rule.configuration.level if result.kind == "fail" else "none"
        yield result.level or other


def _tools(document: Document, log: Log) -> list[dict[str, Any]]:
    drivers = [run.tool.driver for run in log.runs]
    pairs = dict.fromkeys((driver.name, driver.version or driver.semantic_version) for driver in drivers)
    if len(pairs) > MAX_ENTRIES:
        document.warnings.append(f"names {len(pairs)} tools; {MAX_ENTRIES} are listed")
    return [{"name": name, "version": version} for name, version in list(pairs)[:MAX_ENTRIES]]
