import pytest

from holdfast.transfer.checks import FileCheck, Verdict, Verification, compare

OK = FileCheck("a", Verdict.OK)


def verification(
    *files: FileCheck, manifest: Verdict = Verdict.OK, extra: tuple[str, ...] = ()
) -> Verification:
    return Verification("pkg_1", "storage", "sha256:0", manifest, list(files), list(extra))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (verification(OK), Verdict.OK),
        (verification(OK, FileCheck("b", Verdict.BAD)), Verdict.BAD),
        (verification(OK, FileCheck("b", Verdict.MISSING)), Verdict.BAD),
        (verification(OK, FileCheck("b", Verdict.ERROR)), Verdict.ERROR),
        (verification(FileCheck("a", Verdict.BAD), FileCheck("b", Verdict.ERROR)), Verdict.BAD),
        (verification(OK, extra=("c",)), Verdict.BAD),
        (verification(manifest=Verdict.BAD), Verdict.BAD),
        (verification(), Verdict.ERROR),
    ],
)
def test_the_whole_is_as_good_as_its_worst_part_and_nothing_checked_is_never_ok(
    found: Verification, verdict: Verdict
) -> None:
    assert found.verdict == verdict


def test_every_verdict_is_counted() -> None:
    found = verification(OK, FileCheck("b", Verdict.MISSING), FileCheck("c", Verdict.MISSING))
    assert found.counts == {"ok": 1, "bad": 0, "missing": 2, "error": 0}


def test_a_difference_is_told() -> None:
    assert compare("a", expected=("aa", 1), found=("aa", 1)) == OK
    assert compare("a", expected=("aa", 1), found=("bb", 2)).reason == "size is 2, but 1 in the manifest"
    assert compare("a", expected=("aa", 1), found=("bb", 1)).reason == "sha256 is bb, but aa in the manifest"
