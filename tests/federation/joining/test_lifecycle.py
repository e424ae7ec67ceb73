"""The steps of a node's life: which state they come to, and who may take which."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert

import pytest
from msgspec.structs import replace

from federation.access.kept_steps import row_of, step_of
from federation.errors import (
    BadUserInputError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from federation.joining.descriptor import digest_of
from federation.joining.lifecycle import named, take
from federation.joining.serving import nodes_in_the_network, nodes_in_the_shadow
from federation.joining.signing import REPORT, sign
from federation.joining.steps import (
    Approval,
    By,
    Examination,
    Promotion,
    Rejection,
    Report,
    Resumption,
    Retirement,
    Submission,
    Suspension,
)
from federation.model import BackendServices, Category, NodeState, NodeTls, RegionId
from tests.builders import LONDON
from tests.certificates import Authority
from tests.federation.joining.given import (
    APPROVED,
    ENROLLED,
    FIRST,
    IN_SHADOW,
    KEY,
    LIVE,
    NELL,
    NODE,
    NOW,
    OTHER_KEY,
    PASSED,
    ROSA,
    SAFETY_ONLY,
    SECOND,
    SECOND_IN_SHADOW,
    SERVED,
    SUBMITTED,
    SUE,
    after,
    enrolment,
    region_key,
    signable,
    signed,
    step,
    submission,
)

FAILED = step(Report(passed=False), SUE, FIRST)
MINDER = By(side="mk", person="mina")
SAM, TWO_HATS = replace(SUE, person="sam"), replace(NELL, person="sue")
WHY = {"reason": "an incident"}


def _life(*steps):
    return after(*steps).nodes[NODE]


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), NodeState.SUBMITTED),
        ((FAILED,), NodeState.CONFORMANCE),
        ((FAILED, PASSED), NodeState.AWAITING_APPROVAL),
        ((PASSED,), NodeState.AWAITING_APPROVAL),
        ((PASSED, FAILED), NodeState.CONFORMANCE),
        ((PASSED, APPROVED[0]), NodeState.AWAITING_APPROVAL),
        ((PASSED, *APPROVED), NodeState.SHADOW),
        ((PASSED, *reversed(APPROVED)), NodeState.SHADOW),
        ((PASSED, *APPROVED, SAFETY_ONLY), NodeState.SAFETY_ONLY),
        ((PASSED, *APPROVED, SAFETY_ONLY, LIVE), NodeState.LIVE),
        ((PASSED, *APPROVED, step(Suspension(**WHY))), NodeState.SUSPENDED),
        ((step(Retirement(**WHY), ROSA),), NodeState.RETIRED),
        ((step(Rejection(**WHY), NELL, FIRST),), NodeState.RETIRED),
    ],
)
def test_steps_come_to_a_state(steps, state):
    """Submitted, examined, approved by two, and then step by step into service."""
    assert _life(ENROLLED, SUBMITTED, *steps).state is state


_REFUSED = [
    # who may
    ("own region approves", (PASSED,), step(Approval(), ROSA, FIRST), ForbiddenError),
    ("region reports", (), step(Report(passed=True), ROSA, FIRST), ForbiddenError),
    ("neighbour reports", (), step(Report(passed=True), NELL, FIRST), ForbiddenError),
    ("region promotes", (PASSED, *APPROVED), replace(SAFETY_ONLY, by=ROSA), ForbiddenError),
    ("neighbour promotes", (PASSED, *APPROVED), replace(SAFETY_ONLY, by=NELL), ForbiddenError),
    ("neighbour suspends", (PASSED, *APPROVED), step(Suspension(**WHY), NELL), ForbiddenError),
    ("neighbour retires", (), step(Retirement(**WHY), NELL), ForbiddenError),
    ("neighbour submits", (), replace(SUBMITTED, by=NELL), ForbiddenError),
    ("region enrols", (), replace(ENROLLED, by=ROSA), ForbiddenError),
    # in which state
    ("approved unexamined", (), APPROVED[0], ConflictError),
    ("approved though failed", (FAILED,), APPROVED[0], ConflictError),
    ("promoted unapproved", (PASSED,), SAFETY_ONLY, ConflictError),
    ("promoted by one", (PASSED, APPROVED[0]), SAFETY_ONLY, ConflictError),
    ("live at once", (PASSED, *APPROVED), LIVE, ConflictError),
    ("back to shadow", (PASSED, *APPROVED, SAFETY_ONLY, LIVE), SAFETY_ONLY, ConflictError),
    ("suspended unserved", (PASSED,), step(Suspension(**WHY)), ConflictError),
    ("promoted suspended", (PASSED, *APPROVED, step(Suspension(**WHY))), LIVE, ConflictError),
    ("anything retired", (step(Retirement(**WHY)),), PASSED, ConflictError),
    ("submitted retired", (step(Retirement(**WHY)),), submission(SECOND), ConflictError),
    # of which bytes
    ("another digest", (PASSED,), step(Approval(), SUE, SECOND), ConflictError),
    ("no digest", (PASSED,), step(Approval(), SUE), ConflictError),
    ("report of another", (), step(Report(passed=True), SUE, SECOND), ConflictError),
    ("rejected again", (step(Rejection(**WHY), NELL, FIRST),), SUBMITTED, ConflictError),
    # by two
    ("same side, another", (PASSED, APPROVED[0]), step(Approval(), SAM, FIRST), ConflictError),
    (
        "same person, other side",
        (PASSED, APPROVED[0]),
        step(Approval(), TWO_HATS, FIRST),
        ForbiddenError,
    ),
    ("two regions", (PASSED, APPROVED[1]), step(Approval(), MINDER, FIRST), ConflictError),
    ("no such node", (), replace(PASSED, node="nowhere"), NotFoundError),
]


@pytest.mark.parametrize(
    ("before", "refused", "why"), [row[1:] for row in _REFUSED], ids=[row[0] for row in _REFUSED]
)
def test_what_may_not_be_taken_is_refused(before, refused, why):
    """Nobody takes another side's step, skips a state, or approves what they have not seen."""
    joining = after(ENROLLED, SUBMITTED, *before)
    with pytest.raises(why):
        take(joining, refused)


