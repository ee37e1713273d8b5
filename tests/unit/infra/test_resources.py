"""What keeps the evidence: the table, the bucket, the secret; asserted on the generated template."""

from typing import Any

from chalicelib.dynamodb.items import ByRef, ByTime, Due

Template = dict[str, Any]
KEPT = ("RetainExceptOnCreate", "Retain")
INDEXES = {"by_time", "by_ref", "due"}


def test_the_table_has_the_three_sparse_indexes_with_small_projections(template: Template) -> None:
    table = template["Resources"]["Table"]["Properties"]
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    assert set(indexes) == INDEXES
    for name, index in indexes.items():
        assert [key["AttributeName"] for key in index["KeySchema"]] == [f"{name}_pk", f"{name}_sk"]
        assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kind", "facets"]}


def test_the_table_is_the_one_that_the_service_reads() -> None:
    assert {index.Meta.index_name for index in (ByTime, ByRef, Due)} == INDEXES


def test_the_table_can_be_restored_and_is_encrypted_and_protected(template: Template) -> None:
    table = template["Resources"]["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == KEPT
    properties = table["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}


def test_the_bucket_keeps_versions_encrypted_and_to_itself(template: Template) -> None:
    bucket = template["Resources"]["Bucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == KEPT
    properties = bucket["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_object_lock_is_a_choice(template: Template) -> None:
    lock = template["Resources"]["Bucket"]["Properties"]["ObjectLockEnabled"]
    assert lock == {"Fn::If": ["ObjectLockOn", True, {"Ref": "AWS::NoValue"}]}
    assert template["Parameters"]["ObjectLock"]["Default"] == "off"
    assert template["Parameters"]["ObjectLockMode"]["Default"] == "GOVERNANCE"


def test_abandoned_uploads_go_after_a_week_and_nothing_else_expires_but_probes(template: Template) -> None:
    rules = template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    aborting = [rule for rule in rules if "AbortIncompleteMultipartUpload" in rule]
    assert [rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for rule in aborting] == [7]
    expiring = [rule for rule in rules if "NoncurrentVersionExpiration" in rule or "ExpirationInDays" in rule]
    assert [rule["Prefix"]["Fn::Sub"] for rule in expiring] == ["${Namespace}/.probe/"]
    # what a canary's lock kept goes in every version, which only both together do
    assert (expiring[0]["ExpirationInDays"], expiring[0]["NoncurrentVersionExpiration"]) == (
        1,
        {"NoncurrentDays": 1},
    )


def test_the_bucket_is_closed_without_tls(template: Template) -> None:
    statement = template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_token_secret_is_made_where_it_is_kept(template: Template) -> None:
    secret = template["Resources"]["JwtSecret"]["Properties"]
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in secret
