"""The outermost group: every error ends here, as a line on stderr and an exit code."""

from typing import TYPE_CHECKING, Any, NamedTuple

import typer
from typer.core import TyperGroup

from holdfast.cli import failures
from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from holdfast.sdk import Client

CTRL_C = 130


class Flags(NamedTuple):
    """What was said before the command about which service to talk to."""

    url: str | None = None
    workspace: str | None = None
    profile: str | None = None

    def as_arguments(self) -> list[str]:
        """The same on a command line."""
        named = [("--url", self.url), ("--workspace", self.workspace), ("--profile", self.profile)]
        return [part for flag, value in named if value for part in (flag, value)]


class Program(TyperGroup):
    """Turns the end of every command into an exit code."""

    def main(self, *arguments: Any, **extra: Any) -> Any:
        """Run and exit; see `holdfast.cli` for the codes."""
        extra["standalone_mode"] = False
        raise SystemExit(self._exit_code(arguments, extra))

    def _exit_code(self, arguments: tuple[Any, ...], extra: dict[str, Any]) -> int:
        try:
            ended = super().main(*arguments, **extra)
        except HoldfastError as error:
            return failures.report(error)
        except typer.TyperException as error:
            return failures.report_usage(error)
        except typer.Abort:
            return failures.report_interruption()
        except Exception as error:
            # the outermost boundary: nothing may leave without a code
            return failures.report_fault(error)
        if ended == CTRL_C:
            return failures.report_interruption()
        return ended if isinstance(ended, int) else 0


def connect(context: typer.Context, *, jobs: int | None = None) -> "Client":
    """A client for the service that the flags, the environment, a profile or a local stack name."""
    from holdfast.client.client import DEFAULT_JOBS
    from holdfast.sdk import Client

    flags = context.find_object(Flags) or Flags()
    return Client(flags.url, None, flags.workspace, profile=flags.profile, jobs=jobs or DEFAULT_JOBS)
