"""Every error code of the API: a title, and what its reader can do about it.

`GET /errors` serves this catalogue, and docs/reference/errors.md lists it.
"""

from typing import NamedTuple


class Problem(NamedTuple):
    """One entry of the catalogue: what a code means and what its reader can do."""

    code: str
    title: str
    remedy: str


catalogue: dict[str, Problem] = {}


def declare(code: str, title: str, remedy: str) -> str:
    """Enter `code` (UPPER_SNAKE) in the catalogue and return it, to be raised by that name."""
    if code in catalogue and catalogue[code] != Problem(code, title, remedy):
        raise ValueError(f"{code} is declared twice with different words")
    catalogue[code] = Problem(code, title, remedy)
    return code


NOT_FOUND = declare(
    "NOT_FOUND",
    "Nothing here by that name",
    "Check the id and the workspace; what you may not see answers the same.",
)

INVALID_REQUEST = declare(
    "INVALID_REQUEST",
    "The request breaks a rule",
    "`details.errors` names each field and its rule; mend those and send it again.",
)

MALFORMED_JSON = declare(
    "MALFORMED_JSON", "The body is not JSON", "Send one JSON object, UTF-8, in the body."
)

BODY_TOO_LARGE = declare(
    "BODY_TOO_LARGE",
    "The body is over the limit",
    "Send less at once: bytes of files go to the upload URLs, not through the API.",
)

UNSUPPORTED_MEDIA_TYPE = declare(
    "UNSUPPORTED_MEDIA_TYPE", "The body is not of a type that the route reads", "Send `application/json`."
)

UNAVAILABLE = declare(
    "UNAVAILABLE", "Something we depend on does not answer", "Wait as `Retry-After` says, then retry."
)

INTERNAL_ERROR = declare(
    "INTERNAL_ERROR", "A fault of ours", "Report it with the `request_id`; it is in our log."
)

ROW_NOT_OF_CONTRACT = declare(
    "ROW_NOT_OF_CONTRACT",
    "A row is not what the hook's contract promises",
    "Mend the hook at the `line` and `column` in `details`, release it, and run it again.",
)

DUPLICATE_PATH = declare(
    "DUPLICATE_PATH",
    "A path is already in the package",
    "Leave the paths in `details.paths` out, or send `replace: true` to hand over their new bytes.",
)

REPEATED_PATH = declare(
    "REPEATED_PATH",
    "A path stands twice in one plan",
    "Declare each path once; two spellings that are equal in Unicode NFC are one path.",
)

TOO_MANY_FILES = declare(
    "TOO_MANY_FILES",
    "The package would hold too many files",
    "Split the evidence over several packages.",
)

INVALID_PATH = declare(
    "INVALID_PATH",
    "A path breaks a rule",
    "Send relative POSIX paths; `details.rule` names the rule that `details.path` breaks.",
)

FORBIDDEN = declare(
    "FORBIDDEN",
    "Your role does not allow this",
    "Ask an owner of the workspace for a role with the scope in `details.scope`.",
)

WORKSPACE_REQUIRED = declare(
    "WORKSPACE_REQUIRED",
    "Which workspace is meant is not clear",
    "Name one of your workspaces in the `Holdfast-Workspace` header.",
)

UNAUTHENTICATED = declare(
    "UNAUTHENTICATED",
    "Nobody we know is asking",
    "Send `Authorization: Bearer TOKEN` with a token that is current; `holdfast login` keeps one.",
)

UNKNOWN_CONVENTION = declare(
    "UNKNOWN_CONVENTION",
    "There is no such convention",
    "GET /conventions lists them; declare it first (POST /conventions), or name none.",
)

CONVENTION_NOT_MET = declare(
    "CONVENTION_NOT_MET",
    "The package is not what its convention demands",
    "`details.errors` names each rule; hand over the missing files, or start a package that meets them.",
)

CONVENTION_IN_USE = declare(
    "CONVENTION_IN_USE",
    "A package refers to the convention",
    "Keep it: what packages were checked against stays. Declare a new one under another slug.",
)

INVALID_METADATA_SCHEMA = declare(
    "INVALID_METADATA_SCHEMA",
    "The metadata schema cannot be used",
    "Send a JSON Schema of draft 2020-12 whose references stay inside it.",
)

