"""Descriptors and steps for tests: the documented example, with whatever a test changes in it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from joserfc.jwk import ECKey

from federation.joining.descriptor import digest_of
from federation.joining.life import Joining
from federation.joining.lifecycle import take
from federation.joining.signing import sign, thumbprint
from federation.joining.steps import (
    OPERATOR,
    Approval,
    By,
    Detail,
    Enrolment,
    Promotion,
    RegionKey,
    Report,
    Step,
    Submission,
)
from federation.model import NodeId, NodeState, RegionId

PAGE = Path(__file__).parents[3] / "docs" / "descriptor.md"
EXAMPLE = re.search(
    r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
).group(1)


def descriptor(*changes: tuple[str, str]) -> bytes:
    """The example with each of these words, which must be in it, in the place of others."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
KEY = ECKey.generate_key("P-256", auto_kid=False)
OTHER_KEY = ECKey.generate_key("P-256", auto_kid=False)
CHILTERN = RegionId("chiltern")
NODE = NodeId("chiltern-care-record")
SUE = By(side=OPERATOR, person="sue")
NELL = By(side="herts", person="nell")
ROSA = By(side="chiltern", person="rosa")
_MARK = re.search(r'use = "SIGNING"\nsha256 = "(\w+)"', EXAMPLE).group(1)


def region_key(key: ECKey = KEY, **given) -> RegionKey:
    """The region's public key, as it is enrolled."""
    return RegionKey(**({"kid": "chiltern-1", "jwk": key.as_dict(private=False)} | given))


def enrolment(**given) -> Enrolment:
    """The region as the operator enrols it."""
    values = {
        "region": "chiltern",
        "name": "Chiltern",
        "keys": (region_key(),),
        "networks": ("10.0.0.0/8",),
    }
    return Enrolment(**(values | given))


def signable(*changes: tuple[str, str], key: ECKey = KEY) -> bytes:
    """The example, naming the key that signs it."""
    return descriptor((_MARK, thumbprint(key)), *changes)


def signed(body: bytes, key: ECKey = KEY, kid: str = "chiltern-1") -> str:
    """A descriptor under the region's signature."""
    return sign(body, kid, key)


def step(detail: Detail, by: By = SUE, body: bytes | None = None, **given) -> Step:
    """A step about the node; `body` is the descriptor that it means."""
    values = {
        "id": "step",
        "region": CHILTERN,
        "node": None if isinstance(detail, Enrolment) else NODE,
        "digest": digest_of(body) if body is not None else None,
        "by": by,
        "at": NOW,
        "detail": detail,
    }
    return Step(**(values | given))


def submission(body: bytes, by: By = ROSA, **given) -> Step:
    """The region's submission of these bytes."""
    return step(Submission(signed=signed(body), **given), by, body)


FIRST = signable()
SECOND = signable(('version = "1"', 'version = "2"'))


def after(*steps: Step, nodes=()) -> Joining:
    """What it is after these steps, each of which is taken."""
    joining = Joining.of(nodes)
    for one in steps:
        joining = take(joining, one)
    return joining


ENROLLED = step(enrolment())
SUBMITTED = submission(FIRST)
PASSED = step(Report(passed=True), SUE, FIRST)
APPROVED = (step(Approval(), SUE, FIRST), step(Approval(), NELL, FIRST))
IN_SHADOW = (ENROLLED, SUBMITTED, PASSED, *APPROVED)
SAFETY_ONLY = step(Promotion(to=NodeState.SAFETY_ONLY, testers=("RY4",)))
LIVE = step(Promotion(to=NodeState.LIVE))
SERVED = (*IN_SHADOW, SAFETY_ONLY, LIVE)
SECOND_IN_SHADOW = (
    submission(SECOND),
    step(Report(passed=True), SUE, SECOND),
    step(Approval(), SUE, SECOND),
    step(Approval(), NELL, SECOND),
)
"""A second version, beside the one that is served."""