@pytest.mark.parametrize(
    ("before", "again"),
    [
        ((), ENROLLED),
        ((), SUBMITTED),
        ((PASSED,), PASSED),
        ((PASSED, APPROVED[0]), APPROVED[0]),
        ((PASSED, *APPROVED), APPROVED[1]),
        ((PASSED, *APPROVED, SAFETY_ONLY), SAFETY_ONLY),
        ((PASSED, *APPROVED, SAFETY_ONLY, LIVE), LIVE),
        ((PASSED, *APPROVED, step(Suspension(**WHY))), step(Suspension(reason="still"))),
        ((PASSED, *APPROVED), step(Resumption())),
        ((step(Rejection(**WHY), NELL, FIRST),), step(Rejection(reason="so"), NELL, FIRST)),
        ((step(Retirement(**WHY)),), step(Retirement(**WHY), ROSA)),
    ],
)
def test_what_was_done_already_changes_nothing(before, again):
    """Whoever asks twice, because an answer was lost, gets how things stand."""
    joining = after(ENROLLED, SUBMITTED, *before)
    assert take(joining, again) is joining


# ── what is submitted ─────────────────────────────────────────────────────────────────────────────


def test_a_key_that_was_taken_out_is_known_until_then():
    """What it signed before holds, and a key that is enrolled again holds again."""
    until = NOW + timedelta(days=7)
    both = (region_key(until=until), region_key(OTHER_KEY, kid="chiltern-2"))
    other = step(enrolment(keys=both[1:]), at=NOW + timedelta(days=1))
    keys = {
        key.kid: key.until
        for key in after(step(enrolment(keys=both)), other).keys_of(RegionId("chiltern"))
    }
    assert keys == {"chiltern-1": other.at, "chiltern-2": None}
    again = step(enrolment(keys=both), at=NOW + timedelta(days=2))
    joining = after(step(enrolment(keys=both)), other, again)
    assert joining.keys_of(RegionId("chiltern")) == both
    late = replace(other, at=NOW + timedelta(days=9))
    (first, _) = after(step(enrolment(keys=both)), late).keys_of(RegionId("chiltern"))
    assert first.until == until


