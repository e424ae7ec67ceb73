"""Referrals: requests and the tasks that fulfil them, by table, and UK Core's own examples."""

import pytest

from federation.model import Category, Organisation, Practitioner
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, UK_CORE, coded, read, uk_core
from tests.real_data import NEEDS_DATA

REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "status": "active",
    "intent": "order",
    "subject": SELF,
    "code": coded("73761001", "Colonoscopy", text="Colonoscopy requested"),
}
TASK = {
    "resourceType": "Task",
    "id": "t1",
    "status": "in-progress",
    "intent": "order",
    "for": SELF,
    "code": coded("fulfill", "Fulfill the focal request"),
    "focus": {"reference": "ServiceRequest/r1", "display": "Colonoscopy request"},
}
TRUST = {"reference": "Organization/t", "display": "Example Trust"}
SURGEON = {"reference": "Practitioner/s", "display": "Dr Ada Surgeon"}
WHY = {"url": f"{UK_CORE}PriorityReason", "valueCodeableConcept": {"text": "cancer suspected"}}
SOURCE = {"url": f"{UK_CORE}SourceOfServiceRequest", "valueCodeableConcept": {"text": "self"}}
SERVICE = {
    "resourceType": "HealthcareService",
    "id": "h",
    "name": "Hip clinic",
    "providedBy": TRUST,
}
AT_CLINIC = {"performer": [{"reference": "HealthcareService/h"}]}


def referral(resource, /, *along, **changes):
    return read(Category.REFERRALS, resource, *along, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"status": "completed"}, "status", "completed"),
        ({"intent": "proposal"}, "intent", "proposal"),
        ({"priority": "urgent"}, "priority", "urgent"),
        ({"_priority": {"extension": [WHY]}}, "priority_reason", "cancer suspected"),
        ({"extension": [WHY]}, "priority_reason", "cancer suspected"),
        ({"extension": [SOURCE]}, "origin", "self"),
        ({"category": [{"text": "Imaging"}]}, "kind", "Imaging"),
        ({}, "kind", None),
        ({"authoredOn": "2024-05-01"}, "recorded_at", "2024-05-01"),
        ({"occurrenceDateTime": "2024-06"}, "due", "2024-06"),
        ({"occurrencePeriod": {"start": "2024-06", "end": "2024-07"}}, "due", "2024-06"),
        ({"occurrencePeriod": {"start": "2024-06", "end": "2024-07"}}, "note", "Until: 2024-07"),
        ({"occurrencePeriod": {"end": "2024-07"}}, "due", "2024-07"),
        ({"occurrencePeriod": {"end": "2024-07"}}, "note", None),
        ({"requester": TRUST}, "requested_by", Organisation(name="Example Trust")),
        ({"requester": TRUST}, "custodian", Organisation(name="Example Trust")),
        ({"requester": SURGEON}, "author", Practitioner(name="Dr Ada Surgeon")),
        ({"performer": [TRUST]}, "requested_from", Organisation(name="Example Trust")),
        ({"performer": [SURGEON, TRUST]}, "requested_from", Organisation(name="Example Trust")),
        ({"performer": [SURGEON]}, "requested_from", None),
        ({"performer": [SURGEON]}, "note", "Performer: Dr Ada Surgeon"),
        ({"performerType": {"text": "Podiatry"}}, "requested_from", Organisation(name="Podiatry")),
        (
            {"performer": [{"reference": "HealthcareService/x", "display": "Hip clinic"}]},
            "requested_from",
            Organisation(name="Hip clinic"),
        ),
        ({"performer": [{"reference": "HealthcareService/x"}]}, "requested_from", None),
        ({"reasonCode": [{"text": "pain"}, {"text": "loss"}]}, "reason", "pain, loss"),
        ({"reasonReference": [{"display": "anaemia"}]}, "reason", "anaemia"),
        ({"note": [{"text": "ring first"}]}, "note", "ring first"),
        ({"patientInstruction": "do not eat"}, "note", "For the person: do not eat"),
        ({"bodySite": [{"text": "left hip"}]}, "note", "Body site: left hip"),
        ({"orderDetail": [{"text": "with contrast"}]}, "note", "In detail: with contrast"),
        ({"locationCode": [{"text": "laboratory"}]}, "note", "Where: laboratory"),
        ({"locationReference": [{"display": "Ward 9"}]}, "note", "Where: Ward 9"),
        ({"status": "entered-in-error"}, None, None),
    ],
)
def test_requests(changes, field, expected):
    """Each element of a request has its place, and what has none stands in the note."""
    item = referral(REQUEST, **changes)
    assert (getattr(item, field) if field else item) == expected


def test_an_organisation_that_was_looked_up_is_no_author():
    """A requester that is known to be an organisation is not shown as a member of staff."""
    trust = {"resourceType": "Organization", "id": "t", "name": "Example Trust"}
    item = referral(REQUEST, trust, requester=TRUST)
    assert (item.author, item.requested_by.name) == (None, "Example Trust")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Colonoscopy"),
        ({"code": ..., "orderDetail": [{"text": "with contrast"}]}, "with contrast"),
        ({"code": ..., "performerType": {"text": "Podiatry"}}, "Podiatry"),
        ({"code": ..., "category": [{"text": "Imaging"}]}, "Imaging"),
    ],
)
def test_what_was_asked_for(changes, expected):
    """A request without a code is named by the next that says what it is for."""
    assert referral(REQUEST, **changes).service.display == expected


