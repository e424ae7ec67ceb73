"""Who looked: who may read it, what each may know, and what it never tells."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from federation.audit import AuditEvent
from federation.audit.deeds import deed_refused, emergency_granted, relationship_declared
from federation.authority import (
    EmergencyReason,
    Grant,
    Mark,
    MarkKind,
    Proxy,
    ProxyBasis,
    RulesState,
)
from federation.deeds import AccessLogPage, LookKind
from federation.errors import (
    AuditUnavailableError,
    ErrorCode,
    ForbiddenError,
    InvalidCursorError,
    LogUnreadableError,
    NotTheirRecordError,
    OwnRecordError,
    PolicyUnavailableError,
    ProofNeededError,
    RoleNotSelectedError,
    StandingLapsedError,
    StorageError,
)
from federation.model import Category, Purpose, Requester, RequesterKind, Standing, ViewId
from federation.storage.memory import MemoryAudit
from tests.builders import (
    HERTS,
    LONDON,
    MILTON_KEYNES,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    a_reference,
    a_released,
    a_requester,
    an_organisation,
)
from tests.federation.access.standing import (
    BrokenAudit,
    Lost,
    Office,
    breaking,
    declaring,
    explaining,
    reading,
)
from tests.federation.access.test_statements import CITIZEN, PROXY, related
from tests.federation.audit.values import the_question, the_view
from tests.federation.sharing.given import a_case, a_professional

HIDDEN = "hidden-"
SUPERSEDED = OTHER_NUMBER
OFFICER = a_requester(
    subject="officer", name="Oriel Banks", role="PRIVACY_OFFICER", available_roles=(),
    assurance=2, standing=Standing.MET,
)  # fmt: skip
SOCIAL_WORKER = a_requester(
    subject="social-worker",
    name="Sol Worker",
    role="R1330",
    organisation=an_organisation("X26", kind="local-authority"),
)
CLINIC = a_requester(subject="clinic", organisation=an_organisation("LAM", kind="sexual-health"))
CONSULTANT = a_requester()


def a_look(view_id: str, requester: Requester = CONSULTANT, **given: Any) -> AuditEvent:
    """A view of the person, made on the word that they need no protection unless it says so."""
    restricted = given.pop("restricted", False)
    question = the_question(view_id=ViewId(view_id), requester=requester, **given)
    footing = a_case(requester=requester, restricted=restricted).footing
    released = (a_released(LONDON, footing=footing, withheld={Category.ALERTS: 3}),)
    reference = a_reference(number=question.nhs_number)
    return the_view(question, released=released, reference=reference)[0]


def a_grant(requester: Requester = CONSULTANT, reason=EmergencyReason.SAFEGUARDING) -> AuditEvent:
    deed = breaking(requester=requester, deed_id=ViewId("grant"), reason_code=reason)
    grant = Grant(
        id="g", authority="a", reason_code=reason, begins_at=NOW, expires_at=NOW,
    )  # fmt: skip
    return emergency_granted(deed, NUMBER, grant, (LONDON.id,), objected=False)


async def an_office(*events: AuditEvent, **given: Any) -> Office:
    """A proxy is in force in it."""
    office = Office(nodes=(LONDON, HERTS, MILTON_KEYNES), **given)
    in_force = Proxy(id="p1", subject=PROXY.principal, basis=ProxyBasis.PARENT, begins_at=NOW)
    await office.store.allow_proxy(office.person(), in_force)
    await office.happened_before(*events)
    return office


async def marked(office: Office, kind: MarkKind, subject: str | None = None) -> Office:
    await office.store.mark(office.person(), Mark(id=kind, kind=kind, subject=subject))
    return office


def seen(page: AccessLogPage) -> list[str]:
    """The looks' ids in the audit trail."""
    return [look.id.partition(".")[0] for look in page.looks]


# ── who may read it ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("requester", [CITIZEN, PROXY, OFFICER], ids=lambda one: one.kind)
async def test_the_person_their_proxy_and_privacy_officers(requester: Requester):
    """Each reads it, and that is on the record, with who and whose, before it is told."""
    office = await an_office(a_look("one"))

    assert seen(await office.do(reading(requester=requester))) == ["one"]

    read = (await office.events())[-1]
    assert read.plain.kind == "ACCESS_LOG"
    assert (read.sealed.subject, read.sealed.number) == (requester.subject, NUMBER)
    citizen = requester.kind != "PROFESSIONAL"
    assert read.plain.purpose == ("PATIENT_REQUEST" if citizen else "DIRECT_CARE")
    assert read.plain.alerts == ()


