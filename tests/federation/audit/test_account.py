"""What the events of one request say, and in which part of them they say it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from federation.audit import EventKind, abandoned_event, refusal_event
from federation.audit.made_on import FootingKept
from federation.audit.seen import (
    AgreementInForce,
    CallOutcome,
    ConflictShown,
    Decided,
    EvidenceHeld,
    EvidenceInForce,
    ItemShown,
    LookedAt,
    PageAsked,
    RowShown,
    SectionShown,
    WithheldCount,
)
from federation.authority import EvidenceSource, Relationship, RelationshipKind
from federation.case import About
from federation.errors import ErrorCode
from federation.flow import Decision, Facts, Outcome, Page, WarningCode, Window
from federation.model import Agreement, Assertion, Category, Purpose, RegionId, RequesterKind
from federation.records.base import Severity
from federation.status import FaultOrigin, SourceCode, SourceState
from tests.builders import (
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NETWORK,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_launch,
    a_reference,
    a_released,
    a_requester,
)
from tests.federation.audit.values import (
    PULSE,
    a_plan,
    a_record,
    an_entry,
    an_event,
    the_question,
    the_view,
)
from tests.federation.sharing.given import a_case
from tests.items import an_allergy

VIEW, CALL_LONDON, CALL_HERTS, CALL_MILTON_KEYNES, INCIDENT = the_view()


def test_one_event_for_the_view_each_call_and_each_incident():
    """The view comes first, then each planned call in the plan's order, then the incidents."""
    assert [event.plain.kind for event in the_view()] == [
        EventKind.VIEW,
        EventKind.NODE_CALL,
        EventKind.NODE_CALL,
        EventKind.NODE_CALL,
        EventKind.INCIDENT,
    ]


def test_every_event_says_who_in_which_capacity_when_and_why():
    """Names and numbers are in the sealed part, capacity and purpose in the plain one."""
    for event in the_view():
        plain, sealed = event.plain, event.sealed
        assert (plain.at, plain.view_id, plain.request_id) == (NOW, "view-1", "request-1")
        assert plain.purpose is Purpose.DIRECT_CARE
        assert plain.confirmed
        asker = plain.asker
        assert (asker.kind, asker.role) == (RequesterKind.PROFESSIONAL, "R0050")
        assert (asker.organisation, asker.region) == ("RRV", "london")
        assert (sealed.subject, sealed.name) == ("consultant-london", "Doctor Ada Example")
        assert (sealed.number, sealed.asked_number) == (NUMBER, None)


def test_a_view_says_what_was_asked_and_what_the_screen_said():
    """Categories, nodes, identity, coverage, rows, rules and obligations."""
    plain = VIEW.plain
    assert plain.categories == (Category.ALLERGIES, Category.DEMOGRAPHICS, Category.OBSERVATIONS)
    assert plain.nodes == (LONDON.id, HERTS.id, MILTON_KEYNES.id)
    assert plain.identity is a_reference().basis
    assert plain.coverage is not None
    assert plain.coverage.headline == "2 of 3 sources answered."
    assert (plain.coverage.asked, plain.coverage.answered) == (3, 2)
    assert plain.rules_version == "network 3, london 12"
    assert plain.obligations == ("RECORD_REASON",)
    assert plain.rows == (
        RowShown(LONDON.id, Category.DEMOGRAPHICS, SourceState.FRESH, None),
        RowShown(LONDON.id, Category.ALLERGIES, SourceState.FRESH, None),
        RowShown(HERTS.id, Category.ALLERGIES, SourceState.FRESH, None),
        RowShown(MILTON_KEYNES.id, Category.ALLERGIES, SourceState.TIMED_OUT, None),
        RowShown(LONDON.id, Category.OBSERVATIONS, SourceState.FRESH, None),
    )


