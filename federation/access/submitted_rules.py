"""The sharing rules that lie beside a descriptor: they speak for that node, and for no other.

Looked at where a step is taken and not where it is read back: what rules may say changes from
release to release, and a node that was taken in is not shut for that.
"""

from __future__ import annotations

from federation.errors import BadUserInputError, PolicyInvalidError
from federation.joining.steps import Step, Submission
from federation.model import NodeId
from federation.sharing.layers import Layer
from federation.sharing.owned import owner_name
from federation.sharing.sheet import read_sheet

UNREADABLE = "`bundle` is no sheet of sharing rules: `watling sharing check` says why"
OF_ANOTHER = "`bundle` has sharing rules that speak for another than this node"


class OtherOwnerError(PolicyInvalidError):
    """The rules are somebody else's."""


def check_owner(rules: bytes, node: NodeId, file: str) -> None:
    """Raise `PolicyInvalidError` unless these are a sheet of this node's own rules."""
    owner = read_sheet(rules, file).head.owner
    if owner != owner_name(Layer.NODE, node):
        raise OtherOwnerError(f"{file}: speaks for `{owner}`, not for this node")


def check_submitted_rules(step: Step) -> None:
    """The same of what a step submits; raises `BadUserInputError`, in fixed words."""
    said = step.detail
    if not isinstance(said, Submission) or said.bundle is None or step.node is None:
        return
    try:
        check_owner(said.bundle.encode(), step.node, "bundle")
    except OtherOwnerError:
        raise BadUserInputError(OF_ANOTHER) from None
    except PolicyInvalidError:
        raise BadUserInputError(UNREADABLE) from None
