"""The address of the service, the token and the workspace. Only this module reads the environment.

The first place that has a value wins: a flag or argument, the environment, the profile in the
configuration file, then a local stack in `.holdfast` or `$HOLDFAST_HOME`. The token of a profile or of a
stack is sent to the URL of that profile or stack, and to no other.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from holdfast.errors import InputError, LocalError

DEFAULT_PROFILE = "default"
NEXT_STEP = "Run `holdfast login`, or set HOLDFAST_URL and HOLDFAST_TOKEN, or start a local stack: make run"


class Connection(NamedTuple):
    """The URL, the token and the workspace. The repr leaves the token out."""

    url: str
    token: str
    workspace: str | None

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r}, workspace={self.workspace!r})"


class Source(NamedTuple):
    """The values of one place; None where it has no value. `keeps` marks a token that belongs to `url`."""

    url: str | None = None
    token: str | None = None
    workspace: str | None = None
    keeps: bool = False

    def __repr__(self) -> str:
        return f"Source(url={self.url!r}, workspace={self.workspace!r}, keeps={self.keeps!r})"


def resolve(
    *,
    url: str | None = None,
    token: str | None = None,
    workspace: str | None = None,
    profile: str | None = None,
) -> Connection:
    """Return the connection that the arguments and the places above give.

    Raises `InputError` (NOT_CONFIGURED) when there is no URL, no token, or no profile of that name.
    Raises `LocalError` when the configuration file cannot be read.
    """
    sources = [Source(url, token, workspace), _environment()]
    if profile or not _complete(sources):
        sources += [_profile(profile), _local_stack()]
    found_url = next((source.url for source in sources if source.url), None)
    if not found_url:
        raise InputError("NOT_CONFIGURED", "No service is configured.", next_step=NEXT_STEP)
    theirs = [source for source in sources if not source.keeps or _same(source.url, found_url)]
    found_token = next((source.token for source in theirs if source.token), None)
    if not found_token:
        raise InputError("NOT_CONFIGURED", f"No token is configured for {found_url}.", next_step=NEXT_STEP)
    return Connection(
        found_url, found_token, next((source.workspace for source in theirs if source.workspace), None)
    )


def home() -> Path:
    """Return the folder of the local stack: `$HOLDFAST_HOME`, or `.holdfast` in the working directory."""
    return Path(os.environ.get("HOLDFAST_HOME") or ".holdfast")


def environment_url() -> str | None:
    """Return `$HOLDFAST_URL`, or None when it is not set."""
    return _environment().url


def file() -> Path:
    """Return the configuration file: `holdfast/config.toml` in `$XDG_CONFIG_HOME` or `~/.config`."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "holdfast" / "config.toml"


def save_profile(name: str, *, url: str, token: str, workspace: str | None) -> Path:
    """Write the profile into the configuration file, and return the path of the file.

    Only the owner of the file can read it. The other profiles stay. Raises `LocalError` when the file
    cannot be read or written.
    """
    target = file()
    profiles = {**_profiles(), name: {"url": url, "token": token, "workspace": workspace}}
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(target, _toml(profiles))
    except OSError as error:
        raise LocalError("CONFIG_UNWRITABLE", f"{target} cannot be written: {error.strerror}.") from error
    return target


def local_stack(folder: Path) -> dict[str, Any]:
    """Return the content of `stack.json` of the local stack in `folder` (docs/development/architecture.md).

    Raises `InputError` (NO_LOCAL_STACK) when there is no such file, or it cannot be read.
    """
    try:
        found = json.loads((folder / "stack.json").read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            "NO_LOCAL_STACK",
            f"There is no readable stack.json in {folder}.",
            next_step="Start the local stack: make run",
        ) from error
    return found if isinstance(found, dict) else {}


def _complete(sources: list[Source]) -> bool:
    return any(source.url for source in sources) and any(source.token for source in sources)


def _environment() -> Source:
    return _source(
        {name: os.environ.get(f"HOLDFAST_{name.upper()}") for name in ("url", "token", "workspace")}
    )


def _profile(name: str | None) -> Source:
    profiles = _profiles()
    if name is not None and name not in profiles:
        raise InputError(
            "NOT_CONFIGURED",
            f"There is no profile {name!r} in {file()}.",
            next_step=f"Create the profile: holdfast login --profile {name}",
        )
    return _source(profiles.get(name or DEFAULT_PROFILE, {}), keeps=True)


def _profiles() -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise LocalError("CONFIG_UNREADABLE", f"{file()} cannot be read: {error}.") from error
    profiles = found.get("profiles", {})
    return {name: value for name, value in profiles.items() if isinstance(value, dict)}


def _local_stack() -> Source:
    try:
        return _source(local_stack(home()), keeps=True)
    except InputError:
        return Source()


def _source(values: Mapping[str, Any], *, keeps: bool = False) -> Source:
    url, token, workspace = (_text(values.get(name)) for name in ("url", "token", "workspace"))
    return Source(url, token, workspace, keeps=keeps)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _same(kept_for: str | None, url: str) -> bool:
    return kept_for is not None and _bare(kept_for) == _bare(url)


def _bare(url: str) -> str:
    return url.strip().rstrip("/").removesuffix("/api")


def _toml(profiles: dict[str, dict[str, Any]]) -> str:
    # a JSON string without escaped slashes is a TOML basic string
    lines = ["# Written by `holdfast login`. This file has tokens: do not share it."]
    for name, values in profiles.items():
        lines += ["", f"[profiles.{json.dumps(name, ensure_ascii=False)}]"]
        lines += [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in values.items() if text]
    return "\n".join(lines) + "\n"


def _write_private(target: Path, text: str) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    draft.replace(target)