def test_a_keys_name_is_never_given_to_another():
    """Not even once it was taken out: nobody could tell what was signed with which."""
    other = enrolment(keys=(region_key(OTHER_KEY),))
    with pytest.raises(ConflictError):
        after(ENROLLED, step(other))
    gone = step(enrolment(keys=(region_key(OTHER_KEY, kid="chiltern-2"),)))
    with pytest.raises(ConflictError):
        after(ENROLLED, gone, step(other))
    elsewhere = step(
        enrolment(region="thames", name="Thames", keys=other.keys), region=RegionId("thames")
    )
    assert after(ENROLLED, elsewhere).keys_of(RegionId("thames")) == other.keys


def test_a_region_has_to_be_enrolled():
    """Without keys that the operator enrolled nobody can say who signed."""
    with pytest.raises(ForbiddenError):
        after(SUBMITTED)


@pytest.mark.parametrize(
    ("keys", "given"),
    [
        ((region_key(),), {"key": OTHER_KEY}),
        ((region_key(),), {"kid": "chiltern-2"}),
        ((region_key(until=NOW),), {}),
        ((region_key(OTHER_KEY),), {}),
    ],
    ids=["another key", "unknown name", "key is over", "other key enrolled"],
)
def test_a_signature_holds_or_nothing_is_submitted(keys, given):
    """By a key of the region that is in use, over these bytes."""
    wrong = step(Submission(signed=signed(FIRST, **given)), ROSA, FIRST)
    with pytest.raises(BadUserInputError):
        after(step(enrolment(keys=keys)), wrong)


def test_what_was_signed_as_something_else_is_no_descriptor():
    """A region's signature under a report, say, submits nothing."""
    other = sign(FIRST, "chiltern-1", KEY, kind=REPORT)
    with pytest.raises(BadUserInputError):
        after(ENROLLED, step(Submission(signed=other), ROSA, FIRST))


def test_a_changed_letter_needs_a_new_signature():
    """What is approved is what was signed."""
    head, _, tail = signed(FIRST).split(".")
    _, other, _ = signed(SECOND).split(".")
    with pytest.raises(BadUserInputError):
        after(ENROLLED, step(Submission(signed=f"{head}.{other}.{tail}"), ROSA, SECOND))