def test_lines_are_told_with_their_items_and_versions():
    """Each line in order, with every linked item, its version and what was emptied."""
    allergies = next(one for one in VIEW.sealed.shown if one.category is Category.ALLERGIES)
    digest = allergies.lines[0][1].version

    assert allergies == SectionShown(
        category=Category.ALLERGIES,
        assertion=Assertion.NOT_KNOWN,
        warnings=(WarningCode.CONFLICT,),
        lines=(
            (
                ItemShown(LONDON.id, "allergy-london-1", "7"),
                ItemShown(HERTS.id, "allergy-herts-1", digest),
            ),
            (ItemShown(HERTS.id, "allergy-herts-2", "1", ("author",)),),
        ),
    )
    assert digest.startswith("sha256:")


def test_a_timeline_is_told_by_the_pages_that_were_shown():
    """An entry on two pages counts once, one on no page was not shown, and page warnings count."""
    (section,) = (one for one in VIEW.sealed.shown if one.category is Category.OBSERVATIONS)

    assert [item.source_id for line in section.lines for item in line] == [
        "obs-london-1",
        "obs-london-2",
    ]
    assert section.warnings == (WarningCode.TRUNCATED,)


def test_two_things_under_one_id_are_both_told():
    """A source that uses one id for two things has both on a page, and both in the manifest."""
    entries = tuple(an_entry(PULSE, fact=("fact", name)) for name in ("one", "other"))
    page = Page(entries=entries, cursors=("c1", "c2"), has_next=False, has_previous=False)
    record = a_record()
    observations = replace(record.sections[Category.OBSERVATIONS], pages={Window(): page})
    record = replace(record, sections={Category.OBSERVATIONS: observations})

    (_, section) = the_view(record=record)[0].sealed.shown

    assert section.lines == ((ItemShown(LONDON.id, "obs-london-1", "1"),),) * 2


def test_demographics_are_told_by_digests():
    """The person as shown, and each echo that went into it, without any of their words."""
    (section,) = (one for one in VIEW.sealed.shown if one.category is Category.DEMOGRAPHICS)
    ((merged, echo),) = section.lines

    assert (merged.node, merged.source_id) == ("", "person")
    assert (echo.node, echo.source_id) == (LONDON.id, "person")
    assert merged.version.startswith("sha256:")
    assert merged.version != echo.version


@pytest.mark.parametrize("demographics", [None, "nobody"])
def test_demographics_that_were_not_shown_have_no_line(demographics: str | None):
    """Where they were not asked for there is no section; where nobody vouched for any, no line."""
    record = a_record()
    assert record.demographics is not None
    instead = replace(record.demographics, person=None) if demographics else None

    view = the_view(record=replace(record, demographics=instead))[0]

    lines = [one.lines for one in view.sealed.shown if one.category is Category.DEMOGRAPHICS]
    assert lines == ([()] if demographics else [])


def _digest_of(allergy) -> str:
    record = a_record()
    section = record.sections[Category.ALLERGIES]
    entry = replace(section.entries[0], items=(allergy,), lead=allergy)
    changed = replace(record, sections={Category.ALLERGIES: replace(section, entries=(entry,))})
    shown = the_view(record=changed)[0].sealed.shown
    return shown[-1].lines[0][0].version


def test_a_digest_says_what_was_shown_and_not_when_it_was_fetched():
    """The same content fetched later has the same digest, other content another."""
    now, later = an_allergy(), an_allergy(retrieved_at=NOW + timedelta(hours=1))

    assert _digest_of(now) == _digest_of(later)
    assert _digest_of(now) != _digest_of(an_allergy(recorded_at="2019"))


def test_conflicts_decisions_and_withheld_counts_are_sealed():
    """What was disagreed about, what the rules decided and how much they took away."""
    sealed = VIEW.sealed
    assert sealed.conflicts == (ConflictShown(Category.ALLERGIES, "severity", Severity.SAFETY, 2),)
    assert sealed.withheld == (WithheldCount(HERTS.id, Category.ALLERGIES, 3),)
    assert sealed.decisions == (
        Decided(
            HERTS.id,
            Category.ALLERGIES,
            ("adoption", "restricted"),
            Outcome.WITHHOLD,
            SourceCode.NOT_PERMITTED,
            ("herts-0007",),
        ),
    )


