import json

import pytest

from chalicelib.storage import certificates
from tests.support.served import certify_on_schedule


@pytest.mark.usefixtures("moto_table")
def test_the_schedule_certifies_when_that_is_due_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    first, again = certify_on_schedule(), certify_on_schedule()

    assert first == {"id": certificates.latest().id, "gaps": []}
    assert again == {"id": None, "gaps": []}
    (metric,) = [
        line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "StorageGaps" in line
    ]
    assert metric["StorageGaps"] == [0.0]