SCHEMA_CONFLICT = declare(
    "SCHEMA_CONFLICT",
    "The schema has other fields under this version",
    "Give the new fields a new version: what readers rely on never changes.",
)

HOOK_REJECTED = declare(
    "HOOK_REJECTED",
    "The hook ran and rejects the package",
    "Read the reason and the rows of the run; mend what the package shows, then hand over a new one.",
)

HOOK_FAILED = declare(
    "HOOK_FAILED",
    "The code of the hook failed",
    "Read the tail of its log (GET /hook-runs/{id}), mend the hook, release it, and rerun the old release.",
)

HOOK_OUT_OF_MEMORY = declare(
    "HOOK_OUT_OF_MEMORY",
    "The hook wants more memory than it can have",
    "Let it read less at once; `memory_mib` is what it had in the end (HOLDFAST_HOOK_MEMORY_MAX_MIB).",
)

HOOK_OVER_LIMIT = declare(
    "HOOK_OVER_LIMIT",
    "The hook took more than its release allows",
    "The reason names the limit; release the hook with a higher one, or let it do less.",
)

HOOK_NOT_STARTED = declare(
    "HOOK_NOT_STARTED",
    "The code of the release could not be started",
    "The reason says why: other bytes than the digest, a broken zip, or an entrypoint that is not there.",
)

INVALID_HOOK_NAME = declare(
    "INVALID_HOOK_NAME",
    "This cannot be the name of a hook",
    "Take lower-case letters, digits and single `.`, `_` or `-` between them, at most 64 characters.",
)

BUNDLE_NOT_STORED = declare(
    "BUNDLE_NOT_STORED",
    "The bytes of the bundle are not there",
    "Ask POST /hooks/{name}/bundles how to send the zip, send it, then release it again.",
)

BUNDLE_DIFFERS = declare(
    "BUNDLE_DIFFERS",
    "Other bytes are stored than were declared",
    "Hash and measure the zip again; when both are right, build it anew, so that it has another digest.",
)

UNKNOWN_HOOK = declare(
    "UNKNOWN_HOOK",
    "There is no such hook",
    "Send the hook with its release, or release it first (POST /hooks/{name}/releases).",
)

STALE_REVISION = declare(
    "STALE_REVISION",
    "Somebody moved the pointer meanwhile",
    "Read the hook again, decide anew, and send its present `revision` as `expected_revision`.",
)

UNKNOWN_RELEASE = declare(
    "UNKNOWN_RELEASE",
    "The hook has no such release",
    "`details.latest_version` is the newest; GET /hooks/{name}/releases lists them all.",
)

HOOK_NOT_LIVE = declare(
    "HOOK_NOT_LIVE",
    "No release of the hook is live",
    "Make one live (PUT /hooks/{name}/live), or send one that is to be; then do it again.",
)

HOOK_OUTPUT_BROKEN = declare(
    "HOOK_OUTPUT_BROKEN",
    "What the hook left is no output of a hook",
    "Leave `result.json` with a `status` of `passed` or `rejected`, and rows in `rows.ndjson`, one a line.",
)

RUN_NOTE_DIFFERS = declare(
    "RUN_NOTE_DIFFERS",
    "The output does not say that it is this run's",
    "Leave `run.json` in the output folder as Holdfast wrote it; nothing of the output was kept.",
)

HOOK_CONTRACT_CONFLICT = declare(
    "HOOK_CONTRACT_CONFLICT",
    "The hook has another contract",
    "Release with the feature and columns that `details.differences` calls fixed, or make a new hook.",
)

HOOK_RUN_ENDED = declare(
    "HOOK_RUN_ENDED",
    "The run was ended before its code was done",
    "The operation's `failures` and `reconciliation` say by whom; rerun the release when it is mended.",
)

INVALID_CURSOR = declare(
    "INVALID_CURSOR",
    "The cursor is not of this list",
    "Use `next_cursor` as it was given, with the same query, or start without a cursor.",
)

INVALID_IDEMPOTENCY_KEY = declare(
    "INVALID_IDEMPOTENCY_KEY",
    "The idempotency key cannot be used",
    "Send 1 to 255 printable ASCII characters without spaces, such as a UUID.",
)

IDEMPOTENCY_KEY_REUSED = declare(
    "IDEMPOTENCY_KEY_REUSED",
    "The idempotency key was used for another request",
    "Send a new key with a new request; the same key only with the same body.",
)

