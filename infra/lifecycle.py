"""`python -m infra.lifecycle`: hold the lifecycle policy against a template that is generated now.

`make check` runs it, so that no timeout, queue or schedule drifts from the policy unnoticed.
"""

import sys
import tempfile
from pathlib import Path

from holdfast.api.policy import POLICIES, violations
from holdfast.cli.lifecycle import deployment
from infra.package import PROJECT, package


def main() -> int:
    """Print each broken rule; 1 when there is one."""
    with tempfile.TemporaryDirectory() as folder:
        template = package(PROJECT, Path(folder) / "package", stage="dev", libraries=None)
    broken = violations(deployment(template))
    print("\n".join(broken) or f"lifecycle: {len(POLICIES)} types of work hold against the template")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
