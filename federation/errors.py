"""Every error that Watling raises on purpose, as one tree.

    WatlingError
    ├── RefusedError              an error and no record; carries a code of the closed list
    │   ├── UnauthenticatedError          UNAUTHENTICATED
    │   ├── ForbiddenError                FORBIDDEN
    │   │   ├── StandingLapsedError           FORBIDDEN, and who can mend it
    │   │   ├── OwnRecordError                FORBIDDEN, and where to read it
    │   │   ├── ProofNeededError              FORBIDDEN, and how to earn it
    │   │   ├── NotTheirRecordError           FORBIDDEN, and whom to ask
    │   │   ├── StrongerSignInError           FORBIDDEN, and how to earn it
    │   │   ├── PersonRefusesError            FORBIDDEN, because the person objects
    │   │   └── EvidenceNeededError           FORBIDDEN, because one's own word is not enough
    │   ├── RoleNotSelectedError          ROLE_NOT_SELECTED
    │   ├── PurposeNotSupportedError      PURPOSE_NOT_SUPPORTED
    │   ├── EmergencyNotEarnedError       EMERGENCY_NOT_EARNED
    │   ├── IdentityNotConfirmedError     IDENTITY_NOT_CONFIRMED
    │   ├── IdentityChangedError          IDENTITY_CHANGED
    │   ├── InvalidNhsNumberError         INVALID_NHS_NUMBER
    │   ├── BadUserInputError             BAD_USER_INPUT
    │   ├── InvalidCursorError            INVALID_CURSOR
    │   ├── OnePersonPerRequestError      ONE_PERSON_PER_REQUEST
    │   ├── TooComplexError               TOO_COMPLEX
    │   ├── OverloadedError               OVERLOADED
    │   ├── AuditUnavailableError         AUDIT_UNAVAILABLE
    │   │   └── LogUnreadableError            AUDIT_UNAVAILABLE, of the log that was asked for
    │   ├── PolicyUnavailableError        POLICY_UNAVAILABLE
    │   │   └── NotRecordedError              POLICY_UNAVAILABLE, and nothing has changed
    │   ├── NotAvailableError             NOT_AVAILABLE
    │   ├── NotFoundError                 NOT_FOUND
    │   └── ConflictError                 CONFLICT
    ├── SettingsError             the operator's files are wrong; said at start, with the place
    │   ├── StoreAwayError                the database does not answer now; it may soon
    │   ├── PolicyInvalidError            a rule bundle does not parse or does not validate
    │   └── FaultyFileError               a file that people write; names every line at fault
    ├── StorageError              a store could not be read or written
    └── AuditBrokenError          the audit chain does not verify; names the event where it breaks

A node that fails is not here: it is a value (`flow.Failure`), because a dead region is data and
never an exception.

The public text of a refusal is fixed and carries nothing that the caller typed (no number, name or
token can leak through it). `docs/errors.md` has a row for each code.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """`extensions.code` of every error, as a closed list."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    ROLE_NOT_SELECTED = "ROLE_NOT_SELECTED"
    PURPOSE_NOT_SUPPORTED = "PURPOSE_NOT_SUPPORTED"
    EMERGENCY_NOT_EARNED = "EMERGENCY_NOT_EARNED"
    IDENTITY_NOT_CONFIRMED = "IDENTITY_NOT_CONFIRMED"
    IDENTITY_CHANGED = "IDENTITY_CHANGED"
    INVALID_NHS_NUMBER = "INVALID_NHS_NUMBER"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    INVALID_CURSOR = "INVALID_CURSOR"
    ONE_PERSON_PER_REQUEST = "ONE_PERSON_PER_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    TOO_COMPLEX = "TOO_COMPLEX"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    OVERLOADED = "OVERLOADED"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    POLICY_UNAVAILABLE = "POLICY_UNAVAILABLE"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INTERNAL = "INTERNAL"


class WatlingError(Exception):
    """Anything that Watling raises on purpose."""