def test_the_descriptor_names_the_key_that_signs_it():
    """A key that was enrolled and is not named has no say over this node."""
    body = signable(key=OTHER_KEY)
    with pytest.raises(BadUserInputError):
        after(ENROLLED, submission(body))


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (datetime(2027, 12, 31, 23, 59, tzinfo=UTC), True),
        (datetime(2028, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_key_that_a_descriptor_says_is_over_signs_nothing(at, taken):
    """Its last day is the one before the day that the file names."""
    submitted = step(Submission(signed=signed(FIRST)), ROSA, FIRST, at=at)
    if taken:
        assert after(ENROLLED, submitted).nodes
        return
    with pytest.raises(BadUserInputError, match="does not name the key"):
        after(ENROLLED, submitted)


def test_faults_are_told_by_line_and_nothing_else():
    """An answer repeats nothing of what was sent."""
    body = signable(('"GRAPHQL"', '"SECRET"'))
    with pytest.raises(BadUserInputError, match="wrong in line 7") as refused:
        after(ENROLLED, submission(body))
    assert "SECRET" not in str(refused.value)


def test_addresses_are_held_to_the_regions_networks():
    """An enrolled region cannot point the gateway at anybody else's machine."""
    body = signable(("node.chiltern.example", "10.9.0.1"))
    after(step(enrolment(networks=("10.9.0.0/24",))), submission(body))
    with pytest.raises(BadUserInputError, match="wrong in line"):
        after(step(enrolment(networks=("10.8.0.0/24",))), submission(body))


def test_the_node_is_reached_in_those_networks_alone():
    """Whatever its name means tomorrow, nobody is connected to outside of them."""
    (node,) = nodes_in_the_network(after(*SERVED))
    assert node.allowed_addresses == enrolment().networks


def test_a_node_of_another_region_cannot_be_taken_over():
    """A name belongs to the region that had it first."""
    theirs = replace(LONDON, id=NODE)
    with pytest.raises(ConflictError):
        after(ENROLLED, SUBMITTED, nodes=[theirs])


def test_other_rules_or_people_than_the_descriptor_names_are_refused():
    """What lies beside it is what was signed."""
    for given in ({"expectations": "[[person]]"}, {"bundle": "[bundle]"}):
        with pytest.raises(BadUserInputError):
            after(ENROLLED, submission(FIRST, **given))


def test_a_step_says_which_descriptor_it_brings():
    """The log cannot name one node and bring another."""
    for given in ({"node": "other"}, {"region": "other"}, {"digest": "0" * 64}):
        with pytest.raises(ConflictError):
            after(ENROLLED, replace(SUBMITTED, **given))


# ── a new version of a node that is served ────────────────────────────────────────────────────────


def test_a_new_version_starts_beside_the_one_that_is_served():
    """The old one goes on until the new one is approved and has run in the shadow."""
    for number in range(1, len(SECOND_IN_SHADOW) + 1):
        life = _life(*SERVED, *SECOND_IN_SHADOW[:number])
        assert life.state is NodeState.LIVE
        assert life.current.number == (1,)
        assert life.candidate.number == (2,)
    (shadow,) = nodes_in_the_shadow(after(*SERVED, *SECOND_IN_SHADOW))
    assert (shadow.id, shadow.state) == (NODE, NodeState.SHADOW)
    assert _life(*SERVED, *SECOND_IN_SHADOW, LIVE).current.number == (2,)
    assert _life(*SERVED, *SECOND_IN_SHADOW, LIVE).candidate is None


def test_a_promotion_names_the_version_that_it_means():
    """Of the served one nothing is left to be done; one that stands nowhere is refused."""
    before = after(*SERVED, *SECOND_IN_SHADOW)
    first, second, neither = (
        replace(LIVE, digest=one) for one in (digest_of(FIRST), digest_of(SECOND), "0" * 64)
    )
    assert take(before, first).nodes == before.nodes
    assert take(before, second).nodes[NODE].current.number == (2,)
    with pytest.raises(ConflictError):
        take(before, neither)


def test_a_promotion_that_names_none_means_the_only_one():
    """Of two, neither: the step was perhaps asked for before the second was there."""
    for steps in (IN_SHADOW, SERVED, (*SERVED, *SECOND_IN_SHADOW[:-1])):
        assert named(after(*steps), LIVE).digest == digest_of(FIRST)
    assert named(after(nodes=[LONDON]), step(LIVE.detail, node=LONDON.id)).digest is None
    with pytest.raises(ConflictError):
        named(after(*SERVED, *SECOND_IN_SHADOW), LIVE)


def test_a_new_version_takes_the_place_that_the_old_one_has():
    """It makes no node that is served to all one for testers, nor the other way round."""
    with pytest.raises(ConflictError):
        after(*SERVED, *SECOND_IN_SHADOW, SAFETY_ONLY)
    with pytest.raises(ConflictError):
        after(*IN_SHADOW, SAFETY_ONLY, *SECOND_IN_SHADOW, LIVE)


def test_one_check_at_a_time():
    """Whoever begins to check it is alone with it, for an hour at most."""
    begun = step(Examination(), SUE, FIRST)
    assert _life(ENROLLED, SUBMITTED, begun).state is NodeState.CONFORMANCE
    for later, why in ((timedelta(minutes=59), ConflictError), (timedelta(hours=1), None)):
        again = replace(begun, at=NOW + later)
        if why is None:
            assert after(ENROLLED, SUBMITTED, begun, again)
        else:
            with pytest.raises(why):
                after(ENROLLED, SUBMITTED, begun, again)
    with pytest.raises(ConflictError):
        after(ENROLLED, SUBMITTED, PASSED, begun)
    with pytest.raises(ForbiddenError):
        after(ENROLLED, SUBMITTED, replace(begun, by=ROSA))


def test_a_version_is_higher_than_those_before():
    """An old descriptor does not come back under its old number."""
    with pytest.raises(ConflictError):
        after(
            *SERVED,
            *SECOND_IN_SHADOW,
            submission(signable(('name = "Chiltern Care', 'name = "Care'))),
        )


def test_what_was_approved_of_one_version_is_not_approved_of_another():
    """Approvals are of a digest: a new one has to find its own."""
    life = _life(ENROLLED, SUBMITTED, PASSED, APPROVED[0], submission(SECOND))
    assert life.candidate.approvals == ()
    assert life.state is NodeState.SUBMITTED


def test_a_new_report_takes_approvals_back():
    """Whoever approved had another report before them."""
    other = step(Report(passed=True, signed="another"), SUE, FIRST)
    assert _life(ENROLLED, SUBMITTED, PASSED, APPROVED[0], other).candidate.approvals == ()


# ── suspension ────────────────────────────────────────────────────────────────────────────────────

OWN = step(Suspension(**WHY), ROSA)
OPERATORS = step(Suspension(**WHY), SUE)
ALLERGIES = step(Suspension(categories=(Category.ALLERGIES, Category.ALERTS), **WHY))
CUSTODIAN = step(Suspension(custodian="RY4", **WHY))


def test_only_the_side_that_suspended_resumes():
    """Neither side can undo what the other one did, and both together stand until both resume."""
    for theirs, other in ((OWN, SUE), (OPERATORS, ROSA)):
        with pytest.raises(ForbiddenError):
            after(*SERVED, theirs, step(Resumption(), other))
    half = _life(*SERVED, OWN, OPERATORS, step(Resumption(), SUE))
    assert half.state is NodeState.SUSPENDED
    both = _life(*SERVED, OWN, OPERATORS, step(Resumption(), SUE), step(Resumption(), ROSA))
    assert both.state is NodeState.LIVE


def test_a_node_is_suspended_in_part():
    """Categories and custodians are left out, and the rest is served."""
    (node,) = nodes_in_the_network(after(*SERVED, ALLERGIES, CUSTODIAN))
    assert node.state is NodeState.LIVE
    assert node.suspended_categories == {Category.ALLERGIES, Category.ALERTS}
    assert node.suspended_custodians == {"RY4"}


def test_it_is_resumed_in_part():
    """What is named is asked again, and nothing else."""
    some = step(Resumption(categories=(Category.ALERTS,)))
    (node,) = nodes_in_the_network(after(*SERVED, ALLERGIES, CUSTODIAN, some))
    assert node.suspended_categories == {Category.ALLERGIES}
    assert node.suspended_custodians == {"RY4"}
    (node,) = nodes_in_the_network(after(*SERVED, ALLERGIES, CUSTODIAN, step(Resumption())))
    assert not node.suspended_categories | node.suspended_custodians


def test_a_part_that_is_resumed_leaves_the_whole_suspended():
    """A suspension of the whole node is not lifted by naming a category."""
    with pytest.raises(ForbiddenError):
        after(*SERVED, OPERATORS, step(Resumption(categories=(Category.ALERTS,))))


def test_both_scopes_at_once_are_refused():
    """It is not said what of both is meant."""
    both = Suspension(categories=(Category.ALERTS,), custodian="RY4", **WHY)
    with pytest.raises(BadUserInputError):
        after(*SERVED, step(both))


# ── who answers for the data ──────────────────────────────────────────────────────────────────────

ENDING = signable(
    (
        'ods_code = "RXQ"\nfrom = 2026-04-01\n',
        'ods_code = "RXQ"\nfrom = 2026-04-01\nuntil = 2027-01-01\n',
    )
)


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (datetime(2027, 3, 31, 22, 59, tzinfo=UTC), True),
        (datetime(2027, 3, 31, 23, 0, tzinfo=UTC), False),
    ],
    ids=["its last minute", "midnight in summer"],
)
@pytest.mark.parametrize("to", [SAFETY_ONLY.detail, LIVE.detail])
def test_nothing_is_shown_for_whose_data_nobody_answers(at, taken, to):
    """A node goes on while one of its controllers does, by the local day."""
    approved = (step(Approval(), SUE, ENDING), step(Approval(), NELL, ENDING))
    steps = [ENROLLED, submission(ENDING), step(Report(passed=True), SUE, ENDING), *approved]
    if to is LIVE.detail:
        steps.append(SAFETY_ONLY)
    joining = after(*steps)
    if taken:
        assert take(joining, step(to, at=at)) != joining
        return
    with pytest.raises(ConflictError, match="no controller"):
        take(joining, step(to, at=at))


