"""The outermost command group. Every error ends here, as a line on stderr and an exit code."""

from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperGroup

from holdfast.cli import failures
from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from holdfast.sdk import Client

CTRL_C = 130
OPTION_BY_FIELD = "holdfast.cli.option_by_field"

# fields of the API that a parameter of another name sets
FIELDS = {
    "budget": ["budget_bytes"],
    "change": ["period_days"],
    "days": ["extend_days"],
    "kind": ["kind", "type", "types"],
    "package": ["package_id"],
    "retention": ["retention_class"],
    "run": ["run_id"],
    "tenant": ["tenant", "tenants"],
    "until": ["expires_at"],
}


class Flags(NamedTuple):
    """The options before the command: the service to talk to, the workspace and the profile."""

    url: str | None = None
    workspace: str | None = None
    profile: str | None = None

    def as_arguments(self) -> list[str]:
        """Return the options as they stand on a command line."""
        named = [("--url", self.url), ("--workspace", self.workspace), ("--profile", self.profile)]
        return [part for flag, value in named if value for part in (flag, value)]


class Program(TyperGroup):
    """A group that turns the end of every command into an exit code."""

    def main(self, *arguments: Any, **extra: Any) -> Any:
        """Run the command and exit; see `holdfast.cli` for the codes."""
        extra["standalone_mode"] = False
        raise SystemExit(self._exit_code(arguments, extra))

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Return its exit code when it raised an error that its reader can act on."""
        try:
            return super().invoke(ctx)
        except HoldfastError as error:
            return failures.report(error, option_by_field=ctx.meta.get(OPTION_BY_FIELD))

    def _exit_code(self, arguments: tuple[Any, ...], extra: dict[str, Any]) -> int:
        try:
            ended = super().main(*arguments, **extra)
        except typer.TyperException as error:
            return failures.report_usage(error)
        except typer.Abort:
            return failures.report_interruption()
        except Exception as error:
            # the outermost boundary: no error may leave without an exit code
            return failures.report_fault(error)
        if ended == CTRL_C:
            return failures.report_interruption()
        return ended if isinstance(ended, int) else 0


def connect(context: typer.Context, *, jobs: int | None = None) -> "Client":
    """Return a client for the service that the flags, the environment, a profile or a local stack name."""
    from holdfast.client.client import DEFAULT_JOBS
    from holdfast.sdk import Client

    name_options(context)
    flags = context.find_object(Flags) or Flags()
    return Client(flags.url, None, flags.workspace, profile=flags.profile, jobs=jobs or DEFAULT_JOBS)


def name_options(context: typer.Context) -> None:
    """Note which option sets which field of the API, so that an error can name the option."""
    options: dict[str, str] = context.meta.setdefault(OPTION_BY_FIELD, {})
    for parameter in context.command.params:
        name = str(parameter.name)
        # what was not given on the command line may come from a file, which names its fields
        if context.params.get(name) is not None:
            options.update(dict.fromkeys(FIELDS.get(name, [name]), _shown(parameter)))


def _shown(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar).strip("[]")
    return str(max(parameter.opts, key=len))