class RefusedError(WatlingError):
    """The request gets this error and no record.

    `code` is one of the closed list, `public` the fixed text that the caller reads; a subclass with
    several fixed texts (`BadUserInputError`) is given one of them, never the caller's own input.
    """

    code: ClassVar[ErrorCode]
    public: ClassVar[str]

    def __init__(self, public: str | None = None) -> None:
        self.text = public or self.public
        super().__init__(self.text)


class UnauthenticatedError(RefusedError):
    """No token, or one that does not verify: key, signature, time, audience or issuer."""

    code = ErrorCode.UNAUTHENTICATED
    public = "the bearer token is missing, expired or not meant for this gateway; sign in again"


class ForbiddenError(RefusedError):
    """Role, organisation or assurance do not allow this request at all."""

    code = ErrorCode.FORBIDDEN
    public = "your role does not allow this; ring your organisation's privacy officer if it should"


class StandingLapsedError(ForbiddenError):
    """The organisation does not meet the data-security standard, and its time to renew is over."""

    public = (
        "your organisation no longer meets the data-security standard, so nothing is shown to it; "
        "whoever answers for data security there must renew its assessment"
    )


class OwnRecordError(ForbiddenError):
    """Staff asked for their own record, as their employer's list says."""

    public = (
        "nobody looks at their own record through their work; "
        "read it with your own account, as anybody reads theirs"
    )


class ProofNeededError(ForbiddenError):
    """A person's record was asked for by somebody of whom too little is proved."""

    public = (
        "a health record needs the highest proof of who you are; "
        "prove your identity with your sign-in provider, then ask again"
    )


class NotTheirRecordError(ForbiddenError):
    """A citizen or proxy asked for what is not theirs to see, or not in the person's name."""

    public = (
        "this is not a record that you may see, or not for this purpose: ask with "
        "PATIENT_REQUEST; if you act for this person, ask their practice to arrange it"
    )


class ProxyOverdueError(ForbiddenError):
    """Somebody acts for a person by a relationship whose day of review has come."""

    public = (
        "whether you may act for this person must be looked at again; ask the practice or service "
        "that arranged it"
    )


class StrongerSignInError(ForbiddenError):
    """Emergency access was asked for by somebody who is not surely enough who they say."""

    public = (
        "emergency access needs a stronger sign-in: sign in again with a second factor "
        "(a smartcard or a security key), then ask again"
    )


class PersonRefusesError(ForbiddenError):
    """The person objects in emergencies too, and nobody may set that aside."""

    public = (
        "the person has refused this, in an emergency too; if they agree now, "
        "have their objection withdrawn first"
    )


class EvidenceNeededError(ForbiddenError):
    """The caller's own word is not enough for a look at this record."""

    public = (
        "your own statement is not enough for this record: "
        "an admission, a referral or another sign of care must come from elsewhere"
    )


class RoleNotSelectedError(RefusedError):
    """The caller holds several roles and has chosen none."""

    code = ErrorCode.ROLE_NOT_SELECTED
    public = (
        "you hold several roles and none is selected; select one (`me.availableRoles` lists them)"
    )


class PurposeNotSupportedError(RefusedError):
    """A purpose outside direct care, emergency and the person's own request."""

    code = ErrorCode.PURPOSE_NOT_SUPPORTED
    public = "this gateway serves direct care, emergencies and the person's own request only"


class EmergencyNotEarnedError(RefusedError):
    """EMERGENCY was claimed without an incident in the launch context or an emergency grant."""

    code = ErrorCode.EMERGENCY_NOT_EARNED
    public = (
        "an emergency needs an incident from your host system or an emergency grant; "
        "for direct care ask with DIRECT_CARE"
    )


class IdentityNotConfirmedError(RefusedError):
    """What the caller believes about the person is missing, or does not match."""

    code = ErrorCode.IDENTITY_NOT_CONFIRMED
    public = (
        "the details given do not confirm whose record this is; "
        "check the number and the birth date with the person"
    )


