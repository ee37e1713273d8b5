from pathlib import Path

from tests.bench.request_log import RequestLog

BEFORE = "2026-03-14 15:09:26,535 POST /api/packages 201 9 ms\n"
INGEST = """\
2026-03-14 15:09:27,535 POST /api/packages 201 9 ms
{"level":"INFO","message":"request","route":"POST /packages/{package_id}/uploads","status":200}
2026-03-14 15:09:27,635 POST /api/packages/pkg_1/uploads 200 61 ms
2026-03-14 15:09:28,535 POST /api/packages/pkg_1/finalize 202 30 ms
2026-03-14 15:09:28,735 GET /api/operations/op_1 200 3 ms
2026-03-14 15:09:28,835 GET /api/operations/op_1 200 3 ms
2026-03-14 15:09:28,935 GET /api/packages/pkg_1 200 3 ms
"""


def test_what_was_asked_for_is_counted_apart_from_waiting_for_it(tmp_path: Path) -> None:
    file = tmp_path / "stack.log"
    file.write_text(BEFORE)
    log = RequestLog(file)

    with file.open("a") as lines:
        lines.write(INGEST)

    assert log.counted() == {"asking": 3, "waiting": 3}