# ── what is served ────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_approved_or_gone_is_not_in_the_network():
    """Readers are told of no application, and of no history."""
    for steps in ((), (PASSED,), (PASSED, *APPROVED, step(Retirement(**WHY)))):
        joining = after(ENROLLED, SUBMITTED, *steps)
        assert nodes_in_the_network(joining) == ()
        assert nodes_in_the_shadow(joining) == ()


def test_testers_are_those_who_were_named():
    """A safety-only node is for them; named again, it is for others."""
    (node,) = nodes_in_the_network(after(*IN_SHADOW, SAFETY_ONLY))
    assert node.testers == {"RY4"}
    again = step(Promotion(to=NodeState.SAFETY_ONLY, testers=("RQW",)))
    (node,) = nodes_in_the_network(after(*IN_SHADOW, SAFETY_ONLY, again))
    assert node.testers == {"RQW"}


def test_nodes_of_the_network_file_live_too():
    """What the operator wrote down is suspended and resumed as any other node."""
    theirs = step(Suspension(**WHY), By(side=LONDON.region_id, person="lou"), node=LONDON.id)
    joining = after(theirs, nodes=[LONDON])
    assert nodes_in_the_network(after(nodes=[LONDON])) == (LONDON,)
    assert [one.state for one in nodes_in_the_network(joining)] == [NodeState.SUSPENDED]