def test_pages_asked_for_are_told_without_their_cursor():
    """Filters are evidence of what was looked for; a cursor only says that one went on."""
    window = Window(first=5, after="opaque", since=date(2020, 1, 1), codes=("s|1",))
    view = the_view(the_question(windows={Category.OBSERVATIONS: (window,)}))[0]

    assert view.sealed.pages == (
        PageAsked(
            category=Category.OBSERVATIONS,
            first=5,
            continued=True,
            since=date(2020, 1, 1),
            codes=("s|1",),
        ),
    )


def an_agreement(region: str, version: str) -> Agreement:
    return Agreement(
        id="london-sharing",
        version=version,
        source=LONDON.id,
        requester_region=RegionId(region),
        organisation_kinds=frozenset(("acute",)),
        roles=frozenset(("R0050",)),
        categories=frozenset(Category),
        purposes=frozenset((Purpose.DIRECT_CARE,)),
        valid_from=date(2026, 1, 1),
    )


def test_agreements_that_cases_had_beside_them_are_told():
    """Of every node of which something was decided, those that could speak of who asks."""
    citizens = replace(
        an_agreement("london", "6"), requester_kinds=frozenset((RequesterKind.CITIZEN,))
    )
    facts = Facts(
        at=NOW,
        nodes=NETWORK,
        agreements={
            LONDON.id: (an_agreement("london", "3"),),
            HERTS.id: (an_agreement("london", "4"), an_agreement("milton-keynes", "5"), citizens),
        },
        rules_version="",
    )

    assert the_view(facts=facts)[0].plain.agreements == (
        AgreementInForce(HERTS.id, "london-sharing", "4"),
    )
    nobody = the_question(requester=a_requester(organisation=None))
    assert the_view(nobody, facts=facts)[0].plain.agreements == ()
    citizen = the_question(requester=a_requester(kind=RequesterKind.CITIZEN, organisation=None))
    assert the_view(citizen, facts=facts)[0].plain.agreements == (
        AgreementInForce(HERTS.id, "london-sharing", "6"),
    )


def test_what_decisions_were_made_on_is_sealed():
    """The footing once; the screen's own only where it was another; details that were looked at."""
    footing = a_case().footing
    younger = replace(footing, about=About(age=15))
    decision = Decision(node=LONDON.id, category=Category.ALLERGIES, outcome=Outcome.NOT_ASKED)
    part = a_released(
        LONDON,
        footing=footing,
        screened=(decision,),
        screened_on=footing,
        looked_at=frozenset(("day", "custodian")),
    )

    sealed = the_view(released=(part,))[0].sealed
    assert (sealed.footing, sealed.screened_on) == (FootingKept.of(footing), None)
    assert sealed.screened == (Decided.of(decision),)
    assert sealed.looked_at == (LookedAt(LONDON.id, ("custodian", "day")),)
    before = replace(part, screened_on=younger)
    assert the_view(released=(before,))[0].sealed.screened_on == FootingKept.of(younger)
    assert NUMBER not in str(msgspec.json.encode((sealed.footing, sealed.screened)))


def test_the_evidence_that_carried_a_look_is_told():
    """By kind and source for whoever watches; by the ids to ask about in the sealed part."""
    admission = Relationship(
        id="launch:1",
        kind=RelationshipKind.ADMISSION,
        source=EvidenceSource.LAUNCH,
        organisation="RRV",
        begins_at=NOW,
        evidence="A-2209-1",
    )
    facts = Facts(
        at=NOW, nodes=NETWORK, agreements={}, rules_version="", relationships=(admission,)
    )
    asked = the_question(launch="a-handle", confirm=None)
    view = the_view(asked, facts=facts, launch=a_launch())[0]

    assert (view.plain.launched, view.plain.vouched_by) == (True, "https://epr.example")
    assert not view.plain.confirmed
    assert view.plain.evidence == (
        EvidenceInForce(RelationshipKind.ADMISSION, EvidenceSource.LAUNCH),
    )
    assert view.sealed.evidence == (
        EvidenceHeld(RelationshipKind.ADMISSION, EvidenceSource.LAUNCH, "launch:1", "A-2209-1"),
    )
    plain = msgspec.json.encode(view.plain).decode()
    assert "a-handle" not in msgspec.json.encode(view).decode()
    assert not any(secret in plain for secret in ("launch:1", "A-2209-1"))


