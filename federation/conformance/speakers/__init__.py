"""How a checker speaks to a node: one small interface, and a file for each protocol.

These are no clients: what they hand on is what the node said, faults and all. They build on what
the protocols send, so that a node is asked what the gateway would ask it.
"""

from __future__ import annotations

from collections.abc import Callable

from federation.conformance.speakers.base import Speaker, Wire
from federation.conformance.speakers.fhir import FhirSpeaker
from federation.conformance.speakers.native import NativeSpeaker
from federation.conformance.target import Target
from federation.model import NodeProtocol

__all__ = ["SPEAKERS", "Speaker", "Wire"]

SPEAKERS: dict[NodeProtocol, Callable[[Target, Wire], Speaker]] = {
    NodeProtocol.GRAPHQL: NativeSpeaker,
    NodeProtocol.FHIR_R4: FhirSpeaker,
}
"""How to make a speaker for each protocol."""
