"""Hooks with their code: the calls, and the release of a folder."""

from pathlib import Path

from holdfast.api.releases import NewRelease, Released
from holdfast.client import hooks
from holdfast.client.validation import check
from holdfast.transfer.hook_folders import read_hook


class Hooks(hooks.Hooks):
    """The calls under `/hooks`, and the release of what a folder holds."""

    def deploy(self, directory: str | Path, *, source_ref: str | None = None) -> Released:
        """Release what a folder with `hook.yaml` holds: zip it, send the zip unless it is there, release.

        Raises `InputError` for a folder that is no hook, `LocalError`, `StoreError`.
        """
        hook = read_hook(Path(directory))
        said = {"source_ref": source_ref} if source_ref else {}
        values = hook.release | said | ({"digest": hook.digest} if hook.bundle else {})
        check(NewRelease, values)
        if hook.bundle:
            self.upload(hook.name, hook.bundle, digest=hook.digest)
        return self.release(hook.name, **values)
