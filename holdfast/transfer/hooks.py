"""Hooks with their code: the calls of the API, and the release of a folder."""

from pathlib import Path

from holdfast.api.releases import NewRelease, Released
from holdfast.client import hooks
from holdfast.client.validation import check
from holdfast.transfer.hook_folders import read_hook


class Hooks(hooks.Hooks):
    """The calls under `/hooks`, and the release of the hook in a folder."""

    def deploy(self, directory: str | Path, *, source_ref: str | None = None) -> Released:
        """Release the hook in a folder with `hook.yaml`: zip the sources, upload the zip, release.

        A zip that is stored already is not uploaded again. Raises `InputError` for a folder without a valid
        hook, `LocalError`, `StoreError`.
        """
        hook = read_hook(Path(directory))
        said = {"source_ref": source_ref} if source_ref else {}
        values = hook.release | said | ({"digest": hook.digest} if hook.bundle else {})
        check(NewRelease, values)
        if hook.bundle:
            self.upload(hook.name, hook.bundle, digest=hook.digest)
        return self.release(hook.name, **values)