@pytest.mark.parametrize(
    ("requester", "error"),
    [
        pytest.param(replace(OFFICER, role="R0050"), ForbiddenError, id="a consultant"),
        pytest.param(replace(OFFICER, role="R8009"), ForbiddenError, id="reception"),
        pytest.param(replace(OFFICER, assurance=1), ForbiddenError, id="a password alone"),
        pytest.param(replace(OFFICER, standing=Standing.UNKNOWN), ForbiddenError, id="unknown"),
        pytest.param(a_requester(role="OPERATOR"), ForbiddenError, id="an operator's role"),
        pytest.param(replace(OFFICER, kind=RequesterKind.OPERATOR), ForbiddenError, id="operator"),
        pytest.param(replace(OFFICER, role=None, available_roles=CONSULTANT.available_roles),
                     RoleNotSelectedError, id="no role selected"),
        pytest.param(
            replace(OFFICER, standing=Standing.LAPSED), StandingLapsedError, id="lapsed standing"
        ),
        pytest.param(replace(CITIZEN, person=OTHER_NUMBER), NotTheirRecordError, id="another"),
        pytest.param(replace(CITIZEN, assurance=2), ProofNeededError, id="little proof"),
        pytest.param(replace(PROXY, proxy_id="p2"), NotTheirRecordError, id="no proxy"),
        pytest.param(replace(PROXY, subject="other"), NotTheirRecordError, id="another's proxy"),
        pytest.param(replace(PROXY, person=OTHER_NUMBER), NotTheirRecordError, id="another child"),
    ],
)  # fmt: skip
async def test_nobody_else(requester: Requester, error: type[Exception]):
    """Refused, and the attempt is on the record as one to read the log."""
    office = await an_office(a_look("one"))

    with pytest.raises(error) as caught:
        await office.do(reading(requester=requester))

    assert type(caught.value) is error
    refused = (await office.events())[-1]
    assert (refused.plain.kind, refused.plain.deed) == ("REFUSAL", "ACCESS_LOG")
    assert refused.sealed.number == NUMBER


async def test_a_relationship_is_no_key_to_it():
    """Who cares for the person reads the record, and not who else did."""
    office = await an_office(a_look("one"))
    await office.store.relate(office.person(), (related(),))

    with pytest.raises(ForbiddenError):
        await office.do(reading(requester=replace(OFFICER, role="R0050")))


@pytest.mark.parametrize(
    ("mark", "error"),
    [(MarkKind.OWN_RECORD, OwnRecordError), (MarkKind.FAMILY, ForbiddenError)],
)
async def test_an_officer_and_their_own(mark: MarkKind, error: type[Exception]):
    """Their own they read as citizens, and their family's is for another officer."""
    office = await marked(await an_office(a_look("one")), mark, OFFICER.principal)

    with pytest.raises(error):
        await office.do(reading(requester=OFFICER))


async def test_an_officer_makes_no_looks():
    """To read who looked opens nothing else."""
    office = await an_office()

    explained = await office.do(explaining(requester=OFFICER))

    assert {one.outcome for one in explained.decisions} == {"REFUSE"}


@pytest.mark.parametrize("state", [RulesState.EMERGENCY_SET, RulesState.NONE])
async def test_not_without_rules(state: RulesState):
    """Where the rules are lost for long, it waits."""
    office = await an_office(a_look("one"), state=state)

    with pytest.raises(PolicyUnavailableError):
        await office.do(reading(requester=CITIZEN))


async def test_not_without_what_keeps_looks_out():
    """Where the marks cannot be read, nothing is told; that it was asked is on the record."""
    office = Office(store=Lost())
    await office.happened_before(a_look("one"))

    with pytest.raises(PolicyUnavailableError) as caught:
        await office.do(reading(requester=CITIZEN))

    assert type(caught.value) is PolicyUnavailableError
    assert (await office.kinds())[-1] == "REFUSAL"


class UnreadableAudit(MemoryAudit):
    """A log whose index is lost."""

    async def find(self, entries, **given):
        raise StorageError("the audit log could not be read")


async def test_a_log_that_cannot_be_read():
    """An error with the log's own words, and on the record."""
    office = await an_office(a_look("one"), audit=UnreadableAudit())

    with pytest.raises(LogUnreadableError):
        await office.do(reading(requester=CITIZEN))

    assert (await office.events())[-1].plain.error == ErrorCode.AUDIT_UNAVAILABLE


