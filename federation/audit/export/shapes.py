"""What each kind of event is in the words of FHIR, DICOM and the HL7 code systems.

Sources: FHIR R4 AuditEvent and its value sets (http://hl7.org/fhir/R4/auditevent.html), DICOM
PS3.16 for the codes of security alerts, and IHE BALP (https://profiles.ihe.net/ITI/BALP) for which
of them a query of a person's record uses.
"""

from __future__ import annotations

from msgspec import Struct

from federation.audit.event import EventKind
from federation.model import Purpose

DCM = "http://dicom.nema.org/resources/ontology/DCM"
EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
OUR_KIND = "urn:watling:audit-event-kind"
SUCCESS, MINOR, SERIOUS = "0", "4", "8"


class Coding(Struct, frozen=True):
    """A code of a system, and its words."""

    system: str
    code: str
    display: str


class Shape(Struct, frozen=True, kw_only=True):
    """How a kind of event is told.

    `of_a_record`: somebody asked for a person's record by way of this gateway or of a node, so that
    there are a client and a server. `queries`: what was asked for is told as BALP's query is.
    """

    type: Coding
    subtypes: tuple[Coding, ...] = ()
    action: str
    outcome: str = SUCCESS
    of_a_record: bool = True
    queries: bool = False


_REST = Coding(EVENT_TYPE, "rest", "Restful Operation")
_SEARCH = Coding(INTERACTION, "search", "search")
_OPERATION = Coding(INTERACTION, "operation", "operation")
_ALERT = Coding(DCM, "110113", "Security Alert")
_LOG_USED = Coding(DCM, "110101", "Audit Log Used")


def _queried(outcome: str = SUCCESS) -> Shape:
    return Shape(type=_REST, subtypes=(_SEARCH,), action="E", outcome=outcome, queries=True)


def _alert(code: str, display: str, action: str, *, of_a_record: bool = True) -> Shape:
    return Shape(
        type=_ALERT,
        subtypes=(Coding(DCM, code, display),),
        action=action,
        of_a_record=of_a_record,
    )


def _deed(action: str) -> Shape:
    return Shape(type=_REST, subtypes=(_OPERATION,), action=action)


SHAPES: dict[EventKind, Shape] = {
    EventKind.VIEW: _queried(),
    EventKind.NODE_CALL: _queried(),
    EventKind.REFUSAL: _queried(MINOR),
    EventKind.ABANDONED: _queried(SERIOUS),
    EventKind.SECOND_LOOK: _deed("R"),
    EventKind.SHADOW_LOOK: _queried(),
    EventKind.SHADOW_RULES: Shape(
        type=Coding(DCM, "110100", "Application Activity"), action="E", of_a_record=False
    ),
    EventKind.FOLLOW_UPS: _deed("R"),
    EventKind.ACKNOWLEDGED: _deed("U"),
    EventKind.INCIDENT: Shape(type=_ALERT, action="E", outcome=SERIOUS),
    EventKind.BREAK_GLASS: _alert("110127", "Emergency Override Started", "E"),
    EventKind.END_EMERGENCY_ACCESS: _alert("110138", "Emergency Override Stopped", "E"),
    EventKind.DECLARE_RELATIONSHIP: _deed("C"),
    EventKind.RECORD_OBJECTION: _deed("C"),
    EventKind.EXPLAIN_ACCESS: _deed("E"),
    EventKind.ACCESS_LOG: Shape(type=_LOG_USED, action="R"),
    EventKind.READ_NODE_LOG: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.RECALLED: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.RECALL_NOTICE: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.READ_RECALLS: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.LOG_OPENED: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.LAUNCHED: _deed("C"),
    EventKind.LAUNCH_REFUSED: Shape(
        type=_REST, subtypes=(_OPERATION,), action="C", outcome=MINOR, of_a_record=False
    ),
    EventKind.READ_REVIEWS: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.REVIEWED: Shape(type=_LOG_USED, action="U", of_a_record=False),
    EventKind.SIGN_IN_FAILURE: Shape(
        type=Coding(DCM, "110114", "User Authentication"),
        subtypes=(Coding(DCM, "110122", "Login"),),
        action="E",
        outcome=MINOR,
        of_a_record=False,
    ),
    EventKind.FEED_LOADED: _alert(
        "110137", "User Security Attributes Changed", "U", of_a_record=False
    ),
    EventKind.RULES_PUBLISHED: _alert("110129", "Security Configuration", "U", of_a_record=False),
    EventKind.RULES_ROLLED_BACK: _alert("110129", "Security Configuration", "U", of_a_record=False),
    **dict.fromkeys(
        (
            EventKind.RULES_PUT_IN_SHADOW,
            EventKind.RULES_TAKEN_FROM_SHADOW,
            EventKind.REGION_ENROLLED,
            EventKind.NODE_SUBMITTED,
            EventKind.NODE_EXAMINED,
            EventKind.NODE_REPORTED,
            EventKind.NODE_APPROVED,
            EventKind.NODE_REJECTED,
            EventKind.NODE_PROMOTED,
            EventKind.NODE_SUSPENDED,
            EventKind.NODE_RESUMED,
            EventKind.NODE_RETIRED,
        ),
        _alert("110129", "Security Configuration", "U", of_a_record=False),
    ),
    EventKind.NODE_SUBMISSIONS: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.AUDIT_EXPORTED: Shape(type=_LOG_USED, action="R", of_a_record=False),
    EventKind.AUDIT_ARCHIVED: Shape(type=_LOG_USED, action="U", of_a_record=False),
    EventKind.AUDIT_PURGED: Shape(type=_LOG_USED, action="D", of_a_record=False),
    EventKind.HOLD_PLACED: Shape(type=_LOG_USED, action="U", of_a_record=False),
    EventKind.HOLD_LIFTED: Shape(type=_LOG_USED, action="U", of_a_record=False),
    EventKind.RECEIPT_MADE: Shape(type=_LOG_USED, action="R", of_a_record=False),
}
OF_ANY_OTHER = Shape(
    type=Coding(DCM, "110100", "Application Activity"), action="E", of_a_record=False
)
"""For a kind without a row: an export never leaves an event out."""

_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
REASONS: dict[Purpose, Coding] = {
    Purpose.DIRECT_CARE: Coding(_REASON, "TREAT", "treatment"),
    Purpose.EMERGENCY: Coding(_REASON, "ETREAT", "Emergency Treatment"),
    Purpose.PATIENT_REQUEST: Coding(_REASON, "PATRQT", "patient requested"),
}
BROKE_THE_GLASS = Coding(_REASON, "BTG", "break the glass")
