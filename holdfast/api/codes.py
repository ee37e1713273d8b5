"""The error codes of the API, each with a title and a remedy.

`GET /errors` serves this catalogue, and docs/reference/errors.md lists it.
"""

from typing import NamedTuple


class Problem(NamedTuple):
    """One entry of the catalogue: a code, its meaning, and the remedy for its reader."""

    code: str
    title: str
    remedy: str


catalogue: dict[str, Problem] = {}


def declare(code: str, title: str, remedy: str) -> str:
    """Add `code` (UPPER_SNAKE) to the catalogue and return it; errors are raised with it."""
    if code in catalogue and catalogue[code] != Problem(code, title, remedy):
        raise ValueError(f"{code} is declared twice with different words")
    catalogue[code] = Problem(code, title, remedy)
    return code


NOT_FOUND = declare(
    "NOT_FOUND",
    "Nothing with that name exists here",
    "Check the id and the workspace. A record that you may not see gets the same answer.",
)

INVALID_REQUEST = declare(
    "INVALID_REQUEST",
    "The request breaks a rule",
    "`details.errors` names each field and the rule that it breaks. Fix them and send the request again.",
)

MALFORMED_JSON = declare(
    "MALFORMED_JSON", "The body is not JSON", "Send one JSON object in UTF-8 as the body."
)

BODY_TOO_LARGE = declare(
    "BODY_TOO_LARGE",
    "The body is over the limit",
    "Send less in one request. Upload the bytes of files to the upload URLs, not to the API.",
)

UNSUPPORTED_MEDIA_TYPE = declare(
    "UNSUPPORTED_MEDIA_TYPE", "The body has a type that the route does not read", "Send `application/json`."
)

UNAVAILABLE = declare(
    "UNAVAILABLE",
    "A service that Holdfast depends on does not answer",
    "Wait as long as `Retry-After` says, then send the request again.",
)

INTERNAL_ERROR = declare(
    "INTERNAL_ERROR",
    "Holdfast has a fault",
    "Report it with the `request_id`; the log of the service has the cause under that id.",
)

ROW_NOT_OF_CONTRACT = declare(
    "ROW_NOT_OF_CONTRACT",
    "A row does not match the hook's contract",
    "`details` names the `line` and `column` of the row. Fix the hook, release it, and run it again.",
)

DUPLICATE_PATH = declare(
    "DUPLICATE_PATH",
    "A path is already in the package",
    "Leave out the paths in `details.paths`, or send `replace: true` to upload new bytes for them.",
)

REPEATED_PATH = declare(
    "REPEATED_PATH",
    "A plan has the same path twice",
    "Declare each path once. Two spellings that are equal in Unicode NFC are the same path.",
)

TOO_MANY_FILES = declare(
    "TOO_MANY_FILES",
    "The package would have too many files",
    "Divide the files between several packages.",
)

INVALID_PATH = declare(
    "INVALID_PATH",
    "A path breaks a rule",
    "`details.rule` names the rule that `details.path` breaks. Send relative POSIX paths.",
)

FORBIDDEN = declare(
    "FORBIDDEN",
    "Your role does not allow this",
    "Ask an owner of the workspace for a role with the scope in `details.scope`.",
)

WORKSPACE_REQUIRED = declare(
    "WORKSPACE_REQUIRED",
    "The request does not name a workspace",
    "Name one of your workspaces in the `Holdfast-Workspace` header.",
)

UNAUTHENTICATED = declare(
    "UNAUTHENTICATED",
    "The request has no valid token",
    "Send `Authorization: Bearer TOKEN` with a valid token; `holdfast login` saves one for the CLI.",
)

UNKNOWN_CONVENTION = declare(
    "UNKNOWN_CONVENTION",
    "There is no such convention",
    "GET /conventions lists the conventions. Declare this one first (POST /conventions), or name none.",
)

CONVENTION_NOT_MET = declare(
    "CONVENTION_NOT_MET",
    "The package does not meet its convention",
    "`details.errors` names each broken rule. Upload the missing files, or create a package that is right.",
)

CONVENTION_IN_USE = declare(
    "CONVENTION_IN_USE",
    "A package refers to the convention",
    "Keep the convention, because packages were checked against it. Declare a new one under another slug.",
)

INVALID_METADATA_SCHEMA = declare(
    "INVALID_METADATA_SCHEMA",
    "The metadata schema cannot be used",
    "Send a JSON Schema of draft 2020-12 whose references lead only to its own parts.",
)

