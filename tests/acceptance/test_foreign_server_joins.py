"""A region whose FHIR server others wrote joins by its descriptor alone, and stands in the record.

The server is Medplum's, behind SMART Backend Services of a sign-in server that others wrote, with a
certificate of the region's own authority, and it asks for the gateway's as well
(`tests/trials/medplum/server.mjs`).
"""

from __future__ import annotations

import json
import ssl
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from federation.conformance import Outcome, report_in
from federation.joining.signing import unverified
from tests.acceptance.answer import Answer
from tests.acceptance.asking import As
from tests.acceptance.joining import MANY, NODE, Asking, Region, without_the_node
from tests.certificates import Authority
from tests.real_data import NEEDS_DATA, shown
from tests.scenarios.network import System
from tests.trials.foreign_people import TestPeople, at_home
from tests.trials.medplum_server import CLIENT, NEEDS_SERVER, running

PERSON = "everywhere"
OTHERS = {"london-care-record", "herts-west-essex", "universal-care-plan"}
OFFERED = (
    "DEMOGRAPHICS", "ALLERGIES", "MEDICATIONS", "PROBLEMS", "ALERTS", "CARE_PLANS", "OBSERVATIONS",
    "RESULTS", "IMMUNISATIONS", "ENCOUNTERS", "PROCEDURES", "DOCUMENTS", "APPOINTMENTS",
    "REFERRALS",
)  # fmt: skip
IN_THE_SHADOW = "NOT_ASKED NODE_NOT_LIVE"
SLOW = """calls_per_second = 2
connect_timeout_seconds = 60
p95_seconds = 60
timeout_seconds = 60"""
READ = ("ALLERGIES", "MEDICATIONS", "PROBLEMS", "ALERTS", "CARE_PLANS", "IMMUNISATIONS")
BY_NATURE = {
    "f": Outcome.NOT_TESTABLE,
    "g": Outcome.NOT_TESTABLE,
    "h": Outcome.NOT_TESTABLE,
    "k": Outcome.NOT_TESTABLE,
    "q": Outcome.NOT_TESTABLE,
    "r": Outcome.FAIL,
    "u": Outcome.NOT_TESTABLE,
    "v": Outcome.NOT_TESTABLE,
}
"""What such a server does not do: none of it stands in the way. Whatever else there is, passes."""
PROOFS = (
    "refused: no authorisation",
    "refused: another bearer",
    "refused: no certificate of the gateway",
)

pytestmark = [NEEDS_DATA, NEEDS_SERVER]


class Foreign:
    """The server, with a test endpoint and a live one, and what its region says of it."""

    def __init__(self, system: System, folder: Path) -> None:
        self.authority = Authority("Milton Keynes")
        self.clients = Authority("Gateways")
        self.clients.issue("gateway", client=True).write(folder, "gateway")
        self.key = ECKey.generate_key("P-384", {"kid": "joined-1"})
        self.people = TestPeople()
        story = system.people.stories[PERSON]
        person = story.resident.traced[0].person
        assert person
        self.held = at_home(person, story.nhs_number)
        (folder / "joined.json").write_text(json.dumps(self.key.as_dict(private=True)))


@pytest.fixture
def foreign(system: System, tmp_path: Path) -> Foreign:
    return Foreign(system, tmp_path)


@pytest.fixture
def endpoints(foreign: Foreign, tmp_path: Path) -> Iterator[list[str]]:
    folder = tmp_path / "server"
    folder.mkdir()
    held = (foreign.people.resources, foreign.held)
    with running(folder, foreign.authority, foreign.clients, foreign.key, *held) as found:
        yield found


@pytest.fixture
def region(
    system: System, as_: As, foreign: Foreign, endpoints: list[str], tmp_path: Path
) -> Region:
    """All that the region writes: a descriptor, and the test people that it names."""
    settings = {
        "examine_nodes": True,
        "joined_nodes_key_file": str(tmp_path / "joined.json"),
        "client_certificate_file": str(tmp_path / "gateway.pem"),
        "client_key_file": str(tmp_path / "gateway.key"),
    }
    region = Region(system, system.own_gateway(without_the_node, settings), as_, tmp_path)
    pem = foreign.authority.pem.decode()
    mark = sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    (tmp_path / "people.toml").write_text(foreign.people.expectations)
    region.protocol, region.offers = "FHIR_R4", OFFERED
    region.test, region.live = endpoints
    region.limits = SLOW
    region.more = f"""
[[keys]]
use = "TLS_AUTHORITY"
sha256 = "{mark}"
[tls]
ca = '''{pem}'''
[authentication]
client_id = "{CLIENT}"
"""
    region.write(1)
    return region


@pytest.mark.timeout(240)
async def test_a_server_that_others_wrote_joins_by_its_descriptor(region: Region, foreign: Foreign):
    """Checked by the gateway itself, approved by two, in the shadow, live: with all its items."""
    await region.enrol()
    await region.sign()
    await region.submit()
    told = await region.reported()
    report = report_in(unverified(told["report"]))
    assert report.descriptor_digest == region.digest
    others = {one.letter: one for one in report.results if one.outcome is not Outcome.PASS}
    more = [one.evidence for letter, one in others.items() if letter not in BY_NATURE]
    assert {letter: one.outcome for letter, one in others.items()} == BY_NATURE, more
    assert (told["state"], told["reportPassed"]) == ("AWAITING_APPROVAL", True)
    (tried,) = [one.evidence for one in report.results if one.letter == "j"]
    assert tried == PROOFS
    await region.approve()
    assert await region.approves("approver-herts") == "SHADOW"
    async with Asking(region.caller("gp-london")) as asking:
        shadow = await asking.until(IN_THE_SHADOW)
    assert shadow.states("MEDICATIONS")[NODE] == IN_THE_SHADOW
    assert asking.unanswered == []
    await region.watling("node", "safety-only", NODE, "--tester", "Z99250")
    await region.watling("node", "live", NODE)
    answer = await _once_fresh(region)
    came = Counter(
        (one["source"]["id"], category) for category in READ for one in answer.items(category)
    )
    held = Counter(category.value for category, _ in shown(foreign.held))
    assert {one: came[NODE, one] for one in READ} == {one: held[one] for one in READ}
    assert {source for source, _ in came} == {NODE, *OTHERS}


async def _once_fresh(region: Region) -> Answer:
    """What the record is once the step is followed, and the server was not late."""
    for _ in range(MANY):
        answer = await region.caller("gp-london").asks(about=PERSON, categories=READ)
        if all(answer.states(one).get(NODE, "").startswith("FRESH") for one in READ):
            return answer
    raise AssertionError("it was never fresh")
