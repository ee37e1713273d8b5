import hashlib

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.packages.models.file import FileEntry
from chalicelib.packages.models.manifest import manifest_bytes
from holdfast.api.packages import Package
from holdfast.transfer.manifests import Line, expected_digest
from tests.support.fakes.package import EMPTY

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
lines = st.lists(
    st.builds(Line, path=text, sha256=st.just("0" * 64), size=st.integers(0, 2**53 - 1), media_type=text),
    max_size=5,
    unique_by=lambda line: line.path,
)


@given(lines, text)
def test_the_digest_is_that_of_the_manifest_that_the_service_writes(found: list[Line], name: str) -> None:
    fields = {**EMPTY, "id": "pkg_1", "status": "uploading", "producer": "p", "kind": "k", "name": name}
    package = Package.model_validate(fields)
    entries = [FileEntry(**line._asdict()) for line in found]
    digest = hashlib.sha256(manifest_bytes(package, entries)).hexdigest()
    assert expected_digest(package, sorted(found)) == f"sha256:{digest}"
