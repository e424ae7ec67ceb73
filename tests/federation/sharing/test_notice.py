"""The notice: fixed words for each kind of requester."""

from federation.model import Requester, RequesterKind
from federation.sharing import notice_for


def test_every_kind_of_requester_has_a_notice_of_its_own():
    """The notice depends on the kind of requester and on nothing else."""
    notices = {kind: notice_for(Requester(subject="s", kind=kind)) for kind in RequesterKind}
    assert len(set(notices.values())) == len(RequesterKind)
    for kind, notice in notices.items():
        assert notice_for(Requester(subject="other", kind=kind, role="R0050")) == notice
