"""Filing a report: for its own node and descriptor alone, with the verdict that it bears out."""

from __future__ import annotations

import pytest
from joserfc.jwk import ECKey
from msgspec.structs import replace

from federation.conformance import CHECKS, Outcome, canonical, filed
from federation.errors import SettingsError
from federation.joining.signing import REPORT, sign
from tests.federation.conformance.test_report import report, result

DIGEST = "a" * 64
EVERY = tuple(result(letter=check.letter) for check in CHECKS)
WHOLE = replace(report(*EVERY), descriptor_digest=DIGEST)


def told(one) -> str:
    return canonical(one).decode()


def test_a_whole_report_is_taken() -> None:
    """As JSON or signed, it is the report that was written."""
    signed = sign(canonical(WHOLE), "ours", ECKey.generate_key("P-256"), REPORT)
    for text in (told(WHOLE), f"{signed}\n"):
        assert filed(text, "a-node", DIGEST).passed


def test_the_verdict_is_made_anew() -> None:
    """What failed does not pass because the file says that it did, or that it need not."""
    failed = (result(Outcome.FAIL, letter="a", mandatory=False), *EVERY[1:])
    one = told(replace(WHOLE, results=failed))
    assert '"passed":true' in one
    assert not filed(one, "a-node", DIGEST).passed


REFUSED = [
    ("another node", told(replace(WHOLE, node="b-node")), "another node"),
    ("no descriptor", told(replace(WHOLE, descriptor_digest=None)), "not of this descriptor"),
    ("another descriptor", told(replace(WHOLE, descriptor_digest="b" * 64)), "this descriptor"),
    ("a check short", told(replace(WHOLE, results=EVERY[1:])), "not every check"),
    ("one check for all", told(replace(WHOLE, results=EVERY[:1] * 26)), "not every check"),
    ("no report", "{}", "no report"),
    ("no JSON", "{", "no report"),
    ("nothing", "", "no compact JWS"),
]


@pytest.mark.parametrize(
    ("text", "words"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_another_report_is_refused(text, words) -> None:
    """One sentence says why."""
    with pytest.raises(SettingsError, match=words):
        filed(text, "a-node", DIGEST)
