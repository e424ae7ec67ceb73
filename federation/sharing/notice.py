"""The notice above every record: what a reader of this kind is never shown here.

Fixed words for each kind of requester, the same whether or not anything is withheld, so that they
betray nothing about this person.
"""

from __future__ import annotations

from federation.model import Requester, RequesterKind

_NOTICES = {
    RequesterKind.PROFESSIONAL: (
        "Some things are never shown here, whether or not they are held: sexual-health clinics,"
        " fertility treatment, gender history, and some mental-health and social-care notes."
        " If it matters, ask the person or ring the service."
    ),
    RequesterKind.CITIZEN: (
        "Some things are never shown here, whether or not they are held: what others have said in"
        " confidence, and results that have not been discussed with you yet."
        " Ask your practice or the service that holds them."
    ),
    RequesterKind.PROXY: (
        "Some things are never shown here, whether or not they are held: what others have said in"
        " confidence, what the person keeps to themselves, and results that have not been"
        " discussed yet. Ask the person, their practice or the service that holds them."
    ),
    RequesterKind.OPERATOR: "Operators are shown no records here.",
}


def notice_for(requester: Requester) -> str:
    """The notice for this kind of requester."""
    return _NOTICES[requester.kind]
