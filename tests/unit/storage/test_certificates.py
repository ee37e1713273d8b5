from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.dynamodb import items, queries
from chalicelib.dynamodb.items import Item
from chalicelib.dynamodb.transaction import transact
from chalicelib.storage import certificates
from chalicelib.storage.service import storage
from holdfast.api.storage import State, Verdict
from infra.local.engine import free_port
from tests.conftest import Configure
from tests.support.factories import MOMENT

DAY = timedelta(days=1)


def kept() -> list[Item]:
    """Every certificate that is kept, oldest first."""
    return list(queries.query_all(items.partition("-", "storage-certificates")))


@pytest.mark.usefixtures("moto_table")
def test_what_was_certified_is_kept_dated_and_signed() -> None:
    with clock.freeze(MOMENT):
        made = certificates.certify()
        assert certificates.latest() == made

    assert (made.checked_at, made.state, made.gaps, made.left_behind) == (MOMENT, State.CURRENT, [], [])
    assert (made.backend, made.endpoint, len(made.signature.value)) == ("filesystem", "files", 64)


@pytest.mark.usefixtures("moto_table")
def test_there_is_none_before_the_first() -> None:
    with pytest.raises(NotFound):
        certificates.latest()


@pytest.mark.usefixtures("moto_table")
def test_each_is_kept_and_the_latest_is_told() -> None:
    made = [certificates.certify() for _ in range(3)]

    assert [item.data["id"] for item in kept()] == [certificate.id for certificate in made]
    assert certificates.latest() == made[-1]


@pytest.mark.usefixtures("moto_table")
def test_a_certificate_that_was_altered_is_told_as_altered() -> None:
    certificates.certify()
    (item,) = kept()
    item.data = {**item.data, "claims": [], "gaps": []}
    with transact() as transaction:
        transaction.save(item)

    assert certificates.latest().state is State.ALTERED


def test_a_certificate_of_another_store_is_outdated(moto_table: Configure) -> None:
    certificates.certify()

    moto_table(filesystem_root="/tmp/another")  # noqa: S108  a name, never a folder

    assert certificates.latest().state is State.OUTDATED


@pytest.mark.usefixtures("moto_table")
def test_a_new_one_is_made_only_when_it_is_due() -> None:
    with clock.freeze(MOMENT):
        assert certificates.certify_when_due() is not None
        assert certificates.certify_when_due() is None
    with clock.freeze(MOMENT + DAY):
        assert certificates.certify_when_due() is not None

    assert len(kept()) == 2


@pytest.mark.usefixtures("moto_table")
def test_nothing_of_an_attack_is_left() -> None:
    certificates.certify()

    assert list(storage().list(f"{items.partition('-').partition('#')[0]}/.probe/")) == []


def test_a_store_that_does_not_answer_is_certified_as_not_checked(moto_table: Configure) -> None:
    moto_table(
        storage="s3",
        s3_endpoint_url=f"http://127.0.0.1:{free_port()}",
        s3_access_key_id="test",
        s3_secret_access_key="test",
    )

    made = certificates.certify()

    assert {finding.enforced for finding in made.claims} == {Verdict.NOT_CHECKED}
    assert len(made.gaps) == 1
    assert certificates.latest() == made


def test_no_address_and_no_secret_is_told(moto_table: Configure) -> None:
    address = f"127.0.0.1:{free_port()}"
    moto_table(
        storage="s3",
        s3_endpoint_url=f"http://{address}",
        s3_access_key_id="an-access-key",
        s3_secret_access_key="a-secret-key",
        s3_bucket="a-bucket",
    )

    told = certificates.certify().model_dump_json()

    assert not [word for word in (address, "an-access-key", "a-secret-key", "a-bucket") if word in told]
