"""What a region uses to put a native node in front of its own store.

An author writes the functions that read the store; the kit does all the rest:

    from federation.node_kit import NOT_HELD, Category, Held, RegionNode, run

    node = RegionNode()

    @node.person
    async def person(number):
        row = await our_store.find(number)
        return Held(person=row.echo, key=row.id) if row else NOT_HELD

    @node.category(Category.ALLERGIES)
    async def allergies(held):
        return [as_allergy(row) for row in await our_store.allergies(held.key)]

    if __name__ == "__main__":
        run(node)

`author/` is what those functions are written against, `app.py` what stands in front of them,
`requester.py` how the kit knows who asks, `looks.py` the node's own log of who looked, `testing.py`
how an author tests. Below `RegionNode` is the `NodeSource` of `source.py`, for a store that has its
records ready. How the gateway calls a node is in `federation/protocols/graphql`.
"""

from federation.model import Assertion, Category
from federation.nhs_number import NhsNumber
from federation.node_kit.app import build_node_app
from federation.node_kit.author.feeds import Feed
from federation.node_kit.author.given import (
    Answer,
    Given,
    awaiting_filing,
    none_known,
    not_known,
    truncated,
    unavailable,
    withheld,
    withheld_in_part,
)
from federation.node_kit.author.held import NOT_HELD, Held, NotHeld
from federation.node_kit.author.node import RegionNode, Rows
from federation.node_kit.gateway_keys import (
    GatewayKeys,
    KeysOfAddress,
    KeysOfFile,
    KeysUnavailableError,
)
from federation.node_kit.limits import Limits
from federation.node_kit.looks import Look, LookLog, LooksToFile, LooksToLogging
from federation.node_kit.rehearsal import Rehearsal, RehearsedSource
from federation.node_kit.requester import NotVouchedError, RequesterFault, RequesterVerifier
from federation.node_kit.run import run
from federation.node_kit.source import (
    KeptPart,
    KeptRecord,
    NodeErrorCode,
    NodeRefusalError,
    NodeSource,
    PartState,
)
from federation.protocols.requester_token import RequesterClaims
from federation.status import SourceCode

__all__ = [
    "NOT_HELD",
    "Answer",
    "Assertion",
    "Category",
    "Feed",
    "GatewayKeys",
    "Given",
    "Held",
    "KeptPart",
    "KeptRecord",
    "KeysOfAddress",
    "KeysOfFile",
    "KeysUnavailableError",
    "Limits",
    "Look",
    "LookLog",
    "LooksToFile",
    "LooksToLogging",
    "NhsNumber",
    "NodeErrorCode",
    "NodeRefusalError",
    "NodeSource",
    "NotHeld",
    "NotVouchedError",
    "PartState",
    "RegionNode",
    "Rehearsal",
    "RehearsedSource",
    "RequesterClaims",
    "RequesterFault",
    "RequesterVerifier",
    "Rows",
    "SourceCode",
    "awaiting_filing",
    "build_node_app",
    "none_known",
    "not_known",
    "run",
    "truncated",
    "unavailable",
    "withheld",
    "withheld_in_part",
]