async def test_a_log_that_somebody_changed():
    """An error, and not a shorter log."""
    office = await an_office(a_look("one"), a_look("two"))
    office.audit._rows["test", 1] = replace(office.audit._rows["test", 1], kind="REFUSAL")

    with pytest.raises(LogUnreadableError):
        await office.do(reading(requester=CITIZEN))


async def test_nothing_is_told_that_is_not_on_the_record():
    """Where the reading cannot be written down, it is not answered."""
    office = Office(audit=BrokenAudit())

    with pytest.raises(AuditUnavailableError):
        await office.do(reading(requester=CITIZEN))


# ── what each may know ────────────────────────────────────────────────────────────────────────────


async def test_what_the_person_reads():
    """Role and organisation, when, why, for what and of which regions; no name, and no count."""
    office = await an_office(a_look("one", purpose=Purpose.EMERGENCY))

    (look,) = (await office.do(reading(requester=CITIZEN))).looks

    assert (look.kind, look.role, look.name) == (LookKind.VIEW, "Consultant", None)
    assert (look.organisation.ods_code, look.organisation.name) == ("RRV", "Place RRV")
    assert (look.at, look.purpose, look.emergency) == (NOW, Purpose.EMERGENCY, True)
    assert look.categories == (Category.ALLERGIES, Category.DEMOGRAPHICS, Category.OBSERVATIONS)
    assert look.regions == tuple(sorted({LONDON.region, HERTS.region, MILTON_KEYNES.region}))
    assert look.emergency_reason is None


async def test_what_an_officer_reads():
    """What their own organisation's staff did and tried, with names and reasons; no other's."""
    office = await an_office(
        a_look("one"),
        a_look("theirs", SOCIAL_WORKER),
        a_look("person", CITIZEN),
        a_grant(),
        deed_refused(declaring(deed_id=ViewId("refused")), NUMBER, ErrorCode.FORBIDDEN),
    )

    page = await office.do(reading(requester=OFFICER))

    assert seen(page) == ["refused", "grant", "one"]
    assert [look.kind for look in page.looks] == ["REFUSAL", "BREAK_GLASS", "VIEW"]
    assert {look.name for look in page.looks} == {"Doctor Ada Example"}
    assert [look.emergency_reason for look in page.looks] == [None, "SAFEGUARDING", None]
    assert page.looks[0].purpose is Purpose.DIRECT_CARE


async def test_an_officer_of_no_organisation_reads_nothing():
    """Nobody's staff are theirs, and those least of all who act for no organisation."""
    office = await an_office(a_look("one"), a_look("person", CITIZEN))

    with pytest.raises(ForbiddenError):
        await office.do(reading(requester=replace(OFFICER, organisation=None)))


async def test_every_number_of_the_person():
    """A look under a number that was replaced is theirs; one at somebody else is not."""
    office = await an_office(a_look("before", nhs_number=SUPERSEDED))
    assert seen(await office.do(reading(requester=CITIZEN))) == []

    await office.numbers.load(((SUPERSEDED, NUMBER),))

    # Asked by either number, and known by either to their identity provider.
    for number in (NUMBER, SUPERSEDED):
        page = await office.do(reading(requester=CITIZEN, nhs_number=number))
        assert seen(page)[-1:] == ["before"]


async def test_a_number_that_was_only_typed_makes_no_entry():
    """The look was at the person whose number is in use, and is theirs alone."""
    question = the_question(nhs_number=OTHER_NUMBER, requester=CONSULTANT)
    event = the_view(question)[0]
    assert (event.sealed.number, event.sealed.asked_number) == (NUMBER, OTHER_NUMBER)
    office = await an_office(event)

    other = replace(CITIZEN, person=OTHER_NUMBER)
    assert seen(await office.do(reading(requester=other, nhs_number=OTHER_NUMBER))) == []
    assert len(seen(await office.do(reading(requester=CITIZEN)))) == 1


async def test_what_is_no_look_is_no_entry():
    """Refusals, node calls, explanations and the person's own reading of the log."""
    everything = the_view(the_question(view_id=ViewId("one"), requester=CONSULTANT))
    refused = deed_refused(declaring(deed_id=ViewId("refused")), NUMBER, ErrorCode.FORBIDDEN)
    office = await an_office(*everything, refused)
    await office.do(explaining())
    await office.do(reading(requester=CITIZEN))

    assert seen(await office.do(reading(requester=CITIZEN))) == ["one"]