class IdentityChangedError(RefusedError):
    """The number is no longer in use and names nobody now."""

    code = ErrorCode.IDENTITY_CHANGED
    public = "this NHS number is no longer in use; trace the person again"


class InvalidNhsNumberError(RefusedError):
    """Not ten digits, or the check digit is wrong."""

    code = ErrorCode.INVALID_NHS_NUMBER
    public = "not a valid NHS number: ten digits with a correct check digit are needed"


class BadUserInputError(RefusedError):
    """An argument is out of range or contradicts another; the text says which, never its value."""

    code = ErrorCode.BAD_USER_INPUT
    public = "an argument is out of range"


class InvalidCursorError(RefusedError):
    """A cursor that this gateway did not give out for this person, filter and requester."""

    code = ErrorCode.INVALID_CURSOR
    public = (
        "this cursor was not given out for this person, filter and requester; "
        "start again without `after`"
    )


class OnePersonPerRequestError(RefusedError):
    """One HTTP request asked for more than one person."""

    code = ErrorCode.ONE_PERSON_PER_REQUEST
    public = "one request can ask for one person's record only"


class TooComplexError(RefusedError):
    """Too deep, too many aliases or tokens, or too large a body."""

    code = ErrorCode.TOO_COMPLEX
    public = "the request is too large, too deep or has too many aliases"


class OverloadedError(RefusedError):
    """The gateway is draining or full."""

    code = ErrorCode.OVERLOADED
    public = "the gateway is busy; ask again in a moment"


class AuditUnavailableError(RefusedError):
    """The look could not be written to the audit log, so nothing is shown."""

    code = ErrorCode.AUDIT_UNAVAILABLE
    public = (
        "this look could not be written to the audit log, so nothing is shown; "
        "ask again, and ring the service desk if it persists"
    )


class LogUnreadableError(AuditUnavailableError):
    """Who looked was asked for, and the log cannot be read, or is not as it was written."""

    public = "who looked cannot be read just now, so nothing of it is shown; ring the service desk"


class PolicyUnavailableError(RefusedError):
    """No sharing rules could be evaluated, so nothing is shown."""

    code = ErrorCode.POLICY_UNAVAILABLE
    public = "the sharing rules could not be evaluated, so nothing is shown; ring the service desk"


class NotRecordedError(PolicyUnavailableError):
    """The store of grants, relationships and objections is lost, so nothing was recorded in it."""

    public = (
        "this could not be recorded, so nothing has changed; "
        "ask again, and ring the service desk if it persists"
    )


class NotAvailableError(RefusedError):
    """A name of the schema whose work a later release brings (`docs/errors.md` lists them)."""

    code = ErrorCode.NOT_AVAILABLE
    public = "this part of the schema is not available yet"


class NotFoundError(RefusedError):
    """No such thing, or none that this caller may know of."""

    code = ErrorCode.NOT_FOUND
    public = "not found"


class ConflictError(RefusedError):
    """It contradicts what was recorded before."""

    code = ErrorCode.CONFLICT
    public = "this contradicts what was recorded before"


class SettingsError(WatlingError):
    """The operator's settings, network file or keys are wrong; the text names the place."""


class StoreAwayError(SettingsError):
    """The database does not answer: it is on its way, or the settings name another."""


class PolicyInvalidError(SettingsError):
    """A rule bundle that does not parse, does not validate or reaches beyond its layer."""


class FaultyFileError(SettingsError):
    """A file that people write by hand has faults: a line of text for each, and their lines."""

    def __init__(self, text: str, lines: Iterable[int] = ()) -> None:
        super().__init__(text)
        self.lines = tuple(lines)


class StorageError(WatlingError):
    """A store could not be read or written; the text names the operation, never what was in it."""


class AuditBrokenError(WatlingError):
    """The audit chain does not verify; the text names the writer and where it breaks."""
