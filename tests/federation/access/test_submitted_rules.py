"""What lies beside a descriptor speaks for its node, whichever way it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.access.joining import Steps, take_step
from federation.access.submitted_rules import OF_ANOTHER, UNREADABLE
from federation.audit.event import EventKind
from federation.deeds import SubmitNode
from federation.errors import BadUserInputError
from federation.joining.descriptor import digest_of
from federation.joining.steps import Step
from federation.model import NodeState
from tests.federation.access.standing import Office
from tests.federation.access.test_node_steps import OWN, an_office, asked
from tests.federation.joining.given import ENROLLED, NODE, SUE, signable, signed, submission

SHEET = (Path(__file__).parents[3] / "demo/sharing/milton-keynes.toml").read_text("utf-8")
OWN_RULES = SHEET.replace("node:milton-keynes", f"node:{NODE}")
NAMED = "0f343b0931126a20f133d67c2b018a3b5f0e2ffc8a0c9b1d2e3f4a5b6c7d8e9f"
"""The digest in the documented example."""
WRONG = [
    pytest.param(SHEET, OF_ANOTHER, id="of another node"),
    pytest.param(
        SHEET.replace("node:milton-keynes", "organisation:RXQ"), UNREADABLE, id="no node's"
    ),
    pytest.param("[bundle]\nowner = 1\n", UNREADABLE, id="no sheet"),
    pytest.param("= no toml", UNREADABLE, id="no TOML"),
]


def naming(rules: str) -> bytes:
    """The descriptor that names these rules."""
    return signable((NAMED, digest_of(rules.encode())))


async def _at_the_machine(office: Office, rules: str) -> None:
    async def record(_told: object) -> None:
        pass

    step = submission(naming(rules), SUE, bundle=rules)
    await take_step(step, Steps(office.joining, ()), record)


async def _over_the_schema(office: Office, rules: str) -> None:
    await office.do(SubmitNode(**asked(OWN), descriptor=signed(naming(rules)), bundle=rules))


WAYS = pytest.mark.parametrize("submit", [_at_the_machine, _over_the_schema])


@WAYS
@pytest.mark.parametrize(("rules", "text"), WRONG)
async def test_rules_that_are_not_the_node_s_own_are_refused(submit, rules, text):
    """By both ways, in the same words; nothing is written."""
    office = await an_office(ENROLLED)
    with pytest.raises(BadUserInputError) as refused:
        await submit(office, rules)
    assert str(refused.value) == text
    assert len(await office.joining.after(0)) == 1


@WAYS
async def test_its_own_rules_are_taken_in(submit):
    """With them beside it, a descriptor is submitted."""
    office = await an_office(ENROLLED)
    await submit(office, OWN_RULES)
    assert len(await office.joining.after(0)) == 2


async def test_a_node_that_was_taken_in_is_not_shut_for_its_rules():
    """What lies in the store is read back as it was taken, whatever rules may say by now."""
    rules = "no sheet of today's"
    step: Step = submission(naming(rules), bundle=rules)
    office = await an_office(ENROLLED, step)
    deed = SubmitNode(**asked(OWN), descriptor=signed(naming(rules)), bundle=rules)
    node = await office.do(deed)
    assert node.state is NodeState.SUBMITTED
    kinds = [event.plain.kind for event in await office.events()]
    assert EventKind.REFUSAL not in kinds