async def test_the_person_reads_who_read_their_log():
    """Their proxy, and officers with their role."""
    office = await an_office()
    await office.do(reading(requester=OFFICER, deed_id=ViewId("officer")))
    await office.do(reading(requester=PROXY, deed_id=ViewId("proxy")))

    page = await office.do(reading(requester=CITIZEN))

    assert seen(page) == ["proxy", "officer"]
    assert [look.role for look in page.looks] == [
        "Somebody who acts for the person",
        "Privacy officer",
    ]
    assert {look.kind for look in page.looks} == {LookKind.ACCESS_LOG}
    assert page.looks[0].purpose is Purpose.PATIENT_REQUEST


async def test_statements_and_emergency_access_are_entries():
    """Somebody's own word, and a broken glass; why it was broken could tell of an enquiry."""
    declared = relationship_declared(
        declaring(deed_id=ViewId("word")), NUMBER, related(id="r", ends_at=NOW)
    )
    office = await an_office(declared, a_grant())

    grant, word = (await office.do(reading(requester=CITIZEN))).looks

    assert (word.kind, word.purpose) == (LookKind.DECLARE_RELATIONSHIP, Purpose.DIRECT_CARE)
    assert (grant.kind, grant.purpose) == (LookKind.BREAK_GLASS, Purpose.EMERGENCY)
    assert (grant.emergency, grant.emergency_reason) == (True, None)
    assert not word.emergency


async def test_a_look_under_a_grant_is_emergency_access():
    """Whatever its purpose was."""
    event = a_look("one")
    office = await an_office(replace(event, sealed=replace(event.sealed, granted=True)))

    (look,) = (await office.do(reading(requester=CITIZEN))).looks

    assert (look.purpose, look.emergency) == (Purpose.DIRECT_CARE, True)


async def test_a_role_without_a_name_is_its_code():
    """And none at all is said to be none."""
    office = await an_office(
        a_look("one", a_professional("R9999")), a_look("two", a_professional(None))
    )

    page = await office.do(reading(requester=CITIZEN))

    assert [look.role for look in page.looks] == ["Role not known", "R9999"]


# ── what must not come before some eyes ───────────────────────────────────────────────────────────

EVERYBODY = (
    a_look("consultant"),
    a_look("social", SOCIAL_WORKER),
    a_look("council", replace(SOCIAL_WORKER, subject="clerk", role="R8001")),
    a_look("clinic", CLINIC),
    a_look("person", CITIZEN),
    a_look("parent", PROXY),
)


@pytest.mark.parametrize(
    ("requester", "marks", "shown"),
    [
        pytest.param(CITIZEN, (), "parent person clinic council social consultant", id="person"),
        pytest.param(
            CITIZEN, ((MarkKind.COERCED, None),), "parent person consultant", id="coerced"
        ),
        pytest.param(PROXY, (), "parent consultant", id="proxy"),
        pytest.param(
            CITIZEN,
            ((MarkKind.UNLISTED, None),),
            "parent person clinic consultant",
            id="social care unlisted",
        ),
        pytest.param(
            CITIZEN,
            ((MarkKind.UNLISTED, SOCIAL_WORKER.principal),),
            "parent person clinic council consultant",
            id="one member of staff unlisted",
        ),
        pytest.param(
            CITIZEN,
            ((MarkKind.UNLISTED, "another"), (MarkKind.WATCHED, None)),
            "parent person clinic council social consultant",
            id="somebody else unlisted",
        ),
        pytest.param(
            replace(OFFICER, organisation=SOCIAL_WORKER.organisation),
            ((MarkKind.UNLISTED, None), (MarkKind.COERCED, None)),
            "council social",
            id="an officer sees them all",
        ),
    ],
)
async def test_looks_that_are_kept_out(requester: Requester, marks: Any, shown: str):
    """By an approved exception, before a proxy's eyes, and before whoever stands behind one."""
    office = await an_office(*EVERYBODY)
    for kind, subject in marks:
        await marked(office, kind, subject)

    assert seen(await office.do(reading(requester=requester))) == shown.split()


