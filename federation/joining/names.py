"""What nodes and regions may be called: no name is another's, or looks like it.

Readers are shown names and never ids, and so is whoever approves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from federation.errors import BadUserInputError, ConflictError
from federation.joining.life import Joining, Version
from federation.joining.steps import OPERATOR, Enrolment
from federation.model import RegionId


def check_names(joining: Joining, version: Version) -> None:
    """Raise the `RefusedError` of a node that is called as another is, or its region as another."""
    node = version.node
    enrolled = joining.regions.get(node.region_id)
    if enrolled is None or _seen(enrolled.name) != _seen(node.region):
        raise BadUserInputError("`region` is not the name that the region was enrolled under")
    others = (
        one.node.name
        for life in joining.nodes.values()
        if life.id != node.id and not life.retired
        for one in (life.current, life.candidate)
        if one is not None
    )
    if _seen(node.name) in map(_seen, others):
        raise ConflictError("another node has this name, or one that looks like it")


def check_region(joining: Joining, region: RegionId, said: Enrolment) -> None:
    """Raise the `RefusedError` of a region that is called as a side, or as another region, is."""
    if said.region != region or region == OPERATOR:
        raise BadUserInputError(f"`{OPERATOR}` is whoever runs the gateway, and no region")
    if _seen(said.name) in map(_seen, _names_of_others(joining, region)):
        raise ConflictError("another region has this name, or one that looks like it")


def _names_of_others(joining: Joining, region: RegionId) -> Iterator[str]:
    for other, enrolled in joining.regions.items():
        if other != region:
            yield enrolled.name
    for life in joining.nodes.values():
        if life.region != region and life.current is not None:
            yield life.current.node.region


def _seen(name: str) -> str:
    """The name as it is taken in at a glance."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in plain if one.isalnum())