def test_a_suspended_node_is_not_asked_in_the_shadow():
    """Suspended is suspended."""
    assert nodes_in_the_shadow(after(*IN_SHADOW))
    assert nodes_in_the_shadow(after(*IN_SHADOW, OWN)) == ()


@pytest.mark.parametrize("one", [*SERVED, OWN, CUSTODIAN, step(Resumption())])
def test_a_step_comes_back_from_a_store_as_it_was(one):
    """Every replica reads the same life."""
    later = replace(one, at=NOW + timedelta(seconds=1))
    assert step_of(row_of(later, 3)) == later


@pytest.mark.parametrize(
    "served", [IN_SHADOW, (*SERVED, *SECOND_IN_SHADOW)], ids=["new", "new version"]
)
def test_what_is_suspended_in_part_is_not_asked_for_in_the_shadow(served):
    """Neither of a new node nor of a new version of one that is served."""
    parts = (
        step(Suspension(categories=(Category.ALLERGIES,), reason="an incident"), ROSA),
        step(Suspension(custodian="RY4", reason="an incident"), SUE),
    )
    (node,) = nodes_in_the_shadow(after(*served, *parts))
    assert node.suspended_categories == {Category.ALLERGIES}
    assert node.suspended_custodians == {"RY4"}


_AS_LONDON = ('name = "Chiltern Care Record"', f'name = "{LONDON.name}"')


@pytest.mark.parametrize(
    "change",
    [
        _AS_LONDON,
        (_AS_LONDON[0], f'name = "{LONDON.name.upper().replace(" ", "-")}."'),
        (_AS_LONDON[0], f'name = "\uff2c{LONDON.name[1:]}"'),
    ],
)
def test_no_node_is_called_as_another(change):
    """Nor so that it looks like it: a reader of names would take the one for the other."""
    with pytest.raises(ConflictError, match="another node has this name"):
        after(ENROLLED, submission(signable(change)), nodes=(LONDON,))


def test_a_name_that_looks_like_another_by_its_letters_is_refused():
    """A word has letters of one script."""
    with pytest.raises(BadUserInputError, match="line 3;"):
        after(ENROLLED, submission(signable((_AS_LONDON[0], 'name = "L\u043endon"'))))


def test_a_region_is_called_as_it_was_enrolled():
    """None names itself in its descriptor as another region is named."""
    body = signable(('region = "Chiltern"', f'region = "{LONDON.region}"'))
    with pytest.raises(BadUserInputError, match="enrolled under"):
        after(ENROLLED, submission(body))


@pytest.mark.parametrize(
    ("region", "name"),
    [("operator", "The operator"), ("thames", LONDON.region.upper()), ("thames", "Chiltern.")],
)
def test_no_region_is_called_as_another_or_as_the_operator(region, name):
    """Its side would be another's, or its name would."""
    enrolled = step(enrolment(region=region, name=name), region=RegionId(region))
    with pytest.raises((BadUserInputError, ConflictError)):
        after(ENROLLED, enrolled, nodes=(LONDON,))