@pytest.mark.parametrize(
    ("clinic", "expected"),
    [
        (SERVICE, Organisation(name="Hip clinic, Example Trust")),
        (
            {"resourceType": "HealthcareService", "id": "h", "providedBy": TRUST},
            Organisation(name="Example Trust"),
        ),
        (
            {"resourceType": "HealthcareService", "id": "h", "name": "Hip clinic"},
            Organisation(name="Hip clinic"),
        ),
        ({"resourceType": "HealthcareService", "id": "h"}, None),
    ],
)
def test_a_service_that_was_looked_up(clinic, expected):
    """A service is called by its own name and by whoever gives it."""
    assert referral(REQUEST, clinic, **AT_CLINIC).requested_from == expected


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "status", "in-progress"),
        ({}, "kind", "Task: Fulfill the focal request"),
        ({"code": ...}, "kind", "Task"),
        ({"priority": "stat"}, "priority", "stat"),
        ({"authoredOn": "2024-05-01"}, "recorded_at", "2024-05-01"),
        ({"restriction": {"period": {"end": "2024-07"}}}, "due", "2024-07"),
        ({"restriction": {"period": {"start": "2024-06"}}}, "due", "2024-06"),
        ({"executionPeriod": {"start": "2024-06"}}, "note", "Begun: 2024-06"),
        ({"executionPeriod": {"end": "2024-07"}}, "note", "Ended: 2024-07"),
        ({"requester": SURGEON}, "author", Practitioner(name="Dr Ada Surgeon")),
        ({"owner": TRUST}, "requested_from", Organisation(name="Example Trust")),
        (
            {"performerType": [coded("71838004", "Gastroenterologist", text="Performer")]},
            "requested_from",
            Organisation(name="Gastroenterologist"),
        ),
        ({"owner": SURGEON}, "note", "Performer: Dr Ada Surgeon"),
        ({"reasonCode": {"text": "pain"}}, "reason", "pain"),
        ({"reasonReference": {"display": "anaemia"}}, "reason", "anaemia"),
        ({"note": [{"text": "ring first"}]}, "note", "ring first"),
        ({"description": "do it soon"}, "note", "do it soon"),
        ({"businessStatus": {"text": "triaged"}}, "note", "Where it stands: triaged"),
        ({"statusReason": {"text": "no slot"}}, "note", "Because: no slot"),
        ({"status": "entered-in-error"}, None, None),
        ({"focus": {"reference": "MedicationRequest/m"}}, None, None),
        ({"focus": ...}, None, None),
    ],
)
def test_tasks(changes, field, expected):
    """A task that fulfils a request tells how far it has come; any other is no referral."""
    item = referral(TASK, **changes)
    assert (getattr(item, field) if field else item) == expected


@pytest.mark.parametrize(
    ("along", "changes", "expected"),
    [
        ((), {}, "Colonoscopy request"),
        ((REQUEST,), {}, "Colonoscopy"),
        ((), {"focus": ..., "basedOn": [TASK["focus"]]}, "Colonoscopy request"),
        ((), {"focus": {"reference": "ServiceRequest/x"}, "description": "scope"}, "scope"),
    ],
)
def test_what_a_task_is_for(along, changes, expected):
    """A task is for what the request asked for, in the request's words where it is known."""
    assert referral(TASK, *along, **changes).service.display == expected


@pytest.mark.parametrize(
    ("resource", "along", "changes", "reason"),
    [
        (REQUEST, (), {"doNotPerform": True}, "a request not to do something"),
        (TASK, (REQUEST | {"doNotPerform": True},), {}, "a request not to do something"),
        (REQUEST, (), {"code": ...}, "a request that does not say for what"),
        (
            TASK,
            (),
            {"focus": {"reference": "ServiceRequest/x"}},
            "a task that does not say for what",
        ),
    ],
)
def test_requests_that_are_refused(resource, along, changes, reason):
    """What would read as its opposite, or as nothing, is refused with a reason."""
    with pytest.raises(UnreadableError) as caught:
        referral(resource, *along, **changes)
    assert str(caught.value) == reason


@NEEDS_DATA
@pytest.mark.parametrize(
    ("name", "service", "expected"),
    [
        (
            "ServiceRequest-CTChestScan",
            "Computed tomography of chest",
            {"reason": "Pulmonary embolism", "due": "2024-04-12T09:38:00+00:00", "note": None},
        ),
        (
            "ServiceRequest-ColonoscopyRequest",
            "Colonoscopy",
            {
                "origin": "Referred by general practitioner",
                "recorded_at": "2021-10-13T16:28:00+07:00",
            },
        ),
        ("ServiceRequest-ECG", "12 lead ECG", {"reason": "Sinus tachycardia"}),
        (
            "ServiceRequest-HipReplacement",
            "Metal-on-metal hip replacement annual review",
            {"origin": "Referred by trigger criteria", "reason": None, "due": None},
        ),
        (
            "ServiceRequest-Lab-CReactiveProtein",
            "Serum C reactive protein level",
            {
                "kind": "Laboratory procedure",
                "reason": "Finger joint inflamed, Observation of finger joint inflammation.",
            },
        ),
        (
            "Task-Colonoscopy",
            "Colonoscopy Request",
            {
                "status": "in-progress",
                "priority": "routine",
                "due": "2021-10-13T18:30:00+07:00",
                "requested_from": Organisation(name="Gastroenterologist"),
                "author": Practitioner(name="Dr Paul Rastall"),
            },
        ),
    ],
)
def test_uk_cores_requests_as_the_record_shows_them(name, service, expected):
    """Every example is read, with what it carries."""
    item = read(Category.REFERRALS, uk_core(name))
    assert (item.service.display, item.intent) == (service, "order")
    assert {field: getattr(item, field) for field in expected} == expected