@pytest.mark.parametrize("launch", [a_launch(), None])
def test_a_look_that_comes_to_nothing_says_that_a_launch_was_spent(launch):
    """And who had vouched, as far as the handle was good for anything."""
    asked = the_question(launch="a-handle")
    for event in (
        refusal_event(asked, ErrorCode.FORBIDDEN, launch),
        abandoned_event(asked, None, launch),
    ):
        assert event.plain.launched
        assert event.plain.vouched_by == (launch.host if launch else None)
    assert not refusal_event(the_question(), ErrorCode.FORBIDDEN).plain.launched


def test_a_call_says_what_came_of_it():
    """Records held, none held, or why there is no answer; and the numbers asked with, sealed."""
    assert CALL_LONDON.plain.outcome == CallOutcome(records=1, retrieved_at=NOW)
    assert CALL_HERTS.plain.outcome == CallOutcome(records=0, retrieved_at=NOW)
    assert CALL_MILTON_KEYNES.plain.outcome == CallOutcome(
        state=SourceState.TIMED_OUT,
        code=SourceCode.DEADLINE_EXCEEDED,
        origin=FaultOrigin.NODE,
    )
    assert CALL_LONDON.plain.nodes == (LONDON.id,)
    assert CALL_LONDON.plain.categories == (Category.ALLERGIES,)
    assert CALL_LONDON.sealed.asked_with == (NUMBER,)


def test_a_call_without_an_outcome_is_on_the_record_all_the_same():
    """What was planned is told, whatever became of it."""
    calls = the_view(outcomes=())[1:4]

    assert [event.plain.outcome for event in calls] == [None, None, None]


def test_an_incident_names_the_node_and_what_was_wrong():
    """In the plain part, for whoever watches; whose record it was, in the sealed one."""
    plain = INCIDENT.plain
    assert (plain.nodes, plain.incident, plain.detail) == (
        (HERTS.id,),
        SourceCode.WRONG_PERSON,
        "birth date",
    )
    assert INCIDENT.sealed.number == NUMBER


def test_a_superseded_number_is_told_beside_the_one_in_use():
    """The person is found under the number in use, and what was typed is not lost."""
    for event in the_view(reference=a_reference(OTHER_NUMBER)):
        assert (event.sealed.number, event.sealed.asked_number) == (OTHER_NUMBER, NUMBER)


def test_a_refusal_says_why():
    """The code, whose record was asked for and by whom, and nothing of any record."""
    event = refusal_event(the_question(confirm=None), ErrorCode.FORBIDDEN)

    assert (event.plain.kind, event.plain.error) == (EventKind.REFUSAL, ErrorCode.FORBIDDEN)
    assert not event.plain.confirmed
    assert event.sealed.number == NUMBER
    assert event.sealed.shown == ()


def test_an_abandoned_look_says_whom_it_asked():
    """The nodes of the plan, or none where there was no plan yet."""
    looked = abandoned_event(the_question(), a_plan(LONDON, HERTS))
    early = abandoned_event(the_question(), None)

    assert (looked.plain.kind, looked.plain.nodes) == (EventKind.ABANDONED, (LONDON.id, HERTS.id))
    assert early.plain.nodes == ()


def test_the_plain_part_names_nobody():
    """Neither the person nor the requester, no item, no decision and no clinical word."""
    secrets = [
        NUMBER,
        "consultant-london",
        "Ada",
        "Fernsby",
        "1952",
        "allergy-london-1",
        "herts-0007",
        "adoption",
        "severity",
    ]
    for event in (*the_view(), an_event(), abandoned_event(the_question(), a_plan())):
        plain = msgspec.json.encode(event.plain).decode()
        assert [secret for secret in secrets if secret in plain] == []


def test_no_content_is_kept_in_either_part():
    """Titles, display words and names of the person are the sources' to keep."""
    text = msgspec.json.encode(the_view()).decode()
    for word in ("a title that is nowhere", "Amoxicillin", "Fernsby", "1952"):
        assert word not in text
