"""What a local stack leaves in its folder (docs/development/architecture.md)."""

import json
from pathlib import Path

STACK_SECRET = "0123456789abcdef0123456789abcdef"


def make_stack(folder: Path) -> Path:
    """The folder of a stack that runs."""
    home = folder / ".holdfast"
    home.mkdir()
    (home / "jwt-secret").write_text(STACK_SECRET)
    note = {
        "url": "http://127.0.0.1:8000",
        "token": "stack-token",
        "workspace": "local",
        "pid": 1,
        "jwt_secret_file": "jwt-secret",
    }
    (home / "stack.json").write_text(json.dumps(note))
    return home