IDEMPOTENCY_IN_PROGRESS = declare(
    "IDEMPOTENCY_IN_PROGRESS",
    "The same request is being answered now",
    "Wait a moment and send it again with the same key.",
)

METHOD_NOT_ALLOWED = declare(
    "METHOD_NOT_ALLOWED", "The route has no such method", "`Allow` lists the methods that it has."
)

LAST_OWNER = declare(
    "LAST_OWNER",
    "The workspace would have no owner left",
    "Make another member an owner first, then remove or change this one.",
)

MEMBER_EXISTS = declare(
    "MEMBER_EXISTS",
    "They are a member already, with another role or other tenants",
    "Change what they are with PATCH /members/{user_id} (`holdfast member role`).",
)

MEMBER_CHANGED = declare(
    "MEMBER_CHANGED",
    "The membership has changed since you saw it",
    "Look at it again (GET /members/{user_id}) and send the new `ETag` in `If-Match`.",
)

NOT_ELIGIBLE = declare(
    "NOT_ELIGIBLE",
    "The package may not be deleted",
    "`details.rules` says what keeps it; GET /packages/{id}/retention/explain says the same at any time.",
)

DISPOSAL_INCOMPLETE = declare(
    "DISPOSAL_INCOMPLETE",
    "Objects of a deleted package are still there",
    "Delete it again, or wait for the sweep: both go on; `details.objects` names what is left.",
)

INCOMPLETE_PACKAGE = declare(
    "INCOMPLETE_PACKAGE",
    "Declared bytes are missing or different",
    "Send the files in `details.files` (ask for their upload plan again), then finalize again.",
)

UNEXPECTED_CONTENT = declare(
    "UNEXPECTED_CONTENT",
    "The package is not what you expect it to be",
    "Compare with GET /packages/{id}/files; finalize with the right expectation, or with none.",
)

INVALID_STATE = declare(
    "INVALID_STATE",
    "The package's status does not allow this",
    "`details.status` says where it stands; a finalized or failed package takes nothing more.",
)

RETENTION_SHORTENED = declare(
    "RETENTION_SHORTENED",
    "The promise would end earlier",
    "A promise is only ever extended: ask for `details.expires_at` or later, or for a longer class.",
)

HOLD_EXISTS = declare(
    "HOLD_EXISTS",
    "The package has a hold of that name",
    "Choose another name for another case; the hold in `details.hold` stands.",
)

HOLD_NOT_FOUND = declare(
    "HOLD_NOT_FOUND",
    "The package has no hold of that name",
    "`details.holds` lists the holds that are on it; a hold is released once.",
)

TOO_MANY_HOLDS = declare(
    "TOO_MANY_HOLDS",
    "The package has as many holds as it may",
    "Release one that is over, or extend instead.",
)

PLAN_TOO_LARGE = declare(
    "PLAN_TOO_LARGE",
    "The plan needs too many parts",
    "Declare fewer large files in one plan.",
)

CONTENT_MISMATCH = declare(
    "CONTENT_MISMATCH",
    "The bytes are not the declared ones",
    "Hash the file again and ask for a new upload plan with its present SHA-256 and size.",
)

SIGNED_URL_REFUSED = declare(
    "SIGNED_URL_REFUSED",
    "The signed URL is changed or has expired",
    "Ask again: a new upload plan or a new download gives a fresh URL.",
)

INVALID_KEY = declare(
    "INVALID_KEY",
    "A storage key breaks a rule",
    "Holdfast makes the keys: report it with the `request_id`; `details.rule` names the rule.",
)

OBJECT_LOCKED = declare(
    "OBJECT_LOCKED",
    "The store's own lock keeps the object",
    "Release the hold or wait until the retain-until date; until then nothing of it is removed.",
)

OBJECT_LOCK_MISSING = declare(
    "OBJECT_LOCK_MISSING",
    "The bucket has no Object Lock",
    "Object Lock is chosen when a bucket is made: use such a bucket, or set HOLDFAST_S3_OBJECT_LOCK=false.",
)

STORE_PROVES_NOTHING = declare(
    "STORE_PROVES_NOTHING",
    "The object store accepts other bytes than declared",
    "Set HOLDFAST_S3_INTEGRITY=readback: every file is then read back and hashed before finalize succeeds.",
)
