"""Facts: nodes and agreements as they stand at one moment."""

from datetime import date

from federation.registry import Network
from federation.sharing import load_facts
from tests.builders import HERTS, LONDON, NETWORK, NOW, a_question
from tests.federation.sharing.given import an_agreement


def test_facts_hold_agreements_in_force_and_ended_by_source():
    """Agreements that begin later are no facts yet; ended ones are kept, to say that they ended."""
    ended = an_agreement("ended", valid_until=date(2026, 5, 1))
    now = an_agreement("now", HERTS)
    later = an_agreement("later", valid_from=date(2026, 12, 1))
    facts = load_facts(
        Network(nodes=NETWORK, agreements=(ended, now, later), version="network-1"),
        a_question(),
    )
    assert facts.agreements == {
        **{node.id: () for node in NETWORK},
        LONDON.id: (ended,),
        HERTS.id: (now,),
    }
    assert (facts.at, facts.nodes, facts.rules_version) == (NOW, NETWORK, "network-1")