async def test_what_is_kept_out_leaves_no_trace():
    """The same pages, cursors aside, as of a log in which it never was."""
    looks = [a_look(f"{n}") for n in range(4)]
    hidden = [a_look(f"{HIDDEN}{n}", SOCIAL_WORKER) for n in range(4)]
    mixed = await marked(
        await an_office(*(one for pair in zip(hidden, looks, strict=True) for one in pair)),
        MarkKind.COERCED,
    )
    plain = await an_office(*looks)

    for first in (1, 2, 3, 4, 5):
        one = await mixed.do(reading(requester=CITIZEN, first=first))
        other = await plain.do(reading(requester=CITIZEN, first=first))
        assert one.looks == other.looks
        assert (one.has_next, one.has_previous) == (other.has_next, other.has_previous)
        assert list(map(len, one.cursors)) == list(map(len, other.cursors))


async def test_it_comes_to_light_when_the_exception_ends():
    """A delay is an exception that somebody takes back."""
    office = await an_office(a_look("social", SOCIAL_WORKER))
    row = (office.person(), Mark(id="m", kind=MarkKind.UNLISTED))
    await office.store.load_feed("exceptions", (row,))
    assert seen(await office.do(reading(requester=CITIZEN))) == []

    await office.store.load_feed("exceptions", ())

    assert seen(await office.do(reading(requester=CITIZEN))) == ["social"]


async def test_a_proxy_is_not_told_where_somebody_protected_was_seen():
    """Nor by events that do not say; and never whom the person has shut out."""
    office = await an_office(
        a_look("open"),
        a_look("protected", restricted=True),
        a_grant(reason=EmergencyReason.RISK_TO_LIFE),
    )

    theirs = await office.do(reading(requester=PROXY))
    own = await office.do(reading(requester=CITIZEN))

    assert [(one.organisation and one.organisation.ods_code) for one in theirs.looks] == [
        None,
        None,
        "RRV",
    ]
    assert {one.regions for one in theirs.looks} == {None}
    # One more: the proxy read the log.
    assert [one.organisation.ods_code for one in own.looks[1:]] == ["RRV"] * 3


async def test_nothing_of_what_a_look_found():
    """Two looks that differ in what they found and in what was withheld read the same."""
    found = the_view(the_question(view_id=ViewId("one"), requester=CONSULTANT))[0]
    nothing = the_view(
        the_question(view_id=ViewId("one"), requester=CONSULTANT), released=()
    )[0]  # fmt: skip
    one, other = await an_office(found), await an_office(nothing)

    assert (await one.do(reading(requester=CITIZEN))).looks == (
        await other.do(reading(requester=CITIZEN))
    ).looks


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────


async def test_pages_stay_while_others_look():
    """Newest first; the next page begins behind the last entry, whatever has come since."""
    office = await an_office(*(a_look(f"{n}") for n in range(5)))

    first = await office.do(reading(requester=CITIZEN, first=2))
    await office.happened_before(a_look("new"))
    second = await office.do(reading(requester=CITIZEN, first=2, after=first.cursors[-1]))
    third = await office.do(reading(requester=CITIZEN, first=2, after=second.cursors[-1]))

    assert [seen(page) for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert [page.has_next for page in (first, second, third)] == [True, True, False]
    assert [page.has_previous for page in (first, second, third)] == [False, True, True]


async def test_a_full_last_page_has_no_next():
    """What follows it is no entry."""
    office = await an_office(*the_view(the_question(requester=CONSULTANT)))

    page = await office.do(reading(requester=CITIZEN, first=1))

    assert (len(page.looks), page.has_next) == (1, False)


async def test_cursors_and_ids_are_one_readers_own():
    """A cursor opens for nobody else, no other person, nothing made up; ids never mix readers."""
    office = await an_office(a_look("one"), a_look("two"))
    page = await office.do(reading(requester=CITIZEN, first=1))
    again = await office.do(reading(requester=CITIZEN, first=1))
    officers = await office.do(reading(requester=OFFICER, first=1))
    (cursor,) = page.cursors

    assert again.cursors == page.cursors
    assert officers.looks[0].id.partition(".")[0] == page.looks[0].id.partition(".")[0]
    assert officers.looks[0].id != page.looks[0].id
    flipped = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    for given in (officers.cursors[0], flipped, cursor[:-4], cursor + "AAAA", "", "é", "="):
        with pytest.raises(InvalidCursorError):
            await office.do(reading(requester=CITIZEN, after=given))
    other = reading(requester=OFFICER, nhs_number=SUPERSEDED, after=officers.cursors[0])
    with pytest.raises(InvalidCursorError):
        await office.do(other)
    assert NUMBER not in cursor