def test_the_networks_of_the_last_enrolment_hold_for_what_is_there():
    """A network that the operator takes out is not connected to by a node that came before."""
    fewer = step(enrolment(networks=("10.20.0.0/16",)))
    (london, node) = nodes_in_the_network(after(*SERVED, fewer, nodes=(LONDON,)))
    assert node.allowed_addresses == ("10.20.0.0/16",)
    assert london.allowed_addresses == LONDON.allowed_addresses
    (candidate,) = nodes_in_the_shadow(after(*SERVED, *SECOND_IN_SHADOW, fewer))
    assert candidate.allowed_addresses == ("10.20.0.0/16",)


@pytest.mark.parametrize("version", ["1", "1.5"])
def test_a_version_is_higher_than_those_that_were_rejected(version):
    """What the region gave up for another comes back under no signature of before."""
    third = signable(('version = "1"', 'version = "3"'))
    rejected = step(Rejection(reason="wrong people"), NELL, third)
    before = (ENROLLED, SUBMITTED, submission(third), rejected)
    old = signable(('version = "1"', f'version = "{version}"'))
    with pytest.raises(ConflictError, match="higher than any"):
        after(*before, submission(old))


# ── what is another region's ──────────────────────────────────────────────────────────────────────

_THEIRS = replace(
    LONDON,
    endpoint="https://fhir.theirs.example/london/r4",
    authentication=BackendServices(client_id="watling", key_file="key.json"),
    tls=NodeTls(server_name="inside.theirs.example"),
)
_ENDPOINT = '"https://node.chiltern.example/graphql"'
_TEST = '"https://test.chiltern.example/graphql"'
_TABLES = "[sharing]\n"


def _with(table):
    return _TABLES, f"{table}\n{_TABLES}"


@pytest.mark.parametrize(
    "change",
    [
        (_ENDPOINT, '"https://fhir.theirs.example/london/r4"'),
        (_ENDPOINT, '"https://FHIR.theirs.example:443/london/r4/"'),
        (_ENDPOINT, '"https://fhir.theirs.example/london"'),
        (_ENDPOINT, '"https://fhir.theirs.example/london/r4/tenant"'),
        (_ENDPOINT, '"https://fhir.theirs.example"'),
        (_TEST, '"https://fhir.theirs.example/london/R4"'),
        _with(
            "[authentication]\nclient_id = 'watling'\n"
            "token_url = 'https://fhir.theirs.example/token'\n"
        ),
    ],
)
def test_no_region_points_at_what_is_anothers(change):
    """Their records would be shown by its rules, and their token to its node."""
    with pytest.raises(ConflictError, match="another region"):
        after(ENROLLED, submission(signable(change)), nodes=(_THEIRS,))


@pytest.mark.parametrize("name", ["fhir.theirs.example", "inside.theirs.example"])
def test_no_region_takes_the_certificate_of_anothers_node_for_its_own(name):
    """By a name of its own for their number it would point there all the same."""
    authority = Authority("Chiltern")
    pem = authority.pem.decode()
    mark = sha256(PEM_cert_to_DER_cert(pem)).hexdigest()
    tables = (
        f"[[keys]]\nuse = 'TLS_AUTHORITY'\nsha256 = '{mark}'\n"
        f"[tls]\nca = '''{pem}'''\nserver_name = '{name}'\n"
    )
    with pytest.raises(ConflictError, match="another region"):
        after(ENROLLED, submission(signable(_with(tables))), nodes=(_THEIRS,))


@pytest.mark.parametrize(
    "change",
    [
        (_ENDPOINT, '"https://fhir.theirs.example/londoners/r4"'),
        (_ENDPOINT, '"https://fhir.theirs.example:8443/london/r4"'),
        _with(
            "[authentication]\nclient_id = 'watling-chiltern'\n"
            "token_url = 'https://fhir.theirs.example/token'\n"
        ),
    ],
)
def test_regions_may_share_a_host(change):
    """With paths and clients of their own."""
    joining = after(ENROLLED, submission(signable(change)), nodes=(_THEIRS,))
    assert joining.nodes[NODE].candidate


def test_a_region_may_point_at_its_own():
    """As a new version of a node does, or a node beside it."""
    theirs = replace(_THEIRS, region_id=RegionId("chiltern"), region="Chiltern")
    change = (_ENDPOINT, f'"{theirs.endpoint}"')
    joining = after(ENROLLED, submission(signable(change)), nodes=(theirs,))
    assert joining.nodes[NODE].candidate