SCHEMA_CONFLICT = declare(
    "SCHEMA_CONFLICT",
    "The schema has other fields under this version",
    "Give the new fields a new version. A version never changes, because readers rely on it.",
)

HOOK_REJECTED = declare(
    "HOOK_REJECTED",
    "The hook ran and rejects the package",
    "Read the reason and the rows of the run. Fix the cause, then upload a new package.",
)

HOOK_FAILED = declare(
    "HOOK_FAILED",
    "The code of the hook failed",
    "Read the end of its log (GET /hook-runs/{id}). Fix the hook, release it, and rerun the old release.",
)

HOOK_OUT_OF_MEMORY = declare(
    "HOOK_OUT_OF_MEMORY",
    "The hook needs more memory than it may have",
    "Let the hook read less at once. It had `memory_mib` MiB; HOLDFAST_HOOK_MEMORY_MAX_MIB is the maximum.",
)

HOOK_OVER_LIMIT = declare(
    "HOOK_OVER_LIMIT",
    "The hook took more than its release allows",
    "The reason names the limit. Release the hook with a higher limit, or let the hook do less.",
)

HOOK_NOT_STARTED = declare(
    "HOOK_NOT_STARTED",
    "The code of the release could not be started",
    "Read the reason: the bytes differ from the digest, the zip is broken, or the entrypoint is missing.",
)

INVALID_HOOK_NAME = declare(
    "INVALID_HOOK_NAME",
    "This is not a valid name for a hook",
    "Use lower-case letters and digits, with single `.`, `_` or `-` between them; at most 64 characters.",
)

BUNDLE_NOT_STORED = declare(
    "BUNDLE_NOT_STORED",
    "The bytes of the bundle are not stored",
    "POST /hooks/{name}/bundles returns a request that uploads the zip. Upload it, then release again.",
)

BUNDLE_DIFFERS = declare(
    "BUNDLE_DIFFERS",
    "The stored bundle differs from its declaration",
    "Check the SHA-256 and the size of the zip. If both are right, build a new zip with another digest.",
)

UNKNOWN_HOOK = declare(
    "UNKNOWN_HOOK",
    "There is no such hook",
    "Send a release of the hook in the same request, or first (POST /hooks/{name}/releases).",
)

STALE_REVISION = declare(
    "STALE_REVISION",
    "Somebody else moved the live pointer",
    "Read the hook again, decide anew, and send its current `revision` as `expected_revision`.",
)

UNKNOWN_RELEASE = declare(
    "UNKNOWN_RELEASE",
    "The hook has no such release",
    "`details.latest_version` is the latest release. GET /hooks/{name}/releases lists all releases.",
)

HOOK_NOT_LIVE = declare(
    "HOOK_NOT_LIVE",
    "No release of the hook is live",
    "Make a release live (PUT /hooks/{name}/live), or send a release to make live; then try again.",
)

HOOK_OUTPUT_BROKEN = declare(
    "HOOK_OUTPUT_BROKEN",
    "The hook's output does not have the required form",
    "Write `result.json` with the `status` `passed` or `rejected`, and one row per line in `rows.ndjson`.",
)

RUN_NOTE_DIFFERS = declare(
    "RUN_NOTE_DIFFERS",
    "The output does not name this run",
    "Do not change `run.json` in the output folder. Fix the hook and run it again: no output was kept.",
)

HOOK_CONTRACT_CONFLICT = declare(
    "HOOK_CONTRACT_CONFLICT",
    "The hook has another contract",
    "Release with the fixed feature and columns that `details.differences` names, or create a new hook.",
)

HOOK_RUN_ENDED = declare(
    "HOOK_RUN_ENDED",
    "The run was ended before its code was done",
    "The operation's `failures` and `reconciliation` give the reason. Fix the cause, then rerun the release.",
)

INVALID_CURSOR = declare(
    "INVALID_CURSOR",
    "The cursor does not belong to this list",
    "Send `next_cursor` unchanged with the same query, or start without a cursor.",
)

INVALID_IDEMPOTENCY_KEY = declare(
    "INVALID_IDEMPOTENCY_KEY",
    "The idempotency key cannot be used",
    "Send 1 to 255 printable ASCII characters without spaces, such as a UUID.",
)

