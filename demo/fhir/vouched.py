"""That a request asks for what the requester's token was made for, and for nothing else.

The token names the person's numbers and the categories; a FHIR request names ids and types. Whoever
holds a token for one person and their allergies is given no other person's, and no letters.
"""

from __future__ import annotations

from demo.fhir.catalogue import LISTED
from demo.fhir.outcome import FhirError
from demo.fhir.search import Parameters, Search, numbers_in
from demo.store import NodeStore
from federation.node_kit import NodeErrorCode, NotVouchedError, RequesterClaims, RequesterFault
from federation.records.fhir.readers import FHIR_READERS

_REFUSED = {
    NodeErrorCode.UNAUTHENTICATED: (401, "login", "who asks could not be verified"),
    NodeErrorCode.FORBIDDEN: (403, "forbidden", "this is not what the requester asks for"),
    NodeErrorCode.RATE_LIMITED: (429, "throttled", "too many requests just now"),
    NodeErrorCode.UPSTREAM_UNAVAILABLE: (503, "transient", "who asks cannot be verified now"),
}


class Vouched:
    """What one request may ask for."""

    def __init__(self, store: NodeStore, claims: RequesterClaims) -> None:
        self._store = store
        self._claims = claims

    def check_numbers(self, parameters: Parameters) -> None:
        """People are searched by the numbers of the token, all of them."""
        if set(numbers_in(parameters)) != set(self._claims.numbers):
            raise NotVouchedError(RequesterFault.OTHER_PERSON)

    def check(self, search: Search) -> None:
        """A search is about the person, and for a type that one of the categories is read from.

        Medicines, staff and places are nobody's.
        """
        if search.type in LISTED:
            return
        theirs = {one.key for one in self._store.people(self._claims.numbers)}
        if not theirs.issuperset(search.keys):
            raise NotVouchedError(RequesterFault.OTHER_PERSON)
        if search.type not in self._types():
            raise NotVouchedError(RequesterFault.OTHER_CATEGORIES)

    def _types(self) -> set[str]:
        readings = (FHIR_READERS.get(category) for category in self._claims.categories)
        searches = (search for reading in readings if reading for search in reading.searches)
        return {"Patient", *(search.kind for search in searches)}


def as_fhir(error: NotVouchedError) -> FhirError:
    """The refusal in FHIR's words."""
    return FhirError(*_REFUSED[error.code])
