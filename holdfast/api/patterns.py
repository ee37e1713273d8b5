"""Patterns of text fields, and the rule of each one in words.

A pattern is for programs: the OpenAPI document shows it. A message for people shows the rule instead.
A rule is a predicate: it follows the name of the field, as in "kind must have only …".
"""

SHA256 = r"^[0-9a-f]{64}$"
MANIFEST_DIGEST = r"^sha256:[0-9a-f]{64}$"
CODE_DIGEST = r"^([0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$"
SLUG = r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$"
TENANT = rf"^\*$|{SLUG}"
WORKSPACE = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"

# what a path of a URL can carry as it is, so that every member has an address
USER_ID = r"^[A-Za-z0-9_][A-Za-z0-9_.,:;=@|+~!$&'()*-]{0,199}$"
COLUMN_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
SCHEMA_VERSION = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"

# a media type goes into headers, which are ASCII
MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$"
WITHOUT_NUL = r"^[^\x00]+$"
_SLUG_RULE = "must have only lower-case letters, digits, and single `.`, `_` or `-` between them"

RULES = {
    SHA256: "must be a SHA-256: 64 lower-case hex digits",
    MANIFEST_DIGEST: "must be `sha256:` and 64 lower-case hex digits",
    CODE_DIGEST: "must be a SHA-256: 64 lower-case hex digits for a bundle, base64 for a Lambda function",
    SLUG: _SLUG_RULE,
    TENANT: f"{_SLUG_RULE}, or be `*` for all tenants",
    WORKSPACE: "must have 1 to 63 lower-case letters, digits or `-`, with no `-` at the start or the end",
    USER_ID: "must have 1 to 200 letters, digits and other ASCII characters that a URL path can carry:"
    " no space, no `/`, and a letter, a digit or `_` at the start",
    COLUMN_NAME: "must start with a letter or `_`, and go on with letters, digits, `_`, `.` or `-`",
    SCHEMA_VERSION: "must start with a letter or a digit, and go on with letters, digits, `.`, `_` or `-`",
    MEDIA_TYPE: "must be a media type, such as `application/json`",
    WITHOUT_NUL: "must have no NUL character",
}
