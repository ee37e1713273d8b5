"""Rewrite, or with `--check` name, every generated file that is out of date."""

import argparse
import sys

from infra.documentation.markdown import ROOT
from infra.documentation.pages import outdated


def main() -> int:
    """Rewrite each file that is out of date; with `--check` only name it and return 1."""
    parser = argparse.ArgumentParser(description="Refresh the generated documents.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when one is out of date")
    check = parser.parse_args().check
    stale = outdated()
    for path, content in stale.items():
        print(f"{path.relative_to(ROOT)} {'is out of date' if check else 'rewritten'}")
        if not check:
            path.write_text(content)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
