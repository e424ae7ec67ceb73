"""Recalls: which look showed an item, what its viewer is told, and the events that say so.

Pure. An item is known by its node and the source's own id, and it counts as shown wherever it stood
on the screen: in a view, or told of by a second look. No more is told than the viewer saw: what an
item said is not in the log, and a source that their look did not name is not named now.
"""

from __future__ import annotations

from msgspec import Struct

from federation.audit.account import asker_of
from federation.audit.chain import Opened
from federation.audit.event import AuditEvent, EventKind, Flag, Plain, Sealed
from federation.audit.operations import Operation
from federation.audit.recalled import ItemRecalled, RecallNamed
from federation.audit.seen import Told
from federation.deeds import Deed, RecallReason
from federation.model import (
    Category,
    Node,
    NodeId,
    RequesterKind,
    RequestId,
    ViewId,
    authority_of,
    principal_of,
)

By = Deed | Operation
UNNAMED = NodeId("")
"""The node of what is told of a source that the look did not name."""
_UNNAMED = "A source of this network"
_DID = {
    RecallReason.CORRECTED: (
        "has corrected an entry under {} that you were shown: look again before you rely on it"
    ),
    RecallReason.WITHDRAWN: (
        "has withdrawn an entry under {} that you were shown: do not rely on it, and look again"
    ),
    RecallReason.WRONG_PERSON: (
        "says that an entry under {} that you were shown is not about this person: do not rely on"
        " it, and look again"
    ),
}


class RecallOf(Struct, frozen=True, kw_only=True):
    """What is called back and why: an item of a node, in one version or (None) in any."""

    node: NodeId
    source_id: str
    reason: RecallReason
    version: str | None = None
    key: str | None = None

    @property
    def item(self) -> tuple[NodeId, str, str | None, RecallReason]:
        """What two recalls of one item for one reason share: whoever was told by one, was told."""
        return self.node, self.source_id, self.version, self.reason

    def shown_under(self, event: Opened) -> Category | None:
        """Under which heading an event says that the item was shown; None: it does not."""
        sealed = event.sealed
        if event.plain.kind is EventKind.SECOND_LOOK:
            for told in sealed.told:
                if self._is(told.node, told.source_id, told.version):
                    return told.category
        if event.plain.kind is EventKind.VIEW:
            for section in sealed.shown:
                # Who the person is stands there under no id of a source's.
                if section.category is not Category.DEMOGRAPHICS and any(
                    self._is(item.node, item.source_id, item.version)
                    for line in section.lines
                    for item in line
                ):
                    return section.category
        return None

    def _is(self, node: NodeId, source_id: str, version: str | None) -> bool:
        mine = (node, source_id) == (self.node, self.source_id)
        return mine and self.version in {None, version}


def named_source(event: Opened) -> bool:
    """Whether the reader of this look was told its sources' names; where in doubt, they were not.

    A second look at a protected person tells nothing, so what it told was told with the name.
    """
    if event.plain.kind is EventKind.SECOND_LOOK:
        return True
    footings = (event.sealed.footing, event.sealed.screened_on)
    return (
        event.sealed.footing is not None
        and Flag.RESTRICTED not in event.sealed.flags
        and not any(one.about.restricted for one in footings if one)
    )


def viewer_of(event: Opened) -> str:
    """The authority that somebody looked under."""
    asker, sealed = event.plain.asker, event.sealed
    principal = principal_of(sealed.issuer, sealed.subject)
    if asker is None:
        return principal
    return authority_of(principal, asker.kind, asker.role, asker.organisation)


def by_professional(event: Opened) -> bool:
    """Whether a professional looked, who reads follow-ups; others must be told another way."""
    asker = event.plain.asker
    return asker is not None and asker.kind is RequesterKind.PROFESSIONAL


def message(reason: RecallReason, source: str, category: Category) -> str:
    """The one sentence that is told: never what the item said, nor whose it is."""
    heading = category.value.lower().replace("_", " ")
    return f"{source} {_DID[reason].format(heading)}"


def recalled(
    by: By, what: RecallOf, named: RecallNamed, nodes: tuple[NodeId, ...], note: str | None = None
) -> AuditEvent:
    """An item is about to be called back, or a recall to be gone on with."""
    return AuditEvent(
        plain=_plain(by, EventKind.RECALLED, nodes=nodes, recall=named),
        sealed=_sealed(
            by,
            recalled=ItemRecalled(source_id=what.source_id, version=what.version, key=what.key),
            reason=note,
        ),
    )


def recall_notice(
    by: By, what: RecallOf, named: RecallNamed, look: Opened, category: Category, source: Node
) -> AuditEvent:
    """This look's viewer is about to be told; one who reads no follow-ups is counted."""
    known = named_source(look)
    told = Told(
        what.node if known else UNNAMED,
        what.source_id,
        what.version,
        category,
        message(named.reason, source.name if known else _UNNAMED, category),
    )
    viewer = viewer_of(look)
    return AuditEvent(
        plain=_plain(
            by,
            EventKind.RECALL_NOTICE,
            view_id=look.plain.view_id,
            categories=(category,),
            nodes=(what.node,),
            viewed_at=look.plain.viewed_at or look.plain.at,
            recall=named,
        ),
        sealed=_sealed(
            by,
            number=look.sealed.number,
            told=(told,),
            told_to=viewer if by_professional(look) else None,
            recalled=ItemRecalled(source_id=what.source_id, version=what.version, viewer=viewer),
        ),
    )


def _plain(by: By, kind: EventKind, **more: object) -> Plain:
    id_ = by.deed_id if isinstance(by, Deed) else ViewId(by.id)
    return Plain(
        **{  # type: ignore[arg-type]  # the optional fields, checked by the struct's own names
            "kind": kind,
            "at": by.asked_at if isinstance(by, Deed) else by.at,
            "view_id": id_,
            "request_id": by.request_id if isinstance(by, Deed) else RequestId(by.id),
            "asker": asker_of(by.requester) if isinstance(by, Deed) else None,
            "categories": (),
            "confirmed": False,
        }
        | more
    )


def _sealed(by: By, **more: object) -> Sealed:
    if isinstance(by, Operation):
        return Sealed(subject=by.operator, **more)  # type: ignore[arg-type]  # as above
    who = by.requester
    return Sealed(subject=who.subject, issuer=who.issuer, name=who.name, **more)  # type: ignore[arg-type]  # as above