IDEMPOTENCY_KEY_REUSED = declare(
    "IDEMPOTENCY_KEY_REUSED",
    "The idempotency key was used for another request",
    "Send a new key with each new request. Repeat a key only with the same body.",
)

IDEMPOTENCY_IN_PROGRESS = declare(
    "IDEMPOTENCY_IN_PROGRESS",
    "A request with the same key is in progress",
    "Wait a moment, then send the request again with the same key.",
)

METHOD_NOT_ALLOWED = declare(
    "METHOD_NOT_ALLOWED", "The route has no such method", "The `Allow` header lists the methods of the route."
)

LAST_OWNER = declare(
    "LAST_OWNER",
    "The workspace would have no owner left",
    "Make another member an owner first, then remove or change this one.",
)

MEMBER_EXISTS = declare(
    "MEMBER_EXISTS",
    "The person is a member already, with another role or other tenants",
    "Change the role or the tenants with PATCH /members/{user_id} (`holdfast member role`).",
)

MEMBER_CHANGED = declare(
    "MEMBER_CHANGED",
    "The membership has changed since you read it",
    "Read it again (GET /members/{user_id}) and send its new `ETag` in `If-Match`.",
)

NOT_ELIGIBLE = declare(
    "NOT_ELIGIBLE",
    "The package may not be deleted",
    "`details.rules` names the rules that keep it, and so does GET /packages/{id}/retention/explain.",
)

DISPOSAL_INCOMPLETE = declare(
    "DISPOSAL_INCOMPLETE",
    "Objects of a deleted package still exist",
    "Delete the package again, or wait for the sweep. `details.objects` names the remaining objects.",
)

INCOMPLETE_PACKAGE = declare(
    "INCOMPLETE_PACKAGE",
    "Declared bytes are missing or different",
    "Plan and upload the files in `details.files` again, then finalize again.",
)

UNEXPECTED_CONTENT = declare(
    "UNEXPECTED_CONTENT",
    "The package differs from your expectation",
    "Compare with GET /packages/{id}/files. Finalize with the right expectation, or with none.",
)

INVALID_STATE = declare(
    "INVALID_STATE",
    "The package's status does not allow this",
    "`details.status` is the status of the package. A finalized or failed package cannot be changed.",
)

RETENTION_SHORTENED = declare(
    "RETENTION_SHORTENED",
    "The promise would end earlier",
    "A promise can only be extended. Ask for `details.expires_at` or later, or for a longer class.",
)

HOLD_EXISTS = declare(
    "HOLD_EXISTS",
    "The package already has a hold with that name",
    "Choose another name for another case. The hold in `details.hold` remains.",
)

HOLD_NOT_FOUND = declare(
    "HOLD_NOT_FOUND",
    "The package has no hold with that name",
    "`details.holds` lists the holds of the package. A hold can be released only once.",
)

TOO_MANY_HOLDS = declare(
    "TOO_MANY_HOLDS",
    "The package has the maximum number of holds",
    "Release a hold that is no longer needed, or extend the promise instead.",
)

PLAN_TOO_LARGE = declare(
    "PLAN_TOO_LARGE",
    "The plan needs too many parts",
    "Declare fewer large files in one plan.",
)

CONTENT_MISMATCH = declare(
    "CONTENT_MISMATCH",
    "The bytes are not the declared ones",
    "Hash the file again, and ask for a new upload plan with its current SHA-256 and size.",
)

SIGNED_URL_REFUSED = declare(
    "SIGNED_URL_REFUSED",
    "The signed URL was changed or has expired",
    "Ask for a new upload plan or a new download: the answer has a new URL.",
)

INVALID_KEY = declare(
    "INVALID_KEY",
    "A storage key breaks a rule",
    "Report it with the `request_id`, because Holdfast makes the keys. `details.rule` names the rule.",
)

OBJECT_LOCKED = declare(
    "OBJECT_LOCKED",
    "A lock of the store keeps the object",
    "Release the hold or wait until the retain-until date. Until then no version is removed.",
)

OBJECT_LOCK_MISSING = declare(
    "OBJECT_LOCK_MISSING",
    "The bucket has no Object Lock",
    "Use a bucket that was created with Object Lock, or set HOLDFAST_S3_OBJECT_LOCK=false.",
)

STORE_PROVES_NOTHING = declare(
    "STORE_PROVES_NOTHING",
    "The object store accepts wrong bytes",
    "Set HOLDFAST_S3_INTEGRITY=readback. Finalize then reads back and hashes every file.",
)
